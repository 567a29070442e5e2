"""Tables with little in them, or little that can be read: found and told, never dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.portfolio_books import (
    BUDGETS,
    CAPACITY,
    CRITERIA,
    MONTHS,
    PROJECTS,
    RATINGS,
    Rows,
    changed,
    portfolio_book,
)
from tests.hosts.test_kinds import mapped
from tests.hosts.test_run_command import answer_of
from xlportfolio.operations.checking import check_workbook

ONE_CRITERION: Rows = [
    ["Criterion", "Weight", "Direction", "Scale min", "Scale max"],
    ["Safety", 100, "max", 1, 5],
]


def told(book: Path) -> list[str]:
    """The problems that `check` finds, each with its cell."""
    return [problem.sentence for problem in check_workbook(book).problems]


def scores_of(book: Path) -> dict[str, float]:
    answer = answer_of(book, command="score", code=0)
    return {one["project_id"]: one["score"] for one in answer["score"]["scores"]}


@pytest.mark.parametrize("named", [False, True])
def test_ratings_under_one_criterion_are_scored(tmp_path: Path, named: bool) -> None:
    names = {row[0]: row[1] for row in PROJECTS}
    ratings = [[row[0], *([names[row[0]]] if named else []), row[2]] for row in RATINGS]
    if named:
        ratings[0][1] = "Project name"
    book = portfolio_book(tmp_path / "book.xlsx", Criteria=ONE_CRITERION, Ratings=ratings)
    # Safety 4, 4, 2, 5 on a scale from 1 to 5.
    assert scores_of(book) == pytest.approx({"P1": 0.75, "P2": 0.75, "P3": 0.25, "P4": 1.0})
    assert told(book) == []


def test_one_criterion_is_rated_among_the_projects(tmp_path: Path) -> None:
    ratings = [row[2] for row in RATINGS]
    projects = [[*row, rating] for row, rating in zip(PROJECTS, ratings, strict=True)]
    tables: dict[str, Rows | None] = {"Criteria": ONE_CRITERION, "Ratings": None}
    book = portfolio_book(tmp_path / "book.xlsx", **{**tables, "Projects": projects})
    assert scores_of(book) == pytest.approx({"P1": 0.75, "P2": 0.75, "P3": 0.25, "P4": 1.0})


def test_ratings_of_one_of_several_criteria_are_read_and_the_others_told(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Ratings=[[row[0], row[2]] for row in RATINGS])
    said = told(book)
    assert [line[: line.index(";")] for line in said] == [
        'Criterion "Strategic fit" has no ratings',
        'Criterion "Disruption" has no ratings',
    ]


@pytest.mark.parametrize("where", ["Projects", "Costs"])
def test_a_cost_is_no_rating_though_a_criterion_is_called_cost(where: str) -> None:
    criteria: list[list[object]] = [["Criterion", "Weight"], ["Cost", 100]]
    keys: list[list[object]] = [
        ["Project ID", "Project name", "Manager"],
        ["P1", "Bridge", "A. Khan"],
        ["P2", "Depot", "B. Osei"],
        ["P3", "Portal", "C. Lund"],
    ]
    costs: list[object] = ["Cost", 3, 4, 5]
    rated = [[*row, cost] for row, cost in zip(keys, costs, strict=True)]
    apart = [[row[0], row[-1]] for row in rated]
    sheets = [(where, rated)] if where == "Projects" else [("Projects", keys), (where, apart)]
    mapping = mapped(*sheets, ("Criteria", criteria))
    assert not mapping.of("ratings")
    assert [
        t.fields["cost"].header
        for t in mapping.of("projects", "main", "joined")
        if "cost" in t.fields
    ] == ["Cost"]


@pytest.mark.parametrize(
    "budgets",
    [
        [["Item", "Budget (GBP k)"], ["Total", 200]],
        [[None, "Budget"], ["Total", 200]],
        [["Budget (GBP k)"], [200]],
        [["Total budget (GBP k)", 200]],
        [["What there is to spend"], [], ["Available budget (GBP k)"], [200], ["Agreed in May"]],
    ],
)
def test_one_amount_on_a_sheet_of_budgets_limits_all_costs(tmp_path: Path, budgets: Rows) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Budgets=budgets)
    # P1 is under way: 80. P2 needs 150, P3 110, P4 50, and P4 is worth more than P3.
    assert sorted(answer_of(book, code=0)["rebalance"]["selected"]) == ["P1", "P4"]


@pytest.mark.parametrize(
    "rows",
    [
        [["Budget remaining"], [200]],
        [["Capex budget"], [200]],
        [["Region", "Budget"], ["North", None], [], [None, "Budget"], ["North region", 200]],
        [["Budget holder"], [7]],
    ],
)
def test_one_amount_of_another_meaning_is_no_budget(rows: Rows) -> None:
    projects = [list(row) for row in PROJECTS]
    mapping = mapped(("Projects", projects), ("Budget", rows))
    assert [table.fields for table in mapping.of("budgets")] == []


def test_one_amount_on_a_sheet_that_does_not_speak_of_budgets_is_none() -> None:
    projects = [list(row) for row in PROJECTS]
    assert not mapped(("Projects", projects), ("Notes", [["Budget"], [200]])).of("budgets")


@pytest.mark.parametrize("scaled", [True, False])
def test_each_weight_in_words_is_told_with_its_cell(tmp_path: Path, scaled: bool) -> None:
    words = ["Weight", "high", "low", "medium"]
    criteria = [
        [row[0], word, *(row[2:] if scaled else ())]
        for row, word in zip(CRITERIA, words, strict=True)
    ]
    book = portfolio_book(tmp_path / "book.xlsx", Criteria=criteria)
    remedy = "Enter the number alone, or leave the cell blank until it is known."
    assert told(book) == [
        f'"Weight" of criterion "{name}" is "{word}"; expected a number. {remedy} [Criteria!{cell}]'
        for name, word, cell in (
            ("Strategic fit", "high", "B2"),
            ("Safety", "low", "B3"),
            ("Disruption", "medium", "B4"),
        )
    ]
    assert not check_workbook(book).mapping.questions


@pytest.mark.parametrize(("first", "second"), [("high", "low"), ("high", 30)])
def test_a_weight_in_words_beside_weights_in_numbers_is_told(
    tmp_path: Path, first: object, second: object
) -> None:
    criteria = changed(
        changed(CRITERIA, "Strategic fit", "Weight", first), "Safety", "Weight", second
    )
    said = told(portfolio_book(tmp_path / "book.xlsx", Criteria=criteria))
    words = [word for word in (first, second) if isinstance(word, str)]
    assert [line[line.rindex("[") :] for line in said] == ["[Criteria!B2]", "[Criteria!B3]"][
        : len(words)
    ]


UNREADABLE = [
    ("Budgets", [["Fiscal year", "Budget (GBP k)"], ["2026/27", "much"], ["2027/28", "ditto"]],
     ["[Budgets!B2]", "[Budgets!B3]"]),
    ("Budgets", [["Fiscal year", "Budget (GBP k)"], ["2026/27", "#REF!"], ["2027/28", "#REF!"]],
     ["[Budgets!B2]", "[Budgets!B3]"]),
    ("Budgets", [["Fiscal year", "Budget (GBP k)"], ["this year", 200], ["next year", 200]],
     ["[Budgets!A2]", "[Budgets!A3]"]),
    ("Capacity", [["Role", "Period", "Capacity (FTE)"], ["Engineer", "Apr-26", "three"],
                  ["Planner", "Apr-26", "#N/A"]],
     ["[Capacity!C2]", "[Capacity!C3]"]),
    ("Capacity", [["Role", "Period", "Capacity (FTE)"], ["Engineer", "soon", 3],
                  ["Planner", "later on", 2]],
     ["[Capacity!B2]", "[Capacity!B3]"]),
    ("Capacity", [["Role", "Capacity (FTE)"], ["Engineer", "three"], ["Planner", "two"]],
     ["[Capacity!B2]", "[Capacity!B3]"]),
    ("Demand", [["Project ID", "Role", "Period", "Demand (FTE)"],
                ["P1", "Engineer", "Apr-26", "one"],
                ["P2", "Planner", "Apr-26", "half"]],
     ["[Demand!D2]", "[Demand!D3]"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "rows", "cells"), UNREADABLE)
def test_each_cell_of_a_column_without_a_readable_value_is_told(
    tmp_path: Path, table: str, rows: Rows, cells: list[str]
) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", **{table: rows})
    said = [line[line.rindex("[") :] for line in told(book)]
    assert [cell for cell in said if cell.startswith(f"[{table}!")] == cells
    assert not check_workbook(book).mapping.questions


def test_a_budget_of_no_readable_year_is_not_counted_as_the_total(tmp_path: Path) -> None:
    budgets = changed(BUDGETS, "2026/27", "Fiscal year", "this year")
    budgets = changed(budgets, "2027/28", "Fiscal year", "next year")
    answer = answer_of(portfolio_book(tmp_path / "book.xlsx", Budgets=budgets), code=1)
    assert answer["rebalance"]["status"] == "skipped"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("Staff", [["Role", "Available"], ["Engineer", "full time"], ["Planner", "part time"]]),
        ("Sources", [["Year", "Funding"], ["2026", "grant"], ["2027", "loan"]]),
    ],
)
def test_words_under_a_header_of_several_meanings_are_no_amounts(name: str, rows: Rows) -> None:
    projects = [list(row) for row in PROJECTS]
    mapping = mapped(("Projects", projects), (name, rows))
    assert [table.table for table in mapping.tables] == ["projects"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Cost 2027/28 (GBP k)", "#REF!"),
        ("Cost 2027/28 (GBP k)", "about 90, or so"),
        ("Start date", "tbc"),
    ],
)
def test_each_cell_of_a_column_of_projects_without_a_readable_value_is_told(
    tmp_path: Path, header: str, said: str
) -> None:
    projects = PROJECTS
    for key in ("P1", "P2", "P3", "P4"):
        projects = changed(projects, key, header, said)
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    letter = "ABCDEFGHIJK"[list(PROJECTS[0]).index(header)]
    assert [line[line.rindex("[") :] for line in told(book)] == [
        f"[Projects!{letter}{row}]" for row in (2, 3, 4, 5)
    ]


@pytest.mark.parametrize("said", ["#REF!", "three"])
def test_months_of_capacity_without_a_readable_value_are_told(tmp_path: Path, said: str) -> None:
    capacity = [CAPACITY[0], ["Engineer", *([said] * len(MONTHS))]]
    problems = told(portfolio_book(tmp_path / "book.xlsx", Capacity=capacity))
    assert sum("[Capacity!" in line for line in problems) == len(MONTHS)


def test_one_year_in_words_among_others_is_told_though_no_header_names_a_unit(
    tmp_path: Path,
) -> None:
    years = ["Cost 2026/27", "Cost 2027/28", "Cost 2028/29"]
    projects = [
        [*row[:7], *(years if row[0] == "Project ID" else (40, "see the board paper", 30))]
        for row in PROJECTS
    ]
    said = told(portfolio_book(tmp_path / "book.xlsx", Projects=projects))
    assert [line[line.rindex("[") :] for line in said if "board paper" in line] == [
        f"[Projects!I{row}]" for row in (2, 3, 4, 5)
    ]


def test_a_chart_of_months_ticked_in_words_is_no_profile() -> None:
    chart: list[list[object]] = [
        ["Project ID", "Project name", *MONTHS[:4]],
        *([row[0], row[1], "x", "x", None, "x"] for row in PROJECTS[1:]),
    ]
    mapping = mapped(("Projects", PROJECTS), ("Roadmap", chart))
    assert {name for table in mapping.tables[1:] for name in table.fields} <= {"project_id", "name"}


FIRST = ["Cost 2026/27 (GBP k)", 80, 60, 70, 50]
SECOND = ["Cost 2027/28 (GBP k)", 0, 90, 40, 0]
SET_ASIDE = ["Contingency 2026/27 (GBP k)", 8, 6, 7, 5]


def with_costs(*columns: list[object]) -> Rows:
    """The projects with these columns for their costs."""
    costs = zip(*columns, strict=True)
    return [[*row[:7], *cost, *row[9:]] for row, cost in zip(PROJECTS, costs, strict=True)]


@pytest.mark.parametrize(
    "columns", [(FIRST, SET_ASIDE, SECOND), (FIRST, SECOND, SET_ASIDE), (SET_ASIDE, FIRST, SECOND)]
)
def test_a_contingency_of_a_year_is_counted_in_that_year(
    tmp_path: Path, columns: tuple[list[object], ...]
) -> None:
    book = portfolio_book(tmp_path / "book.xlsx", Projects=with_costs(*columns))
    answer = answer_of(book, code=0)
    # 2026/27: 88 + 66 of 200, then P4's 55 is too much: with it 209. P3 needs 77 and 40 more.
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P2"]
    assert answer["rebalance"]["total_cost"] == 88_000 + 66_000 + 90_000
    assert told(book) == []


def test_a_contingency_that_the_total_leaves_out_is_asked_about(tmp_path: Path) -> None:
    total = ["Total cost (GBP k)", 80, 150, 110, 50]
    projects = with_costs(FIRST, SET_ASIDE, SECOND, total)
    mapping = check_workbook(portfolio_book(tmp_path / "book.xlsx", Projects=projects)).mapping
    (question,) = mapping.questions
    assert '"Contingency 2026/27 (GBP k)" may belong to it or not' in question.text


def test_a_contingency_stands_with_the_money_nearest_to_it(tmp_path: Path) -> None:
    gained = [["Benefit 2026/27 (GBP k)", 1, 2, 3, 4], ["Benefit 2027/28 (GBP k)", 5, 6, 7, 8]]
    projects = with_costs(FIRST, SECOND, *gained, SET_ASIDE)
    check = check_workbook(portfolio_book(tmp_path / "book.xlsx", Projects=projects))
    (main,) = check.mapping.of("projects")
    assert [part.kind for part in main.fields["cost"].columns] == [None, None, "Contingency"]
    assert sum(amount.amount for amount in check.portfolio.projects[0].cost) == 88_000


def test_a_total_for_each_year_and_no_more_is_the_budget_of_each_year(tmp_path: Path) -> None:
    budgets: Rows = [["Budget (GBP k)", "2026/27", "2027/28"], ["Total", 200, 200]]
    answer = answer_of(portfolio_book(tmp_path / "book.xlsx", Budgets=budgets), code=0)
    # As with a row for each year: 80 + 60 + 50 = 190 of 200.
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P2", "P4"]
