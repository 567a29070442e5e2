"""Small sound workbooks, and ways to break their bytes, as accidents and attackers do."""

from __future__ import annotations

import io
import random
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import openpyxl
import openpyxl.comments
import openpyxl.worksheet.datavalidation
import openpyxl.worksheet.table
import xlsxwriter

from tests.hosts.feature_books import FEATURES

DAY = datetime(2026, 4, 1, 9, 0, 0)
N_SMALL = 3 + len(FEATURES)
SHIPPED = Path(__file__).resolve().parents[2] / "workbooks"

_MOMENT = re.compile(rb"(<dcterms:\w+[^>]*>)[^<]*")


@lru_cache(maxsize=1)
def sound_books() -> list[tuple[str, bytes]]:
    """Names and bytes of the workbooks to break; the same bytes at each call."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        made = []
        for make in (_by_xlsxwriter, _small, _by_openpyxl):
            make(path)
            made.append((make.__name__.strip("_"), _undated(path)))
        for name, write in FEATURES.items():
            write(path)
            made.append((name, _undated(path)))
    shipped = [(path.stem, path.read_bytes()) for path in sorted(SHIPPED.glob("*.xlsx"))]
    return made + shipped


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def package_of(parts: dict[str, bytes]) -> bytes:
    """A package of parts; the same parts give the same bytes."""
    return package_of_pairs(list(parts.items()))


def package_of_pairs(parts: list[tuple[str, bytes]]) -> bytes:
    """A package of parts, among which a name may come twice."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts:
            info = zipfile.ZipInfo("x", DAY.timetuple()[:6])
            info.filename = name  # as it is: the constructor would mend it
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def broken_bytes(rng: random.Random) -> tuple[str, bytes]:
    """A workbook whose bytes were changed, and how."""
    _, data = a_book(rng)
    way = rng.choice(_WAYS)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        if len(data) > 50:
            data = way(data, rng)
    return way.__name__.strip("_"), data


def a_book(rng: random.Random) -> tuple[str, bytes]:
    """One of the sound workbooks, mostly a small one: they are read faster."""
    books = sound_books()
    if rng.random() < 0.4:
        return rng.choice(books[:3])
    return rng.choice(books[:N_SMALL] if rng.random() < 0.95 else books)


# -- workbooks -----------------------------------------------------------------------------------


