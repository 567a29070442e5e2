"""Why each project is in or out, in one sentence that can be checked against the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.money import money_text
from xlportfolio.ranking import rank_scores
from xlportfolio.selection.answer import Decision
from xlportfolio.selection.exchange import Exchange, Exchanges, Obstacle, Rows
from xlportfolio.selection.model import Choice, Fixed, SelectionModel
from xlportfolio.selection.wording import (
    LONGEST,
    listed,
    need_and_left,
    sentence,
    share_texts,
    short_name,
    worth_text,
    worth_texts,
)

_VALUE_ROUNDING = 1e-6
"""Values count to seven digits of the largest when they are solved. [of the largest]"""


@dataclass(frozen=True)
class Explained:
    """The decision on a row and why.

    Attributes
    ----------
    limits
        Names of the budgets, and of the categories whose shares, shut it out.
    others
        Rows that the reason rests on: chosen ones that take its place, or that it goes with.
    exchange
        What bringing it in would take; None for what is chosen or decided beforehand.
    shut_out
        The part of the reason that says what shuts it out, without what is there instead; ""
        where no limit does.
    """

    decision: Decision
    reason: str
    limits: tuple[str, ...] = ()
    others: Rows = ()
    exchange: Exchange | None = None
    shut_out: str = ""


def explain(
    model: SelectionModel,
    chosen: Choice,
    *,
    in_flight: Sequence[bool] = (),
    in_flight_because: Sequence[str] = (),
    is_cost_known: Sequence[bool] = (),
    currency: str | None = None,
) -> tuple[Explained, ...]:
    """Say of each row why it is in the portfolio or not.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        A portfolio within every limit, usually the best one.
    in_flight : shape (n,)
        What has started or is committed; where not given, what `model.current` has.
    in_flight_because
        By row, "38% complete" and the like; may be left out.
    is_cost_known
        By row; all of them where left out.
    currency
        Of all money, such as "GBP".

    Returns
    -------
    One for each row, in the order of the model. What a sentence names was checked: every budget
    named is exceeded if the row comes in, and without the projects named there is room for it.
    """
    return _Reasons(
        Exchanges(model, chosen),
        tuple(in_flight) or tuple(model.current.tolist()),
        tuple(in_flight_because) or ("",) * len(model.keys),
        tuple(is_cost_known) or (True,) * len(model.keys),
        currency,
    ).all()


class _Reasons:
    def __init__(
        self,
        exchanges: Exchanges,
        in_flight: Sequence[bool],
        because: Sequence[str],
        is_known: Sequence[bool],
        currency: str | None,
    ) -> None:
        self.exchanges = exchanges
        self.model = exchanges.model
        self.chosen = exchanges.chosen
        self.limits = exchanges.limits
        self.fixed = exchanges.fixed
        self.in_flight = in_flight
        self.because = because
        self.is_known = is_known
        self.currency = currency
        model = self.model
        self.names = [short_name(name) for name in model.names or [k.label for k in model.keys]]
        sizes = np.abs(model.values)
        self.rounding = _VALUE_ROUNDING * float(sizes.max()) if sizes.size else 0.0
        self.by_value = _ranks(model.values, model.has_value)
        is_priced = model.has_value & (model.cost > 0)
        per_money = np.divide(
            model.values, model.cost, out=np.zeros(len(model.keys)), where=is_priced
        )
        self.by_money = _ranks(per_money, is_priced)
        self.free_room = self._free_room()

    def all(self) -> tuple[Explained, ...]:
        """Every row."""
        return tuple(
            self._fixed(self.fixed[row])
            if row in self.fixed
            else self._chosen(row)
            if self.chosen[row]
            else self._left_out(row)
            for row in range(len(self.model.keys))
        )

    # What is decided beforehand

    def _fixed(self, fixed: Fixed) -> Explained:
        row, text = fixed.row, fixed.reason.rstrip(". ")
        if fixed.why == "in flight":
            because = self.because[row] or text
            state = f"In flight ({because})" if because else "In flight"
            if not self.is_known[row]:
                return Explained("Continue", sentence(f"{state}; its cost to go is not known"))
            to_go = self._money(int(self.model.cost[row]))
            return Explained("Continue", sentence(f"{state}; {to_go} to go", ", kept by rule"))
        if fixed.is_in:
            decision: Decision = "Continue" if self.in_flight[row] else "Start"
            return Explained(decision, sentence(f"Mandatory: {text or 'no reason is given'}"))
        out: Decision = "Stop" if self.in_flight[row] else "Not funded"
        if fixed.why == "mandate":
            return Explained(out, sentence(f"Ruled out: {text or 'no reason is given'}"))
        if text:
            return Explained(out, sentence(_capital(text)))
        unknown = (
            "Its cost is not known, so that no budget can be set against it"
            if fixed.why == "no cost"
            else f"Its {self.model.value_name} is not known, so that nothing says what it is worth"
        )
        return Explained(out, sentence(unknown))

    # What is chosen freely

    def _chosen(self, row: int) -> Explained:
        model = self.model
        in_flight = self.in_flight[row]
        decision: Decision = "Continue" if in_flight else "Start"
        cost = self._money(int(model.cost[row])) + (" to go" if in_flight else "")
        goes_with = self._goes_with(row)
        if model.has_value[row] and model.values[row] > self.rounding:
            text = self._earns(row, cost)
            more = f"; {goes_with[0]}" if goes_with else ""
            return Explained(decision, sentence(text, more), (), goes_with[1] if goes_with else ())
        worth = f"worth {worth_text(float(model.values[row]))} by itself, at {cost}"
        if goes_with:
            text = _capital(goes_with[0])
            return Explained(decision, sentence(text, f"; {worth}"), (), goes_with[1])
        without = self.exchanges.left + self.limits.take[:, row]
        for k in np.flatnonzero(without < -self.limits.rounding).tolist():
            if k >= self.limits.n_budgets:
                share = model.shares[self.limits.shares[k - self.limits.n_budgets][0]]
                text = f"Keeps the share of {share.category} within its limits"
                return Explained(decision, sentence(text, f"; {worth}"), (share.category,))
            budget = model.budgets[k].name
            text = f"Stopping costs more than the {budget} has left"
            return Explained(decision, sentence(text, f"; {worth}"), (budget,))
        saved = int(model.exit_cost[row] - model.cost[row])
        if saved > 0:
            text = f"Stopping would cost {self._money(saved)} more than going on"
            return Explained(decision, sentence(text, f"; {worth}"))
        return Explained(decision, sentence(f"Takes nothing from others: {worth}"))

    def _earns(self, row: int, cost: str) -> str:
        """What a row is worth and its better rank: by value, or by value for money."""
        worth = worth_text(float(self.model.values[row]))
        n = int(self.model.has_value.sum())
        if self.model.cost[row] <= 0:
            return f"Worth {worth}, rank {self.by_value[row]} of {n}, at no cost that counts"
        if self.by_value[row] <= self.by_money[row]:
            return f"Worth {worth}, rank {self.by_value[row]} of {n}, for {cost}"
        n = int((self.model.has_value & (self.model.cost > 0)).sum())
        return f"Worth {worth} for {cost}, rank {self.by_money[row]} of {n} by value for money"

    def _goes_with(self, row: int) -> tuple[str, Rows] | None:
        """The chosen rows that could not stay without this one, and how they depend on it."""
        needing = self.exchanges.dependents(row)
        if not needing:
            return None
        together = {
            other
            for rule in self.exchanges.rules_of(row)
            if rule.type == "Together"
            for other in (*rule.from_rows, *rule.to_rows)
        }
        how = "goes together with" if set(needing) <= together else "needed by"
        return f"{how} {listed([self.names[r] for r in needing])}", needing

    # What is not

    def _left_out(self, row: int) -> Explained:
        exchange = self.exchanges.of(row)
        gain = self.exchanges.worth(exchange.added)
        limits: tuple[str, ...] = ()
        others: Rows = ()
        choices: tuple[str, ...] = ()
        if exchange.obstacle is not None:
            text, others = self._forbidden(exchange, exchange.obstacle)
        elif gain <= self.rounding * len(exchange.added):
            text, others = self._adds_nothing(exchange, gain), exchange.added[1:]
        elif exchange.short:
            text, limits = self._does_not_fit(exchange)
            others, choices = self._instead(exchange, len(limits))
        elif exchange.displaced:
            text, others = self._displaced(exchange)
        else:
            text = f"Worth {worth_text(gain)}{self._with(exchange)}, and would fit"
            choices = (": the search ended before it was reached",)
        shut_out = text if limits else ""
        is_stop = self.in_flight[row]
        if is_stop:
            says_worth = exchange.obstacle is None and gain <= self.rounding * len(exchange.added)
            if exchange.obstacle is None or exchange.obstacle.row is not None:
                text = _small(text)  # Otherwise it begins with the name of a project.
            text = self._stop(row, text, says_worth, min(map(len, choices), default=0))
        reason = sentence(text, *choices)
        if choices and not reason.rstrip(".").endswith(choices):
            others = ()
        decision: Decision = "Stop" if is_stop else "Not funded"
        return Explained(decision, reason, limits, others, exchange, shut_out)

    def _stop(self, row: int, text: str, says_worth: bool, more: int) -> str:
        """What stopping gives up and frees, and why; short enough for `more` letters to follow."""
        worth = worth_text(float(self.model.values[row]))
        cost, leave = int(self.model.cost[row]), int(self.model.exit_cost[row])
        ways = [f"stopping it frees {self._money(cost - leave)}"]
        if cost <= leave:
            ways = [f"{self._money(cost)} to go, {self._money(leave)} to stop it"]
        elif leave > 0:
            to_go, exit_cost = self._money(cost), self._money(leave)
            ways.insert(0, f"{ways[0]} ({to_go} to go less {exit_cost} to leave)")
        said = [
            f"{_capital(text)}; {frees}" if says_worth else f"Worth {worth}; {frees}; {text}"
            for frees in ways
        ]
        fitting = next((one for one in said if len(one) + more < LONGEST), said[-1])
        # A figure that is cut off would be another one: then rather why alone.
        return fitting if len(fitting) < LONGEST else _capital(text)

    def _with(self, exchange: Exchange) -> str:
        """What comes along because it is needed."""
        names = [self.names[r] for r in exchange.added[1:]]
        return f" with {listed(names, 1)}, which it needs" if names else ""

    def _adds_nothing(self, exchange: Exchange, gain: float) -> str:
        worth = worth_text(gain)
        if gain < -self.rounding * len(exchange.added):
            return f"Would lower the total{self._with(exchange)}: worth {worth}"
        return f"Adds nothing{self._with(exchange)}: worth {worth}"

    def _forbidden(self, exchange: Exchange, obstacle: Obstacle) -> tuple[str, Rows]:
        row, other = exchange.added[0], obstacle.row
        via = "" if obstacle.for_row == row else f"{self.names[obstacle.for_row]}, "
        if other is None:
            # The rule says by itself that the other end was cancelled.
            return obstacle.rule.name if obstacle.rule else "Its dependencies shut it out", ()
        name = self.names[other]
        if obstacle.type == "needs":
            needs = f"Needs {via}which needs {name}" if via else f"Needs {name}"
            return f"{needs}, which cannot be funded{self._why_out(other)}", (other,)
        if other in exchange.added:
            return self._against_itself(exchange, obstacle)
        if obstacle.rule is None and not via:
            return f"{_capital(self._option(other))} of the project {self._why_in(other)}", (other,)
        if obstacle.rule is not None and obstacle.rule.type == "Excludes" and not via:
            return f"Excluded by {name}, which {self._why_in(other)}", (other,)
        return f"Cannot be done beside {name}, which {self._why_in(other)}", (other,)

    def _against_itself(self, exchange: Exchange, obstacle: Obstacle) -> tuple[str, Rows]:
        """Two rows exclude each other, of which it needs both, or is one and needs the other."""
        ends = [r for r in (obstacle.row, obstacle.for_row) if r is not None]
        if obstacle.rule is not None:
            ends = [*obstacle.rule.from_rows, *obstacle.rule.to_rows]
        needed = tuple(r for r in exchange.added[1:] if r in ends)
        names = listed([self.names[r] for r in needed])
        which = "and the two" if len(needed) == 1 else "which"
        return f"Needs {names}, {which} exclude each other", needed

    def _why_out(self, row: int) -> str:
        fixed = self.fixed.get(row)
        if fixed is None:
            return " beside it"
        words = {
            "mandate": ": it is ruled out",
            "no cost": ": its cost is not known",
            "no value": f": its {self.model.value_name} is not known",
        }
        return words.get(fixed.why, "")

    def _why_in(self, row: int) -> str:
        fixed = self.fixed[row]
        return "is mandatory" if fixed.why == "mandate" else "is in flight and kept"

    def _option(self, row: int) -> str:
        option = self.model.keys[row].option
        return f"option {option}" if option else self.names[row]

    def _displaced(self, exchange: Exchange) -> tuple[str, Rows]:
        """A rule puts others in its place, and there would be room for it without them."""
        against = self._against(exchange.displaced, exchange.added)
        more = f", {against}" if against else ""
        row = exchange.added[0]
        if len(exchange.displaced) == 1 and self._is_option_of(exchange.displaced[0], row):
            text = f"{_capital(self._option(exchange.displaced[0]))} of the project is chosen"
        else:
            text = f"cannot be done beside {listed([self.names[r] for r in exchange.displaced])}"
            if len(exchange.added) > 1:
                text = f"{self._with(exchange).strip()}, it {text}"
            text = _capital(text)
        return text + more, exchange.displaced

    def _does_not_fit(self, exchange: Exchange) -> tuple[str, tuple[str, ...]]:
        """The limit that shuts it out, and the names of all of them, that one first."""
        budgets = [k for k in exchange.short if k < self.limits.n_budgets]
        beside = self._with(exchange).replace(" with", ", with", 1)
        if exchange.displaced:
            beside += f", even in place of {self._beside(exchange.displaced, exchange.added[0])}"
        found = self._budget(exchange, budgets, beside) if budgets else None
        text, name = found or self._share(exchange, beside)
        others = [self._limit_name(k) for k in exchange.short]
        return text, (name, *(other for other in dict.fromkeys(others) if other != name))

    def _instead(self, exchange: Exchange, n_limits: int) -> tuple[Rows, tuple[str, ...]]:
        """The rows that have what it would need, and ways to go on, the fullest first."""
        n = n_limits - 1
        also = f" ({n} other limit{'s are' if n > 1 else ' is'} exceeded too)" if n else ""
        rows = exchange.removed or ()
        against = self._against(rows, exchange.added, exchange.displaced) if rows else ""
        if not against:
            return (), (also,)
        is_money = exchange.short[0] < self.limits.n_budgets
        verb = (
            "the money goes to" if is_money else f"in its place {'is' if len(rows) == 1 else 'are'}"
        )
        names = [self.names[r] for r in rows]
        ways = [f"; {verb} {listed(names, most)}, {against}" for most in (3, 2, 1)]
        together = " with it" if exchange.displaced else " together" if len(rows) > 1 else ""
        briefly = f"worth {'as much' if 'as much' in against else 'more'}{together}"
        ways = [*(also + way for way in ways), *ways, f"; {verb} {listed(names, 1)}, {briefly}"]
        return rows, tuple(ways)

    def _budget(self, exchange: Exchange, short: list[int], beside: str) -> tuple[str, str]:
        """The budget that is exceeded most, with what is needed of it and left."""
        take = self.limits.take

        def need(k: int) -> int:
            return int(take[k, exchange.added].sum() - take[k, exchange.displaced].sum())

        left = self.exchanges.left
        is_more = bool(exchange.displaced)
        if exchange.removed is None:
            # Nothing makes room: say so by a budget that alone shuts it out, where there is one.
            for k in short:
                budget = self.model.budgets[k]
                asked = int(budget.cost[list(exchange.added)].sum())
                if asked > budget.amount:
                    needed, whole = self._money(asked), self._money(budget.amount)
                    over = f"which is {whole} in all"
                    if needed == whole:
                        over = f"{self._money(asked - budget.amount)} more than all of it"
                    needs = f"Needs {needed}"
                    if len(exchange.added) > 1:
                        needs = f"{_capital(self._with(exchange).strip())}, it takes {needed}"
                    return f"{needs} of the {budget.name}, {over}", budget.name
            for k in short:
                bound = int(self.free_room[k])
                if need(k) > bound:
                    name = self.model.budgets[k].name
                    text = need_and_left(need(k), bound, self.currency, name, is_more=is_more)
                    kept = "mandates and work in flight"
                    return f"Does not fit beside {kept}{beside}: {text}", name
        k = max(short, key=lambda k: (need(k) - int(left[k]), -k))
        name = self.model.budgets[k].name
        text = need_and_left(need(k), int(left[k]), self.currency, name, is_more=is_more)
        return f"Does not fit{beside}: {text}", name

    def _share(self, exchange: Exchange, beside: str) -> tuple[str, str]:
        k, side = self.limits.shares[exchange.short[0] - self.limits.n_budgets]
        share = self.model.shares[k]
        choice = self.chosen.copy()
        choice[list(exchange.displaced)] = False
        choice[list(exchange.added)] = True
        cost = int(self.model.cost[choice].sum())
        members = int(self.model.cost[choice & share.is_member].sum())
        limit = share.most if side == "most" else share.least
        assert limit is not None
        limit_text, with_it = share_texts(limit, members / cost if cost else 0.0)
        verb = "may have at most" if side == "most" else "must have at least"
        text = f"Category {share.category} {verb} {limit_text} of the money"
        return f"{text} and would have {with_it}{beside}", share.category

    def _against(self, rows: Rows, added: Rows, displaced: Rows = ()) -> str:
        """That rows, with those that are displaced, are worth what they keep out; else ""."""
        together = " together" if len(rows) > 1 else ""
        if displaced:
            together = f" with {self._beside(displaced, added[0])}"
        rows = (*rows, *displaced)
        lost, gain = self.exchanges.worth(rows), self.exchanges.worth(added)
        if abs(lost - gain) <= self.rounding * (len(rows) + len(added)):
            cost = self.model.cost - self.model.exit_cost
            is_less = int(cost[list(rows)].sum()) < int(cost[list(added)].sum())
            return f"worth as much{together}{' for less money' if is_less else ''}"
        if lost < gain:
            return ""
        one, other = worth_texts(lost, gain)
        return f"worth {one}{together} against {other}"

    def _beside(self, rows: Rows, row: int) -> str:
        """Rows that a row cannot stand beside: its other option by the option's name alone."""
        names = [self._option(r) if self._is_option_of(r, row) else self.names[r] for r in rows]
        return listed(names, 1)

    def _is_option_of(self, row: int, other: int) -> bool:
        return any(row in rows and other in rows for rows in self.model.alternatives)

    def _limit_name(self, k: int) -> str:
        if k < self.limits.n_budgets:
            return self.model.budgets[k].name
        return self.model.shares[self.limits.shares[k - self.limits.n_budgets][0]].category

    def _free_room(self) -> tuple[float, ...]:
        """What would be left of each budget if all went that may go, shape (n_lines,). [cents]"""
        free = self.chosen.copy()
        free[list(self.fixed)] = False
        taken = np.clip(self.limits.take[:, free], 0.0, None).sum(axis=1)
        return tuple((self.exchanges.left + taken).tolist())

    def _money(self, cents: int) -> str:
        return money_text(cents, self.currency)


def _ranks(values: np.ndarray, counts: Choice) -> list[int]:
    """The rank of each row among those that count; 1 is the best, equal values share a rank."""
    ranks = np.zeros(len(values), dtype=np.int64)
    ranks[counts] = rank_scores(values[counts])
    return ranks.tolist()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
