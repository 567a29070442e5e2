"""Random sheets, whole and broken, read with and without the way past expat.

`python -m tests.hosts.fuzz_reading --runs 20000 --seed 1`

What is read has to be the same value by value, and what is refused has to be refused with the same
sentence; the oracle is the pass that is fed everything. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest.mock import patch

from tests.hosts.sheets_as_written import (
    STRINGS,
    STYLE_FORMATS,
    shared_strings,
    sheet,
    with_an_oddity,
)
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container import ordinary_rows, stencil
from xlportfolio.workbook.container.block_pass import BlockPass
from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT, SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.shared_strings import _SharedStringsPass
from xlportfolio.workbook.container.sheet_pass import SheetPass, SheetReading
from xlportfolio.workbook.references import CellRange

FORMATS = NumberFormats(STYLE_FORMATS)
FORMATS_OF_1904 = NumberFormats(STYLE_FORMATS)
ENTRY = SheetEntry("Sheet1", "sheet1.xml", "worksheet", "visible", 1, "rId1", 0)


@dataclass(frozen=True)
class OnePart:
    """Stands in for a package: one part, in pieces of any size."""

    data: bytes
    n_bytes: int
    path: str = "book.xlsx"

    def chunks(self, _name: str) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.n_bytes):
            yield self.data[start : start + self.n_bytes]

    def label(self, name: str) -> str:
        return f'"{self.path}", part {name},'


@dataclass(frozen=True)
class OneIndex:
    """Stands in for a workbook's index."""

    namespace: str
    date1904: bool


class EverythingFed(SheetPass):
    """The oracle: expat is fed the whole sheet."""

    def _take(self, window: bytes) -> None:
        self._feed(window)


class AllItemsFed(_SharedStringsPass):
    """The oracle for shared texts."""

    def _take(self, window: bytes) -> None:
        self._feed(window)


def outcome(read: Callable[[], Any]) -> Any:
    """What is read, or the sentence of the refusal."""
    try:
        return read()
    except WorkbookError as refusal:
        return str(refusal)


def ordered(reading: SheetReading | str) -> Any:
    """A reading in which the order of rows and cells counts, and the types of values."""
    if isinstance(reading, str):
        return reading
    rows = [
        (row, [(column, type(value), value) for column, value in cells.items()])
        for row, cells in reading.contents.rows.items()
    ]
    formats = [(row, list(codes.items())) for row, codes in reading.contents.formats.items()]
    return reading, rows, formats


def within(reading: SheetReading | str, block: CellRange) -> Any:
    """Of a whole sheet's reading what a write into the block has to know."""
    if isinstance(reading, str):
        return reading
    kept = {
        name: {
            row: inside
            for row, cells in getattr(reading.contents, name).items()
            if (inside := {at: value for at, value in cells.items() if block.contains(row, at)})
        }
        for name in ("rows", "formats")
    }
    formulas = frozenset(cell for cell in reading.contents.formulas if block.contains(*cell))
    hidden = frozenset(filter(block.has_row, reading.contents.hidden_rows))
    contents = replace(reading.contents, **kept, formulas=formulas, hidden_rows=hidden)
    return replace(reading, contents=contents)


def check_sheet(data: bytes, n_bytes: int, block: CellRange, index: OneIndex) -> str:
    """Read a sheet in all ways; what came of it.

    Raises
    ------
    AssertionError
        If two ways differ.
    """
    package = cast(Package, OnePart(data, n_bytes))
    formats = FORMATS_OF_1904 if index.date1904 else FORMATS
    arguments = (package, cast(WorkbookIndex, index), ENTRY, lambda: STRINGS, formats)
    expected = outcome(lambda: EverythingFed(*arguments).run())
    found = outcome(lambda: SheetPass(*arguments).run())
    assert ordered(found) == ordered(expected), (found, expected)
    part = outcome(lambda: BlockPass(*arguments, block).run())
    if isinstance(expected, str):
        # outside of the block cells are not looked at, so that only broken XML is refused
        assert "well-formed" not in expected or part == expected or isinstance(part, str)
        return "refused"
    needed = within(expected, block)
    assert part == needed, (block.address, part, needed)
    # by the oracle of the range: where a row comes again, the whole sheet has another order
    alone = outcome(lambda: EverythingFed(*arguments, block).run())
    assert ordered(part) == ordered(alone), (block.address, part, alone)
    return "read"


def check_strings(data: bytes, n_bytes: int) -> str:
    """Read shared texts in both ways; what came of it."""
    package = cast(Package, OnePart(data, n_bytes))
    expected = outcome(AllItemsFed(package, "sst.xml", MAIN).run)
    found = outcome(_SharedStringsPass(package, "sst.xml", MAIN).run)
    assert found == expected, (found, expected)
    return "refused" if isinstance(expected, str) else "read"


def one_run(rng: random.Random) -> str:
    """One random part, read in all ways; what came of it."""
    # a pattern of the rows may be made after the first one: these sheets are short
    with (
        patch.object(ordinary_rows, "ROWS_TO_A_STENCIL", rng.choice((1, 1, 2, 50))),
        patch.object(stencil, "_TEXTS_AT_ONCE", rng.choice((200_000, 200_000, 30))),
    ):
        return _one_part(rng)


def _one_part(rng: random.Random) -> str:
    is_sheet, strict = rng.random() < 0.8, rng.random() < 0.1
    text = sheet(rng, strict=strict) if is_sheet else shared_strings(rng)
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2))):
        text = with_an_oddity(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.03:
        data = text.replace("UTF-8", "UTF-16").encode("utf-16", "surrogatepass")
    elif rng.random() < 0.03:
        data = data.replace(b"UTF-8", rng.choice((b"ISO-8859-1", b"US-ASCII", b"utf-8")))
    elif rng.random() < 0.03:
        place = rng.randrange(len(data))
        data = data[:place] + bytes([rng.choice((0x80, 0xFF, 0xC3, 0xED))]) + data[place:]
    whole, half = len(data) or 1, len(data) // 2 + 1
    n_bytes = rng.choice((whole, whole, half, 1_000, 97, 13))
    if not is_sheet:
        return "texts " + check_strings(data, n_bytes)
    top, left = rng.choice((rng.randint(1, 9), rng.randint(1, 40))), rng.randint(1, 4)
    n_more = rng.choice((rng.randint(0, 3), 20))
    block = CellRange(top, left, top + n_more, left + rng.randint(0, 2))
    index = OneIndex(MAIN_STRICT if strict else MAIN, rng.random() < 0.2)
    return "sheet " + check_sheet(data, n_bytes, block, index)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.fuzz_reading", description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    start, n_failed, outcomes = time.perf_counter(), 0, Counter[str]()
    for run in range(options.runs):
        try:
            outcomes[one_run(random.Random(f"{options.seed} {run}"))] += 1
        except Exception as error:
            n_failed += 1
            if n_failed <= 5:
                failure = f"{type(error).__name__}: {error!s:.1500}"
                sys.stdout.write(f"seed {options.seed} run {run}: {failure}\n")
    seconds = time.perf_counter() - start
    counts = ", ".join(f"{n:,} {what}" for what, n in sorted(outcomes.items()))
    sys.stdout.write(
        f"{options.runs:,} runs, seed {options.seed}: {counts}, {n_failed} failed, "
        f"{seconds:.0f} s\n"
    )
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
