"""The fields of one found table: which column holds which, and whether that is certain."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import Heading, fold
from xlportfolio.workbook.mapping.certainty import Certainty, plural_of
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.keys import settle_keys
from xlportfolio.workbook.mapping.kinds import Judged, rating_columns
from xlportfolio.workbook.mapping.measures import with_measures
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField
from xlportfolio.workbook.mapping.outputs import output_columns, output_field
from xlportfolio.workbook.mapping.scoring import Candidate, assign, candidates
from xlportfolio.workbook.mapping.units import money_unit_of


def fields_of(judged: Judged, criteria: dict[str, str]) -> dict[str, MappedField]:
    """Map the columns of a judged table to the fields of its canonical table.

    Parameters
    ----------
    judged
        A found table that was taken for one of the portfolio's.
    criteria
        Folded name -> name of each criterion of the workbook.
    """
    return _Fields(judged, criteria).build()


class _Fields:
    def __init__(self, judged: Judged, criteria: dict[str, str]) -> None:
        if judged.table is None:
            raise ValueError("a table that is none of the portfolio's has no fields")
        self.table: str = judged.table
        self.judged = judged
        self.found: FoundTable = judged.found
        self.evidence: Sequence[Evidence] = judged.evidence
        self.criteria = criteria
        self.fields: dict[str, MappedField] = {}
        self.taken: set[int] = set()

    def build(self) -> dict[str, MappedField]:
        if self.table in ("projects", "ratings"):
            self._ratings()
        for profile in self.judged.profiles:
            self.taken.update(k for k in profile.parts if k not in profile.shared)
            self.taken.update(k for k in profile.subtotals if k != profile.total)
        offers = candidates(self.found, self.evidence, self.table, self.taken)
        outputs = output_columns(self.found, self.table, offers, self.taken)
        self.taken.update(outputs.values())
        offers = [offer for offer in offers if offer.column not in self.taken]
        chosen = settle_keys(self.judged, assign(offers), offers, self.taken)
        certainty = Certainty(self.table, self.found, self.evidence, chosen, offers)
        for name, candidate in chosen.items():
            if name in TABLES[self.table].fields:
                self.fields[name] = self._single(name, candidate, certainty)
        self.fields = with_measures(self.judged, self.fields, chosen, certainty)
        if self.table == "projects":
            self._options()
        for table, field, share in (("links", "type", 0.6), ("criteria", "direction", 0.9)):
            if self.table == table:
                self._told_by_values(field, share)
        self.fields |= {name: output_field(self.found, name, k) for name, k in outputs.items()}
        order = list(TABLES[self.table].fields)
        return {name: self.fields[name] for name in order if name in self.fields}

    def _single(self, name: str, candidate: Candidate, certainty: Certainty) -> MappedField:
        certain, why = certainty.of(name, candidate)
        unit = money_unit_of(self.found, candidate.column)
        spec = TABLES[self.table].fields[name]
        money = spec.kind in ("money", "profile")
        own = self.found.columns[candidate.column].heading
        return MappedField(
            field=name,
            header=self.found.columns[candidate.column].header,
            column=candidate.column,
            columns=(MappedColumn(candidate.column),),
            confidence=round(max(0.05, min(1.0, candidate.score)), 2),
            certain=certain,
            alternatives=certainty.alternatives(name, candidate),
            why=why,
            unit=unit.text if money else own.unit,
            scale=unit.scale if money else None,
            currency=unit.currency if money else None,
        )

    def _ratings(self) -> None:
        named = rating_columns(self.found, self.evidence, frozenset(self.criteria))
        certain = bool(named)
        if self.table == "ratings":
            # A column of ratings that no criterion names is a problem to be told, not to be hidden.
            named = sorted({*named, *self._loose_ratings(named[0] if named else 0)})
        if not named:
            return
        self.taken.update(named)
        parts = tuple(
            MappedColumn(k, criterion=self._criterion_name(self.found.columns[k].heading))
            for k in named
        )
        self.fields["ratings"] = MappedField(
            field="ratings",
            header=self.found.columns[named[0]].header,
            column=named[0],
            columns=parts,
            confidence=0.95 if certain else 0.7,
            certain=certain,
            why="" if certain else "no table of criteria names these columns",
        )

    def _loose_ratings(self, first: int) -> list[int]:
        used = {
            c.column
            for c in candidates(self.found, self.evidence, "projects")
            if c.field in ("project_id", "name", "score", "priority") and c.score >= 0.7
        }
        return [
            k
            for k, column in enumerate(self.found.columns)
            if column.levels
            and k >= first
            and k not in used
            and self.evidence[k].is_rating
            and self.evidence[k].filled
            and not column.heading.is_total
        ]

    def _criterion_name(self, heading: Heading) -> str:
        return (
            self.criteria.get(heading.words)
            or self.criteria.get(fold(heading.text))
            or heading.text
        )

    def _options(self) -> None:
        """A column without a header that names options: "Option A", "Do minimum"."""
        if "option" in self.fields:
            return
        for k, column in enumerate(self.found.columns):
            if (
                not column.levels
                and self.evidence[k].option >= 0.7
                and self.evidence[k].filled >= 2
            ):
                self.fields["option"] = MappedField(
                    "option", "", k, (MappedColumn(k),), 0.7, False, why="its header is blank"
                )
                return

    def _told_by_values(self, field: str, share: float) -> None:
        """A column of types of link, or of max and min, under a header that does not say so."""
        if field in self.fields:
            return
        used = {read.column for read in self.fields.values()}
        kind = TABLES[self.table].fields[field].kind
        for k, e in enumerate(self.evidence):
            told = e.link_type if kind == "link_type" else e.direction
            if told < share or e.filled < 2 or k in used:
                continue
            self.fields[field] = MappedField(
                field=field,
                header=self.found.columns[k].header,
                column=k,
                columns=(MappedColumn(k),),
                confidence=0.7,
                certain=False,
                why=f"its values are {plural_of(kind)}, though its header does not say so",
            )
            return
