"""The process that computes for LibreOffice answers right, and whatever happens to it, in time."""

from __future__ import annotations

import ast
import io
import math
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts import provoking_functions
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.component_files import worker_command
from xlportfolio.libreoffice.inside_calc import worker_link
from xlportfolio.libreoffice.inside_calc.frames import FrameError, read_frame, write_frame
from xlportfolio.libreoffice.inside_calc.worker_link import REST, WorkerError, WorkerLink
from xlportfolio.libreoffice.worker import handed

SECONDS = 1.0
INSIDE = provoking_functions.CHECKOUT / "xlportfolio" / "libreoffice" / "inside_calc"


class Clock:
    """The time of day, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(tmp_path: Path, clock: Clock) -> Iterator[WorkerLink]:
    made = WorkerLink(provoking_functions.worker_of(tmp_path, SECONDS), SECONDS, {}, clock)
    yield made
    made.stop()


def code_in(value: Any) -> int:
    """Calc's number of the error that a NaN carries."""
    assert isinstance(value, float) and math.isnan(value)
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    return int(bits & 0xFFFF)


def test_call_gives_the_value_and_no_sentence(link: WorkerLink) -> None:
    # (8 + 5 + 3) / 2
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")


def test_calls_are_told_before_they_are_made_and_those_without_an_answer_noted(
    link: WorkerLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = worker_link.CallRecord()
    told: list[str] = []
    record.on_call = told.append
    monkeypatch.setattr(worker_link, "record", record)
    link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0))
    assert (told, record.unanswered) == (["PF_WSJF"], {})
    with pytest.raises(WorkerError) as raised:
        link.call("PF_END", (7.0,))
    assert told == ["PF_WSJF", "PF_END"]
    assert record.unanswered == {"PF_END": str(raised.value)}


def test_rows_come_back_as_rows_with_empty_text_for_blanks(link: WorkerLink) -> None:
    given = (((2.0,), ("",), (4.0,)), "ascending")
    assert link.call("PF_RANK", given) == (((1.0,), ("",), (2.0,)), "")


def test_wrong_input_is_a_value_error_with_its_sentence(link: WorkerLink) -> None:
    value, sentence = link.call("PF_RANK", (((2.0,),), "upwards"))
    assert code_in(value) == 519
    assert sentence == 'order is "upwards"; expected descending or ascending.'


def test_unknown_function_is_a_name_error(link: WorkerLink) -> None:
    value, sentence = link.call("PF_RNK", (1.0,))
    assert code_in(value) == 525
    assert sentence.startswith('There is no function "PF_RNK"; did you mean PF_RANK')


def test_what_a_function_prints_does_not_reach_the_answers(link: WorkerLink) -> None:
    assert [link.call("PF_PRINT", (n,))[0] for n in (1.0, 2.0)] == [1.0, 2.0]


def test_end_of_the_process_is_told_and_the_next_call_is_answered(link: WorkerLink) -> None:
    with pytest.raises(WorkerError) as told:
        link.call("PF_END", (3.0,))
    assert str(told.value) == (
        "PF_END was not computed: its process ended with code 3. "
        "Run: xlportfolio libreoffice doctor"
    )
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")


def test_function_that_ends_the_process_twice_rests_for_a_while(
    link: WorkerLink, clock: Clock
) -> None:
    for _ in range(2):
        with pytest.raises(WorkerError, match=r"ended with code 3\. Run"):
            link.call("PF_END", (3.0,))
    began = time.monotonic()
    for _ in range(1000):
        with pytest.raises(WorkerError, match=r"ended with code 3; not tried again for [56]\d s"):
            link.call("PF_END", (3.0,))
    assert time.monotonic() - began < 1
    clock.added = REST + 1
    with pytest.raises(WorkerError, match=r"ended with code 4\. Run"):
        link.call("PF_END", (4.0,))


def test_hang_is_ended_in_time_and_ten_thousand_cells_do_not_wait_for_it(
    link: WorkerLink,
) -> None:
    link.call("", ())
    began = time.monotonic()
    with pytest.raises(WorkerError) as told:
        link.call("PF_HANG", (60.0,))
    assert time.monotonic() - began < 5 * SECONDS
    assert str(told.value) == (
        "PF_HANG gave no answer within 1 s and was stopped; give it smaller ranges, then "
        "recalculate with Ctrl+Shift+F9."
    )
    for _ in range(10_000):
        with pytest.raises(WorkerError, match="not tried again for"):
            link.call("PF_HANG", (0.0,))
    assert time.monotonic() - began < 10 * SECONDS
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")


def test_call_after_the_rest_is_answered(link: WorkerLink, clock: Clock) -> None:
    with pytest.raises(WorkerError, match="gave no answer"):
        link.call("PF_HANG", (60.0,))
    clock.added = REST + 1
    assert link.call("PF_HANG", (0.0,)) == (0.0, "")


