"""One search of a whole-number program with HiGHS, its answer checked in whole numbers.

HiGHS (Huangfu & Hall 2018, Math. Prog. Comp. 10, 119-142) works in floating point and lets a row
be broken by a millionth. Rows are scaled so that this is less than a cent where it can be, every
answer is added up again exactly, and one that breaks a row is cut off by the set of projects that
cannot go together (a cover inequality: Balas 1975, Math. Prog. 8, 146-164) and searched again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlportfolio.selection.exact import Program, Row, Whole, excess, total
from xlportfolio.selection.model import Choice

FloatArray = NDArray[np.float64]

_LARGEST_COEFFICIENT = 2.0**-4
"""What the largest coefficient of a row is scaled down to, so that HiGHS's millionth is little."""
_PLAIN_OBJECTIVE = 2.0**7
_LARGEST_OBJECTIVE = 2.0**24
_LEAST_STEP = 1e-5
"""The largest coefficient of an objective is scaled down to the first of these; to more, up to the
second, where a whole unit would else be less than `_LEAST_STEP`."""
_MOST_CUTS = 100
"""How often an answer that breaks a row by a cent is cut off before the search gives up."""


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes
    ----------
    chosen : shape (n,)
        The best choice that was found, which holds every row exactly; None for none.
    is_proven
        That nothing better exists, or without a choice that there is none.
    bound
        No choice has a larger objective.
    nodes
        Branch-and-bound nodes that it took.
    was_stopped
        Whether time ran out.
    """

    chosen: Choice | None
    is_proven: bool
    bound: float
    nodes: int
    was_stopped: bool = False


@dataclass(frozen=True)
class _Reduced:
    """The program over its free columns, in the floating point that the solver reads."""

    free: NDArray[np.intp]
    matrix: Any  # a sparse matrix of scipy, imported only where it is needed
    most: FloatArray
    is_empty: bool


def maximise(
    objective: Whole, program: Program, *, nodes: int | None = None, seconds: float | None = None
) -> Found:
    """Find the choice with the largest objective.

    Parameters
    ----------
    objective : shape (n,)
        What each column adds when chosen.
    program
        What may be chosen.
    nodes
        Branch-and-bound nodes to spend; None for as many as the proof takes.
    seconds
        When to give up. [s]

    Returns
    -------
    Found
        Exact in whole numbers.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    spent = 0
    for _ in range(_MOST_CUTS):
        program = _without_too_large(program)
        reduced = _reduce(program)
        if reduced is None:
            return Found(None, True, -math.inf, spent)
        base = program.low.copy()
        if reduced.free.size == 0:
            return Found(base, True, float(total(objective, base)), spent)
        c, unit = _scaled_objective(objective[reduced.free])
        options: dict[str, Any] = {"mip_rel_gap": 0.0}
        if nodes is not None:
            options["node_limit"] = max(1, nodes - spent)
        if seconds is not None:
            options["time_limit"] = seconds
        answer = milp(
            -c,
            integrality=np.ones(c.size, dtype=np.uint8),
            bounds=Bounds(0.0, 1.0),
            constraints=[]
            if reduced.is_empty
            else [LinearConstraint(reduced.matrix, -np.inf, reduced.most)],
            options=options,  # type: ignore[arg-type]
        )
        spent += int(answer.get("mip_node_count") or 0)
        was_stopped = "Time limit" in str(answer.message)
        fixed_part = total(objective, base)
        if answer.x is None:
            is_proven = answer.status == 2
            bound = -math.inf if is_proven else math.inf
            return Found(None, is_proven, bound, spent, was_stopped)
        chosen = base
        chosen[reduced.free] = answer.x > 0.5
        broken = [row for row in program.rows if excess(row, chosen) > 0]
        if not broken:
            found = total(objective, chosen)
            is_proven = answer.status == 0
            bound = float(found)
            if not is_proven:
                dual = answer.get("mip_dual_bound")
                bound = math.inf if dual is None else fixed_part - float(dual) / unit
            return Found(chosen, is_proven, max(bound, float(found)), spent, was_stopped)
        if was_stopped or (nodes is not None and spent >= nodes):
            return Found(None, False, math.inf, spent, was_stopped)
        program = program.with_rows(*(_cover(row, chosen) for row in broken))
    return Found(None, False, math.inf, spent)


