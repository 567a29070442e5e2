"""Store a mapping, and hold what people chose over what is found.

PF Setup (`setup_sheet.py`) and a TOML file (`toml_file.py`) are two ways to write the same
`StoredMapping`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as Lookup
from collections.abc import Sequence

from xlportfolio.errors import InputError
from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.choices import (
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredSetting,
    StoredTable,
    at,
    nearest,
    raise_all,
)
from xlportfolio.workbook.mapping.mapping import complete, header_cell, map_as, place_of
from xlportfolio.workbook.mapping.model import (
    MappedColumn,
    MappedField,
    MappedTable,
    Mapping,
    Question,
    Role,
)
from xlportfolio.workbook.mapping.profiles import kind_outside_periods
from xlportfolio.workbook.mapping.refinding import (
    find_columns,
    match_tables,
    matching_columns,
    table_not_found,
)
from xlportfolio.workbook.mapping.units import Unit, money_unit_of
from xlportfolio.workbook.references import cell_address

__all__ = [
    "ChosenCriterion",
    "StoredField",
    "StoredHeader",
    "StoredMapping",
    "StoredSetting",
    "StoredTable",
    "apply_stored",
    "stored_of",
]

_NOT_CHOSEN = "another table was chosen as the table of {}"
_LEFT_OUT = "a person chose to leave it out"


# -- a mapping, to be stored -----------------------------------------------------------------------


def stored_of(mapping: Mapping, previous: StoredMapping | None = None) -> StoredMapping:
    """The mapping to store, with every choice of the one that was stored before.

    Parameters
    ----------
    mapping
        What is in force; where there were choices before, `apply_stored` made it.
    previous
        What was stored before.
    """
    previous = previous or StoredMapping()
    listed = [mapped for mapped in mapping.tables if not _is_made(mapped, mapping, previous)]
    tables = [_stored_table(mapped, mapping.questions) for mapped in listed]
    tables += [_stored_ignored(found, why) for found, why in mapping.ignored]
    found = [(mapped.found, mapped.table) for mapped in listed]
    found += [(one, "") for one, _ in mapping.ignored]
    before = [table for table in previous.tables if table.is_chosen]
    matched = match_tables(before, found)
    for i, old in enumerate(before):
        if i in matched:
            tables[matched[i]] = _keeping(tables[matched[i]], old)
        else:
            tables.append(old)
    return StoredMapping(tuple(tables), previous.settings, previous.criteria)


def _is_made(mapped: MappedTable, mapping: Mapping, previous: StoredMapping) -> bool:
    """Whether it is made of nothing but columns that rate criteria which a person chose."""
    ratings = mapped.fields.get("ratings")
    if mapped.table != "ratings" or ratings is None:
        return False
    chosen = {criterion.criterion for criterion in previous.criteria}
    return all(part.criterion in chosen for part in ratings.columns) and any(
        projects.found is mapped.found for projects in mapping.of("projects")
    )


def _stored_table(mapped: MappedTable, questions: Sequence[Question]) -> StoredTable:
    found = mapped.found
    asked = {
        (q.field, q.cell): q.text
        for q in questions
        if q.table == mapped.table and q.sheet == found.sheet
    }
    fields = [
        StoredField(
            field.field,
            tuple(
                StoredHeader(found.columns[part.column].header, header_cell(found, part.column))
                for part in field.columns
            ),
            field.certain,
            remark=asked.get((field.field, header_cell(found, field.column)), field.why),
        )
        for field in mapped.fields.values()
        if field.serves is None
    ]
    corner = cell_address(found.range.first_row, found.range.first_column)
    return dataclasses.replace(
        _stored_ignored(found, asked.get(("", corner), "")),
        table=mapped.table,
        use="ignore" if mapped.role == "alternative" else mapped.role,
        fields=tuple(fields),
        remarks=tuple((f.field, f.why) for f in mapped.fields.values() if f.serves is not None),
    )


def _stored_ignored(found: FoundTable, why: str) -> StoredTable:
    headers = [column.header for column in found.columns if column.header]
    return StoredTable(
        "",
        found.sheet,
        found.range.address,
        found.orientation,
        "ignore",
        excel_table=found.excel_table,
        rows=len(found.records),
        headers=tuple(dict.fromkeys(headers)),
        remark=why,
    )


def _keeping(table: StoredTable, old: StoredTable) -> StoredTable:
    """A stored table with the choices that were made on it before."""
    if old.chosen != "automatic":
        table = dataclasses.replace(table, table=old.table, use=old.use, chosen=old.chosen)
        if old.use == "ignore":
            return dataclasses.replace(table, fields=old.fields)
    fields = {field.field: field for field in table.fields}
    for choice in old.fields:
        if choice.chosen == "automatic":
            continue
        now = fields.get(choice.field)
        if not choice.headers or now is None:
            fields[choice.field] = choice
        else:
            fields[choice.field] = dataclasses.replace(
                now, certain=True, chosen=choice.chosen, remark=""
            )
    order = list(TABLES[table.table].fields) if table.table else list(fields)
    return dataclasses.replace(
        table, fields=tuple(fields[name] for name in order if name in fields)
    )


# -- a stored mapping, applied ---------------------------------------------------------------------


def apply_stored(stored: StoredMapping, found: Sequence[FoundTable], automatic: Mapping) -> Mapping:
    """Hold what a person chose over what was found, and ask no more about it.

    Parameters
    ----------
    stored
        What PF Setup or a mapping file says.
    found
        The tables of the workbook.
    automatic
        Their mapping as it was found.

    Raises
    ------
    InputError
        If a chosen table or header is not there, or stands there twice; a sentence for each.
    """
    return _Application(stored, found, automatic).mapping()


class _Application:
    """One application: roles, then columns, then criteria; what is wrong is told at the end.

    `found[k]` is a table of the workbook, and `tables[k]` what it is mapped to, or `ignored[k]` why
    it is not. A found table stands there twice where ratings stand among the projects.
    """

    def __init__(
        self, stored: StoredMapping, found: Sequence[FoundTable], automatic: Mapping
    ) -> None:
        self.stored = stored
        self.workbook = found
        self.automatic = automatic
        self.wrong: list[str] = []
        self.tables = {k: _without_serving(table) for k, table in enumerate(automatic.tables)}
        self.found = [table.found for table in automatic.tables]
        self.ignored: dict[int, str] = {}
        for table, why in automatic.ignored:
            self.ignored[len(self.found)] = why
            self.found.append(table)
        seen = {(table.sheet, table.range) for table in self.found}
        self.found += [table for table in found if (table.sheet, table.range) not in seen]
        mapped = [self.tables[k].table if k in self.tables else "" for k in range(len(self.found))]
        matched = match_tables(stored.tables, list(zip(self.found, mapped, strict=True)))
        self.said = {k: stored.tables[i] for i, k in matched.items()}
        self.held = {k for k, said in self.said.items() if self._is_held(k, said)}
        self.wrong += [
            table_not_found(table, found)
            for i, table in enumerate(stored.tables)
            if i not in matched and table.is_chosen
        ]

    def mapping(self) -> Mapping:
        self._settle()
        for k, said in self.said.items():
            if k in self.tables and self.tables[k].table == said.table:
                self.tables[k] = self._with_choices(self.tables[k], said)
        notes = self._changes()
        for criterion in self.stored.criteria:
            self._rate(criterion)
        raise_all(self.wrong)
        ignored = [(self.found[k], why) for k, why in self.ignored.items()]
        mapping = complete(list(self.tables.values()), self.workbook, ignored)
        return dataclasses.replace(mapping, notes=(*mapping.notes, *notes))

    # -- which table is which ----------------------------------------------------------------------

    def _settle(self) -> None:
        mains: dict[str, int] = {}
        for k, said in self.said.items():
            if k not in self.held:
                continue
            if said.use == "ignore" or not said.table:
                self._leave_out(k, _LEFT_OUT)
                continue
            if said.use == "main":
                other = mains.setdefault(said.table, k)
                if other != k:
                    self.wrong.append(
                        f"Both {place_of(self.found[other])} and {place_of(self.found[k])} are "
                        f"chosen as the main table of {said.table}{at(said.place)}; choose one, "
                        "and part, joined or ignore for the other."
                    )
            mapped = self.tables.get(k)
            if mapped is None or mapped.table != said.table:
                mapped = _without_serving(map_as(self.found[k], said.table, self.automatic))
            self.ignored.pop(k, None)
            role: Role = said.use
            self.tables[k] = dataclasses.replace(mapped, role=role, confidence=1.0)
        for table, k in mains.items():
            self._displace(table, k)
        for table in {mapped.table for mapped in self.tables.values()}:
            self._promote(table)

    def _leave_out(self, k: int, why: str) -> None:
        self.tables.pop(k, None)
        self.ignored[k] = why

    def _is_held(self, k: int, said: StoredTable) -> bool:
        """Whether a person said what a table is, in words or by choosing its fields."""
        if said.chosen != "automatic":
            return True
        mapped = self.tables.get(k)
        read_otherwise = mapped is None or mapped.table != said.table
        return said.is_chosen and read_otherwise and said.use != "ignore"

    def _displace(self, table: str, main: int) -> None:
        """Where a person chose the main table, no other that was found is asked about or added."""
        same = main < len(self.automatic.tables) and self.automatic.tables[main].role == "main"
        for k, mapped in list(self.tables.items()):
            if mapped.table != table or k in self.held or mapped.role == "joined":
                continue
            if mapped.role != "part" or not same:
                self._leave_out(k, _NOT_CHOSEN.format(table))

    def _promote(self, table: str) -> None:
        """Where the main table was left out, the next best is it."""
        same = [(k, mapped) for k, mapped in self.tables.items() if mapped.table == table]
        if any(mapped.role == "main" for _, mapped in same):
            return
        for role in ("part", "alternative"):
            for k, mapped in same:
                if mapped.role == role:
                    self.tables[k] = dataclasses.replace(mapped, role="main")
                    return

    # -- which column is which ---------------------------------------------------------------------

    def _with_choices(self, mapped: MappedTable, said: StoredTable) -> MappedTable:
        fields = dict(mapped.fields)
        refused: set[str] = set()
        chosen: dict[str, MappedField] = {}
        for choice in said.fields:
            if choice.chosen == "automatic":
                continue
            if not choice.headers:
                refused.add(choice.field)
                fields.pop(choice.field, None)
                continue
            try:
                chosen[choice.field] = self._chosen(choice, mapped, said)
            except InputError as error:
                self.wrong.append(str(error))
        taken = {part.column for field in chosen.values() for part in field.columns}
        for name, field in list(fields.items()):
            if name not in chosen and (rest := _without(field, taken, mapped)) is not None:
                fields[name] = rest
            else:
                del fields[name]
        fields |= chosen
        return dataclasses.replace(
            mapped, fields=_in_order(mapped.table, fields), refused=frozenset(refused)
        )

    def _chosen(self, choice: StoredField, mapped: MappedTable, said: StoredTable) -> MappedField:
        columns: list[int] = []
        for header in choice.headers:
            columns += find_columns(header, said, mapped.found, choice.place)
        columns = list(dict.fromkeys(columns))
        spec = TABLES[mapped.table].fields[choice.field]
        if len(columns) > 1 and not spec.many:
            raise InputError(
                f"{len(columns)} columns are chosen as {choice.field} of the {mapped.table} table"
                f"{at(choice.place)}; expected one."
            )
        found = mapped.fields.get(choice.field)
        if found is not None:
            there = {part.column for part in found.columns}
            # Who says yes to a profile means the years that are added to it later as well.
            if there == set(columns) or (choice.chosen == "confirmed" and there > set(columns)):
                return dataclasses.replace(found, certain=True, confidence=1.0, why="")
        return self._field(choice.field, columns, mapped, found)

    def _field(
        self, name: str, columns: Sequence[int], mapped: MappedTable, found: MappedField | None
    ) -> MappedField:
        table = mapped.found
        parts = {part.column: part for part in found.columns} if found else {}
        kind = TABLES[mapped.table].fields[name].kind
        money = kind in ("money", "profile")
        unit = money_unit_of(table, columns[0])
        if unit.text is None and found is not None and {*columns} <= {*parts}:
            unit = Unit(found.unit, found.currency, found.scale)  # as the total of all says
        heading = table.columns[columns[0]].heading
        other = [] if found is None else [found.header, *found.alternatives]
        headers = [table.columns[k].header for k in columns]
        return MappedField(
            field=name,
            header=headers[0],
            column=columns[0],
            columns=tuple(parts.get(k) or self._part(mapped, k, kind) for k in columns),
            confidence=1.0,
            certain=True,
            alternatives=tuple(header for header in other if header not in headers),
            unit=unit.text if money else heading.unit,
            scale=unit.scale if money else None,
            currency=unit.currency if money else None,
        )

    def _part(self, mapped: MappedTable, k: int, kind: str) -> MappedColumn:
        column = mapped.found.columns[k]
        if kind == "rating":
            return MappedColumn(
                k,
                criterion=self._criterion_names().get(fold(column.heading.text))
                or column.heading.text,
            )
        if kind not in ("profile", "fte"):
            return MappedColumn(k)
        period = next((h.period for h in reversed(column.levels) if h.period is not None), None)
        of_kind = next((h.kind for h in reversed(column.levels) if h.kind is not None), None)
        return MappedColumn(k, period, kind_outside_periods(column) or of_kind)

    def _criterion_names(self) -> Lookup[str, str]:
        names: dict[str, str] = {}
        for mapped in self.automatic.of("criteria", "main", "part"):
            field = mapped.fields.get("criterion")
            values = mapped.found.values(field.column) if field else []
            names |= {fold(value): value for value in values if isinstance(value, str)}
        return names

    # -- criteria ----------------------------------------------------------------------------------

    def _rate(self, criterion: ChosenCriterion) -> None:
        """Make a column of the projects the ratings of a criterion that a person chose."""
        header = StoredHeader(criterion.column)
        rated = False
        projects = [
            (k, mapped)
            for role in ("main", "part", "joined")
            for k, mapped in self.tables.items()
            if mapped.table == "projects" and mapped.role == role
        ]
        for k, mapped in projects:
            if rated and mapped.role == "joined":
                continue
            table = self.said.get(k, StoredTable("projects", "", ""))
            if not matching_columns(header, table, mapped.found):
                continue
            try:
                columns = find_columns(header, table, mapped.found, criterion.place)
            except InputError as error:
                self.wrong.append(str(error))
                return
            rated = True
            self._add_rating(mapped, columns[0], criterion.criterion)
        if not rated:
            known = [c.header for _, mapped in projects for c in mapped.found.columns if c.header]
            self.wrong.append(
                f'"{criterion.column}", the column of criterion "{criterion.criterion}", is not a '
                f"header of the projects table{at(criterion.place)}"
                f"{nearest(criterion.column, known, otherwise='expected one of its headers.')}"
            )

    def _add_rating(self, projects: MappedTable, column: int, criterion: str) -> None:
        """Add a column to the ratings that stand among the projects."""
        among = next(
            (
                k
                for k, mapped in self.tables.items()
                if mapped.table == "ratings" and mapped.found is projects.found
            ),
            None,
        )
        if among is None:
            among = len(self.found)
            self.found.append(projects.found)
            self.tables[among] = self._ratings_of(projects)
        ratings = self.tables[among].fields.get("ratings")
        kept = [
            part
            for part in (ratings.columns if ratings else ())
            if part.column != column and part.criterion != criterion
        ]
        parts = (*kept, MappedColumn(column, criterion=criterion))
        field = MappedField(
            field="ratings",
            header=projects.found.columns[parts[0].column].header,
            column=parts[0].column,
            columns=parts,
            confidence=1.0,
            certain=True,
        )
        table = self.tables[among]
        self.tables[among] = dataclasses.replace(table, fields={**table.fields, "ratings": field})

    def _ratings_of(self, projects: MappedTable) -> MappedTable:
        key = projects.fields.get("project_id") or projects.fields.get("name")
        keyed = {} if key is None else {"project_id": dataclasses.replace(key, field="project_id")}
        others = any(mapped.table == "ratings" for mapped in self.tables.values())
        return MappedTable(
            "ratings",
            projects.found,
            keyed,
            confidence=1.0,
            role="part" if others else "main",
            label=projects.label,
            constants=projects.constants,
        )

    # -- what changed ------------------------------------------------------------------------------

    def _changes(self) -> list[str]:
        """What is found elsewhere than when it was stored, where that changes a decision."""
        notes = []
        for k, said in self.said.items():
            mapped = self.tables.get(k)
            if mapped is None or mapped.table != said.table:
                continue
            for old in said.fields:
                spec = TABLES[said.table].fields[old.field]
                if old.chosen != "automatic" or not (spec.consequential or spec.required):
                    continue
                before = [header.text for header in old.headers]
                field = mapped.fields.get(old.field)
                was = (
                    f'The {old.field} of the {said.table} table was "{before[0]}" when the mapping '
                    "was stored; "
                )
                if field is None:
                    notes.append(f"{was}it is not found any more.")
                elif not set(_headers_of(field, mapped)) & set(before):
                    notes.append(f'{was}now it is "{field.header}".')
        return notes


def _headers_of(field: MappedField, mapped: MappedTable) -> list[str]:
    return [mapped.found.columns[part.column].header for part in field.columns]


def _without_serving(table: MappedTable) -> MappedTable:
    """A mapped table without the fields that another field's column serves for."""
    own = {name: field for name, field in table.fields.items() if field.serves is None}
    return dataclasses.replace(table, fields=own)


def _without(field: MappedField, taken: set[int], mapped: MappedTable) -> MappedField | None:
    """A field without the columns that a person gave to another; None if none is left."""
    if not taken & {field.column, *field.subtotals, *(part.column for part in field.columns)}:
        return field
    parts = tuple(part for part in field.columns if part.column not in taken)
    if not parts:
        return None
    column = parts[0].column if field.column in taken else field.column
    return dataclasses.replace(
        field,
        columns=parts,
        column=column,
        header=mapped.found.columns[column].header,
        subtotals=tuple(k for k in field.subtotals if k not in taken),
    )


def _in_order(table: str, fields: Lookup[str, MappedField]) -> dict[str, MappedField]:
    return {name: fields[name] for name in TABLES[table].fields if name in fields}
