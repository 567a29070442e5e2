"""Why a row that could be chosen is left out: what shuts it out, and what is there instead."""

from __future__ import annotations

import numpy as np

from xlportfolio.selection.answer import Decision
from xlportfolio.selection.exchange import Exchange, Obstacle, Rows
from xlportfolio.selection.explained import Case, Explained
from xlportfolio.selection.wording import (
    LONGEST,
    briefly_listed,
    capital,
    need_and_left,
    sentence,
    share_texts,
    worth_text,
    worth_texts,
)


class LeftOutReasons:
    """The reasons of what is left out freely.

    Parameters
    ----------
    case
        The choice.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.free_room = self._free_room()

    def of(self, row: int) -> Explained:
        """The reason of a row that could have been chosen."""
        exchange = self.case.exchanges.of(row)
        gain = self.case.exchanges.worth(exchange.added)
        limits: tuple[str, ...] = ()
        others: Rows = ()
        choices: tuple[str, ...] = ()
        if exchange.obstacle is not None:
            text, others = self._forbidden(exchange, exchange.obstacle)
        elif gain <= self.case.rounding * len(exchange.added):
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
        is_stop = self.case.in_flight[row]
        if is_stop:
            says_worth = exchange.obstacle is None and gain <= self.case.rounding * len(
                exchange.added
            )
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
        worth = worth_text(float(self.case.model.values[row]))
        cost, leave = int(self.case.model.cost[row]), int(self.case.model.exit_cost[row])
        ways = [f"stopping it frees {self.case.money(cost - leave)}"]
        if cost <= leave:
            ways = [f"{self.case.money(cost)} to go, {self.case.money(leave)} to stop it"]
        elif leave > 0:
            to_go, exit_cost = self.case.money(cost), self.case.money(leave)
            ways.insert(0, f"{ways[0]} ({to_go} to go less {exit_cost} to leave)")
        said = [
            f"{capital(text)}; {frees}" if says_worth else f"Worth {worth}; {frees}; {text}"
            for frees in ways
        ]
        fitting = next((one for one in said if len(one) + more < LONGEST), said[-1])
        # A figure that is cut off would be another one: then rather why alone.
        return fitting if len(fitting) < LONGEST else capital(text)

    def _with(self, exchange: Exchange) -> str:
        """What comes along because it is needed."""
        names = [self.case.names[r] for r in exchange.added[1:]]
        return f" with {briefly_listed(names, 1)}, which it needs" if names else ""

    def _adds_nothing(self, exchange: Exchange, gain: float) -> str:
        worth = worth_text(gain)
        if gain < -self.case.rounding * len(exchange.added):
            return f"Would lower the total{self._with(exchange)}: worth {worth}"
        return f"Adds nothing{self._with(exchange)}: worth {worth}"

    def _forbidden(self, exchange: Exchange, obstacle: Obstacle) -> tuple[str, Rows]:
        row, other = exchange.added[0], obstacle.row
        via = "" if obstacle.for_row == row else f"{self.case.names[obstacle.for_row]}, "
        if other is None:
            # The rule says by itself that the other end was cancelled.
            return obstacle.rule.name if obstacle.rule else "Its dependencies shut it out", ()
        name = self.case.names[other]
        if obstacle.type == "needs":
            needs = f"Needs {via}which needs {name}" if via else f"Needs {name}"
            return f"{needs}, which cannot be funded{self._why_out(other)}", (other,)
        if other in exchange.added:
            return self._against_itself(exchange, obstacle)
        if obstacle.rule is None and not via:
            return f"{capital(self._option(other))} of the project {self._why_in(other)}", (other,)
        if obstacle.rule is not None and obstacle.rule.type == "Excludes" and not via:
            return f"Excluded by {name}, which {self._why_in(other)}", (other,)
        return f"Cannot be done beside {name}, which {self._why_in(other)}", (other,)

    def _against_itself(self, exchange: Exchange, obstacle: Obstacle) -> tuple[str, Rows]:
        """Two rows exclude each other, of which it needs both, or is one and needs the other."""
        ends = [r for r in (obstacle.row, obstacle.for_row) if r is not None]
        if obstacle.rule is not None:
            ends = [*obstacle.rule.from_rows, *obstacle.rule.to_rows]
        needed = tuple(r for r in exchange.added[1:] if r in ends)
        names = briefly_listed([self.case.names[r] for r in needed])
        which = "and the two" if len(needed) == 1 else "which"
        return f"Needs {names}, {which} exclude each other", needed

    def _why_out(self, row: int) -> str:
        fixed = self.case.fixed.get(row)
        if fixed is None:
            return " beside it"
        words = {
            "mandate": ": it is ruled out",
            "no cost": ": its cost is not known",
            "no value": f": its {self.case.model.value_name} is not known",
        }
        return words.get(fixed.why, "")

    def _why_in(self, row: int) -> str:
        fixed = self.case.fixed[row]
        return "is mandatory" if fixed.why == "mandate" else "is in flight and kept"

    def _option(self, row: int) -> str:
        option = self.case.model.keys[row].option
        return f"option {option}" if option else self.case.names[row]

    def _displaced(self, exchange: Exchange) -> tuple[str, Rows]:
        """A rule puts others in its place, and there would be room for it without them."""
        against = self._against(exchange.displaced, exchange.added)
        more = f", {against}" if against else ""
        row = exchange.added[0]
        if len(exchange.displaced) == 1 and self._is_option_of(exchange.displaced[0], row):
            text = f"{capital(self._option(exchange.displaced[0]))} of the project is chosen"
        else:
            names = briefly_listed([self.case.names[r] for r in exchange.displaced])
            text = f"cannot be done beside {names}"
            if len(exchange.added) > 1:
                text = f"{self._with(exchange).strip()}, it {text}"
            text = capital(text)
        return text + more, exchange.displaced

    def _does_not_fit(self, exchange: Exchange) -> tuple[str, tuple[str, ...]]:
        """The limit that shuts it out, and the names of all of them, that one first."""
        budgets = [k for k in exchange.short if k < self.case.limits.n_budgets]
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
        is_money = exchange.short[0] < self.case.limits.n_budgets
        verb = (
            "the money goes to" if is_money else f"in its place {'is' if len(rows) == 1 else 'are'}"
        )
        names = [self.case.names[r] for r in rows]
        ways = [f"; {verb} {briefly_listed(names, most)}, {against}" for most in (3, 2, 1)]
        together = " with it" if exchange.displaced else " together" if len(rows) > 1 else ""
        briefly = f"worth {'as much' if 'as much' in against else 'more'}{together}"
        ways = [
            *(also + way for way in ways),
            *ways,
            f"; {verb} {briefly_listed(names, 1)}, {briefly}",
        ]
        return rows, tuple(ways)

    def _budget(self, exchange: Exchange, short: list[int], beside: str) -> tuple[str, str]:
        """The budget that is exceeded most, with what is needed of it and left."""
        take = self.case.limits.take

        def need(k: int) -> int:
            return int(take[k, exchange.added].sum() - take[k, exchange.displaced].sum())

        left = self.case.exchanges.left
        is_more = bool(exchange.displaced)
        if exchange.removed is None:
            # Nothing makes room: say so by a budget that alone shuts it out, where there is one.
            for k in short:
                budget = self.case.model.budgets[k]
                asked = int(budget.cost[list(exchange.added)].sum())
                if asked > budget.amount:
                    needed, whole = self.case.money(asked), self.case.money(budget.amount)
                    over = f"which is {whole} in all"
                    if needed == whole:
                        over = f"{self.case.money(asked - budget.amount)} more than all of it"
                    needs = f"Needs {needed}"
                    if len(exchange.added) > 1:
                        needs = f"{capital(self._with(exchange).strip())}, it takes {needed}"
                    return f"{needs} of the {budget.name}, {over}", budget.name
            for k in short:
                bound = int(self.free_room[k])
                if need(k) > bound:
                    name = self.case.model.budgets[k].name
                    text = need_and_left(need(k), bound, self.case.currency, name, is_more=is_more)
                    kept = "mandates and work in flight"
                    return f"Does not fit beside {kept}{beside}: {text}", name
        k = max(short, key=lambda k: (need(k) - int(left[k]), -k))
        name = self.case.model.budgets[k].name
        text = need_and_left(need(k), int(left[k]), self.case.currency, name, is_more=is_more)
        return f"Does not fit{beside}: {text}", name

    def _share(self, exchange: Exchange, beside: str) -> tuple[str, str]:
        k, side = self.case.limits.shares[exchange.short[0] - self.case.limits.n_budgets]
        share = self.case.model.shares[k]
        choice = self.case.chosen.copy()
        choice[list(exchange.displaced)] = False
        choice[list(exchange.added)] = True
        cost = int(self.case.model.cost[choice].sum())
        members = int(self.case.model.cost[choice & share.is_member].sum())
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
        lost, gain = self.case.exchanges.worth(rows), self.case.exchanges.worth(added)
        if abs(lost - gain) <= self.case.rounding * (len(rows) + len(added)):
            cost = self.case.model.cost - self.case.model.exit_cost
            is_less = int(cost[list(rows)].sum()) < int(cost[list(added)].sum())
            return f"worth as much{together}{' for less money' if is_less else ''}"
        if lost < gain:
            return ""
        one, other = worth_texts(lost, gain)
        return f"worth {one}{together} against {other}"

    def _beside(self, rows: Rows, row: int) -> str:
        """Rows that a row cannot stand beside: its other option by the option's name alone."""
        names = [
            self._option(r) if self._is_option_of(r, row) else self.case.names[r] for r in rows
        ]
        return briefly_listed(names, 1)

    def _is_option_of(self, row: int, other: int) -> bool:
        return any(row in rows and other in rows for rows in self.case.model.alternatives)

    def _limit_name(self, k: int) -> str:
        if k < self.case.limits.n_budgets:
            return self.case.model.budgets[k].name
        return self.case.model.shares[
            self.case.limits.shares[k - self.case.limits.n_budgets][0]
        ].category

    def _free_room(self) -> tuple[float, ...]:
        """What would be left of each budget if all went that may go, shape (n_lines,). [cents]"""
        free = self.case.chosen.copy()
        free[list(self.case.fixed)] = False
        taken = np.clip(self.case.limits.take[:, free], 0.0, None).sum(axis=1)
        return tuple((self.case.exchanges.left + taken).tolist())


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
