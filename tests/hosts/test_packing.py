"""Parts packed once: what comes out is what zlib and zipfile make of it."""

from __future__ import annotations

import errno
import io
import random
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.fuzz_splice import package
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.packing import PackedPart

CONTENTS = {
    "nothing": b"",
    "text": b"<row/>" * 300_000,
    "text for a thread": b"<row/>" * 1_000_000,
    "noise": random.Random(1).randbytes(700_000),
}


def packed(content: bytes) -> PackedPart:
    part = PackedPart(io.BytesIO())
    part.fill(content[i : i + 99_991] for i in range(0, len(content), 99_991))
    return part


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_packed_part_unpacks_to_what_it_was_as_often_as_it_is_asked(content: bytes) -> None:
    part = packed(content)
    raw = b"".join(part.packed())
    assert zlib.decompress(raw, -15) == content
    assert (part.size, part.packed_size, part.crc) == (len(content), len(raw), zlib.crc32(content))
    for _ in range(2):
        pieces = list(part())
        assert b"".join(pieces) == content
        assert max(map(len, pieces), default=0) <= 1 << 18


def test_a_package_takes_a_packed_part_as_it_is(tmp_path: Path) -> None:
    path, name = tmp_path / "book.xlsx", "xl/worksheets/sheet1.xml"
    path.write_bytes(package(b"<worksheet/>"))
    stream = io.BytesIO()
    part = packed(CONTENTS["text"])
    with Package(path) as book:
        book.write(name, part)
        assert book.read(name) == CONTENTS["text"]
        assert book.size(name) == len(CONTENTS["text"])
        book.save_to(stream)
    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        assert archive.read(name) == CONTENTS["text"]
        assert archive.getinfo(name).compress_size == part.packed_size


class Full(io.BytesIO):
    """A disk that takes so many bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def write(self, data: Any, /) -> int:
        if self.tell() > self._size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("size", [0, 6_000_000])
def test_a_full_disk_is_told_to_the_one_who_packs(size: int) -> None:
    noise = random.Random(2).randbytes(1 << 16)
    n_threads = threading.active_count()
    with pytest.raises(OSError, match="No space left on device"):
        PackedPart(Full(size)).fill(noise for _ in range(1_000))
    assert threading.active_count() == n_threads


@pytest.mark.parametrize("n_pieces", [1, 100])
def test_what_refuses_half_way_is_heard_and_no_thread_stays(n_pieces: int) -> None:
    def refusing() -> Iterator[bytes]:
        yield from [b"<row/>" * 10_000] * n_pieces
        assert threading.active_count() == n_threads + (n_pieces == 100)
        raise WorkbookError("not this cell")

    n_threads = threading.active_count()
    with pytest.raises(WorkbookError, match="not this cell"):
        PackedPart(io.BytesIO()).fill(refusing())
    assert threading.active_count() == n_threads
