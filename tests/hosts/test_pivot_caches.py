"""Pivot caches are refreshed on load where their source was written, and untouched elsewhere."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter

from tests.machine import Calc, Validator
from xlportfolio import open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription, TableDescription
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.references import CellRange

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DEFINITION = "xl/pivotCache/pivotCacheDefinition1.xml"
PLAIN = '<worksheetSource ref="A1:B4" sheet="Data"/>'

RESULTS = SheetDescription(
    "PF Results",
    {(1, 1): Cell("ID"), (1, 2): Cell("Score"), (2, 1): Cell("P1"), (2, 2): Cell(0.5)},
    tables=(TableDescription("pf_results", CellRange(1, 1, 2, 2), None),),
)


def definition(source: str, attributes: str = "") -> str:
    return (
        f'{HEAD}<!-- <pivotCacheDefinition refreshOnLoad="0"> -->\n'
        f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}" r:id="rId1"{attributes} '
        f'refreshedBy="A &gt; B" refreshedDate="46000" createdVersion="6" refreshedVersion="6" '
        f'minRefreshableVersion="3" recordCount="3"><cacheSource type="worksheet">{source}'
        '</cacheSource><cacheFields count="2"><cacheField name="Kind" numFmtId="0"><sharedItems '
        'count="2"><s v="run"/><s v="grow"/></sharedItems></cacheField><cacheField name="Cost" '
        'numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" '
        'containsNumber="1" containsInteger="1" minValue="10" maxValue="30"/></cacheField>'
        "</cacheFields></pivotCacheDefinition>"
    )


PIVOT = (
    f'{HEAD}<pivotTableDefinition xmlns="{MAIN}" name="Sums" cacheId="7" dataCaption="Values" '
    'updatedVersion="6" minRefreshableVersion="3" createdVersion="6" outline="1" outlineData="1">'
    '<location ref="A3:B6" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
    '<pivotFields count="2"><pivotField axis="axisRow" showAll="0"><items count="3"><item x="0"/>'
    '<item x="1"/><item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/>'
    '</pivotFields><rowFields count="1"><field x="0"/></rowFields><rowItems count="3"><i><x/></i>'
    '<i><x v="1"/></i><i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems>'
    '<dataFields count="1"><dataField name="Sum of Cost" fld="1" baseField="0" baseItem="0"/>'
    "</dataFields></pivotTableDefinition>"
)
RECORDS = (
    f'{HEAD}<pivotCacheRecords xmlns="{MAIN}" count="3"><r><x v="0"/><n v="10"/></r><r><x v="1"/>'
    '<n v="20"/></r><r><x v="0"/><n v="30"/></r></pivotCacheRecords>'
)


def related(*entries: tuple[str, str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="{one}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for one, kind, target in entries
    )
    return f'{HEAD}<Relationships xmlns="{RELATIONSHIPS}">{listed}</Relationships>'


def with_pivot(
    path: Path,
    source: str = PLAIN,
    attributes: str = "",
    encode: Callable[[str], bytes] = str.encode,
) -> Path:
    """A workbook with a pivot table on the sheet Pivot, and its cache."""
    plain = path.with_suffix(".plain")
    with xlsxwriter.Workbook(plain) as made:
        data = made.add_worksheet("Data")
        data.add_table("A1:B4", {"name": "Costs", "columns": [{"header": "Kind"},
                                                             {"header": "Cost"}]})  # fmt: skip
        for row, (kind, cost) in enumerate((("run", 10), ("grow", 20), ("run", 30)), 1):
            data.write_row(row, 0, (kind, cost))
        data.write_row("H1", ("elsewhere", 5))
        pivot = made.add_worksheet("Pivot")
        for row, line in enumerate((("Row", "Sum of Cost"), ("run", 40), ("grow", 20),
                                    ("Grand Total", 60)), 2):  # fmt: skip
            pivot.write_row(row, 0, line)
        looking = made.add_worksheet("Looking")
        looking.write_formula("A1", "=Pivot!B6/2", None, 30)
        looking.write_formula("A2", "=Data!H2", None, 0)
        made.define_name("Everything", "=Data!$A$1:$B$4")
        made.define_name("Moving", "=OFFSET(Data!$A$1,0,0,4,2)")
    added = {
        DEFINITION: encode(definition(source, attributes)),
        "xl/pivotCache/pivotCacheRecords1.xml": RECORDS.encode(),
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": related(
            ("rId1", "pivotCacheRecords", "pivotCacheRecords1.xml")
        ).encode(),
        "xl/pivotTables/pivotTable1.xml": PIVOT.encode(),
        "xl/pivotTables/_rels/pivotTable1.xml.rels": related(
            ("rId1", "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
        ).encode(),
        "xl/worksheets/_rels/sheet2.xml.rels": related(
            ("rId1", "pivotTable", "../pivotTables/pivotTable1.xml")
        ).encode(),
    }
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                listed = "".join(
                    f'<Override PartName="/{part}" ContentType="{KIND}.{kind}+xml"/>'
                    for part, kind in (
                        (DEFINITION, "pivotCacheDefinition"),
                        ("xl/pivotCache/pivotCacheRecords1.xml", "pivotCacheRecords"),
                        ("xl/pivotTables/pivotTable1.xml", "pivotTable"),
                    )
                )
                content = content.replace(b"</Types>", listed.encode() + b"</Types>")
            elif name == "xl/_rels/workbook.xml.rels":
                link = (
                    f'<Relationship Id="rId70" Type="{OFFICE}/pivotCacheDefinition" '
                    'Target="pivotCache/pivotCacheDefinition1.xml"/></Relationships>'
                )
                content = content.replace(b"</Relationships>", link.encode())
            elif name == "xl/workbook.xml":
                caches = b'<pivotCaches><pivotCache cacheId="7" r:id="rId70"/></pivotCaches>'
                content = content.replace(b"</workbook>", caches + b"</workbook>")
            new.writestr(name, content)
        for name, content in added.items():
            new.writestr(name, content)
    plain.unlink()
    return path


@dataclass
class Written:
    """The cache's definition before and after something was written."""

    before: bytes
    after: bytes
    changed: set[str]


