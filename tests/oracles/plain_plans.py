"""A levelled plan judged from the tables: windows, order, money after moves, and people short."""

from __future__ import annotations

import itertools
import re
from datetime import date

from tests.oracles.plain_choice import PlainChoice, PlainLimit
from tests.oracles.plain_costs import PlainRow, month_of, months_of_period, span_of
from xlportfolio.levelling.answer import Plan
from xlportfolio.selection.answer import Selection

_Need = dict[tuple[str, int], float]
MAX_DELAY = 6
_MOST_PLANS = 1500

_SHORT = re.compile(
    r"(\w+) is short by (up to )?([\d.,]+)( more)? FTE(?: more)? in (\w{3}-\d\d)"
    r"(?: to (\w{3}-\d\d))?"
)


class _Plans:
    """Every plan of what is chosen, by the shift of each row. [months]"""

    def __init__(self, choice: PlainChoice, selection: Selection, plan: Plan) -> None:
        assert plan.months is not None
        self.choice, self.plan = choice, plan
        self.portfolio = choice.portfolio
        self.fiscal = self.portfolio.settings.fiscal_first_month
        self.rows = [i for i, decision in enumerate(selection.decisions) if decision.is_chosen]
        self.span = range(plan.months.first, plan.months.first + plan.months.n_months)
        self.needs = {i: self._needs(choice.rows[i]) for i in self.rows}
        self.there = self._there()
        self.chosen = sum(1 << i for i in self.rows)

    def _needs(self, row: PlainRow) -> _Need:
        begin, end = span_of(row.project)
        need: _Need = {}
        for one in self.portfolio.demand:
            if one.project_id != row.project.project_id:
                continue
            if one.period is None:
                months = range(0) if begin is None or end is None else range(begin, end + 1)
            elif one.period.kind == "offset":
                at = (begin or 0) + one.period.number - 1
                months = range(0) if begin is None else range(at, at + 1)
            else:
                months = months_of_period(one.period, self.fiscal)
            for month in months:
                need[one.role, month] = need.get((one.role, month), 0.0) + one.demand
        return need

    def _there(self) -> _Need:
        there: _Need = {}
        always: dict[str, float] = {}
        for one in self.portfolio.capacity:
            if one.period is None:
                always[one.role] = always.get(one.role, 0.0) + one.capacity
                continue
            for month in months_of_period(one.period, self.fiscal):
                there[one.role, month] = there.get((one.role, month), 0.0) + one.capacity
        for role, people in always.items():
            for month in self.span:
                there.setdefault((role, month), people)
        return there

    def load(self, shifts: dict[int, int]) -> _Need:
        load: _Need = {}
        for i in self.rows:
            for (role, month), people in self.needs[i].items():
                at = role, month + shifts.get(i, 0)
                load[at] = load.get(at, 0.0) + people
        return load

    def short(self, shifts: dict[int, int]) -> _Need:
        """People short, by role and month. [FTE]"""
        return {
            at: people - self.there[at]
            for at, people in self.load(shifts).items()
            if at in self.there and at[1] in self.span and people > self.there[at]
        }

    def total_short(self, shifts: dict[int, int]) -> float:
        return sum(self.short(shifts).values())

    def window(self, i: int) -> range:
        """The shifts that a row may have. [months]"""
        row = self.choice.rows[i]
        project, status = row.project, self.portfolio.settings.status_date
        if row.is_in_flight or project.start is None:
            return range(1)
        month = month_of(project.start)
        least = 0
        if project.earliest_start is not None:
            least = _reach(project.start, project.earliest_start)
            least = max(least, min(self.choice.first - month, 0))
        if status is not None:
            least = max(least, min(month_of(status) + 1 - month, 0))
        if project.latest_start is None:
            most = max(least, 0) + MAX_DELAY
        else:
            most = _reach(project.start, project.latest_start)
            if _later(project.start, most) > project.latest_start:
                most -= 1
        return range(least, most + 1) if least <= most else range(1)

    def reaches_unknown(self, i: int, shift: int) -> bool:
        """Whether a start brings work to months of which nobody knows the people."""
        for role in {role for role, _ in self.needs[i]}:
            known = [m for r, m in self.there if r == role and m in self.span]
            own = [m for (r, m), people in self.needs[i].items() if r == role and people]
            if not known or not own:
                continue
            if shift > 0 and max(own) + shift > max(known):
                return True
            if shift < 0 and min(own) + shift < min(known):
                return True
        return False

    def keeps_order(self, shifts: dict[int, int]) -> bool:
        by_id = {self.choice.rows[i].project.project_id: i for i in self.rows}
        for link in self.portfolio.links:
            if link.type != "Finish-to-start" or not {link.from_, link.to} <= set(by_id):
                continue
            one, other = by_id[link.from_], by_id[link.to]
            before, after = self.choice.rows[one].project, self.choice.rows[other].project
            _, end = span_of(before)
            begin, _ = span_of(after)
            if end is None or begin is None or before.start is None:
                continue
            end, begin = end + shifts.get(one, 0), begin + shifts.get(other, 0)
            if begin - int(link.lag or 0) > end:
                continue
            finish = before.finish
            is_later_day = (
                finish is not None
                and after.start is not None
                and begin - int(link.lag or 0) == end
                and after.start.day > finish.day
            )
            if not is_later_day:
                return False
        return True

    def over(self, shifts: dict[int, int]) -> dict[str, int]:
        """By limit, what is missing. [cents]"""
        found = {}
        for limit in self.choice.limits:
            used = 0
            for i, row in enumerate(self.choice.rows):
                if i in shifts or self.chosen >> i & 1:
                    used += self._taken(limit, row, shifts.get(i, 0))
                elif limit.takes_exit:
                    used += row.exit
            if used > limit.amount:
                found[limit.name] = used - limit.amount
        return found

    def _taken(self, limit: PlainLimit, row: PlainRow, shift: int) -> int:
        """Money that would lie before the plan lies in its first month."""
        taken = 0
        for (month, kind), cents in row.cents.items():
            if limit.kinds is not None and kind not in limit.kinds:
                continue
            if limit.months is None:
                taken += cents
            elif month is not None:
                taken += cents * (max(month + shift, self.choice.first) in limit.months)
        return taken


