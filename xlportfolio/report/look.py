"""How the result sheets look: one accent, few colours that all eyes can tell apart, units in words.

Text is of the workbook's own font and size; only titles and figures differ. A colour never says
alone what a word does not say beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from xlportfolio.money import from_cents
from xlportfolio.records import Settings
from xlportfolio.report.contents import RunContents
from xlportfolio.selection.answer import Decision
from xlportfolio.wording import day
from xlportfolio.workbook.description import CellFormat, PrintSetup

SUMMARY, RESULTS, PROBLEMS = "PF Summary", "PF Results", "PF Problems"
RECONCILE, LOG = "PF Reconcile", "PF Log"
CAPACITY, ROADMAP, DASHBOARD = "PF Capacity", "PF Roadmap", "PF Dashboard"
FUNCTIONS = "PF Functions"
HELP_SHEET = "PF Help"

ACCENT, PALE, LINE, GREY, INK = "1F5C70", "EAF2F4", "D9E0E3", "5F6B73", "22303A"
BLUE, ORANGE, SKY, YELLOW = "0072B2", "D55E00", "56B4E9", "F0E442"
"""Of Okabe & Ito (2008), Color Universal Design: told apart by every kind of colour vision."""

DECISION_COLOURS: Mapping[Decision, tuple[str, str]] = {
    "Continue": ("DCE9ED", "1F5C70"),
    "Start": ("C6DFF2", "004A78"),
    "Defer": ("FFF1C9", "6B4E00"),
    "Not funded": ("ECEEEF", "4E5A61"),
    "Stop": ("FAD7BF", "8A3B00"),
}
"""Fill and ink; from blue by yellow to orange, and the word stands in the cell."""

TITLE = CellFormat(bold=True, size=18, colour=ACCENT, vertical="center")
SUBTITLE = CellFormat(colour=GREY, vertical="center")
BLOCK = CellFormat(bold=True, size=13, colour=ACCENT, vertical="bottom")
HELP = CellFormat(colour=GREY, vertical="top", wrap=True)
HEAD = CellFormat(bold=True, colour="FFFFFF", fill=ACCENT, vertical="center", wrap=True)
HEAD_NUMBER = CellFormat(
    bold=True, colour="FFFFFF", fill=ACCENT, vertical="center", wrap=True, horizontal="right"
)
BODY = CellFormat(vertical="top", wrap=True, border="bottom", border_colour=LINE)
QUIET = CellFormat(vertical="top", wrap=True, colour=GREY, border="bottom", border_colour=LINE)
STRONG = CellFormat(vertical="top", wrap=True, bold=True, border="bottom", border_colour=LINE)
LINK_COLOUR = "0B5394"
LINK = CellFormat(
    vertical="top", wrap=True, colour=LINK_COLOUR, border="bottom", border_colour=LINE
)

DATE_FORMAT = "d mmm yyyy"
SHORT_DATE_FORMAT = "d mmm yy"
SCORE_FORMAT = "0.00"
FTE_FORMAT = "#,##0.0"
COUNT_FORMAT = "#,##0"
PERCENT_FORMAT = "0.0%"
MOVED_FORMAT = '+0;-0;"–"'

POINTS_A_LINE = 15.0
"""Height of a line of the usual 11 point text. [points]"""
_USUAL_SIZE = 11.0
_WIDTH_OF_A_LETTER = 0.9  # of a digit, in which the widths of columns are counted
_WIDER_WHEN_BOLD = 1.06
_MAX_FOOTER = 255

SCALES = {"units": 1, "thousands": 10**3, "millions": 10**6, "billions": 10**9}
LETTERS = {"units": "", "thousands": "k", "millions": "m", "billions": "bn"}
"""How headings call the units of money, in words and behind a currency."""


def number_cell(number_format: str, format_: CellFormat = BODY) -> CellFormat:
    """A format of text for numbers or dates: their own format, on the right."""
    return CellFormat(
        number_format=number_format,
        bold=format_.bold,
        colour=format_.colour,
        fill=format_.fill,
        size=format_.size,
        horizontal="right",
        vertical=format_.vertical,
        border=format_.border,
        border_colour=format_.border_colour,
    )


@dataclass(frozen=True)
class MoneyLook:
    """In which unit money stands on the sheets.

    Attributes
    ----------
    cents_each
        Cents in one of what is shown: 100 for units, 100,000 for thousands.
    unit
        For headings: "GBP k", "thousands", or "" for single units of an unnamed currency.
    basis
        The unit with the price base, for headings: "GBP k, 2026/27 prices"; "" if neither is known.
    number_format
        Two decimals for small amounts, none for large ones; a dash for nothing.
    """

    cents_each: int
    unit: str
    basis: str
    number_format: str

    def shown(self, cents: int) -> float:
        """An amount as a cell holds it; `cents` gives the same cents back.

        >>> MoneyLook(100_000, "k", "k", "0").shown(123_456)
        1.23456
        """
        return int(cents) / self.cents_each

    def cents(self, shown: float) -> int:
        """The whole cents that a cell stands for.

        >>> MoneyLook(100_000, "k", "k", "0").cents(1.23456)
        123456
        """
        return round(shown * self.cents_each)

    def heading(self, text: str) -> str:
        """A heading with the unit and the price base behind it: "Cost (GBP k, 2026/27 prices)"."""
        return f"{text} ({self.basis})" if self.basis else text

    def short_heading(self, text: str) -> str:
        """A heading with the unit alone: "2026/27 (GBP k)"."""
        return f"{text} ({self.unit})" if self.unit else text


def money_look(contents: RunContents) -> MoneyLook:
    """The unit that the settings name; where they name none, one that suits the costs."""
    settings = contents.portfolio.settings
    counted = contents.costs.counted
    word = _word_of(settings, int(abs(counted).sum()))
    letter = LETTERS[word]
    unit = f"{settings.currency} {letter}".strip() if settings.currency else ""
    unit = unit or ("" if word == "units" else word)
    base = price_base(settings)
    basis = ", ".join(part for part in (unit, base) if part)
    decimals = _decimals([abs(cents) / 100 / SCALES[word] for cents in counted.tolist() if cents])
    decimals = 0 if word == "units" else decimals
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return MoneyLook(100 * SCALES[word], unit, basis, f'{digits};-{digits};"–"')


def _decimals(amounts: list[float]) -> int:
    """How many decimals tell the usual project apart without noise on the largest."""
    middle, largest = (median(amounts), max(amounts)) if amounts else (0.0, 0.0)
    wanted = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return min(wanted, 1) if largest >= 1000 else wanted


def _word_of(settings: Settings, total: int) -> str:
    """The unit of money in words, for a portfolio of so many cents."""
    said = (settings.unit or "").lower()
    if said in SCALES:
        return said
    units = from_cents(total)
    return "millions" if units >= 1e8 else "thousands" if units >= 1e5 else "units"


def price_base(settings: Settings) -> str:
    """The price base in words: "2026/27 prices"; "" where the settings name none."""
    base = (settings.price_base or "").strip()
    return base if not base or "price" in base.lower() else f"{base} prices"


def data_date(settings: Settings) -> str:
    """The data date in words; that there is none is said too."""
    if settings.status_date is None:
        return "no data date given"
    return f"data date {day(settings.status_date)}"


def subtitle(contents: RunContents, *parts: str) -> str:
    """The line under a title: workbook, data date, unit and price base, and what else is said."""
    money = money_look(contents)
    said = [contents.workbook, data_date(contents.portfolio.settings)]
    if money.basis:
        said.append(f"in {money.basis}" if money.unit in SCALES else money.basis)
    return "  ·  ".join([*said, *parts])


def print_setup(
    contents: RunContents, sheet: str, repeat_rows: tuple[int, int] | None = None
) -> PrintSetup:
    """A3 landscape fitted to the width, signed with DRAFT, data date and version.

    Parameters
    ----------
    contents
        What the run found.
    sheet
        The name of the sheet.
    repeat_rows
        First and last of the rows that stand on top of each page.
    """
    date_ = data_date(contents.portfolio.settings)
    right = f"&R{date_}  ·  xlportfolio {contents.version}  ·  Page &P of &N"
    middle = "&C&BDRAFT&B"
    room = _MAX_FOOTER - len(right) - len(middle) - len(f"&L  ·  {sheet}")
    name = contents.workbook.replace("&", "&&")
    if len(name) > room:
        name = name[: room - 1].rstrip("&") + "…"
    return PrintSetup(repeat_rows=repeat_rows, footer=f"&L{name}  ·  {sheet}{middle}{right}")


def lines_of(text: str, width: float, *, size: float = _USUAL_SIZE, bold: bool = False) -> int:
    """About how many lines a text takes in a column.

    Neither Excel nor LibreOffice fits the height of merged cells to their text, and a file that is
    opened elsewhere keeps the heights that it has.

    Parameters
    ----------
    text
        What stands in the cell.
    width
        Of the column, or of the merged columns together. [digits]
    size
        Of the text. [points]
    bold
        Whether it is bold.

    Examples
    --------
    >>> lines_of("Defer to April", 30), lines_of("Defer to April", 8)
    (1, 2)
    """
    each = _WIDTH_OF_A_LETTER * size / _USUAL_SIZE * (_WIDER_WHEN_BOLD if bold else 1.0)
    room = max(1, int(width / each))
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0
        for word in paragraph.split(" "):
            length = len(word)
            if used and used + 1 + length > room:
                lines += 1
                used = 0
            elif used:
                used += 1
            used += length
            while used > room:
                lines += 1
                used -= room
    return lines


def height_of(lines: int, size: float = _USUAL_SIZE) -> float:
    """The height of a row of so many lines. [points]

    >>> height_of(2)
    30.0
    """
    return lines * POINTS_A_LINE * size / _USUAL_SIZE
