"""The macros that make or open a file of their own: new, example, values copy, self-check."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import PortfolioError
from xlportfolio.macros.session import MacroResult, Session, Status

if TYPE_CHECKING:
    import xlwings as xw

_CHECK = "check_"


def new(book: xw.Book | None, session: Session | None = None, *, app: xw.App) -> MacroResult:
    """Make a blank portfolio workbook in the documents folder and open it."""
    return _shipped(app, "new", "template.xlsx", "Portfolio")


def example(book: xw.Book | None, session: Session | None = None, *, app: xw.App) -> MacroResult:
    """Open a copy of the worked example: a water utility's 40 projects."""
    return _shipped(app, "example", "worked_example.xlsx", "Portfolio example")


def values_copy(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Make a copy for colleagues that holds values where this one has portfolio functions."""
    from xlportfolio.operations.values_copy import values_copy as copy_with_values

    session = session or Session(book)
    name = Path(book.name if Path(book.name).suffix else f"{book.name}.xlsx")
    target = _free(_folder_of(book), f"{name.stem} (values)", name.suffix)
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        copied = Path(folder) / name
        # Before Excel is kept still: a workbook is saved with the mode in which Excel calculates.
        session.details.save_copy(book, copied)
        with session.working():
            done = copy_with_values(copied, target)
    status: Status = "needs a person" if done.needs_a_person else "done"
    return MacroResult("values_copy", status, str(done), answer=done, is_shown=False)


def self_check(book: xw.Book | None, session: Session | None = None, *, app: xw.App) -> MacroResult:
    """Open the self-check workbook and count the calls that Excel computes right."""
    from xlportfolio.operations.purging import self_check_folder, self_checks
    from xlportfolio.operations.self_check import BOOK
    from xlportfolio.operations.shipped import shipped_workbook

    folder, taken = self_check_folder(), _open_names(app)
    for earlier in self_checks():
        if earlier.name.casefold() not in taken:
            with suppress(OSError):
                earlier.unlink()
    path = _free(folder, Path(BOOK).stem, taken=taken)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(shipped_workbook(BOOK))
    except OSError as error:
        raise PortfolioError(
            f'The self-check workbook could not be written to "{folder}" '
            f"({(error.strerror or type(error).__name__).lower()}). Allow writing there, or set "
            "XLPORTFOLIO_HOME to another folder."
        ) from error
    with _opening(app, path) as opened:
        app.calculate()
        checks = _checks(opened, path)
    right = sum(checks.values())
    wrong = [name.removeprefix(_CHECK) for name, is_so in checks.items() if not is_so]
    sentence = f"Excel: {right} of {len(checks)} calls are right."
    if wrong:
        sentence += f" Wrong: {', '.join(wrong[:5])}; see their rows in the workbook."
    return MacroResult(
        "self_check",
        "needs a person" if wrong or not checks else "done",
        sentence,
        answer=checks,
        is_shown=False,
    )


def _checks(opened: xw.Book, path: Path) -> dict[str, bool]:
    """Whether each check holds: the cells are read in one go, by where its file has the names."""
    from xlportfolio.workbook.closed import open_workbook

    with open_workbook(path) as book:
        named = [name for name in book.names() if name.name.startswith(_CHECK)]
    checks = {}
    for sheet in dict.fromkeys(name.sheet for name in named):
        here = [name for name in named if name.sheet == sheet]
        n_rows = max(name.range.last_row for name in here)
        n_columns = max(name.range.last_column for name in here)
        cells = opened.sheets[sheet].range((1, 1), (n_rows, n_columns)).options(ndim=2).value
        for name in here:
            row, column = name.range.first_row, name.range.first_column
            checks[name.name] = cells[row - 1][column - 1] is True
    return checks


@contextmanager
def _opening(app: xw.App, path: Path) -> Iterator[xw.Book]:
    """Open a workbook that was just made; where that fails, nothing of it stays."""
    books = app.books
    try:
        yield books.open(path)
    except BaseException:
        with suppress(Exception):
            books[path.name].close()
        with suppress(OSError):
            path.unlink()
        raise


def _open_names(app: xw.App) -> set[str]:
    """The workbooks that are open: Excel opens no second one of a name, wherever it lies."""
    return {book.name.casefold() for book in app.books}


def _shipped(app: xw.App, macro: str, name: str, stem: str) -> MacroResult:
    from xlportfolio.operations.shipped import write_shipped

    path = write_shipped(name, _free(_documents(), stem, taken=_open_names(app)))
    with _opening(app, path) as opened, suppress(Exception):
        opened.activate()  # it is in front by itself
    return MacroResult(
        macro, "done", f'Made and opened "{path}"; its sheet Start has three steps.', answer=path
    )


def _free(folder: Path, stem: str, suffix: str = ".xlsx", *, taken: Collection[str] = ()) -> Path:
    """A name that no file in a folder has, and none of those that are taken."""
    path, number = folder / f"{stem}{suffix}", 1
    while os.path.lexists(path) or path.name.casefold() in taken:
        number += 1
        path = folder / f"{stem} {number}{suffix}"
    return path


def _folder_of(book: xw.Book) -> Path:
    """The folder of a workbook; the documents' where it has none on this machine."""
    from xlportfolio.workbook.live.address import address_of

    path = Path(address_of(book))
    return path.parent if path.is_absolute() and path.parent.is_dir() else _documents()


def _documents() -> Path:
    try:
        home = Path.home()
    except RuntimeError:
        raise PortfolioError(
            "There is no home folder to put the workbook into; use the command line: "
            "xlportfolio new BOOK"
        ) from None
    documents = home / "Documents"
    return documents if documents.is_dir() else home
