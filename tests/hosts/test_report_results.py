"""PF Results: decisions, money and dates of every project, and the score in parts."""

from __future__ import annotations

import dataclasses
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from tests.hosts import report_contents as made
from tests.hosts.described_sheets import (
    column,
    headers,
    rows,
    texts,
    through_a_file,
    users_workbook,
)
from tests.machine import Validator
from xlportfolio.plan_calendar import PlanMonths
from xlportfolio.records import ProjectKey, Settings
from xlportfolio.report.contents import RunContents
from xlportfolio.report.results import results_sheet
from xlportfolio.selection.answer import Selection
from xlportfolio.workbook.lint import new_findings

MAIN, PARTS = "pf_results", "pf_contributions"
TOTAL = "Total cost (GBP k, 2026/27 prices)"
YEAR_1, YEAR_2 = "2026/27 (GBP k)", "2027/28 (GBP k)"
LATER = "Later or undated (GBP k)"


def row_of(contents: RunContents, project_id: str, option: str | None = None) -> dict[str, object]:
    for row in rows(results_sheet(contents), MAIN):
        if row["ID"].value == project_id and row["Option"].value == option:
            return {header: cell.value for header, cell in row.items()}
    raise AssertionError(f"{project_id} is not on the sheet")


def test_projects_stand_by_decision_and_inside_by_rank() -> None:
    sheet = results_sheet(made.run_contents())
    decisions = column(sheet, MAIN, "Proposed decision")
    order = ["Continue"] * 4 + ["Start"] * 5 + ["Defer", "Stop"] + ["Not funded"] * 5
    assert decisions == order
    assert column(sheet, MAIN, "Rank") == [1, 3, 4, 5, 2, 7, 8, 9, 10, 11, 12, 5, 12, 12, 15, None]
    assert column(sheet, MAIN, "ID")[:5] == ["NW-302", "NW-301", "NW-312", "NW-311", "NW-303"]


def test_each_id_leads_to_the_row_of_the_users_table() -> None:
    leads = {
        row["ID"].value: row["ID"].link for row in rows(results_sheet(made.run_contents()), MAIN)
    }
    assert leads["NW-301"] == "Projects!A4"
    assert leads["NW-315"] == "Projects!A19"


def test_money_stands_in_the_fiscal_years_after_the_move() -> None:
    """NW-307: GBP 1,380k over Sep-26 to Aug-27, moved 3 months: 4 of 12 months in 2026/27."""
    row = row_of(made.run_contents(), "NW-307")
    assert row[YEAR_1] == pytest.approx(1380 * 4 / 12)
    assert row[YEAR_2] == pytest.approx(1380 * 8 / 12)
    assert row[LATER] is None
    assert row[TOTAL] == 1380.0
    assert (row["Current start"], row["Proposed start"]) == (date(2026, 9, 1), date(2026, 12, 1))
    assert (row["Months moved"], row["Proposed finish"]) == (3, date(2027, 11, 30))


def test_money_beyond_the_plan_and_without_dates_is_later() -> None:
    """NW-312: GBP 5,570k evenly over 33 months, 9 of them after Mar-28; NW-313 has no dates."""
    contents = made.run_contents()
    assert row_of(contents, "NW-312")[LATER] == pytest.approx(5570 * 9 / 33, abs=0.01)
    undated = row_of(contents, "NW-313")
    assert (undated[YEAR_1], undated[YEAR_2], undated[LATER]) == (0.0, 0.0, 580.0)


def test_years_and_later_add_up_to_the_total_to_the_cent() -> None:
    for row in rows(results_sheet(made.run_contents()), MAIN):
        if row[TOTAL].value is not None:
            parts = [row[name].value or 0.0 for name in (YEAR_1, YEAR_2, LATER)]
            cents = [round(100_000 * part) for part in parts]  # type: ignore[operator]
            assert sum(cents) == round(100_000 * row[TOTAL].value)  # type: ignore[operator]


def test_an_unknown_cost_is_blank_and_not_nothing() -> None:
    row = row_of(made.run_contents(), "NW-315")
    assert [row[name] for name in (YEAR_1, YEAR_2, LATER, TOTAL, "Score", "Rank")] == [None] * 6


