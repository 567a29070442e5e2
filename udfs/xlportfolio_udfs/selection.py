"""The portfolio of most value, in cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlportfolio.cell_arguments import cells_for
from xlportfolio.cell_ranges import DataRange, cells_beside, range_beside
from xlportfolio.cell_values import is_left_out
from xlportfolio.cells import Example, cell_function
from xlportfolio.errors import InputError
from xlportfolio.parsing.words import parse_force
from xlportfolio.values import CellError
from xlportfolio.wording import listed, number, shortened, shown
from xlportfolio_udfs.figure_columns import figure_column
from xlportfolio_udfs.link_rows import link_rules

if TYPE_CHECKING:
    from xlportfolio.selection.conflicting_limits import Limit
    from xlportfolio.selection.model import LinkRule, SelectionModel

_MOST_NODES, _LEAST_NODES, _ROWS_TIMES_NODES = 2_000, 200, 400_000
"""Branch-and-bound nodes: fewer for more projects, so that a cell answers in seconds."""
_NODES_PER_PERIOD, _NODES_PER_COST = 400, 4
"""At most as many for each of them: a small choice is searched in proportion, 10,000 nodes."""
_MOST_PROJECTS = 10_000


@cell_function(
    "Selection",
    examples=(
        Example(
            {
                "value": [[16], [22], [12], [8]],
                "costs": [[5], [7], [4], [3]],
                "budgets": 14,
            },
            [[0], [1], [1], [1]],
            title="Stockco: Winston, Operations Research, chapter 9, example 1",
        ),
        Example(
            {
                "value": [["Project", "NPV"], ["A", 16], ["B", 22], ["C", 12], ["D", 8]],
                "costs": [[2026, 2027], [5, 0], [3, 4], [2, 2], [0, 3]],
                "budgets": [[6, 6]],
                "force": [["Force"], [None], ["Out"], [None], [None]],
                "links": [["From", "To", "Type"], ["A", "D", "Requires"]],
            },
            [["Selected"], [1], [0], [0], [1]],
            title="a budget for each year, one project kept out, one that requires another",
        ),
        Example(
            {"value": [[16], [22]], "costs": [[5], [7]], "budgets": 4, "force": [["In"], [None]]},
            error="No choice of projects holds every limit: row 1 is forced in and the budget is 4."
            " Raise the budget, or free a project.",
            title="a project that must be in costs more than there is",
        ),
        Example(
            {"value": [[16], [22]], "costs": [[5], [7], [9]], "budgets": 14},
            error="costs has 3 rows; expected 2, one beside each row of value.",
            title="ranges of different length",
        ),
    ),
)
def pf_select(value: Any, costs: Any, budgets: Any, force: Any = None, links: Any = None) -> Any:
    """Choose the projects of most value within every budget.

    Parameters
    ----------
    value : a column, such as B2:B20
        What each project is worth; a column of labels before it and a header row are recognised
        where every cell of them is text. A project of blank value is chosen only if forced in.
        [any unit that adds up]
    costs : projects x periods, such as C2:F20
        A row for each project, a column for each period. A project of which no cost is given is
        not chosen. [money, at least 0]
    budgets : one for each period, such as C22:F22
        What there is to spend. [money, as the costs]
    force : a column, such as G2:G20
        In: it must be chosen; Out: it must not; blank: it is free.
    links : rows of from, to, type, such as I2:K9
        Requires (from only with to), Excludes (not both), Together (both or neither); projects by
        their label where value has labels, else by row number within value. Finish-to-start does
        not bear on the choice.

    Returns
    -------
    1 beside each project that is chosen, 0 beside one that is not, blank beside a blank row.

    Raises
    ------
    InputError
        If a figure is no number or below 0, the ranges have different rows, a link names no
        project, or no choice holds every limit: the sentence then says which cannot hold together.

    Notes
    -----
    Maximise sum_i v_i x_i with sum_i c_it x_i at most b_t in each period t, x_i 0 or 1: the capital
    budgeting problem of Lorie & Savage (1955) and Weingartner (1963), solved by branch and bound
    (HiGHS). Of choices of equal value the one that costs less. The best is proven but for very
    large or very tight problems, where the best found with a fixed effort (at most 10,000 nodes)
    is given. At most 10,000 projects.
    """
    from xlportfolio.selection.solve import solve_selection

    projects = figure_column("value", value)
    case = _case(projects, costs, budgets, force)
    model = _model(case, link_rules("links", links, projects, case.rows))
    solved = solve_selection(model, effort=_effort(len(case.rows), len(case.budgets)))
    if solved.chosen is None:
        raise InputError(_why_infeasible(model, case))
    answer: list[list[Any]] = [[None] for _ in projects.rows]
    for i, is_chosen in zip(case.rows, solved.chosen.tolist(), strict=True):
        answer[i][0] = int(is_chosen)
    return projects.spill(answer, ["Selected"])


def _effort(n_projects: int, n_periods: int) -> int:
    if n_projects > _MOST_PROJECTS:
        raise InputError(
            f"value has {n_projects:,} projects; expected at most {_MOST_PROJECTS:,}. Leave out "
            "those that cannot be chosen, or choose within each programme."
        )
    nodes = max(_LEAST_NODES, _ROWS_TIMES_NODES // max(1, n_projects))
    most = n_periods * min(_NODES_PER_PERIOD, _NODES_PER_COST * n_projects)
    return max(1, min(_MOST_NODES, nodes, most))


@dataclass(frozen=True)
class _Case:
    """What was read: of each row that is not blank its name, value, costs and mandate."""

    rows: tuple[int, ...]
    keys: tuple[tuple[str, str | None], ...]
    names: tuple[str, ...]
    values: tuple[float | None, ...]
    costs: tuple[tuple[float, ...] | None, ...]
    is_in: tuple[bool | None, ...]
    budgets: tuple[float, ...]
    budget_names: tuple[str, ...]


def _case(projects: DataRange, costs: Any, budgets: Any, force: Any) -> _Case:
    values = [row[0] for row in projects.numbers()]
    spending = range_beside("costs", costs, projects)
    amounts = spending.numbers()
    for i, row in enumerate(amounts):
        for t, amount in enumerate(row):
            if amount is not None and amount < 0:
                raise InputError(
                    f"{spending.place(i, t)} is {number(amount)}; expected a cost of at least 0. "
                    "Enter costs as positive amounts."
                )
    mandates = _mandates(force, projects)
    rows = tuple(
        i
        for i in range(len(values))
        if values[i] is not None or mandates[i] is not None or not spending.is_blank_row(i)
    )
    for i in rows:
        if mandates[i] and spending.is_blank_row(i):
            raise InputError(
                f"costs of {projects.row_name(i)} are blank, and it is forced in; expected what it "
                "costs. Enter 0 if it costs nothing."
            )
    n_periods = spending.n_columns
    return _Case(
        rows=rows,
        keys=_keys(projects, rows),
        names=tuple(projects.row_name(i) for i in rows),
        values=tuple(values[i] for i in rows),
        costs=tuple(
            None if spending.is_blank_row(i) else tuple(amount or 0.0 for amount in amounts[i])
            for i in rows
        ),
        is_in=tuple(mandates[i] for i in rows),
        budgets=_budgets(budgets, n_periods, spending),
        budget_names=tuple(_budget_name(spending, t) for t in range(n_periods)),
    )


def _keys(projects: DataRange, rows: tuple[int, ...]) -> tuple[tuple[str, str | None], ...]:
    """ID and option of each row: its label; its number where it has none or shares it."""
    # padded, so that the order of the keys is that of the rows
    numbers = [f"{i:07d}" for i in rows]
    if projects.labels is None:
        return tuple((one, None) for one in numbers)
    labels = [projects.full_name(i) for i in rows]
    times = Counter(labels)
    return tuple(
        (label, None if times[label] == 1 else one)
        for label, one in zip(labels, numbers, strict=True)
    )


def _budget_name(spending: DataRange, t: int) -> str:
    if spending.headings and spending.headings[t]:
        return f"the budget {shortened(spending.headings[t])}"
    return "the budget" if spending.n_columns == 1 else f"budget {t + 1}"


def _budgets(budgets: Any, n_periods: int, spending: DataRange) -> tuple[float, ...]:
    amounts = []
    for place, cell in cells_for("budgets", budgets, n_periods, "period", spending.headings):
        if not isinstance(cell, float) or cell < 0:
            raise InputError(
                f"{place} is {shown(cell)}; expected a budget of at least 0. Enter 0 where there is"
                " no money."
            )
        amounts.append(cell)
    return tuple(amounts)


def _mandates(force: Any, projects: DataRange) -> list[bool | None]:
    if is_left_out(force):
        return [None] * len(projects.rows)
    mandates: list[bool | None] = []
    for place, cell in cells_beside("force", force, projects):
        word = None if isinstance(cell, CellError) else parse_force(cell)
        if word is None:
            raise InputError(f"{place} is {shown(cell)}; expected In, Out or blank.")
        mandates.append({"In": True, "Out": False}.get(word))
    return mandates


def _model(case: _Case, rules: tuple[LinkRule, ...]) -> SelectionModel:
    import numpy as np

    from xlportfolio.records import ProjectKey
    from xlportfolio.scoring.additive import within_reach
    from xlportfolio.selection.model import BudgetLimit, Fixed, SelectionModel
    from xlportfolio.selection.whole_amounts import whole_amounts

    n = len(case.rows)
    costs = np.array(
        [cost or (0.0,) * len(case.budgets) for cost in case.costs], dtype=np.float64
    ).reshape(n, len(case.budgets))
    whole, limits, totals = whole_amounts(costs, np.array(case.budgets))
    nothing = np.zeros(n, dtype=np.int64)
    fixed = []
    for i, (is_in, cost, value) in enumerate(zip(case.is_in, case.costs, case.values, strict=True)):
        if is_in is not None:
            fixed.append(Fixed(i, is_in, "mandate"))
        elif cost is None:
            fixed.append(Fixed(i, False, "no cost"))
        elif value is None:
            fixed.append(Fixed(i, False, "no value"))
    return SelectionModel(
        keys=tuple(ProjectKey(*key) for key in case.keys),
        values=within_reach(np.array([value or 0.0 for value in case.values])),
        has_value=np.array([value is not None for value in case.values], dtype=bool),
        cost=totals,
        exit_cost=nothing,
        current=np.zeros(n, dtype=bool),
        budgets=tuple(
            BudgetLimit(name, None, None, int(limits[t]), whole[:, t], nothing)
            for t, name in enumerate(case.budget_names)
        ),
        fixed=tuple(fixed),
        links=rules,
        value_name="value",
        names=case.names,
    )


def _why_infeasible(model: SelectionModel, case: _Case) -> str:
    """The limits that cannot hold together, by name."""
    from xlportfolio.selection.conflicting_limits import minimal_conflict

    conflict = minimal_conflict(model)
    parts = [_limit_text(limit, model, case) for limit in conflict]
    parts.sort(key=lambda part: part.startswith(("the budget", "budget")))
    has_budget = any(limit.kind == "budget" for limit in conflict)
    remedy = "Raise the budget, or free a project." if has_budget else "Change one of them."
    return f"No choice of projects holds every limit: {listed(parts)}. {remedy}"


def _limit_text(limit: Limit, model: SelectionModel, case: _Case) -> str:
    if limit.kind == "budget":
        return f"{case.budget_names[limit.place]} is {number(case.budgets[limit.place])}"
    if limit.kind == "link":
        return model.links[limit.place].name
    fixed = model.fixed[limit.place]
    why = {"mandate": "forced in" if fixed.is_in else "forced out", "no cost": "without a cost"}
    return f"{case.names[fixed.row]} is {why.get(fixed.why, 'without a value')}"
