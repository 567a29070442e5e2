"""Reading past expat: what is read and refused is what a pass that is fed everything says."""

from __future__ import annotations

import random
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
import xlsxwriter

from tests.hosts.fuzz_reading import (
    ENTRY,
    FORMATS,
    EverythingFed,
    OneIndex,
    OnePart,
    one_run,
    ordered,
    outcome,
)
from tests.hosts.sheets_as_written import HABITS, STRINGS, sheet
from tests.hosts.test_reading import hand_made, read_all
from xlportfolio import open_workbook
from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook import opened
from xlportfolio.workbook.container import stencil
from xlportfolio.workbook.container.block_pass import BlockPass
from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.opc import MAIN, WorkbookIndex
from xlportfolio.workbook.container.ordinary_rows import OrdinaryRows
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.reading import read_sheet
from xlportfolio.workbook.container.shared_strings import read_shared_strings
from xlportfolio.workbook.container.sheet_pass import SheetPass
from xlportfolio.workbook.references import CellRange, column_letter

WORKBOOKS = Path(__file__).resolve().parents[2] / "workbooks"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def ordinary(row: str, *, date1904: bool = False) -> Any:
    """The values of a row that is ordinary; None of any other."""
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=date1904)
    found = rows.understood(row)
    return None if found is None else found.cells.values[0]


# -- the oracle ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_random_sheets_are_read_and_refused_as_by_the_pass_that_is_fed_everything(
    seed: int,
) -> None:
    outcomes = [one_run(random.Random(f"slice {seed} {run}")) for run in range(500)]
    assert {"sheet read", "sheet refused", "texts read", "texts refused"} == set(outcomes)


def assert_read_alike(path: Path) -> int:
    """Read the sheets of a workbook in both ways; how many values there were."""
    n_values = 0
    with Package(path) as package:
        index = WorkbookIndex(package)
        strings, formats = read_shared_strings(package, index), NumberFormats.load(package, index)
        for sheet in index.sheets:
            found = SheetPass(package, index, sheet, lambda: strings, formats).run()
            expected = EverythingFed(package, index, sheet, lambda: strings, formats).run()
            assert ordered(found) == ordered(expected), (path.name, sheet.name)
            n_values += sum(map(len, found.contents.rows.values()))
    return n_values


def test_our_own_workbooks_are_read_alike() -> None:
    books = sorted(WORKBOOKS.glob("*.xlsx"))
    assert len(books) >= 3
    assert all(assert_read_alike(path) for path in books)


def test_real_workbooks_are_read_alike(shared: Path) -> None:
    books = sorted((shared / "data" / "real").glob("*.xlsx"))
    assert len(books) >= 3
    assert sum(map(assert_read_alike, books)) > 10_000


# -- what is understood without expat -------------------------------------------------------------


def test_rows_of_the_usual_programs_need_no_parser() -> None:
    assert ordinary(
        '<row r="7" spans="1:9"><c r="A7" t="s"><v>0</v></c><c r="B7" s="1"><v>2.5</v></c>'
        '<c r="C7" s="2"><f>A1&amp;"]"</f><v>45000</v></c><c r="D7" t="b"><v>1</v></c>'
        '<c r="E7" s="3"/><c r="F7" t="e"><f t="shared" si="0"/><v>#N/A</v></c>'
        '<c r="G7" t="str"><f ca="1">x</f><v>a&lt;_x0041_</v></c><c r="H7"><f>1</f><v/></c>'
    ) == {
        1: "Alpha",
        2: 2.5,
        3: datetime(2023, 3, 15),
        4: True,
        6: CellError("#N/A"),
        7: "a<A",
    }
    inline = '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>'
    assert ordinary(inline + '<c r="B1"><v>1</v></c>') == {1: " x ", 2: 1.0}


