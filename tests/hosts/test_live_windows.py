"""Excel for Windows by recorded calls: what is asked of its objects, line by line.

The lines are written by hand from Microsoft's reference of the object model
(learn.microsoft.com/office/vba/api); the numbers are its enumerations. That Excel does with them
what the reference says was not tried.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.hosts.played_excel import UNKNOWN_NAME, ComError, Lines, Played, refusing
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.description import PrintSetup, SheetDescription
from xlportfolio.workbook.live.details import Layout
from xlportfolio.workbook.live.platforms import details_of
from xlportfolio.workbook.live.public_only import PublicOnly
from xlportfolio.workbook.live.windows import WindowsExcel
from xlportfolio.workbook.live.windows_cells import filled_areas, fills_several, merged_areas
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

EXCEL = WindowsExcel(process=4711)
N_A = -2146826246


@pytest.fixture(autouse=True)
def pywin32(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pywintypes")
    module.com_error = ComError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pywintypes", module)


def sheet_of(answers: dict[str, object]) -> tuple[Any, Lines]:
    """An xlwings sheet over a played Worksheet, and what is asked of it."""
    log = Lines(answers)
    return SimpleNamespace(name="PF Plan", api=Played("Worksheet", "sheet", log)), log


def cells_of(answers: dict[str, object]) -> tuple[Any, Lines]:
    log = Lines(answers)
    cells = SimpleNamespace(
        sheet=SimpleNamespace(name="Projects"), api=Played("Range", "cells", log)
    )
    return cells, log


def book_of(answers: dict[str, object]) -> tuple[Any, Lines]:
    log = Lines(answers)
    return SimpleNamespace(name="Plan.xlsx", api=Played("Workbook", "book", log)), log


def test_sheet_is_shown_in_its_own_workbook() -> None:
    sheet, log = sheet_of({})
    EXCEL.show(sheet)
    assert log.lines == ["sheet.Parent.Activate()", "sheet.Activate()", "sheet.Select()"]


# -- cells ---------------------------------------------------------------------------------------


def test_one_cell_and_a_block_are_both_rows_of_cells() -> None:
    one, _ = cells_of({"cells.Value2": 46113.0})
    assert EXCEL.values(one) == [[46113.0]]
    block, log = cells_of({"cells.Value2": ((1.0, "a"), (None, True), (N_A, ""))})
    assert EXCEL.values(block) == [[1.0, "a"], [None, True], [N_A, ""]]
    assert log.lines == ["cells.Value2 ?"]


def test_refusal_of_excel_is_one_sentence_with_its_own_words() -> None:
    cells, _ = cells_of({"cells.Value2": refusing("Out of\r\nmemory.")})
    with pytest.raises(WorkbookError) as refusal:
        EXCEL.values(cells)
    assert str(refusal.value) == (
        'Excel refused to read cells on "Projects" (Excel says: "Out of memory"); finish what is '
        "being typed, close any dialog of Excel, and try again."
    )


@pytest.mark.parametrize(
    ("array", "spill", "expected"),
    [
        (False, False, False),
        (None, False, True),
        (True, False, True),
        (False, None, True),
        (False, True, True),
        (False, ComError(UNKNOWN_NAME), False),  # Excel 2016 knows no spills
    ],
)
def test_arrays_and_spills_are_told_also_by_an_excel_without_spills(
    array: object, spill: object, expected: bool
) -> None:
    cells, _ = cells_of({"cells.HasArray": array, "cells.HasSpill": spill})
    assert fills_several(cells.api) is expected


def test_excel_that_is_busy_is_not_taken_for_one_without_spills() -> None:
    busy = ComError(-2147418111)
    cells, _ = cells_of({"cells.HasArray": False, "cells.HasSpill": busy})
    with pytest.raises(ComError) as refusal:
        fills_several(cells.api)
    assert refusal.value is busy
    sheet, _ = sheet_of({"sheet.Application.WorksheetFunction.CountA(sheet.UsedRange)": busy})
    with pytest.raises(WorkbookError, match='refused to say what lies over the cells on "PF Plan"'):
        EXCEL.layout(sheet)


def test_number_formats_and_apostrophes_are_asked_range_by_range() -> None:
    sheet, log = sheet_of(
        {
            "sheet.Range('B2:B9').NumberFormat": "dd/mm/yyyy",
            "sheet.Range('C2:C9').NumberFormat": None,
            "sheet.Range('B2:B9').PrefixCharacter": "",
            "sheet.Range('C2:C9').PrefixCharacter": "'",
            "sheet.Range('D2:D9').PrefixCharacter": None,
        }
    )
    assert EXCEL.number_formats(sheet, ["B2:B9", "C2:C9"]) == ["dd/mm/yyyy", None]
    assert EXCEL.prefixes(sheet, ["B2:B9", "C2:C9", "D2:D9"]) == [False, True, None]
    assert len(log.lines) == 5


class _Sheet:
    """What ranges of a sheet answer, of any size, worked out cell by cell."""

    def __init__(self, used: str, filled: list[str], merged: list[str], arrays: list[str]) -> None:
        self.used = CellRange.parse(used)
        self.filled = {at for area in filled for at in _cells(CellRange.parse(area))}
        self.merged = [CellRange.parse(area) for area in merged]
        self.arrays = [CellRange.parse(area) for area in arrays]

    def answer(self, path: str) -> object:
        area = self.used
        if counted := re.search(r"CountA\(sheet\.(?:Range\('([A-Z0-9:]+)'\)|UsedRange)\)", path):
            area = CellRange.parse(counted[1]) if counted[1] else self.used
            return float(len(self.filled & set(_cells(area))))
        if found := re.match(r"sheet\.Range\('([A-Z0-9:]+)'\)", path):
            area = CellRange.parse(found[1])
        member = path.rpartition(")" if found else "UsedRange")[2].removeprefix(".")
        answers: dict[str, Callable[[], object]] = {
            "Address": lambda: _absolute(area),
            "HasFormula": lambda: None if self.arrays else False,
            "MergeCells": lambda: _of_all(area, self.merged),
            "MergeArea.Address": lambda: _absolute(_over(area, self.merged)),
            "HasArray": lambda: _of_all(area, self.arrays),
            "HasSpill": lambda: False,
            "CurrentArray.Address": lambda: _absolute(_over(area, self.arrays)),
        }
        return answers[member]()


def _cells(area: CellRange) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]


def _absolute(area: CellRange) -> str:
    return re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", area.address)


def _addresses(areas: list[CellRange]) -> list[str]:
    return [area.address for area in areas]


def _over(area: CellRange, areas: list[CellRange]) -> CellRange:
    return next(one for one in areas if one.overlaps(area))


def _of_all(area: CellRange, areas: list[CellRange]) -> bool | None:
    inside = {at for one in areas for at in _cells(one)}
    held = [at in inside for at in _cells(area)]
    return True if all(held) else None if any(held) else False


def _sheet_of_ranges(sheet: _Sheet) -> tuple[Any, Lines]:
    log = Lines({}, sheet.answer)
    return SimpleNamespace(name="Projects", api=Played("Worksheet", "sheet", log)), log


@pytest.mark.parametrize(
    ("used", "filled", "expected"),
    [
        ("A1:F40", ["A1", "F40"], "A1:F40"),
        ("A1:Z300", ["B2:D9", "C40"], "B2:D40"),
        ("C3:Z90", ["Z90"], "Z90"),
        ("A1:Z300", ["A1"], "A1"),
        ("B2", ["B2"], "B2"),
        ("A1:F40", [], None),
    ],
)
def test_extent_leaves_out_cells_that_are_only_formatted(
    used: str, filled: list[str], expected: str | None
) -> None:
    sheet, log = _sheet_of_ranges(_Sheet(used, filled, [], []))
    assert EXCEL.extent(sheet) == expected
    assert len(log.lines) <= 2 + 4 * 10  # four edges, each halved


def test_merged_cells_are_found_with_few_questions() -> None:
    merged = ["A1:F1", "B3:C3", "H200:H260", "AA400:AB401"]
    sheet, log = _sheet_of_ranges(_Sheet("A1:AF500", [], merged, []))
    assert sorted(_addresses(merged_areas(sheet.api))) == sorted(merged)
    assert len(log.lines) < 500  # of 16,000 cells
    plain, log = _sheet_of_ranges(_Sheet("A1:AF500", [], [], []))
    assert merged_areas(plain.api) == []
    assert log.lines == ["sheet.UsedRange.Address ?", "sheet.Range('A1:AF500').MergeCells ?"]


def test_arrays_are_found_and_those_of_one_cell_left_out() -> None:
    sheet, _ = _sheet_of_ranges(_Sheet("A1:H60", [], [], ["B2:C9", "E5", "H1:H60"]))
    assert sorted(_addresses(filled_areas(sheet.api))) == ["B2:C9", "H1:H60"]
    plain, log = _sheet_of_ranges(_Sheet("A1:H60", [], [], []))
    assert filled_areas(plain.api) == []
    assert log.lines == ["sheet.UsedRange.HasFormula ?"]


def test_spill_is_the_range_of_its_first_cell() -> None:
    sheet, _ = sheet_of(
        {
            "sheet.UsedRange.HasFormula": True,
            "sheet.UsedRange.Address": "$B$2:$B$3",
            "sheet.Range('B2:B3').HasArray": False,
            "sheet.Range('B2:B3').HasSpill": True,
            "sheet.Range('B2').HasArray": False,
            "sheet.Range('B2').HasSpill": True,
            "sheet.Range('B2').SpillParent.SpillingToRange.Address": "$B$2:$B$3",
        }
    )
    assert _addresses(filled_areas(sheet.api)) == ["B2:B3"]


def test_layout_tells_of_hidden_lines_within_the_extent() -> None:
    sheet, log = sheet_of(
        {
            "sheet.UsedRange.Address": "$B$2:$D$5",
            "sheet.UsedRange.HasFormula": False,
            "sheet.Application.WorksheetFunction.CountA(sheet.UsedRange)": 4.0,
            "sheet.Application.WorksheetFunction.CountA(sheet.Range('B5:D5'))": 1.0,
            "sheet.Application.WorksheetFunction.CountA(sheet.Range('B2:D2'))": 1.0,
            "sheet.Application.WorksheetFunction.CountA(sheet.Range('D2:D5'))": 1.0,
            "sheet.Application.WorksheetFunction.CountA(sheet.Range('B2:B5'))": 1.0,
            "sheet.Range('B2:D5').MergeCells": False,
            "sheet.Range('2:5').Hidden": None,
            "sheet.Range('2:3').Hidden": None,
            "sheet.Range('2:2').Hidden": False,
            "sheet.Range('3:3').Hidden": True,
            "sheet.Range('4:5').Hidden": True,
            "sheet.Range('B:D').Hidden": False,
            "sheet.Visible": 2,  # xlSheetVeryHidden
        }
    )
    assert EXCEL.layout(sheet) == Layout(
        "B2:D5", False, (), (), frozenset({3, 4, 5}), frozenset(), has_formulas=False
    )
    assert log.changes() == [line for line in log.lines if "CountA" in line]  # nothing is set


# -- sheets and workbooks ------------------------------------------------------------------------


def test_protection_and_dates_are_properties() -> None:
    sheet, _ = sheet_of({"sheet.ProtectContents": True})
    book, _ = book_of(
        {"book.ProtectStructure": False, "book.MultiUserEditing": False, "book.Date1904": True}
    )
    assert EXCEL.is_protected(sheet) is True
    assert EXCEL.structure_is_protected(book) is False
    assert EXCEL.uses_1904(book) is True


def test_shared_workbook_of_the_old_kind_is_refused_before_a_sheet_is_added() -> None:
    book, log = book_of(
        {"book.ProtectStructure": False, "book.MultiUserEditing": True, "book.Name": "Plan.xlsx"}
    )
    with pytest.raises(WorkbookError) as problem:
        EXCEL.structure_is_protected(book)
    assert str(problem.value) == (
        '"Plan.xlsx" is a shared workbook of the old kind, in which Excel neither makes tables nor '
        "deletes sheets. Stop sharing it in Excel (Review > Unshare Workbook) and try again; "
        "co-authoring in OneDrive or SharePoint may go on."
    )
    assert log.changes() == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"sheet.FilterMode": True}, True),
        ({"sheet.FilterMode": False, "sheet.ListObjects.Count": 0}, False),
        (
            {
                "sheet.FilterMode": False,
                "sheet.ListObjects.Count": 2,
                "sheet.ListObjects.Item(1).AutoFilter": None,  # its arrows are off
                "sheet.ListObjects.Item(2).AutoFilter.FilterMode": True,
            },
            True,
        ),
    ],
)
def test_filters_of_the_sheet_and_of_each_table_are_asked(
    answers: dict[str, object], expected: bool
) -> None:
    sheet, _ = sheet_of(answers)
    assert EXCEL.is_filtered(sheet) is expected


def _worksheets(log: Lines, *names: str) -> list[Played]:
    sheets = []
    for number, name in enumerate(names, 1):
        log.answers[f"sheet{number}.Name"] = name
        sheets.append(Played("Worksheet", f"sheet{number}", log))
    log.answers["book.Worksheets"] = sheets
    return sheets


def test_tables_are_told_with_their_headers_and_totals() -> None:
    book, log = book_of({})
    _worksheets(log, "Notes", "Projects")
    first, second = "sheet2.ListObjects.Item(1)", "sheet2.ListObjects.Item(2)"
    log.answers |= {
        "sheet1.ListObjects.Count": 0,
        "sheet2.ListObjects.Count": 2,
        f"{first}.Name": "Projects",
        f"{first}.Range.Address": "$A$3:$C$12",
        f"{first}.ShowHeaders": True,
        f"{first}.ShowTotals": True,
        f"{first}.HeaderRowRange.Value2": (("ID", "Name", "Cost"),),
        f"{second}.Name": "One",
        f"{second}.Range.Address": "$F$2:$F$9",
        f"{second}.ShowHeaders": False,
        f"{second}.ShowTotals": False,
        f"{second}.ListColumns.Count": 1,
        f"{second}.ListColumns.Item(1).Name": "Column1",
    }
    assert EXCEL.tables(book) == [
        ExcelTable("Projects", "Projects", CellRange.parse("A3:C12"), ("ID", "Name", "Cost"), 1, 1),
        ExcelTable("One", "Projects", CellRange.parse("F2:F9"), ("Column1",), 0, 0),
    ]


def test_pivot_tables_are_told_with_their_page_fields() -> None:
    sheet, _ = sheet_of(
        {
            "sheet.PivotTables().Count": 1,
            "sheet.PivotTables().Item(1).Name": "By stage",
            "sheet.PivotTables().Item(1).TableRange2.Address": "$A$1:$D$14",
        }
    )
    assert EXCEL.pivot_tables(sheet) == [("By stage", "A1:D14")]


def test_names_are_told_bare_with_their_sheets() -> None:
    book, log = book_of({})
    log.answers["book.Names"] = [Played("Name", f"name{i}", log) for i in (1, 2, 3)]
    log.answers |= {
        "name1.Name": "Budget",
        "name1.RefersTo": "=Setup!$B$2",
        "name1.Visible": True,
        "name2.Name": "'Bob''s plan'!_xlportfolio",
        "name2.RefersTo": '="PF Results"',
        "name2.Visible": False,
        "name3.Name": "Broken",
        "name3.RefersTo": refusing("Application-defined or object-defined error"),
        "name3.Visible": True,
    }
    assert EXCEL.names(book) == [
        NameEntry("Budget", "Setup!$B$2", None, False),
        NameEntry("_xlportfolio", '"PF Results"', "Bob's plan", True),
        NameEntry("Broken", "#REF!", None, False),
    ]


def test_mark_of_another_sheet_or_of_the_whole_workbook_makes_no_sheet_ours() -> None:
    book, log = book_of({})
    _worksheets(log, "Projects", "PF Results", "Costs", "Plans")
    for number in range(1, 5):
        log.answers[f"sheet{number}.Names.Item('_xlportfolio')"] = Played(
            "Name", f"mark{number}", log
        )
    log.answers["sheet1.Names.Item('_xlportfolio')"] = refusing("no such name")
    log.answers |= {
        "mark2.Name": "'PF Results'!_xlportfolio",
        "mark2.RefersTo": '="PF Results"',
        "mark3.Name": "_xlportfolio",  # of the workbook: anyone may have written it
        "mark3.RefersTo": '="PF Results"',
        "mark4.Name": "Plans!_xlportfolio",
        "mark4.RefersTo": "=Plans!$A$1",  # no text
    }
    assert EXCEL.marks(book) == {"PF Results": "PF Results"}
    assert [line for line in log.lines if "Evaluate" in line] == []


def test_busy_excel_does_not_lose_a_mark() -> None:
    book, log = book_of({})
    _worksheets(log, "PF Results")
    log.answers["sheet1.Names.Item('_xlportfolio')"] = ComError(-2147418111, "Call was rejected")
    with pytest.raises(WorkbookError) as refusal:
        EXCEL.marks(book)
    assert str(refusal.value) == (
        'Excel refused to list its sheets on "Plan.xlsx" (Excel says: "Call was rejected"); finish '
        "what is being typed, close any dialog of Excel, and try again."
    )


def test_mark_is_a_hidden_name_of_the_sheet() -> None:
    sheet, log = sheet_of({})
    EXCEL.set_mark(sheet, 'PF "Draft"')
    # excel.names.add: Name, RefersTo, Visible
    assert log.lines == ["""sheet.Names.Add('_xlportfolio', '="PF ""Draft""\"', False)"""]


def test_what_was_written_is_remembered_in_hidden_names_and_older_ones_go() -> None:
    names = ("'PF Plan'!_xlportfolio_widths2", "'PF Plan'!_xlportfolio", "'PF Plan'!Print_Area")
    answers: dict[str, object] = {"sheet.Names.Count": len(names)}
    answers |= {f"sheet.Names.Item({i}).Name": name for i, name in enumerate(names, 1)}
    sheet, log = sheet_of(answers)
    EXCEL.set_memory(sheet, {"_xlportfolio_area": "'PF Plan'!$A$1:$C$9"})
    assert log.changes() == [
        "sheet.Names.Item(1).Delete()",
        """sheet.Names.Add('_xlportfolio_area', "='PF Plan'!$A$1:$C$9", False)""",
    ]


def test_copy_is_saved_beside_the_workbook() -> None:
    book, log = book_of({})
    EXCEL.save_copy(book, Path("copies") / "Plan.xlsx")
    assert log.lines == [f"book.SaveCopyAs({str(Path('copies') / 'Plan.xlsx')!r})"]
    book, _ = book_of({f"book.SaveCopyAs({'Plan.xlsx'!r})": refusing("Disk is full.")})
    with pytest.raises(WorkbookError) as refusal:
        EXCEL.save_copy(book, Path("Plan.xlsx"))
    assert str(refusal.value) == (
        'Excel refused to save a copy as "Plan.xlsx" on "Plan.xlsx" (Excel says: "Disk is full"); '
        "check that the folder is there, may be written to and has room, and try again."
    )


# -- sheets of ours ------------------------------------------------------------------------------


def test_sheet_is_emptied_and_stays() -> None:
    sheet, log = sheet_of({"sheet.ChartObjects().Count": 2, "sheet.ListObjects.Count": 2})
    EXCEL.empty(sheet)
    assert log.changes() == [
        "sheet.ChartObjects().Delete()",
        "sheet.ListObjects.Item(2).Unlist()",
        "sheet.ListObjects.Item(1).Unlist()",
        "sheet.AutoFilterMode = False",
        "sheet.Cells.EntireRow.Hidden = False",
        "sheet.Cells.EntireColumn.Hidden = False",
        "sheet.Cells.UnMerge()",
        "sheet.Cells.ClearOutline()",
        "sheet.Cells.Hyperlinks.Delete()",
        "sheet.Cells.Validation.Delete()",
        "sheet.Cells.FormatConditions.Delete()",
        "sheet.Cells.ClearComments()",
        "sheet.Cells.Clear()",
        "sheet.Cells.UseStandardHeight = True",
        "sheet.Cells.UseStandardWidth = True",
    ]


def test_cells_are_copied_past_the_clipboard_and_tables_keep_their_names() -> None:
    log = Lines({})
    source = SimpleNamespace(name="PF Plan", api=Played("Worksheet", "source", log))
    target = SimpleNamespace(name="PF Plan", api=Played("Worksheet", "target", log))
    taken, free, same = (f"target.ListObjects.Item({i})" for i in (1, 2, 3))
    log.answers |= {
        "source.Parent.Name": "scratch.xlsx",
        "target.Hyperlinks.Count": 0,
        "target.ChartObjects().Count": 1,
        "source.ListObjects.Count": 3,
        "target.ListObjects.Count": 3,
        "source.ListObjects.Item(1).Range.Address": "$A$1:$B$9",
        "source.ListObjects.Item(1).Name": "PF_Free",
        "source.ListObjects.Item(2).Range.Address": "$D$1:$E$9",
        "source.ListObjects.Item(2).Name": "PF_Taken",
        "source.ListObjects.Item(3).Range.Address": "$G$1:$H$9",
        "source.ListObjects.Item(3).Name": "PF_Same",
        # in another order than at home
        f"{taken}.Range.Address": "$D$1:$E$9",
        f"{taken}.Name": "PF_Taken3",
        f"{taken}.Name =": refusing("A table name already exists."),
        f"{free}.Range.Address": "$A$1:$B$9",
        f"{free}.Name": "PF_Free2",
        f"{same}.Range.Address": "$G$1:$H$9",
        f"{same}.Name": "PF_Same",
    }
    EXCEL.copy_cells(source, target)
    assert log.changes() == [
        "source.Cells.Copy(target.Range('A1'))",
        "target.ChartObjects().Delete()",
        f"{taken}.Name = 'PF_Taken'",
        f"{free}.Name = 'PF_Free'",
    ]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        # a link to the web, then two places in the workbook: Excel made them lead to the original
        (["https://example.com/", "C:\\T\\Plan%202026.xlsx", "Plan 2026.xlsx"], [2, 3]),
        (["", "Plan 2026.xlsx"], []),  # the first did not change, so none did; that one is theirs
        (["https://example.com/plan 2026.xlsx.html", "mailto:a@example.com"], []),
    ],
)
def test_links_within_the_workbook_stay_within_it(
    addresses: list[str], expected: list[int]
) -> None:
    log = Lines(
        {
            "source.Parent.Name": "Plan 2026.xlsx",
            "source.ListObjects.Count": 0,
            "target.ChartObjects().Count": 0,
            "target.Hyperlinks.Count": len(addresses),
        }
    )
    for number, address in enumerate(addresses, 1):
        log.answers[f"target.Hyperlinks.Item({number}).Address"] = address
    source = SimpleNamespace(name="PF Plan", api=Played("Worksheet", "source", log))
    target = SimpleNamespace(name="PF Plan", api=Played("Worksheet", "target", log))
    EXCEL.copy_cells(source, target)  # type: ignore[arg-type]
    assert [line for line in log.lines if " = " in line] == [
        f"target.Hyperlinks.Item({number}).Address = ''" for number in expected
    ]


# -- how a sheet is shown and printed ------------------------------------------------------------

SHOWN: dict[str, object] = {
    "sheet.Visible": -1,
    "sheet.Name": "PF Plan",
    "sheet.Parent.ActiveSheet.Name": "Projects",
    "sheet.Application.PrintCommunication": True,
}


def _described(**options: Any) -> SheetDescription:
    return SheetDescription("PF Plan", {}, **options)


def test_view_is_set_in_the_window_and_the_active_sheet_comes_back() -> None:
    sheet, log = sheet_of(SHOWN)
    EXCEL.set_view(sheet, _described(freeze="C5", zoom=85, tab_colour="0072B2"))
    window = "sheet.Parent.Windows(1)"
    assert log.changes()[:13] == [
        "sheet.Tab.Color = 11694592",  # &HB27200: Excel's RGB has red in the lowest byte
        "sheet.Activate()",
        f"{window}.View = 1",  # xlNormalView
        f"{window}.DisplayGridlines = False",
        f"{window}.Zoom = 85",
        f"{window}.FreezePanes = False",
        f"{window}.ScrollRow = 1",
        f"{window}.ScrollColumn = 1",
        f"{window}.SplitRow = 4",
        f"{window}.SplitColumn = 2",
        f"{window}.FreezePanes = True",
        "sheet.Parent.ActiveSheet.Activate()",
        "sheet.Application.ActiveSheet.Activate()",
    ]


def test_sheet_without_frozen_panes_and_colour_loses_those_it_had() -> None:
    sheet, log = sheet_of(SHOWN)
    EXCEL.set_view(sheet, _described(gridlines=True))
    changes = log.changes()
    assert "sheet.Tab.ColorIndex = -4142" in changes  # xlColorIndexNone
    assert "sheet.Parent.Windows(1).SplitRow = 0" in changes
    assert "sheet.Parent.Windows(1).FreezePanes = True" not in changes
    assert "sheet.Parent.Windows(1).DisplayGridlines = True" in changes


def test_active_sheet_comes_back_when_the_window_refuses() -> None:
    refusal = {"sheet.Parent.Windows(1).Zoom =": refusing("Unable to set the Zoom property")}
    sheet, log = sheet_of(SHOWN | refusal)
    EXCEL.set_view(sheet, _described(freeze="B2"))
    assert "sheet.Parent.ActiveSheet.Activate()" in log.lines
    assert "sheet.Application.ActiveSheet.Activate()" in log.lines
    assert "sheet.Parent.Windows(1).FreezePanes = True" not in log.lines


def test_hidden_sheet_is_not_activated() -> None:
    sheet, log = sheet_of(SHOWN | {"sheet.Visible": 0})
    EXCEL.set_view(sheet, _described(freeze="B2"))
    assert [line for line in log.lines if "Windows" in line or "Activate" in line] == []


PRINTED = PrintSetup(
    paper="A3",
    landscape=True,
    fit_width=True,
    repeat_rows=(4, 5),
    header="Portfolio",
    footer="&LPlan && budget&RPage &P of &N",
    areas=(CellRange.parse("A1:H40"), CellRange.parse("A42:H80")),
)


def test_page_is_set_with_the_printer_silent_and_committed_at_the_end() -> None:
    sheet, log = sheet_of(SHOWN | {"sheet.Visible": 0})
    EXCEL.set_view(sheet, _described(print_setup=PRINTED))
    page = "sheet.PageSetup"
    assert log.changes()[1:] == [
        f"{page}.PrintArea = '$A$1:$H$40,$A$42:$H$80'",
        "sheet.Application.PrintCommunication = False",
        f"{page}.PrintTitleRows = '$4:$5'",
        f"{page}.PrintTitleColumns = ''",
        f"{page}.LeftMargin = 28.8",
        f"{page}.RightMargin = 28.8",
        f"{page}.TopMargin = 43.2",
        f"{page}.BottomMargin = 43.2",
        f"{page}.HeaderMargin = 21.6",
        f"{page}.FooterMargin = 21.6",
        f"{page}.LeftHeader = ''",
        f"{page}.CenterHeader = 'Portfolio'",
        f"{page}.RightHeader = ''",
        f"{page}.LeftFooter = 'Plan && budget'",
        f"{page}.CenterFooter = ''",
        f"{page}.RightFooter = 'Page &P of &N'",
        f"{page}.Orientation = 2",  # xlLandscape
        f"{page}.Zoom = False",
        f"{page}.FitToPagesWide = 1",
        f"{page}.FitToPagesTall = False",
        "sheet.Application.PrintCommunication = True",
        f"{page}.PaperSize = 8",  # xlPaperA3: by itself, for not every printer has it
    ]


def test_print_areas_too_long_for_the_property_become_a_name() -> None:
    areas = tuple(CellRange(1 + 50 * i, 1, 40 + 50 * i, 12) for i in range(20))
    sheet, log = sheet_of(SHOWN | {"sheet.Visible": 0})
    EXCEL.set_view(sheet, _described(print_setup=PrintSetup(areas=areas)))
    added = [line for line in log.lines if "Print_Area" in line]
    assert len(added) == 1
    assert added[0].startswith(
        """sheet.Names.Add('Print_Area', "='PF Plan'!$A$1:$L$40,'PF Plan'!"""
    )
    assert added[0].endswith("""!$A$951:$L$990")""")


