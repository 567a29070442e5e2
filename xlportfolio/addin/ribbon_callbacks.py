"""The VBA behind the ribbon, generated from the list of buttons.

A press hands the name of the button, Excel and the workbook in front over to Python, through the
server of xlwings; nothing else of a workbook is looked at, but whether a sheet of ours is in it.
In Excel for Mac, which has no such server, it hands over the name alone: see `mac_start`.
`IRibbonControl` and `IRibbonUI` are of the library of Office that the project refers to, as the
add-ins that xlwings ships do.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.addin.buttons import Button
from xlportfolio.addin.interpreter import assignments
from xlportfolio.addin.python_server import SERVER
from xlportfolio.addin.shared_calls import LAST_LINE
from xlportfolio.addin.vba_project import Module
from xlportfolio.addin.wrappers import HOST_MODULE

RIBBON_MODULE = "PortfolioRibbon"

# With their module: a workbook may have a macro of the same name.
PRESSED = f"{RIBBON_MODULE}.PortfolioButton"
ENABLED = f"{RIBBON_MODULE}.PortfolioEnabled"
LOADED = f"{RIBBON_MODULE}.PortfolioLoaded"

REFRESH = "RefreshPortfolioRibbon"
"""The Sub that lets Excel ask again which buttons can be pressed."""

_SOURCE = """\
' What the buttons of the ribbon do, and when they can be pressed.
' Generated from the list of buttons; changes are lost at the next build.
Option Explicit

Private Const OUR_MARK As String = "!{mark}"

Private shownRibbon As IRibbonUI
Private isPythonWorking As Boolean

' Whether a sheet of ours is in the workbook in front; looked up once until the ribbon is refreshed.
Private isLookedUp As Boolean
Private areResultsThere As Boolean

Public Sub PortfolioLoaded(ribbon As IRibbonUI)
    Set shownRibbon = ribbon
End Sub

' Excel asks each button again which can be pressed.
Public Sub {refresh}()
    On Error GoTo done
    isLookedUp = False
    If Not shownRibbon Is Nothing Then shownRibbon.Invalidate
done:
End Sub

Public Sub PortfolioEnabled(control As IRibbonControl, ByRef enabled)
    On Error GoTo done
    enabled = False
    If isPythonWorking Then Exit Sub
    Select Case NeedOf(control.ID)
        Case "nothing": enabled = True
        Case "workbook": enabled = Not BookInFront() Is Nothing
        Case "results"
            #If Mac Then
                ' A press ends here before Python begins: whether there are any is seen too early.
                enabled = Not BookInFront() Is Nothing
            #Else
                enabled = AreResultsInFront()
            #End If
    End Select
done:
End Sub

Public Sub PortfolioButton(control As IRibbonControl)
    Dim sentence As String, settings As Variant
    If isPythonWorking Then
        Beep
        Exit Sub
    End If
    On Error GoTo failed
    isPythonWorking = True
    settings = SettingsOf(Application)
    ' Esc is for Python, which stops and keeps what it has; VBA would show a dialog of its own.
    Application.EnableCancelKey = xlDisabled
    {refresh}
    sentence = SentenceOfPress(control.ID)
    GoTo done
failed:
    sentence = LabelOf(control.ID) & " was not done: " & Left(LastLine(Err.Description), 700)
    If Right(sentence, 1) <> "." Then sentence = sentence & "."
    If PutSettingsBack(Application, settings) Then
        sentence = sentence & " Part of it may be written: if it is, press Undo last step."
    End If
    sentence = sentence & " To see why, type in a command window: xlportfolio addin doctor"
    Resume done
done:
    On Error GoTo 0
    isPythonWorking = False
    {refresh}
    If sentence <> "" Then MsgBox sentence, vbExclamation, "Portfolio"
End Sub

' Python itself shows what it did; the sentence here says why it was not asked.
Private Function SentenceOfPress(ByVal name As String) As String
    Dim book As Workbook, told As Object
    If NeedOf(name) <> "nothing" Then
        Set book = BookInFront()
        If book Is Nothing Then
            SentenceOfPress = LabelOf(name) & " needs a workbook in front: bring one there, "
            SentenceOfPress = SentenceOfPress & "and enable editing where Excel protects it."
            Exit Function
        End If
    End If
    #If Mac Then
        ' A shell reads the name: none but ours.
        If LabelOf(name) = "" Then Exit Function
        StartPythonOnMac name
        Application.StatusBar = "Portfolio: Python was started for " & LabelOf(name) & _
            ". If nothing follows, build the add-in again: xlportfolio addin build"
    #Else
        Set told = {server}.Call({server}.Module("{module}"), "press", _
            {server}.Tuple(CStr(name), Application, book))
    #End If
