"""What a command shows and how it ends: answers, progress, sentences, exit codes, interruptions."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import typer

from xlportfolio.errors import PortfolioError
from xlportfolio.wording import visible_line

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress

DONE = 0
NEEDS_A_PERSON = 1
NOT_DONE = 2


class _StoppedError(SystemExit):
    """Somebody stopped the program: nothing more is written."""

    def __init__(self) -> None:
        sys.stderr.write("\nxlportfolio: stopped; a workbook that was not finished is as it was.\n")
        super().__init__(NOT_DONE)


def outputs_of(output: Path | None, books: list[Path]) -> dict[Path, Path]:
    """The file to write for each book: in a folder, under its own name."""
    if output is None:
        return {}
    if str(output) in ("", "."):
        refuse(
            "-o names no file; expected a workbook such as out.xlsx, or a folder such as results."
        )
    if len(books) == 1 and not output.is_dir():
        return {books[0]: output}
    if not output.is_dir():
        refuse(
            f'"{output}" is not a folder; expected one, because {len(books)} workbooks were given.'
        )
    outputs = {book: output / book.name for book in books}
    names = [path.name.casefold() for path in outputs.values()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        refuse(
            f'Two of the workbooks are called "{twice}", and one would take the other\'s place in '
            f'"{output}"; give them one at a time, each with a file of its own.'
        )
    return outputs


def refuse(sentence: str) -> NoReturn:
    """Stop before anything is done."""
    typer.echo(f"xlportfolio: {sentence}", err=True)
    raise typer.Exit(NOT_DONE)


def run_all(
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
            typer.echo(f"xlportfolio: {visible_line(str(error))}", err=True)
            answers.append({"workbook": str(book), "status": "failed", "message": str(error)})
            worst = NOT_DONE
            continue
        progress("")
        answer["seconds"] = round(time.perf_counter() - began, 3)
        answers.append(answer)
        if needs_a_person:
            worst = max(worst, NEEDS_A_PERSON)
        if not as_json:
            print_answer("\n".join(map(visible_line, said.split("\n"))))
    if as_json:
        shown: Any = answers if len(books) > 1 else answers[0]
        print_answer(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
    raise typer.Exit(worst)


class Answer(Protocol):
    """What one run gives: `str` is for people; `needs_a_person`, where it has that, is a claim."""

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        ...


def show(run: Callable[[], Answer], *, as_json: bool) -> NoReturn:
    """Run what is about no workbook, once, and end with its exit code."""
    try:
        result = run()
    except PortfolioError as error:
        typer.echo(f"xlportfolio: {error}", err=True)
        if as_json:
            print_answer(json.dumps({"status": "failed", "message": str(error)}, indent=2))
        raise typer.Exit(NOT_DONE) from error
    shown = json.dumps(result.as_json(), indent=2, ensure_ascii=False) if as_json else str(result)
    print_answer(shown)
    raise typer.Exit(NEEDS_A_PERSON if getattr(result, "needs_a_person", False) else DONE)


def print_answer(text: str) -> None:
    """Print on standard output; a failure to do so is told and is no success."""
    try:
        typer.echo(text)
        sys.stdout.flush()
    except OSError as error:
        # What was done is done; but who reads an answer cut short must not take it for whole.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left unsaid
        refuse(f"the answer could not be printed ({error.strerror}); nothing else went wrong.")


def _progress(book: Path, quiet: bool) -> Progress:
    """Show each step on one line of the terminal; say nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        return lambda step: None

    def show(step: str) -> None:
        line = f"{book.name}: {step} ..." if step else ""
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()

    return show


def keep_stdout_for_the_answer() -> None:
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


def stop_in_order_when_asked() -> None:
    """End as an error does when somebody stops the program."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Stop as an error does: what was begun is tidied up, and no file is left half written."""
    raise _StoppedError
