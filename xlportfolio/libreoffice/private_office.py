"""One LibreOffice process that does one job, is watched, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from xlportfolio.libreoffice.inside_calc import recalculation
from xlportfolio.libreoffice.private_profile import (
    Parts,
    command,
    environment,
    pipe_left_behind,
    write_profile,
)
from xlportfolio.libreoffice.programs import START_AGAIN, Office, OfficeError

_MOST_STARTS = 4
_SECONDS_BETWEEN_LOOKS = 0.02
_SECONDS_TO_END = 10.0
_SECONDS_TO_START = 60.0
_STARTING = "starting"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder of our own that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="xlportfolio-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_job(
    office: Office,
    folder: Path,
    job: Mapping[str, Any],
    parts: Parts,
    *,
    progress: Callable[[str], None],
    seconds: float,
) -> dict[str, Any]:
    """Have a private LibreOffice do the job of `inside_calc/recalculation.py`.

    Parameters
    ----------
    office
        Which LibreOffice.
    folder
        Private: profile, job and answer go into it.
    job
        "book", a URL, "wanted", ranges by sheet, and "left_behind", what to delete, besides what is
        private here, when this process is killed.
    parts
        What it loads besides.
    progress
        Told each line that the job writes.
    seconds
        How long it may go on without one. [s]

    Returns
    -------
    The answer: "sheets", or "refused" with the reason.

    Raises
    ------
    OfficeError
        If it crashes, hangs or does not start.
    """
    (folder / "home").mkdir()
    (folder / "temporary").mkdir(mode=0o700)
    pipe = pipe_left_behind(folder)
    left_behind = [*([str(pipe)] if pipe else []), str(folder), *job.get("left_behind", ())]
    (folder / "job.json").write_text(
        json.dumps({**job, "left_behind": left_behind}), encoding="utf-8"
    )
    (folder / "job.rdb").write_text(_components(), encoding="utf-8")
    write_profile(folder / "profile", parts.items)
    everything = Parts((folder / "job.rdb", *parts.services), parts.types, parts.items)
    watch = _Watch(office, folder, progress, seconds)
    try:
        for _ in range(_MOST_STARTS):
            code = watch.run(
                command(office, folder, everything, f"service:{recalculation.SERVICE}")
            )
            if code != START_AGAIN:
                break
    finally:
        if pipe:
            pipe.unlink(missing_ok=True)
    answer = folder / "answer.json"
    if code != 0 or not answer.is_file():
        raise OfficeError(f"{office.product} {office.version} {watch.account_of(code)}")
    found: dict[str, Any] = json.loads(answer.read_bytes())
    return found


def _components() -> str:
    uri = Path(recalculation.__file__).resolve().as_uri()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<components xmlns="http://openoffice.org/2010/uno-components">'
        f'<component loader="com.sun.star.loader.Python" uri={quoteattr(uri)}>'
        f'<implementation name="{recalculation.IMPLEMENTATION}">'
        f'<service name="{recalculation.SERVICE}"/></implementation></component></components>\n'
    )


class _Watch:
    """Starts LibreOffice and ends it, at the latest when it does not get on."""

    def __init__(
        self, office: Office, folder: Path, progress: Callable[[str], None], seconds: float
    ) -> None:
        self.office = office
        self.folder = folder
        self.progress = progress
        self.seconds = seconds
        self.doing = _STARTING

    def run(self, words: list[str]) -> int:
        """Run it to its end; its exit code."""
        signs = self.folder / "progress.txt"
        signs.touch()
        with (self.folder / "output.txt").open("ab") as output, signs.open("rb") as lines:
            try:
                process = _start(words, self.folder, output)
            except OSError as problem:
                raise OfficeError(
                    f"{self.office} cannot be started: {problem.strerror or problem} "
                    f'("{words[0]}").'
                ) from problem
            try:
                return self._wait(process, lines)
            finally:
                _end(process)

    def _wait(self, process: subprocess.Popen[bytes], lines: IO[bytes]) -> int:
        last = time.monotonic()
        while True:
            try:
                code: int | None = process.wait(_SECONDS_BETWEEN_LOOKS)
            except subprocess.TimeoutExpired:
                code = None
            for line in lines:
                last = time.monotonic()
                self.doing = line.decode("utf-8").strip()
                self.progress(self.doing)
            if code is not None:
                return code
            limit = self.seconds
            if self.doing == _STARTING:
                limit = min(limit, _SECONDS_TO_START)
            if time.monotonic() - last > limit:
                raise OfficeError(self._account_of_hang(limit))

    def _account_of_hang(self, seconds: float) -> str:
        name = f"{self.office.product} {self.office.version}"
        if self.doing == _STARTING:
            return f"{name} did not start within {seconds:g} s. {self._way_out()}"
        return (
            f"{name} did not get on for {seconds:g} s while {self.doing}, and was ended. Allow it "
            "more time, or look for a formula that takes so long."
        )

    def account_of(self, code: int) -> str:
        """How it ended, where it gave no answer."""
        told = (self.folder / "output.txt").read_text(encoding="utf-8", errors="replace")
        last = next((line for line in reversed(told.splitlines()) if line.strip()), "")
        how = f"crashed (signal {-code})" if code < 0 else f"ended with code {code}"
        said = f" and said: {last.strip()[:200]}" if last and code >= 0 else ""
        return f"{how} while {self.doing}{said}. {self._way_out()}"

    def _way_out(self) -> str:
        if self.doing == _STARTING:
            return "Try again; if it happens again, see whether it starts by itself."
        return (
            "Try again; if it happens again, open the workbook in LibreOffice to see where it "
            "fails."
        )


def _start(words: list[str], folder: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        words,
        # We hold this end open: LibreOffice ends itself when we are gone.
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        cwd=folder,
        env=environment(folder, {recalculation.FOLDER: str(folder)}),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started, however far they got."""
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False
        )
    else:
        # macOS says PermissionError where all of them had ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin:
        process.stdin.close()
    process.wait(_SECONDS_TO_END)
