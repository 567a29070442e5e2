"""The lint's rules for rows as programs write them, checked in bytes, many at a time.

What is found here is that there is nothing to find: a row that looks unusual in any way is not
judged, and `UnusualError` sends the whole sheet to the rules that look at every element.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import IO
from xml.sax.saxutils import unescape

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.lint.package_rules import SPREADSHEET
from xlportfolio.workbook.lint.proof import UnusualError, proven
from xlportfolio.workbook.lint.sheet_facts import SheetFacts, unescaped
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, column_number

_SHEET_DATA = re.compile(rb"<((?:[^\s<>/:!?]+:)?)sheetData(?: [^<>]*)?(?<!/)>")
_LONGEST = 4 << 20
_MOST_LAYOUTS = 10_000
_ATTRIBUTES = re.compile(rb' ([A-Za-z\d:]+)="([^"]*)"')
_STYLE = re.compile(rb' s="(\d{1,9})"')
_NAMED = {"&quot;": '"', "&apos;": "'"}


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
        self._layouts: dict[bytes, tuple[int, int]] = {}

    def read(self, stream: IO[bytes]) -> etree._Element:
        """Read a sheet's part; its root without the rows.

        Raises
        ------
        UnusualError
            If a row, or what stands around the rows, is not as programs write it.
        expat.ExpatError, etree.XMLSyntaxError
            If it is not sound XML.
        """
        pieces = proven(stream)
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
            more = next(pieces, None)
            if more is None or len(held) > _LONGEST:
                raise UnusualError
            held += more
        self._block(grammar, held[:end])
        return _root(b"".join([before, held[end:], *pieces]))

    def _block(self, grammar: _Grammar, block: bytes) -> None:
        """Check whole rows."""
        if b"xmlns" in block:
            raise UnusualError
        layouts: set[bytes] = set()
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
                layouts.add(layout)
            if number in self._kept_rows:
                self._keep(grammar, row, number)
        if end != len(block):
            raise UnusualError
        self._note_styles(grammar, block)
        if layouts:
            self._note_content(grammar, block, layouts)
        if b' t="s"' in block:
            self._note_strings(grammar, block)
        if grammar.formula_start in block:
            self._note_formulas(grammar, block)

    def _layout(self, layout: bytes) -> tuple[int, int]:
        """The first and last column of "A,B,D,", of which many rows have the same."""
        known = self._layouts.get(layout)
        if known is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            names = layout[:-1].split(b",")
            columns = [column_number(name.decode()) if name.isalpha() else 0 for name in names]
            ascending = all(map(int.__lt__, [0, *columns], columns))
            if not ascending or columns[-1] > LAST_COLUMN:
                raise UnusualError
            known = self._layouts[layout] = columns[0], columns[-1]
        return known

    def _note_styles(self, grammar: _Grammar, block: bytes) -> None:
        # Most blocks hold no higher style; that a text may look like one does no harm.
        highest = self._facts.highest_style
        if max(map(int, set(_STYLE.findall(block))), default=-1) <= highest[0]:
            return
        for match in grammar.styled.finditer(block):
            if int(match[3]) > highest[0]:
                row = match[1] and match[1].decode()
                highest = (int(match[3]), f"{row}:{row}" if row else match[2].decode())
        self._facts.highest_style = highest

    def _note_content(self, grammar: _Grammar, block: bytes, layouts: set[bytes]) -> None:
        """Widen the rectangle around the cells that hold something."""
        ends = [self._layout(layout) for layout in layouts]
        last, row = None, len(block)
        while last is None and row > 0:
            end, row = row, max(block.rfind(grammar.row_start, 0, row), 0)
            last = grammar.filled.search(block, row, end)
        if last is None:
            return
        used = self._facts.used
        is_inside = used is not None and all(
            used.first_column <= first and last_one <= used.last_column for first, last_one in ends
        )
        if used is None or not is_inside:
            cells = grammar.filled.findall(block)
            columns = {column_number(letters.decode()) for letters in {one for one, _ in cells}}
            row = int(cells[0][1])
            seen = CellRange(row, min(columns), row, max(columns))
            used = seen if used is None else _widened(used, seen)
        self._facts.used = replace(used, last_row=int(last[2]))

    def _note_strings(self, grammar: _Grammar, block: bytes) -> None:
        highest = max(set(grammar.shared_string.findall(block)), key=int, default=b"-1")
        if int(highest) > self._facts.highest_string[0]:
            found = grammar.cell_of_string(block, highest)
            self._facts.highest_string = (int(highest), found.decode())

    def _note_formulas(self, grammar: _Grammar, block: bytes) -> None:
        if self._keeps_formulas:
            for letters, digits in grammar.formula_cell.findall(block):
                self._facts.formulas.add(int(digits), column_number(letters.decode()))
        if grammar.formula_start + b" " not in block:
            return
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
                cells = CellRange.parse(
                    attributes.get(b"ref", address.encode()).decode() or address
                )
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
        self._cell_start = b"<" + prefix + b"c "
        self._value_start = b"<" + prefix + b"v>"

        def compiled(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"@", re.escape(prefix)))

        other = rb'(?: (?!r=|s=|t=)[A-Za-z:]+="[^"<>]*")*+'
        style = rb'(?: s="\d{1,9}")?+'
        address = rb'<@c r="([A-Z]{1,3})([1-9]\d{0,6})"'
        number = rb"<@v>(?:-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?+)?+</@v>"
        text = rb"[^<]{0,32767}+"
        formula = (
            rb'(?:<@f(?: [A-Za-z\d:]+="[^"<>]*")*+(?:/>|>(?!\s*(?:=|&#))[^<]{0,8192}+</@f>))?+'
        )
        # What a cell holds depends on its type, which stands before or after its style.
        kinds = (
            rb'(?: t="n")?+%b>%b(?:%b|<@v/>)?+' % (style + other, formula, number),
            rb' t="s"%b>(?:<@v>\d{1,9}</@v>)?+' % (style + other),
            rb' t="str"%b>%b(?:<@v>%b</@v>|<@v/>)?+' % (style + other, formula, text),
            rb' t="b"%b>%b(?:<@v>[01]</@v>)?+' % (style + other, formula),
            rb' t="e"%b>%b(?:<@v>#%b</@v>)?+' % (style + other, formula, text),
            rb' t="inlineStr"%b><@is><@t(?: xml:space="preserve")?+>%b</@t></@is>'
            % (style + other, text),
        )
        cell = (
            rb'<@c r="[A-Z]{1,3}[1-9]\d{0,6}"%b(?:>%b</@c>|/>|(?:%b)</@c>|(?: t="[a-zA-Z]+")?+%b/>)'
            % (style, number, rb"|".join(kinds), style + other)
        )
        self.row = compiled(
            rb'<@row r="([1-9]\d{0,6})"(?: s="\d{1,9}"| (?!r=|s=)[A-Za-z\d:]+="[^"<>]*")*+ ?'
            rb"(?:/>|>\s*+(?:%b\s*+)*+</@row>)\s*+" % cell
        )
        self.references = compiled(rb'<@c r="([A-Z]+\d+)"')
        filled = rb"[^<>]*(?<!/)>(?!</@c>)"
        self.filled = compiled(address + filled)
        self.shared_string = compiled(rb't="s"[^<>]*><@v>(\d+)')
        self._named_string = compiled(rb'<@c r="([A-Z]+\d+)"[^<>]* t="s"[^<>]*><@v>(\d+)')
        self.formula_cell = compiled(address + rb"[^<>]*><@f")
        self.formula_with_attributes = compiled(address + rb"[^<>]*><@f( [^<>]*?)/?>([^<]*)")
        self.text = compiled(
            rb'<@c r="([A-Z]+)\d+"[^<>]*(?: t="s"[^<>]*><@v>(\d+)|'
            rb' t="str"[^<>]*>(?:<@f[^<]*(?:</@f>)?)?<@v>([^<]*)|'
            rb' t="inlineStr"[^<>]*><@is><@t[^<>]*>([^<]*))'
        )
        self.styled = compiled(
            rb'<@(?:row r="(\d+)"[^<>]*|c r="([A-Z]+\d+)"(?: t="\w+")?) s="(\d+)"'
        )

    def cell_of_string(self, block: bytes, digits: bytes) -> bytes:
        """The address of the first cell that names a shared string."""
        value = self._value_start + digits + b"<"
        at = block.find(value)
        while at >= 0:
            cell = self._named_string.match(block, block.rindex(self._cell_start, 0, at))
            if cell is not None and cell[2] == digits:
                return cell[1]
            at = block.find(value, at + 1)
        raise UnusualError


@lru_cache(maxsize=4)
def _grammar(prefix: bytes) -> _Grammar:
    return _Grammar(prefix)


def _root(shell: bytes) -> etree._Element:
    """Parse a sheet from which the rows were taken out."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(shell, parser)
    sheet_data = [child for child in root if etree.QName(child).localname == "sheetData"]
    is_it = len(sheet_data) == 1 and etree.QName(sheet_data[0]).namespace in SPREADSHEET
    has_rows = any(root.find(f".//{{{namespace}}}row") is not None for namespace in SPREADSHEET)
    if not is_it or has_rows or len(sheet_data[0]):
        raise UnusualError
    return root


def _widened(one: CellRange, other: CellRange) -> CellRange:
    return CellRange(
        min(one.first_row, other.first_row),
        min(one.first_column, other.first_column),
        max(one.last_row, other.last_row),
        max(one.last_column, other.last_column),
    )
