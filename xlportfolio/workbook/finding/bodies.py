"""Which rows under a header are data: not sections, totals, repeated headers or footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.values import Value
from xlportfolio.workbook.finding.grid import Grid
from xlportfolio.workbook.finding.headers import Header, is_data
from xlportfolio.workbook.finding.kinds import id_shape
from xlportfolio.workbook.finding.sifting import sift
from xlportfolio.workbook.headings import fold, one_line
from xlportfolio.workbook.references import CellRange

_SAMPLED_ROWS = 200
_ROWS_AHEAD = 40  # in which data has to follow a section or a remark
_TOTAL = re.compile(
    r"^(?:grand |sub |overall |portfolio |programme |project )*(?:total|subtotal|sum)\b|"
    r"\b(?:total|subtotal|sub total)$|^(?:gesamt|summe|insgesamt|total general|sous total)\b"
)
_FOOTNOTE = re.compile(
    r"^\s*(?:[*†‡§#]|\(?\d{1,2}[).:]\s|\[\d|notes?\b[: ]|source\b[: ]|nb\b|n\.b\.|key\b[: ]|"
    r"prepared by|printed|end of|status as|excludes|includes|all figures|figures )",
    re.I,
)


@dataclass(frozen=True)
class Body:
    """The rows of a table below its header, sorted by what they are."""

    records: tuple[int, ...]
    sections: dict[int, str]
    totals: tuple[int, ...]
    notes: tuple[int, ...]
    left_out: dict[int, str]


def read_body(
    grid: Grid,
    header: Header,
    blocks: Sequence[CellRange],
    formulas: frozenset[tuple[int, int]] = frozenset(),
) -> Body:
    """Sort the rows of the blocks (the header's own first) into data and the rest."""
    columns = [column for column, levels in header.levels.items() if levels] or list(header.levels)
    rows = [
        row
        for block in blocks
        for row in range(max(block.first_row, header.body), block.last_row + 1)
        if row in grid.rows
    ]
    owns = {row: own for row in rows if (own := _own(grid, columns, row))}
    rows = list(owns)
    widths = sorted(map(len, owns.values()))
    usual = widths[len(widths) // 2] if widths else 0
    texts = {
        column: {level.text.casefold() for level in header.levels[column]}
        for column in columns
        if header.levels[column]
    }
    ids = _usual_ids(grid, columns[0], rows)
    records: list[int] = []
    sections: dict[int, str] = {}
    totals: list[int] = []
    notes: list[int] = []
    section: str | None = None
    for at, row in enumerate(rows):
        own = owns[row]
        if _repeats_header(own, texts):
            continue
        first_text = next((value for value in own.values() if isinstance(value, str)), None)
        lead = _leading_texts(own, columns)
        if (
            any(_TOTAL.search(fold(text)) for text in lead)
            and _sums(own, columns, len(lead))
            and not (ids and id_shape(lead[0]) == ids and len(lead) > 1)
        ):
            totals.append(row)
            continue
        if len(own) == 1 and usual >= 3 and first_text is not None:
            later = rows[at + 1 : at + 1 + _ROWS_AHEAD]
            if (
                _FOOTNOTE.match(first_text)
                or len(first_text) > 120
                or not _data_follows(grid, columns, later, usual)
            ):
                notes.append(row)
            elif next(iter(own)) <= columns[min(2, len(columns) - 1)]:
                section = " ".join(first_text.split())
            else:
                notes.append(row)
            continue
        if (
            first_text is not None
            and len(own) <= 2 < usual
            and _FOOTNOTE.match(first_text)
            and len(first_text) > 20
            and not _data_follows(grid, columns, rows[at + 1 : at + 1 + _ROWS_AHEAD], usual)
        ):
            notes.append(row)
            continue
        records.append(row)
        if section is not None:
            sections[row] = section
    values = {row: owns[row] for row in records}
    if grid.filled:
        values = {row: _values(grid, columns, row) for row in records}
    sifted = sift(values, totals, columns, _on_grid(grid, formulas))
    return Body(
        sifted.records,
        {row: sections[row] for row in sifted.records if row in sections},
        sifted.totals,
        tuple(notes),
        sifted.left_out,
    )


def _usual_ids(grid: Grid, column: int, rows: list[int]) -> str:
    """The form that most IDs have; "" where the column holds none."""
    sample = [grid.own(row, column) for row in rows[:_SAMPLED_ROWS]]
    shapes = Counter(id_shape(value) for value in sample if isinstance(value, str))
    shape, count = shapes.most_common(1)[0] if shapes else ("", 0)
    return shape if count >= 0.5 * len(sample) else ""


def _values(grid: Grid, columns: list[int], row: int) -> dict[int, Value]:
    """A row with what merged cells say over it."""
    return {c: value for c in columns if (value := grid.value(row, c)) is not None}


def _on_grid(grid: Grid, formulas: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    return frozenset((column, row) for row, column in formulas) if grid.turned else formulas


def _own(grid: Grid, columns: list[int], row: int) -> dict[int, Value]:
    cells = grid.rows.get(row, {})
    return {column: cells[column] for column in columns if column in cells}


def _leading_texts(own: dict[int, Value], columns: list[int]) -> list[str]:
    texts = []
    for column in columns:
        value = own.get(column)
        if isinstance(value, str) and not is_data(value):
            texts.append(value)
        elif value is not None:
            break
    return texts[:3]


def _sums(own: dict[int, Value], columns: list[int], n_texts: int) -> bool:
    """Whether little but numbers stands beside the word: "Total rewiring" is a project's name."""
    first = next((value for value in own.values() if isinstance(value, str)), "")
    if fold(first) in ("total", "grand total", "subtotal", "sub total", "sum", "overall total"):
        return True
    texts = sum(isinstance(value, str) and not is_data(value) for value in own.values())
    return texts <= max(1, n_texts) and texts <= 2 and len(own) < len(columns)


def _repeats_header(own: dict[int, Value], texts: dict[int, set[str]]) -> bool:
    """Whether most of the row says what the header says; `texts` are its folded texts."""
    same = sum(
        isinstance(value, str) and one_line(value).casefold() in texts.get(column, ())
        for column, value in own.items()
    )
    return same >= 2 and same >= 0.6 * len(own)


def _data_follows(grid: Grid, columns: list[int], rows: list[int], usual: int) -> bool:
    return any(len(_own(grid, columns, row)) >= max(2, 0.5 * usual) for row in rows)
