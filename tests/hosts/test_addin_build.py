"""The add-in for Excel as a file: read back by others, and what could lead it astray."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import olefile
import pytest
from oletools.olevba import VBA_Parser
from openpyxl import Workbook

import xlportfolio_udfs
from tests.hosts.basic_library import run_basic
from tests.machine import Calc, Validator
from xlportfolio.addin.build import BuiltAddin, addin_modules, build_addin
from xlportfolio.addin.interpreter import checked_interpreter
from xlportfolio.addin.python_server import taken_of_xlwings
from xlportfolio.addin.vba_project import Module, stored_source
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError, PortfolioError
from xlportfolio.macros import BUTTONS
from xlportfolio.workbook.lint import lint

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)
PYTHON = r"C:\Program Files\Python\python.exe"
MODULES = (
    *("ThisWorkbook", "Sheet1", "PortfolioFunctions", "PortfolioCalls", "PortfolioPython"),
    *("PortfolioRibbon", "xlwings", "PortfolioServer"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltAddin:
    folder = tmp_path_factory.mktemp("addin")
    return build_addin(REGISTRY, folder / "xlportfolio.xlam", buttons=BUTTONS, interpreter=PYTHON)


def modules(interpreter: str = PYTHON) -> tuple[Module, ...]:
    return addin_modules(REGISTRY, interpreter, BUTTONS)


def code_of(source: str) -> str:
    """VBA without comments; none of ours stands behind code."""
    return re.sub(r"(?m)^\s*'.*$", "", source)


# -- the file --------------------------------------------------------------------------------------


def test_two_builds_have_the_same_bytes_and_another_interpreter_has_others(
    built: BuiltAddin, tmp_path: Path
) -> None:
    again = build_addin(REGISTRY, tmp_path, buttons=BUTTONS, interpreter=PYTHON)
    assert again.file == tmp_path / "xlportfolio.xlam"
    assert again.file.read_bytes() == built.file.read_bytes()
    assert again.size == built.file.stat().st_size
    other = build_addin(
        REGISTRY, tmp_path / "other.xlam", buttons=BUTTONS, interpreter=r"D:\python.exe"
    )
    assert other.file.read_bytes() != built.file.read_bytes()
    fewer = build_addin(REGISTRY, tmp_path / "fewer.xlam", buttons=BUTTONS[1:], interpreter=PYTHON)
    assert fewer.file.read_bytes() != built.file.read_bytes()


def test_every_module_is_read_back_identically(built: BuiltAddin) -> None:
    assert tuple(module.name for module in modules()) == MODULES
    parser = VBA_Parser(str(built.file))
    try:
        found = {name.rsplit(".", 1)[0]: code for _, _, name, code in parser.extract_macros()}
        by_itself = [word for kind, word, _ in parser.analyze_macros() if kind == "AutoExec"]
    finally:
        parser.close()
    assert found == {module.name: stored_source(module) for module in modules()}
    assert by_itself == ["Workbook_Open"]


def test_package_is_sound_and_says_that_it_is_an_addin(
    built: BuiltAddin, validator: Validator
) -> None:
    with zipfile.ZipFile(built.file) as package:
        assert package.testzip() is None
        parts = {name: package.read(name) for name in package.namelist()}
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}
    assert b"vnd.ms-excel.addin.macroEnabled.main+xml" in parts["[Content_Types].xml"]
    assert b'codeName="ThisWorkbook"' in parts["xl/workbook.xml"]
    assert b'codeName="Sheet1"' in parts["xl/worksheets/sheet1.xml"]
    project = io.BytesIO(parts["xl/vbaProject.bin"])
    with olefile.OleFileIO(project, raise_defects=olefile.DEFECT_UNSURE) as compound:
        assert compound.parsing_issues == []
    assert validator(built.file) == frozenset()
    assert list(lint(built.file)) == []


LISTING = """\
Public Sub Main()
    Dim filter(0) As New com.sun.star.beans.PropertyValue
    Dim document As Object, library As Object, name As String, names As Variant, number As Long
    filter(0).Name = "FilterName"
    filter(0).Value = "Calc MS Excel 2007 VBA XML"
    document = StarDesktop.loadComponentFromURL("%ADDIN%", "_blank", 0, filter())
    library = document.BasicLibraries.getByName("xlportfolio")
    names = library.ElementNames
    Open "%ANSWERS%" For Output As #1
    For number = LBound(names) To UBound(names)
        Print #1, names(number) & " " & CountOf(library.getByName(names(number)))
    Next number
    Close #1
    document.close(True)