ODD_ROWS = {
    "a comment": '<c r="A1"><v>1</v></c><!-- x -->',
    "text between cells": '<c r="A1"><v>1</v></c>x',
    "a cell of another row": '<c r="A2"><v>1</v></c>',
    "no address": "<c><v>1</v></c>",
    "a column that is none": '<c r="XFE1"><v>1</v></c>',
    "a column twice": '<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>',
    "an attribute twice": '<c r="A1" s="1" s="1"><v>1</v></c>',
    "an attribute of another program": '<c r="A1" q="1"><v>1</v></c>',
    "an entity of its own": '<c r="A1" t="str"><v>&x;</v></c>',
    "a character as a number": '<c r="A1" t="str"><v>&#65;</v></c>',
    "the end of a CDATA section": '<c r="A1" t="str"><v>]]></v></c>',
    "an array formula": '<c r="A1"><f t="array" ref="A1:A2">1</f><v>1</v></c>',
    "a data table": '<c r="A1"><f t="dataTable" ref="A1:A2"/><v>1</v></c>',
    "a number that is none": '<c r="A1"><v>1,5</v></c>',
    "an infinite number": '<c r="A1"><v>1e999</v></c>',
    "no number at all": '<c r="A1"><v>nan</v></c>',
    "a shared text that is not there": '<c r="A1" t="s"><v>99999</v></c>',
    "a shared text counted from the end": '<c r="A1" t="s"><v>-1</v></c>',
    "an unknown type": '<c r="A1" t="q"><v>1</v></c>',
    "a date in words": '<c r="A1" t="d"><v>2026-04-01</v></c>',
    "a truth in words": '<c r="A1" t="b"><v>true</v></c>',
    "a type that has its text elsewhere": '<c r="A1" t="inlineStr"><v>x</v></c>',
    "that, and a style": '<c r="A1" t="inlineStr" s="1"><v>x</v></c>',
    "rich text": '<c r="A1" t="inlineStr"><is><r><t>x</t></r></is></c>',
    "an end without a start": '<c r="A1"/><v>1</v></c><c r="B1">',
    "one end for another": '<c r="A1"><v>1</t></is></c>',
    "a value twice": '<c r="A1"><v>1</v><v>2</v></c>',
}


@pytest.mark.parametrize("oddity", ODD_ROWS)
def test_row_with_anything_else_is_left_to_expat(oddity: str) -> None:
    assert ordinary('<row r="1"><c r="Z1"><v>1</v></c>') == {26: 1.0}
    assert ordinary(f'<row r="1">{ODD_ROWS[oddity]}') is None


@pytest.mark.parametrize(
    "head",
    [
        '<row r="1"/><row r="2">',
        '<row r="01">',
        '<row r="1048577">',
        '<row r="1" r="1">',
        "<row r='1'>",
        '<row r="1" x14ac:dyDescent="0.25">',
        '<row r="1" xmlns="urn:x">',
        '<row r="1" ht="1" ht="2">',
        '</sheetData><row r="1">',
    ],
)
def test_row_that_starts_in_another_way_is_left_to_expat(head: str) -> None:
    assert ordinary(head) is None


def test_prefix_is_taken_once_expat_has_seen_it_declared() -> None:
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=False)
    row = '<row r="2" spans="1:1" x14ac:dyDescent="0.25" hidden="1"><c r="A2"><v>1</v></c>'
    assert rows.understood(row) is None
    rows.learn(row.replace('"2"', '"1"'))
    found = rows.understood(row)
    assert found is not None
    assert (found.numbers, found.hidden, found.cells.values) == ([2], [2], [{1: 1.0}])


