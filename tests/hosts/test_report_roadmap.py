"""PF Roadmap: bars, moves and programmes against dates that are typed in the fixture."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.hosts.large_report import large_contents
from tests.hosts.report_contents import infeasible, run_contents, scores_only
from tests.hosts.test_rendering import assert_nothing_is_wrong, put
from tests.machine import Validator
from xlportfolio.report.contents import RunContents
from xlportfolio.report.roadmap import (
    AS_PLANNED,
    GOES_ON,
    LATER,
    MAX_ROWS,
    STARTS,
    roadmap_sheet,
)
from xlportfolio.report.roadmap_rows import roadmap_rows
from xlportfolio.selection.answer import ProjectDecision
from xlportfolio.workbook.description import SheetDescription

FIRST = 8  # column H
# The status date, 31 March 2026, is on the chart: its first column is March 2026.
MARCH_2026 = 2026 * 12 + 2


def bars(sheet: SheetDescription, project: str) -> dict[str, float]:
    """What each month of a project's row holds, by "2026-09"."""
    row = row_of(sheet, project)
    found = {}
    for (r, column), cell in sheet.cells.items():
        if r == row and column >= FIRST and isinstance(cell.value, (int, float)):
            month = MARCH_2026 + column - FIRST
            found[f"{month // 12}-{month % 12 + 1:02d}"] = float(cell.value)
    return dict(sorted(found.items()))


def row_of(sheet: SheetDescription, project: str) -> int:
    rows = [row for (row, c), cell in sheet.cells.items() if c == 1 and cell.value == project]
    assert len(rows) == 1, (project, rows)
    return rows[0]


def first_column(sheet: SheetDescription) -> list[object]:
    last = max(row for row, _ in sheet.cells)
    values = [sheet.cells[row, 1].value for row in range(7, last + 1) if (row, 1) in sheet.cells]
    return [value for value in values if value is not None]


def texts(sheet: SheetDescription) -> str:
    return "\n".join(str(c.value) for c in sheet.cells.values() if isinstance(c.value, str))


def months(first: str, last: str) -> list[str]:
    year, month = map(int, first.split("-"))
    found = [first]
    while found[-1] != last:
        month = month % 12 + 1
        year += month == 1
        found.append(f"{year}-{month:02d}")
    return found


def test_a_moved_project_runs_later_and_its_planned_start_is_marked() -> None:
    sheet = roadmap_sheet(run_contents())
    # Planned from 1 Jul 2026 to 30 Jun 2027, moved by 2 months.
    expected = {"2026-07": float(AS_PLANNED)}
    expected |= dict.fromkeys(months("2026-09", "2027-08"), float(STARTS))
    assert bars(sheet, "NW-304") == expected
    row = row_of(sheet, "NW-304")
    assert [sheet.cells[row, c].value for c in (2, 3, 5, 6, 7)] == [
        "Leakage detection, option A", "Start", date(2026, 9, 1), date(2027, 8, 31), 2,
    ]  # fmt: skip
    look = sheet.cells[row, 7].format
    assert look is not None
    assert look.number_format == '0" later";0" earlier";"–"'


def test_a_project_that_starts_earlier_has_its_mark_inside_the_bar() -> None:
    sheet = roadmap_sheet(run_contents())
    # Planned from Oct-26 to Jan-28, moved one month earlier: the bar covers the mark.
    expected = dict.fromkeys(months("2026-09", "2027-12"), float(STARTS))
    assert bars(sheet, "NW-308") == {**expected, "2026-10": STARTS + 0.5}
    assert sheet.cells[row_of(sheet, "NW-308"), 7].value == -1


def test_work_under_way_begins_at_the_left_edge_and_a_deferred_project_is_lighter() -> None:
    sheet = roadmap_sheet(run_contents())
    assert bars(sheet, "NW-301") == dict.fromkeys(months("2026-03", "2027-03"), float(GOES_ON))
    # 1 Jun 2026 to 30 Nov 2027 begins in Apr-27 instead: ten months later, to the end of Sep-28.
    expected = {"2026-06": float(AS_PLANNED)}
    expected |= dict.fromkeys(months("2027-04", "2028-09"), float(LATER))
    assert bars(sheet, "NW-305") == expected
    assert sheet.cells[row_of(sheet, "NW-305"), 6].value == date(2028, 9, 30)


