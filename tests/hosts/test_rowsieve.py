"""The sieve: which rows and cells the handlers see, and which pass without being looked at.

That the bytes which come out do not depend on it is what tests/hosts/fuzz_splice.py shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from tests.hosts.fuzz_splice import TRANSITIONAL, EveryElement
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing import rowpass
from xlportfolio.workbook.editing.elementstream import ElementStream
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.splice import SheetSplicer
from xlportfolio.workbook.protocol import Formula, Writable

N_ROWS, N_COLUMNS = 400, 8


class Watched(ElementStream):
    """Notes what the handlers are given."""

    pieces: list[bytes]

    def parse(self, piece: bytes, position: int) -> None:
        Watched.pieces.append(piece)
        super().parse(piece, position)


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    Watched.pieces = []
    monkeypatch.setattr(rowpass, "ElementStream", Watched)


def seen() -> bytes:
    return b"".join(Watched.pieces)


def rows(prefix: str = "") -> list[str]:
    return [
        f'<{prefix}row r="{row}" spans="1:{N_COLUMNS}">'
        + "".join(
            f'<{prefix}c r="{chr(64 + column)}{row}" s="1"><{prefix}v>{row}.{column}</{prefix}v>'
            f"</{prefix}c>"
            for column in range(1, N_COLUMNS + 1)
        )
        + f"</{prefix}row>"
        for row in range(1, N_ROWS + 1)
    ]


def document(rows: list[str], prefix: str = "") -> bytes:
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return (
        f'<{prefix}worksheet {declared}="{TRANSITIONAL}"><{prefix}sheetData>{"".join(rows)}'
        f"</{prefix}sheetData></{prefix}worksheet>"
    ).encode()


def splice(
    xml: bytes, edits: Mapping[tuple[int, int], Writable], size: int = 5_000, **options: Any
) -> bytes:
    job = SheetSplicer(
        "Plan",
        edits,
        date1904=False,
        is_date_style=lambda style: style == 7,
        date_style=lambda style: 7,
        **options,
    )
    return b"".join(job.run(pieces(xml, size)))


def pieces(xml: bytes, size: int = 5_000) -> Iterator[bytes]:
    return (xml[start : start + size] for start in range(0, len(xml), size))


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_only_wanted_cells_of_wanted_rows_are_seen(prefix: str) -> None:
    xml = document(rows(prefix), prefix)
    opening = f'<{prefix}c r="C200" s="1">'
    formula = f"<{prefix}f>1+1</{prefix}f>"
    before = xml.replace(opening.encode(), (opening + formula).encode())
    result = splice(before, {(200, 3): 1.0, (200, 8): 2.0})
    assert xml.replace(b">200.3<", b">1<").replace(b">200.8<", b">2<") == result
    assert seen().count(b"row r=") == 1
    assert seen().count(b"c r=") == 2
    assert len(seen()) < 700


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_wanted_cells_of_the_usual_form_are_exchanged_unseen(prefix: str) -> None:
    xml = document(rows(prefix), prefix)
    result = splice(xml, {(200, 3): 1.0, (300, 8): 2.0})
    assert xml.replace(b">200.3<", b">1<").replace(b">300.8<", b">2<") == result
    assert b"row r=" not in seen()
    assert len(seen()) < 300


@pytest.mark.parametrize(
    ("usual", "odd"),
    [
        ('<c r="C200" s="1">', '<c r="C200" s="1" cm="1">'),
        ('<c r="C200" s="1">', '<c r="C200" t="n" s="1">'),
        ('<c r="C200" s="1">', '<c r="C200" s="&#49;">'),
        ('<row r="200" spans="1:8">', '<row r="200" spans="1:2">'),
        ('<row r="200" spans="1:8">', '<row r="200" spans="1:8" s="1" customFormat="1">'),
    ],
)
def test_a_wanted_cell_or_its_row_that_asks_for_more_is_seen(usual: str, odd: str) -> None:
    xml = document(rows()).replace(usual.encode(), odd.encode())
    result = splice(xml, {(200, 3): 1.0})
    assert seen().count(b"row r=") == 1
    assert result.count(b'<c r="C200" s="1"><v>1</v></c>') == 1
    assert b'spans="1:2"' not in result


CELLS = (
    '<c r="C@"/>',
    '<c r="C@" s="3"/>',
    '<c r="C@"></c>',
    '<c r="C@" s="3" t="s"></c>',
    '<c r="C@"><v/></c>',
    '<c r="C@" s="3"><v></v></c>',
    '<c r="C@" t="s"><v>3</v></c>',
    '<c r="C@" s="7" t="inlineStr"><is><t xml:space="preserve"> &gt; </t></is></c>',
    '<c r="C@" s="3" vm="1"><v>1</v></c>',
    '<c r="C@"><f>1+1</f><v>2</v></c>',
    '<c r="C@" s="03"><v>1</v> </c>',
    "",
)
ROWS = ('<row r="@">', '<row r="@" spans="1:2">', '<row r="@" spans="3:3" x:y="1">')


@pytest.mark.parametrize("value", [None, 1.5, " <text> ", True, date(2026, 4, 1), Formula("=A1")])
@pytest.mark.parametrize("styles", [{}, {(row, 3): row % 2 * 3 for row in range(1, 40)}])
def test_unseen_or_seen_every_form_of_a_cell_becomes_the_same(
    monkeypatch: pytest.MonkeyPatch, value: Writable, styles: dict[tuple[int, int], int]
) -> None:
    forms = [f'{row}<c r="A@"/>{cell}<c r="D@"/></row>' for row in ROWS for cell in CELLS]
    sheet = [form.replace("@", str(number)) for number, form in enumerate(forms, 1)]
    xml = document(sheet).replace(b"<worksheet", b'<worksheet xmlns:x="urn:x"')
    edits = dict.fromkeys([(row, 3) for row in range(1, len(sheet) + 1)], value)
    sifted = splice(xml, edits, styles=styles)
    n_seen = seen().count(b"<row")
    assert 10 < n_seen < len(sheet) - 10
    monkeypatch.setattr(rowpass, "RowSieve", EveryElement)
    assert splice(xml, edits, styles=styles) == sifted


def test_a_locked_cell_that_is_not_seen_is_refused_where_the_sheet_is_protected() -> None:
    protection = b'</sheetData><sheetProtection sheet="1"/>'
    xml = document(rows()).replace(b"</sheetData>", protection)
    locked = xml.replace(b'"C200" s="1"', b'"C200" s="2"')
    edits = {(100, 3): 1.0, (200, 3): 2.0}
    assert splice(xml, edits, is_locked_style=lambda style: style == 2)
    with pytest.raises(WorkbookError, match=r"Plan!C200 cannot be written: the sheet is protected"):
        splice(locked, edits, is_locked_style=lambda style: style == 2)
    assert b"<row" not in seen()


def test_a_new_row_and_a_new_cell_find_their_places() -> None:
    sheet = rows()
    del sheet[99]
    sheet[199] = sheet[199].replace('<c r="C201" s="1"><v>201.3</v></c>', "")
    result = splice(document(sheet), {(100, 1): 1.0, (201, 3): 2.0})
    sheet[199] = sheet[199].replace('<c r="D201"', '<c r="C201"><v>2</v></c><c r="D201"')
    sheet.insert(99, '<row r="100"><c r="A100"><v>1</v></c></row>')
    assert result == document(sheet)
    assert [seen().count(name) for name in (b"<row ", b"<c ")] == [2, 1]


def test_a_shared_formula_is_followed_to_the_cell_that_takes_it_over() -> None:
    sheet = rows()
    for row in range(1, N_ROWS + 1):
        first = f' ref="A1:A{N_ROWS}"' if row == 1 else ""
        text = ">B1*2</f>" if row == 1 else "/>"
        formula = f'<f t="shared"{first} si="0"{text}'
        sheet[row - 1] = sheet[row - 1].replace(f"<v>{row}.1</v>", formula)
    result = splice(document(sheet), {(1, 1): 5.0})
    assert b'<c r="A1" s="1"><v>5</v></c>' in result
    assert f'<c r="A2" s="1"><f t="shared" si="0" ref="A2:A{N_ROWS}">B2*2</f>'.encode() in result
    # The first cell, the one that takes over, and one that says nothing new.
    assert seen().count(b"<f ") <= 3
    Watched.pieces.clear()
    texts = b"".join(FormulaTextSplicer("Plan", {(1, 1): "1+1"}).run(pieces(document(sheet))))
    assert texts.count(b"1+1<") == 1
    assert all(f"<f>1+{row}</f>".encode() not in texts for row in (2, N_ROWS))
    assert seen().count(b"<f ") == N_ROWS


@pytest.mark.parametrize(
    "odd",
    [
        '<!-- <row r="7"> -->',
        "<?p <row ?>",
        '<e xmlns="urn:x"><row r="9"/></e>',
        '<row spans="1:1"/>',
        "<row r='350'/>",
    ],
)
def test_what_is_unusual_is_parsed(odd: str) -> None:
    sheet = [*rows()[:300], odd, *rows()[350:]]
    result = splice(document(sheet), {(360, 1): 1.0})
    assert result == document(sheet).replace(b">360.1<", b">1<")
    assert odd.encode() in seen()


def test_rows_out_of_order_are_refused_though_nobody_wants_them() -> None:
    sheet = [*rows()[:300], rows()[250], *rows()[300:]]
    with pytest.raises(WorkbookError, match="row 251 stands after row 300; expected rows in order"):
        splice(document(sheet), {(1, 1): 1.0})


@pytest.mark.parametrize("broken", ["<v>&nbsp;</v>", "<v>1</f>", '<v a="1" a="2"/>', "<y:v/>"])
def test_damage_is_found_where_nobody_looks(broken: str) -> None:
    xml = document(rows()).replace(b"<v>250.4</v>", broken.encode())
    with pytest.raises(WorkbookError, match="its XML is damaged"):
        splice(xml, {(1, 1): 1.0})
