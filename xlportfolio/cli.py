"""The command line: convert what was typed, call one operation, show what it says.

What is for scripts goes to standard output, what is for people to standard error or, without
`--json`, to standard output as text. Exit codes: 0 done; 1 done, but something needs a person;
2 not done, and nothing was written.

Operations are imported by the command that needs them: `--help` has to answer at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from xlportfolio import __version__
from xlportfolio.defaults import EFFORT, MAX_DELAY, STEPS
from xlportfolio.errors import PortfolioError

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress

DONE = 0
NEEDS_A_PERSON = 1
NOT_DONE = 2

app = typer.Typer(
    name="xlportfolio",
    help="The portfolio brain inside a PMO's own Excel workbooks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Whether a file can be read is for the operations to say, in a sentence and for each book.
Books = Annotated[
    list[Path],
    typer.Argument(metavar="BOOK...", help="Workbooks, .xlsx or .xlsm.", readable=False),
]
Book = Annotated[
    Path, typer.Argument(metavar="BOOK", help="A workbook, .xlsx or .xlsm.", readable=False)
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, for scripts.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Write here and leave BOOK as it is; a folder where several books are given.",
        readable=False,
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE.toml",
        help="A mapping file to follow, instead of PF Setup.",
        readable=False,
    ),
]


Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="MONEY",
        help="Other money than the budgets table says: 90% of each budget, or a total such as 25m.",
    ),
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free",
        metavar="ID",
        help="A project in flight that may be stopped; repeat it for more, or say all.",
    ),
]
MaxDelay = Annotated[
    int,
    typer.Option(
        "--max-delay",
        metavar="MONTHS",
        help="How much later a project without a latest start may start.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Starts the random search; the workbook's setting, or else 1."),
]
Effort = Annotated[
    float,
    typer.Option("--effort", help="How long to search, against the default of 1; 10 is long."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        help="Cut the search short; the answer then says so, and may differ between machines.",
    ),
]


class _StoppedError(SystemExit):
    """Somebody stopped the program: nothing more is written."""

    def __init__(self) -> None:
        sys.stderr.write("\nxlportfolio: stopped; a workbook that was not finished is as it was.\n")
        super().__init__(NOT_DONE)


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

    _run_all([book], run, as_json=as_json, quiet=True)


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
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say which tables and fields were recognised, how sure that is, and what has to be asked."""
    from xlportfolio.operations.mapping import map_workbook
    from xlportfolio.operations.telling import tell_mapping

    outputs = _outputs(output, books)
    if mapping is not None and len(books) > 1 and not mapping.exists():
        _refuse(
            f'"{mapping}" would be written for the first of {len(books)} workbooks and followed '
            "by the others; write a mapping file for one workbook at a time."
        )

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = map_workbook(
            path,
            mapping_file=mapping,
            write=write,
            output=outputs.get(path),
            progress=progress,
        )
        return result.as_json(), tell_mapping(result), result.needs_a_person

    _run_all(books, run, as_json=as_json, quiet=quiet)


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

    _run_all(books, run, as_json=as_json, quiet=quiet)


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
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def score(
    books: Books,
    mapping: MappingFile = None,
    output: Out = None,
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
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def demo(as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Solve the worked example, a water utility's 40 projects, in ./xlportfolio-demo."""
    from xlportfolio.operations.demo import EXAMPLE, FOLDER, run_demo
    from xlportfolio.operations.run_json import run_as_json
    from xlportfolio.operations.telling_run import tell_run

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = run_demo(progress=progress)
        said = f"{tell_run(result)}\n\nOpen it: {path}"
        return run_as_json(result), said, False  # the example has its problems on purpose

    _run_all([FOLDER / EXAMPLE], run, as_json=as_json, quiet=quiet)


@app.command()
def functions(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A function such as PF_SCORE, or words to look for."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the cell functions, or show one in full."""
    from xlportfolio.cells import Registry
    from xlportfolio.operations.functions import find_functions, functions_as_json, tell_functions

    try:
        found = find_functions(Registry.load(), name)
    except PortfolioError as error:
        _refuse(str(error))
    _print(
        json.dumps(functions_as_json(found), indent=2, ensure_ascii=False, default=str)
        if as_json
        else tell_functions(found)
    )


@app.command()
def undo(
    book: Book,
    force: Annotated[
        bool,
        typer.Option("--force", help="Undo even if the workbook was edited since; a copy is kept."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put the workbook back as it was before the last run that changed it."""
    from xlportfolio.operations.undo import undo as undo_run

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = undo_run(path, force=force)
        answer = {
            "workbook": str(path),
            "output": str(result.workbook),
            "status": "done",
            "undone": result.command,
            "recorded": result.recorded.isoformat(),
            "left": result.n_left,
        }
        return answer, str(result), False

    _run_all([book], run, as_json=as_json, quiet=True)


@app.command()
def handback(
    books: Books,
    output: Out = None,
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

    outputs = _outputs(output, books)

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = handback_workbook(path, output=outputs.get(path), force=force, progress=progress)
        return result.as_json(), tell_handback(result), False

    _run_all(books, run, as_json=as_json, quiet=quiet)


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
    as_json: bool,
    quiet: bool,
) -> None:
    """Run some or all steps of the portfolio job on each book."""
    from xlportfolio.operations.options import RunOptions, read_budget, read_free, read_steps
    from xlportfolio.operations.run_json import run_as_json
    from xlportfolio.operations.running import run_workbook
    from xlportfolio.operations.telling_run import tell_run

    outputs = _outputs(output, books)
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
        _refuse(str(error))

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = run_workbook(
            path,
            command=command,
            options=options,
            mapping_file=mapping,
            output=outputs.get(path),
            progress=progress,
        )
        return run_as_json(result), tell_run(result), result.needs_a_person

    _run_all(books, run, as_json=as_json, quiet=quiet)


def _outputs(output: Path | None, books: list[Path]) -> dict[Path, Path]:
    """The file to write for each book: in a folder, under its own name."""
    if output is None:
        return {}
    if str(output) in ("", "."):
        _refuse(
            "-o names no file; expected a workbook such as out.xlsx, or a folder such as results."
        )
    if len(books) == 1 and not output.is_dir():
        return {books[0]: output}
    if not output.is_dir():
        _refuse(
            f'"{output}" is not a folder; expected one, because {len(books)} workbooks were given.'
        )
    outputs = {book: output / book.name for book in books}
    names = [path.name.casefold() for path in outputs.values()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        _refuse(
            f'Two of the workbooks are called "{twice}", and one would take the other\'s place in '
            f'"{output}"; give them one at a time, each with a file of its own.'
        )
    return outputs


def _refuse(sentence: str) -> NoReturn:
    """Stop before anything is done."""
    typer.echo(f"xlportfolio: {sentence}", err=True)
    raise typer.Exit(NOT_DONE)


def _run_all(
    books: list[Path],
    run: Callable[[Path, Progress], tuple[dict[str, Any], str, bool]],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run one operation on each book; a book that fails does not stop the others."""
    answers: list[dict[str, Any]] = []
    worst = DONE
    for book in books:
        began = time.perf_counter()
        progress = _progress(book, quiet)
        try:
            answer, said, needs_a_person = run(book, progress)
        except PortfolioError as error:
            progress("")
            typer.echo(f"xlportfolio: {error}", err=True)
            answers.append({"workbook": str(book), "status": "failed", "message": str(error)})
            worst = NOT_DONE
            continue
        progress("")
        answer["seconds"] = round(time.perf_counter() - began, 3)
        answers.append(answer)
        if needs_a_person:
            worst = max(worst, NEEDS_A_PERSON)
        if not as_json:
            _print(said)
    if as_json:
        shown: Any = answers if len(books) > 1 else answers[0]
        _print(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
    raise typer.Exit(worst)


def _print(text: str) -> None:
    try:
        typer.echo(text)
        sys.stdout.flush()
    except OSError as error:
        # What was done is done; but who reads an answer cut short must not take it for whole.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left unsaid
        _refuse(f"the answer could not be printed ({error.strerror}); nothing else went wrong.")


def _progress(book: Path, quiet: bool) -> Progress:
    """Show each step on one line of the terminal; say nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        return lambda step: None

    def show(step: str) -> None:
        line = f"{book.name}: {step} ..." if step else ""
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()

    return show


def main() -> None:
    """Run the command line; an interrupted run leaves everything as it was."""
    _keep_stdout_for_the_answer()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A pipe on Windows may know fewer letters than a workbook.
            stream.reconfigure(encoding="utf-8", errors="replace")
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    app()


def _keep_stdout_for_the_answer() -> None:
    """Let what C code prints on descriptor 1 go nowhere: the solver leaves remarks of its own.

    They wait in a buffer of C that is emptied when the process ends, so the descriptor stays turned
    away until then.
    """
    try:
        answer = os.dup(1)
    except OSError:  # it was closed before we began
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout = os.fdopen(answer, "w", encoding="utf-8", errors="replace")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Stop as an error does: what was begun is tidied up, and no file is left half written."""
    raise _StoppedError