def test_bars_are_coloured_by_their_value_in_the_chart_and_the_legend() -> None:
    sheet = roadmap_sheet(run_contents())
    rules = {rule.values[0]: rule for rule in sheet.conditional_formats if rule.range.first_row > 4}
    assert sorted(rules) == [str(GOES_ON), str(STARTS), str(LATER)]
    last = max(row_of(sheet, name) for name in ("NW-305", "NW-301"))
    assert all(rule.operator == "between" for rule in rules.values())
    assert all(rule.range.first_column == FIRST for rule in rules.values())
    assert all(rule.range.last_row >= last for rule in rules.values())
    colours = {rule.format.fill for rule in rules.values() if rule.format is not None}
    assert len(colours) == 3
    legend = [
        [sheet.cells[at].value for at in sorted(sheet.cells) if at[0] == row and at[1] >= FIRST]
        for row in (3, 4)
    ]
    assert legend == [
        [AS_PLANNED, "planned start of what moved", None, "status date"],
        [GOES_ON, "under way", STARTS, "starts", LATER, "deferred"],
    ]


def test_programmes_stand_by_their_money_with_it_in_their_heading() -> None:
    sheet = roadmap_sheet(run_contents())
    assert first_column(sheet) == [
        "Clean rivers: 4 projects", "NW-301", "NW-302", "NW-314", "NW-308",
        "Resilient supply: 4 projects", "NW-311", "NW-312", "NW-303", "NW-304",
        "Digital: 1 project, 1 deferred", "NW-307", "NW-305",
    ]  # fmt: skip
    # In GBP k: 4200 + 350, 6120 + 240, 2740.25, 385; the deferred project is not in Digital's.
    assert sheet.cells[7, 4].value == pytest.approx(14_035.25)
    assert sheet.cells[17, 4].value == pytest.approx(1_380.0)
    assert sheet.cells[6, 4].value == "Cost to go (GBP k, 2026/27 prices)"
    assert sheet.cells[3, 1].value == (
        "9 projects funded, GBP 26.9m; 3 start at another time than planned; 1 deferred."
    )


def test_the_month_of_the_status_date_is_marked_on_every_row() -> None:
    sheet = roadmap_sheet(run_contents())
    head = sheet.cells[6, FIRST]
    assert (head.value, head.format and head.format.fill) == ("Mar", "D55E00")
    empty = sheet.cells[row_of(sheet, "NW-307"), FIRST]
    assert (empty.value, empty.format and empty.format.fill) == (None, "FCE4D6")


def test_more_projects_than_anyone_reads_leave_the_lesser_ones_out_and_say_so() -> None:
    contents = large_contents(2000, 60, 3)
    sheet = roadmap_sheet(contents)
    everything = roadmap_rows(contents)
    chosen = [row for row in everything if row.look != "deferred"]
    shown = {value for value in first_column(sheet) if str(value).startswith("P-")}
    assert len(shown) == MAX_ROWS
    least = min(row.value for row in chosen if row.key.project_id in shown)
    assert all(row.value <= least for row in chosen if row.key.project_id not in shown)
    left, later = len(chosen) - MAX_ROWS, len(everything) - len(chosen)
    assert (
        f"{left:,} more of the portfolio and {later:,} deferred are not shown; the 300 of most "
        "value are. The figures of each programme count all; PF Results lists every project."
    ) in texts(sheet)
    headings = [value for value in first_column(sheet) if str(value).startswith("Programme")]
    assert sum(int(str(h).split(": ")[1].split(" ")[0]) for h in headings[:9] if "project" in
               str(h)) == len(chosen)  # fmt: skip
    assert "Shown by quarter" in texts(sheet)
    assert sheet.cells[4, 1].value == (
        "Shown: the 300 of most value; the rest is counted below them."
    )


def test_without_a_portfolio_every_project_with_a_start_is_shown_as_planned() -> None:
    sheet = roadmap_sheet(infeasible())
    assert sheet.cells[3, 1].value == "14 projects as planned; no portfolio was proposed."
    assert bars(sheet, "NW-306") == dict.fromkeys(months("2026-03", "2026-10"), float(GOES_ON))
    assert "NW-313" not in first_column(sheet)
    assert "No portfolio was proposed, so that every project with a start is shown" in texts(sheet)
    heading = [c for (_, k), c in sheet.cells.items() if k == 4 and c.format and c.format.bold]
    assert [cell.value for cell in heading[1:]] == [None] * 4, "options would add up twice"
    assert "NW-304" in first_column(roadmap_sheet(scores_only()))


def without_dates(contents: RunContents) -> RunContents:
    projects = tuple(
        project.model_copy(update={"start": None, "finish": None})
        for project in contents.portfolio.projects
    )
    plan = dataclasses.replace(contents.plan, projects=())
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    return dataclasses.replace(contents, portfolio=portfolio, plan=plan)


