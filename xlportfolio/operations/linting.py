"""Lint: what Excel would repair, refuse or misread in a workbook, each with its part and cell."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.runs import Progress, no_progress
from xlportfolio.wording import counted, visible_line
from xlportfolio.workbook.container.directory import part_key
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.workbook_part import sheet_names_by_part, workbook_part
from xlportfolio.workbook.lint import LintFinding, lint
from xlportfolio.workbook.references import quote_sheet


@dataclass(frozen=True)
class PlacedFinding:
    """A finding, and the sheet that its part is; None for another part."""

    finding: LintFinding
    sheet: str | None

    def __str__(self) -> str:
        finding = self.finding
        where = finding.part
        if self.sheet is not None:
            cell = f"!{finding.cell}" if finding.cell else ""
            where = f"{quote_sheet(self.sheet)}{cell}, {finding.part}"
        elif finding.cell:
            where = f"{finding.part} {finding.cell}"
        return visible_line(f"{finding.rule}: {finding.message} [{where}]")

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        finding = self.finding
        return {
            "rule": finding.rule,
            "part": finding.part,
            "sheet": self.sheet,
            "cell": finding.cell,
            "message": finding.message,
        }


@dataclass(frozen=True)
class LintResult:
    """What the lint found in a workbook."""

    workbook: Path
    findings: tuple[PlacedFinding, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether anything was found."""
        return bool(self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return f'"{self.workbook}" is sound.'
        n = counted(len(self.findings), "finding")
        return "\n".join([*map(str, self.findings), f'"{self.workbook}": {n}.'])

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "status": "findings" if self.findings else "sound",
            "findings": [finding.as_json() for finding in self.findings],
        }


def lint_workbook(path: str | os.PathLike[str], *, progress: Progress = no_progress) -> LintResult:
    """Find what Excel would repair, refuse or misread in a workbook; nothing is written.

    Parameters
    ----------
    path
        The workbook.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If it is no workbook, or its package cannot be read safely.
    """
    progress("opening")
    sheets: dict[str, str] = {}
    with Package(path) as package:
        workbook_part(package)
        with suppress(WorkbookError):  # the lint says what is wrong with it
            sheets = sheet_names_by_part(package)
    findings = lint(path, progress=progress)
    return LintResult(
        Path(path),
        tuple(PlacedFinding(one, sheets.get(part_key(one.part))) for one in findings),
    )
