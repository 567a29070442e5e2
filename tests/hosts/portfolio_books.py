"""Small whole portfolios as workbooks: every table there is, each to be replaced or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

Rows = Sequence[Sequence[object]]

# Two fiscal years of GBP 200k. P1 is under way; of the rest P2 is worth most, then P4, P3.
PROJECTS: Rows = [
    ["Project ID", "Project name", "Category", "Lifecycle", "Start date", "Finish date",
     "Latest start", "Cost 2026/27 (GBP k)", "Cost 2027/28 (GBP k)", "Force in/out", "Reason"],
    ["P1", "Bridge repair", "Renewal", "Active", datetime(2026, 1, 1), datetime(2027, 3, 31),
     None, 80, 0, None, None],
    ["P2", "New depot", "Growth", "Proposed", datetime(2026, 6, 1), datetime(2027, 9, 30),
     datetime(2026, 9, 1), 60, 90, None, None],
    ["P3", "Ticket machines", "Growth", "Proposed", datetime(2026, 6, 1), datetime(2027, 5, 31),
     datetime(2027, 3, 1), 70, 40, None, None],
    ["P4", "Depot roof", "Renewal", "Proposed", datetime(2026, 6, 1), datetime(2026, 11, 30),
     datetime(2027, 1, 1), 50, 0, None, None],
]  # fmt: skip
CRITERIA: Rows = [
    ["Criterion", "Weight", "Direction", "Scale min", "Scale max"],
    ["Strategic fit", 60, "max", 1, 5],
    ["Safety", 30, "max", 1, 5],
    ["Disruption", 10, "min", 1, 5],
]
RATINGS: Rows = [
    ["Project ID", "Strategic fit", "Safety", "Disruption"],
    ["P1", 3, 4, 2],
    ["P2", 5, 4, 2],
    ["P3", 3, 2, 1],
    ["P4", 4, 5, 4],
]
BUDGETS: Rows = [
    ["Fiscal year", "Budget (GBP k)"],
    ["2026/27", 200],
    ["2027/28", 200],
]
LINKS: Rows = [["From project", "To project", "Dependency type"], ["P3", "P2", "Requires"]]
MONTHS = ["Apr-26", "May-26", "Jun-26", "Jul-26", "Aug-26", "Sep-26", "Oct-26", "Nov-26",
          "Dec-26", "Jan-27", "Feb-27", "Mar-27", "Apr-27", "May-27", "Jun-27", "Jul-27",
          "Aug-27", "Sep-27", "Oct-27", "Nov-27", "Dec-27", "Jan-28"]  # fmt: skip
CAPACITY: Rows = [
    ["Role", *(f"{month} (FTE)" for month in MONTHS)],
    ["Engineer", *([3.0] * len(MONTHS))],
    ["Planner", *([2.0] * len(MONTHS))],
]
DEMAND: Rows = [
    ["Project ID", "Role", *(f"{month} (FTE)" for month in MONTHS)],
    ["P1", "Engineer", *([1.0] * 12), *([None] * 10)],
    ["P2", "Engineer", None, None, *([1.0] * 16), *([None] * 4)],
    ["P2", "Planner", None, None, *([1.0] * 16), *([None] * 4)],
    ["P4", "Engineer", None, None, *([2.0] * 6), *([None] * 14)],
]
SETTINGS: Rows = [
    ["Setting", "Value"],
    ["Currency", "GBP"],
    ["Unit", "thousands"],
    ["Fiscal first month", 4],
    ["First period", datetime(2026, 4, 1)],
    ["Status date", datetime(2026, 4, 30)],
]
TABLES: Mapping[str, Rows] = {
    "Projects": PROJECTS,
    "Criteria": CRITERIA,
    "Ratings": RATINGS,
    "Budgets": BUDGETS,
    "Links": LINKS,
    "Capacity": CAPACITY,
    "Demand": DEMAND,
    "Settings": SETTINGS,
}


def portfolio_book(path: Path, **tables: Rows | None) -> Path:
    """Write the portfolio; a table named here is written instead, None leaves it out."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in {**TABLES, **tables}.items():
        if rows is None:
            continue
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def changed(rows: Rows, key: object, header: str, value: object) -> Rows:
    """The rows with one cell changed: in the row that begins with `key`, under `header`."""
    column = list(rows[0]).index(header)
    return [
        [value if row[0] == key and k == column else cell for k, cell in enumerate(row)]
        for row in rows
    ]
