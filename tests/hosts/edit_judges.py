"""Other programs on edited workbooks: LibreOffice shows the same values, the validator no new flaw.

LibreOffice opens many workbooks in one run, so that a batch costs little more than one.
"""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
from openpyxl.utils.datetime import to_excel

from tests.hosts.feature_edits import FORMULAS
from tests.hosts.feature_survey import Cell, Seen, Survey, address, box_of, serial_of, within
from tests.machine import Calc, Validator
from xlportfolio.values import CellError
from xlportfolio.workbook.protocol import Formula

Values = dict[str, dict[Cell, object]]
_SECOND = 1 / 86_400
_AT_A_TIME = 60


class ManyBooks(Calc):
    """LibreOffice over a batch of workbooks."""

    def values_of(self, workbooks: Sequence[Path]) -> dict[Path, Values]:
        """The values of each workbook that it opens; one that it does not open is absent."""
        found: dict[Path, Values] = {}
        for start in range(0, len(workbooks), _AT_A_TIME):
            found.update(self._some(workbooks[start : start + _AT_A_TIME]))
        return found

    def _some(self, workbooks: Sequence[Path]) -> dict[Path, Values]:
        work = self._folder / "many"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        copies = []
        for number, workbook in enumerate(workbooks):
            copies.append(work / f"book{number}{workbook.suffix}")
            shutil.copyfile(workbook, copies[-1])
        self._run("--convert-to", "xlsx", "--outdir", str(work / "out"), *map(str, copies))
        found = {}
        for number, workbook in enumerate(workbooks):
            written = work / "out" / f"book{number}.xlsx"
            if written.is_file():
                found[workbook] = _values(written)
        return found


def _values(path: Path) -> Values:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {
            (cell.row, cell.column): _plain(cell.value, book.epoch)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


def _plain(value: object, epoch: datetime) -> object:
    """A moment as its serial number: LibreOffice decides by the format which it shows."""
    if isinstance(value, (date, time, timedelta)):
        return to_excel(value, epoch)
    return value


@dataclass
class Judged:
    """A workbook to be judged: as it was, as it is, and the cells that were edited in between."""

    what: str
    before: Path
    after: Path
    edited: Mapping[str, Mapping[Cell, object]] = field(default_factory=dict)


def judge(books: Sequence[Judged], office: ManyBooks, validator: Validator | None) -> list[str]:
    """What LibreOffice and the validator say against edited workbooks; empty if nothing."""
    complaints = []
    if validator is not None:
        # It is another process, so that two threads keep two cores busy.
        with ThreadPoolExecutor(2) as threads:
            pairs = [(one.before, one.after) for one in books]
            for one, found in zip(
                books, threads.map(lambda pair: validator.new_findings(*pair), pairs), strict=True
            ):
                complaints += [f"{one.what}: the validator finds {each}" for each in found]
    paths = [*{one.before for one in books}, *(one.after for one in books)]
    values = office.values_of(paths)
    for one in books:
        if one.before not in values:
            continue  # LibreOffice never opened it
        if one.after not in values:
            complaints.append(f"{one.what}: LibreOffice opens it no more")
            continue
        complaints += [f"{one.what}: {said}" for said in _compare(one, values)]
    return complaints


def _compare(one: Judged, values: Mapping[Path, Values]) -> list[str]:
    before, after = values[one.before], values[one.after]
    survey = Survey(one.before)
    complaints = []
    # Formulas may read more than before, where a table has grown.
    untouched = set(untouched_cells(survey, one.edited))
    untouched &= set(untouched_cells(Survey(one.after), one.edited))
    for sheet, at in sorted(untouched):
        if sheet not in after:
            complaints.append(f"LibreOffice shows no sheet {sheet}")
            break
        was, is_now = before[sheet].get(at), after[sheet].get(at)
        if was != is_now:
            complaints.append(
                f"LibreOffice shows {is_now!r} in {sheet}!{address(at)}, before {was!r}"
            )
    for sheet, cells in one.edited.items():
        for at, value in cells.items():
            shown = after[sheet].get(at)
            if not _shows(shown, value, date1904=survey.date1904):
                complaints.append(
                    f"LibreOffice shows {shown!r} in {sheet}!{address(at)}, written {value!r}"
                )
    return complaints


def _shows(shown: object, value: object, *, date1904: bool) -> bool:
    match value:
        case None:
            return shown is None
        case Formula():
            return shown == FORMULAS.get(value.text, shown)
        case CellError():
            # LibreOffice knows fewer errors than Excel, and calls the others by another name.
            return isinstance(shown, str) and shown.startswith(("#", "Err:"))
        case bool():
            return shown == value
        case str():
            # It does not read the escapes of inline strings, and keeps no empty end of a line.
            return "_x" in value or shown == value
        case date() | time():
            value = serial_of(value, date1904=date1904)
    assert isinstance(value, (int, float))
    tolerance = max(_SECOND, abs(value) * 1e-12)
    return isinstance(shown, (int, float)) and abs(float(shown) - value) <= tolerance


# -- dependants, by a rule that rather names too many


_REFERENCE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!)?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?"
    r"(?![\w(])"
)
_KNOWN = re.compile(r"(?:_xlfn\.|_xlpm\.)?[A-Za-z_.][\w.]*")


def untouched_cells(
    survey: Survey, edited: Mapping[str, Collection[Cell]]
) -> Iterator[tuple[str, Cell]]:
    """The cells whose value cannot depend on edited ones: constants, and formulas far from them."""
    touched = {(sheet, at) for sheet, cells in edited.items() for at in cells}
    formulas: dict[tuple[str, Cell], tuple[set[tuple[str, Cell]], bool]] = {}
    for name, sheet in survey.sheets.items():
        for at, seen in sheet.cells.items():
            if seen.formula is not None:
                formulas[name, at] = _precedents(name, seen)
        for box in (*sheet.arrays, *sheet.what_if):
            for at in within(box):
                if at != box[:2]:
                    formulas[name, at] = ({(name, (box[0], box[1]))}, False)
    is_growing = True
    while is_growing:
        is_growing = False
        for place, (sources, is_unknown) in formulas.items():
            if place not in touched and (is_unknown or sources & touched):
                touched.add(place)
                is_growing = True
    for name, sheet in survey.sheets.items():
        for at in sheet.cells:
            if (name, at) not in touched:
                yield name, at


def _precedents(sheet: str, seen: Seen) -> tuple[set[tuple[str, Cell]], bool]:
    """What a formula reads, and whether it may read more than can be told from its text."""
    text = re.sub(r'"[^"]*"', '""', seen.formula or "")
    found: set[tuple[str, Cell]] = set()
    is_unknown = "[" in text or seen.formula_kind == "dataTable"

    def note(match: re.Match[str]) -> str:
        name = (match[1] or match[2] or sheet).replace("''", "'")
        first = f"{match[3]}{match[4]}"
        box = box_of(f"{first}:{match[5]}{match[6]}" if match[5] else first)
        found.update((name, at) for at in within(box))
        return " "

    rest = _REFERENCE.sub(note, text)
    for word in _KNOWN.finditer(rest):
        is_function = rest[word.end() : word.end() + 1] == "("
        is_constant = word[0].upper() in ("TRUE", "FALSE") or word[0].startswith("_xlpm.")
        if not is_function and not is_constant:
            is_unknown = True
    if re.search(r"(?i)INDIRECT|OFFSET|RAND|NOW|TODAY|CELL", rest) or ":" in rest:
        is_unknown = True
    return found, is_unknown
