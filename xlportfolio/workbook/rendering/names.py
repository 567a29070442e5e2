"""What sheets and tables of ours are called in a workbook, and references that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Cell, Chart, SheetDescription
from xlportfolio.workbook.references import quote_sheet
from xlportfolio.workbook.rendering.sheetxml import is_external

MAX_SHEET_NAME = 31

_QUOTED_OR_PLAIN_SHEET = re.compile(r"'((?:[^']|'')+)'!|([^\W\d][\w.]*)!")
_TABLE_NAME = re.compile(r"[^\W\d][\w.]{0,254}")
_LOOKS_LIKE_A_CELL = re.compile(r"(?i)\$?[a-z]{1,3}\$?\d+|r\d*c\d*|r|c")


def sheet_of(marks: Mapping[str, str], described: str) -> str | None:
    """The sheet that carries the mark of a description; of copies, the one of that name.

    Parameters
    ----------
    marks
        The sheets of ours by their names, each with what its mark says.
    described
        The description's name.
    """
    found = [sheet for sheet, mark in marks.items() if mark.casefold() == described.casefold()]
    same = [sheet for sheet in found if sheet.casefold() == described.casefold()]
    return next(iter(same or found), None)


def _names_by_description(marks: Mapping[str, str]) -> dict[str, str]:
    """What our sheets are called, by the names of their descriptions in lower case."""
    return {mark.casefold(): sheet_of(marks, mark) or sheet for sheet, mark in marks.items()}


def check_sheet_name(name: str) -> None:
    """Refuse, with an `InputError`, what cannot be the name of a sheet."""
    bad = sorted(set(re.findall(r"[\[\]:*?/\\\x00-\x1f]", name)))
    if not name.strip() or len(name) > MAX_SHEET_NAME or bad or name.casefold() == "history":
        raise InputError(
            f'"{name}" cannot be the name of a sheet; expected 1 to {MAX_SHEET_NAME} characters '
            "(but not History) without [ ] : * ? / \\."
        )
    if name[0] == "'" or name[-1] == "'":
        raise InputError(
            f'"{name}" cannot be the name of a sheet; expected no apostrophe at its ends.'
        )


def free_sheet_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """A name that no sheet has: the wanted one, else one with a number behind it."""
    candidate, number = name, 1
    while is_taken(candidate):
        number += 1
        ending = f" ({number})"
        candidate = name[: MAX_SHEET_NAME - len(ending)].rstrip("' ") + ending
    return candidate


def redirected(
    description: SheetDescription, name: str, marks: Mapping[str, str]
) -> SheetDescription:
    """The description under its sheet's name, its references leading to the sheets as called.

    Parameters
    ----------
    description
        What is put.
    name
        What the sheet is called.
    marks
        The sheets of ours by their names, each with what its mark says.
    """
    actual = {**_names_by_description(marks), description.name.casefold(): name}
    renamed = {old: new for old, new in actual.items() if old != new.casefold()}
    if not renamed:
        return replace(description, name=name)

    def led(reference: str) -> str:
        return _QUOTED_OR_PLAIN_SHEET.sub(lambda found: _led(found, renamed), reference)

    def linked(cell: Cell) -> Cell:
        if cell.link is None or is_external(cell.link):
            return cell
        # A link may name its sheet without the quotes that a formula needs.
        sheet, mark, area = cell.link.rpartition("!")
        if mark and sheet.casefold() in renamed:
            return replace(cell, link=f"{quote_sheet(renamed[sheet.casefold()])}!{area}")
        return replace(cell, link=led(cell.link))

    def charted(chart: Chart) -> Chart:
        series = tuple(
            replace(
                one,
                values=led(one.values),
                categories=one.categories and led(one.categories),
                name_reference=one.name_reference and led(one.name_reference),
                x_values=one.x_values and led(one.x_values),
                sizes=one.sizes and led(one.sizes),
                labels=one.labels and led(one.labels),
            )
            for one in chart.series
        )
        return replace(chart, series=series)

    return replace(
        description,
        name=name,
        cells={at: linked(cell) for at, cell in description.cells.items()},
        charts=tuple(charted(chart) for chart in description.charts),
        validations=tuple(
            replace(rule, values=tuple(map(led, rule.values))) for rule in description.validations
        ),
        conditional_formats=tuple(
            replace(rule, values=tuple(map(led, rule.values)))
            for rule in description.conditional_formats
        ),
    )


def _led(found: re.Match[str], renamed: dict[str, str]) -> str:
    sheet = (found[1] or found[2]).replace("''", "'")
    new = renamed.get(sheet.casefold())
    return f"{quote_sheet(new)}!" if new else found[0]


def check_table_names(description: SheetDescription) -> None:
    """Refuse, with an `InputError`, what cannot be the name of a table."""
    for table in description.tables:
        if not _TABLE_NAME.fullmatch(table.name) or _LOOKS_LIKE_A_CELL.fullmatch(table.name):
            raise InputError(
                f'"{table.name}" cannot be the name of a table on sheet "{description.name}"; '
                "expected a letter, then letters, digits and _, and nothing like a cell address."
            )


def free_table_name(name: str, taken: set[str]) -> str:
    """A name that neither a table nor a defined name has; the two share one set in Excel."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate.casefold())
    return candidate
