"""The self-check: every example of every cell function as a real formula, with what must come.

Made from a registry alone. The values that the file keeps say that nothing was computed yet, so
that a TRUE in it was computed where the workbook was opened.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import xlsxwriter
from appearance import ACCENT, GREY, LINE, PALE, RAG_COLOURS, Appearance, sign
from self_check_calls import FIRST_ROW, Call, calls_of, check_formula, count_formula, n_rows_of
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xlportfolio.cells import Example, Registry
from xlportfolio.operations.function_examples import Block

FRONT = "Self-check"
CALLS = "Calls"
NOT_YET = "not computed yet"
RIGHT, WRONG, ABSENT = "✓ right", "✗ wrong", "? no such function"


_IF_NOT = (
    (
        NOT_YET,
        "Excel: click Enable Editing, then press Ctrl+Alt+F9. LibreOffice: press Ctrl+Shift+F9.",
    ),
    (
        f"{ABSENT}, #NAME?",
        "The functions are not installed here. LibreOffice: xlportfolio libreoffice install, then "
        "start it again. Excel 2021 or Microsoft 365: load the xlportfolio add-in under File, "
        "Options, Add-ins.",
    ),
    (
        f"{WRONG}, #VALUE! in the answer",
        "The functions are there and Python does not answer. LibreOffice: xlportfolio libreoffice "
        "doctor says why. Excel: type =PF_WHY_ERROR(cell), with the cell of the answer.",
    ),
    (
        f"{WRONG}, another answer",
        "Run xlportfolio self-check: it computes the same calls without a spreadsheet. Please "
        "report the formula and what it shows.",
    ),
)
"""What the first sheet shows where something is not right, and what to do."""


def self_check(registry: Registry) -> bytes:
    """The workbook of a registry.

    Parameters
    ----------
    registry
        The functions there are; each of their examples is a call.
    """
    target = io.BytesIO()
    file = xlsxwriter.Workbook(target, {"in_memory": True})
    sign(file, "Self-check of the cell functions", "xlportfolio")
    calls = list(calls_of(registry))
    book = _Book(file)
    front = book.sheet(FRONT, "Does this spreadsheet compute the cell functions right?")
    below = book.sheet(CALLS, "Every call with its ranges, its answer and what is expected")
    book.front(front, calls)
    book.calls(below, calls)
    file.close()
    return _computed_when_opened(target.getvalue())


def _computed_when_opened(package: bytes) -> bytes:
    """Name another writer than Excel: LibreOffice trusts Excel's values and computes nothing."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as named:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/app.xml":
                part = part.replace(b">Microsoft Excel<", b">xlportfolio<")
            named.writestr(name, part)
    return target.getvalue()


