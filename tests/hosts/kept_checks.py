"""What must be the same after an edit: parts to the byte, sheets but for their edited cells.

Each check returns complaints, none where all is well. They read with zipfile, lxml and openpyxl;
nothing of the workbook layer but its lint is asked.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
import zipfile
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils.datetime import to_excel

from tests.hosts.feature_edits import Attempt
from tests.hosts.feature_survey import (
    Cell,
    Seen,
    SheetSurvey,
    Survey,
    address,
    box_of,
    holds,
    is_inside,
    local,
    placed_cells,
    within,
)
from tests.hosts.fuzz_splice import compare_bytes
from tests.hosts.growth_checks import check_growth, follow
from xlportfolio.values import CellError
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.protocol import Formula, Writable

INDEXES = ("[Content_Types].xml", "docProps/app.xml")
_LONGEST_COMPARED_AS_BYTES = 200_000
_SECOND = 1 / 86_400
_LAST_DAY = 2_958_466
"""The serial number after that of 9999-12-31."""


def check_edit(
    before: Path, after: Path, attempts: Collection[Attempt], users: Collection[str]
) -> list[str]:
    """Every check of one save that needs no other program.

    Parameters
    ----------
    before, after
        The file before the edits and after them.
    attempts
        What was done in between.
    users
        The parts that were in the workbook before any edit: others are ours.
    """
    old, new = Survey(before), Survey(after)
    written: dict[str, dict[Cell, Writable]] = {}
    put: dict[str, dict[Cell, Writable]] = {}
    growing = [attempt for attempt in attempts if attempt.kind == "grow"]
    for attempt in attempts:
        if attempt.kind in ("cells", "grow"):
            written.setdefault(attempt.sheet, {}).update(attempt.cells)
        elif attempt.kind == "cached":
            put.setdefault(attempt.sheet, {}).update(attempt.cells)
    complaints = [f"lint: {one}" for one in new_findings(before, after)]
    complaints += check_parts(before, after, old, new, attempts, users)
    complaints += check_workbook(old, new, bool(written), may_name_more=bool(growing))
    complaints += check_indexes(old, new, users)
    complaints += check_pivot_caches(old, new)
    for name in old.sheets if growing else written:
        if name in new.sheets:  # ours may have gone
            cells = written.get(name, {})
            complaints += check_sheet(old.sheets[name], new.sheets[name], cells, growing)
    for name, cells in written.items():
        complaints += check_written(
            old.sheets[name], new.sheets[name], cells, in_own_style=not growing
        )
    for name, cells in put.items():
        complaints += check_cached(old.sheets[name], new.sheets[name], cells)
    if written:
        complaints += check_with_openpyxl(before, after, written)
    for attempt in growing:
        complaints += check_growth(before, after, attempt)
    return complaints


# -- the package


def raw_entries(path: Path) -> dict[str, tuple[bytes, tuple[object, ...]]]:
    """Every entry as it lies in the file, header and descriptor with it, and what is said of it."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        starts = sorted(entry.header_offset for entry in entries)
        ends = dict(zip(starts, [*starts[1:], archive.start_dir], strict=True))
    return {
        entry.filename: (
            data[entry.header_offset : ends[entry.header_offset]],
            (
                entry.date_time,
                entry.compress_type,
                entry.comment,
                entry.create_system,
                entry.create_version,
                entry.external_attr,
                entry.internal_attr,
                entry.flag_bits,
            ),
        )
        for entry in entries
    }


