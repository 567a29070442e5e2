"""Random sheets, random edits, and an oracle that works on whole trees instead of byte spans.

Run it by hand for long:  python -m tests.hosts.fuzz_splice --runs 5000 --seed 7

Each round builds a workbook whose sheet has what producers write (prefixes, strict namespace, rows
and cells without numbers, self-closing tags, comments, shared, array and data-table formulas,
merges), edits it, and checks six things:

* it is refused exactly when the tree says that an edit touches a spill, a data table or a merge;
* values, formulas and styles, read with lxml and with openpyxl, are those of before with the edits
  laid over them; shared formulas are worked out with openpyxl's translator;
* with the edited cells cut out, the bytes of before and after are the same, save for the dimension,
  the spans of edited rows and the shared formulas that had to move;
* the lint finds nothing;
* parsing every row and cell gives the same bytes as passing over those that do not matter, for
  values, formulas and results of formulas, on this sheet and on one that was torn at random;
* the lint's look at many rows at a time sees what its look at every element sees, there too.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from unittest import mock
from xml.sax.saxutils import escape

import openpyxl
from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook import lint as lint_of_books
from xlportfolio.workbook.editing import rowpass
from xlportfolio.workbook.editing.cached_values import CachedValueSplicer
from xlportfolio.workbook.editing.elementstream import ElementStream
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.splice import SheetSplicer
from xlportfolio.workbook.lint import lint, sheet_rules
from xlportfolio.workbook.lint.package_rules import LintedPackage
from xlportfolio.workbook.lint.proof import UnusualError
from xlportfolio.workbook.protocol import Formula, Writable

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
N_ROWS, N_COLUMNS, N_STYLES = 14, 9, 8
TIMES = (date, time, timedelta)
SECOND = 1 / 86_400
DATE_STYLES = {2, 5}
NEW_DATE_STYLE, NEW_TIME_STYLE = 5, 6
FORMULAS = (
    "B1+1",
    "$A$1*B2",
    "SUM(A1:B$3)",
    'IF(A1="A1 & B2",B$2,$C3)',
    "SUM(A:A)-SUM(3:4)",
    "Plan!C4",
    "'Plan'!D$1<TRUE",
)
TEXTS = ("", "x", " a & <b>", "_x0041_", "line\none", "é €", "\U0001f600", "=1+1", "tab\tbed")

Cell = tuple[int, int]
Box = tuple[int, int, int, int]


@dataclass
class Plan:
    """A sheet before it is written down: what is where."""

    cells: dict[Cell, str] = field(default_factory=dict)
    styles: dict[Cell, int] = field(default_factory=dict)
    forbidden: list[Box] = field(default_factory=list)
    merges: list[Box] = field(default_factory=list)


def run_rounds(runs: int, seed: int) -> list[str]:
    """Run rounds; one line for each that failed, with what tells how to repeat it."""
    failures = []
    for number in range(runs):
        rng = random.Random(f"{seed}/{number}")
        try:
            complaint = one_round(rng)
        except Exception as error:
            error.add_note(f"in round {number} of seed {seed}")
            raise
        if complaint:
            failures.append(f"seed {seed}, round {number}: {complaint}")
    return failures


def one_round(rng: random.Random) -> str | None:
    plan = make_plan(rng)
    namespace = STRICT if rng.random() < 0.15 else TRANSITIONAL
    before = write_sheet(plan, rng, namespace)
    edits = make_edits(plan, rng)
    job = plain_splicer(edits)
    size = rng.choice((1, 7, 64, 1 << 16))
    must_refuse = any(is_inside(box, cell) for box in plan.forbidden for cell in edits) or any(
        is_inside(box, cell) and cell != box[:2] for box in plan.merges for cell in edits
    )
    if complaint := compare_ways(before, edits, rng):
        return complaint
    try:
        after = b"".join(job.run(pieces(before, size)))
    except WorkbookError as error:
        return None if must_refuse else f"refused without need: {error}"
    if must_refuse:
        return "not refused"
    return (
        compare_lints(after, rng)
        or compare_trees(before, after, edits, job)
        or compare_bytes(before, after, edits)
        or compare_files(before, after, edits, namespace)
    )


# -- the oracle that parses everything


class EveryElement:
    """Stands in for the sieve: nothing is passed over."""

    n_bytes = 0

    def __init__(self, stream: ElementStream, rows: object) -> None:
        self._stream, self._position = stream, 0

    def feed(self, chunk: bytes) -> None:
        EveryElement.n_bytes += len(chunk)
        self._stream.prove(chunk)
        self._stream.parse(chunk, self._position)
        self._position += len(chunk)

    def finish(self) -> None:
        self._stream.finish()


class Counted(ElementStream):
    """Counts the bytes that the handlers see."""

    n_bytes = 0

    def parse(self, piece: bytes, position: int) -> None:
        Counted.n_bytes += len(piece)
        super().parse(piece, position)


@contextmanager
def exchanged(name: str, stand_in: type) -> Iterator[None]:
    """Put another class into the module of the pass over rows."""
    kept = getattr(rowpass, name)
    setattr(rowpass, name, stand_in)
    try:
        yield
    finally:
        setattr(rowpass, name, kept)


def outcome(run: Callable[[], bytes]) -> bytes:
    """The bytes that come out; none when they are refused."""
    try:
        return run()
    except WorkbookError:
        return b""


def compare_ways(xml: bytes, edits: dict[Cell, Writable], rng: random.Random) -> str | None:
    cells = sorted({cell for cell, span in positions(xml) if b"<f" in xml[slice(*span)]})
    some = {cell for cell in cells if rng.random() < 0.3}
    torn = tear(xml, rng)
    for document in (xml, torn, tear(torn, rng)):
        size = rng.choice((50, 300, 1 << 16))
        for what, run in ways(document, edits, some, size).items():
            with exchanged("ElementStream", Counted):
                sifted = outcome(run)
            with exchanged("RowSieve", EveryElement):
                careful = outcome(run)
            if sifted != careful:
                return f"{what} differ when rows are passed over, size {size}: {document!r}"
    return None


def ways(
    document: bytes, edits: dict[Cell, Writable], formulas: set[Cell], size: int
) -> dict[str, Callable[[], bytes]]:
    """What goes over the rows of a sheet."""
    texts = FormulaTextSplicer("Plan", dict.fromkeys(formulas, "B7*2"))
    return {
        "values": lambda: b"".join(plain_splicer(edits).run(pieces(document, size))),
        "texts": lambda: b"".join(texts.run(pieces(document, size))),
        "results": lambda: with_results(document, dict.fromkeys(formulas, 7.5), size),
    }


def with_results(document: bytes, results: dict[Cell, float], size: int) -> bytes:
    job = CachedValueSplicer("Plan", results, (), date1904=False)
    job.check(pieces(document, size))
    return b"".join(job.run(pieces(document, size)))


@contextmanager
def element_by_element() -> Iterator[None]:
    """Let the lint look at every element."""
    with (
        mock.patch.object(sheet_rules, "_usual_root", return_value=None),
        mock.patch.object(lint_of_books, "count_strings", side_effect=UnusualError),
    ):
        yield


def compare_lints(xml: bytes, rng: random.Random) -> str | None:
    spoilt = spoil(xml, rng)
    for document in (xml, spoilt, tear(spoilt, rng)):
        quick = look(document)
        with element_by_element():
            if (careful := look(document)) != quick:
                return f"the lint sees {quick}, not {careful}, in {document!r}"
    return None


def look(document: bytes) -> object:
    """What the lint finds, and what it takes note of."""
    with zipfile.ZipFile(io.BytesIO(package(document))) as archive:
        linted = LintedPackage(archive, None)
        part = "xl/worksheets/sheet1.xml"
        facts = sheet_rules.lint_sheet(linted, part, frozenset({1, 2, 3}), keeps_formulas=True)
    places = [cell for cell in within((1, 1, N_ROWS, N_COLUMNS)) if cell in facts.formulas]
    return linted.findings or {**vars(facts), "formulas": places}


def spoil(xml: bytes, rng: random.Random) -> bytes:
    """Change types, styles, values and addresses here and there."""
    texts = (
        b"x",
        b"",
        b" 1",
        b"1e5",
        b"nan",
        b"-1.5E-7",
        b"3",
        b"1",
        b"7",
        b"#N/A",
        b"&#49;",
        b"a&amp;",
    )
    kinds = (b"s", b"str", b"e", b"b", b"n", b"d", b"inlineStr", b"zzz")

    def spoilt(match: re.Match[bytes]) -> bytes:
        if rng.random() > 0.15:
            return match[0]
        if match[1]:
            return match[1] + rng.choice(texts)
        cell = match[0]
        return cell + rng.choice((b' t="%b"' % rng.choice(kinds), b' s="%d"' % rng.randint(0, 99)))

    return re.sub(rb'(<(?:x:)?[vf](?: [^<>]*[^/])?>)[^<]*|<(?:x:)?c r="[A-Z]+\d+"', spoilt, xml)


def tear(xml: bytes, rng: random.Random) -> bytes:
    """Take out, double, exchange or slip in something between two tags."""
    tokens = [match[0] for match in _XML_TOKEN.finditer(xml)]
    place, other = sorted(rng.randrange(len(tokens)) for _ in range(2))
    oddities = (b"<!-- <row r='3'> -->", b"<e/>", b"<row r='9'/>", b"<c r='A1'/>", b"<mergeCell/>")
    oddities += (b'<x:row xmlns:x="%s" r="5"/>' % TRANSITIONAL.encode(), b"<e xmlns=''><row/></e>")
    match rng.randrange(6):
        case 0:
            del tokens[place]
        case 1:
            end = min(other, place + 30)
            tokens[place:place] = tokens[place:end]
        case 2:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        case 3:
            rows = [i for i, token in enumerate(tokens) if re.match(rb"<(x:)?row ", token)]
            if rows:
                at = rng.choice(rows)
                tokens[at] = re.sub(rb' r="\d+"', b' r="%d"' % rng.randint(0, 15), tokens[at])
        case 4:
            cells = [i for i, token in enumerate(tokens) if re.match(rb"<(x:)?c ", token)]
            if cells:
                at = rng.choice(cells)
                tokens[at] = re.sub(rb' r="[A-Z]+', b' r="' + rng.choice((b"A", b"F")), tokens[at])
        case _:
            tokens.insert(place, rng.choice(oddities))
    return b"".join(tokens)


def plain_splicer(edits: dict[Cell, Writable]) -> SheetSplicer:
    return SheetSplicer(
        "Plan",
        edits,
        date1904=False,
        is_date_style=DATE_STYLES.__contains__,
        date_style=lambda style: NEW_DATE_STYLE,
        time_style=lambda style: NEW_TIME_STYLE,
    )


def pieces(xml: bytes, size: int) -> Iterator[bytes]:
    return (xml[i : i + size] for i in range(0, len(xml), size))


# -- making


def make_plan(rng: random.Random) -> Plan:
    plan = Plan()
    taken: list[Box] = []

    def place(height: int, width: int) -> Box | None:
        top, left = rng.randint(1, N_ROWS - height + 1), rng.randint(1, N_COLUMNS - width + 1)
        box = (top, left, top + height - 1, left + width - 1)
        if any(overlap(box, other) for other in taken):
            return None
        taken.append(box)
        return box

    for index in range(rng.randint(0, 3)):
        if box := place(rng.randint(1, 4), rng.randint(1, 3)):
            add_shared(plan, box, index, rng)
    if rng.random() < 0.4 and (box := place(rng.randint(1, 3), rng.randint(1, 3))):
        text = f'<f t="array" ref="{address(box)}">{escape(rng.choice(FORMULAS))}</f><v>1</v>'
        plan.cells[box[:2]] = text
        if box[:2] != box[2:]:
            plan.forbidden.append(box)
            for cell in within(box):
                if cell != box[:2] and rng.random() < 0.5:
                    plan.cells[cell] = "<v>1</v>"
    if rng.random() < 0.15 and (box := place(2, 2)):
        plan.cells[box[:2]] = f'<f t="dataTable" ref="{address(box)}" r1="A1"/><v>1</v>'
        plan.forbidden.append(box)
    if rng.random() < 0.3 and (box := place(rng.randint(1, 2), 2)):
        plan.merges.append(box)
    for _ in range(rng.randint(0, 40)):
        cell = (rng.randint(1, N_ROWS), rng.randint(1, N_COLUMNS))
        if not any(is_inside(box, cell) for box in taken):
            plan.cells[cell] = rng.choice(
                (
                    "",
                    f"<v>{rng.randint(0, 99)}</v>",
                    f"<f>{escape(rng.choice(FORMULAS))}</f>",
                    f"<f>{escape(rng.choice(FORMULAS))}</f><v><![CDATA[7]]></v>",
                )
            )
    for cell in plan.cells:
        if rng.random() < 0.4:
            plan.styles[cell] = rng.randrange(N_STYLES)
    return plan


def add_shared(plan: Plan, box: Box, index: int, rng: random.Random) -> None:
    for cell in within(box):
        if cell == box[:2]:
            text = escape(rng.choice(FORMULAS))
            plan.cells[cell] = f'<f t="shared" ref="{address(box)}" si="{index}">{text}</f>'
        elif rng.random() < 0.8:
            empty = rng.choice(("/>", "></f>"))
            plan.cells[cell] = f'<f t="shared" si="{index}"{empty}<v>2</v>'


def write_sheet(plan: Plan, rng: random.Random, namespace: str) -> bytes:
    """Write the sheet down as one of the many producers would."""
    is_usual = rng.random() < 0.5
    prefix = rng.choice(("", "", "x:"))
    has_numbers, has_spans = is_usual or rng.random() < 0.8, rng.random() < 0.5
    noise = rng.choice(("", "\n  ", '<!-- <c r="A1"> > -->', "<?p <row> ?>"))
    if is_usual:
        noise = rng.choice(("", "", "\n"))
    rows = []
    previous = 0
    for number in range(1, N_ROWS + 1):
        columns = sorted(column for row, column in plan.cells if row == number)
        if not columns and (has_numbers or number > N_ROWS // 2) and rng.random() < 0.6:
            continue
        if not has_numbers and previous != number - 1:
            has_numbers = True
        previous = number
        attributes = f' r="{number}"' if has_numbers or rng.random() < 0.3 else ""
        if columns and has_spans:
            attributes += f' spans="{columns[0]}:{columns[-1]}"'
        if rng.random() < 0.2:
            attributes += f' s="{rng.randrange(N_STYLES)}" customFormat="1"'
        cells = [write_cell(plan, (number, column), rng, is_usual=is_usual) for column in columns]
        if cells or rng.random() < 0.5:
            rows.append(f"<row{attributes}>{noise}{noise.join(cells)}</row>")
        else:
            rows.append(f"<row{attributes} />")
    body = f"<sheetData>{noise}{noise.join(rows)}</sheetData>" if rows else "<sheetData/>"
    columns_part = (
        f'<cols><col min="2" max="4" width="9" style="{rng.randrange(N_STYLES)}"/></cols>'
        if rng.random() < 0.4
        else ""
    )
    merges = "".join(f'<mergeCell ref="{address(box)}"/>' for box in plan.merges)
    after = f'<mergeCells count="{len(plan.merges)}">{merges}</mergeCells>' if merges else ""
    dimension = f'<dimension ref="A1:{get_column_letter(N_COLUMNS)}{N_ROWS}"/>'
    xml = f"{dimension}{columns_part}{body}{after}{noise.strip()}"
    if prefix:
        xml = re.sub(
            r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<(/?)(?=\w)",
            lambda m: f"<{m[1]}{prefix}" if m[1] is not None else m[0],
            xml,
        )
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    start = rng.choice(('<?xml version="1.0" encoding="UTF-8"?>\n', "", "\ufeff"))
    return f'{start}<{prefix}worksheet {declared}="{namespace}">{xml}</{prefix}worksheet>'.encode()


def write_cell(plan: Plan, cell: Cell, rng: random.Random, *, is_usual: bool) -> str:
    inner = plan.cells[cell]
    if is_usual:
        inner = inner.replace("<![CDATA[7]]>", "7")
    row, column = cell
    follows = (row, column - 1) in plan.cells or column == 1
    # openpyxl needs the address of a cell that shares a formula
    may_omit = follows and "shared" not in inner and not is_usual
    attributes = "" if may_omit and rng.random() < 0.1 else f' r="{address((row, column) * 2)}"'
    if cell in plan.styles:
        attributes += f' s="{plan.styles[cell]}"'
    if not inner and rng.random() < 0.5:
        return f"<c{attributes}/>"
    return f"<c{attributes}>{inner}</c>"


def make_edits(plan: Plan, rng: random.Random) -> dict[Cell, Writable]:
    edits: dict[Cell, Writable] = {}
    existing = sorted(plan.cells)
    for _ in range(rng.choice((1, 2, rng.randint(1, 12)))):
        if existing and rng.random() < 0.6:
            cell = rng.choice(existing)
        else:
            cell = (rng.randint(1, N_ROWS + 4), rng.randint(1, N_COLUMNS + 3))
        if rng.random() < 0.9 and any(is_inside(box, cell) for box in plan.forbidden + plan.merges):
            continue
        edits[cell] = rng.choice(
            (
                None,
                rng.randint(-9, 9),
                rng.random(),
                rng.random() < 0.5,
                rng.choice(TEXTS),
                Formula("=" + rng.choice(FORMULAS)),
                CellError("#N/A"),
                date(2026, 4, rng.randint(1, 30)),
                datetime(2026, 4, 1, 6),
                time(18),
            )
        )
    return edits


# -- the oracle on trees


@dataclass(frozen=True)
class Seen:
    """A cell as a tree shows it."""

    style: int = 0
    kind: str = "n"
    value: str | None = None
    formula: str | None = None


def read_tree(xml: bytes) -> tuple[dict[Cell, Seen], etree._Element]:
    root = etree.fromstring(xml, etree.XMLParser(strip_cdata=False))
    cells: dict[Cell, Seen] = {}
    firsts: dict[str, Translator] = {}
    shared: dict[str, str] = {}
    row_number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        row_number = int(row.get("r", row_number + 1))
        column = 0
        for element in row.iterfind("{*}c"):
            reference = element.get("r")
            column = range_boundaries(reference)[0] if reference else column + 1
            here = address((row_number, column) * 2)
            formula = element.find("{*}f")
            text = None
            if formula is not None:
                text = formula.text or ""
                if formula.get("t") == "shared":
                    index = formula.get("si", "")
                    if formula.get("ref"):
                        firsts[index] = Translator("=" + text, here)
                        shared[index] = formula.get("ref", "")
                    if not is_inside(box_of(shared[index]), (row_number, column)):
                        raise ValueError(f"{here} lies outside shared formula {shared[index]}")
                    if not formula.get("ref"):
                        text = firsts[index].translate_formula(here)[1:]
            value = element.findtext("{*}v")
            if element.get("t") == "inlineStr":
                value = "".join(element.itertext())
            if value is not None or formula is not None or element.get("s", "0") != "0":
                cells[row_number, column] = Seen(
                    int(element.get("s", "0")), element.get("t", "n"), value, text
                )
    return cells, root


def inherited_style(root: etree._Element, cell: Cell) -> int:
    number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        if number == cell[0] and row.get("customFormat") == "1":
            return int(row.get("s", "0"))
    for column in root.iterfind("{*}cols/{*}col"):
        if int(column.get("min", "0")) <= cell[1] <= int(column.get("max", "0")):
            return int(column.get("style", "0"))
    return 0


def expected_cell(edit: Writable, style: int) -> Seen | None:
    if isinstance(edit, (date, time)) and style not in DATE_STYLES:
        style = NEW_TIME_STYLE if isinstance(edit, time) else NEW_DATE_STYLE
    match edit:
        case None:
            return Seen(style) if style else None
        case bool():
            return Seen(style, "b", str(int(edit)))
        case int() | float():
            return Seen(style, "n", str(edit))
        case Formula():
            return Seen(style, "n", None, edit.text[1:])
        case CellError():
            return Seen(style, "e", edit.code)
        case datetime():
            return Seen(style, "n", "46113.25")
        case date():
            return Seen(style, "n", str((edit - date(1899, 12, 30)).days))
        case time():
            return Seen(style, "n", "0.75")
        case str():
            return Seen(style, "inlineStr", re.sub("_(?=x[0-9A-F]{4}_)", "_x005F_", edit))
    raise TypeError(edit)


def compare_trees(
    before: bytes, after: bytes, edits: dict[Cell, Writable], job: SheetSplicer
) -> str | None:
    old, root = read_tree(before)
    new, new_root = read_tree(after)
    existing = {cell for cell, _ in positions(before)}
    expected = dict(old)
    removed = wrote = False
    for cell, edit in edits.items():
        was = old.get(cell, Seen())
        is_new = cell not in existing
        style = inherited_style(root, cell) if is_new else was.style
        has_array = was.formula is not None and b't="array"' in raw_cell(before, cell)
        removed |= was.formula is not None and (not isinstance(edit, Formula) or has_array)
        wrote |= isinstance(edit, Formula)
        seen = None if edit is None and is_new else expected_cell(edit, style)
        if seen is None:
            expected.pop(cell, None)
        else:
            expected[cell] = seen
    for cell in sorted(expected.keys() | new.keys()):
        if expected.get(cell) != new.get(cell):
            return f"{address(cell * 2)} is {new.get(cell)}, expected {expected.get(cell)}"
    if (job.removed_formulas, job.wrote_formulas) != (removed, wrote):
        return f"formulas removed, wrote: {job.removed_formulas}, {job.wrote_formulas}"
    dimension = new_root.find("{*}dimension")
    covered = dimension.get("ref", "") if dimension is not None else ""
    left, top, right, bottom = range_boundaries(covered)
    for row in new_root.iterfind("{*}sheetData/{*}row[@spans]"):
        first, last = map(int, row.get("spans", "").split(":"))
        for element in row.iterfind("{*}c[@r]"):
            if not first <= range_boundaries(element.get("r", ""))[0] <= last:
                return f"{element.get('r')} lies outside its row's spans {row.get('spans')}"
    if not all(top <= r <= bottom and left <= c <= right for r, c in new if new[r, c].value):
        return "the dimension does not cover the cells"
    return None


# -- the oracle on bytes

_XML_TOKEN = re.compile(
    rb"""<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<(?:"[^"]*"|'[^']*'|[^'">])*>|[^<]+""", re.DOTALL
)


def positions(xml: bytes) -> list[tuple[Cell, tuple[int, int]]]:
    """Each cell's place in the text, by a tokeniser that knows nothing of expat."""
    found = []
    row = column = start = 0
    for match in _XML_TOKEN.finditer(xml):
        token = match[0]
        name = re.match(rb"<(?:x:)?(row|c)[\s/>]", token)
        if name and name[1] == b"row":
            number = re.search(rb'\sr="(\d+)"', token)
            row, column = int(number[1]) if number else row + 1, 0
        elif name:
            reference = re.search(rb'\sr="([A-Z]+)\d+"', token)
            column = range_boundaries(reference[1].decode() + "1")[0] if reference else column + 1
            start = match.start()
        if (name and name[1] == b"c" and token.endswith(b"/>")) or re.fullmatch(
            rb"</(?:x:)?c\s*>", token
        ):
            found.append(((row, column), (start, match.end())))
    return found


