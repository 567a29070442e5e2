"""Who waits for the other process looks for it for a moment, and never in the way of others."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator
from typing import IO

import pytest

from xlportfolio.libreoffice.inside_calc import frames
from xlportfolio.libreoffice.inside_calc.frames import Arrivals

pytestmark = pytest.mark.skipif(
    not hasattr(select, "poll") or not hasattr(os, "sched_yield"),
    reason="this system cannot look into a pipe",
)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Both ends of a pipe, on a machine of two processors."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as other:
        yield stream, other


def seconds_of(arrivals: Arrivals) -> float:
    began = time.perf_counter()
    arrivals.look()
    return time.perf_counter() - began


def test_look_ends_when_the_moment_is_over(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "LOOKING", 0.05)
    assert 0.05 <= seconds_of(Arrivals(pipe[0])) < 5


def test_look_ends_as_soon_as_something_arrives(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "LOOKING", 60.0)
    writes = threading.Timer(0.05, pipe[1].write, [b"x"])
    writes.start()
    assert 0.02 <= seconds_of(Arrivals(pipe[0])) < 10
    writes.join()
    assert pipe[0].read(1) == b"x"


def test_look_ends_when_the_other_process_has_gone(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "LOOKING", 60.0)
    arrivals = Arrivals(pipe[0])
    pipe[1].close()
    assert seconds_of(arrivals) < 10
    assert pipe[0].read(1) == b""


def test_nothing_is_looked_for_where_others_want_the_processor(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given_way: list[int] = []

    def give_way() -> None:
        given_way.append(1)
        time.sleep(0.01)  # as if another process had run meanwhile

    monkeypatch.setattr(os, "sched_yield", give_way)
    monkeypatch.setattr(frames, "_SLEEPING", 60.0)
    arrivals = Arrivals(pipe[0])
    for _ in range(100):
        arrivals.look()
    assert len(given_way) == 1
    monkeypatch.setattr(frames, "_SLEEPING", 0.0)
    arrivals = Arrivals(pipe[0])
    for _ in range(3):
        arrivals.look()
    assert len(given_way) == 4


def test_single_processor_is_left_to_the_other_process(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(frames, "LOOKING", 60.0)
    assert seconds_of(Arrivals(pipe[0])) < 10
