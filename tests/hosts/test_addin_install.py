"""The add-in goes into Excel's start-up folder and out again, and nobody else's things are touched.

The machine is a double: none of this was tried on Windows.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from tests.hosts.test_command_line import run
from tests.hosts.windows_double import (
    DISABLED,
    EXCEL,
    OPTIONS,
    POLICY,
    WINDOWS_PYTHON,
    DoubleMachine,
    build,
    disabled_item,
    environment,
    windows,
)
from xlportfolio import __version__
from xlportfolio.addin.build import FILE_NAME, BuiltAddin
from xlportfolio.addin.installation import is_ours, record_file, recorded
from xlportfolio.addin.installing import install, uninstall
from xlportfolio.errors import InputError, PortfolioError
from xlportfolio.workbook.saving.store import UndoStore


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DoubleMachine:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    return windows(tmp_path)


@pytest.fixture
def python(tmp_path: Path) -> str:
    return environment(tmp_path).interpreter


def startup(machine: DoubleMachine) -> Path:
    assert machine.roaming is not None
    return machine.roaming / "Microsoft" / "Excel" / "XLSTART" / FILE_NAME


def foreign_addin(file: Path) -> Path:
    """An add-in of somebody else under our name, with a VBA project."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 xlportfolio PortfolioServer")
    return file


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


# -- install ---------------------------------------------------------------------------------------