def check_parts(
    before: Path,
    after: Path,
    old: Survey,
    new: Survey,
    attempts: Collection[Attempt],
    users: Collection[str],
) -> list[str]:
    """Entries that had no reason to change are the same bytes, in the same order."""
    complaints = []
    one, other = raw_entries(before), raw_entries(after)
    may_change = {old.part, *(old.sheets[a.sheet].part for a in attempts if a.sheet)}
    if any(attempt.kind in ("ours", "handback") for attempt in attempts):
        may_change |= {*INDEXES, _links_of(old.part), old.styles or ""}
        may_change |= set(one) - set(users)
    elif all(attempt.kind == "cached" for attempt in attempts):
        may_change.discard(old.part)
    moments = [v for a in attempts for v in a.cells.values() if isinstance(v, (date, time))]
    if moments and any(attempt.kind == "cells" for attempt in attempts):
        may_change.add(old.styles or "")
        if old.styles is None:
            may_change |= {INDEXES[0], _links_of(old.part)}
    for attempt in attempts:
        if attempt.growth is not None:  # names and charts are looked at by check_growth
            may_change |= {attempt.growth.part, old.styles or ""}
            may_change |= {sheet.part for sheet in old.sheets.values()}
            may_change |= {name for name in one if "/charts/chart" in name}
    if old.chain is not None and new.chain is None:
        may_change |= {old.chain, INDEXES[0], _links_of(old.part)}
        if not any(_takes_a_formula(old, attempt) for attempt in attempts):
            complaints.append("the calculation chain went without need")
    for name, (raw, said) in one.items():
        if name in may_change:
            is_same = name in other and old.contents[name] == new.contents[name]
            if is_same and other[name][0] != raw:
                complaints.append(f"{name} was packed anew, though it did not change")
            continue
        if name not in other:
            complaints.append(f"{name} is gone")
        elif other[name][0] != raw:
            if not _is_only_to_be_refreshed(name, old, new, attempts):
                complaints.append(f"the bytes of {name} changed")
        elif other[name][1] != said:
            complaints.append(f"{name} was {said}, is {other[name][1]}")
    gone = set(one) & set(users) - set(other) - {old.chain}
    if gone:
        complaints.append(f"parts are gone: {sorted(gone)}")
    added = set(other) - set(one)
    has_ours = any(attempt.kind == "ours" for attempt in attempts)
    if not has_ours and added - {new.styles}:
        complaints.append(f"parts were added: {sorted(added)}")
    kept = [name for name in one if name in other and name in users]
    if [name for name in other if name in one and name in users] != kept:
        complaints.append("the order of the parts changed")
    return complaints


def _is_only_to_be_refreshed(
    name: str, old: Survey, new: Survey, attempts: Collection[Attempt]
) -> bool:
    """Whether all that changed is that Excel is to refresh a pivot cache of what was edited."""
    if name not in old.related(old.part, "pivotCacheDefinition"):
        return False
    one, other = (etree.fromstring(survey.contents[name]) for survey in (old, new))
    source = one.find("{*}cacheSource/{*}worksheetSource")
    if source is None or other.attrib.pop("refreshOnLoad", "") != "1":
        return False
    one.attrib.pop("refreshOnLoad", "")
    edited = {attempt.sheet for attempt in attempts if attempt.kind in ("cells", "grow")}
    is_same = etree.tostring(one, method="c14n2") == etree.tostring(other, method="c14n2")
    return is_same and bool(edited)


def _takes_a_formula(old: Survey, attempt: Attempt) -> bool:
    if attempt.kind != "cells":
        return attempt.kind in ("ours", "handback")
    cells = old.sheets[attempt.sheet].cells
    return any(
        at in cells
        and cells[at].formula is not None
        and (not isinstance(value, Formula) or cells[at].formula_kind == "array")
        for at, value in attempt.cells.items()
    )


def _links_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def check_workbook(
    old: Survey, new: Survey, is_written: bool, *, may_name_more: bool = False
) -> list[str]:
    """The workbook's part is the same but for our sheets, their names and fullCalcOnLoad.

    Names may stand for more cells where a table has grown.
    """
    properties = new.root.find("{*}calcPr")
    complaints = []
    if is_written and (properties is None or properties.get("fullCalcOnLoad") != "1"):
        complaints.append("Excel is not asked to compute")
    kept = {name for name in old.sheets if not name.startswith("PF ")}
    one, other = (_plain_workbook(book, kept, with_names=not may_name_more) for book in (old, new))
    if one != other:
        complaints.append(f"the workbook's part changed: {_first_difference(one, other)}")
    return complaints


