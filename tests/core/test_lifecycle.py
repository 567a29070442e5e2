"""Whether a project has ended or begun."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xlportfolio.lifecycle import ended_because, in_flight_because
from xlportfolio.records import Project

STATUS = date(2026, 6, 30)


def project(**fields: Any) -> Project:
    return Project(project_id="P1", name="Bridge", **fields)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lifecycle": "closed"}, "closed"),
        ({"lifecycle": "cancelled", "spent_to_date": 5.0}, "cancelled"),
        ({"lifecycle": "closed", "percent_complete": 0.4}, "closed"),
        ({"percent_complete": 1.0}, "100% complete"),
        ({"percent_complete": 1.0, "cost_to_go": 0.0, "lifecycle": "active"}, "100% complete"),
        ({"percent_complete": 1.0, "cost_to_go": 10.0}, None),
        ({"percent_complete": 0.99}, None),
        ({"lifecycle": "on hold"}, None),
        ({}, None),
    ],
)
def test_project_has_ended_when_closed_cancelled_or_complete_with_nothing_to_spend(
    fields: dict[str, Any], reason: str | None
) -> None:
    assert ended_because(project(**fields)) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lifecycle": "active"}, "active"),
        ({"lifecycle": "active", "start": date(2026, 9, 1)}, "active"),
        ({"start": STATUS}, "started on 30 Jun 2026"),
        ({"start": date(2026, 7, 1)}, ""),
        ({"start": date(2023, 6, 1), "finish": date(2024, 6, 1)}, "started on 1 Jun 2023"),
        ({"lifecycle": "on hold", "start": date(2023, 6, 1)}, "started on 1 Jun 2023"),
        ({"lifecycle": "on hold"}, ""),
        ({"lifecycle": "approved"}, ""),
        ({"percent_complete": 0.38}, "38% complete"),
        ({"percent_complete": 0.004}, "0.4% complete"),
        ({"percent_complete": 0.0}, ""),
        ({"percent_complete": 1.0, "cost_to_go": 10.0}, "100% complete"),
        ({"spent_to_date": 1_200_000.0}, "GBP 1.2m spent"),
        ({"committed_cost": 50_000.0}, "GBP 50k committed"),
        ({"spent_to_date": 0.0, "committed_cost": 0.0}, ""),
        ({"lifecycle": "closed", "spent_to_date": 5.0, "start": date(2023, 6, 1)}, ""),
    ],
)
def test_project_is_in_flight_by_lifecycle_dates_progress_or_money(
    fields: dict[str, Any], reason: str
) -> None:
    assert in_flight_because(project(**fields), STATUS, "GBP") == reason


def test_planned_start_says_nothing_without_a_status_date() -> None:
    assert in_flight_because(project(start=date(2023, 6, 1)), None) == ""
    assert in_flight_because(project(start=date(2023, 6, 1), percent_complete=0.5), None) == (
        "50% complete"
    )