def test_without_dates_the_sheet_says_which_column_to_add() -> None:
    decisions = tuple(
        dataclasses.replace(decision, decision="Start", is_chosen=True)
        for decision in run_contents().selection.decisions
    )
    contents = without_dates(run_contents())
    selection = dataclasses.replace(contents.selection, decisions=decisions)
    started = dataclasses.replace(contents, selection=selection)
    assert roadmap_sheet(started).cells[4, 1].value == (
        "Not shown: no project of the portfolio has a start; add a column of start dates."
    )
    assert roadmap_sheet(without_dates(infeasible())).cells[4, 1].value == (
        "Not shown: no project has a start; add a column of start dates to the projects table."
    )


def test_nothing_chosen_is_said() -> None:
    def left_out(decision: ProjectDecision) -> ProjectDecision:
        return dataclasses.replace(decision, decision="Not funded", is_chosen=False)

    contents = run_contents()
    decisions = tuple(map(left_out, contents.selection.decisions))
    selection = dataclasses.replace(contents.selection, decisions=decisions)
    sheet = roadmap_sheet(dataclasses.replace(contents, selection=selection))
    assert sheet.cells[4, 1].value == "Not shown: no project is chosen or deferred."


def test_a_chosen_project_without_a_date_has_a_row_and_no_bar() -> None:
    contents = run_contents()
    decisions = tuple(
        dataclasses.replace(decision, decision="Start", is_chosen=True)
        if decision.key.project_id == "NW-313"
        else decision
        for decision in contents.selection.decisions
    )
    selection = dataclasses.replace(contents.selection, decisions=decisions)
    sheet = roadmap_sheet(dataclasses.replace(contents, selection=selection))
    assert bars(sheet, "NW-313") == {}
    assert sheet.cells[row_of(sheet, "NW-313"), 5].value == "no date"
    assert "1 project has no start date and no bar." in texts(sheet)


def test_a_cost_that_nobody_knows_is_not_shown_as_nothing() -> None:
    contents = run_contents()
    sheet = roadmap_sheet(contents)
    row = row_of(sheet, "NW-302")
    assert sheet.cells[row, 4].value == pytest.approx(6_360.0)
    costs = contents.costs
    at = [key.project_id for key in costs.keys].index("NW-302")
    known = tuple(i != at for i in range(len(costs.keys)))
    unknown = dataclasses.replace(contents, costs=dataclasses.replace(costs, is_known=known))
    assert roadmap_sheet(unknown).cells[row, 4].value == "not known"


def test_a_name_that_serves_as_the_id_stands_once() -> None:
    contents = run_contents()
    projects = tuple(
        project.model_copy(update={"name": "NW-302"}) if project.project_id == "NW-302" else project
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    sheet = roadmap_sheet(dataclasses.replace(contents, portfolio=portfolio))
    row = row_of(roadmap_sheet(contents), "NW-302")
    assert [sheet.cells[row, column].value for column in (1, 2)] == [None, "NW-302"]


def test_a_finish_that_is_not_given_follows_from_the_duration() -> None:
    contents = run_contents()
    projects = tuple(
        project.model_copy(update={"finish": None, "duration": 3.0})
        if project.project_id == "NW-303"
        else project
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    plan = dataclasses.replace(contents.plan, projects=())
    sheet = roadmap_sheet(dataclasses.replace(contents, portfolio=portfolio, plan=plan))
    assert list(bars(sheet, "NW-303")) == ["2026-05", "2026-06", "2026-07"]


def test_names_with_quotes_and_names_that_occur_twice_keep_their_rows() -> None:
    contents = run_contents()
    projects = tuple(
        project.model_copy(update={"name": "The \"new\" <Main> & 'old'"})
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    sheet = roadmap_sheet(dataclasses.replace(contents, portfolio=portfolio))
    ids = [value for value in first_column(sheet) if str(value).startswith("NW-")]
    assert len(ids) == len(set(ids)) == 10
    assert sheet.cells[row_of(sheet, "NW-303"), 2].value == "The \"new\" <Main> & 'old'"


@pytest.mark.parametrize(
    "contents", [run_contents(), infeasible(), large_contents(1, 12, 1), large_contents(400, 60, 2)]
)
def test_the_sheet_is_sound_in_a_workbook(
    contents: RunContents, tmp_path: Path, validator: Validator
) -> None:
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    Workbook().save(before)
    put(before, after, roadmap_sheet(contents))
    assert_nothing_is_wrong(before, after, validator)
    read = load_workbook(after)["PF Roadmap"]
    assert read.print_title_rows == "$5:$6"
    assert not any(cell.data_type == "f" for row in read.iter_rows() for cell in row)
