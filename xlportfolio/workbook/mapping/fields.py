"""The fields of one found table: which column holds which, and whether that is certain."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import Heading, fold
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.kinds import Judged, naming_column, rating_columns
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField
from xlportfolio.workbook.mapping.profiles import Profile, adds_up, kinds_of_money, sample_rows
from xlportfolio.workbook.mapping.scoring import CLOSE, Candidate, assign, candidates
from xlportfolio.workbook.mapping.units import unit_of
from xlportfolio.workbook.vocabulary import match_heading

_CERTAIN_SCORE = 0.72  # of a field whose wrong reading would be seen
_CLOSE_DATES = 0.20  # a plan has several dates of one name; nearer ones are all meant
_LISTED = 0.35  # alternatives further off than this are not worth a person's time
_MONEY_FIELDS = ("cost", "budget", "forecast_cost", "actual_cost", "benefit", "spent_to_date")
_PER_YEAR = frozenset(("pa", "annum", "annual", "yearly", "run"))


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
        self.found_candidates: list[Candidate] = []
        self.chosen: dict[str, Candidate] = {}

    def build(self) -> dict[str, MappedField]:
        if self.table in ("projects", "ratings"):
            self._ratings()
        for profile in self.judged.profiles:
            self.taken.update(profile.parts)
            self.taken.update(k for k in profile.subtotals if k != profile.total)
        vocabulary = self.table
        self.found_candidates = candidates(self.found, self.evidence, vocabulary, self.taken)
        self.chosen = assign(self.found_candidates)
        if self.table in ("demand", "ratings"):
            self._project_keys()
        if self.table == "projects":
            self._unnamed_keys()
            self._coarser_name()
        for name, candidate in self.chosen.items():
            if name in TABLES[self.table].fields:
                self.fields[name] = self._single(name, candidate)
        if self.table == "projects":
            self._kinds_beside()
            for profile in self.judged.profiles:
                self._project_profile(profile)
            self._options()
        elif self.table in ("capacity", "demand", "budgets"):
            self._measure()
        for table, field, share in (("links", "type", 0.6), ("criteria", "direction", 0.9)):
            if self.table == table:
                self._told_by_values(field, share)
        order = list(TABLES[self.table].fields)
        return {name: self.fields[name] for name in order if name in self.fields}

    def _unnamed_keys(self) -> None:
        """Keys under headers that say nothing, where the values tell the projects apart."""
        known = naming_column(self.evidence, self.judged.projects)
        if known is not None and not {"project_id", "name"} & set(self.chosen):
            self.chosen["project_id"] = Candidate("project_id", known, 0.8, True, 1.0)
        for field, wanted in (("project_id", True), ("name", False)):
            if field in self.chosen and self.chosen[field].score >= 0.5:
                continue
            programme = self.chosen.get("programme")
            if (
                not wanted
                and programme is not None
                and (self.evidence[programme.column].unique >= 0.95 and programme.exact)
            ):
                # Where the rows are programmes, the programme is what is chosen.
                del self.chosen["programme"]
                self.chosen["name"] = Candidate("name", programme.column, 0.75, True, 1.0)
                continue
            if field == "name" and self._described():
                continue
            k = self._telling(wanted)
            if k is not None:
                self.chosen[field] = Candidate(field, k, 0.5, False, 1.0)

    def _described(self) -> bool:
        """Take short descriptions that tell the projects apart for names, if none are better."""
        described = self.chosen.get("description")
        if described is None or "name" in self.chosen or self.found.grid.turned:
            return False
        e = self.evidence[described.column]
        words = self.found.columns[described.column].heading.words.split()
        if "description" not in words or e.filled < 3 or e.unique < 0.8 or not 3 <= e.length <= 60:
            return False
        del self.chosen["description"]
        self.chosen["name"] = Candidate("name", described.column, 0.8, False, 1.0)
        return True

    def _telling(self, codes: bool) -> int | None:
        used = {c.column for c in self.chosen.values() if c.score >= 0.6}
        for k, e in enumerate(self.evidence):
            if k in used or k in self.taken or not self.found.columns[k].levels or e.filled < 3:
                continue
            if e.date >= 0.2 or e.typed_number >= 0.5 or e.unique < (0.98 if codes else 0.8):
                continue
            coded = e.code >= 0.8 and e.length <= 20
            if codes and coded and e.blank <= 0.1:
                return k
            if not codes and not coded and 3 <= e.length <= 90 and e.rag < 0.5:
                return k
        return None

    def _coarser_name(self) -> None:
        """A second name that many projects share is their programme's."""
        name = self.chosen.get("name")
        if name is None or "programme" in self.chosen:
            return
        used = {c.column for c in self.chosen.values()}
        for other in self.found_candidates:
            if (
                other.field == "name"
                and other.column not in used
                and self.evidence[other.column].unique < 0.8 * self.evidence[name.column].unique
            ):
                self.chosen["programme"] = Candidate(
                    "programme", other.column, 0.6, False, other.fit
                )
                return

    def _single(self, name: str, candidate: Candidate) -> MappedField:
        certain, why = self._certainty(name, candidate)
        unit = unit_of(self.found, candidate.column)
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
            alternatives=self._alternatives(name, candidate),
            why=why,
            unit=unit.text if money else own.unit,
            scale=unit.scale if money else None,
            currency=unit.currency if money else None,
        )

    def _certainty(self, name: str, candidate: Candidate) -> tuple[bool, str]:
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
                for c in self.found_candidates
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
            return False, f"its values do not look like {_article(spec.kind)}"
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

    def _rivals(self, name: str, candidate: Candidate) -> list[Candidate]:
        """Other columns for the same field that have no better use."""
        settled = {c.column: c for field, c in self.chosen.items() if field != name}
        rivals = []
        for other in self.found_candidates:
            if other.field != name or other.column == candidate.column:
                continue
            use = settled.get(other.column)
            if use is not None and use.exact and use.score >= other.score - 0.05:
                continue
            rivals.append(other)
        return rivals

    def _alternatives(self, name: str, candidate: Candidate) -> tuple[str, ...]:
        headers = [
            self.found.columns[other.column].header
            for other in self._rivals(name, candidate)
            if other.score >= candidate.score - _LISTED
        ]
        return tuple(dict.fromkeys(headers))[:5]

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

    def _kinds_beside(self) -> None:
        """Capex and opex beside each other are the cost by kind."""
        kinds = [self.chosen[name] for name in ("capex", "opex") if name in self.chosen]
        kinds = [c for c in kinds if c.score >= 0.7]
        if not kinds:
            return
        columns = [c.column for c in kinds]
        cost = self.fields.get("cost")
        subtotals: tuple[int, ...] = ()
        if cost is not None:
            if len(columns) < 2 or not adds_up(
                self.found, sample_rows(self.found), cost.column, columns
            ):
                return
            header, at, subtotals = cost.header, cost.column, (cost.column,)
        elif len(columns) == 2 or "budget" not in self.fields:
            header, at = self.found.columns[columns[0]].header, columns[0]
        else:
            return
        parts = tuple(
            MappedColumn(c.column, kind="Capex" if c.field == "capex" else "Opex") for c in kinds
        )
        whys = [self._certainty("cost", c)[1] for c in kinds]
        why = next((why for why in whys if why and "could" not in why), "")
        if len(columns) == 1:
            why = why or f'"{header}" is one kind of cost; the table may hold more'
        unit = unit_of(self.found, at)
        self.fields["cost"] = MappedField(
            "cost", header, at, parts, round(min(c.score for c in kinds), 2), not why,
            subtotals=subtotals, why=why, unit=unit.text, scale=unit.scale, currency=unit.currency,
        )  # fmt: skip

    def _project_profile(self, profile: Profile) -> None:
        field, sure = self._measured(profile)
        if field is None or (profile.n_periods < 2 and not any(p.kind for p in profile.columns)):
            return
        single = self.fields.get(field)
        total = profile.total
        if total is None and single is not None and len(single.columns) == 1:
            total = single.column
        elif single is not None and single.column != total and len(single.columns) > 1:
            return
        at = total if total is not None else profile.parts[0]
        parts = profile.columns
        why = "" if sure else "its headers name periods but not what the money is"
        if profile.total is None and total is not None:
            why = f'"{self.found.columns[total].header}" is not the sum of the periods'
            parts = (*parts, MappedColumn(total))
        elif any(part.period is None for part in parts) and profile.total is None:
            why = why or "what stands before or after the years may belong to it or not"
        unit = unit_of(self.found, profile.parts[0])
        alternatives = (
            (single.header,)
            if single is not None and single.column not in (at, *profile.subtotals)
            else ()
        )
        # A total that serves for the profile is not another field's column as well.
        for name in list(self.fields):
            if name != field and name in _MONEY_FIELDS and self.fields[name].column == at:
                del self.fields[name]
        self.fields[field] = MappedField(
            field=field,
            header=self.found.columns[at].header,
            column=at,
            columns=parts,
            confidence=0.9 if not why else 0.6,
            certain=not why,
            subtotals=profile.subtotals,
            alternatives=alternatives,
            why=why,
            unit=unit.text,
            scale=unit.scale,
            currency=unit.currency,
        )

    def _measured(self, profile: Profile) -> tuple[str | None, bool]:
        """Which field the money of a profile is, and whether its headers say so."""
        words = profile.words
        if set(words.split()) & {"fte", "demand", "day", "headcount", "effort", "hour", "resource"}:
            return None, False
        for said in (words, *self._total_words(profile)):
            for match in match_heading(Heading(said, said), "projects"):
                if match.field in ("capex", "opex"):
                    return "cost", match.exact
                if match.field in ("cost", "budget") and match.score >= 0.5:
                    return match.field, match.exact
                if match.field == "forecast_cost" and match.score >= 0.7:
                    return ("cost", False) if "cost" not in self.fields else (None, False)
                if match.field in ("actual_cost", "benefit", "spent_to_date", "_variance") and (
                    match.score >= 0.7
                ):
                    return None, False
        if words and not any(part.kind for part in profile.columns):
            spend = {"spend", "expenditure", "profile", "money", "phasing", "cash", "flow", "plan"}
            if not set(words.split()) & spend:
                return ("cost", False) if self._is_money(profile) else (None, False)
        context = self.judged.context.split()
        if "budget" in context or "funding" in context or "allocation" in context:
            return ("budget", False) if "budget" not in self.fields else ("cost", False)
        return "cost", bool(any(part.kind for part in profile.columns))

    def _total_words(self, profile: Profile) -> list[str]:
        return [
            self.found.columns[k].heading.words
            for k in ((profile.total,) if profile.total is not None else ())
        ]

    def _is_money(self, profile: Profile) -> bool:
        return any(unit_of(self.found, k).scale is not None for k in profile.parts)

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

    def _measure(self) -> None:
        """The columns of FTE or money of a wide table, or the one column of a long one."""
        field = {"capacity": "capacity", "demand": "demand", "budgets": "budget"}[self.table]
        wide = [p for p in self.judged.profiles if p.n_periods >= 2]
        wide.sort(key=lambda p: (not self._is_measure(p.words, field), -len(p.columns)))
        if wide:
            profile = wide[0]
            at = profile.parts[0]
            unit = unit_of(self.found, at)
            sure = len(wide) == 1 or self._is_measure(profile.words, field)
            self.fields.pop("period", None)
            single = self.fields.get(field)
            if single is not None and single.column not in profile.parts:
                self.fields.pop(field)
            self.fields[field] = MappedField(
                field, self.found.columns[at].header, at, profile.columns, 0.95 if sure else 0.6,
                sure, subtotals=profile.subtotals, unit=unit.text, scale=unit.scale,
                currency=unit.currency, why="" if sure else "several groups of periods stand there",
            )  # fmt: skip
            return
        if self.table == "budgets":
            self._budget_kinds()

    def _is_measure(self, words: str, field: str) -> bool:
        table = {"capacity": "capacity", "demand": "demand", "budget": "budgets"}[field]
        if not words:
            return True
        return any(
            m.field == field and m.score >= 0.6 for m in match_heading(Heading(words, words), table)
        )

    def _budget_kinds(self) -> None:
        """Periods down the side, a column for each kind of money."""
        kinds = [
            MappedColumn(k, kind=kind)
            for k, column in enumerate(self.found.columns)
            if column.levels
            and (kind := kinds_of_money(column.heading)) is not None
            and self.evidence[k].number >= 0.5
        ]
        if len(kinds) < 2:
            if "budget" not in self.fields:
                numbers = [
                    k for k, e in enumerate(self.evidence)
                    if e.number >= 0.8 and e.period < 0.8 and self.found.columns[k].levels
                ]  # fmt: skip
                if len(numbers) == 1:
                    column = self.found.columns[numbers[0]]
                    unit = unit_of(self.found, numbers[0])
                    self.fields["budget"] = MappedField(
                        "budget", column.header, numbers[0], (MappedColumn(numbers[0]),), 0.6,
                        False, why="its header does not say that it is a budget", unit=unit.text,
                        scale=unit.scale, currency=unit.currency,
                    )  # fmt: skip
            return
        subtotals = tuple(
            k
            for k, column in enumerate(self.found.columns)
            if column.heading.is_total
            or (k not in {p.column for p in kinds}
                and self.evidence[k].number >= 0.5
                and adds_up(self.found, sample_rows(self.found), k, [p.column for p in kinds]))
        )  # fmt: skip
        unit = unit_of(self.found, kinds[0].column)
        self.fields.pop("kind", None)
        self.fields["budget"] = MappedField(
            "budget", self.found.columns[kinds[0].column].header, kinds[0].column, tuple(kinds),
            0.9, True, subtotals=subtotals, unit=unit.text, scale=unit.scale,
            currency=unit.currency,
        )  # fmt: skip

    def _project_keys(self) -> None:
        """The column that names the project, among those that a projects table would have."""
        used = {c.column for c in self.chosen.values()}
        offers = [
            Candidate("project_id", c.column, c.score, c.exact, c.fit)
            for c in candidates(self.found, self.evidence, "projects", self.taken)
            if c.field in ("project_id", "name")
        ]
        offers.sort(key=lambda c: (-c.score, c.column))
        if self.table == "demand" and "role" in self.chosen:
            offers = [c for c in offers if c.column != self.chosen["role"].column]
        elif self.table == "ratings":
            offers = [c for c in offers if c.column not in used or "assessor" not in self.chosen
                      or c.column != self.chosen["assessor"].column]  # fmt: skip
        known = naming_column(self.evidence, self.judged.projects)
        if known is not None and known != (
            role.column if (role := self.chosen.get("role")) else None
        ):
            offers.insert(0, Candidate("project_id", known, 1.0, True, 1.0))
        if offers:
            self.chosen["project_id"] = offers[0]

    def _told_by_values(self, field: str, share: float) -> None:
        """A column of types of link, or of max and min, under a header that does not say so."""
        if field in self.fields:
            return
        used = {read.column for read in self.fields.values()}
        for k, e in enumerate(self.evidence):
            told = e.link_type if field == "type" else e.direction
            if told < share or e.filled < 2 or k in used:
                continue
            self.fields[field] = MappedField(
                field=field,
                header=self.found.columns[k].header,
                column=k,
                columns=(MappedColumn(k),),
                confidence=0.7,
                certain=False,
                why=f"its values are {_article(field)}, though its header does not say so",
            )
            return


def _says_months(heading: Heading) -> bool:
    return "month" in heading.words.split() or (heading.unit or "").lower()[:3] in (
        "mon",
        "mth",
        "m",
    )


def _article(kind: str) -> str:
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
