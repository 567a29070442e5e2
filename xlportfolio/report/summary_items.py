"""What a board has to decide, and what it should be warned of, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.money import to_cents
from xlportfolio.problems import SEVERITIES, Problem
from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.report.problems import place_of
from xlportfolio.report.reconcile import verdict
from xlportfolio.report.result_rows import ResultLine
from xlportfolio.workbook.mapping.located import LocatedProblem

CONFLICT, OPTION = "Conflict", "Option"
_MOST_FIRST = 3
_DISAGREE = "Inputs and results differ, see PF Reconcile: "


@dataclass(frozen=True)
class ToDecide:
    """A decision that a person takes: its word, the project, why, and the project's cell."""

    word: str
    name: str
    sentence: str
    link: str | None = None


@dataclass(frozen=True)
class Caution:
    """A warning; `cents` is the money affected, None where that is not known."""

    sentence: str
    cents: int | None = None
    link: str | None = None


def decisions_needed(contents: RunContents, lines: Sequence[ResultLine]) -> list[ToDecide]:
    """Conflicts, then what is stopped or deferred, then what is marginal, then options chosen.

    Among what is marginal the most money stands first.

    Parameters
    ----------
    contents
        What the run found.
    lines
        Its results, in the order in which they are read.
    """
    found = [ToDecide(CONFLICT, "", sentence) for sentence in contents.selection.conflicts]
    told: set[ProjectKey] = set()

    def tell(line: ResultLine, word: str, sentence: str) -> None:
        if line.key not in told:
            told.add(line.key)
            link = contents.references.get(line.key)
            found.append(ToDecide(word, line.key.titled(line.project.name), sentence, link))

    for word in ("Stop", "Defer"):
        for line in lines:
            if line.decided == word:
                tell(line, word, line.reason or "")
    for line in sorted(lines, key=lambda line: -(line.cost or 0)):
        if line.standing == "marginal" and line.decided is not None:
            reason = f"{line.reason} " if line.reason else ""
            tell(line, line.decided, f"{reason}Marginal: 5\u00a0% more or less money changes it.")
    several = Counter(line.key.project_id for line in lines)
    for line in lines:
        if line.is_chosen and line.key.option is not None and several[line.key.project_id] > 1:
            others = several[line.key.project_id] - 1
            other = "the other one" if others == 1 else f"the {others} others"
            tell(line, OPTION, f"Option {line.key.option} is proposed instead of {other}.")
    return found


def decisions_note(needed: Sequence[ToDecide]) -> str:
    """The decisions by kind, for the note below their number."""
    conflicts = sum(item.word == CONFLICT for item in needed)
    options = sum(item.word == OPTION for item in needed)
    changes = sum(item.word in ("Stop", "Defer") for item in needed)
    marginal = len(needed) - conflicts - options - changes
    said = [
        text
        for count, text in (
            (conflicts, f"{conflicts} conflict{'s' if conflicts != 1 else ''}"),
            (changes, f"{changes} to stop or defer"),
            (marginal, f"{marginal} marginal"),
            (options, f"{options} option{'s' if options != 1 else ''}"),
        )
        if count
    ]
    return ", ".join(said) or "nothing is open"


def cautions(contents: RunContents) -> list[Caution]:
    """What does not reconcile, the mapping's questions, limits not kept, errors, other cautions.

    A table that is read in another way changes everything, so what the mapping asks leads. Among
    problems of one severity those that block a step stand first, then the one with the most money.
    Of each sort only the first few come before the rest, so that all sorts are seen.
    """
    errors, questions, warnings = (
        _by_money(contents.problems, severity) for severity in SEVERITIES
    )
    asked = [Caution(text, None, place_of(text)) for text in contents.questions]
    breaches = [Caution(text) for text in contents.plan.breaches]
    of_the_run = (
        *contents.selection.cautions,
        *contents.plan.cautions,
        *contents.cautions,
        *contents.scores.cautions,
    )
    agreement = [] if contents.reconciliation.is_exact else [Caution(_DISAGREE + verdict(contents))]
    told = [
        *agreement,
        *asked[:_MOST_FIRST],
        *breaches[:_MOST_FIRST],
        *(Caution(text) for text in contents.costs.cautions),
        *errors[:_MOST_FIRST],
        *(Caution(text, None, place_of(text)) for text in dict.fromkeys(of_the_run)),
        *asked[_MOST_FIRST:],
        *breaches[_MOST_FIRST:],
        *errors[_MOST_FIRST:],
        *questions,
        *warnings,
    ]
    return list({caution.sentence: caution for caution in reversed(told)}.values())[::-1]


def _by_money(problems: Sequence[LocatedProblem], severity: str) -> list[Caution]:
    of_it = [problem for problem in problems if problem.problem.severity == severity]
    of_it.sort(key=lambda one: (not one.problem.blocks, -abs(one.problem.money or 0.0)))
    return [
        Caution(
            _without_remedy(located.problem),
            None if located.problem.money is None else to_cents(located.problem.money),
            located.reference,
        )
        for located in of_it
    ]


def _without_remedy(problem: Problem) -> str:
    """What is wrong, alone: how to mend it stands on PF Problems."""
    message = problem.message.strip()
    remedy = problem.remedy.strip()
    shorter = message.removesuffix(remedy).strip() if remedy else message
    return shorter or message


def steps_not_done(contents: RunContents) -> list[str]:
    """The steps that were left out, each with what would make it possible."""
    steps = (
        ("Scoring", contents.scores.status, contents.scores.why),
        ("Rebalancing", contents.selection.status, contents.selection.why),
        ("Levelling", contents.plan.status, contents.plan.why),
    )
    return [
        f"{step} was skipped. {why}".strip() for step, status, why in steps if status == "skipped"
    ]
