"""PF Capacity: who is short when, before and after, against figures worked by hand."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from tests.hosts.large_report import large_contents
from tests.hosts.report_contents import infeasible, run_contents, scores_only
from tests.hosts.test_rendering import assert_nothing_is_wrong, put
from tests.machine import Validator
from xlportfolio.levelling.answer import Plan
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import PlanMonths, month_number
from xlportfolio.records import Capacity
from xlportfolio.report.capacity import capacity_sheet
from xlportfolio.report.contents import RunContents
from xlportfolio.workbook.description import CellValue, SheetDescription

APRIL = month_number(date(2026, 4, 1))


def row_of(sheet: SheetDescription, role: str, what: str) -> list[CellValue]:
    """The values of the row of a role and of what it shows; there is one."""
    rows = [
        row
        for (row, column), cell in sheet.cells.items()
        if column == 1 and cell.value == role and sheet.cells[row, 2].value == what
    ]
    assert len(rows) == 1, (role, what, rows)
    last = max(column for _, column in sheet.cells)
    return [
        sheet.cells[rows[0], c].value if (rows[0], c) in sheet.cells else None
        for c in range(1, last + 1)
    ]


def texts(sheet: SheetDescription) -> str:
    return "\n".join(str(c.value) for c in sheet.cells.values() if isinstance(c.value, str))


def people(
    capacity: list[list[float]],
    before: list[list[float]],
    after: list[list[float]],
    roles: tuple[str, ...] = ("Engineer",),
    periods: tuple[Period, ...] = (),
) -> RunContents:
    """A plan of few roles, typed; `periods` are those of the capacity table."""
    full = run_contents()
    plan = Plan(
        "feasible",
        roles=roles,
        months=PlanMonths(APRIL, len(before[0]), 4),
        capacity=np.array(capacity, dtype=float),
        before=np.array(before, dtype=float),
        after=np.array(after, dtype=float),
    )
    rows = tuple(Capacity(role=roles[0], period=period, capacity=1.0) for period in periods)
    return dataclasses.replace(
        full, plan=plan, portfolio=dataclasses.replace(full.portfolio, capacity=rows)
    )


def test_shortfalls_are_what_demand_exceeds_capacity_by() -> None:
    sheet = capacity_sheet(
        people([[4.0, 4.0, 4.0]], [[5.5, 4.0, 7.0]], [[4.0, 6.0, 3.0]])
    )  # fmt: skip
    planned = row_of(sheet, "Engineer", "Short as planned now")
    assert planned[2:] == [4.5, 3.0, "Jun-26", 1.5, None, 3.0]
    proposed = row_of(sheet, "Engineer", "Short as proposed")
    assert proposed[2:] == [2.0, 2.0, "May-26", None, 2.0, None]
    assert row_of(sheet, "Engineer", "There are")[2:] == [12.0, 4.0, "Apr-26", 4.0, 4.0, 4.0]
    assert row_of(sheet, "Engineer", "Needed as proposed")[5:] == [4.0, 6.0, 3.0]
    assert sheet.cells[3, 1].value == (
        "With the starts as proposed 2.0 FTE months are short (as planned now 4.5). At worst 2.0 "
        "FTE are missing: Engineer in May-26."
    )


def test_people_free_in_one_role_do_not_help_in_another() -> None:
    sheet = capacity_sheet(
        people(
            [[4.0], [4.0]], [[6.0], [1.0]], [[6.0], [1.0]], roles=("Engineer", 'The "best" planner')
        )
    )
    assert row_of(sheet, "All roles", "Short as proposed")[2:] == [2.0, 2.0, "Apr-26", 2.0]
    assert row_of(sheet, "All roles", "Needed as proposed")[5:] == [7.0]
    assert 'Never short: The "best" planner.' in texts(sheet)


def test_the_worst_role_stands_first_and_the_total_is_that_of_the_plan() -> None:
    contents = run_contents()
    sheet = capacity_sheet(contents)
    shown = [sheet.cells[row, 1].value for row in range(6, 12)]
    assert shown == [*["Civil engineer"] * 2, *["SCADA engineer"] * 2, *["All roles"] * 2]
    # 9 to 15 over 12 months passes 12 in six: 3/11 x (1 + 3 + 5 + 7 + 9 + 11); then 2, 14/11, 6/11.
    before = 3 / 11 * 36 + 2 + 14 / 11 + 6 / 11 + 6
    total = row_of(sheet, "All roles", "Short as planned now")[2]
    assert total == pytest.approx(before, abs=1e-4)
    assert total == pytest.approx(contents.plan.shortfall_before, abs=1e-4)
    after = row_of(sheet, "All roles", "Short as proposed")[2]
    assert after == pytest.approx(3 / 11 + 8 * 0.5, abs=1e-4)


def test_a_role_without_capacity_is_never_short_and_says_so() -> None:
    sheet = capacity_sheet(run_contents())
    there = row_of(sheet, "SCADA engineer", "There are")
    assert there[5:] == [12.0] * 12 + ["n/a"] * 12
    assert "n/a: no capacity is given there, nothing limits" in texts(sheet)


def test_long_plans_are_shown_by_quarter_as_means_of_months() -> None:
    need = [float(month % 3) for month in range(60)]
    sheet = capacity_sheet(people([[1.0] * 60], [need], [need]))
    assert sheet.cells[5, 6].value == "FY27 Q1"
    assert row_of(sheet, "Engineer", "Needed as proposed")[5:] == [1.0] * 20
    # Each quarter needs 0, 1 and 2 of 1: one FTE month is short, and a third of an FTE on average.
    assert row_of(sheet, "Engineer", "Short as proposed")[2] == 20.0
    assert row_of(sheet, "Engineer", "Short as proposed")[5:] == [0.3333] * 20
    assert "Shown by quarter, because 60 months are too many to read" in texts(sheet)


def test_periods_are_those_of_the_capacity_table() -> None:
    quarters = tuple(Period("quarter", 2027, number, fiscal=True) for number in (1, 2))
    by_quarter = people([[1.0] * 6], [[2.0] * 6], [[1.0] * 6], periods=quarters)
    sheet = capacity_sheet(by_quarter)
    assert [sheet.cells[5, c].value for c in (6, 7)] == ["FY27 Q1", "FY27 Q2"]
    assert "Shown by quarter, as the capacity table has quarters" in texts(sheet)
    months = people([[1.0] * 6], [[2.0] * 6], [[1.0] * 6], periods=(Period("month", 2026, 4),))
    assert capacity_sheet(months).cells[5, 11].value == "Sep-26"


def test_shortfalls_alone_are_shaded_in_three_steps() -> None:
    sheet = capacity_sheet(people([[0.0] * 3], [[0.0, 3.0, 9.0]], [[0.0, 2.0, 6.0]]))
    shades = [rule for rule in sheet.conditional_formats if rule.format and rule.format.fill]
    assert {rule.range.address for rule in shades} == {"F6:H7"}
    assert [rule.values[0] for rule in shades] == [
        "AND(ISNUMBER(F6),F6>=6)",
        "AND(ISNUMBER(F6),F6>=3)",
        "AND(ISNUMBER(F6),F6>=0.005)",
    ]
    assert "Shading: light below 3 FTE short, middle from 3, dark from 6." in texts(sheet)


def test_nobody_short_is_said_and_nothing_is_shaded() -> None:
    sheet = capacity_sheet(people([[5.0, 5.0]], [[5.0, 1.0]], [[5.0, 1.0]]))
    assert sheet.cells[3, 1].value == "There are people enough for every role in every month."
    assert "Nobody is short in any month." in texts(sheet)
    assert not sheet.tables
    assert not [rule for rule in sheet.conditional_formats if rule.format and rule.format.fill]
    helped = capacity_sheet(people([[5.0, 5.0]], [[7.0, 1.0]], [[5.0, 3.0]]))
    assert helped.cells[3, 1].value == (
        "With the starts as proposed there are people enough for every role in every month; as "
        "planned now 2.0 FTE months are short."
    )


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (scores_only(), "Not shown: There is no table of capacity; add one to level the plan."),
        (infeasible(), "Not shown: There is no portfolio to level."),
        (
            dataclasses.replace(run_contents(), plan=Plan("optimal")),
            "Not shown: No project in the plan needs people of a role.",
        ),
    ],
)
def test_a_skipped_levelling_is_said_in_one_sentence(contents: RunContents, sentence: str) -> None:
    sheet = capacity_sheet(contents)
    assert sheet.cells[4, 1].value == sentence
    assert len(sheet.cells) == 3


def test_headings_and_footer_say_unit_data_date_version_and_draft() -> None:
    sheet = capacity_sheet(run_contents())
    assert [sheet.cells[5, c].value for c in range(1, 6)] == [
        "Role", "What", "FTE months", "Most in a month (FTE)", "In month",
    ]  # fmt: skip
    assert sheet.freeze == "C6"
    assert sheet.print_setup is not None
    assert (sheet.print_setup.paper, sheet.print_setup.fit_width) == ("A3", True)
    assert sheet.print_setup.repeat_rows == (4, 5)
    for part in ("DRAFT", "31 Mar 2026", "0.4.0", "PF Capacity"):
        assert part in str(sheet.print_setup.footer)


@pytest.mark.parametrize("contents", [run_contents(), large_contents(200, 60, 20)])
def test_the_sheet_is_sound_in_a_workbook(
    contents: RunContents, tmp_path: Path, validator: Validator
) -> None:
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    Workbook().save(before)
    sheet = capacity_sheet(contents)
    put(before, after, sheet)
    assert_nothing_is_wrong(before, after, validator)
    read = load_workbook(after)["PF Capacity"]
    assert list(read.tables) == ["PF_Capacity_short"]
    assert read["C6"].value == sheet.cells[6, 3].value
    assert not any(cell.data_type == "f" for row in read.iter_rows() for cell in row)


def test_many_roles_and_months_stay_a_sheet_that_can_be_read() -> None:
    sheet = capacity_sheet(large_contents(50, 60, 20))
    assert max(column for _, column in sheet.cells) == 5 + 20
    assert max(row for row, _ in sheet.cells) < 130
