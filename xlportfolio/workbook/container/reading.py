"""Reading the sheets of a closed workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from xlportfolio.workbook.container.block_pass import BlockPass
from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.sheet_pass import SheetPass, SheetReading
from xlportfolio.workbook.references import CellRange

_TRUTH = re.compile(rb"""["'](?:b["']|&\#)""")
"""What `t="b"` holds, however it is written."""


def read_sheet(
    package: Package,
    index: WorkbookIndex,
    sheet: SheetEntry,
    shared_strings: Callable[[], Sequence[str]],
    formats: NumberFormats,
    only: CellRange | None = None,
) -> SheetReading:
    """Read one worksheet, or what has to be known to write into a range of it.

    A text of no characters, such as the result of ="", is a blank cell. The value of a formula is
    what was computed last.

    Parameters
    ----------
    package, index, sheet
        The sheet, and the workbook that it is in.
    shared_strings
        Gives the workbook's shared texts; asked when a cell needs one.
    formats
        The number formats of the cell styles.
    only
        Values, formats and formulas of this range are read, and no others, nor are rows outside
        of it hidden ones; merges, protection and what formulas fill are those of the sheet.

    Raises
    ------
    WorkbookError
        If the sheet is damaged, or holds more than 5,000,000 values.
    """
    if only is None:
        return SheetPass(package, index, sheet, shared_strings, formats).run()
    return BlockPass(package, index, sheet, shared_strings, formats, only).run()


def may_hold_truths(package: Package, sheet: SheetEntry) -> bool:
    """Whether a cell of a worksheet may be TRUE or FALSE: found out without parsing it.

    Parameters
    ----------
    package, sheet
        The sheet.
    """
    end = b""
    for number, chunk in enumerate(package.chunks(sheet.part)):
        # in UTF-16 and the like the type of a cell would look different
        if number == 0 and (b"\0" in chunk or not chunk.lstrip(b"\xef\xbb\xbf").startswith(b"<")):
            return True
        if _TRUTH.search(end + chunk):
            return True
        end = chunk[-3:]
    return False