def test_machine_without_a_printer_prints_as_far_as_it_can() -> None:
    no_printer = refusing("Unable to set the PaperSize property of the PageSetup class")
    sheet, log = sheet_of(
        SHOWN
        | {
            "sheet.Visible": 0,
            "sheet.Application.PrintCommunication =": no_printer,
            "sheet.PageSetup.PaperSize =": no_printer,
            "sheet.PageSetup.LeftMargin =": no_printer,
        }
    )
    EXCEL.set_view(sheet, _described(print_setup=PRINTED))
    assert "sheet.PageSetup.FitToPagesTall = False" in log.lines
    assert log.lines.count("sheet.Application.PrintCommunication = True") == 0


def test_view_and_page_are_read_back_as_they_were_set() -> None:
    window = "sheet.Parent.Windows(1)"
    page = "sheet.PageSetup"
    sheet, _ = sheet_of(
        SHOWN
        | {
            "sheet.ChartObjects().Count": 0,
            f"{window}.DisplayGridlines": False,
            f"{window}.Zoom": 85,
            f"{window}.FreezePanes": True,
            f"{window}.SplitRow": 4,
            f"{window}.SplitColumn": 2,
            "sheet.Tab.ColorIndex": 23,
            "sheet.Tab.Color": 11694592.0,
            f"{page}.PrintTitleRows": "$4:$5",
            f"{page}.PrintArea": "$A$1:$H$40,$A$42:$H$80",
            f"{page}.PaperSize": 8,
            f"{page}.Orientation": 2,
            f"{page}.Zoom": False,
            f"{page}.FitToPagesTall": False,
            f"{page}.LeftHeader": "",
            f"{page}.CenterHeader": "Portfolio",
            f"{page}.RightHeader": "",
            f"{page}.LeftFooter": "Plan && budget",
            f"{page}.CenterFooter": "",
            f"{page}.RightFooter": "Page &P of &N",
        }
    )
    expected = replace(PRINTED, header="&CPortfolio")
    assert EXCEL.described(sheet) == _described(
        freeze="C5", zoom=85, tab_colour="0072B2", print_setup=expected
    )


