"""What may change when an Excel table grows: its part, rules and references over all its rows."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from tests.hosts.feature_edits import Attempt, Growth
from tests.hosts.feature_survey import (
    Cell,
    SheetSurvey,
    Survey,
    address,
    box_of,
    local,
    unescaped,
    within,
)
from xlportfolio.workbook.protocol import Formula

_REFERENCE = re.compile(
    r"(?<![\w.$:\]])(?:(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!)?"
    r"(\$?[A-Z]{1,3}\$?)(\d+):(\$?[A-Z]{1,3}\$?)(\d+)(?![\w(:])"
)
_FORMULAS = ("f", "formula", "formula1", "formula2")


def check_growth(before: Path, after: Path, attempt: Attempt) -> list[str]:
    """The table's part, what refers to all its rows, and the rules over them.

    Parameters
    ----------
    before, after
        The file before its table grew and after it.
    attempt
        How it grew.
    """
    assert attempt.growth is not None
    old, new = Survey(before), Survey(after)
    growth = attempt.growth
    complaints = _table(old, new, growth)
    complaints += _references(old, new, growth, attempt.sheet)
    sheet, new_sheet = old.sheets[attempt.sheet], new.sheets[attempt.sheet]
    complaints += _rules(sheet, new_sheet, growth)
    complaints += _styles(sheet, new_sheet, growth, attempt.cells)
    for at, value in attempt.cells.items():
        seen = new_sheet.cells.get(at)
        if isinstance(value, Formula) and (seen is None or seen.formula != value.text[1:]):
            complaints.append(f"{address(at)} of the new cells is {seen}, expected {value.text}")
    return complaints


def follow(root: etree._Element, name: str, table_sheet: str, growth: Growth) -> None:
    """Have the formulas of a sheet's tree refer to the new rows, but for those in the table.

    Parameters
    ----------
    root
        A worksheet whose cells say where they are.
    name
        That of the sheet.
    table_sheet, growth
        Where the table is, and how it grew.
    """
    for element in root.iter():
        if not element.text or local(element) not in _FORMULAS:
            continue
        cell = element.getparent()
        if cell is not None and local(cell) == "c":
            left, top = box_of(cell.get("r", ""))[1::-1]
            is_inside = growth.data[1] <= left <= growth.data[3]
            if name == table_sheet and is_inside and growth.box[0] <= top <= growth.box[2]:
                continue
        pieces = re.split(r'("[^"]*")', element.text)
        element.text = "".join(
            piece if piece.startswith('"') else _followed(piece, name, table_sheet, growth)
            for piece in pieces
        )


def _followed(text: str, home: str, table_sheet: str, growth: Growth) -> str:
    def longer(match: re.Match[str]) -> str:
        name = (match[1] or match[2] or home).replace("''", "'")
        first, last = box_of(f"{match[3]}{match[4]}"), box_of(f"{match[5]}{match[6]}")
        is_within = growth.data[1] <= first[1] and last[1] <= growth.data[3]
        is_all = (first[0], last[0]) == (growth.data[0], growth.data[2])
        if name.casefold() != table_sheet.casefold() or not (is_within and is_all):
            return match[0]
        return match[0].removesuffix(match[6]) + str(growth.box[2])

    return text if growth.headers else _REFERENCE.sub(longer, text)


def _table(old: Survey, new: Survey, growth: Growth) -> list[str]:
    """The table's part says where it stands now, and its new columns; the rest is as it was."""
    one, other = (etree.fromstring(book.contents[growth.part]) for book in (old, new))
    complaints = []
    complaints += [
        f"the table says {place.get('ref')}, expected {growth.box}"
        for place in (other, *other.findall("{*}autoFilter"))
        if box_of(place.get("ref", "")) != growth.box
    ]
    names = [
        unescaped(column.get("name", ""))
        for column in other.iterfind("{*}tableColumns/{*}tableColumn")
    ]
    if names[len(names) - len(growth.headers) :] != list(growth.headers):
        complaints.append(f"the columns are {names}, expected {growth.headers} at the end")
    numbers = [column.get("id") for column in other.iterfind("{*}tableColumns/{*}tableColumn")]
    if len(set(numbers)) != len(numbers) or len(names) != growth.box[3] - growth.box[1] + 1:
        complaints.append(f"the columns are numbered {numbers}")
    columns = other.find("{*}tableColumns")
    assert columns is not None
    for _ in growth.headers:
        columns.remove(columns[-1])
    columns.set("count", str(len(columns)))
    for root in (one, other):
        for place in (root, *root.findall("{*}autoFilter")):
            place.set("ref", "")
    if etree.tostring(one, method="c14n2") != etree.tostring(other, method="c14n2"):
        complaints.append("the table's part changed besides")
    return complaints


def _references(old: Survey, new: Survey, growth: Growth, sheet: str) -> list[str]:
    """Names and charts over all rows of columns are over the new ones too; others are not."""

    def grown(text: str) -> str:
        return _followed(text, "", sheet, growth)

    complaints = []
    for one, other in zip(
        old.root.iterfind("{*}definedNames/{*}definedName"),
        new.root.iterfind("{*}definedNames/{*}definedName"),
        strict=True,
    ):
        wanted = one.text or ""
        if _REFERENCE.fullmatch(wanted) and not str(one.get("name")).startswith("_xlnm."):
            wanted = grown(wanted)
        if other.text != wanted or one.attrib != other.attrib:
            complaints.append(f"{one.get('name')} is {other.text}, expected {wanted}")
    for name, content in old.contents.items():
        if "/charts/chart" in name:
            text = re.sub(
                r"(?<=<c:f>)[^<]*(?=</c:f>)", lambda match: grown(match[0]), content.decode()
            )
            if new.contents[name].decode() != text:
                complaints.append(f"{name} is not as it was but for the new rows")
    return complaints


def _rules(old: SheetSurvey, new: SheetSurvey, growth: Growth) -> list[str]:
    """A rule that was over all rows of a column is over the new ones, and no other rule is."""
    complaints = []
    one, other = _lists(old), _lists(new)
    if len(one) != len(other):
        return ["there are other rules than before"]
    for was, is_now in zip(one, other, strict=True):
        wanted = set(was)
        for column in range(growth.data[1], growth.data[3] + 1):
            rows = range(growth.data[0], growth.data[2] + 1)
            if all((row, column) in was for row in rows) and not growth.headers:
                wanted |= {(row, column) for row in range(growth.data[2] + 1, growth.box[2] + 1)}
        if is_now != wanted:
            complaints.append(f"a rule is over {sorted(is_now)}, expected {sorted(wanted)}")
    return complaints


def _lists(sheet: SheetSurvey) -> list[set[Cell]]:
    found = []
    for element in sheet.root.iter():
        if not isinstance(element.tag, str):
            continue
        is_rule = element.tag.endswith(("}conditionalFormatting", "}dataValidation"))
        text = element.get("sqref") if is_rule else None
        if element.tag.endswith("}sqref"):
            text = element.text
        if text:
            found.append({at for one in text.split() for at in within(box_of(one))})
    return found


def _styles(
    old: SheetSurvey, new: SheetSurvey, growth: Growth, cells: dict[Cell, object]
) -> list[str]:
    """New rows take the styles of the row above."""
    if growth.headers:
        return []
    complaints = []
    last = growth.data[2]
    for row, column in cells:
        above, seen = old.style_of((last, column)), new.cells.get((row, column))
        if (0 if seen is None else seen.style) != above and row > last:
            complaints.append(f"{address((row, column))} is {seen}, expected style {above}")
    return complaints
