"""Files that were made to do harm, or that programs read differently: refused in one sentence.

The oracles are lxml, which says of a text whether it declares a document type, Python's zipfile,
and openpyxl, which reads what was copied.
"""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.hosts.broken_files import package_of, package_of_pairs, parts_of, sound_books
from tests.hosts.fuzz_inputs import run_inputs
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.container import opc, prologs, relationships
from xlportfolio.workbook.container.prologs import refuse_document_type
from xlportfolio.workbook.description import Cell, SheetDescription

DOCTYPE = '<!DOCTYPE x [<!ENTITY a "b">]>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"
SECOND = "xl/worksheets/sheet2.xml"

BOOK = dict(sound_books())["by_xlsxwriter"]
PARTS = parts_of(BOOK)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def refusal(path: Path, data: bytes) -> str:
    """What is said when a file is opened: one line that names it, and the file stays."""
    path.write_bytes(data)
    with pytest.raises(WorkbookError) as error:
        open_workbook(path)
    said = str(error.value)
    assert "book.xlsx" in said
    assert "\n" not in said
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]
    return said


def with_part(name: str, content: bytes | str) -> bytes:
    """The sound workbook with a part that has another content, or is new."""
    data = content if isinstance(content, bytes) else content.encode()
    return package_of({**PARTS, name: data})


def replaced(name: str, old: str, new: str) -> bytes:
    text = PARTS[name].decode()
    assert old in text, f"{old} is not in {text[:3000]}"
    return with_part(name, text.replace(old, new, 1))


def is_used(path: Path, data: bytes) -> None:
    """A file that is read, written and read again."""
    path.write_bytes(data)
    copy = path.with_name("copy.xlsx")
    with open_workbook(path) as book:
        assert book.read("Projects!A2:B2") == [["P1", 10.5]]
        book.write("Projects!N30", [[7.5]])
        book.save(copy)
    assert openpyxl.load_workbook(copy)["Projects"]["N30"].value == 7.5
    after = parts_of(copy.read_bytes())
    assert {name for name, content in parts_of(data).items() if after.get(name) != content} <= {
        *(SHEET, "xl/workbook.xml"),
    }


def test_the_sound_workbook_is_used(path: Path) -> None:
    is_used(path, BOOK)


# -- document types ------------------------------------------------------------------------------

XML_PARTS = [name for name in PARTS if name.endswith((".xml", ".rels", ".vml"))]


@pytest.mark.parametrize("name", XML_PARTS)
def test_document_type_is_refused_in_every_part(name: str, path: Path) -> None:
    declaration, mark, rest = PARTS[name].decode().rpartition("?>")
    said = refusal(path, with_part(name, f"{declaration}{mark}{DOCTYPE}{rest}"))
    assert f"part {name}, declares a document type (DTD)" in said


@pytest.mark.parametrize(
    "name",
    ["customXml/item1.xml", "xl/unknown.xml", "xl/media/picture.svg", "nothing", "xl/data.bin"],
)
def test_document_type_is_refused_whatever_the_part_is_called(name: str, path: Path) -> None:
    said = refusal(path, with_part(name, f"{DOCTYPE}<x/>"))
    assert f"part {name}, declares a document type (DTD)" in said