@dataclass(frozen=True)
class Relaxed:
    """What choosing fractions of projects would come to.

    Attributes
    ----------
    free
        The m columns that are not decided beforehand.
    parts : shape (m,)
        How much of each is chosen. [0..1]
    gain : shape (m,)
        What choosing it adds beyond the price of what it takes, in the objective's units.
    bound
        No choice has a larger objective.
    """

    free: NDArray[np.intp]
    parts: FloatArray
    gain: FloatArray
    bound: float

    def core(self, program: Program, size: int) -> Program:
        """The program with all but about `size` columns as they are here."""
        is_split = (self.parts > 1e-6) & (self.parts < 1 - 1e-6)
        order = np.argsort(np.where(is_split, -1.0, np.abs(self.gain)), kind="stable")
        outside = order[max(size, int(is_split.sum())) :]
        low, high = program.low.copy(), program.high.copy()
        is_in = self.parts[outside] > 0.5
        low[self.free[outside[is_in]]] = True
        high[self.free[outside[~is_in]]] = False
        return program.with_bounds(low, high)


def relax(objective: Whole, program: Program) -> Relaxed | None:
    """Solve the linear relaxation; None where nothing is left to decide, or nothing holds.

    Notes
    -----
    With prices y >= 0 of the rows, no choice exceeds y.b + sum_i max(0, c_i - (yA)_i). This holds
    for any y >= 0, so the bound does not rest on the tolerances with which they were found.
    """
    from scipy.optimize import linprog

    reduced = _reduce(program)
    if reduced is None or reduced.free.size == 0 or reduced.is_empty:
        return None
    c, unit = _scaled_objective(objective[reduced.free])
    relaxed = linprog(-c, A_ub=reduced.matrix, b_ub=reduced.most, bounds=(0.0, 1.0))
    if relaxed.status != 0 or relaxed.x is None:
        return None
    prices = np.maximum(0.0, -relaxed.ineqlin.marginals)
    gain = (c - reduced.matrix.T @ prices) / unit
    bound = float(prices @ reduced.most) / unit + float(np.maximum(0.0, gain).sum())
    return Relaxed(reduced.free, relaxed.x, gain, bound + total(objective, program.low))


def decided_by_bound(objective: Whole, program: Program, least: int) -> Program:
    """Decide the columns that no choice with an objective of at least `least` can change.

    Parameters
    ----------
    objective : shape (n,)
        What each column adds when chosen.
    program
        What may be chosen.
    least
        What a choice must reach.

    Returns
    -------
    Program
        The same with more columns decided.

    Notes
    -----
    Reduced-cost fixing: no choice with column i the other way exceeds the relaxation's bound less
    |gain_i| (Nemhauser & Wolsey 1988, Integer and Combinatorial Optimization, II.5.2).
    """
    relaxed = relax(objective, program)
    if relaxed is None:
        return program
    margin = 1e-9 * max(1.0, abs(relaxed.bound), abs(float(least)))
    is_decided = relaxed.bound - np.abs(relaxed.gain) < least - margin
    low, high = program.low.copy(), program.high.copy()
    low[relaxed.free[is_decided & (relaxed.gain > 0)]] = True
    high[relaxed.free[is_decided & (relaxed.gain < 0)]] = False
    return program.with_bounds(low, high)


def _scaled_objective(objective: Whole) -> tuple[FloatArray, float]:
    # HiGHS finds less with large figures, and proves to 1e-6: a whole unit must stay above that
    divisor = int(np.gcd.reduce(objective)) or 1
    largest = float(np.abs(objective).max()) / divisor
    unit = 1.0 / divisor
    most = min(_LARGEST_OBJECTIVE, max(_PLAIN_OBJECTIVE, largest * _LEAST_STEP))
    if largest > most:
        unit *= most / largest
    return objective.astype(np.float64) * unit, unit


def _without_too_large(program: Program) -> Program:
    """Leave out what breaks a row by itself: by a cent, the solver may not see it."""
    high = program.high.copy()
    for row in program.rows:
        is_free = high[row.columns] & ~program.low[row.columns]
        left = row.most - total(row.coefficients, program.low[row.columns])
        left -= total(row.coefficients, is_free & (row.coefficients < 0))
        high[row.columns[is_free & (row.coefficients > max(left, 0))]] = False
    return program.with_bounds(program.low, high)


