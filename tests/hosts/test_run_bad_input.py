"""`run` on tables that a person would have to mend: what it says, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.hosts.portfolio_books import (
    BUDGETS,
    CAPACITY,
    CRITERIA,
    DEMAND,
    MONTHS,
    PROJECTS,
    SETTINGS,
    changed,
    portfolio_book,
)
from tests.hosts.test_command_line import run
from tests.hosts.test_run_command import answer_of

OPTIONS = [
    [*PROJECTS[0][:2], "Option", *PROJECTS[0][2:]],
    [*PROJECTS[1][:2], None, *PROJECTS[1][2:]],
    [*PROJECTS[2][:2], None, *PROJECTS[2][2:]],
    [*PROJECTS[4][:2], "Light", *PROJECTS[4][2:]],
    [*PROJECTS[4][:2], "Full", *PROJECTS[4][2:]],
]


def summary_of(book: Path) -> dict[str, object]:
    sheet = load_workbook(book)["PF Summary"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value}


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(1e15, "GBP 1E+18"), (1e300, "GBP 1E+303"), (1e307, "beyond every number")],
)
def test_a_cost_beyond_all_counting_is_refused_with_its_cell(
    tmp_path: Path, amount: float, shown: str
) -> None:
    projects = changed(PROJECTS, "P2", "Cost 2026/27 (GBP k)", amount)
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    before = book.read_bytes()
    done = run("run", book)
    assert done.returncode == 2
    said = f"the largest is a cost of New depot (P2), {shown} [Projects!H3:I3]. Correct it, or the"
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert book.read_bytes() == before


def test_a_budget_beyond_all_counting_is_refused_by_its_period(tmp_path: Path) -> None:
    budgets = changed(BUDGETS, "2027/28", "Budget (GBP k)", 1e250)
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=budgets)
    done = run("run", book)
    assert done.returncode == 2
    assert "the largest is the budget 2027/28, GBP 1E+253." in done.stderr


def test_a_cost_of_a_trillion_is_counted_to_the_cent(tmp_path: Path) -> None:
    projects = changed(PROJECTS, "P2", "Cost 2026/27 (GBP k)", 1e9)
    budgets = changed(BUDGETS, "2026/27", "Budget (GBP k)", 2e9)
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects, Budgets=budgets)
    answer = answer_of(book, code=0)
    # GBP k: P1 80, P2 1e9 + 90, P3 70 + 40, P4 50.
    assert answer["rebalance"]["total_cost"] == 1_000_000_000_000 + 330_000
    assert answer["reconciled"] is True


def test_text_counts_projects_and_not_their_options_as_the_summary_does(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Projects=OPTIONS, Links=None)
    done = run("run", book)
    assert "book.xlsx: 3 projects" in done.stdout
    assert "Scores: 3 projects, 4 with their options, on 3 criteria." in done.stdout
    assert "Portfolio: Continue 1, Start 2." in done.stdout
    said = summary_of(book)
    assert str(said["A4"]).startswith("Fund 3 of 3 projects")
    assert str(said["A5"]).startswith("1 continue, 2 start.")


def test_infeasible_is_said_once_and_no_limit_is_called_kept(tmp_path: Path) -> None:
    budgets = changed(BUDGETS, "2026/27", "Budget (GBP k)", 10)
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=budgets)
    answer_of(book, code=1)
    said = summary_of(book)
    assert said["A4"] == "No portfolio keeps every limit: some of them cannot hold together."
    assert "None in the data." in said.values()
    assert not any("every limit is kept" in str(text) for text in said.values())


def test_a_table_that_was_not_read_is_named_where_a_step_lacks_one(tmp_path: Path) -> None:
    budgets = [["Fiscal year", "Money"], ["2026/27", "tbc"], ["2027/28", "n/a"]]
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=budgets)
    answer = answer_of(book, code=1)
    assert answer["rebalance"]["status"] == "skipped"
    named = [said for said in answer["cautions"] if said.startswith("Budgets!A1:B3 was not read")]
    assert len(named) == 1
    assert named[0] in summary_of(book).values()


def test_no_table_is_named_as_not_read_where_every_step_was_done(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Notes=[["To do", "Who"], ["Call", "Ann"]])
    assert not any("was not read" in said for said in answer_of(book, code=0)["cautions"])


def test_projects_without_any_cost_are_said_to_need_a_column_of_it(tmp_path: Path) -> None:
    projects = [[*row[:7], *row[9:]] for row in PROJECTS]
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    answer = answer_of(book, code=0)
    assert answer["rebalance"]["selected"] == ["P1"]  # under way
    assert (
        "No project has a cost, so that nothing new can be funded: add a column of costs, or one "
        "for each year, to the table of projects."
    ) in answer["cautions"]


def test_a_plan_without_a_portfolio_says_that_it_holds_every_project(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=None)
    done = run("run", book)
    assert done.returncode == 1
    assert "Plan of every project: 1 project moved" in done.stdout
    assert (
        "No portfolio is proposed, so the plan holds every project that goes on or may begin."
        in summary_of(book).values()
    )


def test_a_plan_in_which_no_move_helps_says_so(tmp_path: Path) -> None:
    capacity = [CAPACITY[0], ["Engineer", *([0] * 22)], CAPACITY[2]]
    book = portfolio_book(tmp_path / "book.xlsx", Capacity=capacity)
    done = run("run", book)
    assert "Plan: people are short by 40.0 FTE months; nothing is moved." in done.stdout


def test_demo_names_a_workbook_that_is_there(tmp_path: Path) -> None:
    import json

    answer = json.loads(run("demo", "--json", cwd=tmp_path).stdout)
    assert answer["workbook"] == answer["output"]
    assert Path(answer["workbook"]).exists()


def test_a_fiscal_year_that_begins_in_january_for_want_of_a_setting_is_said(tmp_path: Path) -> None:
    settings = [row for row in SETTINGS if row[0] != "Fiscal first month"]
    book = portfolio_book(tmp_path / "book.xlsx", Settings=settings)
    caution = (
        "The fiscal year 2026/27 is taken for Jan-27 to Dec-27, because no setting says when it "
        "begins. If it begins in another month, enter it in the settings as the fiscal first "
        "month, such as 4 for April."
    )
    assert caution in answer_of(book, code=0)["cautions"]
    assert caution in summary_of(book).values()


def test_a_fiscal_year_that_begins_in_april_is_not_remarked_on(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "book.xlsx")
    assert not any("fiscal" in said for said in answer_of(book, code=0)["cautions"])


def test_budgets_of_quarters_limit_the_months_of_costs_by_year(tmp_path: Path) -> None:
    quarters = [["Quarter", "Budget (GBP k)"]]
    quarters += [[f"2026/27 Q{quarter}", 50] for quarter in range(1, 5)]
    quarters += [[f"Q{quarter} 2027/28", 50] for quarter in range(1, 5)]
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=quarters)
    answer = answer_of(book, code=0)
    # P1's 80 in twelve months takes 20 of each quarter of 2026/27, P4's 50 from June to November
    # 8.33, 25 and 16.67, P2's 60 from June to March 6, 18, 18 and 18: 34.33, 63, 54.67, 38.
    # Of P2 and P4 only one fits, and P2 is worth more.
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P2"]


def test_an_open_workbook_that_is_written_elsewhere_is_said_to_be_as_last_saved(
    tmp_path: Path,
) -> None:
    book = portfolio_book(tmp_path / "book.xlsx")
    (tmp_path / ".~lock.book.xlsx#").write_text(",bob,host,22.11.2026 12:00,file:///x;")
    done = run("run", book, "-o", tmp_path / "out.xlsx")
    assert done.returncode == 0, done.stderr
    assert '"book.xlsx" is open (bob' in done.stdout
    assert "this is what was saved last." in done.stdout


@pytest.mark.parametrize(
    ("table", "rows", "sentence"),
    [
        (
            "Criteria",
            changed(CRITERIA, "Safety", "Weight", 1e308),
            'The weight of "Safety" is 1E+308; expected a number up to 1E+12.',
        ),
        (
            "Capacity",
            changed(CAPACITY, "Engineer", "Jun-26 (FTE)", 1e300),
            "The capacity of Engineer is 1E+300; expected a number up to 1E+09.",
        ),
        (
            "Demand",
            changed(DEMAND, "P4", "Jun-26 (FTE)", 1e308),
            "The demand of P4 for Engineer is 1E+308; expected a number up to 1E+09.",
        ),
        (
            "Projects",
            [
                [*row, value]
                for row, value in zip(PROJECTS, ["Value (GBP k)", 1, 1e307, 3, 4], strict=True)
            ],
            "The value of New depot (P2) is 1E+307; expected a number up to 1E+15.",
        ),
    ],
)
def test_a_figure_beyond_all_measure_is_refused_by_name(
    tmp_path: Path, table: str, rows: list[list[object]], sentence: str
) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", **{table: rows})
    before = book.read_bytes()
    done = run("run", book)
    assert done.returncode == 2
    assert done.stderr == f"xlportfolio: {sentence} Correct it.\n"
    assert book.read_bytes() == before


def test_a_name_of_two_lines_stays_on_one_in_the_text(tmp_path: Path) -> None:
    projects = changed(PROJECTS, "P2", "Project name", "New\ndepot \u202eof the north")
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    done = run("run", book)
    assert "1  0.900  New depot of the north (P2)\n" in done.stdout


def test_of_many_budgets_the_text_shows_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    months = [["Month", "Budget (GBP k)"], *([month, 90] for month in MONTHS)]
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=months)
    done = run("run", book)
    assert "  budget Apr-26: GBP 6.67k of GBP 90k\n" in done.stdout  # 80 of P1 in twelve months
    assert "  and 2 more budgets, all kept\n" in done.stdout
