"""Files that are no workbook, whatever their name says: told by their content."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from xlportfolio.errors import WorkbookError

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)
"""What zipfile raises at a damaged archive: its checks are few, so the rest shows as it may."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "Open it in Excel and save it as Excel Workbook (.xlsx)."


def open_for_reading(path: str) -> IO[bytes]:
    """Open a file, or say why it cannot be.

    Raises
    ------
    WorkbookError
        If there is none, it is a folder or a device, or it may not be read.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise WorkbookError(f'"{path}" is a folder; expected a workbook in it.')
        if file.exists() and not file.is_file():  # a pipe would be waited for without end
            raise WorkbookError(f'"{path}" is a device or a pipe; expected a workbook.')
        return file.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise WorkbookError(f'There is no file "{path}"; check the name and the folder.') from None
    except PermissionError:
        raise WorkbookError(
            f'"{path}" may not be read: no permission. Ask its owner for access, or copy it to a '
            "folder of your own."
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkbookError(f'"{path}" cannot be opened: {reason}.') from error
    except ValueError:  # a NUL in the name
        raise WorkbookError(f"{path!r} is not the name of a file; expected a workbook.") from None


def what_else_it_is(file: IO[bytes], path: str) -> str:
    """The sentence for a file that is no zip archive."""
    file.seek(0)
    start = file.read(1024)
    if not start:
        return f'"{path}" is empty (0 bytes); expected an Excel workbook. Copy it again.'
    if not start.strip(b"\0"):
        return (
            f'"{path}" holds nothing but zeros, as when a download did not finish. Open it in its '
            "cloud folder once, or copy it again."
        )
    if start.startswith(_OLE):
        return _which_compound_file(file, path)
    if start.startswith(b"%PDF"):
        return f'"{path}" is a PDF file; expected an Excel workbook (.xlsx or .xlsm).'
    lowered = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<html", b"<!doctype html", b"<?xml", b"<table")):
        return f'"{path}" is a web page or XML text named like a workbook. {_SAVE_AS}'
    if b"\0" not in start or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return f'"{path}" is plain text, perhaps CSV, named like a workbook. {_SAVE_AS}'
    return f'"{path}" is not an Excel workbook; expected an .xlsx or .xlsm file.'


def _which_compound_file(file: IO[bytes], path: str) -> str:
    """The sentence for a compound file (MS-CFB), told by the names of its streams.

    Encryption is [MS-OFFCRYPTO] 2.3.4.4; "Workbook" and "Book" are the streams of [MS-XLS] 2.1.2.
    """
    streams = _stream_names(file, ("EncryptedPackage", "Workbook", "Book"))
    if "EncryptedPackage" in streams:
        return (
            f'"{path}" is encrypted with a password; remove the password in Excel (File > Info > '
            "Protect Workbook) and save it."
        )
    if streams:
        return f'"{path}" is a workbook in the old .xls format. {_SAVE_AS}'
    return (
        f'"{path}" is a file of another Office program, in its format of before 2007; expected an '
        "Excel workbook (.xlsx or .xlsm)."
    )


def _stream_names(file: IO[bytes], wanted: tuple[str, ...]) -> set[str]:
    """Which of the names stand in a directory entry: 128 bytes, aligned, the name first."""
    marks = {(name + "\0").encode("utf-16-le"): name for name in wanted}
    found: set[str] = set()
    file.seek(0)
    while sectors := file.read(1 << 20):
        for position in range(0, len(sectors), 128):
            entry = sectors[position : position + 64]
            found.update(name for mark, name in marks.items() if entry.startswith(mark))
    return found


def which_other_zip(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], path: str
) -> str:
    """The sentence for a zip archive without content types."""
    mimetype = b""
    if "mimetype" in entries and entries["mimetype"].file_size < 200:
        try:
            mimetype = archive.read(entries["mimetype"])
        except DAMAGE:
            mimetype = b""
    if b"opendocument" in mimetype:
        return (
            f'"{path}" is an OpenDocument file (.ods); open it in LibreOffice or Excel and save it '
            "as .xlsx."
        )
    return f'"{path}" is a zip file but not an Excel workbook; expected an .xlsx or .xlsm file.'
