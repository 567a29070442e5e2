"""Levelling: capacity is what there is, starts move inside their windows. Simulated annealing.

In scheduling's words this levels resources over a portfolio: finishes may move, within windows;
people who are short are counted, not forbidden, because a plan that is short says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xlportfolio.errors import InputError
from xlportfolio.levelling.board import UNITS, Board
from xlportfolio.levelling.bound import least_shortfall
from xlportfolio.levelling.model import IntArray, LevelModel, StartLink, shortfall
from xlportfolio.levelling.windows import Windows, narrowed_windows

_HOT = 2.0
_COLD = 0.01
"""First and last temperature, in what a project typically needs of a role in a month."""

_MONTH = 0.005
"""What moving a project by a month counts while searching, in the same measure."""

_MONEY = 4.0
"""What exceeding a budget by a project's typical money of a month counts while searching, in the
same measure: when hot, two projects may change places through a plan that no budget allows."""

_WARM = 1.0
_STILL = 0.1
"""First and last temperature while only moves are thinned out. [months]"""

_THINNED = 40
"""Visits of each project while moves are thinned out."""

_POLLED = 32
"""Visits between two looks at the clock of whoever waits."""

_NOISE = 1 << 15
"""Random numbers drawn at a time."""


@dataclass(frozen=True)
class LevelledStarts:
    """The best starts found.

    Attributes
    ----------
    starts : shape (n,)
        In the order of the model. [months of the plan]
    status
        "optimal" where nothing is short, as little is short as `bound` allows, or nothing can
        move; else "feasible".
    shortfall_before, shortfall_after
        With the planned starts, and with these. [FTE months]
    bound
        No starts leave less short than this. [FTE months]
    n_visits
        How often a project was looked at.
    was_stopped
        Whether `should_stop` ended the search before its effort was spent.
    """

    starts: IntArray
    status: Literal["optimal", "feasible"]
    shortfall_before: float
    shortfall_after: float
    bound: float
    n_visits: int
    was_stopped: bool


def default_effort(n_movable: int) -> int:
    """How many project visits a search gets by default: 500 each, from 5,000 to 500,000."""
    return min(max(500 * n_movable, 5_000), 500_000)


def level_starts(
    model: LevelModel,
    *,
    seed: int = 1,
    effort: int | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LevelledStarts:
    """Choose starts so that demand exceeds capacity as little as possible.

    Parameters
    ----------
    model
        Rows in any order.
    seed
        The same seed gives the same starts.
    effort
        Project visits; `default_effort` of the projects that can move where None.
    should_stop
        Asked often; once it is true the best starts so far are settled and returned.

    Returns
    -------
    Starts that keep every window and link, and no budget worse than need be.

    Raises
    ------
    InputError
        If windows and links of the model exclude each other.

    Notes
    -----
    Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983, Science 220, 671-680) with heat-bath
    moves: a project is lifted, every start of its window is priced at once, and one is drawn with
    probability proportional to exp(-price / temperature) (Geman & Geman 1984, IEEE Transactions on
    Pattern Analysis and Machine Intelligence 6, the Gibbs sampler), by the largest of -price /
    temperature + Gumbel noise (Maddison, Tarlow & Minka 2014, Advances in Neural Information
    Processing Systems 27). The temperature falls geometrically with the visits. A last part of them
    looks for fewer months moved with no more people short. A descent before and after moves single
    projects, the last one also back to where they were planned.
    """
    by_key = sorted(range(len(model.keys)), key=lambda i: model.keys[i].order)
    ordered = _reordered(model, by_key)
    windows = _windows(ordered)
    board = Board(ordered, windows)
    movable = [i for i in range(len(by_key)) if board.low[i] < board.high[i]]
    search = _Search(board, movable, seed, should_stop)
    board.settle()
    limit = default_effort(len(movable)) if effort is None else effort
    least = 0.0
    if board.shortfall > 0 and movable:
        least = least_shortfall(ordered, windows)
        if not _reaches(board.shortfall, least):
            search.anneal(limit - min(_THINNED * len(movable), limit // 4), least)
    if movable and board.moved and not search.was_stopped:
        search.thin(min(_THINNED * len(movable), limit - search.n_visits))
    starts = np.empty(len(by_key), dtype=np.int64)
    starts[by_key] = board.starts
    before = shortfall(model.load(model.planned), model.capacity)
    after = shortfall(model.load(starts), model.capacity)
    is_best = not movable or _reaches(board.shortfall, least)
    return LevelledStarts(
        starts=starts,
        status="optimal" if is_best else "feasible",
        shortfall_before=before,
        shortfall_after=after,
        bound=after if not movable else least,
        n_visits=search.n_visits,
        was_stopped=search.was_stopped,
    )


class _Search:
    """An annealing of a board."""

    def __init__(
        self,
        board: Board,
        movable: list[int],
        seed: int,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.board = board
        self.movable = np.array(movable, dtype=np.int64)
        self.random = np.random.default_rng(seed)
        self.should_stop = should_stop
        self.n_visits = 0
        self.was_stopped = False
        self.money = _MONEY * board.typical_need() / board.typical_money()
        self._noise = np.zeros(0)
        self._drawn = 0

    def anneal(self, effort: int, least: float) -> None:
        """Anneal, and leave the board with the best starts found, settled.

        Parameters
        ----------
        effort
            Project visits.
        least
            A shortfall that cannot be beaten: the search ends there. [FTE months]
        """
        size = self.board.typical_need()
        self._cool(
            effort, hot=_HOT * size, cold=_COLD * size, month=_MONTH * size, least=least, harm=True
        )

    def thin(self, effort: int) -> None:
        """Look for fewer months moved with no more people short; the board is left settled.

        Parameters
        ----------
        effort
            Project visits, beyond those that were.
        """
        self._cool(
            self.n_visits + effort, hot=_WARM, cold=_STILL, month=1.0, least=None, harm=False
        )

    def _cool(
        self,
        effort: int,
        *,
        hot: float,
        cold: float,
        month: float,
        least: float | None,
        harm: bool,
    ) -> None:
        """Visit projects while the temperature falls; `harm` allows more people to be short."""
        board = self.board
        best, best_standing = list(board.starts), board.standing
        begun = self.n_visits
        while self.n_visits < effort and not self.was_stopped:
            for i in self.random.permutation(self.movable).tolist():
                if self.n_visits >= effort or self._must_stop():
                    break
                done = (self.n_visits - begun) / (effort - begun)
                self._visit(i, hot * (cold / hot) ** done, month, harm)
                self.n_visits += 1
                if board.standing < best_standing:
                    best, best_standing = list(board.starts), board.standing
            if least is not None and not best_standing[0] and _reaches(best_standing[1], least):
                break
        board.place_all(best)
        board.settle()

    def _must_stop(self) -> bool:
        """Whether whoever waits has waited enough; asked now and then."""
        if self.should_stop is not None and self.n_visits % _POLLED == 0:
            self.was_stopped = self.should_stop()
        return self.was_stopped

    def _visit(self, i: int, temperature: float, month: float, harm: bool) -> None:
        board = self.board
        low, high = board.window(i)
        if low >= high:
            return
        board.lift(i)
        more, far = board.prices(i, low, high), board.distances(i, low, high)
        spent, now = board.overspends(i, low, high), board.starts[i] - low
        priced = month * far
        if harm:
            priced = priced + more
            if spent is not None:
                priced = priced + self.money * spent
        else:
            harmful = more > more[now]
            if spent is not None:
                harmful |= spent > spent[now]
            priced[harmful] = np.inf
        to = int((self._draw(len(more)) - priced / temperature).argmax())
        board.put(i, low + to, float(more[to] - more[now]), float(far[to] - far[now]))

    def _draw(self, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Gumbel noise."""
        if self._drawn + n > len(self._noise):
            self._noise = self.random.gumbel(size=max(_NOISE, n))
            self._drawn = 0
        self._drawn += n
        return self._noise[self._drawn - n : self._drawn]


