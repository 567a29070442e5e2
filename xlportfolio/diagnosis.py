"""What a doctor found: one sentence for each thing that it looked at, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    about
        What, in a word or two for scripts: "office", "version", "trust".
    is_fine
        Whether nothing has to be done.
    sentence
        What was found and, where it is not fine, how to mend it.
    is_note
        Whether nothing has to be done and it is worth knowing all the same.
    """

    about: str
    is_fine: bool
    sentence: str
    is_note: bool = False

    @property
    def mark(self) -> str:
        """What stands before the sentence."""
        if not self.is_fine:
            return "NOT "
        return "note" if self.is_note else "ok  "

    def as_json(self) -> Mapping[str, Any]:
        """For scripts."""
        return {
            "about": self.about,
            "fine": self.is_fine,
            "note": self.is_note,
            "message": self.sentence,
        }


def fine(about: str, sentence: str) -> Finding:
    """Nothing has to be done."""
    return Finding(about, True, sentence)


def note(about: str, sentence: str) -> Finding:
    """Nothing has to be done, and it is worth knowing."""
    return Finding(about, True, sentence, is_note=True)


def wrong(about: str, sentence: str) -> Finding:
    """Something has to be mended."""
    return Finding(about, False, sentence)


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    findings
        In the order in which they were looked at.
    repaired
        A sentence for each thing that was mended.
    """

    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether something has to be mended."""
        return not all(finding.is_fine for finding in self.findings)

    def __str__(self) -> str:
        lines = [f"mended {sentence}" for sentence in self.repaired]
        lines += [f"{one.mark} {one.sentence}" for one in self.findings]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "status": "problems" if self.needs_a_person else "done",
            "findings": [one.as_json() for one in self.findings],
            "repaired": list(self.repaired),
        }

    def followed_by(self, other: Iterable[Finding], repaired: Iterable[str] = ()) -> Diagnosis:
        """This and more of it."""
        return Diagnosis((*self.findings, *other), (*self.repaired, *repaired))
