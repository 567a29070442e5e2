"""Random workbooks full of formulas, each with the value that plain Python says it has.

Run as a program it recalculates as many as asked, and compares every value to 1e-12, every other
cell and part to the byte: python -m tests.oracles.formula_books --books 20 --seed 1
"""

from __future__ import annotations

import argparse
import math
import random
import re
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from openpyxl import load_workbook

from tests.oracles.formula_book_parts import BookText, Held
from xlportfolio.cells import Registry
from xlportfolio.operations.recalculating import RecalculateResult, recalculate_workbook
from xlportfolio.values import CellError
from xlportfolio.workbook.references import CellRange, cell_address

DATA, SUMS, OTHER, SPILLS = "Data", "Sums", "Bob's plan", "Spills"
HEADERS = ("ID", "Name", "Fit", "Risk", "Ease", "Cost", "Start", "Live", "Months", "Twice")
TOLERANCE = 1e-12

_EPOCH = date(1899, 12, 30)
_NA, _VALUE, _DIV, _REF = (CellError(code) for code in ("#N/A", "#VALUE!", "#DIV/0!", "#REF!"))


@dataclass(frozen=True)
class Project:
    """One row of the data."""

    id: str
    name: str
    fit: float
    risk: float
    ease: float
    cost: float
    start: int
    is_live: bool
    months: float


