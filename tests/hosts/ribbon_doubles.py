"""Doubles of Excel and of the server of xlwings, in Basic, and scenes for the VBA of the ribbon.

Every scene writes one line, "name = what came of it".
"""

from __future__ import annotations

import re

_CLASS = "Option ClassModule\nOption Explicit\n"

DOUBLES = {
    "FakeName": _CLASS + "Public Name As String\n",
    "FakeControl": _CLASS + "Public ID As String\n",
    "FakeSheet": _CLASS + "Public Names As Object\n",
    "FakeBook": _CLASS
    + """\
Public Name As String
Public IsAddin As Boolean
Public Raises As Boolean
Public Held As Object
Public Looks As Long

Public Property Get Worksheets() As Object
    Looks = Looks + 1
    If Raises Then Err.Raise 1001, , "no sheets"
    Set Worksheets = Held
End Property
""",
    "FakeExcel": _CLASS
    + """\
Public Front As Object
Public Protected As Object
Public EnableCancelKey As Long
Public StatusBar As Variant
Public Calculation As Long
Public EnableEvents As Boolean
Public DisplayAlerts As Boolean
Public ScreenUpdating As Boolean
Public KnowsNoProtectedView As Boolean
Public Raises As Boolean

Public Property Get ActiveWorkbook() As Object
    If Raises Then Err.Raise 1001, , "Excel is busy"
    Set ActiveWorkbook = Front
End Property

Public Property Get ActiveProtectedViewWindow() As Object
    If KnowsNoProtectedView Then Err.Raise 438, , "no such property"
    Set ActiveProtectedViewWindow = Protected
End Property
""",
    "FakeRibbon": _CLASS
    + """\
Public Count As Long

Public Sub Invalidate()
    Count = Count + 1
End Sub
""",
    "FakeServer": _CLASS
    + """\
Public Received As String
Public Raises As Boolean
Public Dies As Boolean

Public Function GetModule(name As String) As String
    If Raises Then Err.Raise 1001, , "Traceback" & Chr(10) & "ValueError: no module" & Chr(10)
    GetModule = name
End Function

Public Function GetTuple(name As String, application As Object, book As Object) As String
    Dim shown As String
    shown = "Nothing"
    If application Is Nothing Then shown = "no Excel"
    If Not book Is Nothing Then shown = book.Name
    GetTuple = name & " " & shown
End Function

Public Function DoCall(one As String, method As String, arguments As String) As Object
    If Dies Then
        Scenes.KeepStill
        Err.Raise 1001, , "The remote procedure call failed."
    End If
    Received = one & " " & method & " " & arguments & Scenes.AsSeenByPython()
    Set DoCall = Me
End Function
""",
}

_SCENES = """\
Private excelDouble As Object
Private serverDouble As Object
Private shownSentence As String
Private beeps As Long

Private Function Application() As Object
    Set Application = excelDouble
End Function

Private Function XLPy() As Object
    Set XLPy = serverDouble
End Function

Private Sub ShowSentence(text As String, style As Long, title As String)
    shownSentence = "| " & text
End Sub

Private Function ControlOf(name As String) As Object
    Dim control As New FakeControl
    control.ID = name
    Set ControlOf = control
End Function

Private Function BookDouble(isOurs As Boolean) As Object
    Dim book As New FakeBook, sheet As New FakeSheet, area As New FakeName, mark As New FakeName
    Dim names As New Collection, sheets As New Collection
    area.Name = "'PF Summary'!Print_Area"
    names.Add area
    If isOurs Then
        mark.Name = "'PF Summary'!_xlportfolio"
        names.Add mark
    End If
    Set sheet.Names = names
    sheets.Add sheet
    Set book.Held = sheets
    book.Name = "Plan.xlsx"
    Set BookDouble = book
End Function

Private Sub Fresh(book As Object)
    Dim newExcel As New FakeExcel, newServer As New FakeServer
    Set newExcel.Front = book
    newExcel.EnableCancelKey = 1
    newExcel.Calculation = -4105
    newExcel.EnableEvents = True
    newExcel.DisplayAlerts = True
    newExcel.ScreenUpdating = True
    Set excelDouble = newExcel
    Set serverDouble = newServer
    shownSentence = ""
    isPythonWorking = False
    RefreshPortfolioRibbon
End Sub

Private Function EnabledOnes() As String
    Dim names As Variant, number As Long, answer As Variant
    names = Array("score", "new", "level", "odd_1")
    For number = 0 To 3
        PortfolioEnabled ControlOf(names(number)), answer
        If answer Then EnabledOnes = EnabledOnes & names(number) & " "
    Next number
End Function

Public Function AsSeenByPython() As String
    AsSeenByPython = ", Esc " & excelDouble.EnableCancelKey & ", enabled " & EnabledOnes()
End Function

Public Sub KeepStill()
    excelDouble.StatusBar = "Portfolio: writing into the workbook"
    excelDouble.Calculation = -4135
    excelDouble.EnableEvents = False
    excelDouble.DisplayAlerts = False
    excelDouble.ScreenUpdating = False
End Sub

Private Function SettingsSeen() As String
    SettingsSeen = excelDouble.Calculation & " " & excelDouble.EnableEvents & " "
    SettingsSeen = SettingsSeen & excelDouble.DisplayAlerts & " "
    SettingsSeen = SettingsSeen & excelDouble.ScreenUpdating & " " & excelDouble.StatusBar
End Function

Private Function AfterPress(name As String) As String
    PortfolioButton ControlOf(name)
    AfterPress = serverDouble.Received & shownSentence
    If isPythonWorking Then AfterPress = AfterPress & " still working"
End Function

"""

