"""A private LibreOffice computes a workbook right, and runs and fetches nothing."""

from __future__ import annotations

import ast
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from tests.hosts.hostile_books import hostile_book
from xlportfolio.cells import Registry
from xlportfolio.libreoffice import component_files, private_office, private_profile
from xlportfolio.libreoffice.computing import Computed, compute, excel_codes
from xlportfolio.libreoffice.inside_calc import frames, recalculation
from xlportfolio.libreoffice.programs import OfficeError, find_office
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


def test_error_that_a_function_of_ours_gives_is_read_back_as_itself() -> None:
    assert {code: excel_codes(number)[0] for code, number in frames.CODES.items()} == {
        code: code for code in frames.CODES
    }


def test_our_functions_are_computed_in_our_own_python(tmp_path: Path) -> None:
    path = tmp_path / "ours.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row("A1", [1, 4])
        sheet.write_row("A2", [3, 2])
        # Observed ranges 1..3 and 2..4, weights 1/4 and 3/4: 0.25 * (0, 1) + 0.75 * (1, 0).
        sheet.write_array_formula("D1:D2", "{=PF_SCORE(A1:B2,{1,3})}", None, 99)
        sheet.write_formula("E1", '=IFERROR(PF_SCORE(A1:B2,"x"),"no score")', None, 99)
        sheet.write_formula("F1", '=PF_SCORE(A1:B2,"x")', None, 99)
    found = compute(path, {"S": ranges("D1:D2", "E1", "F1")}, Registry.load())
    assert found.values["S"] == {
        (1, 4): 0.75,
        (2, 4): 0.25,
        (1, 5): "no score",
        (1, 6): CellError("#VALUE!"),
    }
    assert found.errors["S"] == {(1, 6): 519}


def test_array_on_the_short_way_is_named_and_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "ours.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        sheet.write_column("A1", [1, 3])
        sheet.write_formula("D1", "=ORG.XLPORTFOLIO.ADDIN.RANK(A1:A2)", None, 99)
        sheet.write_formula("E1", "=ORG.XLPORTFOLIO.ADDIN.RANK(A1)", None, 99)
    found = compute(path, {"S": ranges("D1:E1")}, Registry.load())
    assert found.gave_arrays == {"PF_RANK"}
    assert found.values["S"] == {(1, 4): CellError("#VALUE!"), (1, 5): 1.0}


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
    monkeypatch.setattr(component_files, "worker_command", lambda: command)


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


def test_spill_of_its_shape_is_evaluated_once_more_and_another_one_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls.txt"
    use_worker(
        monkeypatch,
        "import sys\n"
        "from xlportfolio.libreoffice.inside_calc.frames import read_frame, write_frame\n"
        "while True:\n"
        "    name, given = read_frame(sys.stdin.buffer)\n"
        f"    print(name, file=open({str(calls)!r}, 'a'))\n"
        "    write_frame(sys.stdout.buffer, (((1.0, 'a'), (2.0, ''), (3.0, 'b')), ''))\n",
    )
    path = tmp_path / "spills.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        sheet.write_dynamic_array_formula("A1:B3", "=PF_RANK({1;2;3})", None, 0)
    right = {"S": ranges("A1:B3")}
    compute(path, right, Registry.load())
    n_calls = len(calls.read_text().splitlines())
    found = compute(path, right, Registry.load(), arrays=right)
    assert found.shapes == {"S": {(1, 1): (3, 2)}}
    assert len(calls.read_text().splitlines()) == 2 * n_calls + 1
    others = ("A1:B2", "A1:B4", "A1:A3", "A1:C3", "A1:B1", "A1", "A1:C2", "A1:A6")
    asked = {f"S{k}": ranges(other) for k, other in enumerate(others)}
    with xlsxwriter.Workbook(path) as made:
        for name, (other,) in asked.items():
            sheet = made.add_worksheet(name)
            sheet.write_dynamic_array_formula(other.address, "=PF_RANK({1;2;3})", None, 0)
    found = compute(path, asked, Registry.load(), arrays=asked)
    assert found.shapes == {name: {(1, 1): (3, 2)} for name in asked}


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
