"""How well each column of a found table fits each field of a canonical table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from xlportfolio.records import TABLES, Kind
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import Heading, fold
from xlportfolio.workbook.mapping.evidence import UNTOLD, Evidence, fit
from xlportfolio.workbook.mapping.rulings import (
    Ruling,
    pays,
    ratings_like,
    rule,
    words_above,
    words_of,
)
from xlportfolio.workbook.vocabulary import Match, match_heading

_THRESHOLD = 0.35  # below it a match is noise
CLOSE = 0.13  # two columns this close for one field are both candidates

_OWN_HEADERS = 0.5  # share of the fields that our template heads by their names, some deleted
_KINDS_OF_COST = frozenset(("capex", "opex"))  # the vocabulary's; no fields of their own
_FEW_COLUMNS = frozenset(("criteria", "budgets", "capacity", "demand"))
_QUANTITIES = frozenset(("weight", "money", "profile", "fte", "period"))
_PREFERRED = {  # what a plan is made from, where variants of one date or sum stand side by side
    "forecast": 0.04, "projected": 0.04, "current": 0.04, "latest": 0.04, "expected": 0.03,
    "revised": 0.03, "planned": -0.05, "baseline": -0.12, "original": -0.12, "first": -0.05,
    "last": -0.05, "previous": -0.08, "prior": -0.08, "requested": -0.05,
}  # fmt: skip


EARLIER_PHASES = frozenset(("design", "tender", "procurement", "warranty", "defect", "planning"))
_NOT_NPV = frozenset(
    (
        "score",
        "rating",
        "rank",
        "ratio",
        "per",
        "i",
        "variance",
        "comment",
        "index",
        "change",
        "date",
    )
)
_CODE_WORDS = frozenset(
    ["id", "no", "number", "ref", "reference", "code", "key", "pin", "#", "identifier", "uid"]
)


@dataclass(frozen=True)
class Candidate:
    """A column that may hold a field; `plain` if its words need no question without a rival."""

    field: str
    column: int
    score: float
    exact: bool
    fit: float
    plain: bool = False


def _kind_of(table: str, field: str) -> Kind | None:
    """What a field holds; None for a field that only takes a column out of the way."""
    spec = TABLES[table].fields.get(field)
    if spec is not None:
        return spec.kind
    return "money" if field in _KINDS_OF_COST else None


def is_told_by_header(table: str, kind: Kind) -> bool:
    """Whether a column under a field's own header is that field's, whatever stands in it.

    So it is for the quantities and periods of the small tables: a text among them is a mistake
    to be told with its cell, and no reason to read the table without the column.
    """
    return table in _FEW_COLUMNS and kind in _QUANTITIES


def candidates(
    found: FoundTable,
    evidence: Sequence[Evidence],
    table: str,
    taken: Collection[int] = (),
) -> list[Candidate]:
    """All columns that may hold a field of the canonical table, best first."""
    result: list[Candidate] = []
    ours = is_ours(found, table)
    of_projects = table == "projects" and not ours
    rated = ratings_like(found, evidence, table) if of_projects else frozenset()
    kept = _record_of_a_form(found) if of_projects else frozenset()
    for k, column in enumerate(found.columns):
        if k in taken or k in kept or not column.levels:
            continue
        own = own_field(column, table) if ours else None
        matches = _matches(column, table) if own is None else (Match(own, 1.0, True),)
        for match in matches:
            kind = _kind_of(table, match.field)
            ruling = (
                rule(match.field, kind, k, found, evidence[k], rated)
                if of_projects and kind is not None
                else Ruling()
            )
            result += _candidate(match, k, column, evidence[k], table, ruling)
        if of_projects and (npv := _npv(k, column, evidence[k], matches)) is not None:
            result.append(npv)
        if of_projects and (force := _mandates(k, evidence[k])) is not None:
            result.append(force)
        if (
            table == "projects"
            and not any(match.exact for match in matches)
            and (_shows_rag(evidence[k]))
        ):
            result.append(Candidate("rag", k, 0.7, True, 1.0))
        if table == "projects" and (code := _codes(k, column, evidence[k], matches)) is not None:
            result.append(code)
    result.sort(key=lambda c: (-c.score, c.column, c.field))
    return result


def is_ours(found: FoundTable, table: str) -> bool:
    """Whether it is a table of our template: others call theirs tblProjects too."""
    if found.excel_table != f"tbl{table.title()}":
        return False
    own = sum(own_field(column, table) is not None for column in found.columns)
    return own >= _OWN_HEADERS * len(TABLES[table].inputs)


def own_field(column: FoundColumn, table: str) -> str | None:
    """In a table of our template a header is the field it names, however short."""
    field = column.heading.words.replace(" ", "_")
    return field if field in TABLES[table].fields else None


def _candidate(
    match: Match,
    k: int,
    column: FoundColumn,
    evidence: Evidence,
    table: str,
    ruling: Ruling,
) -> list[Candidate]:
    kind = _kind_of(table, match.field)
    if kind is None:  # an absorbing field: prose, variances, dates of record keeping
        suits = 1.0
        if match.field == "_comment" and evidence.number >= 0.5:
            suits = 0.3
        if match.field == "_year" and evidence.period < 0.5:
            suits = 0.3
        return [Candidate(match.field, k, match.score * suits, match.exact, suits)]
    if kind == "id" and table != "projects":
        kind = "word"  # a role or a criterion is its own key
    suits = fit(evidence, kind)
    if match.exact and is_told_by_header(table, kind) and evidence.date < 0.5:
        suits = max(suits, UNTOLD)
    score = match.score * suits * ruling.factor
    exact, plain = match.exact and ruling.may_be_certain, match.plain and ruling.may_be_certain
    words = column.heading.words.split()
    if kind in ("date", "money", "profile"):
        said = {*words, *words_above(column)}
        score += max((_PREFERRED.get(word, 0.0) for word in said), key=abs, default=0.0) * suits
        if column.heading.period is not None:
            # One year's money is not the project's.
            score, exact, plain = score - 0.30, False, False
    if match.field == "cost" and not match.exact and pays(column.heading.words):
        score *= 0.5
    if match.field in ("start", "finish") and "actual" in words and not match.exact:
        score -= 0.15  # a plan is made from dates that are planned
    if (match.field == "manager" and "programme" in words) or (
        match.field == "programme" and set(words) & {"portfolio", "parent"}
    ):
        score -= 0.03  # the project's own, and the programme by that name, come first
    if match.field == "finish" and set(words) & EARLIER_PHASES and not match.exact:
        score -= 0.15
    if kind in ("lifecycle", "rag") and not match.exact and ruling.may_be_certain:
        share = evidence.lifecycle if kind == "lifecycle" else evidence.rag
        other = evidence.rag if kind == "lifecycle" else evidence.lifecycle
        if share >= 0.8 and evidence.filled >= 3 and (kind == "lifecycle" or share > other):
            # The word alone is ambiguous; the values are not.
            score, exact = max(score, 0.97), True
    if kind == "force" and match.score < 1.0:
        exact = False
    if match.field in ("project_id", "name") and table == "projects" and evidence.filled:
        # Of two names the finer one is the project's, the other its programme's.
        score *= 0.65 + 0.35 * evidence.unique
        if match.field == "name" and evidence.code >= 0.8 and evidence.length <= 15:
            score *= 0.8
    if score < _THRESHOLD:
        return []
    return [Candidate(match.field, k, min(score, 1.05), exact, suits, plain)]


def _npv(
    k: int, column: FoundColumn, evidence: Evidence, matches: Sequence[Match]
) -> Candidate | None:
    """NPV anywhere in a header decides, unless another word makes a ratio or a rank of it."""
    words = words_of(column)
    if "npv" not in words or any(match.field == "npv" and match.exact for match in matches):
        return None
    suits = fit(evidence, "money")
    if words & _NOT_NPV or column.heading.period is not None or suits < 0.5:
        return None
    plain = not words & {"cost", "capex", "opex", "revenue", "baseline", "original", "actual"}
    return Candidate("npv", k, 0.9 * suits, False, suits, plain)


def _mandates(k: int, evidence: Evidence) -> Candidate | None:
    """Values such as mandatory and discretionary say force, whatever the header says."""
    said = evidence.distinct
    if evidence.filled < 3 or evidence.force < 0.9:
        return None
    if said & {"mandatory", "must do", "statutory"} and said & {"discretionary", "optional"}:
        return Candidate("force", k, 1.02, False, 1.0)
    return None


def _record_of_a_form(found: FoundTable) -> frozenset[int]:
    """The columns that an online form writes before its answers: who replied, and when."""
    heads = [column.heading.words for column in found.columns]
    if not {"start time", "completion time"} <= set(heads[:6]):
        return frozenset()
    last = heads.index("completion time")
    kept = set(range(last + 1))
    for k in range(last + 1, min(last + 4, len(heads))):
        if heads[k] not in ("email", "name", "last modified time", "language"):
            break
        kept.add(k)
    kept.discard(next((k for k in kept if heads[k] == "id"), -1))
    return frozenset(kept)


def _shows_rag(evidence: Evidence) -> bool:
    """Whether the values alone say RAG: red and green, or R and G, and nothing else."""
    said = evidence.distinct
    return (
        evidence.filled >= 3
        and evidence.rag >= 0.9
        and 2 <= len(said) <= 8
        and bool(said & {"red", "r", "🔴"})
        and bool(said & {"green", "g", "🟢"})
    )


def _codes(
    k: int, column: FoundColumn, evidence: Evidence, matches: Sequence[Match]
) -> Candidate | None:
    """Unique codes headed "... No", or headed as a name: an ID, if there is no better."""
    if evidence.code < 0.8 or evidence.unique < 0.95 or evidence.blank > 0.1 or evidence.filled < 3:
        return None
    words = column.heading.words.split()
    if any(m.field == "name" and m.score >= 0.75 for m in matches) and evidence.typed_number < 0.5:
        return Candidate("project_id", k, 0.85, True, 1.0)
    if words and words[-1] in _CODE_WORDS and evidence.length < 25:
        return Candidate("project_id", k, 0.74, False, 1.0)
    return None


def _matches(column: FoundColumn, table: str) -> tuple[Match, ...]:
    """Matches of the innermost header, or of it together with the group over it."""
    leaf = column.heading
    alone = match_heading(leaf, table)
    best: dict[str, Match] = {match.field: match for match in alone}
    if "/" in leaf.text and not any(match.exact for match in alone):
        # "Project / Site" says project on one side of its stroke.
        for side in leaf.text.split("/"):
            words = fold(side)
            for match in match_heading(Heading(side, words), table):
                if match.exact and (match.field not in best or best[match.field].score < 0.8):
                    best[match.field] = Match(match.field, 0.8, False)
    groups = [level for level in column.levels[:-1] if level.words]
    for group in groups:
        for words in (f"{group.words} {leaf.words}".strip(), f"{leaf.words} {group.words}".strip()):
            joined = Heading(words, words)
            for match in match_heading(joined, table):
                # "Baseline" over "Start" says baseline start, whatever "Start" says alone.
                if match.score >= 0.74 and words != leaf.words:
                    if not any(m.exact and m.field != match.field for m in alone):
                        best[match.field] = match
                elif match.field not in best:
                    best[match.field] = Match(match.field, match.score * 0.9, False)
    return tuple(best.values())


def assign(found: Sequence[Candidate]) -> dict[str, Candidate]:
    """Give each field one column and each column one field, best first, the left column on a tie.

    Returns
    -------
    dict
        Field -> candidate. Absorbing fields take any number of columns and are left out.
    """
    fields: dict[str, Candidate] = {}
    columns: set[int] = set()
    for candidate in sorted(found, key=lambda c: (-round(c.score, 3), c.column, c.field)):
        if candidate.column in columns:
            continue
        if candidate.field.startswith("_"):
            if candidate.score >= 0.6:
                columns.add(candidate.column)
            continue
        if candidate.field in fields:
            continue
        fields[candidate.field] = candidate
        columns.add(candidate.column)
    return fields
