"""Look at whether LibreOffice has the functions and computes with them, and say how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio import __version__
from xlportfolio.cells import Registry
from xlportfolio.diagnosis import Finding
from xlportfolio.libreoffice.basic_functions import basic_module
from xlportfolio.libreoffice.basic_library import has_module, module_file, modules_with
from xlportfolio.libreoffice.component_files import COMPONENT, SETTINGS, component_files
from xlportfolio.libreoffice.inside_calc.worker_link import WorkerError, WorkerLink
from xlportfolio.libreoffice.installing import (
    component_folder,
    log_file,
    profile_folder,
    run_office,
)
from xlportfolio.libreoffice.programs import (
    START_AGAIN,
    OfficeError,
    find_office,
    require_python,
)
from xlportfolio.libreoffice.worked_examples import SHEET, differences, write_examples
from xlportfolio.libreoffice.worker import VERSION
from xlportfolio.wording import counted

INSTALL = "Run: xlportfolio libreoffice install"
_LAST = 5
"""How many of the last sentences are shown."""


@dataclass(frozen=True)
class DoctorResult:
    """What was found.

    Attributes
    ----------
    profile
        The folder that was looked at; None without LibreOffice.
    findings
        In the order in which they were looked at.
    last_errors
        The last sentences of errors in cells, with their time.
    """

    profile: Path | None
    findings: tuple[Finding, ...]
    last_errors: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether something has to be mended."""
        return not all(finding.is_fine for finding in self.findings)

    def __str__(self) -> str:
        lines = [f"{one.mark} {one.sentence}" for one in self.findings]
        if self.last_errors:
            lines += ["", "The last errors in cells:", *self.last_errors]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "status": "problems" if self.needs_a_person else "done",
            "profile": str(self.profile) if self.profile else None,
            "findings": [one.as_json() for one in self.findings],
            "last_errors": list(self.last_errors),
        }


def examine(registry: Registry, *, profile: Path | None = None) -> DoctorResult:
    """Look at the installation; stops at the first thing that the others need.

    Parameters
    ----------
    registry
        The functions that should be there.
    profile
        LibreOffice's folder of the user; the usual one when not given.

    Raises
    ------
    OfficeError
        If that is a file.
    """
    try:
        office = find_office()
    except OfficeError as problem:
        return DoctorResult(None, (Finding("office", False, str(problem)),))
    place = profile_folder(profile)
    found = [Finding("office", True, f"LibreOffice is there: {office}.")]
    last_errors = _last_errors(place)
    try:
        require_python(office)
        found.append(Finding("python", True, "It can run Python."))
        found += _installed(registry, place)
        if all(finding.is_fine for finding in found):
            with _log_as_it_is(log_file(place)):
                found.append(_real_cells(registry, office.binary, place))
    except OfficeError as problem:
        found.append(Finding("python", False, str(problem)))
    return DoctorResult(place, tuple(found), last_errors)


def _installed(registry: Registry, profile: Path) -> list[Finding]:
    settings_file = component_folder(profile) / SETTINGS
    if not has_module(profile) or not settings_file.is_file():
        told = f'The functions are not installed in "{profile}". {INSTALL}'
        return [Finding("module", False, told)]
    try:
        settings = json.loads(settings_file.read_text(encoding="utf-8"))
        command, seconds = list(settings["command"]), float(settings["seconds"])
        version, environment = str(settings["version"]), dict(settings["environment"])
    except (OSError, ValueError, KeyError, TypeError):
        return [Finding("files", False, f'"{settings_file}" cannot be read. {INSTALL}')]
    found = [_version(version), _module(registry, profile)]
    found.append(_files(registry, profile, command, seconds))
    found += _interpreter(command, seconds, environment)
    clashing = modules_with(profile, {function.name for function in registry})
    for name, module in sorted(clashing.items()):
        told = f"Your own module {module} has a function {name}, too. Rename it in LibreOffice."
        found.append(Finding("names", False, told))
    return found


def _version(version: str) -> Finding:
    if version == __version__:
        return Finding("version", True, f"The functions of version {version} are installed.")
    told = f"The functions of version {version} are installed; this is {__version__}. {INSTALL}"
    return Finding("version", False, told)


