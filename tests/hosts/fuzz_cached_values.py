"""Random sheets of formulas, new values for them, and oracles that know nothing of our code.

Run it by hand for long:  python -m tests.hosts.fuzz_cached_values --runs 2000 --seed 7

Each round writes a workbook as one of many producers would (prefixes, comments, CDATA, self-closing
tags, missing addresses, shared, array, spilling and data-table formulas, shared and inline texts,
rich values, extensions), and checks:

* the formulas that are read are those that lxml and openpyxl's translator find, with the values and
  ranges that the round put there;
* values are refused exactly for cells that hold no formula and lie in no array;
* lxml and openpyxl read the new values and the old formulas; a value that agrees is not counted;
* the bytes beside the changed cells, those of the other parts (as compressed) and, within a changed
  cell, all but its type and value are as they were; the lint finds nothing;
* a working copy says each formula as asked, and every other one as before.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import re
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
from lxml import etree
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from tests.hosts.fuzz_splice import (
    FORMULAS,
    STRICT,
    TRANSITIONAL,
    Box,
    Cell,
    address,
    cut,
    inherited_style,
    is_inside,
    overlap,
    package,
    positions,
    read_tree,
    within,
)
from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.formula_cells import Cached
from xlportfolio.workbook.lint import lint

N_ROWS, N_COLUMNS, N_STYLES = 10, 7, 8
TEXTS = ("", "x", "ruby", " a & <b> ", "line\none", "é €", "\U0001f600", "=1+1", "tab\tbed", "  ")
SHARED_TEXTS = ("", "x", "shared & <b>", " a & <b> ", "ruby")
ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
DYNAMIC_MARKS, OTHER_MARKS = (1, 3), (2, 9)
"""What `cm` says in the workbooks of this program: the first two mean a dynamic array."""
PART = "xl/worksheets/sheet1.xml"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
METADATA = (
    f'<metadata xmlns="{TRANSITIONAL}" '
    'xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="2"><metadataType name="XLRICHVALUE" minSupportedVersion="120000"/>'
    '<metadataType name="XLDAPR" minSupportedVersion="120000" cellMeta="1"/></metadataTypes>'
    '<futureMetadata name="XLRICHVALUE" count="1"><bk/></futureMetadata>'
    '<futureMetadata name="XLDAPR" count="2"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">'
    '<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">'
    '<xda:dynamicArrayProperties fDynamic="0" fCollapsed="0"/></ext></extLst></bk>'
    '</futureMetadata><cellMetadata count="3"><bk><rc t="2" v="0"/></bk><bk><rc t="2" v="1"/></bk>'
    '<bk><rc t="2" v="0"/></bk></cellMetadata>'
    '<valueMetadata count="1"><bk><rc t="1" v="0"/></bk></valueMetadata></metadata>'
)
STRINGS = (
    f'<sst xmlns="{TRANSITIONAL}" count="4" uniqueCount="4">'
    + "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in SHARED_TEXTS[:-1])
    + "<si><r><t>ru</t></r><r><t>by</t></r><rPh sb='0' eb='1'><t>guide</t></rPh></si></sst>"
)


@dataclass
class Plan:
    """A sheet before it is written down: what is where."""

    formulas: dict[Cell, str] = field(default_factory=dict)
    kinds: dict[Cell, str] = field(default_factory=dict)
    marks: dict[Cell, int] = field(default_factory=dict)
    values: dict[Cell, Cached] = field(default_factory=dict)
    styles: dict[Cell, int] = field(default_factory=dict)
    filled: dict[Cell, Box] = field(default_factory=dict)
    tables: list[Box] = field(default_factory=list)
    existing: set[Cell] = field(default_factory=set)

    def may_take(self, cell: Cell) -> bool:
        """Whether a computed value has a place in this cell."""
        if any(is_inside(box, cell) for box in self.tables):
            return False
        return cell in self.formulas or any(is_inside(box, cell) for box in self.filled.values())


def run_rounds(runs: int, seed: int) -> list[str]:
    """Run rounds; one line for each that failed, with what tells how to repeat it."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(runs):
            rng = random.Random(f"{seed}/{number}")
            try:
                complaint = one_round(rng, Path(folder))
            except Exception as error:
                error.add_note(f"in round {number} of seed {seed}")
                raise
            if complaint:
                failures.append(f"seed {seed}, round {number}: {complaint}")
    return failures


