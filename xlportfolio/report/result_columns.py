"""The columns of PF Results: what each says of a project, and how wide it has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    BODY,
    COUNT_FORMAT,
    MOVED_FORMAT,
    SCORE_FORMAT,
    SHORT_DATE_FORMAT,
    money_look,
    number_cell,
)
from xlportfolio.report.result_rows import (
    ResultLine,
    cumulative_costs,
    value_per_cost,
    yearly_costs,
)
from xlportfolio.workbook.description import CellFormat, CellValue

PROJECT_ID, NAME, OPTION = "ID", "Name", "Option"
DECISION, REASON = "Proposed decision", "Reason"
SCORE, VALUE, TOTAL = "Score", "Value", "Total cost"
START, FINISH, LEVELLED = "Current start", "Current finish", "Levelled start"
RANK, PROPOSED_START, PROPOSED_FINISH = "Rank", "Proposed start", "Proposed finish"

_MOST_YEARS = 6
_TEXTS_THAT_FIT = 0.9
_TEXT = replace(BODY, vertical="center")
_SET_OFF = replace(_TEXT, indent=1, horizontal="left")


@dataclass(frozen=True)
class ResultColumn:
    """A column: its header, what each line has in it, and how it looks.

    `width` grows with long words and texts up to `most`. What `describes` the project may be left
    off the paper.
    """

    header: str
    width: float
    value: Callable[[ResultLine], CellValue]
    format: CellFormat = _TEXT
    hidden: bool = False
    most: float = 0.0
    describes: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it shows figures."""
        return self.format.number_format is not None


def main_columns(contents: RunContents, lines: Sequence[ResultLine]) -> list[ResultColumn]:
    """The columns of the projects that have something in them, in the order of reading."""
    money = money_look(contents)
    amount = number_cell(money.number_format, _TEXT)
    day = number_cell(SHORT_DATE_FORMAT, _TEXT)
    yearly = yearly_costs(contents, _MOST_YEARS)
    cumulative = cumulative_costs(lines)
    is_named_by_id = _are_named_by_id(lines)
    per_cost = value_per_cost(contents, lines)

    def in_year(y: int) -> Callable[[ResultLine], CellValue]:
        return lambda line: _shown(line, int(yearly.years[line.position, y]))

    def _shown(line: ResultLine, cents: int) -> float | None:
        return None if line.cost is None else money.shown(cents)

    def added(line: ResultLine) -> float | None:
        cents = cumulative.get(line.key)
        return None if cents is None else money.shown(cents)

    columns = [
        ResultColumn(
            PROJECT_ID, 9.5, lambda line: line.key.project_id, most=38 if is_named_by_id else 24
        ),
        ResultColumn(NAME, 31, lambda line: line.project.name, hidden=is_named_by_id, most=34),
        ResultColumn(OPTION, 7, lambda line: line.key.option, most=14),
        ResultColumn("Current decision", 10, lambda line: line.project.current_decision, most=16),
        ResultColumn(
            DECISION,
            12,
            lambda line: line.decided,
            replace(_TEXT, bold=True, indent=1, horizontal="left"),
        ),
        ResultColumn(REASON, 47, lambda line: line.reason, _SET_OFF),
        ResultColumn("Firm or marginal", 9.5, lambda line: line.standing, _SET_OFF),
        ResultColumn(SCORE, 6.5, lambda line: line.scored, number_cell(SCORE_FORMAT, _TEXT)),
        ResultColumn(RANK, 6, lambda line: line.rank, number_cell(COUNT_FORMAT, _TEXT)),
        ResultColumn(
            VALUE, 7.5, lambda line: line.project.value, number_cell(_value_format(lines), _TEXT)
        ),
        *(
            ResultColumn(money.short_heading(label), 8.5, in_year(y), amount)
            for y, label in enumerate(yearly.labels)
        ),
        ResultColumn(
            money.short_heading(yearly.others),
            10,
            lambda line: _shown(line, int(yearly.later[line.position])) or None,
            amount,
        ),
        ResultColumn(money.heading(TOTAL), 11, lambda line: _shown(line, line.cost or 0), amount),
        ResultColumn(money.short_heading("Cumulative cost"), 11.5, added, amount),
        ResultColumn(
            per_cost.heading,
            9,
            lambda line: per_cost.by_key.get(line.key),
            number_cell(per_cost.number_format, _TEXT),
        ),
        ResultColumn(START, 9.5, lambda line: line.project.start, day),
        ResultColumn(PROPOSED_START, 9.5, lambda line: line.proposed_start, day),
        ResultColumn("Months moved", 8, _months_moved, number_cell(MOVED_FORMAT, _TEXT)),
        ResultColumn(PROPOSED_FINISH, 9.5, lambda line: line.proposed_finish, day),
        *(
            ResultColumn(header, width, value, _SET_OFF, most=most, describes=True)
            for header, width, value, most in (
                ("Programme", 12, lambda line: line.project.programme, 32),
                ("Category", 10, lambda line: line.project.category, 28),
                ("Sponsor", 10, lambda line: line.project.sponsor, 18),
                ("Lifecycle", 10, lambda line: line.project.lifecycle, 14),
            )
        ),
        ResultColumn(FINISH, 13, lambda line: line.project.finish, day, hidden=True),
        ResultColumn(LEVELLED, 13, lambda line: line.levelled_start, day, hidden=True),
    ]
    return _with_something(columns, lines)


