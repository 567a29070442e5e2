"""The worker as LibreOffice sees it: started when first called, again after a crash or a hang.

Runs in LibreOffice's Python as well as in ours: standard library only, 3.8 or later.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from .frames import Arrivals, ContentError, FrameError, read_frame, write_frame

REST = 60.0
"""Seconds for which a function is not tried again that hung once, or crashed twice in a row."""

CRASHES = 2


def _take_no_notice(name: str) -> None:
    pass


class CallRecord:
    """What came of the calls in this process, for whoever looks after it.

    Attributes
    ----------
    on_call
        Told the name of each function before it is called.
    unanswered
        By name, each function that got no answer, and the sentence of it.
    gave_arrays
        Functions that were called as an add-in's and gave an array, which is no single value.
    """

    def __init__(self) -> None:
        self.on_call: Callable[[str], None] = _take_no_notice
        self.unanswered: dict[str, str] = {}
        self.gave_arrays: set[str] = set()


record = CallRecord()


class WorkerError(Exception):
    """The worker gave no answer: its text says why, and what to do."""


class WorkerLink:
    """Calls functions in a worker process.

    Parameters
    ----------
    command
        That starts the worker.
    seconds
        How long a call may take.
    environment
        Variables that the worker has besides the user's own.
    clock
        Seconds that only grow; another one for tests.
    """

    def __init__(
        self,
        command: list[str],
        seconds: float,
        environment: dict[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._environment = environment
        self._seconds = seconds
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._arrivals: Arrivals | None = None
        self._lock = threading.Lock()
        self._deadline: float | None = None
        self._hung = False
        self._crashes: dict[str, int] = {}
        self._resting: dict[str, tuple[float, str]] = {}

    def call(self, name: str, given: tuple[Any, ...]) -> tuple[Any, str]:
        """Call one function.

        Parameters
        ----------
        name
            Such as "PF_SCORE"; "" for the worker's version.
        given
            Its arguments by position.

        Returns
        -------
        The value, a scalar or rows, with an error as a NaN; and the sentence of the error, or "".

        Raises
        ------
        WorkerError
            If the worker could not be started, ended, hung or sent something that is no answer.
        """
        record.on_call(name)
        try:
            return self._answer(name, given)
        except WorkerError as problem:
            record.unanswered.setdefault(name, str(problem))
            raise

    def _answer(self, name: str, given: tuple[Any, ...]) -> tuple[Any, str]:
        with self._lock:
            if self._resting:
                self._refuse_what_rests(name)
            process = self._running()
            try:
                answer = self._exchange(process, (name, given))
            except ContentError as error:  # nothing was sent, and the worker waits as before
                raise WorkerError(
                    f"{name} was given {error}; give it ranges, numbers or text."
                ) from error
            except FrameError as error:
                self._end(process)
                raise self._crashed(name, f"sent {error}") from error
            except (EOFError, OSError) as error:
                self._end(process)
                if self._hung:
                    raise self._hung_in(name) from error
                raise self._crashed(name, f"ended with code {process.returncode}") from error
            if self._crashes:
                self._crashes.pop(name, None)
            return answer[0], answer[1]

    def start(self) -> None:
        """Start the worker before it is called, so that the first call need not wait for it."""
        # what hinders it is told when it is called
        with self._lock, contextlib.suppress(WorkerError):
            self._running()

    def stop(self) -> None:
        """End the worker; the next call starts another one."""
        with self._lock:
            if self._process is not None:
                self._end(self._process)

    def _exchange(
        self, process: subprocess.Popen[bytes], request: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        assert process.stdin is not None and process.stdout is not None
        assert self._arrivals is not None
        self._hung = False
        self._deadline = self._clock() + self._seconds
        try:
            write_frame(process.stdin, request)
            self._arrivals.look()
            answer = read_frame(process.stdout)
        finally:
            self._deadline = None
        if len(answer) != 2:
            raise FrameError("a frame that is no answer")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        """The worker; a new one where there is none, or it ended while nobody called."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Never the folder of a workbook: what lies there is not ours to run.
                cwd=os.path.dirname(os.path.abspath(__file__)),
                env={**_without_python(), **self._environment},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            told = (
                f'"{self._command[0]}" could not be started ({error.strerror}). '
                "Run: xlportfolio libreoffice install"
            )
            self._resting[""] = (self._clock() + REST, told)
            raise WorkerError(told) from error
        assert self._process.stdout is not None
        self._arrivals = Arrivals(self._process.stdout)
        watch = threading.Thread(target=self._watch, args=(self._process,), daemon=True)
        watch.start()
        return self._process

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End a worker that takes too long: the call that waits for it then gets an end of file."""
        while process.returncode is None:
            time.sleep(min(1.0, self._seconds / 20))
            deadline = self._deadline
            if deadline is not None and process is self._process and self._clock() > deadline:
                self._hung = True
                process.kill()
                return

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(OSError):  # what was left to write goes nowhere
            process.stdin.close()
        # Without its input a worker ends by itself, and one that crashed tells its code.
        try:
            process.wait(0 if self._hung else 0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        self._process = None

    def _hung_in(self, name: str) -> WorkerError:
        told = (
            f"{name} gave no answer within {self._seconds:g} s and was stopped; give it smaller "
            "ranges"
        )
        self._resting[name] = (self._clock() + REST, told)
        return WorkerError(told + ", then recalculate with Ctrl+Shift+F9.")

    def _crashed(self, name: str, how: str) -> WorkerError:
        told = f"{name} was not computed: its process {how}"
        self._crashes[name] = self._crashes.get(name, 0) + 1
        if self._crashes[name] >= CRASHES:
            self._resting[name] = (self._clock() + REST, told)
        return WorkerError(told + ". Run: xlportfolio libreoffice doctor")

    def _refuse_what_rests(self, name: str) -> None:
        for key in ("", name):
            until, told = self._resting.get(key, (0.0, ""))
            left = until - self._clock()
            if left > 0:
                raise WorkerError(f"{told}; not tried again for {left:.0f} s.")
            if self._resting.pop(key, None) is not None:
                # One more failure of the same kind, and it rests again.
                self._crashes[key] = CRASHES - 1


def _without_python() -> dict[str, str]:
    """The user's variables, without those that LibreOffice set for its own Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
