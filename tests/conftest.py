"""Fixtures for all tests: what the machine offers, and a store that is not the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.machine import AbsentError, Calc, Validator, is_ci, presence, shared_folder

Offered = TypeVar("Offered")


def pytest_report_header() -> list[str]:
    return list(presence())


def _require(find: Callable[[], Offered]) -> Offered:
    """What the machine offers; without it a skip, or a failure where CI is set."""
    try:
        return find()
    except AbsentError as absent:
        if is_ci():
            pytest.fail(f"NOT CHECKED: {absent}", pytrace=False)
        pytest.skip(f"NOT CHECKED: {absent}")


@pytest.fixture(autouse=True)
def _store_of_the_tests(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test writes into the undo store of whoever runs it."""
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path_factory.getbasetemp() / "store"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real workbooks: `shared / "data" / "real"`."""
    return _require(shared_folder)


@pytest.fixture(scope="session")
def validator() -> Validator:
    """`validator(path)` is the set of errors that the Open XML validator finds."""
    return _require(Validator)


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Calc:
    """`soffice.values(path)["Projects"]["B3"]` is what LibreOffice computes."""
    folder = tmp_path_factory.mktemp("libreoffice")
    return _require(lambda: Calc(folder))
