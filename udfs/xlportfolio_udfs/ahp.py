"""Weights from judgements in pairs, in cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlportfolio.cell_ranges import DataRange, data_range
from xlportfolio.cells import Example, cell_function
from xlportfolio.defaults import AHP_METHODS, RANDOM_INDICES
from xlportfolio.errors import InputError
from xlportfolio.wording import listed, number, quoted, shortened

if TYPE_CHECKING:
    from xlportfolio.scoring.additive import FloatArray
    from xlportfolio.scoring.ahp import AhpWeights

OUTPUTS = ("weight", "all", "why")
_LARGEST = 1000.0
"""A judgement beyond is a slip: 1/3 that Excel made a date reads as 46,000. [ratio]"""


@cell_function(
    "Weights",
    choices={"method": AHP_METHODS, "random_index": RANDOM_INDICES, "output": OUTPUTS},
    examples=(
        Example(
            {"matrix": [[1, 2, 2], [0.5, 1, 1], [0.5, 1, 1]]},
            [[0.5], [0.25], [0.25]],
            title="three criteria, the first twice as important as either of the others",
        ),
        Example(
            {
                "matrix": [
                    [None, "Fit", "Risk", "Cost"],
                    ["Fit", 1, 2, 2],
                    ["Risk", None, 1, 1],
                    ["Cost", None, None, 1],
                ],
                "output": "all",
            },
            [["Weight", "Consistency ratio"], [0.5, 0.0], [0.25, None], [0.25, None]],
            title="the upper half alone, under headings; the judgements agree",
        ),
        Example(
            {"matrix": [[1, 2, 1], [None, 1, 4], [None, None, 1]], "output": "all"},
            [[0.4, 25 / 58], [0.4, None], [0.2, None]],
            title="2 times 4 is not 1: the judgements contradict each other",
        ),
        Example(
            {"matrix": [[1, 2, 1], [None, 1, 4], [None, None, 1]], "output": "why"},
            "Row 1 and row 2 have the most weight, 0.4. The judgements contradict each other and "
            "should be revised: their consistency ratio is 0.431, above 0.1. Begin with row 1 over "
            "row 2: it was judged 2 times as important, and all judgements together say 1 times.",
            title="what to do about it, in words",
        ),
        Example(
            {"matrix": [[1, 3], [3, 1]]},
            error="The judgement of row 1 over row 2 is 3 and of row 2 over row 1 3; expected 1 "
            "divided by the other. Leave one of them blank.",
            title="both more important than the other",
        ),
    ),
)
def pf_ahp(
    matrix: Any, method: Any = "eigenvector", random_index: Any = "saaty", output: Any = "weight"
) -> Any:
    """Weigh criteria by judgements of how many times one is as important as another (AHP).

    Parameters
    ----------
    matrix : criteria x criteria, such as B2:F6
        How many times as important the criterion of the row is as that of the column; either half
        may be blank and is filled from the other. Headings and labels are recognised where every
        cell of them is text. [ratio, 1/1000 to 1000]
    method : a word, such as "eigenvector"
        eigenvector: the principal eigenvector of the judgements; geometric: the geometric mean of
        each row.
    random_index : a word, such as "saaty"
        What the inconsistency is compared with, that of judgements at random. saaty: his table of
        1980; alonso: the formula of Alonso & Lamata (2006), 1.34 for 7 criteria.
    output : a word, such as "all"
        weight; all: the weights and, beside the first, the consistency ratio; why: how well the
        judgements agree, which to revise, or what is wrong, in a sentence.

    Returns
    -------
    A weight beside each criterion, summing to 1 [0..1]; all: two columns; headings beside a header
    row. why: one cell.

    Raises
    ------
    InputError
        If the range is not square, a pair is not judged or judged twice differently, or a
        judgement is no number from 1/1000 to 1000.

    Notes
    -----
    A w = lambda_max w, CI = (lambda_max - n) / (n - 1), CR = CI / RI, accepted up to 0.10: Saaty
    (1980), The Analytic Hierarchy Process. Weights of judgements that are less consistent are
    given, too: look at the ratio before using them. Random indices RI: Saaty's (1.32 for 7
    criteria, where later tables have 1.35) up to 15 criteria, or (1.7699 n - 4.3513) / (n - 1):
    Alonso & Lamata (2006). Geometric means: Crawford & Williams (1985). Of a pair the judgement of
    at least 1 counts, so that 0.33 stands for a third.
    """
    import numpy as np

    from xlportfolio.scoring.ahp import complete_judgements, weigh_by_pairs

    data = data_range("matrix", matrix)
    names = _names(data)
    judgements = complete_judgements(_judgements(data), names)
    found = weigh_by_pairs(judgements, method=method, random_index=random_index)
    if output == "why":
        return _why(found, judgements, names)
    if output == "all":
        ratios = np.full(len(names), np.nan)
        ratios[0] = found.consistency_ratio
        table = np.column_stack([found.weights, ratios])
        return data.spill(table, ["Weight", "Consistency ratio"])
    return data.spill(found.weights[:, None], ["Weight"])


def _names(data: DataRange) -> list[str]:
    """The criteria, from the labels, else the headings."""
    n = len(data.rows)
    if data.n_columns != n:
        raise InputError(
            f"matrix is {n} x {data.n_columns} judgements; expected as many columns as rows, in "
            "the same order."
        )
    if data.headings is None:
        return [data.row_name(i) for i in range(n)]
    if data.labels is None:
        headings = [shortened(heading) for heading in data.headings]
        return [heading or data.row_name(i) for i, heading in enumerate(headings)]
    for i, (label, heading) in enumerate(zip(data.labels, data.headings, strict=True)):
        if label and heading and label.strip().casefold() != heading.strip().casefold():
            raise InputError(
                f"matrix has {quoted(label)} in row {data.row_number(i)} and {quoted(heading)} "
                f"over column {i + 2}; expected the same criteria in the same order."
            )
    return [data.row_name(i) for i in range(n)]


def _judgements(data: DataRange) -> FloatArray:
    judgements = data.figures()
    is_wrong = (judgements < 1 / _LARGEST) | (judgements > _LARGEST)
    if is_wrong.any():
        i, j = divmod(int(is_wrong.argmax()), data.n_columns)
        raise InputError(
            f"{data.place(i, j)} is {number(judgements[i, j])}; expected a ratio from 1/1000 to "
            "1000. Enter a third as =1/3."
        )
    return judgements


def _why(found: AhpWeights, judgements: FloatArray, names: list[str]) -> str:
    """Which criteria weigh most, whether the judgements agree, and which to begin with if not."""
    from xlportfolio.scoring.ahp import MOST_INCONSISTENT

    weights, ratio = found.weights, found.consistency_ratio
    most = [name for name, weight in zip(names, weights, strict=True) if _is_most(weight, weights)]
    first = listed(most)
    have = f"{'has' if len(most) == 1 else 'have'} the most weight, {float(weights.max()):.3g}."
    first = f"{first[:1].upper()}{first[1:]} {have}"
    if found.most_inconsistent is None or ratio <= MOST_INCONSISTENT:
        return (
            f"{first} The judgements agree: their consistency ratio is {ratio:.3g}, at most "
            f"{MOST_INCONSISTENT:g}."
        )
    i, j = found.most_inconsistent
    return (
        f"{first} The judgements contradict each other and should be revised: their consistency "
        f"ratio is {ratio:.3g}, above {MOST_INCONSISTENT:g}. Begin with {names[i]} over "
        f"{names[j]}: it was judged {float(judgements[i, j]):.3g} times as important, and all "
        f"judgements together say {float(weights[i] / weights[j]):.3g} times."
    )


def _is_most(weight: float, weights: FloatArray) -> bool:
    """Whether a weight is the largest, whatever the last digit."""
    return bool(weight >= weights.max() * (1 - 1e-9))
