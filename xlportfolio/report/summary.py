"""PF Summary: one page with the recommendation, five figures, decisions, cautions and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlportfolio.comparison import Change
from xlportfolio.money import money_text
from xlportfolio.report.assumed import assumptions
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    BODY,
    CAPACITY,
    DASHBOARD,
    DECISION_COLOURS,
    GREY,
    INK,
    LINK,
    LINK_COLOUR,
    LOG,
    ORANGE,
    PALE,
    PROBLEMS,
    QUIET,
    RECONCILE,
    RESULTS,
    ROADMAP,
    STRONG,
    SUBTITLE,
    SUMMARY,
    TITLE,
    print_setup,
    subtitle,
)
from xlportfolio.report.page import Page
from xlportfolio.report.result_rows import result_lines
from xlportfolio.report.summary_items import (
    CONFLICT,
    Caution,
    ToDecide,
    cautions,
    decisions_needed,
    decisions_note,
    steps_not_done,
)
from xlportfolio.report.summary_words import Figure, figures, recommendation
from xlportfolio.workbook.description import CellFormat, SheetDescription
from xlportfolio.workbook.references import quote_sheet

_CARD = (13.0, 12.5, 11.5)
_GAP = 1.6
_N_CARDS = 5
_LAST = 19
_WORD, _NAME, _TEXT, _LEFT_END = 1, 2, 6, 11
_RIGHT, _MONEY, _RIGHT_END = 13, 18, 19
_ROW_HEIGHT = 20.0
_MOST = 8
_LONGEST_PLACE = 12
_MOST_ASSUMED = 6
_FIRST_ROW_OF_CARDS = 7

_LEAD = CellFormat(
    bold=True, size=15, colour=INK, fill=PALE, vertical="center", wrap=True, indent=1
)
_BESIDE = CellFormat(size=11, colour=INK, fill=PALE, vertical="top", wrap=True, indent=1)
_CARD_LABEL = CellFormat(colour="FFFFFF", fill=ACCENT, bold=True, vertical="center", indent=1)
_CARD_FIGURE = CellFormat(bold=True, size=22, colour=ACCENT, fill=PALE, vertical="center", indent=1)
_CARD_NOTE = CellFormat(colour=GREY, fill=PALE, vertical="top", wrap=True, indent=1)
_BODY = replace(BODY, vertical="center")
_QUIET = replace(QUIET, vertical="center")
_STRONG = replace(STRONG, vertical="center")
_LINKED = replace(LINK, vertical="center")
_BLOCK = replace(BLOCK, border="bottom", border_colour=ACCENT)
_PLACE = replace(_LINKED, horizontal="right", wrap=False)
_AMOUNT = replace(_BODY, horizontal="right", bold=True)
_DRAFT = CellFormat(bold=True, size=18, colour=ORANGE, horizontal="right", vertical="center")
_TO_SHEET = CellFormat(colour=LINK_COLOUR, vertical="center")
_CHIPS: dict[str, CellFormat] = {
    **{
        word: replace(_BODY, bold=True, colour=ink, fill=fill, indent=1, horizontal="left")
        for word, (fill, ink) in DECISION_COLOURS.items()
    },
    CONFLICT: replace(
        _BODY, bold=True, colour="FFFFFF", fill="8A3B00", indent=1, horizontal="left"
    ),
}
_CHIP = replace(_BODY, bold=True, colour=ACCENT, indent=1, horizontal="left")


@dataclass(frozen=True)
class _Said:
    """A line of a block on the right: a sentence, and the money that it is about."""

    sentence: str
    money: str = ""
    link: str | None = None
    format: CellFormat = _BODY


def summary_sheet(contents: RunContents, sheets: Sequence[str] | None = None) -> SheetDescription:
    """Describe PF Summary.

    Parameters
    ----------
    contents
        What the run found.
    sheets
        The other sheets of this run, for the links; None for those that have something to show.
    """
    page = Page(_widths())
    needed = decisions_needed(contents, result_lines(contents))
    warned = cautions(contents)
    _head(page, contents)
    _cards(page, figures(contents, len(needed), decisions_note(needed)))
    row = _FIRST_ROW_OF_CARDS + 4
    end_left = _decisions(page, row, needed, is_proposed=bool(contents.selection.decisions))
    end_left = _steps(page, end_left, contents)
    end_right = _right(page, row, "Cautions", _caution_lines(contents, warned))
    row = max(end_left, end_right) + 2
    end_left = _changes(page, row, contents)
    end_right = _assumed(page, row, contents)
    _links(page, max(end_left, end_right) + 2, contents, sheets)
    return SheetDescription(
        SUMMARY,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        merges=page.merges,
        print_setup=replace(print_setup(contents, SUMMARY), fit_height=True),
        tab_colour=ACCENT,
    )


def _widths() -> dict[int, float]:
    """Five cards of three columns each, a narrow gap between them."""
    widths = []
    for card in range(_N_CARDS):
        widths += [*_CARD] if card == _N_CARDS - 1 else [*_CARD, _GAP]
    return dict(enumerate(widths, start=1))


def _head(page: Page, contents: RunContents) -> None:
    page.put(1, 1, "Portfolio summary", TITLE, last_column=_LEFT_END)
    page.put(1, _MONEY - 1, "DRAFT", _DRAFT, last_column=_RIGHT_END)
    page.put(2, 1, subtitle(contents), SUBTITLE)
    lead, beside = recommendation(contents)
    page.put(4, 1, lead, _LEAD, last_column=_LAST)
    page.at_least(4, 34.0)
    if beside:
        page.put(5, 1, beside, _BESIDE, last_column=_LAST)
        page.at_least(5, 22.0)


def _cards(page: Page, shown: Sequence[Figure]) -> None:
    for card, figure in enumerate(shown):
        first = 1 + card * (len(_CARD) + 1)
        last = first + len(_CARD) - 1
        row = _FIRST_ROW_OF_CARDS
        page.put(row, first, figure.label, _CARD_LABEL, last_column=last)
        size = 22.0 if len(figure.figure) <= 14 else 16.0
        page.put(row + 1, first, figure.figure, replace(_CARD_FIGURE, size=size), last_column=last)
        page.put(row + 2, first, figure.note, _CARD_NOTE, last_column=last)
    page.at_least(_FIRST_ROW_OF_CARDS, 20.0)
    page.at_least(_FIRST_ROW_OF_CARDS + 1, 38.0)
    page.at_least(_FIRST_ROW_OF_CARDS + 2, 33.0)


def _title(page: Page, row: int, first: int, last: int, text: str) -> None:
    page.put(row, first, text, _BLOCK, last_column=last)
    page.at_least(row, 24.0)


def _decisions(page: Page, row: int, needed: Sequence[ToDecide], *, is_proposed: bool) -> int:
    """The block of decisions; its last row."""
    _title(page, row, 1, _LEFT_END, "Decisions needed")
    if not needed:
        why = "nothing is stopped, deferred or marginal" if is_proposed else "nothing is proposed"
        page.put(row + 1, 1, f"None: {why}.", _QUIET, last_column=_LEFT_END)
        return row + 1
    for item in needed[:_MOST]:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, _WORD, item.word, _CHIPS.get(item.word, _CHIP))
        if not item.name:
            page.put(row, _NAME, item.sentence, _BODY, last_column=_LEFT_END)
            continue
        page.put(row, _NAME, item.name, _STRONG, last_column=_TEXT - 1)
        page.put(row, _TEXT, item.sentence, _BODY, last_column=_LEFT_END - 1)
        _place(page, row, _LEFT_END, item.link)
    return _more(page, row, 1, _LEFT_END, len(needed) - _MOST, RESULTS)


def _more(page: Page, row: int, first: int, last: int, n_more: int, sheet: str) -> int:
    """That there is more, and where; the last row."""
    if n_more <= 0:
        return row
    link = f"{quote_sheet(sheet)}!A1"
    format_ = replace(_QUIET, colour=LINK_COLOUR)
    said = f"and {n_more:,} more on {sheet}"
    page.put(row + 1, first, said, format_, link=link, last_column=last)
    return row + 1


def _caution_lines(contents: RunContents, warned: Sequence[Caution]) -> list[_Said]:
    if not warned:
        is_whole = contents.selection.decisions and not steps_not_done(contents)
        said = ": the data are complete, and every limit is kept" if is_whole else " in the data"
        return [_Said(f"None{said}.", format=_QUIET)]
    currency = contents.portfolio.settings.currency
    lines = [
        _Said(
            caution.sentence,
            "" if caution.cents is None else money_text(caution.cents, currency),
            caution.link,
        )
        for caution in warned[:_MOST]
    ]
    if len(warned) > _MOST:
        more = f"and {len(warned) - _MOST:,} more; {PROBLEMS} has those of the data"
        lines.append(_Said(more, format=_QUIET))
    return lines


def _right(page: Page, row: int, title: str, lines: Sequence[_Said]) -> int:
    """A block on the right; its last row."""
    _title(page, row, _RIGHT, _RIGHT_END, title)
    with_money = any(line.money for line in lines)
    with_place = any(line.link for line in lines)
    last = _RIGHT_END - with_money - with_place
    for line in lines:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, _RIGHT, line.sentence, line.format, last_column=last)
        if with_money:
            page.put(row, last + 1, line.money or None, _AMOUNT)
        if with_place:
            _place(page, row, _RIGHT_END, line.link)
    return row


def _place(page: Page, row: int, column: int, reference: str | None) -> None:
    """A link to a cell, in its own cell: LibreOffice does not break the lines of a link."""
    shown = reference
    if reference is not None and len(reference) > _LONGEST_PLACE:
        shown = reference.rpartition("!")[2]
    page.put(row, column, shown, _PLACE if reference else _BODY, link=reference)


def _changes(page: Page, row: int, contents: RunContents) -> int:
    """What changed since the last run; the last row of the block."""
    _title(page, row, 1, _LEFT_END, "Changes since the last run")
    comparison = contents.comparison
    if comparison.is_first or not comparison.changes:
        said = (
            "There is no earlier run to compare with; the next one tells here what has changed."
            if comparison.is_first
            else "Nothing has changed."
        )
        page.put(row + 1, 1, said, _QUIET, last_column=_LEFT_END)
        return row + 1
    for change in comparison.changes[:_MOST]:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, _WORD, change.what.capitalize(), _CHIP)
        page.put(row, _NAME, _told(change), _BODY, last_column=_LEFT_END - 1)
        _place(page, row, _LEFT_END, change.source)
    return _more(page, row, 1, _LEFT_END, len(comparison.changes) - _MOST, RECONCILE)


def _steps(page: Page, row: int, contents: RunContents) -> int:
    """The steps that were skipped, and which table each wants; the last row of the block."""
    skipped = steps_not_done(contents)
    if not skipped:
        return row
    row += 2
    _title(page, row, 1, _LEFT_END, "Steps not done")
    for sentence in skipped:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, sentence, _BODY, last_column=_LEFT_END)
    return row


def _told(change: Change) -> str:
    """The sentence of a change; a decision without its reason, which stands on PF Results."""
    if change.what != "decision" or not (change.before and change.after):
        return change.sentence
    name = change.key.titled(change.name)
    return f"{name} changed from {change.before} to {change.after}."


def _assumed(page: Page, row: int, contents: RunContents) -> int:
    """What was assumed; the last row of the block."""
    notes = [note for note in assumptions(contents) if note not in contents.costs.cautions]
    lines = [_Said(note) for note in notes[:_MOST_ASSUMED]]
    if len(notes) > _MOST_ASSUMED:
        more = f"and {len(notes) - _MOST_ASSUMED:,} more on {RECONCILE}"
        lines.append(_Said(more, format=_QUIET))
    nothing = [_Said("Nothing beyond what the tables say.", format=_QUIET)]
    return _right(page, row, "Assumptions", lines or nothing)


def _links(page: Page, row: int, contents: RunContents, sheets: Sequence[str] | None) -> None:
    """Where the rest stands, a link for each sheet."""
    if sheets is None:
        planned = bool(contents.plan.projects)
        sheets = [RESULTS, PROBLEMS, RECONCILE]
        sheets += [CAPACITY, ROADMAP] if planned else []
        sheets += [DASHBOARD] if planned or contents.selection.decisions else []
        sheets += [LOG]
    places = ((1, 2), (3, 5), (6, 7), (9, 10), (11, 13), (14, 15), (17, 18))
    others = [sheet for sheet in sheets if sheet != SUMMARY]
    for (first, last), sheet in zip(places, others, strict=False):
        page.put(row, first, sheet, _TO_SHEET, link=f"{quote_sheet(sheet)}!A1", last_column=last)
