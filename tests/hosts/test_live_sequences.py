"""Undo and restore over random sequences of runs and edits: `tests.hosts.live_sequences`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import xlwings as xw

from tests.hosts import live_sequences
from tests.hosts.live_sequences import play


def test_undo_is_exact_or_refused_over_random_sequences() -> None:
    counts, wrong = play(1, 25, 14)
    assert wrong == []
    # A slice that undoes nothing, or refuses most, would prove nothing.
    assert counts["runs"] > 80
    assert counts["edits"] > 80
    assert counts["undone"] > 40
    assert counts["refused"] < counts["undone"] / 3


def spoil(monkeypatch: pytest.MonkeyPatch, spoilt: Callable[..., Callable[..., Any]]) -> None:
    """Undo and restore in another way."""
    for name in ("undo_live", "restore_live"):
        monkeypatch.setattr(live_sequences, name, spoilt(getattr(live_sequences, name)))


def test_format_that_an_undo_changes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def paints(true: Callable[..., Any]) -> Callable[..., Any]:
        def undo(book: xw.Book, *arguments: Any, **options: Any) -> Any:
            done = true(book, *arguments, **options)
            book.sheets[0].range("B4").color = (1, 2, 3)
            return done

        return undo

    spoil(monkeypatch, paints)
    _, wrong = play(1, 3, 14)
    assert any("cells > B4" in line for line in wrong), wrong


def test_edit_that_an_undo_loses_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def asks_nobody(true: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **options: true(*arguments, **{**options, "force": True})

    spoil(monkeypatch, asks_nobody)
    _, wrong = play(50, 4, 14)
    assert any("lost without a word" in line for line in wrong), wrong
