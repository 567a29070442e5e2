"""The projects, from one table or several: which row is which project, and what each adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.checking.identity import identify_projects, texts_of
from xlportfolio.checking.profiles import read_profile, total
from xlportfolio.checking.rows import Basis, read_rows
from xlportfolio.keys import join_key, name_key, row_key
from xlportfolio.records import TABLES
from xlportfolio.wording import quoted, shown

_PROFILES = ("cost", "budget")
_LOOSE_KINDS = ("text", "person")
"""Two tables word descriptions and people's names differently without being wrong."""

_SAME = 0.005
"""Share by which two figures may differ and still be the same, rounded differently."""


def read_projects(
    origins: Sequence[Origin], basis: Basis, findings: Findings, notes: list[str]
) -> list[Entry]:
    """All projects and options, in the order of their tables.

    A further table whose IDs are mostly those of the tables before it adds fields to them; one
    that shares few and has names adds projects.
    """
    projects: list[Entry] = []
    n_tables = n_added = 0
    last = ""
    for origin in origins:
        if not projects:
            projects = _own_rows(origin, basis, findings, notes)
        elif _adds_projects(origin, projects):
            added = _own_rows(origin, basis, findings, notes)
            known = {_identity(entry) for entry in projects}
            fresh = [entry for entry in added if _identity(entry) not in known]
            for entry in added:
                if _identity(entry) in known:
                    _report_elsewhere(entry, findings)
            projects += fresh
            n_tables += 1
            n_added += len(fresh)
            last = quoted(origin.table.label)
        else:
            _add_fields(origin, projects, basis, findings)
    if n_tables:
        tables = f"{last} adds" if n_tables == 1 else f"{n_tables} further tables add"
        notes.append(f"{tables} {n_added} {'project' if n_added == 1 else 'projects'}.")
    return projects


def _identity(entry: Entry) -> tuple[str, str]:
    return row_key(entry.get("project_id"), entry.get("option"))


def _own_rows(origin: Origin, basis: Basis, findings: Findings, notes: list[str]) -> list[Entry]:
    keys = identify_projects(origin, findings, notes)
    entries = read_rows(origin, basis, findings)
    _read_profiles(entries, origin, findings)
    kept = []
    for entry in entries:
        key = keys[entry.row]
        if key is None:
            continue
        entry.values["project_id"] = key
        if entry.get("name") is None:
            entry.values["name"] = key
            _report_no_name(entry, findings)
        kept.append(entry)
    return kept


def _read_profiles(entries: Sequence[Entry], origin: Origin, findings: Findings) -> None:
    for field in _PROFILES:
        for entry in entries:
            if entry.get(field):
                entry.values[f"{field}_cells"] = tuple(entry.get(field))
        if origin.table.positions(field):
            read_profile(entries, origin, field, findings)


def _report_no_name(entry: Entry, findings: Findings) -> None:
    origin, row, column = entry.place("name")
    if "name" in entry.unusable:
        return
    findings.report(
        "missing_name",
        f"{entry.named()} has no name",
        "a name in each row",
        "Enter it; until then the ID serves as its name.",
        origin=origin,
        row=row,
        column=column,
        severity="warning",
        blocks=(),
    )


def _report_elsewhere(entry: Entry, findings: Findings) -> None:
    origin, row, column = entry.place("project_id")
    findings.report(
        "repeated_id",
        f"{entry.named()} stands in {quoted(origin.table.label)} and in a table before it",
        "each project once",
        "Delete one of the rows, or give one another ID; until then the second is left out.",
        origin=origin,
        row=row,
        column=column,
        value=entry.get("project_id"),
        unused_rows=(row,),
    )


def _row_keys(origin: Origin) -> list[str | None]:
    field = "project_id" if origin.table.positions("project_id") else "name"
    return texts_of(origin, field)


