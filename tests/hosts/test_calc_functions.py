"""Every function computes in LibreOffice by its plain name, and no process of ours freezes it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import Workbook, load_workbook

from tests.hosts import provoking_functions
from tests.machine import Calc
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.installing import install, log_file, run_office
from xlportfolio.libreoffice.programs import find_office
from xlportfolio.libreoffice.worked_examples import (
    SHEET,
    WorkedExample,
    differences,
    write_examples,
)

SECONDS_A_CALL = 2.0
N_HANGING = 50
N_CELLS = 500
OTHERS = "Others"


class Computed(NamedTuple):
    """What LibreOffice made of the workbook."""

    examples: tuple[WorkedExample, ...]
    values: dict[tuple[int, int], object]
    others: dict[str, object]
    log: Path
    seconds: float

    @property
    def errors(self) -> str:
        return self.log.read_text("utf-8")


@pytest.fixture(scope="module")
def computed(soffice: Calc, tmp_path_factory: pytest.TempPathFactory) -> Computed:
    """One start of LibreOffice for everything: it takes longest."""
    folder = tmp_path_factory.mktemp("calc functions")
    profile = folder / "profile"
    registry = Registry.load()
    registry.add_module(provoking_functions)
    command = provoking_functions.worker_of(folder / "worker", SECONDS_A_CALL)
    install(registry, profile=profile, command=command, seconds=SECONDS_A_CALL)

    path = folder / "examples.xlsx"
    examples = write_examples(registry, path)
    book = load_workbook(path)
    _write_others(book)
    book.save(path)

    began = time.monotonic()
    arguments = ("--headless", "--norestore", "--convert-to", "xlsx:Calc MS Excel 2007 XML")
    _, told = run_office(
        find_office().binary, profile, *arguments, "--outdir", folder / "computed", path
    )
    seconds = time.monotonic() - began
    assert (folder / "computed" / path.name).is_file(), told
    read = load_workbook(folder / "computed" / path.name, data_only=True)
    values = {
        (i, k): value
        for i, row in enumerate(read[SHEET].iter_rows(values_only=True), 1)
        for k, value in enumerate(row, 1)
    }
    others = {
        str(cell.coordinate): cell.value
        for row in read[OTHERS].iter_rows()
        for cell in row
        if cell.value is not None
    }
    return Computed(examples, values, others, log_file(profile), seconds)


def _write_others(book: Workbook) -> None:
    sheet = book.create_sheet(OTHERS)
    formulas = {
        "A1": '=IFERROR(PF_RANK(1,"upwards"),"caught")',
        "A2": '=SUM(PF_RANK({3,1,2}),PF_RANK(1,"upwards"))',
        "A3": '=PF_SCORE(D1:E2,,,,"why")',
        "A4": "=PF_SCORE(D1:E2,,D3:E3)",
        "A5": "=PF_HANDED(D9,D9,D9)",
        "A6": "=PF_HANDED(D1:E1,,D9)",
        "A7": "=PF_HANDED(TRUE,DATE(2026,1,1))",
        "A8": "=PF_RANK(F1:F2)",
        "A9": '=PF_HANG(60,"why")',
        "A10": "=PF_NONE(1)",
        "A11": "=PF_HANDED()",
    }
    for place, formula in formulas.items():
        sheet[place] = formula
    for place, value in {"D1": 4, "E1": 1, "D2": 2, "E2": 3, "D3": "min", "E3": "max"}.items():
        sheet[place] = value
    sheet["F1"], sheet["F2"] = "#N/A", 1
    for i in range(1, N_HANGING + 1):
        sheet[f"G{i}"] = f"=PF_HANG(D1+{60 + i})"
        sheet[f"H{i}"] = f"=PF_END({i})"
    for i in range(1, N_CELLS + 1):
        sheet[f"I{i}"] = f"=PF_WSJF({i},1,1,2)"


def test_every_example_of_every_function_comes_out_as_in_python(computed: Computed) -> None:
    assert differences(computed.examples, computed.values) == []
    assert {example.call.split(",")[0] for example in computed.examples} >= {
        function.name for function in Registry.load()
    }


def test_examples_hold_errors_and_more_than_one_row(computed: Computed) -> None:
    assert any(example.is_error for example in computed.examples)
    assert any(len(example.expected) > 1 for example in computed.examples)


def test_wrong_value_in_a_cell_is_told(computed: Computed) -> None:
    first = next(one for one in computed.examples if isinstance(one.expected[0][0], float | int))
    place = (first.row, first.column)
    value = first.expected[0][0]
    told = differences(computed.examples, {**computed.values, place: value + 1e-9})
    assert len(told) == 1
    assert told[0].startswith(first.call) and f"expected {value!r}" in told[0]


def test_error_is_caught_by_iferror_and_not_summed_over(computed: Computed) -> None:
    assert computed.others["A1"] == "caught"
    assert computed.others["A2"] == "#VALUE!"


def test_options_left_out_between_others_mean_their_defaults(computed: Computed) -> None:
    why = Registry.load()["PF_SCORE"].function([[4, 1], [2, 3]], output="why")
    assert computed.others["A3"] == why
    # the first is to be small and is the largest, the second large and is the smallest
    assert computed.others["A4"] == 0


def test_what_calc_hands_over_is_brought_to_one_form(computed: Computed) -> None:
    assert computed.others["A5"] == "None None 1"
    assert computed.others["A6"] == "((4.0, 1.0),) None 1"
    assert computed.others["A7"] == "1 46023 1"
    assert computed.others["A11"] == "#VALUE!"
    assert "PF_HANDED: first is missing; expected any." in computed.errors


def test_error_among_the_cells_shows_itself(computed: Computed) -> None:
    assert computed.others["A8"] == "#N/A"


def test_unknown_function_is_a_name_error(computed: Computed) -> None:
    assert computed.others["A10"] == "#NAME?"


def test_hangs_and_crashes_are_errors_in_every_cell_and_do_not_freeze_calc(
    computed: Computed,
) -> None:
    places = [f"{column}{i}" for column in "GH" for i in range(1, N_HANGING + 1)]
    assert {computed.others[place] for place in places} == {"#VALUE!"}
    assert computed.seconds < 30
    assert "PF_HANG gave no answer within 2 s and was stopped; give it smaller" in computed.errors
    assert "PF_END was not computed: its process ended with code" in computed.errors


def test_cells_beside_hangs_and_crashes_are_right(computed: Computed) -> None:
    found = [computed.others[f"I{i}"] for i in range(1, N_CELLS + 1)]
    assert found == [(i + 2) / 2 for i in range(1, N_CELLS + 1)]


def test_sentences_are_kept_for_the_user_alone(computed: Computed) -> None:
    assert 'PF_RANK: order is "upwards"; expected descending or ascending.' in computed.errors
    if sys.platform != "win32":
        assert computed.log.stat().st_mode & 0o077 == 0