End Function

' What Python changes while it is at work. It puts them back itself, unless it was ended half way:
' then formulas would no longer be computed, and nobody would be told.
Private Function SettingsOf(ByVal host As Object) As Variant
    Dim kept(0 To 4) As Variant
    ' What cannot be asked for, such as while no workbook is open, stays Empty.
    On Error Resume Next
    kept(0) = host.Calculation
    kept(1) = host.EnableEvents
    kept(2) = host.DisplayAlerts
    kept(3) = host.ScreenUpdating
    kept(4) = host.StatusBar
    SettingsOf = kept
End Function

' Whether they were still as Python has them while it is at work.
Private Function PutSettingsBack(ByVal host As Object, settings As Variant) As Boolean
    On Error Resume Next
    If Not IsArray(settings) Then Exit Function
    If Not IsEmpty(settings(1)) Then PutSettingsBack = (host.EnableEvents <> settings(1))
    If Not IsEmpty(settings(0)) Then host.Calculation = settings(0)
    If Not IsEmpty(settings(1)) Then host.EnableEvents = settings(1)
    If Not IsEmpty(settings(2)) Then host.DisplayAlerts = settings(2)
    If Not IsEmpty(settings(3)) Then host.ScreenUpdating = settings(3)
    If Not IsEmpty(settings(4)) Then host.StatusBar = settings(4)
End Function

' The workbook that a button would work on; Nothing where there is none that can be changed.
Private Function BookInFront() As Workbook
    If IsProtectedView(Application) Then Exit Function
    If Application.ActiveWorkbook Is Nothing Then Exit Function
    If Application.ActiveWorkbook.IsAddin Then Exit Function
    Set BookInFront = Application.ActiveWorkbook
End Function

' Not every Excel knows Protected View.
Private Function IsProtectedView(ByVal host As Object) As Boolean
    On Error GoTo unknown
    IsProtectedView = Not host.ActiveProtectedViewWindow Is Nothing
    Exit Function
unknown:
    IsProtectedView = False
End Function

Private Function AreResultsInFront() As Boolean
    Dim book As Workbook
    If Not isLookedUp Then
        areResultsThere = False
        Set book = BookInFront()
        If Not book Is Nothing Then areResultsThere = HasSheetOfOurs(book)
        isLookedUp = True
    End If
    AreResultsInFront = areResultsThere
End Function

' A sheet of ours has a hidden name of its own.
Private Function HasSheetOfOurs(ByVal book As Object) As Boolean
    Dim sheet As Object, named As Object
    For Each sheet In book.Worksheets
        For Each named In sheet.Names
            If Right(named.Name, Len(OUR_MARK)) = OUR_MARK Then
                HasSheetOfOurs = True
                Exit Function
            End If
        Next named
    Next sheet
End Function

Private Function NeedOf(ByVal name As String) As String
    Select Case name
{needs}
    End Select
End Function

Private Function LabelOf(ByVal name As String) As String
    Select Case name
{labels}
    End Select
End Function

"""


def ribbon_module(buttons: Sequence[Button]) -> Module:
    """Generate the module with what the ribbon calls.

    Parameters
    ----------
    buttons
        As the ribbon shows them; see `ribbon.check_buttons`.

    Returns
    -------
    A module with `PortfolioButton`, `PortfolioEnabled`, `PortfolioLoaded` and the Sub that REFRESH
    names; the same text for the same buttons.
    """
    from xlportfolio.workbook.rendering.marks import MARK

    needs, labels = [], []
    for button in buttons:
        needs.append(f'        Case "{button.name}": NeedOf = "{button.needs}"')
        labels.append(f'        Case "{button.name}"')
        labels += [" " * 12 + line for line in assignments("LabelOf", button.label)]
    source = _SOURCE.format(
        mark=MARK,
        refresh=REFRESH,
        server=SERVER,
        module=HOST_MODULE,
        needs="\n".join(needs),
        labels="\n".join(labels),
    )
    return Module(RIBBON_MODULE, source + LAST_LINE)
