"""The lint's rules for rows as programs write them, checked in bytes, many at a time.

What is found here is that there is nothing to find: a row that looks unusual in any way is not
judged, and `UnusualError` sends the whole sheet to the rules that look at every element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import unescape

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.lint.package_rules import SPREADSHEET
from xlportfolio.workbook.lint.sheet_facts import SheetFacts, unescaped
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, column_number

_SHEET_DATA = re.compile(rb"<((?:[^\s<>/:!?]+:)?)sheetData(?: [^<>]*)?(?<!/)>")
_LONGEST = 4 << 20
_PIECE = 1 << 18
_MOST_LAYOUTS = 10_000
_ATTRIBUTES = re.compile(rb' ([A-Za-z:]+)="([^"]*)"')
_NAMED = {"&quot;": '"', "&apos;": "'"}


class UnusualError(Exception):
    """Something in a sheet has to be looked at element by element."""


class UsualRows:
    """Reads the rows of one sheet and keeps what other rules need to know of it.

    Parameters
    ----------
    facts : filled with what is seen
    kept_rows : rows whose texts are wanted
    keeps_formulas : whether it is wanted which cells hold formulas
    """

    def __init__(
        self, facts: SheetFacts, kept_rows: frozenset[int], *, keeps_formulas: bool
    ) -> None:
        self._facts = facts
        self._kept_rows = kept_rows
        self._keeps_formulas = keeps_formulas
        self._last_row = 0
        self._styles: set[bytes] = set()
        self._letters: set[bytes] = set()
        self._layouts: dict[bytes, bool] = {}

    def read(self, stream: IO[bytes]) -> etree._Element:
        """Read a sheet's part; its root without the rows.

        Raises
        ------
        UnusualError
            If a row, or what stands around the rows, is not as programs write it.
        expat.ExpatError, etree.XMLSyntaxError
            If it is not sound XML.
        """
        pieces = self._proven(stream)
        held = b""
        for piece in pieces:
            held += piece
            if found := _SHEET_DATA.search(held):
                break
            if len(held) > _LONGEST:
                raise UnusualError
        else:
            raise UnusualError
        before, held = held[: found.end()], held[found.end() :]
        grammar = _grammar(found[1])
        while (end := held.find(grammar.end)) < 0:
            cut = held.rfind(grammar.row_start)
            if cut > 0:
                self._block(grammar, held[:cut])
                held = held[cut:]
            elif len(held) > _LONGEST:
                raise UnusualError
            piece = next(pieces, None)
            if piece is None:
                raise UnusualError
            held += piece
        self._block(grammar, held[:end])
        return _root(b"".join([before, held[end:], *pieces]))

    def _proven(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The part in pieces, every byte of which a parser without handlers has gone over."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _is_unusual
        is_first = True
        while piece := stream.read(_PIECE):
            if is_first and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]):
                raise UnusualError
            is_first = False
            parser.Parse(piece, False)
            yield piece
        parser.Parse(b"", True)

    def _block(self, grammar: _Grammar, block: bytes) -> None:
        """Check whole rows."""
        if b"xmlns" in block:
            raise UnusualError
        end = len(block) - len(block.lstrip())
        for match in grammar.row.finditer(block, end):
            number = int(match[1])
            if match.start() != end or not self._last_row < number <= LAST_ROW:
                raise UnusualError
            self._last_row, end = number, match.end()
            row = match[0]
            references = grammar.references.findall(row)
            if references:
                layout = b",".join([*references, b""]).replace(match[1] + b",", b",")
                if not self._is_in_order(layout):
                    raise UnusualError
            if number in self._kept_rows:
                self._keep(grammar, row, number)
        if end != len(block):
            raise UnusualError
        self._note_styles(grammar, block)
        self._note_content(grammar, block)
        if b' t="s"' in block:
            self._note_strings(grammar, block)
        if grammar.formula_start in block:
            self._note_formulas(grammar, block)

    def _is_in_order(self, layout: bytes) -> bool:
        """Whether the columns of "A,B,D,", of which many rows have the same, are ascending."""
        known = self._layouts.get(layout)
        if known is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            names = layout[:-1].split(b",")
            columns = [column_number(name.decode()) if name.isalpha() else 0 for name in names]
            ascending = all(map(int.__lt__, [0, *columns], columns))
            known = self._layouts[layout] = ascending and columns[-1] <= LAST_COLUMN
        return known

    def _note_styles(self, grammar: _Grammar, block: bytes) -> None:
        for style in {*grammar.cell_style.findall(block), *grammar.row_style.findall(block)}:
            if style in self._styles:
                continue
            if not style.isdigit():
                raise UnusualError
            self._styles.add(style)
            if int(style) > self._facts.highest_style[0]:
                self._facts.highest_style = (int(style), grammar.first_of_style(block, style))

    def _note_content(self, grammar: _Grammar, block: bytes) -> None:
        """Widen the rectangle around the cells that hold something."""
        letters = set(grammar.filled.findall(block))
        if not letters:
            return
        first = grammar.filled_cell.search(block)
        assert first is not None
        last_row = block.rfind(grammar.row_start)
        while (last := grammar.filled_cell.search(block, last_row)) is None:
            last_row = block.rfind(grammar.row_start, 0, last_row)
        known = self._facts.used
        if letters <= self._letters and known is not None:
            columns = (known.first_column, known.last_column)
        else:
            self._letters |= letters
            numbers = [column_number(name.decode()) for name in self._letters]
            columns = min(numbers), max(numbers)
        top = int(first[2]) if known is None else known.first_row
        self._facts.used = CellRange(top, columns[0], int(last[2]), columns[1])

    def _note_strings(self, grammar: _Grammar, block: bytes) -> None:
        index = max(map(int, grammar.shared_string.findall(block)), default=-1)
        if index > self._facts.highest_string[0]:
            found = next(m for m in grammar.named_string.finditer(block) if int(m[2]) == index)
            self._facts.highest_string = (index, found[1].decode())

    def _note_formulas(self, grammar: _Grammar, block: bytes) -> None:
        if self._keeps_formulas:
            for letters, digits in grammar.formula_cell.findall(block):
                self._facts.formulas.add(int(digits), column_number(letters.decode()))
        for match in grammar.formula_with_attributes.finditer(block):
            attributes = dict(_ATTRIBUTES.findall(match[3]))
            if attributes.get(b"t") != b"shared":
                continue
            if b"&" in match[3]:
                raise UnusualError
            index = attributes.get(b"si", b"").decode()
            address = f"{match[1].decode()}{match[2].decode()}"
            if b"ref" not in attributes and not match[4]:
                self._facts.followers.setdefault(index, address)
                continue
            self._facts.first_cell_of.add(index)
            try:
                cells = CellRange.parse(attributes.get(b"ref", address.encode()).decode() or address)
            except (InputError, UnicodeDecodeError):
                raise UnusualError from None
            if not cells.contains(int(match[2]), column_number(match[1].decode())):
                raise UnusualError

    def _keep(self, grammar: _Grammar, row: bytes, number: int) -> None:
        """Keep the texts of a row."""
        if b"&#" in row or b"\r" in row:
            raise UnusualError
        for match in grammar.text.finditer(row):
            cell = number, column_number(match[1].decode())
            if match[2] is not None:
                self._facts.shared_texts[cell] = int(match[2])
            else:
                text = match[3] if match[3] is not None else match[4]
                self._facts.texts[cell] = unescaped(unescape(text.decode(), _NAMED))


class _Grammar:
    """Rows and cells that break no rule by themselves, under one prefix."""

    def __init__(self, prefix: bytes) -> None:
        self.end = b"</" + prefix + b"sheetData"
        self.row_start = b"<" + prefix + b"row "
        self.formula_start = b"<" + prefix + b"f"

        def compiled(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"@", re.escape(prefix)))

        attribute = rb' (?!r=|s=|t=)[A-Za-z0-9:]+="[^"<>]*"'
        style = rb' s="\d{1,9}"'
        address = rb'<@c r="([A-Z]{1,3})([1-9]\d{0,6})"'
        formula = (
            rb"(?:<@f(?:(?: [A-Za-z0-9:]+=\"[^\"<>]*\")*+/>|(?: [A-Za-z0-9:]+=\"[^\"<>]*\")*+>"
            rb"(?!\s*(?:=|&#))[^<]{0,8192}+</@f>))?+"
        )
        number = rb"<@v>(?:-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?+)?+</@v>"
        text = rb"[^<]{0,32767}+"
        # What a cell holds depends on its type, which stands before or after its style.
        rest = rb"(?:%b)?+(?:%b)*+>" % (style, attribute)
        kinds = (
            (rb"(?: t=\"n\")?+", rb"%b(?:%b|<@v/>)?+" % (formula, number)),
            (rb' t="s"', rb"(?:<@v>\d{1,9}</@v>)?+"),
            (rb' t="str"', rb"%b(?:<@v>%b</@v>|<@v/>)?+" % (formula, text)),
            (rb' t="b"', rb"%b(?:<@v>[01]</@v>)?+" % formula),
            (rb' t="e"', rb"%b(?:<@v>#%b</@v>)?+" % (formula, text)),
            (rb' t="inlineStr"', rb'<@is><@t(?: xml:space="preserve")?+>%b</@t></@is>' % text),
        )
        bodies = rb"|".join(kind + rest + body + rb"</@c>\s*+" for kind, body in kinds)
        empty = rb'(?: t="[a-zA-Z]+")?+(?:%b)?+(?:%b)*+/>\s*+' % (style, attribute)
        cell = rb'<@c r="[A-Z]{1,3}[1-9]\d{0,6}"(?:%b)?+(?:%b|%b)' % (style, empty, bodies)
        self.row = compiled(
            rb'<@row r="([1-9]\d{0,6})"(?: (?!r=)[A-Za-z0-9:]+="[^"<>]*")*+ ?'
            rb"(?:/>|>\s*+(?:%b)*+</@row>)\s*+" % cell
        )
        self.references = compiled(rb'<@c r="([A-Z]+\d+)"')
        self.cell_style = compiled(rb'<@c r="[A-Z]+\d+"(?: t="\w+")? s="(\d+)"')
        self.row_style = compiled(rb'<@row r="\d+"[^<>]* s="([^"]*)"')
        filled = rb"[^<>]*(?<!/)>(?!</@c>)"
        self.filled = compiled(rb'<@c r="([A-Z]+)\d+"' + filled)
        self.filled_cell = compiled(address + filled)
        self.shared_string = compiled(rb'<@c [^<>]* t="s"[^<>]*><@v>(\d+)')
        self.named_string = compiled(rb'<@c r="([A-Z]+\d+)"[^<>]* t="s"[^<>]*><@v>(\d+)')
        self.formula_cell = compiled(address + rb"[^<>]*><@f")
        self.formula_with_attributes = compiled(address + rb"[^<>]*><@f( [^<>]*?)/?>([^<]*)")
        self.text = compiled(
            rb'<@c r="([A-Z]+)\d+"[^<>]*(?: t="s"[^<>]*><@v>(\d+)|'
            rb' t="str"[^<>]*>(?:<@f[^<]*(?:</@f>)?)?<@v>([^<]*)|'
            rb' t="inlineStr"[^<>]*><@is><@t[^<>]*>([^<]*))'
        )
        self._any_style = rb'<@(?:row r="(\d+)"[^<>]*|c r="([A-Z]+\d+)"(?: t="\w+")?) s="%b"'
        self._prefix = prefix

    def first_of_style(self, block: bytes, style: bytes) -> str:
        """What is the first with a style: the address of a cell, or a row as "3:3"."""
        pattern = (self._any_style % style).replace(b"@", re.escape(self._prefix))
        found = re.search(pattern, block)
        assert found is not None
        return f"{found[1].decode()}:{found[1].decode()}" if found[1] else found[2].decode()


@lru_cache(maxsize=4)
def _grammar(prefix: bytes) -> _Grammar:
    return _Grammar(prefix)


def _root(shell: bytes) -> etree._Element:
    """Parse a sheet from which the rows were taken out."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(shell, parser)
    sheet_data = [child for child in root if etree.QName(child).localname == "sheetData"]
    is_it = len(sheet_data) == 1 and etree.QName(sheet_data[0]).namespace in SPREADSHEET
    if not is_it or len(sheet_data[0]) or root.find(".//{*}row") is not None:
        raise UnusualError
    return root


def _is_unusual(*_: object) -> None:
    raise UnusualError
