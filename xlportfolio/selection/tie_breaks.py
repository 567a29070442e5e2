"""The last tie-break: of portfolios that are equal in every respect, the first by key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xlportfolio.selection.exact import Program, Row, Whole
from xlportfolio.selection.model import Choice
from xlportfolio.selection.search import Found

_BLOCK = 20
"""Columns decided at once: weights of 2^19 are far from where floating point rounds."""
_MOST_BLOCKS = 10
"""Blocks beyond which the rest is left as it is."""


def first_by_key(
    program: Program, chosen: Choice, search: Callable[[Whole, Program], Found | None]
) -> tuple[Choice, bool]:
    """Take the portfolio that holds the first column in which two of them differ.

    Parameters
    ----------
    program
        The equal portfolios; columns in the order of their keys.
    chosen : shape (n,)
        One of them.
    search
        Maximises whole numbers over a program; None where it must stop.

    Returns
    -------
    chosen : shape (n,)
        The first one, as far as it was found.
    is_proven : bool
        Whether it is the first.

    Notes
    -----
    Blocks of 20 columns with weights 2^19 .. 1 are decided one after the other; beyond 200
    undecided columns the rest is left as it is.
    """
    low, high = program.low.copy(), program.high.copy()
    free = np.flatnonzero(high & ~low)
    if free.size == 0:
        return chosen, True
    if free.size > _BLOCK:
        found = search(np.zeros(chosen.size, dtype=np.int64), _without(program, free, chosen))
        if found is None:
            return chosen, False
        if found.chosen is None and found.is_proven:
            return chosen, True
    for start in range(0, min(free.size, _BLOCK * _MOST_BLOCKS), _BLOCK):
        block = free[start : start + _BLOCK]
        objective = np.zeros(chosen.size, dtype=np.int64)
        objective[block] = 2 ** np.arange(block.size - 1, -1, -1)
        found = search(objective, program.with_bounds(low.copy(), high.copy()))
        if found is None or found.chosen is None:
            return chosen, False
        if int(objective[found.chosen].sum()) > int(objective[chosen].sum()):
            chosen = found.chosen
        if not found.is_proven:
            return chosen, False
        low[block], high[block] = chosen[block], chosen[block]
    return chosen, free.size <= _BLOCK * _MOST_BLOCKS


def _without(program: Program, free: Whole, chosen: Choice) -> Program:
    signs = np.where(chosen[free], 1, -1).astype(np.int64)
    return program.with_rows(Row(free.astype(np.int64), signs, int(chosen[free].sum()) - 1))
