"""The command line: convert what was typed, call one operation, show what it says.

What is for scripts goes to standard output, what is for people to standard error or, without
`--json`, to standard output as text. Exit codes: 0 done; 1 done, but something needs a person;
2 not done, and nothing was written.

Operations are imported by the command that needs them: `--help` has to answer at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from xlportfolio import __version__
from xlportfolio.cli_addin import addin
from xlportfolio.cli_libreoffice import libreoffice
from xlportfolio.cli_lint import lint
from xlportfolio.cli_options import (
    AsJson,
    Books,
    Budget,
    Effort,
    Free,
    IgnoreLock,
    MappingFile,
    MaxDelay,
    Out,
    Quiet,
    Seed,
    TimeLimit,
)
from xlportfolio.cli_purge import purge
from xlportfolio.cli_recalculate import recalculate
from xlportfolio.cli_self_check import self_check
from xlportfolio.cli_undo import undo
from xlportfolio.cli_values_copy import values_copy
from xlportfolio.cli_write_back import write_back
from xlportfolio.defaults import EFFORT, MAX_DELAY, STEPS
from xlportfolio.errors import PortfolioError
from xlportfolio.terminal import (
    DONE,
    keep_stdout_for_the_answer,
    outputs_of,
    print_answer,
    refuse,
    run_all,
    stop_in_order_when_asked,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlportfolio.cells import CellFunction
    from xlportfolio.operations.runs import Progress

app = typer.Typer(
    name="xlportfolio",
    help="The portfolio brain inside a PMO's own Excel workbooks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xlportfolio {__version__}")
        raise typer.Exit(DONE)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """`_version` has answered by the time this runs."""


@app.command()
def new(
    book: Annotated[
        Path, typer.Argument(metavar="BOOK", help="The workbook to make.", readable=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Make a blank portfolio workbook with every table, its drop-downs and notes."""
    from xlportfolio.operations.new import new_workbook

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        made = new_workbook(path)
        answer = {"workbook": str(made), "output": str(made), "status": "done"}
        said = (
            f'Made "{made}". Fill in the tables from the left, then run: xlportfolio check {made}'
        )
        return answer, said, False

    run_all([book], run, as_json=as_json, quiet=True)


@app.command("map")
def map_command(
    books: Books,
    write: Annotated[
        bool, typer.Option("--write", help="Store the mapping in the workbook's sheet PF Setup.")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="FILE.toml",
            help="A mapping file: followed if it exists, written if it does not.",
            readable=False,
        ),
    ] = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say which tables and fields were recognised, how sure that is, and what has to be asked."""
    from xlportfolio.operations.mapping import map_workbook
    from xlportfolio.operations.telling import tell_mapping

    outputs = outputs_of(output, books)
    if mapping is not None and len(books) > 1 and not mapping.exists():
        refuse(
            f'"{mapping}" would be written for the first of {len(books)} workbooks and followed '
            "by the others; write a mapping file for one workbook at a time."
        )

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = map_workbook(
            path,
            mapping_file=mapping,
            write=write,
            output=outputs.get(path),
            ignore_lock=ignore_lock,
            progress=progress,
        )
        return result.as_json(), tell_mapping(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)


@app.command()
def check(
    books: Books,
    mapping: MappingFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find every problem in the data, each with its cell. Writes nothing."""
    from xlportfolio.operations.checking import check_workbook
    from xlportfolio.operations.telling import tell_problems

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = check_workbook(path, mapping_file=mapping, progress=progress)
        return result.as_json(), tell_problems(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)


