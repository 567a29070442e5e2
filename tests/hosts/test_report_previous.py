"""Reading PF Results and PF Log back: the same to the cent, and whatever people did to them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hosts import report_contents as made
from tests.hosts.described_sheets import contents_of, through_a_file
from tests.hosts.drawn_sheets import sheet as drawn
from xlportfolio.comparison import ResultRow
from xlportfolio.records import ProjectKey, Settings
from xlportfolio.report.contents import LogRow, RunContents
from xlportfolio.report.log import log_sheet
from xlportfolio.report.previous import read_log, read_previous
from xlportfolio.report.results import results_sheet
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import open_workbook


def expected(contents: RunContents) -> dict[ProjectKey, ResultRow]:
    """What the next run is to be compared with, straight from the answers."""
    decisions = {decision.key: decision for decision in contents.selection.decisions}
    plans = {plan.key: plan for plan in contents.plan.projects}
    projects = {ProjectKey(p.project_id, p.option): p for p in contents.portfolio.projects}
    found = {}
    for i, key in enumerate(contents.costs.keys):
        project, score = projects[key], contents.scores.of(key)
        decision, plan = decisions.get(key), plans.get(key)
        known = contents.costs.is_known[i]
        found[key] = ResultRow(
            key=key,
            name=project.name,
            value=project.value,
            score=score.score if score else None,
            cost=int(contents.costs.counted[i]) if known else None,
            start=project.start,
            finish=project.finish,
            decision=decision.decision if decision else "",
            reason=decision.reason if decision else "",
            new_start=plan.new_start if plan else None,
        )
    return found


@pytest.mark.parametrize(
    "contents", [made.run_contents(), made.first_run(), made.scores_only(), made.infeasible()]
)
def test_results_come_back_exactly_through_a_workbook(
    contents: RunContents, tmp_path: Path
) -> None:
    with open_workbook(through_a_file(tmp_path, results_sheet(contents))) as book:
        read = read_previous(book.contents("PF Results"))
    assert {row.key: row for row in read} == expected(contents)


@pytest.mark.parametrize("unit", ["units", "thousands", "millions", "billions", None])
@pytest.mark.parametrize("currency", ["GBP", None])
@given(cents=st.integers(-(10**14), 10**14))
@settings(max_examples=60, deadline=None)
def test_money_comes_back_to_the_cent_in_every_unit(
    unit: str | None, currency: str | None, cents: int
) -> None:
    contents = made.run_contents()
    to_go = contents.costs.to_go.copy()
    to_go[0] = 0
    to_go[0, 0, 0] = cents
    undated = contents.costs.undated.copy()
    undated[0] = 0
    changed = dataclasses.replace(
        contents,
        portfolio=dataclasses.replace(
            contents.portfolio, settings=Settings(unit=unit, currency=currency)
        ),
        costs=dataclasses.replace(contents.costs, to_go=to_go, undated=undated),
    )
    read = {row.key: row for row in read_previous(contents_of(results_sheet(changed)))}
    assert read[ProjectKey("NW-301")].cost == cents


def test_columns_are_found_by_their_headers_wherever_they_stand() -> None:
    read = read_previous(
        drawn(
            [
                ["My notes"],
                [None, "Mine", "total COST (GBP m)", "name", "Score", "Id", "Proposed decision"],
                [None, "x", 1.25, "Bridge", 0.5, 301, "stop"],
                [None, "y", "n/a", None, CellError("#N/A"), "P2", "perhaps"],
                [None, "no ID", 3.0, "Lost", 0.5, None, "Start"],
                [None, "again", 9.0, "Bridge", 0.5, "301", "Start"],
            ],
            name="PF Results",
        )
    )
    nothing = {"value": None, "start": None, "finish": None}
    assert read == (
        ResultRow(ProjectKey("301"), "Bridge", score=0.5, cost=125_000_000, decision="Stop",
                  **nothing),
        ResultRow(ProjectKey("P2"), "P2", score=None, cost=None, **nothing),
    )  # fmt: skip


def test_a_sheet_without_results_gives_none() -> None:
    assert read_previous(drawn([["Anything"], [1, 2]])) == ()
    assert read_previous(drawn([])) == ()
    assert read_log(drawn([["When (UTC)", "Else"], [datetime(2026, 4, 1), "run"]])) == ()


VALUES = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.floats(allow_nan=False),
    st.booleans(),
    st.datetimes(),
    st.just(CellError("#REF!")),
    st.sampled_from(["ID", "Name", "Total cost (GBP k)", "When (UTC)", "Command", "Start"]),
)


@given(edits=st.lists(st.tuples(st.integers(1, 24), st.integers(1, 42), VALUES), max_size=25))
@settings(max_examples=150, deadline=None)
def test_no_edit_makes_reading_fail_and_untouched_rows_stay(
    edits: list[tuple[int, int, object]],
) -> None:
    contents = made.run_contents()
    described = results_sheet(contents)
    sheet = contents_of(described)
    cells = {row: dict(values) for row, values in sheet.rows.items()}
    for row, column, value in edits:
        cells.setdefault(row, {}).pop(column, None)
        if value is not None:
            cells[row][column] = value  # type: ignore[assignment]
    read = read_previous(dataclasses.replace(sheet, rows=cells))
    read_log(dataclasses.replace(sheet, rows=cells))
    touched = {row for row, *_ in edits}
    if touched and min(touched) > 5:  # the headers stand
        by_key = {row.key: row for row in read}
        new_ids = {value for _, column, value in edits if column in (1, 3)}
        for key, row in expected(contents).items():
            at = next(r for r, v in sheet.rows.items() if r > 5 and v.get(1) == key.project_id
                      and v.get(3) == key.option)  # fmt: skip
            if at not in touched and key.project_id not in new_ids and key.option is None:
                assert by_key[key] == row


def test_the_log_comes_back_through_a_workbook_oldest_first(tmp_path: Path) -> None:
    with open_workbook(through_a_file(tmp_path, log_sheet(made.run_contents()))) as book:
        assert read_log(book.contents("PF Log")) == made.LOG


def test_a_log_that_people_sorted_or_broke_still_gives_its_runs() -> None:
    heads = ["Version", "Command", "When (UTC)", "Better possible, at most", "Mine"]
    rows = [
        ["1.0", "run", datetime(2026, 1, 5, 8), 0.002, "x"],
        ["1.1", "score", "yesterday", None, None],
        ["1.2", "run", datetime(2026, 1, 3, 8), CellError("#N/A"), None],
        ["1.3", "level", datetime(2026, 1, 4, 8), None, None],
    ]
    assert read_log(drawn([heads, *rows])) == (
        LogRow(datetime(2026, 1, 3, 8, tzinfo=UTC), "run", "", "", "", None, "", "1.2"),
        LogRow(datetime(2026, 1, 4, 8, tzinfo=UTC), "level", "", "", "", None, "", "1.3"),
        LogRow(datetime(2026, 1, 5, 8, tzinfo=UTC), "run", "", "", "", 0.002, "", "1.0"),
    )


def test_times_of_another_zone_are_logged_in_utc() -> None:
    when = datetime(2026, 4, 7, 18, 40, 59, 700_000, tzinfo=UTC)
    east = when.astimezone(tz=datetime.strptime("+0200", "%z").tzinfo)
    run = dataclasses.replace(made.LOG[0], when=east)
    sheet = log_sheet(dataclasses.replace(made.run_contents(), log=(run,)))
    (read,) = read_log(contents_of(sheet))
    assert read.when == when - timedelta(microseconds=700_000)


def test_a_text_that_people_typed_over_a_date_is_no_date() -> None:
    sheet = contents_of(results_sheet(made.run_contents()))
    cells = {row: dict(values) for row, values in sheet.rows.items()}
    for values in cells.values():
        for column, value in values.items():
            if value == datetime(2025, 6, 1):
                values[column] = "June"
    read = {row.key: row for row in read_previous(dataclasses.replace(sheet, rows=cells))}
    assert read[ProjectKey("NW-301")].start is None
    assert read[ProjectKey("NW-301")].finish == date(2027, 3, 31)