def _plain_workbook(survey: Survey, kept: Collection[str], *, with_names: bool) -> bytes:
    root = etree.fromstring(survey.contents[survey.part])
    ours: set[str] = set()
    for number, sheet in enumerate(root.findall("{*}sheets/{*}sheet")):
        if str(sheet.get("name")).startswith("PF ") and sheet.get("name") not in kept:
            ours.add(str(number))
            _drop(sheet)
    for name in root.findall("{*}definedNames/{*}definedName"):
        if name.get("localSheetId") in ours:
            _drop(name)
    for names in root.findall("{*}definedNames"):
        if len(names) == 0 or not with_names:
            _drop(names)
    for properties in root.findall("{*}calcPr"):
        properties.attrib.pop("fullCalcOnLoad", "")
        if not properties.attrib:
            _drop(properties)
    return etree.tostring(root, method="c14n2")


def check_no_trace(original: Path, after: Path) -> list[str]:
    """After our sheets were put and taken out the package is as it was, but for styles."""
    one, other = raw_entries(original), raw_entries(after)
    old, new = Survey(original), Survey(after)
    if list(one) != [name for name in other if name in one or name != new.styles]:
        return [f"the parts were {list(one)}, are {list(other)}"]
    complaints = check_indexes(old, new, list(one))
    for name, (raw, _) in one.items():
        if other[name][0] == raw or name == old.styles:
            continue
        if name not in (*INDEXES, old.part, _links_of(old.part)):
            complaints.append(f"the bytes of {name} changed")
            continue
        were, are = (_entries(survey.contents[name], name) for survey in (old, new))
        # A default for an extension that no part has says nothing of the workbook.
        are = [entry for entry in are if entry in were or not entry.startswith(b"<Default ")]
        if old.styles is None:
            are = [entry for entry in are if b"styles" not in entry]
        if were != are:
            complaints.append(f"{name} was {were}, is {are}")
    return complaints


def _entries(content: bytes, name: str) -> list[bytes]:
    """What a part says: in any order where it is a list."""
    root = etree.fromstring(content)
    if name.endswith(".rels") or name == INDEXES[0]:
        return sorted(etree.tostring(one, method="c14n", exclusive=True) for one in root)
    return [etree.tostring(root, method="c14n2")]


def check_indexes(old: Survey, new: Survey, users: Collection[str]) -> list[str]:
    """Of the user's parts the indexes say what they said; styles are appended only."""
    complaints = []
    for name in (INDEXES[0], _links_of(old.part)):
        one, other = (
            {
                tuple(sorted((str(k), str(v)) for k, v in element.attrib.items()))
                for element in etree.fromstring(survey.contents[name])
            }
            for survey in (old, new)
        )
        lost = {
            entry
            for entry in one - other
            if "calcChain" not in str(entry) and _is_users(entry, users)
        }
        if lost:
            complaints.append(f"{name} lost {sorted(lost)}")
    if old.styles is not None and new.styles is not None:
        one_root, other_root = (
            etree.fromstring(survey.contents[str(survey.styles)]) for survey in (old, new)
        )
        for kind in ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "dxfs"):
            were, are = (
                [
                    etree.tostring(one, method="c14n", exclusive=True)
                    for one in root.iterfind(f"{{*}}{kind}/*")
                ]
                for root in (one_root, other_root)
            )
            if are[: len(were)] != were:
                complaints.append(f"{kind} of the styles were not only appended to")
    return complaints


def _is_users(entry: tuple[tuple[str, str], ...], users: Collection[str]) -> bool:
    """Whether an entry of an index stands for a part that is not ours."""
    said = dict(entry)
    target = said.get("PartName") or said.get("Target")
    if target is None or "://" in target:
        return True
    name = target.lstrip("/")
    return name in users or f"xl/{name}" in users


def check_pivot_caches(old: Survey, new: Survey) -> list[str]:
    """A cache whose source cells were written is to be refreshed."""
    complaints = []
    for name in new.related(new.part, "pivotCacheDefinition"):
        root = etree.fromstring(new.contents[name])
        source = root.find("{*}cacheSource/{*}worksheetSource")
        sheet = None if source is None else source.get("sheet")
        if source is None or sheet is None or "ref" not in source.attrib:
            continue
        box = box_of(source.get("ref", ""))
        one, other = old.sheets[sheet].cells, new.sheets[sheet].cells
        changed = [at for at in within(box) if _value_of(one, at) != _value_of(other, at)]
        if changed and root.get("refreshOnLoad") != "1":
            complaints.append(f"{name} is not to be refreshed after {sheet}!{address(changed[0])}")
    return complaints


