"""The functions in LibreOffice Basic that give the plain names, PF_SCORE, to the component.

They stand in a module of their own in the user's library Standard, beside whatever modules the user
has there.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from xlportfolio import __version__
from xlportfolio.cells import CellFunction
from xlportfolio.libreoffice.calc_names import DISPATCH

MODULE = "xlportfolio_functions"
"""What the module is called."""

_DTD = "-//OpenOffice.org//DTD OfficeDocument 1.0//EN"

_ANSWER = """\
' Global, for what is private is forgotten after every cell, and making it anew takes longest.
Global xlportfolio_worker As Object

Private Function xlportfolio_component() As Object
    Dim factory As Object
    factory = CreateUnoService("com.sun.star.loader.Python").activate( _
        "{implementation}", "", "{url}", Nothing)
    xlportfolio_component = factory.createInstanceWithContext(GetDefaultContext())
End Function

Private Function xlportfolio_answer(sName As String, given As Variant) As Variant
    Dim answer As Variant, row As Variant
    Dim i As Long, j As Long, nRows As Long, nColumns As Long
    On Error GoTo failed
    If IsNull(xlportfolio_worker) Then xlportfolio_worker = xlportfolio_component()
    answer = xlportfolio_worker.callFunction(sName, given)
    If IsArray(answer) Then
        nRows = UBound(answer)
        nColumns = UBound(answer(0))
        Dim cells(0 To nRows, 0 To nColumns) As Variant
        For i = 0 To nRows
            row = answer(i)
            For j = 0 To nColumns
                cells(i, j) = row(j)
            Next j
        Next i
        xlportfolio_answer = cells
    Else
        xlportfolio_answer = answer
    End If
    Exit Function
failed:
    ' The component is not there: xlportfolio libreoffice doctor says why. Calc shows CVErr as
    ' text, and an array of three dimensions as #VALUE!
    Dim wrong(0 To 0, 0 To 0, 0 To 0) As Variant
    xlportfolio_worker = Nothing
    xlportfolio_answer = wrong
End Function
"""


def basic_source(functions: Iterable[CellFunction], component: str) -> str:
    """The module in Basic.

    Parameters
    ----------
    functions
        In the order in which they stand.
    component
        The URL of the component's file. LibreOffice's loader of Python is asked for it, so that
        nothing has to be registered.
    """
    parts = [
        f"' Made by xlportfolio {__version__}; xlportfolio libreoffice remove takes it out.\n"
        "Option Explicit\n\n" + _ANSWER.format(implementation=f"{DISPATCH}.Python", url=component)
    ]
    parts += [_function(function) for function in functions]
    return "\n".join(parts)


def _function(function: CellFunction) -> str:
    names = [f"p_{argument.name}" for argument in function.arguments]
    given = "".join(
        f"    If Not IsMissing({name}) Then given({k}) = {name}\n" for k, name in enumerate(names)
    )
    parameters = ", ".join(f"Optional {name}" for name in names)
    nothing = ""
    if not function.arguments[0].is_optional:
        # Basic would hand over a blank cell instead of nothing
        nothing = (
            f"    If IsMissing({names[0]}) Then\n"
            f'        {function.name} = xlportfolio_answer("{function.name}", Array())\n'
            "        Exit Function\n    End If\n"
        )
    return (
        f"Function {function.name}({parameters}) As Variant\n{nothing}"
        f"    Dim given({len(names) - 1}) As Variant\n{given}"
        f'    {function.name} = xlportfolio_answer("{function.name}", given)\n'
        "End Function\n"
    )


def basic_module(functions: Iterable[CellFunction], component: str) -> str:
    """The module as a file of a library: xlportfolio_functions.xba.

    Parameters
    ----------
    functions, component
        As `basic_source` takes them.
    """
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<!DOCTYPE script:module PUBLIC "{_DTD}" "module.dtd">\n'
        '<script:module xmlns:script="http://openoffice.org/2000/script" '
        f'script:name="{MODULE}" script:language="StarBasic">'
        f"{escape(basic_source(functions, component))}</script:module>\n"
    )