def raw_cell(xml: bytes, cell: Cell) -> bytes:
    return b"".join(xml[a:b] for where, (a, b) in positions(xml) if where == cell)


def cut(xml: bytes, edits: dict[Cell, Writable], moved: set[bytes], old_rows: set[int]) -> bytes:
    """Take out everything that the edits may have changed."""
    kept, last = [], 0
    for cell, (start, end) in positions(xml):
        if cell in edits:
            kept.append(xml[last:start])
            last = end
    text = b"".join(kept) + xml[last:]
    for index in moved:
        text = re.sub(
            rb'<(x:)?f ([^>]*)si="' + index + rb'"[^>]*?(/>|>[^<]*</(x:)?f>)', b"<moved/>", text
        )
    text = re.sub(rb'(dimension ref=")[^"]*', rb"\1", text)
    pieces, row = [], 0
    for match in _XML_TOKEN.finditer(text):
        token = match[0]
        if re.match(rb"<(?:x:)?row[\s/>]", token):
            number = re.search(rb'\sr="(\d+)"', token)
            row = int(number[1]) if number else row + 1
            if any(where[0] == row for where in edits):
                prefix = b"x:" if token.startswith(b"<x:") else b""
                opening = re.sub(rb'(spans=")[^"]*', rb"\1", token)
                if opening.endswith(b"/>"):
                    opening = opening[:-2] + b"></" + prefix + b"row>"
                token = opening
        pieces.append(token)
    text = b"".join(pieces)
    for added in {where[0] for where in edits} - old_rows:
        text = re.sub(rb'<(x:)?row r="%d"></(x:)?row>' % added, b"", text)
    return re.sub(rb"<((?:x:)?)sheetData></(?:x:)?sheetData>", rb"<\1sheetData/>", text)


