"""The directory of a zip package, and whether what it says of each entry is true of the file.

Programs read an archive from its end, or from its start; one that tells them different things is
refused. The layout is that of PKWARE's APPNOTE 6.3, the names are those of OPC (ECMA-376 part 2,
6.2.2 and 7.3.4).
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.other_files import DAMAGE, which_other_zip
from xlportfolio.workbook.container.prologs import inflated, refuse_document_type

MAX_PARTS = 20_000
MAX_PART_BYTES = 2 << 30
MAX_PACKAGE_BYTES = 4 << 30
MAX_RATIO = 200
"""A real sheet is seldom compressed more than 60 times; a bomb about 1,000 times."""
RATIO_MATTERS_FROM = 10 << 20

LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sBBHHHHHIIIHHHHHII")
END = struct.Struct("<4sHHHHIIH")
ENCRYPTED, HAS_DESCRIPTOR, UTF8_NAME = 0x1, 0x8, 0x800
STORED, DEFLATED = 0, 8
ZIP64_EXTRA = 1
_IN_ZIP64 = 0xFFFFFFFF
_AT_ONCE = 2 << 10
_DRIVE = re.compile("/*[A-Za-z]:")


def part_key(name: str) -> str:
    """A part's name as names are compared: without regard to case and to a leading "/"."""
    return name.lstrip("/").lower()


def megabytes(size: int) -> str:
    """A size for messages."""
    return f"{size / (1 << 20):,.0f} MB"


def encoded_name(entry: zipfile.ZipInfo) -> bytes:
    """The name of an entry as its headers hold it."""
    return entry.filename.encode("utf-8" if entry.flag_bits & UTF8_NAME else "cp437")


def checked_entries(
    archive: zipfile.ZipFile, file: IO[bytes], path: str
) -> dict[str, zipfile.ZipInfo]:
    """The entries of an archive by key, after everything was checked but their contents.

    Parameters
    ----------
    archive, file
        The archive, and the file in which it is.
    path
        How messages name it.

    Raises
    ------
    WorkbookError
        If the directory is damaged, claims too much, or does not agree with the file; a part has
        an unsafe name or declares a document type; or it is another kind of zip file.
    """
    infos = archive.infolist()
    if len(infos) > MAX_PARTS:
        raise WorkbookError(
            f'"{path}" has {len(infos):,} parts; expected at most {MAX_PARTS:,}. It looks made to '
            "exhaust memory and was not read."
        )
    entries: dict[str, zipfile.ZipInfo] = {}
    spoken: set[str] = set()
    total = 0
    for entry in infos:
        name = entry.filename = entry.orig_filename
        check_name(name, path)
        key = part_key(name)
        if key in entries or unquote(key) in spoken:
            raise WorkbookError(
                f'"{path}" holds the part {name} twice, so that programs would read different '
                "contents; it was not read. Open it in Excel and save it again."
            )
        if entry.flag_bits & ENCRYPTED:
            raise WorkbookError(
                f'"{path}" is encrypted as a zip file; save it in Excel without a password.'
            )
        if entry.compress_type not in (STORED, DEFLATED):
            raise WorkbookError(
                f'"{path}" is packed with method {entry.compress_type} in part {name}, which Excel '
                "does not write; open it in Excel and save it again."
            )
        total += entry.file_size
        _check_size(entry, total, path)
        entries[key] = entry
        spoken.add(unquote(key))
    packed = sum(entry.compress_size for entry in infos)
    if total > 10 * RATIO_MATTERS_FROM and total > MAX_RATIO * packed:
        raise WorkbookError(
            f'"{path}" unpacks to {total // max(1, packed)} times its size; expected at most '
            f"{MAX_RATIO} times. It looks made to exhaust memory and was not read."
        )
    _check_end(archive, file, path)
    _check_beginnings(archive, file, path)
    if "[content_types].xml" not in entries:
        raise WorkbookError(which_other_zip(archive, entries, path))
    return entries


def check_name(name: str, path: str) -> None:
    """Refuse a name that leads out of the package, or that programs would read differently.

    Parameters
    ----------
    name
        Of a part, or of a folder that ends with "/".
    path
        How messages name the package.

    Raises
    ------
    WorkbookError
        If it does.
    """
    spoken = unquote(name)
    segments = spoken.lstrip("/").removesuffix("/").split("/")
    if (
        not segments[0]
        or "\\" in spoken
        or spoken.count("/") != name.count("/")
        or any(segment.endswith(".") for segment in segments)
        or any(character < " " or character in "\x7f\x85\u2028\u2029" for character in spoken)
        or name.startswith("//")
        or _DRIVE.match(spoken)
    ):
        raise WorkbookError(
            f'"{path}" holds a part with the unsafe name {name!r}; it was not read. Open it in '
            "Excel and save it again."
        )


def _check_size(entry: zipfile.ZipInfo, total: int, path: str) -> None:
    if entry.file_size > MAX_PART_BYTES or total > MAX_PACKAGE_BYTES:
        raise WorkbookError(
            f'"{path}" unpacks to more than {megabytes(min(total, MAX_PACKAGE_BYTES))} (part '
            f"{entry.filename}); expected at most {megabytes(MAX_PART_BYTES)} in a part and "
            f"{megabytes(MAX_PACKAGE_BYTES)} in all. It was not read."
        )
    packed = max(1, entry.compress_size)
    if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * packed:
        raise WorkbookError(
            f'"{path}" unpacks part {entry.filename} to {entry.file_size // packed} times its '
            f"size; expected at most {MAX_RATIO} times. It looks made to exhaust memory and was "
            "not read."
        )


