"""A private LibreOffice computes a workbook: right, safely, and leaving nothing behind."""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter

from tests.hosts.hostile_books import hostile_book
from xlportfolio.cells import Registry
from xlportfolio.libreoffice import computing, extension, private_office, private_profile
from xlportfolio.libreoffice.computing import Computed, compute, excel_codes
from xlportfolio.libreoffice.inside_calc import recalculation
from xlportfolio.libreoffice.programs import NoOfficeError, OfficeError, find_office
from xlportfolio.values import CellError
from xlportfolio.workbook.references import CellRange

pytestmark = pytest.mark.usefixtures("soffice")

NATIVES: dict[str, object] = {
    "=1/3": 1 / 3,
    "=0.1+0.2": 0.1 + 0.2,
    "=2^53+1": 9007199254740992.0,
    "=-1E-300": -1e-300,
    "=1E308": 1e308,
    "=DATE(2026,11,22)+0.5": 46348.5,
    "=7-7": 0.0,
    '="a"&"b"': "ab",
    '="Ä€" & CHAR(10) & """"': 'Ä€\n"',
    '=""': "",
    "=TRUE()": True,
    "=1=2": False,
    "=NOT(Z1)": True,
    "=ISNUMBER(1)*1": 1.0,
    "=Z99": 0.0,
    "=SUM(Data!A1:A3)": 6.0,
    '=VLOOKUP("b",Data!C1:D2,2,FALSE)': 20.0,
}
ERRORS = {
    "=NA()": ("#N/A", 32767),
    "=1/0": ("#DIV/0!", 532),
    '="a"+1': ("#VALUE!", 519),
    "=#REF!": ("#REF!", 524),
    "=#NULL!": ("#NULL!", 521),
    "=1E308*10": ("#NUM!", 503),
    "=SQRT(-1)": ("#VALUE!", 502),
    "=PF_NOBODY_KNOWS(1)": ("#NAME?", 525),
    "=no_such_name": ("#NAME?", 525),
    "=B10": ("#VALUE!", 522),
}
"""What each gives, and Calc's number; the last one stands in B10 itself."""


def ranges(*addresses: str) -> list[CellRange]:
    return [CellRange.parse(address) for address in addresses]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calc engine") / "Größe 100 % & more.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("It's a sheet")
        data = made.add_worksheet("Data")
        data.write_column("A1", [1, 2, 3])
        data.write_column("C1", ["a", "b"])
        data.write_column("D1", [10, 20])
        for row, formula in enumerate(NATIVES):
            sheet.write_formula(row, 0, formula, None, 99)
        for row, formula in enumerate(ERRORS):
            sheet.write_formula(row, 1, formula, None, 99)
        sheet.write_array_formula("E1:E3", "{=Data!A1:A3*2}", None, 99)
        sheet.write_array_formula("F1:F3", "{=1/(Data!A1:A3-2)}", None, 99)
        sheet.write("G1", "typed")
        sheet.write("G2", True)
    return path


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


@pytest.fixture(scope="module")
def computed(book: Path) -> Computed:
    return compute(
        book,
        {
            "It's a sheet": ranges(
                *(f"A{row}" for row in range(1, len(NATIVES) + 1)), "B1:B10", "E1:E3", "F1:F3",
                "G1:G3", "XFD1048576",
            ),
            "Data": ranges("B1:C2", "D:D"),
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "formula", "expected"),
    [(row, *pair) for row, pair in enumerate(NATIVES.items(), 1)],
    ids=list(NATIVES),
)
def test_native_formula_gives_its_exact_value_and_kind(
    computed: Computed, row: int, formula: str, expected: object
) -> None:
    found = computed.values["It's a sheet"][row, 1]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("row", "formula", "expected"),
    [(row, *pair) for row, pair in enumerate(ERRORS.items(), 1)],
    ids=list(ERRORS),
)
def test_error_has_excels_code_and_calcs_number(
    computed: Computed, row: int, formula: str, expected: tuple[str, int]
) -> None:
    found = computed.values["It's a sheet"][row, 2], computed.errors["It's a sheet"][row, 2]
    assert found == (CellError(expected[0]), expected[1])


def test_array_has_each_of_its_values_and_errors(computed: Computed) -> None:
    cells, errors = computed.values["It's a sheet"], computed.errors["It's a sheet"]
    assert [cells[row, 5] for row in (1, 2, 3)] == [2.0, 4.0, 6.0]
    assert [cells[row, 6] for row in (1, 2, 3)] == [-1.0, CellError("#DIV/0!"), 1.0]
    assert {place for place in errors if place[1] == 6} == {(2, 6)}


def test_array_that_is_read_in_several_pieces_is_whole(tmp_path: Path) -> None:
    n_rows = 50_001
    path = tmp_path / "tall.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        formula = f"{{=1/({n_rows}-ROW(A1:A{n_rows}))}}"
        sheet.write_array_formula(0, 0, n_rows - 1, 0, formula, None, 99)
    found = compute(path, {"S": [CellRange(1, 1, n_rows, 1)]})
    expected: dict[tuple[int, int], object] = {
        (row, 1): 1 / (n_rows - row) for row in range(1, n_rows)
    }
    assert found.values["S"] == {**expected, (n_rows, 1): CellError("#DIV/0!")}
    assert found.errors["S"] == {(n_rows, 1): 532}


