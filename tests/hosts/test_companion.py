"""A workbook that takes no sheet: its results go to a workbook of their own, and it stays."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from tests.machine import Validator
from xlportfolio import open_workbook
from xlportfolio.cli import app
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.workbook.companion import companion_of
from xlportfolio.workbook.lint import lint


@pytest.fixture
def protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    path = tmp_path / "board.xlsx"
    with (
        zipfile.ZipFile(io.BytesIO(shipped_workbook("worked_example.xlsx"))) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/workbook.xml":
                marked = b'<workbookProtection lockStructure="1"/><bookViews'
                assert content.count(b"<bookViews") == 1
                content = content.replace(b"<bookViews", marked)
            target.writestr(entry, content)
    return path


def values(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_results_are_those_of_the_open_workbook_and_the_workbook_stays(
    protected: Path, tmp_path: Path, validator: Validator
) -> None:
    before = protected.read_bytes()
    plain = tmp_path / "unprotected" / protected.name
    plain.parent.mkdir()
    plain.write_bytes(shipped_workbook("worked_example.xlsx"))
    runner = CliRunner()
    companion, whole = tmp_path / "results.xlsx", tmp_path / "whole.xlsx"
    command = ["run", "--json", "--quiet", str(protected), "-o", str(companion)]
    done = runner.invoke(app, command)
    assert done.exit_code == 1, done.output  # the example has its problems on purpose
    answer = json.loads(done.stdout)
    assert runner.invoke(app, ["run", str(plain), "-o", str(whole)]).exit_code == 1
    assert protected.read_bytes() == before
    assert (
        '"board.xlsx" takes no sheet (its structure is protected, or it is signed): the results '
        'are in a workbook of their own, "results.xlsx".'
    ) in json.dumps(answer, ensure_ascii=False).replace('\\"', '"')
    in_companion, expected = values(companion), values(whole)
    assert list(in_companion) == answer["sheets"]
    assert lint(companion) == []
    assert validator(companion) == frozenset()
    for sheet in ("PF Results", "PF Capacity", "PF Problems", "PF Roadmap", "PF Setup"):
        assert in_companion[sheet] == expected[sheet], sheet


def test_next_run_goes_on_in_the_same_companion_and_leaves_no_dead_link(
    protected: Path, tmp_path: Path
) -> None:
    companion = tmp_path / "results.xlsx"
    runner = CliRunner()
    for _ in range(2):
        assert runner.invoke(app, ["score", str(protected), "-o", str(companion)]).exit_code == 1
    book = openpyxl.load_workbook(companion)
    assert [book["PF Log"].cell(row, 2).value for row in (6, 7, 8)] == ["score", "score", None]
    for sheet in book.worksheets:
        for link in sheet._hyperlinks:
            place = str(link.location).rpartition("!")[0].strip("'")
            assert place in book.sheetnames, (sheet.title, link.location)


def test_workbook_of_somebody_else_in_that_place_is_replaced_and_kept(
    protected: Path, tmp_path: Path
) -> None:
    companion = tmp_path / "results.xlsx"
    openpyxl.Workbook().save(companion)
    before = hashlib.sha256(companion.read_bytes()).hexdigest()
    done = CliRunner().invoke(app, ["score", str(protected), "-o", str(companion)])
    assert done.exit_code == 1
    kept = next(tmp_path.glob("results.*.bak.xlsx"))
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == before
    assert all(name.startswith("PF ") for name in openpyxl.load_workbook(companion).sheetnames)


def test_companion_reads_the_workbook_and_writes_nothing_to_it(
    tmp_path: Path, protected: Path
) -> None:
    with open_workbook(protected) as source:
        assert not source.takes_sheets
        with companion_of(source, tmp_path / "new.xlsx") as book:
            assert (book.our_sheets, book.sheet_names) == ([], source.sheet_names)
            with pytest.raises(WorkbookError) as caught:
                book.write("Projects!A1", [[1]])
    assert str(caught.value) == (
        '"board.xlsx" is only read, so Projects!A1 was not written; its results go to a workbook '
        "of their own."
    )


def test_without_another_file_the_sentence_says_what_can_be_done(protected: Path) -> None:
    before = protected.read_bytes()
    done = CliRunner().invoke(app, ["run", str(protected)])
    assert done.exit_code == 2
    assert 'The structure of "board.xlsx" is protected' in done.stderr
    assert "-o OUT" in done.stderr
    assert protected.read_bytes() == before
