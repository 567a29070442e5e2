"""Where each project stands in the user's tables: its ID and what a change comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from xlportfolio.checking.findings import Origin
from xlportfolio.checking.identity import texts_of
from xlportfolio.comparison import What
from xlportfolio.keys import row_key
from xlportfolio.records import ProjectKey
from xlportfolio.workbook.mapping.sources import LocatedTable
from xlportfolio.workbook.references import CellRange, sheet_reference

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "project": ("project_id", "name"),
    "cost": ("cost", "cost_to_go", "forecast_cost", "budget"),
    "value": ("value",),
    "start": ("start",),
    "finish": ("finish",),
}


class ProjectPlaces:
    """The cells of each project in the tables that a workbook was read from."""

    def __init__(self, tables: Sequence[LocatedTable]) -> None:
        self._tables = tables

    def references(self, keys: Iterable[ProjectKey]) -> dict[ProjectKey, str]:
        """The cell of each project's ID, or of its name where it has none: "Projects!A5"."""
        found = ((key, self.source(key, "project")) for key in keys)
        return {key: reference for key, reference in found if reference is not None}

    def source(self, key: ProjectKey, what: What) -> str | None:
        """The cells that say something of a project: "Projects!H5", "Projects!H5:M5"; or None."""
        if what == "decision":
            return None
        kind = "ratings" if what == "score" else "projects"
        for table, row in self._rows_of(key, kind):
            fields = ("ratings",) if what == "score" else _FIELDS[what]
            for field in fields:
                reference = _span(table, row, field)
                if reference is not None:
                    return reference
        return self.source(key, "value") if what == "score" else None

    def _rows_of(self, key: ProjectKey, kind: str) -> list[tuple[LocatedTable, int]]:
        rows = self._rows[kind]
        own = rows.get(row_key(key.project_id, key.option))
        return own or rows.get(row_key(key.project_id, None), [])

    @cached_property
    def _rows(self) -> dict[str, dict[tuple[str, str], list[tuple[LocatedTable, int]]]]:
        rows: dict[str, dict[tuple[str, str], list[tuple[LocatedTable, int]]]] = {
            "projects": {},
            "ratings": {},
        }
        for i, table in enumerate(self._tables):
            kind = table.source.table
            if kind not in rows:
                continue
            origin = Origin(i, table.source)
            ids, names = texts_of(origin, "project_id"), texts_of(origin, "name")
            options = texts_of(origin, "option")
            for row, (own, name, option) in enumerate(zip(ids, names, options, strict=True)):
                text = own or name
                if text:
                    key = row_key(text, option)
                    rows[kind].setdefault(key, []).append((table, row))
            if kind == "projects" and table.source.positions("ratings"):
                for key, places in rows[kind].items():
                    own_places = [place for place in places if place[0] is table]
                    rows["ratings"].setdefault(key, []).extend(own_places)
        return rows


def _span(table: LocatedTable, row: int, field: str) -> str | None:
    """The cells of a field in a row, from the first that holds something to the last."""
    cells = [
        CellRange.parse(cell)
        for k in table.source.positions(field)
        if (cell := table.cells[row][k]) is not None and table.source.rows[row][k] is not None
    ]
    if not cells:
        return None
    whole = CellRange(
        min(cell.first_row for cell in cells),
        min(cell.first_column for cell in cells),
        max(cell.last_row for cell in cells),
        max(cell.last_column for cell in cells),
    )
    return sheet_reference(table.sheet, whole)
