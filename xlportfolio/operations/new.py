"""New: a blank portfolio workbook with every table, its drop-downs and its notes."""

from __future__ import annotations

import os
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.shipped import shipped_workbook


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
    target = Path(path)
    if not target.suffix:
        target = target.with_suffix(".xlsx")
    if target.suffix.lower() != ".xlsx":
        raise WorkbookError(
            f'"{target}" would hold an .xlsx workbook; expected a name that ends in .xlsx.'
        )
    try:
        # Mode "x" fails where a file of the name exists, so nothing is ever overwritten.
        with target.open("xb") as stream:
            stream.write(shipped_workbook("template.xlsx"))
    except FileExistsError:
        raise WorkbookError(
            f'"{target}" exists already; name a new file, or delete that one first.'
        ) from None
    except FileNotFoundError:
        raise WorkbookError(
            f'The folder "{target.parent}" does not exist; make it first, or name another.'
        ) from None
    except OSError as error:
        target_made = target.is_file() and target.stat().st_size == 0
        if target_made:
            target.unlink(missing_ok=True)
        raise WorkbookError(
            f'"{target}" cannot be written ({error.strerror}); name a folder that you may write to.'
        ) from None
    return target