def test_cumulative_cost_adds_what_is_funded_best_value_for_money_first() -> None:
    by_hand = sorted(
        (line for line in made.LINES if line.decision in ("Continue", "Start")),
        key=lambda line: -(made.value_of(line) or 0) / (line.capex + line.opex),
    )
    added = np.cumsum([line.capex + line.opex for line in by_hand])
    contents = made.run_contents()
    for line, expected in zip(by_hand, added, strict=True):
        row = row_of(contents, line.id, line.option)
        assert row["Cumulative cost (GBP k)"] == pytest.approx(expected)
    assert by_hand[0].id == "NW-314"
    assert row_of(contents, "NW-305")["Cumulative cost (GBP k)"] is None


def test_value_for_money_is_in_a_unit_that_reads_well() -> None:
    contents = made.run_contents()
    row = row_of(contents, "NW-314")
    assert row["Value per GBP m"] == pytest.approx(60.0 / 0.385)
    no_value = dataclasses.replace(
        contents,
        portfolio=dataclasses.replace(
            contents.portfolio,
            projects=tuple(
                project.model_copy(update={"value": None})
                for project in contents.portfolio.projects
            ),
        ),
        selection=Selection("skipped", "Not asked."),
    )
    row = row_of(no_value, "NW-314")
    assert row["Score per GBP m"] == pytest.approx(0.6 / 0.385)
    assert "Value" not in row


def test_figures_far_above_the_usual_one_fit_their_column() -> None:
    contents = made.run_contents()
    first, *others = contents.selection.decisions
    decisions = (dataclasses.replace(first, value=1e9), *others)
    selection = dataclasses.replace(contents.selection, decisions=decisions)
    sheet = results_sheet(dataclasses.replace(contents, selection=selection))
    at = next(c for (row, c), cell in sheet.cells.items() if cell.value == "Value per GBP m")
    largest = max(
        (cell for (row, c), cell in sheet.cells.items() if c == at and row > 5 and cell.value),
        key=lambda cell: float(str(cell.value)),
    )
    assert float(str(largest.value)) > 1e6
    assert largest.format is not None
    assert str(largest.format.number_format).startswith("[>=100]#,##0;")
    assert sheet.widths[at] > len(f"{largest.value:,.0f}") + 1


def test_what_is_not_funded_proposes_no_dates_and_a_deferral_its_new_month() -> None:
    contents = made.run_contents()
    assert row_of(contents, "NW-309")["Proposed start"] is None
    deferred = row_of(contents, "NW-305")
    assert (deferred["Proposed start"], deferred["Proposed finish"]) == (date(2027, 4, 1), None)


def test_every_decision_has_a_rule_with_fill_and_ink_of_its_own() -> None:
    sheet = results_sheet(made.run_contents())
    k = headers(sheet, MAIN).index("Proposed decision") + 1
    rules = [rule for rule in sheet.conditional_formats if rule.range.first_column == k]
    assert {rule.values[0].strip('"') for rule in rules} == {
        "Continue", "Start", "Defer", "Stop", "Not funded",
    }  # fmt: skip
    looks = {(rule.format.fill, rule.format.colour) for rule in rules if rule.format}
    assert len(looks) == 5
    assert all(None not in look for look in looks)


def test_contributions_add_up_to_the_score_and_name_what_is_not_rated() -> None:
    sheet = results_sheet(made.run_contents())
    criteria = ["Strategic fit (50%)", "Risk reduction (30%)", "Delivery risk (20%)"]
    assert headers(sheet, PARTS) == [
        "Project ID", "Project", "Project option", *criteria, "Sum = score", "Assessors",
        "Largest disagreement", "They differ most on", "Not rated",
    ]  # fmt: skip
    by_id = {(r["Project ID"].value, r["Project option"].value): r for r in rows(sheet, PARTS)}
    for row in by_id.values():
        parts = [row[name].value for name in criteria if row[name].value is not None]
        total = row["Sum = score"].value
        assert total is None if not parts else total == pytest.approx(sum(parts))  # type: ignore[arg-type]
    first = by_id["NW-301", None]
    assert [first[name].value for name in criteria] == pytest.approx([0.5, 0.225, 0.1])
    assert by_id["NW-313", None]["Not rated"].value == "Delivery risk"
    assert by_id["NW-305", None]["Assessors"].value == 3
    assert by_id["NW-305", None]["Largest disagreement"].value == 0.5


