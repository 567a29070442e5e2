"""Read PF Results and PF Log of the last run back, whatever people did to them since.

Columns are found by their headers, wherever they stand; a row that cannot be read is left out, and
a cell that cannot be read is as if blank.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite

from xlportfolio.checking.columns import as_text
from xlportfolio.comparison import ResultRow
from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import LogRow
from xlportfolio.report.log import HEADERS as LOG_HEADERS
from xlportfolio.report.look import DECISION_COLOURS, LETTERS, SCALES
from xlportfolio.report.result_columns import (
    DECISION,
    FINISH,
    LEVELLED,
    NAME,
    OPTION,
    PROJECT_ID,
    PROPOSED_FINISH,
    PROPOSED_START,
    RANK,
    REASON,
    SCORE,
    START,
    TOTAL,
    VALUE,
)
from xlportfolio.values import Value
from xlportfolio.workbook.protocol import SheetContents

_CENTS_EACH = {
    text: 100 * scale for word, scale in SCALES.items() for text in (word, LETTERS[word])
}
_DECISIONS: Mapping[str, str] = {word.casefold(): word for word in DECISION_COLOURS}
_MOST_CENTS = 2**53
PROPOSED_HEADERS: Mapping[str, str] = {
    "proposed_decision": DECISION,
    "proposed_reason": REASON,
    "proposed_start": PROPOSED_START,
    "proposed_finish": PROPOSED_FINISH,
    "new_score": SCORE,
    "new_rank": RANK,
}
"""The header on PF Results of each field that is written back."""

Proposed = None | str | float | date
"""What a run proposes in one of the columns that are written back; None for nothing."""


@dataclass(frozen=True)
class ProposedRow:
    """What the last run proposes for a project: by field, without what cannot be read."""

    key: ProjectKey
    name: str
    values: Mapping[str, Proposed]


def read_previous(contents: SheetContents) -> tuple[ResultRow, ...]:
    """The projects in the results of the last run; empty where the sheet holds none.

    Parameters
    ----------
    contents
        What is on PF Results.
    """
    found: dict[ProjectKey, ResultRow] = {}
    for key, name, line in _projects(contents):
        row = ResultRow(
            key=key,
            name=name,
            value=line.number(VALUE),
            score=line.number(SCORE),
            cost=line.cents(TOTAL),
            start=line.day(START),
            finish=line.day(FINISH),
            decision=_DECISIONS.get((line.text(DECISION) or "").casefold(), ""),
            reason=line.text(REASON) or "",
            new_start=line.day(LEVELLED),
        )
        found.setdefault(key, row)
    return tuple(found.values())


def read_proposed(contents: SheetContents) -> tuple[ProposedRow, ...]:
    """What the last run proposes for each project, in the fields that PF Results has columns for.

    Parameters
    ----------
    contents
        What is on PF Results.
    """
    found: dict[ProjectKey, ProposedRow] = {}
    for key, name, line in _projects(contents):
        values = {
            field: value
            for field, header in PROPOSED_HEADERS.items()
            if line.has(header)
            and ((value := _proposed(line, field, header)) is not None or line.is_blank(header))
        }
        found.setdefault(key, ProposedRow(key, name, values))
    return tuple(found.values())


def _projects(contents: SheetContents) -> Iterator[tuple[ProjectKey, str, _Line]]:
    """The rows of PF Results that have an ID: its key, its name, and the row."""
    for line in _lines(contents, (PROJECT_ID, NAME)):
        project_id = line.text(PROJECT_ID)
        if project_id is not None:
            yield (
                ProjectKey(project_id, line.text(OPTION)),
                line.text(NAME) or project_id,
                line,
            )


def _proposed(line: _Line, field: str, header: str) -> Proposed:
    """A value of its field's kind; None for any other."""
    if field == "proposed_decision":
        return _DECISIONS.get((line.text(header) or "").casefold())
    if field == "proposed_reason":
        return line.text(header)
    return line.day(header) if field.startswith("proposed_") else line.number(header)


def read_log(contents: SheetContents) -> tuple[LogRow, ...]:
    """The runs that PF Log keeps, the oldest first; empty where it holds none.

    Parameters
    ----------
    contents
        What is on PF Log.
    """
    rows = []
    when, command, inputs, options, status, gap, figures, version = LOG_HEADERS
    for line in _lines(contents, (when, command)):
        moment = line.moment(when)
        if moment is not None:
            rows.append(
                LogRow(
                    when=moment.replace(tzinfo=UTC),
                    command=line.text(command) or "",
                    inputs=line.text(inputs) or "",
                    options=line.text(options) or "",
                    status=line.text(status) or "",
                    gap=line.number(gap),
                    figures=line.text(figures) or "",
                    version=line.text(version) or "",
                )
            )
    rows.reverse()
    return tuple(sorted(rows, key=lambda row: row.when))


@dataclass(frozen=True)
class _Line:
    """A row under the headers: `columns` and `units` are by header in lower case."""

    columns: Mapping[str, int]
    units: Mapping[str, str]
    values: Mapping[int, Value]

    def has(self, header: str) -> bool:
        """Whether there is such a column."""
        return _plain(header) in self.columns

    def is_blank(self, header: str) -> bool:
        """Whether nothing stands under a header."""
        return self.values.get(self.columns.get(_plain(header), 0)) is None

    def value(self, header: str) -> Value:
        column = self.columns.get(_plain(header))
        value = None if column is None else self.values.get(column)
        is_beyond = isinstance(value, float) and not isfinite(value)  # "1e999" in a damaged file
        return None if is_beyond else value

    def text(self, header: str) -> str | None:
        return as_text(self.value(header))

    def number(self, header: str) -> float | None:
        value = self.value(header)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def cents(self, header: str) -> int | None:
        """Money as whole cents, by the unit in the header."""
        number = self.number(header)
        if number is None:
            return None
        each = _CENTS_EACH.get(self.units.get(_plain(header), ""), 100)
        return round(number * each) if abs(number * each) < _MOST_CENTS else None

    def moment(self, header: str) -> datetime | None:
        """A time to the nearest second: a serial number holds it a little beside."""
        value = self.value(header)
        if not isinstance(value, datetime):
            return None
        try:
            return (value + timedelta(milliseconds=500)).replace(microsecond=0)
        except OverflowError:
            return None

    def day(self, header: str) -> date | None:
        value = self.value(header)
        return value.date() if isinstance(value, datetime) else None


def _lines(contents: SheetContents, needed: Collection[str]) -> Iterator[_Line]:
    """The rows below the first one that has the needed headers."""
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    wanted = {_plain(header) for header in needed}
    for row in sorted(contents.rows):
        values = contents.rows[row]
        if columns:
            yield _Line(columns, units, values)
            continue
        said: dict[str, int] = {}
        for column in sorted(values):
            text = values[column]
            if isinstance(text, str):
                said.setdefault(_plain(text), column)
        if wanted <= said.keys():
            columns = said
            units = {
                header: _unit(text)
                for header, column in said.items()
                if isinstance(text := values[column], str)
            }


def _plain(header: str) -> str:
    """A header without its unit: "total cost" for "Total cost (GBP k, 2026/27 prices)"."""
    return " ".join(re.sub(r"\(.*", "", header, flags=re.DOTALL).split()).casefold()


def _unit(header: str) -> str:
    """The size in a header's unit: "k" of "(GBP k, 2026/27 prices)"; "" for single units."""
    inside = re.search(r"\(([^,)]*)", header)
    words = inside[1].split() if inside else []
    return words[-1].casefold() if words else ""
