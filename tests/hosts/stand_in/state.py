"""All of a workbook as one value that people can compare, and where two of them differ."""

from __future__ import annotations

from typing import Any

from tests.hosts.stand_in.loading import text_of
from tests.hosts.stand_in.model import BookModel, ErrorValue, SheetModel
from xlportfolio.workbook.references import cell_address

State = dict[str, Any]


def state_of(book: BookModel) -> State:
    """Everything of a workbook, by what it is."""
    return {
        "sheets": [sheet.name for sheet in book.sheets],
        "names": sorted((name.said, name.text, name.hidden) for name in book.names),
        "structure": book.structure_is_protected,
        "1904": book.uses_1904,
        **{f"sheet {sheet.name}": _sheet(sheet) for sheet in book.sheets},
    }


def _sheet(sheet: SheetModel) -> State:
    return {
        "visible": sheet.visible,
        "protected": sheet.is_protected,
        "filter": (sheet.filter and sheet.filter.address, sheet.is_filtering),
        "view": vars(sheet.view),
        "cells": _cells(sheet),
        "arrays": sorted((one.range.address, one.is_spill) for one in sheet.arrays),
        "rows": {str(row): _line(line) for row, line in sorted(sheet.rows.items())},
        "columns": {str(one): _line(line) for one, line in sorted(sheet.columns.items())},
        "merges": sorted(one.address for one in sheet.merges),
        "rules": [
            (" ".join(one.address for one in rule.ranges), rule.text) for rule in sheet.rules
        ],
        "validations": sorted(
            (" ".join(sorted(one.address for one in rule.ranges)), rule.text)
            for rule in sheet.validations
        ),
        "notes": {cell_address(*at): note.text for at, note in sorted(sheet.notes.items())},
        "links": {cell_address(*at): vars(link) for at, link in sorted(sheet.links.items())},
        "tables": {
            table.name: (
                table.range.address,
                table.columns,
                table.header_rows,
                table.totals_rows,
                table.style,
                table.bands,
                table.has_filter,
            )
            for table in sheet.tables
        },
        "charts": [chart.text for chart in sheet.charts],
    }


def _cells(sheet: SheetModel) -> State:
    cells: State = {}
    for at in sorted(sheet.values.keys() | sheet.formulas.keys() | sheet.styles.keys()):
        value = sheet.values.get(at)
        cell: State = {}
        if value is not None:
            cell["value"] = value if not isinstance(value, ErrorValue) else text_of(value)
            cell["type"] = type(value).__name__
        if at in sheet.formulas:
            cell["formula"] = sheet.formulas[at]
        if at in sheet.styles:
            cell |= sheet.styles[at].text
        cells[cell_address(*at)] = cell
    return cells


def _line(line: Any) -> State:
    return {"size": line.size, "hidden": line.hidden, "style": line.style and line.style.text}


def differences(before: Any, after: Any, *, most: int = 20) -> list[str]:
    """Where two states differ, one sentence each, the first few of them.

    Parameters
    ----------
    before, after
        What `state_of` gave.
    most
        How many to tell.
    """
    found: list[str] = []
    _compare(before, after, "", found)
    return found[:most]


def _compare(before: Any, after: Any, where: str, found: list[str]) -> None:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            _compare(before.get(key), after.get(key), f"{where} > {key}" if where else key, found)
    else:
        found.append(f"{where}: was {before!r}, is {after!r}")