def _module(registry: Registry, profile: Path) -> Finding:
    expected = basic_module(registry, (component_folder(profile) / COMPONENT).as_uri())
    if module_file(profile).read_bytes() == expected.encode():
        return Finding(
            "module", True, f"The Basic module has all {counted(len(registry), 'function')}."
        )
    return Finding("module", False, f"The Basic module is not up to date. {INSTALL}")


def _files(registry: Registry, profile: Path, command: list[str], seconds: float) -> Finding:
    folder = component_folder(profile)
    expected = component_files(registry, command, log=log_file(profile), seconds=seconds)
    changed = [
        name
        for name, content in expected.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    if changed:
        told = f'"{folder / changed[0]}" is missing or not up to date. {INSTALL}'
        return Finding("files", False, told)
    return Finding("files", True, "LibreOffice loads them from cells.")


def _interpreter(command: list[str], seconds: float, environment: dict[str, str]) -> list[Finding]:
    program = command[0]
    if not Path(program).is_file():
        told = f'The Python "{program}" that computes them is not there any more. {INSTALL}'
        return [Finding("interpreter", False, told)]
    found = [Finding("interpreter", True, f'"{program}" computes them.')]
    link = WorkerLink(command, seconds, environment)
    try:
        version, _ = link.call(VERSION, ())
    except WorkerError as problem:
        told = f"It does not answer: {problem}"
        return [*found, Finding("worker", False, f"{told} Install xlportfolio there again.")]
    finally:
        link.stop()
    if version != __version__:
        told = f"It has xlportfolio {version}; this is {__version__}. {INSTALL}"
        return [*found, Finding("worker", False, told)]
    return [*found, Finding("worker", True, "It answers.")]


def _real_cells(registry: Registry, program: Path, profile: Path) -> Finding:
    """Compute the worked examples in a LibreOffice with the user's modules and settings."""
    from openpyxl import load_workbook

    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        copy = Path(folder) / "profile"
        shutil.copytree(profile / "user" / "basic", copy / "user" / "basic")
        settings = profile / "user" / "registrymodifications.xcu"
        if settings.is_file():
            shutil.copyfile(settings, copy / "user" / settings.name)
        book = Path(folder) / "examples.xlsx"
        examples = write_examples(registry, book)
        try:
            told = _computed(program, copy, book, Path(folder) / "computed")
        except OfficeError as problem:
            return Finding("cell", False, str(problem))
        computed = Path(folder) / "computed" / book.name
        if not computed.is_file():
            return Finding("cell", False, f"LibreOffice computed no workbook: {told}")
        sheet = load_workbook(computed, data_only=True)[SHEET]
        values = {
            (i, k): value
            for i, row in enumerate(sheet.iter_rows(values_only=True), 1)
            for k, value in enumerate(row, 1)
        }
    wrong = differences(examples, values)
    if not wrong:
        told = f"LibreOffice computes all {counted(len(examples), 'worked example')} right."
        return Finding("cell", True, told)
    told = f"{len(wrong)} cells of the worked examples differ in LibreOffice, first {wrong[0]}"
    if all(str(value) == "#NAME?" for value in values.values() if str(value).startswith("#")):
        told += " It does not find the functions: allow macros under Tools, Options, Security."
    return Finding("cell", False, told)


@contextmanager
def _log_as_it_is(log: Path) -> Iterator[None]:
    """Keep the errors that are among the worked examples out of the user's log."""
    size = log.stat().st_size if log.is_file() else None
    try:
        yield
    finally:
        if size is None:
            log.unlink(missing_ok=True)
        elif log.is_file() and log.stat().st_size > size:
            os.truncate(log, size)


def _computed(program: Path, profile: Path, book: Path, folder: Path) -> str:
    arguments = (
        *("--headless", "--norestore", "--nologo", "--nolockcheck"),
        *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder, book),
    )
    code, told = run_office(program, profile, *arguments)
    if code == START_AGAIN:
        code, told = run_office(program, profile, *arguments)
    return told or f"code {code}"


def _last_errors(profile: Path) -> tuple[str, ...]:
    try:
        text = log_file(profile).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-_LAST:])