def test_typed_cells_and_blanks_are_told_apart(computed: Computed) -> None:
    cells = computed.values["It's a sheet"]
    assert (cells[1, 7], cells[2, 7], cells[3, 7]) == ("typed", True, None)
    assert computed.values["Data"] == {
        (1, 2): None,
        (2, 2): None,
        (1, 3): "a",
        (2, 3): "b",
        (1, 4): 10.0,
        (2, 4): 20.0,
        (3, 4): None,
    }


def test_cells_beyond_the_used_area_are_left_out(computed: Computed) -> None:
    assert (1_048_576, 16_384) not in computed.values["It's a sheet"]


def test_every_error_of_calc_has_a_code_of_excel() -> None:
    assert excel_codes(502)[:2] == ("#VALUE!", "#NUM!")
    assert excel_codes(32767) == ("#N/A",)
    assert excel_codes(509) == ("#VALUE!",)


def test_our_functions_are_computed_in_our_own_python(tmp_path: Path) -> None:
    path = tmp_path / "ours.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row("A1", [1, 4])
        sheet.write_row("A2", [3, 2])
        # Observed ranges 1..3 and 2..4, weights 1/4 and 3/4: 0.25 * (0, 1) + 0.75 * (1, 0).
        score = "ORG.XLPORTFOLIO.ADDIN.SCORE"
        sheet.write_array_formula("D1:D2", f"{{={score}(A1:B2,{{1,3}})}}", None, 99)
        sheet.write_formula("E1", f'=IFERROR({score}(A1:B2,"x"),"no score")', None, 99)
        sheet.write_formula("F1", f'={score}(A1:B2,"x")', None, 99)
    found = compute(path, {"S": ranges("D1:D2", "E1", "F1")}, Registry.load())
    assert found.values["S"] == {
        (1, 4): 0.75,
        (2, 4): 0.25,
        (1, 5): "no score",
        (1, 6): CellError("#VALUE!"),
    }
    assert found.errors["S"] == {(1, 6): 519}


@pytest.fixture
def calls_of_ours(tmp_path: Path) -> Path:
    """Two formulas that call PF_WSJF, S!A1 and S!A2."""
    path = tmp_path / "calls.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        for row in (0, 1):
            formula = f"=ORG.XLPORTFOLIO.ADDIN.WSJF({row},1,1,1)"
            sheet.write_formula(row, 0, formula, None, 99)
    return path