def written(path: Path, reference: str = "Data!B2", value: object = 99.0) -> Written:
    parts = _parts(path)
    with open_workbook(path) as book:
        book.write(reference, [[value]])  # type: ignore[list-item]
        book.save()
    now = _parts(path)
    assert lint(path) == []
    assert parts.keys() == now.keys()
    changed = {name for name in parts if parts[name] != now[name]}
    return Written(parts[DEFINITION], now[DEFINITION], changed)


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


ASKING = b' recordCount="3" refreshOnLoad="1"><cacheSource'


def test_only_the_attribute_is_added_where_the_source_was_written(tmp_path: Path) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx"))
    assert found.after == found.before.replace(b' recordCount="3"><cacheSource', ASKING)
    assert found.after.count(b'refreshOnLoad="1"') == 1
    assert {name for name in found.changed if "pivot" in name} == {DEFINITION}


@pytest.mark.parametrize("reference", ["Data!H2", "Data!B9", "Data!C2", "Looking!B2", "Pivot!F9"])
def test_definition_stays_to_the_byte_where_cells_elsewhere_are_written(
    tmp_path: Path, reference: str
) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx"), reference)
    assert found.after == found.before


@pytest.mark.parametrize(
    "source",
    [
        '<worksheetSource name="Costs"/>',
        '<worksheetSource name="costs" sheet="Data"/>',
        '<worksheetSource name="Everything"/>',
        '<worksheetSource name="Moving"/>',
        '<worksheetSource ref="A:B" sheet="data"/>',
    ],
)
def test_source_may_be_a_table_a_name_or_columns(tmp_path: Path, source: str) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx", source))
    assert found.after == found.before.replace(b' recordCount="3"><cacheSource', ASKING)


@pytest.mark.parametrize(
    "source",
    [
        '<worksheetSource ref="A1:B4" sheet="Data" r:id="rId1"/>',  # of another workbook
        '<worksheetSource ref="nowhere" sheet="Data"/>',
        '<worksheetSource name="Unknown"/>',
        "",
    ],
)
def test_other_sources_leave_the_definition_as_it_is(tmp_path: Path, source: str) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx", source))
    assert found.after == found.before


