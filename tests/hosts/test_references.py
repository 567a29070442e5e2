"""References are read as people write them and written so that Excel reads them back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, get_column_letter

from xlportfolio.errors import InputError
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    column_letter,
    column_number,
    parse_cell,
    quote_sheet,
    sheet_reference,
    split_reference,
)


@given(st.integers(1, LAST_COLUMN))
def test_column_letters_match_openpyxl(column: int) -> None:
    assert column_letter(column) == get_column_letter(column)
    assert column_number(column_letter(column).lower()) == column_index_from_string(
        get_column_letter(column)
    )


@given(st.integers(1, LAST_ROW), st.integers(1, LAST_COLUMN))
def test_an_address_reads_back_as_its_cell(row: int, column: int) -> None:
    assert parse_cell(cell_address(row, column)) == (row, column)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("A1:F40", (1, 1, 40, 6)),
        ("$B$2:A1", (1, 1, 2, 2)),
        (" b3 ", (3, 2, 3, 2)),
        ("C:D", (1, 3, LAST_ROW, 4)),
        ("D:C", (1, 3, LAST_ROW, 4)),
        ("$3:$5", (3, 1, 5, LAST_COLUMN)),
        ("XFD1048576", (LAST_ROW, LAST_COLUMN, LAST_ROW, LAST_COLUMN)),
    ],
)
def test_a_range_is_read_whichever_way_round_it_is_written(
    text: str, cells: tuple[int, int, int, int]
) -> None:
    assert CellRange.parse(text) == CellRange(*cells)


@pytest.mark.parametrize("text", ["", "A0", "XFE1", "A1048577", "1A", "A1:B", "A1:B2:C3", "0:3"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError) as refused:
        CellRange.parse(text)
    assert str(refused.value) == f'"{text}" is not a range; expected one such as A1:F40.'


def test_what_is_no_cell_is_refused_with_an_example() -> None:
    with pytest.raises(InputError) as refused:
        parse_cell("A1:B2")
    assert str(refused.value) == '"A1:B2" is not a cell address; expected one such as B3.'


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("Projects", "Projects"),
        ("My sheet", "'My sheet'"),
        ("Bob's plan", "'Bob''s plan'"),
        ("FY27", "'FY27'"),  # a cell: column FY, row 27
        ("R1C1", "'R1C1'"),
        ("RC", "'RC'"),
        ("2027", "'2027'"),
        ("A-B", "'A-B'"),
        ("Größe", "'Größe'"),
    ],
)
def test_a_sheet_name_is_quoted_where_a_formula_needs_it(name: str, quoted: str) -> None:
    assert quote_sheet(name) == quoted


@given(
    st.text(
        st.characters(exclude_characters="[]:*?/\\", exclude_categories=("Cs", "Cc")), min_size=1
    ).filter(lambda name: name == name.strip() and name.strip("'") == name)
)
def test_a_reference_reads_back_as_its_sheet_and_range(name: str) -> None:
    cells = CellRange(2, 3, 5, 7)
    assert split_reference(sheet_reference(name, cells)) == (name, cells)


def test_a_reference_without_a_sheet_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        split_reference("A1:F40")
    assert str(refused.value) == (
        '"A1:F40" names no sheet; expected a reference such as Projects!A1:F40.'
    )


def test_ranges_overlap_only_where_they_share_a_cell() -> None:
    block = CellRange.parse("B2:D4")
    assert block.overlaps(CellRange.parse("D4:F9"))
    assert not block.overlaps(CellRange.parse("E2:F4"))
    assert not block.overlaps(CellRange.parse("B5:D6"))
    assert block.contains(4, 4)
    assert not block.contains(5, 4)
    assert (block.n_rows, block.n_columns, block.address) == (3, 3, "B2:D4")