def _value_of(cells: Mapping[Cell, Seen], at: Cell) -> tuple[str | None, str | None]:
    seen = cells.get(at)
    return (None, None) if seen is None else (seen.value, seen.formula)


# -- sheets


def check_sheet(
    old: SheetSurvey,
    new: SheetSurvey,
    cells: Mapping[Cell, Writable],
    growing: Collection[Attempt] = (),
) -> list[str]:
    """Everything on the sheet but the edited cells is the same; dimension and spans cover them.

    Where a table has grown, rules may be over more, and formulas refer to its new rows.
    """
    complaints = []
    one = _plain_sheet(old, cells, growing, is_old=True)
    other = _plain_sheet(new, cells, growing, is_old=False)
    if one != other:
        complaints.append(f"{old.name} changed beside the edits: {_first_difference(one, other)}")
    # It knows no other encoding and no other quotes, and takes its time.
    is_usual = not old.xml.startswith((b"\xff\xfe", b"\xfe\xff")) and b"<c r='" not in old.xml
    is_short = len(old.xml) < _LONGEST_COMPARED_AS_BYTES
    if is_usual and is_short and not growing:
        said = compare_bytes(old.xml, new.xml, dict(cells))
        complaints += [f"{old.name}: {said}"] if said else []
    filled = [at for at, value in cells.items() if value is not None]
    for dimension in new.root.iterfind("{*}dimension"):
        box = box_of(dimension.get("ref", "A1"))
        outside = [at for at in filled if not is_inside(box, at)]
        if outside:
            complaints.append(f"the dimension leaves out {address(outside[0])}")
    numbers = [at for at, _ in placed_cells(new.root)]
    if numbers != sorted(set(numbers)):
        complaints.append(f"the cells of {old.name} are out of order")
    return complaints


