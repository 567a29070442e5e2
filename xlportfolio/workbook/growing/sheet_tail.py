"""The rules after a sheet's cells, extended with tables that grow as the sheet streams past.

The cells, of which there may be millions, are passed on unread; what follows them is small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat
from xml.sax.saxutils import escape

from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT
from xlportfolio.workbook.editing.bytespans import PassingBytes
from xlportfolio.workbook.editing.elementstream import damage
from xlportfolio.workbook.editing.transcoding import encoded, in_utf8

_NEWER = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_LISTS = "http://schemas.microsoft.com/office/excel/2006/main"
_RULES = ("conditionalFormatting", "dataValidation")
_OF_2007 = {f"{namespace} {name}" for namespace in (MAIN, MAIN_STRICT) for name in _RULES}
_OF_2010 = {f"{_NEWER} {name}" for name in _RULES}
_FORMULAS = {f"{_LISTS} f"} | {
    f"{namespace} {name}"
    for namespace in (MAIN, MAIN_STRICT)
    for name in ("formula", "formula1", "formula2")
}

_MARK = re.compile(
    rb"<!--|<!\[CDATA\[|<\?|<(?:[^\s<>/:!?]+:)?worksheet(?=[\s>])"
    rb"|</(?:[^\s<>/:]+:)?sheetData\s*>|<(?:[^\s<>/:!?]+:)?sheetData(?:\s[^<>]*)?/>"
)
_START_TAG = re.compile(rb"""<(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_PASSED_OVER = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_LONGEST_MARK = 512
_LONGEST_TAG = 4 << 20

Extend = Callable[[str], str]
"""From a list of ranges, or a formula, to what it becomes."""


class SheetTail:
    """Extends conditional formats and validations, those of Excel 2010 included.

    Parameters
    ----------
    sheet
        The sheet's name, for messages.
    ranges
        What becomes of the lists of the ranges that they are for.
    formula
        What becomes of their formulas.
    """

    def __init__(self, sheet: str, ranges: Extend, formula: Extend) -> None:
        self._sheet, self._ranges, self._formula = sheet, ranges, formula

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML, known to be sound, with the rules extended.

        Raises
        ------
        WorkbookError
            If the sheet's XML cannot be understood.
        """
        encoding, mark, text = in_utf8(chunks, lambda what: damage(self._sheet, what))
        return encoded(self._run(text), encoding, mark)

    def _run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        pieces = iter(chunks)
        window, worksheet, awaited = b"", b"", b""
        for chunk in pieces:
            window += chunk
            at = 0
            while True:
                if awaited:
                    end = window.find(awaited, at)
                    if end < 0:
                        at = max(at, len(window) - len(awaited))
                        break
                    at, awaited = end + len(awaited), b""
                match = _MARK.search(window, at)
                if match is None:
                    at = max(at, len(window) - _LONGEST_MARK)
                    break
                if awaited := _PASSED_OVER.get(match[0], b""):
                    at = match.end()
                elif match[0].endswith(b"worksheet"):
                    tag = _START_TAG.match(window, match.start())
                    if tag is None:
                        at = match.start()
                        if len(window) - at > _LONGEST_TAG:
                            raise damage(self._sheet, "its first tag has no end")
                        break
                    worksheet, at = tag[0], tag.end()
                else:
                    yield window[: match.end()]
                    yield self._tail(worksheet, window[match.end() :] + b"".join(pieces))
                    return
            yield window[:at]
            window = window[at:]
        yield window

    def _tail(self, worksheet: bytes, tail: bytes) -> bytes:
        """What follows the cells, with its rules extended; `worksheet` tells its namespaces."""
        return _Rules(self._sheet, self._ranges, self._formula).run(worksheet, tail)


class _Rules:
    """One run over what follows the cells."""

    def __init__(self, sheet: str, ranges: Extend, formula: Extend) -> None:
        self._sheet, self._ranges, self._formula = sheet, ranges, formula
        self._bytes = PassingBytes()
        self._parser = parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._before = 0
        self._in_rule = False
        self._text_start: int | None = None
        self._text = ""

    def run(self, worksheet: bytes, tail: bytes) -> bytes:
        self._before = len(worksheet)
        self._bytes.arrive(tail)
        try:
            self._parser.Parse(worksheet, False)
            self._parser.Parse(tail, True)
        except expat.ExpatError as error:
            raise damage(self._sheet, f"its XML is damaged ({error})") from error
        self._bytes.copy_to(self._bytes.end)
        return self._bytes.take()

    @property
    def _position(self) -> int:
        return self._parser.CurrentByteIndex - self._before

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _OF_2007 and "sqref" in attributes:
            new = self._ranges(attributes["sqref"])
            if new != attributes["sqref"]:
                self._bytes.set_attribute(self._position, "sqref", new)
        if name in _OF_2007 or name in _OF_2010:
            self._in_rule = True
        elif self._in_rule and (name == f"{_LISTS} sqref" or name in _FORMULAS):
            end = self._bytes.end_of_tag(self._position)
            self._text, self._text_start = "", None if self._bytes.is_empty_tag(end) else end

    def _characters(self, data: str) -> None:
        if self._text_start is not None:
            self._text += data

    def _end(self, name: str) -> None:
        if name in _OF_2007 or name in _OF_2010:
            self._in_rule = False
        elif self._text_start is not None and (name == f"{_LISTS} sqref" or name in _FORMULAS):
            start, self._text_start = self._text_start, None
            new = self._formula(self._text) if name in _FORMULAS else self._ranges(self._text)
            if new != self._text:
                self._bytes.replace(start, self._position, escape(new).encode())
