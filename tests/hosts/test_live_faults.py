"""An error at every call of Excel leaves the workbook as it was: `tests.hosts.live_faults`.

Every call of one small macro, and slices of the others; all of them, one by one, by
`python -m tests.hosts.live_sequences --faults`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts.live_faults import Faults, all_wrong, wrong_of
from xlportfolio.macros import BUTTONS

EVERY = {"help": 1, "run": 7, "write_back": 67, "refresh": 41, "undo": 29, "restore": 29,
         "handback": 29}  # fmt: skip


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    return Faults(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", [button.name for button in BUTTONS])
def test_error_of_excel_leaves_all_or_nothing(faults: Faults, name: str) -> None:
    n_faults, wrong = all_wrong(faults, name, EVERY.get(name, 31))
    assert wrong == []
    assert n_faults >= {"help": 100, "run": 40}.get(name, 1)


def test_what_an_error_could_leave_is_found(faults: Faults, tmp_path: Path) -> None:
    before, whole = faults.before("help"), faults.press("help")
    n_calls = len(whole.calls)
    failed = next(
        one
        for one in (faults.press("help", k) for k in range(n_calls // 2, n_calls))
        if one.result is not None and one.result.status == "not done"
    )
    assert wrong_of(failed, before, whole, before) == []
    spoilt = {
        "raised": replace(failed, raised="ComError: busy"),
        "left sheets": replace(failed, state=whole.state),
        "open are": replace(failed, books=(*failed.books, "xlportfolio-1.xlsx")),
        "switches are": replace(failed, switches=(False, *failed.switches[1:])),
        "steps are kept": replace(failed, n_kept=failed.n_kept + 1),
        "said": replace(failed, said=()),
    }
    for sentence, one in spoilt.items():
        assert any(said.startswith(sentence) or sentence in said for said in
                   wrong_of(one, before, whole, before)), sentence  # fmt: skip
    half = replace(whole, state=before.state)
    assert any(one.startswith("is done, but") for one in wrong_of(half, before, whole, before))
