"""Run: the portfolio job on a workbook, open or closed; its result sheets are put, not saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlportfolio import __version__
from xlportfolio.comparison import ResultRow
from xlportfolio.money import money_text
from xlportfolio.operations.amounts import require_countable, require_same_currency
from xlportfolio.operations.cautions import cautions_of_run
from xlportfolio.operations.job import JobAnswer, do_job
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.places import ProjectPlaces
from xlportfolio.operations.reading import ReadPortfolio, read_portfolio
from xlportfolio.operations.runs import Progress, never, no_progress
from xlportfolio.operations.waiting_formulas import waiting_cells, waiting_figure
from xlportfolio.report.capacity import capacity_sheet
from xlportfolio.report.contents import LogRow, RunContents
from xlportfolio.report.counts import run_counts
from xlportfolio.report.dashboard import dashboard_sheet
from xlportfolio.report.log import log_sheet
from xlportfolio.report.look import (
    CAPACITY,
    DASHBOARD,
    LOG,
    PROBLEMS,
    RECONCILE,
    RESULTS,
    ROADMAP,
    SUMMARY,
)
from xlportfolio.report.previous import read_log, read_previous
from xlportfolio.report.problems import problems_sheet
from xlportfolio.report.reconcile import reconcile_sheet
from xlportfolio.report.results import results_sheet
from xlportfolio.report.roadmap import roadmap_sheet
from xlportfolio.report.summary import summary_sheet
from xlportfolio.wording import counted
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.mapping.setup_sheet import setup_sheet
from xlportfolio.workbook.mapping.stored import stored_of
from xlportfolio.workbook.protocol import Workbook

_Sheet = Callable[[RunContents], SheetDescription]


@dataclass(frozen=True)
class BookRun:
    """What a run found and put on a workbook.

    Attributes
    ----------
    sheets
        The sheets of ours that were put, in their order.
    moved
        What became of cells that people had added beside our tables, a sentence for each sheet.
    """

    found: ReadPortfolio
    answer: JobAnswer
    sheets: tuple[str, ...]
    moved: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)

    @property
    def needs_a_person(self) -> bool:
        """Problems, questions, a step without its table, or no portfolio that keeps every limit."""
        found = self.found
        return bool(found.problems or found.mapping.questions or self.answer.needs_a_person)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a person should know of the steps and of the run, each said once."""
        answer = self.answer
        sources = (answer.costs, answer.scores, answer.selection, answer.plan, answer)
        said = [sentence for one in sources for sentence in one.cautions]
        return tuple(dict.fromkeys([*said, *self.moved]))


def run_book(
    book: Workbook,
    *,
    command: str = "run",
    options: RunOptions | None = None,
    mapping_file: Path | None = None,
    notes: Sequence[str] = (),
    only: Collection[str] | None = None,
    is_cancelled: Callable[[], bool] = never,
    progress: Progress = no_progress,
) -> BookRun:
    """Do the portfolio job on a workbook and put the result sheets; nothing is saved.

    Parameters
    ----------
    book
        The workbook, open in Excel or closed on disk.
    command
        What it is called in PF Log.
    options
        Steps, seed, effort, money; the defaults where not given.
    mapping_file
        A TOML file with the mapping; else PF Setup holds, else what is found.
    notes
        What a person should know of how the workbook was opened.
    only
        The result sheets to put, besides PF Setup and PF Log; all that have something to show
        where not given.
    is_cancelled
        Whether to stop searching and keep the best so far.
    progress
        Told each step.

    Raises
    ------
    InputError
        If an option cannot be used, or PF Setup or the mapping file names what does not exist.
    WorkbookError
        If the workbook has no table of projects, or a sheet cannot be put.
    """
    options = options or RunOptions()
    found = read_portfolio(book, mapping_file, progress, notes)
    places = ProjectPlaces(found.tables)
    require_countable(found.portfolio, places.source)
    require_same_currency(found.portfolio, options.budget)
    answer = do_job(
        found.portfolio,
        options,
        previous=_previous(book),
        rows_given=found.rows_given,
        sources=places.source,
        is_cancelled=is_cancelled,
        progress=progress,
    )
    answer = dataclasses.replace(answer, cautions=cautions_of_run(answer, found))
    contents = _contents(book, found, answer, places, command, options)
    progress("writing the sheets")
    described = [sheet(contents) for sheet in _sheets(book, answer, only)]
    setup = stored_of(found.read.mapping, previous=found.read.stored)
    sheets = _put(book, [*described, setup_sheet(setup), log_sheet(contents)])
    waiting = waiting_figure(waiting_cells(book))
    if waiting:  # known when all has been put, and PF Log is part of it
        book.put_sheet(log_sheet(_with_figure(contents, waiting)))
    return BookRun(found, answer, sheets, moved=book.moved)