def test_addin_is_put_where_windows_says_that_the_profile_is(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    machine.roaming = tmp_path / "OneDrive - Office" / "AppData é"
    done = install(machine, build, python)
    file = tmp_path / "OneDrive - Office" / "AppData é" / "Microsoft" / "Excel" / "XLSTART"
    assert done.file == file / "xlportfolio.xlam" and is_ours(done.file)
    assert done.status == "installed"
    assert str(done) == (
        f'Installed the add-in: "{done.file}" with {done.n_functions} cell functions, computed by '
        f"{python}. Start Excel (again)."
    )
    known = recorded()
    assert known is not None
    assert (known.file, known.version, known.interpreter) == (str(done.file), __version__, python)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_record_is_private(machine: DoubleMachine, python: str) -> None:
    install(machine, build, python)
    assert stat.S_IMODE(record_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(record_file().parent.stat().st_mode) == 0o700


def test_installing_again_changes_nothing(machine: DoubleMachine, python: str) -> None:
    first = install(machine, build, python)
    before = first.file.read_bytes(), first.file.stat().st_mtime_ns, recorded()
    machine.in_use.add(first.file)  # Excel has it open, which is no trouble
    again = install(machine, build, python)
    assert again.status == "installed already"
    assert str(again).startswith(f'The add-in is installed already: "{first.file}"')
    assert (first.file.read_bytes(), first.file.stat().st_mtime_ns, recorded()) == before
    assert files(first.file.parent) == {first.file}


def another_build(output: Path, interpreter: str) -> BuiltAddin:
    """The add-in as another version builds it."""
    built = build(output, interpreter)
    with zipfile.ZipFile(output, "a") as package:
        package.writestr("docProps/other.xml", "<other/>")
    return built


def test_another_version_is_brought_up_to_date_in_place(
    machine: DoubleMachine, python: str
) -> None:
    file = install(machine, another_build, python).file
    older = file.read_bytes()
    again = install(machine, build, python)
    assert again.status == "updated" and file.read_bytes() != older
    assert files(file.parent) == {file}


def test_copy_that_an_older_version_put_elsewhere_goes(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    older = install(machine, another_build, python).file
    machine.roaming = tmp_path / "Redirected since"
    again = install(machine, build, python)
    assert again.status == "installed" and again.taken_out == (older,)
    assert not older.exists() and again.file.exists()
    known = recorded()
    assert known is not None and known.earlier == ()


def test_older_copy_that_excel_has_open_is_remembered(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    older = install(machine, build, python).file
    machine.roaming = tmp_path / "Redirected since"
    machine.in_use.add(older)
    assert install(machine, build, python).taken_out == ()
    known = recorded()
    assert older.exists() and known is not None and known.earlier == (str(older),)
    machine.in_use.clear()
    assert install(machine, build, python).taken_out == (older,)
    assert not older.exists()


def test_file_that_excel_has_open_is_one_sentence(machine: DoubleMachine, python: str) -> None:
    file = install(machine, another_build, python).file
    before, known = file.read_bytes(), recorded()
    machine.in_use.add(file)
    with pytest.raises(PortfolioError) as refused:
        install(machine, build, python)
    assert str(refused.value) == (
        f'Excel has the add-in "{file}" open. Close Excel and run this again.'
    )
    assert file.read_bytes() == before and recorded() == known


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_file_of_somebody_else_is_refused(
    machine: DoubleMachine, python: str, content: bytes | None
) -> None:
    file = foreign_addin(startup(machine))
    if content is not None:
        file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(PortfolioError) as refused:
        install(machine, build, python)
    assert str(refused.value).startswith(f'"{file}" is not an add-in that xlportfolio made')
    assert file.read_bytes() == before and recorded() is None


def test_addin_is_known_as_ours_after_a_signature(machine: DoubleMachine, python: str) -> None:
    """The editor writes the project anew: what stays are the names in its directory."""
    file = install(machine, build, python).file
    with zipfile.ZipFile(file) as package:
        project = package.read("xl/vbaProject.bin")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/vbaProject.bin", project + b"signature")
        package.writestr("xl/vbaProjectSignature.bin", b"signature")
    assert is_ours(file)


def test_nothing_is_installed_where_it_cannot_be_built_or_noted(
    machine: DoubleMachine, python: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(output: Path, interpreter: str) -> BuiltAddin:
        raise InputError("The interpreter cannot be used.")

    with pytest.raises(InputError):
        install(machine, refuse, python)
    assert not startup(machine).exists() and recorded() is None
    (tmp_path / "taken").touch()
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "taken"))
    with pytest.raises(PortfolioError, match="so nothing was installed"):
        install(machine, build, python)
    assert not startup(machine).exists()


def test_record_is_as_before_where_the_file_cannot_be_put(
    machine: DoubleMachine, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = install(machine, another_build, python).file
    before, known = file.read_bytes(), recorded()

    def refuse(*given: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied", str(file), None, str(file))

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr("xlportfolio.workbook.saving.replacing.os.replace", refuse, raising=True)
    with pytest.raises(PortfolioError):
        install(machine, build, python)
    monkeypatch.undo()
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(file.parents[4] / "home"))
    assert file.read_bytes() == before and recorded() == known


def test_windows_that_does_not_say_where_the_profile_is(
    machine: DoubleMachine, python: str
) -> None:
    machine.roaming = None
    with pytest.raises(PortfolioError, match="does not say where your folder for programs"):
        install(machine, build, python)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"file": 1}', "null", '{"file":"a","version":"1","interpreter":"b","hash":"c"'
     ',"earlier":[1]}', "[" * 5000, " " * 70_000],
)  # fmt: skip
def test_record_that_is_broken_is_none(machine: DoubleMachine, content: str) -> None:
    record_file().parent.mkdir(parents=True)
    record_file().write_text(content)
    assert recorded() is None


# -- uninstall -------------------------------------------------------------------------------------


def test_every_trace_goes_and_what_is_of_others_stays(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    file = install(machine, build, python).file
    assert machine.roaming is not None
    listed = machine.roaming / "Microsoft" / "AddIns" / FILE_NAME
    listed.parent.mkdir(parents=True)
    listed.write_bytes(file.read_bytes())
    theirs = foreign_addin(tmp_path / "Theirs" / FILE_NAME)
    machine.key("HKCU", OPTIONS, OPEN='/R "C:\\Tools\\tools.xlam"', Font="Calibri,11")
    machine.key("HKCU", OPTIONS, OPEN1=FILE_NAME, OPEN2='/R "C:\\Gone\\XLPortfolio.xlam"')
    machine.key("HKCU", OPTIONS, OPEN3=f'/R "{theirs}"', OPEN10="solver.xlam", AltStartup="")
    machine.key("HKCU", rf"{EXCEL}\Add-in Manager", **{str(listed): "", "C:\\Tools\\t.xlam": ""})
    machine.key("HKCU", DISABLED, a=disabled_item(str(listed)), b=disabled_item("c:\\t.xlam"))
    gone = uninstall(machine)
    assert gone.taken_out == (
        f'"{file}"',
        f'"{listed}"',
        f"the value OPEN1 = {FILE_NAME} of HKCU\\{OPTIONS}",
        f'the value OPEN2 = /R "C:\\Gone\\XLPortfolio.xlam" of HKCU\\{OPTIONS}',
        f"the value {listed} of HKCU\\{EXCEL}\\Add-in Manager",
        f"the value a of HKCU\\{DISABLED}",
        "the record of what is installed",
    )
    assert gone.left == (f'"{theirs}" is not ours, so it stays.',)
    assert not file.exists() and not listed.exists() and theirs.exists()
    assert not record_file().exists() and not record_file().parent.exists()
    # the others move up, so that no number is missing
    assert machine.values("HKCU", OPTIONS) == {
        "OPEN": '/R "C:\\Tools\\tools.xlam"',
        "OPEN1": f'/R "{theirs}"',
        "OPEN2": "solver.xlam",
        "Font": "Calibri,11",
        "AltStartup": "",
    }
    assert set(machine.values("HKCU", rf"{EXCEL}\Add-in Manager")) == {"C:\\Tools\\t.xlam"}
    assert set(machine.values("HKCU", DISABLED)) == {"b"}


def test_bare_name_of_a_file_that_is_not_ours_stays(machine: DoubleMachine, python: str) -> None:
    install(machine, build, python)
    assert machine.roaming is not None
    theirs = foreign_addin(machine.roaming / "Microsoft" / "AddIns" / FILE_NAME)
    machine.key("HKCU", OPTIONS, OPEN=FILE_NAME)
    assert uninstall(machine).left == (f'"{theirs}" is not ours, so it stays.',)
    assert machine.values("HKCU", OPTIONS) == {"OPEN": FILE_NAME}


def test_addin_that_is_there_for_everybody_is_left_alone(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    own = install(machine, build, python).file
    shared = tmp_path / "Share" / FILE_NAME
    shared.parent.mkdir()
    shared.write_bytes(own.read_bytes())
    machine.key("HKLM", rf"{POLICY}\Excel\Options", AltStartup=str(shared.parent))
    with pytest.raises(PortfolioError) as refused:
        install(machine, build, python)
    assert str(refused.value).startswith(f'The add-in is there for everybody: "{shared}".')
    machine.in_use.add(shared)
    gone = uninstall(machine)
    assert gone.left == (f'"{shared}" is there for everybody, so it stays.',)
    assert shared.exists() and not own.exists()


def test_copy_in_the_second_folder_of_the_user_goes(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    own = install(machine, build, python).file
    copy = tmp_path / "Start" / FILE_NAME
    copy.parent.mkdir()
    copy.write_bytes(own.read_bytes())
    machine.key("HKCU", OPTIONS, AltStartup=str(copy.parent))
    assert f'"{copy}"' in uninstall(machine).taken_out
    assert not copy.exists()


def test_uninstalling_again_says_that_nothing_is_there(machine: DoubleMachine, python: str) -> None:
    install(machine, build, python)
    uninstall(machine)
    before = {key: dict(values) for key, values in machine.registry.items()}
    again = uninstall(machine)
    assert str(again) == "There was no add-in to take out."
    assert again.as_json() == {"status": "done", "taken_out": [], "left": []}
    assert machine.registry == before


def test_nothing_goes_while_excel_has_it_open(machine: DoubleMachine, python: str) -> None:
    file = install(machine, build, python).file
    machine.key("HKCU", OPTIONS, OPEN=FILE_NAME)
    machine.in_use.add(file)
    with pytest.raises(PortfolioError, match="Close Excel and run this again"):
        uninstall(machine)
    assert file.exists() and machine.values("HKCU", OPTIONS) == {"OPEN": FILE_NAME}
    assert recorded() is not None


def test_registry_that_refuses_is_one_sentence(machine: DoubleMachine, python: str) -> None:
    file = install(machine, build, python).file
    machine.key("HKCU", OPTIONS, OPEN=FILE_NAME)
    machine.refuses_writing = True
    with pytest.raises(PortfolioError) as refused:
        uninstall(machine)
    assert str(refused.value) == (
        f'The add-in could not be taken out whole (access is denied); gone already: "{file}". '
        "Close Excel and run this again."
    )


def test_undo_store_stays_unless_it_is_purged(
    machine: DoubleMachine, python: str, tmp_path: Path
) -> None:
    install(machine, build, python)
    book = tmp_path / "plan.xlsx"
    book.write_bytes(b"as it is now")
    UndoStore().record(book, b"as it was", "0" * 64, "run")
    left = uninstall(machine).left
    assert left == (
        f'The runs that can be undone stay in "{UndoStore().folder}", to go with: '
        "xlportfolio purge",
    )
    assert UndoStore().latest(book) is not None

    def purge() -> str:
        return f"Took {UndoStore().purge()} run out."

    assert uninstall(machine, purge=purge).left == ("Took 1 run out.",)
    assert not UndoStore().folder.parent.exists()


# -- where there is no Windows ---------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can")
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_command_says_in_a_sentence_what_can_be_done_here(command: str) -> None:
    told = run("addin", command, "--json")
    assert told.returncode == 2
    answer = json.loads(told.stdout)
    assert answer["status"] == "failed" and told.stderr == f"xlportfolio: {answer['message']}\n"
    assert "knows the folders of Excel for Windows alone" in answer["message"]
    assert "xlportfolio addin build --interpreter" in answer["message"]
    assert "xlportfolio libreoffice install" in answer["message"]


def test_built_for_the_interpreter_that_is_named(tmp_path: Path) -> None:
    assert build(tmp_path / FILE_NAME, WINDOWS_PYTHON).interpreter == WINDOWS_PYTHON
