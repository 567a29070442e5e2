"""Where problems are collected: made into sentences, put in sheet order, grouped when many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from xlportfolio.problems import Problem, Severity, Step
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.values import Value
from xlportfolio.wording import listed, named, number, quoted, row_named, shown

MOST_OF_A_KIND = 20
"""How many problems of one kind in one column are told one by one; the rest become one problem.
Twenty is about what fits on a screen, and enough to see what they have in common."""

_SHORT_LABEL = 14
"""Characters up to which a label is a code, and ten of them fit in a sentence."""

_BLOCKS: Mapping[str, tuple[Step, ...]] = {
    "cost": ("rebalance",),
    "budget": ("rebalance",),
    "cost_to_go": ("rebalance",),
    "exit_cost": ("rebalance",),
    "committed_cost": ("rebalance",),
    "benefit": ("rebalance",),
    "value": ("rebalance",),
    "npv": ("rebalance",),
    "force": ("rebalance",),
    "lifecycle": ("rebalance",),
    "min_share": ("rebalance",),
    "max_share": ("rebalance",),
    "target_share": ("rebalance",),
    "weight": ("score", "rank"),
    "direction": ("score", "rank"),
    "ratings": ("score", "rank"),
    "criterion": ("score", "rank"),
    "scale_min": ("score",),
    "scale_max": ("score",),
    "start": ("level",),
    "finish": ("level",),
    "duration": ("level",),
    "earliest_start": ("level",),
    "latest_start": ("level",),
    "capacity": ("level",),
    "demand": ("level",),
    "role": ("level",),
    "from": ("rebalance", "level"),
    "to": ("rebalance", "level"),
    "type": ("rebalance", "level"),
    "lag": ("level",),
}
_BLOCKS_BY_TABLE: Mapping[str, tuple[Step, ...]] = {
    "projects": ("score", "rank", "rebalance", "level"),
    "ratings": ("score", "rank"),
    "criteria": ("score", "rank"),
    "budgets": ("rebalance",),
    "categories": ("rebalance",),
    "links": ("rebalance", "level"),
    "capacity": ("level",),
    "demand": ("level",),
}
_TABLES_OF_PROJECTS = ("projects", "ratings", "demand")


@dataclass
class Origin:
    """A source table, its position among the sources, and what its rows are called."""

    index: int
    table: SourceTable
    labels: list[str] = field(default_factory=list)

    @cached_property
    def first_columns(self) -> dict[str, int]:
        """Position of the first column of each field."""
        columns = list(enumerate(self.table.columns))
        return {column.field: k for k, column in reversed(columns)}

    def column(self, k: int) -> SourceColumn:
        """The column at a position."""
        return self.table.columns[k]

    def label(self, row: int) -> str:
        """What people call the row; "" if it has no name."""
        return self.labels[row] if row < len(self.labels) else ""

    def row_named(self, row: int) -> str:
        """The row in a sentence: "project P012"."""
        return row_named(self.table.table, self.label(row))

    def cell_named(self, row: int, k: int) -> str:
        """The cell in a sentence: '"Budget (£k)" of project P012'."""
        return f"{quoted(self.column(k).header)} of {self.row_named(row)}"


@dataclass
class Entry:
    """A row of a canonical table while it is read.

    Attributes
    ----------
    values
        By field; of a field with many columns, pairs of column position and value.
    places
        Where a value stands that is not in its field's first column of this row: table, row and
        column.
    unusable
        Fields in which a value stands that cannot be used.
    borrowed
        Fields whose value is that of another field.
    """

    origin: Origin
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[Origin, int, int]] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    borrowed: set[str] = field(default_factory=set)

    @property
    def label(self) -> str:
        """What people call the row."""
        return self.origin.label(self.row)

    def get(self, name: str) -> Any:
        """The value of a field; None where there is none."""
        return self.values.get(name)

    def place(self, name: str) -> tuple[Origin, int, int | None]:
        """Where the field's value stands; the row alone where the field has no column."""
        if name in self.places:
            return self.places[name]
        return self.origin, self.row, self.origin.first_columns.get(name)

    def named(self) -> str:
        """The row in a sentence."""
        return self.origin.row_named(self.row)


def blocks_of(table: str, field_name: str | None) -> tuple[Step, ...]:
    """Which steps cannot use a row whose field is wrong."""
    if field_name in ("project_id", "name", None):
        return _BLOCKS_BY_TABLE.get(table, ())
    return _BLOCKS.get(field_name, ())


