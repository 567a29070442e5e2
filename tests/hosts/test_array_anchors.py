"""Writing the first cell of an array or a spill: the formula goes as a whole, nothing stays behind.

openpyxl and zipfile read what was saved; LibreOffice and the Open XML validator judge it.
"""

from __future__ import annotations

import random
import re
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests.hosts import fuzz_splice as sheets
from tests.hosts.test_closed_workbook import changed_parts, parts, with_part
from tests.machine import Calc, Validator
from xlportfolio import Formula, WorkbookError, open_workbook
from xlportfolio.workbook.editing.splice import SheetSplicer
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.protocol import Writable
from xlportfolio.workbook.references import CellRange

SHEET = "xl/worksheets/sheet1.xml"

pytestmark = pytest.mark.filterwarnings("ignore::xlportfolio.StaleValueWarning")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A legacy array in B2:B4, a spill in D2:E4, a what-if data table in H2:H4, and more."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Plan")
        money = book.add_format({"num_format": "#,##0.00", "bg_color": "#FFEE00"})
        for row in range(1, 6):
            sheet.write_number(row, 0, row * 10)
        sheet.write_array_formula("B2:B4", "{=A2:A4*2}", money, 20)
        sheet.write_number("B3", 40, money)
        sheet.write_number("B4", 60, money)
        sheet.write_dynamic_array_formula("D2:E4", "=SEQUENCE(3,2)", None, 1)
        for number, cell in enumerate(("E2", "D3", "E3", "D4", "E4"), 2):
            sheet.write_number(cell, number)
        sheet.write_formula("G2", "=SUM(B2:B4)", None, 120)
        sheet.write_row("A1", ["a", "b", "c", "d", "e", "f", "g", "h"])
    data_table = (
        b'<c r="H2"><f t="dataTable" ref="H2:H4" dt2D="0" dtr="0" r1="A2"/><v>1</v></c></row>'
    )

    def with_data_table(sheet: bytes) -> bytes:
        return re.sub(rb'(<row r="2".*?)</row>', rb"\1" + data_table, sheet, flags=re.DOTALL)

    return with_part(path, SHEET, with_data_table)


def values(path: Path, area: str) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path, data_only=True)["Plan"]
    return [[cell.value for cell in row] for row in sheet[area]]


def formulas(path: Path) -> dict[str, object]:
    """The cells that start a formula, with what it fills where that is more than a cell."""
    sheet = openpyxl.load_workbook(path)["Plan"]
    found = {}
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                found[cell.coordinate] = getattr(cell.value, "ref", cell.value)
    return found


