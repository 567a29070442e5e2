"""The buttons in Excel for Mac, without a Mac: the VBA, the line of the shell, and the press.

The script of xlwings that Excel for Mac would run is taken from xlwings as installed; what it makes
of the text is put together here as it says, and run by the shell of this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import xlportfolio_udfs
from tests.hosts.basic_library import run_basic
from tests.hosts.portfolio_books import portfolio_book
from tests.hosts.ribbon_doubles import DOUBLES, as_basic, compiled
from tests.hosts.stand_in import StandIn
from tests.machine import CHECKOUT, Calc
from xlportfolio.addin.build import addin_modules, build_addin
from xlportfolio.addin.buttons import Button
from xlportfolio.addin.interpreter import checked_interpreter, interpreter_of_this_environment
from xlportfolio.addin.mac_start import is_known, script_name
from xlportfolio.addin.python_server import server_modules
from xlportfolio.addin.ribbon_callbacks import ribbon_module
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError, PortfolioError
from xlportfolio.excel import press_on_mac
from xlportfolio.macros import BUTTONS, press
from xlportfolio.workbook.saving.store import UndoStore

if sys.platform == "win32":
    pytest.skip("Windows has no such shell, nor its locks", allow_module_level=True)

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)
PYTHON = "/Users/jo smith/portfolio-3.11/bin/python3"
SCRIPT = script_name(version("xlwings"))
HOSTILE_NAME = "Plan'; touch broken; '.xlsx"
SEVERAL = (
    Button("score", "Score", "Portfolio", "SortDialog", "Scores the projects.", "S"),
    Button("new", "New", "Begin", "FileNew", "Makes one.", "N", needs="nothing"),
    Button("level", "Level", "Portfolio", "CalendarInsert", "Levels it.", "L"),
    Button("odd_1", "Odd", "Portfolio", "Help", "Odd.", "O", needs="results"),
)


# -- the VBA ---------------------------------------------------------------------------------------

MAC = """\
Option Explicit

Public toldOfScript As String
Public answerOfScript As String
Public isScriptRefused As Boolean

Public Function AppleScriptTask(file As String, procedure As String, given As String) As String
    toldOfScript = file & " " & procedure & " " & given
    If isScriptRefused Then Err.Raise 5, , "Invalid procedure call or argument"
    AppleScriptTask = answerOfScript
End Function

"""

SCENES = f"""\
Private Function Told(name As String) As String
    toldOfScript = ""
    PortfolioButton ControlOf(name)
    Told = toldOfScript & shownSentence & " / " & excelDouble.StatusBar
    If isPythonWorking Then Told = Told & " still working"
End Function

Public Sub Main()
    Open "%ANSWERS%" For Output As #1
    Fresh Nothing
    Print #1, "no workbook = " & EnabledOnes()
    Fresh BookDouble(False)
    Print #1, "a workbook = " & EnabledOnes()
    excelDouble.Front.Name = "{HOSTILE_NAME}"
    Print #1, "press = " & Told("score")
    Fresh Nothing
    Print #1, "press of what needs none = " & Told("new")
    Fresh Nothing
    Print #1, "press of what needs one = " & Told("score")
    Fresh BookDouble(False)
    Print #1, "no button of ours = " & Told("x'); import os; os.system('ls")
    answerOfScript = "1"
    Fresh BookDouble(False)
    Print #1, "script that fails = " & Told("score")
    isScriptRefused = True
    Fresh BookDouble(False)
    Print #1, "no script = " & Told("score")
    isScriptRefused = False
    answerOfScript = ""
    Fresh BookDouble(False)
    Print #1, "press after that = " & Told("score")
    Print #1, "without an interpreter = " & Failing(1)
    Print #1, "of Windows = " & Failing(2)
    Close #1
End Sub

Private Function Failing(number As Long) As String
    On Error GoTo failed
    toldOfScript = ""
    If number = 1 Then StartPythonOnMac1 "score"
    If number = 2 Then StartPythonOnMac2 "score"
    Failing = "started"
    Exit Function
failed:
    Failing = toldOfScript & Err.Description
