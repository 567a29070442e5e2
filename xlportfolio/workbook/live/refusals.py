"""What Excel refuses, said in one sentence; no error of COM or of AppleScript reaches people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xlportfolio.errors import WorkbookError

_UNKNOWN_MEMBER = (-2147352573, -2147352570)
"""DISP_E_MEMBERNOTFOUND and DISP_E_UNKNOWNNAME: this Excel is older than what it is asked."""
_RAISED = -2147352567
"""DISP_E_EXCEPTION: Excel itself says no, and is neither busy nor gone."""
_LONGEST_WORDS = 200
_REFUSALS = (
    ("pywintypes", "com_error"),
    ("appscript.reference", "CommandError"),
    ("xlwings", "XlwingsError"),
)


class _NoComError(Exception):
    """Stands for pywintypes.com_error where there is no pywin32: nothing raises it."""


def com_error() -> type[Exception]:
    """The error that pywin32 raises where Excel refuses; it is loaded where Excel is spoken to."""
    found: type[Exception] = getattr(sys.modules.get("pywintypes"), "com_error", _NoComError)
    return found


def refusals() -> tuple[type[Exception], ...]:
    """What the engines of xlwings raise where Excel refuses, or where they cannot ask it."""
    found = [getattr(sys.modules.get(module), name, None) for module, name in _REFUSALS]
    return (NotImplementedError, *(one for one in found if one is not None))


def is_unknown_member(error: Exception) -> bool:
    """Whether Excel said that there is no such property or method."""
    return bool(error.args) and error.args[0] in _UNKNOWN_MEMBER


def is_no_such_item(error: Exception) -> bool:
    """Whether Excel said that a collection has no such member, as xlwings itself reads it."""
    return bool(error.args) and error.args[0] == _RAISED


def excel_words(error: BaseException) -> str:
    """What Excel itself said, on one line; "" where it said nothing.

    A com_error holds a number, its text, and what the program raised: code, source, description.
    """
    text: object = str(error)
    if isinstance(error, com_error()) or hasattr(error, "excepinfo"):
        raised = error.args[2] if len(error.args) > 2 else None
        described = raised[2] if isinstance(raised, tuple) and len(raised) > 2 else None
        text = described or (error.args[1] if len(error.args) > 1 else "")
    return " ".join(str(text or "").split())[:_LONGEST_WORDS].rstrip(". ")


@contextmanager
def refused(what: str, where: Callable[[], str], *, mend: str | None = None) -> Iterator[None]:
    """Turn a refusal of Excel within the block into one sentence.

    Parameters
    ----------
    what
        What was asked of Excel, as in "to read cells".
    where
        Gives the name of the sheet or workbook; called only when Excel refuses.
    mend
        What to do about it.

    Raises
    ------
    WorkbookError
        If Excel refuses.
    """
    try:
        yield
    except refusals() as error:
        if isinstance(error, NotImplementedError):
            raise WorkbookError(
                f"xlwings has no way to ask this program {what} on {_named(where)}; use Excel for "
                "Windows, or close the workbook and use the command xlportfolio on the file."
            ) from error
        words = excel_words(error)
        said = f' (Excel says: "{words}")' if words else ""
        mend = mend or "finish what is being typed, close any dialog of Excel, and try again"
        raise WorkbookError(f"Excel refused {what} on {_named(where)}{said}; {mend}.") from error


def _named(where: Callable[[], str]) -> str:
    try:
        return f'"{where()}"'
    except refusals():
        return "the open workbook"