@dataclass
class FormulaBook:
    """A workbook and what its formulas are: by sheet, row and column."""

    text: BookText
    expected: dict[tuple[str, int, int], Held]
    n_formulas: int = 0


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.book = FormulaBook(BookText(add_in=r"file:///C:\Add-ins\xlportfolio.xlam"), {})
        self.n_shared = 0

    # -- putting a formula with what it gives ----------------------------------------------------

    def stale(self, value: Held) -> Held:
        """What the file says that the formula gave last: that, something else or nothing."""
        wrong: list[Held] = [None, None, "stale", 42.5, CellError("#NAME?"), ""]
        if isinstance(value, bool):
            wrong.append(not value)
        return value if self.random.random() < 0.3 else self.random.choice(wrong)

    def put(
        self, sheet: str, row: int, column: int, text: str, value: Held, attributes: str = ""
    ) -> None:
        self.book.text.calculate(sheet, row, column, text, self.stale(value), attributes)
        self.book.expected[sheet, row, column] = value
        self.book.n_formulas += 1

    def share(self, sheet: str, row: int, column: int, text: str, values: Sequence[Held]) -> None:
        """A formula down a column that only its first cell says."""
        cells = CellRange(row, column, row + len(values) - 1, column).address
        for k, value in enumerate(values):
            said = f't="shared" ref="{cells}" si="{self.n_shared}"' if k == 0 else ""
            follows = f't="shared" si="{self.n_shared}"'
            self.put(sheet, row + k, column, text if k == 0 else "", value, said or follows)
        self.n_shared += 1

    def array(
        self,
        sheet: str,
        row: int,
        column: int,
        text: str,
        values: Sequence[Sequence[Held]],
        *,
        is_dynamic: bool = False,
    ) -> None:
        """An array formula, its other cells with values of their own or not there at all."""
        cells = CellRange(row, column, row + len(values) - 1, column + len(values[0]) - 1)
        mark = ' cm="1"' if is_dynamic else ""
        self.put(sheet, row, column, text, values[0][0], f't="array" ref="{cells.address}"{mark}')
        for i, line in enumerate(values):
            for j, value in enumerate(line):
                self.book.expected[sheet, row + i, column + j] = value
                if (i or j) and self.random.random() < 0.7:
                    self.book.text.calculate_nothing(sheet, row + i, column + j, self.stale(value))

    # -- the book --------------------------------------------------------------------------------

    def make(self) -> FormulaBook:
        projects = [self.project(k) for k in range(self.random.randint(5, 25))]
        self.data(projects)
        self.rows(projects)
        self.singles(projects)
        self.spills(projects)
        return self.book

    def project(self, k: int) -> Project:
        pick = self.random
        return Project(
            id=f"P{k + 1:03}",
            name=pick.choice(("Bridge", "New depot", "Café & bar", "It's <big>", "PF_SCORE(1)")),
            fit=pick.randint(4, 40) / 4,
            risk=pick.randint(1, 100) / 10,
            ease=pick.randint(1, 9),
            cost=round(pick.uniform(1, 5000), 2),
            start=pick.randint(44000, 47000),
            is_live=pick.random() < 0.5,
            months=pick.choice((0, 1, 2, 3, 7, 12)),
        )

    def data(self, projects: Sequence[Project]) -> None:
        book, last = self.book.text, len(projects) + 1
        for column, header in enumerate(HEADERS, 1):
            book.hold(DATA, 1, column, header)
        for row, one in enumerate(projects, 2):
            cells = (one.id, one.name, one.fit, one.risk, one.ease, one.cost, one.start)
            for column, value in enumerate((*cells, one.is_live, one.months), 1):
                book.hold(DATA, row, column, value)
            self.put(DATA, row, 10, "Costs[[#This Row],[Cost]]*2", one.cost * 2)
        twice = {"Twice": "Costs[[#This Row],[Cost]]*2"}
        book.table = ("Costs", DATA, CellRange(1, 1, last, len(HEADERS)), HEADERS, twice)
        book.hold(DATA, last + 2, 1, _NA)
        book.names["Rate"] = "1.25"
        book.names["All_Costs"] = f"{DATA}!$F$2:$F${last}"
        book.names["First_Load"] = f"PF_UTILISATION({DATA}!$F$2,{DATA}!$E$2)"

    def rows(self, projects: Sequence[Project]) -> None:
        """A formula of each kind beside every project."""
        n, last = len(projects), len(projects) + 1
        self.share(
            SUMS, 2, 1, f"{DATA}!C2*{DATA}!$F$2+{DATA}!D2/4",
            [one.fit * projects[0].cost + one.risk / 4 for one in projects],
        )  # fmt: skip
        self.share(SUMS, 2, 2, f"{DATA}!H2", [one.is_live for one in projects])
        limit = self.random.randint(500, 3000)
        quotients = [_DIV if one.months == 0 else one.cost / one.months for one in projects]
        wsjf: list[Held] = [
            _VALUE if one.months == 0 else (one.fit + one.risk + one.ease) / one.months
            for one in projects
        ]
        names = (
            "[1]!PF_WSJF",
            "_xludf.PF_WSJF",
            "pf_wsjf",
            r"'C:\Add-ins\xlportfolio.xlam'!PF_WSJF",
        )
        for row, one in enumerate(projects, 2):
            day = _EPOCH + timedelta(days=one.start)
            cell = f"{DATA}!{{}}{row}".format
            made: list[tuple[str, Held]] = [
                (f'IF({cell("F")}>{limit},"big","small")', "big" if one.cost > limit else "small"),
                (
                    f'UPPER(LEFT({cell("B")},3))&"-"&LEN({cell("B")})',
                    f"{one.name[:3].upper()}-{len(one.name)}",
                ),
                (f"YEAR({cell('G')})*100+MONTH({cell('G')})", float(day.year * 100 + day.month)),
                (f"AND({cell('H')},{cell('C')}>5)", one.is_live and one.fit > 5),
                (f"{cell('F')}/{cell('I')}", quotients[row - 2]),
                (
                    f"IFERROR(G{row},-1)",
                    -1.0 if one.months == 0 else one.cost / one.months,
                ),
                (f"VLOOKUP({cell('A')},{DATA}!$A$2:$F${last},6,FALSE)", one.cost),
                (f"_xlfn.SINGLE({DATA}!$C$2:$C${last})*2", one.fit * 2),
                (
                    f"{names[row % 4]}({cell('C')},{cell('D')},{cell('E')},{cell('I')})",
                    wsjf[row - 2],
                ),
                (f"_xlfn.SINGLE(PF_RANK({DATA}!$F$2:$F${last}))+{row}",
                 row + 1.0 + sum(p.cost > projects[0].cost for p in projects)),
            ]  # fmt: skip
            for column, (text, value) in enumerate(made, 3):
                self.put(SUMS, row, column, text, value)
        self.array(
            SUMS, 2, 14, f"{DATA}!C2:C{last}*{DATA}!D2:D{last}",
            [[one.fit * one.risk] for one in projects],
        )  # fmt: skip
        self.array(
            SUMS, 2, 15, f"TRANSPOSE({DATA}!C2:C{min(4, last)})",
            [[one.fit for one in projects[: min(3, n)]]],
        )  # fmt: skip
        # entered over one row more than there are answers
        self.array(
            SUMS, 4, 15, f"PF_RANK({DATA}!F2:F{last})",
            [*([rank] for rank in _ranks([one.cost for one in projects])), [_NA]],
        )  # fmt: skip

    def singles(self, projects: Sequence[Project]) -> None:
        """Formulas over all projects, on a sheet whose name has to be quoted."""
        last = len(projects) + 1
        costs = [one.cost for one in projects]
        third = projects[2]
        live = [one.cost for one in projects if one.is_live]
        made: list[tuple[str, Held]] = [
            ("SUM(Costs[Cost])", math.fsum(costs)),
            ("SUM(Costs[[Fit]:[Ease]])", math.fsum(p.fit + p.risk + p.ease for p in projects)),
            (f"SUM({DATA}!F:F)*Rate", math.fsum(costs) * 1.25),
            ("AVERAGE(All_Costs)", math.fsum(costs) / len(costs)),
            (f"MAX({DATA}!C2:E{last})-MIN({DATA}!C2:E{last})", _spread(projects)),
            (f"SUMPRODUCT({DATA}!C2:C{last},{DATA}!D2:D{last})",
             math.fsum(p.fit * p.risk for p in projects)),
            (f"SUMIF({DATA}!H2:H{last},TRUE,{DATA}!F2:F{last})", math.fsum(live)),
            (f'COUNTIF({DATA}!C2:C{last},">5")', float(sum(p.fit > 5 for p in projects))),
            (f'INDEX({DATA}!F2:F{last},MATCH("P003",{DATA}!A2:A{last},0))', third.cost),
            (f'VLOOKUP("none",{DATA}!A2:F{last},6,FALSE)', _NA),
            (f"_xlfn.STDEV.S({DATA}!F2:F{last})", statistics.stdev(costs)),
            (f'_xlfn.TEXTJOIN(", ",TRUE,{DATA}!A2:A4)', "P001, P002, P003"),
            (f'"it""s "&{DATA}!A2&" | "&MID("PF_SCORE(1)",1,8)', 'it"s P001 | PF_SCORE'),
            (f"{DATA}!A{last + 2}", _NA),
            (f"ISERROR({DATA}!A{last + 2})", True),
            (f"_xlfn.IFNA({DATA}!A{last + 2},7)", 7.0),
            ("DATE(2026,4,1)+30", float((date(2026, 5, 1) - _EPOCH).days)),
            (f"NOT({DATA}!H2)", not projects[0].is_live),
            (f"ISBLANK({DATA}!Z1)", True),
            (f"{DATA}!Z1", 0.0),
            ('""', ""),
            ("First_Load", projects[0].cost / projects[0].ease),
            ("PF_UTILISATION(3,0)", _VALUE),
            ('IFERROR([1]!PF_UTILISATION(3,0),"no")', "no"),
            (f"ROUND({DATA}!F2,0)", float(math.floor(projects[0].cost + 0.5))),
            (f"SUM(_xlfn.ANCHORARRAY({SPILLS}!B2))", math.fsum(_scores(projects))),
            (f"COUNT({SPILLS}!B2#)", float(len(projects))),
            ("_xlfn.ANCHORARRAY(A1)", _REF),
            ("1/3", 1 / 3),
            ("#REF!+1", _REF),
            ("B8+1", float(sum(p.fit > 5 for p in projects)) + 1),
        ]  # fmt: skip
        for row, (text, value) in enumerate(made, 1):
            self.book.text.hold(OTHER, row, 1, f"line {row}")
            self.put(OTHER, row, 2, text, value)
        self.array(
            OTHER, 1, 4, f"SUM({DATA}!C2:C{last}*({DATA}!H2:H{last}=TRUE))",
            [[math.fsum(p.fit for p in projects if p.is_live)]],
        )  # fmt: skip

    def spills(self, projects: Sequence[Project]) -> None:
        """Dynamic arrays, ours and native ones."""
        last = len(projects) + 1
        ratings = f"{DATA}!C2:E{last}"
        for column, weight in enumerate((3, 1, 2), 20):
            self.book.text.hold(SPILLS, 1, column, weight)
        spill = {"is_dynamic": True}
        scores = _scores(projects)
        self.array(SPILLS, 2, 2, f"PF_SCORE({ratings},$T$1:$V$1)", [[s] for s in scores], **spill)
        self.array(
            SPILLS, 2, 3, "PF_RANK(_xlfn.ANCHORARRAY(B2))", [[r] for r in _ranks(scores)], **spill
        )
        self.array(SPILLS, 2, 4, f"{DATA}!C2:D{last}+1",
                   [[p.fit + 1, p.risk + 1] for p in projects], **spill)  # fmt: skip
        self.array(SPILLS, 2, 6, f"[1]!PF_TOPSIS({ratings})",
                   [[c] for c in _closeness(projects)], **spill)  # fmt: skip
        self.array(SPILLS, 2, 7, f'IF({DATA}!H2:H{last},{DATA}!B2:B{last},"")',
                   [[p.name if p.is_live else ""] for p in projects], **spill)  # fmt: skip
        self.array(SPILLS, 2, 10, f"{DATA}!C2:C{last}>={DATA}!D2:D{last}",
                   [[p.fit >= p.risk] for p in projects], **spill)  # fmt: skip
        self.array(SPILLS, 2, 8, f"SUM({DATA}!C2:C{last}*2)",
                   [[math.fsum(p.fit for p in projects) * 2]], **spill)  # fmt: skip
        self.array(SPILLS, 2, 9, f"{DATA}!F2:F{last}/{DATA}!I2:I{last}",
                   [[_DIV if p.months == 0 else p.cost / p.months] for p in projects],
                   **spill)  # fmt: skip


