"""PF Dashboard: its charts follow its tables, and its titles say what the figures say."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook

from tests.hosts.large_report import large_contents
from tests.hosts.report_contents import infeasible, run_contents, scores_only
from tests.hosts.test_rendering import assert_nothing_is_wrong, parts, put
from tests.machine import Validator
from xlportfolio.money import from_cents, money_text
from xlportfolio.report.candidates import largest_projects
from xlportfolio.report.contents import RunContents
from xlportfolio.report.cut_line import cut_line
from xlportfolio.report.cut_panel import cut_title
from xlportfolio.report.dashboard import dashboard_sheet
from xlportfolio.report.spend import spend_by_year
from xlportfolio.report.spend_panel import spend_title
from xlportfolio.report.summary import summary_sheet
from xlportfolio.selection.answer import BudgetUse, ProjectDecision
from xlportfolio.workbook.description import CellValue, Chart, Series, SheetDescription
from xlportfolio.workbook.references import CellRange, parse_cell
from xlportfolio.workbook.rendering.charts import drawing_parts
from xlportfolio.workbook.rendering.label_places import Point, label_places
from xlportfolio.workbook.rendering.plots import axis_format

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CUT, SPEND, PEOPLE, LARGEST = "scatter", "stacked_column", "line", "bubble"


def chart_of(sheet: SheetDescription, kind: str) -> Chart:
    return next(chart for chart in sheet.charts if chart.kind == kind)


def series_of(chart: Chart, name: str) -> Series:
    return next(series for series in chart.series if series.name == name)


def values(sheet: SheetDescription, reference: str | None) -> list[CellValue]:
    """What stands in the cells that a chart names."""
    area = CellRange.parse(str(reference))
    assert area.n_columns == 1
    at = range(area.first_row, area.last_row + 1)
    return [sheet.cells[row, area.first_column].value for row in at]


def texts(sheet: SheetDescription) -> str:
    return "\n".join(str(c.value) for c in sheet.cells.values() if isinstance(c.value, str))


def with_selection(contents: RunContents, **changes: object) -> RunContents:
    selection = dataclasses.replace(contents.selection, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(contents, selection=selection)


def unmoved(contents: RunContents) -> RunContents:
    plans = tuple(
        dataclasses.replace(plan, new_start=plan.start, new_finish=plan.finish, months_moved=0)
        for plan in contents.plan.projects
    )
    return dataclasses.replace(contents, plan=dataclasses.replace(contents.plan, projects=plans))


# -- cost against value ----------------------------------------------------------------------------


def test_the_cut_line_adds_up_cost_and_value_in_the_order_of_value_per_cost() -> None:
    sheet = dashboard_sheet(run_contents())
    inside = series_of(chart_of(sheet, CUT), "Funded")
    cost, value = values(sheet, inside.x_values), values(sheet, inside.values)
    # GBP k and points: 60 for stopping, then Catchment partnership 385 for 60, Control room 1,380
    # for 62.5, Reservoir lining 1,915.5 for 82.5, Leakage detection A 1,740 for 67.5, ...
    assert cost[:5] == pytest.approx([60, 445, 1_825, 3_740.5, 5_480.5])
    assert value[:5] == pytest.approx([0, 60, 122.5, 205, 272.5])
    assert value[-1] == pytest.approx(667.5)
    outside = series_of(chart_of(sheet, CUT), "Others")
    assert values(sheet, outside.values)[0] == value[-1], "the curve goes on where it was cut"
    assert values(sheet, outside.values)[-1] == pytest.approx(820.0)
    assert outside.dashed


def test_an_option_that_is_not_taken_and_an_unknown_cost_are_on_no_curve() -> None:
    cut = cut_line(run_contents())
    assert cut is not None
    # 16 rows; NW-304 option B gives way to A, and what NW-315 costs is not known.
    assert (cut.n_projects, cut.n_chosen) == (14, 9)
    assert "Solar panels at treatment works" not in {point.name for point in cut.points}


def test_the_budget_stands_across_the_curve_at_the_money_there_is() -> None:
    contents = run_contents()
    sheet = dashboard_sheet(contents)
    line = chart_of(sheet, CUT).series[-1]
    budget = sum(use.budget for use in contents.selection.budgets)
    assert values(sheet, line.x_values) == pytest.approx([from_cents(budget) / 1000] * 2)
    assert values(sheet, line.values) == pytest.approx([0, 820.0])
    assert line.name == "Budget GBP 27.1m"
    assert chart_of(sheet, CUT).title == (
        "GBP 25.4m of the budgets buys 81 % of the value of the 14 projects whose cost is known"
    )
    cut = cut_line(contents)
    assert cut is not None
    assert cut.chosen_cost == sum(use.used for use in contents.selection.budgets)


def test_money_of_a_kind_that_has_no_budget_in_a_period_counts_against_none() -> None:
    contents = unmoved(run_contents())
    uses = [use for use in contents.selection.budgets if use.name != "Opex budget 2027/28"]
    sheet = with_selection(contents, budgets=tuple(uses))
    cut, spend = cut_line(sheet), spend_by_year(sheet)
    assert cut is not None
    assert spend is not None
    assert cut.chosen_cost == sum(use.used for use in uses)
    assert spend.years[1].counted == uses[2].used
    assert spend.years[1].budget == uses[2].budget
    whole = BudgetUse("budget 2027/28", uses[2].period, None, 700_000_000, 0)
    everything = spend_by_year(with_selection(contents, budgets=(*uses[:2], whole)))
    assert everything is not None
    assert everything.years[1].counted == everything.years[1].total


def test_the_sum_of_a_period_is_counted_once_beside_its_kinds() -> None:
    contents = run_contents()
    uses = list(contents.selection.budgets)
    for year in dict.fromkeys(use.period for use in uses):
        of_year = [use for use in uses if use.period == year]
        total = sum(use.budget for use in of_year)
        uses.append(BudgetUse("budget", year, None, total, sum(use.used for use in of_year)))
    both = with_selection(contents, budgets=tuple(uses))
    assert cut_line(both) == cut_line(contents)
    assert spend_by_year(both) == spend_by_year(contents)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    cut = cut_line(large_contents(2000, 24, 1))
    assert cut is not None
    assert len(cut.points) <= 41
    assert cut.points[-1].n_projects == 2000
    assert [p.n_projects for p in cut.points if p.is_chosen][-1] == cut.n_chosen
    assert [p.cost for p in cut.points] == sorted(p.cost for p in cut.points)


def test_a_share_that_rounds_to_nothing_is_not_called_nothing() -> None:
    cut = cut_line(run_contents())
    assert cut is not None
    little = dataclasses.replace(cut, chosen_value=cut.all_value / 1000)
    assert " buys less than 1 % of the value " in cut_title(run_contents(), little)


def test_everything_funded_and_nothing_funded_have_titles_of_their_own() -> None:
    def all_of(word: str, is_chosen: bool) -> RunContents:
        contents = large_contents(6, 12, 1)

        def decided(decision: ProjectDecision) -> ProjectDecision:
            return dataclasses.replace(decision, decision=word, is_chosen=is_chosen)  # type: ignore[arg-type]

        return with_selection(contents, decisions=tuple(map(decided, contents.selection.decisions)))

    everything = chart_of(dashboard_sheet(all_of("Start", True)), CUT)
    assert everything.title.startswith("All 6 projects are funded: GBP ")
    assert everything.series[0].name == "Funded"
    assert "Others" not in [series.name for series in everything.series]
    nothing = dashboard_sheet(all_of("Not funded", False))
    assert chart_of(nothing, CUT).title == "No project is funded"
    assert chart_of(nothing, LARGEST).title.startswith(
        "None of the 6 projects with a cost and a value are funded"
    )


# -- spend by fiscal year --------------------------------------------------------------------------


def test_spend_of_a_year_is_that_of_the_portfolio_by_kind_in_whole_cents() -> None:
    contents = unmoved(run_contents())
    spend = spend_by_year(contents)
    assert spend is not None
    assert spend.kinds == ("Capex", "Opex", "Exit cost")
    chosen = [d.is_chosen for d in contents.selection.decisions]
    first = contents.costs.to_go[chosen][:, :12].sum(axis=(0, 1))
    assert spend.years[0].by_kind == (int(first[0]), int(first[1]), 6_000_000)
    total = sum(year.total for year in spend.years) + spend.outside
    counted = sum(d.cost for d in contents.selection.decisions if d.is_chosen)
    assert total == counted + 6_000_000
    # The budgets are what is used and GBP 412k more, for two kinds.
    assert [year.budget - year.total for year in spend.years] == [82_400_000] * 2  # type: ignore[operator]


def test_money_moves_with_its_project() -> None:
    before, after = spend_by_year(unmoved(run_contents())), spend_by_year(run_contents())
    assert before is not None
    assert after is not None
    # Control room (NW-307): GBP 1,260k capex over Sep-26 to Aug-27, 105k a month: three months
    # later, three months' money leaves 2026/27. Leakage detection (NW-304): 1,480k over 12 months
    # from Jul-26, two months later. Flood defence (NW-308): 2,740.25k over 16 months from Oct-26,
    # one month earlier.
    moved = 3 * 105 + 2 * 1480 / 12 - 2740.25 / 16
    change = before.years[0].by_kind[0] - after.years[0].by_kind[0]
    assert from_cents(change) / 1000 == pytest.approx(moved, abs=0.001)
    assert before.outside + sum(y.total for y in before.years) == after.outside + sum(
        y.total for y in after.years
    )


def test_the_title_of_the_spend_says_whether_it_stays_inside_the_budget() -> None:
    contents = unmoved(run_contents())
    chart = chart_of(dashboard_sheet(contents), SPEND)
    assert chart.title == "Spend stays inside the budget in every year"
    short = [
        dataclasses.replace(use, budget=use.used - 10_000_000) if i == 2 else use
        for i, use in enumerate(contents.selection.budgets)
    ]
    # In 2027/28 the capex budget is GBP 100k less than is used; opex has GBP 412k left.
    sheet = dashboard_sheet(with_selection(contents, budgets=tuple(short)))
    assert chart_of(sheet, SPEND).title == "Spend stays inside the budget in every year"
    short[3] = dataclasses.replace(short[3], budget=short[3].used)
    sheet = dashboard_sheet(with_selection(contents, budgets=tuple(short)))
    assert chart_of(sheet, SPEND).title == "Budget 2027/28 is exceeded by GBP 100k"
    short[0] = dataclasses.replace(short[0], budget=short[0].used - 900_000_000)
    sheet = dashboard_sheet(with_selection(contents, budgets=tuple(short)))
    assert chart_of(sheet, SPEND).title == (
        "Budget 2026/27 is exceeded by GBP 8.59m, and 1 more year too"
    )


def test_a_budget_of_one_kind_is_compared_with_that_kind_alone() -> None:
    contents = unmoved(run_contents())
    capex = tuple(use for use in contents.selection.budgets if use.kind == "Capex")
    sheet = dashboard_sheet(with_selection(contents, budgets=capex))
    chart = chart_of(sheet, SPEND)
    assert chart.title == "Capex spend stays inside the budget in every year"
    assert chart.series[-1].name == "Budget, Capex"


def test_without_budgets_by_period_the_title_names_the_largest_year() -> None:
    contents = unmoved(run_contents())
    total = (BudgetUse("total budget", None, None, 3_000_000_000, 0),)
    sheet = dashboard_sheet(with_selection(contents, budgets=total))
    chart = chart_of(sheet, SPEND)
    assert chart.title.startswith("Spend is highest in 2026/27: GBP 18")
    assert [series.kind for series in chart.series] == [None] * 3
    cut = chart_of(sheet, CUT)
    assert cut.series[-1].name == "Budget GBP 30m"
    assert cut.x_title == "Cost to go, cumulative (GBP k, 2026/27 prices)"


def test_the_stack_follows_the_table_and_the_budget_is_a_dashed_line() -> None:
    sheet = dashboard_sheet(run_contents())
    chart = chart_of(sheet, SPEND)
    spend = spend_by_year(run_contents())
    assert spend is not None
    for k, series in enumerate(chart.series[:3]):
        assert values(sheet, series.categories) == ["2026/27", "2027/28"]
        cents = [round(float(str(v)) * 100_000) for v in values(sheet, series.values)]
        assert cents == [year.by_kind[k] for year in spend.years]
    budget = chart.series[-1]
    assert (budget.name, budget.kind, budget.dashed) == ("Budget", "line", True)
    assert chart.y_title == "Spend (GBP k, 2026/27 prices)"


# -- people and the largest projects ---------------------------------------------------------------


def test_critical_roles_are_those_that_are_short_needed_and_there() -> None:
    contents = run_contents()
    sheet = dashboard_sheet(contents)
    chart = chart_of(sheet, PEOPLE)
    assert [series.name for series in chart.series] == [
        "Civil engineer: needed", "Civil engineer: there",
        "SCADA engineer: needed", "SCADA engineer: there",
    ]  # fmt: skip
    assert chart.title == "As proposed 4.3 FTE months are short, all of Civil engineer"
    needed = values(sheet, chart.series[0].values)
    assert contents.plan.after is not None
    assert needed == pytest.approx(contents.plan.after[0].tolist(), abs=1e-4)
    assert values(sheet, chart.series[3].values) == [12.0] * 12 + [None] * 12
    assert values(sheet, chart.series[0].categories)[:2] == ["Apr-26", "May-26"]


def test_at_most_four_roles_are_drawn_and_none_short_is_said() -> None:
    many = large_contents(30, 24, 12)
    assert len(chart_of(dashboard_sheet(many), PEOPLE).series) == 8
    capacity = many.plan.capacity
    assert capacity is not None
    plan = dataclasses.replace(many.plan, before=capacity * 0.5, after=capacity * 0.5)
    sheet = dashboard_sheet(dataclasses.replace(many, plan=plan))
    assert chart_of(sheet, PEOPLE).title == "As proposed there are people enough for every role"
    assert len(chart_of(sheet, PEOPLE).series) == 4


def test_bubbles_are_the_largest_projects_by_their_numbers() -> None:
    sheet = dashboard_sheet(run_contents())
    chart = chart_of(sheet, LARGEST)
    inside, outside = chart.series
    assert chart.title == (
        "9 of the 14 projects with a cost and a value are funded (size: cost to go)"
    )
    assert values(sheet, inside.labels) == list(range(1, 10))
    assert values(sheet, outside.labels) == list(range(10, 15))
    assert values(sheet, inside.x_values)[:2] == pytest.approx([6_360, 5_570])
    assert values(sheet, inside.values)[:2] == pytest.approx([90.0, 77.5])
    large = large_contents(200, 24, 1)
    title = chart_of(dashboard_sheet(large), LARGEST).title
    assert " of the 20 largest projects " in title
    most = largest_projects(large_contents(200, 24, 1))
    assert most is not None
    assert len(most.projects) == 20
    costs = sorted((d.cost for d in large_contents(200, 24, 1).selection.decisions), reverse=True)
    assert sorted((p.cost for p in most.projects), reverse=True) == costs[:20]


def test_the_names_of_the_bubbles_stand_beside_their_chart() -> None:
    sheet = dashboard_sheet(run_contents())
    row, column = next(at for at, cell in sheet.cells.items() if cell.value == "No.")
    chart = chart_of(sheet, LARGEST)
    anchor_row, anchor_column = parse_cell(chart.anchor)
    assert (anchor_row, anchor_column) == (row - 1, 1)
    assert row + 20 <= anchor_row + 21, "twenty names are as high as the chart"
    named = [[sheet.cells[r, column + c].value for c in range(4)] for r in range(row + 1, row + 15)]
    assert named[0] == [1, "Storm overflow programme, phase 2", "NW-302", "Continue"]
    assert named[9][:2] == [10, "Smart metering, north"]
    assert "Leakage detection (A)" in [line[1] for line in named]
    assert sheet.print_setup is not None
    assert sheet.print_setup.areas[0].last_row >= row + 14


def test_ids_made_of_the_names_are_not_shown_beside_them() -> None:
    contents = run_contents()
    assert "ID" in [cell.value for cell in dashboard_sheet(contents).cells.values()]
    projects = tuple(
        project.model_copy(update={"name": project.project_id})
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    sheet = dashboard_sheet(dataclasses.replace(contents, portfolio=portfolio))
    assert "ID" not in [cell.value for cell in sheet.cells.values()]
    costs = values(sheet, chart_of(sheet, LARGEST).series[0].x_values)
    assert costs[:2] == pytest.approx([6_360, 5_570])


def test_spend_in_one_year_alone_is_not_called_the_highest() -> None:
    spend = spend_by_year(run_contents())
    assert spend is not None
    one = dataclasses.replace(spend, years=(dataclasses.replace(spend.years[0], budget=None),))
    total = money_text(spend.years[0].total, "GBP")
    assert spend_title(run_contents(), one) == f"All spend falls in 2026/27: {total}"


def test_bubbles_are_as_large_as_the_benefit_where_every_project_has_one() -> None:
    contents = run_contents()
    projects = tuple(
        project.model_copy(update={"benefit": 1000.0 * (i + 1)})
        for i, project in enumerate(contents.portfolio.projects)
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    sheet = dashboard_sheet(dataclasses.replace(contents, portfolio=portfolio))
    chart = chart_of(sheet, LARGEST)
    assert chart.title.endswith("(size: benefit)")
    # NW-302 is the second project of the table: GBP 2,000 of benefit, shown in GBP k.
    assert values(sheet, chart.series[0].sizes)[0] == pytest.approx(2.0)


# -- the page --------------------------------------------------------------------------------------


def test_the_key_figures_stand_above_the_charts() -> None:
    sheet = dashboard_sheet(run_contents())
    figures = [cell.value for (row, _), cell in sorted(sheet.cells.items()) if row == 5]
    assert [value for value in figures if value] == [
        "9 of 15", "GBP 25.4m", "667.5", "19.6 → 4.3", "5", "3",
    ]  # fmt: skip
    notes = [cell.value for (row, _), cell in sorted(sheet.cells.items()) if row == 6]
    said = [value for value in notes if value]
    assert said[0] == "4 continue, 5 start"
    assert said[-1] == "2 later, 1 earlier"
    summary = summary_sheet(run_contents())
    shown = {cell.value for cell in summary.cells.values()}
    assert {value for value in figures if value} - shown == {"3"}, "the same figures on both sheets"


def test_charts_that_are_absent_leave_no_hole_and_say_why() -> None:
    sheet = dashboard_sheet(infeasible())
    assert [chart.kind for chart in sheet.charts] == [LARGEST]
    assert parse_cell(sheet.charts[0].anchor)[1] == 1
    assert chart_of(sheet, LARGEST).title.startswith("The 14 largest projects by cost and value")
    assert (
        "No chart of cost and value, and none of spend: The mandatory projects and those under "
        "way need more than the budgets have."
    ) in texts(sheet)
    assert "No chart of people: There is no portfolio to level." in texts(sheet)
    bare = dashboard_sheet(scores_only())
    assert not bare.charts
    assert not bare.tables
    assert "No chart of the largest projects: none has both a cost and a value." in texts(bare)
    no_people = dataclasses.replace(run_contents(), plan=infeasible().plan)
    three = dashboard_sheet(no_people)
    assert [chart.kind for chart in three.charts] == [CUT, SPEND, LARGEST]
    rows = [parse_cell(chart.anchor)[0] for chart in three.charts]
    assert rows[0] == rows[1] < rows[2]


def test_without_a_portfolio_bubbles_show_the_value_of_the_table_or_else_the_score() -> None:
    contents = dataclasses.replace(run_contents(), selection=scores_only().selection)
    sheet = dashboard_sheet(contents)
    assert chart_of(sheet, LARGEST).y_title == "Value"
    assert values(sheet, chart_of(sheet, LARGEST).series[0].values)[0] == pytest.approx(90.0)
    projects = tuple(
        project.model_copy(update={"value": None}) for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    scored = dashboard_sheet(dataclasses.replace(contents, portfolio=portfolio))
    assert chart_of(scored, LARGEST).y_title == "Score"
    # NW-302 is rated 5, 5 and 3: 0.5 + 0.3 + 0.2 x 2/4.
    assert values(scored, chart_of(scored, LARGEST).series[0].values)[0] == pytest.approx(0.9)


def test_every_chart_follows_a_table_of_its_own_below_or_beside_it() -> None:
    sheet = dashboard_sheet(run_contents())
    assert len(sheet.charts) == len(sheet.tables) == 4
    for chart, table in zip(sheet.charts, sheet.tables, strict=True):
        for series in chart.series:
            for reference in (series.values, series.x_values, series.categories, series.sizes):
                if reference is not None:
                    area = CellRange.parse(reference)
                    assert table.range.first_row < area.first_row
                    assert area.last_row <= table.range.last_row
                    assert table.range.first_column <= area.first_column <= table.range.last_column
        if chart.kind != LARGEST:
            assert parse_cell(chart.anchor)[0] + 18 < table.range.first_row
    assert "The figures behind the charts" in texts(sheet)


def test_one_project_and_odd_names_make_a_page() -> None:
    contents = large_contents(1, 12, 1)
    project = contents.portfolio.projects[0].model_copy(update={"name": "A \"b\" <c> & 'd'"})
    portfolio = dataclasses.replace(contents.portfolio, projects=(project,))
    sheet = dashboard_sheet(dataclasses.replace(contents, portfolio=portfolio))
    assert chart_of(sheet, CUT).title.startswith("The one project is funded: GBP ")
    assert chart_of(sheet, LARGEST).title == ("A \"b\" <c> & 'd' is funded (size: cost to go)")
    assert values(sheet, chart_of(sheet, LARGEST).series[0].labels) == [1]


@pytest.mark.parametrize(
    "contents",
    [run_contents(), infeasible(), scores_only(), large_contents(1, 12, 1),
     large_contents(500, 60, 20)],
)  # fmt: skip
def test_the_sheet_is_sound_in_a_workbook_and_the_same_each_time(
    contents: RunContents, tmp_path: Path, validator: Validator
) -> None:
    before, after, again = (tmp_path / f"{name}.xlsx" for name in ("before", "after", "again"))
    Workbook().save(before)
    put(before, after, dashboard_sheet(contents))
    put(before, again, dashboard_sheet(contents))
    assert_nothing_is_wrong(before, after, validator)
    assert parts(after) == parts(again)
    read = load_workbook(after)["PF Dashboard"]
    assert not any(cell.data_type == "f" for row in read.iter_rows() for cell in row)


def test_a_large_portfolio_makes_a_page_of_the_same_size() -> None:
    sheet = dashboard_sheet(large_contents(2000, 60, 20))
    assert len(sheet.charts) == 4
    assert max(row for row, _ in sheet.cells) < 150
    assert max(column for _, column in sheet.cells) <= 19


# -- how the charts are drawn ----------------------------------------------------------------------


def drawn(sheet: SheetDescription) -> tuple[etree._Element, list[etree._Element]]:
    made = drawing_parts(sheet, strict=False, date1904=False)
    return etree.fromstring(made.drawing), [etree.fromstring(chart) for chart in made.charts]


def test_points_of_the_cut_line_are_joined_and_its_axes_begin_at_nothing() -> None:
    _, charts = drawn(dashboard_sheet(run_contents()))
    for series in charts[0].iter(f"{C}ser"):
        assert series.find(f"{C}marker/{C}symbol").get("val") == "none"
        assert series.find(f"{C}spPr//{{*}}ln/{{*}}solidFill") is not None
    assert [node.get("val") for node in charts[0].iter(f"{C}min")] == ["0", "0"]
    across = charts[0].findall(f".//{C}valAx/{C}numFmt")
    assert {node.get("formatCode") for node in across} == {"#,##0"}


def test_marks_of_axes_have_no_decimals_on_large_numbers() -> None:
    contents = run_contents()
    settings = contents.portfolio.settings.model_copy(update={"unit": "millions"})
    portfolio = dataclasses.replace(contents.portfolio, settings=settings)
    small = dashboard_sheet(dataclasses.replace(contents, portfolio=portfolio))
    assert chart_of(small, SPEND).y_format == "#,##0.00"
    _, charts = drawn(small)
    across = charts[-1].find(f".//{C}valAx/{C}numFmt")
    assert across.get("formatCode") == "#,##0.00", "GBP 0.5m to 6m"
    assert axis_format("#,##0.0", 100.0) == "#,##0"
    assert axis_format("0.0%", 400.0) == "0.0%"
    assert axis_format("#,##0.0", 0.0131) == "General", "13,100 in millions is not nothing"


def test_charts_are_tied_to_the_columns_under_them_whatever_the_font() -> None:
    sheet = dashboard_sheet(run_contents())
    drawing, _ = drawn(sheet)
    assert {etree.QName(frame).localname for frame in drawing} == {"twoCellAnchor"}
    columns = [
        (int(frame.findtext("{*}from/{*}col") or 0), int(frame.findtext("{*}to/{*}col") or 0))
        for frame in drawing
    ]
    assert columns == [(0, 4), (5, 10), (11, 18), (0, 8)], "three in a row, one below"
    fewer = dataclasses.replace(run_contents(), plan=infeasible().plan)
    drawing, _ = drawn(dashboard_sheet(fewer))
    starts = [int(frame.findtext("{*}from/{*}col") or 0) for frame in drawing]
    assert starts == [0, 10, 0], "two halves, one below"


def test_charts_and_figures_print_on_pages_of_their_own() -> None:
    sheet = dashboard_sheet(run_contents())
    assert sheet.print_setup is not None
    charts, tables = sheet.print_setup.areas
    head = next(at for at, c in sheet.cells.items() if c.value == "The figures behind the charts")
    assert charts.last_row < tables.first_row == head[0]
    assert tables.last_row == max(row for row, _ in sheet.cells)
    # A3 has 26.7 cm of height at full size; 47.9 cm of columns are scaled to 40.
    heights = sum(sheet.heights.get(row, 15.0) for row in range(1, charts.last_row + 1))
    assert heights / 28.35 * 0.835 < 26.7


def test_the_budget_of_a_single_year_is_marked_by_a_point() -> None:
    contents = large_contents(20, 12, 1)
    _, charts = drawn(dashboard_sheet(contents))
    line = charts[1].find(f".//{C}lineChart/{C}ser")
    assert line.find(f"{C}marker/{C}symbol").get("val") == "diamond"


def covered(points: list[Point], places: list[str]) -> int:
    """How many pairs of labels lie over each other on a plot of 20 by 8 cm from 0 to 10."""
    boxes = []
    for point, place in zip(points, places, strict=True):
        width, height, x, y = 0.17 * len(point.label), 0.36, 2 * point.x, 0.8 * point.y
        left = {"r": x + 0.4, "l": x - 0.4 - width}.get(place, x - width / 2)
        foot = {"t": y + 0.4, "b": y - 0.4 - height}.get(place, y - height / 2)
        boxes.append((left, foot, left + width, foot + height))
    return sum(
        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        for a, b in itertools.combinations(boxes, 2)
    )


def test_labels_keep_clear_of_one_another() -> None:
    rng = np.random.default_rng(2)
    where = rng.uniform(2, 9, (20, 2)).tolist()
    points = [Point(x, y, 1.0, "Name of a project") for x, y in where]
    places = label_places(points, 23, 12.5, 40)
    at_random = covered(points, ["r"] * 20)
    assert at_random >= 6
    assert covered(points, list(places)) <= at_random / 3
    close = [Point(5.0, 5.0, 1.0, "Left hand"), Point(5.4, 5.0, 1.0, "Right hand")]
    assert label_places([*close, Point(9.0, 9.0, 1.0, "")], 22, 12, 40)[:2] == ["l", "r"]
    edge = [Point(0.1, 9.0, 1.0, "A"), Point(10.0, 5.0, 1.0, "A name as long as the chart's edge")]
    assert label_places(edge, 22, 12, 40)[1] == "l"
