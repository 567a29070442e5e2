"""The command `undo`: one run back, several, or to before a run that PF Log tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, Book, IgnoreLock
from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.terminal import refuse, run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress
    from xlportfolio.workbook.saving.store import Entry

_FORMS = ("%d %b %Y %H:%M:%S", "%d %B %Y %H:%M:%S")


def undo(
    book: Book,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", help="How many runs to go back; 1 unless told."),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before",
            metavar="WHEN",
            help="Go back to before the run that PF Log has at this time (UTC), such as "
            '"22 Nov 2026 20:15:03".',
        ),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show the runs that can be undone, and undo none.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Undo even if the workbook was edited since; a copy is kept."),
    ] = False,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
) -> None:
    """Put the workbook back as it was before the last run that changed it, or an earlier one."""
    from xlportfolio.operations.undo import missing_sentence, runs_on_file
    from xlportfolio.operations.undo import undo as undo_run

    if only_list and (before is not None or steps is not None or force):
        refuse("--list undoes nothing; leave out --steps, --before and --force, or --list.")
    if before is not None and steps is not None:
        refuse("--steps and --before both say how far to go back; give one of them.")

    def show(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        runs = runs_on_file(path)
        if not runs and not path.exists():
            raise WorkbookError(missing_sentence(path))
        told = [_told(steps_back, run) for steps_back, run in enumerate(runs, start=1)]
        answer = {"workbook": str(path), "status": "done", "runs": told}
        lines = [f"{one['steps']:>3}  {one['when']}  {one['command']}" for one in told] or [
            f'No run on "{path}" can be undone.'
        ]
        heading = ["Steps back, when (UTC), run:"] if told else []
        return answer, "\n".join([*heading, *lines]), False

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        far = 1 if steps is None else steps
        if before is not None:
            far = _steps_to(path, before, runs_on_file(path))
        result = undo_run(path, steps=far, force=force, ignore_lock=ignore_lock)
        answer = {
            "workbook": str(path),
            "output": str(result.workbook.absolute()),
            "backup": str(result.backup.absolute()) if result.backup else None,
            "status": "done",
            "undone": result.command,
            "recorded": result.recorded.isoformat(),
            "steps": result.n_undone,
            "left": result.n_left,
            "warning": " ".join(result.cautions) or None,
        }
        return answer, str(result), False

    run_all([book], show if only_list else run, as_json=as_json, quiet=True)


def _told(steps: int, run: Entry) -> dict[str, Any]:
    when = run.recorded.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return {"steps": steps, "when": when.isoformat(sep=" "), "command": run.command}


def _steps_to(path: Path, before: str, runs: tuple[Entry, ...]) -> int:
    """How many runs back the run lies that PF Log has at this time."""
    from xlportfolio.operations.undo import kept_of, logged_runs

    when = _moment(before)
    if when is None:
        raise InputError(
            f'"{before}" is no time as PF Log shows it; expected one such as '
            '"22 Nov 2026 20:15:03" or 2026-11-22T20:15:03.'
        )
    log = logged_runs(path)
    row = next((one for one in log if one.when == when), None)
    if row is None:
        raise InputError(f'PF Log of "{path}" has no run at {before} (UTC); copy the time of one.')
    entry = kept_of(runs, log, row)
    if entry is None:
        raise InputError(
            f'What "{path}" was before its run at {before} (UTC) is not kept any more; '
            "undo --list shows the runs that can be undone."
        )
    return runs.index(entry) + 1


def _moment(text: str) -> datetime | None:
    """A time of UTC, as PF Log shows it or as ISO 8601 has it."""
    moment = None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        for form in _FORMS:
            try:
                moment = datetime.strptime(text.strip(), form)
            except ValueError:
                continue
            break
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