def _spread(projects: Sequence[Project]) -> float:
    figures = [figure for p in projects for figure in (p.fit, p.risk, p.ease)]
    return max(figures) - min(figures)


def _ranks(values: Sequence[float]) -> list[float]:
    return [1.0 + sum(other > value * (1 + 1e-12) for other in values) for value in values]


def _ratings(projects: Sequence[Project]) -> np.ndarray:
    return np.array([[p.fit, p.risk, p.ease] for p in projects], dtype=float)


def _scores(projects: Sequence[Project]) -> list[float]:
    """The additive value of ratings brought to 0..1, with weights 3, 1 and 2."""
    ratings = _ratings(projects)
    low, high = ratings.min(axis=0), ratings.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    values = np.where(high > low, (ratings - low) / span, 1.0)
    return [float(score) for score in values @ (np.array([3, 1, 2]) / 6)]


def _closeness(projects: Sequence[Project]) -> list[float]:
    """TOPSIS with equal weights, after Hwang & Yoon."""
    ratings = _ratings(projects)
    weighted = ratings / np.sqrt((ratings**2).sum(axis=0)) / 3
    weighted = np.where(ratings.max(axis=0) > ratings.min(axis=0), weighted, 0.0)
    best = np.sqrt(((weighted - weighted.max(axis=0)) ** 2).sum(axis=1))
    worst = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    return [float(w / (b + w)) for b, w in zip(best, worst, strict=True)]


