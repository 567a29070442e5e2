"""New: a blank portfolio workbook with every table, its drop-downs and its notes."""

from __future__ import annotations

import os
from pathlib import Path

from xlportfolio.operations.shipped import write_shipped


def new_workbook(path: str | os.PathLike[str]) -> Path:
    """Write a blank portfolio workbook.

    Parameters
    ----------
    path
        The file to make; ".xlsx" is added where it has no ending.

    Returns
    -------
    The file.

    Raises
    ------
    WorkbookError
        If the file exists, its folder does not, it cannot be written, or its ending is not .xlsx.
    """
    return write_shipped("template.xlsx", path)
