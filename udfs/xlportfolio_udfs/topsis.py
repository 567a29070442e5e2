"""TOPSIS in cells."""

from __future__ import annotations

from typing import Any

from xlportfolio.cell_arguments import directions_of, weights_of
from xlportfolio.cell_ranges import DataRange, data_range
from xlportfolio.cells import Example, cell_function
from xlportfolio.defaults import TOPSIS
from xlportfolio.wording import listed

OUTPUTS = ("score", "rank", "all", "why")


@cell_function(
    "Scoring",
    choices={"normalise": TOPSIS, "output": OUTPUTS},
    examples=(
        Example(
            {"ratings": [[5, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]], "weights": [[3, 4, 3]],
             "output": "rank"},
            [[3], [2], [1], [4]],
            title="Tzeng & Huang (2011): four projects on three criteria",
        ),
        Example(
            {
                "ratings": [["Project", "Fit", "Cost"], ["P1", 5, 100], [None] * 3, ["P2", 1, 300],
                            ["P3", 4, None]],
                "directions": [["max", "min"]],
            },
            [["Score"], [1], [None], [0], [None]],
            title="headings, labels and a blank row; less cost is better; one is not rated on it",
        ),
        Example(
            {"ratings": [[0, 4], [0, 2], [0, 0]], "normalise": "range"},
            [[1], [0.5], [0]],
            title="a criterion of zeros tells nobody apart",
        ),
        Example(
            {"ratings": [[5, 200], [3, 100], [1, "tbc"]]},
            error='ratings, row 3, column 2 is "tbc"; expected a number. Enter the number, or '
            "leave the cell blank until it is known.",
            title="a word among the ratings",
        ),
        Example(
            {"ratings": [["P1", 4], ["P2", 2]], "output": "why"},
            "P1 comes closest to the best of every criterion of 2 projects: 1, where 1 is the best "
            "of all and 0 the worst. P2 follows with 0.",
            title="the answer as a sentence",
        ),
    ),
)  # fmt: skip
def pf_topsis(
    ratings: Any,
    weights: Any = None,
    directions: Any = None,
    normalise: Any = "vector",
    output: Any = "score",
) -> Any:
    """Score each project by its closeness to the best rating of every criterion (TOPSIS).

    Parameters
    ----------
    ratings : projects x criteria, such as C2:F9
        A row for each project, a column for each criterion; a header row and a label column are
        recognised where every cell of them is text. A project with a blank is not scored, nor
        counted among the best and worst. [any]
    weights : one for each criterion, such as C1:F1
        How important each criterion is, at least 0; they need not sum to 1. Blank: all the same.
    directions : one for each criterion, such as C11:F11
        max where more is better, min where less is; 1 and -1, benefit and cost, higher and lower
        are understood. Blank: max.
    normalise : a word, such as "vector"
        vector: each criterion divided by the root of its sum of squares; range: from 0, the
        smallest of these ratings, to 1, the largest.
    output : a word, such as "all"
        score; rank; all: score, rank, and the distances from the best and from the worst; why: the
        answer, or what is wrong, in a sentence.

    Returns
    -------
    A row for each row of ratings, blank for a blank row and for a project that is not rated on
    every criterion of a weight above 0: a score [0..1], a rank [1 is the best], or both and two
    distances; headings beside a header row. why: one cell.

    Raises
    ------
    InputError
        If a rating is no number, there is not one weight and direction for each criterion, a
        weight is below 0 or all are 0.

    Notes
    -----
    C_i = d-_i / (d+_i + d-_i), the distances from the worst and the best of the weighted normalised
    ratings: Hwang & Yoon (1981), Multiple Attribute Decision Making. A criterion with equal
    ratings, zeros included, adds to no distance; where none tells the projects apart all are 1.
    """
    import numpy as np

    from xlportfolio.ranking import rank_scores
    from xlportfolio.scoring.topsis import closeness_to_best

    data = data_range("ratings", ratings)
    rated = data.figures()
    n = data.n_columns
    found = closeness_to_best(
        rated,
        np.array(weights_of(weights, n, names=data.headings)),
        directions_of(directions, n, names=data.headings),
        normalise=normalise,
    )
    if output == "why":
        return _why(data, found.closeness.tolist())
    if output == "score":
        return data.spill(found.closeness[:, None], ["Score"])
    ranks = rank_scores(found.closeness)
    if output == "rank":
        return data.spill(ranks[:, None], ["Rank"])
    table = np.column_stack([found.closeness, ranks, found.from_best, found.from_worst])
    return data.spill(table, ["Score", "Rank", "From best", "From worst"])


def _why(ratings: DataRange, scores: list[float]) -> str:
    """The best project, who follows, and who is left out."""
    scored = [i for i, score in enumerate(scores) if score == score]
    left_out = [
        ratings.row_name(i)
        for i, score in enumerate(scores)
        if score != score and not ratings.is_blank_row(i)
    ]
    if not scored:
        return "No project has a score: none is rated on every criterion."
    ordered = sorted(scored, key=lambda i: -scores[i])
    projects = "1 project" if len(scored) == 1 else f"{len(scored)} projects"
    sentences = [
        f"{_begun(ratings.row_name(ordered[0]))} comes closest to the best of every criterion of "
        f"{projects}: {scores[ordered[0]]:.3g}, where 1 is the best of all and 0 the worst."
    ]
    if len(ordered) > 1:
        second = ordered[1]
        sentences.append(f"{_begun(ratings.row_name(second))} follows with {scores[second]:.3g}.")
    if left_out:
        sentences.append(f"Not rated on every criterion: {listed(left_out)}.")
    return " ".join(sentences)


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
