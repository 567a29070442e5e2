"""When a project may start: its window, by the day, as months earlier or later than planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xlportfolio.plan_calendar import first_day, month_label, month_number, moved
from xlportfolio.records import Project
from xlportfolio.wording import day


@dataclass(frozen=True)
class StartWindow:
    """The starts that a project may have, counted from the planned one.

    Attributes
    ----------
    least, most
        [months]; `least` above `most` where limits exclude each other.
    opens, closes
        What sets each end, as in "not before 3 Apr 2026".
    is_assumed
        Whether the project states no latest start.
    closed_because
        Why no start lies in the window; "" where one does.
    """

    least: int
    most: int
    opens: str
    closes: str
    is_assumed: bool
    closed_because: str = ""


def start_window(
    project: Project, *, status_date: date | None, plan_first: int, max_delay: int
) -> StartWindow:
    """The window of a project that has not started.

    Parameters
    ----------
    project
        With a start.
    status_date
        What has not started by then starts in the month after it at the earliest, or as planned.
    plan_first
        The first month of the plan: nothing is moved before it.
    max_delay
        How much later it may start where it states no latest start. [months]

    Examples
    --------
    >>> bridge = Project(
    ...     project_id="P1",
    ...     name="Bridge",
    ...     start=date(2026, 4, 15),
    ...     latest_start=date(2026, 7, 1),
    ... )
    >>> window = start_window(bridge, status_date=None, plan_first=24315, max_delay=6)
    >>> window.least, window.most, window.closes
    (0, 2, 'at the latest on 1 Jul 2026')
    """
    start = project.start
    if start is None:
        raise ValueError("a project without a start has no window")
    month = month_number(start)
    least, opens = 0, "as planned"
    bound, bound_name = start, "its planned start"
    if project.earliest_start is not None:
        bound = project.earliest_start
        least, opens = _shift_to(start, bound), f"not before {day(bound)}"
        bound_name = f"its earliest start, {day(bound)}"
        if least < plan_first - month:
            least, opens = min(plan_first - month, 0), f"not before {month_label(plan_first)}"
            bound, bound_name = moved(start, least), month_label(month + least)
    if status_date is not None:
        after = month_number(status_date) + 1 - month
        if start > status_date:
            after = min(after, 0)
        if least < after:
            least = after
            bound_name = f"{month_label(month + after)}, after the status date"
            bound, opens = first_day(month + after), f"not before {bound_name}"
    if project.latest_start is None:
        return StartWindow(
            least, max(least, 0) + max_delay, opens, f"{max_delay} months later at the most", True
        )
    latest = project.latest_start
    most = _shift_to(start, latest)
    if moved(start, most) > latest:
        most -= 1
    closed_because = ""
    if least > most:
        latest_name = f"its latest start, {day(latest)}"
        closed_because = (
            f"{latest_name}, lies before {bound_name}"
            if latest < bound
            else f"moved by whole months, it cannot start between {bound_name}, and {latest_name}"
        )
    return StartWindow(least, most, opens, f"at the latest on {day(latest)}", False, closed_because)


def _shift_to(start: date, to: date) -> int:
    """The least months by which a start is moved to get to a day or beyond."""
    months = month_number(to) - month_number(start)
    return months if moved(start, months) >= to else months + 1