def faults_of_plan(choice: PlainChoice, selection: Selection, plan: Plan) -> list[str]:
    """Everything that is wrong with a plan; none for a sound one."""
    if plan.status == "skipped":
        has_people = choice.portfolio.capacity and choice.portfolio.demand
        return [f"not levelled: {plan.why}"] if has_people else []
    plans = _Plans(choice, selection, plan)
    found = []
    if [one.key for one in plan.projects] != [choice.rows[i].project.key for i in plans.rows]:
        return ["the plan is not of what is chosen"]
    shifts = {i: one.months_moved for i, one in zip(plans.rows, plan.projects, strict=True)}
    found += _faults_of_people(plans, shifts)
    for i, one in zip(plans.rows, plan.projects, strict=True):
        project = choice.rows[i].project
        if shifts[i] and shifts[i] not in plans.window(i):
            found.append(f"{project.title} moves by {shifts[i]}, window {plans.window(i)}")
        if shifts[i] and 0 in plans.window(i) and plans.reaches_unknown(i, shifts[i]):
            found.append(f"{project.title} moves by {shifts[i]} to where nobody is known")
        if project.start is not None and one.new_start != _later(project.start, shifts[i]):
            found.append(f"{project.title} starts on {one.new_start}")
    said = " ".join((*plan.breaches, *plan.cautions))
    forced = not plans.keeps_order({}) or any(0 not in plans.window(i) for i in plans.rows)
    if not plans.keeps_order(shifts) and "stay as planned" not in said and "circle" not in said:
        found.append("a project starts before what it follows has finished")
    for name in plans.over(shifts):
        if name not in " ".join(plan.breaches):
            found.append(f"the {name} is exceeded after levelling, and nobody says")
        elif not forced:
            found.append(f"the {name} is exceeded after levelling, and nothing forced it")
    found += _faults_of_best(plans, shifts)
    found += _faults_of_sentences(plans, shifts)
    return found


def _faults_of_people(plans: _Plans, shifts: dict[int, int]) -> list[str]:
    found = []
    plan = plans.plan
    assert plan.before is not None
    assert plan.after is not None
    for what, own, shown, total in (
        ("planned", {}, plan.before, plan.shortfall_before),
        ("proposed", shifts, plan.after, plan.shortfall_after),
    ):
        load = plans.load(own)
        for r, role in enumerate(plan.roles):
            for t, month in enumerate(plans.span):
                if abs(load.get((role, month), 0.0) - shown[r, t]) > 1e-9:
                    found.append(f"{what}: {role} in {month} is {shown[r, t]}")
        if abs(plans.total_short(own) - total) > 1e-6:
            found.append(f"{what}: {total} short, expected {plans.total_short(own)}")
    return found