class Findings:
    """The problems found so far."""

    def __init__(self, currency: str | None = None) -> None:
        self.currency = currency
        self._found: list[tuple[str, Problem]] = []

    def money(self, amount: float) -> str:
        """Money in single units, as "GBP 1,200,000"."""
        return f"{self.currency} {number(amount)}" if self.currency else number(amount)

    def report(
        self,
        kind: str,
        what: str,
        expected: str,
        remedy: str,
        *,
        origin: Origin | None,
        table: str = "",
        row: int | None = None,
        column: int | None = None,
        value: Value = None,
        severity: Severity = "error",
        blocks: tuple[Step, ...] | None = None,
        money: float | None = None,
        of_column: bool = False,
        unused_rows: Sequence[int] = (),
    ) -> None:
        """Add a problem: "what; expected `expected`. `remedy`".

        Parameters
        ----------
        kind
            Problems of one kind in one column are grouped when there are many.
        what
            The claim, with the place by labels, such as 'Weight of criterion "Fit" is -0.2'.
        expected
            What was expected, without the word.
        remedy
            How to mend it: one or two sentences.
        origin
            The table; None if it is about none.
        table
            Canonical name; that of `origin` if not given.
        row, column
            Positions in the table; None if it is not about one.
        value
            The value that is wrong.
        severity
            How bad it is.
        blocks
            Steps; None for those that need the column's field.
        money
            Money affected. [currency units]
        of_column
            Whether it is about the whole column, and the row only its first example.
        unused_rows
            Positions of the rows that are not used because of it.
        """
        header = ""
        name = None
        if origin is not None:
            table = table or origin.table.table
            if column is not None:
                header = origin.column(column).header
                name = origin.column(column).field
        self._found.append(
            (
                kind,
                Problem(
                    table=table,
                    message=f"{what[0].upper()}{what[1:]}; expected {expected}. {remedy}",
                    severity=severity,
                    source=None if origin is None else origin.index,
                    row=row,
                    column=column,
                    label="" if origin is None or row is None or of_column else origin.label(row),
                    header=header,
                    value=value,
                    expected=expected,
                    remedy=remedy,
                    blocks=blocks_of(table, name) if blocks is None else blocks,
                    money=money,
                    unused_rows=tuple(unused_rows),
                ),
            )
        )

    def in_sheet_order(
        self, money: Mapping[str, float], row_money: Mapping[tuple[int, int], float]
    ) -> tuple[Problem, ...]:
        """All problems by table, row and column, with the money of their projects.

        Parameters
        ----------
        money
            Cost of each project by its label. [currency units]
        row_money
            Cost of each row of the projects tables, by source and row. [currency units]
        """
        found = [(kind, _with_money(problem, money, row_money)) for kind, problem in self._found]
        # sorted is stable: two problems of one cell stay in the order in which they were found.
        found.sort(key=lambda item: _position(item[1]))
        return tuple(_group(found))


def _position(problem: Problem) -> tuple[int, int, int]:
    source = 1_000_000 if problem.source is None else problem.source
    row = -1 if problem.row is None else problem.row
    return source, row, -1 if problem.column is None else problem.column


def _with_money(
    problem: Problem, money: Mapping[str, float], row_money: Mapping[tuple[int, int], float]
) -> Problem:
    if problem.money is not None or problem.table not in _TABLES_OF_PROJECTS:
        return problem
    amount = None
    if problem.source is not None and problem.row is not None and problem.label:
        amount = row_money.get((problem.source, problem.row))
    if amount is None:
        amount = money.get(problem.label)
    return problem if amount is None else replace(problem, money=amount)


def _group(found: Sequence[tuple[str, Problem]]) -> list[Problem]:
    """Keep the first problems of each kind in each column; sum the rest up in one."""
    groups: dict[tuple[str, int | None, int | None], list[Problem]] = {}
    result: list[Problem | tuple[str, int | None, int | None]] = []
    for kind, problem in found:
        key = (kind, problem.source, problem.column)
        group = groups.setdefault(key, [])
        group.append(problem)
        if problem.row is None or len(group) <= MOST_OF_A_KIND:
            result.append(problem)
        elif len(group) == MOST_OF_A_KIND + 1:
            result.append(key)
    return [
        item if isinstance(item, Problem) else _summed_up(groups[item][MOST_OF_A_KIND:])
        for item in result
    ]


def _summed_up(rest: Sequence[Problem]) -> Problem:
    first = rest[0]
    if len(rest) == 1:
        return first
    amounts = [problem.money for problem in rest if problem.money is not None]
    labels = list(dict.fromkeys(named(problem.label) for problem in rest if problem.label))
    counts: dict[str, int] = {}
    for problem in rest:
        if problem.value is not None:
            counts[shown(problem.value)] = counts.get(shown(problem.value), 0) + 1
    often = sorted(counts, key=lambda text: -counts[text])
    values = f" ({listed(often, 3)})" if often else ""
    rows = (
        f": {listed(labels, 10 if max(map(len, labels)) <= _SHORT_LABEL else 3)}" if labels else ""
    )
    where = f"{quoted(first.header)} has" if first.header else f"The {first.table} have"
    return replace(
        first,
        message=f"{where} the same problem in {len(rest)} more rows{values}{rows}; "
        f"expected {first.expected}. {first.remedy}",
        label="",
        money=sum(amounts) if amounts else None,
        unused_rows=tuple(row for problem in rest for row in problem.unused_rows),
    )
