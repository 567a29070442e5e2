"""What LibreOffice computes of a workbook: the values of chosen cells, and its error numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlportfolio.cells import Registry
from xlportfolio.workbook.formula_cells import Cached
from xlportfolio.workbook.references import CellRange

SECONDS_WITHOUT_PROGRESS = 120.0

Place = tuple[int, int]
"""Row and column of a cell, from 1."""


@dataclass(frozen=True)
class Computed:
    """The answers of one calculation.

    Attributes
    ----------
    values
        By sheet and (row, column): every cell that was asked for. A blank is None, an error a
        `CellError` with Excel's code.
    errors
        By sheet and (row, column): Calc's number of each error, which says more than Excel's
        code: 508 to 512 a formula it cannot read, 522 and 523 circular, 525 an unknown name.
    seconds
        From the start of LibreOffice to its end.
    """

    values: Mapping[str, Mapping[Place, Cached]]
    errors: Mapping[str, Mapping[Place, int]]
    seconds: float


def compute(
    book: Path,
    wanted: Mapping[str, Sequence[CellRange]],
    registry: Registry | None = None,
    *,
    progress: Callable[[str], None] | None = None,
    seconds: float = SECONDS_WITHOUT_PROGRESS,
) -> Computed:
    """Compute every formula of a workbook in a private LibreOffice, and read cells of it.

    Parameters
    ----------
    book
        The workbook, our functions under their programmatic names; it is read, never written.
    wanted
        The cells to read, by sheet.
    registry
        Our functions, where the workbook calls some.
    progress
        Told in a few words what is being done.
    seconds
        How long LibreOffice may take without getting any further. [s]

    Raises
    ------
    OfficeError
        If there is no LibreOffice, it does not open the workbook, crashes or hangs.
    """
    raise NotImplementedError
