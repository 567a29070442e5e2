"""Whole columns (A:A): only what is filled counts, and all of them are read alike."""

from __future__ import annotations

from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_cut_line, pf_rank, pf_score, pf_select, pf_utilisation, pf_wsjf

HEIGHT = 1_048_576


def whole(*rows: Any, blank: Any = None) -> tuple[tuple[Any, ...], ...]:
    """These rows at the top of a sheet's columns, as a host hands them over."""
    filled = tuple(tuple(row) if isinstance(row, tuple) else (row,) for row in rows)
    width = len(filled[0]) if filled else 1
    return filled + ((blank,) * width,) * (HEIGHT - len(filled))


@pytest.mark.parametrize("blank", [None, ""])
def test_answer_ends_with_the_last_filled_row_and_a_first_row_of_text_is_a_header(
    blank: Any,
) -> None:
    assert pf_rank(whole("Score", 3, 7, None, 3, blank=blank)) == [["Rank"], [2], [1], [None], [2]]
    assert pf_rank(whole(3, 7, blank=blank)) == [[2], [1]]
    assert pf_rank(whole(blank=blank)) is None
    assert pf_rank(whole(3, blank=blank)) == 1


def test_whole_columns_beside_each_other_answer_as_the_rows_do() -> None:
    value, costs = (("Project", "NPV"), ("A", 16), ("B", 22), ("C", 12)), ("Cost", 5, 7, 4)
    assert pf_select(whole(*value), whole(*costs), 11, whole("Force", None, "In")) == [
        ["Selected"],
        [0],
        [1],
        [1],
    ]
    assert pf_cut_line(whole(*value), whole(*costs), 7) == [["Funded"], [0], [1], [0]]
    # a column that ends earlier is blank below, and where the others have a header it has one
    parts = [whole("Value", 8, 5), whole("Urgency", 5), whole(None, 3, 3), whole("Months", 4, 2)]
    assert pf_wsjf(*parts) == [["WSJF"], [4], [None]]
    demand = whole(("Role", 2026, 2027), ("Engineer", 3, 6))
    assert pf_utilisation(demand, whole(("Role", 2026, 2027), ("Engineer", 4, 4))) == [
        [2026, 2027],
        [0.75, 1.5],
    ]
    assert pf_score(whole(("Fit", "Risk"), (5, 1), (1, 3)), whole("Weight", 3, 1)) == [
        ["Score"],
        [0.75],
        [0.25],
    ]


def test_whole_columns_that_do_not_go_together_are_refused() -> None:
    def said(*arguments: Any) -> str:
        with pytest.raises(InputError) as problem:
            pf_cut_line(*arguments)
        return str(problem.value)

    assert said(whole(3, 2), whole(1, 1, 9), 5) == (
        "costs is filled down to row 3 and scores to row 2; expected nothing below row 2. Give the "
        "rows that count, such as 1 to 2."
    )
    assert said([[3], [2]], whole(1, 1), 5) == (
        "costs is whole columns and scores is not; expected ranges of the same rows, such as 2 to "
        "20."
    )
    assert said(whole(3, 2), [[1], [1]], 5).startswith("scores is whole columns and costs is not")
    assert said(whole("Score", 3, "tbc"), whole("Cost", 1, 1), 5) == (
        'scores, row 3, column 1 is "tbc"; expected a number. Enter the number, or leave the cell '
        "blank until it is known."
    )


def test_blank_rows_below_the_data_of_other_ranges_stay_in_the_answer() -> None:
    assert pf_rank([[3], [7], [None], [None]]) == [[2], [1], [None], [None]]
    assert pf_rank([[3], [7], ["  "], [""]]) == [[2], [1], [None], [None]]
    assert pf_rank([[None], [7]]) == [[None], [1]]
