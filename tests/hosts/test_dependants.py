"""Dependants found by an index are those that trying every pair finds."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from tests.oracles.formula_book_parts import BookText
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.editing.formula_search import may_hold_formulas, may_name
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.staleness.area_index import AreaIndex, Rectangle
from xlportfolio.workbook.staleness.areas import Area, areas_of
from xlportfolio.workbook.staleness.dependants import Dependants
from xlportfolio.workbook.staleness.precedents import Precedents


def some_rectangle(pick: random.Random, size: int) -> Rectangle:
    row, column = pick.randint(1, 40), pick.randint(1, 40)
    kind = pick.random()
    if kind < 0.3:
        return row, column, row, column
    if kind < 0.4:
        return 1, column, 1_048_576, column + pick.randint(0, 2)
    if kind < 0.5:
        return row, 1, row, 16_384
    return row, column, row + pick.randint(0, size), column + pick.randint(0, size)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@pytest.mark.parametrize("seed", range(20))
def test_index_gives_each_overlapping_reference_once(seed: int) -> None:
    pick = random.Random(seed)
    references = [some_rectangle(pick, pick.choice((1, 8))) for _ in range(pick.randint(1, 600))]
    index = AreaIndex()
    for number, area in enumerate(references):
        index.add(area, number)
    left = set(range(len(references)))
    for _ in range(60):
        asked = some_rectangle(pick, 3)
        expected = sorted(k for k in left if overlap(references[k], asked))
        assert sorted(index.take(asked)) == expected
        left -= set(expected)


@pytest.mark.parametrize("seed", range(10))
def test_cells_become_rectangles_that_hold_just_them(seed: int) -> None:
    pick = random.Random(seed)
    cells = {(pick.randint(1, 9), pick.randint(1, 9)) for _ in range(pick.randint(1, 70))}
    areas = areas_of("Plan", cells)
    held = [
        (row, column)
        for area in areas
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]
    assert sorted(held) == sorted(cells)


def test_block_of_cells_is_one_rectangle() -> None:
    block = {(row, column) for row in range(2, 500) for column in range(3, 9)}
    assert areas_of("Plan", block) == [Area("plan", 2, 3, 499, 8)]


@pytest.mark.parametrize("seed", range(12))
def test_dependants_are_those_of_following_every_formula_again_and_again(seed: int) -> None:
    """Circles among them; the oracle repeats until nothing more is found."""
    pick = random.Random(seed)
    sheets = ("One", "Two")
    formulas: dict[str, list[FormulaCell]] = {"One": [], "Two": []}
    reads: dict[tuple[str, int, int], list[tuple[str, Rectangle]]] = {}
    for sheet in sheets:
        for row in range(1, 41):
            for column in range(1, 9):
                if pick.random() < 0.5:
                    continue
                looked_at = [
                    (pick.choice(sheets), some_rectangle(pick, 2))
                    for _ in range(1 + (pick.random() < 0.1))
                ]
                looked_at = [(s, a) for s, a in looked_at if a[2] < 99 and a[3] < 99]
                text = "+".join(f"SUM({s}!{CellRange(*a).address})" for s, a in looked_at)
                here = CellRange(row, column, row, column)
                formulas[sheet].append(FormulaCell(row, column, text or "1", "plain", here, None))
                reads[sheet, row, column] = looked_at
    changed = ("Two", some_rectangle(pick, 1))
    stale: set[tuple[str, int, int]] = set()
    while True:
        dirty = [changed, *((s, (r, c, r, c)) for s, r, c in stale)]
        found = {
            cell
            for cell, looked_at in reads.items()
            if any(s == t and overlap(a, b) for s, a in looked_at for t, b in dirty)
        }
        if found <= stale:
            break
        stale |= found
    dependants = Dependants(Precedents(sheets), lambda _, cells: cells)
    for sheet in sheets:
        dependants.add(sheet, formulas[sheet])
    answer = dependants.of([Area(changed[0].casefold(), *changed[1])])
    assert {(sheet, *cell) for sheet, cells in answer.items() for cell in cells} == stale


@pytest.mark.parametrize(
    "limits", [("_STEPS_AT_LEAST", "_STEPS_EACH"), ("_MOST_REFERENCES",), ("_MOST_CHARACTERS",)]
)
def test_more_references_than_can_be_followed_make_every_formula_count(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[str, ...]
) -> None:
    for limit in limits:
        monkeypatch.setattr(f"xlportfolio.workbook.staleness.dependants.{limit}", 0)
    dependants = Dependants(Precedents(["One"]), lambda _, cells: cells)
    at = [CellRange(row, 5, row, 5) for row in range(1, 40)]
    texts = [f"SUM(A{cells.first_row}:B99)" for cells in at[1:]] + ["7"]
    dependants.add(
        "One",
        [
            FormulaCell(cells.first_row, 5, text, "plain", cells, None)
            for cells, text in zip(at, texts, strict=True)
        ],
    )
    assert len(dependants.of([Area("one", 2, 1, 2, 1)])["One"]) == len(at)


# -- what is looked for without parsing ----------------------------------------------------------


def holding(folder: Path, formula: str, name: str = "PF Results", **names: str) -> Path:
    """A workbook with a sheet of that name, and a formula on another."""
    text = BookText(names=names)
    text.hold(name, 1, 1, "ID")
    text.hold("Plan", 1, 1, "PF Results is only a text here")
    if formula:
        text.calculate("Plan", 1, 2, formula, 1.0)
    return text.save(folder / "book.xlsx")


@pytest.mark.parametrize(
    ("formula", "name", "is_named"),
    [
        ("'PF Results'!A1", "PF Results", True),
        ("'pf RESULTS'!A1", "PF Results", True),
        ("SUM('Bob''s <R&D>'!A1)", "Bob's <R&D>", True),
        ("ÉTUDE!A1", "étude", True),
        ("SUM(First:Last!A1)", "PF Results", True),
        ("INDIRECT(\"'PF Results'!A1\")", "PF Results", True),
        ("Plan!A9+A2", "PF Results", False),
        ("", "PF Results", False),
    ],
)
def test_formulas_that_name_a_sheet_are_never_overlooked(
    tmp_path: Path, formula: str, name: str, is_named: bool
) -> None:
    with Package(holding(tmp_path, formula, name)) as package:
        assert may_name(package, WorkbookIndex(package), [name]) == is_named


def test_name_that_names_a_sheet_is_not_overlooked(tmp_path: Path) -> None:
    path = holding(tmp_path, "Best+1", Best="MAX('PF Results'!$A$1:$A$9)")
    with Package(path) as package:
        assert may_name(package, WorkbookIndex(package), ["PF Results"])


def test_formula_across_two_pieces_of_a_part_is_found(tmp_path: Path) -> None:
    path = holding(tmp_path, "'PF Results'!A1")
    for length in range(65_400, 65_560, 7):
        moved = tmp_path / f"moved{length}.xlsx"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(moved, "w") as new:
            for part in old.namelist():
                content = old.read(part)
                if part == "xl/worksheets/sheet2.xml":
                    assert content.count(b"<sheetData>") == 1
                    space = b"<!--" + b"x" * length + b"-->"
                    content = content.replace(b"<sheetData>", space + b"<sheetData>")
                new.writestr(part, content)
        with Package(moved) as package:
            index = WorkbookIndex(package)
            entry = index.sheet("Plan")
            assert entry is not None
            assert may_hold_formulas(package, entry)
            assert may_name(package, index, ["PF Results"])


def test_sheet_in_utf_16_may_hold_anything(tmp_path: Path) -> None:
    path, other = holding(tmp_path, "A9"), tmp_path / "utf16.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/worksheets/sheet2.xml":
                content = content.decode().replace("UTF-8", "UTF-16").encode("utf-16")
            new.writestr(part, content)
    with open_workbook(other) as book:
        assert [one.text for one in book.formulas("Plan")] == ["A9"]
        book.write("Plan!A9", [[4.0]])
        assert book.stale_cells() == {"Plan": {(1, 2)}}