class _Book:
    """The two sheets while they are written."""

    def __init__(self, file: xlsxwriter.Workbook) -> None:
        self.file = file
        self.look = Appearance(file)

    def sheet(self, name: str, under: str) -> Worksheet:
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.6, 0.7)
        sheet.set_footer("&L&F&C&A&RPage &P of &N")
        sheet.set_row(0, 26, self.look.format())
        sheet.write_string(0, 0, name, self.look.format(bold=True, size=16, colour=ACCENT))
        sheet.write_string(1, 0, under, self.look.format(colour=GREY))
        return sheet

    # The first sheet: rows and columns of XlsxWriter count from 0

    def front(self, sheet: Worksheet, calls: list[Call]) -> None:
        sheet.set_tab_color(f"#{ACCENT}")
        for column, width in enumerate((6, 34, 64, 56, 22)):
            sheet.set_column(column, column, width)
        head = 7 + len(_IF_NOT)
        first, last = head + 1, head + len(calls)
        states = f"$E${first + 1}:$E${last + 1}"
        right = f'COUNTIF({states},"{RIGHT}")'
        big = self.look.format(bold=True, size=22, colour=ACCENT, fill=PALE, indent=1)
        verdict = self.look.format(size=11, fill=PALE, indent=1)
        sheet.set_row(3, 40)
        sheet.merge_range(3, 0, 3, 4, None, big)
        sheet.write_formula(
            3, 0, f'={right}&" of {len(calls)} calls are right"', big, "Nothing is computed yet"
        )
        sheet.set_row(4, 22)
        sheet.merge_range(4, 0, 4, 4, None, verdict)
        sheet.write_formula(
            4,
            0,
            f'=IF({right}={len(calls)},"This spreadsheet computes right. There is nothing to do.",'
            '"Not everything is right. What to do stands below.")',
            verdict,
            "Excel: click Enable Editing. LibreOffice: press Ctrl+Shift+F9.",
        )
        named = self.look.format(bold=True, bottom=LINE, indent=1)
        wrapped = self.look.format(wrap=True, bottom=LINE, indent=1)
        for row, (shown, todo) in enumerate(_IF_NOT, start=6):
            sheet.merge_range(row, 0, row, 1, f"If it says {shown}", named)
            sheet.merge_range(row, 2, row, 4, todo, wrapped)
            sheet.set_row(row, 32 if len(todo) > 140 else 20)
        for column, text in enumerate(("No", "Function", "What it shows", "Formula", "Answer")):
            sheet.write_string(head, column, text, self.look.header())
        sheet.set_row(head, 24)
        for row, call in enumerate(calls, start=first):
            self._line(sheet, row, row - head, call)
        self._colour(sheet, states)
        sheet.freeze_panes(head + 1, 0)
        sheet.repeat_rows(head)

    def _line(self, sheet: Worksheet, row: int, number: int, call: Call) -> None:
        line = self.look.format(bottom=LINE, indent=1)
        link = self.look.format(colour=ACCENT, underline=True, bottom=LINE, indent=1)
        sheet.set_row(row, 17)
        sheet.write_number(
            row, 0, number, self.look.format(colour=GREY, bottom=LINE, align="center")
        )
        place = f"internal:'{CALLS}'!A{call.row}"
        sheet.write_url(row, 1, place, link, call.function.name, f"Go to {call.key}")
        sheet.write_string(row, 2, _titled(call.example), line)
        sheet.write_string(
            row, 3, call.formula, self.look.format(colour=GREY, bottom=LINE, indent=1)
        )
        first = call.answer.address.split(":")[0]
        sheet.write_formula(
            row,
            4,
            f'=IF(check_{call.key},"{RIGHT}",IF(IFERROR(ERROR.TYPE({CALLS}!{first}),0)=5,'
            f'"{ABSENT}","{WRONG}"))',
            self.look.format(bold=True, bottom=LINE, indent=1),
            NOT_YET,
        )

    def _colour(self, sheet: Worksheet, cells: str) -> None:
        """The words say it; the colours only help to find them."""
        for word, state in ((RIGHT, "Green"), (WRONG, "Red"), (ABSENT, "Red")):
            same = {"type": "cell", "criteria": "==", "value": f'"{word}"'}
            sheet.conditional_format(cells, same | {"format": self._coloured(state)})

    def _coloured(self, state: str) -> Format:
        fill, ink = RAG_COLOURS[state]
        return self.file.add_format({"bg_color": f"#{fill}", "font_color": f"#{ink}"})

    # The sheet of calls

    def calls(self, sheet: Worksheet, calls: list[Call]) -> None:
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 40, 13)
        width = max(call.differ.column for call in calls) + 1
        for call in calls:
            self._call(sheet, call, width)
        first, cells = f"A{FIRST_ROW}", f"A{FIRST_ROW}:A{calls[-1].next_row}"
        for test, state in (("{0}", "Green"), ("NOT({0})", "Red")):
            is_so = f"=IF(ISLOGICAL({first}),{test.format(first)},FALSE)"
            rule = {"type": "formula", "criteria": is_so, "format": self._coloured(state)}
            sheet.conditional_format(cells, rule)
        sheet.freeze_panes(2, 1)

    def _call(self, sheet: Worksheet, call: Call, width: int) -> None:
        strong = self.look.format(bold=True, size=11, colour=ACCENT, top=ACCENT)
        top = self.look.format(top=ACCENT)
        for column in range(2, width):
            sheet.write_blank(call.row - 1, column, None, top)
        sheet.write_string(call.row - 1, 0, f"{call.function.name} {call.number}", strong)
        sheet.write_string(call.row - 1, 1, _titled(call.example), top)
        how = {"plain": "", "array": " (Ctrl+Shift+Enter)", "spill": " (spills)"}[call.kind]
        grey = self.look.format(colour=GREY)
        sheet.write_string(call.row, 0, f"Formula{how}", grey)
        sheet.write_string(call.row, 1, call.formula, grey)
        for block in call.placed.blocks:
            self._block(sheet, block)
        self._answer(sheet, call)
        sheet.write_string(call.row + 1, 0, "Answer is right", grey)
        sheet.write_formula(
            call.row + 2, 0, check_formula(call), self.look.format(bold=True, align="left"), NOT_YET
        )
        self._name(f"check_{call.key}", f"A{call.row + 3}")
        self._name(f"answer_{call.key}", call.answer.address)
        self._name(f"expected_{call.key}", call.expected.address)

    def _answer(self, sheet: Worksheet, call: Call) -> None:
        """The formula, what is expected beside it, and the sentence of an error below."""
        grey = self.look.format(colour=GREY)
        answer, expected = call.answer, call.expected
        if call.is_text:
            for block in (answer, expected):
                sheet.write_string(block.row - 1, 0, block.head, grey)
            sheet.write_string(
                expected.row - 1,
                expected.column - 1,
                str(call.example.expected),
                self.look.format(),
            )
        else:
            self._head(sheet, answer)
            self._block(sheet, expected)
            if not call.example.error:
                self._count(sheet, call)
        self._formula(sheet, call, answer)
        if not call.example.error:
            return
        row = call.row + 2 + max(n_rows_of(call.placed), len(answer.grid))
        if call.explains:
            sheet.write_string(row, 0, 'with output "why"', grey)
            sheet.write_formula(row, 1, call.explains, self.look.format(), NOT_YET)
            self._name(f"why_{call.key}", f"B{row + 1}")
            row += 1
        sheet.write_string(row, 0, "why, expected" if call.explains else "why", grey)
        sheet.write_string(row, 1, call.example.error, self.look.format())
        self._name(f"sentence_{call.key}", f"B{row + 1}")

    def _count(self, sheet: Worksheet, call: Call) -> None:
        place = call.differ
        self._head(sheet, place)
        row, column = place.row - 1, place.column - 1
        look = self.look.format(align="left")
        count = count_formula(call)
        sheet.write_array_formula(row, column, row, column, count, look, NOT_YET)
        self._name(f"differ_{call.key}", place.address)

    def _formula(self, sheet: Worksheet, call: Call, answer: Block) -> None:
        look = self.look.format(fill="" if call.is_text else PALE)
        top, left = answer.row - 1, answer.column - 1
        bottom, right = top + len(answer.grid) - 1, left + len(answer.grid[0]) - 1
        if call.kind == "plain":
            sheet.write_formula(top, left, call.formula, look, NOT_YET)
            return
        write = {
            "array": sheet.write_array_formula,
            "spill": sheet.write_dynamic_array_formula,
        }[call.kind]
        write(top, left, bottom, right, call.formula, look, NOT_YET)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    sheet.write_blank(row, column, None, look)  # where XlsxWriter put 0

    def _head(self, sheet: Worksheet, block: Block) -> None:
        sheet.write_string(
            block.row - 2, block.column - 1, block.head, self.look.format(bold=True, colour=GREY)
        )

    def _block(self, sheet: Worksheet, block: Block) -> None:
        self._head(sheet, block)
        for i, cells in enumerate(block.grid):
            for k, value in enumerate(cells):
                self._cell(sheet, block.row - 1 + i, block.column - 1 + k, value)

    def _cell(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        look: Format = self.look.format(edges=LINE)
        if value is None:
            sheet.write_blank(row, column, None, look)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, look)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, look)
        elif isinstance(value, date):
            day = self.look.format(edges=LINE, number_format="dd-mmm-yyyy")
            sheet.write_datetime(row, column, value, day)
        else:
            sheet.write_number(row, column, value, look)

    def _name(self, name: str, cells: str) -> None:
        absolute = re.sub(r"([A-Z]+)([0-9]+)", r"$\1$\2", cells)
        self.file.define_name(name, f"={CALLS}!{absolute}")


def _titled(example: Example) -> str:
    error = " (an error)" if example.error else ""
    return f"{example.title[:1].upper()}{example.title[1:]}{error}"
