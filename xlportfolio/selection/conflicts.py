"""Limits that cannot hold together, in sentences for a board."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlportfolio.money import money_text
from xlportfolio.selection.conflicting_limits import Limit, budget_conflict, minimal_conflict
from xlportfolio.selection.model import Fixed, LinkRule, SelectionModel
from xlportfolio.wording import listed

_MOST_NAMES = 5
_MOST_SENTENCES = 3


def find_conflicts(model: SelectionModel, *, currency: str | None = None) -> tuple[str, ...]:
    """Say which limits cannot hold together.

    Parameters
    ----------
    model
        A model without a feasible portfolio.
    currency
        For money in the sentences; None for none.

    Returns
    -------
    tuple[str, ...]
        One to three sentences: each budget that fixed projects alone break, else one smallest set
        of limits that admits no portfolio. Empty where there is one.
    """
    broken = [k for k in range(len(model.budgets)) if budget_conflict(model, k)]
    if broken:
        told = [_budget_sentence(model, k, currency) for k in broken[:_MOST_SENTENCES]]
        rest = broken[_MOST_SENTENCES:]
        if rest:
            names = _some([model.budgets[k].name for k in rest])
            told[-1] += f" The same holds for {len(rest)} more: {names}."
        return tuple(told)
    conflict = minimal_conflict(model)
    return (_rules_sentence(model, conflict, currency),) if conflict else ()


def _budget_sentence(model: SelectionModel, place: int, currency: str | None) -> str:
    budget = model.budgets[place]
    least = np.minimum(budget.cost, budget.exit)
    forced: dict[str, dict[int, int]] = {"mandate": {}, "in flight": {}, "out": {}}
    need = 0
    settled = set()
    for fixed in model.fixed:
        if fixed.row in settled:
            continue
        settled.add(fixed.row)
        amount = int(budget.cost[fixed.row] if fixed.is_in else budget.exit[fixed.row])
        need += amount
        group = "out" if not fixed.is_in else "in flight" if fixed.why == "in flight" else "mandate"
        if amount > 0:
            forced[group][fixed.row] = amount
    others = sum(int(amount) for row, amount in enumerate(least) if row not in settled)
    need += others
    phrases = []
    for group, one, several in (
        ("mandate", "the mandatory project", "the mandatory projects"),
        ("in flight", "the work in flight", "the work in flight"),
        ("out", "stopping", "stopping"),
    ):
        rows = sorted(forced[group], key=lambda row: (-forced[group][row], model.keys[row].label))
        if rows:
            names = _some([_name(model, row) for row in rows])
            phrases.append(f"{one if len(rows) == 1 else several} {names}")
    if others > 0:
        phrases.append("continuing or stopping the work that may be stopped")
    have = money_text(budget.amount, currency)
    if not phrases:
        return f"The {budget.name} is {have}, below zero, and no portfolio can meet that."
    is_plural = len(phrases) > 1 or len(forced["mandate"]) > 1
    wants = "need" if is_plural else "needs"
    text = (
        f"{_all(phrases)} {wants} {money_text(need, currency)} of the {budget.name}, which is "
        f"{have}: {money_text(need - budget.amount, currency)} too little."
    )
    if forced["in flight"]:
        text += " Raise the budget, or free work in flight so that it may be stopped."
    return text[0].upper() + text[1:]


def _rules_sentence(model: SelectionModel, conflict: Sequence[Limit], currency: str | None) -> str:
    fixed = [model.fixed[limit.place] for limit in conflict if limit.kind == "fixed"]
    links = [model.links[limit.place] for limit in conflict if limit.kind == "link"]
    groups = [model.alternatives[limit.place] for limit in conflict if limit.kind == "alternatives"]
    if len(fixed) == len(conflict) == 2 and fixed[0].row == fixed[1].row:
        return (
            f"{_name(model, fixed[0].row)} must be both in and out of the portfolio; "
            f"lift one of the two."
        )
    if len(groups) == 1 and len(conflict) == len(fixed) + 1:
        names = _all([_name(model, row.row) for row in fixed])
        return f"{names} are {_held(fixed)}, but they are options of one project: keep one of them."
    if len(links) == 1 and len(conflict) == len(fixed) + 1 and fixed:
        told = _link_conflict(model, links[0], fixed)
        if told:
            return told
    phrases = _phrases(model, conflict, currency)
    return f"These cannot all hold: {'; '.join(phrases)}."


def _link_conflict(model: SelectionModel, link: LinkRule, fixed: list[Fixed]) -> str:
    kept = [row for row in fixed if row.is_in]
    out = [row for row in fixed if not row.is_in]
    if link.type == "Excludes":
        names = _all([_name(model, row.row) for row in kept])
        return f"{names} are {_held(kept)}, but exclude each other: keep one of them."
    if len(kept) != 1:
        return ""
    name, held = _name(model, kept[0].row), _held(kept)
    is_start = kept[0].row in link.from_rows
    other = link.to_rows if is_start else link.from_rows
    belongs = "requires" if link.type == "Requires" else "belongs together with"
    if not other:
        return f"{name} is {held}, but {belongs} a project that is not there ({link.name})."
    return f"{name} is {held} and {belongs} {_project(model, other)}, but {_outs(model, out)}."


def _phrases(model: SelectionModel, conflict: Sequence[Limit], currency: str | None) -> list[str]:
    phrases = []
    fixed = [model.fixed[limit.place] for limit in conflict if limit.kind == "fixed"]
    for why, text in (("mandate", "mandatory"), ("in flight", "in flight and kept")):
        rows = [
            row.row for row in fixed if row.is_in and (row.why == "in flight") == (why != "mandate")
        ]
        if rows:
            names = _some([_name(model, row) for row in rows])
            phrases.append(f"{names} {'is' if len(rows) == 1 else 'are'} {text}")
    out = [row for row in fixed if not row.is_in]
    if out:
        phrases.append(_outs(model, out))
    decided = {row.row for row in fixed}
    budgets = [model.budgets[limit.place] for limit in conflict if limit.kind == "budget"]
    leave = [
        row
        for row in range(len(model.keys))
        if row not in decided and any(budget.exit[row] > 0 for budget in budgets)
    ]
    if leave:
        names = _some([_name(model, row) for row in leave])
        ways = "either goes on or is" if len(leave) == 1 else "either go on or are"
        phrases.append(f"{names} {ways} stopped, and both cost money")
    for limit in conflict:
        if limit.kind == "budget":
            budget = model.budgets[limit.place]
            phrases.append(f"the {budget.name} is {money_text(budget.amount, currency)}")
        elif limit.kind in ("least share", "most share"):
            share = model.shares[limit.place]
            word, part = (
                ("least", share.least) if limit.kind == "least share" else ("most", share.most)
            )
            phrases.append(
                f"at {word} {100 * (part or 0):g} % of the money goes to {share.category}"
            )
        elif limit.kind == "alternatives":
            project = _project(model, model.alternatives[limit.place])
            phrases.append(f"only one option of {project} can be chosen")
        elif limit.kind == "link":
            phrases.append(_link_text(model, model.links[limit.place]))
    return phrases


def _link_text(model: SelectionModel, link: LinkRule) -> str:
    if not link.from_rows or not link.to_rows:
        return link.name  # It says by itself that the other end was cancelled.
    start, end = _project(model, link.from_rows), _project(model, link.to_rows)
    if link.type == "Requires":
        return f"{start} requires {end}"
    return f"{start} and {end} " + (
        "exclude each other" if link.type == "Excludes" else "belong together"
    )


def _outs(model: SelectionModel, out: Sequence[Fixed]) -> str:
    told = []
    for why, text in (
        ("no cost", "cannot be funded, as the cost is not known"),
        ("no value", "cannot be funded, as the value is not known"),
        ("", "must stay out"),
    ):
        rows = [
            row.row for row in out if (row.why if row.why in ("no cost", "no value") else "") == why
        ]
        if rows:
            told.append(f"{_some([_name(model, row) for row in rows])} {text}")
    return " and ".join(told)


def _held(fixed: Sequence[Fixed]) -> str:
    if all(row.why == "in flight" for row in fixed):
        return "in flight and kept"
    if any(row.why == "in flight" for row in fixed):
        return "mandatory or in flight"
    return "mandatory" if len(fixed) != 2 else "both mandatory"


def _name(model: SelectionModel, row: int) -> str:
    return model.names[row] if model.names else model.keys[row].label


def _project(model: SelectionModel, rows: Sequence[int]) -> str:
    """The project that rows are options of, or the one row, as a board reads it."""
    name, key = _name(model, rows[0]), model.keys[rows[0]]
    if len(rows) == 1:
        return name
    title, found, _ = name.rpartition(f"({key.label})")
    return f"{title}({key.project_id})" if found else key.project_id


def _some(names: Sequence[str]) -> str:
    """All names of a few, the first of many."""
    return listed(names, _MOST_NAMES if len(names) <= _MOST_NAMES else _MOST_NAMES - 2)


def _all(parts: Sequence[str]) -> str:
    return listed(parts, len(parts))
