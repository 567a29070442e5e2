"""The zip package: what is not changed is copied byte for byte, what is hostile is refused.

The oracles are Python's zipfile and the bytes of the file itself.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.machine import Calc
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container import directory
from xlportfolio.workbook.container.package import Package

CONTENT_TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def xlsxwriter_book(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Projects")
        sheet.write_row(0, 0, ["ID", "Cost"])
        for row in range(1, 200):
            sheet.write_row(row, 0, [f"P{row}", row * 1000.5])
    return path


def openpyxl_book(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["ID", "Cost"])
    book.save(path)
    return path


class Unseekable(io.RawIOBase):
    """A pipe: zipfile then writes the sizes behind the data, in descriptors."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.target.write(data)


def streamed_book(path: Path) -> Path:
    """Every entry with a data descriptor, and a comment at the end of the archive."""
    with path.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w") as archive:  # type: ignore[arg-type]
        archive.comment = b"made by a stream"
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/media/image1.png"):
            method = zipfile.ZIP_STORED if name.endswith("png") else zipfile.ZIP_DEFLATED
            archive.writestr(name, CONTENT_TYPES * 50, method)
    return path


def zip64_book(path: Path) -> Path:
    """Entries with 64-bit sizes in their extra fields, as streaming writers make them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(CONTENT_TYPES * 50)
    return path


def foreign_names_book(path: Path) -> Path:
    """A part with a name outside ASCII, a folder entry and an extra field."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("xl/", b"")
        archive.writestr("xl/media/Ünïcode.bin", b"\0" * 500)
        info = zipfile.ZipInfo("xl/extra.bin", (2020, 2, 29, 12, 30, 58))
        info.extra = struct.pack("<HH4s", 0x7777, 4, b"mine")
        info.comment = b"keep me"
        info.external_attr = 0o640 << 16
        archive.writestr(info, b"data")
    return path


BOOKS = [xlsxwriter_book, openpyxl_book, streamed_book, zip64_book, foreign_names_book]


def saved(package: Package) -> bytes:
    stream = io.BytesIO()
    package.save_to(stream)
    return stream.getvalue()


