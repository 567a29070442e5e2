"""Which limits cannot hold together: a smallest set that still admits no portfolio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xlportfolio.selection.exact import Program, key_order, program_of
from xlportfolio.selection.model import SelectionModel
from xlportfolio.selection.search import conflicting_rows, maximise

LimitKind = Literal["budget", "least share", "most share", "fixed", "alternatives", "link"]


@dataclass(frozen=True)
class Limit:
    """One limit of a model: which table of the model it stands in, and where."""

    kind: LimitKind
    place: int


def limits_of(model: SelectionModel) -> tuple[Limit, ...]:
    """Every limit of a model; those about rows in the order of the rows' keys."""
    rank = np.argsort(key_order(model))
    fixed = sorted(range(len(model.fixed)), key=lambda k: int(rank[model.fixed[k].row]))
    shares = list(enumerate(model.shares))
    return (
        *(Limit("budget", k) for k in range(len(model.budgets))),
        *(Limit("least share", k) for k, share in shares if share.least is not None),
        *(Limit("most share", k) for k, share in shares if share.most is not None),
        *(Limit("fixed", k) for k in fixed),
        *(Limit("alternatives", k) for k in range(len(model.alternatives))),
        *(Limit("link", k) for k in range(len(model.links))),
    )


def with_limits(model: SelectionModel, limits: Sequence[Limit]) -> SelectionModel:
    """The same model with these limits alone."""
    kept: dict[str, set[int]] = {}
    for limit in limits:
        kept.setdefault(limit.kind, set()).add(limit.place)

    def places(kind: LimitKind) -> list[int]:
        return sorted(kept.get(kind, ()))

    least, most = kept.get("least share", set()), kept.get("most share", set())
    return replace(
        model,
        budgets=tuple(model.budgets[k] for k in places("budget")),
        shares=tuple(
            replace(
                model.shares[k],
                least=model.shares[k].least if k in least else None,
                most=model.shares[k].most if k in most else None,
            )
            for k in sorted(least | most)
        ),
        fixed=tuple(model.fixed[k] for k in places("fixed")),
        alternatives=tuple(model.alternatives[k] for k in places("alternatives")),
        links=tuple(model.links[k] for k in places("link")),
    )


def minimal_conflict(model: SelectionModel) -> tuple[Limit, ...]:
    """Find limits that admit no portfolio, of which none can be spared.

    Parameters
    ----------
    model
        A model without a feasible portfolio.

    Returns
    -------
    tuple[Limit, ...]
        Without any one of them there is a portfolio; empty where the model has one.

    Notes
    -----
    What fixed rows take of one budget is added up first, then links and alternatives are tried
    without money, and then everything: the limits that carry a price in the least violation of
    all rows (Farkas) are narrowed down by halves (QuickXplain: Junker 2004, AAAI-04, 167-172).
    """
    for place in range(len(model.budgets)):
        short = budget_conflict(model, place)
        if short:
            return short
    limits = limits_of(model)
    if is_possible(model, limits):
        return ()
    rules = [limit for limit in limits if limit.kind in ("fixed", "alternatives", "link")]
    candidates: Sequence[Limit] = limits if is_possible(model, rules) else rules
    priced = _priced(model, candidates)
    if len(priced) < len(candidates) and not is_possible(model, priced):
        candidates = priced
    return tuple(_narrowed(model, [], False, list(candidates)))


def budget_conflict(model: SelectionModel, place: int) -> tuple[Limit, ...]:
    """A budget and the fixed rows that break it by themselves; empty where they do not."""
    budget = model.budgets[place]
    least = np.minimum(budget.cost, budget.exit)
    over = sum(int(amount) for amount in least) - budget.amount
    forced: list[tuple[int, Limit]] = []
    for limit in limits_of(model):
        if limit.kind == "fixed":
            fixed = model.fixed[limit.place]
            taken = budget.cost[fixed.row] if fixed.is_in else budget.exit[fixed.row]
            forced.append((int(taken - least[fixed.row]), limit))
    rows_seen: set[int] = set()
    needed: list[Limit] = []
    for amount, limit in sorted(forced, key=lambda pair: -pair[0]):
        if over > 0:
            break
        row = model.fixed[limit.place].row
        if amount > 0 and row not in rows_seen:
            rows_seen.add(row)
            needed.append(limit)
            over += amount
    # largest first, so without any one of them what is left would suffice only if the last is
    # needed, and then a larger one is needed too
    return (Limit("budget", place), *needed) if over > 0 else ()


def is_possible(model: SelectionModel, limits: Sequence[Limit]) -> bool:
    """Whether a portfolio holds these limits."""
    kept = with_limits(model, limits)
    program = program_of(kept, np.arange(len(model.keys)))
    return maximise(np.zeros(len(model.keys), dtype=np.int64), program).chosen is not None


def _priced(model: SelectionModel, limits: Sequence[Limit]) -> list[Limit]:
    """The limits that take part in the least violation of all of them together."""
    order = np.arange(len(model.keys))
    rows: list[Limit] = []
    free = Program((), np.zeros(order.size, dtype=bool), np.ones(order.size, dtype=bool))
    for limit in limits:
        if limit.kind == "fixed":
            continue
        added = program_of(with_limits(model, [limit]), order).rows
        rows.extend([limit] * len(added))
        free = free.with_rows(*added)
    fixed = [limit for limit in limits if limit.kind == "fixed"]
    bounds = program_of(with_limits(model, fixed), order)
    if np.any(bounds.low & ~bounds.high):
        return list(limits)
    row_prices, column_prices = conflicting_rows(free.with_bounds(bounds.low, bounds.high))
    kept = {rows[k] for k in np.flatnonzero(row_prices > 0)}
    for limit in fixed:
        row = model.fixed[limit.place]
        price = column_prices[row.row]
        if (price > 0) if row.is_in else (price < 0):
            kept.add(limit)
    return [limit for limit in limits if limit in kept]


def _narrowed(
    model: SelectionModel, given: list[Limit], has_grown: bool, limits: list[Limit]
) -> list[Limit]:
    """The limits that conflict with what is given, none to spare."""
    if has_grown and not is_possible(model, given):
        return []
    if len(limits) <= 1:
        return limits
    half = len(limits) // 2
    first, second = limits[:half], limits[half:]
    late = _narrowed(model, given + first, bool(first), second)
    early = _narrowed(model, given + late, bool(late), first)
    return early + late
