"""The command self-check: the workbook it makes, and what it counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from xlportfolio.cell_calls import CellAnswer
from xlportfolio.cells import Example, Registry
from xlportfolio.libreoffice.programs import Office, OfficeError
from xlportfolio.operations.function_examples import agrees
from xlportfolio.operations.self_check import Counted, count_in_python, run_self_check
from xlportfolio.operations.shipped import shipped_workbook

CHECKOUT = Path(__file__).resolve().parents[2]
BOOK = CHECKOUT / "workbooks" / "self_check.xlsx"
REGISTRY = Registry.load()
N_CALLS = sum(len(function.examples) for function in REGISTRY)


def _command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xlportfolio", "self-check", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "XLPORTFOLIO_SOFFICE": str(folder / "nowhere")},
        check=False,
        timeout=300,
    )


def test_command_writes_the_workbook_and_counts_without_libreoffice(tmp_path: Path) -> None:
    done = _command(tmp_path)
    assert done.returncode == 0, done.stderr
    python, calc, hint = done.stdout.splitlines()
    assert python == f"Python: {N_CALLS} of {N_CALLS} calls are right."
    assert calc.startswith("LibreOffice: not computed. XLPORTFOLIO_SOFFICE names ")
    assert hint.startswith('Open "xlportfolio-self-check.xlsx" in Excel or LibreOffice')
    made = tmp_path / "xlportfolio-self-check.xlsx"
    assert made.read_bytes() == shipped_workbook("self_check.xlsx") == BOOK.read_bytes()
    told = json.loads(_command(tmp_path, "--json").stdout)
    assert told["status"] == "done"
    assert told["hosts"] == [{"host": "Python", "calls": N_CALLS, "right": N_CALLS, "wrong": []}]
    assert "nowhere" in told["not_computed"]
    assert made.read_bytes() == BOOK.read_bytes()


OFFICE = Office(Path("soffice"), Path("soffice"), Path(), "LibreOffice", "7.4")


def test_command_counts_what_libreoffice_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlportfolio.operations.self_check.find_office", lambda: OFFICE)

    def all_right(book: Path, registry: Registry, *, output: Path, **options: Any) -> None:
        opened = load_workbook(book)
        for name, place in opened.defined_names.items():
            if name.startswith("check_"):
                opened["Calls"][place.attr_text.split("!")[1]] = True
        opened.save(output)

    monkeypatch.setattr("xlportfolio.operations.recalculating.recalculate_workbook", all_right)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    python, calc = result.counted
    assert (python.n_right, calc.n_right, calc.n_calls) == (N_CALLS,) * 3
    assert calc.host == "LibreOffice 7.4"
    assert not result.needs_a_person

    def untouched(book: Path, registry: Registry, *, output: Path, **options: Any) -> None:
        output.write_bytes(book.read_bytes())

    monkeypatch.setattr("xlportfolio.operations.recalculating.recalculate_workbook", untouched)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    assert result.needs_a_person
    assert result.counted[1].n_right == 0
    assert "pf_ahp_1: see its row in the workbook." in result.counted[1].wrong


def test_a_libreoffice_that_fails_needs_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(registry: Registry, progress: object) -> Counted:
        raise OfficeError("LibreOffice 7.4 crashed.")

    monkeypatch.setattr("xlportfolio.operations.self_check.count_in_libreoffice", fail)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    assert result.needs_a_person
    assert "LibreOffice: not computed. LibreOffice 7.4 crashed." in str(result).splitlines()
    assert (tmp_path / "mine.xlsx").read_bytes() == BOOK.read_bytes()


def test_command_never_replaces_another_file(tmp_path: Path) -> None:
    other = tmp_path / "mine.xlsx"
    other.write_text("mine")
    done = _command(tmp_path, "-o", "mine.xlsx")
    assert done.returncode == 2
    assert done.stderr == (
        'xlportfolio: "mine.xlsx" exists already; name a new file, or delete that one first.\n'
    )
    assert done.stdout == ""
    assert other.read_text() == "mine"


def test_wrong_calls_are_told_one_by_one() -> None:
    given = {"value": 8, "time_criticality": 5, "risk_reduction": 3, "duration": 2}
    broken = replace(
        REGISTRY["PF_WSJF"],
        examples=(
            Example(given, 8, title="right"),
            Example(given, 8.1, title="a slip"),
            Example(given, error="It is below 0.", title="no error"),
            Example(given | {"duration": "x"}, 8, title="an error"),
        ),
    )
    counted = count_in_python(Registry([broken]))
    assert str(counted) == (
        "Python: 1 of 4 calls are right.\n"
        "  PF_WSJF 2, a slip: expected 8.1; there is 8.0.\n"
        "  PF_WSJF 3, no error: expected 'It is below 0.'; there is 8.0.\n"
        '  PF_WSJF 4, an error: expected 8; there is \'duration, row 1, column 1 is "x"; '
        "expected a number. Enter the number, or leave the cell blank until it is known.'."
    )


@pytest.mark.parametrize(
    ("answer", "expected", "is_right"),
    [
        (CellAnswer([[1.0]]), 1, True),
        (CellAnswer([[1e9 + 1e-4]]), 1e9, True),
        (CellAnswer([[1e9 + 1e-2]]), 1e9, False),
        (CellAnswer([[1.0], [2.0]]), [[1, 2]], False),
        (CellAnswer(True), 1, False),
        (CellAnswer(""), "", True),
        (CellAnswer(""), 0, False),
        (CellAnswer("1"), 1, False),
        (CellAnswer([[float("nan")]]), [[0]], False),
    ],
)
def test_agreement_is_of_kind_shape_and_size(
    answer: CellAnswer, expected: Any, is_right: bool
) -> None:
    assert agrees(answer, Example({}, expected)) is is_right