HIDDEN = {
    "after a declaration": f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}<x/>'.encode(),
    "after a comment": f"<!-- <x> -->{DOCTYPE}<x/>".encode(),
    "after an instruction": f"<?pi <x> ?>\r\n\t{DOCTYPE}<x/>".encode(),
    "after a long comment": f"<!--{'- x' * 9000}-->{DOCTYPE}<x/>".encode(),
    "after many comments": ("<!---->" * 900 + f"{DOCTYPE}<x/>").encode(),
    "after blanks": (" \n" * 3000 + f"{DOCTYPE}<x/>").encode(),
    "after a mark": f"{DOCTYPE}<x/>".encode("utf-8-sig"),
    "in small letters": b"<!doctype x><x/>",
    "cut short": b"<!DOCTY",
    "an entity alone": b'<!ENTITY a "b"><x/>',
    "UTF-16": f"{DOCTYPE}<x/>".encode("utf-16"),
    "UTF-16, big first": f"\ufeff<!-- c -->{DOCTYPE}<x/>".encode("utf-16-be"),
    "UTF-16 without mark": f'<?xml version="1.0"?>{DOCTYPE}<x/>'.encode("utf-16-le"),
    "UTF-16, big first, without mark": f"{DOCTYPE}<x/>".encode("utf-16-be"),
    "UTF-16 after a long comment": f"\ufeff<!--{'- x' * 3000}-->{DOCTYPE}<x/>".encode("utf-16-le"),
}
UNREADABLE = {
    "UTF-32": f"{DOCTYPE}<x/>".encode("utf-32"),
    "UTF-32, big first": f"\ufeff{DOCTYPE}<x/>".encode("utf-32-be"),
    "UTF-32 without mark": f"{DOCTYPE}<x/>".encode("utf-32-le"),
    "UTF-32, big first, without mark": f"{DOCTYPE}<x/>".encode("utf-32-be"),
    "EBCDIC": f'<?xml version="1.0" encoding="IBM037"?>{DOCTYPE}<x/>'.encode("cp037"),
    "EBCDIC without declaration": f"{DOCTYPE}<x/>".encode("cp037"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x><x/>',
    "unknown": b'<?xml version="1.0" encoding="x-mine"?><x/>',
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_document_type_is_found_where_it_hides(kind: str, path: Path) -> None:
    assert "declares a document type (DTD)" in refusal(path, with_part("docs/x.xml", HIDDEN[kind]))


@pytest.mark.parametrize("kind", UNREADABLE)
def test_encodings_in_which_one_could_hide_are_refused(kind: str, path: Path) -> None:
    said = refusal(path, with_part("docs/x.xml", UNREADABLE[kind]))
    assert "part docs/x.xml, is XML in " in said
    assert "expected UTF-8 or UTF-16" in said


def test_prolog_without_end_is_refused(path: Path) -> None:
    said = refusal(path, with_part("docs/x.xml", f"<!--{'- x' * 30_000}--><x/>"))
    assert "has more than 64 KB before its first element" in said


SOUND_PARTS = {
    "comments": b'<?xml version="1.0"?>\n<!-- a --> <?pi ?><!----><x/>',
    "a doctype in the text": b"<x><![CDATA[<!DOCTYPE x>]]><!-- <!DOCTYPE x> --></x>",
    "UTF-16": "\ufeff<x>a</x>".encode("utf-16-le"),
    "a mark": "<x/>".encode("utf-8-sig"),
    "Latin-1": '<?xml version="1.0" encoding="ISO-8859-1"?><x>\xe9</x>'.encode("latin-1"),
    "UTF-8 that says UTF-16": b'<?xml version="1.0" encoding="utf-16"?><x/>',
    "nothing": b"",
    "a blank": b" ",
    "text": b"a < b <!DOCTYPE x>",
    "a start": b"<",
    "a picture": b"\x89PNG\r\n\x1a\n<!DOCTYPE x>",
    "numbers": struct.pack("<4I", 60, 0, 60, 1),
    "letters of UTF-16": "<<<< a printer >>>>".encode("utf-16-le"),
}


@pytest.mark.parametrize("kind", SOUND_PARTS)
def test_parts_without_document_type_are_copied(kind: str, path: Path) -> None:
    content = SOUND_PARTS[kind]
    types = PARTS[TYPES].replace(
        b"<Override", b'<Default Extension="q" ContentType="a/b"/><Override', 1
    )
    is_used(path, package_of({**PARTS, TYPES: types, "xl/x.q": content}))


PROLOGS = st.lists(
    st.sampled_from(
        ["<!-- c -->", "<!---->", "<!--<x>-->", "<?pi?>", "<?pi <!DOCTYPE x> ?>", " ", "\n", "\t",
         "<!--<!DOCTYPE x>-->", "<!--" + "long " * 400 + "-->", DOCTYPE, "<!DOCTYPE x SYSTEM 'u'>"]
    ),
    max_size=7,
)  # fmt: skip


@given(
    pieces=PROLOGS,
    declared=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    length=st.sampled_from([1, 3, 16, 100, 1024]),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_part_is_refused_if_and_only_if_lxml_sees_its_document_type(
    pieces: list[str], declared: bool, encoding: str, length: int
) -> None:
    """However its bytes come in pieces."""
    name = "UTF-16" if encoding == "utf-16" else "UTF-8"
    head = f'<?xml version="1.0" encoding="{name}"?>' if declared else ""
    data = (head + "".join(pieces) + "<x>t</x>").encode(encoding)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        declares = etree.fromstring(data, parser).getroottree().docinfo.internalDTD is not None
    except etree.XMLSyntaxError:  # two document types
        declares = True
    chunks = iter([data[at : at + length] for at in range(0, len(data), length)])
    try:
        refuse_document_type(next(chunks), chunks, "the part,")
    except WorkbookError as error:
        assert declares, f"{data!r} was refused: {error}"
    else:
        assert not declares, f"{data!r} was not refused"


# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.xml", "xl/../../evil", "xl\\evil.xml", "xl/./evil", "xl/%2e%2e/evil.xml"),
        *("xl/%2E%2E%2Fevil", "%2e%2e/evil", "C:/evil.xml", "c:evil.xml", "//server/evil.xml"),
        *("xl/evil.", "xl./evil.xml", "xl/evil\0.xml", "xl/ev\nil.xml", "xl/%00.xml", "/", ""),
        *("xl%5Cevil.xml", "xl/\u2028.xml", "xl/.../evil.xml"),
    ],
)
def test_unsafe_names_are_refused_in_one_line(name: str, path: Path) -> None:
    said = refusal(path, package_of({**PARTS, name: b"x"}))
    assert "holds a part with the unsafe name" in said


@pytest.mark.parametrize(
    "name", ["XL/Workbook.XML", "/xl/workbook.xml", "xl/workbook%2exml", "xl/%77orkbook.xml"]
)
def test_names_of_one_part_are_refused_however_they_differ(name: str, path: Path) -> None:
    said = refusal(path, package_of_pairs([*PARTS.items(), (name, b"<x/>")]))
    assert "twice, so that programs would read different contents" in said


def test_folders_are_copied_unless_they_hold_bytes(path: Path) -> None:
    is_used(path, with_part("xl/", b""))
    path.with_name("copy.xlsx").unlink()
    assert "xl/ is a folder that holds bytes" in refusal(path, with_part("xl/", b"hidden"))


# -- archives that are read in two ways ----------------------------------------------------------


def patched(data: bytes, mark: bytes, offset: int, kind: str, value: int) -> bytes:
    """A field of the last header that starts with a mark, with another value."""
    changed = bytearray(data)
    struct.pack_into(kind, changed, data.rindex(mark) + offset, value)
    return bytes(changed)


TWO_READINGS = {
    "bytes before": (b"PK\x03\x04 prepended" + BOOK, "bytes stand before its archive"),
    "another archive before": (package_of({"a": b"1"}) + BOOK, "bytes stand before its archive"),
    "bytes after": (BOOK + b"more", "bytes follow the end of its archive"),
    "zeros after": (BOOK + bytes(512), "bytes follow the end of its archive"),
    "several volumes": (patched(BOOK, b"PK\x05\x06", 4, "<H", 1), "is one of several volumes"),
    "directory on another": (patched(BOOK, b"PK\x05\x06", 6, "<H", 3), "one of several volumes"),
    "more parts than listed": (
        patched(BOOK, b"PK\x05\x06", 10, "<H", len(PARTS) + 1),
        f"it counts {len(PARTS) + 1} parts and lists {len(PARTS)}",
    ),
    "another method": (patched(BOOK, b"PK\x03\x04", 8, "<H", 0), "say different things of"),
    "another size": (patched(BOOK, b"PK\x03\x04", 22, "<I", 5), "say different things of"),
    "another checksum": (patched(BOOK, b"PK\x03\x04", 14, "<I", 5), "say different things of"),
    "another name": (patched(BOOK, b"PK\x03\x04", 30, "<B", 65), "say different things of"),
    "a longer name": (patched(BOOK, b"PK\x03\x04", 26, "<H", 5000), "say different things of"),
    "no header": (patched(BOOK, b"PK\x03\x04", 0, "<I", 0), "say different things of"),
    "encrypted": (patched(BOOK, b"PK\x03\x04", 6, "<H", 1), "say different things of"),
    "64-bit without field": (
        patched(BOOK, b"PK\x03\x04", 22, "<I", 0xFFFFFFFF),
        "say different things of",
    ),
    "beyond the end": (patched(BOOK, b"PK\x01\x02", 42, "<I", 0x7FFFFFFF), "say different things"),
}


@pytest.mark.parametrize("kind", TWO_READINGS)
def test_archive_that_programs_read_differently_is_refused(kind: str, path: Path) -> None:
    data, expected = TWO_READINGS[kind]
    said = refusal(path, data)
    assert expected in said
    assert "is damaged, or made so that programs read different contents" in said


@pytest.mark.parametrize("size", [22, 30])
def test_archive_with_two_ends_is_refused(size: int, path: Path) -> None:
    """The second stands in the comment of the first."""
    second = BOOK[-22:-2] + struct.pack("<H", size - 22) + bytes(size - 22)
    said = refusal(path, patched(BOOK, b"PK\x05\x06", 20, "<H", size) + second)
    assert "is cut short or damaged: the directory at its end cannot be read" in said


# -- sound archives of other programs ------------------------------------------------------------


def with_zip64(data: bytes) -> bytes:
    """Each entry with 64-bit sizes in its header."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(data).items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(content)
    return stream.getvalue()


def with_descriptors(data: bytes, *, zip64: bool = False) -> bytes:
    """Each entry with its sizes after its data, as programs write that cannot go back."""

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:  # type: ignore[override]
            return stream.write(piece)

    stream = io.BytesIO()
    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(data).items():
            with archive.open(name, "w", force_zip64=zip64) as part:
                part.write(content)
    return stream.getvalue()


def with_zip64_end(data: bytes) -> bytes:
    """The directory's place and counts in 64 bits, as in APPNOTE 4.3.14 and 4.3.15."""
    end = data.rindex(b"PK\x05\x06")
    _, _, _, _, count, size, start, _ = struct.unpack("<4sHHHHIIH", data[end:])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    full = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:end] + record + locator + full


