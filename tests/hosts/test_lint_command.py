"""`xlportfolio lint`: every finding with rule, part and cell; and the table of its rules."""

from __future__ import annotations

import ast
import json
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

import tests.hosts.test_lint
import xlportfolio.workbook.lint
from tests.hosts.test_lint import make_with_xlsxwriter
from xlportfolio.cli import app
from xlportfolio.workbook.lint.rules import RULES

SHEET = "xl/worksheets/sheet1.xml"


def lint(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    result = CliRunner().invoke(app, ["lint", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def changed(path: Path, target: Path, part: str, old: str, new: str) -> Path:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            if name == part:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode(), 1)
            archive.writestr(name, text)
    return target


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lint") / "sound.xlsx"
    make_with_xlsxwriter(path)
    return path


@pytest.fixture
def flawed(sound: Path, tmp_path: Path) -> Path:
    return changed(sound, tmp_path / "flawed.xlsx", SHEET, 'dxfId="0"', 'dxfId="7"')


def test_a_sound_workbook_is_said_to_be_sound(sound: Path) -> None:
    assert lint(sound) == (0, f'"{sound}" is sound.\n', "")
    code, printed, _ = lint(sound, "--json")
    answer = json.loads(printed)
    answer.pop("seconds")
    assert (code, answer) == (0, {"workbook": str(sound), "status": "sound", "findings": []})


def test_a_finding_names_rule_sheet_cell_and_part_on_one_line(sound: Path, tmp_path: Path) -> None:
    path = changed(sound, tmp_path / "book.xlsx", SHEET, "<f>SUM(", "<f>=SUM(")
    code, printed, _ = lint(path)
    assert code == 1
    assert printed.splitlines() == [
        'formula-equals: the stored formula starts with "=" [Plan!H1, xl/worksheets/sheet1.xml]',
        f'"{path}": 1 finding.',
    ]
    code, printed, _ = lint(path, "--json")
    answer = json.loads(printed)
    assert (code, answer["status"]) == (1, "findings")
    assert answer["findings"] == [
        {
            "rule": "formula-equals",
            "part": SHEET,
            "sheet": "Plan",
            "cell": "H1",
            "message": 'the stored formula starts with "="',
        }
    ]


@pytest.mark.parametrize("command", ["check", "map", "lint"])
def test_the_name_of_a_sheet_says_nothing_to_the_terminal(command: str, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = "Plan \u202e\u009b31m"
    for row in (["Project ID", "Name", "Value", "Cost"], ["P1", "Depot", 1, "tbc"]):
        made.active.append(row)
    made.save(tmp_path / "made.xlsx")
    path = changed(tmp_path / "made.xlsx", tmp_path / "book.xlsx", SHEET, '"A1:D2"', '"A1"')
    printed = CliRunner().invoke(app, [command, str(path)]).output
    assert "Plan 31m" in printed
    assert all(line.isprintable() for line in printed.split("\n"))


def test_findings_without_a_cell_or_outside_a_sheet_name_what_there_is(
    flawed: Path, sound: Path, tmp_path: Path
) -> None:
    assert "differential style 7 of 1, counted from 0 [Plan, xl/worksheets/" in lint(flawed)[1]
    path = changed(
        sound, tmp_path / "book.xlsx", "xl/workbook.xml", 'name="Plan"', 'name="A&#10;B?"'
    )
    (finding, last) = lint(path)[1].splitlines()
    assert finding.startswith('sheet-name: "A B?" is no sheet name')
    assert finding.endswith("[xl/workbook.xml]")
    assert last.endswith(": 1 finding.")


def test_several_books_are_a_list_and_the_worst_of_them_is_the_exit_code(
    flawed: Path, sound: Path, tmp_path: Path
) -> None:
    code, printed, _ = lint(sound, flawed, "--json")
    assert (code, [one["status"] for one in json.loads(printed)]) == (1, ["sound", "findings"])
    absent = tmp_path / "absent.xlsx"
    code, printed, said = lint(sound, absent, flawed, "--json")
    assert (code, [one["status"] for one in json.loads(printed)]) == (
        2,
        ["sound", "failed", "findings"],
    )
    assert f'There is no file "{absent}"' in said


def test_what_is_no_workbook_or_cannot_be_read_safely_is_refused(
    sound: Path, tmp_path: Path
) -> None:
    text = tmp_path / "book.xlsx"
    text.write_text("ID,Cost\n")
    code, printed, said = lint(text)
    assert (code, printed) == (2, "")
    assert "is plain text, perhaps CSV" in said
    hostile = changed(
        sound, tmp_path / "dtd.xlsx", "docProps/app.xml", "<Properties", "<!DOCTYPE x><Properties"
    )
    code, printed, said = lint(hostile)
    assert (code, printed) == (2, "")
    assert "part docProps/app.xml, declares a document type (DTD)" in said


def test_a_workbook_that_cannot_be_opened_for_writing_is_linted_all_the_same(
    sound: Path, tmp_path: Path
) -> None:
    path = changed(sound, tmp_path / "book.xlsx", "xl/workbook.xml", "</sheets>", "")
    code, printed, _ = lint(path)
    assert code == 1
    assert "well-formed: its XML is damaged" in printed


def test_nothing_is_written(flawed: Path) -> None:
    before, moment = flawed.read_bytes(), flawed.stat().st_mtime_ns
    lint(flawed)
    assert (flawed.read_bytes(), flawed.stat().st_mtime_ns) == (before, moment)
    assert [path.name for path in flawed.parent.iterdir()] == [flawed.name]


def test_the_rules_are_listed_with_what_they_mean() -> None:
    code, printed, _ = lint("--rules")
    lines = printed.splitlines()
    assert (code, len(lines)) == (0, len(RULES))
    assert lines[0].split(maxsplit=1) == ["zip", RULES["zip"]]
    assert json.loads(lint("--rules", "--json")[1]) == RULES


def test_rules_and_workbooks_together_or_neither_are_refused(sound: Path) -> None:
    assert lint("--rules", sound)[0] == 2
    code, _, said = lint()
    assert code == 2
    assert "no workbook was named; expected one or more, or --rules" in said


# -- the table of rules --------------------------------------------------------------------------


def rules_in_the_code() -> set[str]:
    """Every constant of the lint that is written like a rule and handed to a report."""
    found = set()
    folder = Path(xlportfolio.workbook.lint.__file__).parent
    for source in folder.glob("*.py"):
        if source.name == "rules.py":
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                if name in ("report", "_report", "LintFinding", "_range"):
                    found |= {
                        text
                        for text in given[:1]
                        if isinstance(text, str) and re.fullmatch("[a-z]+(-[a-z]+)*", text)
                    }
    return found


def test_every_rule_that_is_reported_is_in_the_table_and_the_other_way_round() -> None:
    assert rules_in_the_code() == set(RULES)


def test_each_rule_of_the_table_is_provoked_by_a_test() -> None:
    """The tests of the lint assert each by its name."""
    texts = [Path(module).read_text(encoding="utf-8") for module in (
        tests.hosts.test_lint.__file__, __file__,
    )]  # fmt: skip
    provoked = {name for name in RULES if any(f'"{name}"' in text for text in texts)}
    assert provoked == set(RULES)


def test_each_meaning_is_whole_sentences() -> None:
    for name, meaning in RULES.items():
        assert re.fullmatch(r"[A-Z].*\.", meaning), name
        assert len(meaning) < 200, name


def test_a_workbook_without_sheets_and_a_package_without_workbook(
    sound: Path, tmp_path: Path
) -> None:
    path = tmp_path / "book.xlsx"
    shutil.copy(sound, path)
    path = changed(sound, path, "xl/workbook.xml", "<sheets>", "<sheets/><unknown>")
    path = changed(path, tmp_path / "b.xlsx", "xl/workbook.xml", "</sheets>", "</unknown>")
    assert '"sheet-missing"' in lint(path, "--json")[1]
    path = changed(
        sound, path, "_rels/.rels", "officeDocument/2006/relationships/officeDocument", "x"
    )
    assert lint(path)[0] == 2
    assert [one.rule for one in xlportfolio.workbook.lint.lint(path)] == ["workbook"]
