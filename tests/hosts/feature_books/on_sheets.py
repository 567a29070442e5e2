"""Features of a sheet: rules over cells, views, protection, printing, links."""

from __future__ import annotations

import io
import struct
import zlib

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.parts import Parts


def png(width: int = 4, height: int = 4) -> bytes:
    """A small picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    lines = (b"\x00" + b"\x1f\x4e\x79" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def conditional_formats(draft: Draft) -> None:
    sheet = draft.sheet("Rules")
    red = draft.book.add_format({"bg_color": "#FFC7CE"})
    sheet.conditional_format("D2:D7", {"type": "3_color_scale"})
    sheet.conditional_format("B2:B7", {"type": "formula", "criteria": "=$D2>1000", "format": red})
    sheet.conditional_format(
        "D2:D7", {"type": "cell", "criteria": ">", "value": 2000, "format": red}
    )
    sheet.conditional_format(
        "D2:D7",
        {"type": "icon_set", "icon_style": "3_arrows", "multi_range": "D2:D7 F2:F7"},
    )
    sheet.conditional_format("E2:E7", {"type": "data_bar"})


def x14_conditional_formats(draft: Draft) -> None:
    """Data bars and icon sets of 2010, which stand in the sheet's extension list."""
    sheet = draft.sheet("Bars")
    sheet.conditional_format("D2:D7", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format(
        "E2:E7", {"type": "data_bar", "bar_solid": True, "bar_negative_color": "#FF0000"}
    )

    def amend(parts: Parts) -> None:
        icons = (
            '<x14:conditionalFormatting><x14:cfRule type="iconSet" priority="9" '
            'id="{6F4A9C51-0001-4D7A-9C1B-2B1F5E3A0001}"><x14:iconSet iconSet="3Stars">'
            '<x14:cfvo type="percent"><xm:f>0</xm:f></x14:cfvo>'
            '<x14:cfvo type="percent"><xm:f>33</xm:f></x14:cfvo>'
            '<x14:cfvo type="percent"><xm:f>67</xm:f></x14:cfvo></x14:iconSet></x14:cfRule>'
            "<xm:sqref>A2:A7</xm:sqref></x14:conditionalFormatting>"
        )
        part = parts.sheet("Bars")
        parts.replace(
            part, "</x14:conditionalFormattings>", f"{icons}</x14:conditionalFormattings>"
        )

    def declare(parts: Parts) -> None:
        part = parts.sheet("Bars")
        parts.replace(
            part,
            "<x14:conditionalFormattings>",
            '<x14:conditionalFormattings xmlns:xm="http://schemas.microsoft.com/office/excel/'
            '2006/main">',
        )

    draft.amend(amend)
    draft.amend(declare)


def validations(draft: Draft) -> None:
    sheet = draft.sheet("Checks")
    sheet.data_validation("F2:F7", {"validate": "list", "source": ["TRUE", "FALSE"]})
    sheet.data_validation(
        "D2:D7",
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "input_title": "Cost",
            "input_message": "In thousands",
        },
    )
    sheet.data_validation("H2:H7", {"validate": "custom", "value": "=LEN(H2)<9"})


def x14_validations(draft: Draft) -> None:
    """A list on another sheet, as Excel 2010 stores it."""
    draft.sheet("Lists")

    def amend(parts: Parts) -> None:
        parts.put_in_sheet(
            parts.sheet("Lists"),
            '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
            '<x14:dataValidations count="1" disablePrompts="0">'
            '<x14:dataValidation type="list" allowBlank="1" showErrorMessage="1">'
            "<x14:formula1><xm:f>Plan!$B$2:$B$7</xm:f></x14:formula1><xm:sqref>H2:H7</xm:sqref>"
            "</x14:dataValidation></x14:dataValidations></ext></extLst>",
        )

    draft.amend(amend)


def sparklines(draft: Draft) -> None:
    sheet = draft.sheet("Sparks")
    sheet.add_sparkline("K2", {"range": "Sparks!D2:D7", "markers": True})
    sheet.add_sparkline(
        "K3",
        {"location": ["K3", "K4"], "range": ["Sparks!D2:E2", "Sparks!D3:E3"], "type": "column"},
    )


def hyperlinks(draft: Draft) -> None:
    sheet = draft.sheet("Links")
    sheet.write_url("K2", "https://example.org/a?b=1&c=2", string="web")
    sheet.write_url("K3", "internal:'Plan'!A1", string="inside", tip="To the plan")
    sheet.write_url("K4", "mailto:pmo@example.org")
    sheet.write_url("B3", "external:other.xlsx#Sheet1!A1", string="Depot")


def grouping(draft: Draft) -> None:
    sheet = draft.sheet("Groups")
    for row in range(2, 5):
        sheet.set_row(row, None, None, {"level": 1, "hidden": row == 3})
    sheet.set_row(5, 30, None, {"collapsed": True})
    sheet.set_column("K:M", 8, None, {"level": 1, "hidden": True})
    sheet.set_column("N:N", 8, None, {"collapsed": True})
    sheet.outline_settings(True, False, True, False)


def hidden_sheets(draft: Draft) -> None:
    draft.sheet("Hidden").hide()
    draft.sheet("Deep").very_hidden()
    form = draft.book.add_format({"italic": True, "num_format": "0.0"})
    sheet = draft.sheet("Rows")
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_row(11, 40, form)
    sheet.set_column("E:F", None, None, {"hidden": True})