def _are_named_by_id(lines: Sequence[ResultLine]) -> bool:
    """Whether every ID is the name or was made of it, so that one of the two columns is enough."""
    return bool(lines) and all(
        line.key.titled(line.project.name) == line.key.label for line in lines
    )


def _months_moved(line: ResultLine) -> int | None:
    if line.plan is None or line.plan.new_start is None:
        return None
    return line.plan.months_moved


def _value_format(lines: Sequence[ResultLine]) -> str:
    most = max((abs(line.project.value or 0.0) for line in lines), default=0.0)
    return "#,##0" if most >= 1000 else "0.0" if most >= 10 else "0.00"


def _with_something(
    columns: Sequence[ResultColumn], lines: Sequence[ResultLine]
) -> list[ResultColumn]:
    """The columns that are not wholly empty, wide enough; ID and name are always there."""
    kept = []
    for k, column in enumerate(columns):
        values = [column.value(line) for line in lines]
        if k < 2 or any(value is not None for value in values):
            kept.append(replace(column, width=_wide_enough(column, values)))
    return kept


def _wide_enough(column: ResultColumn, values: Sequence[CellValue]) -> float:
    """The width of a column: no word of its header is broken, nor its texts if there is room."""
    width = max(column.width, 1.2 * max(map(len, column.header.split())) + 0.5)
    numbers = [abs(value) for value in values if isinstance(value, (int, float))]
    if column.format.number_format and numbers:
        # Figures wider than their column show as ###.
        decimals = column.format.number_format.partition(";")[0].partition(".")[2].count("0")
        width = max(width, 1.05 * len(f"{max(numbers):,.{decimals}f}") + 2.0)
    written = [value for value in values if isinstance(value, str)]
    lengths = sorted(map(len, written))
    if not lengths:
        return width
    if column.describes:
        longest = max(len(word) for text in written for word in text.split() or [""])
        width = max(width, min(longest + 2.0 + column.format.indent, column.most))
    most_fit = lengths[int(_TEXTS_THAT_FIT * (len(lengths) - 1))]  # one long text may take lines
    return max(width, min(most_fit + 1.0 + column.format.indent, column.most))


def contribution_columns(contents: RunContents, lines: Sequence[ResultLine]) -> list[ResultColumn]:
    """The score in parts, keyed by ID again; none where nothing was scored."""
    if not any(line.score is not None for line in lines) or not contents.scores.criteria:
        return []
    score = number_cell(SCORE_FORMAT, _TEXT)

    def part(j: int) -> Callable[[ResultLine], CellValue]:
        return lambda line: line.score.contributions[j] if line.score else None

    def missing(line: ResultLine) -> str | None:
        names = line.score.missing if line.score else ()
        if len(names) > 1 and len(names) == len(contents.scores.criteria):
            return "Every criterion"
        return ", ".join(names) or None

    is_named_by_id = _are_named_by_id(lines)
    columns = [
        ResultColumn(
            "Project ID", 10, lambda line: line.key.project_id, most=38 if is_named_by_id else 24
        ),
        ResultColumn("Project", 32, lambda line: line.project.name, hidden=is_named_by_id),
        ResultColumn("Project option", 9, lambda line: line.key.option, most=14),
        *(
            ResultColumn(f"{criterion.name} ({criterion.weight:.0%})", 13, part(j), score)
            for j, criterion in enumerate(contents.scores.criteria)
        ),
        ResultColumn(
            "Sum = score",
            10,
            lambda line: line.scored,
            number_cell(SCORE_FORMAT, replace(_TEXT, bold=True)),
        ),
        ResultColumn(
            "Assessors",
            10,
            lambda line: (line.score.n_assessors or None) if line.score else None,
            number_cell(COUNT_FORMAT, _TEXT),
        ),
        ResultColumn(
            "Largest disagreement",
            13,
            lambda line: line.score.disagreement if line.score else None,
            number_cell("0%", _TEXT),
        ),
        ResultColumn(
            "They differ most on", 18, lambda line: line.score.disagreed_on if line.score else None
        ),
        ResultColumn("Not rated", 24, missing),
    ]
    return _with_something(columns, lines)
