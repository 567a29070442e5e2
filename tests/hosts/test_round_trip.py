"""Mapping, a written block and handback on whole workbooks: nothing else in them may change."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.machine import Calc, Validator
from xlportfolio import Formula, open_workbook
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.operations.undo import undo
from xlportfolio.workbook.lint import lint

INDEXES = frozenset(
    {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "docProps/app.xml",
        "xl/styles.xml",
    }
)
REAL = (
    "gmpp_2014_transposed.xlsx",
    "gmpp_2021.xlsx",
    "mawimn_set.xlsx",
    "toronto_capital_plan_2022_2031.xlsx",
    "us_it_dashboard_projects_2012.xlsx",
)


def changed_parts(before: Path, after: Path) -> set[str]:
    """Parts that differ, are new or are gone."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        names = set(old.namelist()) | set(new.namelist())
        common = set(old.namelist()) & set(new.namelist())
        return {name for name in names if name not in common or old.read(name) != new.read(name)}


def raw_entries(path: Path) -> dict[str, tuple[int, int]]:
    with zipfile.ZipFile(path) as package:
        return {entry.filename: (entry.CRC, entry.compress_size) for entry in package.infolist()}


def lint_rules(path: Path) -> set[tuple[str, str, str]]:
    return {(finding.rule, finding.part, finding.cell or "") for finding in lint(path)}


def worked_example(tmp_path: Path) -> Path:
    path = tmp_path / "worked_example.xlsx"
    path.write_bytes(shipped_workbook("worked_example.xlsx"))
    return path


def sheet_part(path: Path, sheet: str) -> str:
    """The part of a sheet, read from the workbook's own relationships."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    position = book.sheetnames.index(sheet)
    book.close()
    return f"xl/worksheets/sheet{position + 1}.xml"


def round_trip(original: Path, tmp_path: Path, validator: Validator, soffice: Calc) -> None:
    work = tmp_path / "work.xlsx"
    work.write_bytes(original.read_bytes())

    map_workbook(work, write=True)
    mapped = changed_parts(original, work)
    with zipfile.ZipFile(original) as package:
        users = set(package.namelist())
    assert mapped & users <= INDEXES
    assert lint_rules(work) <= lint_rules(original)
    assert not validator.new_findings(original, work)

    with open_workbook(work) as book:
        sheet = book.sheet_names[0]
        corner = max(book.contents(sheet).rows) + 3
        book.write(f"'{sheet}'!B{corner}", [[1.5, "text"], [Formula(f"=B{corner}*2"), True]])
        book.save()
    written = changed_parts(original, work) & users
    assert written <= INDEXES | {sheet_part(original, sheet)}
    assert lint_rules(work) <= lint_rules(original)
    assert not validator.new_findings(original, work)
    values = soffice.values(work)
    assert values[sheet][f"B{corner}"] == 1.5
    assert values[sheet][f"B{corner + 1}"] == 3.0
    assert values[sheet][f"C{corner}"] == "text"
    assert "PF Setup" in values

    handback_workbook(work)
    assert changed_parts(original, work) <= INDEXES | {sheet_part(original, sheet)}
    assert lint_rules(work) <= lint_rules(original)
    assert not validator.new_findings(original, work)


def test_the_worked_example_keeps_every_other_part(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    round_trip(worked_example(tmp_path), tmp_path, validator, soffice)


@pytest.mark.parametrize("name", REAL)
def test_a_real_workbook_keeps_every_other_part(
    name: str, shared: Path, tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    round_trip(shared / "data" / "real" / name, tmp_path, validator, soffice)


def test_unchanged_parts_keep_their_compressed_bytes(tmp_path: Path) -> None:
    original = worked_example(tmp_path)
    out = tmp_path / "out.xlsx"
    map_workbook(original, output=out)
    before, after = raw_entries(original), raw_entries(out)
    for name, entry in before.items():
        if name not in INDEXES:
            assert after[name] == entry, name


def test_each_undo_goes_one_run_back_and_restores_the_bytes(tmp_path: Path) -> None:
    book = worked_example(tmp_path)
    states = [book.read_bytes()]
    map_workbook(book, write=True)
    states.append(book.read_bytes())
    handback_workbook(book)
    assert book.read_bytes() != states[1]
    undo(book)
    assert book.read_bytes() == states[1]
    undo(book)
    assert book.read_bytes() == states[0]


def test_a_sheet_of_the_users_that_is_called_like_ours_is_left_alone(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = worked_example(tmp_path)
    book = load_workbook(path)
    book.create_sheet("PF Setup")["A1"] = "my own notes"
    book.save(path)
    out = tmp_path / "out.xlsx"
    map_workbook(path, output=out)
    with open_workbook(out) as written:
        assert written.read("'PF Setup'!A1") == [["my own notes"]]
        assert written.our_sheets == ["PF Setup (2)"]
    again = tmp_path / "again.xlsx"
    map_workbook(out, output=again)
    with open_workbook(again) as written:
        assert written.our_sheets == ["PF Setup (2)"]
    handback_workbook(again)
    with open_workbook(again) as written:
        assert written.our_sheets == []
        assert written.read("'PF Setup'!A1") == [["my own notes"]]
