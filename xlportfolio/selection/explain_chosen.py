"""Why a row that could be left out is chosen: what it earns, what it goes with, what it saves."""

from __future__ import annotations

import numpy as np

from xlportfolio.ranking import rank_scores
from xlportfolio.selection.answer import Decision
from xlportfolio.selection.exchange import Rows
from xlportfolio.selection.explained import Case, Explained
from xlportfolio.selection.model import Choice
from xlportfolio.selection.wording import briefly_listed, capital, sentence, worth_text


class ChosenReasons:
    """The reasons of what is chosen freely.

    Parameters
    ----------
    case
        The choice.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        model = case.model
        self.by_value = _ranks(model.values, model.has_value)
        is_priced = model.has_value & (model.cost > 0)
        per_money = np.divide(
            model.values, model.cost, out=np.zeros(len(model.keys)), where=is_priced
        )
        self.by_money = _ranks(per_money, is_priced)

    def of(self, row: int) -> Explained:
        """The reason of a chosen row that no rule decides."""
        model = self.case.model
        in_flight = self.case.in_flight[row]
        decision: Decision = "Continue" if in_flight else "Start"
        cost = self.case.money(int(model.cost[row])) + (" to go" if in_flight else "")
        goes_with = self._goes_with(row)
        if model.has_value[row] and model.values[row] > self.case.rounding:
            text = self._earns(row, cost)
            more = f"; {goes_with[0]}" if goes_with else ""
            return Explained(decision, sentence(text, more), (), goes_with[1] if goes_with else ())
        worth = f"worth {worth_text(float(model.values[row]))} by itself, at {cost}"
        if goes_with:
            text = capital(goes_with[0])
            return Explained(decision, sentence(text, f"; {worth}"), (), goes_with[1])
        without = self.case.exchanges.left + self.case.limits.take[:, row]
        for k in np.flatnonzero(without < -self.case.limits.rounding).tolist():
            if k >= self.case.limits.n_budgets:
                share = model.shares[self.case.limits.shares[k - self.case.limits.n_budgets][0]]
                text = f"Keeps the share of {share.category} within its limits"
                return Explained(decision, sentence(text, f"; {worth}"), (share.category,))
            budget = model.budgets[k].name
            text = f"Stopping costs more than the {budget} has left"
            return Explained(decision, sentence(text, f"; {worth}"), (budget,))
        saved = int(model.exit_cost[row] - model.cost[row])
        if saved > 0:
            text = f"Stopping would cost {self.case.money(saved)} more than going on"
            return Explained(decision, sentence(text, f"; {worth}"))
        return Explained(decision, sentence(f"Takes nothing from others: {worth}"))

    def _earns(self, row: int, cost: str) -> str:
        """What a row is worth and its better rank: by value, or by value for money."""
        worth = worth_text(float(self.case.model.values[row]))
        n = int(self.case.model.has_value.sum())
        if self.case.model.cost[row] <= 0:
            return f"Worth {worth}, rank {self.by_value[row]} of {n}, at no cost that counts"
        if self.by_value[row] <= self.by_money[row]:
            return f"Worth {worth}, rank {self.by_value[row]} of {n}, for {cost}"
        n = int((self.case.model.has_value & (self.case.model.cost > 0)).sum())
        return f"Worth {worth} for {cost}, rank {self.by_money[row]} of {n} by value for money"

    def _goes_with(self, row: int) -> tuple[str, Rows] | None:
        """The chosen rows that could not stay without this one, and how they depend on it."""
        needing = self.case.exchanges.dependents(row)
        if not needing:
            return None
        together = {
            other
            for rule in self.case.exchanges.rules_of(row)
            if rule.type == "Together"
            for other in (*rule.from_rows, *rule.to_rows)
        }
        how = "goes together with" if set(needing) <= together else "needed by"
        return f"{how} {briefly_listed([self.case.names[r] for r in needing])}", needing


def _ranks(values: np.ndarray, counts: Choice) -> list[int]:
    """The rank of each row among those that count; 1 is the best, equal values share a rank."""
    ranks = np.zeros(len(values), dtype=np.int64)
    ranks[counts] = rank_scores(values[counts])
    return ranks.tolist()
