"""Criteria and ratings: weights, scales, ratings that are missing, outside, or of no criterion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.keys import name_key
from xlportfolio.lifecycle import ENDED
from xlportfolio.wording import number, quoted, row_named


def check_criteria(entries: Sequence[Entry], findings: Findings) -> None:
    """Weights below zero, weights that sum to 0, scales that end before they begin."""
    seen: set[str] = set()
    weights = [(entry, entry.get("weight")) for entry in entries]
    filled = [weight for _, weight in weights if weight is not None]
    for entry, weight in weights:
        key = name_key(entry.get("criterion") or "")
        if key in seen:
            _report(
                entry,
                "criterion",
                "repeated",
                f"{entry.named()} stands in two rows",
                "each criterion once",
                "Delete one of the rows.",
                findings,
            )
        seen.add(key)
        if weight is None and filled and "weight" not in entry.unusable:
            _report(
                entry,
                "weight",
                "no_weight",
                f"{entry.named()} has no weight",
                "a number of at least 0",
                "Enter it, or 0 to ignore the criterion.",
                findings,
            )
        elif weight is not None and weight < 0:
            _report(
                entry,
                "weight",
                "negative_weight",
                f"weight of {entry.named()} is {number(weight)}",
                "a number of at least 0",
                "Enter 0 to ignore the criterion.",
                findings,
            )
        low, high = entry.get("scale_min"), entry.get("scale_max")
        if low is not None and high is not None and high <= low:
            _report(
                entry,
                "scale_max",
                "scale",
                f"the scale of {entry.named()} runs from {number(low)} to {number(high)}",
                "a best rating above the worst",
                "Enter the smaller number as the minimum, and min as the direction if less "
                "is better.",
                findings,
            )
    if filled and sum(filled) == 0:
        origin, _, column = entries[0].place("weight")
        findings.report(
            "weights_sum_to_0",
            f"the weights of the {len(filled)} criteria sum to 0",
            "a sum above 0",
            "Enter the importance of at least one criterion.",
            origin=origin,
            column=column,
        )


def _report(
    entry: Entry, field: str, kind: str, what: str, expected: str, remedy: str, findings: Findings
) -> None:
    origin, row, column = entry.place(field)
    findings.report(
        kind,
        what,
        expected,
        remedy,
        origin=origin,
        row=row,
        column=column,
        value=None if column is None else origin.table.rows[row][column],
    )


@dataclass(frozen=True)
class RatingCell:
    """One rating: of which project (its label), under which criterion, and where it stands."""

    project: str
    criterion: str
    origin: Origin
    row: int
    column: int
    value: float | None

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the cell."""
        raw = self.origin.table.rows[self.row][self.column]
        return raw is None or (isinstance(raw, str) and not raw.strip())


def rating_columns(origin: Origin) -> list[tuple[int, str]]:
    """The columns of ratings, each with its criterion."""
    return [
        (k, column.criterion or column.header)
        for k, column in enumerate(origin.table.columns)
        if column.field in ("ratings", "rating")
    ]


def check_criteria_and_columns(
    criteria: Sequence[Entry], origins: Iterable[Origin], findings: Findings
) -> None:
    """Ratings of a criterion that is not in the criteria table, and criteria nobody rates."""
    known = {name_key(entry.get("criterion")) for entry in criteria if entry.get("criterion")}
    rated: set[str] = set()
    for origin in origins:
        for k, criterion in rating_columns(origin):
            rated.add(name_key(criterion))
            if known and name_key(criterion) not in known:
                findings.report(
                    "unknown_criterion",
                    f"{quoted(criterion)} is rated in {quoted(origin.table.label)}, but is not "
                    "among the criteria",
                    "a column for each criterion of the criteria table",
                    "Add it to the criteria, or correct the header; until then it is not scored.",
                    origin=origin,
                    column=k,
                )
    if not rated:
        return
    for entry in criteria:
        if entry.get("criterion") and name_key(entry.get("criterion")) not in rated:
            _report(
                entry,
                "criterion",
                "unrated_criterion",
                f"{entry.named()} has no ratings",
                "a column of ratings for it",
                "Add the column, or delete the criterion.",
                findings,
            )


def check_scales(
    cells: Iterable[RatingCell], criteria: Sequence[Entry], findings: Findings
) -> set[tuple[int, int, int]]:
    """Ratings outside the scale of their criterion.

    Returns
    -------
    Positions (source, row, column) of ratings that cannot be used.
    """
    scales: Mapping[str, tuple[float | None, float | None]] = {
        name_key(entry.get("criterion")): (entry.get("scale_min"), entry.get("scale_max"))
        for entry in criteria
        if entry.get("criterion")
    }
    outside: set[tuple[int, int, int]] = set()
    for cell in cells:
        low, high = scales.get(name_key(cell.criterion), (None, None))
        if cell.value is None or (low is not None and high is not None and high <= low):
            continue
        below = low is not None and cell.value < low
        if not below and not (high is not None and cell.value > high):
            continue
        outside.add((cell.origin.index, cell.row, cell.column))
        if low is None:
            expected = f"at most {number(high or 0.0)}"
        elif high is None:
            expected = f"at least {number(low)}"
        else:
            expected = f"a rating from {number(low)} to {number(high)}"
        findings.report(
            "outside_scale",
            f"{cell.origin.cell_named(cell.row, cell.column)} is {number(cell.value)}",
            expected,
            "Correct the rating, or the scale of the criterion.",
            origin=cell.origin,
            row=cell.row,
            column=cell.column,
            value=cell.origin.table.rows[cell.row][cell.column],
        )
    return outside


def check_missing_ratings(
    cells: Sequence[RatingCell], projects: Sequence[Entry], findings: Findings
) -> None:
    """Projects that nobody rated, and single ratings that nobody gave.

    With several assessors a rating is missing only where none of them gave it.
    """
    by_project: dict[str, dict[str, list[RatingCell]]] = {}
    for cell in cells:
        by_project.setdefault(cell.project, {}).setdefault(name_key(cell.criterion), []).append(
            cell
        )
    if not by_project:
        return
    for entry in projects:
        if entry.get("lifecycle") in ENDED:
            continue
        rated = by_project.get(entry.label) or by_project.get(entry.get("project_id") or "")
        if not rated:
            origin, row, column = entry.place("project_id")
            _no_ratings(entry.named(), origin, row, column, findings)
        elif all(cell.is_blank for group in rated.values() for cell in group):
            first = next(iter(rated.values()))[0]
            _no_ratings(entry.named(), first.origin, first.row, first.column, findings)
        else:
            _missing_cells(rated, findings)


def _no_ratings(
    project: str, origin: Origin, row: int, column: int | None, findings: Findings
) -> None:
    findings.report(
        "no_ratings",
        f"{project} has no ratings",
        "a rating for each criterion",
        "Rate the project; until then it is not scored.",
        origin=origin,
        row=row,
        column=column,
        blocks=("score", "rank"),
    )


def _missing_cells(rated: Mapping[str, Sequence[RatingCell]], findings: Findings) -> None:
    for group in rated.values():
        if not all(cell.is_blank for cell in group):
            continue
        cell = group[0]
        findings.report(
            "missing_rating",
            f"{quoted(cell.criterion)} of {row_named('projects', cell.project)} is blank",
            "a rating",
            "Enter it; a blank is not scored as zero.",
            origin=cell.origin,
            row=cell.row,
            column=cell.column,
        )
