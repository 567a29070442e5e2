"""Texts such as "01/04/2026" and "1,5", which a program reads as its computer is set to.

The private LibreOffice reads none of them: what takes one for a number is an error there, which
says nothing of what Excel shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from xlportfolio.libreoffice.formula_calls import Token, calls_with_arguments
from xlportfolio.libreoffice.formula_origins import Named, references
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import CellRange

_READING = {"VALUE", "TEXT"}
_MAY_READ = re.compile("(?:VALUE|TEXT)\\(", re.IGNORECASE)
_PLAIN = re.compile(r"\s*(?:[+-]?[0-9]+(?:E[+-]?[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2})\s*", re.I)
_LOCAL = re.compile(
    r"""[^\w\s]?\s*[+-]?\s*[0-9]{1,4}
    (?:\s?[-/.,:\ '\u00a0\u202f]\s?(?:[0-9]{1,4}|[^\W\d_]{3,9}\.?)){0,4}
    \s*(?:%|[^\w\s]|AM|PM)?""",
    re.IGNORECASE | re.VERBOSE,
)

REASON = (
    'it takes a text such as "01/04/2026" or "1,5" for a date or a number, which depends on the '
    "settings of a computer"
)


def is_local(value: object) -> bool:
    """Whether a cell holds a text that some computer reads as a number, but not every one alike.

    >>> [is_local(one) for one in ("01/04/2026", "1 Apr 2026", "1.234,5", "50%", "£3")]
    [True, True, True, True, True]
    >>> [is_local(one) for one in ("12", "2026-04-01", "P1", "Phase 2", "", 3.5)]
    [False, False, False, False, False, False]
    """
    if not isinstance(value, str) or _PLAIN.fullmatch(value):
        return False
    return len(value) < 40 and _LOCAL.fullmatch(value.strip()) is not None


def reads_local_text(
    text: str,
    sheet: str,
    named: Named,
    values_in: Callable[[str, CellRange], Iterable[object]],
    *,
    is_error: bool,
) -> bool:
    """Whether a formula reads such a text itself.

    Parameters
    ----------
    text
        As stored, without "=".
    sheet
        Where it stands.
    named
        What names and tables stand for.
    values_in
        The values of a range, by the sheet's name in lower case.
    is_error
        Whether it was computed as #VALUE!; else only what VALUE and TEXT are given is looked at.
    """
    if is_error:
        return _holds(list(formula_tokens(text)), sheet, named, values_in)
    return _MAY_READ.search(text) is not None and any(
        name in _READING and _holds(given[0], sheet, named, values_in)
        for name, given in calls_with_arguments(text)
    )


def _holds(
    tokens: Iterable[Token],
    sheet: str,
    named: Named,
    values_in: Callable[[str, CellRange], Iterable[object]],
) -> bool:
    listed = list(tokens)
    if any(kind == "text" and is_local(token[1:-1]) for kind, token in listed):
        return True
    text = "".join(token for _, token in listed)
    return any(
        is_local(value) for place in references(text, sheet, named) for value in values_in(*place)
    )