def _faults_of_best(plans: _Plans, shifts: dict[int, int]) -> list[str]:
    """Whether another plan leaves less short than one that is said to be best."""
    windows = [
        [shift for shift in plans.window(i) if not shift or not plans.reaches_unknown(i, shift)]
        for i in plans.rows
    ]
    n = 1
    for window in windows:
        n *= max(len(window), 1)
    if n > _MOST_PLANS or not plans.keeps_order(shifts) or plans.over(shifts):
        return []
    now = plans.total_short(shifts)
    for combined in itertools.product(*windows):
        other = dict(zip(plans.rows, combined, strict=True))
        short = plans.total_short(other)
        is_less = short < now - 1e-6 and plans.plan.status == "optimal"
        if is_less and plans.keeps_order(other) and not plans.over(other):
            return [f"optimal: with {other} {short} is short, {now} with {shifts}"]
    return []


def _faults_of_sentences(plans: _Plans, shifts: dict[int, int]) -> list[str]:
    found = []
    now = plans.short(shifts)
    currency = plans.portfolio.settings.currency
    for i, one in zip(plans.rows, plans.plan.projects, strict=True):
        text, title = one.reason, plans.choice.rows[i].project.title
        if not text:
            found.append(f"{title}: no reason")
        without = {**shifts, i: 0}
        if shifts[i] and _SHORT.search(text) and "it may start" not in text:
            follows = "follows" in text
            then = plans.short(without)
            for role, up_to, people, _, first, last in _SHORT.findall(text):
                months = _between(first, last or first)
                more = [then.get((role, m), 0.0) - now.get((role, m), 0.0) for m in months]
                told = float(people.replace(",", ""))
                is_true = abs(max(more) - told) < 0.051 and min(more) > 0
                if not up_to:
                    is_true = is_true and abs(min(more) - told) < 0.051
                if not is_true and not follows:
                    found.append(f"{title} moves by {shifts[i]}: {text} but {more}")
        is_fewer = plans.total_short(without) > plans.total_short(shifts) + 1e-6
        if shifts[i] and "fewer people are short than" in text and not is_fewer:
            found.append(f"{title} moves by {shifts[i]}: {text}")
        is_short = any(
            people and now.get((role, month + shifts[i]), 0) > 1e-9
            for (role, month), people in plans.needs[i].items()
        )
        if text == "Fits where it is planned." and is_short:
            found.append(f"{title} fits, and people are short of it")
        if text.startswith("Stays: no other start") and not shifts[i]:
            for shift in plans.window(i):
                other = {**shifts, i: shift}
                if (
                    plans.total_short(other) < plans.total_short(shifts) - 0.02
                    and plans.keeps_order(other)
                    and not plans.reaches_unknown(i, shift)
                ):
                    found.append(f"{title}: {text} but by {shift}")
        if text.startswith("Stays: fewer people"):
            found += _fault_of_barred(plans, shifts, i, text, currency)
    return found


_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def _fault_of_barred(
    plans: _Plans, shifts: dict[int, int], i: int, text: str, currency: str | None
) -> list[str]:
    told = re.fullmatch(
        r"Stays: fewer people would be short (\w+) months? (later|earlier), but the (.+) would be "
        r"exceeded by (.+)\.",
        text,
    )
    title = plans.choice.rows[i].project.title
    if told is None:
        return [f"{title}: {text!r} is not understood"]
    word, way, name, _ = told.groups()
    shift = _WORDS.index(word) if word in _WORDS else int(word)
    other = {**shifts, i: shift if way == "later" else -shift}
    fewer = plans.total_short(other) < plans.total_short(shifts)
    if not fewer or name.removesuffix(" more") not in plans.over(other):
        return [f"{title}: {text} but {plans.total_short(other)}, {plans.over(other)}"]
    return []


def _between(first: str, last: str) -> range:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    def number(label: str) -> int:
        return 12 * (2000 + int(label[4:])) + names.index(label[:3])

    return range(number(first), number(last) + 1)


def _later(day: date, months: int) -> date:
    """The same day so many months later; the last of a month stays the last."""
    month = month_of(day) + months
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    def length(of: int) -> int:
        year = of // 12
        leap = of % 12 == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return lengths[of % 12] + leap

    is_last = day.day == length(month_of(day))
    return date(
        month // 12, month % 12 + 1, length(month) if is_last else min(day.day, length(month))
    )


def _reach(day: date, target: date) -> int:
    """The least months that bring a day to another or beyond."""
    months = month_of(target) - month_of(day)
    return months if _later(day, months) >= target else months + 1
