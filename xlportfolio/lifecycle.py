"""Whether a project has ended, and whether it has begun: told in one place, for every step."""

from __future__ import annotations

from datetime import date

from xlportfolio.money import money_text, to_cents
from xlportfolio.records import Project
from xlportfolio.wording import day

ENDED = ("closed", "cancelled")
"""Where the life of a project ends; a closed one was delivered, a cancelled one was not."""


def ended_because(project: Project) -> str | None:
    """Why a project is over, so that no step decides on it any more.

    Parameters
    ----------
    project
        A row of the projects table.

    Returns
    -------
    "closed", "cancelled", or "100% complete" where nothing is left to spend; None while it goes
    on or has not begun.

    Examples
    --------
    >>> ended_because(Project(project_id="P1", name="Bridge", lifecycle="cancelled"))
    'cancelled'
    >>> ended_because(Project(project_id="P2", name="Road", percent_complete=0.99)) is None
    True
    """
    if project.lifecycle in ENDED:
        return project.lifecycle
    is_done = project.percent_complete is not None and project.percent_complete >= 1
    return "100% complete" if is_done and not project.cost_to_go else None


def in_flight_because(
    project: Project, status_date: date | None, currency: str | None = None
) -> str:
    """Why a project counts as begun or committed, so that it is kept unless a person frees it.

    Parameters
    ----------
    project
        A row of the projects table.
    status_date
        The day that the figures describe. Without it the planned dates say nothing about what has
        begun: lifecycle, progress and money alone decide.
    currency
        For money in the sentence.

    Returns
    -------
    The strongest reason, "" where there is none or the project has ended: "active", "started on 1
    Jun 2023", "38% complete", "GBP 1.2m spent", "GBP 1.2m committed".

    Notes
    -----
    Work on hold is in flight by its dates, progress or money, not by its lifecycle. A planned end
    that has passed does not end it: work that is late goes on.

    Examples
    --------
    >>> bridge = Project(project_id="P1", name="Bridge", start=date(2026, 4, 1))
    >>> in_flight_because(bridge, date(2026, 6, 30)), in_flight_because(bridge, None)
    ('started on 1 Apr 2026', '')
    >>> held = Project(project_id="P2", name="Road", lifecycle="on hold", spent_to_date=1.2e6)
    >>> in_flight_because(held, None, "GBP")
    'GBP 1.2m spent'
    """
    if ended_because(project) is not None:
        return ""
    if project.lifecycle == "active":
        return "active"
    start = project.start
    if start is not None and status_date is not None and start <= status_date:
        return f"started on {day(start)}"
    if project.percent_complete is not None and project.percent_complete > 0:
        return f"{100 * project.percent_complete:.3g}% complete"
    for amount, what in ((project.spent_to_date, "spent"), (project.committed_cost, "committed")):
        if amount is not None and amount > 0:
            return f"{money_text(to_cents(amount), currency)} {what}"
    return ""