def raw_entries(data: bytes) -> dict[str, bytes]:
    """The bytes of each entry, header and descriptor included, as they lie in the archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
        return {
            info.filename: data[info.header_offset : end]
            for info, end in zip(infos, ends, strict=True)
        }


@pytest.mark.parametrize("make", BOOKS)
def test_unchanged_package_is_saved_with_every_entry_byte_for_byte(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path / "book.xlsx")
    copy = saved(Package(path))
    assert raw_entries(copy) == raw_entries(path.read_bytes())
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(io.BytesIO(copy)) as after:
        assert after.testzip() is None
        assert after.comment == before.comment
        for old, new in zip(before.infolist(), after.infolist(), strict=True):
            for attribute in ("filename", "date_time", "comment", "external_attr", "CRC"):
                assert getattr(new, attribute) == getattr(old, attribute)
            assert b"mine" in new.extra or b"mine" not in old.extra


def test_an_xlsxwriter_file_is_saved_as_the_very_same_bytes(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    assert saved(Package(path)) == path.read_bytes()


@pytest.mark.parametrize("make", BOOKS)
def test_only_the_replaced_and_added_parts_differ(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path / "book.xlsx")
    package = Package(path)
    replaced = package.names[1]
    package.write(replaced, b"<new/>")
    package.write("xl/added.xml", lambda: iter([b"<a", b"dded/>"]))
    assert package.changed == {replaced, "xl/added.xml"}
    before, after = raw_entries(path.read_bytes()), raw_entries(saved(package))
    assert {name for name in before if after[name] != before[name]} == {replaced}
    with zipfile.ZipFile(io.BytesIO(saved(package))) as archive:
        assert archive.testzip() is None
        assert archive.read(replaced) == b"<new/>"
        assert archive.read("xl/added.xml") == b"<added/>"


def test_the_same_changes_give_the_same_bytes(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    results = set()
    for _ in range(2):
        package = Package(path)
        package.write("xl/added.xml", b"<added/>")
        results.add(saved(package))
    assert len(results) == 1
    with zipfile.ZipFile(io.BytesIO(results.pop())) as archive:
        assert archive.getinfo("xl/added.xml").date_time == (1980, 1, 1, 0, 0, 0)


def test_pending_changes_are_seen_before_they_are_saved(tmp_path: Path) -> None:
    package = Package(xlsxwriter_book(tmp_path / "book.xlsx"))
    original = package.read("xl/workbook.xml")
    package.write("/XL/Workbook.xml", b"<other/>")
    assert package.read("xl/workbook.xml") == b"<other/>"
    assert package.size("xl/workbook.xml") == len(b"<other/>")
    assert list(package.chunks("xl/workbook.xml", 3)) == [b"<ot", b"her", b"/>"]
    assert package.changed == {"xl/workbook.xml"}
    package.write("xl/workbook.xml", original)
    assert package.changed == set(), "the original bytes are no change"
    package.remove("xl/workbook.xml")
    assert not package.has("xl/workbook.xml")
    assert "xl/workbook.xml" not in package.names
    package.write("xl/workbook.xml", original)
    assert package.changed == set()
    package.write("xl/new.xml", b"1")
    assert package.names[-1] == "xl/new.xml"
    package.remove("xl/new.xml")
    assert package.changed == set()


def test_a_snapshot_takes_everything_back(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    package = Package(path)
    package.write("xl/kept.xml", b"kept")
    before = package.snapshot()
    package.remove("xl/kept.xml")
    package.remove("xl/styles.xml")
    package.write("xl/new.xml", b"new")
    package.restore(before)
    assert package.changed == {"xl/kept.xml"}
    assert package.read("xl/kept.xml") == b"kept"


def test_a_large_part_is_read_in_pieces(tmp_path: Path) -> None:
    package = Package(xlsxwriter_book(tmp_path / "book.xlsx"))
    pieces = list(package.chunks("xl/worksheets/sheet1.xml", 1000))
    assert len(pieces) > 5
    assert max(map(len, pieces)) <= 1000
    assert b"".join(pieces) == package.read("xl/worksheets/sheet1.xml")


def test_closed_package_reads_on_unless_the_file_was_replaced(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    package = Package(path)
    package.close()
    assert package.read("xl/workbook.xml").startswith(b"<?xml")
    package.close()
    openpyxl_book(path)
    with pytest.raises(WorkbookError, match="was saved by someone else since it was opened"):
        package.read("xl/workbook.xml")


# -- other kinds of file -------------------------------------------------------------------------


def ole(name: str) -> bytes:
    """A compound file's header, then a directory sector that names one stream."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return header + (name + "\0").encode("utf-16-le").ljust(128, b"\0") + bytes(384)


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


OTHER_FILES = {
    "empty": (b"", "is empty (0 bytes)"),
    "encrypted": (ole("EncryptedPackage"), "is encrypted with a password; remove the password"),
    "xls": (ole("Workbook"), "in the old .xls format"),
    "doc": (ole("WordDocument"), "is a file of another Office program"),
    "zeros": (bytes(4096), "holds nothing but zeros, as when a download did not finish"),
    "csv": (b"ID,Cost\nP1,100\n", "is plain text, perhaps CSV, named like a workbook"),
    "utf-16 text": ("ID\tCost\n".encode("utf-16"), "is plain text, perhaps CSV"),
    "web page": (b"\xef\xbb\xbf<html><table></table></html>", "is a web page or XML text"),
    "pdf": (b"%PDF-1.7\n", "is a PDF file"),
    "ods": (
        zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
        "is an OpenDocument file (.ods)",
    ),
    "zip": (zipped(readme=b"hello"), "is a zip file but not an Excel workbook"),
    "noise": (bytes(range(256)), "is not an Excel workbook"),
}


