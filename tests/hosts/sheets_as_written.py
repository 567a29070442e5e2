"""Random sheets and shared texts as programs write them, and with something odd in them.

Text alone: no package is built, so that thousands can be read in a second.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT
from xlportfolio.workbook.references import cell_address

STYLE_FORMATS = ["", "#,##0.00", "dd/mm/yyyy", "hh:mm", "@", ""]
"""By the number of the style; a cell may name one that is not there."""
STRINGS = ["Alpha", "", "B&C", " Ünï ", "line\nbreak", *(f"Word {i}" for i in range(40))]

_STYLES = ("", "", ' s="1"', ' s="1"', ' s="2"', ' s="3"', ' s="5"', ' s="77"')
_NUMBERS = (
    *("0", "1", "-1", "45000", "45000.25", "0.5", "59", "60", "61.5", "1E3", "1.5e-7", "-0"),
    *("12345678901234567", "30609.38035827954", "1.7976931348623157E+308", "2958465.9999999999"),
)
_ODD_NUMBERS = ("", " 7 ", "1_0", "nan", "inf", "-INF", "1e999", "12,5", "&#49;", "１２", "\n3\n")
_FORMULAS = (
    *(
        "A1*2",
        "SUM(A1:B2)",
        "IF(A1&lt;5,&quot;x&quot;,B1)",
        'A1&amp;"]]"',
        "Table1[[#This Row],[Ä]]",
    ),
    *("A1>5", "'It''s'!A1", "", "_xlfn.XLOOKUP(A1,B:B,C:C)"),
)
_TEXTS = (
    "plain",
    " spaced ",
    "a&amp;b",
    "&lt;x&gt;",
    "_x000D_",
    "_x005F_x0041_",
    "é",
    "😀",
    "a]]b",
)
_ODD_TEXTS = ("", "&#10;", "&#x41;", "a\r\nb\rc", "\t", "<![CDATA[<v>]]>", "a<!-- c -->b", "]]&gt;")


@dataclass(frozen=True)
class Habits:
    """How one program writes; `attributes` are those that a row has after its number."""

    declaration: str
    root: str
    prefix: str
    attributes: tuple[str, ...]
    between_rows: str
    between_cells: str
    inline: bool
    formula: tuple[str, ...]
    quote: str = '"'
    addresses: bool = True


_X14AC = ' xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

HABITS = {
    "XlsxWriter": Habits(_XML, "", "", (' spans="1:9"',), "", "", False, ("<f>",)),
    "Excel": Habits(
        _XML.replace("\n", "\r\n"),
        _X14AC,
        "",
        (' spans="1:9" x14ac:dyDescent="0.25"', ' spans="1:5" ht="30" x14ac:dyDescent="0.3"'),
        *("", ""),
        False,
        ("<f>", '<f t="shared" si="0"/>', '<f t="shared" ref="C1:C9" si="0">', '<f ca="1">'),
    ),
    "openpyxl": Habits("", "", "", ("",), "", "", True, ("<f>",)),
    "LibreOffice": Habits(
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        "",
        "",
        (' customFormat="false" ht="12.8" hidden="false" customHeight="false"', ' hidden="true"'),
        *("", ""),
        False,
        ('<f aca="false">',),
    ),
    "pretty": Habits(_XML, "", "", ("", ' hidden="1"'), "\n    ", "\n      ", True, ("<f>",)),
    "lines": Habits("", "", "", ("", ' ht="0"'), "\r\n", "", True, ("<f>",)),
    "prefixed": Habits(_XML, "", "x:", ("",), "", "", True, ("<f>",)),
    "apostrophes": Habits(_XML, "", "", ("",), "", "", True, ("<f>",), quote="'"),
    "bare": Habits("", "", "", ("",), "", "", True, ("<f>",), addresses=False),
}

_ODDITIES = (
    *(
        "<!-- c -->",
        "<!-- <row r='3'> -->",
        "<?pi x?>",
        "<![CDATA[</row>]]>",
        "&amp;",
        "&#65;",
        "&x;",
    ),
    *(
        "]]>",
        "\x01",
        "\ufffe",
        "\x85",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "text",
        ">",
        "<",
        '"',
        "'",
        "/",
    ),
    *("</row>", "<row>", '<row r="2">', '<row r="2"/>', '<row r="1048577">', "<row r='7'>"),
    *('<row r="4" xmlns="urn:other">', '<row r="4" q:a="1">', '<row r="03">', "<x:row r='3'>"),
    *(
        "<v>1</v>",
        "<v/>",
        "<v />",
        "</c>",
        '<c r="A1"/>',
        '<c r="XFE1"/>',
        '<c r="a1"><v>1</v></c>',
    ),
    *('<c r="C2" t="q"><v>1</v></c>', '<c r="C2" t="b"><v>true</v></c>', "<c><v>5</v></c>"),
    *('<c r="C2" s="1" s="2"><v>1</v></c>', '<c t="inlineStr"><v>1</v></c>', "<is><t>i</t></is>"),
    *('<c r="C2" t="d"><v>2026-04-01T12:00:00</v></c>', '<c r="C2" t="e"><v> #N/A </v></c>'),
    *(
        '<f t="array" ref="A1:B3">1</f>',
        '<f t="dataTable" ref="B2:C4"/>',
        '<f t="&#97;rray" ref="A2:B2"/>',
    ),
    *("<mergeCell ref='A1:B2'/>", "<sheetProtection sheet='1'/>", "</sheetData>", "<sheetData>"),
    *(' s="9"', ' t="s"', ' t="str"', ' r="5"', ' hidden="1"', ' xmlns="urn:x"', ' x14ac:q="1"'),
    *(
        "<rPh sb='0'><t>n</t></rPh>",
        "<si>",
        "</si>",
        "<si/>",
        "<t>",
        "</t>",
        '<t xml:space="preserve">',
    ),
)


def sheet(rng: random.Random, *, strict: bool = False) -> str:
    """A sheet of some program, as text."""
    habits = rng.choice(list(HABITS.values()))
    main = MAIN_STRICT if strict else MAIN
    p, declared = habits.prefix, f'xmlns="{main}"'
    if p:
        declared = f'xmlns:{p[:-1]}="{main}"'
    n_columns = rng.randint(1, 6)
    columns = [(rng.choice("nnnndsbeitfx"), rng.choice(_STYLES)) for _ in range(n_columns)]
    variety = rng.choice((0.0, 0.02, 0.3))
    oddness = rng.choice((0.0, 0.0, 0.02, 0.2))
    strayness = rng.choice((0.0, 0.0, 0.0, 0.1))
    steps = rng.choice(((1,), (1, 1, 1, 1, 2, 7), (1, 1, 1, 0, -2, 3)))
    rows, number = [], 0
    for _ in range(rng.choice((rng.randint(0, 12), rng.randint(20, 60)))):
        number = max(1, number + rng.choice(steps))
        rows.append(_row(rng, habits, number, columns, variety, oddness))
        if rng.random() < strayness:
            rows.append(_stray(rng, habits, number, len(columns)))
    merges = f"<{p}mergeCells><{p}mergeCell ref={habits.quote}B2:C3{habits.quote}/></{p}mergeCells>"
    return (
        f"{habits.declaration}<{p}worksheet {declared}{habits.root}>"
        f"<{p}cols><{p}col min='2' max='3' hidden='1'/></{p}cols><{p}sheetData>"
        f"{''.join(rows)}{habits.between_rows}</{p}sheetData>"
        f"{rng.choice(('', merges))}</{p}worksheet>"
    )


def shared_strings(rng: random.Random) -> str:
    """A part of shared texts."""
    between = rng.choice(("", "", "", "\n", "\r\n"))
    items = "".join(between + _item(rng) for _ in range(rng.randint(0, 12)))
    return f'{rng.choice(("", _XML))}<sst xmlns="{MAIN}" count="9">{items}</sst>'


def with_an_oddity(rng: random.Random, text: str) -> str:
    """The text with something put in, taken out, said twice or changed by a character."""
    place = rng.randrange(len(text) + 1)
    if rng.random() < 0.6:  # where a tag ends
        place = max(text.rfind(">", 0, place) + 1, 0)
    match rng.randrange(6):
        case 5:
            digits = [at for at, one in enumerate(text) if one.isdigit()]
            place = rng.choice(digits)
            return text[:place] + rng.choice('0123456789A<"') + text[place + 1 :]
        case 0:
            return text[:place] + text[place + rng.choice((1, 1, 3, 10, 60)) :]
        case 1:
            end = place + rng.choice((1, 5, 30, 100))
            return text[:end] + text[place:end] + text[end:]
        case _:
            return text[:place] + rng.choice(_ODDITIES) + text[place:]


def _row(
    rng: random.Random,
    habits: Habits,
    number: int,
    columns: list[tuple[str, str]],
    variety: float,
    oddness: float,
) -> str:
    p, quote = habits.prefix, habits.quote
    cells = []
    for column, (kind, style) in enumerate(columns, 1):
        if rng.random() < variety / 2:
            continue
        if rng.random() < variety:
            kind, style = rng.choice("nsbeitfxd"), rng.choice(_STYLES)
        address = f' r="{cell_address(number, column)}"' if habits.addresses else ""
        cells.append(habits.between_cells + _cell(rng, habits, kind, address + style, oddness))
    attributes = rng.choice(habits.attributes)
    opening = f'<{p}row r="{number}"{attributes}' if habits.addresses else f"<{p}row{attributes}"
    if not cells and rng.random() < 0.5:
        text = f"{habits.between_rows}{opening}/>"
    else:
        text = f"{habits.between_rows}{opening}>{''.join(cells)}{habits.between_cells}</{p}row>"
    return text.replace('"', quote) if quote != '"' else text


def _stray(rng: random.Random, habits: Habits, number: int, n_columns: int) -> str:
    """What no program writes between rows, and expat lets stand there."""
    p = habits.prefix
    address = f' r="{cell_address(number, rng.randint(1, n_columns + 1))}"'
    address = rng.choice((address, ""))
    return rng.choice(
        (
            _cell(rng, habits, rng.choice("nsbeitf"), address + rng.choice(_STYLES), 0.0),
            f"<{p}f>1</{p}f>",
            "<!-- c -->",
            "\n",
            "text",
            f"</{p}sheetData><{p}sheetData>",
            f'<{p}row r="{number + 1}"/>',
        )
    )


def _cell(rng: random.Random, habits: Habits, kind: str, attributes: str, oddness: float) -> str:
    p = habits.prefix
    is_odd = rng.random() < oddness
    if kind == "x":
        return f"<{p}c{attributes}/>"
    if kind == "i" and habits.inline:
        text = rng.choice(_ODD_TEXTS if is_odd else _TEXTS)
        space = rng.choice(("", ' xml:space="preserve"'))
        return f'<{p}c{attributes} t="inlineStr"><{p}is><{p}t{space}>{text}</{p}t></{p}is></{p}c>'
    formula = ""
    if kind == "f":
        opening = rng.choice(habits.formula).replace("<f", f"<{p}f")
        formula = opening
        if not opening.endswith("/>"):
            formula += f"{rng.choice(_FORMULAS)}</{p}f>"
        kind = "n" if rng.random() > oddness else rng.choice("tx")
    texts = {
        "n": ("", rng.choice(_ODD_NUMBERS if is_odd else _NUMBERS)),
        "d": (' t="n"', rng.choice(("45000", "1", "0.25", "60", "2958470", "-3"))),
        "s": (
            ' t="s"',
            rng.choice(("999", "-1", "x", "+1", "")) if is_odd else f"{rng.randrange(45)}",
        ),
        "b": (' t="b"', rng.choice(("true", " 1", "2", "") if is_odd else ("0", "1"))),
        "e": (' t="e"', rng.choice(("#n/a", " #N/A", "") if is_odd else ("#N/A", "#DIV/0!"))),
        "t": (' t="str"', rng.choice(_ODD_TEXTS if is_odd else _TEXTS)),
        "x": ("", ""),
    }
    type_, value = texts["t" if kind == "i" else kind]
    shown = f"<{p}v>{value}</{p}v>" if value or rng.random() < 0.5 else rng.choice((f"<{p}v/>", ""))
    return f"<{p}c{attributes}{type_}>{formula}{shown}</{p}c>"


def _item(rng: random.Random) -> str:
    text = rng.choice(_TEXTS if rng.random() < 0.9 else _ODD_TEXTS)
    return rng.choice(
        (
            *[f"<si><t>{text}</t></si>"] * 8,
            *[f'<si><t xml:space="preserve">{text}</t></si>'] * 3,
            f"<si><r><t>{text}</t></r><r><rPr><b/></rPr><t>bold</t></r></si>",
            f"<si><t>{text}</t><rPh sb='0' eb='1'><t>guide</t></rPh></si>",
            "<si/>",
            "<si><t/></si>",
        )
    )
