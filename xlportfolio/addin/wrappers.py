"""The VBA of the cell functions, generated ahead of time from a registry.

Three modules: one Public Function for each cell function, the calls that they share, and the
seam to Python. The seam is the one function `CallPython`, so that a build can bind it to a
server and a test to a double. Nothing here starts Python when a workbook opens: only a cell that
is computed calls `CallPython`. Nothing reads a setting or code from a workbook or its folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from xlportfolio.addin.classic import MARK, NO_ERROR
from xlportfolio.addin.shared_calls import BOUND_PYTHON, SHARED_CALLS, UNBOUND_PYTHON
from xlportfolio.addin.vba_project import CODE_PAGE, LONGEST_LINE, Module
from xlportfolio.cell_names import check_argument_name, check_name
from xlportfolio.cells import CellFunction, Registry
from xlportfolio.errors import InputError

FUNCTIONS_MODULE = "PortfolioFunctions"
CALLS_MODULE = "PortfolioCalls"
PYTHON_MODULE = "PortfolioPython"

HOST_MODULE = "xlportfolio.excel"
"""What Python loads to compute a cell."""

WHY_ERROR = "PF_WHY_ERROR"
"""The function that shows the sentence of a cell's error; it needs no Python."""

_LONGEST_HELP = 255  # of Application.MacroOptions, for a function and for an argument
_MOST_ARGUMENTS = 60
_MOST_LINES = 25  # of one statement: 24 continuations
_LINE = 100
_CATEGORY = "Portfolio"
_OF_OURS = frozenset(
    ("given", "cellvalue", "cellanswer", "callpython", "ismissing", "application", "argumenthelp")
)
_OF_XLWINGS = "caller"  # it hands over the calling cell in place of such an argument


def wrapper_modules(registry: Registry, server: str = "") -> tuple[Module, Module, Module]:
    """Generate the VBA modules of the cell functions.

    Parameters
    ----------
    registry
        The functions that the add-in offers.
    server
        The VBA function that gives the server of xlwings, "XLPy"; blank leaves the seam unbound.

    Returns
    -------
    The functions, what they share, and the seam, `CallPython`; the same text for the same
    registry.

    Raises
    ------
    InputError
        If a function cannot be called from VBA: its name or an argument's cannot be used, it
        takes more than 60 arguments, or its help holds a character that VBA source cannot hold;
        or if `server` is no name of VBA.

    Notes
    -----
    With a server, the build must provide in the same project:

    * `Public Function XLPy()`, of the xlwings.bas that is installed, under the name given here. It
      starts Python when it is called: `CallPython` alone calls it for a cell that is computed.
    * Settings for it (`GetConfig`) that come from the user's own configuration only: as shipped,
      it looks first at a sheet `<PROJECT_NAME>.conf` of the active workbook, then at a file in the
      workbook's folder, and either can name another interpreter.
    * A command that starts Python with `-P` and without `xlwings.utils.prepare_sys_path`: that
      puts the workbook's folder first among the places of modules, or, where its PYTHONPATH is
      blank, the folder that Excel happens to be in.
    * An interpreter where xlportfolio and pywin32 are installed.
    * A call of `RegisterPortfolioFunctions` when the add-in opens, for the help; it needs no
      Python.
    """
    return (
        Module(FUNCTIONS_MODULE, functions_source(registry)),
        Module(CALLS_MODULE, SHARED_CALLS),
        Module(PYTHON_MODULE, _bound(server) if server else UNBOUND_PYTHON),
    )


