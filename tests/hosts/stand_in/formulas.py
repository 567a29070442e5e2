"""What Excel does to the texts of formulas: shift references, follow sheets, lose them."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

from openpyxl.formula.translate import Translator

from tests.hosts.stand_in.model import (
    BookModel,
    CellAt,
    ChartModel,
    ErrorValue,
    Rule,
    SheetModel,
    TableModel,
)
from tests.hosts.stand_in.rules import rule_text, validation_text
from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Series
from xlportfolio.workbook.references import (
    CellRange,
    cell_address,
    column_letter,
    parse_cell,
    quote_sheet,
)

_SHEET = re.compile(r"""("(?:[^"]|"")*")|'((?:[^']|'')+)'!|([^\W\d][\w.]*)!""")
_TABLE = r"""("(?:[^"]|"")*")|(?<![\w.])%s(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\])?(?![\w.(!\[])"""
_FIRST_CELL = re.compile(
    r"(?:'((?:[^']|'')+)'!|([^\W\d][\w.]*)!)?(?<![\w.])(\$?[A-Z]{1,3}\$?[0-9]{1,7})(?![\w(.])"
)
LOST = "#REF!"


def shifted(formula: str, source: CellAt, target: CellAt) -> str:
    """A formula as it reads after it was copied from one cell to another."""
    if source == target:
        return formula
    translator = Translator(formula, origin=cell_address(*source))
    return str(translator.translate_formula(cell_address(*target)))


def renamed(text: str, old: str, new: str | None) -> str:
    """A formula's text after a sheet was renamed, or deleted (None)."""
    if old.casefold() not in text.casefold().replace("''", "'"):
        return text

    def follow(found: re.Match[str]) -> str:
        sheet = (found[2] or found[3] or "").replace("''", "'")
        if found[1] or sheet.casefold() != old.casefold():
            return found[0]
        return LOST if new is None else f"{quote_sheet(new)}!"

    return _SHEET.sub(follow, text)


def without_table(text: str, table: str) -> str:
    """A formula's text after a table was deleted."""
    if table.casefold() not in text.casefold():
        return text
    pattern = re.compile(_TABLE % re.escape(table), re.IGNORECASE)
    return pattern.sub(lambda found: found[0] if found[1] else LOST, text)


def follow_sheet(book: BookModel, old: str, new: str | None) -> None:
    """Let all formulas and names of a workbook follow a sheet that was renamed or deleted."""
    _change(book, lambda text: renamed(text, old, new))


def lose_table(book: BookModel, table: str) -> None:
    """Let all formulas and names of a workbook lose a table that was deleted."""
    _change(book, lambda text: without_table(text, table))


def unlist_table(book: BookModel, sheet: SheetModel, table: TableModel) -> None:
    """Let formulas and names refer to the cells of a table that becomes a plain range."""
    own = f"{quote_sheet(sheet.name)}!"

    def cells(found: re.Match[str]) -> str:
        if found[1]:
            return found[0]
        named = re.search(r"\[\[?([^\[\]#@]+)\]?\]", found[0])
        area = table.range if "#All" in found[0] else table.body
        if area is None:
            return LOST
        if named:
            names = [one.casefold() for one in table.columns]
            if named[1].casefold() not in names:
                return LOST
            column = area.first_column + names.index(named[1].casefold())
            area = CellRange(area.first_row, column, area.last_row, column)
        first = f"${column_letter(area.first_column)}${area.first_row}"
        return f"{own}{first}:${column_letter(area.last_column)}${area.last_row}"

    pattern = re.compile(_TABLE % re.escape(table.name), re.IGNORECASE)
    wanted = table.name.casefold()
    _change(book, lambda text: pattern.sub(cells, text) if wanted in text.casefold() else text)


def brought_along(book: BookModel, sheet: SheetModel, formula: str) -> str | None:
    """The number format that a formula gives a General cell: that of what it refers to first."""
    plain = re.sub(r'"[^"]*"', '""', formula)
    if moment := re.match(r"=(TODAY|DATE|NOW)\(", plain, re.IGNORECASE):
        return "m/d/yy h:mm" if moment[1].upper() == "NOW" else "mm-dd-yy"
    found = _FIRST_CELL.search(plain)
    if found is None:
        return None
    name = (found[1] or found[2] or "").replace("''", "'")
    source = book.sheet(name) if name else sheet
    if source is None:
        return None
    try:
        code = source.style(parse_cell(found[3])).number_format
    except InputError:  # a name such as XYZ1, beyond the last column
        return None
    return None if code in ("General", "@") else code


def _change(book: BookModel, change: Callable[[str], str]) -> None:
    for name in book.names:
        name.text = change(name.text)
    for sheet in book.sheets:
        for cell, formula in list(sheet.formulas.items()):
            changed = change(formula)
            if changed != formula:
                sheet.formulas[cell] = changed
                _lose_value(sheet, cell, formula, changed)
        if sheet.view.area:
            sheet.view = replace(sheet.view, area=change(sheet.view.area))
        sheet.rules = [_changed_rule(rule, change) for rule in sheet.rules]
        sheet.validations = [_changed_validation(rule, change) for rule in sheet.validations]
        sheet.charts = [_changed_chart(chart, change) for chart in sheet.charts]


def _changed_rule(rule: Rule, change: Callable[[str], str]) -> Rule:
    texts = rule.content.formula
    if list(map(change, texts)) == list(texts):
        return rule
    content = copy(rule.content)
    content.dxf, content.formula = rule.content.dxf, list(map(change, texts))
    return replace(rule, content=content, text=rule_text(content))


def _changed_validation(rule: Rule, change: Callable[[str], str]) -> Rule:
    texts = rule.content.formula1, rule.content.formula2
    changed = [text and change(text) for text in texts]
    if changed == list(texts):
        return rule
    content = copy(rule.content)
    content.formula1, content.formula2 = changed
    return replace(rule, content=content, text=validation_text(content))


def _changed_series(series: Series, change: Callable[[str], str]) -> Series:
    parts = ("values", "categories", "name_reference", "x_values", "sizes", "labels")
    texts = {part: getattr(series, part) for part in parts}
    return replace(series, **{part: text and change(text) for part, text in texts.items()})


def _changed_chart(chart: ChartModel, change: Callable[[str], str]) -> ChartModel:
    ours = chart.described
    if ours is None:
        return chart
    series = tuple(_changed_series(one, change) for one in ours.series)
    if series == ours.series:
        return chart
    ours = replace(ours, series=series)
    return replace(chart, described=ours, text=repr(ours), original=None)


def _lose_value(sheet: SheetModel, cell: CellAt, before: str, after: str) -> None:
    if after.count(LOST) > before.count(LOST):
        sheet.values[cell] = ErrorValue(LOST)


_GIVES_AN_ARRAY = re.compile(r"(?i)=\s*(?:FILTER|SORT|SORTBY|UNIQUE|SEQUENCE|RANDARRAY|PF_\w+)\(")


def intersected(given: Any) -> Any:
    """What `Range.Formula` makes of a formula that would spill: it shows one value alone.

    Set by `Range.Formula2` it spills (learn.microsoft.com/office/vba/excel/concepts/
    cells-and-ranges/range-formula-vs-formula2).
    """
    if isinstance(given, str) and _GIVES_AN_ARRAY.match(given):
        return f"=@{given[1:].lstrip()}"
    return given
