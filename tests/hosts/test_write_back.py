"""Decisions written back: openpyxl reads PF Results, and what the user's cells say afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.protection import WorkbookProtection
from typer.testing import CliRunner

from tests.hosts.portfolio_books import PROJECTS, Rows, changed, portfolio_book
from xlportfolio import WorkbookError, open_workbook, run_workbook
from xlportfolio.cli import app
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.undo import undo
from xlportfolio.operations.writing_back import (
    plan_write_back,
    write_back_workbook,
    write_changes,
)

OUTPUTS = (
    "Proposed decision",
    "Proposed reason",
    "Proposed start",
    "Proposed finish",
    "xlportfolio score",
    "xlportfolio rank",
)
ON_RESULTS = dict(
    zip(
        OUTPUTS,
        ("Proposed decision", "Reason", "Proposed start", "Proposed finish", "Score", "Rank"),
        strict=True,
    )
)


def with_columns(
    headers: Sequence[str] = OUTPUTS, projects: Rows = PROJECTS, **values: Sequence[object]
) -> list[list[object]]:
    """The projects with further columns; `values` by number of the column, from c0."""
    rows = [[*projects[0], *headers]]
    for i, row in enumerate(projects[1:]):
        given = [values.get(f"c{k}", [None] * 99) for k in range(len(headers))]
        rows.append([*row, *(column[i] for column in given)])
    return rows


def solved(path: Path, rows: Rows, steps: tuple[str, ...] = (), **tables: Rows | None) -> Path:
    """A workbook with the results of a run."""
    book = portfolio_book(path, Projects=rows, **tables)
    run_workbook(book, options=RunOptions(steps=steps) if steps else None)
    return book


def results_of(path: Path) -> dict[str, dict[str, object]]:
    """PF Results by ID and header, as openpyxl reads it."""
    rows = list(openpyxl.load_workbook(path)["PF Results"].iter_rows(min_row=5, values_only=True))
    headers = [str(header) for header in rows[0]]
    first = {header: headers.index(header) for header in headers}
    return {
        str(row[0]): {header: row[k] for header, k in first.items()} for row in rows[1:] if row[0]
    }


def cells_of(path: Path, sheet: str = "Projects") -> dict[str, object]:
    worksheet = openpyxl.load_workbook(path)[sheet]
    return {
        cell.coordinate: cell.value
        for row in worksheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def columns_of(path: Path, *headers: str) -> dict[str, dict[str, object]]:
    """The user's projects by ID, and header."""
    rows = list(openpyxl.load_workbook(path)["Projects"].iter_rows(values_only=True))
    at = {header: rows[0].index(header) for header in headers}
    return {str(row[0]): {header: row[k] for header, k in at.items()} for row in rows[1:]}


def command(*words: object) -> tuple[int, Any]:
    answer = CliRunner().invoke(app, ["write-back", *map(str, words), "--json"])
    return answer.exit_code, json.loads(answer.stdout)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return solved(tmp_path / "plan.xlsx", with_columns())


def test_every_column_for_results_gets_what_pf_results_says(book: Path) -> None:
    results, before = results_of(book), cells_of(book)
    others = {name: cells_of(book, name) for name in ("Ratings", "Capacity", "PF Results")}
    assert {row["Proposed decision"] for row in results.values()} >= {"Continue", "Start"}
    code, answer = command(book, "--yes")
    assert code == 0
    assert answer["written"] and answer["left"] == []
    expected = {
        project: {header: row.get(theirs) for header, theirs in ON_RESULTS.items()}
        for project, row in results.items()
    }
    assert columns_of(book, *OUTPUTS) == expected
    now = cells_of(book)
    assert {cell: now.get(cell) for cell in before} == before
    assert {name: cells_of(book, name) for name in others} == others
    written = sum(value is not None for row in expected.values() for value in row.values())
    assert len(answer["changes"]) == written
    assert answer["same"] == 4 * len(OUTPUTS) - written


