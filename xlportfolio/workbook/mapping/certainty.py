"""Whether a column may be taken for a field without asking, and what else could be meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import Heading
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.scoring import CLOSE, Candidate

_CERTAIN_SCORE = 0.72  # of a field whose wrong reading would be seen
_CLOSE_DATES = 0.20  # a plan has several dates of one name; nearer ones are all meant
_LISTED = 0.35  # alternatives further off than this are not worth a person's time
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
            (r for r in self._rivals(name, candidate) if r.score >= candidate.score - close), None
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
        if self.evidence[candidate.column].filled == 0:
            # Under its own header an empty column reads as blank: nothing to be decided yet.
            return candidate.exact, "" if candidate.exact else "the column is empty"
        if candidate.fit < 0.8:
            return False, f"its values do not look like {plural_of(spec.kind)}"
        if column.heading.period is not None and spec.kind in ("money", "profile"):
            return False, f"it is headed by one period, {column.heading.period.label}"
        if spec.consequential and not candidate.exact:
            return False, f'"{column.header}" says it only in part'
        if spec.consequential and set(column.heading.words.split()) & _PER_YEAR:
            return False, f'"{column.header}" may be a yearly sum'
        if spec.kind == "months" and not _says_months(column.heading):
            return False, f'"{column.header}" does not say that it counts months'
        return candidate.score >= _CERTAIN_SCORE, "" if candidate.score >= _CERTAIN_SCORE else (
            f'"{column.header}" says it only in part'
        )

    def alternatives(self, name: str, candidate: Candidate) -> tuple[str, ...]:
        """Headers of other columns that could be meant, best first; at most five."""
        headers = [
            self.found.columns[other.column].header
            for other in self._rivals(name, candidate)
            if other.score >= candidate.score - _LISTED
        ]
        return tuple(dict.fromkeys(headers))[:5]

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
        "type": "types of link",
        "period": "periods",
    }.get(kind, "numbers")


def _says_months(heading: Heading) -> bool:
    return "month" in heading.words.split() or (heading.unit or "").lower()[:3] in (
        "mon",
        "mth",
        "m",
    )