def one_round(rng: random.Random, folder: Path) -> str | None:
    plan = make_plan(rng)
    namespace = STRICT if rng.random() < 0.1 else TRANSITIONAL
    before = write_sheet(plan, rng, namespace)
    original, changed = folder / "original.xlsx", folder / "changed.xlsx"
    original.write_bytes(workbook(before, namespace))
    changed.unlink(missing_ok=True)
    values = make_values(plan, rng)
    must_refuse = not all(plan.may_take(cell) for cell in values)
    expected = {
        cell: value
        for cell, value in values.items()
        if not is_the_same(plan.values.get(cell), value)
    }
    with open_workbook(original) as book:
        if complaint := compare_formulas(plan, before, book.formulas("Plan")):
            return complaint
        if complaint := compare_copy(plan, before, book, rng, folder / "copy.xlsx"):
            return complaint
        try:
            count = book.put_cached_values("Plan", values)
        except WorkbookError as error:
            return None if must_refuse else f"refused without need: {error}"
        if must_refuse:
            return "not refused"
        if count != len(expected):
            return f"{count} cells changed, expected {len(expected)}: {expected}"
        book.save(changed)
    if complaint := compare_parts(original, changed, is_same=not expected):
        return complaint
    after = part_of(changed)
    return (
        compare_values(before, after, expected)
        or compare_bytes(before, after, expected)
        or compare_files(plan, changed, expected, namespace)
    )


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

    for index in range(rng.randint(0, 2)):
        if box := place(rng.randint(1, 4), rng.randint(1, 3)):
            add_shared(plan, box, index, rng)
    for _ in range(rng.randint(0, 3)):
        if box := place(rng.randint(1, 3), rng.randint(1, 3)):
            add_array(plan, box, rng)
    if rng.random() < 0.15 and (box := place(2, 2)):
        plan.formulas[box[:2]] = f'<f t="dataTable" ref="{address(box)}" r1="A1"/>'
        plan.kinds[box[:2]] = "table"
        plan.filled[box[:2]] = box
        plan.tables.append(box)
        for cell in within(box):
            plan.values[cell] = 1.0
    for _ in range(rng.randint(0, 25)):
        cell = (rng.randint(1, N_ROWS), rng.randint(1, N_COLUMNS))
        if any(is_inside(box, cell) for box in taken) or cell in plan.existing:
            continue
        plan.existing.add(cell)
        if rng.random() < 0.6:
            plan.formulas[cell] = f"<f>{formula_text(rng)}</f>"
            plan.kinds[cell] = "plain"
        plan.values[cell] = any_value(rng)
    plan.existing |= plan.formulas.keys() | plan.values.keys()
    for cell in plan.existing:
        if rng.random() < 0.4:
            plan.styles[cell] = rng.randrange(N_STYLES)
    return plan


def formula_text(rng: random.Random) -> str:
    text = rng.choice(FORMULAS)
    return escape(text) if rng.random() < 0.8 else f"<![CDATA[{text}]]>"


def add_shared(plan: Plan, box: Box, index: int, rng: random.Random) -> None:
    for cell in within(box):
        if cell == box[:2]:
            plan.formulas[cell] = (
                f'<f t="shared" ref="{address(box)}" si="{index}">{formula_text(rng)}</f>'
            )
        elif rng.random() < 0.8:
            empty = rng.choice(("/>", " />", "></f>"))
            plan.formulas[cell] = f'<f t="shared" si="{index}"{empty}'
        else:
            continue
        plan.kinds[cell] = "plain"
        plan.values[cell] = any_value(rng)


