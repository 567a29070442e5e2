"""Values that cannot be read, or in more than one way."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.core.source_tables import (
    COST,
    column,
    only,
    place,
    projects,
    table,
)
from xlportfolio.tables import read_tables
from xlportfolio.values import CellError, Value


@pytest.mark.parametrize(
    ("value", "severity", "message"),
    [
        (
            "tbc",
            "error",
            '"Cost (£k)" of project P2 is "tbc"; expected a number in £k. Enter the number, or '
            "leave the cell blank until it is known.",
        ),
        (
            "Exempt under Section 43 of the Freedom of Information Act 2000",
            "error",
            '"Cost (£k)" of project P2 is "Exempt under Section 43 of the Freedom of Information '
            'Act 2…"; expected a number in £k. Leave the cell blank and keep the text in a '
            "column of its own.",
        ),
        (
            "12,5",
            "question",
            '"Cost (£k)" of project P2 is "12,5", which is 12.5 or 125; expected a number that '
            "can be read in one way. Enter 12.5 or 125 as a number.",
        ),
        (
            CellError("#N/A"),
            "error",
            '"Cost (£k)" of project P2 shows #N/A; expected a number in £k. Mend its formula, or '
            "clear the cell.",
        ),
        (
            datetime(2026, 3, 31),
            "error",
            '"Cost (£k)" of project P2 is 31 Mar 2026; expected a number in £k. Enter the number '
            "and format the cell as a number.",
        ),
        (
            True,
            "error",
            '"Cost (£k)" of project P2 is TRUE; expected a number in £k. Enter the number, or '
            "leave the cell blank until it is known.",
        ),
        (
            "€40k",
            "error",
            '"Cost (£k)" of project P2 is "€40k"; expected a number in £k. Convert it to GBP and '
            "enter the number alone.",
        ),
        (
            "350 days",
            "error",
            '"Cost (£k)" of project P2 is "350 days"; expected a number in £k. Enter the number '
            "alone, in the unit of the column.",
        ),
        (
            "P001",
            "error",
            '"Cost (£k)" of project P2 is "P001"; expected a number in £k. Enter the number '
            "alone, or leave the cell blank until it is known.",
        ),
    ],
)
def test_text_among_money_is_absent_and_told(value: Value, severity: str, message: str) -> None:
    portfolio = read_tables([projects(COST, rows=[(100.0,), (value,), (90.0,)])])
    problem = only(portfolio)
    assert problem.message == message
    assert place(problem) == (0, 1, 2)
    assert (problem.severity, problem.value, problem.label) == (severity, value, "P2")
    assert problem.blocks == ("rebalance",)
    assert portfolio.projects[1].cost == ()


@pytest.mark.parametrize(
    ("value", "amount", "message"),
    [
        (
            "£1.2m",
            1_200_000.0,
            '"Cost (£k)" of project P2 is the text "£1.2m", read as GBP 1,200,000; expected a '
            "number in £k. Enter 1,200.",
        ),
        (
            "1,200",
            1_200_000.0,
            '"Cost (£k)" of project P2 is the text "1,200", read as GBP 1,200,000; expected a '
            "number in £k. Enter 1,200 as a number.",
        ),
        (
            " - ",
            0.0,
            '"Cost (£k)" of project P2 is the text "-", read as zero; expected a number. Enter 0 '
            "where it is zero, or clear the cell where it is not known.",
        ),
    ],
)
def test_text_that_reads_one_way_is_used_and_told(value: str, amount: float, message: str) -> None:
    rows: list[tuple[Value, ...]] = [(100.0,), (value,), (90.0,)]
    portfolio = read_tables([projects(COST, rows=rows)])
    first = portfolio.problems[0]
    assert first.message == message
    assert first.severity == "warning"
    assert place(first) == (0, 1, 2)
    assert portfolio.projects[1].cost[0].amount == amount


def test_a_column_of_numbers_stored_as_text_is_told_once() -> None:
    rows: list[tuple[Value, ...]] = [(f"£{i},000.50",) for i in range(1, 6)]
    problem = only(read_tables([projects(column("cost"), rows=rows)]))
    assert problem.message == (
        '5 values of "Cost" are numbers stored as text, such as "£1,000.50", and were read as '
        "numbers; expected a number. Turn them into numbers with Data > Text to Columns > Finish."
    )
    assert place(problem) == (0, 0, 2)
    assert problem.money is None, "the money of one project is not that of the column"


def test_the_columns_decimal_comma_settles_its_texts() -> None:
    portfolio = read_tables([projects(column("cost"), rows=[("1.234,5",), ("12,5",), ("1.234",)])])
    assert [project.cost[0].amount for project in portfolio.projects] == [1234.5, 12.5, 1234.0]
    assert {problem.severity for problem in portfolio.problems} == {"warning"}


def test_many_problems_of_one_kind_end_in_one_with_their_count() -> None:
    rows: list[tuple[Value, ...]] = [(f"see {i}?" if i else 5.0,) for i in range(31)]
    portfolio = read_tables([projects(column("cost"), rows=rows)])
    assert len(portfolio.problems) == 21
    assert portfolio.problems[-1].message == (
        '"Cost" has the same problem in 10 more rows ("see 21?", "see 22?", "see 23?" and 7 '
        "more): P22, P23, P24, P25, P26, P27, P28, P29, P30 and P31; expected a number. Enter "
        "the number alone, or leave the cell blank until it is known."
    )
    assert place(portfolio.problems[-1]) == (0, 21, 2)


def test_percentage_given_as_40_is_asked_for_a_share() -> None:
    categories = table(
        "categories", column("category"), column("min_share"), rows=[("Growth", 40.0)]
    )
    portfolio = read_tables([projects(rows=[()]), categories])
    assert only(portfolio).message == (
        '"Min share" of category "Growth" is 40; expected a fraction from 0 to 1. Enter 40% if '
        "per cent is meant."
    )
    assert portfolio.categories[0].min_share is None


def test_a_header_that_says_per_cent_settles_its_shares() -> None:
    shares = column("max_share", "Max share (%)")
    categories = table("categories", column("category"), shares, rows=[("A", 40.0), ("B", 100.0)])
    portfolio = read_tables([projects(rows=[()]), categories])
    assert [category.max_share for category in portfolio.categories] == [0.4, 1.0]
    assert only(portfolio).severity == "warning"


def test_a_column_of_progress_up_to_100_is_read_as_percentages() -> None:
    done = column("percent_complete", "% done")
    portfolio = read_tables([projects(done, rows=[(40.0,), (1.0,), (95.0,), (None,)])])
    assert only(portfolio).message == (
        '"% done" runs from 1 to 95, and was read as percentages: 40 as 40 %; expected fractions '
        "from 0 to 1. Divide them by 100 and format the column as percentages."
    )
    assert [p.percent_complete for p in portfolio.projects] == [0.4, 0.01, 0.95, None]


def test_unknown_word_is_told_once_for_all_its_rows() -> None:
    force = column("force", "Mandatory?")
    portfolio = read_tables([projects(force, rows=[("Yes",), ("perhaps",), ("perhaps",), ("N",)])])
    problem = only(portfolio)
    assert problem.message == (
        '"Mandatory?" of project P2 is "perhaps", and so is 1 more; expected In, Out or a blank. '
        "Enter In if the project is mandated, Out if it is shut out, or clear the cell."
    )
    assert problem.blocks == ("rebalance",)
    assert [p.force for p in portfolio.projects] == ["In", None, None, None]