def test_without_yes_nothing_is_written_and_old_and_new_are_shown(book: Path) -> None:
    before = book.read_bytes()
    answer = CliRunner().invoke(app, ["write-back", str(book)])
    assert answer.exit_code == 1
    assert book.read_bytes() == before
    assert '  Projects!L2  P1  Proposed decision: blank -> "Continue"' in answer.stdout
    assert "Nothing was written; to write it, run it again with --yes." in answer.stdout
    assert sorted(book.parent.glob("plan*")) == sorted([book, *book.parent.glob("plan.*.bak.xlsx")])


@pytest.mark.parametrize(
    ("forbid", "why"),
    [
        (
            lambda theirs: setattr(theirs["Projects"].protection, "sheet", True),
            'the sheet "Projects" is protected and the cell is locked. Lift the protection',
        ),
        (
            lambda theirs: setattr(theirs, "security", WorkbookProtection(lockStructure=True)),
            'is protected, which forbids adding the sheet "PF Changes". Lift the protection',
        ),
    ],
    ids=["sheet", "structure"],
)
def test_what_would_forbid_to_write_is_said_where_old_and_new_are_shown(
    forbid: Callable[[openpyxl.Workbook], None], why: str, book: Path
) -> None:
    theirs = openpyxl.load_workbook(book)
    forbid(theirs)
    theirs.save(book)
    before = book.read_bytes()
    answer = CliRunner().invoke(app, ["write-back", str(book)])
    assert answer.exit_code == 1
    assert '  Projects!L2  P1  Proposed decision: blank -> "Continue"' in answer.stdout
    assert "Nothing was written, and --yes would be refused: " in answer.stdout
    assert why in answer.stdout
    assert "run it again with --yes" not in answer.stdout
    assert why in command(book)[1]["forbidden"]
    refused = CliRunner().invoke(app, ["write-back", str(book), "--yes"])
    assert refused.exit_code == 2
    assert why in refused.stderr
    assert book.read_bytes() == before


def test_one_cell_that_holds_its_result_is_counted_as_one(tmp_path: Path) -> None:
    rows = with_columns(("Proposed decision",), c0=["Continue", "Defer", None, "Stop"])
    told = str(write_back_workbook(solved(tmp_path / "plan.xlsx", rows)))
    assert told.splitlines()[0].endswith(" would change. 1 cell holds the results already.")


def test_pf_changes_has_every_cell_with_old_and_new(tmp_path: Path) -> None:
    rows = with_columns(("Proposed decision",), c0=["Continue", "Defer", None, "Stop"])
    book = solved(tmp_path / "plan.xlsx", rows)
    decided = {key: row["Proposed decision"] for key, row in results_of(book).items()}
    assert decided["P1"] == "Continue"
    write_back_workbook(book, confirmed=True)
    sheet = openpyxl.load_workbook(book)["PF Changes"]
    found = [
        tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=5) if row[0].value
    ]
    assert found == [
        ("Project ID", "Name", "Column", "Cell", "Old value", "New value"),
        *(
            (key, name, "Proposed decision", f"Projects!L{row}", old, decided[key])
            for key, name, row, old in (
                ("P2", "New depot", 3, "Defer"),
                ("P3", "Ticket machines", 4, None),
                ("P4", "Depot roof", 5, "Stop"),
            )
        ),
    ]
    assert sheet["A2"].value == "plan.xlsx  ·  3 cells change, 1 holds the results already"
    assert sheet["D6"].hyperlink.location == "Projects!L3"


def test_a_second_time_nothing_is_left_to_write(book: Path) -> None:
    write_back_workbook(book, confirmed=True)
    before = book.read_bytes()
    result = write_back_workbook(book, confirmed=True)
    assert (result.output, result.plan.changes, result.needs_a_person) == (None, (), False)
    assert book.read_bytes() == before
    assert str(result) == f'Nothing to write into "{book}". 24 cells hold the results already.'


def test_undo_takes_it_back(book: Path) -> None:
    before = book.read_bytes()
    write_back_workbook(book, confirmed=True)
    assert undo(book).command == "write-back"
    assert book.read_bytes() == before


