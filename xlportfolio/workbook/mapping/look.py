"""A found table as it is looked at before it is taken for one of the portfolio's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.evidence import UNTOLD, Evidence
from xlportfolio.workbook.mapping.profiles import Profile
from xlportfolio.workbook.mapping.scoring import Candidate, assign, candidates

LIKELY = 0.7
"""Score from which a column is likely to hold a field."""

TELLING = frozenset(
    (
        "start",
        "finish",
        "cost",
        "budget",
        "forecast_cost",
        "manager",
        "rag",
        "sponsor",
        "stage",
        "programme",
        "spent_to_date",
        "npv",
        "lifecycle",
        "percent_complete",
        "benefit",
        "duration",
        "force",
        "bcr",
        "actual_cost",
        "cost_to_go",
    )
)


@dataclass(frozen=True)
class Judged:
    """A found table, what its columns say, and which canonical table it is taken for.

    `table` is None for a table that is none of the portfolio's; `why` then says what it is.
    """

    found: FoundTable
    evidence: tuple[Evidence, ...]
    profiles: tuple[Profile, ...]
    context: str
    table: str | None
    confidence: float
    why: str = ""
    projects: frozenset[str] = frozenset()


def evidence_of(found: FoundTable) -> tuple[Evidence, ...]:
    """What the values of each column say."""
    return tuple(Evidence.of(found.values(k)) for k in range(len(found.columns)))


def context_of(found: FoundTable) -> str:
    """Folded words around a table: its sheet, its title, its Excel table's name."""
    return " ".join((fold(found.sheet), fold(found.title), fold(found.excel_table or "")))


def naming_column(evidence: Sequence[Evidence], projects: frozenset[str]) -> int | None:
    """The column whose values are IDs or names of known projects; the left one of several."""
    if not projects:
        return None
    for k, e in enumerate(evidence):
        if e.typed_number >= 0.5:
            continue  # bare numbers coincide too easily
        if e.filled < 2 or not e.distinct or e.period >= 0.8:
            continue
        if len(e.distinct & projects) >= 0.8 * len(e.distinct):
            return k
    return None


def rating_columns(
    found: FoundTable, evidence: Sequence[Evidence], criteria: frozenset[str]
) -> list[int]:
    """Columns headed by the name of a criterion and filled with ratings.

    One column alone is one where no field of a project goes by its header: a criterion may be
    called "Cost".
    """
    named = [
        k
        for k, column in enumerate(found.columns)
        if column.levels
        and (column.heading.words in criteria or fold(column.heading.text) in criteria)
        and (evidence[k].filled == 0 or evidence[k].number >= 0.5)
    ]
    if len(named) == 1 and _is_field(found, evidence, named[0]):
        return []
    return named


def _is_field(found: FoundTable, evidence: Sequence[Evidence], column: int) -> bool:
    """Whether a column reads like a field of a project, or holds more than ratings."""
    if evidence[column].filled and not evidence[column].is_rating:
        return True
    return any(
        candidate.column == column and candidate.score >= LIKELY
        for candidate in candidates(found, evidence, "projects")
    )


def key_column(
    found: FoundTable, evidence: Sequence[Evidence], project: Mapping[str, Candidate]
) -> int | None:
    """The left-most column that tells the rows apart and has no better use; None if none does."""
    used = {c.column for c in project.values() if c.score >= LIKELY}
    for k, e in enumerate(evidence):
        if k in used or not found.columns[k].levels or e.filled < 3:
            continue
        if e.typed_number >= 0.5 or e.date >= 0.2:
            continue
        if e.unique >= 0.95 and e.blank <= 0.1 and 1 <= e.length <= 100:
            return k
    return None


class Look:
    """A found table as it is looked at: its columns, what they may hold, the known projects.

    Attributes
    ----------
    naming
        The column whose values are known projects. None if there is none.
    project
        Field -> the column that would hold it if this were the table of projects.
    is_alone
        Whether no other table lists projects: what stands over it then rules nothing out.
    """

    def __init__(
        self,
        judged: Judged,
        criteria: frozenset[str],
        projects: frozenset[str],
        *,
        is_alone: bool = False,
    ) -> None:
        self.is_alone = is_alone
        self.found = judged.found
        self.evidence = judged.evidence
        self.profiles = judged.profiles
        self.context = judged.context
        self.criteria = criteria
        self.projects = projects
        self.naming = naming_column(self.evidence, projects)
        self.in_profiles = {k for p in self.profiles for k in (*p.parts, *p.subtotals)}
        self.project = self.fields("projects")
        self.named = [k for k, column in enumerate(self.found.columns) if column.levels]

    def fields(self, table: str) -> dict[str, Candidate]:
        """Field -> the column that would hold it if this were that canonical table."""
        return assign(candidates(self.found, self.evidence, table, self.in_profiles))

    def has(self, fields: Mapping[str, Candidate], *names: str) -> bool:
        """Whether each of the fields has a column that is likely to hold it."""
        return all(name in fields and fields[name].score >= LIKELY for name in names)

    def is_unreadable(self, candidate: Candidate) -> bool:
        """Whether a column is taken for its header alone, against what stands in it."""
        return self.evidence[candidate.column].filled > 0 and candidate.fit <= UNTOLD

    @property
    def is_named(self) -> bool:
        """Whether headers say which column tells the projects apart."""
        return self.has(self.project, "project_id") or self.has(self.project, "name")

    @property
    def refers(self) -> bool:
        """Whether its rows speak of projects, and of none but those that are known."""
        return (self.is_named or self.naming is not None) and not self.is_strange

    @property
    def is_strange(self) -> bool:
        """Whether the projects are known and what looks like their key lists none of them."""
        if not self.projects:
            return False
        keys = [
            self.project[name].column for name in ("project_id", "name") if name in self.project
        ]
        if self.naming is not None:
            keys.append(self.naming)
        return not any(self.evidence[k].distinct & self.projects for k in keys)
