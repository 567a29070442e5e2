"""The command lint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, Quiet
from xlportfolio.terminal import DONE, print_answer, refuse, run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress


def lint(
    books: Annotated[
        list[Path] | None,
        typer.Argument(metavar="BOOK...", help="Workbooks, .xlsx or .xlsm.", readable=False),
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="List every rule and why Excel minds; no BOOK.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find what Excel would repair, refuse or misread in any workbook. Writes nothing."""
    if rules:
        if books:
            refuse("--rules lists the rules and nothing else; leave out the workbooks.")
        _list_rules(as_json=as_json)
    if not books:
        refuse("no workbook was named; expected one or more, or --rules.")
    from xlportfolio.operations.linting import lint_workbook

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = lint_workbook(path, progress=progress)
        return result.as_json(), str(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)


def _list_rules(*, as_json: bool) -> None:
    import json

    from xlportfolio.workbook.lint.rules import RULES

    widest = max(map(len, RULES))
    lines = [f"{name:{widest}}  {meaning}" for name, meaning in RULES.items()]
    print_answer(json.dumps(RULES, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))
    raise typer.Exit(DONE)
