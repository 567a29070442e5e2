"""PF Problems: what is wrong in the data, where, and what it blocks; with the open questions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from xlportfolio.errors import InputError
from xlportfolio.money import to_cents
from xlportfolio.problems import Severity
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BODY,
    LINK,
    PROBLEMS,
    SUBTITLE,
    TITLE,
    money_look,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.report.page import Page
from xlportfolio.workbook.description import (
    CellFormat,
    ConditionalFormat,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.mapping.located import LocatedProblem
from xlportfolio.workbook.references import CellRange, sheet_reference, split_reference

NO_PROBLEMS = "No problems were found in the data, and nothing is left to ask."
_HEADING_ROW = 5
_MOST_SHOWN = 5_000
_WIDTHS = {1: 12, 2: 96, 3: 24, 4: 22, 5: 18, 6: 17}
_WIDEST_PLACE = 40.0
_ROW_HEIGHT = 18.0
_TEXT = replace(BODY, vertical="center")
_SET_OFF = replace(_TEXT, indent=1, horizontal="left")
_LINKED = replace(LINK, vertical="center", indent=1, horizontal="left")
_WORDS: dict[Severity, str] = {"error": "Error", "warning": "Warning", "question": "Question"}
_MEANINGS = (
    "Error: the value cannot be used. Question: it can be read in more than one way. "
    "Warning: it is used, but looks wrong."
)
_COLOURS = {
    "Error": ("FAD7BF", "8A3B00"),
    "Question": ("FFF1C9", "6B4E00"),
    "Warning": ("DCE9ED", "1F5C70"),
}
_STEP_WORDS = {
    "score": "scoring",
    "rank": "ranking",
    "rebalance": "rebalancing",
    "level": "levelling",
}
_PLACE = re.compile(r"\[([^\[\]]*![^\[\]]+)\]")


@dataclass(frozen=True)
class _Row:
    severity: str
    sentence: str
    place: str | None
    about: str
    blocks: str
    cents: int | None

    @property
    def shown_place(self) -> str | None:
        """The place as people read it: without the quotes that a formula needs."""
        if self.place is None:
            return None
        sheet, cells = split_reference(self.place)
        return f"{sheet}!{cells.address}"


def problems_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Problems: the questions of the mapping first, then the problems, worst first."""
    rows = [_question(text) for text in contents.questions]
    rows += [_row(problem) for problem in contents.problems]
    longest = max((len(row.shown_place or "") for row in rows), default=0)
    # A link is not broken into lines everywhere.
    page = Page(_WIDTHS | {3: min(max(_WIDTHS[3], longest + 2.0), _WIDEST_PLACE)})
    page.put(1, 1, "Problems in the data", TITLE)
    page.put(2, 1, subtitle(contents), SUBTITLE)
    if not rows:
        page.put(4, 1, NO_PROBLEMS, CellFormat(size=13, colour=ACCENT))
        return SheetDescription(
            PROBLEMS,
            page.cells,
            widths=page.widths,
            heights=page.heights,
            print_setup=print_setup(contents, PROBLEMS),
            tab_colour=ACCENT,
        )
    shown = rows[:_MOST_SHOWN]
    page.put(3, 1, _counted(rows), CellFormat(vertical="top"))
    page.put(4, 1, _blocking(contents), CellFormat(vertical="top"))
    _table(page, contents, shown)
    last = _HEADING_ROW + len(shown)
    if len(rows) > len(shown):
        more = f"{len(rows) - len(shown):,} more are listed by: xlportfolio check"
        page.put(last + 2, 1, more, SUBTITLE)
    return SheetDescription(
        PROBLEMS,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        freeze=f"A{_HEADING_ROW + 1}",
        tables=(TableDescription("pf_problems", CellRange(_HEADING_ROW, 1, last, 6), None),),
        conditional_formats=[
            ConditionalFormat(
                CellRange(_HEADING_ROW + 1, 1, last, 1),
                "cell",
                operator="equal",
                values=(f'"{word}"',),
                format=CellFormat(colour=ink, fill=fill),
            )
            for word, (fill, ink) in _COLOURS.items()
        ],
        print_setup=print_setup(contents, PROBLEMS, (_HEADING_ROW, _HEADING_ROW)),
        tab_colour=ACCENT,
        keys=CellRange(_HEADING_ROW + 1, 2, last, 4) if shown else None,
    )


def _table(page: Page, contents: RunContents, rows: list[_Row]) -> None:
    money = money_look(contents)
    amount = number_cell(money.number_format, _TEXT)
    headers = (
        "Severity",
        "What is wrong, and how to mend it",
        "Where",
        "About",
        "Blocks",
        money.short_heading("Money affected"),
    )
    for k, header in enumerate(headers, start=1):
        below = _SET_OFF if k in (1, 3) else _TEXT
        page.head(_HEADING_ROW, k, header, amount if k == 6 else below)
    for row, line in enumerate(rows, start=_HEADING_ROW + 1):
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, line.severity, replace(_SET_OFF, bold=True))
        page.put(row, 2, line.sentence, _TEXT)
        linked = _LINKED if line.place else _SET_OFF
        page.put(row, 3, line.shown_place, linked, link=line.place)
        page.put(row, 4, line.about or None, _TEXT)
        page.put(row, 5, line.blocks or None, _TEXT)
        shown = None if line.cents is None else money.shown(line.cents)
        page.put(row, 6, shown, amount)


def place_of(text: str) -> str | None:
    """The cells that a sentence names in brackets: "Projects!G3" of "... [Projects!G3]".

    >>> place_of("Is it the whole cost [Projects!G3]?"), place_of("No cell [see there]")
    ('Projects!G3', None)
    """
    for found in reversed(_PLACE.findall(text)):
        try:
            return sheet_reference(*split_reference(found))
        except InputError:
            continue
    return None


def _question(text: str) -> _Row:
    return _Row("Question", text, place_of(text), "mapping", "", None)


def _row(located: LocatedProblem) -> _Row:
    problem = located.problem
    return _Row(
        _WORDS[problem.severity],
        problem.message,
        located.reference,
        problem.label or problem.table,
        ", ".join(_STEP_WORDS[step] for step in problem.blocks),
        None if problem.money is None else to_cents(problem.money),
    )


def _blocking(contents: RunContents) -> str | None:
    """How many block each step, as a filter of the column finds them; None where none does."""
    steps = [step for problem in contents.problems for step in problem.problem.blocks]
    said = [
        f"{steps.count(step):,} for {word}" for step, word in _STEP_WORDS.items() if step in steps
    ]
    return f"To mend: {', '.join(said)} (column Blocks)." if said else None


def _counted(rows: list[_Row]) -> str:
    """How many of each, and what the words mean."""
    counts = {word: sum(row.severity == word for row in rows) for word in _COLOURS}
    said = [
        f"{count:,} {word.lower()}{'s' if count != 1 else ''}"
        for word, count in counts.items()
        if count
    ]
    return f"{', '.join(said)}.  {_MEANINGS}"
