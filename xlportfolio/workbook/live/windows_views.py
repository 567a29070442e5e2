"""How a sheet is shown and printed in Excel for Windows.

What only the look depends on never stops a run: where Excel refuses a part of it (a hidden sheet
has no window, a machine without a printer has no page setup), that part stays as it was. Nothing
here was tried in Excel; see Microsoft's pages excel.window.freezepanes, .splitrow,
excel.pane.scrollrow, excel.application.printcommunication, excel.pagesetup.fittopagestall and
.printarea.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from xlportfolio.workbook.description import Chart, PrintSetup, SheetDescription
from xlportfolio.workbook.live.refusals import com_error
from xlportfolio.workbook.references import CellRange, cell_address, column_letter, parse_cell

_VISIBLE = -1  # xlSheetVisible
_NORMAL_VIEW = 1  # xlNormalView
_NO_COLOUR = -4142  # xlColorIndexNone
_PORTRAIT, _LANDSCAPE = 1, 2  # xlPageOrientation
_PAPER = {"A3": 8, "A4": 9}  # xlPaperA3, xlPaperA4
_LONGEST_TEXT = 255
"""Of what may be given to a property of PageSetup as text."""
_MARGINS = {"LeftMargin": 28.8, "RightMargin": 28.8, "TopMargin": 43.2, "BottomMargin": 43.2}
_MARGINS |= {"HeaderMargin": 21.6, "FooterMargin": 21.6}
"""Points: 0.4, 0.6 and 0.3 inches, as in a closed workbook."""
_PARTS = re.compile(r"&(?:&|[LCRlcr])")
_PLACES = {"L": "Left", "C": "Center", "R": "Right"}


def colour_number(rgb: str) -> int:
    """A colour as Excel's RGB properties take it: red in the lowest byte.

    >>> colour_number("0072B2") == 0xB27200
    True
    """
    red, green, blue = (int(rgb[i : i + 2], 16) for i in (0, 2, 4))
    return red | green << 8 | blue << 16


def colour_text(number: float) -> str:
    """What `colour_number` was given.

    >>> colour_text(0xB27200)
    '0072B2'
    """
    value = int(number)
    return f"{value & 255:02X}{value >> 8 & 255:02X}{value >> 16 & 255:02X}"


# -- the window ----------------------------------------------------------------------------------


def set_window(sheet: Any, description: SheetDescription) -> None:
    """Set tab colour, gridlines, zoom and frozen panes; the sheet that was active is so again."""
    with suppress(com_error()):
        if description.tab_colour:
            sheet.Tab.Color = colour_number(description.tab_colour)
        else:
            sheet.Tab.ColorIndex = _NO_COLOUR
    with suppress(com_error()), _shown(sheet) as window:
        if window is None:
            return
        window.View = _NORMAL_VIEW  # panes freeze in no other
        window.DisplayGridlines = description.gridlines
        window.Zoom = description.zoom
        # Panes freeze at what is in view: from the first cell, and not where someone scrolled to.
        window.FreezePanes = False
        window.ScrollRow = 1
        window.ScrollColumn = 1
        row, column = parse_cell(description.freeze) if description.freeze else (1, 1)
        window.SplitRow = row - 1
        window.SplitColumn = column - 1
        if (row, column) != (1, 1):
            window.FreezePanes = True


@contextmanager
def _shown(sheet: Any) -> Iterator[Any]:
    """The window of the workbook while it shows a sheet; None for a sheet that is hidden.

    Zoom, gridlines and panes belong to the window and hold for the sheet that is active in it. To
    activate a sheet may bring its workbook to the front: both are put back.
    """
    if sheet.Visible != _VISIBLE:
        yield None
        return
    book, before_anywhere = sheet.Parent, sheet.Application.ActiveSheet
    before = book.ActiveSheet
    window = book.Windows(1)
    if before.Name == sheet.Name:
        yield window
        return
    sheet.Activate()
    try:
        yield window
    finally:
        before.Activate()
        if before_anywhere is not None:
            before_anywhere.Activate()


# -- the page ------------------------------------------------------------------------------------


def set_page(sheet: Any, description: SheetDescription) -> None:
    """Set what prints and how."""
    setup = description.print_setup or PrintSetup(landscape=False, fit_width=False)
    page = sheet.PageSetup
    _set_print_area(sheet, page, setup)
    rows = f"${setup.repeat_rows[0]}:${setup.repeat_rows[1]}" if setup.repeat_rows else ""
    settings: dict[str, object] = {"PrintTitleRows": rows, "PrintTitleColumns": ""}
    settings |= _MARGINS
    settings |= header_parts(setup.header, "Header") | header_parts(setup.footer, "Footer")
    settings["Orientation"] = _LANDSCAPE if setup.landscape else _PORTRAIT
    if setup.fit_width:
        # False: as many pages as it takes (page excel.pagesetup.fittopagestall).
        settings |= {"Zoom": False, "FitToPagesWide": 1}
        settings["FitToPagesTall"] = 1 if setup.fit_height else False
    else:
        settings["Zoom"] = 100
    with _without_printer(sheet.Application):
        for member, value in settings.items():
            with suppress(com_error()):
                setattr(page, member, value)
    if description.print_setup is not None:
        # By itself: a printer that lacks the paper refuses with it all that was gathered.
        with suppress(com_error()):
            page.PaperSize = _PAPER[setup.paper]


def _set_print_area(sheet: Any, page: Any, setup: PrintSetup) -> None:
    """Outside of the cached settings, as Excel's own recorder does it."""
    areas = ",".join(_absolute(area) for area in setup.areas)
    with suppress(com_error()):
        if len(areas) <= _LONGEST_TEXT:
            page.PrintArea = areas
        else:
            from xlportfolio.workbook.references import quote_sheet

            quoted = quote_sheet(str(sheet.Name))
            places = ",".join(f"{quoted}!{_absolute(area)}" for area in setup.areas)
            sheet.Names.Add("Print_Area", f"={places}")


