"""A workbook whose parts are all UTF-16: edited sheets stay so, and nothing it says is lost."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from xlportfolio import open_workbook
from xlportfolio.workbook.lint import lint

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    narrow, path = tmp_path / "narrow.xlsx", tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(narrow) as book:
        sheet = book.add_worksheet("Plän")
        sheet.write_column("A1", ["ü", "\U0001f600", 2])
        sheet.write_formula("B1", '=A3&"€"', None, "2€")
        sheet.add_table("D1:E3", {"columns": [{"header": "ID"}, {"header": "Größe"}]})
        book.define_name("Näme", "='Plän'!$A$1")
    with zipfile.ZipFile(narrow) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
            target.writestr(name, text.encode("utf-16"))
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_workbook_in_utf_16_is_edited_and_loses_nothing(wide: Path) -> None:
    before = parts(wide)
    with open_workbook(wide) as book:
        book.write("'Plän'!A1:B1", [["é \U0001f601", 7.0]])
        book.save()
        assert book.read("'Plän'!A1:B3") == [
            ["é \U0001f601", 7.0],
            ["\U0001f600", None],
            [2.0, None],
        ]
    after = parts(wide)
    assert lint(wide) == []
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {SHEET, "xl/workbook.xml"}
    old, new = before[SHEET].decode("utf-16"), after[SHEET].decode("utf-16")
    assert after[SHEET].startswith(before[SHEET][:100])
    first = old.index("<c "), new.index("<c ")
    assert old[: first[0]] == new[: first[1]]
    assert old[old.index('<row r="2"') :] == new[new.index('<row r="2"') :]
    # The workbook's own part is written anew; it says what it said.
    asked = etree.fromstring(before["xl/workbook.xml"])
    asked.find("{*}calcPr").set("fullCalcOnLoad", "1")
    said = etree.fromstring(after["xl/workbook.xml"])
    assert etree.tostring(said, method="c14n") == etree.tostring(asked, method="c14n")
    sheet = openpyxl.load_workbook(wide)["Plän"]
    assert [cell.value for cell in sheet["A"]] == ["é \U0001f601", "\U0001f600", 2]
    assert sheet["E1"].value == "Größe"
