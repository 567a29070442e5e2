"""What is asked of Excel for Windows over COM, behind the `.api` of xlwings.

Nothing here was tried in Excel: tests play its objects and compare the calls with what Microsoft's
reference of the object model says (learn.microsoft.com/office/vba/api). To be looked at first by a
person with Excel: whether `Range.Copy` of all cells takes tables, notes and rules along into
another workbook as it does by hand, and what becomes of links to places in the workbook; what
`HasArray` says within spills; the charts (`windows_charts.py`); and what a printer does to page
setup (`windows_views.py`).

Two habits of the layers below shape the calls. xlwings repeats a call for ever where setting a
property raises AttributeError, so only members that every Excel since 2013 has are set. Arguments
go by position, which holds for classes that pywin32 generated and for late binding alike.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.description import Chart, SheetDescription
from xlportfolio.workbook.live.marks import mark_formula, marked_text, split_name
from xlportfolio.workbook.live.refusals import com_error, is_no_such_item, refused

if TYPE_CHECKING:
    from pathlib import Path

    import xlwings as xw

    from xlportfolio.workbook.container.opc import NameEntry
    from xlportfolio.workbook.live.details import Layout
    from xlportfolio.workbook.protocol import ExcelTable

_VISIBLE = -1  # xlSheetVisible
_VK_ESCAPE = 0x1B
_IS_DOWN = 0x8000


class WindowsExcel:
    """Excel for Windows; see `ExcelDetails` for what each method promises."""

    def __init__(self, process: int | None) -> None:
        """Speak to an Excel.

        Parameters
        ----------
        process
            The number of its process, of whose windows the Esc key is asked; None if unknown.
        """
        self._process = process

    # -- cells -----------------------------------------------------------------------------------

    def values(self, cells: xw.Range) -> list[list[object]]:
        """The values as they are stored: page excel.range.value2.

        A single cell comes as it is, several as a tuple of rows. pywin32 hands an error over as
        the int of its HRESULT, and every number as a float.
        """
        with refused("to read cells", lambda: cells.sheet.name):
            found = cells.api.Value2
        if isinstance(found, tuple):
            return [list(row) for row in found]
        return [[found]]

    def layout(self, sheet: xw.Sheet) -> Layout:
        """What lies over the cells of a sheet; page excel.worksheet.visible has three answers."""
        from xlportfolio.workbook.live.details import Layout
        from xlportfolio.workbook.live.windows_cells import (
            extent,
            filled_areas,
            hidden_lines,
            merged_areas,
        )

        with refused("to say what lies over the cells", lambda: sheet.name):
            api = sheet.api
            area = extent(api)
            rows, columns = hidden_lines(api, area) if area else (frozenset(), frozenset())
            has_formulas = api.UsedRange.HasFormula is not False
            return Layout(
                extent=area.address if area else None,
                visible=api.Visible == _VISIBLE,
                merges=tuple(merge.address for merge in merged_areas(api)),
                spills=tuple(
                    filled.address for filled in (filled_areas(api) if has_formulas else ())
                ),
                hidden_rows=rows,
                hidden_columns=columns,
                has_formulas=has_formulas,
            )

    def extent(self, sheet: xw.Sheet) -> str | None:
        """The smallest range that holds all values and formulas."""
        from xlportfolio.workbook.live.windows_cells import extent

        with refused("to say which cells are in use", lambda: sheet.name):
            area = extent(sheet.api)
        return area.address if area else None

    def number_formats(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[str | None]:
        """The number format of each range, as English codes: page excel.range.numberformat."""
        with refused("to say how numbers are shown", lambda: sheet.name):
            cells = sheet.api.Range
            found = [cells(address).NumberFormat for address in ranges]
        return [None if code is None else str(code) for code in found]

    def prefixes(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[bool | None]:
        """Whether cells carry an apostrophe: page excel.range.prefixcharacter, "" for none."""
        with refused("to say which cells are text by an apostrophe", lambda: sheet.name):
            cells = sheet.api.Range
            return [_three_ways(cells(address).PrefixCharacter) for address in ranges]

    # -- sheets and workbooks --------------------------------------------------------------------

    def tables(self, book: xw.Book) -> list[ExcelTable]:
        """The Excel tables of all sheets: page excel.listobject."""
        with refused("to list tables", lambda: book.name):
            return [
                _table(item, sheet.Name)
                for sheet in book.api.Worksheets
                for item in _items(sheet.ListObjects)
            ]

    def pivot_tables(self, sheet: xw.Sheet) -> list[tuple[str, str]]:
        """The pivot tables, with their page fields: page excel.pivottable.tablerange2."""
        from xlportfolio.workbook.live.windows_cells import area_of

        with refused("to list pivot tables", lambda: sheet.name):
            return [
                (str(item.Name), area_of(item.TableRange2).address)
                for item in _items(sheet.api.PivotTables())
            ]

    def names(self, book: xw.Book) -> list[NameEntry]:
        """All defined names; Workbook.Names holds those local to a sheet and hidden ones too."""
        from xlportfolio.workbook.container.opc import NameEntry

        found = []
        with refused("to list defined names", lambda: book.name):
            for name in book.api.Names:
                sheet, bare = split_name(str(name.Name))
                try:
                    text = str(name.RefersTo).removeprefix("=")
                except com_error():
                    text = "#REF!"  # of a macro, or broken: nothing that stands for cells
                found.append(NameEntry(bare, text, sheet, not name.Visible))
        return found

    def is_protected(self, sheet: xw.Sheet) -> bool:
        """Whether the cells are protected: page excel.worksheet.protectcontents."""
        with refused("to say whether a sheet is protected", lambda: sheet.name):
            return bool(sheet.api.ProtectContents)

    def is_filtered(self, sheet: xw.Sheet) -> bool:
        """Whether a filter of the sheet or of one of its tables hides rows.

        Worksheet.FilterMode speaks for a table only while a cell of it is selected; each table has
        an AutoFilter of its own, Nothing where its arrows are off.
        """
        with refused("to say whether a sheet is filtered", lambda: sheet.name):
            if sheet.api.FilterMode:
                return True
            filters = (item.AutoFilter for item in _items(sheet.api.ListObjects))
            return any(one is not None and bool(one.FilterMode) for one in filters)

    def structure_is_protected(self, book: xw.Book) -> bool:
        """Whether the order of sheets is protected: page excel.workbook.protectstructure.

        A workbook that is shared in the old way (page excel.workbook.multiuserediting) takes
        neither tables nor merged cells, and gives no sheet up again: it is refused as a whole,
        before a sheet is added that could not be taken out. Co-authoring is none of that.
        """
        with refused("to say whether the workbook is protected", lambda: book.name):
            if book.api.MultiUserEditing:
                raise WorkbookError(
                    f'"{book.name}" is a shared workbook of the old kind, in which Excel neither '
                    "makes tables nor deletes sheets. Stop sharing it in Excel (Review > Unshare "
                    "Workbook) and try again; co-authoring in OneDrive or SharePoint may go on."
                )
            return bool(book.api.ProtectStructure)

    def uses_1904(self, book: xw.Book) -> bool:
        """Whether dates count from 1904: page excel.workbook.date1904."""
        with refused("to say from when dates count", lambda: book.name):
            return bool(book.api.Date1904)

    # -- marks -----------------------------------------------------------------------------------

    def marks(self, book: xw.Book) -> dict[str, str]:
        """The sheets of ours: their own names are asked for the mark, one by one.

        `Worksheet.Names` holds the names local to the sheet (page excel.worksheet.names); that
        what it gives is one of them is looked at again, because a sheet with the mark is emptied.
        The mark is never evaluated: anyone may have written what it refers to.
        """
        from xlportfolio.workbook.rendering.marks import MARK

        found = {}
        with refused("to list its sheets", lambda: book.name):
            for sheet in book.api.Worksheets:
                try:
                    mark = sheet.Names.Item(MARK)
                    local_to, bare = split_name(str(mark.Name))
                    text = marked_text(mark.RefersTo)
                except com_error() as error:
                    if is_no_such_item(error):
                        continue
                    raise  # busy or gone: to take a sheet of ours for another's would add a second
                name = str(sheet.Name)
                is_local = local_to is not None and local_to.casefold() == name.casefold()
                if is_local and bare.casefold() == MARK and text is not None:
                    found[name] = text
        return found

    def set_mark(self, sheet: xw.Sheet, text: str) -> None:
        """Mark a sheet as ours: page excel.names.add (Name, RefersTo, Visible)."""
        from xlportfolio.workbook.rendering.marks import MARK

        with refused("to add a hidden name", lambda: sheet.name):
            sheet.api.Names.Add(MARK, mark_formula(text), False)

    def set_memory(self, sheet: xw.Sheet, names: Mapping[str, str]) -> None:
        """Have hidden names of a sheet remember what was written: page excel.names.add.

        None of the texts is longer than the 255 characters that a formula told to Excel may have.
        """
        from xlportfolio.workbook.rendering.remembered import PREFIX

        with refused("to add hidden names", lambda: sheet.name):
            wanted = {name.casefold() for name in names}
            for one in _items(sheet.api.Names):
                bare = split_name(str(one.Name))[1].casefold()
                if bare.startswith(PREFIX) and bare not in wanted:
                    one.Delete()
            for name, text in names.items():
                sheet.api.Names.Add(name, "=" + text, False)

    # -- sheets of ours --------------------------------------------------------------------------

    def empty(self, sheet: xw.Sheet) -> None:
        """Take everything off a sheet of ours.

        Tables become ranges first, which turns what refers to them into references to cells that
        hold (page excel.listobject.unlist); deleted, they would leave #REF! in the user's formulas.
        `UseStandardWidth` and `-Height` leave no width or height behind, as setting one would.
        """
        with refused("to empty a sheet", lambda: sheet.name):
            api = sheet.api
            charts = api.ChartObjects()
            if charts.Count:
                charts.Delete()
            for table in reversed(_items(api.ListObjects)):
                table.Unlist()
            api.AutoFilterMode = False
            cells = api.Cells
            cells.EntireRow.Hidden = False
            cells.EntireColumn.Hidden = False
            cells.UnMerge()
            cells.ClearOutline()
            cells.Hyperlinks.Delete()
            cells.Validation.Delete()
            cells.FormatConditions.Delete()
            cells.ClearComments()
            cells.Clear()
            cells.UseStandardHeight = True
            cells.UseStandardWidth = True

    def copy_cells(self, source: xw.Sheet, target: xw.Sheet) -> None:
        """Copy all cells, and give the tables their names again.

        With a destination Range.Copy leaves the clipboard alone (page excel.range.copy); all cells
        of a sheet are whole rows and columns, so that heights, widths and what is hidden go with
        them. Excel names a copied table anew where the old name is taken in the workbook, and so
        does this. Charts that lie over the cells come along: they are taken off again. Links to
        places in the workbook may come to lead to the workbook that was copied from: they are led
        home.
        """
        from xlportfolio.workbook.live.windows_cells import area_of

        with refused("to copy a sheet", lambda: target.name):
            source.api.Cells.Copy(target.api.Range("A1"))
            _lead_home(target.api, str(source.api.Parent.Name))
            charts = target.api.ChartObjects()
            if charts.Count:
                charts.Delete()
            copied = _items(source.api.ListObjects)
            if not copied:
                return
            names = {area_of(table.Range): str(table.Name) for table in copied}
            for table in _items(target.api.ListObjects):
                name = names.get(area_of(table.Range))
                if name is None or table.Name == name:
                    continue
                try:
                    table.Name = name
                except com_error():
                    continue  # another table or name of the workbook has it

    def set_view(self, sheet: xw.Sheet, description: SheetDescription) -> None:
        """Freeze panes, zoom, gridlines, tab colour and how the sheet prints."""
        from xlportfolio.workbook.live.windows_views import set_page, set_window

        set_window(sheet.api, description)
        set_page(sheet.api, description)

    def described(self, sheet: xw.Sheet) -> SheetDescription:
        """The view of a sheet, how it prints, and its charts as far as we draw such."""
        from xlportfolio.workbook.live.windows_chart_reading import read_charts
        from xlportfolio.workbook.live.windows_views import read_view

        with refused("to say how a sheet looks", lambda: sheet.name):
            return read_view(sheet.api, read_charts(sheet.api))

    def draw_charts(self, sheet: xw.Sheet, charts: Sequence[Chart]) -> list[str]:
        """Draw native charts; a sentence for each that Excel refused."""
        if not charts:
            return []
        from xlportfolio.workbook.live.windows_charts import draw_charts

        with refused("to draw charts", lambda: sheet.name):
            return draw_charts(sheet.api, charts)

    def show(self, sheet: xw.Sheet) -> None:
        """Bring a sheet to the front: pages excel.workbook.activate, excel.worksheet.select.

        `Sheet.select` of xlwings also asks which Excel is in front, and for its process.
        """
        with refused("to show a sheet", lambda: sheet.name):
            api = sheet.api
            api.Parent.Activate()
            api.Activate()
            api.Select()  # where several sheets are selected, this one alone

    # -- the program -----------------------------------------------------------------------------

    def save_copy(self, book: xw.Book, path: Path) -> None:
        """Save a copy as the book is now: page excel.workbook.savecopyas."""
        mend = "check that the folder is there, may be written to and has room, and try again"
        with refused(f'to save a copy as "{path.name}"', lambda: book.name, mend=mend):
            book.api.SaveCopyAs(str(path))

    def escape_is_pressed(self) -> bool:
        """Whether Esc is down now and the window in front is one of this Excel's."""
        return self._process is not None and _is_down(_VK_ESCAPE, self._process)


