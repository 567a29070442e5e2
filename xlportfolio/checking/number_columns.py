"""The numbers of one column: money, shares, durations, ratings; texts that stand for numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite

from xlportfolio.checking.columns import (
    Claim,
    ReadColumn,
    report_error_cell,
    report_stored_as_text,
)
from xlportfolio.checking.findings import Findings, Origin
from xlportfolio.parsing import (
    ParsedNumber,
    decimal_mark,
    is_placeholder,
    parse_number,
    percent,
)
from xlportfolio.values import CellError, Value
from xlportfolio.wording import number, quoted, shown, so_too

_PERCENT = re.compile(r"%|\bper ?cent", re.IGNORECASE)
DOLLARS = ("AUD", "CAD", "HKD", "NZD", "SGD", "TWD", "USD")
_UNTIL_KNOWN = "leave the cell blank until it is known"
_MONTHS_PER = {"d": 12 / 365.25, "w": 12 * 7 / 365.25, "m": 1.0, "y": 12.0, "q": 3.0}


@dataclass(frozen=True)
class Quantity:
    """What the numbers of a column measure.

    Attributes
    ----------
    expected
        In a sentence, such as "a number in £k".
    scale
        What a bare number is multiplied by.
    currency
        ISO code of the column's money, if known.
    is_money
        Whether "£1.2m" may stand for a value.
    is_fraction
        Whether "40%" may.
    months
        Whether "350 days" may; the answer is in months.
    """

    expected: str = "a number"
    scale: float = 1.0
    currency: str | None = None
    is_money: bool = False
    is_fraction: bool = False
    months: bool = False


def read_numbers(origin: Origin, k: int, quantity: Quantity, findings: Findings) -> ReadColumn:
    """Numbers in single units; texts that can be read in one way only are read and told."""
    raw = [row[k] for row in origin.table.rows]
    values: list[float | None] = [None] * len(raw)
    unusable: set[int] = set()
    stored_as_text: list[int] = []
    dashes: list[int] = []
    mark = decimal_mark(raw) if any(isinstance(value, str) for value in raw) else None
    if quantity.is_money and quantity.currency is None:
        quantity = replace(quantity, currency=_common_currency(raw))
    scale = quantity.scale
    for i, value in enumerate(raw):
        if value is None:
            continue
        if isinstance(value, float | int) and not isinstance(value, bool):
            if isfinite(value):
                values[i] = value * scale
                continue
        elif isinstance(value, str) and not value.strip():
            continue
        parsed = parse_number(value, mark) if isinstance(value, str) else None
        amount = None if parsed is None else _amount(parsed, quantity)
        if parsed is None or amount is None:
            unusable.add(i)
            _report_not_a_number(origin, i, k, parsed, quantity, findings)
        elif not parsed.exact:
            unusable.add(i)
            _ask_decimal_comma(origin, i, k, parsed, findings)
        else:
            values[i] = amount
            if parsed.dash:
                dashes.append(i)
            elif quantity.is_money and parsed.scale not in (1.0, scale):
                _report_other_unit(origin, i, k, amount, quantity, findings)
            else:
                stored_as_text.append(i)
    _report_texts(origin, k, stored_as_text, values, quantity, findings)
    _report_dashes(origin, k, dashes, findings)
    return ReadColumn(values, frozenset(unusable))


def _common_currency(values: list[Value]) -> str | None:
    """The currency that most of the texts name."""
    named = (parse_number(value) for value in values if isinstance(value, str))
    counts = Counter(parsed.currency for parsed in named if parsed and parsed.currency)
    return counts.most_common(1)[0][0] if counts else None


def _is_same_currency(parsed: ParsedNumber, currency: str | None) -> bool:
    if currency is None or parsed.currency == currency:
        return True
    # A bare "$" is the dollar of the column, whichever that is.
    return (parsed.unit or "").startswith("$") and currency in DOLLARS


def _amount(parsed: ParsedNumber, quantity: Quantity) -> float | None:
    """The number in the quantity's single units; None where the units do not agree."""
    measure = (parsed.unit or "").split(" ")[-1].lower()
    is_measure = parsed.scale == 1.0 and parsed.currency is None and bool(measure)
    if parsed.currency and not (quantity.is_money and _is_same_currency(parsed, quantity.currency)):
        return None
    if parsed.scale == 0.01:
        return percent(parsed.value) if quantity.is_fraction else None
    if is_measure:
        if not quantity.months or measure[0] not in _MONTHS_PER or measure in ("mm", "x"):
            return parsed.value if measure in ("fte", "ftes", "pt", "pts", "points") else None
        return parsed.value * _MONTHS_PER[measure[0]]
    if parsed.scale != 1.0:
        if quantity.months:  # "6m" is six months, not six million
            return parsed.value if (parsed.unit or "").lower() == "m" else None
        return parsed.amount
    return parsed.value * quantity.scale