def _reaches(short: float, least: float) -> bool:
    """Whether so little is short that it cannot be less; `short` in millionths."""
    return short <= least * UNITS + 0.5


def _reordered(model: LevelModel, rows: list[int]) -> LevelModel:
    """The model with its projects in another order."""
    position = {old: new for new, old in enumerate(rows)}
    return replace(
        model,
        keys=tuple(model.keys[i] for i in rows),
        planned=model.planned[rows],
        earliest=model.earliest[rows],
        latest=model.latest[rows],
        duration=model.duration[rows],
        demand=tuple(model.demand[i] for i in rows),
        links=tuple(
            sorted(
                (StartLink(position[k.before], position[k.after], k.months) for k in model.links),
                key=lambda link: (link.before, link.after, link.months),
            )
        ),
        budgets=tuple(replace(budget, cost=budget.cost[rows]) for budget in model.budgets),
        weights=None if model.weights is None else model.weights[rows],
    )


def _windows(model: LevelModel) -> Windows:
    """The model's windows, narrowed by its links."""
    closed = np.flatnonzero(model.earliest > model.latest)
    if closed.size:
        label = model.keys[int(closed[0])].label
        raise InputError(f"The latest start of project {label} lies before its earliest start.")
    windows = narrowed_windows(model.earliest, model.latest, model.links)
    if len(windows.order) < len(model.keys):
        circle = sorted(set(range(len(model.keys))) - set(windows.order))
        labels = ", ".join(model.keys[i].label for i in circle)
        raise InputError(f"Finish-to-start links form a circle among the projects {labels}.")
    if windows.impossible:
        link = windows.impossible[0]
        raise InputError(
            f"Project {model.keys[link.after].label} cannot start {link.months} months after "
            f"project {model.keys[link.before].label} inside both windows."
        )
    return windows
