"""The command line as a person meets it: a real process, real files, exit codes and sentences."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.machine import Calc
from xlportfolio.operations.shipped import shipped_workbook

PROJECTS = [
    ["Project ID", "Project name", "Start date", "Finish date", "Budget (GBP k)", "RAG"],
    ["P1", "Bridge repair", "2026-04-01", "2027-03-31", 120, "Green"],
    ["P2", "New depot", "2026-06-01", "2027-09-30", 340, "Amber"],
    ["P3", "Ticket machines", "2026-09-01", "2027-01-31", 80, "Red"],
]


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "xlportfolio", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        timeout=120,
        check=False,
    )


def write_book(path: Path, rows: list[list[object]] = PROJECTS, sheet: str = "Projects") -> Path:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "portfolio.xlsx")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "worked_example.xlsx"
    path.write_bytes(shipped_workbook("worked_example.xlsx"))
    return path


def test_help_names_every_command() -> None:
    answer = run("--help")
    assert answer.returncode == 0
    for command in ("new", "map", "check", "undo", "handback"):
        assert f"\n  {command} " in answer.stdout


def test_an_unknown_option_is_a_usage_error_that_names_it(book: Path) -> None:
    before = book.read_bytes()
    answer = run("check", book, "--fast")
    assert answer.returncode == 2
    assert "--fast" in answer.stderr
    assert book.read_bytes() == before


def test_new_makes_the_template_and_never_overwrites(tmp_path: Path) -> None:
    first = run("new", "plan", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    made = tmp_path / "plan.xlsx"
    assert made.read_bytes() == shipped_workbook("template.xlsx")
    again = run("new", "plan.xlsx", cwd=tmp_path)
    assert again.returncode == 2
    assert again.stderr.strip() == (
        'xlportfolio: "plan.xlsx" exists already; name a new file, or delete that one first.'
    )


def test_new_refuses_a_folder_that_is_not_there_and_another_ending(tmp_path: Path) -> None:
    missing = run("new", tmp_path / "none" / "plan.xlsx")
    assert missing.returncode == 2
    assert "does not exist; make it first, or name another." in missing.stderr
    ending = run("new", tmp_path / "plan.xlsm")
    assert ending.returncode == 2
    assert "expected a name that ends in .xlsx" in ending.stderr
    assert list(tmp_path.iterdir()) == []


def test_map_json_says_each_field_with_header_cell_and_certainty(book: Path) -> None:
    answer = run("map", "--json", book)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    told = json.loads(answer.stdout)
    assert told["workbook"] == str(book)
    (table,) = told["tables"]
    assert (table["table"], table["sheet"], table["range"], table["orientation"]) == (
        "projects",
        "Projects",
        "A1:F4",
        "rows",
    )
    budget = table["fields"]["budget"]
    assert (budget["header"], budget["cell"], budget["certain"], budget["unit"]) == (
        "Budget (GBP k)",
        "E1",
        True,
        "GBP k",
    )
    assert table["fields"]["cost"]["serves"] == "budget"
    assert told["questions"] == []
    assert any("serves for both cost and budget" in note for note in told["notes"])


def test_map_changes_nothing_unless_told_to_write(book: Path) -> None:
    before = book.read_bytes()
    assert run("map", book).returncode == 0
    assert book.read_bytes() == before
    assert [path.name for path in book.parent.iterdir()] == [book.name]


def test_check_reports_every_planted_defect_of_the_worked_example_with_its_cell(
    example: Path,
) -> None:
    before = example.read_bytes()
    answer = run("check", "--json", example)
    assert answer.returncode == 1, answer.stderr
    told = json.loads(answer.stdout)
    defects = json.loads(
        (Path(__file__).parents[1] / "oracles" / "worked_example_defects.json").read_text("utf-8")
    )
    found = {
        (problem["sheet"], (problem["cell"] or "").rpartition("!")[2]): problem
        for problem in reversed(told["problems"])
    }
    missed = [
        defect["id"]
        for defect in defects
        if not any(
            problem["sheet"] == defect["sheet"]
            and (problem["cell"] or "").rpartition("!")[2] == defect["cell"]
            and defect["message_contains"] in problem["message"]
            and problem["severity"] == defect["severity"]
            for problem in told["problems"]
        )
    ]
    assert missed == []
    assert found[("Project register", "A24")]["blocks"] == ["score", "rank", "rebalance", "level"]
    assert len(told["problems"]) <= len(defects) + 3
    assert example.read_bytes() == before


def test_write_undo_and_handback_leave_nothing_behind(example: Path) -> None:
    before = example.read_bytes()
    written = run("map", "--write", example)
    assert written.returncode in (0, 1), written.stderr
    with zipfile.ZipFile(example) as package:
        assert b"PF Setup" in package.read("xl/workbook.xml")
    backups = list(example.parent.glob("worked_example.*.bak.xlsx"))
    assert [backup.read_bytes() for backup in backups] == [before]
    undone = run("undo", example)
    assert undone.returncode == 0, undone.stderr
    assert example.read_bytes() == before

    assert run("map", "--write", example).returncode in (0, 1)
    back = run("handback", "--json", example)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["sheets"] == ["PF Setup"]
    indexes = {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "docProps/app.xml",
        "xl/styles.xml",
    }
    original = example.parent / "original.xlsx"
    original.write_bytes(before)
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(example) as new:
        assert old.namelist() == new.namelist()
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed <= indexes


def test_output_leaves_the_workbook_as_it_is(example: Path) -> None:
    before = example.read_bytes()
    out = example.parent / "mapped.xlsx"
    answer = run("map", "--write", "-o", out, example)
    assert answer.returncode in (0, 1), answer.stderr
    assert example.read_bytes() == before
    with zipfile.ZipFile(out) as package:
        assert b"PF Setup" in package.read("xl/workbook.xml")


def test_several_books_give_a_list_and_one_bad_one_stops_none(book: Path) -> None:
    bad = book.parent / "gone.xlsx"
    answer = run("check", "--json", bad, book)
    assert answer.returncode == 2
    told = json.loads(answer.stdout)
    assert [one["status"] for one in told] == ["failed", "done"]
    assert "gone.xlsx" in told[0]["message"]


def test_two_candidates_for_the_projects_are_a_question_that_tells_them_apart(
    tmp_path: Path,
) -> None:
    path = tmp_path / "two.xlsx"
    book = Workbook()
    for name, first in (("Pipeline A", "P"), ("Ideas", "X")):
        sheet = book.create_sheet(name)
        for row in PROJECTS:
            sheet.append([str(row[0]).replace("P", first) if row[0] != "Project ID" else row[0],
                          *row[1:]])  # fmt: skip
    book["Ideas"].insert_cols(3)
    book["Ideas"]["C1"] = "Sponsor"
    del book["Sheet"]
    book.save(path)
    answer = run("map", "--json", path)
    assert answer.returncode in (0, 1)
    roles = {table["sheet"]: table["role"] for table in json.loads(answer.stdout)["tables"]}
    assert "main" in roles.values()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "is empty"),
        ("text.xlsx", b"Project,Cost\nP1,3\n", "is plain text, perhaps CSV"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "xls"),
        ("cut.xlsx", None, "cut.xlsx"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if content is not None else shipped_workbook("template.xlsx")[:5000])
    before = path.read_bytes()
    for command in (["map"], ["check"], ["map", "--write"], ["handback"], ["undo"]):
        answer = run(*command, path)
        assert answer.returncode == 2, (command, answer.stdout)
        lines = answer.stderr.strip().splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("xlportfolio: ")
        assert command == ["undo"] or said in lines[0]
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    missing = run("check", tmp_path / "none.xlsx")
    assert missing.returncode == 2
    assert "none.xlsx" in missing.stderr
    folder = run("check", tmp_path)
    assert folder.returncode == 2
    assert "folder" in folder.stderr


def test_a_workbook_without_projects_says_what_was_looked_at(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "risks.xlsx",
        [
            ["Risk ID", "Risk", "Likelihood", "Impact", "Mitigation", "Owner"],
            ["R1", "Flood", 2, 5, "Barrier", "Ann"],
            ["R2", "Strike", 3, 3, "Talks", "Ben"],
        ],
        "Risk register",
    )
    answer = run("map", path)
    assert answer.returncode == 2
    assert "has no table of projects" in answer.stderr
    assert "Risk register" in answer.stderr


def test_a_lock_stops_replacing_only(book: Path) -> None:
    lock = book.parent / f"~${book.name}"
    lock.write_bytes(b"\x03Ann" + b" " * 50 + b"\0" * 111)
    before = book.read_bytes()
    assert run("check", book).returncode in (0, 1)
    refused = run("map", "--write", book)
    assert refused.returncode == 2
    assert "open" in refused.stderr
    assert book.read_bytes() == before
    out = book.parent / "copy.xlsx"
    assert run("map", "--write", "-o", out, book).returncode == 0
    assert out.exists()


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write")
def test_a_folder_that_may_not_be_written_to_is_named(book: Path) -> None:
    book.parent.chmod(0o500)
    try:
        answer = run("map", "--write", book)
    finally:
        book.parent.chmod(0o700)
    assert answer.returncode == 2
    assert str(book.parent) in answer.stderr


def test_undo_with_nothing_to_undo_says_so(book: Path) -> None:
    answer = run("undo", book)
    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1


def test_undo_refuses_after_an_edit_unless_told(example: Path) -> None:
    before = example.read_bytes()
    assert run("map", "--write", example).returncode in (0, 1)
    shutil.copy(shutil.copy(example, example.parent / "x.xlsx"), example.parent / "y.xlsx")
    write_book(example)
    refused = run("undo", example)
    assert refused.returncode == 2
    assert "--force" in refused.stderr or "edited" in refused.stderr
    forced = run("undo", "--force", example)
    assert forced.returncode == 0, forced.stderr
    assert example.read_bytes() == before


def test_a_mapping_file_is_written_then_followed(book: Path) -> None:
    toml = book.parent / "mapping.toml"
    written = run("map", "--mapping", toml, book)
    assert written.returncode == 0, written.stderr
    assert "Budget (GBP k)" in toml.read_text("utf-8")
    assert run("check", "--mapping", toml, book).returncode in (0, 1)
    said = toml.read_text("utf-8").replace('budget = "Budget (GBP k)"', 'budget = "Budgett"', 1)
    toml.write_text(said, "utf-8")
    wrong = run("map", "--mapping", toml, book)
    assert wrong.returncode == 2
    assert "Budgett" in wrong.stderr
    gone = run("check", "--mapping", book.parent / "none.toml", book)
    assert gone.returncode == 2
    assert "none.toml" in gone.stderr


def test_criteria_chosen_in_a_mapping_file_are_checked_with_their_ratings(tmp_path: Path) -> None:
    rows = [
        ["Project ID", "Project name", "Cost (GBP k)", "Strategic fit (1-5)", "Ease (1-5)"],
        ["P1", "Bridge repair", 120, 4, 9],
        ["P2", "New depot", 340, 3, 2],
        ["P3", "Ticket machines", 80, 5, 1],
    ]
    book = write_book(tmp_path / "scored.xlsx", rows)
    toml = tmp_path / "criteria.toml"
    toml.write_text(
        '[criteria]\n"Fit" = {column = "Strategic fit (1-5)", weight = 3, scale_min = 1, '
        'scale_max = 5}\n"Ease" = {column = "Ease (1-5)", weight = 1, scale_min = 1, '
        "scale_max = 5}\n",
        "utf-8",
    )
    answer = run("check", "--json", "--mapping", toml, book)
    assert answer.returncode == 1, answer.stderr
    (problem,) = json.loads(answer.stdout)["problems"]
    assert problem["cell"] == "Projects!E2"
    assert "is 9; expected a rating from 1 to 5" in problem["message"]


def test_a_mapping_file_that_cannot_be_written_leaves_the_workbook_alone(book: Path) -> None:
    before = book.read_bytes()
    answer = run("map", "--write", book, "--mapping", book.parent / "none" / "m.toml")
    assert answer.returncode == 2
    assert "m.toml" in answer.stderr
    assert book.read_bytes() == before
    wrong = run("map", book, "--mapping", book.parent / "new.xlsx")
    assert wrong.returncode == 2
    assert "expected a name that ends in .toml" in wrong.stderr
    assert [path.name for path in book.parent.iterdir()] == [book.name]


def test_results_of_one_name_do_not_take_each_others_place(book: Path) -> None:
    (book.parent / "sub").mkdir()
    (book.parent / "out").mkdir()
    other = shutil.copy(book, book.parent / "sub" / book.name)
    answer = run("map", book, other, "-o", book.parent / "out")
    assert answer.returncode == 2
    assert "one would take the other's place" in answer.stderr
    assert list((book.parent / "out").iterdir()) == []


def test_output_may_not_be_the_workbook_itself_nor_nothing(book: Path) -> None:
    before = book.read_bytes()
    link = book.parent / "link.xlsx"
    link.symlink_to(book)
    for output in (book, link):
        answer = run("map", book, "-o", output)
        assert answer.returncode == 2
        assert "is the workbook itself" in answer.stderr
    nothing = run("map", book, "-o", "")
    assert nothing.returncode == 2
    assert "-o names no file" in nothing.stderr
    assert book.read_bytes() == before


def test_replacing_another_file_says_where_it_is_kept(book: Path) -> None:
    other = write_book(book.parent / "other.xlsx")
    before = other.read_bytes()
    answer = run("map", "--json", book, "-o", other)
    assert answer.returncode == 0, answer.stderr
    warning = json.loads(answer.stdout)["warning"]
    (kept,) = book.parent.glob("other.*.bak.xlsx")
    assert kept.name in warning
    assert kept.read_bytes() == before


def test_a_workbook_that_somebody_has_open_is_read_and_it_is_said(book: Path) -> None:
    (book.parent / f".~lock.{book.name}#").write_text(",ann,host,now,file:///x;", "utf-8")
    for command in ("map", "check"):
        answer = run(command, "--json", book)
        assert answer.returncode in (0, 1), answer.stderr
        assert "this is what was saved last" in json.loads(answer.stdout)["notes"][0]


def test_new_with_no_name_or_too_long_a_one_is_refused(tmp_path: Path) -> None:
    for name in ("", ".", "q" * 300):
        answer = run("new", name, cwd=tmp_path)
        assert answer.returncode == 2, (name, answer.stdout)
        assert len(answer.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_answer_that_cannot_be_printed_is_no_success(book: Path) -> None:
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "xlportfolio", "check", str(book)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 2
    assert "could not be printed" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_second_map_with_nothing_new_writes_nothing(example: Path) -> None:
    assert run("map", "--write", example).returncode in (0, 1)
    once = example.read_bytes()
    assert run("map", "--write", example).returncode in (0, 1)
    assert example.read_bytes() == once
    assert len(list(example.parent.glob("*.bak.xlsx"))) == 1


def test_handback_of_a_workbook_that_libreoffice_saved_since(
    example: Path, soffice: Calc, tmp_path: Path
) -> None:
    assert run("map", "--write", example).returncode in (0, 1)
    saved = tmp_path / "saved.xlsx"
    shutil.copy(soffice.convert(example, "xlsx"), saved)
    answer = run("handback", "--json", saved)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["sheets"] == ["PF Setup"]


def test_a_new_mapping_file_is_for_one_workbook(book: Path) -> None:
    other = shutil.copy(book, book.parent / "other.xlsx")
    answer = run("map", book, other, "--mapping", book.parent / "new.toml")
    assert answer.returncode == 2
    assert "one workbook at a time" in answer.stderr
    assert not (book.parent / "new.toml").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("values-copy",), "The copy to make, instead of one beside BOOK"),
        (("addin", "doctor"), "Write the repaired BOOK here and leave BOOK as it is."),
        (("run",), "Write here and leave BOOK as it is; a folder where several books are given."),
    ],
)
def test_help_says_what_o_writes_there(command: tuple[str, ...], said: str) -> None:
    answer = run(*command, "--help")
    assert said in " ".join(answer.stdout.split())
