"""A chart of PF Dashboard with the figures behind it, and what the charts have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xlportfolio.report.contents import RunContents
from xlportfolio.workbook.description import CellValue, Chart
from xlportfolio.workbook.references import CellRange

GOLD, PINK, SKY, DARK, GREY = "E69F00", "CC79A7", "56B4E9", "22303A", "8D99A0"
LONGEST_LABEL = 28  # of the first half of the page
FUNDED, OTHERS = "Funded", "Others"
"""Names of series: the portfolio as proposed, and what is deferred, stopped or not funded."""


@dataclass(frozen=True)
class Block:
    """Figures as they stand on the sheet: a native table under a title.

    Attributes
    ----------
    name
        Of the table.
    headings
        The first column holds text.
    formats
        Number formats by column; None for text.
    """

    title: str
    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[CellValue, ...], ...]
    formats: tuple[str | None, ...]


@dataclass(frozen=True)
class Panel:
    """A chart with its figures; `chart` draws it over the table's body at an anchor."""

    title: str
    block: Block
    chart: Callable[[CellRange, str], Chart]


def column_cells(body: CellRange, column: int, first: int = 0, last: int = -1) -> str:
    """The cells of a column of a table's body, counted from 0, from row `first` to `last`."""
    n = body.n_rows
    top, bottom = body.first_row + first, body.first_row + last % n
    at = body.first_column + column
    return CellRange(top, at, bottom, at).address


def value_word(contents: RunContents) -> str:
    """What projects are worth, in a word; without a portfolio as in `candidates`."""
    if contents.selection.decisions:
        return contents.selection.value_name
    has_values = any(project.value is not None for project in contents.portfolio.projects)
    return "value" if has_values else "score"


def value_format(largest: float) -> str:
    """How values up to the largest are shown in a table."""
    return "#,##0.0" if largest >= 100 else "#,##0.00"


def short_name(name: str, option: str | None, longest: int = LONGEST_LABEL) -> str:
    """A name that fits a column of the figures."""
    ending = f" ({option})" if option else ""
    room = longest - len(ending)
    if len(name) <= room:
        return name + ending
    return name[: max(room - 1, 1)].rstrip(" ,;:-") + "…" + ending