def test_another_file_is_written_where_one_is_named(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    code, answer = command(book, "--yes", "-o", tmp_path / "out.xlsx")
    assert (code, answer["output"]) == (0, str(tmp_path / "out.xlsx"))
    assert book.read_bytes() == before
    assert columns_of(tmp_path / "out.xlsx", "Proposed decision")["P1"] == {
        "Proposed decision": "Continue"
    }


def test_what_was_written_back_is_not_read_by_the_next_run(book: Path) -> None:
    before = results_of(book)
    write_back_workbook(book, confirmed=True)
    run_workbook(book)
    assert results_of(book) == before
    log = openpyxl.load_workbook(book)["PF Log"]
    said = [[cell.value for cell in row] for row in log.iter_rows()]
    head = next(row for row in said if "Command" in row)
    commands = [row[head.index("Command")] for row in said[said.index(head) + 1 :]]
    assert [one for one in commands if one] == ["run", "write-back", "run"]
    (inputs,) = [k for k, header in enumerate(head) if header and "nput" in str(header)]
    runs = [row[inputs] for row in said if row[head.index("Command")] == "run"]
    assert len(runs) == 2 and runs[0] == runs[1]


def test_a_formula_is_never_overwritten(tmp_path: Path) -> None:
    formula = '=IF(A3="","","Start")'
    rows = with_columns(("Proposed decision", "Proposed start"), c0=[None, formula, None, None])
    book = solved(tmp_path / "plan.xlsx", rows)
    code, answer = command(book, "--yes")
    assert code == 1
    assert answer["left"] == [
        '"Proposed decision" [Projects!L1] holds a formula in Projects!L3, left as it is; clear '
        "what should be written there."
    ]
    now = columns_of(book, "Proposed decision")
    assert now["P2"]["Proposed decision"] == formula
    assert {now[key]["Proposed decision"] for key in ("P1", "P3", "P4")} == {
        results_of(book)[key]["Proposed decision"] for key in ("P1", "P3", "P4")
    }


def test_a_cell_that_a_merge_hides_is_left_and_named(tmp_path: Path) -> None:
    book = solved(tmp_path / "plan.xlsx", with_columns(("Proposed decision",)))
    loaded = openpyxl.load_workbook(
        portfolio_book(tmp_path / "merged.xlsx", Projects=with_columns(("Proposed decision",)))
    )
    loaded["Projects"].merge_cells("L3:L4")
    loaded.save(tmp_path / "merged.xlsx")
    run_workbook(tmp_path / "merged.xlsx")
    result = write_back_workbook(tmp_path / "merged.xlsx", confirmed=True)
    assert result.plan.left == (
        "Merged cells hide Projects!L4, which cannot be written; unmerge them in Excel.",
    )
    decided = results_of(book)
    now = columns_of(tmp_path / "merged.xlsx", "Proposed decision")
    for key in ("P1", "P2", "P4"):
        assert now[key]["Proposed decision"] == decided[key]["Proposed decision"]


def test_rows_of_one_id_are_left_and_named(tmp_path: Path) -> None:
    again = [*with_columns(("Proposed decision",)), ["p 2", "New depot, east", *[None] * 10]]
    book = solved(tmp_path / "plan.xlsx", again)
    code, answer = command(book, "--yes")
    assert code == 1
    assert answer["left"] == [
        "1 project stands in several rows, left as they are: P2 [Projects!L3, Projects!L6]. Give "
        "each row an ID of its own."
    ]
    rows = list(openpyxl.load_workbook(book)["Projects"].iter_rows(values_only=True))
    assert [row[11] for row in rows if row[0] in ("P2", "p 2")] == [None, None]
    assert rows[1][11] == "Continue"


def test_a_project_that_has_ended_stays_as_it_is_and_is_counted(tmp_path: Path) -> None:
    ended = changed(PROJECTS, "P3", "Lifecycle", "Closed")
    rows = with_columns(("Proposed decision",), ended, c0=[None, None, "Done in May", None])
    book = solved(tmp_path / "plan.xlsx", rows)
    assert "P3" not in results_of(book)
    code, answer = command(book, "--yes")
    assert (code, answer["left"]) == (0, [])
    assert answer["notes"] == ["1 project is not in PF Results and stays as it is: P3."]
    assert columns_of(book, "Proposed decision")["P3"] == {"Proposed decision": "Done in May"}


def test_texts_in_a_column_of_dates_become_dates(tmp_path: Path) -> None:
    texts = ["1 Jan 2026", "tbc", "2026-06-01", ""]
    rows = with_columns(("Proposed start",), c0=texts)
    book = solved(tmp_path / "plan.xlsx", rows)
    expected = {key: row["Proposed start"] for key, row in results_of(book).items()}
    write_back_workbook(book, confirmed=True)
    now = columns_of(book, "Proposed start")
    assert {key: row["Proposed start"] for key, row in now.items()} == expected
    assert any(isinstance(value, datetime) for value in expected.values())
    sheet = openpyxl.load_workbook(book)["Projects"]
    assert sheet["L2"].is_date


def test_what_is_not_proposed_any_more_is_cleared(tmp_path: Path) -> None:
    old = [datetime(2030, 1, 1)] * 4
    book = solved(tmp_path / "plan.xlsx", with_columns(("Proposed finish",), c0=old))
    results = results_of(book)
    blank = [key for key, row in results.items() if row["Proposed finish"] is None]
    assert blank
    write_back_workbook(book, confirmed=True)
    now = columns_of(book, "Proposed finish")
    assert [key for key, row in now.items() if row["Proposed finish"] is None] == blank


def test_a_column_that_the_last_run_says_nothing_of_is_left(tmp_path: Path) -> None:
    rows = with_columns(("Proposed decision", "xlportfolio score"), c0=["Start"] * 4)
    book = solved(tmp_path / "plan.xlsx", rows, ("score",))
    code, answer = command(book, "--yes")
    assert code == 1
    assert answer["left"] == [
        'PF Results has no column "Proposed decision", so "Proposed decision" [Projects!L1] '
        "stays as it is; run the step that works it out."
    ]
    now = columns_of(book, "Proposed decision", "xlportfolio score")
    scores = {key: row["Score"] for key, row in results_of(book).items()}
    assert {key: row["xlportfolio score"] for key, row in now.items()} == scores
    assert {row["Proposed decision"] for row in now.values()} == {"Start"}


def test_tables_that_changed_since_the_run_are_told(book: Path) -> None:
    assert write_back_workbook(book).plan.notes == ()
    with open_workbook(book) as opened:
        opened.write("Projects!H3", [[61.0]])
        opened.save()
    (note,) = write_back_workbook(book).plan.notes
    assert note.startswith("The tables were changed since the last run (")
    assert note.endswith("), whose results these are; run it again to have them anew.")


@pytest.mark.parametrize("place", ["file", "sheet"])
def test_a_column_of_any_name_is_written_once_a_person_names_it(tmp_path: Path, place: str) -> None:
    book = solved(tmp_path / "plan.xlsx", with_columns(("Committee paper",)))
    mapping = None
    if place == "file":
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(
            '[[tables]]\ntable = "projects"\nsheet = "Projects"\n[tables.fields]\n'
            'proposed_decision = "Committee paper"\n'
        )
    else:
        with open_workbook(book) as opened:
            rows = opened.contents("PF Setup").rows
            row = next(k for k, values in rows.items() if values.get(2) == "Proposed decision")
            opened.write(f"'PF Setup'!G{row}", [["Committee paper"]])
            opened.save()
    write_back_workbook(book, mapping_file=mapping, confirmed=True)
    decided = {key: row["Proposed decision"] for key, row in results_of(book).items()}
    now = columns_of(book, "Committee paper")
    assert {key: row["Committee paper"] for key, row in now.items()} == decided


def test_a_column_that_a_person_refuses_is_not_written(tmp_path: Path) -> None:
    book = solved(tmp_path / "plan.xlsx", with_columns(("Proposed decision",)))
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[tables]]\ntable = "projects"\nsheet = "Projects"\n[tables.fields]\n'
        'proposed_decision = "-"\n'
    )
    with pytest.raises(WorkbookError, match="has no column for results"):
        write_back_workbook(book, mapping_file=mapping, confirmed=True)


