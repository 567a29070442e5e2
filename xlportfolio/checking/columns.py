"""The texts, words and periods of one column; what cannot be read is reported.

A value that cannot be used becomes None, never 0, and its row is among `unusable`, so that a sum
is not formed over a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from xlportfolio.checking.findings import Findings, Origin
from xlportfolio.parsing import (
    is_placeholder,
    parse_direction,
    parse_force,
    parse_lifecycle,
    parse_link_type,
    parse_rag,
)
from xlportfolio.periods import Period, parse_period
from xlportfolio.values import CellError, Value
from xlportfolio.wording import shown, so_too

_IDS = ("project_id", "name", "criterion", "category", "role", "from", "to")
_STATES = {"pending", "awaiting", "reset", "exempt", "various", "outstanding", "confidential"}

_NEEDED: Mapping[str, frozenset[str]] = {
    "criteria": frozenset({"criterion", "direction"}),
    "ratings": frozenset({"project_id"}),
    "budgets": frozenset({"period"}),
    "categories": frozenset({"category"}),
    "links": frozenset({"from", "to", "type"}),
    "capacity": frozenset({"role", "period"}),
    "demand": frozenset({"project_id", "role", "period"}),
}
"""Fields without which a row says nothing; a project goes by its ID or its name alone."""

FEW_TEXTS = 3
"""Up to this many texts in a column are told one by one, as slips; more are how the column was
made (an export, a CSV file), which is one problem with one remedy."""


@dataclass(frozen=True)
class ReadColumn:
    """What a column holds, by row; `unusable` are rows with a value that cannot be used."""

    values: list[Any]
    unusable: frozenset[int] = frozenset()


class Claim(NamedTuple):
    """What is wrong with a value, what was expected, and how to mend it."""

    what: str
    expected: str
    remedy: str


def report_stored_as_text(
    kind: str,
    origin: Origin,
    k: int,
    rows: Sequence[int],
    findings: Findings,
    together: Callable[[Value], Claim],
    alone: Callable[[int], Claim],
) -> None:
    """Tell values that were typed as text: one by one while they are few, else the column once.

    Parameters
    ----------
    kind
        Of the problem, such as "date_as_text".
    origin, k
        The table and the column.
    rows
        Rows with such a value.
    findings
        Where problems go.
    together
        What to say of all of them, given the first as an example.
    alone
        What to say of the value in a row.
    """
    values = origin.table.rows
    if len(rows) > FEW_TEXTS:
        claims = [(rows[0], together(values[rows[0]][k]))]
    else:
        claims = [(row, alone(row)) for row in rows]
    for row, claim in claims:
        findings.report(
            kind,
            *claim,
            origin=origin,
            row=row,
            column=k,
            value=values[row][k],
            severity="warning",
            blocks=(),
            of_column=len(rows) > FEW_TEXTS,
        )


def read_text(origin: Origin, k: int, findings: Findings) -> ReadColumn:
    """Texts; numbers and dates as people see them; placeholders as nothing.

    Under words such as a stage, "Pending" is a state and stays; as an ID it is none.
    """
    is_id = origin.column(k).field in _IDS
    values: list[str | None] = []
    unusable = set()
    for i, row in enumerate(origin.table.rows):
        value = row[k]
        if isinstance(value, str):
            text = " ".join(value.split()) if "  " in value or value[:1] in " \n" else value.strip()
            values.append(None if _is_nothing(text, is_id) else text)
        else:
            if isinstance(value, CellError):
                report_error_cell(origin, i, k, value, "a text", findings)
                unusable.add(i)
            values.append(as_text(value))
    return ReadColumn(values, frozenset(unusable))


def _is_nothing(text: str, is_id: bool) -> bool:
    if not text or text in "-–—":
        return True
    return is_placeholder(text) and (is_id or text.lower() not in _STATES)


def as_text(value: Value) -> str | None:
    """A value as people see it in the cell; None for a blank or an error.

    >>> as_text(1001.0), as_text(" P1 "), as_text(True), as_text(None)
    ('1001', 'P1', 'TRUE', None)
    """
    if value is None or isinstance(value, CellError):
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.strip() or None


def report_error_cell(
    origin: Origin, row: int, k: int, value: object, expected: str, findings: Findings
) -> None:
    """Report an error value such as #N/A, in a cell or as text."""
    findings.report(
        "error_cell",
        f"{origin.cell_named(row, k)} shows {value}",
        expected,
        "Mend its formula, or clear the cell.",
        origin=origin,
        row=row,
        column=k,
        value=origin.table.rows[row][k],
        unused_rows=(row,) if _is_needed(origin, k) else (),
    )


