"""The functions go into a user's LibreOffice and out again; nothing of the user's is touched."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import Workbook
from typer.testing import CliRunner

from tests.machine import Calc
from xlportfolio import __version__
from xlportfolio.cells import Registry
from xlportfolio.cli import app
from xlportfolio.libreoffice import installing
from xlportfolio.libreoffice.basic_functions import basic_module, basic_source
from xlportfolio.libreoffice.basic_library import (
    has_module,
    library_folder,
    module_file,
    put_module,
    take_module,
)
from xlportfolio.libreoffice.calc_names import identifier, method_name, programmatic_name
from xlportfolio.libreoffice.component_files import component_files
from xlportfolio.libreoffice.installing import install, run_office, usual_profile
from xlportfolio.libreoffice.programs import OfficeError, find_office

HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" '
    b'"library.dtd">\n<library:library xmlns:library="http://openoffice.org/2000/library" '
    b'library:name="Standard" library:readonly="false" library:passwordprotected="false"'
)
OWN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Mine" '
    'script:language="StarBasic">Function MINE(x)\n    MINE = x + 1\nEnd Function\n'
    "</script:module>"
)
MODULE = basic_module(Registry.load(), "file:///component.py")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by relative name, but what Python compiled of ours."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.parent.name != "__pycache__"
    }


@pytest.fixture(scope="module")
def fresh(soffice: Calc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that LibreOffice made, with a module of the user's own."""
    profile = tmp_path_factory.mktemp("fresh") / "profile"
    installing._make_libraries(find_office(), profile)
    (library_folder(profile) / "Mine.xba").write_text(OWN, encoding="utf-8")
    index = library_folder(profile) / "script.xlb"
    listed = index.read_bytes()
    entry = b' <library:element library:name="Mine"/>\n</library:library>'
    index.write_bytes(listed.replace(b"</library:library>", entry))
    return profile


