"""Rows of every table: how many there are, how many were used, and which problems left some out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlportfolio.costing.answer import CostTable
from xlportfolio.keys import name_key
from xlportfolio.problems import Problem
from xlportfolio.reconciliation.answer import LeftOut, ReconciledLine
from xlportfolio.records import Criterion
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import Selection
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed, named


def row_lines(
    portfolio: Portfolio,
    costs: CostTable,
    scores: Scores,
    selection: Selection,
    rows_given: Mapping[str, int],
) -> list[ReconciledLine]:
    """A line for the rows of each table that the workbook has.

    Parameters
    ----------
    portfolio
        As its tables say.
    costs, scores, selection
        What the steps made of it.
    rows_given
        Rows of each canonical table in the workbook.

    Notes
    -----
    Rows of budgets, ratings, capacity and demand hold many amounts each: there the rows that
    problems left out are what is not used. Elsewhere the rows that were used are counted.
    """
    lines = []
    for table, given in rows_given.items():
        if table == "settings" or not given:
            continue
        left_out = _by_problems(table, portfolio.problems)
        if table == "projects":
            used = len(costs.keys)
            left_out += _ended(costs)
        elif table == "criteria" and scores.status == "done":
            used = len(scores.criteria)
            left_out += _criteria_without_weight(portfolio)
        elif table == "criteria":
            used = len(portfolio.criteria)
        elif table == "categories" and selection.categories:
            used = len(selection.categories)
            left_out += _repeated_categories(portfolio)
        elif table == "categories":
            used = len(portfolio.categories)
        elif table == "links":
            used = len(portfolio.links)
        else:
            used = given - int(sum(n for n, _ in left_out))
        lines.append(ReconciledLine(table, "rows", "count", given, used, tuple(left_out)))
    return lines


def _by_problems(table: str, problems: Sequence[Problem]) -> list[LeftOut]:
    """Rows that problems keep from being used; each row once, those with one remedy together."""
    groups: dict[str, list[tuple[Problem, int]]] = {}
    seen: set[tuple[int | None, int]] = set()
    for problem in problems:
        if problem.table != table:
            continue
        rows = {(problem.source, row) for row in problem.unused_rows} - seen
        if rows:
            seen |= rows
            groups.setdefault(problem.remedy, []).append((problem, len(rows)))
    return [_grouped(group) for group in groups.values()]


def _grouped(found: Sequence[tuple[Problem, int]]) -> LeftOut:
    """What is wrong with the rows; how to mend it is for the list of problems."""
    n = sum(n_rows for _, n_rows in found)
    problems = [problem for problem, _ in found]
    if len(problems) == 1:
        one = problems[0]
        return n, one.message.removesuffix(f"; expected {one.expected}. {one.remedy}") + "."
    labels = list(dict.fromkeys(named(one.label) for one in problems if one.label))
    rows = f"{n} rows ({listed(labels)})" if labels else f"{n} rows"
    return n, f"{rows}: expected {problems[0].expected}."


def _ended(costs: CostTable) -> list[LeftOut]:
    by_reason: dict[str, list[str]] = {}
    for key, why in costs.ended:
        by_reason.setdefault(why, []).append(key.label)
    return [
        (len(labels), f"Projects that are {why}: {listed(labels)}.")
        for why, labels in by_reason.items()
    ]


def _criteria_without_weight(portfolio: Portfolio) -> list[LeftOut]:
    first: dict[str, Criterion] = {}
    repeated = [
        one.criterion
        for one in portfolio.criteria
        if first.setdefault(name_key(one.criterion), one) is not one
    ]
    is_weighted = any(one.weight is not None for one in first.values())
    unweighted = [
        one.criterion
        for one in first.values()
        if is_weighted and (one.weight is None or one.weight <= 0)
    ]
    found: list[LeftOut] = []
    if unweighted:
        found.append((len(unweighted), f"Criteria without a weight above 0: {listed(unweighted)}."))
    if repeated:
        found.append((len(repeated), f"Criteria in a second row: {listed(repeated)}."))
    return found


def _repeated_categories(portfolio: Portfolio) -> list[LeftOut]:
    seen: set[str] = set()
    repeated: list[str] = []
    for one in portfolio.categories:
        key = name_key(one.category)
        if key in seen:
            repeated.append(one.category)
        seen.add(key)
    if not repeated:
        return []
    return [(len(repeated), f"Categories in a second row: {listed(repeated)}.")]
