"""Why LibreOffice did not compute a formula, and what its own error numbers mean in Excel."""

from __future__ import annotations

from collections.abc import Iterable

from xlportfolio.libreoffice.formula_calls import called
from xlportfolio.wording import counted, listed
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.references import CellRange

_NO_ERROR = 0
_ONE_IN_EXCEL = {_NO_ERROR, 503, 519, 521, 524, 532, 538, 32767}
"""Calc's errors that say which of Excel's they are, and none."""

_UNKNOWN = 525
_CIRCULAR = {522, 523}
_INVALID_ARGUMENT = 502
_INVALID = {_INVALID_ARGUMENT, 504}

# Which error Excel shows where an argument of these is out of bounds; Calc has one for all.
_OUT_OF_BOUNDS = {
    **dict.fromkeys(("SQRT", "LN", "LOG", "LOG10", "ACOS", "ASIN", "FACT"), "#NUM!"),
    **dict.fromkeys(("LEFT", "RIGHT", "MID", "REPT", "CHOOSE"), "#VALUE!"),
}
_HIDING = {"IFERROR", "IFNA", "ISERROR", "ISERR", "ISNA", "ERROR.TYPE", "AGGREGATE", "COUNT"}
_NEVER_OUT_OF_BOUNDS = {
    *("SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA", "ABS", "ROUND", "N", "LEN", "UPPER"),
    *("LOWER", "TRIM", "IF", "IFERROR", "AND", "OR", "NOT"),
}


def is_sure(number: int) -> bool:
    """Whether one of Calc's error numbers, 0 for none, is one error in Excel."""
    return number in _ONE_IN_EXCEL


def reason_of(number: int, names: Iterable[str]) -> str:
    """Say why a formula was not computed.

    Parameters
    ----------
    number
        Calc's error.
    names
        The functions in it that are not known.
    """
    if number == _UNKNOWN:
        known = listed(sorted(names), noun="other") or "a function or name in it"
        return f"LibreOffice does not know {known}"
    if number in _CIRCULAR:
        return "it refers to itself, directly or through other cells"
    if number in _INVALID:
        return (
            f"an argument of a function in it is out of bounds (Err:{number}); which error Excel "
            "shows for that is not known here"
        )
    return f"LibreOffice cannot compute it (Err:{number})"


def hides_errors(formula: FormulaCell) -> bool:
    """Whether a formula may give a value where a function in it gives an error."""
    return not _HIDING.isdisjoint(called(formula.text))


def error_of_arguments(formula: FormulaCell, number: int) -> str:
    """The error that Excel shows for an argument out of bounds; "" where several may be meant."""
    if number != _INVALID_ARGUMENT or formula.kind != "plain":
        return ""
    names = set(called(formula.text)) - _NEVER_OUT_OF_BOUNDS
    errors = {_OUT_OF_BOUNDS.get(name, "") for name in names}
    return errors.pop() if len(errors) == 1 else ""


def other_shape(cells: CellRange, n_rows: int, n_columns: int) -> str:
    """Say that an answer does not fit the cells that it fills; no rows for a single error."""
    if n_rows == 0:
        return f"its answer is now a single error, and it fills {cells.address}"
    now = f"{counted(n_rows, 'row')} x {counted(n_columns, 'column')}"
    return f"its answer has {now} now, and it fills {cells.address}; Excel spills it anew"