def test_worker_that_was_ended_between_calls_is_started_again(link: WorkerLink) -> None:
    link.call("", ())
    assert link._process is not None
    link._process.kill()
    link._process.wait()
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")


@pytest.mark.parametrize(
    "program",
    [
        "print('Python 3.11 is ready')",
        "import sys; sys.stdout.buffer.write(b'XLP1' + b'\\xff' * 40)",
        "import sys; sys.stdout.buffer.write(b'XLP1\\x04\\0\\0\\0' + b'\\xff' * 40)",
    ],
    ids=["text", "too long", "no marshalled tuple"],
)
def test_garbage_instead_of_an_answer_is_a_crash_with_a_sentence(program: str) -> None:
    link = WorkerLink([sys.executable, "-c", program], SECONDS, {})
    with pytest.raises(WorkerError, match=r"^PF_RANK was not computed: its process (sent|ended)"):
        link.call("PF_RANK", (1.0,))


def test_missing_interpreter_is_a_sentence_and_is_not_tried_for_every_cell(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone" / "python")
    link = WorkerLink([gone], SECONDS, {})
    expected = f'"{gone}" could not be started (No such file or directory). Run: xlportfolio'
    for _ in range(3):
        with pytest.raises(WorkerError) as told:
            link.call("PF_RANK", (1.0,))
        assert str(told.value).startswith(expected)


def test_worker_that_is_started_before_it_is_called_answers_the_first_call(
    link: WorkerLink,
) -> None:
    link.start()
    started = link._process
    assert started is not None and started.poll() is None
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")
    assert link._process is started


def test_missing_interpreter_is_told_by_the_first_call_not_by_the_start(tmp_path: Path) -> None:
    link = WorkerLink([str(tmp_path / "gone")], SECONDS, {})
    link.start()
    with pytest.raises(WorkerError, match="could not be started"):
        link.call("PF_RANK", (1.0,))


def test_value_that_no_cell_holds_is_refused_and_the_worker_goes_on(link: WorkerLink) -> None:
    with pytest.raises(WorkerError, match="PF_RANK was given a value of a kind that no cell holds"):
        link.call("PF_RANK", (object(),))
    assert link.call("PF_WSJF", (8.0, 5.0, 3.0, 2.0)) == (8.0, "")


def test_worker_ends_when_libreoffice_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen(
        provoking_functions.worker_of(tmp_path, SECONDS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        write_frame(process.stdin, ("", ()))
        assert read_frame(process.stdout)[1] == ""
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no alarm")
def test_worker_that_hangs_ends_by_itself_when_nobody_ends_it(tmp_path: Path) -> None:
    command = provoking_functions.worker_of(tmp_path, -4.5)  # and 5 s of grace
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        write_frame(process.stdin, ("PF_HANG", (60.0,)))
        assert process.wait(20) != 0


def test_worker_runs_no_code_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "xlportfolio.py").write_text("raise SystemExit(9)")
    (tmp_path / "marshal.py").write_text("raise SystemExit(9)")
    done = subprocess.run(worker_command(), cwd=tmp_path, input=b"", check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # left out between others in Basic, and a blank cell to the add-in
        ((1.0, 0, 3.0), (1.0, None, 3.0)),
        ((1.0, 0.0), (1.0, None)),
        # a 0 that means something
        ((0.0, 2.0, 0.0), (0.0, 2.0, 0.0)),
        ((1.0, ((0.0,),)), (1.0, 0.0)),
        ((((0.0, 0.0),), ((0.0,), (0.0,))), (((0.0, 0.0),), ((0.0,), (0.0,)))),
        ((None, None, None), (None, None, None)),
    ],
)
def test_zero_is_a_left_out_argument_only_where_it_can_mean_nothing_else(
    given: tuple[Any, ...], expected: tuple[Any, ...]
) -> None:
    registry = Registry()
    registry.add_module(provoking_functions)
    assert handed(registry["PF_HANDED"], given) == expected


@pytest.mark.parametrize("content", [b"", b"XLP1", b"XLP1\x08\0\0\0half"])
def test_frame_that_is_cut_short_is_an_end_of_file(content: bytes) -> None:
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(content))


def test_frame_without_its_mark_is_refused() -> None:
    with pytest.raises(FrameError, match="bytes that are no frame"):
        read_frame(io.BytesIO(b"Set parameter Username"))


@pytest.mark.parametrize("file", sorted(INSIDE.glob("*.py")), ids=lambda file: file.name)
def test_what_runs_inside_libreoffice_is_python_3_8_with_its_own_library_alone(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            named.add(str(node.module).split(".")[0])
    ours = {"uno", "unohelper", "com", "org", "xlportfolio_inside_calc"}
    assert named - ours <= set(sys.stdlib_module_names)
