"""How many of the headers that an analyst would read are found: `python -m benchmarks.mapping`.

Real workbooks stand in ../shared/data/real (or $XLPORTFOLIO_SHARED/data/real) with an index of
the headers expected per field, written by hand; generated ones come from `tests.corpus`, whose
README says how its index is to be read. `dev` is what the mapping was made with, `held_out` what
it is measured by.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus import write_corpus
from xlportfolio import open_workbook
from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.tables import find_tables
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Question
from xlportfolio.workbook.mapping.model import Mapping as Mapped
from xlportfolio.workbook.references import CellRange, cell_address, parse_cell

_CHECKOUT = Path(__file__).resolve().parent.parent
_WHOLE = ("profile", "fte", "rating")  # kinds of field that want every expected column


def is_consequential(table: str, field: str) -> bool:
    """Whether a wrong reading of the field changes a decision without a trace."""
    spec = TABLES[table].fields.get(field)
    return spec is not None and spec.consequential


@dataclass(frozen=True)
class Expected:
    """What an analyst would read in one table.

    Attributes
    ----------
    table
        Canonical table; None for one that is not the portfolio's; "" where the index does not
        say (the real workbooks).
    readings
        Field -> sets of folded headers; each set is right by itself.
    cells
        Field -> addresses of its header cells, where the index says them.
    forbidden
        Field -> folded headers that must not be taken for it without asking.
    weight
        What the table counts: forms of one workbook share one. [0..1]
    """

    workbook: str
    sheet: str
    table: str | None
    range: CellRange | None
    readings: Mapping[str, tuple[frozenset[str], ...]]
    cells: Mapping[str, frozenset[str]]
    forbidden: Mapping[str, frozenset[str]]
    asks: frozenset[str] = frozenset()
    is_copy: bool = False
    optional: bool = False
    weight: float = 1.0
    orientation: str = ""


@dataclass
class TableScore:
    """How one expected table was read; each list names fields.

    `asked` are fields without the right header where an analyst would ask too and a question was
    put; `faults` are sentences about the table as a whole.
    """

    workbook: str
    sheet: str
    table: str | None
    weight: float
    n_expected: int = 0
    found: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    wrong_and_certain: list[str] = field(default_factory=list)
    consequential_wrong: list[str] = field(default_factory=list)
    wrong_but_asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Total:
    """Sums over tables, forms of one workbook averaged."""

    name: str
    tables: list[TableScore]

    @property
    def expected(self) -> float:
        return sum(one.weight * one.n_expected for one in self.tables)

    @property
    def found(self) -> float:
        return sum(one.weight * len(one.found) for one in self.tables)

    @property
    def share(self) -> float:
        """Expected fields found with the right header. [0..1]"""
        return self.found / self.expected if self.expected else 1.0

    @property
    def consequential_wrong(self) -> list[str]:
        return [
            f"{one.workbook} {one.sheet}: {name}"
            for one in self.tables
            for name in one.consequential_wrong
        ]


# -- what is expected ------------------------------------------------------------------------------


def real_folder() -> Path | None:
    """The folder with the real workbooks; None where they are absent."""
    chosen = os.environ.get("XLPORTFOLIO_SHARED")
    shared = Path(chosen) if chosen else _CHECKOUT.parent / "shared"
    folder = shared / "data" / "real"
    return folder if (folder / "index.json").is_file() else None


def expected_of_real(folder: Path) -> list[Expected]:
    """Read the index of the real workbooks: any of the headers listed for a field is right."""
    return [
        Expected(
            entry["workbook"],
            entry["sheet"],
            "",
            None,
            {
                name: tuple(frozenset([_fold(header)]) for header in headers)
                for name, headers in entry["fields"].items()
            },
            {},
            {},
        )
        for entry in _index(folder)
    ]


def expected_of_corpus(folder: Path, split: str) -> list[Expected]:
    """Read the index of the generated workbooks of one split, "dev" or "held_out"."""
    entries = [entry for entry in _index(folder) if entry["split"] == split]
    forms = [entry["workbook"] for entry in entries if entry.get("form")]
    return [
        Expected(
            entry["workbook"],
            entry["sheet"],
            entry["table"],
            CellRange.parse(entry["range"]) if entry.get("range") else None,
            {name: _readings(entry, name) for name in entry["fields"]},
            {name: frozenset(cells) for name, cells in entry["cells"].items()},
            {
                name: frozenset(map(_fold, headers))
                for name, headers in entry["must_not_be_certain"].items()
            },
            frozenset(entry["asks"]),
            bool(entry.get("copy_of")),
            bool(entry.get("optional")),
            1.0 / forms.count(entry["workbook"]) if entry.get("form") else 1.0,
            entry["orientation"],
        )
        for entry in entries
    ]


def _index(folder: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((folder / "index.json").read_text("utf-8"))
    return entries


def _readings(entry: Mapping[str, Any], name: str) -> tuple[frozenset[str], ...]:
    headers = [_fold(header) for header in entry["fields"][name]]
    spec = TABLES[entry["table"]].fields.get(name)
    others = entry.get("instead", {}).get(name, [])
    instead = tuple(
        frozenset(map(_fold, one)) if isinstance(one, list) else frozenset([_fold(one)])
        for one in others
    )
    if spec is not None and spec.kind in _WHOLE:
        return (frozenset(headers), *instead)
    return (*(frozenset([header]) for header in headers), *instead)


def _fold(header: str) -> str:
    return " ".join(header.replace(" > ", " / ").split()).casefold()


# -- how it was read -------------------------------------------------------------------------------


def score(folder: Path, expected: Sequence[Expected]) -> list[TableScore]:
    """Map each workbook and compare every expected table with what was read.

    The seconds of a workbook (reading and mapping) stand with its first table.
    """
    scores: list[TableScore] = []
    for name in dict.fromkeys(one.workbook for one in expected):
        start = time.perf_counter()
        with open_workbook(folder / name) as book:
            mapped = map_tables(find_tables(book))
        seconds = time.perf_counter() - start
        first = len(scores)
        scores += [_score_table(one, mapped) for one in expected if one.workbook == name]
        scores[first].seconds = seconds
    return scores


def _score_table(one: Expected, mapped: Mapped) -> TableScore:
    result = TableScore(one.workbook, one.sheet, one.table, one.weight)
    here = [
        table
        for table in mapped.tables
        if table.found.sheet == one.sheet
        and (one.range is None or table.found.range.overlaps(one.range))
    ]
    _score_forbidden(one, here, result)
    if one.table is None:
        result.faults += [f"taken for {table.table}" for table in here if table.role != "joined"]
        return result
    same = [table for table in here if one.table in ("", table.table)]
    if one.is_copy:
        result.faults += [
            f"a copy, silently taken as {table.role} table"
            for table in same
            if table.role != "alternative"
        ]
        return result
    if not same:
        if one.optional:
            return result
        result.faults.append(f"not found as {one.table or 'a table'}")
    for name in one.readings:
        _score_field(one, name, same, mapped.questions, result)
    return result


def _score_forbidden(one: Expected, here: Iterable[MappedTable], result: TableScore) -> None:
    for table in here:
        for name, headers in one.forbidden.items():
            read = table.fields.get(name)
            if read is not None and read.certain and _fold(read.header) in headers:
                said = f'{name} = "{read.header}"'
                result.wrong_and_certain.append(said)
                if is_consequential(table.table, name):
                    result.consequential_wrong.append(said)


def _score_field(
    one: Expected,
    name: str,
    same: Iterable[MappedTable],
    questions: Iterable[Question],
    result: TableScore,
) -> None:
    result.n_expected += 1
    reads = [(table, table.fields[name]) for table in same if name in table.fields]
    if any(_is_right(one, name, table, read) for table, read in reads) or any(
        _from_the_other_side(one, name, table) for table in same
    ):
        result.found.append(name)
        return
    result.missed.append(name)
    asked = any(q.field == name and q.sheet == one.sheet for q in questions)
    if asked and name in one.asks:
        result.asked.append(name)
    for table, read in reads:
        if read.serves is not None:
            continue
        said = f'{name} = "{read.header}"'
        if not read.certain:
            result.wrong_but_asked.append(said)
            continue
        result.wrong_and_certain.append(said)
        if is_consequential(table.table, name):
            result.consequential_wrong.append(said)


def _is_right(one: Expected, name: str, table: MappedTable, read: MappedField) -> bool:
    """Whether exactly one of the right readings was taken, by its cells or by its headers."""
    columns = {column.column for column in read.columns}
    cells = {cell_address(*table.found.cell(None, k)) for k in columns}
    right = one.cells.get(name, frozenset())
    spec = TABLES[table.table].fields[name]
    if right and (cells == right if spec.kind in _WHOLE else cells & right):
        return True
    names = [_names(table, k) for k in sorted(columns)]
    total = _names(table, read.column)
    for reading in one.readings[name]:
        if reading & total and (len(reading) == 1 or spec.kind not in _WHOLE):
            return True
        if all(reading & said for said in names) and reading <= set().union(*names):
            return True
    return False


def _from_the_other_side(one: Expected, name: str, table: MappedTable) -> bool:
    """Whether a few lines of figures by period were read across instead of down.

    Years over one line of money are a wide table of one row, or a long one on its side: the
    same figures under the same periods.
    """
    if one.orientation == table.found.orientation:
        return False
    measures = [
        read
        for field_name, read in table.fields.items()
        if TABLES[table.table].fields[field_name].kind in _WHOLE
        and all(column.period is not None for column in read.columns)
    ]
    if name == "period":
        return bool(measures)
    lines = {_line(address, table) for address in one.cells.get(name, ())}
    return any(
        read.field == name
        and lines == {table.found.cell(i, read.column)[0] for i in range(len(table.found.records))}
        for read in measures
    )


def _line(address: str, table: MappedTable) -> int:
    """The sheet's row of a cell, or its column where the table lies on its side."""
    row, column = parse_cell(address)
    return column if table.found.orientation == "transposed" else row


