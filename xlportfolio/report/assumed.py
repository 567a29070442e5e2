"""What a run took for granted, each sentence once."""

from __future__ import annotations

from xlportfolio.report.contents import RunContents


def assumptions(contents: RunContents) -> tuple[str, ...]:
    """The notes of the run and of its steps, in the order of the steps.

    Those that need a person too: they are the cautions of the costs.
    """
    told = (
        *contents.notes,
        *contents.costs.cautions,
        *contents.costs.notes,
        *contents.selection.notes,
        *contents.plan.notes,
    )
    return tuple(dict.fromkeys(note.strip() for note in told if note.strip()))