def test_the_two_tables_stand_in_the_same_rows_and_print_apart() -> None:
    sheet = results_sheet(made.run_contents())
    main, parts = (table.range for table in sheet.tables)
    assert (main.first_row, main.last_row) == (parts.first_row, parts.last_row)
    assert column(sheet, MAIN, "ID") == column(sheet, PARTS, "Project ID")
    assert sheet.print_setup is not None
    first, second = sheet.print_setup.areas
    assert second.first_column == parts.first_column
    hidden = set(sheet.hidden_columns)
    assert hidden == {main.last_column - 1, main.last_column}
    assert first.last_column == main.last_column - 2 - 3, "without what describes the projects"


def test_columns_that_nobody_filled_are_left_out() -> None:
    contents = made.run_contents()
    bare = dataclasses.replace(
        contents,
        portfolio=dataclasses.replace(
            contents.portfolio,
            projects=tuple(
                project.model_copy(update={"sponsor": None, "current_decision": None})
                for project in contents.portfolio.projects
            ),
        ),
    )
    left = set(headers(results_sheet(contents), MAIN)) - set(headers(results_sheet(bare), MAIN))
    assert left == {"Sponsor", "Current decision"}


def test_scores_alone_say_why_nothing_is_proposed() -> None:
    sheet = results_sheet(made.scores_only())
    assert "No decision is proposed. There is no table of budgets; add one to get a portfolio." in (
        texts(sheet)
    )
    names = headers(sheet, MAIN)
    assert "Proposed decision" not in names
    assert "Proposed start" not in names
    assert not any("cost" in name.lower() or "GBP" in name for name in names)
    assert column(sheet, MAIN, "Rank")[:4] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("settings", "heading", "shown"),
    [
        (Settings(currency="EUR", unit="millions", price_base="2026 prices"),
         "Total cost (EUR m, 2026 prices)", 1.38),
        (Settings(unit="thousands"), "Total cost (thousands)", 1380.0),
        (Settings(unit="units"), "Total cost", 1_380_000.0),
        (Settings(currency="GBP"), "Total cost (GBP k)", 1380.0),
    ],
)  # fmt: skip
def test_money_is_in_the_unit_of_the_settings(
    settings: Settings, heading: str, shown: float
) -> None:
    contents = made.run_contents()
    contents = dataclasses.replace(
        contents, portfolio=dataclasses.replace(contents.portfolio, settings=settings)
    )
    assert row_of(contents, "NW-307")[heading] == pytest.approx(shown)


def only(contents: RunContents, n: int) -> RunContents:
    """The first n rows of it."""
    costs = contents.costs
    return dataclasses.replace(
        contents,
        costs=dataclasses.replace(
            costs,
            keys=costs.keys[:n],
            to_go=costs.to_go[:n],
            undated=costs.undated[:n],
            sunk=costs.sunk[:n],
            exit_cost=costs.exit_cost[:n],
            is_known=costs.is_known[:n],
            is_in_flight=costs.is_in_flight[:n],
            in_flight_because=costs.in_flight_because[:n],
        ),
    )


def test_one_project_and_none_make_a_sheet_too(tmp_path: Path) -> None:
    one = results_sheet(only(made.run_contents(), 1))
    assert column(one, MAIN, "ID") == ["NW-301"]
    none = results_sheet(only(made.run_contents(), 0))
    through_a_file(tmp_path, none)
    assert headers(none, MAIN) == ["ID", "Name"]


def large(n: int) -> RunContents:
    """The made portfolio over and over, each copy under IDs of its own."""
    lines = [dataclasses.replace(made.LINES[i % 16], id=f"P{i:05d}", option=None) for i in range(n)]
    return dataclasses.replace(
        made.run_contents(),
        portfolio=made.portfolio(lines),
        costs=made.cost_table(lines),
        scores=made.run_contents().scores,
        selection=made.selection(lines),
        plan=made.plan(lines),
        references={ProjectKey(line.id): f"Projects!A{i + 4}" for i, line in enumerate(lines)},
    )


def test_two_thousand_projects_are_described_while_one_waits() -> None:
    contents = large(2_000)
    begun = time.perf_counter()
    sheet = results_sheet(contents)
    taken = time.perf_counter() - begun
    assert len(rows(sheet, MAIN)) == 2_000
    assert taken < 20, "a described sheet of this size takes about a second"


