"""PF_AHP against Saaty's published cases, numpy's eigenvalues, and what must hold of weights."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_ahp

ORACLES = Path(__file__).resolve().parent.parent / "oracles"
PUBLISHED = {
    case["id"]: case
    for case in json.loads((ORACLES / "published_scores_and_choices.json").read_text("utf-8"))
}


def sentence(matrix: Any, **options: Any) -> str:
    with pytest.raises(InputError) as problem:
        pf_ahp(matrix, **options)
    return str(problem.value)


def weights_of(matrix: Any, method: str = "eigenvector") -> list[float]:
    return [row[0] for row in pf_ahp(matrix, method)]


def drawn(draw: random.Random, n: int) -> list[list[float]]:
    """Judgements on Saaty's scale, at random: they disagree."""
    matrix = [[1.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            matrix[i][j] = float(draw.randint(1, 9)) ** draw.choice([-1, 1])
            matrix[j][i] = 1 / matrix[i][j]
    return matrix


@pytest.mark.parametrize("name", ["ahp_saaty_philadelphia", "ahp_saaty_house", "ahp_saaty_school"])
def test_weights_match_saaty(name: str) -> None:
    case = PUBLISHED[name]
    matrix, tolerance = case["inputs"]["matrix"], case["tolerance"]
    answer = pf_ahp(matrix, output="all")
    weights = [row[0] for row in answer]
    assert weights == pytest.approx(case["expected"]["weights"], abs=tolerance["weights"])
    if "cr" in case["expected"]:
        assert answer[0][1] == pytest.approx(case["expected"]["cr"], abs=tolerance["cr"])


def test_weights_of_cities_match_saaty_2005() -> None:
    case = PUBLISHED["ahp_saaty_cities"]
    inputs = case["inputs"]
    criteria = weights_of(inputs["criteria_matrix"])
    total = sum(
        weight * np.array(weights_of(inputs["alternative_matrices"][name]))
        for name, weight in zip(inputs["criteria"], criteria, strict=True)
    )
    assert list(total) == pytest.approx(case["expected"]["global_weights"], abs=case["tolerance"])


def test_judgements_that_disagree_give_weights_and_why_says_which_to_revise() -> None:
    house = PUBLISHED["ahp_saaty_house"]["inputs"]["matrix"]
    assert weights_of(house) == [row[0] for row in pf_ahp(house, output="all")]
    said = pf_ahp(house, output="why")
    assert said == (
        "Row 8 has the most weight, 0.333. The judgements contradict each other and should be "
        "revised: their consistency ratio is 0.169, above 0.1. Begin with row 3 over row 7: it was "
        "judged 6 times as important, and all judgements together say 1.13 times."
    )
    philadelphia = PUBLISHED["ahp_saaty_philadelphia"]["inputs"]["matrix"]
    assert pf_ahp(philadelphia, output="why") == (
        "Row 2 has the most weight, 0.397. The judgements agree: their consistency ratio is "
        "0.0732, at most 0.1."
    )


def test_judgement_to_revise_is_the_one_furthest_from_what_the_weights_say() -> None:
    draw = random.Random(16)
    for _ in range(20):
        matrix = drawn(draw, 5)
        weights = weights_of(matrix)
        said = {
            (i, j): max(
                matrix[i][j] * weights[j] / weights[i], weights[i] / weights[j] / matrix[i][j]
            )
            for i in range(5)
            for j in range(5)
            if matrix[i][j] >= 1
        }
        i, j = max(said, key=lambda pair: said[pair])
        assert f"Begin with row {i + 1} over row {j + 1}: " in pf_ahp(matrix, output="why")


def test_random_index_is_the_one_asked_for() -> None:
    matrix = drawn(random.Random(17), 7)
    ratios = [pf_ahp(matrix, random_index=one, output="all")[0][1] for one in ("", "alonso")]
    # 7 criteria: 1.32 in Saaty (1980); Alonso & Lamata (2006) have 2.7699 n - 4.3513 as the mean
    # lambda_max, so (2.7699 * 7 - 4.3513 - 7) / 6 = 1.33967
    assert ratios[0] * 1.32 == pytest.approx(ratios[1] * 8.038 / 6, rel=1e-12)
    assert sentence(matrix, random_index="forman") == (
        'random_index is "forman"; expected saaty or alonso.'
    )


def test_weights_are_the_eigenvector_that_numpy_finds() -> None:
    draw = random.Random(13)
    table = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 15: 1.59}
    for n, random_index in table.items():
        matrix = drawn(draw, n)
        values, vectors = np.linalg.eig(np.array(matrix))
        vector = np.abs(vectors[:, values.real.argmax()].real)
        answer = pf_ahp(matrix, output="all")
        assert [row[0] for row in answer] == pytest.approx(vector / vector.sum(), abs=1e-12)
        index = (values.real.max() - n) / (n - 1)
        assert answer[0][1] == pytest.approx(index / random_index, abs=1e-9)


def test_geometric_means_are_the_eigenvector_of_three_criteria() -> None:
    draw = random.Random(14)
    for _ in range(10):
        matrix = drawn(draw, 3)
        assert weights_of(matrix, "geometric") == pytest.approx(weights_of(matrix), abs=1e-12)
    four = [[1, 2, 4, 8], [None, 1, 8, 1], [None, None, 1, 1], [None, None, None, 1]]
    means = np.array([64, 4, 1 / 32, 1 / 8]) ** 0.25
    assert weights_of(four, "geometric") == pytest.approx(means / means.sum(), abs=1e-12)


def test_weights_that_agree_come_back_whatever_the_method() -> None:
    true = [0.4, 0.3, 0.2, 0.1]
    matrix = [[a / b for b in true] for a in true]
    for method in ("eigenvector", "geometric"):
        assert [row[0] for row in pf_ahp(matrix, method)] == pytest.approx(true, abs=1e-12)


def test_either_half_may_be_blank_and_rounded_reciprocals_stand_for_what_they_are() -> None:
    whole = pf_ahp([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])
    assert pf_ahp([[None, 3, 5], [None, None, 2], [None, None, None]]) == whole
    assert pf_ahp([[1, 3, 5], [0.33, 1, 2], [0.2, 0.5, 1]]) == whole
    lower = pf_ahp([[1, None, None], [1 / 3, 1, None], [1 / 5, 1 / 2, 1]])
    assert [row[0] for row in lower] == pytest.approx([row[0] for row in whole], abs=1e-12)
    assert pf_ahp(1) == 1
    assert pf_ahp([[1, 3], [None, 1]]) == [[0.75], [0.25]]


def test_reordering_criteria_permutes_the_weights() -> None:
    matrix = drawn(random.Random(15), 6)
    order = [3, 0, 5, 1, 4, 2]
    weights = weights_of(matrix)
    moved = weights_of([[matrix[i][j] for j in order] for i in order])
    assert moved == pytest.approx([weights[i] for i in order], abs=1e-12)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[1, 2, 3], [0.5, 1, 2]], "matrix is 2 x 3 judgements; expected as many columns as rows, "
         "in the same order."),
        ([[1, None], [None, 1]], "There is no judgement of row 1 over row 2; expected one for each "
         "pair."),
        ([[2, 3], [None, 1]], "The judgement of row 1 over itself is 2; expected 1."),
        ([[1, 0], [None, 1]], "matrix, row 1, column 2 is 0; expected a ratio from 1/1000 to 1000. "
         "Enter a third as =1/3."),
        ([[1, 46082], [None, 1]], "matrix, row 1, column 2 is 46,082; expected a ratio from 1/1000 "
         "to 1000. Enter a third as =1/3."),
        ([[1, "1/3"], [None, 1]], 'matrix, row 1, column 2 is "1/3"; expected a number. Enter the '
         "number, or leave the cell blank until it is known."),
        ([["", "Fit", "Cost"], ["Cost", 1, 2], ["Fit", None, 1]], 'matrix has "Cost" in row 2 and '
         '"Fit" over column 2; expected the same criteria in the same order.'),
    ],
)  # fmt: skip
def test_ahp_says_what_is_wrong_and_where(matrix: Any, said: str) -> None:
    assert sentence(matrix) == said
    assert pf_ahp(matrix, output="why") == said