def formula_book(seed: int) -> FormulaBook:
    """A workbook of some hundred formulas; the same seed gives the same one, to the byte."""
    return _Maker(seed).make()


# -- comparing -----------------------------------------------------------------------------------


def differences(book: FormulaBook, before: Path, after: Path) -> list[str]:
    """What is not as plain Python says, or was not to change."""
    return [*_wrong_values(book, after), *_changed_bytes(book, before, after)]


def _wrong_values(book: FormulaBook, after: Path) -> Iterator[str]:
    shown = load_workbook(after, data_only=True)
    said = load_workbook(after)
    for (sheet, row, column), expected in book.expected.items():
        cell = shown[sheet].cell(row, column)
        value: Held = CellError(str(cell.value)) if cell.data_type == "e" else cell.value
        if not _is_same(value, expected):
            formula = said[sheet].cell(row, column).value
            formula = getattr(formula, "text", formula)
            place = f"{sheet}!{cell_address(row, column)}"
            yield f"{place} ={formula}: {value!r}; expected {expected!r}"


def _is_same(value: Held, expected: Held) -> bool:
    if expected == "":
        return value in ("", None)
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    if isinstance(expected, float | int) and isinstance(value, float | int):
        return abs(value - expected) <= TOLERANCE * max(1.0, abs(expected))
    return value == expected