@pytest.fixture
def profile(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "profile"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A profile with a library and nothing else."""
    library_folder(tmp_path).mkdir(parents=True)
    return tmp_path


def told(*arguments: str, code: int) -> tuple[str, str]:
    """What the command prints for scripts and for people."""
    done = CliRunner().invoke(app, ["libreoffice", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_install_doctor_and_remove_leave_the_profile_as_it_was(profile: Path) -> None:
    before = contents(profile)
    said, _ = told("install", "--profile", str(profile), code=0)
    assert said.startswith(f"Installed {len(Registry.load())} functions for LibreOffice ")
    assert "Start LibreOffice (again)" in said
    installed = contents(profile)
    assert {name: installed[name] for name in before if "script.xlb" not in name} == {
        name: content for name, content in before.items() if "script.xlb" not in name
    }

    told("install", "--profile", str(profile), code=0)
    assert contents(profile) == installed

    answer = json.loads(told("doctor", "--profile", str(profile), "--json", code=0)[0])
    assert [(one["about"], one["fine"]) for one in answer["findings"]] == [
        (about, True)
        for about in (
            *("office", "python", "version", "module", "files", "interpreter", "worker", "cell"),
        )
    ]
    n_examples = sum(len(function.examples) for function in Registry.load())
    assert answer["findings"][-1]["message"] == (
        f"LibreOffice computes all {n_examples} worked examples right."
    )
    assert contents(profile) == installed

    said, _ = told("remove", "--profile", str(profile), code=0)
    assert said == f'Took the functions out of "{profile}". Start LibreOffice again.\n'
    assert contents(profile) == before
    said, _ = told("remove", "--profile", str(profile), code=0)
    assert said == f'There was nothing of xlportfolio in "{profile}".\n'


def findings(profile: Path, code: int = 1) -> dict[str, str]:
    """What the doctor finds wrong, by what it is about."""
    answer = json.loads(told("doctor", "--profile", str(profile), "--json", code=code)[0])
    return {one["about"]: one["message"] for one in answer["findings"] if not one["fine"]}


@pytest.mark.parametrize("command", ["install", "doctor", "remove"])
def test_file_in_the_place_of_a_profile_is_refused(
    soffice: Calc, command: str, tmp_path: Path
) -> None:
    file = tmp_path / "book.xlsx"
    file.write_text("mine")
    _, said = told(command, "--profile", str(file), code=2)
    assert said == (
        f'xlportfolio: "{file}" is a file; expected the folder of a LibreOffice profile.\n'
    )
    assert file.read_text() == "mine"


def test_doctor_says_that_nothing_is_installed(profile: Path) -> None:
    assert findings(profile) == {
        "module": f'The functions are not installed in "{profile}". '
        "Run: xlportfolio libreoffice install"
    }


def change_settings(profile: Path, **changed: Any) -> None:
    file = installing.component_folder(profile) / "settings.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))


def test_doctor_finds_another_version_and_an_interpreter_that_is_gone(profile: Path) -> None:
    install(Registry.load(), profile=profile)
    change_settings(profile, version="0.0.1", command=["/gone/python", "-m", "worker"])
    module_file(profile).write_bytes(module_file(profile).read_bytes() + b"\n")
    found = findings(profile)
    assert found["version"] == (
        f"The functions of version 0.0.1 are installed; this is {__version__}. "
        "Run: xlportfolio libreoffice install"
    )
    assert found["module"].startswith("The Basic module is not up to date.")
    assert found["interpreter"].startswith('The Python "/gone/python" that computes them is not')
    assert "cell" not in found


def test_doctor_finds_a_worker_that_does_not_answer(profile: Path) -> None:
    install(Registry.load(), profile=profile)
    change_settings(profile, command=[sys.executable, "-c", "raise SystemExit(7)"])
    found = findings(profile)
    assert "its process ended with code" in found["worker"]
    assert found["worker"].endswith("Install xlportfolio there again.")


def test_doctor_finds_a_function_of_the_users_own_with_our_name(profile: Path) -> None:
    install(Registry.load(), profile=profile)
    mine = library_folder(profile) / "Mine.xba"
    mine.write_text(OWN.replace("MINE", "pf_rank"), encoding="utf-8")
    assert findings(profile) == {
        "names": "Your own module Mine has a function PF_RANK, too. Rename it in LibreOffice."
    }


def test_cells_without_the_component_are_real_errors(profile: Path, tmp_path: Path) -> None:
    install(Registry.load(), profile=profile)
    (installing.component_folder(profile) / "xlportfolio_component.py").unlink()
    book = Workbook()
    book.worksheets[0]["A1"] = "=PF_RANK(1)"
    book.worksheets[0]["A2"] = '=IFERROR(PF_RANK(1),"caught")'
    book.save(tmp_path / "book.xlsx")
    arguments = ("--headless", "--norestore", "--convert-to", "csv", "--outdir", tmp_path)
    run_office(find_office().binary, profile, *arguments, tmp_path / "book.xlsx")
    assert (tmp_path / "book.csv").read_text().splitlines() == ["#VALUE!", "caught"]


def test_settings_that_cannot_be_read_are_a_finding(profile: Path) -> None:
    install(Registry.load(), profile=profile)
    (installing.component_folder(profile) / "settings.json").write_text("{")
    assert findings(profile)["files"].endswith(
        "cannot be read. Run: xlportfolio libreoffice install"
    )


def test_nothing_is_changed_while_libreoffice_is_open(profile: Path) -> None:
    (profile / ".lock").write_text("")
    before = contents(profile)
    for command in ("install", "remove"):
        _, said = told(command, "--profile", str(profile), code=2)
        assert said == (
            "xlportfolio: LibreOffice is open. Close all its windows (and the quick starter), then "
            f'try again. If it is not running, delete "{profile / ".lock"}", which a crash left '
            "behind.\n"
        )
    assert contents(profile) == before


def test_missing_libreoffice_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "soffice"
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(gone))
    sentence = f'XLPORTFOLIO_SOFFICE names "{gone}", which does not exist'
    for command in ("install", "remove"):
        _, said = told(command, "--profile", str(tmp_path), code=2)
        assert said.startswith(f"xlportfolio: {sentence}")
    assert findings(tmp_path)["office"].startswith(sentence)


@pytest.mark.parametrize(
    "listed",
    [
        HEAD + b">\n</library:library>",
        HEAD + b'>\n <library:element library:name="Module1"/>\n</library:library>',
        HEAD + b'>\r\n <library:element library:name="Mine"/>\r\n</library:library>\r\n',
        HEAD + b"/>",
        HEAD + b"/>\n",
    ],
)
def test_module_goes_in_and_out_of_any_library_byte_for_byte(library: Path, listed: bytes) -> None:
    index = library_folder(library) / "script.xlb"
    index.write_bytes(listed)
    (library_folder(library) / "Mine.xba").write_text(OWN)
    before = contents(library)
    put_module(library, MODULE)
    assert has_module(library)
    tree = etree.fromstring(index.read_bytes(), etree.XMLParser(load_dtd=False))
    names = [next(iter(one.attrib.values())) for one in tree]
    assert names.count("xlportfolio_functions") == 1
    assert len(names) == listed.count(b"library:element") + 1
    assert etree.fromstring(module_file(library).read_bytes()).text == basic_source(
        Registry.load(), "file:///component.py"
    )
    put_module(library, MODULE)
    assert index.read_bytes().count(b"xlportfolio_functions") == 1
    assert take_module(library)
    assert contents(library) == before
    assert not take_module(library)


def test_module_of_the_users_own_with_our_name_is_kept(library: Path) -> None:
    (library_folder(library) / "script.xlb").write_bytes(HEAD + b"/>")
    module_file(library).write_text(OWN)
    before = contents(library)
    with pytest.raises(OfficeError, match="You have a module xlportfolio_functions of your own"):
        put_module(library, MODULE)
    assert not take_module(library)
    assert contents(library) == before


def test_protected_library_is_refused(library: Path) -> None:
    protected = (HEAD + b"/>").replace(b'protected="false"', b'protected="true"')
    (library_folder(library) / "script.xlb").write_bytes(protected)
    with pytest.raises(OfficeError, match=r"is protected\. Take the protection off"):
        put_module(library, MODULE)
    assert list(contents(library)) == ["user/basic/Standard/script.xlb"]


def test_settings_of_the_component_name_the_worker_and_the_log(tmp_path: Path) -> None:
    files = component_files(Registry.load(), ["python", "-m", "x"], log=tmp_path / "errors.log")
    settings = json.loads(files["settings.json"])
    assert settings["command"] == ["python", "-m", "x"]
    assert settings["log"] == str(tmp_path / "errors.log")
    assert settings["seconds"] == 30
    assert settings["methods"]["cutLine"] == "PF_CUT_LINE"


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("PF_SCORE", ("score", "ORG.XLPORTFOLIO.ADDIN.SCORE")),
        ("PF_CUT_LINE", ("cutLine", "ORG.XLPORTFOLIO.ADDIN.CUTLINE")),
    ],
)
def test_names_have_no_underscores_which_type_libraries_refuse(
    plain: str, expected: tuple[str, str]
) -> None:
    assert (method_name(plain), programmatic_name(plain)) == expected


def test_words_of_the_type_library_are_not_used_as_names() -> None:
    assert [identifier(word) for word in ("any", "in", "value")] == ["anyGiven", "inGiven", "value"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/settings"}, "/settings/libreoffice/4"),
        ("linux", {"XDG_CONFIG_HOME": ""}, "{home}/.config/libreoffice/4"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/LibreOffice/4"),
        ("darwin", {}, "{home}/Library/Application Support/LibreOffice/4"),
    ],
)
def test_usual_profile_of_each_system(
    platform: str,
    variables: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("xlportfolio.libreoffice.installing.sys.platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert usual_profile() == Path(expected.format(home=tmp_path))
