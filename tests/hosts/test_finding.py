"""Every layout in which offices lay out their tables is found where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
import xlsxwriter

from tests.hosts.drawn_sheets import Rows, column, headers, only, sheet
from xlportfolio import open_workbook
from xlportfolio.workbook.finding.tables import find_on_sheet, find_tables
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

HEADERS = ["Project ID", "Project name", "Start date", "Cost"]
PROJECTS: Rows = [
    ["P1", "New depot", datetime(2026, 4, 1), 100],
    ["P2", "Old pumps", datetime(2026, 6, 1), 250],
    ["P3", "Main sewer", datetime(2027, 1, 1), 75],
]


def test_a_plain_table_from_the_first_cell_on_is_found() -> None:
    table = only(find_on_sheet(sheet([HEADERS, *PROJECTS])))
    assert (table.range.address, table.orientation) == ("A1:D4", "rows")
    assert headers(table) == HEADERS
    assert column(table, "Cost") == [100.0, 250.0, 75.0]


def test_a_block_under_title_rows_is_found_with_its_title() -> None:
    title = [["Capital programme"], ["All figures GBP k"], []]
    table = only(find_on_sheet(sheet([*title, HEADERS, *PROJECTS], at="B2")))
    assert table.range.address == "B5:E8"
    assert table.title == "All figures GBP k | Capital programme"


def test_title_rows_that_touch_the_header_are_not_part_of_it() -> None:
    table = only(find_on_sheet(sheet([["Capital programme"], HEADERS, *PROJECTS])))
    assert table.range.address == "A2:D5"
    assert headers(table) == HEADERS


def test_headers_in_row_30_are_found() -> None:
    notes = [[f"Remark {i} of the portfolio office"] for i in range(29)]
    table = only(find_on_sheet(sheet([*notes, HEADERS, *PROJECTS])))
    assert table.range.address == "A30:D33"


def test_an_excel_table_ends_where_it_says_though_notes_touch_it() -> None:
    rows = [HEADERS, *PROJECTS, ["Total", None, None, 425], ["Checked by finance", "yes"]]
    declared = ExcelTable(
        "tblProjects", "Sheet1", CellRange.parse("A1:D5"), tuple(HEADERS), totals_rows=1
    )
    table = only(find_on_sheet(sheet(rows), [declared]))
    assert (table.excel_table, table.range.address) == ("tblProjects", "A1:D4")
    assert len(table.records) == 3


def test_a_narrow_excel_table_of_settings_lies_on_its_side() -> None:
    rows = [
        ["Setting", "Value", "What it means"],
        ["Currency", "GBP", "of all money"],
        ["Unit", "thousands", "of all money"],
        ["Discount rate", 0.035, "a year"],
        ["Status date", datetime(2026, 3, 31), "of the data"],
        ["Fiscal year first month", 4, "1 to 12"],
    ]
    declared = ExcelTable("tblSettings", "Sheet1", CellRange.parse("A1:C6"), tuple(rows[0]))  # type: ignore[arg-type]
    table = only(find_on_sheet(sheet(rows), [declared]))
    assert table.orientation == "transposed"
    assert column(table, "Discount rate")[0] == 0.035


def test_a_named_range_parts_a_table_from_what_touches_it() -> None:
    rows = [*[["x", "y", "z", "w"]] * 2, HEADERS, *PROJECTS, ["signed", "J. Doe", "board", "yes"]]
    table = only(find_on_sheet(sheet(rows), named=[CellRange.parse("A3:D6")]))
    assert table.range.address == "A3:D6"
    assert len(table.records) == 3


STACKED: Rows = [
    ["Project ID", "Project name", "FY26/27", None, "FY27/28", None, "Total"],
    [None, None, "Capex", "Opex", "Capex", "Opex", None],
    ["P1", "New depot", 10, 1, 20, 2, 33],
    ["P2", "Old pumps", 30, 3, 40, 4, 77],
]
STACKED_HEADERS = [
    "Project ID",
    "Project name",
    "FY26/27 / Capex",
    "FY26/27 / Opex",
    "FY27/28 / Capex",
    "FY27/28 / Opex",
    "Total",
]


@pytest.mark.parametrize("merges", [[], ["C1:D1", "E1:F1", "A1:A2", "B1:B2", "G1:G2"]])
def test_stacked_headers_are_joined_whether_merged_or_not(merges: list[str]) -> None:
    table = only(find_on_sheet(sheet(STACKED, merges=merges)))
    assert headers(table) == STACKED_HEADERS
    assert column(table, "FY27/28 / Opex") == [2.0, 4.0]
    assert table.range.address == "A1:G4"


def test_the_cell_of_a_header_is_its_innermost_one() -> None:
    table = only(find_on_sheet(sheet(STACKED, merges=["C1:D1", "E1:F1"])))
    assert table.cell(None, 3) == (2, 4)
    assert table.cell(1, 3) == (4, 4)


def test_the_unit_in_a_header_is_read() -> None:
    rows = [["Project ID", "Project name", "Budget (GBP k)"], *[[*row[:2], 5] for row in PROJECTS]]
    heading = only(find_on_sheet(sheet(rows))).columns[2].heading
    assert (heading.words, heading.unit, heading.scale) == ("budget", "GBP k", 1000.0)


def test_footnotes_below_the_table_are_no_projects() -> None:
    notes = [
        ["* Excludes projects below the threshold"],
        ["1. Costs are in 2026/27 prices"],
        ["Source: finance system, 31 March 2026"],
    ]
    for between in ([], [[]]):
        table = only(find_on_sheet(sheet([HEADERS, *PROJECTS, *between, *notes])))
        assert column(table, "Project ID") == ["P1", "P2", "P3"]


def test_description_rows_under_the_headers_are_skipped() -> None:
    guidance = ["Unique code", "As on the charter", "dd/mm/yyyy", "Whole life, GBP k"]
    table = only(find_on_sheet(sheet([HEADERS, guidance, *PROJECTS])))
    assert column(table, "Project ID") == ["P1", "P2", "P3"]
    assert table.range.address == "A1:D5"


def test_section_rows_are_no_projects_and_name_those_below_them() -> None:
    rows = [
        HEADERS,
        ["Networks programme"],
        *PROJECTS[:2],
        ["Customer programme"],
        PROJECTS[2],
    ]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == ["P1", "P2", "P3"]
    assert [table.sections[row] for row in table.records] == [
        "Networks programme",
        "Networks programme",
        "Customer programme",
    ]


def test_total_rows_are_no_projects() -> None:
    rows = [
        HEADERS,
        *PROJECTS[:2],
        ["Subtotal", None, None, 350],
        PROJECTS[2],
        [None, "Grand total", None, 425],
    ]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Project ID") == ["P1", "P2", "P3"]
    assert table.totals == (4, 6)


def test_a_project_whose_name_starts_with_total_is_a_project() -> None:
    rows = [HEADERS, *PROJECTS, ["P4", "Total rewiring", datetime(2027, 5, 1), 60]]
    assert len(only(find_on_sheet(sheet(rows))).records) == 4


def test_repeated_headers_are_no_projects() -> None:
    rows = [HEADERS, *PROJECTS[:2], HEADERS, PROJECTS[2]]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == ["P1", "P2", "P3"]


def test_a_blank_row_among_the_data_does_not_end_the_table() -> None:
    rows = [HEADERS, *PROJECTS[:2], [], PROJECTS[2]]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == ["P1", "P2", "P3"]


def test_a_blank_row_under_the_header_does_not_part_it_from_the_data() -> None:
    table = only(find_on_sheet(sheet([HEADERS, [], *PROJECTS])))
    assert column(table, "Project ID") == ["P1", "P2", "P3"]


def test_a_spacer_column_does_not_cut_the_table() -> None:
    rows = [[*row[:2], None, *row[2:]] for row in [HEADERS, *PROJECTS]]
    table = only(find_on_sheet(sheet(rows)))
    assert column(table, "Cost") == [100.0, 250.0, 75.0]


def test_two_tables_beside_each_other_are_two() -> None:
    left: Rows = [HEADERS, *PROJECTS]
    right: Rows = [["Criterion", "Weight"], ["Fit", 3], ["Risk", 2], ["Reach", 1]]
    rows = [[*a, None, None, *b] for a, b in zip(left, right, strict=True)]
    tables = find_on_sheet(sheet(rows))
    assert [table.range.address for table in tables] == ["A1:D4", "G1:H4"]


def test_two_tables_below_each_other_are_two() -> None:
    links = [
        ["From project", "To project", "Dependency type"],
        ["P1", "P2", "Requires"],
        ["P3", "P1", "Excludes"],
    ]
    tables = find_on_sheet(sheet([HEADERS, *PROJECTS, [], ["Dependencies"], *links]))
    assert [table.range.address for table in tables] == ["A1:D4", "A7:C9"]


def test_a_table_lying_on_its_side_is_found() -> None:
    rows = [list(row) for row in zip(HEADERS, *PROJECTS, strict=True)]
    table = only(find_on_sheet(sheet(rows)))
    assert (table.range.address, table.orientation) == ("A1:D4", "transposed")
    assert column(table, "Cost") == [100.0, 250.0, 75.0]
    assert table.cell(2, headers(table).index("Cost")) == (4, 4)  # the third project: D4


def test_a_thousand_projects_side_by_side_are_found() -> None:
    records = [[f"P{i}", f"Depot {i}", datetime(2026, 4, 1), i] for i in range(1000)]
    rows = [list(row) for row in zip(HEADERS, *records, strict=True)]
    table = only(find_on_sheet(sheet(rows)))
    assert (table.range.address, table.orientation) == ("A1:ALM4", "transposed")
    assert column(table, "Cost")[-1] == 999.0


def test_a_thousand_columns_of_projects_in_rows_are_found() -> None:
    wide = [f"Attribute {i}" for i in range(1000)]
    records = [[f"P{i}", f"Depot {i}", datetime(2026, 4, 1), *[i] * 1001] for i in range(60)]
    table = only(find_on_sheet(sheet([[*HEADERS, *wide], *records])))
    assert (len(table.records), table.orientation) == (60, "rows")
    assert column(table, "Attribute 999")[-1] == 59.0


FORM: Rows = [
    ["Business case"],
    [],
    [None, "Project name", "New depot"],
    [None, "Sponsor", "A. Khan"],
    [None, "Start date", datetime(2026, 4, 1)],
    [None, "Total cost", 900],
    [None, "NPV", 120],
]


def test_a_form_with_fields_down_column_b_is_one_project() -> None:
    table = only(find_on_sheet(sheet(FORM)))
    assert (table.range.address, table.orientation) == ("B3:C7", "transposed")
    assert len(table.records) == 1
    assert column(table, "Total cost") == [900.0]


def test_options_beside_each_other_on_a_form_are_a_record_each() -> None:
    rows = [
        ["Option", "Option A", "Option B", "Do minimum"],
        ["Total cost", 900, 700, 100],
        ["NPV", 120, 80, 0],
        ["Start date", *[datetime(2026, 4, 1)] * 3],
        ["Risk", "High", "Medium", "Low"],
    ]
    table = only(find_on_sheet(sheet(rows)))
    assert table.orientation == "transposed"
    assert column(table, "Option") == ["Option A", "Option B", "Do minimum"]
    assert column(table, "NPV") == [120.0, 80.0, 0.0]


def test_pairs_of_labels_and_values_beside_each_other_are_one_record() -> None:
    rows = [
        ["Project name", "New depot", "Sponsor", "A. Khan"],
        ["Project ID", "P1", "Project manager", "B. Osei"],
        ["Start date", datetime(2026, 4, 1), "Total cost", 900],
        ["Finish date", datetime(2027, 4, 1), "NPV", 120],
    ]
    table = only(find_on_sheet(sheet(rows)))
    assert len(table.records) == 1
    read = {header: column(table, header) for header in headers(table)}
    assert read["Project ID"] == ["P1"]
    assert read["Total cost"] == [900.0]
    assert read["Project manager"] == ["B. Osei"]


WIDE_PERIODS = {
    "dates": [datetime(2027, month, 1) for month in (1, 2, 3)],
    "short months": ["Jan-27", "Feb-27", "Mar-27"],
    "ISO months": ["2027-01", "2027-02", "2027-03"],
    "fiscal quarters": ["FY27 Q1", "FY27 Q2", "FY27 Q3"],
    "months after start": ["M1", "M2", "M3"],
    "years as numbers": [2027, 2028, 2029],
}


@pytest.mark.parametrize("periods", WIDE_PERIODS.values(), ids=WIDE_PERIODS.keys())
def test_a_column_per_period_is_read_whatever_the_periods_are_called(
    periods: list[object],
) -> None:
    rows = [["Role", *periods], ["Engineer", 4, 5, 6], ["Planner", 1, 1, 2], ["Buyer", 2, 2, 2]]
    table = only(find_on_sheet(sheet(rows)))
    assert table.range.address == "A1:D4"
    assert all(found.heading.is_period for found in table.columns[1:])
    assert table.values(3) == [6.0, 2.0, 2.0]


def test_years_down_the_side_under_their_header_are_rows_not_fields() -> None:
    rows = [["Budget by year"], ["Year", "£"], [2027, 620_000], [2028, 640_000], [2029, 655_000]]
    table = only(find_on_sheet(sheet(rows)))
    assert table.orientation == "rows"
    assert column(table, "Year") == [2027.0, 2028.0, 2029.0]


def test_a_sum_that_looks_like_a_year_does_not_begin_another_table() -> None:
    rows = [
        ["Fiscal year", "Kind", "Budget (GBP k)", "Source"],
        ["2026/27", "Capex", 12_500, "Approved"],
        ["2026/27", "Opex", 1_890, "Approved"],
        ["2027/28", "Opex", 550, "Indicative"],
        ["2027/28", "Capex", 2_100, "Indicative"],
        ["2028/29", "Opex", 50, "Indicative"],
    ]
    assert only(find_on_sheet(sheet(rows))).range.address == "A1:D6"


def test_a_cell_at_the_far_corner_of_the_sheet_costs_nothing() -> None:
    contents = sheet([HEADERS, *PROJECTS])
    contents.rows[1_048_576] = {16_384: "x"}  # type: ignore[index]
    assert only(find_on_sheet(contents)).range.address == "A1:D4"


def test_hidden_columns_are_read_and_known_for_hidden() -> None:
    table = only(find_on_sheet(sheet([HEADERS, *PROJECTS], hidden_columns=[4])))
    assert [found.hidden for found in table.columns] == [False, False, False, True]
    assert column(table, "Cost") == [100.0, 250.0, 75.0]


def test_a_cell_of_blanks_is_a_blank_cell() -> None:
    rows = [HEADERS, *PROJECTS, ["   ", "\u00a0", None, None], ["P4", "Weir", None, 3]]
    assert column(only(find_on_sheet(sheet(rows))), "Project ID") == ["P1", "P2", "P3", "P4"]


def test_a_key_merged_down_its_rows_holds_for_each_of_them() -> None:
    rows = [
        ["Project", "Role", "Jan-27", "Feb-27"],
        ["P1", "Engineer", 1, 2],
        [None, "Planner", 1, 1],
        ["P2", "Engineer", 3, 3],
    ]
    table = only(find_on_sheet(sheet(rows, merges=["A2:A3"])))
    assert column(table, "Project") == ["P1", "P1", "P2"]


def test_a_sheet_of_prose_has_no_tables() -> None:
    prose = [["Dear colleagues,"], ["please fill in the register by Friday."], ["Thank you."]]
    assert find_on_sheet(sheet(prose)) == []


def test_tables_are_found_in_sheet_order_in_a_real_file(tmp_path: object) -> None:
    path = f"{tmp_path}/book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Zeta", "Alpha"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, HEADERS)
            for i in range(3):
                page.write_row(i + 1, 0, [f"P{i}", f"Depot {i}", 46_000 + i, 10 * i])
        book.add_worksheet("Empty")
    with open_workbook(path) as opened:
        found = find_tables(opened)
    assert [(table.sheet, table.range.address) for table in found] == [
        ("Zeta", "A1:D4"),
        ("Alpha", "A1:D4"),
    ]


TITLES: dict[str, tuple[Rows, str]] = {
    "a unit beside the title": ([["Programme", None, None, "£000"]], "Programme | £000"),
    "a unit right of the table": ([["Programme", *[None] * 4, "£000"], []], "Programme | £000"),
    "a unit far above": ([["£m"], *[[]] * 9], "£m"),
    "a unit alone": ([["£m"]], "£m"),
    "a unit in brackets": ([["Plan"], ["(all figures in £000)"]], "(all figures in £000) | Plan"),
}


@pytest.mark.parametrize(("above", "title"), TITLES.values(), ids=TITLES.keys())
def test_the_title_holds_the_unit_wherever_it_stands(above: Rows, title: str) -> None:
    table = only(find_on_sheet(sheet([*above, HEADERS, *PROJECTS])))
    assert table.title == title
    assert headers(table) == HEADERS


def test_rows_of_another_table_are_no_title() -> None:
    wide = [[*HEADERS, "Remark"], *[[*row, "as planned"] for row in PROJECTS]]
    rows = [*wide, [], ["Criteria"], ["Criterion", "Weight"], ["Fit", 3], ["Risk", 2]]
    assert find_on_sheet(sheet(rows))[1].title == "Criteria"


def test_forms_of_several_projects_below_each_other_are_a_record_each() -> None:
    forms: list[Sequence[object]] = []
    for row in PROJECTS:
        pairs = zip(HEADERS, row, strict=True)
        forms += [*map(list, pairs), ["Status", "Completed"], ["Manager", "A. Osei"], []]
    tables = find_on_sheet(sheet(forms))
    assert [column(table, "Project ID") for table in tables] == [["P1"], ["P2"], ["P3"]]
