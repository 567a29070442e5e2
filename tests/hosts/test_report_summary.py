"""PF Summary: what a board reads first, whatever the run could and could not do."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from tests.hosts import report_contents as made
from tests.hosts.described_sheets import below, links, texts, through_a_file, users_workbook
from tests.machine import Calc, Validator
from xlportfolio.comparison import Change, Comparison
from xlportfolio.levelling.answer import Plan
from xlportfolio.periods import Period
from xlportfolio.problems import Problem
from xlportfolio.reconciliation import ReconciledLine, Reconciliation
from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import lines_of
from xlportfolio.report.result_rows import result_lines
from xlportfolio.report.summary import summary_sheet
from xlportfolio.report.summary_items import cautions, decisions_needed
from xlportfolio.report.summary_words import better_possible, budget_totals
from xlportfolio.selection.answer import BudgetUse, Selection
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.mapping.located import LocatedProblem

VARIANTS = {
    "everything": made.run_contents(),
    "first run": made.first_run(),
    "scores only": made.scores_only(),
    "infeasible": made.infeasible(),
}


def card(sheet: SheetDescription, label: str) -> tuple[object, object]:
    """The figure of a card and its note."""
    row, column = next(at for at, cell in sheet.cells.items() if cell.value == label and at[0] == 7)
    return sheet.cells[row + 1, column].value, sheet.cells[row + 2, column].value


def with_selection(contents: RunContents, **changes: object) -> RunContents:
    return dataclasses.replace(
        contents,
        selection=dataclasses.replace(contents.selection, **changes),  # type: ignore[arg-type]
    )


def test_the_recommendation_says_how_many_for_how_much_and_how_sure() -> None:
    said = texts(summary_sheet(made.run_contents()))
    assert said[0] == "Portfolio summary"
    assert (
        "Fund 9 of 15 projects for GBP 26.9m, with GBP 60k more to leave what stops. Proven best "
        "within the limits."
    ) in said
    assert (
        "4 continue, 5 start, 1 deferred, 1 stopped, 4 not funded. 3 projects start at another "
        "time; people are short by 4.3 instead of 19.6 FTE months."
    ) in said
    unproven = with_selection(made.run_contents(), gap=0.0031, status="feasible")
    assert (
        "Fund 9 of 15 projects for GBP 26.9m, with GBP 60k more to leave what stops. At most "
        "0.4 % better possible within the limits."
    ) in texts(summary_sheet(unproven))


def test_where_stopping_costs_nothing_it_is_not_said() -> None:
    free = with_selection(made.run_contents(), exit_cost=0)
    said = texts(summary_sheet(free))
    assert "Fund 9 of 15 projects for GBP 26.9m. Proven best within the limits." in said


def test_a_gap_is_never_said_smaller_than_it_is() -> None:
    assert better_possible(0.003) == "at most 0.3 % better possible"
    assert better_possible(0.00301) == "at most 0.4 % better possible"
    assert better_possible(0.00001) == "at most 0.1 % better possible"
    assert better_possible(0.0) == "proven best"
    assert better_possible(None) == ""


def test_the_five_figures() -> None:
    sheet = summary_sheet(made.run_contents())
    assert card(sheet, "Projects funded") == ("9 of 15", "4 continue, 5 start")
    assert card(sheet, "Cost against budget") == (
        "GBP 25.4m",
        "of GBP 27.1m (94 % used); GBP 1.52m more lies outside the budgets",
    )
    assert card(sheet, "Value") == ("667.5", "proven best")
    assert card(sheet, "FTE shortfall") == ("19.6 → 4.3", "FTE months; 3 projects moved")
    assert card(sheet, "Decisions needed") == ("5", "2 to stop or defer, 2 marginal, 1 option")


def test_money_of_a_period_is_counted_once() -> None:
    """A limit for all money of a period stands for its kinds; a total beside the periods too."""
    year_1, year_2 = Period("year", 2027, fiscal=True), Period("year", 2028, fiscal=True)
    uses = (
        BudgetUse("Capex budget 2026/27", year_1, "Capex", 700, 600),
        BudgetUse("Opex budget 2026/27", year_1, "Opex", 300, 200),
        BudgetUse("budget 2026/27", year_1, None, 1000, 850),
        BudgetUse("Capex budget 2027/28", year_2, "Capex", 50, 40),
        BudgetUse("total budget", None, None, 900, 890),
    )
    assert budget_totals(uses) == (1050, 890)
    assert budget_totals(uses[-1:]) == (900, 890)
    assert budget_totals(()) is None


def test_decisions_needed_stop_first_then_defer_marginal_and_options() -> None:
    needed = below(summary_sheet(made.run_contents()), "Decisions needed")
    assert [line.split(" | ")[:2] for line in needed] == [
        ["Stop", "Customer portal (NW-306)"],
        ["Defer", "Smart metering, north (NW-305)"],
        ["Start", "Flood defence at Wick (NW-308)"],
        ["Not funded", "Laboratory information system (NW-313)"],
        ["Option", "Leakage detection (NW-304, option A)"],
    ]
    assert needed[2].split(" | ")[2] == (
        "Every budget carries it. Marginal: 5\u00a0% more or less money changes it."
    )
    assert needed[4].split(" | ")[2] == "Option A is proposed instead of the other one."
    assert needed[0].endswith(" | Projects!A10")
    assert links(summary_sheet(made.run_contents()))["Projects!A10"] == "Projects!A10"


def test_of_what_is_marginal_the_most_money_is_decided_first() -> None:
    contents = made.run_contents()
    decisions = tuple(
        dataclasses.replace(
            d, decision="Start" if d.is_chosen else "Not funded", standing="marginal"
        )
        for d in contents.selection.decisions
    )
    needed = decisions_needed(contents, result_lines(with_selection(contents, decisions=decisions)))
    names = [item.name for item in needed]
    assert names[0] == "Storm overflow programme, phase 2 (NW-302)", "GBP 6.36m"
    titles = {project.key: project.title for project in contents.portfolio.projects}
    costs = {titles[d.key]: d.cost for d in decisions}
    amounts = [costs[name] for name in names if name in costs]
    assert len(amounts) >= 14
    assert amounts == sorted(amounts, reverse=True)


def test_an_id_that_is_the_name_is_said_once() -> None:
    contents = made.run_contents()
    projects = tuple(
        project.model_copy(update={"name": project.project_id})
        for project in contents.portfolio.projects
    )
    portfolio = dataclasses.replace(contents.portfolio, projects=projects)
    named = dataclasses.replace(contents, portfolio=portfolio)
    needed = below(summary_sheet(named), "Decisions needed")
    assert needed[0].split(" | ")[:2] == ["Stop", "NW-306"]


def test_nothing_that_starts_is_not_counted() -> None:
    contents = made.run_contents()
    going = tuple(d for d in contents.selection.decisions if d.decision != "Start")
    shown = card(summary_sheet(with_selection(contents, decisions=going)), "Projects funded")
    assert shown[1] == "4 continue"
    idle = tuple(d for d in going if d.decision != "Continue")
    shown = card(summary_sheet(with_selection(contents, decisions=idle)), "Projects funded")
    assert shown[1] == "nothing continues or starts"


def test_what_blocks_a_step_is_said_before_more_money_that_blocks_none() -> None:
    problems = tuple(
        LocatedProblem(
            Problem("projects", text, "error", money=money, blocks=blocks), None, None, None
        )
        for text, money, blocks in (
            ("The status is unreadable.", 900.0, ()),
            ("The cost is unreadable.", 5.0, ("rebalance",)),
        )
    )
    said = cautions(dataclasses.replace(made.run_contents(), problems=problems))
    sentences = [caution.sentence for caution in said]
    assert sentences.index("The cost is unreadable.") < sentences.index("The status is unreadable.")


def test_more_decisions_than_fit_are_counted_and_stand_on_results() -> None:
    contents = made.run_contents()
    decisions = tuple(
        dataclasses.replace(d, standing="marginal") for d in contents.selection.decisions
    )
    needed = below(summary_sheet(with_selection(contents, decisions=decisions)), "Decisions needed")
    assert len(needed) == 9
    assert needed[-1] == "and 8 more on PF Results"


def test_questions_then_limits_that_are_not_kept_come_before_errors_and_warnings() -> None:
    said = below(summary_sheet(made.run_contents()), "Cautions")
    assert said[0].startswith('Is "Cost (£k)" [Projects!G3] what each project still needs')
    assert said[1].startswith("Control room consolidation (NW-307) now ends in Nov-27;")
    assert said[2] == (
        '"Cost (£k)" of project NW-315 is "tbc"; expected a number in £k. | Projects!G19'
    ), "how to mend it stands on PF Problems"
    assert said[7].endswith("| GBP 1.2m")
    assert said[8] == "and 1 more; PF Problems has those of the data"


def test_what_does_not_reconcile_is_the_first_caution() -> None:
    lost = Reconciliation((ReconciledLine("projects", "cost", "money", 1_000_000, 400_000),))
    contents = dataclasses.replace(made.run_contents(), reconciliation=lost)
    assert below(summary_sheet(contents), "Cautions")[0] == (
        "Inputs and results differ, see PF Reconcile: 1 of 1 lines does not agree: cost of the "
        "projects by GBP 6k."
    )


def test_of_the_same_severity_the_most_money_comes_first() -> None:
    problems = tuple(
        LocatedProblem(
            Problem("projects", f"Problem {money}.", "warning", money=money), None, None, None
        )
        for money in (5.0, 70_000.0, None, -900.0)
    )
    contents = dataclasses.replace(
        made.first_run(),
        problems=problems,
        scores=dataclasses.replace(made.first_run().scores, cautions=()),
        plan=Plan("skipped", "x"),
    )
    contents = with_selection(contents, cautions=())
    assert below(summary_sheet(contents), "Cautions") == [
        "Problem 70000.0. | GBP 70k",
        "Problem -900.0. | GBP -900",
        "Problem 5.0. | GBP 5",
        "Problem None.",
    ]


def test_changes_lead_to_the_cell_that_says_so() -> None:
    sheet = summary_sheet(made.run_contents())
    said = below(sheet, "Changes since the last run")
    assert said[0] == "Project | Catchment partnership (NW-314) is new. | Projects!A18"
    assert said[1] == (
        "Decision | Leakage detection (NW-304, option A) changed from Defer to Start."
    ), "the reason stands on PF Results"
    assert links(sheet)["Projects!A18"] == "Projects!A18"


def test_first_run_unchanged_run_and_many_changes() -> None:
    title = "Changes since the last run"
    assert below(summary_sheet(made.first_run()), title) == [
        "There is no earlier run to compare with; the next one tells here what has changed."
    ]
    contents = made.run_contents()
    same = dataclasses.replace(contents, comparison=Comparison(is_first=False))
    assert below(summary_sheet(same), title) == ["Nothing has changed."]
    change = Change(ProjectKey("P"), "N", "cost", "1", "2", "It costs more.")
    many = dataclasses.replace(contents, comparison=Comparison(False, (change,) * 13))
    assert below(summary_sheet(many), title)[8:] == ["and 5 more on PF Reconcile"]


def test_skipped_steps_say_which_table_to_add() -> None:
    sheet = summary_sheet(made.scores_only())
    assert below(sheet, "Steps not done") == [
        "Rebalancing was skipped. There is no table of budgets; add one to get a portfolio.",
        "Levelling was skipped. There is no table of capacity; add one to level the plan.",
    ]
    said = texts(sheet)
    assert (
        "No portfolio is proposed. There is no table of budgets; add one to get a portfolio."
        in said
    )
    assert (
        "14 projects scored; the best: Storm overflow programme, phase 2 (NW-302), Reservoir "
        "lining at Elmham (NW-303), Sludge treatment upgrade (NW-301)."
    ) in said
    assert card(sheet, "Projects scored") == ("14", "of 15 projects"), "two options are one project"
    assert card(sheet, "Cost against budget") == ("–", "no portfolio proposed")
    assert card(sheet, "FTE shortfall") == ("–", "the plan was not levelled")
    assert below(sheet, "Decisions needed") == ["None: nothing is proposed."]
    assert not any("GBP" in text for text in said), "no currency is known"


def test_infeasible_names_the_limits_in_conflict_first() -> None:
    sheet = summary_sheet(made.infeasible())
    assert (
        "No portfolio keeps every limit. The mandatory projects and those under way need more "
        "than the budgets have."
    ) in texts(sheet)
    assert below(sheet, "Decisions needed") == [
        "Conflict | Capex budget 2026/27 is GBP 9m; Reservoir lining at Elmham (NW-303, mandatory)"
        " and 4 projects under way need GBP 10.4m of it."
    ]
    assert card(sheet, "Projects funded") == ("–", "no portfolio keeps every limit")
    assert card(sheet, "Decisions needed") == ("1", "1 conflict")


def test_decisions_kept_from_the_last_run_are_said_to_be_kept() -> None:
    why = "The decisions are those of the last rebalancing; they were not computed anew."
    kept = with_selection(made.run_contents(), status="skipped", why=why, gap=None, budgets=())
    sheet = summary_sheet(kept)
    assert ("Fund 9 of 15 projects for GBP 26.9m, with GBP 60k more to leave what stops.") in texts(
        sheet
    )
    assert any(why in text for text in texts(sheet))
    assert card(sheet, "Value") == ("667.5", "as last rebalanced")
    assert card(sheet, "Cost") == ("GBP 26.9m", "no budget given")


def test_nothing_to_warn_of_is_said() -> None:
    contents = dataclasses.replace(
        made.first_run(),
        scores=dataclasses.replace(made.first_run().scores, cautions=()),
        plan=dataclasses.replace(made.first_run().plan, cautions=(), breaches=()),
    )
    assert below(summary_sheet(with_selection(contents, cautions=())), "Cautions") == [
        "None: the data are complete, and every limit is kept."
    ]


def test_assumptions_of_all_steps_stand_once() -> None:
    contents = made.run_contents()
    twice = dataclasses.replace(contents, notes=contents.notes + contents.costs.notes)
    said = below(summary_sheet(twice), "Assumptions")
    assert said == [
        "A total without a profile is spread evenly over the months of the project.",
        "The cost of 1 project has no dates; it counts in the total, in no fiscal year.",
        "The budgets of 2026/27 are split by kind; their sum limits everything else.",
        "A project may start up to 6 months later than planned where no window is given.",
    ]
    many = dataclasses.replace(contents, notes=tuple(f"Note {i}." for i in range(9)))
    assert below(summary_sheet(many), "Assumptions")[-1] == "and 6 more on PF Reconcile"


def test_a_plan_that_nothing_begins_is_a_caution_and_not_an_assumption() -> None:
    note = (
        "The plan begins in Nov-87, with the first cost or start, because the settings name "
        "neither a first period nor a status date. Enter one of them."
    )
    contents = made.first_run()
    costs = dataclasses.replace(contents.costs, cautions=(note,))
    contents = dataclasses.replace(contents, costs=costs)
    sheet = summary_sheet(contents)
    cautioned = [line.split(" | ")[0] for line in below(sheet, "Cautions")]
    n_breaches = len(contents.plan.breaches)
    assert cautioned[n_breaches] == note, "before every problem of one project"
    assert note not in below(sheet, "Assumptions")


def test_the_other_sheets_are_linked_but_not_those_that_are_not_there() -> None:
    def linked(sheet: SheetDescription) -> list[str]:
        return [text for text in links(sheet) if text.startswith("PF ")]

    assert linked(summary_sheet(made.run_contents())) == [
        "PF Results", "PF Problems", "PF Reconcile", "PF Capacity", "PF Roadmap", "PF Dashboard",
        "PF Log",
    ]  # fmt: skip
    assert linked(summary_sheet(made.scores_only())) == [
        "PF Results", "PF Problems", "PF Reconcile", "PF Log",
    ]  # fmt: skip
    few = summary_sheet(made.run_contents(), ["PF Summary", "PF Results", "PF Log"])
    assert linked(few) == ["PF Results", "PF Log"]
    assert links(few)["PF Log"] == "'PF Log'!A1"


def test_every_text_fits_its_cells_and_nothing_overlaps() -> None:
    """A row is at least as high as its lines at 15 points; a merge covers what it says."""
    for contents in VARIANTS.values():
        sheet = summary_sheet(contents)
        last = {(merge.first_row, merge.first_column): merge.last_column for merge in sheet.merges}
        for (row, column), cell in sheet.cells.items():
            if not isinstance(cell.value, str) or cell.format is None or not cell.format.wrap:
                continue
            width = sum(sheet.widths[k] for k in range(column, last.get((row, column), column) + 1))
            size = cell.format.size or 11
            needed = lines_of(cell.value, width, size=size) * 15 * size / 11
            assert sheet.heights.get(row, 15.0) >= min(needed, 15.0 * size / 11), cell.value
            if needed > 15.0 * size / 11:
                assert sheet.heights[row] >= needed, cell.value


def test_one_page_for_a_board() -> None:
    sheet = summary_sheet(made.run_contents())
    setup = sheet.print_setup
    assert setup is not None
    assert (setup.paper, setup.landscape, setup.fit_width, setup.fit_height) == (
        "A3", True, True, True,
    )  # fmt: skip
    sizes = {cell.format.size for cell in sheet.cells.values() if cell.format}
    assert min(size for size in sizes if size is not None) >= 10


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_excel_is_told_to_print_it_on_one_page(tmp_path: Path) -> None:
    out = through_a_file(tmp_path, summary_sheet(made.run_contents()))
    read = load_workbook(out)["PF Summary"]
    assert (read.page_setup.fitToWidth, read.page_setup.fitToHeight) == (1, 1)
    assert not read.print_area


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_sheet_is_one_that_excel_opens(
    variant: str, tmp_path: Path, validator: Validator
) -> None:
    out = through_a_file(tmp_path, summary_sheet(VARIANTS[variant]))
    users = users_workbook(tmp_path / "users.xlsx")
    assert new_findings(users, out) == []
    assert validator.new_findings(users, out) == frozenset()


def test_libreoffice_shows_what_was_described(tmp_path: Path, soffice: Calc) -> None:
    out = through_a_file(tmp_path, summary_sheet(made.run_contents()))
    cells = soffice.values(out)["PF Summary"]
    assert cells["A1"] == "Portfolio summary"
    assert cells["A8"] == "9 of 15"


def test_a_portfolio_of_no_projects_has_a_summary_too() -> None:
    full = made.run_contents()
    empty = dataclasses.replace(
        full,
        portfolio=dataclasses.replace(full.portfolio, projects=()),
        costs=dataclasses.replace(
            full.costs,
            keys=(),
            to_go=np.zeros((0, 24, 2), dtype=np.int64),
            undated=np.zeros((0, 2), dtype=np.int64),
            is_known=(),
        ),
        scores=dataclasses.replace(full.scores, status="skipped", why="No ratings.", projects=()),
        selection=Selection("skipped", "There are no projects."),
        plan=Plan("skipped", "There are no projects."),
    )
    sheet = summary_sheet(empty)
    assert card(sheet, "Projects") == ("0", "not scored, not chosen")
    assert "No portfolio is proposed. There are no projects." in texts(sheet)
