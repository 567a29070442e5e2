"""What a person should know of a run as a whole, beside what each step says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from xlportfolio.operations.job import JobAnswer
from xlportfolio.operations.reading import ReadPortfolio
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import month_label, months_of
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed
from xlportfolio.workbook.references import sheet_reference

_JANUARY = 1
_MOST_PLACES = 4


def cautions_of_run(answer: JobAnswer, found: ReadPortfolio) -> tuple[str, ...]:
    """What is to be known of the data and of the run, and belongs to no one step."""
    return (*_tables_not_read(answer, found), *_fiscal_years(found.portfolio))


def _tables_not_read(answer: JobAnswer, found: ReadPortfolio) -> Iterator[str]:
    """Where a step lacks a table: the tables that were not read, for one may be what it lacks."""
    places = [
        sheet_reference(table.sheet, table.range)
        for table, _ in found.mapping.ignored
        if table.records
    ]
    if not places or "skipped" not in answer.asked:
        return
    more = [f"{len(places) - _MOST_PLACES} more"] if len(places) > _MOST_PLACES else []
    was, it = ("was", "it") if len(places) == 1 else ("were", "one of them")
    yield (
        f"{listed([*places[:_MOST_PLACES], *more])} {was} not read, because no table of a "
        f"portfolio was recognised there. If {it} holds what is missing, correct its headers and "
        "figures, or name it in a mapping file (on the command line: --mapping)."
    )


def _fiscal_years(portfolio: Portfolio) -> Iterator[str]:
    """That fiscal years are taken for calendar years, which few that are written 2026/27 are."""
    settings = portfolio.settings
    fiscal = [period for period in _periods(portfolio) if period.fiscal]
    if settings.fiscal_first_month != _JANUARY or not fiscal:
        return
    first = Period("year", min(period.year for period in fiscal), fiscal=True)
    months = months_of(first, _JANUARY)
    is_said = "fiscal_first_month" in settings.model_fields_set
    because = "as the settings say" if is_said else "because no setting says when it begins"
    yield (
        f"The fiscal year {first.label} is taken for {month_label(months[0])} to "
        f"{month_label(months[-1])}, {because}. If it begins in another month, enter it in the "
        "settings as the fiscal first month, such as 4 for April."
    )


def _periods(portfolio: Portfolio) -> Iterator[Period]:
    """Every period that money or people are stated for."""
    for project in portfolio.projects:
        yield from (one.period for one in project.cost if isinstance(one.period, Period))
    yield from (row.period for row in portfolio.budgets if row.period is not None)
    yield from (row.period for row in portfolio.capacity if row.period is not None)
    yield from (row.period for row in portfolio.demand if row.period is not None)