def test_most_of_what_programs_write_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the way past expat would be tested by nothing."""
    for name in ("XlsxWriter", "Excel", "LibreOffice", "lines"):
        monkeypatch.setattr("tests.hosts.sheets_as_written.HABITS", {name: HABITS[name]})
        n_fed = n_bytes = 0
        for seed in range(60):
            data = sheet(random.Random(f"{name} {seed}")).encode()
            package, index = cast(Any, OnePart(data, 1 << 18)), cast(Any, OneIndex(MAIN, False))
            one = SheetPass(package, index, ENTRY, lambda: STRINGS, FORMATS)
            try:
                one.run()
            except WorkbookError:
                continue
            n_fed, n_bytes = n_fed + one._n_fed, n_bytes + len(data)
        assert n_fed < 0.75 * n_bytes, (name, n_fed / n_bytes)


@pytest.mark.parametrize("around", ["rPh", "v", 'c r="B1"', "x"])
def test_rows_within_elements_that_wait_for_their_end_are_left_to_expat(around: str) -> None:
    """No program writes them; what is read is what it was before."""
    row = (
        '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>x</t></is></c><c r="C{0}"><v>5</v></c></row>'
    )
    rows = "".join(row.format(n) for n in range(1, 6))
    data = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><{around}>{rows}</{around.split()[0]}>'
        f"</row>{rows}</sheetData></worksheet>"
    )
    package, index = cast(Any, OnePart(data.encode(), 64)), cast(Any, OneIndex(MAIN, False))
    ways = [
        way(package, index, ENTRY, lambda: STRINGS, FORMATS) for way in (SheetPass, EverythingFed)
    ]
    found, expected = (ordered(way.run()) for way in ways)
    assert found == expected


def test_rows_like_those_before_are_read_by_a_pattern_and_others_are_told_apart() -> None:
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=False)
    cells = '<c r="A{0}" t="s"><v>0</v></c><c r="B{0}" s="1"><f>A{0}&lt;2</f><v>{0}.5</v></c>'
    cells += '<c r="C{0}" s="3"/><c r="D{0}" s="2"><f t="shared" si="{0}"/><v>45000</v></c>'
    for n in range(1, 40):
        found = rows.understood(f'<row r="{n}" spans="1:4">{cells.format(n)}')
        assert found is not None
        assert found.cells.values == [{1: "Alpha", 2: n + 0.5, 4: datetime(2023, 3, 15)}]
        assert found.cells.formats == [{2: "#,##0.00", 4: "dd/mm/yyyy"}]
        assert (list(found.cells.formulas), found.last_column()) == ([(n, 2), (n, 4)], 4)
    assert rows._stencil is not None

    def values(row: str) -> Any:
        found = rows.understood(row)
        if found is None:
            return None
        return (
            found.cells.values[0],
            [column for _, column in found.cells.formulas],
            found.last_column(),
        )

    some = '<c r="B99" s="1"><f>9</f><v>1</v></c><c r="C99" s="3"/>'
    assert values(f'<row r="99">{some}') == ({2: 1.0}, [2], 3)
    assert values('<row r="99" hidden="1">') == ({}, [], 0)
    assert values(f'<row r="98">{some}') is None, "cells of another row"
    assert values('<row r="99"><c r="B99" s="1"><f>9</f><v>1,5</v></c>') is None
    assert values('<row r="99"><c r="A99" t="s"><v>99999</v></c>') is None
    assert values('<row r="99"><c r="B99" s="1"><f>&x;</f><v>1</v></c>') is None
    new = '<c r="A99" t="str"><v>new</v></c>'
    assert values(f'<row r="99">{new}{some}') == ({1: "new", 2: 1.0}, [2], 3)
    turned = '<c r="D99"><v>4</v></c><c r="B99" s="1"><v>2</v></c>'
    assert list(values(f'<row r="99">{turned}')[0].items()) == [(4, 4.0), (2, 2.0)]


ALIKE = '<row r="{0}" spans="1:3"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}"><v>{0}</v></c></row>'
BLANK_B = '\n<row r="{0}" hidden="1"><c r="A{0}" t="s"><v>0</v></c></row>'


def rows_that_know(*forms: str) -> OrdinaryRows:
    """A reader that has seen these rows often enough to have a pattern of them."""
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=False)
    for n in range(1, 17):
        assert rows.understood(forms[n % len(forms)].format(n).removesuffix("</row>"))
    assert rows._stencil is not None
    return rows


def test_rows_like_known_ones_are_read_at_once_up_to_one_that_is_not() -> None:
    rows = rows_that_know(ALIKE, BLANK_B)
    text = ALIKE.format(20) + BLANK_B.format(21) + ALIKE.format(22)
    other = '<row r="23"><c r="Z23"><v>1</v></c></row>'
    for rest in ("", other, "<!-- -->" + ALIKE.format(23), "</sheetData>", ALIKE.format(24)[:-1]):
        found, end = rows.fitting(text + rest, 0)
        assert found is not None
        assert end == len(text)
        assert (found.numbers, found.hidden, found.last_column()) == ([20, 21, 22], [21], 2)
        assert found.cells.values == [{1: "Alpha", 2: 20.0}, {1: "Alpha"}, {1: "Alpha", 2: 22.0}]
    found, end = rows.fitting(text, len(ALIKE.format(20)))
    assert found is not None
    assert (found.numbers, end) == ([21, 22], len(text))
    assert rows.fitting(other + text, 0) == (None, 0)


@pytest.mark.parametrize(
    "odd", ["<v>1,5</v>", "<v>1e999</v>", "<v>nan</v>"], ids=["a comma", "infinite", "no number"]
)
def test_one_row_that_says_something_odd_sends_those_around_it_to_be_seen_singly(odd: str) -> None:
    rows = rows_that_know(ALIKE)
    text = ALIKE.format(20) + ALIKE.format(21).replace("<v>21</v>", odd) + ALIKE.format(22)
    assert rows.fitting(text, 0) == (None, len(text))


def test_rows_read_at_once_are_no_more_than_fit_into_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stencil, "_TEXTS_AT_ONCE", 12)
    rows = rows_that_know(ALIKE)
    text = "".join(ALIKE.format(n) for n in range(20, 30))
    found, end = rows.fitting(text, 0)
    assert found is not None
    assert found.numbers == [20, 21, 22]
    assert end == len(text) // 10 * 3


def test_odd_rows_have_no_other_row_read_more_than_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a sheet that was made to have many of them would take hours."""
    n_read = 0
    read = stencil.Stencil.read

    def counting(self: stencil.Stencil, numbers: Any, texts: Any) -> stencil.CellsOfRows:
        nonlocal n_read
        n_read += len(numbers)
        return read(self, numbers, texts)

    monkeypatch.setattr(stencil.Stencil, "read", counting)
    row, n_rows = '<row r="{0}"><c r="A{0}" t="b"><v>{1}</v></c></row>', 3_000
    rows = "".join(row.format(n, "true" if n % 7 == 0 else 1) for n in range(1, n_rows + 1))
    data = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    package, index = cast(Any, OnePart(data, 1 << 18)), cast(Any, OneIndex(MAIN, False))
    one = SheetPass(package, index, ENTRY, lambda: STRINGS, FORMATS)
    assert list(one.run().contents.rows) == list(range(1, n_rows + 1))
    assert n_rows < n_read <= 2 * n_rows


