"""The indexes of a package after sheets and names came and went; openpyxl reads the result."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import MAIN, NameEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    Relationships,
    parse_xml,
    resolve_target,
    serialise,
)

SHEET = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four sheets: the second has a chart, a table and names; the third is active."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        first = book.add_worksheet("First")
        second = book.add_worksheet("Second")
        third = book.add_worksheet("Third")
        book.add_chartsheet("Chart").set_chart(_chart(book))
        second.insert_chart("D2", _chart(book))
        second.add_table("A1:B3", {"name": "Links"})
        second.write_comment("A5", "a note")
        second.repeat_rows(0)
        third.repeat_rows(1)
        first.insert_chart("D2", _chart(book))
        third.activate()
        book.define_name("Total", "=Third!$A$1")
        book.define_name("Third!Local", "=Third!$A$2")
    return path


def _chart(book: xlsxwriter.Workbook) -> object:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=First!$A$1:$A$3"})
    return chart


def saved(package: Package, path: Path) -> Path:
    with path.open("w+b") as stream:
        package.save_to(stream)
    return path


def part_names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def xml(path: Path, part: str) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(part))


def titles(path: Path) -> tuple[list[str | None], list[str | None]]:
    """The titles in docProps/app.xml, and the counts of its headings."""
    root = xml(path, "docProps/app.xml")
    vector = root.find("{*}TitlesOfParts/{*}vector")
    assert vector is not None
    assert vector.get("size") == str(len(vector))
    return [one.text for one in vector], [one.text for one in root.iterfind(".//{*}i4")]


def test_sheets_and_names_are_read_in_order(path: Path) -> None:
    index = WorkbookIndex(Package(path))
    assert [(sheet.name, sheet.kind, sheet.state) for sheet in index.sheets] == [
        ("First", "worksheet", "visible"),
        ("Second", "worksheet", "visible"),
        ("Third", "worksheet", "visible"),
        ("Chart", "chartsheet", "visible"),
    ]
    assert NameEntry("Local", "Third!$A$2", "Third", False) in index.defined_names
    assert NameEntry("Total", "Third!$A$1", None, False) in index.defined_names
    assert index.sheet("THIRD") == index.sheets[2]
    assert [table.name for table in index.tables("Second")] == ["Links"]
    assert not index.date1904
    assert not index.signed
    assert not index.structure_protected


def test_added_sheet_is_listed_last_everywhere(path: Path, tmp_path: Path) -> None:
    package = Package(path)
    index = WorkbookIndex(package)
    part = index.free_part("xl/worksheets/sheet{}.xml")
    assert part == "xl/worksheets/sheet4.xml"
    package.write(part, SHEET)
    entry = index.add_sheet("PF Results & more", part)
    assert (entry.position, entry.sheet_id, entry.kind) == (4, 5, "worksheet")
    index.add_name("_mark", '"PF"', sheet="PF Results & more", hidden=True)
    out = saved(package, tmp_path / "out.xlsx")
    names = ["First", "Second", "Third", "Chart", "PF Results & more"]
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == names
    mark = book["PF Results & more"].defined_names["_mark"]
    assert (mark.hidden, mark.attr_text) == (True, '"PF"')
    found, counts = titles(out)
    assert found[:5] == ["First", "Second", "Third", "PF Results & more", "Chart"]
    assert counts[:2] == ["4", "1"]
    types = ContentTypes.load(Package(out))
    assert types.type_of(part).endswith("worksheet+xml")


def test_removed_sheet_takes_what_only_it_leads_to(path: Path, tmp_path: Path) -> None:
    before = part_names(path)
    package = Package(path)
    index = WorkbookIndex(package)
    gone = index.remove_sheet("second")
    out = saved(package, tmp_path / "out.xlsx")
    lost = {
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/_rels/sheet2.xml.rels",
        "xl/tables/table1.xml",
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "xl/drawings/drawing2.xml",
        "xl/drawings/_rels/drawing2.xml.rels",
        "xl/charts/chart2.xml",
    }
    assert before - part_names(out) == lost
    assert set(gone) == {name for name in lost if not name.endswith(".rels")}
    listed = xml(out, "[Content_Types].xml")
    assert not {"/" + name for name in lost} & {one.get("PartName") for one in listed}
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["First", "Third", "Chart"]
    assert book.active is not None
    assert book.active.title == "Third", "the active sheet is still the active one"
    assert book["Third"].print_title_rows == "$2:$2"
    assert book["Third"].defined_names["Local"].attr_text == "Third!$A$2"
    assert "Links" not in book["Third"].tables
    found, counts = titles(out)
    assert found[:3] == ["First", "Third", "Chart"]
    assert counts[:2] == ["2", "1"]


def test_adding_and_removing_a_sheet_leaves_the_relationships_as_they_were(path: Path) -> None:
    package = Package(path)
    index = WorkbookIndex(package)
    package.write("xl/worksheets/sheet9.xml", SHEET)
    index.add_sheet("PF", "xl/worksheets/sheet9.xml")
    index.add_name("_mark", "1", sheet="PF", hidden=True)
    index.remove_sheet("PF")
    assert package.changed <= {"docProps/app.xml", "xl/workbook.xml", "[Content_Types].xml"}
    original = Package(path)
    for name in package.changed:
        before, after = (parse_xml(one.read(name), name) for one in (original, package))
        assert etree.tostring(after, method="c14n") == etree.tostring(before, method="c14n")


@pytest.mark.parametrize("named", [b'r:id="rId99"', b""])
def test_sheet_that_leads_to_no_part_is_refused_with_a_sentence(
    path: Path, tmp_path: Path, named: bytes
) -> None:
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(damaged, "w") as target:
        for name in book.namelist():
            content = book.read(name)
            if name == "xl/workbook.xml":
                content = content.replace(b'r:id="rId1"', named)
            target.writestr(name, content)
    with Package(damaged) as package, pytest.raises(WorkbookError) as refusal:
        WorkbookIndex(package)
    assert str(refusal.value) == (
        '"damaged.xlsx" lists the sheet "First", but holds no part for it; the file is damaged. '
        "Open it in Excel, let Excel repair it and save it."
    )


def test_active_sheet_that_goes_hands_over_to_the_first(path: Path) -> None:
    package = Package(path)
    index = WorkbookIndex(package)
    index.remove_sheet("Third")
    view = parse_xml(package.read("xl/workbook.xml"), "").find(".//{*}workbookView")
    assert view is not None
    assert view.get("activeTab") == "0"
    assert {name.name for name in index.defined_names} == {"_xlnm.Print_Titles", "Total"}


def test_names_are_defined_anew_and_taken_out(path: Path) -> None:
    package = Package(path)
    index = WorkbookIndex(package)
    before = len(index.defined_names)
    index.add_name("total", "First!$B$1")
    assert len(index.defined_names) == before
    assert NameEntry("total", "First!$B$1", None, False) in index.defined_names
    index.remove_name("Local")
    assert len(index.defined_names) == before, "the local name is another one"
    index.remove_name("local", sheet="Third")
    assert len(index.defined_names) == before - 1


def test_sheet_is_renamed_in_both_indexes(path: Path, tmp_path: Path) -> None:
    package = Package(path)
    WorkbookIndex(package).rename("First", "Erste")
    out = saved(package, tmp_path / "out.xlsx")
    assert openpyxl.load_workbook(out).sheetnames[0] == "Erste"
    assert titles(out)[0][0] == "Erste"


def test_calculation_properties_stand_where_the_schema_wants_them(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.calculation = None
    made.save(path)
    package = Package(path)
    index = WorkbookIndex(package)
    index.add_name("Here", "Sheet!$A$1")
    index.set_full_calc_on_load()
    root = parse_xml(package.read("xl/workbook.xml"), "")
    order = [etree.QName(child).localname for child in root]
    assert order.index("definedNames") == order.index("sheets") + 1
    assert order.index("calcPr") == order.index("definedNames") + 1
    assert index.full_calc_on_load
    assert openpyxl.load_workbook(saved(package, path.with_name("out.xlsx"))).sheetnames == [
        "Sheet"
    ]


def test_relationships_get_free_ids_and_relative_targets(path: Path) -> None:
    package = Package(path)
    relationships = Relationships.load(package, "xl/worksheets/sheet3.xml", strict=True)
    assert relationships.add("table", "xl/tables/table7.xml") == "rId1"
    link = relationships.add("hyperlink", "https://example.org/a b", external=True)
    relationships.store()
    root = parse_xml(package.read("xl/worksheets/_rels/sheet3.xml.rels"), "")
    assert [dict(child.attrib) for child in root] == [
        {
            "Id": "rId1",
            "Type": "http://purl.oclc.org/ooxml/officeDocument/relationships/table",
            "Target": "../tables/table7.xml",
        },
        {
            "Id": link,
            "Type": "http://purl.oclc.org/ooxml/officeDocument/relationships/hyperlink",
            "Target": "https://example.org/a b",
            "TargetMode": "External",
        },
    ]
    again = Relationships.load(package, "xl/worksheets/sheet3.xml")
    assert [one.target for one in again] == ["xl/tables/table7.xml", "https://example.org/a b"]
    for one in list(again):
        again.remove(one.id)
    again.store()
    assert not package.has("xl/worksheets/_rels/sheet3.xml.rels")


@pytest.mark.parametrize(
    ("part", "target", "expected"),
    [
        ("xl/workbook.xml", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("xl/workbook.xml", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("xl/worksheets/sheet1.xml", "../tables/./table1.xml", "xl/tables/table1.xml"),
        ("", "xl/workbook.xml", "xl/workbook.xml"),
        ("xl/workbook.xml", "/xl/../evil.xml", "evil.xml"),
    ],
)
def test_targets_are_resolved_from_their_part(part: str, target: str, expected: str) -> None:
    assert resolve_target(part, target) == expected


def test_small_parts_keep_their_content_and_refuse_entities(tmp_path: Path) -> None:
    data = b'<a xmlns:b="urn:b" b:c="&lt;&quot;"><!-- kept --><d xml:space="preserve"> \n</d></a>'
    assert serialise(parse_xml(data, "part")).endswith(
        b'<a xmlns:b="urn:b" b:c="&lt;&quot;"><!-- kept --><d xml:space="preserve"> \n</d></a>'
    )
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    attack = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(WorkbookError, match=r"The part declares a document type \(DTD\)"):
            parse_xml(attack.encode(encoding), "The part")
    with pytest.raises(WorkbookError, match="The part is damaged: its XML is not well-formed"):
        parse_xml(b"<a>", "The part,")