def _bound(server: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", server):
        raise InputError(f'"{server}" is no function of VBA; expected a name such as XLPy.')
    return BOUND_PYTHON.format(server=server, module=HOST_MODULE, mark=ord(MARK), no_error=NO_ERROR)


def functions_source(registry: Registry) -> str:
    """Generate the module of the functions themselves.

    Parameters
    ----------
    registry
        The functions that the add-in offers.

    Returns
    -------
    VBA source; a Sub `RegisterPortfolioFunctions` gives the function wizard their help.

    Raises
    ------
    InputError
        As `wrapper_modules`.
    """
    if WHY_ERROR in registry:
        raise InputError(f"{WHY_ERROR} is a function of the add-in itself; rename the other one.")
    functions = list(registry)
    for function in functions:
        _check(function)
    lines = [
        "' Generated from the registry of cell functions; changes are lost at the next build.",
        "Option Explicit",
        "",
        *(line for function in functions for line in _wrapper(function)),
        *_registration(functions),
        *(line for function in functions for line in _description(function)),
    ]
    return "\n".join(lines)


def _check(function: CellFunction) -> None:
    check_name(function.name)
    names = [argument.name for argument in function.arguments]
    if len(names) > _MOST_ARGUMENTS:
        raise InputError(
            f"{function.name} takes {len(names)} arguments; VBA allows {_MOST_ARGUMENTS}."
        )
    for name in names:
        check_argument_name(function.name, name)
        problem = ""
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            problem = "VBA takes a letter, then letters, digits and underscores"
        elif name.lower() in _OF_OURS or name.lower() == function.name.lower():
            problem = "its VBA uses that word itself"
        elif name == _OF_XLWINGS:
            problem = "xlwings hands over the calling cell under that name"
        if problem:
            raise InputError(f'{function.name}: an argument cannot be called "{name}": {problem}.')
    if len({name.lower() for name in names}) < len(names):
        raise InputError(f"{function.name} has two arguments that VBA cannot tell apart by case.")


def _wrapper(function: CellFunction) -> Iterator[str]:
    arguments = function.arguments
    signature = [
        f"{'Optional ' if argument.is_optional else ''}{argument.name} As Variant"
        for argument in arguments
    ]
    yield from _statement(f"Public Function {function.name}(", signature, ") As Variant")
    if arguments:
        yield f"    Dim given(0 To {len(arguments) - 1}) As Variant"
    else:
        yield "    Dim given As Variant"
    for number, argument in enumerate(arguments):
        condition = f"If Not IsMissing({argument.name}) Then " if argument.is_optional else ""
        yield f"    {condition}CellValue {argument.name}, given({number})"
    yield f'    {function.name} = CellAnswer("{function.name}", given)'
    yield "End Function"
    yield ""


def _statement(start: str, pieces: list[str], end: str) -> list[str]:
    """One statement, continued on as many lines as it takes."""
    for width in (_LINE, LONGEST_LINE):
        lines, line = [], start
        for number, piece in enumerate(pieces):
            part = piece + (", " if number + 1 < len(pieces) else "")
            if len(line) + len(part) + len(end) > width and line.strip():
                lines.append(line.rstrip() + " _")
                line = " " * 8
            line += part
        lines.append(line + end)
        if len(lines) <= _MOST_LINES and all(len(one) <= width for one in lines):
            return lines
    raise InputError(
        f"{start}...{end} does not fit in {_MOST_LINES} lines of VBA; shorten its arguments."
    )


def _registration(functions: Iterable[CellFunction]) -> Iterator[str]:
    yield "' Gives the function wizard its help. Excel refuses while no workbook shows: no harm."
    yield "Public Sub RegisterPortfolioFunctions()"
    yield "    On Error Resume Next"
    for function in functions:
        yield f"    Describe_{function.name}"
    yield "    Describe_" + WHY_ERROR
    yield "End Sub"
    yield ""
    yield f"Private Sub Describe_{WHY_ERROR}()"
    yield "    Dim argumentHelp(1 To 1) As String"
    yield '    argumentHelp(1) = "The cell that shows an error."'
    yield from _macro_options(
        WHY_ERROR, "The sentence behind the error in a cell.", _CATEGORY, has_arguments=True
    )


def _description(function: CellFunction) -> Iterator[str]:
    yield f"Private Sub Describe_{function.name}()"
    if function.arguments:
        yield f"    Dim argumentHelp(1 To {len(function.arguments)}) As String"
    for number, argument in enumerate(function.arguments, start=1):
        unit = f" [{argument.unit}]" if argument.unit else ""
        yield f"    argumentHelp({number}) = {_literal(function.name, argument.help, unit)}"
    yield from _macro_options(
        function.name,
        function.summary,
        f"{_CATEGORY} - {function.family}",
        has_arguments=bool(function.arguments),
    )


def _macro_options(name: str, summary: str, category: str, *, has_arguments: bool) -> Iterator[str]:
    options = [
        f'Macro:="{name}"',
        f"Description:={_literal(name, summary)}",
        f"Category:={_literal(name, category)}",
    ]
    if has_arguments:
        options.append("ArgumentDescriptions:=argumentHelp")
    yield from _statement("    Application.MacroOptions ", options, "")
    yield "End Sub"
    yield ""


def _literal(function: str, text: str, unit: str = "") -> str:
    """Text as VBA writes it, on one line, cut where the function wizard would."""
    text = " ".join(text.split())
    room = _LONGEST_HELP - len(unit)
    if len(text) > room:
        text = text[: room - 3].rsplit(" ", 1)[0].rstrip(" .,;:") + "..."
    text += unit
    try:
        text.encode(CODE_PAGE)
    except UnicodeEncodeError as error:
        raise InputError(
            f'The help of {function} holds "{text[error.start]}", which VBA source cannot hold; '
            "write it in another way."
        ) from None
    return '"' + text.replace('"', '""') + '"'