def test_pattern_is_given_up_where_wide_rows_are_followed_by_narrow_ones() -> None:
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=False)
    for n in range(1, 10):
        cells = "".join(f'<c r="{column_letter(c)}{n}"><v>1</v></c>' for c in range(1, 400))
        assert rows.understood(f'<row r="{n}">{cells}')
    wide = rows._stencil
    assert wide is not None
    text = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(10, 200))
    found, end = rows.fitting(text, 0)
    assert found is not None
    assert (found.numbers, end) == (list(range(10, 200)), len(text))
    assert found.cells.values[-1] == {1: 199.0}
    assert rows._stencil is None
    for n in range(200, 250):
        assert rows.understood(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c>')
    assert rows._stencil is not None
    assert len(rows._stencil._columns) == 1


def test_many_forms_of_which_a_row_has_few_get_no_wide_pattern() -> None:
    rows = OrdinaryRows(lambda: STRINGS, FORMATS, date1904=False)
    for n in range(1, 400):
        column = column_letter(n)
        found = rows.understood(f'<row r="{n}"><c r="{column}{n}"><v>{n}</v></c>')
        assert found is not None
        assert found.cells.values == [{n: float(n)}]
    assert rows._stencil is not None
    assert len(rows._stencil._columns) <= 20


MANY = "".join(f'<row r="{n}"><c r="A{n}" s="1"><v>1</v></c></row>' for n in range(1, 31))
ROWS_OF_MANY = {
    "a row again, and other cells": MANY + '<row r="3"><c r="B3" s="1"><v>5</v></c></row>',
    "a row twice at once": MANY + MANY.replace('"A', '"B') + MANY.replace('"A', '"C'),
    "one row over and over": '<row r="7"><c r="A7" s="1"><v>1</v></c></row>' * 30,
    "a cell after the rows": MANY + '<c s="2"><v>45000</v></c>',
    "a cell between rows": MANY + '<c r="B30" s="2"><v>45000</v></c>' + MANY,
    "a cell after a row of none": MANY + '<row r="40"></row><c><v>5</v></c>',
    "a prefix that is declared no more": (
        '<sheetData xmlns:q="u"><row r="1" q:a="1"></row></sheetData><sheetData>'
        '<row r="2"></row><row r="3" q:a="1"></row></sheetData>'
    ),
    "prefixes for the same": (
        '<sheetData xmlns:p="u" xmlns:q="v"><row r="1" p:a="1" q:a="1"></row></sheetData>'
        '<sheetData xmlns:p="u" xmlns:q="u"><row r="2"></row><row r="3" p:a="1" q:a="1"></row>'
        "</sheetData>"
    ),
    "elements within elements": (
        "<x>" * 253 + '<row r="1"></row><row r="2"><c r="A2"><v>1</v></c></row>' + "</x>" * 253
    ),
    "numbers that together are too large": MANY.replace("<v>1<", "<v>1.7e308<"),
}


def read_in(way: type[SheetPass], rows: str, block: CellRange | None = None) -> Any:
    data = f'<worksheet xmlns="{MAIN}">{rows}</worksheet>'.encode()
    package, index = cast(Any, OnePart(data, 1 << 18)), cast(Any, OneIndex(MAIN, False))
    return ordered(
        outcome(lambda: way(package, index, ENTRY, lambda: STRINGS, FORMATS, block).run())
    )


@pytest.mark.parametrize("oddity", ROWS_OF_MANY)
def test_rows_read_at_once_are_what_the_pass_that_is_fed_everything_says(oddity: str) -> None:
    rows = ROWS_OF_MANY[oddity]
    assert read_in(SheetPass, rows) == read_in(EverythingFed, rows)


def test_a_cell_outside_of_rows_stands_after_the_last_of_those_read_at_once() -> None:
    both = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}"><v>2</v></c></row>'
    rows = "".join(both.format(n) for n in range(1, 30))
    rows += '<row r="30"><c r="A30"><v>1</v></c></row><c><v>5</v></c>'
    found = read_in(SheetPass, rows)
    assert found == read_in(EverythingFed, rows)
    assert found[0].contents.rows[30] == {1: 1.0, 2: 5.0}