_CACHED = re.compile(rb"<v(?: [^>]*)?>[^<]*</v>|<v/>")
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*?)(/>|>(.*?)</c>)', re.DOTALL)
_EMPTY_ROW = re.compile(rb'<row r="[0-9]+">\s*</row>')


def _changed_bytes(book: FormulaBook, before: Path, after: Path) -> Iterator[str]:
    computed: dict[str, set[str]] = {}
    for sheet, row, column in book.expected:
        computed.setdefault(sheet, set()).add(cell_address(row, column))
    parts = {
        f"xl/worksheets/sheet{number}.xml": computed.get(sheet, set())
        for number, sheet in enumerate(book.text.sheets, 1)
    }
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        if old.namelist() != new.namelist():
            yield f"the parts are {new.namelist()}; expected {old.namelist()}"
            return
        for name in old.namelist():
            one, other = old.read(name), new.read(name)
            if name in parts:
                one, other = (_without_values(text, parts[name]) for text in (one, other))
            if one != other:
                yield f"{name} changed beyond the values of formulas"


def _without_values(text: bytes, computed: set[str]) -> bytes:
    """A sheet without what its formulas gave, and without cells that hold nothing else."""

    def stripped(match: re.Match[bytes]) -> bytes:
        if match[1].decode() not in computed:
            return match[0]
        attributes = re.sub(rb' t="[a-z]+"', b"", match[2])
        content = _CACHED.sub(b"", match[4] or b"")
        if not content and not attributes:
            return b""
        return b"<c " + match[1] + attributes + b">" + content + b"</c>"

    return _EMPTY_ROW.sub(b"", _CELL.sub(stripped, text))


def recalculated(seed: int, folder: Path) -> tuple[RecalculateResult, list[str]]:
    """Make a book, recalculate it, and compare."""
    book = formula_book(seed)
    before = book.text.save(folder / f"book{seed}.xlsx")
    after = folder / f"book{seed}_after.xlsx"
    registry = Registry.load()
    result = recalculate_workbook(before, registry, output=after)
    return result, differences(book, before, after)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the first book")
    chosen = parser.parse_args(arguments)
    n_wrong = n_formulas = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(chosen.seed, chosen.seed + chosen.books):
            result, wrong = recalculated(seed, Path(folder))
            n_formulas += result.n_formulas
            n_wrong += len(wrong) + len(result.kept)
            for line in [*wrong, *(str(kept) for kept in result.kept)]:
                print(f"seed {seed}: {line}")  # noqa: T201
    print(f"{chosen.books} books, {n_formulas:,} formulas: {n_wrong} differences")  # noqa: T201
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