def add_array(plan: Plan, box: Box, rng: random.Random) -> None:
    first = box[:2]
    more = rng.choice(("", ' aca="1"', ' ca="1"'))
    plan.formulas[first] = f"<f t='array' ref=\"{address(box)}\"{more}>{formula_text(rng)}</f>"
    plan.filled[first], plan.kinds[first] = box, "array"
    if rng.random() < 0.7:
        plan.marks[first] = rng.choice((*DYNAMIC_MARKS, *OTHER_MARKS))
        if plan.marks[first] in DYNAMIC_MARKS:
            plan.kinds[first] = "spill"
    for cell in within(box):
        if cell == first or rng.random() < 0.6:
            plan.values[cell] = any_value(rng)


def any_value(rng: random.Random) -> Cached:
    return rng.choice(
        (
            None,
            float(rng.randint(-9, 9)),
            rng.random() * 10.0 ** rng.randint(-20, 20),
            rng.random() < 0.5,
            rng.choice(TEXTS),
            CellError(rng.choice(ERRORS)),
        )
    )


def make_values(plan: Plan, rng: random.Random) -> dict[Cell, Cached]:
    values: dict[Cell, Cached] = {}
    everywhere = [(row, column) for row in range(1, N_ROWS + 3) for column in range(1, N_COLUMNS)]
    is_careless = rng.random() < 0.15
    for cell in rng.sample(everywhere, rng.randint(0, len(everywhere))):
        if plan.may_take(cell) or (is_careless and rng.random() < 0.05):
            old = plan.values.get(cell)
            values[cell] = near(old, rng) if rng.random() < 0.4 else any_value(rng)
    return values


def near(old: Cached, rng: random.Random) -> Cached:
    """The old value, or one so near that it is the same or just is not."""
    if isinstance(old, bool):
        return rng.choice((old, float(old), float(not old)))
    if isinstance(old, float):
        return rng.choice((old, math.nextafter(old, math.inf), old * (1 + 1e-12)))
    return old


def is_the_same(old: Cached, new: Cached) -> bool:
    """What the product promises, said in other words than its own."""
    if isinstance(old, bool) and isinstance(new, float):
        return new == old
    if type(old) is not type(new):
        return False
    if isinstance(old, float) and isinstance(new, float) and old and new:
        return abs(old / new - 1) < 1e-15
    return old == new


def write_sheet(plan: Plan, rng: random.Random, namespace: str) -> bytes:
    """Write the sheet down as one of the many producers would."""
    prefix = rng.choice(("", "", "x:"))
    has_spans = rng.random() < 0.5
    noise = rng.choice(("", "\n  ", '<!-- <c r="A1"> > -->', "<?p <row> ?>"))
    rows, previous = [], 0
    for number in range(1, N_ROWS + 1):
        columns = sorted(column for row, column in plan.existing if row == number)
        if not columns and rng.random() < 0.6:
            continue
        has_number = previous != number - 1 or rng.random() < 0.8
        previous = number
        attributes = f' r="{number}"' if has_number else ""
        if columns and has_spans:
            attributes += f' spans="{columns[0]}:{columns[-1]}"'
        if rng.random() < 0.2:
            attributes += f' s="{rng.randrange(N_STYLES)}" customFormat="1"'
        cells = [write_cell(plan, (number, column), rng, noise) for column in columns]
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
    dimension = rng.choice((f'<dimension ref="{address(around(plan.existing))}"/>', ""))
    xml = f"{dimension}{columns_part}{body}{noise.strip()}"
    if prefix:
        xml = re.sub(
            r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<(/?)(?=\w)",
            lambda m: f"<{m[1]}{prefix}" if m[1] is not None else m[0],
            xml,
        )
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    start = rng.choice(('<?xml version="1.0" encoding="UTF-8"?>\n', "", "\ufeff"))
    return f'{start}<{prefix}worksheet {declared}="{namespace}">{xml}</{prefix}worksheet>'.encode()


def around(cells: set[Cell]) -> Box:
    rows, columns = [row for row, _ in cells] or [1], [column for _, column in cells] or [1]
    return min(rows), min(columns), max(rows), max(columns)


