"""The generated wrappers, run by LibreOffice Basic against a double of Python.

Excel's own objects are not there: no cell calls, so no sentence is kept for one.
"""

from __future__ import annotations

import re
from pathlib import Path

import xlportfolio_udfs
from tests.hosts.basic_library import run_basic
from tests.machine import Calc
from xlportfolio.addin.wrappers import CALLS_MODULE, FUNCTIONS_MODULE, wrapper_modules
from xlportfolio.cells import Registry

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
