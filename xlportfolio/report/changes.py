"""PF Changes: every cell of the user's that writing back changes, old and new side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite

from xlportfolio import __version__
from xlportfolio.records import ProjectKey
from xlportfolio.report.look import (
    ACCENT,
    BODY,
    DATE_FORMAT,
    DECISION_COLOURS,
    HELP,
    LINK,
    SUBTITLE,
    TITLE,
)
from xlportfolio.report.page import Page
from xlportfolio.report.previous import Proposed
from xlportfolio.report.results import decision_rule
from xlportfolio.values import CellError, Value
from xlportfolio.wording import counted
from xlportfolio.workbook.description import (
    CellFormat,
    CellValue,
    PrintSetup,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference

CHANGES = "PF Changes"

HEADERS = ("Project ID", "Name", "Column", "Cell", "Old value", "New value")
_ABOUT = (
    "Only columns that were named for results are written: nothing else on these sheets changes, "
    "and undo takes it back."
)
_WIDTHS = {1: 14.0, 2: 34.0, 3: 22.0, 4: 22.0, 5: 34.0, 6: 34.0}
_WIDEST_PLACE = 40.0
_ROW_HEIGHT = 18.0
_SCORE_FORMAT = "0.00##"
_TEXT = replace(BODY, vertical="center")
_LINKED = replace(LINK, vertical="center")
_OLD, _NEW = 5, 6


@dataclass(frozen=True)
class CellChange:
    """A cell of the user's that changes.

    Attributes
    ----------
    header
        The header of its column.
    field
        What is written there, such as "proposed_start".
    is_across
        Whether the projects stand beside each other, in a table on its side.
    """

    sheet: str
    row: int
    column: int
    project: ProjectKey
    name: str
    header: str
    field: str
    old: Value
    new: Proposed
    is_across: bool = False

    @property
    def cell(self) -> str:
        """Its address, such as "X5"."""
        return cell_address(self.row, self.column)

    @property
    def reference(self) -> str:
        """The cell with its sheet, as a formula has it."""
        cell = CellRange(self.row, self.column, self.row, self.column)
        return sheet_reference(self.sheet, cell)

    @property
    def place(self) -> str:
        """The cell with its sheet as people read it: without the quotes that a formula needs."""
        return f"{self.sheet}!{self.cell}"


def changes_sheet(
    workbook: str, changes: Sequence[CellChange], n_same: int, left: Sequence[str]
) -> SheetDescription:
    """Describe PF Changes.

    Parameters
    ----------
    workbook
        The name of the file.
    changes
        The cells that change, in the order of the sheets.
    n_same
        How many cells hold the results already.
    left
        Sentences on what is not written, and why.
    """
    longest = max((len(change.place) for change in changes), default=0)
    # A link is not broken into lines everywhere.
    page = Page(_WIDTHS | {4: min(max(_WIDTHS[4], longest + 2.0), _WIDEST_PLACE)})
    page.put(1, 1, "Changes to your columns", TITLE)
    page.put(2, 1, f"{workbook}  ·  {_counted(len(changes), n_same)}", SUBTITLE)
    page.put(3, 1, _ABOUT, HELP, last_column=len(HEADERS))
    head = 5
    for sentence in left:
        page.put(head - 1, 1, sentence, replace(BODY, border=None), last_column=len(HEADERS))
        head += 1
    for k, header in enumerate(HEADERS, start=1):
        page.head(head, k, header, _TEXT)
    for row, change in enumerate(changes, start=head + 1):
        _line(page, row, change)
    last = head + max(1, len(changes))
    values = CellRange(head + 1, _OLD, last, _NEW)
    return SheetDescription(
        CHANGES,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        merges=page.merges,
        freeze=f"A{head + 1}",
        tables=(TableDescription("pf_changes", CellRange(head, 1, last, len(HEADERS)), None),),
        conditional_formats=[decision_rule(values, word) for word in DECISION_COLOURS],
        print_setup=PrintSetup(
            repeat_rows=(head, head),
            footer=f"&L{CHANGES}&Rxlportfolio {__version__}  ·  Page &P of &N",
        ),
        tab_colour=ACCENT,
    )


def _line(page: Page, row: int, change: CellChange) -> None:
    key = change.project
    named = key.project_id if key.option is None else f"{key.project_id}, {key.option}"
    page.at_least(row, _ROW_HEIGHT)
    page.put(row, 1, named, _TEXT)
    page.put(row, 2, change.name, _TEXT)
    page.put(row, 3, change.header, _TEXT)
    page.put(row, 4, change.place, _LINKED, link=change.reference)
    page.put(row, _OLD, shown_in_cell(change.old), _format_of(change.old))
    page.put(row, _NEW, change.new, _format_of(change.new))


def shown_in_cell(value: Value) -> CellValue:
    """What a cell of ours shows of a value of the user's."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # "1e999" in a damaged file
    return value.code if isinstance(value, CellError) else value


def _format_of(value: Value | Proposed) -> CellFormat:
    """Text, dates and numbers all on the left, so that old and new stand alike."""
    if isinstance(value, date):
        return replace(_TEXT, number_format=DATE_FORMAT, horizontal="left")
    if isinstance(value, float) and not value.is_integer():
        return replace(_TEXT, number_format=_SCORE_FORMAT, horizontal="left")
    return replace(_TEXT, horizontal="left")


def _counted(n_changes: int, n_same: int) -> str:
    change = "changes" if n_changes == 1 else "change"
    hold = "holds" if n_same == 1 else "hold"
    said = f"{counted(n_changes, 'cell')} {change}"
    return f"{said}, {n_same:,} {hold} the results already" if n_same else said