# -- the Esc key ---------------------------------------------------------------------------------


class _User32:
    def __init__(self, owner: int, state: int) -> None:
        self.owner, self.state = owner, state

    def GetForegroundWindow(self) -> int:  # noqa: N802
        return 77

    def GetWindowThreadProcessId(self, window: int, owner: Any) -> int:  # noqa: N802
        assert window == 77
        owner._obj.value = self.owner
        return 1

    def GetAsyncKeyState(self, key: int) -> int:  # noqa: N802
        assert key == 0x1B  # VK_ESCAPE
        return self.state


@pytest.mark.parametrize(
    ("owner", "state", "expected"),
    [
        (4711, -32768, True),  # the highest bit of a SHORT: down
        (4711, -32767, True),
        (4711, 1, False),  # pressed some time since the last call
        (4711, 0, False),
        (815, -32768, False),  # meant for another program
    ],
)
def test_escape_counts_while_excel_is_in_front(
    monkeypatch: pytest.MonkeyPatch, owner: int, state: int, expected: bool
) -> None:
    libraries = SimpleNamespace(user32=_User32(owner, state))
    monkeypatch.setattr(ctypes, "windll", libraries, raising=False)
    assert EXCEL.escape_is_pressed() is expected
    assert WindowsExcel(process=None).escape_is_pressed() is False


def test_escape_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ctypes, "windll", raising=False)
    assert EXCEL.escape_is_pressed() is False

    class Broken:
        @property
        def user32(self) -> object:
            raise OSError("no such library")

    monkeypatch.setattr(ctypes, "windll", Broken(), raising=False)
    assert EXCEL.escape_is_pressed() is False


# -- which details -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "engine", "expected"),
    [
        ("win32", "excel", WindowsExcel),
        ("darwin", "excel", PublicOnly),
        ("win32", "remote", PublicOnly),
    ],
)
def test_details_are_those_of_the_platform_and_engine(
    monkeypatch: pytest.MonkeyPatch, platform: str, engine: str, expected: type
) -> None:
    app = SimpleNamespace(engine=SimpleNamespace(name=engine), pid=4711)
    monkeypatch.setattr(sys, "platform", platform)
    assert type(details_of(SimpleNamespace(app=app))) is expected
