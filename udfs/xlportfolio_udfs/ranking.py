"""Ranks in cells."""

from __future__ import annotations

from typing import Any

from xlportfolio.cells import Example, cell_function
from xlportfolio.defaults import ORDERS, TIES
from xlportfolio_udfs.figure_columns import figure_column


@cell_function(
    "Scoring",
    choices={"order": ORDERS, "ties": TIES},
    examples=(
        Example(
            {"scores": [[0.4], [0.9], [None], [0.4], [0.1]]},
            [[2], [1], [None], [2], [4]],
            title="equal scores share the best rank of their group; a blank has none",
        ),
        Example(
            {"scores": [[0.4], [0.9], [0.4]], "ties": "average"},
            [[2.5], [1], [2.5]],
            title="equal scores get the mean of the ranks they take up",
        ),
        Example(
            {"scores": [[30, 10, 20]], "order": "ascending"},
            [[3, 1, 2]],
            title="across; the smallest is the best",
        ),
        Example(
            {"scores": [[0.4], [0.9]], "ties": "standard"},
            error='ties is "standard"; expected competition, dense, ordinal, average or modified.',
            title="a tie rule that there is not",
        ),
    ),
)
def pf_rank(scores: Any, order: Any = "descending", ties: Any = "competition") -> Any:
    """Rank scores, or any other figures; 1 is the best.

    Parameters
    ----------
    scores : a column or row, such as C2:C9
        One for each project; a column of labels before it, and a header row over both, are
        recognised where every cell of them is text. A blank gets no rank. [any]
    order : a word, such as "descending"
        descending: the largest is the best; ascending: the smallest is.
    ties : a word, such as "competition"
        What equal scores get. competition: the best rank of the group (1, 2, 2, 4); modified: the
        worst (1, 3, 3, 4); dense: the best, and no rank is left out after it (1, 2, 2, 3);
        average: the mean (1, 2.5, 2.5, 4); ordinal: different ranks in the order of the rows.

    Returns
    -------
    A rank beside each score, blank beside a blank. [1 is the best]

    Raises
    ------
    InputError
        If a score is no number, or there are several columns of them.

    Notes
    -----
    Scores that differ by no more than 1e-12 of the larger one are equal.
    """
    from xlportfolio.ranking import rank_scores

    data = figure_column("scores", scores, may_run_across=True)
    ranks = rank_scores(data.figures()[:, 0], order=order, ties=ties)
    return data.spill(ranks[:, None], ["Rank"])
