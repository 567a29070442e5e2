"""One pass of expat over a part of a package, with what no part may hold refused."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.package import Package

MAX_TEXT = 1 << 20
"""Excel holds 32,767 characters in a cell; a text thirty times as long was made to do harm."""
MAX_DEPTH = 256
"""Of elements within elements; a sheet of Excel's has fewer than twenty."""


class PartPass:
    """One pass of expat over a part: no document type, no text or nesting without end."""

    def __init__(self, package: Package, part: str, namespace: str) -> None:
        self._package, self._part = package, part
        self._prefix = namespace + " "
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._listen()
        self._n_fed = 0
        self._depth = 0
        self._text: list[str] = []
        self._length = 0
        self._collecting = False
        self._phonetic = False

    def _listen(self) -> None:
        """Be told of elements and their text."""
        self._parser.StartElementHandler = self._start_within
        self._parser.EndElementHandler = self._end_within
        self._parser.CharacterDataHandler = self._characters

    def _parse(self) -> None:
        try:
            self._feed_part()
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            self._fail(f"its XML is not well-formed (line {error.lineno})")
        except (LookupError, ValueError) as error:  # how expat says so of encodings
            self._fail(f"its XML cannot be decoded ({error})")

    def _feed_part(self) -> None:
        for chunk in self._package.chunks(self._part):
            self._feed(chunk)

    def _feed(self, data: bytes) -> None:
        self._parser.Parse(data, False)
        self._n_fed += len(data)

    def _fail(self, what: str) -> NoReturn:
        raise WorkbookError(
            f"{self._package.label(self._part)} is damaged: {what}. Open the file in Excel, let "
            "Excel repair it and save it."
        )

    def _refuse_doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"{self._package.label(self._part)} declares a document type (DTD), which no "
            "spreadsheet program writes and which can read other files; it was not read."
        )

    def _start_within(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WorkbookError(
                f"{self._package.label(self._part)} nests its elements more than {MAX_DEPTH} "
                "deep, which no spreadsheet program writes. It looks made to exhaust memory and "
                "was not read."
            )
        if self._depth == 1 and not name.startswith(self._prefix):
            self._fail(
                "its elements are of another form (strict or transitional) than its workbook's, or "
                "of no spreadsheet"
            )
        self._start(name, attributes)

    def _end_within(self, name: str) -> None:
        self._depth -= 1
        self._end(name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, name: str) -> None:
        raise NotImplementedError

    def _characters(self, data: str) -> None:
        if self._collecting:
            self._text.append(data)
            self._length += len(data)
            if self._length > MAX_TEXT:
                raise WorkbookError(
                    f"{self._package.label(self._part)} holds a text of more than "
                    f"{MAX_TEXT:,} characters; Excel holds at most 32,767 in a cell. It looks made "
                    "to exhaust memory and was not read."
                )

    def _taken_text(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text
