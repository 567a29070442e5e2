"""The columns that an office keeps for results: told from those that are read, and never read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField
from xlportfolio.workbook.mapping.scoring import Candidate, is_ours, own_field
from xlportfolio.workbook.words import vocabulary

_COUNTERPARTS: Mapping[str, str] = {
    "proposed_decision": "current_decision",
    "proposed_start": "start",
    "proposed_finish": "finish",
    "new_score": "score",
    "new_rank": "priority",
}
_NO_PLAN = frozenset(("baseline", "original", "initial", "previous", "prior", "actual", "last"))
"""A date of these is not what a plan is made from, so that a proposed one beside it may be."""


def output_columns(
    found: FoundTable, table: str, offers: Sequence[Candidate], taken: Collection[int]
) -> dict[str, int]:
    """Which columns of a found table hold results: field -> column.

    "Proposed start" says the start where nothing else does; beside a column of starts it is the
    place for what is proposed, whatever stands in it.

    Parameters
    ----------
    found, table
        The table, and which canonical one it is.
    offers
        Which column may hold which field that is read.
    taken
        Columns that hold something else already.
    """
    outputs = TABLES[table].outputs
    if not outputs:
        return {}
    ours = is_ours(found, table)
    said = {
        k: phrase
        for k, column in enumerate(found.columns)
        if k not in taken and (phrase := _field_said(column, table, ours=ours)) is not None
    }
    columns: dict[str, int] = {}
    for k, (field, stands_alone) in said.items():
        if stands_alone or _has_counterpart(field, found, offers, said):
            columns.setdefault(field, k)
    return {name: columns[name] for name in outputs if name in columns}


def output_field(found: FoundTable, name: str, column: int) -> MappedField:
    """A column for results as a field of the mapping; there is nothing to be asked about it."""
    return MappedField(
        field=name,
        header=found.columns[column].header,
        column=column,
        columns=(MappedColumn(column),),
        confidence=1.0,
        certain=True,
    )


def _field_said(column: FoundColumn, table: str, *, ours: bool) -> tuple[str, bool] | None:
    """The field of results that a header says, and whether it says so by itself."""
    if not column.levels:
        return None
    own = own_field(column, table) if ours else None
    if own is not None and TABLES[table].fields[own].is_output:
        return own, True
    return _phrases().get(column.heading.words)


def _has_counterpart(
    field: str, found: FoundTable, offers: Sequence[Candidate], said: Collection[int]
) -> bool:
    """Whether another column plainly holds what is read, such as the start that is planned."""
    return any(
        offer.field == _COUNTERPARTS.get(field)
        and offer.exact
        and offer.column not in said
        and not _NO_PLAN & set(found.columns[offer.column].heading.words.split())
        for offer in offers
    )


@cache
def _phrases() -> dict[str, tuple[str, bool]]:
    """Folded phrase -> field, and whether it says so by itself."""
    return {
        fold(phrase): (field, strength == "own")
        for field, strengths in vocabulary()["outputs"].items()
        for strength, phrases in strengths.items()
        for phrase in phrases
    }