def test_consolidated_ranges_are_sources(tmp_path: Path) -> None:
    source = (
        '<consolidation><rangeSets count="1"><rangeSet ref="A1:B4" sheet="Data"/></rangeSets>'
        "</consolidation>"
    )
    found = written(with_pivot(tmp_path / "book.xlsx", source))
    assert b'refreshOnLoad="1"' in found.after


@pytest.mark.parametrize("said", ['"1"', "'true'"])
def test_definition_that_asks_already_stays_to_the_byte(tmp_path: Path, said: str) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx", attributes=f" refreshOnLoad={said}"))
    assert found.after == found.before


@pytest.mark.parametrize("said", ['"0"', "'false'"])
def test_attribute_that_says_no_is_changed_in_its_place(tmp_path: Path, said: str) -> None:
    found = written(with_pivot(tmp_path / "book.xlsx", attributes=f" refreshOnLoad={said}"))
    yes = said[0] + "1" + said[0]
    expected = found.before.replace(f" refreshOnLoad={said} ".encode(), b" refreshOnLoad=%s " %
                                    yes.encode())  # fmt: skip
    assert found.after == expected
    assert found.after != found.before


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
def test_definition_in_utf_16_keeps_its_encoding(tmp_path: Path, coding: str) -> None:
    def encode(text: str) -> bytes:
        mark = b"\xfe\xff" if coding == "utf-16-be" else b""
        return mark + text.replace('"UTF-8"', '"UTF-16"').encode(coding)

    found = written(with_pivot(tmp_path / "book.xlsx", encode=encode))
    assert found.after.decode("utf-16") == found.before.decode("utf-16").replace(
        ' recordCount="3"><cacheSource', ASKING.decode()
    )
    assert found.after[:2] == found.before[:2]


def test_rows_added_to_its_table_are_written_cells(tmp_path: Path) -> None:
    path = with_pivot(tmp_path / "book.xlsx", '<worksheetSource name="Costs"/>')
    with open_workbook(path) as book:
        book.append_rows("Costs", [["run", 7.0]])
        book.save()
    assert b'refreshOnLoad="1"' in _parts(path)[DEFINITION]


def test_source_with_formulas_on_what_was_written_is_refreshed(tmp_path: Path) -> None:
    path = with_pivot(tmp_path / "book.xlsx", '<worksheetSource ref="A1:B4" sheet="Looking"/>')
    assert b'refreshOnLoad="1"' in written(path, "Data!H2").after


@pytest.mark.parametrize(
    ("source", "is_fed"),
    [
        ('<worksheetSource ref="A1:B2" sheet="PF Results"/>', True),
        ('<worksheetSource name="pf_results"/>', True),
        (PLAIN, False),
    ],
)
def test_sheet_of_ours_that_is_put_anew_is_a_source(
    tmp_path: Path, source: str, is_fed: bool
) -> None:
    path = with_pivot(tmp_path / "book.xlsx", source)
    for _ in range(2):
        with open_workbook(path) as book:
            book.put_sheet(RESULTS)
            book.save()
    assert (b'refreshOnLoad="1"' in _parts(path)[DEFINITION]) == is_fed


def test_formulas_that_look_at_the_pivot_table_are_stale(tmp_path: Path) -> None:
    with open_workbook(with_pivot(tmp_path / "book.xlsx")) as book:
        book.write("Data!B2", [[99.0]])
        assert book.stale_cells() == {"Looking": {(1, 1)}}


def test_file_with_a_refreshed_cache_is_valid_and_opens(
    soffice: Calc, validator: Validator, tmp_path: Path
) -> None:
    path = with_pivot(tmp_path / "book.xlsx")
    flaws = validator(path)
    written(path)
    assert validator(path) <= flaws
    assert soffice.values(path)["Data"]["B2"] == 99
    assert re.search(rb'<pivotCacheDefinition [^>]*refreshOnLoad="1"', _parts(path)[DEFINITION])