def _put(book: Workbook, described: Sequence[SheetDescription]) -> tuple[str, ...]:
    """Put the sheets in their order; their names.

    A link to a sheet that comes later, and may not have its name, is right when it is put again.
    """
    names = tuple(book.put_sheet(sheet) for sheet in described)
    if names == tuple(sheet.name for sheet in described):
        return names
    return tuple(book.put_sheet(sheet) for sheet in described)


def _sheets(book: Workbook, answer: JobAnswer, only: Collection[str] | None) -> Sequence[_Sheet]:
    """The sheets to write: those with something to show, and those that would be out of date."""
    planned = bool(answer.plan.projects)
    wanted: tuple[tuple[str, _Sheet, bool], ...] = (
        (SUMMARY, summary_sheet, True),
        (RESULTS, results_sheet, True),
        (PROBLEMS, problems_sheet, True),
        (RECONCILE, reconcile_sheet, True),
        (CAPACITY, capacity_sheet, planned),
        (ROADMAP, roadmap_sheet, planned),
        (DASHBOARD, dashboard_sheet, planned or bool(answer.selection.decisions)),
    )
    return [
        sheet
        for name, sheet, has_contents in wanted
        if (only is None or name in only) and (has_contents or book.our_sheet(name) is not None)
    ]


def _contents(
    book: Workbook,
    found: ReadPortfolio,
    answer: JobAnswer,
    places: ProjectPlaces,
    command: str,
    options: RunOptions,
) -> RunContents:
    portfolio = found.portfolio
    contents = RunContents(
        workbook=Path(book.path).name,
        version=__version__,
        portfolio=portfolio,
        costs=answer.costs,
        scores=answer.scores,
        selection=answer.selection,
        plan=answer.plan,
        comparison=answer.comparison,
        reconciliation=answer.reconciliation,
        problems=found.worst_first,
        questions=tuple(question.text for question in found.mapping.questions),
        references=places.references(project.key for project in portfolio.projects),
        notes=found.notes,
        cautions=answer.cautions,
    )
    row = LogRow(
        when=datetime.now(UTC).replace(microsecond=0),
        command=command,
        inputs=found.input_hash,
        options=options.described(answer.seed, portfolio.settings.currency),
        status=answer.selection.status if "rebalance" in answer.steps else "",
        gap=answer.selection.gap,
        figures=figures(answer, portfolio.settings.currency),
        version=__version__,
    )
    log = book.our_sheet(LOG)
    before = read_log(book.contents(log)) if log is not None else ()
    return dataclasses.replace(contents, log=(*before, row))


def _with_figure(contents: RunContents, said: str) -> RunContents:
    """The same with one more phrase in the newest row of the log."""
    *before, row = contents.log
    row = dataclasses.replace(row, figures=f"{row.figures}; {said}")
    return dataclasses.replace(contents, log=(*before, row))


def figures(answer: JobAnswer, currency: str | None) -> str:
    """What came out, in a line: "37 projects; 24 chosen, value 18.2, cost GBP 18.2m; ..."."""
    selection, plan = answer.selection, answer.plan
    counts = run_counts(answer.costs, answer.scores, selection)
    said = [counted(counts.known, "project")]
    if selection.decisions and selection.status != "skipped":
        cost = money_text(selection.total_cost, currency)
        said.append(f"{counts.chosen} chosen, value {selection.total_value:.4g}, cost {cost}")
    if plan.status != "skipped":
        said.append(
            f"{plan.n_moved} moved, shortfall {plan.shortfall_before:.1f} to "
            f"{plan.shortfall_after:.1f} FTE months"
        )
    return "; ".join(said)


def _previous(book: Workbook) -> tuple[ResultRow, ...] | None:
    """The results of the last run that stand in the workbook; None if there are none."""
    sheet = book.our_sheet(RESULTS)
    rows = () if sheet is None else read_previous(book.contents(sheet))
    return rows or None  # nothing to compare with where they cannot be read
