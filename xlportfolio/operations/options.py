"""What a run may be told: steps, seed, budget, how long to search, what may be stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.defaults import EFFORT, MAX_DELAY, STEPS
from xlportfolio.errors import InputError
from xlportfolio.money import money_text, to_cents
from xlportfolio.parsing import parse_number
from xlportfolio.selection.budget_limits import BudgetChange

_MOST_MONEY = 1e15
_MOST_SHARE = 100.0
_AMBIGUOUS = re.compile(r"[$¥]|kr", re.IGNORECASE)
"""Signs that several currencies share."""


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told.

    Attributes
    ----------
    steps
        Among `STEPS`.
    seed
        Of the random search; None takes the workbook's setting, else 1.
    effort
        How long to search, against the default of 1.
    time_limit
        After how many seconds the search is cut short; None for never, so that the same inputs
        give the same answer on every machine. [s]
    budget
        Other money than the budgets table says.
    max_delay
        How much later a project without a latest start may start. [months]
    free
        IDs of projects in flight that may be stopped; "all" for every one.
    """

    steps: tuple[str, ...] = STEPS
    seed: int | None = None
    effort: float = EFFORT
    time_limit: float | None = None
    budget: BudgetChange | None = None
    max_delay: int = MAX_DELAY
    free: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.effort <= 1000:
            raise InputError(
                f"The effort is {self.effort:g}; expected a number above 0 and up to 1000, such as "
                "2 to search twice as long."
            )
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(
                f"The time limit is {self.time_limit:g} s; expected a number of seconds above 0."
            )
        if not 0 <= self.max_delay <= 600:
            raise InputError(
                f"The longest delay is {self.max_delay} months; expected 0 to 600 months."
            )
        if self.seed is not None and self.seed < 0:
            raise InputError(f"The seed is {self.seed}; expected a whole number from 0 on.")

    def described(self, seed: int, currency: str | None) -> str:
        """The options as PF Log keeps them: "seed 1, budget 0.9 of each"."""
        said = [] if self.steps == STEPS else [f"steps {' and '.join(self.steps) or 'none'}"]
        said.append(f"seed {seed}")
        if self.effort != EFFORT:
            said.append(f"effort {self.effort:g}")
        if self.time_limit is not None:
            said.append(f"time limit {self.time_limit:g} s")
        if self.budget is not None and self.budget.factor is not None:
            said.append(f"budget {self.budget.factor:.4g} of each")
        if self.budget is not None and self.budget.total_cents is not None:
            said.append(f"budget {money_text(self.budget.total_cents, currency)} in all")
        if self.max_delay != MAX_DELAY:
            said.append(f"at most {self.max_delay} months later")
        if self.free:
            said.append(f"may be stopped: {', '.join(self.free)}")
        return ", ".join(said)


def read_steps(text: str) -> tuple[str, ...]:
    """Read "score,level" as steps, in the order of a run.

    Raises
    ------
    InputError
        If a word is no step.

    Examples
    --------
    >>> read_steps("level, score")
    ('score', 'level')
    """
    words = [word.strip().lower() for word in text.replace(";", ",").split(",") if word.strip()]
    words = ["score" if word == "rank" else word for word in words]
    unknown = next((word for word in words if word not in STEPS), None)
    if unknown is not None or not words:
        raise InputError(
            f'"{unknown or text}" is not a step; expected one or more of {", ".join(STEPS)}, with '
            "commas between them."
        )
    return tuple(step for step in STEPS if step in words)


def read_budget(text: str) -> BudgetChange:
    """Read "90%" as that share of every budget, "25m" as one total in place of them all.

    Raises
    ------
    InputError
        If it is neither, negative, or beyond all money.

    Examples
    --------
    >>> read_budget("90%").factor, read_budget("GBP 2.5m").total_cents
    (0.9, 250000000)
    """
    share = text.strip().endswith("%")
    number = parse_number(text.strip().removesuffix("%").strip())
    if (
        number is None
        or number.dash
        or number.amount < 0
        or (share and (number.scale != 1 or number.currency is not None))
    ):
        raise InputError(
            f'"{text}" is not a budget; expected a share of the budgets such as 90%, or a total '
            "such as 25m or 1200000 in single currency units."
        )
    if share:
        if number.amount / 100 > _MOST_SHARE:
            raise InputError(
                f'"{text}" is more than a budget can be; expected a share of at most 10000%.'
            )
        return BudgetChange(factor=number.amount / 100)
    if number.amount > _MOST_MONEY:
        raise InputError(
            f'"{text}" is more than a budget can be; expected a total of at most 1000000bn.'
        )
    currency = None if _AMBIGUOUS.search(number.unit or "") else number.currency
    return BudgetChange(total_cents=to_cents(number.amount), currency=currency)


def read_free(words: Sequence[str]) -> tuple[str, ...]:
    """Project IDs from several options, each of which may hold several with commas between."""
    return tuple(
        dict.fromkeys(part.strip() for word in words for part in word.split(",") if part.strip())
    )