@pytest.mark.parametrize("block", ["A1:A5", "A12:B20", "A28:A40", "B1:C30"])
def test_rows_read_at_once_across_the_edge_of_a_range_are_those_of_the_range(block: str) -> None:
    rows, only = f"<sheetData>{MANY}</sheetData>", CellRange.parse(block)
    found = read_in(BlockPass, rows, only)
    assert found == read_in(EverythingFed, rows, only)
    in_range = [n for n in range(1, 31) if only.has_row(n) and only.first_column == 1]
    assert list(found[0].contents.rows) == in_range


# -- around it -------------------------------------------------------------------------------------


def test_line_of_a_mistake_is_that_of_the_file_whatever_was_passed_over(book: Path) -> None:
    rows = "".join(f'\r\n<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 500))
    for broken, line in (("<row r='500'></c></row>", 500), ("\n\n<x>", 502)):
        with pytest.raises(WorkbookError, match=rf"not well-formed \(line {line}\)"):
            read_all(hand_made(book, f"<sheetData>{rows}{broken}</sheetData>"))


def test_shared_texts_of_every_form_keep_their_numbers(book: Path) -> None:
    items = [("<si><t>a</t></si>", "a"), ("<si/>", ""), ("<si><t/></si>", "")]
    items += [('<si><t xml:space="preserve"> &lt;b&gt; </t></si>', " <b> ")]
    items += [("<si><r><t>c</t></r><r><t>d</t></r></si>", "cd"), ("<si><t>_x0041_</t></si>", "A")]
    items += [
        ("<si><t>e</t><rPh sb='0'><t>NO</t></rPh></si>", "e"),
        ("<si><t>&#10;</t></si>", "\n"),
    ]
    rng = random.Random(3)
    chosen = [rng.choice(items) for _ in range(9_000)]
    hand_made(book, "<sheetData/>", strings="".join(item for item, _ in chosen))
    with Package(book) as package:
        found = read_shared_strings(package, WorkbookIndex(package))
    assert found == [text for _, text in chosen]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "iso-8859-1"])
