"""Random additions beside a sheet of ours that is put again and again; nothing of them is lost.

Run it by hand for long:  python -m tests.hosts.kept_beside --runs 500 --seed 7

Each run puts a sheet with random rows, adds cells, formulas, styles, notes, links and widths as
people do, and puts it again with other rows, several times. After each time:

* every cell that was added is there once, with its value, style and formula's last value;
* beside a row that is still listed it stands beside that row, and its formula names that row;
* where the row is gone, it stands below everything, under a line that names the row;
* all that stood to the right of ours, or below, is in the same order, the same distances apart;
* our own cells are what the description says, and the lint finds nothing;
* the same again changes no part; in the stand-in for Excel, each time is taken back exactly.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook

from tests.hosts.added_beside import (
    At,
    Held,
    OpenSheet,
    address,
    cells_of,
    codes_of,
    links_of,
    notes_of,
    root_of,
    splice,
    tag,
)
from tests.hosts.stand_in import StandIn
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import Cell, CellFormat, SheetDescription, TableDescription
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.live.book import LiveWorkbook
from xlportfolio.workbook.live.putting_back import put_back
from xlportfolio.workbook.references import CellRange

SHEET = "PF Results"
HEAD = 4
N_STYLES = 6


def description(rng: random.Random, n_most: int = 12) -> SheetDescription:
    """A sheet of random projects in random order, with texts above and below."""
    ids = rng.sample(range(1, 2 * n_most), rng.randint(1, n_most))
    n_columns = rng.randint(3, 6)
    cells = {(1, 1): Cell("Results"), (2, 1): Cell("A sentence that runs over the columns")}
    for c in range(1, n_columns + 1):
        cells[HEAD, c] = Cell(f"Head {c}", CellFormat(bold=True))
    for row, number in enumerate(ids, start=HEAD + 1):
        cells[row, 1] = Cell(f"P-{number}")
        for c in range(2, n_columns + 1):
            cells[row, c] = Cell(float(number * 100 + c), CellFormat(number_format="0.0"))
    last = HEAD + len(ids)
    tables = (TableDescription("pf_results", CellRange(HEAD, 1, last, n_columns)),)
    if rng.random() < 0.5:
        cells[last + 2, 1] = Cell("A note of ours")
    return SheetDescription(
        SHEET,
        cells,
        widths={c: 10.0 + c for c in range(1, n_columns + 1)},
        tables=tables,
        tab_colour="1F4E79",
        keys=CellRange(HEAD + 1, 1, last, 1),
    )


@dataclass
class Added:
    """A cell that was added: what it holds, and what it belongs to."""

    token: str
    key: str | None
    at: At
    code: str
    """Its number format."""
    names: str = ""
    """What its formula names: "row" of ours, "right" neighbour, "away", or nothing."""
    note: str = ""
    link: str = ""
    is_homeless: bool = False


@dataclass
class Story:
    """One run: what was added, and what went wrong."""

    rng: random.Random
    path: Path
    added: dict[str, Added] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    is_live: bool = False
    n: int = 0
    n_puts: int = 0

    def check(self, is_right: bool, said: str) -> None:
        if not is_right:
            self.wrong.append(said)

    def add(self, described: SheetDescription) -> None:
        """Add some cells, as a person would who looks at the sheet."""
        rng, area = self.rng, area_of(described)
        keys = keys_of(described)
        taken = set(cells_of(self.path, SHEET))
        numbers = {code: int(number) for number, code in codes_of(self.path).items()}
        new: list[Added] = []
        for _ in range(rng.randint(1, 6)):
            kind = rng.choice(("row", "row", "row", "right", "below", "below"))
            if kind == "row":
                row, column = rng.choice(list(keys)), area[1] + rng.randint(1, 5)
            elif kind == "right":
                row, column = rng.randint(1, area[0]), area[1] + rng.randint(1, 5)
            else:
                row, column = area[0] + rng.randint(1, 6), rng.randint(1, area[1] + 5)
            if (row, column) in taken:
                continue
            taken.add((row, column))
            self.n += 1
            key = keys.get(row) if column > area[1] else None
            code = rng.choice([one for one in numbers if one.startswith("0.00")])
            one = Added(f"u{self.n:04}", key, (row, column), code)
            if rng.random() < 0.3:
                one.names = "row" if key and rng.random() < 0.6 else "away"
                if self.is_live and one.names == "away":
                    one.names = ""  # entered again, and the stand-in does not compute
            one.note = f"note {one.token}" if rng.random() < 0.2 else ""
            one.link = f"https://example.org/{one.token}" if rng.random() < 0.15 else ""
            new.append(one)

        def change(sheet: OpenSheet) -> None:
            for one in new:
                if one.names == "row":
                    text = f"B{one.at[0]}&amp;$A{one.at[0]}"
                    sheet.formula(one.at, text, one.token, numbers[one.code])
                elif one.names == "away":
                    sheet.formula(
                        one.at, "Projects!B7&amp;Projects!$B$9", one.token, numbers[one.code]
                    )
                else:
                    sheet.text(one.at, one.token, numbers[one.code])
                if one.note:
                    sheet.note(one.at, one.note)
                if one.link:
                    sheet.link(one.at, one.link)

        splice(self.path, SHEET, change)
        self.added |= {one.token: one for one in new}

    def put(self, described: SheetDescription) -> None:
        self.n_puts += 1
        if self.is_live:
            self._put_in_excel(described)
            return
        with open_workbook(self.path) as book:
            book.put_sheet(described)
            book.save()

    def _put_in_excel(self, described: SheetDescription) -> None:
        """Put it in the stand-in for Excel, take it back, and put it again."""
        excel = StandIn()
        book = excel.open(self.path)
        before = excel.state(book)
        kept = self.path.with_suffix(".zip")
        for is_last in (False, True):
            live = LiveWorkbook(book, excel.details)
            live.put_sheet(described)
            live.save(recording=lambda one: shutil.copy(one.path, kept))
            live.close()
            if not is_last:
                put_back(book, excel.details, kept)
                for difference in excel.differences(before, excel.state(book)):
                    self.wrong.append(f"not taken back: {difference}")
        excel.details.save_copy(book, self.path)

    def looked_at(self, described: SheetDescription) -> None:
        """Compare the sheet with what was added and what is described."""
        found = cells_of(self.path, SHEET)
        notes, links = notes_of(self.path, SHEET), links_of(self.path, SHEET)
        area = area_of(described)
        rows = {key: row for row, key in keys_of(described).items()}
        self._ours(described, found)
        codes = codes_of(self.path)
        places: dict[str, At] = {}
        for at, held in found.items():
            if held.value in self.added:
                self.check(held.value not in places, f"{held.value} is there twice")
                places[held.value] = at
        moves_right: set[int] = set()
        moves_down: set[int] = set()
        for one in self.added.values():
            if one.token not in places:
                self.wrong.append(f"{one.token} is lost")
                continue
            at = places[one.token]
            held = found[at]
            code = codes.get(held.style, "General")
            self.check(code == one.code, f"{one.token} is shown as {code}")
            self._formula(one, at, held, rows)
            if one.note:
                self.check(notes.get(at) == one.note, f"the note on {one.token} is lost")
            if one.link:
                self.check(links.get(at) == one.link, f"the link on {one.token} is lost")
            if one.key is not None and one.key in rows and not one.is_homeless:
                self.check(at[0] == rows[one.key], f"{one.token} left {one.key}")
                moves_right.add(at[1] - one.at[1])
            elif one.key is not None and not one.is_homeless:
                self.check(at[0] > area[0], f"{one.token} of {one.key} is not below")
                said = [held.value for (row, _), held in found.items() if row == at[0] - 1]
                wanted = f'Your notes on "{one.key}", which is no longer listed'
                self.check(wanted in said, f"{one.token}: no line names {one.key}")
                one.is_homeless, one.key = True, None
            elif one.is_homeless or one.at[0] > self.old_area[0]:
                moves_down.add(at[0] - one.at[0])
            one.at = at
        self.check(len(moves_right) <= 1, f"columns came apart: {moves_right}")
        self.check(len(moves_down) <= 1, f"rows below came apart: {moves_down}")
        for finding in () if self.is_live else lint(self.path):
            self.wrong.append(str(finding))

    old_area: At = (0, 0)

    def _ours(self, described: SheetDescription, found: dict[At, Held]) -> None:
        for at, cell in described.cells.items():
            value = found[at].value if at in found else None
            if isinstance(cell.value, float):
                is_same = value is not None and float(value) == cell.value
            else:
                is_same = value == (cell.value or "")
            self.check(is_same, f"our cell {address(at)} holds {value}")

    def _formula(self, one: Added, at: At, held: Held, rows: dict[str, int]) -> None:
        if one.names == "away":
            wanted = "Projects!B7&Projects!$B$9"
        elif one.names == "row" and one.key in rows:
            wanted = f"B{at[0]}&$A{at[0]}"
        else:
            wanted = ""  # none, or its project is gone: what it gave last stays
        self.check(held.formula == wanted, f"{one.token} at {address(at)} says {held.formula}")

    def widen(self, described: SheetDescription) -> None:
        column = self.rng.randint(1, 3)
        width = float(self.rng.randint(30, 60))
        self.widths[column] = width

        def change(sheet: OpenSheet) -> None:
            for col in sheet.child("cols"):
                if col.get("min") == str(column):
                    col.set("width", f"{width:g}")
            colour = sheet.child("sheetPr")[0]
            colour.set("rgb", "FFCC0000")

        splice(self.path, SHEET, change)

    def check_look(self) -> None:
        root = root_of(self.path, SHEET)
        for column, width in self.widths.items():
            found = [
                float(col.get("width", "0"))
                for col in root.iter(tag("col"))
                if int(col.get("min", "0")) <= column <= int(col.get("max", "0"))
            ]
            self.check(found == [width], f"column {column} is {found} wide, not {width}")
        colours = [(one.get("rgb") or "")[-6:] for one in root.iter(tag("tabColor"))]
        if self.widths:
            self.check(colours == ["CC0000"], f"the tab is {colours}")


def area_of(described: SheetDescription) -> At:
    """The last row and column of what is described."""
    return max(row for row, _ in described.cells), max(column for _, column in described.cells)


def keys_of(described: SheetDescription) -> dict[int, str]:
    area = described.keys
    assert area is not None
    return {
        row: str(described.cells[row, 1].value)
        for row in range(area.first_row, area.last_row + 1)
        if (row, 1) in described.cells
    }


def users_book(path: Path) -> Path:
    """A workbook of the user's, whose styles the additions take."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Projects"
    for i in range(1, N_STYLES):
        sheet.cell(i, 1, i).number_format = "0.00" + "0" * i
    book.save(path)
    return path