_ON_WINDOWS = """\
Public Sub Main()
    Dim ribbon As New FakeRibbon, seen As String, before As Long
    Open "%ANSWERS%" For Output As #1

    Fresh Nothing
    Print #1, "no workbook = " & EnabledOnes()
    Fresh BookDouble(True)
    Set excelDouble.Protected = excelDouble.Front
    Print #1, "protected view = " & EnabledOnes()
    Fresh BookDouble(True)
    excelDouble.Front.IsAddin = True
    Print #1, "an add-in = " & EnabledOnes()
    Fresh BookDouble(False)
    Print #1, "a workbook = " & EnabledOnes()
    Fresh BookDouble(True)
    Print #1, "sheets of ours = " & EnabledOnes()
    Set excelDouble.Front = Nothing
    RefreshPortfolioRibbon
    Print #1, "the last one closed = " & EnabledOnes()
    Fresh BookDouble(False)
    excelDouble.KnowsNoProtectedView = True
    Print #1, "Excel that knows no protected view = " & EnabledOnes()
    Fresh BookDouble(True)
    excelDouble.Raises = True
    Print #1, "Excel that raises = " & EnabledOnes()
    Fresh BookDouble(True)
    excelDouble.Front.Raises = True
    Print #1, "a workbook that raises = " & EnabledOnes()
    Fresh BookDouble(True)
    isPythonWorking = True
    Print #1, "while Python works = " & EnabledOnes()

    Fresh BookDouble(True)
    EnabledOnes
    seen = excelDouble.Front.Looks
    EnabledOnes
    seen = seen & " " & excelDouble.Front.Looks
    RefreshPortfolioRibbon
    EnabledOnes
    Print #1, "looked up = " & seen & " " & excelDouble.Front.Looks

    Fresh BookDouble(True)
    Print #1, "press = " & AfterPress("score")
    Fresh Nothing
    Print #1, "press without a workbook = " & AfterPress("new")
    Fresh BookDouble(True)
    Print #1, "press of what needs none = " & AfterPress("new")
    Fresh Nothing
    Print #1, "press of what needs one = " & AfterPress("score")
    Fresh BookDouble(True)
    isPythonWorking = True
    PortfolioButton ControlOf("score")
    Print #1, "press while Python works = " & serverDouble.Received & "beeps " & beeps
    Fresh BookDouble(True)
    serverDouble.Raises = True
    Print #1, "press that raises = " & AfterPress("score")
    serverDouble.Raises = False
    shownSentence = ""
    Print #1, "press after one that raised = " & AfterPress("score")

    Fresh BookDouble(True)
    serverDouble.Dies = True
    excelDouble.StatusBar = False
    seen = SettingsSeen()
    Print #1, "Python ended half way = " & AfterPress("score")
    Print #1, "settings before and after = " & seen & ", " & SettingsSeen()

    PortfolioLoaded ribbon
    Fresh BookDouble(True)
    before = ribbon.Count
    AfterPress "score"
    Print #1, "ribbon refreshed by a press = " & (ribbon.Count - before)
    Close #1
End Sub
"""

# What LibreOffice does not know, or would not let a test see. Its Basic has words of its own where
# VBA has methods of the server.
_IN_BASIC = (
    (r"\bAs (?:IRibbonControl|IRibbonUI|Workbook)\b", "As Object"),
    (r"\bMsgBox sentence\b", "ShowSentence sentence"),
    (r"(?m)^( +)Beep$", r"\1beeps = beeps + 1"),
    (r"\bxlDisabled\b", "0"),
)
_SERVER_IN_BASIC = (
    (r"\bXLPy\.Call\(", "XLPy.DoCall("),
    (r"\bXLPy\.Module\(", "XLPy.GetModule("),
    (r"\bXLPy\.Tuple\(", "XLPy.GetTuple("),
)


def compiled(source: str, *, is_mac: bool) -> str:
    """What VBA compiles of a source for Windows or for a Mac; Basic knows no such conditions.

    Parameters
    ----------
    source
        VBA with "#If Mac".
    is_mac
        Which of the two.
    """
    pattern = r"(?ms)^ *#If Mac Then\n(.*?)(?:^ *#Else\n(.*?))?^ *#End If\n"
    return re.sub(pattern, lambda part: (part[1] if is_mac else part[2]) or "", source)


def as_basic(source: str, main: str = _ON_WINDOWS, *, is_mac: bool = False) -> str:
    """The VBA of the ribbon with its scenes, for LibreOffice.

    Parameters
    ----------
    source
        Of the module that is generated.
    main
        The Sub that plays the scenes.
    is_mac
        Whether it is that of Excel for Mac.
    """
    source = compiled(source, is_mac=is_mac)
    for pattern, by in _IN_BASIC if is_mac else (*_IN_BASIC, *_SERVER_IN_BASIC):
        source, count = re.subn(pattern, by, source)
        assert count, pattern
    head, _, body = source.partition("Option Explicit\n")
    declarations, _, procedures = _SCENES.partition("\nPrivate Function Application")
    return (
        f"{head}Option Explicit\n{declarations}\n{body}\n"
        f"Private Function Application{procedures}{main}"
    )