def test_without_such_a_column_the_headers_to_add_are_named(tmp_path: Path) -> None:
    book = solved(tmp_path / "plan.xlsx", PROJECTS)
    answer = CliRunner().invoke(app, ["write-back", str(book), "--yes"])
    assert answer.exit_code == 2
    assert answer.stderr.strip() == (
        "xlportfolio: Projects!A1:K5 has no column for results, so there is nothing to write back; "
        'add the header "Proposed decision", "Proposed start", "Proposed finish", "Proposed '
        'reason", "xlportfolio score" or "xlportfolio rank", or say on PF Setup which column it is.'
    )


def test_without_results_it_says_to_run_first(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "plan.xlsx", Projects=with_columns())
    with pytest.raises(WorkbookError, match="has no results to write back; expected PF Results"):
        write_back_workbook(book, confirmed=True)


def test_a_table_on_its_side_is_written_across(tmp_path: Path) -> None:
    turned = [list(row) for row in zip(*with_columns(("Proposed decision",)), strict=True)]
    book = solved(tmp_path / "plan.xlsx", turned)
    decided = {key: row["Proposed decision"] for key, row in results_of(book).items()}
    assert set(decided) == {"P1", "P2", "P3", "P4"}
    with open_workbook(book) as opened:
        assert written_ranges(opened) == ["Projects!B12:E12"]
    write_back_workbook(book, confirmed=True)
    sheet = openpyxl.load_workbook(book)["Projects"]
    keys, now = ([sheet.cell(row, k).value for k in range(2, 6)] for row in (1, 12))
    assert dict(zip(keys, now, strict=True)) == decided


