"""Each finding of the doctor is provoked alone, on a double of the machine, and tells the mend.

None of this was tried on Windows.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import xlportfolio_udfs
from tests.hosts.test_command_line import run
from tests.hosts.windows_double import (
    APP_PATH,
    CLICK_TO_RUN,
    DISABLED,
    EXCEL,
    LOCATIONS,
    OFFICE,
    OPTIONS,
    POLICY,
    SECURITY,
    DoubleMachine,
    build,
    disabled_item,
    environment,
    excel_program,
    windows,
)
from xlportfolio import __version__
from xlportfolio.addin.build import FILE_NAME, BuiltAddin, build_addin
from xlportfolio.addin.doctor import examine, mend
from xlportfolio.addin.environment import hash_of, this_environment
from xlportfolio.addin.installation import is_ours, keep_record, record_file, recorded
from xlportfolio.addin.installing import install
from xlportfolio.addin.machine import Environment
from xlportfolio.cells import Registry
from xlportfolio.diagnosis import Diagnosis, Finding
from xlportfolio.errors import PortfolioError

LOCATION = r"Security\Trusted Locations\Location4"
APP_LOCKER = r"Software\Policies\Microsoft\Windows\SrpV2"
IT = "docs/corporate_it.md"


@dataclass
class Place:
    """A machine where all is well, to be spoilt."""

    machine: DoubleMachine
    environment: Environment
    folder: Path
    file: Path

    def examined(self) -> Diagnosis:
        return examine(self.machine, self.environment, build)

    def library(self, bits: int) -> Path:
        return next(one.file for one in self.environment.libraries if f"xlwings{bits}" in one.name)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    machine, python = windows(tmp_path), environment(tmp_path)
    file = install(machine, build, python.interpreter).file
    return Place(machine, python, tmp_path, file)


def test_machine_where_all_is_well(place: Place) -> None:
    found = place.examined()
    assert [one.sentence for one in found.findings if not one.is_fine or one.is_note] == []
    assert not found.needs_a_person
    assert [one.about for one in found.findings] == [
        *("python", "packages", "excel", "library", "vba", "build", "installed", "copies"),
        *("addins", "signature", "trusted", "macros", "internet", "disabled"),
    ]
    assert found.findings[2].sentence == (
        f"Excel, 16.0.17328.20184, 64 bits: {place.folder / 'Office16' / 'EXCEL.EXE'}."
    )
    assert found.as_json()["status"] == "done"


# -- each thing that can be wrong ------------------------------------------------------------------


def no_pywin32(place: Place) -> None:
    place.environment = replace(place.environment, lacking=("pywin32",))


def no_excel(place: Place) -> None:
    place.machine.key("HKLM", APP_PATH, default=str(place.folder / "gone.exe"))


def excel_from_the_store(place: Place) -> None:
    folder = place.folder / "WindowsApps" / "Microsoft.Office.Desktop.Excel_16051.x86"
    place.machine.key("HKLM", APP_PATH, default=str(excel_program(folder / "EXCEL.EXE", 0x8664)))


def excel_2019(place: Place) -> None:
    place.machine.key("HKLM", CLICK_TO_RUN, ProductReleaseIds="ProPlus2019Volume")


def excel_2016_of_setup(place: Place) -> None:
    place.machine.registry.pop(("HKLM", CLICK_TO_RUN.casefold()))
    place.machine.key("HKLM", rf"{OFFICE}\16.0\Excel\InstallRoot", Path=r"C:\Office16")


def library_of_these_bits_not_recorded(place: Place) -> None:
    program = place.folder / "Office16" / "EXCEL.EXE"
    excel_program(program, 0x014C)  # with 32 bits
    place.environment = replace(
        place.environment,
        libraries=tuple(one for one in place.environment.libraries if "32" not in one.name),
    )


def library_gone(place: Place) -> None:
    place.library(64).unlink()


def library_altered(place: Place) -> None:
    place.library(64).write_bytes(b"cleaned")


def library_blocked(place: Place) -> None:
    place.machine.marked.add(place.library(64))


def library_elsewhere(place: Place) -> None:
    scripts = place.folder / "other" / "deep" / "Scripts"
    scripts.mkdir(parents=True)
    (scripts / "python.exe").touch()
    place.environment = replace(place.environment, interpreter=str(scripts / "python.exe"))
    install(place.machine, build, place.environment.interpreter)


def vba_altered(place: Place) -> None:
    place.environment.libraries[-1].file.write_bytes(b"other")


def not_installed(place: Place) -> None:
    place.file.unlink()


def foreign_file(place: Place) -> None:
    place.file.write_bytes(b"of somebody else")


def addin_blocked(place: Place) -> None:
    place.machine.marked.add(place.file)


def copied_by_hand(place: Place) -> None:
    record_file().unlink()
    build_for(place.file, r"C:\other\python.exe")


def build_for(file: Path, interpreter: str) -> None:
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    build_addin(registry, file, interpreter=interpreter)


def sign(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/vbaProjectSignatureV3.bin", b"signature")


def signed_for_everybody(place: Place) -> None:
    copied_by_hand(place)
    sign(place.file)


def older_version(place: Place) -> None:
    known = recorded()
    assert known is not None
    keep_record(replace(known, version="0.0.9"))


def other_functions(place: Place) -> None:
    place.file.write_bytes(place.file.read_bytes() + b"\0")
    known = recorded()
    assert known is not None
    keep_record(replace(known, hash=hash_of(place.file)))


def signed_since(place: Place) -> None:
    place.file.write_bytes(place.file.read_bytes() + b"\0")


def interpreter_gone(place: Place) -> None:
    Path(place.environment.interpreter).unlink()


def other_environment(place: Place) -> None:
    other = place.folder / "other"
    other.mkdir()
    (other / "python.exe").touch()
    known = recorded()
    assert known is not None
    keep_record(replace(known, interpreter=str(other / "python.exe")))


def copy_in_addins(place: Place) -> None:
    folder = place.folder / "Roaming" / "Microsoft" / "AddIns"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(place.file.read_bytes())


def copy_in_second_startup_folder(place: Place) -> None:
    folder = place.folder / "Start"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"of somebody else")
    place.machine.key("HKCU", OPTIONS, AltStartup=str(folder))


def loaded_by_the_registry(place: Place) -> None:
    place.machine.key("HKCU", OPTIONS, OPEN1='/R "C:\\Old\\xlportfolio.xlam"')


def second_startup_folder(place: Place) -> None:
    place.machine.key("HKCU", OPTIONS, AltStartup=str(place.folder / "Start"))


def crashed(place: Place) -> None:
    place.machine.key("HKCU", DISABLED, f7a1=disabled_item(str(place.file)))


def user(key: str, **values: int | str) -> Callable[[Place], None]:
    return lambda place: place.machine.key("HKCU", rf"{EXCEL}\{key}", **values)


def policy(key: str, **values: int | str) -> Callable[[Place], None]:
    return lambda place: place.machine.key("HKCU", rf"{POLICY}\{key}", **values)


def of_the_machine(place: Place) -> None:
    place.machine.key("HKLM", rf"{POLICY}\Excel\Security", disablealladdins=1)


def of_the_cloud(place: Place) -> None:
    key = r"Software\Policies\Microsoft\Cloud\Office\16.0\Excel\Security"
    place.machine.key("HKCU", key, DisableAllAddins=1)


def not_on_the_list(place: Place) -> None:
    place.machine.key("HKCU", rf"{POLICY}\Excel\Resiliency", RestrictToList=1)


def blocked_by_name(place: Place) -> None:
    place.machine.key("HKCU", rf"{POLICY}\Excel\Resiliency\AddinList", **{FILE_NAME: "0"})


def other_folder_trusted(place: Place) -> None:
    place.machine.registry.pop(("HKCU", rf"{LOCATIONS}\Location1".casefold()))
    place.machine.key("HKCU", rf"{LOCATIONS}\Location0", Path="C:\\Templates\\")


def never_started(place: Place) -> None:
    place.machine.registry.pop(("HKCU", rf"{LOCATIONS}\Location1".casefold()))


def silent_and_untrusted(place: Place) -> None:
    other_folder_trusted(place)
    place.machine.key("HKCU", SECURITY, VBAWarnings=4)


def policy_and_untrusted(place: Place) -> None:
    other_folder_trusted(place)
    place.machine.key("HKCU", rf"{POLICY}\Excel\Security", VBAWarnings=3)


def app_locker(place: Place) -> None:
    place.machine.key("HKLM", rf"{APP_LOCKER}\Dll\{{921cc481}}", Value="<rule/>")
    place.machine.key("HKLM", rf"{APP_LOCKER}\Exe")


WRONG: list[tuple[Callable[[Place], None], str, str]] = [
    (no_pywin32, "packages", "pywin32 is not here, or does not load. Run:"),
    (no_excel, "excel", "There is no Excel on this machine. Install Excel 2021 or Microsoft 365."),
    (excel_from_the_store, "store", "is the package of the Microsoft Store"),
    (library_of_these_bits_not_recorded, "library", "no library for an Excel with 32 bits. Run:"),
    (library_gone, "library", "is gone: most likely an antivirus program took it"),
    (library_altered, "library", "is not as it was installed"),
    (library_blocked, "library", "is blocked, as it came from the internet. Run:"),
    (library_elsewhere, "library", "nor in the one above, where the add-in looks"),
    (vba_altered, "vba", "is not as it was installed. Run: pip install --force-reinstall"),
    (not_installed, "installed", "The add-in is not installed"),
    (foreign_file, "installed", "is not an add-in that xlportfolio made"),
    (addin_blocked, "blocked", "is blocked, as it came from the internet. Run:"),
    (copied_by_hand, "installed", "was copied there by hand, and is not what this environment"),
    (older_version, "version", f"is of version 0.0.9; this is {__version__}. Run:"),
    (other_functions, "version", "not up to date with the functions that are installed. Run:"),
    (interpreter_gone, "interpreter", "is not there any more. Run: xlportfolio addin install"),
    (other_environment, "interpreter", "It starts the Python of another environment"),
    (copy_in_addins, "copies", "Another xlportfolio.xlam lies in"),
    (copy_in_second_startup_folder, "copies", "It is not ours: move it elsewhere."),
    (loaded_by_the_registry, "copies", r"C:\Old\xlportfolio.xlam (the value OPEN1 of HKCU"),
    (crashed, "disabled", "Excel disabled the add-in after a crash"),
    (user("Security", DisableAllAddins=1), "addins", 'untick "Disable all Application Add-ins"'),
    (policy(r"Excel\Security", DisableAllAddins=1), "addins", f"show them {IT}"),
    (of_the_machine, "addins", f"show them {IT}"),
    (of_the_cloud, "addins", f"show them {IT}"),
    (user("Security", RequireAddinSig=1), "signature", 'untick "Require Application Add-ins'),
    (policy(r"Excel\Security", RequireAddinSig=1), "signature", f"its certificate: {IT} says how"),
    (policy(r"Common\Security", RequireAlwaysOnMacroSig=1), "signature", f"{IT} says how"),
    (not_on_the_list, "managed", f"{FILE_NAME} is not on it. Ask your IT to list it"),
    (blocked_by_name, "managed", "A policy blocks xlportfolio.xlam by its name"),
    (user(r"Security\Trusted Locations", AllLocationsDisabled=1), "trusted", "untick"),
    (policy(r"Excel\Security\Trusted Locations", AllLocationsDisabled=1), "trusted", IT),
    (
        policy(r"Common\Security\Trusted Locations", **{"Allow User Locations": 0}),
        "trusted",
        "A policy takes the trust from Excel's start-up folder",
    ),
    (other_folder_trusted, "trusted", "> Trusted Locations, add it."),
]
NOTES: list[tuple[Callable[[Place], None], str, str]] = [
    (excel_2019, "spills", "Excel 2019 does not let a formula fill several cells by itself"),
    (excel_2016_of_setup, "spills", "Excel 2016 does not let a formula fill"),
    (signed_since, "changed", "If nobody signed it on purpose, run: xlportfolio addin install"),
    (signed_for_everybody, "installed", "ask whoever signed it for an up-to-date one"),
    (second_startup_folder, "startup", "when it starts (File > Options > Advanced > At startup)"),
    (never_started, "trusted", "trusts its start-up folder"),
    (user("Security", VBAWarnings=4), "macros", "except in trusted folders, where the add-in is"),
    (user("Security", BlockContentExecutionFromInternet=1), "internet", "come from the internet"),
    (app_locker, "applocker", f"AppLocker has rules for dll here. If functions answer that Python "
     f"could not be started, ask your IT to allow the paths in {IT}."),
]  # fmt: skip


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize(("spoil", "about", "told"), WRONG)
def test_what_is_wrong_is_found_alone_and_told(
    place: Place, spoil: Callable[[Place], None], about: str, told: str
) -> None:
    spoil(place)
    found = place.examined()
    one = only([one for one in found.findings if not one.is_fine])
    assert one.about == about and told in one.sentence
    assert "\n" not in one.sentence and one.sentence.endswith(
        (".", "install", "pywin32", "--repair", "xlwings")
    )
    assert found.needs_a_person and found.as_json()["status"] == "problems"
    assert f"NOT  {one.sentence}" in str(found).splitlines()


@pytest.mark.parametrize(("spoil", "about", "told"), NOTES)
def test_what_is_worth_knowing_is_a_note(
    place: Place, spoil: Callable[[Place], None], about: str, told: str
) -> None:
    spoil(place)
    found = place.examined()
    one = only([one for one in found.findings if one.is_note])
    assert one.about == about and told in one.sentence
    assert not found.needs_a_person


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (silent_and_untrusted, 'choose "Disable VBA macros with notification"'),
        (policy_and_untrusted, "A policy disables unsigned macros (VBAWarnings 3). Ask your IT"),
    ],
)
def test_macros_that_are_blocked_silently_matter_outside_trusted_folders(
    place: Place, spoil: Callable[[Place], None], told: str
) -> None:
    spoil(place)
    found = {one.about: one for one in place.examined().findings if not one.is_fine}
    assert found.keys() == {"trusted", "macros"}
    assert told in found["macros"].sentence


@pytest.mark.parametrize("allowed", [False, True])
def test_folder_on_a_network_is_trusted_only_where_that_is_allowed(
    place: Place, allowed: bool
) -> None:
    from xlportfolio.addin.trust import trust_findings

    share = r"\\server\profiles\ann\Roaming\Microsoft\Excel\XLSTART"
    place.machine.key("HKCU", rf"{LOCATIONS}\Location2", Path=share)
    place.machine.key("HKCU", LOCATIONS, AllowNetworkLocations=int(allowed))
    # as Windows cuts it into folder and file
    file = WindowsFile(share)
    found = {one.about: one for one in trust_findings(place.machine, file)}  # type: ignore[arg-type]
    assert found["trusted"].is_fine is allowed


@dataclass
class WindowsFile:
    """A file whose folder is a path of Windows."""

    parent: str


@pytest.mark.parametrize(
    ("listed", "deep", "is_trusted"),
    [
        ("%APPDATA%\\Microsoft\\Excel\\XLSTART\\", 0, True),
        ("%appdata%\\Microsoft", 1, True),
        ("%APPDATA%\\Microsoft", 0, False),
        ("%APPDATA%\\Microsoft\\Exc", 1, False),
    ],
)
def test_trusted_folder_may_be_named_by_a_variable_or_lie_above(
    place: Place, listed: str, deep: int, is_trusted: bool
) -> None:
    never_started(place)
    place.machine.key("HKCU", rf"{LOCATIONS}\Location3", Path=listed, AllowSubFolders=deep)
    found = {one.about: one for one in place.examined().findings}
    assert found["trusted"].is_fine is is_trusted


def test_excel_with_32_bits_is_given_its_library_whatever_python_has(place: Place) -> None:
    excel_program(place.folder / "Office16" / "EXCEL.EXE", 0x014C)
    found = {one.about: one.sentence for one in place.examined().findings}
    assert "xlwings32-0.37.8.dll" in found["library"] and "32 bits" in found["excel"]


def test_bits_come_from_office_where_its_program_cannot_be_read(place: Place) -> None:
    (place.folder / "Office16" / "EXCEL.EXE").write_bytes(b"")
    place.machine.key("HKLM", CLICK_TO_RUN, Platform="x86")
    found = {one.about: one.sentence for one in place.examined().findings}
    assert "32 bits" in found["excel"] and "xlwings32" in found["library"]


def test_policy_wins_over_what_the_user_chose(place: Place) -> None:
    policy(r"Excel\Security", DisableAllAddins=0)(place)
    user("Security", DisableAllAddins=1)(place)
    assert not place.examined().needs_a_person


def test_folder_out_of_reach_is_passed_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    share = place.folder / "Share"
    place.machine.key("HKCU", rf"{POLICY}\Excel\Options", AltStartup=str(share))
    reach = Path.exists

    def exists(self: Path) -> bool:
        if self.is_relative_to(share):
            raise PermissionError(13, "Access is denied")
        return reach(self)

    monkeypatch.setattr(Path, "exists", exists)
    assert not place.examined().needs_a_person


def test_disabled_items_of_another_form_are_passed_over(place: Place) -> None:
    path = str(place.file).encode("utf-16-le")
    place.machine.key("HKCU", DISABLED, a=b"", b=b"\1\0", c="text", d=b"\xff" * 40, e=path[:11])
    place.machine.key("HKCU", DISABLED, f=disabled_item("c:\\other.xlam"))
    assert not place.examined().needs_a_person


def test_addin_that_cannot_be_built_is_told_in_its_own_sentence(place: Place) -> None:
    def refuse(output: Path, interpreter: str) -> BuiltAddin:
        raise PortfolioError("xlwings is not installed whole.")

    found = examine(place.machine, place.environment, refuse)
    one = only([one for one in found.findings if not one.is_fine])
    assert (one.about, one.sentence) == ("build", "xlwings is not installed whole.")


@pytest.mark.parametrize("is_signed", [False, True])
def test_copy_of_what_is_built_here_is_as_good_as_an_installed_one(
    place: Place, is_signed: bool
) -> None:
    record_file().unlink()
    if is_signed:
        sign(place.file)
    found = place.examined()
    told = {one.about: one.sentence for one in found.findings}["installed"]
    signed = ", and signed" if is_signed else ""
    assert told == (f'"{place.file}" was copied there{signed}; it is what this environment builds.')
    assert not found.needs_a_person


def test_addin_that_a_policy_brings_to_everybody_is_the_one_that_is_looked_at(
    place: Place,
) -> None:
    shared = place.folder / "Share" / FILE_NAME
    shared.parent.mkdir()
    place.file.rename(shared)
    sign(shared)
    place.machine.key("HKCU", rf"{POLICY}\Excel\Options", AltStartup=str(shared.parent))
    place.machine.key("HKCU", rf"{POLICY}\Excel\{LOCATION}", Path=str(shared.parent))
    found = place.examined()
    assert [one.sentence for one in found.findings if not one.is_fine or one.is_note] == []
    told = {one.about: one.sentence for one in found.findings}
    assert str(shared) in told["installed"] and str(shared.parent) in told["trusted"]


# -- what is mended --------------------------------------------------------------------------------


def test_repair_unblocks_and_enables_what_is_ours_alone(place: Place) -> None:
    foreign = place.folder / "Roaming" / "Microsoft" / "AddIns" / FILE_NAME
    foreign.parent.mkdir()
    foreign.write_bytes(b"of somebody else")
    assert not is_ours(foreign)
    place.machine.marked |= {place.file, place.library(64), place.library(32), foreign}
    crashed(place)
    place.machine.key("HKCU", DISABLED, other=disabled_item("c:\\other.xlam"))
    assert mend(place.machine, place.environment) == (
        f'"{place.library(64)}" is not blocked any more.',
        f'"{place.library(32)}" is not blocked any more.',
        f'"{place.file}" is not blocked any more.',
        "Excel does not keep the add-in disabled any more; start it again.",
    )
    assert place.machine.marked == {foreign}
    assert set(place.machine.values("HKCU", DISABLED)) == {"other"}
    foreign.unlink()
    assert not place.examined().needs_a_person
    assert mend(place.machine, place.environment) == ()


def test_repair_that_windows_refuses_is_one_sentence(place: Place) -> None:
    place.machine.marked.add(place.file)
    place.machine.refuses_writing = True
    with pytest.raises(PortfolioError, match=r"did not allow the repair \(access is denied\)"):
        mend(place.machine, place.environment)


# -- where there is no Windows ---------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can be looked at")
def test_command_checks_elsewhere_what_it_can_and_says_what_not() -> None:
    told = run("addin", "doctor", "--json")
    answer = json.loads(told.stdout)
    assert told.returncode == 0 and answer["status"] == "done" and answer["repaired"] == []
    found = {one["about"]: one for one in answer["findings"]}
    assert list(found) == ["python", "packages", "vba", "build", "excel"]
    assert found["excel"]["note"] and "cannot be looked at" in found["excel"]["message"]
    assert "cell functions" in found["build"]["message"]


def test_sources_of_the_installed_xlwings_are_as_pip_recorded_them() -> None:
    libraries = this_environment().libraries
    source = next(one for one in libraries if one.name == "xlwings.bas")
    assert len(source.hash) == 64 and hash_of(source.file) == source.hash
    altered = replace(this_environment(), libraries=(replace(source, hash="0" * 64),))
    found = {one.about: one for one in examine(None, altered, build).findings}
    assert not found["vba"].is_fine
