"""Which row is which project: missing, repeated and invented IDs, the same project twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlportfolio.checking.columns import is_blank_row, read_text
from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.checking.profiles import total
from xlportfolio.keys import join_key, row_key
from xlportfolio.wording import named, quoted, shown

_KEYS_WITHOUT_ID = (
    ("name",),
    ("programme", "name"),
    ("department", "programme", "name"),
    ("category", "programme", "name"),
)
_SILENT_WORDS = frozenset(
    {"the", "a", "an", "of", "for", "and", "project", "programme", "program", "scheme"}
)


def texts_of(origin: Origin, field: str, findings: Findings | None = None) -> list[str | None]:
    """A field's texts by row; all None where the table has no such column."""
    positions = origin.table.positions(field)
    if not positions:
        return [None] * len(origin.table.rows)
    # Read for its labels only: what is wrong with the cells is reported when the rows are read.
    return read_text(origin, positions[0], findings or Findings()).values


def identify_projects(origin: Origin, findings: Findings, notes: list[str]) -> list[str | None]:
    """The key of each row, and the labels of `origin`; None for a row that is left out.

    Rows may share an ID where each is another option. Without an ID column a name that is
    unique, alone or within its programme, serves; that is said in `notes`.
    """
    names = texts_of(origin, "name")
    options = texts_of(origin, "option")
    filled = [not is_blank_row(row) for row in origin.table.rows]
    if origin.table.positions("project_id"):
        ids = texts_of(origin, "project_id")
        keys = _fill_missing(origin, ids, names, filled, findings)
    else:
        keys = _keys_from_names(origin, filled, options, notes)
        origin.labels = [key or "" for key in keys]
        _report_nameless(origin, keys, filled, findings)
    origin.labels = [
        "" if key is None else f"{key}, option {option}" if option else key
        for key, option in zip(keys, options, strict=True)
    ]
    return _leave_out_repeats(origin, keys, names, options, findings)


def _fill_missing(
    origin: Origin,
    ids: list[str | None],
    names: list[str | None],
    filled: list[bool],
    findings: Findings,
) -> list[str | None]:
    """IDs, with a name instead where the ID is missing."""
    keys = list(ids)
    k = origin.table.positions("project_id")[0]
    for i, project_id in enumerate(ids):
        if project_id is not None or not filled[i]:
            continue
        name = names[i]
        keys[i] = name
        what = (
            f"project {quoted(name)} has no project ID"
            if name
            else "a row of the projects has neither an ID nor a name"
        )
        findings.report(
            "missing_id",
            what,
            "a unique ID in each row",
            "Enter one; until then the name serves as its ID."
            if name
            else "Enter both, or delete the row; until then it is left out.",
            origin=origin,
            row=i,
            column=k,
            value=origin.table.rows[i][k],
            unused_rows=() if name else (i,),
        )
    return keys


def _keys_from_names(
    origin: Origin, filled: list[bool], options: list[str | None], notes: list[str]
) -> list[str | None]:
    best: list[str | None] = [None] * len(filled)
    best_fields: tuple[str, ...] = ()
    fewest = len(filled) + 1
    names = texts_of(origin, "name")
    for fields in _KEYS_WITHOUT_ID:
        if not all(origin.table.positions(field) for field in fields):
            continue
        columns = [texts_of(origin, field) for field in fields]
        keys = [
            " / ".join(part for part in reversed(parts) if part) if name else None
            for name, parts in zip(names, zip(*columns, strict=True), strict=True)
        ]
        told = [
            row_key(key, option)
            for key, option in zip(keys, options, strict=True)
            if key is not None
        ]
        repeats = len(told) - len(set(told))
        if repeats < fewest:
            fewest, best, best_fields = repeats, keys, fields
        if repeats == 0:
            break
    if best_fields:
        headers = [quoted(origin.column(origin.table.positions(f)[0]).header) for f in best_fields]
        notes.append(
            f"{quoted(origin.table.label)} has no column of project IDs: "
            f"{' with '.join(reversed(headers))} serves as the key."
        )
    return best


