"""Scores in cells."""

from __future__ import annotations

from typing import Any

from xlportfolio.cell_arguments import directions_of, weights_of
from xlportfolio.cell_ranges import DataRange, data_range
from xlportfolio.cells import Example, cell_function

NORMALISATIONS = ("range",)
OUTPUTS = ("score", "rank", "contributions", "all", "why")


@cell_function(
    "Scoring",
    choices={"normalise": NORMALISATIONS, "output": OUTPUTS},
    examples=(
        Example(
            {"ratings": [[5, 200], [3, 100], [1, 300]], "weights": [[3, 1]]},
            [[0.875], [0.375], [0.25]],
            title="three projects on two criteria, the first three times as important",
        ),
        Example(
            {
                "ratings": [["Project", "Fit", "Cost"], ["P1", 5, 200], [None] * 3, ["P2", 1, 100]],
                "directions": [["max", "min"]],
                "output": "all",
            },
            [
                ["Score", "Rank", "Fit", "Cost"],
                [0.5, 1, 0.5, 0.0],
                [None] * 4,
                [0.5, 1, 0.0, 0.5],
            ],
            title="headings, labels and a blank row; less cost is better",
        ),
        Example(
            {"ratings": [[5, 200], [3, 100], [1, "tbc"]]},
            error='ratings, row 3, column 2 is "tbc"; expected a number. Enter the number, or '
            "leave the cell blank until it is known.",
            title="a word among the ratings",
        ),
        Example(
            {"ratings": [[5, 200], [3, 100], [1, "tbc"]], "output": "why"},
            'ratings, row 3, column 2 is "tbc"; expected a number. Enter the number, or leave the '
            "cell blank until it is known.",
            title="what is wrong, as a sentence",
        ),
    ),
)
def pf_score(
    ratings: Any,
    weights: Any = None,
    directions: Any = None,
    normalise: Any = "range",
    output: Any = "score",
) -> Any:
    """Score each project as the weighted sum of its ratings.

    Parameters
    ----------
    ratings : projects x criteria, such as C2:F9
        A row for each project, a column for each criterion; a header row and a label column are
        recognised where every cell of them is text. A blank is not rated, not the worst. [any]
    weights : one for each criterion, such as C1:F1
        How important each criterion is, at least 0; they need not sum to 1. Blank: all the same.
    directions : one for each criterion, such as C11:F11
        max where more is better, min where less is; 1 and -1, benefit and cost, higher and lower
        are understood. Blank: max.
    normalise : a word, such as "range"
        range: each criterion from 0, the worst of these ratings, to 1, the best of them; a
        criterion with equal ratings is 1 for all.
    output : a word, such as "all"
        score; rank; contributions: what each criterion adds to the score; all: score, rank and
        contributions; why: the answer, or what is wrong, in a sentence.

    Returns
    -------
    A row for each row of ratings, blank for a blank row and for a project that is rated on less
    than half of the weight: one column of scores [0..1] or ranks [1 is the best], a column for each
    criterion, or both; headings beside a header row. why: one cell.

    Raises
    ------
    InputError
        If a rating is no number, there is not one weight and direction for each criterion, a
        weight is below 0 or all are 0.

    Notes
    -----
    s_i = sum_j w_j v_ij with weights that sum to 1 over what is rated, the additive value model:
    Keeney & Raiffa (1976), Decisions with Multiple Objectives, chapter 3. Equal scores get the same
    rank, and the ranks they take up are left out after it.
    """
    import numpy as np

    from xlportfolio.ranking import rank_scores
    from xlportfolio.scoring.additive import normalise_ratings, sum_contributions, weigh_ratings

    data = data_range("ratings", ratings)
    rated = data.figures()
    n = data.n_columns
    weighing = np.array(weights_of(weights, n, names=data.headings))
    nowhere = np.full(n, np.nan)
    normalised = normalise_ratings(
        rated, directions_of(directions, n, names=data.headings), nowhere, nowhere
    )
    contributions = weigh_ratings(normalised, weighing)
    scores = sum_contributions(contributions)
    if output == "why":
        return _why(data, scores.tolist(), contributions.tolist())
    columns = data.headings or ("",) * n
    if output == "score":
        return data.spill(scores[:, None], ["Score"])
    if output == "contributions":
        return data.spill(contributions, columns)
    ranks = rank_scores(scores)
    if output == "rank":
        return data.spill(ranks[:, None], ["Rank"])
    table = np.column_stack([scores, ranks, contributions])
    return data.spill(table, ["Score", "Rank", *columns])


def _why(ratings: DataRange, scores: list[float], contributions: list[list[float]]) -> str:
    """The best project, what it owes its place to, and who is left out."""
    scored = [i for i, score in enumerate(scores) if score == score]
    if not scored:
        return "No project has a score: less than half of the weight is rated."
    ordered = sorted(scored, key=lambda i: -scores[i])
    best = ordered[0]
    parts = [-1.0 if part != part else part for part in contributions[best]]
    most = parts.index(max(parts))
    sentences = [
        f"{_begun(ratings.row_name(best))} has the best score of {len(scored)}, "
        f"{scores[best]:.3g}; {parts[most]:.3g} of it comes from {ratings.column_name(most)}."
    ]
    if len(ordered) > 1:
        second = ordered[1]
        sentences.append(f"{_begun(ratings.row_name(second))} follows with {scores[second]:.3g}.")
    left_out = [
        ratings.row_name(i)
        for i, score in enumerate(scores)
        if score != score and not ratings.is_blank_row(i)
    ]
    if left_out:
        from xlportfolio.wording import listed

        sentences.append(f"Less than half of the weight is rated of {listed(left_out)}.")
    return " ".join(sentences)


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
