"""The cut line in cells."""

from __future__ import annotations

from typing import Any

from xlportfolio.cells import Example, cell_function
from xlportfolio_udfs.figure_columns import (
    amount_of,
    amounts_of,
    figure_column,
    figure_column_beside,
)


@cell_function(
    "Selection",
    examples=(
        Example(
            {"scores": [[0.9], [0.5], [0.7]], "costs": [[6], [1], [5]], "budget": 11},
            [[1], [0], [1]],
            title="the two best use the budget up",
        ),
        Example(
            {"scores": [[0.9], [0.5], [0.7]], "costs": [[6], [1], [5]], "budget": 8},
            [[1], [0], [0]],
            title="the second best does not fit, so the line stops there, though the third would",
        ),
        Example(
            {
                "scores": [["Project", "Score"], ["A", 7], [None, None], ["B", 7], ["C", None]],
                "costs": [["Cost"], [4], [None], [3], [1]],
                "budget": 5,
            },
            [["Funded"], [0], [None], [1], [0]],
            title="headings, labels and a blank row; of equal scores the one that costs less",
        ),
        Example(
            {"scores": [[0.9], [0.5]], "costs": [[6], [-1]], "budget": 8},
            error="costs, row 2, column 1 is -1; expected a cost of at least 0.",
            title="a cost below 0",
        ),
    ),
)
def pf_cut_line(scores: Any, costs: Any, budget: Any) -> Any:
    """Fund projects from the best score down, and stop at the first that does not fit.

    Parameters
    ----------
    scores : a column, such as B2:B20
        One for each project, the largest is funded first; a column of labels before it and a
        header row are recognised where every cell of them is text. [any]
    costs : a column, such as C2:C20
        What each project costs. [money, at least 0]
    budget : one cell, such as C22
        What there is to spend. [money, as the costs]

    Returns
    -------
    1 beside each project that is funded, 0 beside one that is not, blank beside a blank row.

    Raises
    ------
    InputError
        If a figure is no number, an amount is below 0, or the ranges have different rows.

    Notes
    -----
    Strict rank order, the stop rule: nothing below the first project that does not fit is funded,
    even where it would fit (PF_SELECT finds the choice of most value). Of equal scores the project
    that costs less comes first, then the earlier row. A project without a score or a cost is not
    funded, and the line passes over it.
    """
    from xlportfolio.selection.cut_line import fund_in_rank_order

    ranked = figure_column("scores", scores)
    spending = figure_column_beside("costs", costs, ranked)
    funded = fund_in_rank_order(
        ranked.figures()[:, 0],
        amounts_of(spending, "a cost")[:, 0],
        amount_of("budget", budget, "a budget"),
    )
    rows: list[list[Any]] = [
        [None if ranked.is_blank_row(i) and spending.is_blank_row(i) else int(is_funded)]
        for i, is_funded in enumerate(funded.tolist())
    ]
    return ranked.spill(rows, ["Funded"])
