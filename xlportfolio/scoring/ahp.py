"""The analytic hierarchy process: weights from judgements of criteria in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.defaults import AHP_METHODS, RANDOM_INDICES, AhpMethod, RandomIndex
from xlportfolio.errors import InputError
from xlportfolio.scoring.additive import FloatArray
from xlportfolio.wording import number

MOST_INCONSISTENT = 0.10
"""The largest consistency ratio at which judgements are taken to agree: Saaty (1980). [-]"""

SAATY_RANDOM_INDEX = (
    *(0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49),
    *(1.51, 1.48, 1.56, 1.57, 1.59),
)
"""Saaty (1980), for 1 to 15 criteria; 1.32 for 7, where later tables have 1.35. [-]"""

_NOT_RECIPROCAL = 0.05
"""Rounded reciprocals (0.33, 0.14) are taken for what they stand for. [-]"""

_SQUARINGS = 40


@dataclass(frozen=True)
class AhpWeights:
    """Weights, and how well the judgements agree.

    Attributes
    ----------
    weights : shape (n,)
        Summing to 1. [0..1]
    lambda_max
        Of the judgements under these weights; n where they agree. [-]
    consistency_index, consistency_ratio
        0 where they agree; a ratio above `MOST_INCONSISTENT` asks for a revision. [-]
    most_inconsistent
        The pair of criteria whose judgement is furthest from their weights, the first being the
        one that it prefers; None where all agree.
    """

    weights: FloatArray
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    most_inconsistent: tuple[int, int] | None


def complete_judgements(matrix: FloatArray, names: Sequence[str]) -> FloatArray:
    """Fill one half of the judgements from the other, and check that both say the same.

    Parameters
    ----------
    matrix : shape (n, n)
        How many times as important the criterion of the row is as that of the column, above 0;
        NaN where blank. [ratio]
    names : length n
        The criteria, for sentences.

    Returns
    -------
    shape (n, n), exactly reciprocal, 1 on the diagonal. [ratio]

    Raises
    ------
    InputError
        If a pair has no judgement, or two that are not reciprocal; a criterion is not 1 to itself.

    Notes
    -----
    Of a pair the judgement of at least 1 is taken and the other made from it, so that 0.33 stands
    for a third. Two that differ from reciprocals by more than 5 % are refused.
    """
    full = matrix.copy()
    for i, name in enumerate(names):
        if not np.isnan(full[i, i]) and abs(full[i, i] - 1) > 1e-9:
            raise InputError(
                f"The judgement of {name} over itself is {number(full[i, i])}; expected 1."
            )
        full[i, i] = 1.0
        for j in range(i + 1, len(names)):
            over, under = full[i, j], full[j, i]
            if np.isnan(over) and np.isnan(under):
                raise InputError(
                    f"There is no judgement of {name} over {names[j]}; expected one for each pair."
                )
            if abs(over * under - 1) > _NOT_RECIPROCAL:  # False where one is blank
                raise InputError(
                    f"The judgement of {name} over {names[j]} is {number(over)} and of {names[j]} "
                    f"over {name} {number(under)}; expected 1 divided by the other. Leave one of "
                    "them blank."
                )
            if np.isnan(under) or over >= 1:
                full[j, i] = 1 / over
            else:
                full[i, j] = 1 / under
    return full


def weigh_by_pairs(
    matrix: FloatArray, *, method: AhpMethod = "eigenvector", random_index: RandomIndex = "saaty"
) -> AhpWeights:
    """Weights of criteria from judgements in pairs.

    Parameters
    ----------
    matrix : shape (n, n)
        Reciprocal, as `complete_judgements` makes it. [ratio]
    method
        "eigenvector": the principal eigenvector; "geometric": the geometric means of the rows.
    random_index
        The inconsistency of judgements at random, which tables give differently: "saaty" is
        `SAATY_RANDOM_INDEX`; "alonso", and for more than 15 criteria either, the formula of Alonso
        & Lamata.

    Returns
    -------
    AhpWeights

    Raises
    ------
    InputError
        If the matrix is not square or above 0, or a method or a random index has another name.

    Notes
    -----
    A w = lambda_max w, CI = (lambda_max - n) / (n - 1), CR = CI / RI: Saaty (1980), The Analytic
    Hierarchy Process. Geometric means: Crawford & Williams (1985), Journal of Mathematical
    Psychology 29, 387-405; there lambda_max is the mean of (A w)_i / w_i. Alonso & Lamata (2006),
    International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 14, 445-459:
    RI = (1.7699 n - 4.3513) / (n - 1).

    Examples
    --------
    >>> weigh_by_pairs(np.array([[1.0, 2.0, 2.0], [0.5, 1.0, 1.0], [0.5, 1.0, 1.0]])).weights
    array([0.5 , 0.25, 0.25])
    """
    n = len(matrix)
    if matrix.shape != (n, n) or not (matrix > 0).all():
        raise InputError("Judgements must be a square of numbers above 0.")
    if method not in AHP_METHODS:
        raise InputError(f'method is "{method}"; expected {" or ".join(AHP_METHODS)}.')
    if random_index not in RANDOM_INDICES:
        raise InputError(
            f'random_index is "{random_index}"; expected {" or ".join(RANDOM_INDICES)}.'
        )
    weights = _eigenvector(matrix) if method == "eigenvector" else _geometric_means(matrix)
    lambda_max = float(np.mean((matrix * weights).sum(axis=1) / weights))
    # one or two criteria cannot disagree; below n is rounding
    index = max(0.0, (lambda_max - n) / (n - 1)) if n > 2 else 0.0
    ratio = index / _random_index(n, random_index) if n > 2 else 0.0
    return AhpWeights(weights, lambda_max, index, ratio, _most_inconsistent(matrix, weights))


def _eigenvector(matrix: FloatArray) -> FloatArray:
    """The principal eigenvector of a matrix of numbers above 0, by squaring it."""
    power = matrix / matrix.max()
    for _ in range(_SQUARINGS):
        square = power @ power
        square /= square.max()
        if np.abs(square - power).max() <= 1e-16:
            break
        power = square
    weights = power.sum(axis=1)
    weights = (matrix * (weights / weights.sum())).sum(axis=1)
    found: FloatArray = weights / weights.sum()
    return found


def _geometric_means(matrix: FloatArray) -> FloatArray:
    weights = np.exp(np.log(matrix).mean(axis=1))
    found: FloatArray = weights / weights.sum()
    return found


def _random_index(n: int, source: RandomIndex) -> float:
    if source == "saaty" and n <= len(SAATY_RANDOM_INDEX):
        return SAATY_RANDOM_INDEX[n - 1]
    return (1.7699 * n - 4.3513) / (n - 1)


def _most_inconsistent(matrix: FloatArray, weights: FloatArray) -> tuple[int, int] | None:
    error = np.abs(np.log(matrix * weights / weights[:, None]))
    # of equal errors the first pair, whatever the last digit
    pair = int(np.argmax(np.triu(np.round(error, 9))))
    i, j = divmod(pair, len(matrix))
    if round(float(error[i, j]), 9) == 0:
        return None
    return (i, j) if matrix[i, j] >= 1 else (j, i)
