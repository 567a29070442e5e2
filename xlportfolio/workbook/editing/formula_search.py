"""Whether a part may hold a formula, or one that names a sheet or table, found without parsing.

Wrong only in one way: a part that is said to hold none holds none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape

from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package

_FORMULA = re.compile(rb"<(?:[^\s<>/:]{1,64}:)?f[\s/>]")
_THROUGH_SHEETS = re.compile(rb":[^!,()<>]{1,120}!")
_LONGEST_FOUND = 200
_AS_WRITTEN = {
    "'": rb"(?:'|&apos;){1,2}",
    '"': rb"(?:\"|&quot;){1,2}",
    "&": b"&amp;",
    "<": b"&lt;",
    ">": rb"(?:>|&gt;)",
}


def may_hold_formulas(package: Package, sheet: SheetEntry) -> bool:
    """Whether a worksheet may hold a formula.

    Parameters
    ----------
    package, sheet
        The sheet.
    """
    return _may_hold(package, sheet.part, lambda text: _FORMULA.search(text) is not None)


def may_name(package: Package, index: WorkbookIndex, sheets: Iterable[str]) -> bool:
    """Whether a formula or a defined name elsewhere may name one of some sheets or their tables.

    A range from sheet to sheet may go through them without naming them, so that it counts, too.

    Parameters
    ----------
    package, index
        The workbook.
    sheets
        The names of the sheets in question.
    """
    names = list(sheets)
    ours = {name.casefold() for name in names}
    words = [*names, *(table.name for name in names for table in index.tables(name))]
    if not words:
        return False
    patterns = [
        re.compile(_as_written(word), re.IGNORECASE) for word in words if not _is_plain(word)
    ]
    plain = [word.lower().encode() for word in words if _is_plain(word)]

    def is_named(text: bytes) -> bool:
        lower = text.lower()
        return (
            any(word in lower for word in plain)
            or any(pattern.search(text) for pattern in patterns)
            or (b"!" in text and _THROUGH_SHEETS.search(text) is not None)
        )

    texts = (
        entry.text for entry in index.defined_names if (entry.sheet or "").casefold() not in ours
    )
    if any(is_named(_as_in_xml(text)) for text in texts):
        return True
    # Letters may be written by number, and then nothing is known.
    return any(
        may_hold_formulas(package, entry)
        and _may_hold(package, entry.part, lambda text: is_named(text) or b"&#" in text)
        for entry in index.sheets
        if entry.kind == "worksheet" and entry.name.casefold() not in ours
    )


def _is_plain(word: str) -> bool:
    return word.isascii() and _AS_WRITTEN.keys().isdisjoint(word)


def _as_written(word: str) -> bytes:
    """A name as it may stand in UTF-8 and XML; letters beyond ASCII in any case."""
    return b"".join(
        _AS_WRITTEN.get(letter, re.escape(letter.encode()))
        if letter.isascii()
        else rb"[\x80-\xff]{1,8}"
        for letter in word
    )


def _as_in_xml(text: str) -> bytes:
    return escape(text).encode("utf-8", "surrogatepass")


def _may_hold(package: Package, part: str, is_found: Callable[[bytes], bool]) -> bool:
    end = b""
    for number, chunk in enumerate(package.chunks(part)):
        # in UTF-16 and the like everything would look different
        if number == 0 and (b"\0" in chunk or not chunk.lstrip(b"\xef\xbb\xbf").startswith(b"<")):
            return True
        if is_found(end + chunk):
            return True
        end = chunk[-_LONGEST_FOUND:]
    return False
