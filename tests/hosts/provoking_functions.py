"""Cell functions that do what a process must not: end, hang, print; and a worker that has them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from xlportfolio.cells import Example, cell_function

CHECKOUT = Path(__file__).resolve().parents[2]

_START = (
    "import sys; sys.path[:0] = [{folder!r}, {checkout!r}]; "
    "from xlportfolio.libreoffice.worker import main; main()"
)


@cell_function("Provoking", examples=(Example({"number": 3}, error="ends"),))
def pf_end(number: Any) -> Any:
    """End the process that computes it.

    Parameters
    ----------
    number : one cell, such as A1
        The code that it ends with.

    Returns
    -------
    nothing

    Raises
    ------
    InputError
        Never.
    """
    os._exit(int(number))


@cell_function("Provoking", examples=(Example({"number": 60}, error="hangs"),))
def pf_hang(number: Any) -> Any:
    """Sleep.

    Parameters
    ----------
    number : one cell, such as A1
        How long. [s]

    Returns
    -------
    the number

    Raises
    ------
    InputError
        Never.
    """
    time.sleep(float(number))
    return number


@cell_function("Provoking", examples=(Example({"number": 4}, 4),))
def pf_print(number: Any) -> Any:
    """Print on descriptor 1, as a solver in C does.

    Parameters
    ----------
    number : one cell, such as A1
        What it gives back.

    Returns
    -------
    the number

    Raises
    ------
    InputError
        Never.
    """
    os.write(1, b"a remark of the solver\n" * 1000)
    print("and of Python")  # noqa: T201
    return number


@cell_function("Provoking")
def pf_handed(first: Any, second: Any = None, seed: Any = 1) -> Any:
    """Show what it was handed.

    Parameters
    ----------
    first : any, such as A1
        Shown.
    second : any, such as A1
        Shown.
    seed : any, such as A1
        Shown.

    Returns
    -------
    text

    Raises
    ------
    InputError
        Never.
    """
    return f"{first!r} {second!r} {seed!r}"


def worker_of(folder: Path, seconds: float) -> list[str]:
    """The command of a worker that has these functions besides the real ones."""
    offered = folder / "provoking-1.dist-info"
    offered.mkdir(parents=True, exist_ok=True)
    (offered / "METADATA").write_text("Metadata-Version: 2.1\nName: provoking\nVersion: 1\n")
    (offered / "entry_points.txt").write_text(f"[xlportfolio.functions]\nprovoking = {__name__}\n")
    start = _START.format(folder=str(folder), checkout=str(CHECKOUT))
    return [sys.executable, "-P", "-c", start, str(seconds)]
