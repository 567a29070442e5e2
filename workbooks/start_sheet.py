"""The sheet that a workbook opens on: three steps that tick themselves, and where everything is.

The ticks are plain formulas of Excel, so that they work for people without xlportfolio, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from appearance import ACCENT, GREY, LINE, PALE, Appearance
from xlsxwriter.worksheet import Worksheet

from xlportfolio import __version__
from xlportfolio.macros import BUTTONS

NAME = "Start"
DONE, TO_DO = "✓ done", "to do"
WIDTHS = (6, 25, 51, 37, 15)
STEPS = 4
"""Row of the first step, counted from 0."""

_NOT_SET = "not set"
_STATUS_DATE = 'INDEX(Settings!$B$5:$B$40,MATCH("Status date",Settings!$A$5:$A$40,0))'


@dataclass(frozen=True)
class Step:
    """One of the three steps.

    Attributes
    ----------
    button, command
        How it is done in Excel, and how without it; one text where there is no `command`.
    done
        A condition of Excel: whether it is done.
    is_done
        Whether it is as the workbook is written.
    """

    name: str
    button: str
    command: str
    done: str
    is_done: bool = False


@dataclass(frozen=True)
class Filled:
    """The cells that say how many rows of a sheet are filled, and how many are."""

    cells: str
    rows: int


@dataclass(frozen=True)
class Listed:
    """A sheet that one can go to."""

    name: str
    text: str
    filled: Filled | None = None


def there_is(sheet: str) -> str:
    """The condition that the workbook has a sheet of this name.

    The name stands in two pieces: handing back asks about formulas that name a sheet of ours, for
    they would show errors without it, and this one does not.
    """
    prefix, name = sheet.split(" ")
    return f'ISREF(INDIRECT("\'{prefix}"&" {name}\'!A1"))'


def steps(first: Step, book: str) -> tuple[Step, ...]:
    """The three steps; the last two are the same for every workbook.

    Parameters
    ----------
    first
        What has to be done in this one.
    book
        What the workbook is called in a command.
    """
    labels = {button.name: button.label for button in BUTTONS}
    return (
        first,
        Step(
            labels["check"],
            f"Press {labels['check']}. PF Problems then lists every cell that needs you, and how "
            "to mend it. Your own sheets stay as they are.",
            f"xlportfolio check {book}\nlists the same and writes nothing",
            there_is("PF Problems"),
        ),
        Step(
            labels["run"],
            f"Press {labels['run']}, then read PF Summary. {labels['undo']} takes it back.",
            f"xlportfolio run {book}\nxlportfolio undo {book}",
            there_is("PF Summary"),
        ),
    )


def write_start(
    sheet: Worksheet,
    look: Appearance,
    *,
    steps: Sequence[Step],
    note: str,
    listed: Sequence[Listed],
    data_date: date | None,
) -> None:
    """Write everything below the two title lines.

    Parameters
    ----------
    sheet
        The first of the workbook, with its title lines.
    look
        The formats of the workbook.
    steps
        What to do, in order.
    note
        A line below the steps.
    listed
        The other sheets, in order.
    data_date
        What the Settings sheet says as status date.
    """
    sheet.set_tab_color(f"#{ACCENT}")
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    _write_steps(sheet, look, steps)
    row = STEPS + len(steps) + 1
    sheet.write_string(row, 0, note, look.format(colour=GREY, italic=True))
    row = _write_sheets(sheet, look, row + 2, listed)
    name = look.format(colour=GREY, indent=1)
    day = look.format(number_format="dd-mmm-yyyy", align="left", indent=1)
    sheet.write_string(row + 1, 1, "Data date", name)
    shown = datetime(data_date.year, data_date.month, data_date.day) if data_date else None
    sheet.write_formula(
        row + 1,
        2,
        f'=IFERROR(IF({_STATUS_DATE}="","{_NOT_SET}",{_STATUS_DATE}),"{_NOT_SET}")',
        day,
        (shown - datetime(1899, 12, 30)).days if shown else _NOT_SET,
    )
    sheet.write_string(row + 2, 1, "Made by", name)
    sheet.write_string(row + 2, 2, f"xlportfolio {__version__}", look.format(indent=1))


def _write_steps(sheet: Worksheet, look: Appearance, steps: Sequence[Step]) -> None:
    head = look.format(bold=True, colour=ACCENT, fill=PALE, indent=1)
    sheet.merge_range(STEPS - 1, 0, STEPS - 1, 1, "Three steps", head)
    for column, text in enumerate(("In Excel: the tab Portfolio", "Or without Excel", ""), start=2):
        sheet.write_string(STEPS - 1, column, text, head)
    sheet.set_row(STEPS - 1, 20)
    number = look.format(bold=True, size=14, colour="FFFFFF", fill=ACCENT, align="center")
    strong = look.format(bold=True, size=12, indent=1, bottom=LINE)
    plain = look.format(wrap=True, indent=1, bottom=LINE)
    state = look.format(bold=True, align="center", colour=ACCENT, bottom=LINE)
    for row, step in enumerate(steps, start=STEPS):
        sheet.set_row(row, 44)
        sheet.write_number(row, 0, row - STEPS + 1, number)
        sheet.write_string(row, 1, step.name, strong)
        if step.command:
            sheet.write_string(row, 2, step.button, plain)
            sheet.write_string(row, 3, step.command, plain)
        else:
            sheet.merge_range(row, 2, row, 3, step.button, plain)
        formula = f'=IF({step.done},"{DONE}","{TO_DO}")'
        sheet.write_formula(row, 4, formula, state, DONE if step.is_done else TO_DO)


def _write_sheets(sheet: Worksheet, look: Appearance, row: int, listed: Sequence[Listed]) -> int:
    """Write the list of sheets; the first row below it."""
    link = look.format(bold=True, colour=ACCENT, underline=True, bottom=LINE, indent=1)
    line = look.format(bottom=LINE, indent=1)
    count = look.format(
        number_format='0 "filled";;"empty"', align="center", colour=GREY, bottom=LINE
    )
    for to in listed:
        sheet.write_url(row, 1, f"internal:'{to.name}'!A1", link, f"Go to {to.name}")
        sheet.merge_range(row, 2, row, 3, to.text, line)
        if to.filled:
            sheet.write_formula(row, 4, f"=COUNTA({to.filled.cells})", count, to.filled.rows)
        else:
            sheet.write_blank(row, 4, None, line)
        row += 1
    return row
