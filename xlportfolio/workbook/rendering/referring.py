"""What of the user's refers to given sheets, and would be lost with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.references import quote_sheet

# A sheet of another workbook stands behind that workbook's number: [1]Plan!A1, '[1]A plan'!A1.
_SHEETS = re.compile(r"'((?:[^']|'')+)'!|(?<![\]\w.])([^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!")
_TEXT = re.compile(r'"[^"]*"')
_WORDS = re.compile(r"[^\W\d][\w.]*")
_FORMULAS = frozenset(("f", "formula", "formula1", "formula2"))


@dataclass(frozen=True)
class Referrer:
    """Something that refers to a sheet: `where` it stands, for a message, and `what` it names."""

    where: str
    what: str


class Sought:
    """Sheets and tables that formulas may name.

    Parameters
    ----------
    sheets
        The names of the sheets.
    tables
        The name of each table, with its sheet.

    Attributes
    ----------
    sheets, words
        The names of sheets, and those of tables, in lower case, each with what it is.
    """

    def __init__(self, sheets: Iterable[str], tables: Iterable[tuple[str, str]]) -> None:
        self.sheets = {name.casefold(): f'"{name}"' for name in sheets}
        self.words = {name.casefold(): f'table {name} of "{sheet}"' for name, sheet in tables}

    def named_in(self, formula: str) -> str | None:
        """The sheet or table that a formula names, if it names one."""
        for match in _SHEETS.finditer(formula):
            name = (match[1] or match[2]).replace("''", "'")
            for end in name.split(":"):  # a reference through several sheets names the two ends
                if end.casefold() in self.sheets:
                    return self.sheets[end.casefold()]
        if self.words:
            for match in _WORDS.finditer(_TEXT.sub('""', formula)):
                if match[0].casefold() in self.words:
                    return self.words[match[0].casefold()]
        return None


def referrers_to(package: Package, index: WorkbookIndex, sheets: Sequence[str]) -> list[Referrer]:
    """Find what refers to `sheets`, or to their tables, from elsewhere in the workbook.

    Cells, conditional formats, validations, defined names, charts and pivot tables; in the order
    of the sheets, then names, charts and pivot tables.
    """
    sought = Sought(sheets, [(table.name, name) for name in sheets for table in index.tables(name)])
    wanted, words, named = sought.sheets, sought.words, sought.named_in

    found: list[Referrer] = []
    ours = {name.casefold() for name in sheets}
    theirs = [entry for entry in index.sheets if entry.name.casefold() not in ours]
    for entry in theirs:
        for where, formula in _sheet_formulas(package, entry):
            if what := named(formula):
                found.append(Referrer(where, what))
    found.extend(
        Referrer(f'The name "{name.name}"', what)
        for name in index.defined_names
        if (name.sheet or "").casefold() not in ours and (what := named(name.text))
    )
    for entry in theirs:
        for drawing in index.relationships(entry.part).by_type("drawing"):
            for chart in index.relationships(drawing.target).by_type("chart"):
                for formula in _texts(package, chart.target):
                    if what := named(formula):
                        found.append(Referrer(f'A chart on sheet "{entry.name}"', what))
                        break
    found += _pivot_tables(package, index, wanted, words)
    return found


def _sheet_formulas(package: Package, entry: SheetEntry) -> Iterator[tuple[str, str]]:
    """Every formula of a sheet with where it stands, read piece by piece."""
    found: list[tuple[str, str]] = []
    cell = area = ""
    text: list[str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cell, area, text
        name = tag.rpartition(":")[2]
        if name == "c":
            cell = attributes.get("r", "")
        elif name == "extLst":
            area = ""  # rules of newer kinds name their cells behind their formulas
        elif "sqref" in attributes:
            area = attributes["sqref"]
        if name in _FORMULAS:
            text = []

    def data(piece: str) -> None:
        if text is not None:
            text.append(piece)

    def end(tag: str) -> None:
        nonlocal text, cell
        name = tag.rpartition(":")[2]
        if text is not None and name in _FORMULAS:
            sheet = quote_sheet(entry.name)
            where = f"{sheet}!{cell}" if cell else f"A rule over {sheet}!{area}"
            found.append((where if cell or area else f"A rule on {sheet}", "".join(text)))
            text = None
        elif name == "sheetData":
            cell = ""

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    for piece in package.chunks(entry.part):
        parser.Parse(piece)
        yield from found
        found.clear()
    parser.Parse(b"", True)
    yield from found


def _texts(package: Package, part: str) -> list[str]:
    """The references in a chart part."""
    texts: list[str] = []
    open_text: list[str] | None = None

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal open_text
        if tag.rpartition(":")[2] == "f":
            open_text = []

    def data(piece: str) -> None:
        if open_text is not None:
            open_text.append(piece)

    def end(_tag: str) -> None:
        nonlocal open_text
        if open_text is not None:
            texts.append("".join(open_text))
        open_text = None

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.Parse(package.read(part), True)
    return texts


def _pivot_tables(
    package: Package, index: WorkbookIndex, wanted: dict[str, str], words: dict[str, str]
) -> Iterator[Referrer]:
    for cache in index.relationships().by_type("pivotCacheDefinition"):
        if not package.has(cache.target):
            continue
        sources: list[dict[str, str]] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda tag, attributes, found=sources: (
            found.append(attributes) if tag.rpartition(":")[2] == "worksheetSource" else None
        )
        parser.Parse(package.read(cache.target), True)
        for source in sources:
            what = wanted.get(source.get("sheet", "").casefold())
            what = what or words.get(source.get("name", "").casefold())
            if what:
                yield Referrer("A pivot table", what)
