"""Whether a column may be taken for a field without asking, and what else could be meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import Heading
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.scoring import (
    CLOSE,
    EARLIER_PHASES,
    Candidate,
    is_told_by_header,
)
from xlportfolio.workbook.mapping.units import money_unit_of

_CERTAIN_SCORE = 0.72  # of a field whose wrong reading would be seen
_PLAIN_SCORE = 0.6  # of plain words without a rival, such as "Original budget"
_CLOSE_DATES = 0.20  # a plan has several dates of one name; nearer ones are all meant
_LISTED = 0.35  # alternatives further off than this are not worth a person's time
_RIVAL = 0.5  # a column that fits the field less well than this does not compete for it
_VARIANTS = (
    frozenset(("current", "forecast", "revised", "latest", "projected")),
    frozenset(("planned", "scheduled", "target", "approved")),
    frozenset(("baseline", "original", "initial", "previous", "prior")),
    frozenset(("actual",)),
)
# Of sums only what has been paid stands back: an original and a revised estimate are both meant.
_SUMS = (frozenset[str](), frozenset[str](), frozenset[str](), frozenset(("actual", "previous")))
_AFTER_PLAIN = 2  # a header without such a word ranks with the plan, before a baseline
_ASPECTS = (
    frozenset(("overall",)),
    frozenset[str](),
    frozenset(
        [
            "schedule",
            "cost",
            "time",
            "budget",
            "scope",
            "quality",
            "resource",
            "resources",
            "risk",
            "benefit",
            "benefits",
            "finance",
            "financial",
            "previous",
            "last",
        ]
    ),
)
_ORDERS: Mapping[str, tuple[frozenset[str], ...]] = {
    "date": _VARIANTS,
    "money": _SUMS,
    "profile": _SUMS,
    "rag": _ASPECTS,
}
_ORDERS_OF_FIELDS: Mapping[str, tuple[frozenset[str], ...]] = {
    "name": (
        frozenset(("name", "title")),
        frozenset[str](),
        frozenset(("description", "summary", "task", "activity")),
    ),
    "percent_complete": (frozenset(("actual",)), frozenset[str](), frozenset(("planned",))),
    "manager": (frozenset(("project", "pm")), frozenset[str](), frozenset(("programme",))),
    "programme": (frozenset(("programme",)), frozenset[str](), frozenset(("portfolio", "parent"))),
    "finish": (*_VARIANTS, EARLIER_PHASES),
}
_PER_YEAR = frozenset(("pa", "annum", "annual", "yearly", "run"))


class Certainty:
    """Judges the columns chosen for the fields of one table.

    Parameters
    ----------
    table
        Canonical table.
    found, evidence
        The found table and what its columns say.
    chosen
        Field -> the candidate that was chosen for it.
    offers
        All candidates, best first.
    """

    def __init__(
        self,
        table: str,
        found: FoundTable,
        evidence: Sequence[Evidence],
        chosen: Mapping[str, Candidate],
        offers: Sequence[Candidate],
    ) -> None:
        self.table = table
        self.found = found
        self.evidence = evidence
        self.chosen = chosen
        self.offers = offers

    def of(self, name: str, candidate: Candidate) -> tuple[bool, str]:
        """Whether the candidate may be used without asking, and if not, why not."""
        spec = TABLES[self.table].fields[name]
        column = self.found.columns[candidate.column]
        close = _CLOSE_DATES if spec.kind == "date" else CLOSE
        rival = next(
            (
                r
                for r in self._rivals(name, candidate)
                if r.score >= candidate.score - close and not self._decides(name, candidate, r)
            ),
            None,
        )
        if rival is not None:
            other = self.found.columns[rival.column].header
            return False, f'"{other}" could be meant as well'
        other_field = next(
            (
                c
                for c in self.offers
                if c.column == candidate.column
                and c.field != name
                and c.exact
                and c.score >= candidate.score - 0.02
                and not c.field.startswith("_")
            ),
            None,
        )
        if other_field is not None and spec.consequential:
            return False, f'"{column.header}" could mean {other_field.field} as well'
        if self.evidence[candidate.column].says_nothing:
            # Under its own header an empty column reads as blank: nothing to be decided yet.
            # Errors and "tbc" are told, each with its cell.
            return candidate.exact, "" if candidate.exact else "the column is empty"
        if candidate.fit < 0.8:
            if candidate.exact and is_told_by_header(self.table, spec.kind):
                return True, ""  # each of its cells that cannot be read is told
            return False, f"its values do not look like {plural_of(spec.kind)}"
        if column.heading.period is not None and spec.kind in ("money", "profile"):
            return False, f"it is headed by one period, {column.heading.period.label}"
        plain = candidate.plain and self._is_alone(name, candidate)
        if spec.consequential and not candidate.exact and not plain:
            return False, f'"{column.header}" says it only in part'
        yearly = set(column.heading.words.split()) & _PER_YEAR
        if spec.consequential and yearly and not (name == "benefit" and plain):
            return False, f'"{column.header}" may be a yearly sum'
        if spec.kind in ("money", "profile") and (
            doubt := money_unit_of(self.found, candidate.column).doubt
        ):
            return False, doubt
        if spec.kind == "months" and not _says_months(column.heading):
            return False, f'"{column.header}" does not say that it counts months'
        enough = candidate.score >= (_PLAIN_SCORE if plain else _CERTAIN_SCORE)
        return enough, "" if enough else f'"{column.header}" says it only in part'

    def alternatives(self, name: str, candidate: Candidate) -> tuple[str, ...]:
        """Headers of other columns that could be meant, best first; at most five."""
        headers = [
            self.found.columns[other.column].header
            for other in self._rivals(name, candidate)
            if other.score >= candidate.score - _LISTED
        ]
        return tuple(dict.fromkeys(headers))[:5]

    def _is_alone(self, name: str, candidate: Candidate) -> bool:
        """Whether no other column of the table could hold the field, nor this one another."""
        if any(
            other.column == candidate.column
            and other.field != name
            and (other.exact or other.score > candidate.score)
            for other in self.offers
        ):
            return False
        return not any(
            other.score >= _RIVAL and not self._decides(name, candidate, other)
            for other in self._rivals(name, candidate)
        )

    def _decides(self, name: str, candidate: Candidate, other: Candidate) -> bool:
        """Whether a rule puts the one header before the other, so that nobody need be asked.

        A forecast stands before a plan, a plan before a baseline or an actual date; the overall
        rating before that of the schedule; the project's name before its description.
        """
        mine, theirs = (
            set(self.found.columns[c.column].header.lower().replace("/", " ").split())
            | {w for level in self.found.columns[c.column].levels for w in level.words.split()}
            for c in (candidate, other)
        )
        kind = TABLES[self.table].fields[name].kind
        order = _ORDERS_OF_FIELDS.get(name) or _ORDERS.get(kind)
        if order is None:
            return False
        first, second = _rank(mine, order), _rank(theirs, order)
        if first < second and second >= _AFTER_PLAIN:
            return True
        # Both must name their variant, of the same thing: a plain "Start date" beside a forecast
        # remains a question, and so does a forecast go-live beside a planned closure.
        variants = frozenset[str]().union(*order)
        same = name not in ("start", "finish") or _noun(mine - variants) == _noun(theirs - variants)
        return first < second and bool(mine & order[0]) and same

    def _rivals(self, name: str, candidate: Candidate) -> list[Candidate]:
        """Other columns for the same field that have no better use."""
        settled = {c.column: c for field, c in self.chosen.items() if field != name}
        rivals = []
        for other in self.offers:
            if other.field != name or other.column == candidate.column:
                continue
            use = settled.get(other.column)
            if use is not None and use.exact and use.score >= other.score - 0.05:
                continue
            rivals.append(other)
        return rivals


def _noun(words: set[str]) -> frozenset[str]:
    """What a header of a date speaks of: the end of a project has several names."""
    ends = {"end", "finish", "completion", "complete"}
    return frozenset("end" if word in ends else word for word in words - {"date", "project"})


def _rank(words: set[str], order: Sequence[frozenset[str]]) -> int:
    """The place of the last named variant in an order; that of a plan where none is named."""
    named = [place for place, variant in enumerate(order) if words & variant]
    return max(named, default=1)


def plural_of(kind: str) -> str:
    """What the values of a kind of field are called: "dates", "money"."""
    return {
        "id": "IDs",
        "text": "names",
        "word": "words",
        "person": "people's names",
        "money": "money",
        "profile": "money",
        "date": "dates",
        "rag": "RAG ratings",
        "lifecycle": "states of a project",
        "force": "In, Out or blank",
        "direction": "max or min",
        "link_type": "types of link",
        "period": "periods",
    }.get(kind, "numbers")


def _says_months(heading: Heading) -> bool:
    return "month" in heading.words.split() or (heading.unit or "").lower()[:3] in (
        "mon",
        "mth",
        "m",
    )
