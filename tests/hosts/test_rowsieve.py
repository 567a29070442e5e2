"""The sieve: which rows and cells the handlers see, and which pass without being looked at.

That the bytes which come out do not depend on it is what tests/hosts/fuzz_splice.py shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.fuzz_splice import TRANSITIONAL
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing import rowpass
from xlportfolio.workbook.editing.elementstream import ElementStream
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.splice import SheetSplicer

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


def splice(xml: bytes, edits: dict[tuple[int, int], float], size: int = 5_000) -> bytes:
    job = SheetSplicer(
        "Plan",
        edits,
        date1904=False,
        is_date_style=lambda style: False,
        date_style=lambda style: style,
    )
    return b"".join(job.run(pieces(xml, size)))


def pieces(xml: bytes, size: int = 5_000) -> Iterator[bytes]:
    return (xml[start : start + size] for start in range(0, len(xml), size))


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_only_wanted_cells_of_wanted_rows_are_seen(prefix: str) -> None:
    xml = document(rows(prefix), prefix)
    result = splice(xml, {(200, 3): 1.0, (300, 8): 2.0})
    old, new = (f'<{prefix}c r="C200" s="1"><{prefix}v>{v}</' for v in ("200.3", "1"))
    assert xml.replace(old.encode(), new.encode()).replace(b">300.8<", b">2<") == result
    assert seen().count(b"row r=") == 2
    assert seen().count(b"c r=") == 2
    assert len(seen()) < 700


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
