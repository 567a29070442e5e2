"""What was assumed about the money of the projects, a sentence for each assumption."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.costing.rows import Assumption, RowCost
from xlportfolio.money import money_text
from xlportfolio.wording import listed

_OVER_MONTHS = "it is spread evenly over the months of the project, from the plan's first on"


def sentences(rows: Sequence[RowCost], currency: str | None) -> list[str]:
    """Say what was assumed for how many projects, and for which where a person should mend it.

    Parameters
    ----------
    rows
        In the order of the projects.
    currency
        For money in the sentences.
    """

    def assuming(assumption: Assumption) -> list[RowCost]:
        return [row for row in rows if assumption in row.assumed]

    unknown = [row for row in rows if not row.is_known]
    spread = [row for row in rows if row.placed.spread]
    overdue = [row for row in spread if row.placed.is_overdue]
    scaled, whole = assuming("scaled"), assuming("nothing spent")
    return [
        *_said(unknown, "has|have no cost that is known", names=True),
        *_said(
            [row for row in spread if row.is_total],
            f"has|have a total cost without a profile: {_OVER_MONTHS}",
        ),
        *_said(
            [row for row in spread if not row.is_total],
            f"has|have money without a period beside a profile: {_OVER_MONTHS}",
        ),
        *_said(
            overdue,
            "should have finished before the plan begins, and what is still to be spent stands in "
            "its first month",
            names=True,
        ),
        *_undated(rows, currency),
        *_said(
            scaled,
            "states|state another cost to go than the profile of what is to come adds up to: the "
            f"profile is scaled to it, {_change(scaled, currency)}",
        ),
        *_said(
            assuming("spread to go"),
            f"states|state a cost to go and no profile of what is to come: {_OVER_MONTHS}",
        ),
        *_said(
            assuming("less spent"),
            "in flight states|state no cost to go: the total cost less what was spent counts",
        ),
        *_said(
            whole,
            "in flight states|state neither a cost to go nor what was spent, so that the whole "
            f"total counts as still to come, {_counted(whole, currency)}",
        ),
        *_said(
            assuming("overspent"),
            "has|have spent more than the total cost and states|state no cost to go, so that "
            "nothing more is counted",
            names=True,
        ),
        *_said(
            assuming("cost to go instead"),
            "has|have no cost, and the cost to go counts instead",
            names=True,
        ),
        *_said(
            assuming("forecast instead"),
            "has|have no cost, and the forecast counts instead",
            names=True,
        ),
    ]


def _said(rows: Sequence[RowCost], what: str, *, names: bool = False) -> list[str]:
    """One sentence for all rows, "has|have" in the number that they need; none without rows."""
    if not rows:
        return []
    n = len(rows)
    words = " ".join(
        word.split("|")[n > 1] if word.count("|") == 1 else word for word in what.split(" ")
    )
    who = f": {listed([row.name for row in rows])}" if names else ""
    return [f"{n} {'project' if n == 1 else 'projects'} {words}{who}."]


def _undated(rows: Sequence[RowCost], currency: str | None) -> list[str]:
    """Money that counts and lies in no month; a row is named for its first reason."""
    later = [row for row in rows if row.placed.later]
    dateless = [row for row in rows if row.placed.without_dates and not row.placed.later]
    beyond = [
        row
        for row in rows
        if row.placed.beyond and not row.placed.later and not row.placed.without_dates
    ]
    said = []
    for found, what in (
        (later, "needs|need money after the last period that is named"),
        (dateless, "lacks|lack the dates that would say when the money is needed"),
        (beyond, "needs|need money more than 50 years after the plan begins"),
    ):
        cents = sum(sum(row.placed.undated.values()) for row in found)
        money = money_text(cents, currency)
        said += _said(found, f"{what} ({money}): it counts in the total, and in no period")
    return said


def _counted(rows: Sequence[RowCost], currency: str | None) -> str:
    return money_text(sum(row.placed.future for row in rows), currency)


def _change(rows: Sequence[RowCost], currency: str | None) -> str:
    """What the stated costs to go add and take."""
    more = sum(row.adjusted for row in rows if row.adjusted > 0)
    less = -sum(row.adjusted for row in rows if row.adjusted < 0)
    parts = [
        f"{money_text(cents, currency)} {word}"
        for cents, word in ((more, "more"), (less, "less"))
        if cents
    ]
    return " and ".join(parts)