def _by_xlsxwriter(path: Path) -> None:
    """One of nearly everything that XlsxWriter makes."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "Portfolio", "created": DAY})
        sheet, data = book.add_worksheet("Projects"), book.add_worksheet("Other data")
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        columns = [{"header": name} for name in ("Project ID", "Cost (GBP k)", "Value", "Start")]
        sheet.add_table("A1:D6", {"name": "Projects", "columns": columns})
        for row in range(1, 6):
            sheet.write_row(row, 0, [f"P{row}", row * 10.5, row % 3 + 1])
            sheet.write_datetime(row, 3, DAY, day)
        sheet.write_formula("H1", "=SUM(B2:B5)", bold, 7)
        sheet.write_array_formula("H2:H4", "{=B2:B4*2}", None, 3)
        sheet.write_dynamic_array_formula("I2", "=UNIQUE(A2:A5)")
        sheet.write_url("H6", "internal:'Other data'!A1", string="there")
        sheet.write_url("H7", "https://example.org/?a=1&b=2")
        sheet.write_comment("H8", "a note", {"author": "PMO"})
        sheet.write_rich_string("H9", bold, "rich", " text")
        sheet.write_boolean("H10", True)
        sheet.merge_range("A8:C9", "merged", bold)
        sheet.conditional_format(
            "B2:B5", {"type": "cell", "criteria": ">", "value": 2, "format": bold}
        )
        sheet.conditional_format("C2:C5", {"type": "data_bar", "data_bar_2010": True})
        sheet.data_validation("A2:A5", {"validate": "list", "source": ["P1", "P2"]})
        sheet.add_sparkline("J2", {"range": "B2:C2"})
        sheet.set_column("F:G", None, None, {"hidden": True})
        sheet.set_row(11, None, None, {"hidden": True})
        sheet.freeze_panes(1, 1)
        data.write_column("A1", range(20))
        data.autofilter("A1:A20")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "='Other data'!$A$1:$A$20"})
        data.insert_chart("C3", chart)
        data.insert_textbox("C20", "a shape")
        data.repeat_rows(0)
        book.define_name("Budget", "=Projects!$B$2")
        book.define_name("'Other data'!Local", "='Other data'!$A$2")


def _small(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": DAY})
        book.add_worksheet("Projects").write_row(0, 0, ["ID", "Cost", 3])


def _by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Projects"
    for row in (["Project ID", "Cost"], ["P1", 1.5], ["P2", "=B2*2"], ["P3", DAY]):
        sheet.append(row)
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="Projects", ref="A1:B4"))
    sheet["D1"].comment = openpyxl.comments.Comment("a note", "me")
    sheet.merge_cells("D4:E5")
    validation = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"a,b"')
    validation.add("D7")
    sheet.add_data_validation(validation)
    other = book.create_sheet("Other")
    other.append([1, 2, 3])
    other.sheet_state = "hidden"
    book.save(path)


def _undated(path: Path) -> bytes:
    """The bytes of a workbook without the moment at which it was made."""
    return package_of(
        {name: _MOMENT.sub(rb"\g<1>2026-04-01T09:00:00Z", data) for name, data in
         parts_of(path.read_bytes()).items()}
    )  # fmt: skip


# -- ways to break bytes -------------------------------------------------------------------------


def _flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 20))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _cut_out(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 4, 100, 5000)) :]


def _zeroed(data: bytes, rng: random.Random) -> bytes:
    start, length = rng.randrange(len(data)), rng.choice((1, 16, 512, 4096))
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def _spliced(data: bytes, rng: random.Random) -> bytes:
    """The start of one workbook, and the end of another or of the same."""
    _, other = a_book(rng)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _inserted(data: bytes, rng: random.Random) -> bytes:
    at = rng.choice((0, len(data), rng.randrange(len(data))))
    more = rng.choice((rng.randbytes(rng.choice((1, 30, 3000))), data[:2000], b"PK\x05\x06" * 9))
    return data[:at] + more + data[at:]


def _odd_field(data: bytes, rng: random.Random) -> bytes:
    """A field of a header or of the directory with another value."""
    mark, layout = rng.choice(_HEADERS)
    found = [match.start() for match in re.finditer(re.escape(mark), data)]
    if not found:
        return data
    at, changed = rng.choice(found), bytearray(data)
    offset, kind = rng.choice(layout)
    width = struct.calcsize(kind)
    if at + offset + width > len(data):
        return data
    (value,) = struct.unpack_from(kind, data, at + offset)
    top = 256**width
    odd = rng.choice(
        (0, 1, top - 1, top // 2, value + 1, value - 1, value * 2, value ^ 8, rng.randrange(top))
    )
    struct.pack_into(kind, changed, at + offset, odd % top)
    return bytes(changed)


def _odd_packing(data: bytes, rng: random.Random) -> bytes:
    """Bytes of a part's packed data changed, its headers as they were."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = rng.choice(archive.infolist())
    start, changed = info.header_offset + 30 + len(info.filename), bytearray(data)
    for _ in range(rng.choice((1, 3, 50))):
        changed[min(start + rng.randrange(max(1, info.compress_size)), len(data) - 1)] = (
            rng.randrange(256)
        )
    return bytes(changed)


def _when_it_is_a_zip(
    way: Callable[[bytes, random.Random], bytes],
) -> Callable[[bytes, random.Random], bytes]:
    def changed(data: bytes, rng: random.Random) -> bytes:
        try:
            return way(data, rng)
        except (zipfile.BadZipFile, IndexError, ValueError, NotImplementedError):
            return _flipped(data, rng)

    changed.__name__ = way.__name__
    return changed


_HEADERS = (
    (b"PK\x03\x04", [(4, "<H"), (6, "<H"), (8, "<H"), (14, "<I"), (18, "<I"), (22, "<I"),
                     (26, "<H"), (28, "<H"), (30, "<B")]),
    (b"PK\x01\x02", [(4, "<H"), (6, "<H"), (8, "<H"), (10, "<H"), (12, "<I"), (16, "<I"),
                     (20, "<I"), (24, "<I"), (28, "<H"), (30, "<H"), (32, "<H"), (34, "<H"),
                     (36, "<H"), (38, "<I"), (42, "<I"), (46, "<B"), (50, "<B")]),
    (b"PK\x05\x06", [(4, "<H"), (6, "<H"), (8, "<H"), (10, "<H"), (12, "<I"), (16, "<I"),
                     (20, "<H")]),
)  # fmt: skip
_WAYS = (
    _flipped,
    _cut,
    _cut_out,
    _zeroed,
    _spliced,
    _inserted,
    _odd_field,
    _odd_field,
    _odd_field,
    _when_it_is_a_zip(_odd_packing),
)