def _is_needed(origin: Origin, k: int) -> bool:
    """Whether a row is of no use if what it has in the column cannot be read."""
    return origin.column(k).field in _NEEDED.get(origin.table.table, ())


_WORDS: dict[str, tuple[Callable[[object], str | None], str, str]] = {
    "rag": (
        parse_rag,
        "Red, Amber or Green, or a step between them",
        "Enter the colour, or leave the cell blank until it is known.",
    ),
    "force": (
        parse_force,
        "In, Out or a blank",
        "Enter In if the project is mandated, Out if it is shut out, or clear the cell.",
    ),
    "direction": (
        parse_direction,
        "max or min",
        "Enter max where more is better, or min where less is.",
    ),
    "lifecycle": (
        parse_lifecycle,
        "proposed, approved, active, on hold, closed or cancelled",
        "Enter one of them.",
    ),
    "link_type": (
        parse_link_type,
        "Requires, Excludes, Together or Finish-to-start",
        "Enter one of them.",
    ),
}


def read_words(origin: Origin, k: int, kind: str, findings: Findings) -> ReadColumn:
    """Words of a fixed list; each word that is not on it is reported once, with its first row."""
    parse, expected, remedy = _WORDS[kind]
    known: dict[Any, str | None] = {}
    values: list[str | None] = []
    unread: dict[Any, list[int]] = {}
    for i, row in enumerate(origin.table.rows):
        value = row[k]
        if value is None or (isinstance(value, str) and not value.strip()):
            values.append("max" if kind == "direction" else None)
            continue
        key = (type(value), value)
        if key not in known:
            known[key] = parse(value)
        if known[key] is None:
            unread.setdefault(key, []).append(i)
        values.append(known[key])
    unusable: set[int] = set()
    for (_, value), rows in unread.items():
        unusable.update(rows)
        what = f"{origin.cell_named(rows[0], k)} is {shown(value)}{so_too(len(rows) - 1)}"
        findings.report(
            "word",
            what,
            expected,
            remedy,
            origin=origin,
            row=rows[0],
            column=k,
            value=value,
            unused_rows=rows if _is_needed(origin, k) else (),
        )
    return ReadColumn(values, frozenset(unusable))


def read_periods(origin: Origin, k: int, findings: Findings) -> ReadColumn:
    """Periods, as texts or as dates; "Total" and "All" stand for no period."""
    values: list[Period | None] = []
    unusable: set[int] = set()
    for i, row in enumerate(origin.table.rows):
        value = row[k]
        period = parse_period(value)
        is_total = isinstance(value, str) and value.strip().lower() in ("", "total", "all", "-")
        if period is None and value is not None and not is_total:
            unusable.add(i)
            findings.report(
                "period",
                f"{origin.cell_named(i, k)} is {shown(value)}",
                "a month, quarter or year",
                "Enter it as Jan-27, 2027 Q1, 2026/27 or FY27.",
                origin=origin,
                row=i,
                column=k,
                value=value,
                blocks=("level",) if origin.table.table in ("capacity", "demand") else None,
                unused_rows=(i,) if _is_needed(origin, k) else (),
            )
        values.append(period)
    return ReadColumn(values, frozenset(unusable))


def is_blank_row(row: tuple[Value, ...]) -> bool:
    """Whether nothing stands in the row."""
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in row)
