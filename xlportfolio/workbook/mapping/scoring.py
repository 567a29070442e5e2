"""How well each column of a found table fits each field of a canonical table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from xlportfolio.records import TABLES, Kind
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import Heading, fold
from xlportfolio.workbook.mapping.evidence import Evidence, fit
from xlportfolio.workbook.vocabulary import Match, match_heading

THRESHOLD = 0.35  # below it a match is noise
CLOSE = 0.13  # two columns this close for one field are both candidates

_MONEY_WORDS = {"capex": "cost", "opex": "cost"}
_PREFERRED = {  # what a plan is made from, where variants of one date or sum stand side by side
    "forecast": 0.04, "projected": 0.04, "current": 0.04, "latest": 0.04, "expected": 0.03,
    "revised": 0.03, "planned": -0.01, "baseline": -0.06, "original": -0.07, "first": -0.05,
    "last": -0.05, "previous": -0.08, "prior": -0.08,
}  # fmt: skip


_CODE_WORDS = frozenset(
    ["id", "no", "number", "ref", "reference", "code", "key", "pin", "#", "identifier", "uid"]
)


@dataclass(frozen=True)
class Candidate:
    """A column that may hold a field."""

    field: str
    column: int
    score: float
    exact: bool
    fit: float


def kind_of(table: str, field: str) -> Kind | None:
    """What a field holds; None for a field that only takes a column out of the way."""
    spec = TABLES[table].fields.get(field)
    if spec is not None:
        return spec.kind
    return "money" if field in _MONEY_WORDS else None


def candidates(
    found: FoundTable,
    evidence: Sequence[Evidence],
    table: str,
    taken: Collection[int] = (),
) -> list[Candidate]:
    """All columns that may hold a field of the canonical table, best first."""
    result: list[Candidate] = []
    for k, column in enumerate(found.columns):
        if k in taken or not column.levels:
            continue
        matches = _own_words(found, column, table) or _matches(column, table)
        for match in matches:
            result += _candidate(match, k, column, evidence[k], table)
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


def _own_words(found: FoundTable, column: FoundColumn, table: str) -> tuple[Match, ...]:
    """In a table of our template a header is the field it names, however short."""
    if found.excel_table != f"tbl{table.title()}":
        return ()
    field = column.heading.words.replace(" ", "_")
    return (Match(field, 1.0, True),) if field in TABLES[table].fields else ()


def _candidate(
    match: Match, k: int, column: FoundColumn, evidence: Evidence, table: str
) -> list[Candidate]:
    kind = kind_of(table, match.field)
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
    score, exact = match.score * suits, match.exact
    words = column.heading.words.split()
    if kind in ("date", "money", "profile"):
        score += max((_PREFERRED.get(word, 0.0) for word in words), key=abs, default=0.0) * suits
        if column.heading.period is not None:
            # One year's money is not the project's.
            score, exact = score - 0.30, False
    if kind in ("lifecycle", "rag") and not match.exact:
        share = evidence.lifecycle if kind == "lifecycle" else evidence.rag
        if share >= 0.8 and evidence.filled >= 3:
            # The word alone is ambiguous; the values are not.
            score, exact = max(score, 0.97), True
    if kind == "force" and match.score < 1.0:
        exact = False
    if match.field in ("project_id", "name") and table == "projects" and evidence.filled:
        # Of two names the finer one is the project's, the other its programme's.
        score *= 0.65 + 0.35 * evidence.unique
        if match.field == "name" and evidence.code >= 0.8 and evidence.length <= 15:
            score *= 0.8
    if score < THRESHOLD:
        return []
    return [Candidate(match.field, k, min(score, 1.05), exact, suits)]


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
