"""Finish-to-start links of a portfolio as limits on starts, and those that cannot be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from xlportfolio.checking.dependencies import find_cycles
from xlportfolio.costing.timeline import project_span
from xlportfolio.levelling.model import IntArray, StartLink
from xlportfolio.levelling.windows import narrowed_windows
from xlportfolio.plan_calendar import month_number, moved
from xlportfolio.records import Link, Project
from xlportfolio.wording import listed


@dataclass(frozen=True)
class Timing:
    """Links that starts can keep, and what was found on the way.

    Attributes
    ----------
    links
        Kept by some starts in the windows.
    impossible
        Kept by none; both ends stay as planned.
    pinned
        Rows that stay as planned because of them.
    cautions, notes
        In sentences.
    """

    links: tuple[StartLink, ...]
    impossible: tuple[StartLink, ...]
    pinned: tuple[int, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]


def timing_of(
    links: Sequence[Link],
    projects: Sequence[Project],
    names: Sequence[str],
    planned: IntArray,
    windows: tuple[IntArray, IntArray],
) -> Timing:
    """The Finish-to-start links between projects of a plan.

    Parameters
    ----------
    links
        Of any type; only Finish-to-start is about time.
    projects, names
        Those in the plan, and what people call them.
    planned : shape (n,)
        Start months.
    windows
        Earliest and latest start months, each of shape (n,).

    Notes
    -----
    A project starts in a month after the one in which the other finishes, and the lag; or in the
    same month where the planned dates keep the link to the day, as both then move together.
    """
    cautions: list[str] = []
    rows = {project.project_id: i for i, project in reversed(list(enumerate(projects)))}
    pairs = [
        (link, rows[link.from_], rows[link.to])
        for link in links
        if link.type == "Finish-to-start" and link.from_ in rows and link.to in rows
    ]
    on_circles: set[tuple[int, int]] = set()
    while circles := find_cycles(
        [(str(i), str(j)) for _, i, j in pairs if (i, j) not in on_circles]
    ):
        for circle in circles:
            steps = [int(node) for node in circle]
            on_circles |= set(zip(steps, [*steps[1:], steps[0]], strict=True))
            chain = " before ".join(names[i] for i in [*steps, steps[0]])
            cautions.append(
                f"Finish-to-start links form a circle, {chain}: none of them is used. Delete or "
                "turn one of them."
            )
    found: dict[tuple[int, int], int] = {}
    undated: list[str] = []
    for link, i, j in pairs:
        if (i, j) in on_circles:
            continue
        months = _months_between(link, projects[i], projects[j])
        if months is None:
            undated.append(f"{names[i]} to {names[j]}")
        else:
            found[i, j] = max(months, found.get((i, j), months))
    notes: tuple[str, ...] = ()
    if undated:
        n = len(undated)
        notes = (
            f"{n} Finish-to-start {'link' if n == 1 else 'links'} between projects whose dates are "
            f"not known {'is' if n == 1 else 'are'} not used: {listed(undated)}.",
        )
    kept, impossible, pinned = _possible(
        [StartLink(i, j, months) for (i, j), months in found.items()], planned, windows
    )
    return Timing(kept, impossible, pinned, tuple(cautions), notes)


def _months_between(link: Link, before: Project, after: Project) -> int | None:
    """The least months from one start to the other; None without the dates for it."""
    span, start = project_span(before), after.start
    if span.first is None or span.last is None or before.start is None or start is None:
        return None
    lag = ceil((link.lag or 0.0) - 1e-9)
    months = span.last + 1 + lag - span.first
    as_planned = month_number(start) - span.first
    if before.finish is not None and start > moved(before.finish, lag):
        return min(months, as_planned)
    return months


def _possible(
    links: list[StartLink], planned: IntArray, windows: tuple[IntArray, IntArray]
) -> tuple[tuple[StartLink, ...], tuple[StartLink, ...], tuple[int, ...]]:
    """Links that windows can keep; the ends of those that they cannot are pinned in turn."""
    earliest, latest = windows[0].copy(), windows[1].copy()
    impossible: list[StartLink] = []
    pinned: set[int] = set()
    while broken := narrowed_windows(earliest, latest, links).impossible:
        impossible += broken
        links = [link for link in links if link not in broken]
        ends = sorted({end for link in broken for end in (link.before, link.after)})
        pinned.update(ends)
        rows = np.array(ends, dtype=np.int64)
        earliest[rows] = latest[rows] = planned[rows]
    return tuple(links), tuple(impossible), tuple(sorted(pinned))