def test_a_sheet_of_decisions_that_lists_the_projects_once_more_is_written(tmp_path: Path) -> None:
    minutes: Rows = [
        ["Project ID", "Category", "Sponsor", "Proposed decision", "xlportfolio start"],
        *([f"P{k}", None, f"Sponsor {k}", None, None] for k in (4, 2, 1, 3)),
    ]
    book = solved(tmp_path / "plan.xlsx", PROJECTS, Minutes=minutes)
    results = results_of(book)
    write_back_workbook(book, confirmed=True)
    rows = list(openpyxl.load_workbook(book)["Minutes"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (key, results[key]["Proposed decision"], results[key]["Proposed start"])
        for key in ("P4", "P2", "P1", "P3")
    ]


def test_options_of_a_project_are_told_apart(tmp_path: Path) -> None:
    option = ["Option", None, "A", None, None]
    rows = [
        [*row[:2], cell, *row[2:]]
        for row, cell in zip(with_columns(("Proposed decision",)), option, strict=True)
    ]
    rows.insert(3, [*rows[2][:2], "B", *rows[2][3:]])
    book = solved(tmp_path / "plan.xlsx", rows)
    sheet = openpyxl.load_workbook(book)["PF Results"]
    results = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    k, d = results[0].index("Option"), results[0].index("Proposed decision")
    decided = {(row[0], row[k]): row[d] for row in results[1:] if row[0]}
    assert decided["P2", "A"] != decided["P2", "B"]
    write_back_workbook(book, confirmed=True)
    mine = list(openpyxl.load_workbook(book)["Projects"].iter_rows(values_only=True))[1:]
    assert {(row[0], row[2]): row[12] for row in mine} == decided


class _Told:
    """A workbook that is only told what to write."""

    def __init__(self, book: Any) -> None:
        self.contents = book.contents
        self.ranges: list[str] = []

    def write(self, reference: str, rows: Sequence[Sequence[object]]) -> None:
        self.ranges.append(reference)


def written_ranges(book: Any) -> list[str]:
    told = _Told(book)
    write_changes(told, plan_write_back(book))  # type: ignore[arg-type]
    return told.ranges


def test_few_blocks_are_written_however_many_cells_change(tmp_path: Path) -> None:
    """A value that stays lies inside a block; a formula ends it."""
    rows = with_columns(
        ("Proposed decision", "Proposed reason"),
        c0=[None, "Start", None, None],
        c1=[None, '="x"', None, None],
    )
    book = solved(tmp_path / "plan.xlsx", rows)
    assert results_of(book)["P2"]["Proposed decision"] == "Start"
    with open_workbook(book) as opened:
        assert written_ranges(opened) == ["Projects!L2:L5", "Projects!M2", "Projects!M4:M5"]
