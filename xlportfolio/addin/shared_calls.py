"""The VBA that every wrapper shares, and the seam to Python, as text.

LibreOffice's Basic takes an argument for an object wherever its procedure names a member of it:
so members of ranges are named only in procedures that are handed a range.
"""

from __future__ import annotations

SHARED_CALLS = """\
' What every portfolio function does: take values, call Python, answer with a value or an error.
' Nothing here reads a setting or code from a workbook or its folder.
Option Explicit

Private Const xlErrorValue As Long = 2015

' The sentence of each cell whose function ended in an error, by the address of the cell.
Private sentences As Collection

' Gives the value of an argument: a range as one block of values, never cell by cell.
Public Sub CellValue(argument As Variant, value As Variant)
    If TypeName(argument) <> "Range" Then
        value = argument
    ElseIf AreaCount(argument) > 1 Then
        ' Value2 would silently give the first area alone: CellAnswer refuses what is an object.
        Set value = argument
    ElseIf RunsDownTheSheet(argument) Then
        ' Python reads whole columns otherwise than rows that somebody counted.
        value = Array(Chr(31) & "whole columns", UsedPart(argument).Value2)
    Else
        value = UsedPart(argument).Value2
    End If
End Sub

Private Function AreaCount(ByVal block As Object) As Long
    AreaCount = block.Areas.Count
End Function

Private Function RunsDownTheSheet(ByVal block As Object) As Boolean
    RunsDownTheSheet = block.Rows.Count > 1000000
End Function

' Whole columns and rows end where the sheet does, so that A:A is not a million blanks.
Private Function UsedPart(ByVal block As Object) As Object
    Dim used As Object, nRows As Long, nColumns As Long
    nRows = block.Rows.Count
    nColumns = block.Columns.Count
    If RunsDownTheSheet(block) Or nColumns = block.Worksheet.Columns.Count Then
        Set used = block.Worksheet.UsedRange
        nRows = AtMost(nRows, used.Row + used.Rows.Count - block.Row)
        nColumns = AtMost(nColumns, used.Column + used.Columns.Count - block.Column)
    End If
    Set UsedPart = block.Resize(nRows, nColumns)
End Function

Private Function AtMost(ByVal count As Long, ByVal limit As Long) As Long
    AtMost = count
    If limit < count Then AtMost = limit
    If AtMost < 1 Then AtMost = 1
End Function

' Calls a function in Python: its answer, or a real error whose sentence is kept for the cell.
Public Function CellAnswer(ByVal functionName As String, given As Variant) As Variant
    Dim answer As Variant, sentence As String
    On Error GoTo failed
    sentence = WhyNotOneRange(functionName, given)
    If sentence = "" Then sentence = CallPython(functionName, given, answer)
    GoTo done
failed:
    sentence = functionName & " could not be computed: " & Err.Description
    answer = CVErr(xlErrorValue)
    Resume done
done:
    On Error GoTo 0
    If sentence <> "" And Not IsError(answer) Then answer = CVErr(xlErrorValue)
    KeepSentence CallingCell(), sentence
    CellAnswer = answer
End Function

Private Function WhyNotOneRange(ByVal functionName As String, given As Variant) As String
    Dim number As Long
    If Not IsArray(given) Then Exit Function
    For number = LBound(given) To UBound(given)
        If TypeName(given(number)) = "Range" Then
            WhyNotOneRange = "Argument " & (number + 1) & " of " & functionName
            WhyNotOneRange = WhyNotOneRange & " is several ranges at once; expected one range."
            Exit Function
        End If
    Next number
End Function

' The address of the cell that is computed; "" where no cell calls.
Private Function CallingCell() As String
    On Error GoTo nowhere
    CallingCell = CellAddress(Application.Caller)
    Exit Function
nowhere:
    CallingCell = ""
End Function

Private Function CellAddress(ByVal block As Object) As String
    CellAddress = block.Cells(1, 1).Address(True, True, 1, True)
End Function

Private Sub KeepSentence(ByVal address As String, ByVal sentence As String)
    If address = "" Then Exit Sub
    If sentences Is Nothing Then Set sentences = New Collection
    If KeptSentence(address) <> "" Then sentences.Remove address
    If sentence <> "" Then sentences.Add sentence, address
End Sub

Private Function KeptSentence(ByVal address As String) As String
    On Error GoTo nothingKept
    If Not sentences Is Nothing Then KeptSentence = sentences.Item(address)
    Exit Function
nothingKept:
    KeptSentence = ""
End Function

' Shows the sentence behind the error in a cell; "" for a cell without an error.
Public Function PF_WHY_ERROR(cell As Variant) As Variant
    PF_WHY_ERROR = "Point to a cell, as in PF_WHY_ERROR(C2)."
    If TypeName(cell) = "Range" Then PF_WHY_ERROR = SentenceOf(cell)
End Function

Private Function SentenceOf(ByVal cell As Object) As String
    Dim sentence As String
    If Not IsError(cell.Cells(1, 1).Value2) Then Exit Function
    sentence = KeptSentence(CellAddress(cell))
    If sentence = "" Then sentence = KeptSentence(ArrayAddress(cell))
    If sentence = "" Then
        sentence = "No sentence is kept for this cell: it is not computed by a portfolio "
        sentence = sentence & "function, or not since Excel started. Press F2 and Enter in it."
    End If
    SentenceOf = sentence
End Function

' The address of the first cell of the array formula that a cell belongs to; "" where it is none.
Private Function ArrayAddress(ByVal cell As Object) As String
    On Error GoTo noArray
    ArrayAddress = CellAddress(cell.Cells(1, 1).CurrentArray)
    Exit Function
noArray:
    ArrayAddress = ""
End Function
"""

