"""What hosts hand over, in every form, comes to the same; header rows and labels are recognised."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from xlportfolio.cell_arguments import cells_for, directions_of, weights_of, word_of
from xlportfolio.cell_ranges import cells_beside, data_range, range_beside
from xlportfolio.cell_values import cell_of, grid_of, is_left_out
from xlportfolio.errors import InputError
from xlportfolio.values import CellError


def sentence(function: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as problem:
        function(*arguments, **options)
    return str(problem.value)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        (float("nan"), None),
        (np.float64("nan"), None),
        (0, 0.0),
        (3, 3.0),
        (np.int64(3), 3.0),
        (np.float32(0.5), 0.5),
        (True, True),
        (np.bool_(False), False),
        ("tbc", "tbc"),
        ("#N/A", CellError("#N/A")),
        (" #SPILL! ", CellError("#SPILL!")),
        (-2146826246, CellError("#N/A")),
        (-2146826281, CellError("#DIV/0!")),
        (-2146826273, CellError("#VALUE!")),
        (-2146826246.0, -2146826246.0),
        (-2146826237, CellError("error 2051")),  # an error that Excel may have some day
        ("#BUSY!", CellError("#BUSY!")),
        (float("inf"), CellError("#NUM!")),
        (10**400, CellError("#NUM!")),
        pytest.param(-(10**5000), CellError("#NUM!"), id="too large to be written"),
        (2**63, 9223372036854775808.0),
        (pd.NaT, None),
        (pd.NA, None),
        (np.datetime64("2026-04-01"), 46113.0),
        (np.datetime64("2026-04-01T12:00", "ns"), 46113.5),
        (pd.Timestamp("2026-04-01 12:00"), 46113.5),
        (date(2026, 4, 1), 46113.0),
        (datetime(2026, 4, 1, 12), 46113.5),
        (datetime(2026, 4, 1, tzinfo=UTC), 46113.0),
        (date(1900, 3, 1), 61.0),
    ],
)
def test_cell_comes_to_one_form(value: Any, cell: Any) -> None:
    got = cell_of(value)
    assert got == cell
    assert type(got) is type(cell)


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, None]],
        ((1, 2), (3, "")),
        [(1.0, 2.0), (3.0, float("nan"))],
        np.array([[1, 2], [3, np.nan]]),
        np.array([[1, 2], [3, None]], dtype=object),
        pd.DataFrame({"a": [1, 3], "b": [2, np.nan]}),
        pd.DataFrame({"a": [1, 3], "b": [2, None]}, dtype="Int64"),
        [np.array([1.0, 2.0]), np.array([3.0, np.nan])],
    ],
)
def test_range_comes_to_one_form(value: Any) -> None:
    assert grid_of("ratings", value) == ((1.0, 2.0), (3.0, None))


@pytest.mark.parametrize("value", [[1, 2], (1, 2), [[1], [2]], np.array([1, 2]), pd.Series([1, 2])])
def test_list_of_cells_is_a_column(value: Any) -> None:
    assert grid_of("scores", value) == ((1.0,), (2.0,))


@pytest.mark.parametrize("value", [7, [7], [[7]], ((7,),), np.array(7), np.array([[7]])])
def test_one_cell_is_one_cell_in_every_form(value: Any) -> None:
    assert grid_of("budgets", value) == ((7.0,),)


def test_dates_of_an_array_or_a_data_frame_are_serial_numbers() -> None:
    days = np.array(["2026-04-01", "2026-04-02"], dtype="datetime64[ns]")
    assert grid_of("starts", days) == ((46113.0,), (46114.0,))
    assert grid_of("starts", pd.DataFrame({"start": days})) == ((46113.0,), (46114.0,))


def test_ranges_that_are_none_are_refused() -> None:
    assert sentence(grid_of, "ratings", []) == (
        "ratings is empty; expected a range of at least one cell."
    )
    for nothing in ([[]], [[], []], [np.array([])], np.zeros((2, 0))):
        assert sentence(grid_of, "ratings", nothing) == (
            "ratings is empty; expected a range of at least one cell."
        )
    assert sentence(grid_of, "ratings", [[1, 2], [3]]) == (
        "ratings, row 2 has 1 cell and row 1 has 2; expected rows of the same length."
    )
    assert sentence(grid_of, "ratings", [[[1]], [[2]]]) == (
        "ratings, row 1 holds lists; expected a cell in each place."
    )


@pytest.mark.parametrize(("value", "is_out"), [(None, True), ([], True), ("", True), (0, False)])
def test_blank_argument_was_left_out(value: Any, is_out: bool) -> None:
    assert is_left_out(value) is is_out
    assert is_left_out([[None, " "]])
    assert not is_left_out([[None, "x"]])
    assert is_left_out([[]])
    assert is_left_out(np.array([[np.nan, np.nan]]))
    assert not is_left_out(np.array([[np.nan, 1.0]]))


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("RANK", "rank"),
        ([[" Rank "]], "rank"),
        (None, "score"),
        ("", "score"),
        ([[None]], "score"),
        (0, "score"),  # what LibreOffice hands over for an argument that is left out
        ([[0.0]], "score"),
    ],
)
def test_option_is_a_word_in_any_case_and_blank_is_the_default(value: Any, word: str) -> None:
    assert word_of("output", value, ("score", "rank")) == word


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ranks", 'output is "ranks"; expected score, rank or all.'),
        (1, "output is 1; expected score, rank or all."),
        (True, "output is TRUE; expected score, rank or all."),
        ("#N/A", "output is #N/A; expected score, rank or all."),
        ([["a", "b"]], "output is 1 x 2 cells; expected a single cell or word."),
    ],
)
def test_other_words_are_refused_with_those_that_there_are(value: Any, said: str) -> None:
    assert sentence(word_of, "output", value, ("score", "rank", "all")) == said


@pytest.mark.parametrize(
    ("value", "headings", "labels", "rows"),
    [
        ([[1, 2], [3, 4]], None, None, ((1, 2), (3, 4))),
        ([["Fit", "Cost"], [1, 2]], ("Fit", "Cost"), None, ((1, 2),)),
        ([["P1", 1], ["P2", 2]], None, ("P1", "P2"), ((1,), (2,))),
        ([["ID", "Fit"], ["P1", 1]], ("Fit",), ("P1",), ((1,),)),
        ([[None, "Fit"], ["P1", 1], ["P2", 2]], ("Fit",), ("P1", "P2"), ((1,), (2,))),
        (
            [["ID", "Fit"], ["P1", 1], [None, None], ["P2", 2]],
            ("Fit",),
            ("P1", None, "P2"),
            ((1,), (None,), (2,)),
        ),
        # a single text is no header and no label: it stays to be reported
        ([["Score"], [1], [2]], None, None, (("Score",), (1,), (2,))),
        ([["P1", 1, 2]], None, None, (("P1", 1, 2),)),
        ([["tbc", 1], [2, 3]], None, None, (("tbc", 1), (2, 3))),
        ([["P1", 1], [2, 3], ["P3", 4]], None, None, (("P1", 1), (2, 3), ("P3", 4))),
        ([["Fit", 2026], [1, 2]], None, None, (("Fit", 2026), (1, 2))),
        # a blank over figures is no heading
        ([[None, "tbc"], [1, 2]], None, None, ((None, "tbc"), (1, 2))),
    ],
)
def test_header_row_and_label_column_are_recognised_only_where_all_is_text(
    value: Any, headings: Any, labels: Any, rows: Any
) -> None:
    found = data_range("ratings", value)
    assert (found.headings, found.labels, found.rows) == (headings, labels, rows)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([[1, 2], [3, 4], [5, "tbc"]], 'ratings, row 3, column 2 is "tbc"'),
        ([["ID", "Fit"], ["P1", 1], ["P2", "tbc"]], 'ratings, row 3, column 2 is "tbc"'),
        ([[1, True]], "ratings, row 1, column 2 is TRUE"),
        ([[1, "3"]], 'ratings, row 1, column 2 is "3"'),
        ([[1, "#N/A"]], "ratings, row 1, column 2 is #N/A"),
        ([[1, -2146826281]], "ratings, row 1, column 2 is #DIV/0!"),
        ([[float("inf"), 1]], "ratings, row 1, column 1 is #NUM!"),
    ],
)
def test_cell_that_is_no_number_is_named_by_its_place(value: Any, said: str) -> None:
    assert sentence(data_range("ratings", value).numbers) == (
        f"{said}; expected a number. Enter the number, or leave the cell blank until it is known."
    )


def test_place_in_a_range_that_runs_across_counts_columns() -> None:
    found = data_range("scores", [[1, 2, "tbc"]], may_run_across=True)
    assert sentence(found.numbers).startswith('scores, row 1, column 3 is "tbc"; expected a number')


def test_sentence_shows_a_text_cut_and_without_what_cannot_be_seen() -> None:
    found = data_range("scores", [[1], ["a\x00b\x1b[31m\u202e\nc" + "x" * 40_000]])
    said = sentence(found.numbers)
    assert said.startswith('scores, row 2, column 1 is "ab[31m cxxx')
    assert '…"; expected a number.' in said and len(said) < 200
    labelled = data_range("scores", [["P" * 900, 1], ["Q\x07", 2]])
    assert labelled.row_name(0) == "P" * 59 + "…" and labelled.full_name(0) == "P" * 900
    assert labelled.row_name(1) == "Q"
    assert sentence(range_beside, "costs", [["R" * 900, 1], ["Q", 2]], labelled) == (
        f'costs has "{"R" * 59}…" beside "{"P" * 59}…" in row 1 of scores; expected the same '
        "projects in the same order."
    )


def test_names_of_two_columns_match_in_their_order_alone() -> None:
    names = ("Fit", "Cost", "fit ")
    assert weights_of([["Fit", "Cost", "Fit"], [3, 1, 2]], 3, names=names) == [3, 1, 2]
    assert sentence(weights_of, [["Cost", "Fit", "Fit"], [3, 1, 2]], 3, names=names) == (
        'weights goes by names, and "Fit" is that of two; expected each criterion under a name of '
        "its own. Rename one, or leave the names out of weights."
    )


def test_spill_of_an_array_has_blanks_for_nan_no_negative_zero_and_no_infinity() -> None:
    plain = data_range("scores", [[1], [2]])
    spilled = plain.spill(np.array([[-0.0], [np.nan]]), ["Rank"])
    assert spilled == [[0.0], [None]] and str(spilled[0][0]) == "0.0"
    assert plain.spill(np.array([[1e308], [1.7e308]]), ["Rank"]) == [[1e308], [1.7e308]]
    assert sentence(plain.spill, np.array([[1.0], [-np.inf]]), ["Rank"]) == (
        "What comes of row 2 of scores is larger than a cell holds (1.8E+308); expected smaller "
        "figures. Enter all of them in a larger unit."
    )


def test_spill_stays_beside_the_rows_of_the_range() -> None:
    plain = data_range("scores", [[1], [2]])
    assert plain.spill([[1], [2]], ["Rank"]) == [[1], [2]]
    headed = data_range("scores", [["ID", "Score"], ["P1", 1], ["P2", 2]])
    assert headed.spill([[1], [2]], ["Rank"]) == [["Rank"], [1], [2]]
    across = data_range("scores", [[1, 2]], may_run_across=True)
    assert across.spill([[1], [2]], ["Rank"]) == [[1, 2]]
    assert data_range("scores", 5).spill([[1]], ["Rank"]) == 1


@pytest.mark.parametrize(
    "value",
    [
        [[3, 1]],
        [[3], [1]],
        [3, 1],
        [["Fit", "Cost"], [3, 1]],
        [["Cost", "Fit"], [1, 3]],
        [["Fit", 3], ["cost ", 1]],
        [["Criterion", "Weight"], ["Cost", 1], ["Fit", 3]],
        [["Weight", 3, 1]],
        [["Weight"], [3], [1]],
    ],
)
def test_weights_are_taken_across_or_down_and_by_name_where_they_have_names(value: Any) -> None:
    assert weights_of(value, 2, names=("Fit", "Cost")) == [3.0, 1.0]


@pytest.mark.parametrize("value", [None, "", [[None, ""]], []])
def test_blank_weights_are_equal(value: Any) -> None:
    assert weights_of(value, 2) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([[1, 2, 3]], "weights has 3 cells; expected 2, one for each criterion."),
        (5, "weights has 1 cell; expected 2, one for each criterion."),
        (
            [[1, None]],
            "weights, row 1, column 2 is blank; expected a weight of at least 0. Enter 0 to ignore "
            "the criterion.",
        ),
        (
            [[1], [-0.2]],
            "weights, row 2, column 1 is -0.2; expected a weight of at least 0. Enter 0 to ignore "
            "the criterion.",
        ),
        (
            [[1, "high"]],
            'weights, row 1, column 2 is "high"; expected a weight of at least 0. Enter 0 to '
            "ignore the criterion.",
        ),
        (
            [[0, 0]],
            "weights sum to 0; expected a sum above 0. Enter the weight of at least one criterion.",
        ),
        (
            [["Fit", 1], ["Risk", 2]],
            'weights names "Risk", which is no criterion; expected Fit and Cost.',
        ),
        (
            [["Fit", 1], ["fit", 2]],
            'weights names "fit" twice; expected each criterion once.',
        ),
        (
            [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
            "weights is 3 x 3 cells; expected one row or one column, a cell for each criterion.",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_refused(value: Any, said: str) -> None:
    assert sentence(weights_of, value, 2, names=("Fit", "Cost")) == said


@pytest.mark.parametrize(
    ("value", "directions"),
    [
        (None, ["max", "max"]),
        ([["max", "MIN"]], ["max", "min"]),
        ([["benefit"], ["cost"]], ["max", "min"]),
        ([["Higher", "lower is better"]], ["max", "min"]),
        ([[1, -1]], ["max", "min"]),
        ([["1", "-1"]], ["max", "min"]),
        ([["", "min"]], ["max", "min"]),
        ([["Fit", "Cost"], ["max", "min"]], ["max", "min"]),
        ([["Cost", "min"], ["Fit", None]], ["max", "min"]),
        ([["Direction", "max", "min"]], ["max", "min"]),
    ],
)
def test_directions_are_understood_in_the_words_people_use(
    value: Any, directions: list[str]
) -> None:
    assert directions_of(value, 2, names=("Fit", "Cost")) == directions


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            [["max", "sideways"]],
            'directions, row 1, column 2 is "sideways"; expected max where more is better, or min '
            "where less is.",
        ),
        (
            [[1, 2]],
            "directions, row 1, column 2 is 2; expected max where more is better, or min where "
            "less is.",
        ),
        (
            [["#N/A", "min"]],
            "directions, row 1, column 1 is #N/A; expected max where more is better, or min where "
            "less is.",
        ),
        ("max", "directions has 1 cell; expected 2, one for each criterion."),
    ],
)
def test_directions_that_mean_nothing_are_refused(value: Any, said: str) -> None:
    assert sentence(directions_of, value, 2) == said


def test_names_are_passed_over_where_the_data_have_none() -> None:
    assert cells_for("weights", [["a", "b"], [3, 1]], 2, "criterion") == [
        ("weights, row 2, column 1", 3.0),
        ("weights, row 2, column 2", 1.0),
    ]


def test_range_beside_another_takes_years_for_a_header_where_that_has_one() -> None:
    value = data_range("value", [["ID", "NPV"], ["A", 1], ["B", 2]])
    costs = range_beside("costs", [[2026, 2027], [5, 6], [7, 8]], value)
    assert costs.headings == ("2026", "2027")
    assert costs.numbers() == [[5, 6], [7, 8]]
    assert costs.place(1, 0) == "costs, row 3, column 1"
    assert range_beside("costs", [[5, 6], [7, 8]], value).headings is None


@pytest.mark.parametrize(
    ("headings", "is_header"),
    [
        ([2026, 2027], True),
        (["Cost", None], True),
        ([46113, 46143], True),  # 1 Apr and 1 May 2026
        ([date(2026, 4, 1), date(2027, 4, 1)], True),
        ([46113, 46120], False),
        ([5, 6], False),
        ([2026.5, 2027], False),
        (["#N/A", 2026], False),
    ],
)
def test_first_row_of_figures_is_a_header_only_where_it_reads_as_periods(
    headings: list[Any], is_header: bool
) -> None:
    value = data_range("value", [["ID", "NPV"], ["A", 1]])
    if is_header:
        assert range_beside("costs", [headings, [7, 8]], value).rows == ((7, 8),)
    else:
        assert sentence(range_beside, "costs", [headings, [7, 8]], value) == (
            "costs has 2 rows; expected 1, one beside each row of value."
        )


def test_range_beside_another_has_its_rows_and_labels() -> None:
    value = data_range("value", [["A", 1], ["B", 2]])
    assert sentence(range_beside, "costs", [[5]], value) == (
        "costs has 1 row; expected 2, one beside each row of value."
    )
    assert sentence(range_beside, "costs", [["B", 5], ["A", 6]], value) == (
        'costs has "B" beside "A" in row 1 of value; expected the same projects in the same order.'
    )
    assert cells_beside("force", [["A", "In"], ["B", None]], value) == [
        ("force, row 1, column 2", "In"),
        ("force, row 2, column 2", None),
    ]
    assert sentence(cells_beside, "force", [["A", "In"], ["C", None]], value) == (
        'force has "C" beside "B" in row 2 of value; expected the same projects in the same order.'
    )
    assert sentence(cells_beside, "force", [[1, 2, 3], [4, 5, 6]], value) == (
        "force has 3 columns; expected one, with or without a column of labels before it."
    )