def write_cell(plan: Plan, cell: Cell, rng: random.Random, noise: str) -> str:
    row, column = cell
    formula = plan.formulas.get(cell, "")
    follows = (row, column - 1) in plan.existing or column == 1
    # openpyxl needs the address of a cell whose formula is not a plain one
    may_omit = follows and " t=" not in formula
    attributes = [] if may_omit and rng.random() < 0.15 else [f'r="{address(cell * 2)}"']
    if cell in plan.styles:
        attributes.append(f"s='{plan.styles[cell]}'")
    kind, value = write_value(plan.values.get(cell), rng)
    if kind:
        attributes.append(f't="{kind}"')
    if cell in plan.marks:
        attributes.append(f'cm="{plan.marks[cell]}"')
    if rng.random() < 0.1:
        attributes.append('vm="1"')
    if rng.random() < 0.1:
        attributes.append('ph="1"')
    rng.shuffle(attributes)
    tag = "<c " + " ".join(attributes) if attributes else "<c"
    extension = '<extLst><ext uri="{1}"><v>7</v></ext></extLst>' if rng.random() < 0.05 else ""
    inner = formula + (noise if rng.random() < 0.3 else "") + value + extension
    if not inner and rng.random() < 0.7:
        return tag + rng.choice(("/>", " />"))
    return f"{tag}{rng.choice(('', ' '))}>{inner}</c>"


def write_value(value: Cached, rng: random.Random) -> tuple[str, str]:
    """The type of a cell and the elements that hold its value."""
    match value:
        case None:
            return "", rng.choice(("", "", "<v/>"))
        case bool():
            return "b", f"<v>{int(value)}</v>"
        case CellError():
            return "e", f"<v>{value.code}</v>"
        case float():
            text = rng.choice((repr(value), f"<![CDATA[{value!r}]]>"))
            return rng.choice(("", "n")), f"<v>{text}</v>"
    text = escape(value)
    if value in SHARED_TEXTS and rng.random() < 0.5:
        return "s", f"<v>{SHARED_TEXTS.index(value)}</v>"
    form = rng.choice(("str", "inlineStr", "rich"))
    if form == "str":
        return "str", f'<v xml:space="preserve">{text}</v>' if text else rng.choice(
            ("<v></v>", "<v/>")
        )
    inline = f'<t xml:space="preserve">{text}</t>'
    if form == "rich":
        inline = f'<r><rPr><b/></rPr>{inline}</r><rPh sb="0" eb="1"><t>guide</t></rPh>'
    return "inlineStr", f"<is>{inline}</is>"


