"""What is kept of an open workbook before a step changes it: one zip file, for failure and undo.

`changes.json` says what the step changes: the user's cells as they are and as they will be, our
sheets, names. `sheets.xlsx` holds our sheets as they are, as Excel copied them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.description import Chart, PrintSetup, Series, SheetDescription
from xlportfolio.workbook.live.entering import Entries, Entry, Formats
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange

CHANGES, SHEETS = "changes.json", "sheets.xlsx"
_FORMAT = 1
_SPACE = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|\s+""")
_LARGEST_CHANGES = 256 << 20
_LARGEST_SHEETS = 512 << 20


@dataclass(frozen=True)
class Kept:
    """What is kept of a workbook before a step.

    Attributes
    ----------
    path
        The zip file; it is deleted with the `LiveWorkbook`.
    hash_after
        SHA-256, in hexadecimal, of what the step leaves in the cells that it writes.
    """

    path: Path
    hash_after: str


@dataclass(frozen=True)
class KeptPiece:
    """A rectangle of the user's cells of which some change.

    Attributes
    ----------
    sheet, cells
        Where.
    before, after
        Rows of what the cells hold.
    changed
        The cells that change.
    formats
        The number formats before.
    prefixed
        The texts before that carry an apostrophe.
    new_formats
        The number formats that change.
    """

    sheet: str
    cells: CellRange
    before: Entries
    after: Entries
    changed: tuple[CellRange, ...]
    formats: Formats
    prefixed: frozenset[tuple[int, int]]
    new_formats: Formats = ()


