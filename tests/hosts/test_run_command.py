"""`run`, `score`, `rebalance`, `level` as a person meets them: sheets, JSON, sentences, codes."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from tests.hosts.portfolio_books import (
    BUDGETS,
    CAPACITY,
    CRITERIA,
    LINKS,
    PROJECTS,
    RATINGS,
    changed,
    portfolio_book,
)
from tests.hosts.test_command_line import run
from xlportfolio.cli import app


def answer_of(book: Path, *arguments: str | Path, command: str = "run", code: int) -> Any:
    """The JSON of a command that ran in this process."""
    done = CliRunner().invoke(app, [command, str(book), "--json", *map(str, arguments)])
    assert done.exit_code == code, done.stderr + done.stdout[-2000:]
    return json.loads(done.stdout)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return portfolio_book(tmp_path / "portfolio.xlsx")


def test_run_scores_chooses_and_levels_and_says_so_in_json(book: Path) -> None:
    answer = answer_of(book, code=0)
    assert answer["status"] == "done"
    assert answer["problems"] == []
    # Strategic fit 60, safety 30, disruption 10 (less is better), each from 1 to 5:
    # P2 = 0.6 x 1 + 0.3 x 0.75 + 0.1 x 0.75 = 0.9; P4 = 0.45 + 0.3 + 0.025 = 0.775;
    # P1 = 0.3 + 0.225 + 0.075 = 0.6; P3 = 0.3 + 0.075 + 0.1 = 0.475.
    scores = {one["project_id"]: one["score"] for one in answer["score"]["scores"]}
    assert scores == pytest.approx({"P1": 0.6, "P2": 0.9, "P3": 0.475, "P4": 0.775})
    # 2026/27: 80 + 60 + 50 = 190 of 200; P3 needs 70.
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P2", "P4"]
    assert answer["rebalance"]["status"] == "optimal"
    assert answer["rebalance"]["gap"] == 0
    assert answer["rebalance"]["total_cost"] == 280_000
    assert answer["rebalance"]["total_value"] == pytest.approx(2.275)
    # P1 1 + P2 1 + P4 2 = 4 engineers of 3, from June to November: 6 FTE months.
    assert answer["level"]["shortfall_before"] == pytest.approx(6)
    assert answer["reconciled"] is True
    assert answer["sheets"][0] == "PF Summary"
    assert "PF Log" in answer["sheets"]


def test_every_decision_has_a_reason(book: Path) -> None:
    decisions = {
        one["project_id"]: one for one in answer_of(book, code=0)["rebalance"]["decisions"]
    }
    assert {key: one["decision"] for key, one in decisions.items()} == {
        "P1": "Continue",
        "P2": "Start",
        "P3": "Defer",
        "P4": "Start",
    }
    assert all(one["reason"].endswith(".") for one in decisions.values())
    assert "2026/27" in decisions["P3"]["reason"]


def test_levelling_moves_what_has_not_started_inside_its_window(book: Path) -> None:
    moves = {one["project_id"]: one for one in answer_of(book, code=0)["level"]["moves"]}
    # Only P4 can help: it may wait until January, when P1 still needs one of three engineers and
    # P2 another; two more are one too many until P1 ends in March.
    assert set(moves) <= {"P2", "P4"}
    for one in moves.values():
        assert "Engineer" in one["reason"]


def test_text_answer_says_what_is_proposed_and_where_it_stands(book: Path) -> None:
    done = run("run", book)
    assert done.returncode == 0, done.stderr
    assert "Continue 1, Start 2" in done.stdout
    assert "budget 2026/27: GBP 190k of GBP 200k" in done.stdout
    assert "PF Summary" in done.stdout


@pytest.mark.parametrize("command", ["score", "rebalance", "level"])
def test_a_step_alone_does_no_other(book: Path, command: str) -> None:
    answer = answer_of(book, command=command, code=0)
    done = {
        "score": answer["score"]["status"],
        "rebalance": answer["rebalance"]["status"],
        "level": answer["level"]["status"],
    }
    assert done[command] != "skipped"
    assert (done["level"] == "skipped") == (command != "level")
    assert (done["rebalance"] == "skipped") == (command != "rebalance")


def test_level_keeps_the_decisions_of_the_last_rebalancing(book: Path) -> None:
    before = answer_of(book, command="rebalance", code=0)["rebalance"]["selected"]
    answer = answer_of(book, command="level", code=0)
    assert answer["rebalance"]["selected"] == before
    assert answer["changes"] == []


def test_the_same_workbook_gives_the_same_sheets_but_for_the_time_in_the_log(
    book: Path, tmp_path: Path
) -> None:
    packages = []
    for name in ("a.xlsx", "b.xlsx"):
        # Processes of their own: the order of sets differs from one to the next.
        assert run("run", book, "-o", tmp_path / name).returncode == 0
        with zipfile.ZipFile(tmp_path / name) as package:
            packages.append({entry: package.read(entry) for entry in package.namelist()})
    first, second = packages
    assert first.keys() == second.keys()
    differing = [entry for entry in first if first[entry] != second[entry]]
    log = load_workbook(tmp_path / "a.xlsx").sheetnames.index("PF Log") + 1
    assert differing in ([], [f"xl/worksheets/sheet{log}.xml"])


def test_the_next_run_says_what_changed_with_the_cell(book: Path, tmp_path: Path) -> None:
    answer_of(book, code=0)
    opened = load_workbook(book)
    opened["Projects"]["H3"] = 75  # P2 in 2026/27: 60 -> 75
    opened.save(book)
    second = tmp_path / "second.xlsx"
    answer = answer_of(book, "-o", second, code=0)
    assert any("New depot (P2)" in change for change in answer["changes"])
    shown = [cell.value for row in load_workbook(second)["PF Summary"].rows for cell in row]
    assert any("New depot (P2)" in str(value) for value in shown if value)


def test_undo_takes_a_run_back(book: Path) -> None:
    before = book.read_bytes()
    answer_of(book, code=0)
    assert book.read_bytes() != before
    assert run("undo", book).returncode == 0
    assert book.read_bytes() == before


def test_handback_takes_every_sheet_out_again(book: Path) -> None:
    sheets = load_workbook(book).sheetnames
    answer_of(book, code=0)
    assert run("handback", book).returncode == 0
    assert load_workbook(book).sheetnames == sheets


def test_a_budget_on_the_command_line_replaces_the_table(book: Path) -> None:
    answer = answer_of(book, "--budget", "130k", code=0)
    # P1 is under way (80) and P4 costs 50.
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P4"]
    answer = answer_of(book, "--budget", "95%", code=0)
    assert sorted(answer["rebalance"]["selected"]) == ["P1", "P2", "P4"]  # 190 = 95 % of 200


def test_work_in_flight_stops_only_where_it_is_freed(book: Path) -> None:
    kept = answer_of(book, "--budget", "60k", code=1)  # P1 alone needs 80
    assert kept["rebalance"]["status"] == "infeasible"
    said = " ".join(kept["rebalance"]["conflicts"])
    assert "Bridge repair (P1)" in said
    assert "free work in flight" in said
    freed = answer_of(book, "--budget", "60k", "--free", "P1", code=0)
    decisions = {one["project_id"]: one["decision"] for one in freed["rebalance"]["decisions"]}
    assert decisions["P1"] == "Stop"
    assert decisions["P4"] == "Start"


@pytest.mark.parametrize(
    ("table", "step", "word"),
    [
        ("Criteria", "score", "criteria"),
        ("Budgets", "rebalance", "budgets"),
        ("Capacity", "level", "capacity"),
        ("Demand", "level", "demand"),
    ],
)
def test_a_step_without_its_table_is_skipped_and_names_it(
    tmp_path: Path, table: str, step: str, word: str
) -> None:
    tables: dict[str, Any] = {table: None}
    if table == "Criteria":
        tables["Ratings"] = None
    book = portfolio_book(tmp_path / "book.xlsx", **tables)
    answer = answer_of(book, code=1)
    assert answer[step]["status"] == "skipped"
    assert word in answer[step]["why"].lower()
    assert "add" in answer[step]["why"].lower()
    others = {"score", "rebalance", "level"} - {step}
    if step == "score":
        others -= {"rebalance"}  # without scores there is no value to choose by
        assert answer["rebalance"]["status"] == "skipped"
    assert all(answer[other]["status"] != "skipped" for other in others)


def test_a_budget_that_cannot_be_kept_names_what_conflicts(tmp_path: Path) -> None:
    projects = changed(PROJECTS, "P2", "Force in/out", "In")
    budgets = changed(BUDGETS, "2026/27", "Budget (GBP k)", 100)
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects, Budgets=budgets)
    before = load_workbook(book).sheetnames
    answer = answer_of(book, code=1)
    assert answer["rebalance"]["status"] == "infeasible"
    assert answer["rebalance"]["selected"] == []
    said = " ".join(answer["rebalance"]["conflicts"])
    assert "2026/27" in said
    assert "New depot (P2)" in said
    assert "GBP 40k" in said  # 80 + 60 - 100
    assert load_workbook(book).sheetnames[: len(before)] == before


def test_everything_excluded_leaves_an_empty_portfolio_with_its_reasons(tmp_path: Path) -> None:
    projects = PROJECTS
    for key in ("P1", "P2", "P3", "P4"):
        projects = changed(projects, key, "Force in/out", "Out")
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    answer = answer_of(book, code=0)
    assert answer["rebalance"]["status"] == "optimal"
    assert answer["rebalance"]["selected"] == []
    decisions = {one["project_id"]: one["decision"] for one in answer["rebalance"]["decisions"]}
    assert decisions == {"P1": "Stop", "P2": "Not funded", "P3": "Not funded", "P4": "Not funded"}


def test_contradictory_mandates_are_named(tmp_path: Path) -> None:
    projects = changed(PROJECTS, "P2", "Force in/out", "Out")
    projects = changed(projects, "P3", "Force in/out", "In")  # and P3 requires P2
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    answer = answer_of(book, code=1)
    assert answer["rebalance"]["status"] == "infeasible"
    said = " ".join(answer["rebalance"]["conflicts"])
    assert "Ticket machines (P3)" in said
    assert "New depot (P2)" in said


def test_both_ends_of_an_exclusion_mandated_are_named(tmp_path: Path) -> None:
    projects = changed(PROJECTS, "P2", "Force in/out", "In")
    projects = changed(projects, "P4", "Force in/out", "In")
    links = [LINKS[0], ["P2", "P4", "Excludes"]]
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects, Links=links)
    answer = answer_of(book, code=1)
    said = " ".join(answer["rebalance"]["conflicts"])
    assert "New depot (P2)" in said
    assert "Depot roof (P4)" in said


def test_zero_capacity_is_a_number_and_all_work_is_short(tmp_path: Path) -> None:
    capacity = [CAPACITY[0], ["Engineer", *([0] * 22)], CAPACITY[2]]
    book = portfolio_book(tmp_path / "book.xlsx", Capacity=capacity)
    answer = answer_of(book, code=0)
    # Engineers: P1 12 months, P2 16, P4 2 x 6.
    assert answer["level"]["shortfall_before"] == pytest.approx(40)
    assert answer["level"]["shortfall_after"] == pytest.approx(40)


def test_windows_that_exclude_each_other_are_named(tmp_path: Path) -> None:
    # P4 must follow P2, which ends in September 2027, but may start in January 2027 at the latest.
    links = [LINKS[0], ["P2", "P4", "Finish-to-start"]]
    book = portfolio_book(tmp_path / "book.xlsx", Links=links)
    answer = answer_of(book, code=0)
    said = " ".join((*answer["cautions"], *answer["level"]["breaches"]))
    assert "New depot (P2)" in said
    assert "Depot roof (P4)" in said


def test_ratings_all_equal_are_said_to_tell_nothing_apart(tmp_path: Path) -> None:
    ratings = [RATINGS[0], *([f"P{i}", 3, 3, 3] for i in range(1, 5))]
    book = portfolio_book(tmp_path / "book.xlsx", Ratings=ratings)
    answer = answer_of(book, code=0)
    assert len({one["score"] for one in answer["score"]["scores"]}) == 1
    assert {one["rank"] for one in answer["score"]["scores"]} == {1}
    assert any("apart" in caution for caution in answer["cautions"])


def test_one_project_runs(tmp_path: Path) -> None:
    one = [PROJECTS[0], PROJECTS[2]]
    book = portfolio_book(
        tmp_path / "book.xlsx",
        Projects=one,
        Ratings=[RATINGS[0], RATINGS[2]],
        Links=None,
        Demand=[["Project ID", "Role", "Jun-26 (FTE)", "Jul-26 (FTE)"], ["P2", "Engineer", 1, 1]],
    )
    answer = answer_of(book, code=0)
    assert answer["rebalance"]["selected"] == ["P2"]


def test_weights_that_are_all_zero_skip_the_scores(tmp_path: Path) -> None:
    criteria = CRITERIA
    for name in ("Strategic fit", "Safety", "Disruption"):
        criteria = changed(criteria, name, "Weight", 0)
    book = portfolio_book(tmp_path / "book.xlsx", Criteria=criteria)
    answer = answer_of(book, code=1)
    assert answer["score"]["status"] == "skipped"
    assert "weight" in answer["score"]["why"].lower()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--steps", "polish"), '"polish" is not a step; expected one or more of score'),
        (("--budget", "lots"), '"lots" is not a budget; expected a share of the budgets'),
        (("--effort", "0"), "The effort is 0; expected a number above 0"),
        (("--time-limit", "-1"), "The time limit is -1 s; expected a number of seconds above 0."),
        (("--max-delay", "-3"), "The longest delay is -3 months; expected 0 to 600 months."),
        (("--free", "P9"), '"P9"'),
        (("--seed", "-1"), "The seed is -1; expected a whole number from 0 on."),
        (("--budget", "1e400"), '"1e400" is not a budget; expected a share of the budgets'),
        (("--budget", "1e18"), '"1e18" is more than a budget can be; expected a total of at most'),
        (("--budget", "1e300%"), '"1e300%" is more than a budget can be; expected a share of'),
        (("--budget", "90%%"), '"90%%" is not a budget'),
        (("--budget", "EUR 5m"), "The budget is in EUR, and the workbook in GBP; expected a"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_and_the_workbook_left_as_it_is(
    book: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    before = book.read_bytes()
    done = run("run", book, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert book.read_bytes() == before
    assert [path.name for path in book.parent.iterdir()] == [book.name]


def test_demo_solves_the_example_and_can_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        done = run("demo", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert str(Path("xlportfolio-demo") / "worked_example.xlsx") in done.stdout
    solved = load_workbook(tmp_path / "xlportfolio-demo" / "worked_example.xlsx", read_only=True)
    assert {"PF Summary", "PF Results", "PF Dashboard", "PF Log"} <= set(solved.sheetnames)


def test_functions_lists_and_shows_the_cell_functions() -> None:
    listed = run("functions")
    assert listed.returncode == 0, listed.stderr
    for name in ("PF_SCORE", "PF_RANK", "PF_SELECT"):
        assert name in listed.stdout
    shown = run("functions", "pf_score")
    assert "ratings" in shown.stdout
    assert "normalise" in shown.stdout
    unknown = run("functions", "PF_QWERTZ")
    assert unknown.returncode == 2
    assert 'There is no function "PF_QWERTZ"' in unknown.stderr


def test_what_serves_as_the_id_is_said_once_as_the_rows_settle_it(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Plan"
    sheet.append(["Project name", "Programme", "Cost", "Planned start"])
    for name, programme in (("Depot", "North"), ("Depot", "South"), ("Bridge", "South")):
        sheet.append([name, programme, 100, datetime(2026, 5, 1)])
    book = tmp_path / "names.xlsx"
    workbook.save(book)

    def said(command: str) -> list[str]:
        done = CliRunner().invoke(app, [command, str(book), "--json"])
        return [note for note in json.loads(done.stdout)["notes"] if "project IDs" in note]

    assert said("map") == [
        'Plan!A1:D4 has no column of project IDs: "Project name" serves as the key, though 1 of '
        "its 3 names are repeated."
    ]
    assert said("check") == [
        '"Plan" has no column of project IDs: "Project name" with "Programme" serves as the key.'
    ]