def workbook(sheet: bytes, namespace: str) -> bytes:
    """A workbook around one sheet, with shared texts and metadata."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package(sheet))) as plain,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in plain.namelist():
            text = plain.read(name)
            if name == "[Content_Types].xml":
                more = "".join(
                    f'<Override PartName="/xl/{part}.xml" ContentType="{_TYPES}.{kind}+xml"/>'
                    for part, kind in (
                        ("sharedStrings", "sharedStrings"),
                        ("metadata", "sheetMetadata"),
                    )
                )
                text = text.replace(b"</Types>", f"{more}</Types>".encode())
            if name == "xl/_rels/workbook.xml.rels":
                more = "".join(
                    f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{part}.xml"/>'
                    for number, part, kind in (
                        (8, "sharedStrings", "sharedStrings"),
                        (9, "metadata", "sheetMetadata"),
                    )
                )
                text = text.replace(b"</Relationships>", f"{more}</Relationships>".encode())
            if name != PART:
                text = text.replace(TRANSITIONAL.encode(), namespace.encode())
            archive.writestr(name, text)
        archive.writestr("xl/sharedStrings.xml", STRINGS.replace(TRANSITIONAL, namespace))
        archive.writestr("xl/metadata.xml", METADATA.replace(TRANSITIONAL, namespace))
    return stream.getvalue()


# -- the oracles


@dataclass(frozen=True)
class Seen:
    """A cell as a tree shows it; `formula` is its element as it stands."""

    value: Cached
    style: str | None
    mark: str | None
    is_rich: bool
    formula: bytes | None


def see(xml: bytes) -> dict[Cell, Seen]:
    root = etree.fromstring(xml, etree.XMLParser(strip_cdata=False))
    cells: dict[Cell, Seen] = {}
    number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        column = 0
        for element in row.iterfind("{*}c"):
            letters = re.match("[A-Z]*", element.get("r", ""))
            column = ord(letters[0]) - 64 if letters and letters[0] else column + 1
            formula = element.find("{*}f")
            cells[number, column] = Seen(
                seen_value(element),
                element.get("s"),
                element.get("cm"),
                element.get("vm") is not None,
                None if formula is None else repr((sorted(formula.items()), formula.text)).encode(),
            )
    return cells


def seen_value(element: etree._Element) -> Cached:
    kind, text = element.get("t", "n"), element.findtext("{*}v")
    if kind == "inlineStr":
        runs = element.xpath(
            "*[local-name()='is']//*[local-name()='t'][not(ancestor::*[local-name()='rPh'])]"
        )
        return "".join(run.text or "" for run in runs)
    if text is None or (kind == "n" and not text):
        return None
    match kind:
        case "n":
            return float(text)
        case "b":
            return text == "1"
        case "e":
            return CellError(text)
        case "s":
            return SHARED_TEXTS[int(text)]
        case "str":
            return text
    raise ValueError(kind)


def compare_formulas(plan: Plan, before: bytes, found: list[object]) -> str | None:
    tree, _ = read_tree(before)
    expected = [
        (
            cell,
            tree[cell].formula,
            plan.kinds[cell],
            address(plan.filled.get(cell, cell * 2)),
            plan.values.get(cell),
        )
        for cell in sorted(plan.formulas)
    ]
    seen = [((f.row, f.column), f.text, f.kind, f.cells.address, f.cached) for f in found]
    if [repr(one) for one in seen] != [repr(one) for one in expected]:
        return f"read {seen}, expected {expected}"
    return None


def compare_copy(
    plan: Plan, before: bytes, book: object, rng: random.Random, target: Path
) -> str | None:
    texts: dict[Cell, str | None] = {
        cell: rng.choice((None, f'ORG.PF(A1,"<&>{cell[0]}")'))
        for cell in plan.formulas
        if rng.random() < 0.3
    }
    book.write_working_copy(target, {"Plan": texts}, str.upper)
    after = part_of(target)
    old, new = read_tree(before)[0], read_tree(after)[0]
    old_seen, new_seen = see(before), see(after)
    for cell in sorted(plan.existing):
        if new_seen[cell].value != old_seen[cell].value:
            return f"the copy changed the value of {address(cell * 2)}"
        was = old[cell].formula if cell in old else None
        said = new[cell].formula if cell in new else None
        if said != texts.get(cell, was):
            return f"the copy says {said!r} in {address(cell * 2)}, not {texts.get(cell, was)!r}"
        is_array = cell in plan.filled and plan.kinds[cell] != "table"
        box = f"'{address(plan.filled[cell])}'".encode() if is_array else b""
        if texts.get(cell) is not None and box not in (new_seen[cell].formula or b""):
            return f"the copy lost the array of {address(cell * 2)}"
    return None if old.keys() >= new.keys() else "the copy has cells of its own"


def compare_values(before: bytes, after: bytes, expected: dict[Cell, Cached]) -> str | None:
    old, new = see(before), see(after)
    root = etree.fromstring(before)
    for cell in sorted(old.keys() | expected.keys() | new.keys()):
        was = old.get(cell)
        if was is None:
            style = inherited_style(root, cell)
            was = Seen(None, str(style) if style else None, None, False, None)
        value, is_rich = was.value, was.is_rich
        if cell in expected:
            value, is_rich = expected[cell], False
            if isinstance(was.value, bool) and value in (0.0, 1.0):
                value = bool(value)
        wanted = Seen(value, was.style, was.mark, is_rich, was.formula)
        if repr(new.get(cell)) != repr(wanted):
            return f"{address(cell * 2)} is {new.get(cell)}, expected {wanted}"
    return None


_VALUE = re.compile(
    rb"<(?:x:)?(v|is)(?:\s[^>]*?)?(?:/>|>.*?</(?:x:)?\1>)",
    re.DOTALL,
)


def bare(cell: bytes) -> bytes:
    """A cell without its value, type and rich value."""
    tag_end = re.match(rb"""<(?:"[^"]*"|'[^']*'|[^'">])*>""", cell)
    assert tag_end is not None
    tag, inner = tag_end[0], cell[tag_end.end() :]
    tag = re.sub(rb"""\s(t|vm)=("[^"]*"|'[^']*')""", b"", tag)
    if tag.endswith(b"/>"):
        tag, inner = tag[:-2] + b">", b"</x:c>" if tag.startswith(b"<x:") else b"</c>"
    head, mark, tail = inner.partition(b"extLst")
    return re.sub(rb"\s+>$", b">", tag) + _VALUE.sub(b"", head) + mark + tail


