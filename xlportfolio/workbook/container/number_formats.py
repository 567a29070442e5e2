"""Number formats of cells, and the dates that numbers stand for."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import integer_or, parse_xml, unescape_text
from xlportfolio.workbook.rendering.styles import BUILTIN_FORMATS, is_date_format

_MONEY_FORMATS = {
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)',
}
"""Built-in formats that show the currency of the reader's country; here as in the United States."""
_EAST_ASIAN_DATES = frozenset((*range(27, 37), *range(50, 59)))
_EAST_ASIAN_DATE_CODE = "yyyy-mm-dd"
"""Their true codes depend on the language of Excel; all of them show a date or a time."""

_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_466
_LEAP_DAY_THAT_NEVER_WAS = 60


def date_from_serial(serial: float, *, date1904: bool) -> datetime | None:
    """The date that a serial number stands for, to the millisecond; None if it stands for none.

    Excel's 1900 system counts a 29 February 1900 (serial 60). Serials below 1 are times without a
    day: in the 1904 system 0 could mean 1 January 1904, but mostly means that nothing was entered.

    >>> date_from_serial(59.0, date1904=False), date_from_serial(61.0, date1904=False)
    (datetime.datetime(1900, 2, 28, 0, 0), datetime.datetime(1900, 3, 1, 0, 0))
    """
    if not 1 <= serial < _LAST_SERIAL - (1462 if date1904 else 0):
        return None
    if date1904:
        epoch = _EPOCH_1904
    elif math.floor(serial) == _LEAP_DAY_THAT_NEVER_WAS:
        return None
    else:
        early = serial < _LEAP_DAY_THAT_NEVER_WAS
        epoch = _EPOCH_1900 + timedelta(days=1) if early else _EPOCH_1900
    try:
        return epoch + timedelta(milliseconds=round(serial * 86_400_000))
    except OverflowError:  # the last half millisecond of the year 9999
        return None


class NumberFormats:
    """The number format of each cell style: `codes[style]`, "" where it is General.

    `known_dates` is what texts of numbers stand for where they show as dates: for whoever reads the
    sheets of one workbook, on which the same dates come again.
    """

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        dates = {code: is_date_format(code) for code in set(codes)}
        self.dates = [dates[code] for code in codes]
        self.known_dates: dict[str, datetime | float] = {}

    def of_style(self, text: str | None) -> tuple[str, bool]:
        """The format code of a cell's style as a sheet names it, and whether it shows a date."""
        style = -1 if text is None else integer_or(text)
        return (
            (self.codes[style], self.dates[style]) if 0 <= style < len(self.codes) else ("", False)
        )

    @classmethod
    def load(cls, package: Package, index: WorkbookIndex) -> NumberFormats:
        part = index.styles_part
        if part is None:
            return cls([])
        root = parse_xml(package.read(part), package.label(part))
        tag = f"{{{index.namespace}}}"
        custom = {
            element.get("numFmtId", ""): unescape_text(element.get("formatCode", ""))
            for element in root.iterfind(f"{tag}numFmts/{tag}numFmt")
        }
        styles = root.iterfind(f"{tag}cellXfs/{tag}xf")
        return cls([_format_code(style.get("numFmtId", "0"), custom) for style in styles])


def _format_code(identifier: str, custom: dict[str, str]) -> str:
    code = custom.get(identifier)
    if code is None:
        number = integer_or(identifier)
        if number in _EAST_ASIAN_DATES:
            return _EAST_ASIAN_DATE_CODE
        code = BUILTIN_FORMATS.get(number) or _MONEY_FORMATS.get(number, "General")
    return "" if code.lower() == "general" else code