def filtered_rows(draft: Draft) -> None:
    sheet = draft.sheet("Filter")
    sheet.autofilter("A1:H7")
    sheet.filter_column("F", "x == TRUE")
    for row in (2, 4, 6):
        sheet.set_row(row, None, None, {"hidden": True})


def views(draft: Draft) -> None:
    """Frozen panes, a split window and a custom view of the workbook."""
    sheet = draft.sheet("Views")
    sheet.freeze_panes("C2")
    sheet.set_zoom(85)
    sheet.set_selection("D4:E5")
    sheet.set_tab_color("#9C27B0")
    draft.sheet("Split").split_panes(30, 16)
    guid = "{8C1F2A60-1111-4E55-9D0A-4A5B6C7D8E9F}"

    def amend(parts: Parts) -> None:
        for name in ("Plan", "Views", "Split"):
            parts.put_in_sheet(
                parts.sheet(name),
                f'<customSheetViews><customSheetView guid="{guid}" scale="70">'
                '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" '
                'footer="0.3"/></customSheetView></customSheetViews>',
            )
        parts.put_in_workbook(
            f'<customWorkbookViews><customWorkbookView name="Board" guid="{guid}" maximized="1" '
            'xWindow="1" yWindow="1" windowWidth="1200" windowHeight="800" '
            'activeSheetId="1"/></customWorkbookViews>'
        )

    draft.amend(amend)


def protected_sheet(draft: Draft) -> None:
    """All cells are locked but those of one column."""
    sheet = draft.sheet("Locked")
    sheet.protect("secret", {"format_cells": True})
    free = draft.book.add_format({"locked": False, "bg_color": "#E2EFDA"})
    for row in range(1, 7):
        sheet.write_blank(row, 7, None, free)


def protected_structure(draft: Draft) -> None:
    draft.sheet("Structure")
    draft.amend(lambda parts: parts.put_in_workbook('<workbookProtection lockStructure="1"/>'))


def watched_cells(draft: Draft) -> None:
    """Cell watches, ignored errors, scenarios, protected ranges and custom properties."""
    draft.sheet("Watched").ignore_errors({"number_stored_as_text": "A2:A7", "eval_error": "K2:K9"})

    def amend(parts: Parts) -> None:
        part = parts.sheet("Watched")
        name = parts.add(
            "xl/customProperty1.bin",
            b"k\x00v\x00",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.customProperty",
        )
        link = parts.relate(part, "customProperty", name)
        parts.put_in_sheet(
            part,
            '<protectedRanges><protectedRange name="Free" sqref="H2:H7"/></protectedRanges>'
            '<scenarios current="0" show="0"><scenario name="High" locked="1" count="1" user="PMO">'
            '<inputCells r="D2" val="1500"/></scenario></scenarios>'
            f'<customProperties><customPr name="key" r:id="{link}"/></customProperties>'
            '<cellWatches><cellWatch r="D9"/><cellWatch r="E2"/></cellWatches>',
        )

    draft.amend(amend)


def printing(draft: Draft) -> None:
    """Print titles and area, breaks, printer settings, pictures in the header and behind."""
    sheet = draft.sheet("Printed")
    sheet.repeat_rows(0)
    sheet.repeat_columns("A:B")
    sheet.print_area("A1:H9")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_h_pagebreaks([5])
    sheet.set_v_pagebreaks([4])
    sheet.set_header("&L&G&CPlan", {"image_left": "h.png", "image_data_left": io.BytesIO(png())})
    sheet.set_footer("&RPage &P of &N")
    sheet.set_background(io.BytesIO(png(8, 8)))

    def amend(parts: Parts) -> None:
        part = parts.sheet("Printed")
        name = parts.add(
            "xl/printerSettings/printerSettings1.bin",
            bytes(range(256)) * 4,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings",
        )
        link = parts.relate(part, "printerSettings", name)
        root = parts.tree(part)
        setup = next(one for one in root if one.tag.endswith("}pageSetup"))
        setup.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", link)
        parts.store(part, root)

    draft.amend(amend)


def defined_names(draft: Draft) -> None:
    """Names: of a range, a constant, a formula; local, hidden, and one on another sheet."""
    draft.sheet("Names")
    draft.book.define_name("Costs", "=Names!$D$2:$D$7")
    draft.book.define_name("One_cost", "=Names!$D$3")
    draft.book.define_name("Rate", "=0.035")
    draft.book.define_name("Names!Local", "=Names!$B$2:$B$7")
    draft.book.define_name("Total_all", "=SUM(Plan!$D$2:$D$7,Names!$D$2:$D$7)")

    def amend(parts: Parts) -> None:
        parts.put_in_workbook(
            '<definedNames><definedName name="ZZ_hidden" hidden="1">Names!$H$2</definedName>'
            "</definedNames>"
        )

    draft.amend(amend)


ON_SHEETS = {
    "conditional_formats": conditional_formats,
    "x14_conditional_formats": x14_conditional_formats,
    "validations": validations,
    "x14_validations": x14_validations,
    "sparklines": sparklines,
    "hyperlinks": hyperlinks,
    "grouping": grouping,
    "hidden_sheets": hidden_sheets,
    "filtered_rows": filtered_rows,
    "views": views,
    "protected_sheet": protected_sheet,
    "protected_structure": protected_structure,
    "watched_cells": watched_cells,
    "printing": printing,
    "defined_names": defined_names,
}
