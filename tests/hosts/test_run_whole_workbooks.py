"""A run on whole workbooks, the worked example and real ones: sheets added, nothing else changed.

The real workbooks have no criteria of their own: columns of theirs are chosen in a mapping file.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.hosts.test_round_trip import INDEXES, changed_parts, lint_rules, worked_example
from tests.machine import Calc, Validator
from xlportfolio import open_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.options import RunOptions, read_budget
from xlportfolio.operations.running import RunResult, run_workbook

# Criteria and a total budget of about 60 % of the cost; the columns are the workbooks' own.
REAL: dict[str, tuple[str, str]] = {
    "gmpp_2014_transposed.xlsx": (
        'Variance = {column = "2013/2014 Variance (£million)", weight = 1, direction = "min"}\n'
        '"Spend in the year" = {column = "2013/2014 Forecast (£million)", weight = 2}\n',
        "300bn",
    ),
    "gmpp_2021.xlsx": (
        '"Spend in the year" = {column = "yearly_forecast", weight = 1}\n',
        "300k",
    ),
    "us_it_dashboard_projects_2012.xlsx": (
        '"Schedule slip" = {column = "Schedule Variance (%)", weight = 2, direction = "min"}\n'
        '"Cost overrun" = {column = "Cost Variance (%)", weight = 3, direction = "min"}\n',
        "20k",
    ),
    "toronto_capital_plan_2022_2031.xlsx": (
        '"Ten years" = {column = "Total 10 Year", weight = 1}\n',
        "25m",
    ),
    "mawimn_set.xlsx": (
        'Priority = {column = "priority_rank", weight = 1, direction = "min"}\n',
        "1500k",
    ),
}


def with_criteria(book: Path, criteria: str, folder: Path) -> Path:
    """The mapping file that `map` writes for a book, with criteria chosen in it."""
    mapping = folder / "mapping.toml"
    map_workbook(book, mapping_file=mapping)
    text = mapping.read_text(encoding="utf-8")
    assert text.rstrip().endswith("[criteria]")
    mapping.write_text(text.rstrip() + "\n" + criteria, encoding="utf-8")
    return mapping


def require_nothing_else_changed(
    original: Path, result: RunResult, validator: Validator, soffice: Calc
) -> None:
    out = result.output
    with zipfile.ZipFile(original) as package:
        users = set(package.namelist())
    assert changed_parts(original, out) & users <= INDEXES
    assert lint_rules(out) <= lint_rules(original)
    assert not validator.new_findings(original, out)
    assert set(result.sheets) <= set(soffice.values(out))
    with open_workbook(out) as book:
        assert set(book.our_sheets) == set(result.sheets)


def test_the_worked_example_gets_every_sheet_and_keeps_every_other_part(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    before = worked_example(tmp_path)
    result = run_workbook(before, output=tmp_path / "out.xlsx")
    assert result.sheets == (
        "PF Summary",
        "PF Results",
        "PF Problems",
        "PF Reconcile",
        "PF Capacity",
        "PF Roadmap",
        "PF Dashboard",
        "PF Setup",
        "PF Log",
    )
    assert result.answer.selection.status == "optimal"
    assert result.answer.reconciliation.is_exact
    plan = result.answer.plan
    assert plan.shortfall_after <= plan.shortfall_before
    require_nothing_else_changed(before, result, validator, soffice)


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_workbook_gets_its_results_and_keeps_every_other_part(
    name: str, shared: Path, tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    criteria, budget = REAL[name]
    original = shared / "data" / "real" / name
    mapping = with_criteria(original, criteria, tmp_path)
    result = run_workbook(
        original,
        output=tmp_path / "out.xlsx",
        mapping_file=mapping,
        options=RunOptions(budget=read_budget(budget)),
    )
    assert result.answer.scores.status == "done"
    assert any(project.score is not None for project in result.answer.scores.projects)
    assert result.answer.reconciliation.is_exact
    require_nothing_else_changed(original, result, validator, soffice)
