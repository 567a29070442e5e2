"""LibreOffice is found where it is, and what cannot work is refused with the way out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.machine import Calc
from xlportfolio.libreoffice import programs
from xlportfolio.libreoffice.installing import office_environment
from xlportfolio.libreoffice.private_profile import environment
from xlportfolio.libreoffice.programs import (
    NoOfficeError,
    find_office,
    office_in,
    require_python,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders as on Linux and macOS")


def installed(folder: Path, product: str = "LibreOffice 24.8", *names: str) -> Path:
    """A folder of programs as an installation has it."""
    folder.mkdir(parents=True)
    for name in names or ("soffice", "soffice.bin", "pythonloader.py"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    (folder / "bootstraprc").write_text(f"[Bootstrap]\nProductKey={product}\n")
    return folder


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No LibreOffice on PATH or in the usual folders."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XLPORTFOLIO_SOFFICE", raising=False)
    monkeypatch.setattr(programs, "_usual_folders", lambda platform: iter(()))
    monkeypatch.setattr(programs, "_SNAP", tmp_path / "snap")
    monkeypatch.setattr(programs, "_FLATPAKS", (str(tmp_path / "flatpak"),))


def test_missing_libreoffice_is_said_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(NoOfficeError) as raised:
        find_office()
    assert str(raised.value) == (
        "LibreOffice was not found. Install it with the system's packages (Debian, Ubuntu: "
        "libreoffice-calc and python3-uno) or from libreoffice.org, or set XLPORTFOLIO_SOFFICE to "
        "its program soffice."
    )


def test_program_on_path_leads_to_its_folder(tmp_path: Path) -> None:
    folder = installed(tmp_path / "lib" / "libreoffice" / "program")
    (tmp_path / "bin" / "soffice").symlink_to(folder / "soffice")
    office = find_office()
    assert (office.folder, office.version) == (folder, "24.8")
    assert (office.soffice, office.binary) == (folder / "soffice", folder / "soffice.bin")
    assert str(office) == f'LibreOffice 24.8 in "{folder}"'


def test_newest_of_the_usual_folders_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = [
        installed(tmp_path / f"opt/libreoffice{version}/program", f"LibreOffice {version}")
        for version in ("7.6", "24.2", "7.10")
    ]
    monkeypatch.setattr(programs, "_usual_folders", lambda platform: iter(folders))
    assert find_office().version == "24.2"


@pytest.mark.parametrize("chosen", ["soffice", "", "..", "../.."])
def test_chosen_program_or_folder_goes_before_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: str
) -> None:
    other = installed(tmp_path / "other" / "program", "LibreOffice 25.2")
    (tmp_path / "bin" / "soffice").symlink_to(other / "soffice")
    application = tmp_path / "LibreOffice.app"
    folder = installed(application / "Contents" / "MacOS", "LibreOffice 7.4")
    if chosen == "..":
        folder = installed(tmp_path / "plain" / "program", "LibreOffice 7.4")
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str((folder / chosen).resolve()))
    assert find_office().folder == folder


def test_chosen_program_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", "/no/such/soffice")
    with pytest.raises(NoOfficeError) as raised:
        find_office()
    assert str(raised.value) == (
        'XLPORTFOLIO_SOFFICE names "/no/such/soffice", which does not exist; expected the program '
        "soffice of LibreOffice or the folder that holds it."
    )


def test_chosen_folder_without_the_program_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(tmp_path))
    with pytest.raises(NoOfficeError, match="expected the program soffice of LibreOffice"):
        find_office()


def test_program_of_macos_is_started_itself(tmp_path: Path) -> None:
    folder = tmp_path / "LibreOffice.app" / "Contents" / "MacOS"
    installed(folder, "LibreOffice 24.8", "soffice")
    resources = folder.parent / "Resources"
    resources.mkdir()
    (folder / "bootstraprc").rename(resources / "bootstraprc")
    (resources / "pythonloader.py").touch()
    office = office_in(folder)
    assert (office.binary, office.version) == (folder / "soffice", "24.8")
    require_python(office)


def test_snap_is_refused(tmp_path: Path) -> None:
    installed(tmp_path / "snap/libreoffice/current/lib/libreoffice/program")
    (tmp_path / "bin" / "snap").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "snap").chmod(0o755)
    (tmp_path / "bin" / "libreoffice").symlink_to(tmp_path / "bin" / "snap")
    with pytest.raises(NoOfficeError, match=r'libreoffice/program" is a snap, which keeps it from'):
        find_office()


def test_flatpak_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flatpak" / "org.libreoffice.LibreOffice").mkdir(parents=True)
    with pytest.raises(NoOfficeError, match=r'LibreOffice" is a flatpak, which keeps it from'):
        find_office()


@pytest.mark.parametrize("product", ["LibreOffice 6.4", "OpenOffice 4.1"])
def test_old_one_is_refused_with_the_version_that_is_needed(tmp_path: Path, product: str) -> None:
    folder = installed(tmp_path / "old" / "program", product)
    (tmp_path / "bin" / "soffice").symlink_to(folder / "soffice")
    with pytest.raises(NoOfficeError) as raised:
        find_office()
    assert str(raised.value).startswith(
        f'"{folder}" holds {product}; expected LibreOffice 7.0 or later. Install it '
    )


def test_libreoffice_without_python_is_refused(tmp_path: Path) -> None:
    folder = installed(tmp_path / "program", "LibreOffice 24.8", "soffice", "soffice.bin")
    with pytest.raises(NoOfficeError, match=r"has no Python in it\. Install the package python3-u"):
        require_python(office_in(folder))


def test_private_process_knows_nothing_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DISPLAY", "SECRET", "http_proxy"):
        monkeypatch.setenv(name, "the user's")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    found = environment(tmp_path, {"MORE": "ours"})
    assert "the user's" not in found.values()
    assert {found[name] for name in ("HOME", "USERPROFILE", "APPDATA")} == {str(tmp_path / "home")}
    assert str(tmp_path / "bin") not in found["PATH"].split(os.pathsep)
    assert (found["MORE"], found["https_proxy"]) == ("ours", "http://127.0.0.1:9")


def test_office_of_the_user_is_started_with_the_users_variables_but_no_python_of_theirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "active")
    monkeypatch.setenv("XDG_CONFIG_HOME", "the user's")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    found = office_environment()
    assert "active" not in found.values()
    assert str(tmp_path / "bin") not in found["PATH"].split(os.pathsep)
    assert found["XDG_CONFIG_HOME"] == "the user's"


def test_real_one_is_found_with_its_version(soffice: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(soffice.program))
    office = find_office()
    require_python(office)
    assert office.binary.is_file()
    assert float(office.version) >= 7
