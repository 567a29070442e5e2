"""The zip package of an .xlsx or .xlsm file: read parts, note changes, write a copy.

Entries that did not change are copied as the compressed bytes they are, so that nothing in a
workbook that is not ours is lost or restyled. The layout is that of PKWARE's APPNOTE 6.3; what is
refused is what makes readers disagree, exhausts memory or reaches out of the package.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.directory import (
    CENTRAL,
    DEFLATED,
    END,
    HAS_DESCRIPTOR,
    LOCAL,
    UTF8_NAME,
    check_name,
    checked_entries,
    damaged,
    encoded_name,
    megabytes,
    part_key,
    without_zip64,
)
from xlportfolio.workbook.container.other_files import DAMAGE, open_for_reading, what_else_it_is
from xlportfolio.workbook.container.packing import Deflation, PackedPart

MAX_WHOLE_PART_BYTES = 1 << 30

Content = bytes | Callable[[], Iterable[bytes]]

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of a new part: the zip format's first, so that the same run writes the same bytes."""


@dataclass(frozen=True)
class PendingChanges:
    """The changes of a package at one moment: contents and names by key, and what was removed."""

    contents: Mapping[str, Content]
    new_names: Mapping[str, str]
    removed: frozenset[str]


class Package:
    """A workbook's parts, opened for reading, with the changes that are pending.

    Nothing on disk changes until `save_to`. Part names are compared without regard to case and
    to a leading "/", as OPC has it.

    Parameters
    ----------
    path
        An .xlsx, .xlsm, .xltx or .xltm file.

    Raises
    ------
    WorkbookError
        If the file cannot be opened, is another kind of file, is damaged or looks hostile.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._open()
        self._pending: dict[str, Content] = {}
        self._new_names: dict[str, str] = {}
        self._removed: set[str] = set()

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._file = open_for_reading(self.path)
        try:
            self._identity = _identity(self._file)
            self._zip = _open_zip(self._file, self.path)
            self._entries = checked_entries(self._zip, self._file, self.path)
        except OSError as error:
            self._file.close()
            raise WorkbookError(
                f'"{self.path}" cannot be read ({(error.strerror or "no reason given").lower()}). '
                "Copy it to a disk of this machine and try again."
            ) from error
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let go of the file, so that it can be replaced where open files cannot be.

        What is pending stays; the next read opens the file again.
        """
        self._zip.close()
        self._file.close()

    def _require_open(self) -> None:
        """Open the file again after `close`, if it is still the one that was read."""
        if not self._file.closed:
            return
        identity = self._identity
        self._open()
        if self._identity != identity:
            self.close()
            self._identity = identity
            raise self._overtaken()

    def snapshot(self) -> PendingChanges:
        """What is pending now, for `restore`."""
        return PendingChanges(dict(self._pending), dict(self._new_names), frozenset(self._removed))

    def restore(self, snapshot: PendingChanges) -> None:
        """Go back to what was pending at a snapshot."""
        self._pending = dict(snapshot.contents)
        self._new_names = dict(snapshot.new_names)
        self._removed = set(snapshot.removed)

    @property
    def names(self) -> list[str]:
        """The parts, in the order of the file, then the new ones; pending changes applied."""
        kept = [
            entry.filename.lstrip("/")
            for key, entry in self._entries.items()
            if key not in self._removed and not key.endswith("/")
        ]
        return kept + list(self._new_names.values())

    @property
    def changed(self) -> set[str]:
        """The parts that were added, replaced with other bytes, or removed."""
        names = {self._entries[key].filename.lstrip("/") for key in self._removed}
        return names | {self._name(key) for key in self._pending}

    def has(self, name: str) -> bool:
        key = part_key(name)
        return key in self._pending or (key in self._entries and key not in self._removed)

    def size(self, name: str) -> int:
        """Uncompressed size of a part. [bytes]"""
        key = self._existing(name)
        content = self._pending.get(key)
        if content is None:
            return self._entries[key].file_size
        return len(content) if isinstance(content, bytes) else sum(map(len, content()))

    def read(self, name: str) -> bytes:
        """A part as a whole, pending content first."""
        key = self._existing(name)
        if key not in self._pending and self._entries[key].file_size > MAX_WHOLE_PART_BYTES:
            raise WorkbookError(
                f"{self.label(name)} unpacks to {megabytes(self._entries[key].file_size)}, too "
                f"much to hold in memory; expected at most {megabytes(MAX_WHOLE_PART_BYTES)}."
            )
        return b"".join(self.chunks(name, 1 << 20))

    def chunks(self, name: str, size: int = 1 << 18) -> Iterator[bytes]:
        """A part piece by piece, so that a large sheet need not fit into memory."""
        key = self._existing(name)
        content = self._pending.get(key)
        if isinstance(content, bytes):
            for start in range(0, len(content), size):
                yield content[start : start + size]
        elif content is not None:
            yield from content()
        else:
            yield from self._unpacked(key, size)

    def write(self, name: str, data: Content) -> None:
        """Replace a part, or add it: bytes, or a callable that yields them anew at each call."""
        key = part_key(name)
        if key in self._entries:
            self._removed.discard(key)
            self._pending.pop(key, None)
            if isinstance(data, (bytes, PackedPart)) and self._is_original(key, data):
                return
        else:
            check_name(name.lstrip("/"), self.path)
            self._new_names[key] = name.lstrip("/")
        self._pending[key] = data

    def remove(self, name: str) -> None:
        key = self._existing(name)
        self._pending.pop(key, None)
        self._new_names.pop(key, None)
        if key in self._entries:
            self._removed.add(key)

    def require(self, name: str) -> None:
        """Refuse a file that lacks a part which another one leads to."""
        self._existing(name)

    def label(self, name: str) -> str:
        """How messages name a part."""
        return f'"{Path(self.path).name}", part {name.lstrip("/")},'

    def save_to(self, stream: BinaryIO) -> None:
        """Write the package with its changes to a seekable stream, from its position 0.

        Entries that did not change are copied with header, extra field and descriptor.
        """
        self._require_open()
        directory: list[tuple[zipfile.ZipInfo, int]] = []
        for key, entry in self._entries.items():
            if key in self._removed:
                continue
            offset = stream.tell()
            if key in self._pending:
                directory.append((self._emit(stream, _replacement(entry), key), offset))
            else:
                self._copy_raw(stream, entry)
                directory.append((entry, offset))
        for key, name in self._new_names.items():
            offset = stream.tell()
            directory.append((self._emit(stream, _new_entry(name), key), offset))
        self._write_directory(stream, directory)

    def _existing(self, name: str) -> str:
        key = part_key(name)
        if not self.has(key):
            raise WorkbookError(
                f'"{Path(self.path).name}" has no part {name.lstrip("/")}, which another of its '
                "parts asks for; the file is damaged. Open it in Excel, let Excel repair it and "
                "save it."
            )
        return key

    def _name(self, key: str) -> str:
        if key in self._new_names:
            return self._new_names[key]
        return self._entries[key].filename.lstrip("/")

    def _is_original(self, key: str, data: bytes | PackedPart) -> bool:
        entry = self._entries[key]
        if isinstance(data, bytes):
            if entry.file_size != len(data) or zlib.crc32(data) != entry.CRC:
                return False
            return b"".join(self._unpacked(key, 1 << 20)) == data
        if (entry.file_size, entry.CRC) != (data.size, data.crc):
            return False
        return _digest(self._unpacked(key, 1 << 18)) == _digest(data())

    def _unpacked(self, key: str, size: int) -> Iterator[bytes]:
        self._require_open()
        entry = self._entries[key]
        unpacked = 0
        try:
            with self._zip.open(entry) as part:
                while piece := part.read(size):
                    unpacked += len(piece)
                    yield piece
        except DAMAGE as error:
            raise self._damaged(entry) from error
        if unpacked != entry.file_size:
            raise self._damaged(entry)

    def _overtaken(self) -> WorkbookError:
        return WorkbookError(
            f'"{self.path}" was saved by someone else since it was opened; open it again.'
        )

    def _damaged(self, entry: zipfile.ZipInfo) -> WorkbookError:
        if _identity(self._file) != self._identity:
            return self._overtaken()
        return damaged(self.label(entry.filename))

    def _copy_raw(self, stream: BinaryIO, entry: zipfile.ZipInfo) -> None:
        self._file.seek(entry.header_offset)
        header = self._file.read(LOCAL.size)
        if len(header) != LOCAL.size or header[:4] != b"PK\x03\x04":
            raise self._damaged(entry)
        name_length, extra_length = LOCAL.unpack(header)[-2:]
        name_and_extra = self._file.read(name_length + extra_length)
        if name_and_extra[:name_length] != encoded_name(entry):
            raise self._damaged(entry)
        stream.write(header + name_and_extra)
        left = entry.compress_size
        while left:
            piece = self._file.read(min(left, 1 << 20))
            if not piece:
                raise self._damaged(entry)
            stream.write(piece)
            left -= len(piece)
        if entry.flag_bits & HAS_DESCRIPTOR:
            stream.write(self._descriptor(entry))

    def _descriptor(self, entry: zipfile.ZipInfo) -> bytes:
        """The descriptor after the data, which comes with or without signature, in two widths."""
        found = self._file.read(24)
        for widths in ("<III", "<IQQ"):
            expected = struct.pack(widths, entry.CRC, entry.compress_size, entry.file_size)
            for descriptor in (b"PK\x07\x08" + expected, expected):
                if found.startswith(descriptor):
                    return descriptor
        raise self._damaged(entry)

    def _emit(self, stream: BinaryIO, entry: zipfile.ZipInfo, key: str) -> zipfile.ZipInfo:
        """Write pending content, and its local header once the sizes are known."""
        start = stream.tell()
        name = encoded_name(entry)
        stream.write(bytes(LOCAL.size) + name)
        content = self._pending.get(key)
        if isinstance(content, PackedPart):
            part: Deflation = content
            packed = content.packed()
        else:
            part = Deflation()
            packed = part.run(self.chunks(key))
        for piece in packed:
            stream.write(piece)
        entry.CRC, entry.file_size, entry.compress_size = part.crc, part.size, part.packed_size
        end = stream.tell()
        self._refuse_zip64(end, entry.file_size)
        stream.seek(start)
        day, time = _dos_date_time(entry)
        stream.write(
            LOCAL.pack(
                b"PK\x03\x04",
                20,
                entry.flag_bits,
                DEFLATED,
                time,
                day,
                entry.CRC,
                entry.compress_size,
                entry.file_size,
                len(name),
                0,
            )
        )
        stream.seek(end)
        return entry

    def _write_directory(
        self, stream: BinaryIO, directory: list[tuple[zipfile.ZipInfo, int]]
    ) -> None:
        start = stream.tell()
        self._refuse_zip64(start)
        for entry, offset in directory:
            name, extra = encoded_name(entry), without_zip64(entry.extra)
            day, time = _dos_date_time(entry)
            stream.write(
                CENTRAL.pack(
                    b"PK\x01\x02",
                    entry.create_version,
                    entry.create_system,
                    entry.extract_version,
                    entry.flag_bits,
                    entry.compress_type,
                    time,
                    day,
                    entry.CRC,
                    entry.compress_size,
                    entry.file_size,
                    len(name),
                    len(extra),
                    len(entry.comment),
                    0,
                    entry.internal_attr,
                    entry.external_attr,
                    offset,
                )
                + name
                + extra
                + entry.comment
            )
        end = stream.tell()
        self._refuse_zip64(end)
        count = len(directory)
        comment = self._zip.comment
        stream.write(
            END.pack(b"PK\x05\x06", 0, 0, count, count, end - start, start, len(comment)) + comment
        )

    def _refuse_zip64(self, *sizes: int) -> None:
        if max(sizes) >= 0xFFFFFFFF:
            raise WorkbookError(
                f'"{Path(self.path).name}" would grow over 4 GB, more than a workbook\'s package '
                "may hold; write fewer cells."
            )


def _digest(pieces: Iterable[bytes]) -> bytes:
    """What tells a part from every other, however it comes in pieces."""
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return hashed.digest()


def _identity(file: IO[bytes]) -> tuple[int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _open_zip(file: IO[bytes], path: str) -> zipfile.ZipFile:
    if file.read(2) != b"PK":
        raise WorkbookError(what_else_it_is(file, path))
    try:
        return zipfile.ZipFile(file)
    except DAMAGE as error:
        raise WorkbookError(
            f'"{path}" is cut short or damaged: the directory at its end cannot be read. Copy or '
            "download it again, or take it from a backup."
        ) from error


def _replacement(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    replacement = _new_entry(entry.filename)
    replacement.flag_bits = entry.flag_bits & UTF8_NAME
    replacement.date_time = entry.date_time
    replacement.external_attr = entry.external_attr
    replacement.create_system = entry.create_system
    return replacement


def _new_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _FIRST_DAY)
    entry.compress_type = DEFLATED
    entry.create_system = 0
    entry.create_version = entry.extract_version = 20
    entry.flag_bits = 0 if name.isascii() else UTF8_NAME
    return entry


def _dos_date_time(entry: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = entry.date_time
    return (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
