"""PF Problems, PF Reconcile and PF Log as they are described."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import pytest

from tests.hosts import report_contents as made
from tests.hosts.described_sheets import (
    column,
    links,
    rows,
    texts,
    through_a_file,
    users_workbook,
)
from tests.machine import Validator
from xlportfolio.problems import Problem, Step
from xlportfolio.reconciliation import ReconciledLine, Reconciliation
from xlportfolio.report.contents import RunContents
from xlportfolio.report.log import log_sheet
from xlportfolio.report.problems import place_of, problems_sheet
from xlportfolio.report.reconcile import reconcile_sheet, verdict
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.mapping.located import LocatedProblem

PROBLEMS = "pf_problems"


# -- PF Problems ---------------------------------------------------------------------------------


def test_each_problem_has_its_sentence_cell_step_and_money() -> None:
    sheet = problems_sheet(made.run_contents())
    assert column(sheet, PROBLEMS, "Severity") == ["Question", "Error", "Warning", "Question"]
    missing = rows(sheet, PROBLEMS)[2]
    assert [cell.value for cell in missing.values()] == [
        "Warning",
        "Project NW-313 has no rating for Delivery risk; expected a number from 1 to 5. Enter it; "
        "until then the other criteria make its score.",
        "Ratings!E15",
        "NW-313",
        "scoring",
        580.0,
    ]
    assert missing["Where"].link == "Ratings!E15"
    assert column(sheet, PROBLEMS, "Money affected (GBP k)") == [None, None, 580.0, 1200.0]


def test_a_question_of_the_mapping_leads_to_the_cell_that_it_names() -> None:
    first = rows(problems_sheet(made.run_contents()), PROBLEMS)[0]
    assert first["Where"].link == "Projects!G3"
    assert first["About"].value == "mapping"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Which [Projects!B2] or ['My sheet'!C3:D9]?", "'My sheet'!C3:D9"),
        ("Not a place [see note!]", None),
        ("None", None),
    ],
)
def test_places_are_found_in_sentences(text: str, place: str | None) -> None:
    assert place_of(text) == place


def test_problems_are_counted_and_their_words_explained() -> None:
    assert texts(problems_sheet(made.run_contents()))[2].startswith(
        "1 error, 2 questions, 1 warning.  Error: the value cannot be used."
    )


def test_how_many_problems_block_each_step_is_said() -> None:
    def blocking(*steps: Step) -> LocatedProblem:
        problem = Problem("projects", "Wrong.", "error", blocks=steps)
        return LocatedProblem(problem, None, None, None)

    problems = (blocking("score", "level"), blocking("score"), blocking())
    contents = dataclasses.replace(made.run_contents(), problems=problems)
    assert "To mend: 2 for scoring, 1 for levelling (column Blocks)." in texts(
        problems_sheet(contents)
    )
    harmless = dataclasses.replace(contents, problems=(blocking(),))
    assert not any(text.startswith("To mend") for text in texts(problems_sheet(harmless)))


def test_the_column_of_places_is_as_wide_as_the_longest_up_to_a_limit() -> None:
    def placed(sheet_name: str) -> SheetDescription:
        problem = LocatedProblem(
            Problem("projects", "Wrong.", "error"), sheet_name, "EQ13", f"{sheet_name}!EQ13"
        )
        return problems_sheet(dataclasses.replace(made.run_contents(), problems=(problem,)))

    assert placed("Projects").widths[3] == 24
    assert placed("gmpp_2014_transposed").widths[3] == len("gmpp_2014_transposed!EQ13") + 2
    assert placed("a" * 31).widths[3] <= 40


def test_no_problems_are_a_friendly_line_and_no_table() -> None:
    sheet = problems_sheet(made.first_run())
    assert sheet.tables == ()
    assert texts(sheet)[-1] == "No problems were found in the data, and nothing is left to ask."


def test_of_very_many_problems_the_rest_is_counted() -> None:
    one = LocatedProblem(Problem("projects", "Wrong."), "Projects", "A1", "Projects!A1")
    contents = dataclasses.replace(made.first_run(), problems=(one,) * 5_007)
    sheet = problems_sheet(contents)
    assert len(rows(sheet, PROBLEMS)) == 5_000
    assert "7 more are listed by: xlportfolio check" in texts(sheet)


# -- PF Reconcile --------------------------------------------------------------------------------


def line_of(sheet: SheetDescription, table: str, what: str) -> list[object]:
    row = next(
        row
        for (row, k), cell in sorted(sheet.cells.items())
        if k == 2 and cell.value == what and sheet.cells[row, 1].value == table
    )
    return [sheet.cells[row, k].value for k in range(3, 8)]


def test_each_line_stands_with_what_was_left_out_and_why() -> None:
    sheet = reconcile_sheet(made.run_contents())
    assert line_of(sheet, "Projects", "Rows") == [19, 16, 3, None, 0.0]
    given, used, left_out, why, difference = line_of(sheet, "Projects", "Cost (GBP k)")
    assert (left_out, why, difference) == (1420.5, "of projects that have ended", 0.0)
    assert given == pytest.approx(used + 1420.5)  # type: ignore[operator]
    details = [
        (sheet.cells[row, 5].value, sheet.cells[row, 6].value)
        for (row, k), cell in sorted(sheet.cells.items())
        if k == 2 and cell.value == "of which"
    ]
    assert details == [
        (2, "have ended: Borehole refurbishment (NW-205), Intake screens (NW-217)"),
        (1, "has no ID (row 22)"),
    ]


def test_the_parts_of_the_cost_to_come_stand_last_with_their_reasons_in_one_row() -> None:
    sheet = reconcile_sheet(
        with_lines(
            ReconciledLine("projects", "cost to come", "money", 500_000, 200_000,
                           ((100_000, "Projects that are deferred."),
                            (200_000, "Projects that are not funded."))),
            ReconciledLine("projects", "cost to come, Capex 2026/27", "money", 500_000, 200_000,
                           ((100_000, "Projects that are deferred."),
                            (200_000, "Projects that are not funded."))),
            ReconciledLine("budgets", "rows", "count", 4, 4),
        )
    )  # fmt: skip
    rows = {cell.value: row for (row, k), cell in sheet.cells.items() if k in (1, 2)}
    assert (
        rows["Cost to come (GBP k)"]
        < rows["Budgets"]
        < rows["What was assumed"]
        < rows["The cost to come, by kind and year"]
        < rows["Cost to come, Capex 2026/27 (GBP k)"]
    )
    assert sum(cell.value == "of which" for cell in sheet.cells.values()) == 2
    part = line_of(sheet, "Projects", "Cost to come, Capex 2026/27 (GBP k)")
    assert part == [
        5.0,
        2.0,
        3.0,
        "Projects that are deferred (1). Projects that are not funded (2).",
        0.0,
    ]


def test_no_difference_reads_exact_and_is_a_number() -> None:
    sheet = reconcile_sheet(made.run_contents())
    row = next(row for (row, k), cell in sheet.cells.items() if cell.value == "FTE months")
    cell = sheet.cells[row, 7]
    assert cell.value == 0.0
    assert cell.format is not None
    assert str(cell.format.number_format).endswith(';"exact"')
    assert "Every count agrees, and every sum of money agrees to the cent." in texts(sheet)


def with_lines(*lines: ReconciledLine) -> RunContents:
    return dataclasses.replace(made.run_contents(), reconciliation=Reconciliation(lines))


def test_what_does_not_agree_is_named_with_its_amount() -> None:
    contents = with_lines(
        ReconciledLine("projects", "cost", "money", 1_000_000, 999_900),
        ReconciledLine("projects", "rows", "count", 5, 3, ((1, "ended"),)),
        ReconciledLine("demand", "FTE months", "fte", 0.1 + 0.2, 0.3),
        ReconciledLine("projects", "score", "value", 2.5, 2.0),
    )
    assert verdict(contents) == (
        "3 of 4 lines do not agree: cost of the projects by GBP 1, rows of the projects by 1, "
        "score of the projects by 0.5."
    )
    assert not contents.reconciliation.is_exact
    sheet = reconcile_sheet(contents)
    assert line_of(sheet, "Projects", "Cost (GBP k)")[4] == pytest.approx(0.001)
    assert line_of(sheet, "Demand", "FTE months")[4] == 0.0, "the last digit of a float"
    assert line_of(sheet, "Projects", "Rows")[2:] == [1, "ended", 1.0]
    assert verdict(with_lines()) == "Nothing was reconciled in this run."


def test_projects_that_have_ended_stand_by_name_with_what_was_assumed() -> None:
    sheet = reconcile_sheet(made.run_contents())
    said = texts(sheet)
    at = said.index("Borehole refurbishment")
    assert said[at - 1] == "NW-205"
    assert said[at + 1] == "closed"
    at = said.index("What was assumed")
    assert said[at + 1 : at + 5] == [
        "A total without a profile is spread evenly over the months of the project.",
        "The cost of 1 project has no dates; it counts in the total, in no fiscal year.",
        "The budgets of 2026/27 are split by kind; their sum limits everything else.",
        "A project may start up to 6 months later than planned where no window is given.",
    ]


def test_every_change_since_the_last_run_stands_in_full() -> None:
    changes = made.run_contents().comparison.changes
    sheet = reconcile_sheet(made.run_contents())
    said = texts(sheet)
    assert len(changes) > 1
    at = said.index("What changed since the last run")
    assert [text for text in said[at:] if text in {c.sentence for c in changes}] == [
        change.sentence for change in changes
    ]
    leads = {cell.link for cell in sheet.cells.values() if cell.link}
    assert {change.source for change in changes if change.source} <= leads
    assert "What changed since the last run" not in texts(reconcile_sheet(made.first_run()))


# -- PF Log --------------------------------------------------------------------------------------


def test_the_newest_run_stands_first() -> None:
    sheet = log_sheet(made.run_contents())
    assert column(sheet, "pf_log", "When (UTC)") == [
        datetime(2026, 4, 7, 16, 40, 59),
        datetime(2026, 3, 2, 9, 14, 5),
    ]
    assert column(sheet, "pf_log", "Inputs") == ["a81e77c2405bd9f6", "5f2c0d9e11a4b370"]
    assert column(sheet, "pf_log", "Better possible, at most") == [0.0031, 0.0]


def test_a_log_without_runs_is_an_empty_table(tmp_path: Path) -> None:
    sheet = log_sheet(dataclasses.replace(made.run_contents(), log=()))
    through_a_file(tmp_path, sheet)
    assert len(rows(sheet, "pf_log")) == 1


# -- all three -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contents",
    [made.run_contents(), made.first_run(), made.scores_only(), made.infeasible(), with_lines()],
)
def test_the_sheets_are_such_as_excel_opens(
    contents: RunContents, tmp_path: Path, validator: Validator
) -> None:
    sheets = (problems_sheet(contents), reconcile_sheet(contents), log_sheet(contents))
    out = through_a_file(tmp_path, *sheets)
    users = users_workbook(tmp_path / "users.xlsx")
    assert new_findings(users, out) == []
    assert validator.new_findings(users, out) == frozenset()


def test_every_link_leads_to_a_sheet_of_the_user() -> None:
    contents = made.run_contents()
    for sheet in (problems_sheet(contents), reconcile_sheet(contents), log_sheet(contents)):
        assert all(link.startswith(("Projects!", "Ratings!")) for link in links(sheet).values())
