"""Weights from judgements in pairs, in cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlportfolio.cell_ranges import DataRange, data_range
from xlportfolio.cell_values import word_of
from xlportfolio.cells import Example, cell_function
from xlportfolio.defaults import AHP_METHODS
from xlportfolio.errors import InputError
from xlportfolio.wording import number

if TYPE_CHECKING:
    from xlportfolio.scoring.additive import FloatArray
    from xlportfolio.scoring.ahp import AhpWeights

OUTPUTS = ("weight", "all", "why")
_LARGEST = 1000.0
"""A judgement beyond is a slip: 1/3 that Excel made a date reads as 46,000. [ratio]"""


@cell_function(
    "Weights",
    choices={"method": AHP_METHODS, "output": OUTPUTS},
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
            {"matrix": [[1, 9, 2], [None, 1, 9], [None, None, 1]]},
            error="The judgements disagree: their consistency ratio is 1.49, above 0.1. Revise "
            "row 1 over row 2, judged 9 where the weights say 2.62; output all shows the weights "
            "beside the ratio.",
            title="judgements that contradict each other",
        ),
        Example(
            {"matrix": [[1, 3], [3, 1]]},
            error="The judgement of row 1 over row 2 is 3 and of row 2 over row 1 3; expected 1 "
            "divided by the other. Leave one of them blank.",
            title="both more important than the other",
        ),
    ),
)
def pf_ahp(matrix: Any, method: Any = "eigenvector", output: Any = "weight") -> Any:
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
    output : a word, such as "all"
        weight: an error where the judgements disagree; all: the weights and, beside the first, the
        consistency ratio, even where they disagree; why: the answer, or what is wrong, in a
        sentence.

    Returns
    -------
    A weight beside each criterion, summing to 1 [0..1]; all: two columns; headings beside a header
    row. why: one cell.

    Raises
    ------
    InputError
        If the range is not square, a pair is not judged or judged twice differently, a judgement
        is no number above 0, or, but for all, the consistency ratio is above 0.10.

    Notes
    -----
    A w = lambda_max w, CI = (lambda_max - n) / (n - 1), CR = CI / RI, accepted up to 0.10: Saaty
    (1980), The Analytic Hierarchy Process, whose random indices RI are taken (1.32 for 7 criteria,
    where later tables have 1.35); above 15 criteria those of Alonso & Lamata (2006). Geometric
    means: Crawford & Williams (1985). Of a pair the judgement of at least 1 counts, so that 0.33
    stands for a third.
    """
    wanted = word_of("output", output, OUTPUTS)
    try:
        return _answer(data_range("matrix", matrix), word_of("method", method, AHP_METHODS), wanted)
    except InputError as problem:
        if wanted == "why":
            return str(problem)
        raise


def _answer(data: DataRange, method: Any, wanted: str) -> Any:
    from xlportfolio.scoring.ahp import MOST_INCONSISTENT, complete_judgements, weigh_by_pairs

    names = _names(data)
    judgements = complete_judgements(_judgements(data), names)
    found = weigh_by_pairs(judgements, method=method)
    weights = found.weights.tolist()
    if wanted == "all":
        ratios = [found.consistency_ratio] + [None] * (len(weights) - 1)
        rows = [list(row) for row in zip(weights, ratios, strict=True)]
        return data.spill(rows, ["Weight", "Consistency ratio"])
    if found.consistency_ratio > MOST_INCONSISTENT:
        raise InputError(_disagreement(found, judgements, names))
    if wanted == "why":
        most = weights.index(max(weights))
        return (
            f"{names[most][:1].upper()}{names[most][1:]} has the most weight, {weights[most]:.3g}."
            f" The judgements agree: their consistency ratio is {found.consistency_ratio:.3g}, at "
            f"most {MOST_INCONSISTENT:g}."
        )
    return data.spill([[weight] for weight in weights], ["Weight"])


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
        return [heading or data.row_name(i) for i, heading in enumerate(data.headings)]
    for i, (label, heading) in enumerate(zip(data.labels, data.headings, strict=True)):
        if label and heading and label.strip().casefold() != heading.strip().casefold():
            raise InputError(
                f'matrix has "{label}" in row {data.row_number(i)} and "{heading}" over column '
                f"{i + 2}; expected the same criteria in the same order."
            )
    return [data.row_name(i) for i in range(n)]


def _judgements(data: DataRange) -> FloatArray:
    import numpy as np

    cells = data.numbers()
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if cell is not None and not 1 / _LARGEST <= cell <= _LARGEST:
                raise InputError(
                    f"{data.place(i, j)} is {number(cell)}; expected a ratio from 1/1000 to 1000. "
                    "Enter a third as =1/3."
                )
    return np.array(cells, dtype=np.float64)


def _disagreement(found: AhpWeights, judgements: FloatArray, names: list[str]) -> str:
    from xlportfolio.scoring.ahp import MOST_INCONSISTENT

    i, j = found.most_inconsistent or (0, 0)
    return (
        f"The judgements disagree: their consistency ratio is {found.consistency_ratio:.3g}, above "
        f"{MOST_INCONSISTENT:g}. Revise {names[i]} over {names[j]}, judged "
        f"{float(judgements[i, j]):.3g} where the weights say "
        f"{float(found.weights[i] / found.weights[j]):.3g}; output all shows the weights beside "
        "the ratio."
    )
