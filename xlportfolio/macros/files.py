"""The macros that make or open a file of their own: new, example, values copy, self-check."""

from __future__ import annotations

import tempfile
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
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder, session.working():
        copied = Path(folder) / name
        session.details.save_copy(book, copied)
        done = copy_with_values(copied, target)
    status: Status = "needs a person" if done.needs_a_person else "done"
    return MacroResult("values_copy", status, str(done), answer=done, is_shown=False)


def self_check(book: xw.Book | None, session: Session | None = None, *, app: xw.App) -> MacroResult:
    """Open the self-check workbook and count the calls that Excel computes right."""
    from xlportfolio.operations.self_check import BOOK
    from xlportfolio.operations.shipped import shipped_workbook
    from xlportfolio.workbook.saving.store import store_folder

    folder = store_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _free(folder, Path(BOOK).stem)
    path.write_bytes(shipped_workbook(BOOK))
    opened = app.books.open(path)
    app.calculate()
    checks = {
        name.name: name.refers_to_range.value is True
        for name in opened.names
        if name.name.startswith(_CHECK)
    }
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


def _shipped(app: xw.App, macro: str, name: str, stem: str) -> MacroResult:
    from xlportfolio.operations.shipped import write_shipped

    path = write_shipped(name, _free(_documents(), stem))
    opened = app.books.open(path)
    opened.activate()
    return MacroResult(
        macro, "done", f'Made and opened "{path}"; its sheet Start has three steps.', answer=path
    )


def _free(folder: Path, stem: str, suffix: str = ".xlsx") -> Path:
    """A name that no file in a folder has."""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
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
