"""Columns by period: which belong together, which are their total, and what is no need."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.hosts.test_units import COSTS, MORE, NAMES, listed
from xlportfolio.workbook.mapping.model import MappedField

LESS = (3, 4, 5, 6, 7, 8)
ROWS = range(len(NAMES))


def parts(field: MappedField) -> list[str | None]:
    """The period or else the kind of each part."""
    return [one.period.label if one.period else one.kind for one in field.columns]


def summed(*columns: Sequence[float]) -> list[float]:
    return [sum(column[row] for column in columns) for row in ROWS]


@pytest.mark.parametrize(
    ("headers", "field", "periods"),
    [
        (["2025 £", "2026 £", "2027 £"], "cost", ["2025", "2026", "2027"]),
        (["2025/26 (£k)", "2026/27 (£k)", "2027/28 (£k)"], "cost", "2025/26 2026/27 2027/28"),
        (["£k 2025/26", "£k 2026/27", "£k 2027/28"], "cost", "2025/26 2026/27 2027/28"),
        (["SFY26", "SFY27", "SFY28"], "cost", "2025/26 2026/27 2027/28"),
        (["2025E", "2026E", "2027E"], "cost", "2025 2026 2027"),
        (["Spend 2025", "Spend 2026", "Spend 2027"], "cost", "2025 2026 2027"),
        (
            ["2024/25 Revised Budget", "2025/26 Budget", "2026/27 Budget"],
            "budget",
            "2024/25 2025/26 2026/27",
        ),
        (["2024/25 AP $k", "2025/26 LTP $k", "2026/27 LTP $k"], "cost", "2024/25 2025/26 2026/27"),
        (["FY25 Adopted", "FY26 Proposed", "FY27 Proposed"], "cost", "2024/25 2025/26 2026/27"),
    ],
)
@pytest.mark.parametrize("with_total", [False, True])
def test_columns_that_carry_on_in_time_are_one_profile(
    headers: list[str], field: str, periods: str | list[str], with_total: bool
) -> None:
    total = ["Total"] if with_total else []
    sums = [summed(COSTS, MORE, LESS)] if with_total else []
    read = listed([*headers, *total], COSTS, MORE, LESS, *sums).fields[field]
    assert parts(read) == (periods.split() if isinstance(periods, str) else periods)
    assert read.header == ("Total" if with_total else headers[0])


@pytest.mark.parametrize(
    "headers",
    [
        ["Capex $m 2026", "Capex $m 2027", "Opex $m 2026"],
        ["Cost 2026 Capex ($m)", "Cost 2027 Capex ($m)", "Cost 2026 Opex ($m)"],
        ["Capex cost 2026 ($m)", "Capex cost 2027 ($m)", "Opex cost 2026 ($m)"],
        ["2026 Cost Capex ($m)", "2027 Cost Capex ($m)", "2026 Cost Opex ($m)"],
    ],
)
def test_kinds_under_repeated_years_are_kept_apart(headers: list[str]) -> None:
    cost = listed(headers, COSTS, MORE, LESS).fields["cost"]
    assert [(p.period.label, p.kind) for p in cost.columns if p.period] == [
        ("2026", "Capex"),
        ("2027", "Capex"),
        ("2026", "Opex"),
    ]
    assert (cost.scale, cost.currency) == (1e6, None)


def test_money_before_and_after_the_years_is_told_apart_from_kinds_of_cost() -> None:
    headers = ["Prior Years", "FFY25", "FFY26", "Future", "Total"]
    amounts = (LESS, COSTS, MORE, LESS)
    cost = listed(headers, *amounts, summed(*amounts)).fields["cost"]
    assert parts(cost) == ["Prior", "2024/25", "2025/26", "Later"]
    assert [p.kind for p in cost.columns] == ["Prior", None, None, "Later"]
    assert (cost.header, len(cost.subtotals)) == ("Total", 1)
    assert not cost.certain  # the headers do not say what the money is


def test_money_spent_to_date_is_a_part_where_the_total_says_so_and_spent_all_the_same() -> None:
    headers = ["Spend to 31/03/25", "2025/26", "2026/27", "Total Cost"]
    table = listed(headers, LESS, COSTS, MORE, summed(LESS, COSTS, MORE))
    cost, spent = table.fields["cost"], table.fields["spent_to_date"]
    assert parts(cost) == ["Prior", "2025/26", "2026/27"]
    assert (cost.header, spent.header) == ("Total Cost", "Spend to 31/03/25")
    table = listed(headers, LESS, COSTS, MORE, summed(COSTS, MORE))
    assert parts(table.fields["cost"]) == ["2025/26", "2026/27"]


def test_a_total_has_to_equal_the_sum() -> None:
    headers = ["2025 Budget", "2026 Budget", "Total Budget"]
    budget = listed(headers, COSTS, MORE, summed(COSTS, MORE, LESS)).fields["budget"]
    assert not budget.certain
    assert budget.why == '"Total Budget" is not the sum of the periods'


def test_actuals_do_not_join_the_years_to_come() -> None:
    headers = ["2023/24 Actual", "2024/25 Budget", "2025/26 Budget"]
    table = listed(headers, COSTS, MORE, LESS)
    assert parts(table.fields["budget"]) == ["2024/25", "2025/26"]


def test_days_by_month_are_no_money() -> None:
    cost = listed(["Cost", "Apr-25 (days)", "May-25 (days)"], COSTS, MORE, LESS).fields["cost"]
    assert (cost.header, len(cost.columns), cost.certain) == ("Cost", 1, True)


def test_money_moved_between_years_is_no_part_of_them() -> None:
    table = listed(
        ["Slippage b/fwd from 2023/24 £", "Budget 2024/25 £", "Budget 2025/26 £"], LESS, COSTS, MORE
    )
    assert parts(table.fields["budget"]) == ["2024/25", "2025/26"]


def test_a_cost_that_the_years_beside_it_do_not_add_up_to_stays_the_cost_and_is_asked() -> None:
    whole = [one * 9 + 1 for one in COSTS]
    table = listed(["Whole life cost £m", "Cost 2024 £m", "Cost 2025 £m"], whole, LESS, MORE)
    cost = table.fields["cost"]
    assert (cost.header, len(cost.columns), cost.certain) == ("Whole life cost £m", 1, False)
    assert cost.why == '"Cost 2024 £m" to "Cost 2025 £m" beside it add up to something else'


def test_a_total_that_is_wrong_in_a_row_is_still_the_total() -> None:
    total = summed(LESS, MORE)
    total[2] += 50
    table = listed(["Total cost £m", "Cost 2024 £m", "Cost 2025 £m"], total, LESS, MORE)
    cost = table.fields["cost"]
    assert cost.header == "Total cost £m"
    assert [one.period.label for one in cost.columns if one.period] == ["2024", "2025"]


def test_years_of_a_budget_are_asked_where_one_more_year_stands_apart() -> None:
    table = listed(
        ["Budget 2024/25 £", "Budget 2025/26 £", "Latest agreed budget 2023/24 £"],
        LESS,
        COSTS,
        MORE,
    )
    budget = table.fields["budget"]
    if "2023/24" not in parts(budget):
        assert not budget.certain
        assert budget.why == '"Latest agreed budget 2023/24 £" is budget of a period as well'