def compare_bytes(before: bytes, after: bytes, edits: dict[Cell, Writable]) -> str | None:
    moved = set()
    for cell, (start, end) in positions(before):
        first = re.search(rb't="shared" ref="[^"]*" si="(\d+)"', before[start:end])
        if cell in edits and first:
            moved.add(first[1])
    root = etree.fromstring(before)
    old_rows, number = set(), 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        old_rows.add(number)
    one, other = (cut(xml, edits, moved, old_rows) for xml in (before, after))
    if one != other:
        place = next(
            (i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0
        )
        shown = slice(max(0, place - 40), place + 60)
        return f"bytes beside the edits changed: {one[shown]!r} became {other[shown]!r}"
    return None


# -- the oracle on files

_STYLES = (
    f'<styleSheet xmlns="{TRANSITIONAL}"><fonts><font/></fonts>'
    "<fills><fill><patternFill/></fill></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs>"
    + "".join(
        f'<xf numFmtId="{14 if style in DATE_STYLES else 20 if style == NEW_TIME_STYLE else 0}"/>'
        for style in range(N_STYLES)
    )
    + '</cellXfs><cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def package(sheet: bytes) -> bytes:
    """A workbook around one sheet."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relationships = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{types}.styles+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/>'
            "</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relationships}"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{TRANSITIONAL}" xmlns:r="{office}"><sheets>'
            '<sheet name="Plan" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relationships}"><Relationship Id="rId1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
            f'Type="{office}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", _STYLES)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return stream.getvalue()


def compare_files(
    before: bytes, after: bytes, edits: dict[Cell, Writable], namespace: str
) -> str | None:
    data = package(after)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "after.xlsx"
        path.write_bytes(data)
        if findings := lint(path):
            return f"lint: {findings[0]}"
    if namespace == STRICT:
        return None  # openpyxl does not read it
    old = openpyxl.load_workbook(io.BytesIO(package(before)))["Plan"]
    new = openpyxl.load_workbook(io.BytesIO(data))["Plan"]
    hidden = {cell for merge in new.merged_cells.ranges for cell in list(merge.cells)[1:]}
    for row in range(1, N_ROWS + 5):
        for column in range(1, N_COLUMNS + 4):
            if (row, column) in hidden:
                continue
            found = plain(new.cell(row, column).value)
            if (row, column) in edits:
                wanted = plain(read_back(edits[row, column]))
            else:
                wanted = plain(old.cell(row, column).value)
            if isinstance(new.cell(row, column).value, TIMES) and is_close(found, wanted):
                continue  # openpyxl reads a number in a time style to the second
            if found != wanted:
                return f"openpyxl reads {found!r} in {address((row, column) * 2)}, not {wanted!r}"
    return None


def is_close(found: object, wanted: object) -> bool:
    """Whether two serials are less than a second apart."""
    return isinstance(found, float) and isinstance(wanted, float) and abs(found - wanted) < SECOND


def plain(value: object) -> object:
    """Make a value comparable: openpyxl's formula objects go by identity, numbers in date styles
    come as dates, and a text of no characters as nothing or as "".
    """
    if isinstance(value, (ArrayFormula, DataTableFormula)):
        return dict(value), getattr(value, "text", None)
    if isinstance(value, (date, time, timedelta)):
        value = to_excel(value)
    if isinstance(value, (int, float)):
        return round(float(value), 6)
    return value or None


def read_back(edit: Writable) -> object:
    match edit:
        case Formula():
            return edit.text
        case CellError():
            return edit.code
        case str():  # openpyxl does not decode the escapes of inline strings
            return re.sub("_(?=x[0-9A-F]{4}_)", "_x005F_", edit)
        case _:
            return edit


# -- boxes


def address(box: Box) -> str:
    first = f"{get_column_letter(box[1])}{box[0]}"
    last = f"{get_column_letter(box[3])}{box[2]}"
    return first if first == last else f"{first}:{last}"


def box_of(text: str) -> Box:
    left, top, right, bottom = range_boundaries(text)
    return top, left, bottom, right


def is_inside(box: Box, cell: Cell) -> bool:
    return box[0] <= cell[0] <= box[2] and box[1] <= cell[1] <= box[3]


def within(box: Box) -> list[Cell]:
    return [(r, c) for r in range(box[0], box[2] + 1) for c in range(box[1], box[3] + 1)]


def overlap(one: Box, other: Box) -> bool:
    return any(is_inside(other, cell) for cell in within(one))


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Splice random edits into random sheets and check each against an oracle.",
    )
    parser.add_argument("--runs", type=int, default=200, help="how many rounds (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="where to start (default 1)")
    options = parser.parse_args()
    failures = run_rounds(options.runs, options.seed)
    for failure in failures:
        sys.stdout.write(failure + "\n")
    passed_over = 1 - Counted.n_bytes / max(EveryElement.n_bytes, 1)
    sys.stdout.write(
        f"{options.runs} rounds, {len(failures)} failed; "
        f"{passed_over:.0%} of the bytes were passed over\n"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
