"""A sheet of ours, described once and rendered by the closed file and by live Excel alike.

A description is neutral and immutable: values, formats, widths, conditional formats, links and
charts, with positions on the sheet. It holds no package part, no style number and no COM object.
Rows and columns are 1-based.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from xlportfolio.workbook.references import CellRange

CellValue = None | float | int | str | bool | datetime | date


@dataclass(frozen=True)
class CellFormat:
    """How a cell looks; None keeps the workbook's default. Colours are "RRGGBB"."""

    number_format: str | None = None
    bold: bool = False
    italic: bool = False
    size: float | None = None
    colour: str | None = None
    fill: str | None = None
    horizontal: Literal["left", "center", "right"] | None = None
    vertical: Literal["top", "center", "bottom"] | None = None
    wrap: bool = False
    indent: int = 0
    border: Literal["thin", "bottom", "top"] | None = None
    border_colour: str | None = None
    unlocked: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell: a value, and where it leads when it is a link.

    `link` is a reference in the workbook ("Projects!C5") or an http(s) or mailto address.
    """

    value: CellValue
    format: CellFormat | None = None
    link: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class TableDescription:
    """A native Excel table over cells that the description holds; the first row its headers."""

    name: str
    range: CellRange
    style: str | None = "TableStyleLight1"
    banded: bool = False


@dataclass(frozen=True)
class ConditionalFormat:
    """A rule over a range.

    `kind` "cell" compares each cell with `operator` and `values` (one or two formulas or
    constants as Excel writes them); "formula" applies where `values[0]` is true, written for the
    range's top-left cell; "scale" shades from `colours[0]` through to `colours[-1]` (two or three);
    "bar" draws a data bar in `colours[0]`.
    """

    range: CellRange
    kind: Literal["cell", "formula", "scale", "bar"]
    operator: (
        Literal[
            "lessThan",
            "lessThanOrEqual",
            "equal",
            "notEqual",
            "greaterThan",
            "greaterThanOrEqual",
            "between",
            "notBetween",
        ]
        | None
    ) = None
    values: tuple[str, ...] = ()
    format: CellFormat | None = None
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validation:
    """What may be entered in a range.

    `kind` "list" offers `choices`, or the cells of `values[0]` ("Lists!$A$2:$A$9"); the other
    kinds compare with `operator` and `values`.
    """

    range: CellRange
    kind: Literal["list", "decimal", "whole", "date", "textLength", "custom"]
    choices: tuple[str, ...] = ()
    operator: Literal[
        "between",
        "notBetween",
        "equal",
        "notEqual",
        "lessThan",
        "lessThanOrEqual",
        "greaterThan",
        "greaterThanOrEqual",
    ] = "between"
    values: tuple[str, ...] = ()
    title: str = ""
    message: str = ""
    strict: bool = True


@dataclass(frozen=True)
class Series:
    """One series of a chart; references such as "'PF Results'!$B$2:$B$9" or its own "B2:B9"."""

    values: str
    categories: str | None = None
    name: str | None = None
    name_reference: str | None = None
    x_values: str | None = None
    sizes: str | None = None
    labels: str | None = None
    colour: str | None = None
    dashed: bool = False
    kind: Literal["column", "line"] | None = None


@dataclass(frozen=True)
class Chart:
    """A native chart that follows the cells it names; `anchor` is its top-left cell."""

    kind: Literal[
        "column", "stacked_column", "bar", "stacked_bar", "line", "area", "scatter", "bubble"
    ]
    title: str
    series: tuple[Series, ...]
    anchor: str
    width_cm: float = 16.0
    height_cm: float = 9.0
    x_title: str | None = None
    y_title: str | None = None
    y_format: str | None = None
    legend: Literal["right", "bottom", "top"] | None = "bottom"


@dataclass(frozen=True)
class Picture:
    """A PNG picture over the cells, its top-left corner at that of a cell.

    `width` and `height` are in centimetres; `alt` says what it shows to those who cannot see it.
    """

    png: bytes = field(repr=False)
    row: int
    column: int
    width: float
    height: float
    alt: str = ""


@dataclass(frozen=True)
class PrintSetup:
    """How the sheet prints; header and footer texts use Excel's &-codes.

    `fit_height` puts all of it on one page; `areas` are what prints, each on pages of its own, and
    everything where there are none.
    """

    paper: Literal["A3", "A4"] = "A3"
    landscape: bool = True
    fit_width: bool = True
    repeat_rows: tuple[int, int] | None = None
    header: str | None = None
    footer: str | None = None
    fit_height: bool = False
    areas: tuple[CellRange, ...] = ()


@dataclass(frozen=True)
class SheetDescription:
    """A whole sheet: `cells[(row, column)]`, and everything that lies over them.

    `keys` are the cells that tell its rows apart, such as a column of IDs: what people write beside
    a row follows its key when the sheet is written anew. Where the sheet `is_form`, what people
    fill in below it is read, and written as part of it the next time.
    """

    name: str
    cells: Mapping[tuple[int, int], Cell]
    widths: Mapping[int, float] = field(default_factory=dict)
    heights: Mapping[int, float] = field(default_factory=dict)
    merges: Sequence[CellRange] = ()
    freeze: str | None = None
    tables: Sequence[TableDescription] = ()
    conditional_formats: Sequence[ConditionalFormat] = ()
    validations: Sequence[Validation] = ()
    charts: Sequence[Chart] = ()
    print_setup: PrintSetup | None = None
    tab_colour: str | None = None
    zoom: int = 100
    gridlines: bool = False
    hidden_columns: Sequence[int] = ()
    pictures: Sequence[Picture] = ()
    keys: CellRange | None = None
    is_form: bool = False
