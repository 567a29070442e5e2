"""What operations found, as text for people: the command line shows it, tests read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from xlportfolio.operations.checking import CheckResult
from xlportfolio.operations.handback import HandbackResult
from xlportfolio.operations.mapping import MapResult
from xlportfolio.problems import SEVERITIES
from xlportfolio.wording import counted
from xlportfolio.workbook.mapping.located import LocatedProblem
from xlportfolio.workbook.mapping.mapping import header_cell
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Question

_ROLES = {"part": "more rows of it", "joined": "joined by ID", "alternative": "not used"}


def tell_mapping(result: MapResult) -> str:
    """The tables and fields that were recognised, the questions, and what was taken for granted."""
    lines = [f"{result.workbook}"]
    for table in result.mapping.tables:
        lines += ["", _table_line(table)]
        lines += _columns([_field_row(table, field) for field in table.fields.values()])
    lines += _questions(result.mapping.questions)
    lines += _notes(result.notes)
    for found, why in result.mapping.ignored:
        lines.append(f"Left out: {found.sheet}!{found.range.address} {why}.")
    if result.output is not None:
        lines += ["", f'The mapping is in PF Setup of "{result.output}".']
    if result.mapping_file is not None:
        lines += ["", f'The mapping is in "{result.mapping_file}".']
    if result.warning:
        lines += ["", result.warning]
    return "\n".join(lines)


def _table_line(table: MappedTable) -> str:
    rows = len(table.found.records)
    role = f", {_ROLES[table.role]}" if table.role in _ROLES else ""
    lies = ", on its side" if table.found.orientation == "transposed" else ""
    where = f"{table.found.sheet}!{table.found.range.address}"
    return f"{table.table}  {where}  ({counted(rows, 'row')}{lies}{role})"


def _field_row(table: MappedTable, field: MappedField) -> tuple[str, str, str, str]:
    header = f'"{field.header}"' if field.header else "(no header)"
    if len(field.columns) > 1:
        first, last = field.columns[0], field.columns[-1]
        ends = [table.found.columns[part.column].header for part in (first, last)]
        header = f'"{ends[0]}" to "{ends[1]}", {len(field.columns)} columns'
        if field.subtotals:
            sums = ", ".join(f'"{table.found.columns[k].header}"' for k in field.subtotals)
            header += f"; {sums} not added again"
    sure = "certain" if field.certain else f"{field.confidence:.0%}"
    if field.serves:
        sure = f"serves as {field.serves}"
    return field.field, header, header_cell(table.found, field.columns[0].column), sure


def _columns(rows: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """Lay rows out in columns; long headers are cut so that a line fits a terminal."""
    cut = [(a, b if len(b) <= 60 else b[:57] + '..."', c, d) for a, b, c, d in rows]
    widths = [max((len(row[i]) for row in cut), default=0) for i in range(3)]
    return [
        f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d}".rstrip()
        for a, b, c, d in cut
    ]


def _questions(questions: Iterable[Question]) -> list[str]:
    asked = [f"? {question.text}" for question in questions]
    if not asked:
        return []
    return [
        "",
        *asked,
        "",
        "Answer in PF Setup (xlportfolio map BOOK --write) or in a mapping file (--mapping).",
    ]


def _notes(notes: Iterable[str]) -> list[str]:
    said = [f"Note: {note}" for note in notes]
    return ["", *said] if said else []


def tell_problems(result: CheckResult) -> str:
    """Every problem, worst first, then by sheet; how many of each; what they block."""
    lines = [f"{result.workbook}: {counted(len(result.portfolio.projects), 'project')}"]
    for severity in SEVERITIES:
        chosen = [p for p in result.problems if p.problem.severity == severity]
        if chosen:
            lines += ["", f"{counted(len(chosen), severity)}:"]
            lines += [_problem_line(problem) for problem in chosen]
    lines += _questions(result.mapping.questions)
    lines += _notes(result.notes)
    lines += ["", _summary(result)]
    return "\n".join(lines)


def _problem_line(problem: LocatedProblem) -> str:
    where = f"{problem.reference}: " if problem.reference else ""
    blocks = f" (blocks {', '.join(problem.problem.blocks)})" if problem.problem.blocks else ""
    return f"  {where}{problem.problem.message}{blocks}"


def _summary(result: CheckResult) -> str:
    if not result.needs_a_person:
        return "No problems found."
    return counted_problems(result.problems, result.mapping.questions)


def counted_problems(problems: Sequence[LocatedProblem], questions: Sequence[Question]) -> str:
    """How many there are of each severity, and of questions that the mapping asks."""
    counts = Counter(problem.problem.severity for problem in problems)
    said = [counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    if questions:
        said.append(counted(len(questions), "question") + " about the mapping")
    return ", ".join(said) + "."


def tell_handback(result: HandbackResult) -> str:
    """Which sheets went, and where the result is."""
    if not result.sheets:
        if result.output is not None:
            return f'"{result.workbook}" holds nothing of ours; it was copied to "{result.output}".'
        return f'"{result.workbook}" holds nothing of ours; it was left as it is.'
    gone = ", ".join(result.sheets)
    said = f'Took {gone} out of "{result.output}".'
    return f"{said}\n{result.warning}" if result.warning else said
