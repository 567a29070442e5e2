"""Which rows may be chosen together, told from the tables, and every choice tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracles.plain_costs import (
    PlainRow,
    cents_of,
    has_ended,
    months_of_period,
    plain_costs,
    plain_scores,
)
from xlportfolio.records import LATER, PRIOR
from xlportfolio.tables import Portfolio

_YES = ("funded", "approved", "continue", "start")


@dataclass(frozen=True)
class PlainLimit:
    """A budget: the months and kinds that it is for, None for all. [cents]"""

    name: str
    months: frozenset[int] | None
    kinds: frozenset[str] | None
    amount: int
    takes_exit: bool

    def of(self, row: PlainRow, later: int = 0) -> int:
        """What a chosen row takes of it when it starts so many months later."""
        return sum(
            cents
            for (month, kind), cents in row.cents.items()
            if (self.kinds is None or kind in self.kinds)
            and (self.months is None or (month is not None and month + later in self.months))
        )

    def used(self, rows: Sequence[PlainRow], chosen: int) -> int:
        """What a choice takes, with what stopping costs."""
        return sum(
            self.of(row) if chosen >> i & 1 else row.exit * self.takes_exit
            for i, row in enumerate(rows)
        )


def plain_limits(portfolio: Portfolio, rows: Sequence[PlainRow], first: int) -> list[PlainLimit]:
    """Every limit that the budgets set."""
    fiscal = portfolio.settings.fiscal_first_month
    every_kind = {kind for row in rows for _, kind in row.cents}
    groups: dict[tuple[int, int] | None, dict[str | None, int]] = {}
    labels: dict[tuple[int, int] | None, str] = {None: ""}
    for one in portfolio.budgets:
        at = None
        if one.period is not None:
            months = months_of_period(one.period, fiscal)
            if months.stop <= first:
                continue
            at = (months.start, months.stop)
            labels.setdefault(at, f" {one.period.label}")
        elif one.kind in (PRIOR, LATER):
            continue
        kind = one.kind.casefold() if one.kind else None
        of_kinds = groups.setdefault(at, {})
        of_kinds[kind] = of_kinds.get(kind, 0) + cents_of(one.budget)
    named = {kind for of_kinds in groups.values() for kind in of_kinds if kind is not None}
    starts = min((at[0] for at in groups if at is not None), default=None)
    spelled = {one.kind.casefold(): one.kind for one in portfolio.budgets if one.kind}
    limits = []
    for at, of_kinds in groups.items():
        months = None if at is None else frozenset(range(max(at[0], first), at[1]))
        is_first = at is None or at[0] == starts
        label = f"{'total ' if at is None else ''}%sbudget{labels[at]}"
        own = [kind for kind in of_kinds if kind is not None]
        lone = None not in of_kinds and not (every_kind - named) and len(own) == 1
        exit_kind = own[0] if lone else None
        for kind in own:
            name = label % f"{spelled[kind]} "
            takes = is_first and kind == exit_kind
            limits.append(PlainLimit(name, months, frozenset({kind}), of_kinds[kind], takes))
        if None in of_kinds:
            limits.append(PlainLimit(label % "", months, None, of_kinds[None], is_first))
        elif not lone:
            kinds = frozenset({*own, *(every_kind - named)})
            whole = sum(of_kinds.values())
            limits.append(PlainLimit(label % "", months, kinds, whole, is_first))
    return limits


@dataclass
class PlainChoice:
    """The choice that a portfolio leaves: its rows, what is decided, and its limits."""

    portfolio: Portfolio
    rows: list[PlainRow] = field(default_factory=list)
    first: int = 0
    limits: list[PlainLimit] = field(default_factory=list)
    fixed: dict[int, bool] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        portfolio = self.portfolio
        self.rows, self.first = plain_costs(portfolio)
        self.limits = plain_limits(portfolio, self.rows, self.first)
        values = [row.project.value for row in self.rows]
        self.by_value = any(value is not None for value in values)
        if not self.by_value:
            values = plain_scores(portfolio)
        for row, value in zip(self.rows, values, strict=True):
            row.worth = value
        self.of_project: dict[str, list[int]] = {}
        for i, row in enumerate(self.rows):
            self.of_project.setdefault(row.project.project_id, []).append(i)
        over = [project for project in portfolio.projects if has_ended(project)]
        self.done = {p.project_id for p in over if p.lifecycle != "cancelled"}
        self._decide()
        self._read_links()
        self.free = [i for i in range(len(self.rows)) if i not in self.fixed]

    def _decide(self) -> None:
        """Mandates, work that goes on, and what is not known."""
        unknown = []
        for i, row in enumerate(self.rows):
            project = row.project
            others = [self.rows[k].project for k in self.of_project[project.project_id] if k != i]
            if project.force == "In" and self._taken(project.project_id) != i:
                continue
            if project.force in ("In", "Out"):
                self.fixed[i] = project.force == "In"
            elif row.is_in_flight:
                is_free = project.force == "Freed" and row.worth is not None
                if not is_free and not any(other.force == "In" for other in others):
                    self.fixed[i] = True
            elif not row.is_known or row.worth is None:
                unknown.append(i)
        needed = {self.rows[i].project.project_id for i, is_in in self.fixed.items() if is_in}
        before: set[str] = set()
        while needed != before:
            before = set(needed)
            for link in self.portfolio.links:
                if link.type in ("Requires", "Together") and link.from_ in needed:
                    needed.add(link.to)
                if link.type == "Together" and link.to in needed:
                    needed.add(link.from_)
        kept = {self.rows[i].project.project_id for i, is_in in self.fixed.items() if is_in}
        for i in unknown:
            project_id = self.rows[i].project.project_id
            alone = all(k in unknown for k in self.of_project[project_id])
            if not (alone and project_id in needed - kept):
                self.fixed[i] = False

    def _taken(self, project_id: str) -> int:
        """The option that is taken of those that are marked In: one at most can be chosen."""
        return min(
            (i for i in self.of_project[project_id] if self.rows[i].project.force == "In"),
            key=lambda i: (
                not self.rows[i].is_in_flight,
                not self.rows[i].is_known,
                self.rows[i].worth is None,
                -(self.rows[i].worth or 0.0),
                self.rows[i].counted,
                self.rows[i].project.option or "",
            ),
        )

    def _read_links(self) -> None:
        self.rules: list[tuple[str, int, int]] = []
        self.cautioned = False
        kept = {i for i, is_in in self.fixed.items() if is_in}
        masks = {
            project_id: sum(1 << i for i in rows) if project_id not in self.done else 0
            for project_id, rows in self.of_project.items()
        }
        out: list[int] = []
        for link in self.portfolio.links:
            if link.type == "Finish-to-start":
                continue
            one, other = masks.get(link.from_, 0), masks.get(link.to, 0)
            if one and other:
                self.rules.append((link.type, one, other))
            sides = [(link.from_, link.to)]
            if link.type != "Requires":
                sides.append((link.to, link.from_))
            for here, there in sides:
                if not masks.get(here, 0) or masks.get(there, 0):
                    continue
                is_bad = (there in self.done) == (link.type == "Excludes")
                if not is_bad:
                    continue
                if kept & set(self.of_project[here]):
                    self.cautioned = True
                elif link.type == "Excludes":
                    out += self.of_project[here]
                else:
                    self.rules.append(("Out", masks[here], 0))
        for i in out:
            self.fixed.setdefault(i, False)

    def keeps_rules(self, chosen: int, *, but_shares: bool = False) -> bool:
        """Whether a choice keeps every link, option and share."""
        for rows in self.of_project.values():
            if sum(chosen >> i & 1 for i in rows) > 1:
                return False
        for kind, one, other in self.rules:
            here, there = bool(chosen & one), bool(chosen & other)
            if (
                (kind == "Requires" and here and not there)
                or (kind == "Excludes" and here and there)
                or (kind == "Together" and here != there)
                or (kind == "Out" and here)
            ):
                return False
        return but_shares or self.keeps_shares(chosen)

    def keeps_shares(self, chosen: int) -> bool:
        whole = sum(row.counted for i, row in enumerate(self.rows) if chosen >> i & 1)
        for category in self.portfolio.categories:
            part = sum(
                row.counted
                for i, row in enumerate(self.rows)
                if chosen >> i & 1
                and (row.project.category or "").strip().casefold()
                == category.category.strip().casefold()
            )
            least, most = category.min_share, category.max_share
            if least is not None and part < Fraction(str(least)) * whole:
                return False
            if most is not None and part > Fraction(str(most)) * whole:
                return False
        return True

    def choices(self) -> list[int]:
        """Every choice that keeps what is decided, and every rule."""
        base = sum(1 << i for i, is_in in self.fixed.items() if is_in)
        found = []
        for number in range(1 << len(self.free)):
            chosen = base
            for k, i in enumerate(self.free):
                if number >> k & 1:
                    chosen |= 1 << i
            if self.keeps_rules(chosen):
                found.append(chosen)
        return found

    def use(self, choices: Sequence[int]) -> list[list[int]]:
        """What each choice takes of each limit, by limit. [cents]"""
        use = []
        for limit in self.limits:
            take = [(limit.of(row), row.exit * limit.takes_exit) for row in self.rows]
            use.append(
                [
                    sum(inside if chosen >> i & 1 else out for i, (inside, out) in enumerate(take))
                    for chosen in choices
                ]
            )
        return use

    def value(self, chosen: int) -> float:
        return sum(row.worth or 0.0 for i, row in enumerate(self.rows) if chosen >> i & 1)

    def money(self, chosen: int) -> int:
        """What a choice costs, with what stopping costs. [cents]"""
        return sum(row.counted if chosen >> i & 1 else row.exit for i, row in enumerate(self.rows))

    def change(self, chosen: int) -> int:
        """How many rows are otherwise than today."""
        return sum(
            (row.is_in_flight or (row.project.current_decision or "").casefold() in _YES)
            != bool(chosen >> i & 1)
            for i, row in enumerate(self.rows)
        )

    def best(
        self, choices: Sequence[int], use: Sequence[Sequence[int]], percent: int = 100
    ) -> tuple[int | None, bool]:
        """The best choice with so many per cent of every budget, and whether that is beyond doubt.

        Most value, then least cost, then least change, then the first rows by ID and option.
        """
        holds = [
            k
            for k in range(len(choices))
            if all(
                use[at][k] <= limit.amount * percent // 100 for at, limit in enumerate(self.limits)
            )
        ]
        if not holds:
            return None, True
        values = {k: self.value(choices[k]) for k in holds}
        most = max(values.values())
        largest = max((abs(row.worth or 0.0) for row in self.rows), default=1.0) or 1.0
        is_sure = not any(1e-10 < (most - v) / largest < 1e-5 for v in values.values())
        order = sorted(
            range(len(self.rows)),
            key=lambda i: (self.rows[i].project.project_id, self.rows[i].project.option or ""),
        )
        best = min(
            (k for k in holds if most - values[k] <= 1e-9 * largest),
            key=lambda k: (
                self.money(choices[k]),
                self.change(choices[k]),
                [not choices[k] >> i & 1 for i in order],
            ),
        )
        return choices[best], is_sure
