"""The generated wrappers, run by LibreOffice Basic against a double of Python.

Excel's own objects are not there: no cell calls, so no sentence is kept for one.
"""

from __future__ import annotations

import re
from pathlib import Path

import xlportfolio_udfs
from tests.hosts.basic_library import run_basic
from tests.machine import Calc
from xlportfolio.addin.classic import MARK, NO_ERROR, handed_back
from xlportfolio.addin.wrappers import (
    CALLS_MODULE,
    FUNCTIONS_MODULE,
    PYTHON_MODULE,
    wrapper_modules,
)
from xlportfolio.cell_calls import VALUE_ERROR, CellAnswer
from xlportfolio.cells import Registry
from xlportfolio.values import CellError

DOUBLE = """\
Option Explicit

Public Function CallPython(ByVal functionName As String, given As Variant, _
        answer As Variant) As String
    Dim told As String, number As Long
    told = functionName & ":"
    For number = LBound(given) To UBound(given)
        If IsEmpty(given(number)) Then
            told = told & " -"
        ElseIf IsArray(given(number)) Then
            told = told & " rows" & UBound(given(number), 1)
        Else
            told = told & " " & given(number)
        End If
    Next number
    answer = told
    If functionName = "PF_SELECT" Then CallPython = "value, row 3 is tbc; expected a number."
    If functionName = "PF_SCORE" And IsEmpty(given(1)) Then Err.Raise 1004, , "the server is gone"
End Function
"""

CHECK = """\
Option Explicit

Public Sub Main()
    Dim rows(1 To 3, 1 To 2) As Variant
    Open "%ANSWERS%" For Output As #1
    Print #1, PF_RANK(rows)
    Print #1, PF_RANK(7, "ascending", "dense")
    Print #1, PF_RANK(7, , "dense")
    Print #1, PF_SCORE(rows, rows)
    Print #1, IsError(PF_SELECT(1, 2, 3))
    Print #1, IsError(PF_SCORE(1))
    Print #1, PF_WHY_ERROR(3)
    Close #1
End Sub
"""


def test_wrappers_hand_over_what_is_given_and_answer_with_values_or_errors(
    soffice: Calc, tmp_path: Path
) -> None:
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    functions, calls, _ = wrapper_modules(registry)
    modules = {
        # a word of LibreOffice's Basic that is none of VBA's
        FUNCTIONS_MODULE: re.sub(r"\boutput\b", "outputs", functions.source),
        CALLS_MODULE: calls.source,
        "PythonDouble": DOUBLE,
        "Check": CHECK,
    }
    assert run_basic(soffice.program, tmp_path, modules, "Check.Main") == [
        "PF_RANK: rows3 - -",
        "PF_RANK: 7 ascending dense",
        "PF_RANK: 7 - dense",
        "PF_SCORE: rows3 rows3 - - -",
        "True",
        "True",
        "Point to a cell, as in PF_WHY_ERROR(C2).",
    ]


SERVER = """\
Option Compatible
Option ClassModule

Public Function CallUDF(script As Variant, fname As Variant, given As Variant) As Variant
    Dim rows(1 To 2, 1 To 2) As Variant
    Select Case given(0)
    Case "rows"
        rows(1, 1) = 0.5
        rows(1, 2) = True
        rows(2, 1) = ""
        rows(2, 2) = "a"
        CallUDF = rows
    Case "told"
        CallUDF = Replace(given(1), "%MARK%", Chr(%NUMBER%))
    Case "nothing"
        CallUDF = Empty
    Case "raise"
        Err.Raise 1001, , Replace(given(1), "%LINE%", vbLf)
    Case Else
        CallUDF = script & " " & fname & " " & LBound(given) & " to " & UBound(given)
    End Select
End Function
"""

XLWINGS = """\
Public Function XLPy() As Variant
    Set XLPy = New Server
End Function
"""

BOUND_CHECK = """\
Option Explicit

Private Function Told(first As Variant, second As Variant) As String
    Dim given(0 To 1) As Variant, answer As Variant, sentence As String
    given(0) = first
    given(1) = second
    sentence = CallPython("PF_SCORE", given, answer)
    Told = sentence & "|"
    If IsArray(answer) Then
        Told = Told & answer(1, 1) & "," & answer(1, 2) & "," & TypeName(answer(2, 1)) & "," & _
            answer(2, 2)
    ElseIf IsError(answer) Then
        Told = Told & "error " & (CLng(answer) Mod 10000)
    Else
        Told = Told & TypeName(answer) & "|" & Replace(answer, Chr(%NUMBER%), "%MARK%")
    End If
End Function

Public Sub Main()
    Open "%ANSWERS%" For Output As #1
    Print #1, Told("plain", 1)
    Print #1, Told("rows", 1)
    Print #1, Told("nothing", 1)
%CALLS%
    Print #1, PF_RANK("plain")
    Print #1, IsError(PF_RANK("told", "%MARK%2015%MARK%scores is tbc"))
    Close #1
End Sub
"""


def test_bound_seam_decodes_what_python_hands_back(soffice: Calc, tmp_path: Path) -> None:
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    functions, calls, python = wrapper_modules(registry, "XLPy")
    handed = [
        handed_back(CellAnswer("Best: P1")),
        handed_back(CellAnswer("")),
        handed_back(CellAnswer(f"{MARK}2042{MARK}no error")),
        handed_back(CellAnswer(None, VALUE_ERROR, 'ratings, row 3 is "tbc"; expected a number.')),
        handed_back(CellAnswer(None, CellError("#N/A"), "No project has a score.")),
    ]
    told = [text.replace(MARK, "%MARK%").replace('"', '""') for text in handed]
    lines = [f'    Print #1, Told("told", "{text}")' for text in told]
    raised = (
        "Unexpected Python Error: Traceback:%LINE%  File x, line 3%LINE%ImportError: lost%LINE%"
    )
    lines += [f'    Print #1, Told("raise", "{text}")' for text in (raised, "gone", "%LINE%")]
    modules = {
        FUNCTIONS_MODULE: re.sub(r"\boutput\b", "outputs", functions.source),
        CALLS_MODULE: calls.source,
        PYTHON_MODULE: python.source,
        "Server": SERVER.replace("%NUMBER%", str(ord(MARK))),
        "Xlwings": XLWINGS,
        "Check": BOUND_CHECK.replace("%NUMBER%", str(ord(MARK))).replace(
            "%CALLS%", "\n".join(lines)
        ),
    }
    assert NO_ERROR == 0
    assert run_basic(soffice.program, tmp_path, modules, "Check.Main") == [
        "|String|xlportfolio.excel PF_SCORE 0 to 1",
        "|0.5,True,String,a",
        "|String|",
        "|String|Best: P1",
        "|String|",
        "|String|%MARK%2042%MARK%no error",
        'ratings, row 3 is "tbc"; expected a number.|error 2015',
        "No project has a score.|error 2042",
        "PF_SCORE could not be computed: ImportError: lost|Empty|",
        "PF_SCORE could not be computed: gone|Empty|",
        "PF_SCORE could not be computed: Python gave no reason. "
        "Install the add-in again with: xlportfolio addin install"
        "|Empty|",
        "xlportfolio.excel PF_RANK 0 to 2",
        "True",
    ]
