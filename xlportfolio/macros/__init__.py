"""The buttons of the tab Portfolio: each a macro on the workbook that is open.

    press("rebalance", book)                 as the ribbon does: whatever happens is told at Excel
    rebalance(book)                          the macro itself, for `xw.script` and for tests

A macro takes an `xlwings.Book`, does one operation on it and returns a `MacroResult`. A button is
one entry of `BUTTONS`; ribbon, callbacks and help are made of that list.
"""

from __future__ import annotations

from xlportfolio.macros.buttons import BUTTONS, MACROS
from xlportfolio.macros.changes import handback, restore, undo, write_back
from xlportfolio.macros.files import example, new, self_check, values_copy
from xlportfolio.macros.links import mend_links
from xlportfolio.macros.pressing import press
from xlportfolio.macros.runs import check, level, rebalance, refresh, run, score
from xlportfolio.macros.session import MacroResult
from xlportfolio.macros.sheets import functions, help_page, map_tables, settings

__all__ = [
    "BUTTONS",
    "MACROS",
    "MacroResult",
    "check",
    "example",
    "functions",
    "handback",
    "help_page",
    "level",
    "map_tables",
    "mend_links",
    "new",
    "press",
    "rebalance",
    "refresh",
    "restore",
    "run",
    "score",
    "self_check",
    "settings",
    "undo",
    "values_copy",
    "write_back",
]