def _check_end(archive: zipfile.ZipFile, file: IO[bytes], path: str) -> None:
    """Check that the directory ends the file, and counts its entries."""
    size = file.seek(0, 2)
    at = size - END.size - len(archive.comment)
    file.seek(max(0, at))
    end = file.read(END.size)
    if at < 0 or end[:4] != b"PK\x05\x06":
        raise _two_readings(path, "bytes follow the end of its archive")
    _, disk, first_disk, n_here, n_entries, *_ = END.unpack(end)
    # A count, or a number of a disk, that does not fit is in the 64-bit end of directory.
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise _two_readings(path, "it is one of several volumes")
    n_found = len(archive.infolist())
    if any(count not in (n_found, 0xFFFF) for count in (n_here, n_entries)):
        raise _two_readings(path, f"it counts {n_entries} parts and lists {n_found}")


def _check_beginnings(archive: zipfile.ZipFile, file: IO[bytes], path: str) -> None:
    """Check what stands before the data of each entry, and how the data begins."""
    before, position = "the start of the file", 0
    for entry in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if entry.header_offset < position:
            raise WorkbookError(
                f'"{path}" has parts that overlap in the file ({entry.filename}); it is damaged or '
                "made to exhaust memory and was not read."
            )
        if not position and entry.header_offset:
            raise _two_readings(path, f"{entry.header_offset:,} bytes stand before its archive")
        file.seek(entry.header_offset)
        begins = file.read(_AT_ONCE)
        starts = _start_of_data(begins, entry, path)
        if starts + _AT_ONCE // 4 > len(begins):  # some programs leave room to grow before it
            file.seek(entry.header_offset)
            begins = file.read(starts + _AT_ONCE)
        position = entry.header_offset + starts + entry.compress_size
        before = entry.filename
        if not entry.is_dir():
            _check_prolog(archive, entry, begins[starts : starts + entry.compress_size], path)
        elif entry.file_size:
            raise _two_readings(path, f"{entry.filename} is a folder that holds bytes")
    if position > archive.start_dir:
        raise WorkbookError(
            f'"{path}" has parts that overlap in the file ({before}); it is damaged or made to '
            "exhaust memory and was not read."
        )


def _start_of_data(begins: bytes, entry: zipfile.ZipInfo, path: str) -> int:
    """Where the data of an entry starts, counted from its header, which has to agree with it."""
    if len(begins) < LOCAL.size or begins[:4] != b"PK\x03\x04":
        raise _disagreement(entry, path)
    fields: tuple[int, ...] = LOCAL.unpack_from(begins)[2:]
    flags, method, _, _, crc, packed, unpacked, n_name, n_extra = fields
    name = begins[LOCAL.size : LOCAL.size + n_name]
    if name != encoded_name(entry) or method != entry.compress_type or flags & ENCRYPTED:
        raise _disagreement(entry, path)
    if not flags & HAS_DESCRIPTOR:
        if _IN_ZIP64 in (packed, unpacked):
            extra = begins[LOCAL.size + n_name : LOCAL.size + n_name + n_extra]
            unpacked, packed = _zip64_sizes(extra, unpacked, packed)
        if (crc, packed, unpacked) != (entry.CRC, entry.compress_size, entry.file_size):
            raise _disagreement(entry, path)
    return LOCAL.size + n_name + n_extra


def _zip64_sizes(extra: bytes, unpacked: int, packed: int) -> tuple[int, int]:
    """The sizes of a local header, those that did not fit from its 64-bit field."""
    for kind, field in _fields(extra):
        if kind == ZIP64_EXTRA:
            numbers = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            unpacked, packed = (
                next(numbers, size) if size == _IN_ZIP64 else size for size in (unpacked, packed)
            )
    return unpacked, packed


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        yield kind, extra[position + 4 : position + 4 + length]
        position += 4 + length


def without_zip64(extra: bytes) -> bytes:
    """An extra field without its 64-bit sizes: all that we write fits in 32 bits."""
    kept, position = b"", 0
    for kind, field in _fields(extra):
        if kind != ZIP64_EXTRA:
            kept += extra[position : position + 4 + len(field)]
        position += 4 + len(field)
    return kept + extra[position:]


def _check_prolog(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: bytes, path: str
) -> None:
    label = f'"{Path(path).name}", part {entry.filename.lstrip("/")},'
    try:
        begins = inflated(packed) if entry.compress_type == DEFLATED else packed
        refuse_document_type(begins, _after(archive, entry, len(begins)), label)
    except DAMAGE as error:
        raise damaged(label) from error


def _after(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, position: int) -> Iterator[bytes]:
    """The bytes of an entry after a position, in pieces."""
    if position < entry.file_size:
        with archive.open(entry) as part:
            part.read(position)
            while piece := part.read(_AT_ONCE):
                yield piece


def damaged(label: str) -> WorkbookError:
    """The refusal of a part whose bytes are not what they were; `label` names it."""
    return WorkbookError(
        f"{label} is damaged: its bytes do not match their checksum. Take the file from a backup, "
        "or download it again."
    )


def _disagreement(entry: zipfile.ZipInfo, path: str) -> WorkbookError:
    return _two_readings(
        path, f"its directory and its parts say different things of {entry.filename}"
    )


def _two_readings(path: str, what: str) -> WorkbookError:
    return WorkbookError(
        f'"{path}" is damaged, or made so that programs read different contents: {what}. It was '
        "not read. Open it in Excel and save it again, or take it from a backup."
    )
