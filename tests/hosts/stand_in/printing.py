"""How a sheet prints, part of which Excel also keeps in names of the sheet."""

from __future__ import annotations

from collections.abc import Sequence

from tests.hosts.stand_in.model import BookModel, NameModel, SheetModel
from xlportfolio.workbook.references import CellRange, column_letter, quote_sheet

PRINT_AREA, PRINT_TITLES = "Print_Area", "Print_Titles"


def print_area(sheet: str, areas: Sequence[CellRange]) -> str | None:
    """Areas as the name of what prints holds them."""
    return ",".join(_place(sheet, area) for area in areas) or None


def _place(sheet: str, area: CellRange) -> str:
    first = f"${column_letter(area.first_column)}${area.first_row}"
    last = f"${column_letter(area.last_column)}${area.last_row}"
    return f"{quote_sheet(sheet)}!{first}:{last}"


def set_print_names(book: BookModel, sheet: SheetModel) -> None:
    """Let the names of a sheet say what its view says: what prints, and what repeats."""
    own = f"{quote_sheet(sheet.name)}!"
    view = sheet.view
    repeats = [own + part for part in (view.repeat_columns, view.repeat_rows) if part]
    texts = {PRINT_AREA: view.area, PRINT_TITLES: ",".join(repeats)}
    book.names = [name for name in book.names if name.sheet is not sheet or name.name not in texts]
    book.names += [NameModel(name, text, sheet) for name, text in texts.items() if text]