def _report_nameless(
    origin: Origin, keys: list[str | None], filled: list[bool], findings: Findings
) -> None:
    positions = origin.table.positions("name")
    for i, key in enumerate(keys):
        if key is None and filled[i]:
            findings.report(
                "missing_name",
                "a row of the projects has no name",
                "a name in each row, because there is no column of IDs",
                "Enter the name, or delete the row; until then it is left out.",
                origin=origin,
                row=i,
                column=positions[0] if positions else None,
                unused_rows=(i,),
            )


def _leave_out_repeats(
    origin: Origin,
    keys: list[str | None],
    names: list[str | None],
    options: list[str | None],
    findings: Findings,
) -> list[str | None]:
    """Keep the first row of each ID and option."""
    has_id = bool(origin.table.positions("project_id"))
    k = next(iter(origin.table.positions("project_id" if has_id else "name")), None)
    first: dict[tuple[str, str], int] = {}
    kept = list(keys)
    for i, key in enumerate(keys):
        if key is None:
            continue
        earlier = first.setdefault(row_key(key, options[i]), i)
        if earlier == i:
            continue
        kept[i] = None
        if has_id:
            what = f"project ID {named(key)} is used again"
            both = [shown(names[row]) for row in (earlier, i) if names[row]]
            if len(both) == 2 and both[0] != both[1]:
                what += f": first for {both[0]}, here for {both[1]}"
            remedy = (
                "Give one of them another ID, or name the option that each row is; "
                "until then the second is left out."
            )
        else:
            what = f"project {named(key)} stands in the projects more than once"
            remedy = "Add a column of project IDs; until then the second is left out."
        findings.report(
            "repeated_id",
            what,
            "one row per project or option",
            remedy,
            origin=origin,
            row=i,
            column=k,
            value=None if k is None else origin.table.rows[i][k],
            unused_rows=(i,),
        )
    return kept


def _plain_name(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return " ".join(word for word in words if word not in _SILENT_WORDS)


def check_same_project_twice(entries: Sequence[Entry], findings: Findings) -> None:
    """Two IDs with the same name, and the same money, or the same dates and no other money."""
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        name = entry.get("name")
        if name and _plain_name(name):
            by_name.setdefault(_plain_name(name), []).append(entry)
    for group in by_name.values():
        seen: dict[tuple[str, object], Entry] = {}
        for entry in group:
            reported = False
            for mark in _marks(entry, findings):
                earlier = seen.setdefault(mark, entry)
                if earlier is entry or reported:
                    continue
                if join_key(earlier.get("project_id")) == join_key(entry.get("project_id")):
                    continue
                if _costs_differ(earlier, entry):
                    continue
                reported = True
                _report_twice(earlier, entry, mark[0], findings)


def _costs_differ(one: Entry, other: Entry) -> bool:
    """Whether both say what they cost, and not the same: phases of one name are no repeats."""
    first, second = total(one.get("cost") or ()), total(other.get("cost") or ())
    return first is not None and second is not None and first != second


def _marks(entry: Entry, findings: Findings) -> list[tuple[str, object]]:
    """What two rows of one project have in common besides the name."""
    marks: list[tuple[str, object]] = []
    for field in ("cost", "budget"):
        amount = total(entry.get(field) or ())
        if amount:
            marks.append((f"{field} of {findings.money(amount)}", amount))
    start, finish = entry.get("start"), entry.get("finish")
    if start and finish:
        marks.append((f"dates {shown(start)} to {shown(finish)}", (start, finish)))
    return marks


def _report_twice(earlier: Entry, entry: Entry, mark: str, findings: Findings) -> None:
    origin, row, column = entry.place("name")
    findings.report(
        "same_project",
        f"{entry.named()} and {earlier.named()} have the same name, "
        f"{shown(entry.get('name'))}, and the same {mark}",
        "each project once",
        "Delete one of them, or name them apart.",
        origin=origin,
        row=row,
        column=column,
        value=entry.get("name"),
        severity="warning",
        blocks=("rebalance",),
    )