def _report_not_a_number(
    origin: Origin,
    row: int,
    k: int,
    parsed: ParsedNumber | None,
    quantity: Quantity,
    findings: Findings,
) -> None:
    value = origin.table.rows[row][k]
    what = f"{origin.cell_named(row, k)} is {shown(value)}"
    if isinstance(value, CellError) or (isinstance(value, str) and value.startswith("#")):
        report_error_cell(origin, row, k, value, quantity.expected, findings)
        return
    if parsed is not None and parsed.currency and quantity.is_money:
        kind, remedy = "currency", f"Convert it to {quantity.currency} and enter the number alone."
    elif parsed is not None:
        kind, remedy = "unit", "Enter the number alone, in the unit of the column."
    elif isinstance(value, datetime):
        kind, remedy = "date_for_number", "Enter the number and format the cell as a number."
    elif isinstance(value, bool):
        kind, remedy = "truth_for_number", f"Enter the number, or {_UNTIL_KNOWN}."
    elif is_placeholder(value):
        kind, remedy = "placeholder", f"Enter the number, or {_UNTIL_KNOWN}."
    elif len(str(value)) > 40:
        kind = "sentence"
        remedy = "Leave the cell blank and keep the text in a column of its own."
    else:
        kind, remedy = "not_a_number", f"Enter the number alone, or {_UNTIL_KNOWN}."
    findings.report(
        kind, what, quantity.expected, remedy, origin=origin, row=row, column=k, value=value
    )


def _ask_decimal_comma(
    origin: Origin, row: int, k: int, parsed: ParsedNumber, findings: Findings
) -> None:
    value = origin.table.rows[row][k]
    other = float("".join(c for c in str(value) if c.isdigit()) or 0)
    findings.report(
        "decimal_comma",
        f"{origin.cell_named(row, k)} is {shown(value)}, which is {number(abs(parsed.value))} "
        f"or {number(other)}",
        "a number that can be read in one way",
        f"Enter {number(parsed.value)} or {number(other)} as a number.",
        origin=origin,
        row=row,
        column=k,
        value=value,
        severity="question",
    )


def _report_other_unit(
    origin: Origin, row: int, k: int, amount: float, quantity: Quantity, findings: Findings
) -> None:
    value = origin.table.rows[row][k]
    findings.report(
        "own_unit",
        f"{origin.cell_named(row, k)} is the text {shown(value)}, read as {findings.money(amount)}",
        quantity.expected,
        f"Enter {number(amount / quantity.scale)}.",
        origin=origin,
        row=row,
        column=k,
        value=value,
        severity="warning",
    )


def _report_texts(
    origin: Origin,
    k: int,
    rows: list[int],
    values: list[float | None],
    quantity: Quantity,
    findings: Findings,
) -> None:
    def together(example: Value) -> Claim:
        return Claim(
            f"{len(rows)} values of {quoted(origin.column(k).header)} are numbers stored as text, "
            f"such as {shown(example)}, and were read as numbers",
            quantity.expected,
            "Turn them into numbers with Data > Text to Columns > Finish.",
        )

    def alone(row: int) -> Claim:
        text, read = origin.table.rows[row][k], values[row] or 0.0
        return Claim(
            f"{origin.cell_named(row, k)} is the text {shown(text)}, read as "
            f"{findings.money(read) if quantity.is_money else number(read)}",
            quantity.expected,
            f"Enter {number(read / quantity.scale)} as a number.",
        )

    report_stored_as_text("number_as_text", origin, k, rows, findings, together, alone)


def _report_dashes(origin: Origin, k: int, rows: list[int], findings: Findings) -> None:
    if not rows:
        return
    value = origin.table.rows[rows[0]][k]
    what = f"{origin.cell_named(rows[0], k)} is the text {shown(value)}, read as zero"
    what += so_too(len(rows) - 1, " of the column")
    findings.report(
        "dash",
        what,
        "a number",
        "Enter 0 where it is zero, or clear the cell where it is not known.",
        origin=origin,
        row=rows[0],
        column=k,
        value=value,
        severity="warning",
        blocks=(),
        of_column=len(rows) > 1,
    )


def read_fractions(origin: Origin, k: int, findings: Findings) -> ReadColumn:
    """Fractions from 0 to 1.

    A column of progress or chance that runs up to 100 is read as percentages, and told once; a
    column of shares, which decide where money goes, only if its header says per cent.
    """
    column = origin.column(k)
    read = read_numbers(origin, k, Quantity("a fraction from 0 to 1", is_fraction=True), findings)
    filled = [value for value in read.values if value is not None]
    above = [value for value in filled if value > 1]
    says_percent = bool(_PERCENT.search(f"{column.header} {column.unit or ''}"))
    may_be_percent = says_percent or (not column.field.endswith("share") and len(filled) > 1)
    if (
        may_be_percent
        and len(above) * 2 > len(filled)
        and all(0 <= value <= 100 for value in filled)
    ):
        row = next(i for i, value in enumerate(read.values) if value is not None and value > 1)
        example = read.values[row]
        findings.report(
            "percent",
            f"{quoted(column.header)} runs from {number(min(filled))} to {number(max(filled))}, "
            f"and was read as percentages: {number(example)} as {number(example)} %",
            "fractions from 0 to 1",
            "Divide them by 100 and format the column as percentages.",
            origin=origin,
            row=row,
            column=k,
            value=example,
            severity="warning",
            blocks=(),
            of_column=True,
        )
        return ReadColumn([v if v is None else percent(v) for v in read.values], read.unusable)
    values, unusable = list(read.values), set(read.unusable)
    for i, value in enumerate(read.values):
        if value is None or 0 <= value <= 1:
            continue
        values[i] = None
        unusable.add(i)
        as_percent = 1 < value <= 100
        findings.report(
            "percent",
            f"{origin.cell_named(i, k)} is {number(value)}",
            "a fraction from 0 to 1",
            f"Enter {number(value)}% if per cent is meant."
            if as_percent
            else "Enter a fraction such as 0.4, or 40%.",
            origin=origin,
            row=i,
            column=k,
            value=origin.table.rows[i][k],
        )
    return ReadColumn(values, frozenset(unusable))
