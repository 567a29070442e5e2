"""A workbook that is being made: XlsxWriter writes what it can, amendments add the rest by hand.

Every sheet that features stand on carries the same small portfolio in A1:H9, so that one and the
same edit can be made beside each feature; features keep to J1:T20 and to what lies over the cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.hosts.feature_books.parts import Parts

Amendment = Callable[[Parts], None]

HEADERS = ("ID", "Project", "Start", "Cost", "Twice", "Approved", "Note", "Reviewed")
ROWS = (
    ("P-1", "Flood wall", date(2026, 4, 1), 1200.5, True, "north"),
    ("P-2", "Depot", date(2026, 7, 1), 800.0, False, "south"),
    ("P-3", "School roof", date(2027, 1, 4), 450.25, True, " east & west "),
    ("P-4", "Crossing", date(2025, 11, 3), 99.0, False, "<none>"),
    ("P-5", "Library", date(2026, 10, 12), 2300.0, True, "Caf\u00e9 \U0001f600"),
    ("P-6", "Archive", date(2028, 2, 29), 0.0, False, "same"),
)
TOTAL = sum(row[3] for row in ROWS)


class Draft:
    """A workbook on its way: `book` is XlsxWriter's, `amend` notes what is done by hand.

    Parameters
    ----------
    path
        Where it will be written.
    """

    def __init__(self, path: Path, *, date1904: bool = False) -> None:
        self.path = path
        self._made = path.with_name(f"{path.name}.made")
        self.book = xlsxwriter.Workbook(self._made, {"date_1904": date1904})
        self.book.set_properties({"title": "Portfolio", "author": "PMO", "created": DAY})
        self._amendments: list[Amendment] = []
        self._date = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self._bold = self.book.add_format({"bold": True, "bottom": 1})
        self._money = self.book.add_format({"num_format": "#,##0.00", "font_color": "#1F4E79"})
        self._blank = self.book.add_format({"bg_color": "#FFF2CC", "border": 1})
        self.plan = self.sheet("Plan")

    def sheet(self, name: str) -> Worksheet:
        """A sheet with the small portfolio."""
        sheet = self.book.add_worksheet(name)
        sheet.set_column("B:B", 24)
        sheet.set_column("Y:Y", 11, self._money)
        sheet.write_row("A1", HEADERS, self._bold)
        for row, (identifier, project, start, cost, approved, note) in enumerate(ROWS, 1):
            sheet.write_string(row, 0, identifier)
            sheet.write_string(row, 1, project)
            sheet.write_datetime(row, 2, start, self._date)
            sheet.write_number(row, 3, cost, self._money)
            sheet.write_formula(row, 4, f"=D{row + 1}*2", None, cost * 2)
            sheet.write_boolean(row, 5, approved)
            sheet.write_string(row, 6, note)
            sheet.write_blank(row, 7, None, self._blank)
        sheet.write_string("B9", "Total", self._bold)
        sheet.write_formula("D9", "=SUM(D2:D7)", self._bold, TOTAL)
        return sheet

    def amend(self, amendment: Amendment) -> None:
        """Have something done by hand once XlsxWriter is through."""
        self._amendments.append(amendment)

    def save(self, finishing: Iterable[Amendment] = ()) -> None:
        self.book.close()
        parts = Parts.of(self._made)
        self._made.unlink()
        for amendment in (*self._amendments, *finishing):
            amendment(parts)
        parts.save(self.path)


DAY = date(2026, 4, 1)