def _plain_sheet(
    sheet: SheetSurvey,
    cells: Mapping[Cell, Writable],
    growing: Collection[Attempt],
    *,
    is_old: bool,
) -> bytes:
    """The sheet without the edited cells, every place said, shared formulas worked out."""
    root = etree.fromstring(sheet.xml)
    shared: dict[str, Translator] = {}
    for at, cell in list(placed_cells(root)):
        cell.set("r", address(at))
        formula = cell.find("{*}f")
        if formula is not None and formula.get("t") == "shared":
            index = formula.get("si", "")
            if formula.text:
                shared[index] = Translator("=" + formula.text, address(at))
            formula.text = shared[index].translate_formula(address(at))
            formula.attrib.clear()
    for attempt in growing if is_old else ():
        assert attempt.growth is not None
        follow(root, sheet.name, attempt.sheet, attempt.growth)
    number = 0
    for row in root.findall("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        row.set("r", str(number))
        row.attrib.pop("spans", "")
        for cell in row.findall("{*}c"):
            row_and_column = _position(cell.get("r", ""))
            if row_and_column in cells:
                _drop(cell)
        if len(row) == 0 and len(row.attrib) == 1:
            _drop(row)
    for dimension in root.findall("{*}dimension"):
        dimension.set("ref", "A1")
    for element in root.iter() if growing else ():
        if local(element) == "sqref":
            element.text = ""
        elif local(element) in ("conditionalFormatting", "dataValidation"):
            element.attrib.pop("sqref", "")
    return etree.tostring(root, method="c14n2")


def _position(text: str) -> Cell:
    box = box_of(text)
    return box[0], box[1]


def _drop(element: etree._Element) -> None:
    """Take an element out, and keep the text behind it."""
    parent = element.getparent()
    assert parent is not None
    tail, before = element.tail, element.getprevious()
    if tail and tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def check_written(
    old: SheetSurvey, new: SheetSurvey, cells: Mapping[Cell, Writable], *, in_own_style: bool
) -> list[str]:
    """The edited cells hold what was written, in the style that they had."""
    complaints = []
    for at, value in cells.items():
        seen = new.cells.get(at)
        where = f"{old.name}!{address(at)}"
        style = old.style_of(at)
        if value is None:
            if seen is not None and (seen.value is not None or seen.formula is not None):
                complaints.append(f"{where} is {seen}, expected nothing")
            if in_own_style and at in old.cells and style and (seen is None or seen.style != style):
                complaints.append(f"{where} lost its style {style}: {seen}")
            continue
        if seen is None:
            complaints.append(f"{where} is not there, expected {value!r}")
            continue
        if not holds(seen, value, date1904=old.book.date1904):
            complaints.append(f"{where} is {seen}, expected {value!r}")
        if in_own_style and seen.style != style and not isinstance(value, (date, time)):
            complaints.append(f"{where} has style {seen.style}, expected {style}")
    return complaints


def check_cached(old: SheetSurvey, new: SheetSurvey, cells: Mapping[Cell, Writable]) -> list[str]:
    """Values stand beside formulas, and the formulas and all other cells are as they were."""
    complaints = []
    for at in old.cells.keys() | new.cells.keys():
        one, other = old.cells.get(at), new.cells.get(at)
        if at not in cells:
            if one != other:
                complaints.append(f"{old.name}!{address(at)} was {one}, is {other}")
            continue
        assert one is not None
        if other is None or other.formula != one.formula or other.style != one.style:
            complaints.append(f"{old.name}!{address(at)} was {one}, is {other}")
            continue
        value = cells[at]
        text = other._replace(formula=None, kind="inlineStr" if other.kind == "str" else other.kind)
        if not holds(text, value, date1904=old.book.date1904):
            complaints.append(f"{old.name}!{address(at)} is {other}, expected {value!r}")
    root, new_root = (_without_cells(sheet) for sheet in (old, new))
    if root != new_root:
        complaints.append(f"{old.name} changed around its cells")
    return complaints


def _without_cells(sheet: SheetSurvey) -> bytes:
    root = etree.fromstring(sheet.xml)
    for cell in root.findall("{*}sheetData/{*}row/{*}c"):
        cell.attrib.pop("t", "")
        for value in cell:
            if local(value) in ("v", "is"):
                _drop(value)
    return etree.tostring(root, method="c14n2")


# -- other readers


def check_with_openpyxl(
    before: Path, after: Path, written: Mapping[str, Mapping[Cell, Writable]]
) -> list[str]:
    """What openpyxl reads in the written cells; where it cannot read the original, nothing."""
    original = _opened(before)
    if original is None:
        return []
    book = _opened(after)
    if book is None:
        return ["openpyxl reads it no more"]
    complaints = []
    for name, cells in written.items():
        if name not in original.sheetnames:
            continue  # as in a strict workbook, of which it finds no sheet
        sheet = book[name]
        for at, value in cells.items():
            found = sheet.cell(*at).value
            if value is None and sheet.cell(*at).hyperlink is not None:
                continue  # where a blank cell is a link it tells where that leads
            if not _is_read_back(found, value, book.epoch):
                where = f"{name}!{address(at)}"
                complaints.append(f"openpyxl reads {found!r} in {where}, expected {value!r}")
    return complaints


def _opened(path: Path) -> openpyxl.Workbook | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # It goes by the extension, and knows no templates with macros by another name.
        stream = io.BytesIO(path.read_bytes())
        with contextlib.suppress(Exception):
            return openpyxl.load_workbook(stream)
    return None


def _is_read_back(found: object, value: Writable, epoch: datetime) -> bool:
    match value:
        case None:
            return found in (None, "")
        case Formula():
            return found == f"={value.text.removeprefix('=')}"
        case CellError():
            return found == value.code
        case bool():
            return found is value
        case str():
            escaped = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", value)
            return found in (value, escaped)
    if found == "#VALUE!":  # a number that is no date, where dates are shown
        return isinstance(value, (int, float)) and not 0 <= value < _LAST_DAY
    if isinstance(found, (date, time)):
        found = to_excel(found, epoch)
    elif not isinstance(found, (int, float)):
        with contextlib.suppress(Exception):
            found = to_excel(found, epoch)
    wanted = to_excel(value, epoch) if isinstance(value, (date, time)) else value
    return isinstance(found, (int, float)) and abs(float(found) - float(wanted)) <= max(
        _SECOND, abs(wanted) * 1e-12
    )


def _first_difference(one: bytes, other: bytes) -> str:
    place = next(
        (k for k, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    shown = slice(max(0, place - 60), place + 90)
    return f"{one[shown]!r} became {other[shown]!r}"