End Sub

Private Function CountOf(text As String) As Long
    CountOf = UBound(Split(text, " Function ")) + UBound(Split(text, " Sub "))
End Function
"""


def test_libreoffice_opens_it_and_lists_the_modules(
    built: BuiltAddin, soffice: Calc, tmp_path: Path
) -> None:
    listing = LISTING.replace("%ADDIN%", built.file.as_uri())
    lines = run_basic(soffice.program, tmp_path, {"Listing": listing}, "Listing.Main")
    counts = dict(line.split(" ") for line in lines)
    assert sorted(counts) == sorted(MODULES)
    for module in modules():
        # attributes do not count, and LibreOffice shows none
        text = module.source
        assert int(counts[module.name]) == text.count(" Function ") + text.count(" Sub ")


# -- what it reads ---------------------------------------------------------------------------------


@pytest.mark.parametrize("interpreter", ["", PYTHON, "/opt/xlportfolio/bin/python"])
def test_no_module_reads_a_setting_or_a_place_from_a_workbook(interpreter: str) -> None:
    for module in modules(interpreter):
        code = code_of(module.source).lower()
        if module.name == "PortfolioRibbon":
            # The one place that looks at the workbook in front, to hand it over to a macro.
            assert code.count("application.activeworkbook") == 3
            code = code.replace("application.activeworkbook", "")
        for word in (
            *("getconfig", "sheetexists", "getdirectorypath", "getfullname", ".conf", "sheets("),
            *("activeworkbook", "thisworkbook", "activesheet", ".path", "fullname", "curdir"),
            *("environ", "getsetting", "createobject", "getobject", "shell", "open ", " dir("),
        ):
            assert word not in code, (module.name, word)


def test_no_formula_can_call_a_library() -> None:
    """Excel lets a formula of any workbook call what is declared and not private."""
    declared = [
        line
        for module in modules()
        for line in code_of(module.source).splitlines()
        if re.search(r"\bDeclare\b", line)
    ]
    assert len(declared) == 4
    assert all(line.lstrip().startswith("Private Declare ") for line in declared)


def test_formulas_are_offered_the_cell_functions_and_not_what_starts_python() -> None:
    """Excel offers formulas the public functions of every module that is not private."""
    offered = {
        name
        for module in modules()
        if module.kind == "module" and "Option Private Module" not in module.source
        for name in re.findall(r"(?m)^(?:Public )?Function (\w+)", code_of(module.source))
    }
    assert offered - {function.name for function in REGISTRY} == {"PF_WHY_ERROR", "CellAnswer"}


def test_nothing_of_python_is_started_when_it_opens() -> None:
    opened = code_of(modules()[0].source)
    called = set(re.findall(r"\b[A-Z]\w+", opened))
    assert called - {
        "Option",
        "Explicit",
        "Private",
        "Sub",
        "End",
        "Set",
        "If",
        "Then",
        "Exit",
    } == {
        *("WithEvents", "As", "Application", "ActiveWindow", "Is", "Nothing", "ByVal", "Wb"),
        *("Workbook", "Workbook_Open", "DescribeOnce", "RegisterPortfolioFunctions"),
        *("Boolean", "True", "RefreshPortfolioRibbon"),
    }
    # a cell that is computed starts it, or a button that is pressed, each from one place
    for module in modules()[:-2]:
        procedures = re.split(r"(?m)^End (?:Sub|Function)$", code_of(module.source))
        starting = [text for text in procedures if "XLPy" in text]
        names = [re.findall(r"(?:Sub|Function) (\w+)", text)[0] for text in starting]
        assert names == {
            "PortfolioPython": ["CallPython"],
            "PortfolioRibbon": ["SentenceOfPress"],
        }.get(module.name, []), module.name


def test_ribbon_follows_the_workbook_in_front_and_help_is_given_once() -> None:
    opened = code_of(modules()[0].source)
    handlers = dict(re.findall(r"(?ms)^Private Sub (\w+)\(.*?\)$(.*?)^End Sub$", opened))
    for event in ("excelItself_WorkbookActivate", "excelItself_WorkbookDeactivate"):
        assert handlers[event].split()[-1] == "RefreshPortfolioRibbon"
    assert "Set excelItself = Nothing" not in opened  # no event would arrive any more
    lines = [line.strip() for line in handlers["DescribeOnce"].strip().splitlines()]
    assert lines == [
        "If isDescribed Then Exit Sub",
        "If Application.ActiveWindow Is Nothing Then Exit Sub",
        "isDescribed = True",
        "RegisterPortfolioFunctions",
    ]


COMMAND = """\
Option Explicit

