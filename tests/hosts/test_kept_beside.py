"""What people add beside a sheet of ours is kept when the sheet is written anew.

Additions are spliced in by hand, and read again by hand: see `added_beside`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.hosts.added_beside import (
    OFFICE,
    Held,
    OpenSheet,
    Taken,
    cells_of,
    frames_of,
    links_of,
    notes_of,
    root_of,
    splice,
    tag,
)
from tests.hosts.kept_beside import run_once, users_book
from tests.machine import Calc, Validator
from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    Chart,
    ConditionalFormat,
    Picture,
    Series,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.lint import lint, new_findings
from xlportfolio.workbook.references import CellRange

SHEET = "PF Results"
XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
MAIN_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"

# The reader says what it leaves out.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def results(
    ids: Sequence[str], n_columns: int = 3, *, charts: bool = False, name: str = SHEET
) -> SheetDescription:
    """Projects from row 5 on, their IDs in column A, numbers beside them."""
    cells = {(1, 1): Cell("Results"), (2, 1): Cell("As of today")}
    for c in range(1, n_columns + 1):
        cells[4, c] = Cell(f"Head {c}", CellFormat(bold=True))
    for row, project in enumerate(ids, start=5):
        cells[row, 1] = Cell(project)
        for c in range(2, n_columns + 1):
            cells[row, c] = Cell(float(row * 10 + c))
    last = 4 + len(ids)
    labelled = Series(
        f"'{name}'!$B$5:$B${last}",
        categories=f"'{name}'!$A$5:$A${last}",
        labels=f"'{name}'!$A$5:$A${last}",
    )
    return SheetDescription(
        name,
        cells,
        widths=dict.fromkeys(range(1, n_columns + 1), 12.0),
        tables=(TableDescription("pf_results", CellRange(4, 1, last, n_columns)),),
        conditional_formats=(
            ConditionalFormat(
                CellRange(5, 2, last, 2), "cell", "lessThan", ("60",), CellFormat(fill="FFC7CE")
            ),
        ),
        charts=(Chart("scatter", "By score", (replace(labelled, categories=None,
            x_values=f"'{name}'!$C$5:$C${last}"),), "J2"),) if charts else (),
        tab_colour="1F4E79",
        keys=CellRange(5, 1, last, 1),
    )  # fmt: skip


def put(path: Path, described: SheetDescription) -> tuple[str, ...]:
    """Put a sheet and save; what is said of cells that moved."""
    with open_workbook(path) as book:
        book.put_sheet(described)
        book.save()
        return book.moved


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = users_book(tmp_path / "plan.xlsx")
    put(path, results(["A", "B", "C"]))
    return path


def text(path: Path, at: tuple[int, int]) -> str | None:
    held = cells_of(path, SHEET).get(at)
    return None if held is None else held.value


# -- where cells go ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(900, 912))
def test_random_additions_over_several_puts_are_neither_lost_nor_changed(
    seed: int, tmp_path: Path
) -> None:
    wrong, n_added, _ = run_once(seed, tmp_path)
    assert wrong == []
    assert n_added > 0


def test_a_comment_follows_its_project_and_its_formula_names_the_project_still(book: Path) -> None:
    def comment(sheet: OpenSheet) -> None:
        sheet.text((5, 5), "ask the board", 3)
        sheet.formula((5, 6), "B5*2+SUM($B5:C5)+Projects!B5+E5&amp;Projects!$B$5", "7")

    splice(book, SHEET, comment)
    said = put(book, results(["C", "B", "X", "A"]))
    cells = cells_of(book, SHEET)
    assert cells[8, 5] == Held("ask the board", "3", "", "inlineStr")
    assert cells[8, 6].formula == "B8*2+SUM($B8:C8)+Projects!B5+E8&Projects!$B$5"
    assert (5, 5) not in cells
    assert (5, 6) not in cells
    assert said == (
        'On "PF Results" 2 cells that you added beside the table moved with their rows.',
    )


def test_comments_on_a_project_that_is_gone_stand_below_under_a_line_that_names_it(
    book: Path,
) -> None:
    def comment(sheet: OpenSheet) -> None:
        sheet.text((6, 5), "stop it")
        sheet.formula((6, 7), "B6*2", "140")

    splice(book, SHEET, comment)
    said = put(book, results(["C", "A"]))
    cells = cells_of(book, SHEET)
    assert cells[8, 5].value == 'Your notes on "B", which is no longer listed'
    assert cells[9, 5].value == "stop it"
    assert cells[9, 7] == Held("140", "0", "", "str"), "a value: what it named is gone"
    assert said == (
        'On "PF Results" 2 cells that you added beside the table moved with their rows; 2 of them '
        "are below everything, under a line that says where from.",
    )
    assert put(book, results(["B", "C", "A"])) == ()
    assert text(book, (9, 5)) == "stop it", "it stays below, whoever is listed again"


def test_a_project_whose_name_changed_is_told_by_its_id(tmp_path: Path) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    two = CellRange(5, 1, 7, 2)

    def named(pairs: list[tuple[str, str]]) -> SheetDescription:
        described = results([one for one, _ in pairs])
        names = {(row, 2): Cell(name) for row, (_, name) in enumerate(pairs, 5)}
        return replace(described, cells={**described.cells, **names}, keys=two)

    put(path, named([("A", "Depot"), ("B", "Ship"), ("C", "Port")]))
    splice(path, SHEET, lambda sheet: sheet.text((6, 5), "on B"))
    put(path, named([("B", "A new ship"), ("C", "Port"), ("A", "Depot")]))
    assert text(path, (5, 5)) == "on B"


def test_what_stands_to_the_right_moves_as_a_block_where_new_columns_need_the_place(
    book: Path,
) -> None:
    def beside(sheet: OpenSheet) -> None:
        sheet.text((2, 5), "title")
        sheet.text((5, 5), "of A")
        sheet.formula((7, 7), "E5&amp;A7&amp;COUNTA(E$5:E$7)&amp;SUM(E:E)", "x")
        columns = sheet.child("cols")
        columns.append(copy(columns[0]))
        for name, value in (("min", "5"), ("max", "5"), ("width", "44")):
            columns[-1].set(name, value)

    splice(book, SHEET, beside)
    put(book, results(["A", "B", "C"], n_columns=6))
    cells = cells_of(book, SHEET)
    assert cells[2, 8].value == "title"
    assert cells[5, 8].value == "of A"
    assert cells[7, 10].formula == "H5&A7&COUNTA(H$5:H$7)&SUM(H:H)"
    widths = {col.get("min"): col.get("width") for col in root_of(book, SHEET).iter(tag("col"))}
    assert widths["8"] == "44"
    assert widths["5"] == "12.71"


def test_what_stands_below_moves_down_as_a_block_and_sums_over_the_table_grow(book: Path) -> None:
    def below(sheet: OpenSheet) -> None:
        sheet.text((9, 1), "Total")
        sheet.formula((9, 2), "SUM(B5:B7)+B9", "180")
        sheet.child("sheetData")[-1].set("ht", "33")
        sheet.child("sheetData")[-1].set("customHeight", "1")

    splice(book, SHEET, below)
    put(book, results(["A", "B", "C", "D", "E", "F"]))
    cells = cells_of(book, SHEET)
    assert cells[12, 1].value == "Total"
    assert cells[12, 2].formula == "SUM(B5:B10)+B12"
    rows = {row.get("r"): row.get("ht") for row in root_of(book, SHEET).iter(tag("row"))}
    assert rows["12"] == "33"
    put(book, results(["A"]))
    assert cells_of(book, SHEET)[12, 2].formula == "SUM(B5:B6)+B12", "it stays, now there is room"
    put(book, results(["B"]))
    put(book, results(["A", "B", "C"]))
    assert cells_of(book, SHEET)[12, 2].formula == "SUM(B5:B7)+B12", "one project is no end of it"


def test_a_sum_over_the_only_project_and_a_row_below_it_keeps_that_row(book: Path) -> None:
    put(book, results(["A"]))

    def below(sheet: OpenSheet) -> None:
        sheet.text((6, 4), "Spare")
        sheet.formula((12, 4), "COUNTA(D5:D6)", "1")

    splice(book, SHEET, below)
    put(book, results(["A", "B", "C"]))
    cells = cells_of(book, SHEET)
    assert (cells[8, 4].value, cells[14, 4].formula) == ("Spare", "COUNTA(D5:D8)")


def test_columns_and_rows_that_people_insert_before_ours_are_kept(book: Path) -> None:
    """As Excel leaves it: cells one row down and one to the right, the names moved along."""
    taken = Taken(book)
    part = taken.sheet_part(SHEET)
    root = taken.tree(part)
    for row in root.iter(tag("row")):
        row.set("r", str(int(row.get("r", "0")) + 1))
        for cell in row:
            letter = cell.get("r", "")[0]
            cell.set("r", f"{chr(ord(letter) + 1)}{row.get('r')}")
    for name in ("mergeCells", "conditionalFormatting", "tableParts"):
        for one in root.findall(tag(name)):
            root.remove(one)
    taken.store(part, root)
    names = taken.parts["xl/workbook.xml"]
    names = names.replace(b"$A$1:$C$7", b"$B$2:$D$8").replace(b"$A$5:$A$7", b"$B$6:$B$8")
    taken.parts["xl/workbook.xml"] = names
    taken.put_together()

    def add(sheet: OpenSheet) -> None:
        sheet.text((1, 2), "their title")
        sheet.text((7, 1), "left of B")
        sheet.text((8, 5), "right of C")

    splice(book, SHEET, add)
    put(book, results(["C", "B", "A"]))
    found = {held.value: at for at, held in cells_of(book, SHEET).items()}
    assert found["right of C"] == (5, 5)
    assert found["left of B"][0] == 6
    assert found["left of B"][1] > 5
    assert found["their title"][0] > found["Your cells that stood above the table"][0] > 7
    assert found["Results"] == (1, 1)


def test_merges_arrays_and_shared_formulas_beside_the_table_stay_whole(book: Path) -> None:
    def add(sheet: OpenSheet) -> None:
        sheet.text((6, 5), "merged")
        sheet.behind("mergeCells", '<mergeCells><mergeCell ref="E6:F6"/></mergeCells>')
        sheet.cell((7, 8), '<f t="array" ref="H7:I7">B7:C7*2</f><v>1</v>')
        sheet.cell((7, 9), "<v>2</v>")
        sheet.cell((5, 11), '<f t="shared" ref="K5:K7" si="0">B5+$B$1</f><v>51</v>')
        for row in (6, 7):
            sheet.cell((row, 11), '<f t="shared" si="0"/><v>61</v>')
        sheet.text((5, 13), "over two rows")
        sheet.child("mergeCells").append(copy(sheet.child("mergeCells")[0]))
        sheet.child("mergeCells")[-1].set("ref", "M5:M6")

    splice(book, SHEET, add)
    put(book, results(["B", "C", "A"]))
    cells = cells_of(book, SHEET)
    root = root_of(book, SHEET)
    merges = {merge.get("ref") for merge in root.iter(tag("mergeCell"))}
    assert cells[5, 5].value == "merged"
    assert "E5:F5" in merges
    array = next(one for one in root.iter(tag("f")) if one.get("t") == "array")
    assert (array.get("ref"), array.text) == ("H6:I6", "B6:C6*2")
    assert cells[6, 9].value == "2"
    assert [cells[row, 11].formula for row in (7, 5, 6)] == ["B7+$B$1", "B5+$B$1", "B6+$B$1"]
    assert {one.get("t") for one in root.iter(tag("f"))} == {"array", None}
    found = {held.value: at for at, held in cells.items()}
    assert found["over two rows"] == (10, 13), "its rows came apart: below, under a line"
    assert found["Your cells that stood in M5:M6"] == (9, 13)
    assert "M10:M11" in merges
    assert lint(book) == []


# -- how the sheet looks -------------------------------------------------------------------------


def test_colour_widths_hidden_columns_zoom_and_protection_are_as_people_set_them(
    book: Path, validator: Validator
) -> None:
    def dress(sheet: OpenSheet) -> None:
        columns = sheet.child("cols")
        columns[0].set("width", "40")
        columns[1].set("hidden", "1")
        colour = sheet.child("sheetPr")[0]
        del colour.attrib["rgb"]
        colour.set("theme", "5")
        sheet.child("sheetViews")[0].set("zoomScale", "130")
        sheet.behind("sheetProtection", '<sheetProtection sheet="1" objects="1"/>')

    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())
    splice(book, SHEET, dress)
    for ids in (["C", "A"], ["A", "B", "C", "D"]):
        put(book, results(ids))
        root = root_of(book, SHEET)
        columns = {col.get("min"): dict(col.attrib) for col in root.iter(tag("col"))}
        assert columns["1"]["width"] == "40"
        assert columns["2"]["hidden"] == "1"
        assert columns["3"] == {"min": "3", "max": "3", "width": "12.71", "customWidth": "1"}
        assert [dict(one.attrib) for one in root.iter(tag("tabColor"))] == [{"theme": "5"}]
        assert next(root.iter(tag("sheetView"))).get("zoomScale") == "130"
        assert next(root.iter(tag("sheetProtection"))).get("sheet") == "1"
    assert new_findings(before, book) == []
    assert validator.new_findings(before, book) == frozenset()


def test_a_width_of_ours_that_nobody_touched_follows_the_description(book: Path) -> None:
    put(book, replace(results(["A"]), widths={1: 30.0, 2: 12.0, 3: 12.0}))
    widths = [col.get("width") for col in root_of(book, SHEET).iter(tag("col"))]
    assert widths == ["30.71", "12.71", "12.71"]


# -- what lies over cells ------------------------------------------------------------------------


def test_notes_links_and_rules_go_with_their_cells(book: Path, validator: Validator) -> None:
    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())

    def add(sheet: OpenSheet) -> None:
        sheet.text((5, 5), "looked at")
        sheet.link((5, 5), "https://example.org/a")
        sheet.note((5, 5), "beside A")
        sheet.note((7, 2), "on a figure of C")
        sheet.note((6, 1), "on B")
        sheet.behind(
            "conditionalFormatting",
            '<conditionalFormatting sqref="E5:E7"><cfRule type="expression" priority="1">'
            "<formula>LEN(E5)&gt;3</formula></cfRule></conditionalFormatting>",
        )
        sheet.behind(
            "dataValidations",
            '<dataValidations count="1"><dataValidation type="whole" sqref="E10">'
            "<formula1>B5</formula1><formula2>9</formula2></dataValidation></dataValidations>",
        )

    splice(book, SHEET, add)
    put(book, results(["C", "X", "Y", "Z", "W", "A"]))
    assert links_of(book, SHEET) == {(10, 5): "https://example.org/a"}
    assert notes_of(book, SHEET) == {
        (10, 5): "beside A",
        (5, 2): "on a figure of C",
        (13, 1): "on B",
    }
    assert text(book, (12, 1)) == 'Your notes on "B", which is no longer listed'
    root = root_of(book, SHEET)
    rules = {
        one.get("sqref"): [rule.get("priority") for rule in one]
        for one in root.iter(tag("conditionalFormatting"))
    }
    assert rules == {"B5:B10": ["1"], "E5:E10": ["2"]}
    validation = next(root.iter(tag("dataValidation")))
    assert (validation.get("sqref"), validation[0].text) == ("E13", "B10")
    assert new_findings(before, book) == []
    assert validator.new_findings(before, book) == frozenset()


def test_lists_from_other_sheets_icons_and_sparklines_go_with_their_cells(
    book: Path, validator: Validator
) -> None:
    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())
    x14 = f'xmlns:x14="{X14}" xmlns:xm="{XM}"'

    def add(sheet: OpenSheet) -> None:
        sheet.behind(
            "extLst",
            f'<extLst><ext {x14} uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}">'
            '<x14:dataValidations count="2">'
            '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Other!$A$1:$A$2'
            "</xm:f></x14:formula1><xm:sqref>E5</xm:sqref></x14:dataValidation>"
            '<x14:dataValidation type="list"><x14:formula1><xm:f>Other!$A$1:$A$2</xm:f>'
            "</x14:formula1><xm:sqref>B5</xm:sqref></x14:dataValidation></x14:dataValidations></ext>"
            f'<ext {x14} uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}">'
            "<x14:conditionalFormattings><x14:conditionalFormatting>"
            '<x14:cfRule type="iconSet" priority="1" id="{00000000-0001-0000-0000-000000000001}">'
            '<x14:iconSet iconSet="3Stars"><x14:cfvo type="percent"><xm:f>0</xm:f></x14:cfvo>'
            '<x14:cfvo type="num"><xm:f>$E$7</xm:f></x14:cfvo><x14:cfvo type="percent"><xm:f>67'
            "</xm:f></x14:cfvo></x14:iconSet></x14:cfRule><xm:sqref>F5:F7</xm:sqref>"
            "</x14:conditionalFormatting></x14:conditionalFormattings></ext>"
            f'<ext {x14} uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}"><x14:sparklineGroups>'
            "<x14:sparklineGroup><x14:sparklines>"
            "<x14:sparkline><xm:f>'PF Results'!B7:C7</xm:f><xm:sqref>G7</xm:sqref></x14:sparkline>"
            "<x14:sparkline><xm:f>'PF Results'!B6:C6</xm:f><xm:sqref>G6</xm:sqref></x14:sparkline>"
            "</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>",
        )

    splice(book, SHEET, add)
    put(book, results(["C", "X", "Y", "Z", "W", "A"]))
    root = root_of(book, SHEET)
    (choices,) = root.iter(f"{{{X14}}}dataValidations")
    assert (choices.get("count"), len(choices)) == ("1", 1), "B5 is a cell of ours"
    assert [one.text for one in choices.iter(f"{{{XM}}}f")] == ["Other!$A$1:$A$2"]
    assert choices[0].findtext(f"{{{XM}}}sqref") == "E10", "beside A"
    (icons,) = root.iter(f"{{{X14}}}conditionalFormatting")
    assert icons.findtext(f"{{{XM}}}sqref") == "F5:F10"
    assert [one.text for one in icons.iter(f"{{{XM}}}f")] == ["0", "$E$5", "67"]
    assert icons[0].get("priority") == "2", "behind our rule"
    lines = [[one.text for one in line] for line in root.iter(f"{{{X14}}}sparkline")]
    assert lines == [["'PF Results'!B5:C5", "G5"]], "that of B went with its figures"
    assert new_findings(before, book) == []
    assert validator.new_findings(before, book) == frozenset()
    put(book, results(["A", "C"]))
    assert [one.text for one in root_of(book, SHEET).iter(f"{{{XM}}}sqref")] == [
        "E5",
        "F5:F6",
        "G6",
    ]


def users_picture(sheet: OpenSheet) -> None:
    """A picture that the user put on the sheet, over H3."""
    drawing = "xl/drawings/drawing77.xml"
    sheet.taken.parts["xl/media/users.png"] = png(3, 2)
    root = sheet.taken.tree("[Content_Types].xml")
    default = copy(root[0])
    default.set("Extension", "png")
    default.set("ContentType", "image/png")
    root.insert(0, default)
    sheet.taken.store("[Content_Types].xml", root)
    existing = [
        part for part in sheet.taken.targets(sheet.part).values() if "drawings/drawing" in part
    ]
    drawing = existing[0] if existing else drawing
    identifier = sheet.taken.relate(drawing, "image", "xl/media/users.png")
    anchor = (
        f'<xdr:oneCellAnchor xmlns:xdr="{XDR}" xmlns:a="{MAIN_A}" xmlns:r="{OFFICE}"><xdr:from>'
        "<xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>2</xdr:row><xdr:rowOff>0"
        '</xdr:rowOff></xdr:from><xdr:ext cx="360000" cy="360000"/><xdr:pic><xdr:nvPicPr>'
        '<xdr:cNvPr id="2" name="Logo"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
        f'<a:blip r:embed="{identifier}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        '<xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic>'
        "<xdr:clientData/></xdr:oneCellAnchor>"
    )
    if existing:
        whole = sheet.taken.parts[drawing].decode()
        end = whole.rindex("</")
        sheet.taken.parts[drawing] = (whole[:end] + anchor + whole[end:]).encode()
        return
    sheet.taken.parts[drawing] = f'<xdr:wsDr xmlns:xdr="{XDR}">{anchor}</xdr:wsDr>'.encode()
    sheet.taken.declare(drawing, "application/vnd.openxmlformats-officedocument.drawing+xml")
    related = sheet.taken.relate(sheet.part, "drawing", drawing)
    sheet.behind("drawing", f'<drawing r:id="{related}"/>')


@pytest.mark.parametrize("charts", [False, True])
def test_a_picture_of_the_users_stays_beside_our_charts(
    charts: bool, tmp_path: Path, validator: Validator
) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    put(path, results(["A", "B"], charts=charts))
    splice(path, SHEET, users_picture)
    before = tmp_path / "before.xlsx"
    before.write_bytes(path.read_bytes())
    ours = ["xlportfolio chart 1"] if charts else []
    for ids in (["B", "A", "C"], ["A"]):
        put(path, results(ids, charts=charts))
        assert frames_of(path, SHEET) == [*ours, "Logo"]
        with zipfile.ZipFile(path) as package:
            assert package.read("xl/media/users.png") == png(3, 2)
            assert len([one for one in package.namelist() if "charts/chart" in one]) == len(ours)
        assert new_findings(before, path) == []
        assert validator.new_findings(before, path) == frozenset()


def test_a_table_of_the_users_beside_ours_stays_where_it_is(
    book: Path, validator: Validator
) -> None:
    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())
    part = "xl/tables/table55.xml"

    def add(sheet: OpenSheet) -> None:
        for row, (one, other) in enumerate((("Name", "Who"), ("A", "Ann"), ("B", "Bob")), 5):
            sheet.text((row, 8), one)
            sheet.text((row, 9), other)
        sheet.taken.parts[part] = (
            f'<table xmlns="{tag("")[1:-1]}" id="7" name="Owners" displayName="Owners" ref="H5:I7">'
            '<autoFilter ref="H5:I7"/><tableColumns count="2"><tableColumn id="1" name="Name"/>'
            '<tableColumn id="2" name="Who"/></tableColumns></table>'
        ).encode()
        sheet.taken.declare(
            part, "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
        )
        identifier = sheet.taken.relate(sheet.part, "table", part)
        parts = sheet.child("tableParts")
        one = copy(parts[0])
        one.set(f"{{{OFFICE}}}id", identifier)
        parts.append(one)
        parts.set("count", str(len(parts)))

    splice(book, SHEET, add)
    put(book, results(["B", "A", "C"]))
    tables = load_workbook(book)[SHEET].tables
    assert {table.name: table.ref for table in tables.values()} == {
        "pf_results": "A4:C7",
        "Owners": "H5:I7",
    }
    assert text(book, (6, 8)) == "A"
    put(book, results(["B", "A"], n_columns=9))
    tables = load_workbook(book)[SHEET].tables
    assert tables["Owners"].ref == "N5:O7"
    assert text(book, (7, 15)) == "Bob"
    assert new_findings(before, book) == []
    assert validator.new_findings(before, book) == frozenset()


# -- workbooks that others wrote -----------------------------------------------------------------


def forget(path: Path) -> None:
    """Take out what is remembered: the workbook of an earlier version."""
    taken = Taken(path)
    root = taken.tree("xl/workbook.xml")
    for name in list(root.iter(tag("definedName"))):
        if name.get("name", "").startswith("_xlportfolio_"):
            name.getparent().remove(name)  # type: ignore[union-attr]
    taken.store("xl/workbook.xml", root)
    taken.put_together()


def test_a_workbook_of_an_earlier_version_keeps_what_stands_to_the_right(book: Path) -> None:
    splice(book, SHEET, lambda sheet: sheet.text((6, 5), "on B"))
    forget(book)
    put(book, results(["C", "A", "X", "B"]))
    assert text(book, (8, 5)) == "on B"
    values = [held.value for held in cells_of(book, SHEET).values()]
    assert values.count("B") == 1, "nothing of ours stays as a cell of the user's"


def test_what_is_remembered_goes_with_the_sheet(book: Path, tmp_path: Path) -> None:
    with open_workbook(book) as opened:
        assert [name for name, _ in opened.name_texts() if name.startswith("_xlportfolio")]
        opened.handback()
        opened.save()
    with zipfile.ZipFile(book) as package:
        for part in package.namelist():
            assert b"_xlportfolio" not in package.read(part), part


def test_a_form_takes_what_is_filled_in_below_it_as_its_own(tmp_path: Path) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    form = replace(results(["A"]), is_form=True, keys=None)
    put(path, form)

    def fill(sheet: OpenSheet) -> None:
        sheet.text((6, 1), "filled in")
        sheet.text((6, 5), "said beside")

    splice(path, SHEET, fill)
    put(path, form)
    values = [held.value for held in cells_of(path, SHEET).values()]
    assert "filled in" not in values, "it was read, and is described the next time"
    assert "said beside" in values


def test_more_cells_than_can_be_held_are_refused_and_the_file_stays(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlportfolio.workbook.rendering.additions.MOST_CELLS", 2)

    def add(sheet: OpenSheet) -> None:
        for row in (5, 6, 7):
            sheet.text((row, 5), "x")

    splice(book, SHEET, add)
    before = book.read_bytes()
    with pytest.raises(WorkbookError) as refusal:
        put(book, results(["A"]))
    assert str(refusal.value) == (
        'Sheet "PF Results" holds more than 2 cells of yours beside what xlportfolio writes, and '
        "was not written anew. Move them to a sheet of your own."
    )
    assert book.read_bytes() == before


def test_libreoffice_saves_it_and_all_is_found_again(
    tmp_path: Path, soffice: Calc, validator: Validator
) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    put(path, results(["A", "B", "C"], charts=True))

    def add(sheet: OpenSheet) -> None:
        sheet.text((6, 5), "on B", 2)
        sheet.formula((6, 6), "B6*2", "124")
        sheet.note((6, 5), "said of B")
        sheet.child("cols")[0].set("width", "40")

    splice(path, SHEET, add)
    saved = soffice.convert(path, "xlsx")
    put(saved, results(["C", "B", "A"], charts=True))
    put(saved, results(["C", "A", "B"], charts=True))
    cells = cells_of(saved, SHEET)
    assert cells[7, 5].value == "on B"
    assert cells[7, 6].formula == "B7*2"
    assert notes_of(saved, SHEET) == {(7, 5): "said of B"}
    width = next(root_of(saved, SHEET).iter(tag("col"))).get("width", "0")
    assert float(width) == pytest.approx(40, abs=0.3)
    assert frames_of(saved, SHEET) == ["xlportfolio chart 1"], "ours is known again, and replaced"
    assert lint(saved) == []


# -- pictures and labels -------------------------------------------------------------------------


def png(width: int, height: int, colour: bytes = b"\xd5\x5e\x00") -> bytes:
    """A PNG picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checked)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_pictures_are_put_beside_charts_and_replaced(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    before = tmp_path / "before.xlsx"
    before.write_bytes(path.read_bytes())
    picture = Picture(png(40, 20), 12, 2, 4.0, 2.0, 'Risk & return,\x07"2026"')
    for n_pictures in (2, 1):
        described = replace(results(["A", "B", "C"], charts=True), pictures=(picture,) * n_pictures)
        put(path, described)
        assert frames_of(path, SHEET) == [
            "xlportfolio chart 1",
            *(f"xlportfolio picture {number}" for number in range(1, n_pictures + 1)),
        ]
        with zipfile.ZipFile(path) as package:
            media = [name for name in package.namelist() if "/media/" in name]
            assert len(media) == n_pictures
            assert package.read(media[0]) == picture.png
        assert new_findings(before, path) == []
        assert validator.new_findings(before, path) == frozenset()
    taken = Taken(path)
    drawing = taken.tree(
        next(one for one in taken.targets(taken.sheet_part(SHEET)).values() if "drawing" in one)
    )
    anchor = drawing[1]
    places = [anchor.findtext(f"{{*}}from/{{*}}{name}") for name in ("col", "row")]
    assert places == ["1", "11"]
    assert dict(next(anchor.iter("{*}ext")).attrib) == {"cx": "1440000", "cy": "720000"}
    assert next(anchor.iter("{*}cNvPr")).get("descr") == 'Risk & return, "2026"'
    saved = soffice.convert(path, "xlsx")
    with zipfile.ZipFile(saved) as package:
        assert picture.png in [package.read(one) for one in package.namelist() if "media/" in one]


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (
            Picture(b"GIF89a", 3, 2, 1.0, 1.0),
            "The picture at 'PF Results'!B3 is no PNG file; expected one. Save the picture as PNG.",
        ),
        (
            Picture(png(1, 1)[:20], 3, 2, 1.0, 1.0),
            "The picture at 'PF Results'!B3 is no PNG file; expected one. Save the picture as PNG.",
        ),
        (
            Picture(png(1, 1)[:16] + struct.pack(">I", 0) + png(1, 1)[20:], 3, 2, 1.0, 1.0),
            "The picture at 'PF Results'!B3 has 0 x 1 pixels; expected 1 to 20,000 each way.",
        ),
        (
            Picture(png(1, 1), 3, 2, 0.0, 1.0),
            "The picture at 'PF Results'!B3 would be 0 x 1 cm; expected more than 0 and at most "
            "500 cm each way.",
        ),
        (
            Picture(png(1, 1) + b"\0" * (21 << 20), 3, 2, 1.0, 1.0),
            "The picture at 'PF Results'!B3 has 21 MB; expected at most 20. Save it with fewer "
            "pixels.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_picture_that_excel_shows_is_refused(
    picture: Picture, sentence: str, book: Path
) -> None:
    before = book.read_bytes()
    with pytest.raises(InputError) as refusal:
        put(book, replace(results(["A"]), pictures=(picture,)))
    assert str(refusal.value) == sentence
    assert book.read_bytes() == before


def test_labels_from_cells_come_with_a_chart_that_is_put_again(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    before = tmp_path / "before.xlsx"
    before.write_bytes(path.read_bytes())
    put(path, results(["Depot", "Ship", "Port"], charts=True))
    put(path, results(["Quay", "Crane"], charts=True))
    with zipfile.ZipFile(path) as package:
        charts = [package.read(one) for one in package.namelist() if "charts/chart" in one]
    assert len(charts) == 1
    assert b"datalabelsRange" in charts[0]
    assert b"'PF Results'!$A$5:$A$6" in charts[0]
    assert b"<c15:v>Quay" in charts[0] or b">Quay<" in charts[0]
    assert b"Depot" not in charts[0]
    assert new_findings(before, path) == []
    assert validator.new_findings(before, path) == frozenset()
    saved = soffice.convert(path, "xlsx")
    with zipfile.ZipFile(saved) as package:
        shown = b"".join(package.read(one) for one in package.namelist() if "charts/chart" in one)
    assert b"Quay" in shown, "LibreOffice reads the labels"
    assert b"Depot" not in shown
