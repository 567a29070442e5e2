"""What a run took for granted, each sentence once."""

from __future__ import annotations

from xlportfolio.report.contents import RunContents

_WITHOUT_IDS = " has no column of project IDs: "


def assumptions(contents: RunContents) -> tuple[str, ...]:
    """The notes of the run and of its steps, in the order of the steps.

    What serves as the ID is noted by the mapping and by the check, which has the last word.
    """
    told = tuple(
        dict.fromkeys(
            note.strip()
            for note in (
                *contents.notes,
                *contents.costs.notes,
                *contents.selection.notes,
                *contents.plan.notes,
            )
            if note.strip()
        )
    )
    superseded = [note for note in told if _WITHOUT_IDS in note][:-1]
    return tuple(note for note in told if note not in superseded)


def is_to_mend(note: str) -> bool:
    """Whether a note asks for a date that the settings lack, and every sum of money hangs on it.

    A plan that begins with the first budget begins where people expect it.

    >>> is_to_mend("The plan begins in Nov-87, with the first cost or start, because ...")
    True
    >>> is_to_mend("The plan begins in Apr-26, with the first budget, because ...")
    False
    """
    return note.startswith("The plan begins in ") and ", with the first cost or start, " in note