@pytest.mark.parametrize(
    ("anchor", "area", "written"),
    [("Plan!B2", "B2:B4", 7.0), ("Plan!D2", "D2:E4", 7.0), ("Plan!D2", "D2:E4", None)],
)
def test_the_first_cell_takes_the_formula_out_and_the_cells_that_it_filled_are_blank(
    anchor: str, area: str, written: float | None, path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "after.xlsx"
    left = {"B2": "B2:B4", "D2": "D2:E4", "G2": "=SUM(B2:B4)", "H2": "H2:H4"}
    assert formulas(path) == left
    with warnings.catch_warnings(), open_workbook(path) as book:
        warnings.simplefilter("error")  # nothing of it is computed any more, so nothing is stale
        book.write(anchor, [[written]])
        waiting = book.read(f"Plan!{area}")
        book.save(target)
        saved = book.read(f"Plan!{area}")
    expected = [[None] * len(row) for row in values(path, area)]
    expected[0][0] = written
    assert waiting == saved == values(target, area) == expected
    del left[anchor.removeprefix("Plan!")]
    assert formulas(target) == left
    others = "A1:H6"
    rows, columns = (range(2, 5), range(2 if area[0] == "B" else 4, 3 if area[0] == "B" else 6))
    for row, (old, new) in enumerate(
        zip(values(path, others), values(target, others), strict=True), 1
    ):
        for column, (was, now) in enumerate(zip(old, new, strict=True), 1):
            assert was == now or (row in rows and column in columns)


def test_cleared_cells_keep_their_style_and_lose_their_marks(path: Path, tmp_path: Path) -> None:
    with_part(path, SHEET, lambda xml: xml.replace(b'<c r="E3">', b'<c r="E3" vm="1">'))
    before = openpyxl.load_workbook(path)["Plan"]
    with open_workbook(path) as book:
        book.write("Plan!B2", [[1.0]])
        book.write("Plan!D2", [["x"]])
        book.save()
    after = openpyxl.load_workbook(path)["Plan"]
    for cell in ("B2", "B3", "B4"):
        assert after[cell].number_format == before[cell].number_format == "#,##0.00"
        assert after[cell].fill.bgColor.rgb == before[cell].fill.bgColor.rgb
    xml = parts(path)[SHEET]
    assert b" cm=" not in xml
    assert b" vm=" not in xml
    assert b'<c r="E3"/>' in xml
    assert lint(path) == []


def test_once_the_first_cell_is_written_the_others_may_be(path: Path) -> None:
    with open_workbook(path) as book:
        book.write("Plan!B2", [[Formula("=A2*3")]])
        book.write("Plan!B4", [["new"]])
        book.write("Plan!D2", [[1.5, 2.5], [None, Formula("=D2*2")]])
        book.write("Plan!B2", [[Formula("=A2*4")]])
        assert book.read("Plan!B2:E4") == [
            [None, None, 1.5, 2.5],
            [None, None, None, None],
            ["new", None, None, None],
        ]
        book.save()
    assert formulas(path) == {
        "B2": "=A2*4",
        "E3": "=D2*2",
        "G2": "=SUM(B2:B4)",
        "H2": "H2:H4",
    }
    assert values(path, "B2:E4") == [
        [None, None, 1.5, 2.5],
        [None, None, None, None],
        ["new", None, None, None],
    ]


@pytest.mark.parametrize(
    ("cell", "anchor", "area"),
    [("B3", "B2", "B2:B4"), ("E2", "D2", "D2:E4"), ("D4", "D2", "D2:E4")],
)
def test_a_cell_inside_is_refused_with_the_cell_that_may_be_written(
    cell: str, anchor: str, area: str, path: Path
) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError) as refusal:
            book.write(f"Plan!{cell}", [[1.0]])
        book.save()
    assert str(refusal.value) == (
        f"Plan!{cell} cannot be written: the formula in {anchor} fills {area} (an array or a "
        f"spill). Write to {anchor}, which takes that formula out, or to cells outside it."
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize("cell", ["H2", "H3"])
def test_a_data_table_stays_closed_at_its_first_cell_too(cell: str, path: Path) -> None:
    with open_workbook(path) as book, pytest.raises(WorkbookError) as refusal:
        book.write(f"Plan!{cell}", [[1.0]])
    assert str(refusal.value) == (
        f"Plan!{cell} cannot be written: one formula fills H2:H4 (an array, a spill or a data "
        "table). Write to cells outside it, or change its formula in Excel."
    )


def test_a_formula_of_its_own_inside_the_range_is_kept(path: Path) -> None:
    """Not Excel's work, but some program's: the user's formula is not taken for a cached value."""
    own = b'<c r="D3"><f>A2+1</f><v>3</v></c>'
    with_part(path, SHEET, lambda xml: xml.replace(b'<c r="D3"><v>3</v></c>', own))
    assert own in parts(path)[SHEET]
    with open_workbook(path) as book:
        book.write("Plan!D2", [[5.0]])
        book.save()
    assert own in parts(path)[SHEET]
    assert formulas(path)["D3"] == "=A2+1"
    assert values(path, "D2:E4") == [[5, None], [3, None], [None, None]]


def test_texts_of_no_characters_that_a_spill_left_go_too(path: Path) -> None:
    empty = b'<c r="D3" t="str"><v></v></c>'
    with_part(path, SHEET, lambda xml: xml.replace(b'<c r="D3"><v>3</v></c>', empty))
    with open_workbook(path) as book:
        book.write("Plan!D2", [[5.0]])
        book.save()
    assert b'<c r="D3"/>' in parts(path)[SHEET]


def test_the_calculation_chain_goes_with_the_array_and_nothing_else_changes(
    path: Path, tmp_path: Path, validator: Validator
) -> None:
    target = tmp_path / "after.xlsx"
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<c r="B2" i="1" a="1"/><c r="G2" i="1"/></calcChain>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with_part(path, "xl/calcChain.xml", lambda _: chain)
    with_part(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(
            b"</Relationships>",
            f'<Relationship Id="rIdC" Type="{office}/calcChain" Target="calcChain.xml"/>'
            "</Relationships>".encode(),
        ),
    )
    declared = (
        b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-'
        b'officedocument.spreadsheetml.calcChain+xml"/></Types>'
    )
    with_part(path, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", declared))
    with open_workbook(path) as book:
        book.write("Plan!B2", [[Formula("=A2")]])
        book.save(target)
    assert changed_parts(path, target) == {
        SHEET,
        "xl/calcChain.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
    }
    assert "xl/calcChain.xml" not in parts(target)
    assert lint(target) == []
    assert validator.new_findings(path, target) == frozenset()


def test_libreoffice_computes_without_the_array(path: Path, tmp_path: Path, soffice: Calc) -> None:
    target = tmp_path / "after.xlsx"
    with open_workbook(path) as book:
        book.write("Plan!B2", [[Formula("=A2*3")]])
        book.save(target)
    computed = soffice.values(target)["Plan"]
    assert computed["B2"] == 30
    assert not {"B3", "B4"} & computed.keys()
    assert computed["G2"] == 30


def splicer(
    edits: dict[sheets.Cell, Writable],
    given_up: list[CellRange],
    styles: dict[sheets.Cell, int] | None = None,
) -> SheetSplicer:
    return SheetSplicer(
        "Plan",
        edits,
        date1904=False,
        is_date_style=sheets.DATE_STYLES.__contains__,
        date_style=lambda style: sheets.NEW_DATE_STYLE,
        time_style=lambda style: sheets.NEW_TIME_STYLE,
        given_up=given_up,
        styles=styles,
    )


def spliced(job: SheetSplicer, xml: bytes, rng: random.Random) -> bytes:
    return b"".join(job.run(sheets.pieces(xml, rng.choice((1, 7, 64, 1 << 16)))))


def test_arrays_go_as_a_whole_in_sheets_of_every_form() -> None:
    """The sheets and their oracle, which works on whole trees, are those of random edits."""
    n_arrays = 0
    for seed in range(400):
        rng = random.Random(seed)
        plan = sheets.make_plan(rng)
        arrays = [box for box in plan.forbidden if "array" in plan.cells[box[:2]]]
        if not arrays:
            continue
        n_arrays += 1
        (box,) = arrays
        namespace = rng.choice((sheets.STRICT, sheets.TRANSITIONAL))
        before = sheets.write_sheet(plan, rng, namespace)
        edits: dict[sheets.Cell, Writable] = dict.fromkeys(sheets.within(box))
        edits[box[:2]] = rng.choice((None, 7, "text", Formula("=A1")))
        edits |= {
            cell: value
            for cell, value in sheets.make_edits(plan, rng).items()
            if not any(sheets.is_inside(other, cell) for other in plan.forbidden + plan.merges)
        }
        with pytest.raises(WorkbookError, match="lies inside the array formula or spill"):
            spliced(splicer(edits, []), before, rng)
        job = splicer(edits, [CellRange(*box)])
        after = spliced(job, before, rng)
        found = (
            sheets.compare_trees(before, after, edits, job)
            or sheets.compare_bytes(before, after, edits)
            or sheets.compare_files(before, after, edits, namespace)
        )
        assert found is None, f"seed {seed}: {found}"
    assert n_arrays > 50


def test_cells_that_are_given_a_style_take_it_in_sheets_of_every_form() -> None:
    for seed in range(150):
        rng = random.Random(seed)
        plan = sheets.make_plan(rng)
        before = sheets.write_sheet(plan, rng, sheets.TRANSITIONAL)
        free = [
            (row, column)
            for row in range(1, sheets.N_ROWS + 4)
            for column in range(1, sheets.N_COLUMNS + 3)
            if not any(sheets.is_inside(box, (row, column)) for box in plan.forbidden + plan.merges)
        ]
        edits: dict[sheets.Cell, Writable] = {
            cell: rng.choice((None, 1, "x")) for cell in rng.sample(free, 12)
        }
        styles = {cell: rng.randrange(1, sheets.N_STYLES) for cell in list(edits)[:8]}
        after = spliced(splicer(edits, [], styles), before, rng)
        seen, _ = sheets.read_tree(after)
        for cell, style in styles.items():
            kind, value = {None: ("n", None), 1: ("n", "1"), "x": ("inlineStr", "x")}[edits[cell]]
            assert seen[cell] == sheets.Seen(style, kind, value), f"seed {seed}"
        same = {cell: value for cell, value in edits.items() if cell not in styles}
        assert sheets.compare_bytes(before, after, edits) is None
        assert sheets.compare_bytes(spliced(splicer(same, []), before, rng), after, edits) is None