@dataclass(frozen=True)
class KeptSheet:
    """A sheet of ours before the step.

    Attributes
    ----------
    mark
        What its mark says.
    held_as
        What its copy is called in `sheets.xlsx`.
    visible
        As Excel says it.
    look
        Its view, print setup and charts; no cells.
    names
        The names local to it, with their texts, but for the mark.
    memory
        The hidden names that remember what was written on it, with their texts.
    formulas
        The user's formulas on it: cell and text of each.
    """

    name: str
    mark: str
    held_as: str
    visible: int
    look: SheetDescription
    names: tuple[tuple[str, str], ...]
    memory: tuple[tuple[str, str], ...] = ()
    formulas: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Changes:
    """All that a step changes in a workbook.

    Attributes
    ----------
    order
        The worksheets before the step.
    pieces
        The user's cells.
    sheets
        Our sheets that are written anew or taken out.
    new
        Our sheets that are added: the name of each, and its mark.
    left
        Our sheets after the step, by what their marks say: a digest of their values.
    dependents
        Formulas elsewhere that name what is taken off our sheets: sheet, cell, formula.
    names
        Names that do so: name, the sheet it is local to or None, text.
    """

    order: tuple[str, ...]
    pieces: tuple[KeptPiece, ...]
    sheets: tuple[KeptSheet, ...]
    new: tuple[tuple[str, str], ...]
    left: Mapping[str, str]
    dependents: tuple[tuple[str, str, str], ...] = ()
    names: tuple[tuple[str, str | None, str], ...] = ()

    @property
    def hash_after(self) -> str:
        """SHA-256 of what the step leaves in the cells that it writes."""
        said = [
            dict(self.left),
            [[kept.sheet, kept.cells.address, _rows_said(kept.after)] for kept in self.pieces],
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def plain_formula(text: str) -> str:
    """A formula without what Excel writes its own way: capitals and spaces.

    >>> plain_formula("=SUM( A1, B1 )")
    '=sum(a1,b1)'
    """
    return _SPACE.sub(lambda found: found[1] or "", text).casefold()


def digest_of(values: Iterable[tuple[int, int, Entry]]) -> str:
    """A digest of a sheet's values, whatever their order; blank cells do not count.

    Parameters
    ----------
    values
        Row, column and value of each cell.
    """
    said = sorted(
        [row, column, plain_formula(value.text) if isinstance(value, Formula) else _said(value)]
        for row, column, value in values
        if value is not None
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


# -- the file ------------------------------------------------------------------------------------


def write_kept(path: Path, changes: Changes, sheets: Path | None) -> Kept:
    """Write the zip file.

    Parameters
    ----------
    path
        Where; in a private folder.
    changes
        What the step changes.
    sheets
        The workbook that holds copies of our sheets; None where none is changed.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CHANGES, json.dumps(_changes_said(changes)))
        if sheets is not None:
            archive.write(sheets, SHEETS, zipfile.ZIP_STORED)
    return Kept(path, changes.hash_after)


def read_kept(path: Path, folder: Path) -> tuple[Changes, Path | None]:
    """Read the zip file; the workbook in it is put into a folder.

    Parameters
    ----------
    path
        The zip file.
    folder
        A private one, for the copies of our sheets.

    Raises
    ------
    WorkbookError
        If it is damaged.
    """
    with _damage_said(), zipfile.ZipFile(path) as archive:
        changes = _changes_in(archive)
        if SHEETS not in archive.namelist():
            return changes, None
        if archive.getinfo(SHEETS).file_size > _LARGEST_SHEETS:
            raise ValueError("too large")
        sheets = folder / f"xlportfolio-{changes.hash_after[:12]}.xlsx"
        sheets.write_bytes(archive.read(SHEETS))
        return changes, sheets


def read_changes(path: Path) -> Changes:
    """What a step changed, without the copies of our sheets.

    Parameters
    ----------
    path
        The zip file.

    Raises
    ------
    WorkbookError
        If it is damaged.
    """
    with _damage_said(), zipfile.ZipFile(path) as archive:
        return _changes_in(archive)


def _changes_in(archive: zipfile.ZipFile) -> Changes:
    if archive.getinfo(CHANGES).file_size > _LARGEST_CHANGES:
        raise ValueError("too large")
    return _changes_read(json.loads(archive.read(CHANGES)))


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OverflowError,
        NotImplementedError,
        EOFError,
        InputError,
        RecursionError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise WorkbookError(
            "What was kept of the workbook before this step is damaged, so the step cannot be "
            "taken back. Use an earlier version of the workbook (File > Info > Version History)."
        ) from error


# -- as JSON -------------------------------------------------------------------------------------


def _said(value: Entry) -> Any:
    if isinstance(value, Formula):
        return {"formula": value.text}
    if isinstance(value, CellError):
        return {"error": value.code}
    return value


def _entry_read(said: Any) -> Entry:
    if isinstance(said, dict):
        return Formula(str(said["formula"])) if "formula" in said else CellError(str(said["error"]))
    if isinstance(said, bool) or said is None:
        return said
    return said if isinstance(said, str) else float(said)


def _rows_said(entries: Entries) -> list[list[Any]]:
    return [[_said(value) for value in row] for row in entries]


def _rows_read(said: Any) -> list[list[Entry]]:
    return [[_entry_read(value) for value in row] for row in said]


def _formats_said(formats: Formats) -> list[list[str]]:
    return [[area.address, code] for area, code in formats]


def _formats_read(said: Any) -> list[tuple[CellRange, str]]:
    return [(CellRange.parse(address), str(code)) for address, code in said]


def _changes_said(changes: Changes) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "order": changes.order,
        "pieces": [
            {
                "sheet": kept.sheet,
                "cells": kept.cells.address,
                "before": _rows_said(kept.before),
                "after": _rows_said(kept.after),
                "formats": _formats_said(kept.formats),
                "new_formats": _formats_said(kept.new_formats),
                "changed": [area.address for area in kept.changed],
                "prefixed": sorted(kept.prefixed),
            }
            for kept in changes.pieces
        ],
        "sheets": [
            {
                "name": sheet.name,
                "mark": sheet.mark,
                "held_as": sheet.held_as,
                "visible": sheet.visible,
                "look": _look_said(sheet.look),
                "names": sheet.names,
                "memory": sheet.memory,
                "formulas": sheet.formulas,
            }
            for sheet in changes.sheets
        ],
        "new": changes.new,
        "left": dict(changes.left),
        "dependents": changes.dependents,
        "names": changes.names,
    }


def _changes_read(said: Any) -> Changes:
    if said["format"] != _FORMAT:
        raise ValueError("of another version")
    return Changes(
        order=tuple(map(str, said["order"])),
        pieces=tuple(
            KeptPiece(
                str(one["sheet"]),
                CellRange.parse(one["cells"]),
                _rows_read(one["before"]),
                _rows_read(one["after"]),
                tuple(map(CellRange.parse, one["changed"])),
                _formats_read(one["formats"]),
                frozenset((int(row), int(column)) for row, column in one["prefixed"]),
                _formats_read(one["new_formats"]),
            )
            for one in said["pieces"]
        ),
        sheets=tuple(
            KeptSheet(
                str(one["name"]),
                str(one["mark"]),
                str(one["held_as"]),
                int(one["visible"]),
                _look_read(str(one["name"]), one["look"]),
                tuple((str(name), str(text)) for name, text in one["names"]),
                tuple((str(name), str(text)) for name, text in one.get("memory", ())),
                tuple((str(cell), str(text)) for cell, text in one.get("formulas", ())),
            )
            for one in said["sheets"]
        ),
        new=tuple((str(name), str(mark)) for name, mark in said["new"]),
        left={str(mark): str(digest) for mark, digest in said["left"].items()},
        dependents=tuple((str(s), str(c), str(f)) for s, c, f in said["dependents"]),
        names=tuple((str(n), s if s is None else str(s), str(t)) for n, s, t in said["names"]),
    )


def _look_said(look: SheetDescription) -> dict[str, Any]:
    setup = look.print_setup
    return {
        "freeze": look.freeze,
        "tab_colour": look.tab_colour,
        "zoom": look.zoom,
        "gridlines": look.gridlines,
        "charts": [asdict(chart) for chart in look.charts],
        "print_setup": setup and {**asdict(setup), "areas": [area.address for area in setup.areas]},
    }


def _look_read(name: str, said: Any) -> SheetDescription:
    setup = said["print_setup"]
    if setup is not None:
        rows = setup["repeat_rows"]
        setup = PrintSetup(
            **{
                **setup,
                "repeat_rows": None if rows is None else (int(rows[0]), int(rows[1])),
                "areas": tuple(CellRange.parse(area) for area in setup["areas"]),
            }
        )
    return SheetDescription(
        name=name,
        cells={},
        freeze=said["freeze"],
        tab_colour=said["tab_colour"],
        zoom=said["zoom"],
        gridlines=said["gridlines"],
        print_setup=setup,
        charts=tuple(
            Chart(**{**chart, "series": tuple(Series(**one) for one in chart["series"])})
            for chart in said["charts"]
        ),
    )