@app.command()
def run(
    books: Books,
    steps: Annotated[
        str, typer.Option("--steps", help="Some of score, rebalance, level, with commas.")
    ] = ",".join(STEPS),
    budget: Budget = None,
    free: Free = None,
    max_delay: MaxDelay = MAX_DELAY,
    seed: Seed = None,
    effort: Effort = EFFORT,
    time_limit: TimeLimit = None,
    mapping: MappingFile = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check, score, rebalance and level; the results go on PF sheets in the workbook."""
    _run_job(
        "run",
        books,
        _Asked(steps, budget, free, max_delay, seed, effort, time_limit),
        mapping=mapping,
        output=output,
        ignore_lock=ignore_lock,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def score(
    books: Books,
    mapping: MappingFile = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score and rank the projects on their criteria."""
    _run_job(
        "score",
        books,
        _Asked("score"),
        mapping=mapping,
        output=output,
        ignore_lock=ignore_lock,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def rebalance(
    books: Books,
    budget: Budget = None,
    free: Free = None,
    effort: Effort = EFFORT,
    time_limit: TimeLimit = None,
    mapping: MappingFile = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Propose the portfolio of most value within the budgets and rules, with every reason."""
    _run_job(
        "rebalance",
        books,
        _Asked("score,rebalance", budget, free, effort=effort, time_limit=time_limit),
        mapping=mapping,
        output=output,
        ignore_lock=ignore_lock,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def level(
    books: Books,
    max_delay: MaxDelay = MAX_DELAY,
    seed: Seed = None,
    effort: Effort = EFFORT,
    time_limit: TimeLimit = None,
    mapping: MappingFile = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Move starts inside their windows so that the plan fits the people there are.

    The portfolio is the one that the last rebalancing proposed, or else every project.
    """
    _run_job(
        "level",
        books,
        _Asked("score,level", None, None, max_delay, seed, effort, time_limit),
        mapping=mapping,
        output=output,
        ignore_lock=ignore_lock,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def demo(ignore_lock: IgnoreLock = False, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Solve the worked example, a water utility's 40 projects, in ./xlportfolio-demo."""
    from xlportfolio.operations.demo import EXAMPLE, FOLDER, run_demo
    from xlportfolio.operations.run_json import run_as_json
    from xlportfolio.operations.telling_run import tell_run

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = run_demo(ignore_lock=ignore_lock, progress=progress)
        said = f"{tell_run(result)}\n\nOpen it: {path}"
        return run_as_json(result), said, False  # the example has its problems on purpose

    run_all([FOLDER / EXAMPLE], run, as_json=as_json, quiet=quiet)


@app.command()
def functions(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...", help="A function such as PF_SCORE, or words to look for."
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the whole reference as a page of Markdown.")
    ] = False,
    book: Annotated[
        Path | None,
        typer.Option(
            "--book",
            metavar="BOOK",
            help="Put them on the sheet PF Functions of this workbook.",
            readable=False,
        ),
    ] = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
) -> None:
    """List the cell functions, or show one in full."""
    from xlportfolio.cells import Registry
    from xlportfolio.operations.functions import find_functions, functions_as_json, tell_functions

    if markdown and (as_json or book is not None):
        refuse("--markdown prints the page and nothing else; leave out --json and --book.")
    if output is not None and book is None:
        refuse("-o names where a workbook goes; name the workbook with --book.")
    try:
        found = find_functions(Registry.load(), " ".join(words or ()))
    except PortfolioError as error:
        refuse(str(error))
    if book is not None:
        _put_functions(book, found, output=output, ignore_lock=ignore_lock, as_json=as_json)
    elif markdown:
        from xlportfolio.operations.function_page import functions_page

        print_answer(functions_page(Registry(found)).rstrip("\n"))
    elif as_json:
        answer = functions_as_json(found)
        print_answer(json.dumps(answer, indent=2, ensure_ascii=False, default=str))
    else:
        print_answer(tell_functions(found))


app.command("self-check")(self_check)
app.add_typer(libreoffice)
app.add_typer(addin)
app.command()(recalculate)
app.command()(undo)
app.command()(purge)
app.command("write-back")(write_back)
app.command("values-copy")(values_copy)
app.command()(lint)


@app.command()
def handback(
    books: Books,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Go on although your own formulas refer to our sheets."),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Take every PF sheet and name out of the workbook again."""
    from xlportfolio.operations.handback import handback_workbook
    from xlportfolio.operations.telling import tell_handback

    outputs = outputs_of(output, books)

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = handback_workbook(
            path,
            output=outputs.get(path),
            ignore_lock=ignore_lock,
            force=force,
            progress=progress,
        )
        return result.as_json(), tell_handback(result), False

    run_all(books, run, as_json=as_json, quiet=quiet)


def _put_functions(
    book: Path,
    found: Sequence[CellFunction],
    *,
    output: Path | None,
    ignore_lock: bool,
    as_json: bool,
) -> None:
    """Write the sheet PF Functions."""
    from xlportfolio.operations.function_sheet import put_functions

    outputs = outputs_of(output, [book])

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = put_functions(
            path, found, output=outputs.get(path), ignore_lock=ignore_lock, progress=progress
        )
        return result.as_json(), str(result), False

    run_all([book], run, as_json=as_json, quiet=True)


class _Asked(NamedTuple):
    """The options of a run as they were typed."""

    steps: str
    budget: str | None = None
    free: list[str] | None = None
    max_delay: int = MAX_DELAY
    seed: int | None = None
    effort: float = EFFORT
    time_limit: float | None = None


def _run_job(
    command: str,
    books: list[Path],
    asked: _Asked,
    *,
    mapping: Path | None,
    output: Path | None,
    ignore_lock: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run some or all steps of the portfolio job on each book."""
    from xlportfolio.operations.options import RunOptions, read_budget, read_free, read_steps
    from xlportfolio.operations.run_json import run_as_json
    from xlportfolio.operations.running import run_workbook
    from xlportfolio.operations.telling_run import tell_run

    outputs = outputs_of(output, books)
    try:
        options = RunOptions(
            steps=read_steps(asked.steps),
            seed=asked.seed,
            effort=asked.effort,
            time_limit=asked.time_limit,
            budget=None if asked.budget is None else read_budget(asked.budget),
            max_delay=asked.max_delay,
            free=read_free(asked.free or ()),
        )
    except PortfolioError as error:
        refuse(str(error))

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = run_workbook(
            path,
            command=command,
            options=options,
            mapping_file=mapping,
            output=outputs.get(path),
            ignore_lock=ignore_lock,
            progress=progress,
        )
        return run_as_json(result), tell_run(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)


def main() -> None:
    """Run the command line; an interrupted run leaves everything as it was."""
    keep_stdout_for_the_answer()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A pipe on Windows may know fewer letters than a workbook.
            stream.reconfigure(encoding="utf-8", errors="replace")
    stop_in_order_when_asked()
    app()
