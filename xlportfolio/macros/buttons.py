"""The one list of the buttons, and the macro of each."""

from __future__ import annotations

from collections.abc import Callable

from xlportfolio.addin.buttons import Button
from xlportfolio.macros.changes import handback, restore, undo, write_back
from xlportfolio.macros.files import example, new, self_check, values_copy
from xlportfolio.macros.links import mend_links
from xlportfolio.macros.runs import check, level, rebalance, refresh, run, score
from xlportfolio.macros.session import MacroResult
from xlportfolio.macros.sheets import functions, help_page, map_tables, settings

MACROS: dict[str, Callable[..., MacroResult]] = {
    "new": new,
    "example": example,
    "map": map_tables,
    "settings": settings,
    "check": check,
    "score": score,
    "rebalance": rebalance,
    "level": level,
    "run": run,
    "refresh": refresh,
    "write_back": write_back,
    "values_copy": values_copy,
    "handback": handback,
    "undo": undo,
    "restore": restore,
    "functions": functions,
    "mend_links": mend_links,
    "self_check": self_check,
    "help": help_page,
}
WITHOUT_A_BOOK = frozenset({"new", "example", "self_check"})
"""Macros that open a workbook of their own."""

BUTTONS: tuple[Button, ...] = (
    Button(
        "new", "New workbook", "Begin", "FileNew",
        "Makes a blank portfolio workbook with every table, its drop-downs and notes, and opens "
        "it on a three-step checklist.", "N", needs="nothing",
    ),
    Button(
        "example", "Load example", "Begin", "FileOpen",
        "Opens a copy of the worked example: a water utility's 40 projects, with problems in "
        "their data on purpose.", "E", needs="nothing",
    ),
    Button(
        "map", "Map tables", "Data", "TableInsertDialog",
        "Finds the tables and fields of this workbook. What was recognised, and what has to be "
        "asked, goes on PF Setup.", "M", large=True,
    ),
    Button(
        "check", "Check", "Data", "ReviewTrackChanges",
        "Lists every problem in the data on PF Problems, each with a link to its cell and what "
        "it blocks. Your own cells stay as they are.", "C", large=True,
    ),
    Button(
        "settings", "Settings", "Data", "ControlsGallery",
        "Shows PF Setup: which column holds what, currency, unit, periods, seed.", "S",
    ),
    Button(
        "run", "Run all", "Portfolio", "CalculateNow",
        "Scores, rebalances and levels the portfolio. PF Summary says what is recommended, and "
        "why; Esc stops the search and keeps the best so far.", "A", large=True,
    ),
    Button(
        "score", "Score and rank", "Portfolio", "SortDialog",
        "Scores and ranks the projects on their criteria.", "K",
    ),
    Button(
        "rebalance", "Rebalance portfolio", "Portfolio", "WhatIfAnalysisMenu",
        "Proposes the portfolio of most value within the budgets and rules, with a reason for "
        "every project.", "R",
    ),
    Button(
        "level", "Level plan", "Portfolio", "CalendarInsert",
        "Moves starts inside their windows so that the plan fits the people there are.", "L",
    ),
    Button(
        "refresh", "Refresh", "Portfolio", "RefreshAll",
        "Does the last run again on what the workbook says now.", "F", needs="results",
    ),
    Button(
        "write_back", "Write decisions back", "Decisions", "AcceptInvitation",
        "Writes decisions and dates into the columns that you mapped for them, once you have "
        "seen old and new side by side on PF Changes.", "W", needs="results", large=True,
    ),
    Button(
        "values_copy", "Values-only copy", "Decisions", "FileSaveAs",
        "Makes a copy for colleagues without xlportfolio: values where this workbook has "
        "portfolio functions.", "V",
    ),
    Button(
        "handback", "Hand back", "Decisions", "SheetDelete",
        "Takes every PF sheet and name out of the workbook again.", "B", needs="results",
    ),
    Button(
        "undo", "Undo last step", "Back", "Undo",
        "Takes back the last step that a button did here: values, formulas and formats. Excel's "
        "own undo list is empty after a macro.", "U", large=True,
    ),
    Button(
        "restore", "Restore run", "Back", "FileVersionHistory",
        "Brings the workbook back to before the run whose row of PF Log is selected.", "O",
        needs="results",
    ),
    Button(
        "functions", "Functions", "Help", "FunctionWizard",
        "Lists the cell functions with arguments and examples on PF Functions.", "D",
    ),
    Button(
        "mend_links", "Mend links", "Help", "HyperlinksVerify",
        "Takes the path of the add-in out of formulas that came from another computer, where "
        "they would show #NAME?.", "I",
    ),
    Button(
        "self_check", "Self-check", "Help", "AcceptTask",
        "Opens the self-check workbook and counts the calls that Excel computes right.", "X",
        needs="nothing",
    ),
    Button(
        "help", "Help", "Help", "Help",
        "Says on PF Help what each button does.", "H",
    ),
)  # fmt: skip