def _absolute(area: CellRange) -> str:
    first = f"${column_letter(area.first_column)}${area.first_row}"
    return f"{first}:${column_letter(area.last_column)}${area.last_row}"


@contextmanager
def _without_printer(application: Any) -> Iterator[None]:
    """Gather the settings and hand them to the printer at once, which takes seconds for each.

    Excel without a printer refuses the switch; the settings are then tried one by one.
    """
    try:
        before = application.PrintCommunication
        application.PrintCommunication = False
    except com_error():
        yield
        return
    try:
        yield
    finally:
        with suppress(com_error()):  # it commits here what it gathered
            application.PrintCommunication = bool(before)


def header_parts(text: str | None, kind: str) -> dict[str, object]:
    """A header or footer with its codes &L, &C and &R as the three properties of PageSetup.

    >>> header_parts("&LPlan && budget&RPage &P", "Footer")
    {'LeftFooter': 'Plan && budget', 'CenterFooter': '', 'RightFooter': 'Page &P'}
    """
    parts = dict.fromkeys(_PLACES, "")
    place, start, text = "C", 0, text or ""
    for found in _PARTS.finditer(text):
        if found[0] == "&&":
            continue
        parts[place] += text[start : found.start()]
        place, start = found[0][1].upper(), found.end()
    parts[place] += text[start:]
    return {f"{_PLACES[place]}{kind}": content for place, content in parts.items()}


# -- reading back --------------------------------------------------------------------------------


def read_view(sheet: Any, charts: Sequence[Chart]) -> SheetDescription:
    """The description that `set_window` and `set_page` would need to make the sheet look so."""
    gridlines, zoom, freeze = True, 100, None
    with suppress(com_error()), _shown(sheet) as window:
        if window is not None:
            gridlines, zoom = bool(window.DisplayGridlines), int(window.Zoom)
            if window.FreezePanes:
                freeze = cell_address(int(window.SplitRow) + 1, int(window.SplitColumn) + 1)
    tab = None
    with suppress(com_error()):
        if sheet.Tab.ColorIndex != _NO_COLOUR:
            tab = colour_text(sheet.Tab.Color)
    return SheetDescription(
        name=str(sheet.Name),
        cells={},
        freeze=freeze,
        charts=tuple(charts),
        print_setup=_read_page(sheet.PageSetup),
        tab_colour=tab,
        zoom=zoom,
        gridlines=gridlines,
    )


def _read_page(page: Any) -> PrintSetup | None:
    """How the sheet prints; None where Excel does not say, for want of a printer."""
    try:
        rows = re.fullmatch(r"\$(\d+):\$(\d+)", str(page.PrintTitleRows))
        areas = [area for area in str(page.PrintArea).split(",") if area]
        return PrintSetup(
            paper="A4" if page.PaperSize == _PAPER["A4"] else "A3",
            landscape=page.Orientation == _LANDSCAPE,
            fit_width=page.Zoom is False,
            repeat_rows=(int(rows[1]), int(rows[2])) if rows else None,
            header=_joined(page, "Header"),
            footer=_joined(page, "Footer"),
            fit_height=page.Zoom is False and bool(page.FitToPagesTall),
            areas=tuple(CellRange.parse(area) for area in areas),
        )
    except com_error():
        return None


def _joined(page: Any, kind: str) -> str | None:
    text = "".join(
        f"&{letter}{part}"
        for letter, place in _PLACES.items()
        if (part := str(getattr(page, f"{place}{kind}") or ""))
    )
    return text or None