End Function
"""


def starting(interpreter: str, number: str = "") -> str:
    """What starts Python on a Mac, as it is generated, under names of their own."""
    source = server_modules(interpreter)[1].source
    source = source[source.index("#If Mac Then") :]
    source = source[: source.index("' The command that starts the server")]
    procedures = compiled(source, is_mac=True)
    names = r"\b(Interpreter|StartPythonOnMac|TextForMac)\b"
    return re.sub(names, rf"\g<1>{number}", procedures)


@pytest.fixture(scope="module")
def told(soffice: Calc, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the VBA of the Mac does over doubles of Excel and of its script, run by LibreOffice."""
    folder = tmp_path_factory.mktemp("mac")
    starters = [starting(PYTHON), starting("", "1"), starting(r"C:\Python\python.exe", "2")]
    modules = {
        **DOUBLES,
        "MacDouble": MAC + "\n".join(starters),
        "Scenes": as_basic(ribbon_module(SEVERAL).source, SCENES, is_mac=True),
    }
    lines = run_basic(soffice.program, folder, modules, "Scenes.Main")
    return dict(line.split(" = ", 1) for line in lines)


def text_of(button: str) -> str:
    """What the script is handed: places of modules, interpreter, command, and three constants."""
    return (
        f"|'{PYTHON}' -E -P|import xlportfolio.excel; xlportfolio.excel.press_on_mac('{button}')"
        "|xlportfolio.xlam||/dev/null"
    )


def started(button: str, label: str) -> str:
    return (
        f"{SCRIPT} VbaHandler {text_of(button)} / Portfolio: Python was started "
        f"for {label}. If nothing follows, build the add-in again: xlportfolio addin build"
    )


def test_buttons_follow_the_workbook_in_front_and_not_its_sheets(told: dict[str, str]) -> None:
    assert told["no workbook"].split() == ["new"]
    assert told["a workbook"].split() == ["score", "new", "level", "odd_1"]


def test_press_hands_the_script_what_was_built_in_and_nothing_of_a_workbook(
    told: dict[str, str],
) -> None:
    assert told["press"] == started("score", "Score")
    assert told["press of what needs none"] == started("new", "New")
    assert told["press after that"] == started("score", "Score")


@pytest.mark.parametrize(
    ("scene", "sentence"),
    [
        ("press of what needs one", "| Score needs a workbook in front: bring one there, and "),
        (
            "no script",
            "| Score was not done: Excel for Mac may not start Python yet. Type once in Terminal, "
            "where xlportfolio is installed: xlwings runpython install.",
        ),
        (
            "script that fails",
            f"| Score was not done: The script {SCRIPT} could not start {PYTHON}. ",
        ),
        *(
            (
                scene,
                "This add-in names no Python of a Mac. Build it again on this Mac with: "
                "xlportfolio addin build",
            )
            for scene in ("without an interpreter", "of Windows")
        ),
    ],
)
def test_press_that_cannot_start_python_says_one_sentence(
    scene: str, sentence: str, told: dict[str, str]
) -> None:
    assert sentence in told[scene]
    assert "Python was started" not in told[scene]


def test_name_that_is_no_button_of_ours_reaches_no_shell(told: dict[str, str]) -> None:
    assert told["no button of ours"] == " / "


def test_addin_for_windows_holds_nothing_that_starts_a_shell() -> None:
    def text(interpreter: str, *, is_mac: bool) -> str:
        modules = addin_modules(REGISTRY, interpreter, BUTTONS)
        return "".join(compiled(module.source, is_mac=is_mac) for module in modules)

    for interpreter in ("", r"C:\Python\python.exe"):
        assert "AppleScript" not in text(interpreter, is_mac=True)
        assert "OnMac" not in text(interpreter, is_mac=False)
    assert text(PYTHON, is_mac=True).count("AppleScriptTask(") == 1
    assert 'XLPy.Module("xlportfolio.excel"), "press"' in text(PYTHON, is_mac=False)
    assert 'XLPy.Module("xlportfolio.excel"), "press"' not in text(PYTHON, is_mac=True)


def test_cell_on_a_mac_says_where_it_is_computed_before_anything_of_windows_is_asked() -> None:
    source = compiled(server_modules(PYTHON)[1].source, is_mac=True)
    loading = source[source.index("Public Sub XLPyLoadDLL") :].splitlines()
    statements = [line.strip() for line in loading[1:] if not line.strip().startswith("Dim ")]
    assert statements[:2] == [
        'Err.Raise 1001, , "Cell functions are computed in Excel for Windows. " & _',
        '"In Excel for Mac there are the buttons alone."',
    ]


