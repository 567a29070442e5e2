"""What callers hand over for a growing table: rows that fit its columns, and new headers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlportfolio.errors import InputError
from xlportfolio.wording import counted
from xlportfolio.workbook.editing.cellxml import text_length

LONGEST_HEADER = 255


def rows_for(table: str, headers: Sequence[str], rows: Iterable[Any]) -> list[list[Any]]:
    """The rows as lists with a value for each column; None where a mapping names no value.

    Parameters
    ----------
    table
        The table's name, for messages.
    headers
        Its columns.
    rows
        Each a sequence as long as the table is wide, or a mapping from header to value.

    Raises
    ------
    InputError
        If a row does not fit the table.
    """
    expected = f'The rows for the Excel table "{table}" must be a list of rows'
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        raise InputError(f"{expected}; got {type(rows).__name__}.")
    lines = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, Mapping):
            lines.append(_by_header(table, headers, row, number))
            continue
        if isinstance(row, (str, bytes)) or not isinstance(row, Iterable):
            raise InputError(f"{expected}; row {number} is {row!r:.60}.")
        line = list(row)
        if len(line) != len(headers):
            raise InputError(
                f'Row {number} for the Excel table "{table}" has {counted(len(line), "value")}; '
                f"expected {len(headers)}, one for each of its columns {_listed(headers)}. "
                "Write None for a blank."
            )
        lines.append(line)
    return lines


def new_headers(table: str, known: Sequence[str], headers: Iterable[Any]) -> list[str]:
    """The headers of columns that are added to a table.

    Parameters
    ----------
    table
        The table's name, for messages.
    known
        The columns that it has.
    headers
        Those to be added.

    Raises
    ------
    InputError
        If one is no text, blank, too long or there already; case does not tell them apart.
    """
    if isinstance(headers, (str, bytes)) or not isinstance(headers, Iterable):
        raise InputError(
            f'The headers for the Excel table "{table}" must be a list of texts; got {headers!r}.'
        )
    names: list[str] = []
    taken = {name.casefold() for name in known}
    for number, header in enumerate(headers, 1):
        where = f'Header {number} for the Excel table "{table}"'
        if not isinstance(header, str) or not header.strip():
            raise InputError(f"{where} is {header!r:.60}; expected a text that is not blank.")
        length = text_length(header)
        if length > LONGEST_HEADER:
            raise InputError(
                f"{where} has {length:,} characters; at most {LONGEST_HEADER} fit. Shorten it."
            )
        if header.casefold() in taken:
            raise InputError(
                f'{where}, "{header}", is a column of the table already; expected a new name.'
            )
        taken.add(header.casefold())
        names.append(header)
    return names


def _by_header(
    table: str, headers: Sequence[str], row: Mapping[Any, Any], number: int
) -> list[Any]:
    places = {header.casefold(): place for place, header in enumerate(headers)}
    line: list[Any] = [None] * len(headers)
    given: set[int] = set()
    for header, value in row.items():
        place = places.get(header.casefold()) if isinstance(header, str) else None
        if place is None:
            near = difflib.get_close_matches(str(header).casefold(), list(places), n=1, cutoff=0.6)
            meant = f'; did you mean "{headers[places[near[0]]]}"?' if near else "."
            raise InputError(
                f'Row {number} for the Excel table "{table}" names a column {header!r:.60} that it '
                f"does not have{meant} There are {_listed(headers)}."
            )
        if place in given:
            raise InputError(
                f'Row {number} for the Excel table "{table}" names its column "{headers[place]}" '
                f'twice, the second time as "{header}"; expected one value for each column. Leave '
                "one of them out."
            )
        given.add(place)
        line[place] = value
    return line


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
