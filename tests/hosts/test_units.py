"""The unit of money is read where it stands: header, row under it, band, total or title."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.hosts.drawn_sheets import sheet
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import MappedTable, Mapping
from xlportfolio.workbook.mapping.sources import located_tables

NAMES = ("New depot", "Old pumps", "Main sewer", "East tower", "Payroll", "Harbour wall")
NO_TITLE: tuple[str, ...] = ()


def listed(
    headers: Sequence[object],
    *amounts: Sequence[float],
    title: Sequence[str] = NO_TITLE,
    under: Sequence[Sequence[object]] = (),
    merges: Sequence[str] = (),
) -> MappedTable:
    """The mapped table of six projects with ID and name, and columns of amounts."""
    rows = [[f"P{i + 1}", name, *(column[i] for column in amounts)] for i, name in enumerate(NAMES)]
    above = [[text] for text in title] + ([[None]] if title else [])
    drawn = [*above, ["Project ID", "Project name", *headers], *under, *rows]
    mapping = map_tables(find_on_sheet(sheet(drawn, name="Projects", merges=merges)))
    return mapping.of("projects", "main")[0]


COSTS = (120, 340, 560, 780, 910, 450)
MORE = (20, 30, 40, 50, 60, 70)


@pytest.mark.parametrize(
    ("title", "currency", "scale"),
    [
        ("All values in Rs. Crore", "INR", 1e7),
        ("Dollars in 000's", None, 1e3),
        ("($ in thousands)", None, 1e3),
        ("Capital programme (£m)", "GBP", 1e6),
        ("Amounts in thousands of euros", "EUR", 1e3),
        ("Values shown in $M unless otherwise stated", None, 1e6),
        ("Projects with a cost of more than £5m", None, None),
        ("Programme for 12,000 homes", None, None),
        ("Works of phase M", None, None),
        ("Works (k)", None, 1e3),
        ("Investing in millions of trees", None, None),
    ],
)
def test_a_title_says_the_unit_of_a_column_without_one(
    title: str, currency: str | None, scale: float | None
) -> None:
    cost = listed(["Cost"], COSTS, title=[title]).fields["cost"]
    assert (cost.currency, cost.scale, cost.certain) == (currency, scale, True)


def test_a_title_in_thousands_over_a_header_in_single_pounds_is_asked() -> None:
    cost = listed(["Cost (£)"], COSTS, title=["All figures in £000"]).fields["cost"]
    assert not cost.certain
    assert cost.why == 'its header says "£", but over it stands "All figures in £000"'


def test_a_row_of_units_under_the_header_is_the_unit_of_the_columns() -> None:
    under = [[None, None, "$m", "$m pa"]]
    table = listed(["Cost", "Benefit"], COSTS, MORE, under=under)
    cost, benefit = table.fields["cost"], table.fields["benefit"]
    assert (cost.unit, cost.currency, cost.scale, cost.certain) == ("$m", None, 1e6, True)
    assert len(table.found.records) == len(NAMES)
    assert (benefit.scale, benefit.why) == (1e6, 'its unit, "$m pa", is a yearly sum')


@pytest.mark.parametrize("header", ["Cost (XYZ k)", "Cost (Cr)"])
def test_a_unit_that_is_not_understood_is_asked(header: str) -> None:
    cost = listed([header], COSTS).fields["cost"]
    assert not cost.certain


def test_years_without_a_unit_are_in_the_unit_of_their_total() -> None:
    totals = [a + b for a, b in zip(COSTS, MORE, strict=True)]
    table = listed(["Total cost £k", "2025/26", "2026/27"], totals, COSTS, MORE)
    cost = table.fields["cost"]
    assert (cost.header, cost.scale, cost.certain) == ("Total cost £k", 1e3, True)
    [located] = located_tables(Mapping((table,)))
    columns = located.source.columns
    assert {c.scale for c in columns if c.field == "cost"} == {1e3}


def test_money_without_a_unit_beside_money_in_millions_is_asked_and_takes_theirs() -> None:
    table = listed(
        ["Approved budget (£m)", "Spend to date", "Cost (£m)"],
        [12.5, 3.4, 40.0, 7.5, 1.5, 22.0],
        [4.5, 1.25, 11.5, 2.5, 0.5, 9.5],
        [13.5, 3.5, 41.0, 8.0, 1.75, 23.0],
    )
    spent = table.fields["spent_to_date"]
    assert (spent.certain, spent.scale, spent.currency) == (False, 1e6, "GBP")
    assert spent.why == 'it says no unit, and the columns beside it are in "£m"'
    assert table.fields["budget"].certain


def test_money_of_another_order_beside_thousands_is_single_money() -> None:
    table = listed(
        ["Budget (£k)", "Spend to date"],
        [1.5, 3.5, 4.0, 7.5, 1.5, 2.0],
        [1_400_000, 3_300_000, 3_900_000, 7_100_000, 1_200_000, 1_900_000],
    )
    assert table.fields["spent_to_date"].scale is None