def test_shared_texts_in_another_encoding_are_read(encoding: str, book: Path) -> None:
    hand_made(book, '<sheetData><row r="1"><c r="A1" t="s"><v>1</v></c></row></sheetData>')
    name = "utf-16" if encoding.startswith("utf-16") else encoding
    texts = (
        f'<?xml version="1.0" encoding="{name}"?><sst xmlns="{MAIN}"><si><t>a</t></si>'
        "<si><t>Größe</t></si></sst>"
    ).encode(encoding)
    if encoding == "utf-16-be":
        texts = b"\xfe\xff" + texts
    other = book.with_name("other.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(other, "w") as new:
        for part in old.namelist():
            new.writestr(part, texts if part == "xl/sharedStrings.xml" else old.read(part))
    assert read_all(other)["Sheet1"].contents.rows == {1: {1: "Größe"}}


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "us-ascii", "utf-8"])
def test_sheet_of_many_rows_in_any_encoding_is_read(encoding: str, book: Path) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="str"><v>Gr{"ö" if encoding != "us-ascii" else "o"}</v></c>'
        f'<c r="B{n}"><v>{n}</v></c></row>'
        for n in range(1, 300)
    )
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{MAIN}"><sheetData>{rows}'
        "</sheetData></worksheet>"
    )
    found = read_all(hand_made(book, xml.encode(encoding)))["Sheet1"].contents.rows
    text = "Gro" if encoding == "us-ascii" else "Grö"
    assert found == {n: {1: text, 2: float(n)} for n in range(1, 300)}


def test_elements_within_elements_without_end_are_refused(book: Path) -> None:
    sentence = "nests its elements more than 256 deep, which no spreadsheet program writes"
    for n_deep, is_refused in ((240, False), (300, True)):
        deep = "<x>" * n_deep + "</x>" * n_deep
        for rows, strings in (
            (f"<sheetData/><extLst>{deep}</extLst>", ""),
            ("<sheetData/>", f"<si>{deep}</si>"),
        ):
            hand_made(book, rows, strings=strings)
            if is_refused:
                with pytest.raises(WorkbookError, match=sentence):
                    read_all(book)
            else:
                assert read_all(book)["Sheet1"].contents.rows == {}


def test_attribute_of_a_million_characters_is_read_or_refused_by_its_text_alone(
    book: Path,
) -> None:
    long = "x" * 2_000_000
    sheet = f'<sheetData><row r="1" spans="{long}"><c r="A1"><v>1</v></c></row></sheetData>'
    assert read_all(hand_made(book, sheet))["Sheet1"].contents.rows == {1: {1: 1.0}}


# -- what a write reads ----------------------------------------------------------------------------