def _names(table: MappedTable, k: int) -> set[str]:
    column = table.found.columns[k]
    return {_fold(column.header), _fold(column.heading.text)}


# -- the report ------------------------------------------------------------------------------------


def show(total: Total, *, verbose: bool) -> None:
    """Print a line for each table, what went wrong below it, and the sums."""
    print(f"\n{total.name}")
    print(f"  {'table':<58} {'found':>9} {'wrong':>6} {'asked':>6} {'s':>6}")
    for one in total.tables:
        place = f"{one.workbook} | {one.sheet}"
        sums = f"{len(one.found)}/{one.n_expected}"
        seconds = f"{one.seconds:6.2f}" if one.seconds else ""
        print(
            f"  {place[:58]:<58} {sums:>9} {len(one.wrong_and_certain):>6} "
            f"{len(one.wrong_but_asked):>6} {seconds:>6}"
        )
        for heading, lines in (
            ("wrong and certain", one.wrong_and_certain),
            ("wrong but asked", one.wrong_but_asked),
            ("missed", one.missed if verbose else []),
            ("", one.faults),
        ):
            for line in lines:
                print(f"      {heading}: {line}" if heading else f"      {line}")
    wrong = len(total.consequential_wrong)
    seconds = sum(one.seconds for one in total.tables)
    faults = sum(bool(one.faults) for one in total.tables)
    print(
        f"  {total.share:.1%} of {total.expected:.1f} expected fields found; consequential, wrong "
        f"and certain: {wrong}; tables with a fault: {faults} of {len(total.tables)}; "
        f"{seconds:.1f} s"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mapping", description=__doc__)
    parser.add_argument(
        "--only",
        choices=("real", "dev", "held_out"),
        help="real workbooks, or one half of the generated ones",
    )
    parser.add_argument("--verbose", action="store_true", help="name the missed fields too")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_args(arguments)
    totals: list[Total] = []
    if options.only in (None, "real"):
        folder = real_folder()
        if folder is None:
            print(
                "The real workbooks were NOT measured: there is no ../shared/data/real. Put the "
                "shared folder beside the checkout, or set XLPORTFOLIO_SHARED to it."
            )
        else:
            totals.append(Total("real", score(folder, expected_of_real(folder))))
    if options.only != "real":
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_corpus(folder)
            for split in ("dev", "held_out"):
                if options.only in (None, split):
                    tables = score(folder, expected_of_corpus(folder, split))
                    totals.append(Total(f"generated, {split}", tables))
    for total in totals:
        show(total, verbose=options.verbose)
    if options.json:
        figures = {
            total.name: {
                "expected": total.expected,
                "found": total.found,
                "share": total.share,
                "consequential_wrong_and_certain": total.consequential_wrong,
                "tables": [asdict(one) for one in total.tables],
            }
            for total in totals
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
