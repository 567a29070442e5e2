"""Fields that stand in several columns: money by period and kind, FTE by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlportfolio.records import LATER, PRIOR
from xlportfolio.workbook.headings import Heading
from xlportfolio.workbook.mapping.certainty import Certainty
from xlportfolio.workbook.mapping.kinds import Judged
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField
from xlportfolio.workbook.mapping.profiles import (
    Profile,
    adds_up,
    kinds_of_money,
    sample_rows,
    share_that_adds_up,
)
from xlportfolio.workbook.mapping.scoring import Candidate
from xlportfolio.workbook.mapping.units import Unit, unit_of
from xlportfolio.workbook.vocabulary import match_heading
from xlportfolio.workbook.words import word_set

_MONEY_FIELDS = ("cost", "budget", "forecast_cost", "actual_cost", "benefit", "spent_to_date")
_NEEDED = word_set("needs by period")  # say that it is money to be spent, or nothing
_MEANT_AS_SUM = 0.5  # of the rows add up: the others hold mistakes, which are told one by one
_MEASURES = {"capacity": "capacity", "demand": "demand", "budgets": "budget"}


def with_measures(
    judged: Judged,
    fields: Mapping[str, MappedField],
    chosen: Mapping[str, Candidate],
    certainty: Certainty,
) -> dict[str, MappedField]:
    """Give each field that stands in several columns all of them, and none twice.

    Parameters
    ----------
    judged
        The table.
    fields
        Field -> the one column that was chosen for it.
    chosen, certainty
        The candidates that were chosen, and the judge of them.

    Returns
    -------
    dict
        Field -> mapped field; of a table without such fields as it came.
    """
    measures = _Measures(judged, fields, chosen, certainty)
    if judged.table == "projects":
        measures.read_kinds_beside()
        for profile in judged.profiles:
            measures.read_profile(profile)
    elif judged.table in _MEASURES:
        measures.read_periods(judged.table)
    return measures.fields


class _Measures:
    def __init__(
        self,
        judged: Judged,
        fields: Mapping[str, MappedField],
        chosen: Mapping[str, Candidate],
        certainty: Certainty,
    ) -> None:
        self.judged = judged
        self.found = judged.found
        self.evidence = judged.evidence
        self.fields = dict(fields)
        self.chosen = chosen
        self.certainty = certainty

    def read_kinds_beside(self) -> None:
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
        whys = [self.certainty.of("cost", c)[1] for c in kinds]
        why = next((why for why in whys if why and "could" not in why), "")
        if len(columns) == 1:
            why = why or f'"{header}" is one kind of cost; the table may hold more'
        unit = unit_of(self.found, at)
        self.fields["cost"] = MappedField(
            "cost",
            header,
            at,
            parts,
            round(min(c.score for c in kinds), 2),
            not why,
            subtotals=subtotals,
            why=why,
            unit=unit.text,
            scale=unit.scale,
            currency=unit.currency,
        )

    def read_profile(self, profile: Profile) -> None:
        field, sure = self._measured(profile)
        if field is None or (profile.n_periods < 2 and not any(p.kind for p in profile.columns)):
            return
        single = self.fields.get(field)
        total = profile.total
        if total is None and single is not None and len(single.columns) == 1:
            if all(h.period is None for h in self.found.columns[single.column].levels):
                total = single.column
        elif single is not None and single.column != total and len(single.columns) > 1:
            return
        at = total if total is not None else profile.parts[0]
        parts = profile.columns
        why = "" if sure else "its headers name periods but not what the money is"
        if profile.total is None and total is not None:
            if single is not None and not self._is_sum_with_mistakes(total, profile):
                self._keep_beside(field, single, profile)
                return
            why = f'"{self.found.columns[total].header}" is not the sum of the periods'
            parts = (*parts, MappedColumn(total))
        elif any(part.period is None for part in parts) and profile.total is None:
            why = why or "what stands before or after the years may belong to it or not"
        unit = self._unit_of(profile, total)
        why = why or unit.doubt or self._left_out(field, profile)
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

    def _is_sum_with_mistakes(self, total: int, profile: Profile) -> bool:
        """Whether a column is meant as the sum of the periods: it says so, or is in most rows."""
        if self.found.columns[total].heading.is_total:
            return True
        rows = sample_rows(self.found)
        return share_that_adds_up(self.found, rows, total, profile.parts) >= _MEANT_AS_SUM

    def _keep_beside(self, field: str, single: MappedField, profile: Profile) -> None:
        """Leave a field to its own column where the years beside it are another quantity."""
        first, last = (self.found.columns[k].header for k in (profile.parts[0], profile.parts[-1]))
        self.fields[field] = replace(
            single,
            certain=False,
            confidence=min(single.confidence, 0.7),
            alternatives=tuple(dict.fromkeys((first, *single.alternatives))),
            why=f'"{first}" to "{last}" beside it add up to something else',
        )

    def _left_out(self, field: str, profile: Profile) -> str:
        """Why a profile is not certain where another column is one period of the same money."""
        used = {*profile.parts, *profile.subtotals}
        for k, column in enumerate(self.found.columns):
            if k in used or not any(level.period is not None for level in column.levels):
                continue
            words = column.heading.words.split()
            if words == ["contingency"]:
                return f'"{column.header}" may belong to it or not'
            if field in words and not {"original", "previous", "initial"} & set(words):
                return f'"{column.header}" is {field} of a period as well'
        return ""

    def _unit_of(self, profile: Profile, total: int | None) -> Unit:
        """The unit of all parts of a profile: theirs, or that of the total they add up to."""
        units = [unit_of(self.found, k) for k in profile.parts]
        said = [unit for unit in units if unit.text is not None]
        if not said and total is not None:
            return unit_of(self.found, total)
        if not said:
            return units[0]
        doubt = next((unit.doubt for unit in units if unit.doubt), "")
        if len({unit.scale for unit in said}) > 1:
            doubt = doubt or f'its columns are in "{said[0].text}" and other units'
        elif len(said) < len(units):
            doubt = doubt or f'not all of its columns say that they are in "{said[0].text}"'
        return replace(said[0], doubt=doubt)

    def _measured(self, profile: Profile) -> tuple[str | None, bool]:
        """Which field the money of a profile is, and whether its headers say so."""
        words = profile.words
        if set(words.split()) & {"fte", "demand", "day", "headcount", "effort", "hour", "resource"}:
            return None, False
        spend = not words or not set(words.split()) - _NEEDED
        for said in ("" if spend else words, *self._total_words(profile)):
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
        by_kind = any(part.kind for part in profile.columns)
        if words and not by_kind and not set(words.split()) & _NEEDED:
            return ("cost", False) if self._is_money(profile) else (None, False)
        context = self.judged.context.split()
        if "budget" in context or "funding" in context or "allocation" in context:
            return ("budget", False) if "budget" not in self.fields else ("cost", False)
        return "cost", any(p.kind not in (None, PRIOR, LATER) for p in profile.columns)

    def _total_words(self, profile: Profile) -> list[str]:
        return [
            self.found.columns[k].heading.words
            for k in ((profile.total,) if profile.total is not None else ())
        ]

    def _is_money(self, profile: Profile) -> bool:
        return any(unit_of(self.found, k).scale is not None for k in profile.parts)

    def read_periods(self, table: str) -> None:
        """The columns of FTE or money of a wide table, or the one column of a long one."""
        field = _MEASURES[table]
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
                field,
                self.found.columns[at].header,
                at,
                profile.columns,
                0.95 if sure else 0.6,
                sure,
                subtotals=profile.subtotals,
                unit=unit.text,
                scale=unit.scale,
                currency=unit.currency,
                why="" if sure else "several groups of periods stand there",
            )
            return
        if table == "budgets":
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
                    k
                    for k, e in enumerate(self.evidence)
                    if e.number >= 0.8 and e.period < 0.8 and self.found.columns[k].levels
                ]
                if len(numbers) == 1:
                    column = self.found.columns[numbers[0]]
                    unit = unit_of(self.found, numbers[0])
                    self.fields["budget"] = MappedField(
                        "budget",
                        column.header,
                        numbers[0],
                        (MappedColumn(numbers[0]),),
                        0.6,
                        False,
                        why="its header does not say that it is a budget",
                        unit=unit.text,
                        scale=unit.scale,
                        currency=unit.currency,
                    )
            return
        subtotals = tuple(
            k
            for k, column in enumerate(self.found.columns)
            if column.heading.is_total
            or (
                k not in {p.column for p in kinds}
                and self.evidence[k].number >= 0.5
                and adds_up(self.found, sample_rows(self.found), k, [p.column for p in kinds])
            )
        )
        unit = unit_of(self.found, kinds[0].column)
        self.fields.pop("kind", None)
        self.fields["budget"] = MappedField(
            "budget",
            self.found.columns[kinds[0].column].header,
            kinds[0].column,
            tuple(kinds),
            0.9,
            True,
            subtotals=subtotals,
            unit=unit.text,
            scale=unit.scale,
            currency=unit.currency,
        )