def large(path: Path) -> Path:
    """3,000 rows of texts and numbers, with an array formula far below."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Plan")
        for row in range(3_000):
            sheet.write_string(row, 0, f"Project {row}")
            for column in range(1, 8):
                sheet.write_number(row, column, row * 10.0 + column)
        sheet.write_array_formula("K2901:L2903", "{=ROW(A1:B3)}", None, 1)
        sheet.write_formula("J5", "=B5*2", None, 82)
        sheet.merge_range("M1:N2", "merged")
    return path


def test_write_reads_its_range_and_what_guards_it_alone(book: Path) -> None:
    with Package(large(book)) as package:
        index = WorkbookIndex(package)
        formats = NumberFormats.load(package, index)
        asked: list[str] = []

        def strings() -> list[str]:
            asked.append("texts")
            return read_shared_strings(package, index)

        def reading(address: str) -> Any:
            block = CellRange.parse(address)
            return read_sheet(package, index, index.sheets[0], strings, formats, block)

        block = reading("C1500:D1501")
        assert block.contents.rows == {
            1500: {3: 14992.0, 4: 14993.0},
            1501: {3: 15002.0, 4: 15003.0},
        }
        assert block.contents.formulas == frozenset()
        assert block.computed == (CellRange.parse("K2901:L2903"),)
        assert block.contents.merges == (CellRange.parse("M1:N2"),)
        assert not asked
        assert reading("J5:K5").contents.formulas == {(5, 10)}
        assert reading("L2902:L2904").contents.formulas == {(2902, 12), (2903, 12)}
        assert not asked
        assert reading("A3:B3").contents.rows == {3: {1: "Project 2", 2: 21.0}}
        assert asked


def test_two_numbers_are_written_without_reading_the_shared_texts(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def reading(package: Package, index: WorkbookIndex) -> list[str]:
        read.append("texts")
        return read_shared_strings(package, index)

    monkeypatch.setattr(opened, "read_shared_strings", reading)
    with open_workbook(large(book)) as workbook:
        workbook.write("Plan!C2000:D2000", [[1.0, 2.0]])
        assert not read
        workbook.save()
    assert openpyxl.load_workbook(book)["Plan"]["D2000"].value == 2
    with open_workbook(book) as workbook:
        assert workbook.read("Plan!A2000:C2000") == [["Project 1999", 19991.0, 1.0]]
        assert read == ["texts"]


def test_cell_of_an_array_far_from_the_range_is_still_guarded(book: Path) -> None:
    with (
        open_workbook(large(book)) as workbook,
        pytest.raises(WorkbookError, match="K2901:L2903"),
    ):
        workbook.write("Plan!L2902", [[5.0]])


def test_broken_row_far_from_the_range_is_refused_before_a_write(book: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 9_000))
    rows = rows.replace('<c r="A8000"><v>1</v>', '<c r="A8000"><v>1</w>')
    with (
        open_workbook(hand_made(book, f"<sheetData>{rows}</sheetData>")) as workbook,
        pytest.raises(WorkbookError, match=r"not well-formed \(line 1\)"),
    ):
        workbook.write("Sheet1!A5", [[5.0]])


def test_blank_text_that_is_shared_is_a_blank_cell(book: Path) -> None:
    row = (
        '<row r="{0}"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}" s="1" t="s"><v>1</v></c>'
        '<c r="C{0}"><v>2</v></c></row>'
    )
    rows = "".join(row.format(n) for n in range(1, 31))
    styles = "<cellXfs><xf/><xf numFmtId='4'/></cellXfs>"
    strings = "<si><t>a</t></si><si><t></t></si>"
    hand_made(book, f"<sheetData>{rows}</sheetData>", strings=strings, styles=styles)
    contents = read_all(book)["Sheet1"].contents
    assert contents.rows == {n: {1: "a", 3: 2.0} for n in range(1, 31)}
    assert contents.formats == {}


def test_rows_that_share_their_formats_do_not_change_each_other(book: Path) -> None:
    row = '<row r="{0}"><c r="A{0}" s="1"><v>1</v></c></row>'
    rows = "".join(row.format(n) for n in range(1, 31))
    again = '<row r="3"><c r="B3" s="1" t="d"><v>2026-04-01</v></c></row>'
    again += '<row r="2"><c r="C2" s="1"><v>5</v></c></row>'
    again += '<row r="25"><c r="D25" s="1"><v>5</v></c></row>'
    again += '<row r="26"><c r="E26" s="1" t="d"><v>2026-04-01</v></c></row>'
    styles = "<cellXfs><xf/><xf numFmtId='4'/></cellXfs>"
    read = read_all(hand_made(book, f"<sheetData>{rows}{again}</sheetData>", styles=styles))
    money = "#,##0.00"
    assert read["Sheet1"].contents.formats == {
        **{n: {1: money} for n in range(1, 31)},
        2: {1: money, 3: money},
        3: {1: money, 2: money},
        25: {1: money, 4: money},
        26: {1: money, 5: money},
    }
    assert list(read["Sheet1"].contents.rows) == list(range(1, 31))