def test_text_like_a_formula_stays_text_and_long_text_gets_high_rows(
    tmp_path: Path, validator: Validator
) -> None:
    contents = made.run_contents()
    names = {"NW-301": "=1+1", "NW-302": "\"Quoted\" & <tagged> 'name'", "NW-303": "long " * 60}
    projects = tuple(
        project.model_copy(update={"name": names.get(project.project_id, project.name)})
        for project in contents.portfolio.projects
    )
    sheet = results_sheet(
        dataclasses.replace(
            contents, portfolio=dataclasses.replace(contents.portfolio, projects=projects)
        )
    )
    row = 6 + column(sheet, MAIN, "ID").index("NW-303")
    assert sheet.heights[row] > 120, "300 letters in a column of 31"
    out = through_a_file(tmp_path, sheet)
    read = load_workbook(out)["PF Results"]
    found = {cell.value: cell.data_type for cell in read["B"] if cell.value is not None}
    assert found["=1+1"] in ("s", "inlineStr")
    assert names["NW-302"] in found
    users = users_workbook(tmp_path / "users.xlsx")
    assert new_findings(users, out) == []
    assert validator.new_findings(users, out) == frozenset()


def test_a_fiscal_year_without_money_has_no_column() -> None:
    contents = made.run_contents()
    to_go = contents.costs.to_go.copy()
    to_go[:, 12:] = 0
    sheet = results_sheet(
        dataclasses.replace(
            contents,
            costs=dataclasses.replace(contents.costs, to_go=to_go),
            plan=dataclasses.replace(contents.plan, projects=()),
        )
    )
    assert YEAR_1 in headers(sheet, MAIN)
    assert YEAR_2 not in headers(sheet, MAIN)


@pytest.mark.parametrize(
    ("unit", "shown"), [("units", "#,##0"), ("thousands", "#,##0"), ("millions", "#,##0.00")]
)
def test_money_has_as_many_decimals_as_tell_projects_apart(unit: str, shown: str) -> None:
    contents = made.run_contents()
    settings = contents.portfolio.settings.model_copy(update={"unit": unit})
    contents = dataclasses.replace(
        contents, portfolio=dataclasses.replace(contents.portfolio, settings=settings)
    )
    sheet = results_sheet(contents)
    total = next(name for name in headers(sheet, MAIN) if name.startswith("Total cost"))
    format_ = rows(sheet, MAIN)[0][total].format
    assert format_ is not None
    assert format_.number_format == f'{shown};-{shown};"–"'


def with_months(contents: RunContents, first: int, by_year: list[int]) -> RunContents:
    """The first project with other money: so much in each calendar year from a year on."""
    months = PlanMonths(12 * first, 12 * len(by_year))
    to_go = np.zeros((len(contents.costs.keys), months.n_months, 2), dtype=np.int64)
    for y, cents in enumerate(by_year):
        to_go[0, 12 * y, 0] = cents
    return dataclasses.replace(
        contents,
        costs=dataclasses.replace(contents.costs, months=months, to_go=to_go),
        plan=dataclasses.replace(contents.plan, projects=()),
    )


def test_of_many_years_those_at_the_start_that_hold_next_to_nothing_are_left_out() -> None:
    contents = made.run_contents()
    long_ago = with_months(contents, 1997, [100, 0, 100, *[100_000] * 8])
    names = headers(results_sheet(long_ago), MAIN)
    shown = [name for name in names if name[:4].isdigit()]
    assert shown == [f"{year} (GBP k)" for year in range(2000, 2006)]
    row = row_of(long_ago, "NW-301")
    assert row["Other years or undated (GBP k)"] == pytest.approx(2.0 + 0.002)
    soon = with_months(contents, 2026, [100_000] * 8)
    assert "Later or undated (GBP k)" in headers(results_sheet(soon), MAIN)
    assert row_of(soon, "NW-301")["2026 (GBP k)"] == 1.0


def test_without_a_date_to_begin_from_the_years_with_the_most_money_are_shown() -> None:
    contents = made.run_contents()
    undated = contents.portfolio.settings.model_copy(
        update={"first_period": None, "status_date": None}
    )
    contents = dataclasses.replace(
        contents, portfolio=dataclasses.replace(contents.portfolio, settings=undated)
    )
    peak = with_months(contents, 1999, [100_000] * 9 + [900_000] * 5 + [800_000] + [100_000] * 9)
    names = headers(results_sheet(peak), MAIN)
    shown = [name for name in names if name[:4].isdigit()]
    assert shown == [f"{year} (GBP k)" for year in range(2008, 2014)]
    assert row_of(peak, "NW-301")["Other years or undated (GBP k)"] == pytest.approx(18.0)


