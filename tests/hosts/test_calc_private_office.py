"""The process of a private LibreOffice is watched, and leaves nothing behind, come what may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter

from xlportfolio.libreoffice import computing, private_office, private_profile
from xlportfolio.libreoffice.computing import compute
from xlportfolio.libreoffice.programs import NoOfficeError, OfficeError, find_office
from xlportfolio.workbook.references import CellRange

pytestmark = pytest.mark.usefixtures("soffice")

FIRST_CELL = {"Slow": [CellRange(1, 1, 1, 1)]}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook that takes minutes to compute."""
    path = tmp_path_factory.mktemp("slow") / "slow.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Slow")
        for row in range(200):
            sheet.write_formula(row, 0, f"=SUMPRODUCT(SIN(ROW(A$1:A$900000)+{row}))", None, 0)
    return path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that were started; at the end none of them may run, nor their folders be."""
    processes: list[subprocess.Popen[bytes]] = []
    folders: list[Path] = []
    start = private_office._start

    def start_noted(words: list[str], folder: Path, output: object) -> subprocess.Popen[bytes]:
        processes.append(start(words, folder, output))  # type: ignore[arg-type]
        folders.append(folder)
        return processes[-1]

    monkeypatch.setattr(private_office, "_start", start_noted)
    yield processes
    assert processes, "no LibreOffice was started"
    assert [line for process in processes for line in _running_in_group(process.pid)] == []
    assert [folder for folder in folders if folder.exists()] == []
    assert [folder for folder in folders if pipe_of(folder).exists()] == []


def _running_in_group(group: int) -> list[str]:
    """What runs of what a process started; what has ended and waits to be buried does not."""
    told = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(None, 2) for line in told.stdout.splitlines()]
    return [" ".join(line) for line in lines if line[0] == str(group) and line[1][0] != "Z"]


def pipe_of(folder: Path) -> Path:
    pipe = private_profile.pipe_left_behind(folder)
    assert pipe is not None
    return pipe


def at(sign: str, do: Callable[[], object]) -> Callable[[str], None]:
    """Do something when LibreOffice says that it is at a step."""

    def progress(told: str) -> None:
        if told == sign:
            do()

    return progress


def test_workbook_and_its_folder_stay_as_they_are(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    path = tmp_path / "mine.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet("Slow").write_formula("A1", "=6*7", None, 99)
    before = path.read_bytes()
    path.chmod(0o444)
    assert compute(path, FIRST_CELL).values == {"Slow": {(1, 1): 42.0}}
    assert [one.name for one in tmp_path.iterdir()] == ["mine.xlsx"]
    assert path.read_bytes() == before


def test_hang_is_ended_with_a_sentence(slow: Path, started: list[subprocess.Popen[bytes]]) -> None:
    stop = at("computing", lambda: os.killpg(started[-1].pid, signal.SIGSTOP))
    begun = time.monotonic()
    with pytest.raises(OfficeError) as raised:
        compute(slow, FIRST_CELL, progress=stop, seconds=3)
    version = find_office().version
    assert str(raised.value) == (
        f'"slow.xlsx" was not computed: LibreOffice {version} did not get on for 3 s while '
        "computing, and was ended. Allow it more time, or look for a formula that takes so long."
    )
    assert time.monotonic() - begun < 30


def test_crash_is_told_in_a_sentence(slow: Path, started: list[subprocess.Popen[bytes]]) -> None:
    kill = at("computing", lambda: os.kill(started[-1].pid, signal.SIGKILL))
    with pytest.raises(OfficeError) as raised:
        compute(slow, FIRST_CELL, progress=kill)
    version = find_office().version
    assert str(raised.value) == (
        f'"slow.xlsx" was not computed: LibreOffice {version} crashed (signal 9) while computing. '
        "Try again; if it happens again, open the workbook in LibreOffice to see where it fails."
    )


def test_break_by_the_user_leaves_nothing(
    slow: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    private_folder = computing.private_folder

    @contextmanager
    def folder_noted() -> Iterator[Path]:
        with private_folder() as folder:
            folders.append(folder)
            yield folder

    monkeypatch.setattr(computing, "private_folder", folder_noted)

    def interrupt() -> None:
        assert folders[0].is_dir()
        assert pipe_of(folders[0]).is_socket(), "what is looked for afterwards is there now"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute(slow, FIRST_CELL, progress=at("computing", interrupt))


def test_libreoffice_clears_up_and_ends_when_its_starter_is_killed(
    slow: Path, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"  # of the user's workbook
    copies.mkdir()
    script = (
        "import sys; from pathlib import Path\n"
        "from xlportfolio.libreoffice import computing, private_office\n"
        "start = private_office._start\n"
        "def noted(*given):\n"
        "    process = start(*given)\n"
        "    print(process.pid, given[1], flush=True)\n"
        "    return process\n"
        "private_office._start = noted\n"
        "computing.compute(Path(sys.argv[1]), {'Slow': []}, private=Path(sys.argv[2]),\n"
        "                  progress=lambda sign: print(sign, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(slow), str(copies)], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        said = []
        for line in starter.stdout:
            said.append(line.split())
            if line.strip() == "computing":
                break
        starter.kill()
    pid, folder = next((int(words[0]), words[1]) for words in reversed(said) if len(words) == 2)
    _wait_until_gone(pid)
    assert not Path(folder).exists()
    assert not copies.exists()
    assert not pipe_of(Path(folder)).exists()


def _wait_until_gone(group: int) -> None:
    deadline = time.monotonic() + 15
    while running := _running_in_group(group):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)


@pytest.fixture
def broken_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Put a script in LibreOffice's place; what a message calls it."""

    def install(script: str) -> str:
        folder = tmp_path / "program"
        folder.mkdir()
        (folder / "bootstraprc").write_text("[Bootstrap]\nProductKey=LibreOffice 24.8\n")
        (folder / "pythonloader.py").touch()
        (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "soffice").chmod(0o755)
        monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(folder))
        return '"broken.xlsx" was not computed: LibreOffice 24.8'

    (tmp_path / "broken.xlsx").write_bytes(b"never read")
    return install