Public Sub Main()
    Dim document As Object
    document = StarDesktop.loadComponentFromURL("%BOOK%", "_blank", 0, Array())
    Open "%ANSWERS%" For Output As #1
    Print #1, document.Sheets.ElementNames(0)
%CALLS%
    Close #1
    document.close(True)
End Sub

"""

UNUSUAL = (
    PYTHON,
    r"C:\O'Brien & Söhne (2)\50%PATH%^!\python.exe",
    r"\\server.example.org\share\Python\python.exe",
    "C:\\" + "a b é" * 20 + r"\python.exe",
)


def server_function(interpreter: str, number: int) -> str:
    """The function that makes the command, and what it calls, under names of their own."""
    source = addin_modules(REGISTRY, checked_interpreter(interpreter))[-1].source
    functions = source[source.index("Private Function Interpreter") :]
    functions = functions[: functions.index("' Loads the library")]
    return re.sub(r"\b(Interpreter|XLPyCommand)\b", rf"\g<1>{number}", functions)


def test_command_names_the_interpreter_that_was_built_in_whatever_a_workbook_says(
    soffice: Calc, tmp_path: Path
) -> None:
    book = Workbook()
    for name in ("xlwings.conf", "xlportfolio.conf"):
        sheet = book.create_sheet(name, 0)
        sheet.append(["INTERPRETER_WIN", r"C:\evil\python.exe"])
        sheet.append(["PYTHONPATH", r"C:\evil"])
        (tmp_path / name).write_text('"INTERPRETER_WIN","C:\\evil\\python.exe"\n')
    book.save(tmp_path / "hostile.xlsx")
    calls = "\n".join(f"    Print #1, XLPyCommand{number}()" for number in range(len(UNUSUAL)))
    source = COMMAND.replace("%CALLS%", calls)
    source = source.replace("%BOOK%", (tmp_path / "hostile.xlsx").as_uri())
    source += "\n".join(server_function(path, number) for number, path in enumerate(UNUSUAL))
    lines = run_basic(soffice.program, tmp_path, {"Command": source}, "Command.Main")
    assert lines[0] == "xlportfolio.conf"
    assert lines[1:] == [
        f'"{path}" -E -P -B -c "import os, sys; os.chdir(sys.prefix); import xlwings; '
        "xlwings.serve('$(CLSID)')\""
        for path in UNUSUAL
    ]


LOADING = """\
Option Explicit

Private tried As String

Private Function Loaded(file As String) As Long
    tried = tried & file & "|"
    If Left(file, 3) = "D:\\" Then Loaded = 1
End Function

Private Function Told(number As Long) As String
    On Error GoTo failed
    tried = ""
    Select Case number
%CASES%
    End Select
    Told = tried
    Exit Function
failed:
    Told = tried & Err.Description
End Function

Public Sub Main()
    Dim number As Long
    Open "%ANSWERS%" For Output As #1
    For number = 0 To 4
        Print #1, Told(number)
    Next number
    Close #1
End Sub