def test_what_describes_projects_is_printed_only_where_the_page_stays_readable() -> None:
    sheet = results_sheet(made.run_contents())
    assert "Category, Sponsor and Lifecycle stand to the right of what is printed." in " ".join(
        texts(sheet)
    )
    bare = results_sheet(made.scores_only())
    assert bare.print_setup is not None
    width = sum(w for k, w in bare.widths.items() if k <= bare.print_setup.areas[0].last_column)
    assert width <= 265
    assert "what is printed" not in " ".join(texts(bare))


def test_a_name_that_serves_as_the_id_is_shown_once() -> None:
    contents = made.run_contents()
    projects = tuple(
        project.model_copy(update={"name": project.project_id})
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    sheet = results_sheet(dataclasses.replace(contents, portfolio=portfolio))
    _, parts = (table.range for table in sheet.tables)
    assert {2, parts.first_column + 1} <= set(sheet.hidden_columns)
    made_of_it = tuple(
        project.model_copy(update={"name": project.project_id[:2]})
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=made_of_it)
    only_alike = results_sheet(dataclasses.replace(contents, portfolio=portfolio))
    assert 2 not in only_alike.hidden_columns, "NW-301 was not made of NW"
    assert sheet.cells[6, 2].value == sheet.cells[6, 1].value, "the next run reads it there"
    assert 2 not in results_sheet(contents).hidden_columns


def test_the_score_of_a_single_criterion_is_not_printed_in_parts() -> None:
    contents = made.run_contents()
    scores = contents.scores
    one = dataclasses.replace(
        scores,
        criteria=scores.criteria[:1],
        projects=tuple(
            dataclasses.replace(project, contributions=project.contributions[:1])
            for project in scores.projects
        ),
    )
    sheet = results_sheet(dataclasses.replace(contents, scores=one))
    assert sheet.print_setup is not None
    assert len(sheet.print_setup.areas) == 1
    assert len(sheet.tables) == 2, "on the sheet it stands for who looks for it"


def test_one_long_id_does_not_widen_the_column() -> None:
    contents = made.run_contents()
    usual = results_sheet(contents).widths[1]
    keys = (ProjectKey("A project that has its name for an ID"), *contents.costs.keys[1:])
    odd = dataclasses.replace(contents, costs=dataclasses.replace(contents.costs, keys=keys))
    assert results_sheet(odd).widths[1] == usual
    longer = tuple(ProjectKey(f"{key.project_id}-2021-Q3", key.option) for key in keys)
    all_long = dataclasses.replace(contents, costs=dataclasses.replace(contents.costs, keys=longer))
    assert results_sheet(all_long).widths[1] >= len("NW-301-2021-Q3")


def test_excel_is_told_what_prints_and_what_repeats(tmp_path: Path) -> None:
    read = load_workbook(through_a_file(tmp_path, results_sheet(made.run_contents())))["PF Results"]
    first, second = str(read.print_area).split(",")
    assert first == "'PF Results'!$A$1:$U$21"
    assert second == "'PF Results'!$AB$1:$AL$21"
    assert read.print_title_rows == "$1:$5"
    assert read.page_setup.fitToHeight == 0


def test_the_same_run_gives_the_same_sheet() -> None:
    assert results_sheet(made.run_contents()) == results_sheet(made.run_contents())


def test_the_sheet_is_set_up_for_a_board() -> None:
    sheet = results_sheet(made.run_contents())
    setup = sheet.print_setup
    assert setup is not None
    assert (setup.paper, setup.landscape, setup.fit_width) == ("A3", True, True)
    assert setup.repeat_rows == (1, 5)
    assert setup.footer == (
        "&LNorthmere portfolio.xlsx  ·  PF Results&C&BDRAFT&B&Rdata date 31 Mar 2026  ·  "
        "xlportfolio 0.4.0  ·  Page &P of &N"
    )
    assert sheet.freeze == "C6"
    assert not sheet.gridlines
    assert (
        "Northmere portfolio.xlsx  ·  data date 31 Mar 2026  ·  GBP k, 2026/27 prices"
        in (texts(sheet)[1])
    )
