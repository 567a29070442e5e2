"""The blank portfolio workbook: every canonical table, with drop-downs, limits and notes.

What stands in it is derived from the records: headers from the names of the fields, notes from
their help, limits from their kinds. Only the words that lead a person through it are written here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import get_args

import xlsxwriter
from appearance import ACCENT, GREY, LINE, PALE, RAG_COLOURS, Appearance, sign
from entry_rules import LISTS, entry_rule, setting_rule
from start_sheet import NAME as START
from start_sheet import Filled, Listed, Step, steps, write_start
from template_columns import (
    EXAMPLE_CRITERIA,
    HEADER,
    LAST,
    columns,
    position,
    spoken,
    title_case,
)
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from xlportfolio.records import TABLES, FieldSpec, TableSpec

HINTS: Mapping[str, str] = {
    "projects": "Give each option of a project its own row, with the same project ID. Cost and "
    "budget may also be split: a column for each year, or for each year and kind.",
    "criteria": "What makes a project good. Weights need not add up to anything.",
    "ratings": "Each criterion has its column here, under the same name as on the Criteria sheet.",
    "budgets": "Leave the period blank for one total, and the kind blank for all kinds.",
    "categories": "For example, at least 10 % of the money for growth. Leave the sheet empty if "
    "you have no such rule.",
    "links": "Requires: From needs To. Excludes: one of them at most. Together: both or neither. "
    "Finish-to-start: To starts after From.",
    "capacity": "People there are. A column for each month works too.",
    "demand": "People needed. A column for each month works too; M1 is a project's first month.",
    "settings": "What holds for the whole portfolio. A blank value means the usual one.",
}
TABLE_ROWS = {"projects": 40, "ratings": 40, "demand": 40, "capacity": 24, "links": 20}


NUMBER_FORMATS = {
    "money": "#,##0.0#;-#,##0.0#",
    "profile": "#,##0.0#;-#,##0.0#",
    "fraction": "0%",
    "date": "dd-mmm-yyyy",
    "fte": "0.0#",
}
WIDTHS = {"id": 16.0, "text": 38.0, "word": 17.0, "person": 18.0, "date": 13.0, "fraction": 12.0}
WIDE = {"name": 42.0, "criterion": 26.0, "objective": 30.0, "role": 24.0, "reason": 32.0}


@dataclass(frozen=True)
class Head:
    """A header cell: its text, whether the column must be filled, its note and alignment."""

    text: str
    required: bool = False
    note: str = ""
    align: str = "left"


def template() -> bytes:
    """The blank workbook."""
    target = io.BytesIO()
    file = xlsxwriter.Workbook(target, {"in_memory": True})
    sign(file, "Portfolio", "xlportfolio")
    Template(file).write()
    file.close()
    return target.getvalue()


class Template:
    """The sheets of the blank workbook."""

    def __init__(self, file: xlsxwriter.Workbook) -> None:
        self.file = file
        self.look = Appearance(file)

    def write(self) -> None:
        self._start()
        for table in TABLES.values():
            sheet = self._sheet(title_case(table.name), f"One row per {table.row}", table)
            if table.name == "settings":
                self._settings(sheet, table)
            else:
                self._table(sheet, table)
        self._lists()

    def _sheet(self, name: str, under: str, table: TableSpec | None = None) -> Worksheet:
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(8 if table and table.name == "projects" else 9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.6, 0.7)
        sheet.set_footer("&L&F&C&A&RPage &P of &N")
        sheet.set_row(0, 26, self.look.format())
        sheet.write_string(0, 0, name, self.look.format(bold=True, size=16, colour=ACCENT))
        hint = f"{under}. {HINTS[table.name]}" if table else under
        sheet.write_string(1, 0, hint, self.look.format(colour=GREY))
        return sheet

    def _start(self) -> None:
        sheet = self._sheet(START, "Your portfolio, on the sheets that follow")
        names = _filled("projects", "name")
        fill_in = Step(
            "Fill in Projects",
            "One row for each project; only headers that are dark and end with * must be filled. "
            "Then what you have of budgets, criteria and ratings, links, people. Point at a "
            "header to read what it means.",
            "",
            f"COUNTA({names.cells})>0",
        )
        listed = []
        for table in TABLES.values():
            needed = [s for s in table.fields.values() if s.required]
            text = f"One row per {table.row}."
            if needed:
                must = spoken([title_case(spec.name) for spec in needed], "and")
                text += f" Must be filled: {must}."
            # What every row has; a name is harder to forget than an ID.
            key = "name" if table.name == "projects" else needed[-1].name if needed else ""
            filled = _filled(table.name, key) if key else None
            listed.append(Listed(title_case(table.name), text, filled))
        write_start(
            sheet,
            self.look,
            steps=steps(fill_in, "BOOK"),
            note="Rename headers, move columns and add your own: tables are recognised by what "
            "they hold.",
            listed=listed,
            data_date=None,
        )

    def _head(self, sheet: Worksheet, name: str, heads: Sequence[Head]) -> None:
        """Make the ready rows an Excel table under its headers."""
        rows = _rows(name)
        sheet.add_table(
            HEADER,
            0,
            HEADER + rows,
            len(heads) - 1,
            {
                "name": f"tbl{title_case(name)}",
                "style": "Table Style Light 1",
                "banded_rows": False,
                "autofilter": name == "projects",
                "columns": [
                    {"header": head.text, "header_format": self._header(head)} for head in heads
                ],
            },
        )
        for column, note in enumerate(head.note for head in heads):
            if note:
                size = {"x_scale": 1.7, "y_scale": 0.35 + 0.25 * (1 + len(note) // 38)}
                sheet.write_comment(
                    HEADER, column, note, {"font_size": 9, "color": "#FFFFFF"} | size
                )
        sheet.set_row(HEADER, 32)
        sheet.repeat_rows(HEADER)

    def _header(self, head: Head) -> Format:
        if head.required:
            return self.look.header(align=head.align)
        return self.look.header(fill=PALE, colour=ACCENT, align=head.align)

    def _table(self, sheet: Worksheet, table: TableSpec) -> None:
        of_sheet = columns(table)
        heads = [
            Head(
                c.header,
                c.spec.required,
                self._note(table, c.spec),
                "center" if _align(c.spec) else "left",
            )
            for c in of_sheet
        ]
        for column, of in enumerate(of_sheet):
            spec = of.spec
            width = WIDE.get(spec.name) or WIDTHS.get(spec.kind, 13.0)
            sheet.set_column(
                column, column, max(width, len(of.header) * 0.72), self._style(spec, "")
            )
            ready = self._style(spec, LINE)
            for row in range(HEADER + 1, HEADER + 1 + _rows(table.name)):
                sheet.write_blank(row, column, None, ready)
            rule = entry_rule(table, spec, HEADER + 1, column)
            if rule:
                sheet.data_validation(HEADER + 1, column, LAST, column, rule)
            if spec.kind == "rag":
                self._colour(sheet, column)
        if table.name == "criteria":
            for row, name in enumerate(EXAMPLE_CRITERIA, start=HEADER + 1):
                given = {"criterion": name, "weight": 20, "direction": "max"}
                given |= {"scale_min": 1, "scale_max": 5}
                for column, of in enumerate(of_sheet):
                    if of.spec.name in given:
                        sheet.write(row, column, given[of.spec.name], self._style(of.spec, LINE))
        self._head(sheet, table.name, heads)
        if table.name == "projects":
            sheet.fit_to_pages(3, 0)
            sheet.repeat_columns(0, 1)
        keys = 2 if table.name in ("projects", "ratings", "demand") else 1
        sheet.freeze_panes(HEADER + 1, keys)

    def _style(self, spec: FieldSpec, line: str) -> Format:
        """The format of a field's cells, over a line of the colour `line`."""
        align = _align(spec)
        return self.look.format(
            number_format=NUMBER_FORMATS.get(spec.kind, ""),
            align=align,
            indent=0 if align else 1,
            bottom=line,
        )

    def _colour(self, sheet: Worksheet, column: int) -> None:
        for word, (fill, ink) in RAG_COLOURS.items():
            look = self.file.add_format({"bg_color": f"#{fill}", "font_color": f"#{ink}"})
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
            sheet.conditional_format(HEADER + 1, column, LAST, column, rule)

    @staticmethod
    def _note(table: TableSpec, spec: FieldSpec) -> str:
        """The help of a field, what its kind wants, and whether it may stay blank."""
        wants = {
            "money": "In the currency and unit of the Settings sheet.",
            "profile": "In the currency and unit of the Settings sheet.",
            "fraction": "A percentage, such as 40%.",
            "date": "A date, such as 01-Apr-2027.",
            "period": "A month, quarter or year, such as Apr-27, Q3 2027 or 2027/28.",
            "rating": "On the scale of the Criteria sheet.",
        }
        parts = [re.sub(r" ?\[[^\]]+\]", "", spec.help), wants.get(spec.kind, "")]
        parts.append("Must be filled." if spec.required else "May stay blank.")
        return " ".join(part for part in parts if part)

    def _settings(self, sheet: Worksheet, table: TableSpec) -> None:
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 18)
        sheet.set_column(2, 2, 70)
        heads = [
            Head("Setting", note="The name of the setting."),
            Head("Value", note="Its value; blank means the usual one."),
            Head("What It Means"),
        ]
        self._head(sheet, table.name, heads)
        for row, (name, info) in enumerate(table.record.model_fields.items(), start=HEADER + 1):
            spec = table.fields[name]
            kinds = {info.annotation, *get_args(info.annotation)} - {NoneType}
            number_format = "0%" if "[0..1]" in spec.help else ""
            if date in kinds:
                number_format = NUMBER_FORMATS["date"]
            style = self.look.format(number_format=number_format, indent=1, bottom=LINE)
            named = self.look.format(indent=1, bottom=LINE)
            sheet.write_string(row, 0, title_case(name), named)
            if info.default is None:
                sheet.write_blank(row, 1, None, style)
            else:
                sheet.write(row, 1, info.default, style)
            sheet.write_string(
                row, 2, spec.help, self.look.format(colour=GREY, indent=1, bottom=LINE)
            )
            rule = setting_rule(spec, kinds)
            if rule:
                sheet.data_validation(row, 1, row, 1, rule)
        sheet.freeze_panes(HEADER + 1, 0)

    def _lists(self) -> None:
        sheet = self._sheet("Lists", "The words behind the drop-downs")
        for column, (name, choices) in enumerate(LISTS.items()):
            sheet.set_column(column, column, 22)
            head = f"Words for {name}"
            sheet.write_string(HEADER, column, head, self.look.header(fill=PALE, colour=ACCENT))
            for row, choice in enumerate(choices, start=HEADER + 1):
                sheet.write_string(row, column, choice, self.look.format(indent=1))
        sheet.freeze_panes(HEADER + 1, 0)


def _filled(table: str, field: str) -> Filled:
    """What counts the filled rows of a table by a field that every row has."""
    letter = xl_col_to_name(position(table, field))
    rows = len(EXAMPLE_CRITERIA) if table == "criteria" else 0
    return Filled(f"{title_case(table)}!${letter}${HEADER + 2}:${letter}${LAST + 1}", rows)


def _rows(name: str) -> int:
    """How many rows of a table stand ready."""
    return len(TABLES[name].fields) if name == "settings" else TABLE_ROWS.get(name, 12)


def _align(spec: FieldSpec) -> str:
    """Where a field's values stand: words left, money right, the rest in the middle."""
    if spec.kind in ("id", "text", "word", "person", "lifecycle", "link_type", "period"):
        return ""
    return "right" if spec.kind in ("money", "profile") else "center"
