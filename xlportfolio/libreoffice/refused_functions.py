"""What is never computed while nobody looks on, and what hangs on more than the workbook.

To let a function of Excel's run, or to keep a new one from it, change this file alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from xlportfolio.libreoffice.formula_calls import Token, after_blanks, end_of_argument

OUTSIDE = "reaches outside the workbook, which is never done while recalculating"
_MACHINE = "tells of the machine or the file that it is computed in"
_ONLY_EXCEL = "is known to Excel alone"

NEVER = {
    **dict.fromkeys(("WEBSERVICE", "RTD", "DDE", "CALL", "REGISTER", "REGISTER.ID"), OUTSIDE),
    **dict.fromkeys(("IMAGE", "STOCKHISTORY", "TRANSLATE", "DETECTLANGUAGE", "COPILOT"), OUTSIDE),
    **dict.fromkeys(("SQL.REQUEST", "FIELDVALUE", "EXEC", "INITIATE", "REQUEST"), OUTSIDE),
    **dict.fromkeys(("CUBEVALUE", "CUBEMEMBER", "CUBESET", "CUBESETCOUNT"), OUTSIDE),
    **dict.fromkeys(("CUBERANKEDMEMBER", "CUBEMEMBERPROPERTY", "CUBEKPIMEMBER"), OUTSIDE),
    **dict.fromkeys(("INFO",), _MACHINE),
    **dict.fromkeys(
        ("LAMBDA", "MAP", "REDUCE", "SCAN", "BYROW", "BYCOL", "MAKEARRAY"), _ONLY_EXCEL
    ),
    **dict.fromkeys(("ISOMITTED", "GROUPBY", "PIVOTBY", "PERCENTOF", "PY"), _ONLY_EXCEL),
    "GETPIVOTDATA": "shows a pivot table, which only Excel refreshes",
}
"""Functions that are never computed, with the reason."""

_CELL_INFO = {"row", "col", "contents", "type"}
"""What CELL says alike in Excel and LibreOffice, wherever the file lies."""
_PLAIN_DATE = re.compile('"[0-9]{4}-[0-9]{2}-[0-9]{2}"')
_BYTE = re.compile(r"[0-9]{3}")
_WINDOWS_PAGES = range(1250, 1259)


class RefusedError(Exception):
    """Why a formula is not computed, as the end of a sentence about it."""


def require_allowed(name: str, tokens: Sequence[Token], first: int) -> None:
    """Refuse a call that reaches outside the workbook, or gives what hangs on the computer.

    Parameters
    ----------
    name
        Of the function, in capitals and without prefixes of files.
    tokens, first
        The formula, and where the first argument begins.

    Raises
    ------
    RefusedError
        With the reason.
    """
    for one in (name, name.rsplit(".", 1)[-1]):
        if one in NEVER:
            raise RefusedError(f"{one} {NEVER[one]}")
    if name in ASKED:
        ASKED[name](tokens[first:])


def _require_plain_cell_info(arguments: Sequence[Token]) -> None:
    i = after_blanks(arguments, 0)
    asked = arguments[i][1] if i < len(arguments) else ""
    if asked.strip('"').lower() not in _CELL_INFO or not asked.startswith('"'):
        raise RefusedError(f"CELL({asked or '...'}) {_MACHINE}, or of formats that differ")


def _require_separators(arguments: Sequence[Token]) -> None:
    if arguments[end_of_argument(arguments, 0)][1] == ")":
        raise RefusedError("NUMBERVALUE without separators depends on the settings of a computer")


def _require_plain_date(arguments: Sequence[Token]) -> None:
    """Let no date through that is read in two ways, as 01/04/2026 is in London and in New York."""
    text = "".join(token for _, token in arguments[: end_of_argument(arguments, 0)])
    if not _PLAIN_DATE.fullmatch(text.strip()):
        raise RefusedError(
            'DATEVALUE of anything but a date such as "2026-04-01" depends on the settings of a '
            "computer"
        )


ASKED: dict[str, Callable[[Sequence[Token]], None]] = {
    "CELL": _require_plain_cell_info,
    "NUMBERVALUE": _require_separators,
    "DATEVALUE": _require_plain_date,
}
"""Functions that are computed where their arguments say what does not hang on the computer."""


def character_of(argument: Sequence[Token]) -> str:
    """What CHAR of a number from 128 to 255 gives, where it is the same on every Windows.

    "" for any other argument; a `RefusedError` where it is not the same. LibreOffice takes the byte
    for one of the computer's own encoding: in UTF-8 it is nothing.
    """
    given = "".join(token for _, token in argument).strip()
    if not _BYTE.fullmatch(given) or not 128 <= int(given) <= 255:
        return ""
    byte = bytes([int(given)])
    found = {byte.decode(f"cp{page}", "replace") for page in _WINDOWS_PAGES}
    if len(found) > 1:
        raise RefusedError(f"CHAR({given}) is another character on computers of another language")
    return found.pop()
