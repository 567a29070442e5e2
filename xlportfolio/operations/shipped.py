"""The workbooks that travel with the product: template, worked example, self-check."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from xlportfolio.errors import WorkbookError

_PACKED = Path(__file__).with_name("workbooks")
_CHECKOUT = Path(__file__).parents[2] / "workbooks"


def shipped_workbook(name: str) -> bytes:
    """The bytes of "template.xlsx", "worked_example.xlsx" or "self_check.xlsx".

    They lie in the installed package, and in a checkout where `workbooks/build.py` writes them.
    """
    for folder in (_PACKED, _CHECKOUT):
        path = folder / name
        if path.is_file():
            return path.read_bytes()
    raise FileNotFoundError(f"{name} is missing from this installation of xlportfolio")


def write_shipped(name: str, path: str | os.PathLike[str]) -> Path:
    """Write one of them where there is no file yet.

    Parameters
    ----------
    name
        As `shipped_workbook` takes it.
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
    if not target.name:
        raise WorkbookError(f'"{path}" names no file; expected a name such as plan.xlsx.')
    if not target.suffix:
        target = target.with_suffix(".xlsx")
    if target.suffix.lower() != ".xlsx":
        raise WorkbookError(
            f'"{target}" would hold an .xlsx workbook; expected a name that ends in .xlsx.'
        )
    try:
        # Mode "x" fails where a file of the name exists, so nothing is ever overwritten.
        stream = target.open("xb")
    except FileExistsError:
        raise WorkbookError(
            f'"{target}" exists already; name a new file, or delete that one first.'
        ) from None
    except OSError as error:
        raise WorkbookError(_not_made(target, error)) from None
    try:
        with stream:
            stream.write(shipped_workbook(name))
    except OSError as error:
        target.unlink(missing_ok=True)
        raise WorkbookError(_not_made(target, error)) from None
    return target


def _not_made(target: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f'The folder "{target.parent}" does not exist; make it first, or name another.'
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return f'There is no space for "{target}"; free some, or name a file on another disk.'
    if error.errno == errno.ENAMETOOLONG:
        return f'The name "{target.name[:40]}..." is too long for a file; name a shorter one.'
    return f'"{target}" cannot be written ({error.strerror}); name a folder that you may write to.'