UNBOUND_PYTHON = """\
' The seam between the cells and Python: the one function that a build binds to a server.
Option Explicit
' No formula is meant to call it, and the function wizard does not list it.
Option Private Module

' given: the arguments in their order, values or blocks of values; Empty where one is left out.
' answer: the value or the block of values; or the error, where it is not #VALUE!.
' Returns "" or, where the answer is an error, its sentence.
Public Function CallPython(ByVal functionName As String, given As Variant, _
        answer As Variant) As String
    CallPython = functionName & " cannot be computed: this add-in is not connected to Python. "
    CallPython = CallPython & "Install it again with: xlportfolio addin install"
End Function
"""

LAST_LINE = """\
' What went wrong stands in the last line of what Python says of an exception.
Private Function LastLine(ByVal text As String) As String
    Dim lines As Variant, number As Long
    lines = Split(Replace(text, vbCr, vbLf), vbLf)
    For number = UBound(lines) To LBound(lines) Step -1
        LastLine = Trim(lines(number))
        If LastLine <> "" Then Exit Function
    Next number
    LastLine = "Python gave no reason. Install the add-in again with: xlportfolio addin install"
End Function
"""
"""What modules that hear an exception of Python share, each with its own."""

BOUND_PYTHON = (
    """\
' The seam between the cells and Python: the one function that calls the server of xlwings.
Option Explicit
' No formula is meant to call it, and the function wizard does not list it.
Option Private Module

' given: the arguments in their order, values or blocks of values; Empty where one is left out.
' answer: the value or the block of values; or the error that Python names.
' Returns "" or, where the answer is an error, its sentence.
Public Function CallPython(ByVal functionName As String, given As Variant, _
        answer As Variant) As String
    Dim told As Variant
    On Error GoTo failed
    ' No workbook is handed over: xlwings would look for code in its sheets.
    If IsArray(given) Then
        told = {server}.CallUDF("{module}", functionName, given)
    Else
        told = {server}.CallUDF("{module}", functionName, Array())
    End If
    CallPython = Decoded(told, answer)
    Exit Function
failed:
    CallPython = functionName & " could not be computed: " & LastLine(Err.Description)
End Function

' Text that begins with a mark holds the number of an error and its sentence; with 0, the answer.
Private Function Decoded(told As Variant, answer As Variant) As String
    Dim mark As String, ends As Long, number As Long
    mark = Chr({mark})
    If IsEmpty(told) Or IsNull(told) Then
        ' A cell would show it as 0.
        answer = ""
    ElseIf VarType(told) <> vbString Then
        answer = told
    ElseIf Left(told, 1) <> mark Then
        answer = told
    Else
        ends = InStr(2, told, mark)
        number = CLng(Mid(told, 2, ends - 2))
        If number = {no_error} Then
            answer = Mid(told, ends + 1)
        Else
            answer = CVErr(number)
            Decoded = Mid(told, ends + 1)
        End If
    End If
End Function

"""
    + LAST_LINE
)
"""With the places {server}, {module}, {mark} and {no_error}, which `wrapper_modules` fills in."""