"""


def loading(interpreter: str, number: int) -> str:
    """The Sub that loads the library, with a double of Windows, and what it calls."""
    source = addin_modules(REGISTRY, interpreter)[-1].source
    source = re.sub(r"(?ms)^ *#If Mac Then$.*?#End If$", "", source)
    source = source[source.index("Private Function Interpreter") :]
    source = re.sub(r"LoadLibraryW\(StrPtr\((.*?)\)\)", r"Loaded(\1)", source)
    source = source.replace("SERVER_LIBRARY", '"xlwings.dll"')
    return re.sub(r"\b(Interpreter|XLPyCommand|XLPyLoadDLL)\b", rf"\g<1>{number}", source)


def test_library_is_loaded_by_full_path_beside_the_interpreter_or_one_folder_above(
    soffice: Calc, tmp_path: Path
) -> None:
    paths = ("", r"C:\env\Scripts\python.exe", r"D:\python.exe", r"C:\python.exe")
    paths += ("/opt/xlportfolio/bin/python",)
    cases = "\n".join(f"    Case {n}: XLPyLoadDLL{n}" for n in range(len(paths)))
    source = LOADING.replace("%CASES%", cases)
    source += "\n".join(loading(path, number) for number, path in enumerate(paths))
    assert run_basic(soffice.program, tmp_path, {"Loading": source}, "Loading.Main") == [
        "This add-in was built without an interpreter. "
        "Install it again on Windows with: xlportfolio addin install",
        r"C:\env\Scripts\xlwings.dll|C:\env\xlwings.dll|"
        r"xlwings.dll is neither in C:\env\Scripts\ nor in C:\env\. "
        "Install the add-in again with: xlportfolio addin install",
        r"D:\xlwings.dll|",
        # never by its name alone, which Windows would look for in the folder that Excel is in
        r"C:\xlwings.dll|xlwings.dll is not in C:\. "
        "Install the add-in again with: xlportfolio addin install",
        "This add-in was built for Excel for Mac. "
        "Install it again on Windows with: xlportfolio addin install",
    ]


def test_python_takes_no_module_from_the_folder_that_excel_is_in(tmp_path: Path) -> None:
    for name in ("xlwings", "os", "win32api", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('run by a workbook')\n")
    source = addin_modules(REGISTRY, PYTHON)[-1].source
    program = re.search(r'"(import os.*)"$', source, re.MULTILINE)
    options = re.search(r'& " (-.*) -c " &', source)
    assert program is not None and options is not None
    shown = program.group(1).replace("import xlwings; xlwings.serve('$(CLSID)')", "{}")
    assert "{}" in shown
    told = subprocess.run(
        [
            sys.executable,
            *options.group(1).split(),
            *(
                "-c",
                shown.format(
                    "import xlwings; print(xlwings.__file__, os.getcwd(), '' in sys.path)"
                ),
            ),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    file, folder, has_any_folder = told.stdout.split()
    assert Path(file).parent.name == "xlwings" and tmp_path not in Path(file).parents
    assert folder == sys.prefix and has_any_folder == "False"


def test_longest_path_of_letters_beyond_ascii_fits_the_lines_of_the_editor(tmp_path: Path) -> None:
    path = "C:\\" + "é" * 245 + r"\python.exe"
    assert len(path) == 259
    assert build_addin(REGISTRY, tmp_path, interpreter=path).interpreter == path


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("python", "it is no full path"),
        ("pythonw.exe", "it is no full path"),
        (r"..\python.exe", "it is no full path"),
        (r"C:python.exe", "it is no full path"),
        (r"\python.exe", "it is no full path"),
        ("//server/python", "it is no full path"),
        (r"\\.\pipe\python.exe", "it is no full path"),
        (r"C:\a:b\python.exe", "it is no full path"),
        (r"\\?\C:\python.exe", "a path on Windows holds no ?"),
        (r'C:\a" & Shell("calc") & "\python.exe', 'a path on Windows holds no "'),
        ("C:\\a\r\nShell\\python.exe", "it holds a character that does not show"),
        (r"C:\$(Environment:X)\python.exe", "xlwings takes $( for the name of a setting"),
        (r"C:\Python\python", "it is no program (.exe)"),
        ("C:\\" + "a" * 250 + r"\python.exe", "it has 264 characters, and Windows takes 259"),
        (r"C:\Łódź\python.exe", 'cannot start a program whose path holds "Ł"'),
    ],
)
def test_interpreter_that_would_be_taken_for_something_else_is_refused(
    path: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        build_addin(REGISTRY, tmp_path / "xlportfolio.xlam", interpreter=path)
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


# -- what is taken of xlwings ----------------------------------------------------------------------


def shipped() -> str:
    from importlib.resources import files

    return (files("xlwings") / "xlwings.bas").read_text(encoding="cp1252")


def test_taken_of_xlwings_are_its_licence_and_what_calls_its_library() -> None:
    text = shipped()
    taken, libraries = taken_of_xlwings(text)
    lines = set(text.splitlines())
    version = re.findall(r'XLWINGS_VERSION As String = "(.*)"', text)[0]
    added = [
        line
        for line in taken.splitlines()
        if {line, line.replace("Private Declare", "Declare")}.isdisjoint(lines)
    ]
    assert added == [
        f"' Cut out of xlwings.bas of xlwings {version}:",
        "' what reads settings is left out, and what calls its library is private.",
        "Option Private Module",
    ]
    for sentence in ("Copyright (C) 2014-present, Zoomer Analytics LLC", "ADVISED OF THE POSSIBI"):
        assert sentence in taken
    assert re.findall(r"(?m)^(?:Function|Sub) (\w+)", taken) == ["XLPy", "KillPy"]
    assert sorted(libraries) == ["32", "64"]
    assert all(f'"{name}"' in text for name in libraries.values())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("Function XLPy()", "Function Py()", "XLPy or KillPy is not found"),
        ("    Dim unused", '    Dim unused\n    GetConfig "X"', "also uses GetConfig"),
        ("'SOFTWARE, EVEN IF", "'", "its licence, version or library is not found"),
        ('XLWINGS_VERSION As String = "', 'V As String = "', "its licence, version or library"),
        ("#If VBA7 Then", "#If VBA8 Then", "its licence, version or library is not found"),
    ],
)
def test_xlwings_of_another_make_is_refused(before: str, after: str, reason: str) -> None:
    with pytest.raises(PortfolioError) as refused:
        taken_of_xlwings(shipped().replace(before, after))
    assert reason in str(refused.value)
    assert "Install a version that is known to work" in str(refused.value)


# -- the command -----------------------------------------------------------------------------------


def run(*arguments: str | Path, hash_seed: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xlportfolio", "addin", "build", *map(str, arguments)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS have one to name")
def test_command_says_where_there_is_no_excel_that_it_names_no_python(tmp_path: Path) -> None:
    file = tmp_path / "xlportfolio.xlam"
    told = run("-o", file)
    assert told.returncode == 0, told.stderr
    assert told.stdout == (
        f'Made "{file}" with {len(REGISTRY)} cell functions and {len(BUTTONS)} buttons. It names '
        "no Python, so they do not work yet: build it on the machine with Excel, or name that "
        "machine's Python: --interpreter C:\\...\\python.exe\n"
    )
    answer = json.loads(run("-o", file, "--interpreter", PYTHON, "--json").stdout)
    assert answer == {
        "status": "done",
        "output": str(file),
        "interpreter": PYTHON,
        "functions": len(REGISTRY),
        "buttons": len(BUTTONS),
        "bytes": file.stat().st_size,
    }


def test_command_writes_the_same_bytes_twice_with_every_button(tmp_path: Path) -> None:
    files = [tmp_path / f"{seed}.xlam" for seed in (1, 2)]
    for seed, file in enumerate(files, start=1):
        told = run("-o", file, "--interpreter", PYTHON, hash_seed=seed)
        assert told.returncode == 0, told.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    with zipfile.ZipFile(files[0]) as package:
        shown = re.findall(r'<button id="(\w+)"', package.read("customUI/customUI.xml").decode())
    assert sorted(shown) == sorted(button.name for button in BUTTONS)


def test_what_was_there_stays_when_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "xlportfolio.xlam"
    file.write_bytes(b"kept")
    told = run("-o", file, "--interpreter", "python", "--json")
    assert told.returncode == 2
    assert "it is no full path" in json.loads(told.stdout)["message"]
    assert file.read_bytes() == b"kept"
    told = run("-o", tmp_path / "addin.xlsm")
    assert told.returncode == 2 and "expected a name that ends in .xlam" in told.stderr
    told = run("-o", tmp_path / "nowhere" / "addin.xlam")
    assert told.returncode == 2 and "Traceback" not in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["xlportfolio.xlam"]
