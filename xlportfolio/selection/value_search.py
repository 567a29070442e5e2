"""The most value: first among the projects near the cut line, then among all that may matter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from xlportfolio.selection.exact import Program, Whole, total
from xlportfolio.selection.search import Found, decided_by_bound, maximise, relax

_SMALL = 300
"""Undecided columns up to which all of them are searched at once."""
_NEAR = 100
_NEAR_OF_LARGE = 300
"""Columns of the first core, and of a second, wider one."""
_ENTRIES = 2_500
"""Entries of undecided columns in rows for which `effort` is counted in nodes."""
_LARGE = 8_000
"""Entries from which on the wider core is searched before all of it."""


def most_value(
    values: Whole,
    program: Program,
    *,
    effort: int,
    seconds: float | None,
    must_stop: Callable[[], bool],
) -> Found:
    """Find the choice of most value.

    Parameters
    ----------
    values : shape (n,)
        What each column is worth.
    program
        What may be chosen.
    effort
        Branch-and-bound nodes for 2,500 entries of undecided columns in rows; smaller programs get
        more in proportion, larger ones less.
    seconds
        When to give up each of three searches. [s]
    must_stop
        Asked between the searches.

    Returns
    -------
    Found
        With an honest bound on the value.

    Notes
    -----
    Beyond 300 columns those that the linear relaxation is least sure of are searched first, the
    rest as the relaxation has it (the core of a knapsack: Balas & Zemel 1980, Operations Research
    28, 1130-1154; for several budgets: Puchinger, Raidl & Pferschy 2010, INFORMS J. Computing 22,
    250-265). What that finds decides most of the others by the bound of the relaxation. Where
    more than 8,000 entries are left a wider core is searched before all of it.
    """
    n_free = int((program.high & ~program.low).sum())
    if n_free <= _SMALL:
        return maximise(values, program, nodes=_nodes(effort, program), seconds=seconds)
    best = Found(None, False, math.inf, 0)
    bound = math.inf
    reduced = program
    for size in (_NEAR, _NEAR_OF_LARGE):
        if must_stop():
            return replace(best, was_stopped=True)
        relaxed = relax(values, reduced)
        if relaxed is None:
            break
        bound = min(bound, relaxed.bound)
        core = relaxed.core(reduced, size)
        nodes = min(max(1, effort), _nodes(effort, core))
        found = maximise(values, core, nodes=nodes, seconds=seconds)
        best = _better(values, best, replace(found, is_proven=False, bound=bound))
        if best.chosen is None:
            break
        reduced = decided_by_bound(values, program, total(values, best.chosen))
        if _entries(reduced) <= _LARGE:
            break
    if must_stop():
        return replace(best, was_stopped=True)
    last = maximise(values, reduced, nodes=_nodes(effort, reduced), seconds=seconds)
    if last.is_proven:
        # what was decided by the bound cannot be in anything better than the best so far
        return replace(_better(values, best, last), is_proven=True, bound=last.bound)
    return _better(values, best, replace(last, bound=min(bound, last.bound)))


def _better(values: Whole, best: Found, found: Found) -> Found:
    chosen = found.chosen
    if best.chosen is not None and (
        chosen is None or total(values, chosen) <= total(values, best.chosen)
    ):
        chosen = best.chosen
    bound = found.bound
    if chosen is not None:
        bound = max(bound, float(total(values, chosen)))
    return replace(
        found,
        chosen=chosen,
        bound=bound,
        nodes=best.nodes + found.nodes,
        was_stopped=best.was_stopped or found.was_stopped,
    )


def _entries(program: Program) -> int:
    free = program.high & ~program.low
    return sum(int(free[row.columns].sum()) for row in program.rows)


def _nodes(effort: int, program: Program) -> int:
    return max(1, effort * _ENTRIES // max(1, _entries(program)))
