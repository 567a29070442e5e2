"""What the cell functions are called inside LibreOffice's files.

A formula in an .xlsx file names a function of an add-in by its programmatic name; the plain name,
PF_SCORE, is bound by a function in Basic.
"""

from __future__ import annotations

from collections.abc import Iterable

from xlportfolio.cell_names import PREFIX
from xlportfolio.cells import CellFunction

ADD_IN = "org.xlportfolio.AddIn"
"""The service that offers the functions to Calc, and their type library's interface."""

DISPATCH = "org.xlportfolio.Dispatch"
"""The service that the functions in Basic call, by name."""


def method_name(function: str) -> str:
    """What a function is called in the type library.

    >>> method_name("PF_CUT_LINE")
    'cut_line'
    """
    return function.removeprefix(PREFIX).lower()


def programmatic_name(function: str) -> str:
    """What a formula in a file calls a function.

    >>> programmatic_name("PF_SCORE")
    'ORG.XLPORTFOLIO.ADDIN.SCORE'
    """
    return f"{ADD_IN}.{method_name(function)}".upper()


def programmatic_names(functions: Iterable[CellFunction]) -> dict[str, str]:
    """By plain name, for rewriting formulas."""
    return {function.name: programmatic_name(function.name) for function in functions}