def with_room_to_grow(data: bytes) -> bytes:
    """Headers with an extra field of 3 KB, as Microsoft's packaging leaves room."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(data).items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<HHHH", 0xA220, 3000, 0xA028, 0) + bytes(2996)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def stored(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts_of(data).items():
            archive.writestr(name, content)
        archive.comment = b"a comment"
    return stream.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        with_zip64,
        with_descriptors,
        lambda data: with_descriptors(data, zip64=True),
        with_zip64_end,
        lambda data: with_zip64_end(with_zip64(data)),
        with_room_to_grow,
        stored,
    ],
    ids=["zip64", "descriptors", "zip64 descriptors", "zip64 end", "all zip64", "room", "stored"],
)
def test_sound_archives_of_other_programs_are_read_and_copied(
    made: Callable[[bytes], bytes], path: Path
) -> None:
    data = made(BOOK)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    is_used(path, data)


@pytest.mark.parametrize("made", [with_zip64, with_room_to_grow])
def test_document_type_is_found_in_archives_of_other_programs(
    made: Callable[[bytes], bytes], path: Path
) -> None:
    data = made(with_part("docs/x.xml", f"<!--{'- x' * 3000}-->{DOCTYPE}<x/>".encode("utf-16")))
    assert "part docs/x.xml, declares a document type (DTD)" in refusal(path, data)


@pytest.mark.skipif(
    sys.version_info < (3, 11, 4), reason="zipfile writes 64-bit sizes that count from 3.11.4 on"
)
def test_64_bit_sizes_that_lie_are_refused(path: Path) -> None:
    data = with_zip64(BOOK)
    at = data.rindex(b"PK\x03\x04")
    (length,) = struct.unpack_from("<H", data, at + 26)
    changed = bytearray(data)
    struct.pack_into("<Q", changed, at + 30 + length + 4, 99)
    assert "say different things of" in refusal(path, bytes(changed))


# -- content types and relationships -------------------------------------------------------------

WORKSHEET_TYPE = "spreadsheetml.worksheet+xml"
LINKS = "xl/_rels/workbook.xml.rels"


def test_sheet_that_its_content_type_calls_something_else_is_refused(path: Path) -> None:
    said = refusal(path, replaced(TYPES, WORKSHEET_TYPE, "spreadsheetml.comments+xml"))
    assert f"part {SHEET}, is used as worksheet, but {TYPES} calls it " in said
    assert said.count("comments+xml") == 1


def test_sheet_without_content_type_is_refused(path: Path) -> None:
    text = PARTS[TYPES].decode().replace("/xl/worksheets/sheet1.xml", "/xl/worksheets/other.xml")
    text = text.replace('Extension="xml"', 'Extension="none"')
    said = refusal(path, with_part(TYPES, text))
    assert "names no content type for it" in said


@pytest.mark.parametrize("content_type", ["image/png", "x" * 5000, "text/html"])
def test_workbook_that_is_declared_something_else_is_refused(content_type: str, path: Path) -> None:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    said = refusal(path, replaced(TYPES, main, content_type))
    assert "is not an Excel workbook: its content types call its document" in said
    assert len(said) < 400


def test_two_content_types_for_one_part_are_refused(path: Path) -> None:
    other = '<Override PartName="/XL/worksheets/sheet1.xml" ContentType="image/png"/></Types>'
    said = refusal(path, replaced(TYPES, "</Types>", other))
    assert "gives two content types for the part /XL/worksheets/sheet1.xml" in said


@pytest.mark.parametrize(
    "target",
    [
        *("../../../../etc/passwd", "file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:9/x"),
        *("worksheets/none.xml", "", "..", "worksheets", "%2e%2e/%2e%2e/etc/passwd"),
    ],
)
def test_sheet_whose_relationship_leads_to_no_part_is_refused(target: str, path: Path) -> None:
    said = refusal(path, replaced(LINKS, "worksheets/sheet1.xml", target))
    assert 'lists the sheet "Projects", but holds no part for it' in said


def test_sheet_whose_relationship_leads_outside_is_refused(path: Path) -> None:
    old = 'Target="worksheets/sheet1.xml"'
    said = refusal(path, replaced(LINKS, old, f'{old} TargetMode="External"'))
    assert 'lists the sheet "Projects", but holds no part for it' in said


def test_two_sheets_with_one_part_and_two_with_one_name_are_refused(path: Path) -> None:
    expected = "twice, or another one with its contents"
    assert expected in refusal(
        path, replaced(LINKS, "worksheets/sheet2.xml", "worksheets/SHEET1.xml")
    )
    assert expected in refusal(path, replaced("xl/workbook.xml", "Other data", "PROJECTS"))


def test_table_on_two_sheets_is_refused(path: Path) -> None:
    link = f'<Relationship Id="r" Type="{OFFICE}/table" Target="../tables/table1.xml"/>'
    links = "xl/worksheets/_rels/sheet2.xml.rels"
    path.write_bytes(replaced(links, "</Relationships>", f"{link}</Relationships>"))
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.tables()
    assert "part xl/tables/table1.xml, stands on two sheets, or twice on one" in str(error.value)


def test_table_that_covers_no_range_is_refused_with_its_part(path: Path) -> None:
    path.write_bytes(replaced("xl/tables/table1.xml", 'ref="A1:D6"', 'ref="no range"'))
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.tables()
    assert 'part xl/tables/table1.xml, is damaged: it says that it covers "no range"' in str(
        error.value
    )


@pytest.mark.parametrize("name", [SHEET, "xl/sharedStrings.xml"])
@pytest.mark.parametrize("namespace", ["http://purl.oclc.org/ooxml/spreadsheetml/main", "urn:none"])
def test_part_of_another_form_than_the_workbook_is_refused_not_read_as_blank(
    name: str, namespace: str, path: Path
) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    path.write_bytes(replaced(name, f'xmlns="{main}"', f'xmlns="{namespace}"'))
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.contents("Projects")
    assert f"part {name}, is damaged: its elements are of another form" in str(error.value)


CIRCLES = {
    "a drawing that leads to its sheet": (
        "xl/drawings/_rels/drawing1.xml.rels",
        "../charts/chart1.xml",
        "../worksheets/sheet2.xml",
    ),
    "a drawing that leads to itself": (
        "xl/drawings/_rels/drawing1.xml.rels",
        "../charts/chart1.xml",
        "drawing1.xml",
    ),
    "a sheet that leads to the workbook": (
        "xl/worksheets/_rels/sheet2.xml.rels",
        "../drawings/drawing1.xml",
        "/xl/workbook.xml",
    ),
    "a sheet that leads to itself": (
        "xl/worksheets/_rels/sheet2.xml.rels",
        "../drawings/drawing1.xml",
        "sheet2.xml",
    ),
    "a package that leads to its own relationships": (
        "_rels/.rels",
        "docProps/app.xml",
        "_rels/.rels",
    ),
}


@pytest.mark.parametrize("kind", CIRCLES)
def test_relationships_in_a_circle_are_followed_once(kind: str, path: Path) -> None:
    """A sheet of ours is put, and taken out again with the parts that it alone leads to."""
    name, old, new = CIRCLES[kind]
    path.write_bytes(replaced(name, old, new))
    copy = path.with_name("copy.xlsx")
    with open_workbook(path) as book:
        book.put_sheet(SheetDescription("PF Test", {(1, 1): Cell("ours")}))
        book.save(copy)
        assert book.read("'PF Test'!A1") == [["ours"]]
        assert book.handback() == ["PF Test"]
        book.save()
        assert book.sheet_names == ["Projects", "Other data"]
    assert set(parts_of(copy.read_bytes())) == set(PARTS)


# -- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["xl/workbook.xml", TYPES, LINKS, "_rels/.rels"])
def test_elements_nested_without_end_are_refused(name: str, path: Path) -> None:
    text = PARTS[name].decode()
    start = text.index(">", text.index("?>") + 2) + 1
    nested = text[:start] + "<a>" * 300 + "</a>" * 300 + text[start:]
    said = refusal(path, with_part(name, nested))
    assert f"part {name} nests its elements more than 256 deep" in said


def test_index_too_large_to_take_apart_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "".join(
        f'<definedName name="n{number * 7919 % 999_983:x}">1</definedName>'
        for number in range(700_000)
    )
    said = refusal(path, replaced("xl/workbook.xml", "<definedNames>", f"<definedNames>{names}"))
    assert "part xl/workbook.xml is too large to be taken apart" in said
    assert "expected at most 128 MB and 2,000,000" in said
    monkeypatch.setattr(relationships, "MAX_INDEX_BYTES", 1000)
    assert "too large to be taken apart (0 MB," in refusal(path, BOOK)


@pytest.mark.parametrize(("limit", "what"), [("MAX_SHEETS", "2 sheets"), ("MAX_NAMES", "4 names")])
def test_too_many_sheets_and_names_are_refused(
    limit: str, what: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opc, limit, int(what[0]) - 1)
    said = refusal(path, BOOK)
    assert f"lists {what}; expected at most {int(what[0]) - 1}. Take out those that are" in said


def test_arrays_that_overlap_without_end_are_refused(path: Path) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><f t="array" ref="A{row}:XFD1048576">1</f></c></row>'
        for row in range(30, 400)
    )
    path.write_bytes(replaced(SHEET, "</sheetData>", f"{rows}</sheetData>"))
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.contents("Projects")
    assert "its array formulas fill more cells than a sheet has" in str(error.value)


def test_columns_hidden_without_end_are_refused(path: Path) -> None:
    hidden = '<col min="1" max="16384" width="9" hidden="1"/>' * 10_000
    path.write_bytes(replaced(SHEET, "</cols>", f"{hidden}</cols>"))
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.contents("Projects")
    assert "its columns are hidden more often than there are columns" in str(error.value)


def test_table_over_blank_cells_is_passed_over_when_tables_are_looked_for(path: Path) -> None:
    """Its header cells are blank, so no field of it can be told."""
    path.write_bytes(replaced("xl/tables/table1.xml", "A1:D6", "A60:D65"))
    result = map_workbook(path)
    assert [table["range"] for table in result.as_json()["tables"]] == ["A1:D6"]


def test_table_with_more_columns_than_a_sheet_is_refused(path: Path) -> None:
    column = '<tableColumn id="9" name="x"/>' * 16_384
    path.write_bytes(
        replaced("xl/tables/table1.xml", "</tableColumns>", f"{column}</tableColumns>")
    )
    with open_workbook(path) as book, pytest.raises(WorkbookError) as error:
        book.tables()
    assert "lists 16,388 columns of a table; expected at most 16,384" in str(error.value)


def test_what_a_workbook_says_never_breaks_the_line_of_a_refusal(path: Path) -> None:
    name = "two&#10;lines &#13;&#10;" + "x" * 5000
    said = refusal(
        path,
        package_of(
            {
                **PARTS,
                "xl/workbook.xml": PARTS["xl/workbook.xml"].replace(b"Projects", name.encode(), 1),
                LINKS: PARTS[LINKS].replace(b"worksheets/sheet1.xml", b"none.xml"),
            }
        ),
    )
    assert said.splitlines() == [said]
    assert len(said) <= 1_505
    assert said.endswith("let Excel repair it and save it.")


def test_prologs_are_read_no_further_than_they_go(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a large workbook unpacks the first kilobyte of each of its parts."""
    monkeypatch.setattr(prologs, "MAX_PROLOG", 1)
    path.write_bytes(BOOK)
    open_workbook(path).close()


# -- broken at random ----------------------------------------------------------------------------


def test_inputs_broken_at_random_are_used_or_refused() -> None:
    """A slice of `python -m tests.hosts.fuzz_inputs`."""
    said: list[str] = []
    figures = run_inputs(200, 7, tell=said.append)
    assert figures.failures == [], said
    assert figures.n_inputs == 200
    assert figures.outcomes["used"] > 30
    assert figures.outcomes["refused when opened"] > 60
