"""The sheet Start: three steps that tick themselves, and nothing that is taken for a table."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.machine import Calc
from tests.test_readme import unknown_words
from xlportfolio import __version__
from xlportfolio.macros import BUTTONS
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.running import run_workbook
from xlportfolio.workbook.closed import open_workbook

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = CHECKOUT / "workbooks" / "template.xlsx"
EXAMPLE = CHECKOUT / "workbooks" / "worked_example.xlsx"
BOTH = pytest.mark.parametrize("path", [TEMPLATE, EXAMPLE], ids=lambda path: path.stem)


def cells(sheet: Worksheet) -> dict[str, object]:
    return {c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.value is not None}


def ticks(book: Workbook) -> list[object]:
    return [book["Start"][f"E{row}"].value for row in (5, 6, 7)]


@BOTH
def test_workbook_opens_on_start_with_three_steps(path: Path) -> None:
    book = load_workbook(path, data_only=True)
    assert book.active is not None and book.active.title == book.sheetnames[0] == "Start"
    numbers = [book["Start"][f"A{row}"].value for row in range(5, 9)]
    assert numbers == [1, 2, 3, None]
    first = "✓ done" if path == EXAMPLE else "to do"
    assert ticks(book) == [first, "to do", "to do"]


@BOTH
def test_steps_name_buttons_and_commands_that_there_are(path: Path) -> None:
    sheet = load_workbook(path)["Start"]
    labels = [button.label for button in BUTTONS]
    assert [sheet["B6"].value, sheet["B7"].value] == ["Check", "Run all"]
    pressed = re.findall(
        r"Press ([A-Z][a-z ]+?)(?:,|\.)", f"{sheet['C6'].value} {sheet['C7'].value}"
    )
    assert pressed == ["Check", "Run all"]
    (taken_back,) = re.findall(r"\. ([A-Z][a-z ]+) takes it back", str(sheet["C7"].value))
    assert {*pressed, taken_back} <= set(labels)
    commands = re.findall("xlportfolio .*", f"{sheet['D6'].value}\n{sheet['D7'].value}")
    assert [line.split()[1] for line in commands] == ["check", "run", "undo"]
    assert [unknown_words(line) for line in commands] == [[], [], []]


@BOTH
def test_every_link_leads_to_a_sheet_and_every_sheet_has_one(path: Path) -> None:
    book = load_workbook(path)
    links = [c.hyperlink.location for row in book["Start"].iter_rows() for c in row if c.hyperlink]
    linked = [re.fullmatch(r"'?([^'!]+)'?!A1", location)[1] for location in links]  # type: ignore[index]
    assert linked == [name for name in book.sheetnames if name not in ("Start", "Lists")]


@BOTH
def test_version_and_data_date_stand_below(path: Path) -> None:
    sheet = load_workbook(path, data_only=True)["Start"]
    said = {
        row[1].value: row[2].value for row in sheet.iter_rows() if row[1].value and row[2].value
    }
    assert said["Made by"] == f"xlportfolio {__version__}"
    shown = said["Data date"]
    assert shown == "not set" if path == TEMPLATE else f"{shown:%Y-%m-%d}" == "2026-04-30"


@BOTH
def test_formulas_are_excel_s_own(path: Path) -> None:
    formulas = [v for v in cells(load_workbook(path)["Start"]).values() if str(v).startswith("=")]
    called = {name for text in formulas for name in re.findall(r"([A-Z_.]+)\(", str(text))}
    assert called == {"IF", "COUNTA", "ISREF", "INDIRECT", "IFERROR", "INDEX", "MATCH"}


@BOTH
def test_no_table_is_found_on_it_and_none_is_changed_by_it(path: Path, tmp_path: Path) -> None:
    """The mapping is the same when every cell of Start is blank."""
    emptied = tmp_path / path.name
    shutil.copy(path, emptied)
    with open_workbook(emptied) as book:
        for coordinate in cells(load_workbook(path)["Start"]):
            book.write(f"Start!{coordinate}", [[None]])
        book.save()
    before, after = map_workbook(path).as_json(), map_workbook(emptied).as_json()
    for answer in (before, after):
        answer.pop("workbook")
        answer.pop("output", None)
    assert before == after
    assert not [table for table in before["tables"] if table["sheet"] == "Start"]


def test_steps_tick_themselves_once_they_are_done(soffice: Calc, tmp_path: Path) -> None:
    book = load_workbook(TEMPLATE)
    book["Projects"]["A5"], book["Projects"]["B5"] = "P-1", "Depot"
    filled = tmp_path / "filled.xlsx"
    book.save(filled)
    computed = soffice.values(filled)["Start"]
    assert [computed[f"E{row}"] for row in (5, 6, 7)] == ["✓ done", "to do", "to do"]
    assert computed["E11"] == 1
    book.create_sheet("PF Problems")
    book.create_sheet("PF Summary")
    book.save(filled)
    computed = soffice.values(filled)["Start"]
    assert [computed[f"E{row}"] for row in (5, 6, 7)] == ["✓ done"] * 3


def test_it_holds_up_neither_undo_nor_handing_back(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    shutil.copy(EXAMPLE, book)
    run_workbook(book, command="run")
    handback_workbook(book)
    with open_workbook(book) as handed_back:
        assert [name for name in handed_back.sheet_names if name.startswith("PF ")] == []