@pytest.mark.parametrize("kind", OTHER_FILES)
def test_another_kind_of_file_is_named(kind: str, tmp_path: Path) -> None:
    content, expected = OTHER_FILES[kind]
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(WorkbookError) as refusal:
        Package(path)
    assert expected in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r'There is no file ".*absent.xlsx"'):
        Package(tmp_path / "absent.xlsx")
    with pytest.raises(WorkbookError, match="is a folder; expected a workbook in it"):
        Package(tmp_path)


def test_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(WorkbookError, match=r"book\.xlsx\" may not be read: no permission"):
        Package(path)


def test_names_that_lead_to_no_file_are_explained(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    with pytest.raises(WorkbookError, match="There is no file"):
        Package(path / "inside.xlsx")
    with pytest.raises(WorkbookError, match="is not the name of a file"):
        Package("bo\0ok.xlsx")
    with pytest.raises(WorkbookError, match=r"cannot be opened: File name too long\."):
        Package(tmp_path / ("x" * 300))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(WorkbookError, match="is a device or a pipe; expected a workbook"):
        Package(tmp_path / "pipe.xlsx")


@pytest.mark.parametrize(
    ("extension", "expected"),
    [("xls", "is a workbook in the old .xls format."), ("ods", "is an OpenDocument file (.ods)")],
)
def test_other_formats_as_libreoffice_writes_them_are_named(
    extension: str, expected: str, tmp_path: Path, soffice: Calc
) -> None:
    written = soffice.convert(xlsxwriter_book(tmp_path / "book.xlsx"), extension)
    renamed = tmp_path / "renamed.xlsx"
    renamed.write_bytes(written.read_bytes())
    with pytest.raises(WorkbookError) as refusal:
        Package(renamed)
    assert expected in str(refusal.value)


# -- damage and harm -----------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_file_is_said_to_be_cut_short(share: float, tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(WorkbookError, match="is cut short or damaged: the directory at its end"):
        Package(path)


def test_flipped_bit_in_a_part_is_found_when_it_is_read_and_when_copied(tmp_path: Path) -> None:
    path = xlsxwriter_book(tmp_path / "book.xlsx")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data[info.header_offset + 30 + len(info.filename) + 40] ^= 4
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match=r"part xl/worksheets/sheet1\.xml, is damaged"):
        Package(path).read("xl/worksheets/sheet1.xml")


@pytest.fixture(scope="module")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign_names_book(tmp_path_factory.mktemp("fuzz") / "book.xlsx")


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_single_damaged_byte_changes_a_part_unseen(
    data: st.DataObject, small_book: Path
) -> None:
    """Either the package is refused with a sentence, or every part is what it was."""
    original = small_book.read_bytes()
    position = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[position] ^= data.draw(st.integers(1, 255))
    damaged = small_book.with_name("damaged.xlsx")
    damaged.write_bytes(changed)
    expected = Package(small_book)
    try:
        package = Package(damaged)
        contents = {name: package.read(name) for name in package.names}
        copy = saved(package)
    except WorkbookError as refusal:
        assert "\n" not in str(refusal)
        return
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        copied = {
            info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()
        }
    assert copied == contents
    known = [expected.read(name) for name in expected.names]
    assert all(content in known for content in contents.values())


