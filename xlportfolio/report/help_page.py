"""PF Help: the buttons of the tab Portfolio, each with what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from xlportfolio.report.look import ACCENT, BODY, HELP_SHEET, STRONG, SUBTITLE, TITLE
from xlportfolio.report.page import Page
from xlportfolio.workbook.description import PrintSetup, SheetDescription

_WIDTHS = {1: 24, 2: 96}
_NAME = replace(STRONG, wrap=False, indent=1, horizontal="left")
_TEXT = replace(BODY, indent=1, horizontal="left")
_STEPS = (
    "1. Check: every problem in the data, with a link to its cell.",
    "2. Run all: score, rebalance, level. PF Summary says what is recommended, and why.",
    "3. Write decisions back: old and new side by side first. Undo takes any step back.",
)


def help_sheet(buttons: Sequence[tuple[str, str, str]], version: str) -> SheetDescription:
    """Describe PF Help.

    Parameters
    ----------
    buttons
        Of each the group, the label and what it does, in the order of the ribbon.
    version
        Of xlportfolio.
    """
    page = Page(_WIDTHS)
    page.put(1, 1, "The tab Portfolio", TITLE)
    about = f"xlportfolio {version}. Nothing leaves this computer; every step can be undone."
    page.put(2, 1, about, SUBTITLE)
    row = 4
    for step in _STEPS:
        page.put(row, 1, step, replace(_TEXT, wrap=False, border=None))
        row += 1
    for group, members in groupby(buttons, key=lambda button: button[0]):
        row += 1
        page.head(row, 1, group, _NAME)
        page.head(row, 2, "What it does", _TEXT)
        for _, label, tip in members:
            row += 1
            page.put(row, 1, label, _NAME)
            page.put(row, 2, tip, _TEXT)
        row += 1
    return SheetDescription(
        HELP_SHEET,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        merges=page.merges,
        print_setup=PrintSetup(
            paper="A4",
            landscape=False,
            fit_height=True,
            footer=f"&L{HELP_SHEET}&Rxlportfolio {version}",
        ),
        tab_colour=ACCENT,
    )
