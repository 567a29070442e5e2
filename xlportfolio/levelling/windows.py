"""Windows that fit together: how early and late each project may start, given what it follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.levelling.model import IntArray, StartLink


@dataclass(frozen=True)
class Windows:
    """Start windows after every link has narrowed them.

    Attributes
    ----------
    earliest, latest : shape (n,)
        Every project can start at each end of its window with the others somewhere in theirs.
    order
        Rows so that each comes after all that it follows; those on a circle are missing.
    impossible
        Links that no starts in the windows keep; they narrowed nothing.
    """

    earliest: IntArray
    latest: IntArray
    order: tuple[int, ...]
    impossible: tuple[StartLink, ...]


def narrowed_windows(earliest: IntArray, latest: IntArray, links: Sequence[StartLink]) -> Windows:
    """Narrow start windows by Finish-to-start links: the critical path method on starts.

    Parameters
    ----------
    earliest, latest : shape (n,)
        earliest <= latest. [months of the plan]
    links
        Without circles: a link on one is not looked at.

    Notes
    -----
    The forward and the backward pass of Kelley & Walker (1959), Proceedings of the Eastern Joint
    Computer Conference, 160-173, with windows in place of a project end.

    Examples
    --------
    >>> windows = narrowed_windows(np.array([0, 0]), np.array([4, 6]), [StartLink(0, 1, 3)])
    >>> windows.earliest.tolist(), windows.latest.tolist()
    ([0, 3], [3, 6])
    """
    n = len(earliest)
    following: list[list[StartLink]] = [[] for _ in range(n)]
    waiting = [0] * n
    for link in links:
        following[link.before].append(link)
        waiting[link.after] += 1
    ready = deque(i for i in range(n) if not waiting[i])
    low, high = earliest.tolist(), latest.tolist()
    order: list[int] = []
    impossible: list[StartLink] = []
    kept: list[StartLink] = []
    while ready:
        i = ready.popleft()
        order.append(i)
        for link in following[i]:
            if low[i] + link.months > high[link.after]:
                impossible.append(link)
            else:
                low[link.after] = max(low[link.after], low[i] + link.months)
                kept.append(link)
            waiting[link.after] -= 1
            if not waiting[link.after]:
                ready.append(link.after)
    for link in reversed(kept):
        high[link.before] = min(high[link.before], high[link.after] - link.months)
    return Windows(
        np.array(low, dtype=np.int64),
        np.array(high, dtype=np.int64),
        tuple(order),
        tuple(impossible),
    )