def _by_key(origin: Origin, projects: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The projects by what the table names them by: ID, else name."""
    by_name = not origin.table.positions("project_id")
    found: dict[str, list[Entry]] = {}
    for entry in projects:
        text = entry.get("name" if by_name else "project_id")
        found.setdefault(join_key(text), []).append(entry)
    return found


def _adds_projects(origin: Origin, projects: Sequence[Entry]) -> bool:
    if not origin.table.positions("name"):
        return False
    known = _by_key(origin, projects)
    keys = [join_key(key) for key in _row_keys(origin) if key]
    return sum(key in known for key in keys) * 2 < len(keys)


def _add_fields(
    origin: Origin, projects: Sequence[Entry], basis: Basis, findings: Findings
) -> None:
    keys = _row_keys(origin)
    origin.labels = [key or "" for key in keys]
    known = _by_key(origin, projects)
    options = texts_of(origin, "option")
    entries = read_rows(origin, basis, findings)
    _read_profiles(entries, origin, findings)
    rows_of: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        key = keys[entry.row]
        if key is None:
            _report_unknown(entry, None, findings)
        elif join_key(key) not in known:
            _report_unknown(entry, key, findings)
        else:
            rows_of.setdefault(row_key(key, options[entry.row]), []).append(entry)
    for (key, option), rows in rows_of.items():
        if len(rows) > 1:
            _report_several_rows(rows, findings)
            continue
        for project in known[key]:
            if not option or (key, option) == _identity(project):
                _merge(project, rows[0], findings)


def _report_unknown(entry: Entry, key: str | None, findings: Findings) -> None:
    origin = entry.origin
    field = "project_id" if origin.table.positions("project_id") else "name"
    _, row, column = entry.place(field)
    label = quoted(origin.table.label)
    what = f"{shown(key)} in {label} is no project of the tables before it"
    findings.report(
        "unknown_project",
        what if key else f"a row of {label} has no project ID",
        "a project of the main table",
        "Correct the ID, or add the project; until then the row is left out.",
        origin=origin,
        row=row,
        column=column,
        value=key,
    )


def _report_several_rows(rows: Sequence[Entry], findings: Findings) -> None:
    origin = rows[0].origin
    field = "project_id" if origin.table.positions("project_id") else "name"
    findings.report(
        "several_rows",
        f"{rows[0].named()} stands in {len(rows)} rows of {quoted(origin.table.label)}",
        "one row for each project",
        "Sum its rows up in one, or leave the table out of the mapping; until then they are "
        "left out.",
        origin=origin,
        row=rows[1].row,
        column=origin.table.positions(field)[0],
        value=rows[0].label,
    )


def _merge(project: Entry, further: Entry, findings: Findings) -> None:
    """Fields that the project lacks; a field that both have and that differs is a problem."""
    for field, value in further.values.items():
        if field in ("project_id", "option") or value is None or value == ():
            continue
        own = project.values.get(field)
        if own is None or own == ():
            project.values[field] = value
            origin, row, column = further.place(field)
            if column is not None:
                project.places[field] = (origin, row, column)
        elif not field.endswith("_cells") and not _agree(field, own, value):
            _report_conflict(project, further, field, findings)
    project.unusable |= further.unusable - set(project.values)


def _agree(field: str, own: Any, other: Any) -> bool:
    spec = TABLES["projects"].fields.get(field)
    if spec is None or spec.kind in _LOOSE_KINDS or own == other:
        return True
    if field in _PROFILES:
        own, other = total(own), total(other)
    if isinstance(own, float) and isinstance(other, float):
        return abs(own - other) <= _SAME * max(abs(own), abs(other))
    if isinstance(own, str) and isinstance(other, str):
        return name_key(own) == name_key(other)
    return False


def _report_conflict(project: Entry, further: Entry, field: str, findings: Findings) -> None:
    own, other = project.get(field), further.get(field)
    if field in _PROFILES:
        own, other = total(own), total(other)
    main, _, _ = project.place(field)
    origin, row, column = further.place(field)
    spec = TABLES["projects"].fields[field]
    findings.report(
        "conflict",
        f"{field.replace('_', ' ')} of {project.named()} is {shown(own)} in "
        f"{quoted(main.table.label)} and {shown(other)} in {quoted(origin.table.label)}; "
        "the first was used",
        "one value in both tables",
        "Correct one of them.",
        origin=origin,
        row=row,
        column=column,
        value=None if column is None else origin.table.rows[row][column],
        severity="error" if spec.consequential else "warning",
    )