def _reduce(program: Program) -> _Reduced | None:
    """The program without what is decided; None where a row can no longer hold."""
    from scipy.sparse import csr_array

    if np.any(program.low & ~program.high):
        return None
    is_free = program.high & ~program.low
    free = np.flatnonzero(is_free)
    place = np.cumsum(is_free) - 1
    columns: list[NDArray[np.intp]] = []
    weights: list[FloatArray] = []
    most: list[float] = []
    for row in program.rows:
        left = row.most - total(row.coefficients, program.low[row.columns])
        kept = is_free[row.columns]
        coefficients = row.coefficients[kept]
        if total(coefficients, coefficients < 0) > left:
            return None
        if total(coefficients, coefficients > 0) <= left:
            continue
        divisor = int(np.gcd.reduce(coefficients))
        scaled = (coefficients // divisor).astype(np.float64)
        largest = float(np.abs(scaled).max())
        factor = 1.0
        if largest > 1:
            # a power of two, so that scaling rounds nothing
            factor = 2.0 ** math.floor(math.log2(_LARGEST_COEFFICIENT / largest))
        columns.append(place[row.columns[kept]])
        weights.append(scaled * factor)
        most.append(left // divisor * factor)
    if not columns:
        return _Reduced(free, None, np.zeros(0), True)
    starts = np.concatenate(([0], np.cumsum([c.size for c in columns])))
    matrix = csr_array(
        (np.concatenate(weights), np.concatenate(columns), starts),
        shape=(len(columns), free.size),
    )
    return _Reduced(free, matrix, np.array(most), False)


def _cover(row: Row, chosen: Choice) -> Row:
    """That not all of the columns that break the row may stay as they are."""
    taken = chosen[row.columns]
    breaks = np.flatnonzero(np.where(taken, row.coefficients > 0, row.coefficients < 0))
    over = excess(row, chosen)
    kept: list[int] = []
    for k in breaks[np.argsort(np.abs(row.coefficients[breaks]), kind="stable")]:
        amount = abs(int(row.coefficients[k]))
        if over - amount > 0:
            over -= amount
        else:
            kept.append(int(k))
    place = np.array(kept)
    signs = np.where(taken[place], 1, -1).astype(np.int64)
    return Row(row.columns[place], signs, int(taken[place].sum()) - 1)


def conflicting_rows(program: Program) -> tuple[FloatArray, FloatArray]:
    """Price the rows of a program by their part in the least violation of all of them.

    Parameters
    ----------
    program
        Its decided columns stay as they are.

    Returns
    -------
    rows : one for each row
        More than 0 for what takes part. [-]
    columns : shape (n,)
        What choosing a column adds to the violation at these prices. [-]

    Notes
    -----
    The dual of: the least s >= 0 so that no row is broken by more than s times its largest
    coefficient (Farkas' lemma). All zero where fractions of projects would satisfy every row.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    n = program.low.size
    if not program.rows:
        return np.zeros(0), np.zeros(n)
    largest = [float(np.abs(row.coefficients).max(initial=1)) for row in program.rows]
    counts = [row.columns.size + 1 for row in program.rows]
    matrix: Any = csr_array(
        (
            np.concatenate(
                [
                    np.append(row.coefficients / size, -1.0)
                    for row, size in zip(program.rows, largest, strict=True)
                ]
            ),
            np.concatenate([np.append(row.columns, n) for row in program.rows]),
            np.concatenate(([0], np.cumsum(counts))),
        ),
        shape=(len(program.rows), n + 1),
    )
    most = np.array([row.most / size for row, size in zip(program.rows, largest, strict=True)])
    bounds = [(float(a), float(b)) for a, b in zip(program.low, program.high, strict=True)]
    violation = np.zeros(n + 1)
    violation[n] = 1.0
    answer = linprog(violation, A_ub=matrix, b_ub=most, bounds=[*bounds, (0.0, math.inf)])
    prices = np.maximum(0.0, -answer.ineqlin.marginals)
    prices[prices < 1e-9] = 0.0
    columns = (matrix.T @ prices)[:n]
    columns[np.abs(columns) < 1e-12] = 0.0
    return prices, columns