def archive_of(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("second", ["xl/workbook.xml", "XL/Workbook.xml", "/xl/workbook.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_part_that_is_there_twice_is_refused(second: str, tmp_path: Path) -> None:
    path = archive_of(tmp_path / "twice.xlsx", ("xl/workbook.xml", b"a"), (second, b"b"))
    with pytest.raises(WorkbookError, match=f"holds the part {second} twice"):
        Package(path)


@pytest.mark.parametrize("name", ["../evil.xml", "xl/../../evil", "xl\\evil.xml", "xl/./evil"])
def test_name_that_leads_out_of_the_package_is_refused(name: str, tmp_path: Path) -> None:
    path = archive_of(tmp_path / "unsafe.xlsx", ("xl/plain.xml", b""))
    data = path.read_bytes()
    path = archive_of(path, ("x" * len(name), b""))
    data = path.read_bytes().replace(b"x" * len(name), name.encode())
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match="holds a part with the unsafe name"):
        Package(path)


def test_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "bomb.xlsx", ("xl/sharedStrings.xml", b"A" * (20 << 20)))
    assert path.stat().st_size < 30_000
    with pytest.raises(WorkbookError) as refusal:
        Package(path)
    assert "unpacks part xl/sharedStrings.xml to" in str(refusal.value)
    assert "expected at most 200 times" in str(refusal.value)


def test_bomb_in_many_small_parts_is_refused_too(tmp_path: Path) -> None:
    part = b"A" * (9 << 20)
    path = archive_of(
        tmp_path / "bombs.xlsx", *((f"xl/{number}.xml", part) for number in range(12))
    )
    with pytest.raises(WorkbookError, match=r"bombs\.xlsx\" unpacks to \d+ times its size"):
        Package(path)


def test_package_too_large_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive_of(tmp_path / "large.xlsx", *((f"xl/{i}.bin", os.urandom(900)) for i in "abc"))
    Package(path).close()
    monkeypatch.setattr(directory, "MAX_PACKAGE_BYTES", 2500)
    with pytest.raises(WorkbookError, match=r"unpacks to more than 0 MB \(part xl/c\.bin\)"):
        Package(path)
    monkeypatch.setattr(directory, "MAX_PARTS", 3)
    with pytest.raises(WorkbookError, match="has 4 parts; expected at most 3"):
        Package(path)


def patched_directory(path: Path, name: str, offset: int, layout: str, value: int) -> None:
    """Change one field of an entry in the central directory."""
    data = bytearray(path.read_bytes())
    entry = data.rindex(name.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into(layout, data, entry + offset, value)
    path.write_bytes(data)


def test_parts_that_overlap_are_refused(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "overlap.xlsx", ("xl/a.xml", b"a" * 99), ("xl/b.xml", b"a" * 99))
    with zipfile.ZipFile(path) as archive:
        first = archive.getinfo("xl/a.xml").header_offset
    patched_directory(path, "xl/b.xml", 42, "<I", first)
    with pytest.raises(WorkbookError, match=r"has parts that overlap in the file \(xl/"):
        Package(path)


def test_encrypted_entry_and_unknown_method_are_refused(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "locked.xlsx", ("xl/a.xml", b"a"))
    patched_directory(path, "xl/a.xml", 8, "<H", 1)
    with pytest.raises(WorkbookError, match="is encrypted as a zip file"):
        Package(path)
    path = archive_of(tmp_path / "method.xlsx", ("xl/a.xml", b"a"))
    patched_directory(path, "xl/a.xml", 10, "<H", 12)
    with pytest.raises(WorkbookError, match=r"is packed with method 12 in part xl/a\.xml"):
        Package(path)


@pytest.mark.parametrize("claimed", [10, 1000])
def test_size_that_lies_is_found_out(claimed: int, tmp_path: Path) -> None:
    path = archive_of(tmp_path / "lie.xlsx", ("xl/a.xml", b"a" * 100))
    patched_directory(path, "xl/a.xml", 24, "<I", claimed)
    with pytest.raises(WorkbookError, match=r"say different things of xl/a\.xml"):
        Package(path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"xl/a.xml") - 30 + 22, claimed)
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match="is damaged: its bytes do not match"):
        Package(path).read("xl/a.xml")


def test_missing_part_is_named(tmp_path: Path) -> None:
    package = Package(xlsxwriter_book(tmp_path / "book.xlsx"))
    with pytest.raises(WorkbookError, match=r'"book\.xlsx" has no part xl/absent\.xml'):
        package.read("xl/absent.xml")
    with pytest.raises(WorkbookError, match="unsafe name"):
        package.write("xl/../absent.xml", b"")


def real_books(shared: Path) -> Iterator[Path]:
    yield from sorted((shared / "data" / "real").glob("*.xlsx"))


def test_real_workbooks_are_copied_byte_for_byte(shared: Path) -> None:
    books = list(real_books(shared))
    assert books
    for path in books:
        assert raw_entries(saved(Package(path))) == raw_entries(path.read_bytes())