def use_worker(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let another program answer the calls of our functions."""
    command = [sys.executable, "-c", program]
    monkeypatch.setattr(extension, "worker_command", lambda: command)


def test_function_that_gets_no_answer_is_named_with_its_sentence(
    calls_of_ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_worker(monkeypatch, "import sys; sys.exit(5)")
    found = compute(calls_of_ours, {"S": ranges("A1:A2")}, Registry.load())
    assert list(found.unanswered) == ["PF_WSJF"]
    assert "its process ended with code 5" in found.unanswered["PF_WSJF"]
    assert found.errors["S"] == {(1, 1): 519, (2, 1): 519}


def test_each_long_call_of_a_function_is_a_sign_that_it_goes_on(
    calls_of_ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_worker(
        monkeypatch,
        "import sys, time\n"
        "from xlportfolio.libreoffice.inside_calc.frames import read_frame, write_frame\n"
        "while True:\n"
        "    name, given = read_frame(sys.stdin.buffer)\n"
        "    time.sleep(0.7)\n"
        "    write_frame(sys.stdout.buffer, (given[0][0][0] * 10.0, ''))\n",
    )
    signs: list[str] = []
    found = compute(calls_of_ours, {"S": ranges("A1:A2")}, Registry.load(), progress=signs.append)
    assert found.values["S"] == {(1, 1): 0.0, (2, 1): 10.0}
    assert found.unanswered == {}
    assert signs.index("computing") < signs.index("computing PF_WSJF") < signs.index("reading")


def test_workbook_and_its_folder_stay_as_they_are(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], book: Path
) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(book.read_bytes())
    path.chmod(0o444)
    compute(path, {"Data": ranges("A1")})
    assert [one.name for one in tmp_path.iterdir()] == ["mine.xlsx"]
    assert path.read_bytes() == book.read_bytes()


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server, and the first line of what it was asked."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                asked.append(connection.recv(1000).partition(b"\r\n")[0])
                connection.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()


def test_hostile_workbook_runs_and_fetches_nothing(
    tmp_path: Path, server: tuple[str, list[bytes]]
) -> None:
    address, asked = server
    found = compute(hostile_book(tmp_path, address), {"Traps": ranges("A1:A8", "B1")})
    assert asked == []
    assert not (tmp_path / "ran").exists()
    cells, errors = found.values["Traps"], found.errors["Traps"]
    # WEBSERVICE, a link by name, DDE twice, and a function of the workbook's own macros
    assert {row: errors[row, 1] for row in (1, 3, 4, 5, 8)} == {
        1: 540,
        3: 540,
        4: 509,
        5: 32767,
        8: 525,
    }
    # What the workbook itself keeps of other workbooks, not what stands in them now.
    assert (cells[2, 1], cells[7, 1]) == (41.0, 41.0)
    assert cells[1, 2] == 42.0


def test_hostile_workbook_would_be_noticed(
    tmp_path: Path, server: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing set, the same workbook runs its macros and asks the server."""
    source = Path(recalculation.__file__).read_text(encoding="utf-8")
    loose = tmp_path / "loose.py"
    loose.write_text(
        source.replace("_NEVER_EXECUTE = 0", "_NEVER_EXECUTE = 4").replace(
            "_NO_UPDATE = 0", "_NO_UPDATE = 3"
        )
    )
    monkeypatch.setattr(recalculation, "__file__", str(loose))
    settings = (
        ("Office.Common/Security/Scripting", "MacroSecurityLevel", "0"),
        ("Office.Calc/Content/Update", "Link", "0"),
    )
    monkeypatch.setattr(private_profile, "_SETTINGS", settings)

    def open_to_the_network(folder: Path, more: dict[str, str]) -> dict[str, str]:
        found = private_profile.environment(folder, more)
        return {name: value for name, value in found.items() if not name.endswith("_proxy")}

    monkeypatch.setattr(private_office, "environment", open_to_the_network)
    address, asked = server
    compute(hostile_book(tmp_path, address), {"Traps": ranges("A1:A8")})
    assert b"GET /picture.png HTTP/1.1" in asked
    assert "PF_TRAP" in (tmp_path / "ran").read_text()


def test_hang_is_ended_with_a_sentence(slow: Path, started: list[subprocess.Popen[bytes]]) -> None:
    stop = at("computing", lambda: os.killpg(started[-1].pid, signal.SIGSTOP))
    begun = time.monotonic()
    with pytest.raises(OfficeError) as raised:
        compute(slow, {"Slow": ranges("A1")}, progress=stop, seconds=3)
    version = find_office().version
    assert str(raised.value) == (
        f'"slow.xlsx" was not computed: LibreOffice {version} did not get on for 3 s while '
        "computing, and was ended. Allow it more time, or look for a formula that takes so long."
    )
    assert time.monotonic() - begun < 30


def test_crash_is_told_in_a_sentence(slow: Path, started: list[subprocess.Popen[bytes]]) -> None:
    kill = at("computing", lambda: os.kill(started[-1].pid, signal.SIGKILL))
    with pytest.raises(OfficeError) as raised:
        compute(slow, {"Slow": ranges("A1")}, progress=kill)
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
        compute(slow, {"Slow": ranges("A1")}, progress=at("computing", interrupt))


def test_libreoffice_clears_up_and_ends_when_its_starter_is_killed(slow: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from xlportfolio.libreoffice import computing, private_office\n"
        "start = private_office._start\n"
        "def noted(*given):\n"
        "    process = start(*given)\n"
        "    print(process.pid, given[1], flush=True)\n"
        "    return process\n"
        "private_office._start = noted\n"
        "computing.compute(Path(sys.argv[1]), {'Slow': []},\n"
        "                  progress=lambda sign: print(sign, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(slow)], stdout=subprocess.PIPE, text=True
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
        "Try again; if it happens again, open the workbook in LibreOffice to see where it fails."
    )


def test_libreoffice_that_hangs_at_its_start_is_ended_with_all_that_it_started(
    tmp_path: Path,
    broken_office: Callable[[str], str],
    started: list[subprocess.Popen[bytes]],
) -> None:
    told = broken_office("sleep 600 & sleep 600")
    with pytest.raises(OfficeError) as raised:
        compute(tmp_path / "broken.xlsx", {}, seconds=1)
    assert str(raised.value).startswith(f"{told} did not get on for 1 s while starting, and was e")


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


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"PK\x03\x04 and no more", "cannot open it"), (b"a,b\n1,2\n", "cannot open it")],
    ids=["broken package", "plain text"],
)
def test_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(content)
    with pytest.raises(OfficeError) as raised:
        compute(path, {"S": ranges("A1")})
    assert str(raised.value).startswith(f'"broken.xlsx" was not computed: {find_office()} {why}')


def test_sheet_that_is_not_there_is_named(book: Path) -> None:
    with pytest.raises(OfficeError, match=r'finds no sheet "Costs" in it\.'):
        compute(book, {"Costs": ranges("A1")})


def test_what_libreoffices_python_runs_needs_no_newer_python_and_no_package() -> None:
    known = {*sys.stdlib_module_names, "uno", "unohelper", "com", "org", "xlportfolio_inside_calc"}
    files = sorted(Path(recalculation.__file__).parent.glob("*.py"))
    assert "recalculation.py" in [file.name for file in files]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"), file.name, feature_version=(3, 8))
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= known, (file.name, names)