def test_libreoffice_that_does_not_start_is_told_with_what_it_said(
    tmp_path: Path, broken_office: Callable[[str], str]
) -> None:
    told = broken_office("echo; echo 'libcups.so.2: not found' >&2; exit 127")
    with pytest.raises(OfficeError) as raised:
        compute(tmp_path / "broken.xlsx", {})
    assert str(raised.value) == (
        f"{told} ended with code 127 while starting and said: libcups.so.2: not found. "
        "Try again; if it happens again, see whether it starts by itself."
    )


def test_libreoffice_that_hangs_at_its_start_is_ended_with_all_that_it_started(
    tmp_path: Path,
    broken_office: Callable[[str], str],
    started: list[subprocess.Popen[bytes]],
) -> None:
    told = broken_office("sleep 600 & sleep 600")
    with pytest.raises(OfficeError) as raised:
        compute(tmp_path / "broken.xlsx", {}, seconds=1)
    assert str(raised.value) == (
        f"{told} did not start within 1 s. Try again; if it happens again, see whether it starts "
        "by itself."
    )


def test_libreoffice_that_only_starts_again_is_given_up(
    tmp_path: Path,
    broken_office: Callable[[str], str],
    started: list[subprocess.Popen[bytes]],
) -> None:
    told = broken_office("exit 81")
    with pytest.raises(OfficeError) as raised:
        compute(tmp_path / "broken.xlsx", {})
    assert str(raised.value).startswith(f"{told} ended with code 81 while starting. ")
    assert len(started) == 4


def test_program_that_cannot_be_run_is_told(
    tmp_path: Path, broken_office: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_office("exit 0")
    (tmp_path / "program" / "soffice").write_bytes(b"\x7fELF no program")
    with pytest.raises(OfficeError, match=r"cannot be started: Exec format error \("):
        compute(tmp_path / "broken.xlsx", {})


def test_missing_libreoffice_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(tmp_path / "nowhere"))
    with pytest.raises(NoOfficeError, match=r'nowhere", which does not exist; expected the prog'):
        compute(tmp_path / "book.xlsx", {})