def compare_bytes(before: bytes, after: bytes, expected: dict[Cell, Cached]) -> str | None:
    old_cells = {cell: before[start:end] for cell, (start, end) in positions(before)}
    new_cells = {cell: after[start:end] for cell, (start, end) in positions(after)}
    for cell in old_cells.keys() & expected.keys():
        if bare(old_cells[cell]) != bare(new_cells[cell]):
            return f"more than a value changed: {old_cells[cell]!r} became {new_cells[cell]!r}"
    root, number = etree.fromstring(before), 0
    rows = set()
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        rows.add(number)
    one, other = (cut(xml, dict.fromkeys(expected), set(), rows) for xml in (before, after))
    if one != other:
        place = next(
            (i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0
        )
        shown = slice(max(0, place - 40), place + 60)
        return f"bytes beside the values changed: {one[shown]!r} became {other[shown]!r}"
    return None


def part_of(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(PART)


def compressed(path: Path) -> dict[str, bytes]:
    """Each part as its compressed bytes, headers left out."""
    data, found = path.read_bytes(), {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            lengths = data[entry.header_offset + 26 : entry.header_offset + 30]
            start = entry.header_offset + 30 + lengths[0] + lengths[2]
            start += 256 * (lengths[1] + lengths[3])
            found[entry.filename] = data[start : start + entry.compress_size]
    return found


def compare_parts(before: Path, after: Path, *, is_same: bool) -> str | None:
    old, new = compressed(before), compressed(after)
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    wanted = set() if is_same else {PART}
    return None if changed == wanted else f"parts changed: {changed}, expected {wanted}"


def compare_files(
    plan: Plan, path: Path, expected: dict[Cell, Cached], namespace: str
) -> str | None:
    original = path.with_name("original.xlsx")
    known = {str(finding) for finding in lint(original)}
    if findings := [str(one) for one in lint(path) if str(one) not in known]:
        return f"lint: {findings[0]}"
    if namespace == STRICT:
        return None  # openpyxl does not read it
    values = openpyxl.load_workbook(path, data_only=True)["Plan"]
    for cell, value in expected.items():
        found = values.cell(*cell).value
        if plan.styles.get(cell) is None and cell in plan.existing and isinstance(found, float):
            old = plan.values.get(cell)
            wanted = bool(value) if isinstance(old, bool) and value in (0.0, 1.0) else value
            if found != wanted:
                return f"openpyxl reads {found!r} in {address(cell * 2)}, not {wanted!r}"
        elif isinstance(value, str | CellError) and (found or "") != str(value):
            return f"openpyxl reads {found!r} in {address(cell * 2)}, not {value!r}"
    old, new = (openpyxl.load_workbook(one)["Plan"] for one in (original, path))
    for cell in plan.formulas:
        one, other = (sheet.cell(*cell).value for sheet in (old, new))
        if said(one) != said(other):
            return f"openpyxl reads {other!r} in {address(cell * 2)}, not {one!r}"
    return None


def said(formula: object) -> object:
    """What openpyxl's object for a formula says: it goes by identity otherwise."""
    if isinstance(formula, ArrayFormula | DataTableFormula):
        return dict(formula), getattr(formula, "text", None)
    return formula


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Put values beside random formulas and check each sheet against oracles.",
    )
    parser.add_argument("--runs", type=int, default=200, help="how many rounds (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="where to start (default 1)")
    options = parser.parse_args()
    failures = run_rounds(options.runs, options.seed)
    for failure in failures:
        sys.stdout.write(failure + "\n")
    sys.stdout.write(f"{options.runs} rounds, {len(failures)} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