def _three_ways(value: object) -> bool | None:
    """True, False, or None for Excel's Null."""
    return None if value is None else bool(value)


def _items(collection: Any) -> list[Any]:
    """The members of a collection of Excel, which counts from 1."""
    return [collection.Item(i) for i in range(1, int(collection.Count) + 1)]


def _lead_home(sheet: Any, copied_from: str) -> None:
    """Let links to places in another workbook lead to the same places in their own.

    Excel treats all links of a copy alike: where the first has not changed, none has.
    """
    links = sheet.Hyperlinks
    for number in range(1, int(links.Count) + 1):  # one by one: most often the first is enough
        link = links.Item(number)
        address = unquote(str(link.Address or ""))
        if not address:
            return
        if re.split(r"[\\/]", address)[-1].casefold() == copied_from.casefold():
            link.Address = ""


def _table(item: Any, sheet: object) -> ExcelTable:
    from xlportfolio.workbook.live.windows_cells import area_of
    from xlportfolio.workbook.protocol import ExcelTable

    has_header, has_totals = bool(item.ShowHeaders), bool(item.ShowTotals)
    if has_header:
        # One call; a list of one column has one cell, which comes as it is.
        row = item.HeaderRowRange.Value2
        headers = row[0] if isinstance(row, tuple) else (row,)
    else:
        headers = tuple(column.Name for column in _items(item.ListColumns))
    return ExcelTable(
        str(item.Name),
        str(sheet),
        area_of(item.Range),
        tuple("" if header is None else str(header) for header in headers),
        int(has_header),
        int(has_totals),
    )


def _is_down(key: int, process: int) -> bool:
    """Whether a key is down while a window of a process has the keyboard; False off Windows.

    GetAsyncKeyState speaks of the whole machine (learn.microsoft.com/windows/win32/api/winuser/
    nf-winuser-getasynckeystate): an Esc meant for another program must not stop a run. Its highest
    bit says that the key is down; the lowest, pressed since the last call, "should not be relied
    on", so that Esc has to be held for a moment.
    """
    libraries: Any = getattr(ctypes, "windll", None)
    if libraries is None:
        return False
    try:
        user32 = libraries.user32
        front = user32.GetForegroundWindow()
        owner = ctypes.c_ulong(0)
        user32.GetWindowThreadProcessId(front, ctypes.byref(owner))
        return owner.value == process and bool(user32.GetAsyncKeyState(key) & _IS_DOWN)
    except (OSError, AttributeError, TypeError, ValueError, ctypes.ArgumentError):
        return False
