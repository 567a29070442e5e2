"""Columns of dates: texts, the order of day and month, spans written as months or quarters."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta

from xlportfolio.checking.columns import Claim, ReadColumn, report_stored_as_text
from xlportfolio.checking.findings import Findings, Origin
from xlportfolio.parsing import DateOrder, date_order, from_serial, is_placeholder, parse_date
from xlportfolio.periods import Period, parse_period
from xlportfolio.values import CellError, Value
from xlportfolio.wording import day, quoted, shown

_EARLIEST = date(1950, 1, 1)
"""Before the projects of any living portfolio; a zero formatted as a date is in 1899 or 1900."""

_SERIALS = (from_serial, 18_264, 73_051)
"""Bare numbers between these serials, 1950 to 2099, are dates that lost their format."""


def read_dates(
    origin: Origin, k: int, fiscal_first_month: int | None, findings: Findings
) -> ReadColumn:
    """Dates of one column; day and month follow the column's other dates, or are asked once.

    Parameters
    ----------
    origin
        The table.
    k
        Position of the column.
    fiscal_first_month
        Settles "FY27 Q1"; None where it is not known, and such texts cannot be used. [1..12]
    findings
        Where problems go.
    """
    column = origin.column(k)
    raw = [row[k] for row in origin.table.rows]
    values: list[date | None] = [None] * len(raw)
    unusable: set[int] = set()
    texts: list[int] = []
    serials: list[int] = []
    asked: list[int] = []
    has_text = any(isinstance(value, str) for value in raw)
    order = date_order(raw) if has_text else DateOrder(None)
    day_first = _said(column.unit) if _said(column.unit) is not None else order.day_first
    is_end = column.field == "finish"
    for i, value in enumerate(raw):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        found: date | None = None
        if isinstance(value, datetime):
            found = value.date()
        elif isinstance(value, str):
            parsed = parse_date(value, day_first)
            if parsed is None:
                found = _fiscal(value, fiscal_first_month, is_end)
            elif parsed.ambiguous:
                asked.append(i)
                unusable.add(i)
                continue
            elif is_end and parsed.precision != "day":
                found = _last_day(parsed.date, parsed.precision)
            else:
                found = parsed.date
                texts.append(i)
        elif isinstance(value, float | int) and not isinstance(value, bool):
            found = _from_number(value, is_end)
            if found:
                serials.append(i)
        if found is None or found < _EARLIEST:
            unusable.add(i)
            _report_no_date(origin, i, k, found, findings)
        else:
            values[i] = found
    _report_texts(origin, k, texts, values, findings)
    _report_serials(origin, k, serials, values, findings)
    if asked:
        _ask_order(origin, k, asked, order, findings)
    return ReadColumn(values, frozenset(unusable))


def _said(unit: str | None) -> bool | None:
    """The order of day and month that the mapping was told: "dd/mm/yyyy" or "mm/dd/yyyy"."""
    text = re.sub(r"[^dmy]", "", (unit or "").lower())
    return True if text.startswith("ddm") else False if text.startswith("mmd") else None


def _from_number(value: float, is_end: bool) -> date | None:
    if value == int(value) and 1950 <= value <= 2100:
        return date(int(value), 12, 31) if is_end else date(int(value), 1, 1)
    convert, low, high = _SERIALS
    return convert(value) if low <= value < high else None


def _last_day(first: date, precision: str) -> date:
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[precision]
    month = first.month + months - 1
    return date(first.year, month, calendar.monthrange(first.year, month)[1])


def _fiscal(value: str, first_month: int | None, is_end: bool) -> date | None:
    period = parse_period(value)
    if period is None or not period.fiscal or first_month is None:
        return None
    first, last = span(period, first_month)
    return last if is_end else first


def span(period: Period, fiscal_first_month: int) -> tuple[date, date]:
    """First and last day of a period.

    >>> span(Period("year", 2027, fiscal=True), 4)
    (datetime.date(2026, 4, 1), datetime.date(2027, 3, 31))
    """
    first = period.start(fiscal_first_month)
    month = first.month - 1 + period.months
    return first, date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _report_no_date(
    origin: Origin, row: int, k: int, found: date | None, findings: Findings
) -> None:
    value = origin.table.rows[row][k]
    what = f"{origin.cell_named(row, k)} is {shown(value)}"
    expected = "a date"
    if isinstance(value, CellError) or (isinstance(value, str) and value.startswith("#")):
        kind = "error_cell"
        what = f"{origin.cell_named(row, k)} shows {value}"
        remedy = "Mend its formula, or clear the cell."
    elif found is not None:
        kind, expected = "early_date", "a date from 1950 on"
        remedy = "Clear the cell if the date is not known: a zero shows as a date of 1900."
    elif is_placeholder(value):
        kind, remedy = "placeholder", "Enter the date, or leave the cell blank until it is known."
    elif isinstance(value, str) and len(value) > 40:
        kind = "sentence"
        remedy = "Leave the cell blank and keep the text in a column of its own."
    elif isinstance(value, str) and (period := parse_period(value)) and period.fiscal:
        kind = "fiscal_date"
        remedy = "Say the first month of the fiscal year in the settings, or enter a date."
    else:
        kind, remedy = "not_a_date", "Enter it as 2026-03-31."
    findings.report(kind, what, expected, remedy, origin=origin, row=row, column=k, value=value)


def _report_texts(
    origin: Origin, k: int, rows: list[int], values: list[date | None], findings: Findings
) -> None:
    def together(example: Value) -> Claim:
        return Claim(
            f"{len(rows)} values of {quoted(origin.column(k).header)} are dates stored as text, "
            f"such as {shown(example)}, read as {shown(values[rows[0]])}",
            "dates",
            "Turn them into dates with Data > Text to Columns > Date.",
        )

    def alone(row: int) -> Claim:
        text, read = origin.table.rows[row][k], values[row]
        return Claim(
            f"{origin.cell_named(row, k)} is the text {shown(text)}, read as {shown(read)}",
            "a date",
            f"Enter {read} as a date.",
        )

    report_stored_as_text("date_as_text", origin, k, rows, findings, together, alone)


def _report_serials(
    origin: Origin, k: int, rows: list[int], values: list[date | None], findings: Findings
) -> None:
    if not rows:
        return
    first, read = rows[0], values[rows[0]]
    more = f", and {len(rows) - 1} more of the column likewise" if len(rows) > 1 else ""
    value = origin.table.rows[first][k]
    shown_plainly = f"{value:.0f}" if isinstance(value, float) else shown(value)
    findings.report(
        "date_as_number",
        f"{origin.cell_named(first, k)} is the number {shown_plainly}, read as {shown(read)}{more}",
        "a date",
        "Format the cells as dates.",
        origin=origin,
        row=first,
        column=k,
        value=value,
        severity="warning",
        blocks=(),
        of_column=len(rows) > 1,
    )


def _ask_order(
    origin: Origin, k: int, rows: list[int], order: DateOrder, findings: Findings
) -> None:
    example = str(origin.table.rows[rows[0]][k]).strip()
    day_first, month_first = parse_date(example, True), parse_date(example, False)
    if day_first is None or month_first is None:
        return
    mixed = order.n_day_first > 0
    why = (
        f"{order.n_day_first} of its dates have the day first and {order.n_month_first} the month"
        if mixed
        else "none of its dates shows whether day or month comes first"
    )
    findings.report(
        "date_order",
        f"{quoted(origin.column(k).header)} holds {len(rows)} "
        f"{'date' if len(rows) == 1 else 'dates'} such as {example}, which is "
        f"{day(day_first.date)} or {day(month_first.date)}: {why}",
        "dates that can be read in one way",
        "Say dd/mm/yyyy or mm/dd/yyyy as the unit of the column in the mapping, or enter dates.",
        origin=origin,
        row=rows[0],
        column=k,
        value=example,
        severity="question",
        of_column=True,
    )