def run_once(seed: int, folder: Path, *, is_live: bool = False) -> tuple[list[str], int, int]:
    """One story; what went wrong, how many cells were added, how often it was put."""
    rng = random.Random(seed)
    story = Story(rng, users_book(folder / f"kept-{seed}.xlsx"), is_live=is_live)
    described = description(rng)
    story.put(described)
    for _ in range(rng.randint(2, 5)):
        story.add(described)
        if rng.random() < 0.4:
            story.widen(described)
        story.old_area = area_of(described)
        described = description(rng)
        story.put(described)
        story.looked_at(described)
        story.check_look()
        if story.wrong:
            break
    if is_live:
        return [f"seed {seed}: {one}" for one in story.wrong], story.n, story.n_puts
    with zipfile.ZipFile(story.path) as package:
        before = {name: package.read(name) for name in package.namelist()}
    story.put(described)
    with zipfile.ZipFile(story.path) as package:
        after = {name: package.read(name) for name in package.namelist()}
    ordered = "[Content_Types].xml"
    for parts in (before, after):
        parts[ordered] = b"".join(sorted(re.findall(rb"<[^>]*>", parts[ordered])))
    differing = sorted(
        one for one in before.keys() | after.keys() if before.get(one) != after.get(one)
    )
    story.check(not differing, f"put again, {differing} differ")
    return [f"seed {seed}: {one}" for one in story.wrong], story.n, story.n_puts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", action="store_true", help="in the stand-in for Excel")
    given = parser.parse_args()
    start = time.perf_counter()
    wrong: list[str] = []
    n_added = n_puts = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seed, given.seed + given.runs):
            found, added, puts = run_once(seed, Path(folder), is_live=given.live)
            wrong += found
            n_added, n_puts = n_added + added, n_puts + puts
            for sentence in found[:3]:
                sys.stdout.write(f"{sentence}\n")
    seconds = time.perf_counter() - start
    sys.stdout.write(
        f"{given.runs} runs, {n_puts} times put, {n_added} cells added, {len(wrong)} wrong, "
        f"{seconds:.0f} s\n"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