# -- the interpreter -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/opt/it's/python", """may take "'" for something else"""),
        ("/opt/a|b/python", 'may take "|" for something else'),
        ('/opt/a"b/python', """may take \""\" for something else"""),
        ("/opt/$(touch x)/python", 'may take "$" for something else'),
        ("/opt/a;b/python", 'may take ";" for something else'),
        ("/opt/a&b/python", 'may take "&" for something else'),
        ("/opt/`x`/python", 'may take "`" for something else'),
        ("/opt/a\\b/python", 'may take "\\" for something else'),
        ("/opt/~/*/python", 'may take "~" for something else'),
        ("/opt/Söhne/python", 'may take "ö" for something else'),
        ("/opt/a\u2019b/python", 'may take "\u2019" for something else'),
        ("/opt/a\nb/python", "a character that does not show"),
        ("/opt/bin/", "it is a folder"),
        ("/", "it is a folder"),
        ("/opt/bin/..", "it is a folder"),
        ("/" + "a" * 1023, "it has 1024 characters, and macOS takes 1023"),
    ],
)
def test_interpreter_that_a_shell_would_take_for_something_else_is_refused(
    path: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        build_addin(REGISTRY, tmp_path / "xlportfolio.xlam", interpreter=path)
    assert problem in str(refused.value)
    assert str(refused.value).endswith(
        r"such as C:\Python\python.exe on Windows or /opt/xlportfolio/bin/python on macOS."
    )
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_addin_for_a_mac_names_its_python_and_says_what_else_is_needed(tmp_path: Path) -> None:
    built = build_addin(REGISTRY, tmp_path / "x.xlam", buttons=BUTTONS, interpreter=PYTHON)
    assert built.interpreter == PYTHON
    assert str(built).endswith(
        f"In Excel for Mac the buttons run {PYTHON}, once you typed xlwings runpython install; "
        "cell functions are computed in Excel for Windows."
    )


def test_build_on_a_mac_takes_the_python_that_runs_if_it_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert interpreter_of_this_environment() == sys.executable
    there = tmp_path / "python"
    there.touch()
    assert checked_interpreter(str(there)) == str(there)
    assert checked_interpreter(r"C:\Python\python.exe") == r"C:\Python\python.exe"
    with pytest.raises(InputError, match="is not there; name that of the environment"):
        checked_interpreter(str(tmp_path / "nowhere"))


# -- the script and the shell ----------------------------------------------------------------------


def installed_script() -> Path:
    return Path(str(files("xlwings"))) / SCRIPT


def shell_line(text: str) -> str:
    """The line for the shell that the installed script makes of the text."""
    script = installed_script().read_text(encoding="utf-8")
    names = re.findall(r"set \{(.*)\} to SplitString\(ParameterString, \"\|\"\)", script)[0]
    parts = dict(zip(names.split(", "), text.split("|"), strict=True))
    made = re.findall(r"(?s)set ShellCommand to (.*?)\n\s*try\b", script)[0]
    line, is_operand = "", True
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|\w+|&|\S', made.replace("¬", "")):
        assert (piece == "&") != is_operand, piece
        if is_operand:
            is_text = piece.startswith('"')
            line += re.sub(r"\\(.)", r"\1", piece[1:-1]) if is_text else parts[piece]
        is_operand = not is_operand
    return line


def test_shell_gives_python_the_words_that_were_built_in(tmp_path: Path) -> None:
    """A double of Python, where the add-in looks for it, writes down what it is given."""
    python = tmp_path / "jo smith" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{tmp_path}/given'\n")
    python.chmod(0o700)
    line = shell_line(text_of("score").replace(PYTHON, str(python)))
    assert line.rstrip().endswith("&")  # the press in Excel does not wait
    subprocess.run(["/bin/sh", "-c", f"{line}\nwait"], check=True, cwd=tmp_path, timeout=60)
    assert (tmp_path / "given").read_text().splitlines() == [
        *("-E", "-P", "-B", "-u", "-W", "ignore", "-c"),
        "import xlwings.utils;xlwings.utils.prepare_sys_path('');import xlportfolio.excel; "
        "xlportfolio.excel.press_on_mac('score') ",
        *("--wb=xlportfolio.xlam", "--from_xl=1", "--app="),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "jo smith"]


def test_python_that_is_started_takes_no_module_from_the_folder_it_is_in(tmp_path: Path) -> None:
    """Neither `prepare_sys_path` nor -c puts that of a workbook among the places of modules."""
    folder = tmp_path / "mailed"
    folder.mkdir()
    for name in ("xlwings", "os", "appscript", "xlportfolio", "numpy", "sitecustomize"):
        (folder / f"{name}.py").write_text("raise SystemExit('run by a workbook')\n")
    (folder / "xlportfolio.xlam").touch()
    text = text_of("score").replace(PYTHON, sys.executable)
    pressing = "xlportfolio.excel.press_on_mac('score')"
    assert pressing in text
    text = text.replace(pressing, "import sys, xlwings; print(sys.path, xlwings.__file__)")
    line = shell_line(text).replace("> /dev/null", f"> '{tmp_path}/shown'")
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(
        ["/bin/sh", "-c", f"{line}\nwait"], check=True, cwd=folder, env=environment, timeout=120
    )
    shown = (tmp_path / "shown").read_text()
    assert str(Path("xlwings") / "__init__.py") in shown
    assert str(folder) not in shown and "''" not in shown


def test_script_of_xlwings_that_works_in_another_way_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = installed_script().read_text(encoding="utf-8")
    assert is_known(script)
    for before, after in (
        ("WorkbookName, ApplicationFullName,", "ApplicationFullName, WorkbookName,"),
        ('"|")', '";")'),
        ("ShellCommand to PythonInterpreter", 'ShellCommand to "exec " & PythonInterpreter'),
        ("-W ignore -c", "-W ignore -i -c"),
    ):
        assert before in script
        assert not is_known(script.replace(before, after))
    monkeypatch.setattr("xlportfolio.addin.python_server.is_known", lambda _: False)
    with pytest.raises(PortfolioError, match=r"\.applescript works in another way\. Install a"):
        build_addin(REGISTRY, tmp_path / "x.xlam", interpreter=PYTHON)
    assert list(tmp_path.iterdir()) == []
    build_addin(REGISTRY, tmp_path / "x.xlam", interpreter=r"C:\python.exe")  # it needs no script


# -- the press, in Python --------------------------------------------------------------------------


@pytest.fixture
def excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    excel = StandIn()
    # Of the public API alone, copying all cells of a sheet is too much for the stand-in.
    monkeypatch.setattr(
        "xlportfolio.workbook.live.platforms.details_of", lambda book: excel.details
    )
    excel.app.status_bar = "Portfolio: Python was started"
    yield excel


def test_press_runs_the_macro_on_the_workbook_in_front_whatever_the_command_line_names(
    excel: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pressed", "behind", "expected"):
        (tmp_path / name).mkdir()
    behind = excel.open(portfolio_book(tmp_path / "behind" / "xlportfolio.xlsx"))
    book = excel.open(portfolio_book(tmp_path / "pressed" / "Plan.xlsx"))
    book.activate()
    before = excel.state(behind)
    monkeypatch.setattr(sys, "argv", ["-c", "--wb=xlportfolio.xlsx", "--from_xl=1", "--app="])
    press_on_mac("score")
    assert excel.alerts.asked == []
    assert "PF Results" in [sheet.name for sheet in book.sheets]
    assert excel.state(behind) == before
    assert not excel.app.status_bar
    pressed = results(book)
    assert len(pressed) > 3

    other = StandIn()
    expected = other.open(portfolio_book(tmp_path / "expected" / "Plan.xlsx"))
    store = UndoStore(tmp_path / "store")
    press("score", expected, details=other.details, store=store)
    assert pressed == results(expected)


def results(book: Any) -> list[list[object]]:
    values: list[list[object]] = book.sheets["PF Results"].used_range.value
    return values


def test_press_without_a_workbook_is_told_in_a_sentence(excel: StandIn) -> None:
    press_on_mac("score")
    assert [one.prompt for one in excel.alerts.asked] == [
        "No workbook is open; open yours, or press New workbook or Load example."
    ]
    assert not excel.app.status_bar


def test_press_while_another_is_at_work_does_nothing(excel: StandIn, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "home").mkdir()
    at_work = os.open(tmp_path / "home", os.O_RDONLY)
    fcntl.flock(at_work, fcntl.LOCK_EX)
    excel.calls.names.clear()
    press_on_mac("score")
    assert excel.calls.names == [] and excel.alerts.asked == []
    os.close(at_work)
    press_on_mac("score")
    assert len(excel.alerts.asked) == 1
    assert list((tmp_path / "home").iterdir()) == []


def test_press_whose_store_cannot_be_there_is_told_all_the_same(
    excel: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("a file")
    press_on_mac("score")
    assert len(excel.alerts.asked) == 1


ENDING = """\
import atexit, sys, types
import xlwings
from tests.hosts.stand_in import StandIn

excel = StandIn()
xlwings._xlmac = types.SimpleNamespace(cleanup=lambda: print("ran CleanUp of a workbook"))
atexit.register(xlwings._xlmac.cleanup)
import xlportfolio.excel
if len(sys.argv) > 1:
    xlportfolio.excel.press_on_mac(sys.argv[1])
    print(len(excel.alerts.asked))
"""


@pytest.mark.parametrize(
    ("arguments", "shown"), [((), "ran CleanUp of a workbook\n"), (("score",), "1\n")]
)
def test_xlwings_runs_no_macro_of_a_workbook_when_python_ends(
    arguments: tuple[str, ...], shown: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "XLPORTFOLIO_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, shown), done.stderr
