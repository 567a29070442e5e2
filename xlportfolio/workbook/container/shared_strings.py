"""The workbook's shared strings: the texts that cells name by number."""

from __future__ import annotations

import re

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.part_pass import MAX_TEXT
from xlportfolio.workbook.container.plain_xml import BLANK, characters, has_plain_references
from xlportfolio.workbook.container.relationships import unescape_text
from xlportfolio.workbook.container.skimming import SkimmingPass

MAX_SHARED_STRINGS_BYTES = 512 << 20

_ITEM = rf'{BLANK}<si><t(?: xml:space="preserve")?>([^<]*)</t>'
_PLAIN_ITEM = re.compile(_ITEM)
_PLAIN_ITEMS = re.compile(f"({_ITEM}</si>)")


def read_shared_strings(package: Package, index: WorkbookIndex) -> list[str]:
    """The workbook's shared strings: rich text joined, phonetic guides left out."""
    part = index.shared_strings_part
    if part is None:
        return []
    if package.size(part) > MAX_SHARED_STRINGS_BYTES:
        raise WorkbookError(
            f"{package.label(part)} holds {package.size(part) >> 20:,} MB of text; expected at "
            f"most {MAX_SHARED_STRINGS_BYTES >> 20} MB. It was not read."
        )
    return _SharedStringsPass(package, part, index.namespace).run()


class _SharedStringsPass(SkimmingPass[str]):
    def __init__(self, package: Package, part: str, namespace: str) -> None:
        super().__init__(package, part, namespace, "si")
        self._strings: list[str] = []
        self._item, self._run = self._prefix + "si", self._prefix + "t"
        self._guide = self._prefix + "rPh"

    def run(self) -> list[str]:
        self._parse()
        return self._strings

    # -- by expat --------------------------------------------------------------------------------

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._run:
            self._collecting = not self._phonetic
        elif name == self._item:
            self._opened_at = self._parser.CurrentByteIndex
        elif name == self._guide:
            self._phonetic = True

    def _end(self, name: str) -> None:
        if name == self._run:
            self._collecting = False
        elif name == self._item:
            self._closed_at = self._parser.CurrentByteIndex
            self._strings.append(unescape_text(self._taken_text()))
        elif name == self._guide:
            self._phonetic = False

    def _is_at_rest(self) -> bool:
        return super()._is_at_rest() and not self._text

    # -- without it ------------------------------------------------------------------------------

    def _take_text(self, text: str) -> None:
        if self._is_between and len(text) <= MAX_TEXT and has_plain_references(text):
            found = _PLAIN_ITEMS.findall(text)
            if "".join([whole for whole, _ in found]) == text:
                strings = [string for _, string in found]
                if "&" in text or "\r" in text:
                    strings = list(map(characters, strings))
                if "_x" in text:
                    strings = list(map(unescape_text, strings))
                self._strings += strings
                self._pass_over(text)
                return
        super()._take_text(text)

    def _understood(self, element: str) -> str | None:
        match = _PLAIN_ITEM.fullmatch(element)
        if match is None or len(element) > MAX_TEXT or not has_plain_references(element):
            return None
        return unescape_text(characters(match[1]))

    def _accept(self, found: str) -> bool:
        self._strings.append(found)
        return True
