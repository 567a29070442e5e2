"""A run as DESIGN's `run --json` has it, and the sentences and rows behind its figures."""

from __future__ import annotations

from typing import Any

from xlportfolio.levelling.answer import Plan
from xlportfolio.money import from_cents
from xlportfolio.operations.mapping import question_as_json
from xlportfolio.operations.running import RunResult
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import Selection


def run_as_json(result: RunResult) -> dict[str, Any]:
    """The whole answer for scripts; money in currency units, dates as ISO has them."""
    answer = result.answer
    return {
        "workbook": str(result.workbook),
        "output": str(result.output),
        "status": "done",
        "problems": [problem.as_json() for problem in result.found.problems],
        "questions": [question_as_json(one) for one in result.found.mapping.questions],
        "score": _scores(answer.scores),
        "rebalance": _selection(answer.selection),
        "level": _plan(answer.plan),
        "changes": [change.sentence for change in answer.comparison.changes],
        "reconciled": answer.reconciliation.is_exact,
        "cautions": list(result.cautions),
        "sheets": list(result.sheets),
        "stale_cells": sum(result.waiting.values()),
        "warning": result.warning or None,
    }


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "status": scores.status,
        "why": scores.why or None,
        "projects": sum(project.score is not None for project in scores.projects),
        "scores": [
            {
                "project_id": project.key.project_id,
                "option": project.key.option,
                "score": project.score,
                "rank": project.rank,
            }
            for project in scores.projects
        ],
    }


def _selection(selection: Selection) -> dict[str, Any]:
    chosen = [decision for decision in selection.decisions if decision.is_chosen]
    return {
        "status": selection.status,
        "why": selection.why or None,
        "conflicts": list(selection.conflicts),
        "selected": [decision.key.project_id for decision in chosen],
        "options": {
            decision.key.project_id: decision.key.option
            for decision in chosen
            if decision.key.option is not None
        },
        "total_value": selection.total_value if selection.decisions else None,
        "total_cost": from_cents(selection.total_cost) if selection.decisions else None,
        "gap": selection.gap,
        "decisions": [
            {
                "project_id": decision.key.project_id,
                "option": decision.key.option,
                "decision": decision.decision,
                "reason": decision.reason,
                "standing": decision.standing,
            }
            for decision in selection.decisions
        ],
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "status": plan.status,
        "why": plan.why or None,
        "shortfall_before": None if plan.status == "skipped" else plan.shortfall_before,
        "shortfall_after": None if plan.status == "skipped" else plan.shortfall_after,
        "moved": plan.n_moved,
        "moves": [
            {
                "project_id": project.key.project_id,
                "option": project.key.option,
                "start": project.start,
                "new_start": project.new_start,
                "months": project.months_moved,
                "reason": project.reason,
            }
            for project in plan.projects
            if project.months_moved
        ],
        "breaches": list(plan.breaches),
    }
