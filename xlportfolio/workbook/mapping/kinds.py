"""Which canonical table a found table is: by its headers, its values and what stands over it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.profiles import Profile, amount, find_profiles
from xlportfolio.workbook.mapping.scoring import Candidate, assign, candidates
from xlportfolio.workbook.mapping.units import unit_of
from xlportfolio.workbook.vocabulary import other_table_words, other_tables, telltales
from xlportfolio.workbook.words import alternatives, any_word, word_set

WEAK = 0.3
"""Confidence of a table that is worth keeping only if another lists the same projects."""

_LIKELY = 0.7
_BUDGET_CONTEXT = any_word("context of budgets")
_DEMAND_CONTEXT = any_word("context of demand")
_CAPACITY_CONTEXT = any_word("context of capacity")
_RATING_CONTEXT = any_word("context of ratings")
_PEOPLE_CONTEXT = any_word("context of people")
_MOST_PEOPLE = 1_000  # of one role, on one project, in one period: beyond it stands money
_SETTING_CONTEXT = any_word("context of settings")
_TELLING = frozenset(
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
_FORM_FIELDS = _TELLING | {"risk", "description", "option", "department"}
_REGISTER = re.compile(
    rf"^(?:.* )?(?:{alternatives(word_set('registers'))})(?: register| log| list| 20\d\d)?$"
)
_REGISTER_TYPES = word_set("types in registers")
_SUMMARY_CONTEXT = any_word("context of summaries")


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


def judge(
    found: FoundTable,
    criteria: frozenset[str] = frozenset(),
    projects: frozenset[str] = frozenset(),
) -> Judged:
    """Take a found table for one of the portfolio's, or for none.

    Parameters
    ----------
    found
        The table.
    criteria
        Folded names of the criteria that the workbook is known to have.
    projects
        Folded IDs and names of the projects that it is known to have.
    """
    evidence = evidence_of(found)
    profiles = tuple(find_profiles(found, evidence))
    looked = Judged(found, evidence, profiles, context_of(found), None, 0.0)
    return judge_again(looked, criteria, projects)


def judge_again(
    judged: Judged,
    criteria: frozenset[str] = frozenset(),
    projects: frozenset[str] = frozenset(),
) -> Judged:
    """Judge a table anew, knowing more of the workbook; its values are not read again."""
    table, confidence, why = _Judge(judged, criteria, projects).decide()
    return dataclasses.replace(
        judged, table=table, confidence=confidence, why=why, projects=projects
    )


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
    """Columns headed by the name of a criterion and filled with ratings."""
    named = [
        k
        for k, column in enumerate(found.columns)
        if column.levels
        and (column.heading.words in criteria or fold(column.heading.text) in criteria)
        and (evidence[k].filled == 0 or evidence[k].number >= 0.5)
    ]
    if len(named) < 2:
        return []
    return named


def key_column(
    found: FoundTable, evidence: Sequence[Evidence], project: Mapping[str, Candidate]
) -> int | None:
    """The left-most column that tells the rows apart and has no better use; None if none does."""
    used = {c.column for c in project.values() if c.score >= _LIKELY}
    for k, e in enumerate(evidence):
        if k in used or not found.columns[k].levels or e.filled < 3:
            continue
        if e.typed_number >= 0.5 or e.date >= 0.2:
            continue
        if e.unique >= 0.95 and e.blank <= 0.1 and 1 <= e.length <= 100:
            return k
    return None


class _Judge:
    def __init__(self, judged: Judged, criteria: frozenset[str], projects: frozenset[str]) -> None:
        self.found = judged.found
        self.evidence = judged.evidence
        self.profiles = judged.profiles
        self.context = judged.context
        self.criteria = criteria
        self.projects = projects
        self.naming = naming_column(self.evidence, projects)
        self.in_profiles = {k for p in self.profiles for k in (*p.parts, *p.subtotals)}
        self.named = [k for k, column in enumerate(self.found.columns) if column.levels]

    def fields(self, table: str) -> dict[str, Candidate]:
        return assign(candidates(self.found, self.evidence, table, self.in_profiles))

    def has(self, fields: dict[str, Candidate], *names: str) -> bool:
        return all(name in fields and fields[name].score >= _LIKELY for name in names)

    def decide(self) -> tuple[str | None, float, str]:
        if not self.named:
            return None, 0.0, "has no headers"
        project = self.fields("projects")
        named = self.has(project, "project_id") or self.has(project, "name")
        refers = named or self.naming is not None
        for table, confidence in (
            ("settings", self._settings(project)),
            ("links", self._links()),
            ("criteria", self._criteria(project)),
            ("categories", self._categories(project)),
            ("ratings", self._ratings(project, refers and not self._is_strange(project))),
            ("demand", self._demand(project, refers and not self._is_strange(project))),
            ("capacity", self._capacity(refers and not self._is_strange(project))),
            ("budgets", self._budgets(project)),
        ):
            if confidence > 0:
                return table, confidence, ""
        foreign = self._foreign(project)
        if foreign:
            return None, 0.0, f"looks like a table of {foreign}"
        if named or self._reads_like_projects(project):
            return self._projects(project)
        if self.found.grid.turned and len(self.found.records) <= 6:
            said = [c for c in project.values() if c.score >= _LIKELY and c.field in _FORM_FIELDS]
            if len(said) + 2 * bool(self.profiles) >= 3:
                return "projects", 0.5, ""  # a form about one project, which its sheet names
        if self.naming is not None and self.profiles:
            return "projects", WEAK, ""
        return None, 0.0, "names no projects"

    def _reads_like_projects(self, project: dict[str, Candidate]) -> bool:
        """Whether enough else speaks of projects for a column of unknown name to be their key."""
        likely = [c for c in project.values() if c.score >= _LIKELY and c.field in _TELLING]
        enough = len(likely) + len([p for p in self.profiles if p.n_periods >= 2]) >= 3
        return enough and key_column(self.found, self.evidence, project) is not None

    def _is_strange(self, project: dict[str, Candidate]) -> bool:
        """Whether the projects are known and what looks like their key lists none of them."""
        if not self.projects:
            return False
        keys = [project[name].column for name in ("project_id", "name") if name in project]
        if self.naming is not None:
            keys.append(self.naming)
        return not any(self.evidence[k].distinct & self.projects for k in keys)

    def _projects(self, project: dict[str, Candidate]) -> tuple[str | None, float, str]:
        others = [
            c
            for name, c in project.items()
            if name not in ("project_id", "name") and c.score >= 0.6
        ]
        money = [p for p in self.profiles if p.n_periods >= 2]
        both = self.has(project, "project_id", "name")
        if not (self.has(project, "project_id") or self.has(project, "name")):
            return "projects", 0.5, ""
        if len(others) + len(money) + both < 2:
            if self.has(project, "project_id") and project["project_id"].exact:
                return "projects", WEAK, ""  # it may say more of projects that stand elsewhere
            return None, 0.0, "has too little about projects"
        if _SUMMARY_CONTEXT.search(self.context) and not both and len(others) < 4:
            return None, 0.0, "looks like a summary or a list"
        strength = min(1.0, 0.4 + 0.08 * (len(others) + len(money)) + 0.15 * both)
        return "projects", strength, ""

    def _settings(self, project: dict[str, Candidate]) -> float:
        if not self.found.grid.turned or len(self.found.records) > 3:
            return 0.0
        settings = self.fields("settings")
        likely = [c for c in settings.values() if c.score >= 0.6]
        share = len(likely) / len(self.named)
        ours = sum(c.score >= _LIKELY for c in project.values())
        in_context = bool(_SETTING_CONTEXT.search(self.context))
        if len(likely) >= 2 and (share >= 0.4 or in_context):
            return 0.9 if len(likely) >= ours else 0.0
        return 0.7 if likely and share >= 0.3 and in_context and ours < 2 else 0.0

    def _links(self) -> float:
        links = self.fields("links")
        if not self.has(links, "from", "to"):
            return 0.0
        if self.evidence[links["from"].column].number >= 0.5 and not self.has(links, "type"):
            return 0.0
        typed = any(e.link_type >= 0.5 for e in self.evidence)
        if self.has(links, "type") or typed:
            return 0.95
        return (
            0.75
            if len(self.named) <= 6 and re.search(r"\b(depend|link|interdepend)", self.context)
            else 0.0
        )

    def _criteria(self, project: dict[str, Candidate]) -> float:
        fields = self.fields("criteria")
        if not self.has(fields, "criterion"):
            return 0.0
        weighed = self.has(fields, "weight") or self.has(fields, "direction")
        scaled = self.has(fields, "scale_min", "scale_max")
        strong = fields["criterion"].exact
        if not (weighed or scaled) or not (
            strong or (weighed and scaled) or "criteri" in self.context
        ):
            return 0.0
        if self.has(project, "project_id", "name") and not strong:
            return 0.0
        return 0.95 if strong else 0.75

    def _categories(self, project: dict[str, Candidate]) -> float:
        fields = self.fields("categories")
        if not self.has(fields, "category") or (
            self.has(project, "name") and project["name"].exact
        ):
            return 0.0
        shares = [
            name
            for name in ("min_share", "max_share", "target_share")
            if name in fields and fields[name].score >= _LIKELY
        ]
        if not shares or len(self.found.records) > 60:
            return 0.0
        if not fields["category"].exact and len(shares) < 2:
            return 0.75 if self._adds_to_one(fields[shares[0]].column) else 0.0
        return 0.9 if len(shares) >= 2 or "target" in self.context else 0.75

    def _adds_to_one(self, column: int) -> bool:
        """Whether the numbers of a column are shares of a whole."""
        total = sum(amount(value) or 0.0 for value in self.found.values(column))
        return abs(total - 1.0) <= 0.02 or abs(total - 100.0) <= 2.0

    def _ratings(self, project: dict[str, Candidate], refers: bool) -> float:
        if not refers:
            return 0.0
        rated = rating_columns(self.found, self.evidence, self.criteria)
        others = [
            c
            for name, c in project.items()
            if name
            not in (
                "project_id",
                "name",
                "programme",
                "category",
                "department",
                "score",
                "priority",
                "description",
                "risk",
                "value",
            )
            and c.column not in rated
            and c.score >= _LIKELY
        ]
        if len(rated) >= 2:
            return 0.9 if len(others) <= 1 else 0.0
        assessor = self.has(self.fields("ratings"), "assessor")
        taken = {
            c.column
            for c in project.values()
            if c.exact and c.field not in ("risk", "value", "benefit", "cost", "score")
        }
        loose = [
            k
            for k in self.named
            if k not in taken
            and k not in self.in_profiles
            and self.evidence[k].is_rating
            and self.evidence[k].filled
        ]
        if (
            len(loose) >= 3
            and len(others) <= 1
            and (assessor or _RATING_CONTEXT.search(self.context))
        ):
            return 0.75
        return 0.0

    def _demand(self, project: dict[str, Candidate], refers: bool) -> float:
        fields = self.fields("demand")
        if not self.has(fields, "role"):
            return 0.0
        role = fields["role"].column
        keys = [
            c for c in (project.get("project_id"), project.get("name")) if c and c.score >= _LIKELY
        ]
        if not refers or (all(key.column == role for key in keys) and self.naming in (None, role)):
            return 0.0
        if self._foreign_strength("resources") >= 3 or self._is_about_projects(project, role):
            return 0.0
        if not fields["role"].exact and not _DEMAND_CONTEXT.search(self.context):
            return 0.0
        if any(p.n_periods >= 2 for p in self.profiles):
            return 0.95 if fields["role"].exact else 0.8
        if self.has(fields, "demand") or (
            _DEMAND_CONTEXT.search(self.context) and self.has(fields, "period")
        ):
            others = [c for c in project.values() if c.score >= 0.8]
            return 0.9 if len(others) <= 5 else 0.0
        return 0.0

    def _is_about_projects(self, project: dict[str, Candidate], role: int) -> bool:
        """Whether the rows are projects with money and dates rather than people they need."""
        if any(part.kind for p in self.profiles for part in p.columns if part.period is not None):
            return True
        if any(unit_of(self.found, k).scale is not None for p in self.profiles for k in p.parts):
            return True
        highest = max(
            (self.evidence[k].high or 0.0 for p in self.profiles for k in p.parts), default=0.0
        )
        if highest > _MOST_PEOPLE and not _PEOPLE_CONTEXT.search(self.context):
            return True
        telling = [
            c
            for c in project.values()
            if c.score >= _LIKELY and c.column != role and c.field in _TELLING
        ]
        return len(telling) >= 3

    def _capacity(self, refers: bool) -> float:
        fields = self.fields("capacity")
        if refers or not self.has(fields, "role"):
            return 0.0
        periods = any(p.n_periods >= 2 for p in self.profiles)
        sized = self.has(fields, "capacity")
        if _BUDGET_CONTEXT.search(self.context) and not _CAPACITY_CONTEXT.search(self.context):
            return 0.0
        if periods and not _DEMAND_CONTEXT.search(self.context.replace("forecast", "")):
            return 0.95 if _CAPACITY_CONTEXT.search(self.context) or fields["role"].exact else 0.75
        if periods and _CAPACITY_CONTEXT.search(self.context):
            return 0.85
        if sized and (self.has(fields, "period") or _CAPACITY_CONTEXT.search(self.context)):
            return 0.85
        return 0.0

    def _budgets(self, project: dict[str, Candidate]) -> float:
        if self.has(project, "project_id") or (self.has(project, "name") and project["name"].exact):
            return 0.0
        if len(self.found.records) > 80:
            return 0.0
        fields = self.fields("budgets")
        context = bool(_BUDGET_CONTEXT.search(self.context))
        money = [p for p in self.profiles if p.n_periods >= 2]
        if money and (context or self.has(fields, "kind") or "budget" in money[0].words):
            return 0.85 if context else 0.7
        if self.has(fields, "period") and (
            self.has(fields, "budget") or (context and self._numbers() >= 1)
        ):
            return 0.9
        if self.has(fields, "kind", "budget") and context:
            return 0.75
        if (
            len(self.found.records) == 1
            and self.has(fields, "budget")
            and context
            and len(self.named) <= 4
        ):
            return 0.6
        return 0.0

    def _numbers(self) -> int:
        return sum(e.number >= 0.8 and e.period < 0.8 for e in self.evidence)

    def _foreign_strength(self, kind: str) -> float:
        words = [self.found.columns[k].heading.words for k in self.named]
        return sum(word in telltales(kind) for word in words)

    def _foreign(self, project: dict[str, Candidate]) -> str:
        """The kind of somebody else's table that this is, or ""."""
        words = [self.found.columns[k].heading.words for k in self.named]
        key = project.get("project_id") or project.get("name")
        name = project.get("name")
        unique = max(
            (self.evidence[c.column].unique for c in (key, name) if c is not None), default=0.0
        )
        if name is not None:
            unique = min(unique, self.evidence[name.column].unique)
        if any(
            e.filled >= 3 and e.distinct and e.distinct <= _REGISTER_TYPES for e in self.evidence
        ):
            return "risks and issues"
        if _REGISTER.match(fold(self.found.sheet)) and not self.found.grid.turned:
            said = [
                c
                for c in project.values()
                if c.score >= 0.9 and c.field in ("cost", "budget", "npv")
            ]
            if not said:
                return fold(self.found.sheet)
        best = ("", 0.0)
        for kind in other_tables():
            hits = sum(word in telltales(kind) for word in words)
            usual = sum(word in telltales(kind) | other_table_words(kind) for word in words)
            by_name = bool(re.search(rf"\b{kind.rstrip('s')}", self.context)) or (
                kind in ("risks", "issues") and "raid" in self.context
            )
            strength = hits + 0.3 * usual + 2.0 * by_name
            need = 3.0 if unique < 0.9 or len(self.found.records) < 3 else 4.5
            if name is not None and name.exact and unique >= 0.95 and not by_name:
                need += 0.15 * len(words)
            money = sum(
                field in project and project[field].score >= 0.9
                for field in (
                    "cost",
                    "budget",
                    "start",
                    "finish",
                    "programme",
                    "forecast_cost",
                    "rag",
                )
            )
            if unique >= 0.9:
                need += 0.8 * money
            if hits >= 1 and strength >= need and usual >= 0.4 * len(words) and strength > best[1]:
                best = (kind, strength)
        return best[0]
