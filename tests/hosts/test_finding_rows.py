"""Which rows of a list are its projects: those after a gap too, but no totals and no examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.hosts.drawn_sheets import Rows, column, only, sheet
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.mapping import map_tables

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


def test_later_rows_of_little_but_an_id_and_a_name_are_of_the_table() -> None:
    rows = [WIDE_HEADERS, *_projects(1, 8), [], *[row[:2] for row in _projects(9, 11)]]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == _ids(1, 11)


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


SUM = 110.0 * sum(range(1, 15))
SUMMARIES: dict[str, Rows] = {
    "a sum without a label": [[None] * 6 + [SUM]],
    "a sum below a blank row": [[], [None] * 6 + [SUM]],
    "a mean": [["Average"] + [None] * 5 + [SUM / 14]],
    "a label of its own before the sum": [["All of it"] + [None] * 5 + [SUM]],
    "budget and what is left of it": [
        ["Total"] + [None] * 5 + [SUM],
        ["Budget available"] + [None] * 5 + [9000],
        ["Over / (under) budget"] + [None] * 5 + [SUM - 9000],
    ],
    "a surcharge": [
        ["Contingency 10%"] + [None] * 5 + [900],
        ["Total incl. contingency"] + [None] * 5 + [SUM + 900],
    ],
    "what follows a total": [
        ["Total"] + [None] * 5 + [SUM],
        ["Grant from the lottery"] + [None] * 5 + [777],
        ["check"] + [None] * 5 + [0],
    ],
    "a count": [["Number of projects", 14]],
    "dashes": [["-", "-", "-", "-", None, None, "—"]],
    "a ruled line": [["-----", "-----", "-----", "-----", "-----", "-----", "====="]],
}


@pytest.mark.parametrize("below", SUMMARIES.values(), ids=SUMMARIES.keys())
def test_what_sums_the_list_is_no_project(below: Rows) -> None:
    table = find_on_sheet(sheet([WIDE_HEADERS, *_projects(1, 14), *below]))[0]
    assert column(table, "Project ID") == _ids(1, 14)


def test_a_sum_over_the_list_without_a_label_is_no_project() -> None:
    total = [None] * 6 + [SUM]
    table = only(find_on_sheet(sheet([WIDE_HEADERS, total, *_projects(1, 14)])))
    assert column(table, "Project ID") == _ids(1, 14)
    assert table.totals == (2,)


def test_subtotals_without_labels_are_no_projects() -> None:
    first, second = 110 * sum(range(1, 8)), 110 * sum(range(8, 15))
    rows = [
        *[WIDE_HEADERS, *_projects(1, 7), [None] * 6 + [first]],
        *[*_projects(8, 14), [None] * 6 + [second], [None] * 6 + [SUM]],
    ]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 14)
    assert table.totals == (9, 17, 18)


STAYING: dict[str, Sequence[object]] = {
    "with little but a name": [None, "Weir", None, None, None, None, 60],
    "with no numbers": ["PRJ-015", "Weir", None, None, None, None, None],
    "named Total": ["PRJ-015", "Total rewiring", None, None, None, None, 60],
    "named after a balance": ["PRJ-015", "Balance", None, None, None, None, 60],
    "that costs as much as all others": ["PRJ-015", "Weir", None, None, None, None, SUM],
    "named after a sample": ["PRJ-015", "Sample preparation lab", "A. Osei", "New", None, None, 5],
    "with its ID alone wanting": [None, "Weir", "A. Osei", "New", None, None, 5],
    "without a name": ["PRJ-099", None, None, None, None, None, 60],
}


@pytest.mark.parametrize("project", STAYING.values(), ids=STAYING.keys())
def test_a_project_that_lacks_much_stays_a_project(project: Sequence[object]) -> None:
    table = only(find_on_sheet(sheet([WIDE_HEADERS, *_projects(1, 14), project])))
    assert len(table.records) == 15


def test_in_a_list_of_names_and_costs_each_row_is_a_project() -> None:
    rows = [["Project", "Cost"], *[[f"Depot {name}", 10] for name in "ABCD"], ["Weir", 40]]
    assert len(only(find_on_sheet(sheet(rows))).records) == 5


EXAMPLES: dict[str, Sequence[object]] = {
    "in the ID": ["EXAMPLE", "Elm renewal", "Jane Doe", "New", datetime(2025, 1, 1), None, 1000],
    "in the name": ["PRJ-000", "Example project", "Jane Doe", "New", None, None, 1000],
    "as e.g.": ["e.g. PRJ-001", "Elm renewal", "Jane Doe", "New", None, None, 1000],
    "as a sample": [None, "Sample project", "Jane Doe", "New", datetime(2025, 1, 1), None, 1000],
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_is_no_project(example: Sequence[object]) -> None:
    table = only(find_on_sheet(sheet([WIDE_HEADERS, example, *_projects(1, 12)])))
    assert column(table, "Project ID") == _ids(1, 12)
    assert table.left_out == {2: "an example"}


@pytest.mark.parametrize("ahead", ["PRJ-0{}", "P-{}", "{}"])
def test_ids_prepared_in_rows_not_yet_filled_in_are_no_projects(ahead: str) -> None:
    empty = [[ahead.format(i)] for i in range(13, 60)]
    rows = [WIDE_HEADERS, *_projects(1, 12), *empty]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == _ids(1, 12)
    assert set(table.left_out) == set(range(14, 61))


def test_row_numbers_beside_prepared_ids_fill_no_rows() -> None:
    numbered = [[i, *row] for i, row in enumerate(_projects(1, 12), start=1)]
    rows = [["No", *WIDE_HEADERS], *numbered, *[[i, f"PRJ-{i:03d}"] for i in range(13, 31)]]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == _ids(1, 12)


def test_projects_without_an_entry_in_a_matrix_stay_its_rows() -> None:
    months = [datetime(2027, month, 1) for month in range(1, 7)]
    entries = [[f"P{i}", *([2, 2, 2] if i % 3 == 0 else [])] for i in range(1, 25)]
    rows: Rows = [["Project ID", *months], *entries]
    assert len(only(find_on_sheet(sheet(rows))).records) == 24


def test_the_mapping_says_which_rows_it_took_from_below_a_gap_and_which_it_left_out() -> None:
    example = ["EXAMPLE", "Elm renewal", "Jane Doe", "New", datetime(2025, 1, 1), None, 1000]
    total = [None] * 6 + [110 * sum(range(1, 13))]
    rows = [WIDE_HEADERS, example, *_projects(1, 8), [], *_projects(9, 12), total]
    notes = map_tables(find_on_sheet(sheet(rows))).notes
    assert [note for note in notes if "budget" not in note] == [
        "4 rows (12 to 15) below a gap were read as part of Sheet1!A1:G15. "
        "Give them a header of their own if they are no part of it.",
        "Row 2 of Sheet1!A1:G15 was left out: an example.",
        "Row 16 of Sheet1!A1:G15 was left out: a sum or another figure about the rows above.",
    ]
