"""What changed since the last run is told in sentences, the weightiest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from xlportfolio.comparison import Comparison, ResultRow, What, compare
from xlportfolio.records import ProjectKey

SLUDGE = ResultRow(
    key=ProjectKey("NW-301"),
    name="Sludge upgrade",
    value=0.74,
    score=0.74,
    cost=120_000_000,
    start=date(2027, 4, 1),
    finish=date(2028, 3, 31),
    decision="Start",
    reason="Worth 0.74.",
)


def cell(key: ProjectKey, what: What) -> str | None:
    return f"{key.label}/{what}"


def changes(before: list[ResultRow], after: list[ResultRow]) -> Comparison:
    return compare(before, after, sources=cell, currency="GBP")


def test_first_run_has_nothing_to_compare_with() -> None:
    found = compare(None, [SLUDGE], sources=cell, currency="GBP")
    assert found.is_first
    assert found.changes == ()


def test_equal_runs_have_no_changes() -> None:
    found = changes([SLUDGE], [SLUDGE])
    assert not found.is_first
    assert found.changes == ()


@pytest.mark.parametrize(
    ("new", "what", "texts", "sentence"),
    [
        (
            {"cost": 150_000_000},
            "cost",
            ("GBP 1.2m", "GBP 1.5m"),
            "Cost of Sludge upgrade (NW-301) rose from GBP 1.2m to GBP 1.5m.",
        ),
        (
            {"cost": 119_990_000},
            "cost",
            ("GBP 1.2m", "GBP 1.2m"),
            "Cost of Sludge upgrade (NW-301) fell by GBP 100 to GBP 1.2m.",
        ),
        (
            {"cost": None},
            "cost",
            ("GBP 1.2m", ""),
            "Cost of Sludge upgrade (NW-301) is no longer known; it was GBP 1.2m.",
        ),
        (
            {"score": 0.6},
            "score",
            ("0.74", "0.6"),
            "Score of Sludge upgrade (NW-301) fell from 0.74 to 0.6.",
        ),
        (
            {"value": 0.7400001},
            "value",
            ("0.74", "0.74"),
            "Value of Sludge upgrade (NW-301) rose by 1e-07 to 0.74.",
        ),
        (
            {"start": date(2027, 7, 1)},
            "start",
            ("1 Apr 2027", "1 Jul 2027"),
            "Start of Sludge upgrade (NW-301) moved from 1 Apr 2027 to 1 Jul 2027, 3 months later.",
        ),
        (
            {"finish": date(2028, 3, 30)},
            "finish",
            ("31 Mar 2028", "30 Mar 2028"),
            "Finish of Sludge upgrade (NW-301) moved from 31 Mar 2028 to 30 Mar 2028, "
            "1 day earlier.",
        ),
        (
            {"start": None},
            "start",
            ("1 Apr 2027", ""),
            "Start of Sludge upgrade (NW-301) is no longer known; it was 1 Apr 2027.",
        ),
        (
            {"decision": "Not funded", "reason": "Adds nothing: worth 0."},
            "decision",
            ("Start", "Not funded"),
            "Sludge upgrade (NW-301) changed from Start to Not funded: Adds nothing: worth 0.",
        ),
    ],
)
def test_each_change_is_told_with_its_source(
    new: dict[str, object], what: What, texts: tuple[str, str], sentence: str
) -> None:
    (change,) = changes([SLUDGE], [replace(SLUDGE, **new)]).changes  # type: ignore[arg-type]
    assert change.what == what
    assert (change.before, change.after) == texts
    assert change.sentence == sentence
    assert change.source == (None if what == "decision" else f"NW-301/{what}")


@pytest.mark.parametrize(
    "new",
    [{"cost": 120_000_001}, {"score": 0.74004}, {"value": 0.74 * (1 + 5e-10)}, {"name": "Sludge"}],
    ids=str,
)
def test_rounding_of_a_sheet_is_no_change(new: dict[str, object]) -> None:
    assert changes([SLUDGE], [replace(SLUDGE, **new)]).changes == ()  # type: ignore[arg-type]


def test_project_whose_key_is_written_another_way_is_the_same() -> None:
    old = replace(SLUDGE, key=ProjectKey("NW-301", "Large  A"))
    new = replace(SLUDGE, key=ProjectKey("nw-301", "large a"), cost=150_000_000)
    assert [(one.key, one.sentence) for one in changes([old], [new]).changes] == [
        (new.key, "Cost of Sludge upgrade (nw-301, option large a) rose from GBP 1.2m to GBP 1.5m.")
    ]


def test_cost_that_becomes_known_is_told() -> None:
    (change,) = changes([replace(SLUDGE, cost=None)], [SLUDGE]).changes
    assert change.sentence == ("Cost of Sludge upgrade (NW-301) is now GBP 1.2m; it was not known.")


def test_projects_in_and_out_are_told() -> None:
    found = changes([SLUDGE], [replace(SLUDGE, key=ProjectKey("NW-9", "B"), name="Main")])
    assert [(c.key.label, c.what, c.before, c.after) for c in found.changes] == [
        ("NW-301", "project", "there", ""),
        ("NW-9, option B", "project", "", "new"),
    ]
    assert [c.sentence for c in found.changes] == [
        "Sludge upgrade (NW-301) is no longer among the projects (it was Start). "
        "It was to cost GBP 1.2m.",
        "Main (NW-9, option B) is new, at GBP 1.2m: Start.",
    ]


def test_run_without_decisions_is_not_compared_by_decision() -> None:
    assert changes([replace(SLUDGE, decision="", reason="")], [SLUDGE]).changes == ()
    assert changes([SLUDGE], [replace(SLUDGE, decision="", reason="")]).changes == ()


def test_decisions_come_first_then_projects_cost_value_and_dates_by_money() -> None:
    def row(project_id: str, cost: int) -> ResultRow:
        return replace(SLUDGE, key=ProjectKey(project_id), cost=cost)

    before = [row(name, 10_000 * (k + 1)) for k, name in enumerate("ABCDEFGH")]
    after = [
        replace(before[0], finish=date(2029, 1, 1)),
        replace(before[1], value=0.9),
        replace(before[2], cost=before[2].cost + 500),  # type: ignore[operator]
        replace(before[3], cost=before[3].cost - 700),  # type: ignore[operator]
        replace(before[4], decision="Stop"),
        replace(before[5], decision="Stop", start=date(2027, 5, 1)),
        before[7],
        row("I", 1),
    ]
    expected = [
        ("F", "decision"),
        ("E", "decision"),
        ("G", "project"),
        ("I", "project"),
        ("D", "cost"),
        ("C", "cost"),
        ("B", "value"),
        ("F", "start"),
        ("A", "finish"),
    ]
    assert [(c.key.label, c.what) for c in changes(before, after).changes] == expected
    shuffled = changes(before[::-1], after[::-1])
    assert [(c.key.label, c.what) for c in shuffled.changes] == expected
