"""Which rows of a list are its projects: those after a gap too, but no totals and no examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.hosts.drawn_sheets import Rows, column, only, sheet
from xlportfolio.workbook.finding.tables import find_on_sheet

WIDE_HEADERS = ["Project ID", "Project name", "Manager", "Status", "Start", "Finish", "Cost"]


def _projects(first: int, last: int) -> list[list[object]]:
    """Projects as lists hold them: what stands under no header may look like one."""
    names = ["Elm renewal", "Data upgrade", "River rollout"]
    states = ["Completed", "Not started", "In progress"]
    return [
        [
            f"PRJ-{i:03d}",
            f"{names[i % 3]} {i}",
            "A. Osei" if i % 2 else "Chen Wei",
            states[i % 3],
            datetime(2025, 1 + i % 12, 1),
            datetime(2026, 1 + i % 12, 28),
            110 * i,
        ]
        for i in range(first, last + 1)
    ]


def _ids(first: int, last: int) -> list[str]:
    return [f"PRJ-{i:03d}" for i in range(first, last + 1)]


@pytest.mark.parametrize("blank_rows", [1, 2, 3, 4])
@pytest.mark.parametrize("n_later", [1, 2, 4, 20])
def test_rows_after_blank_rows_are_of_the_table(blank_rows: int, n_later: int) -> None:
    gap: Rows = [[]] * blank_rows
    rows = [WIDE_HEADERS, *_projects(1, 20), *gap, *_projects(21, 20 + n_later)]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 20 + n_later)
    assert len(table.joined_rows) == n_later
    assert table.joined_rows[0] == 22 + blank_rows


def test_groups_parted_by_blank_rows_are_one_table() -> None:
    rows: list[Sequence[object]] = [WIDE_HEADERS]
    for first in (1, 11, 21, 31):
        rows += [*_projects(first, first + 9), []]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == _ids(1, 40)


def test_rows_after_a_blank_row_and_a_section_title_are_of_the_table() -> None:
    for between in ([[], ["Late additions"]], [[], ["Late additions"], []]):
        rows = [WIDE_HEADERS, *_projects(1, 8), *between, *_projects(9, 12)]
        table = only(find_on_sheet(sheet(rows)))
        assert column(table, "Project ID") == _ids(1, 12)
        assert table.sections[table.records[-1]] == "Late additions"


def test_rows_after_a_total_and_a_blank_row_are_of_the_table() -> None:
    total = ["Total", None, None, None, None, None, 110 * sum(range(1, 9))]
    rows = [WIDE_HEADERS, *_projects(1, 8), [], total, [], *_projects(9, 12)]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 12)
    assert table.totals == (11,)


def test_later_rows_that_lack_whole_columns_are_of_the_table() -> None:
    later = [[*row[:2], None, None, *row[4:]] for row in _projects(9, 11)]
    rows = [WIDE_HEADERS, *_projects(1, 8), [], *later]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 11)
    assert column(table, "Cost")[-1] == 1210.0


def test_rows_far_below_are_of_the_table_if_they_carry_its_ids() -> None:
    rows = [WIDE_HEADERS, *_projects(1, 8), *[[]] * 30, *_projects(9, 12)]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == _ids(1, 12)


def test_a_legend_beside_the_list_does_not_part_its_rows() -> None:
    legend: dict[int, list[object]] = {2: ["RAG", "Meaning"], 3: ["R", "late"], 4: ["G", "fine"]}
    rows = [WIDE_HEADERS, *_projects(1, 8), [], *_projects(9, 12)]
    wide = [
        [*row, *[None] * (7 - len(row)), None, None, *legend.get(i, [])]
        for i, row in enumerate(rows)
    ]
    tables = find_on_sheet(sheet(wide))
    assert column(tables[0], "Project ID") == _ids(1, 12)


def test_a_remark_beside_later_rows_does_not_part_them() -> None:
    later = _projects(9, 12)
    later[1] += ["ask finance"]
    rows = [WIDE_HEADERS, *_projects(1, 8), [], *later]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 12)


def test_headers_repeated_at_page_breaks_after_blank_rows_are_no_projects() -> None:
    rows = [
        *[WIDE_HEADERS, *_projects(1, 8), [], []],
        *[WIDE_HEADERS, *_projects(9, 16), [], ["Page 3"], WIDE_HEADERS, *_projects(17, 20)],
    ]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == _ids(1, 20)


OTHER_TABLES: dict[str, Rows] = {
    "of known headers": [
        ["Project ID", "Milestone", "Owner", "Due date", "Forecast date", "Actual date"],
        ["PRJ-001", "Kick-off", "A. Osei", *[datetime(2025, 3, 1)] * 3],
        ["PRJ-002", "Kick-off", "Chen Wei", *[datetime(2025, 4, 1)] * 3],
    ],
    "of unknown headers": [
        ["Ref", "Wombat", "Ledger", "Zone", "Opened", "Closed", "Points"],
        ["Z", "Grey", "North", "A", datetime(2025, 3, 1), datetime(2025, 3, 1), 4],
        ["Y", "Brown", "South", "B", datetime(2025, 4, 1), datetime(2025, 3, 1), 5],
    ],
    "of months": [
        ["Skill", "Contractors?", "Site", "Depot", "Oct 2026", "Nov 2026", "Dec 2026"],
        ["Planner", "N", "North", "Elm", 8, 8, 8],
        ["Buyer", "Y", "South", "Oak", 3, 3, 3],
    ],
    "of years": [
        ["Project ID", "Project name", "Programme", "Type", 2025, 2026, 2027],
        ["PRJ-001", "Elm renewal 1", "North", "Capital", 100, 200, 300],
        ["PRJ-002", "Data upgrade 2", "South", "Revenue", 400, 500, 600],
    ],
}


@pytest.mark.parametrize("other", OTHER_TABLES.values(), ids=OTHER_TABLES.keys())
def test_another_table_under_the_list_is_not_of_it(other: Rows) -> None:
    rows = [WIDE_HEADERS, *_projects(1, 8), [], *other]
    assert column(find_on_sheet(sheet(rows))[0], "Project ID") == _ids(1, 8)


def test_remarks_and_signatures_under_the_list_are_not_of_it() -> None:
    below: Rows = [[], ["Prepared by", "J. Smith"], ["Approved by", "The board"]]
    rows = [WIDE_HEADERS, *_projects(1, 8), *below]
    assert column(find_on_sheet(sheet(rows))[0], "Project ID") == _ids(1, 8)
