"""The style sheet of a workbook, grown at its end and nowhere else.

A cell names its style by position, so a workbook's own styles must keep theirs: new formats are
appended, an equal one that is already there is used again, and every other byte of the part
stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lxml import etree

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT
from xlportfolio.workbook.container.relationships import integer_or, parse_xml
from xlportfolio.workbook.description import CellFormat

MAX_STYLES = 65_490
"""Cell formats that Excel allows in one workbook."""

FIRST_CUSTOM_FORMAT = 164
SHORT_DATE = 14
SHORT_DATE_AND_TIME = 22
CLOCK_TIME = 21

BUILTIN_FORMATS = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    37: "#,##0 ;(#,##0)",
    38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
    48: "##0.0E+0",
    49: "@",
}
# Numbers 27 to 36 and 50 to 58 are dates in East Asian editions and are written without a code.
_EAST_ASIAN_DATES = frozenset((*range(27, 37), *range(50, 59)))
# What these show depends on the reader's country: a written code never stands for one of them.
_LOCALE_FORMATS = frozenset((14, 22, 37, 38, 39, 40))

_SECTIONS = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_FONT_ORDER = (
    "b",
    "i",
    "strike",
    "condense",
    "extend",
    "outline",
    "shadow",
    "u",
    "vertAlign",
    "sz",
    "color",
    "name",
    "family",
    "charset",
    "scheme",
)


@dataclass(frozen=True)
class Element:
    """An element of the style sheet as a value: equal content is equal, whatever its prefix."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element, ...] = ()

    def get(self, key: str, default: str = "") -> str:
        return dict(self.attributes).get(key, default)

    def child(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def having(self, **attributes: str) -> Element:
        """The same element with these attributes added or replaced."""
        return replace(self, attributes=_sorted({**dict(self.attributes), **attributes}))

    def xml(self, prefix: str = "") -> str:
        """Write the element; `prefix` is that of the part's main namespace, such as "x:"."""
        tag = prefix + self.name
        head = tag + "".join(f" {key}={quoteattr(value)}" for key, value in self.attributes)
        if not self.children:
            return f"<{head}/>"
        inner = "".join(child.xml(prefix) for child in self.children)
        return f"<{head}>{inner}</{tag}>"


def element(name: str, *children: Element, **attributes: str) -> Element:
    """Make an element from its children and attributes."""
    return Element(name, _sorted(attributes), children)


def _sorted(attributes: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(attributes.items()))


def number_format_letters(code: str) -> frozenset[str]:
    """Tell which of d, m, y, h and s a number format shows: empty when it shows no date or time.

    Elapsed time such as [h]:mm is a quantity, not a date, and gives "[" with its letter.

    >>> sorted(number_format_letters('dd" days of "mmm'))
    ['d', 'm']
    >>> sorted(number_format_letters('0.0" months"'))
    []
    """
    first = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)[0]
    plain = re.sub(r'"[^"]*"|\\.|[_*].', "", first).lower()
    elapsed = re.search(r"\[(h+|m+|s+)\]", plain)
    plain = re.sub(r"\[[^\]]*\]", "", plain)
    plain = re.sub(r"am/pm|a/p|general|standard", "", plain)
    plain = re.sub(r"(?<=s)[.,]0+", "", plain)
    letters = frozenset(plain) & frozenset("dmyhs")
    if elapsed:
        return letters | {"[", elapsed[1][0]}
    return frozenset() if re.search(r"[0#?@]", plain) else letters


def is_date_format(code: str) -> bool:
    """Tell whether a number format shows a date or a time of day.

    >>> is_date_format("dd/mm/yyyy"), is_date_format("[h]:mm"), is_date_format('0.0,," m"')
    (True, False, False)
    """
    letters = number_format_letters(code)
    return bool(letters) and "[" not in letters


class Stylesheet:
    """The styles of one workbook: looks formats up, and appends those that are missing.

    Parameters
    ----------
    content : the style sheet part, or None for a workbook that has none
    strict : whether the workbook uses the strict namespaces; read for a new part only
    """

    def __init__(self, content: bytes | None, *, strict: bool = False) -> None:
        self._original = _as_utf8(content) if content is not None else _empty(strict)
        tree = parse_xml(self._original, "The style sheet of the workbook")
        self._changed = False
        self._root, self._prefix, self._spans = _sections(self._original)
        if self._root.inner_start == self._root.end:
            self._original = re.sub(
                rb"<([\w:]+)([^>]*)/>", rb"<\1\2></\1>", self._original, count=1
            )
            self._root, self._prefix, self._spans = _sections(self._original)
        self._lists: dict[str, list[Element]] = {name: [] for name in _SECTIONS}
        # An element with an extension shows more than it says here, so it is never used again.
        self._extended: dict[str, set[int]] = {name: set() for name in _SECTIONS}
        for section in tree:
            name = etree.QName(section).localname if isinstance(section.tag, str) else ""
            if name in self._lists:
                self._lists[name] = [_element(child) for child in _elements(section)]
                extended = [child.find("{*}extLst") is not None for child in _elements(section)]
                self._extended[name] = {
                    i for i, has_extension in enumerate(extended) if has_extension
                }
        self._kept = {name: len(items) for name, items in self._lists.items()}
        self._positions = {
            name: {
                item: i
                for i, item in reversed(list(enumerate(items)))
                if i not in self._extended[name]
            }
            for name, items in self._lists.items()
        }
        self._codes = {
            number: item.get("formatCode")
            for item in self._lists["numFmts"]
            if (number := integer_or(item.get("numFmtId"), -1)) >= 0
        }
        self._styles: dict[tuple[CellFormat, int, bool], int] = {}

    @property
    def changed(self) -> bool:
        """Whether anything was added since the part was read."""
        return self._changed

    def number_format(self, style: int) -> str:
        """The number format code of a cell style, "General" where it names none."""
        number = self._number_format_id(style)
        if number in _EAST_ASIAN_DATES and number not in self._codes:
            return "yyyy-mm-dd"
        return self._codes.get(number) or BUILTIN_FORMATS.get(number, "General")

    def is_date_style(self, style: int) -> bool:
        """Whether cells of this style show a date or a time of day."""
        return is_date_format(self.number_format(style))

    def is_locked(self, style: int) -> bool:
        """Whether cells of this style are locked once their sheet is protected."""
        xf = self._xf(style)
        protection = xf.child("protection")
        is_said = protection is not None and xf.get("applyProtection") not in ("0", "false")
        return not (is_said and protection and protection.get("locked") in ("0", "false"))

    def date_style(self, base: int = 0, *, with_time: bool = False) -> int:
        """The style `base` with a date format; `base` itself where it shows a date already."""
        letters = number_format_letters(self.number_format(base))
        if letters & {"d", "y"} or letters == {"m"}:
            return base
        return self._numbered(base, SHORT_DATE_AND_TIME if with_time else SHORT_DATE)

    def time_style(self, base: int = 0) -> int:
        """The style `base` with a time format; `base` itself where it shows hours or seconds."""
        if number_format_letters(self.number_format(base)) & {"h", "s"}:
            return base
        return self._numbered(base, CLOCK_TIME)

    def style_for(self, cell_format: CellFormat, base: int = 0, *, link: bool = False) -> int:
        """The style that is `base` with a format laid over it.

        Parameters
        ----------
        cell_format : what to lay over; what it leaves open stays as `base` has it
        base : the style to start from, 0 the workbook's default
        link : underline the text as a link, blue unless the format names a colour

        Raises
        ------
        WorkbookError
            If the workbook has no room for another style.
        """
        key = (cell_format, base, link)
        if key not in self._styles:
            self._styles[key] = self._append_xf(self._laid_over(cell_format, base, link))
        return self._styles[key]

    def dxf_for(self, cell_format: CellFormat) -> int:
        """The differential format for a conditional format."""
        parts = []
        font = _font_changes(cell_format, link=False)
        if font:
            parts.append(element("font", *_in_order(font)))
        if cell_format.number_format:
            number, code = self._format_id(cell_format.number_format), cell_format.number_format
            parts.append(element("numFmt", numFmtId=str(number), formatCode=code))
        if cell_format.fill:
            colour = argb(cell_format.fill)
            pattern = element(
                "patternFill",
                element("fgColor", rgb=colour),
                element("bgColor", rgb=colour),
                patternType="solid",
            )
            parts.append(element("fill", pattern))
        if cell_format.border:
            sides = _border(cell_format, element("border"))
            parts.append(
                element("border", *(side for side in sides.children if side.name != "diagonal"))
            )
        return self._append("dxfs", element("dxf", *parts))

    def content(self) -> bytes:
        """The part's bytes: those that were read, with the new elements spliced in."""
        edits = []
        for name in _SECTIONS:
            new = self._lists[name][self._kept[name] :]
            if new:
                edits.append(self._edit(name, "".join(item.xml(self._prefix) for item in new)))
        # Two new sections may go to the same place: the later edit is spliced first, so that the
        # earlier section ends up before it.
        content = self._original
        for start, end, text in sorted(edits, key=lambda edit: edit[0])[::-1]:
            content = content[:start] + text + content[end:]
        return content

    def _edit(self, name: str, xml: str) -> tuple[int, int, bytes]:
        """Where the new elements of one section go, and what to write there."""
        count = len(self._lists[name])
        tag = self._prefix + name
        if name not in self._spans:
            later = _SECTIONS[_SECTIONS.index(name) + 1 :]
            ends = [self._spans[section].start for section in later if section in self._spans]
            at = min(ends, default=self._root.inner_end)
            return at, at, f'<{tag} count="{count}">{xml}</{tag}>'.encode()
        span = self._spans[name]
        head = self._original[span.start : span.inner_start].decode()
        head = re.sub(r"\s*/?>$", ">", head)
        head = re.sub(r"""\scount\s*=\s*("[^"]*"|'[^']*')""", "", head)
        head = head[:-1] + f' count="{count}">'
        inner = self._original[span.inner_start : span.inner_end].decode()
        text = f"{head}{inner}{xml}</{tag}>"
        return span.start, span.end, text.encode()

    def _xf(self, style: int) -> Element:
        formats = self._lists["cellXfs"]
        return formats[style] if 0 <= style < len(formats) else element("xf")

    def _number_format_id(self, style: int) -> int:
        return integer_or(self._xf(style).get("numFmtId"))

    def _laid_over(self, cell_format: CellFormat, base: int, link: bool) -> Element:
        self._require_defaults()
        xf = self._xf(base)
        if xf.get("numFmtId") == "":
            xf = xf.having(numFmtId="0", fontId="0", fillId="0", borderId="0", xfId="0")
        if cell_format.number_format:
            number = self._format_id(cell_format.number_format)
            xf = xf.having(numFmtId=str(number), applyNumberFormat="1")
        changes = _font_changes(cell_format, link)
        if changes:
            font = {child.name: child for child in self._part("fonts", xf, "fontId").children}
            font_id = self._append("fonts", element("font", *_in_order({**font, **changes})))
            xf = xf.having(fontId=str(font_id), applyFont="1")
        if cell_format.fill:
            pattern = element(
                "patternFill",
                element("fgColor", rgb=argb(cell_format.fill)),
                element("bgColor", indexed="64"),
                patternType="solid",
            )
            xf = xf.having(
                fillId=str(self._append("fills", element("fill", pattern))), applyFill="1"
            )
        if cell_format.border:
            border = _border(cell_format, self._part("borders", xf, "borderId"))
            xf = xf.having(borderId=str(self._append("borders", border)), applyBorder="1")
        alignment = xf.child("alignment") or element("alignment")
        for key, value in _alignment_changes(cell_format).items():
            alignment = alignment.having(**{key: value})
        protection = xf.child("protection")
        if cell_format.unlocked:
            protection = element("protection", locked="0")
            xf = xf.having(applyProtection="1")
        if alignment.attributes:
            xf = xf.having(applyAlignment="1")
        children = [alignment] if alignment.attributes else []
        return replace(xf, children=(*children, *([protection] if protection else [])))

    def _part(self, section: str, xf: Element, key: str) -> Element:
        number = integer_or(xf.get(key))
        items = self._lists[section]
        return items[number] if 0 <= number < len(items) else element(section[:-1])

    def _numbered(self, base: int, number: int) -> int:
        self._require_defaults()
        xf = self._xf(base)
        if xf.get("numFmtId") == "":
            xf = xf.having(fontId="0", fillId="0", borderId="0", xfId="0")
        return self._append_xf(xf.having(numFmtId=str(number), applyNumberFormat="1"))

    def _format_id(self, code: str) -> int:
        for number, known in self._codes.items():
            if known == code:
                return number
        for number, known in BUILTIN_FORMATS.items():
            if known == code and number not in _LOCALE_FORMATS and number not in self._codes:
                return number
        used = {integer_or(xf.get("numFmtId")) for xf in self._lists["cellXfs"]}
        number = max((FIRST_CUSTOM_FORMAT - 1, *used, *self._codes)) + 1
        self._codes[number] = code
        self._append("numFmts", element("numFmt", numFmtId=str(number), formatCode=code))
        return number

    def _append_xf(self, xf: Element) -> int:
        if xf not in self._positions["cellXfs"] and len(self._lists["cellXfs"]) >= MAX_STYLES:
            raise WorkbookError(
                f"The workbook has {len(self._lists['cellXfs']):,} cell formats and Excel allows "
                f"{MAX_STYLES:,}; remove unused styles in Excel, or write the results to another "
                "workbook with -o."
            )
        return self._append("cellXfs", xf)

    def _append(self, section: str, item: Element) -> int:
        """The position of an equal element, or of this one put at the end."""
        positions = self._positions[section]
        if item not in positions:
            positions[item] = len(self._lists[section])
            self._lists[section].append(item)
            self._changed = True
        return positions[item]

    def _require_defaults(self) -> None:
        """Fill lists that a bare style sheet leaves empty: position 0 is every cell's default."""
        if not self._lists["fonts"]:
            self._append("fonts", _DEFAULT_FONT)
        if not self._lists["fills"]:
            self._append("fills", element("fill", element("patternFill", patternType="none")))
        if len(self._lists["fills"]) == 1:
            self._append("fills", element("fill", element("patternFill", patternType="gray125")))
        if not self._lists["borders"]:
            sides = ("left", "right", "top", "bottom", "diagonal")
            self._append("borders", element("border", *(element(side) for side in sides)))
        plain = {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0"}
        if not self._lists["cellStyleXfs"]:
            self._append("cellStyleXfs", element("xf", **plain))
        if not self._lists["cellXfs"]:
            self._append("cellXfs", element("xf", xfId="0", **plain))


_DEFAULT_FONT = element(
    "font",
    element("sz", val="11"),
    element("name", val="Calibri"),
    element("family", val="2"),
)


def argb(colour: str) -> str:
    """A colour "RRGGBB" as SpreadsheetML writes it, opaque."""
    return "FF" + colour.upper()


def _font_changes(cell_format: CellFormat, link: bool) -> dict[str, Element]:
    changes = {}
    if cell_format.bold:
        changes["b"] = element("b")
    if cell_format.italic:
        changes["i"] = element("i")
    if cell_format.size is not None:
        changes["sz"] = element("sz", val=f"{cell_format.size:g}")
    colour = cell_format.colour or ("0563C1" if link else None)
    if colour:
        changes["color"] = element("color", rgb=argb(colour))
    if link:
        changes["u"] = element("u")
    return changes


def _in_order(font: dict[str, Element]) -> Iterable[Element]:
    return (font[name] for name in _FONT_ORDER if name in font)


def _alignment_changes(cell_format: CellFormat) -> dict[str, str]:
    changes: dict[str, str] = {}
    if cell_format.horizontal:
        changes["horizontal"] = cell_format.horizontal
    if cell_format.vertical:
        changes["vertical"] = cell_format.vertical
    if cell_format.wrap:
        changes["wrapText"] = "1"
    if cell_format.indent:
        changes["indent"] = str(cell_format.indent)
        # Excel indents from an edge: with general alignment it would ignore the indent of numbers.
        changes.setdefault("horizontal", "left")
    return changes


def _border(cell_format: CellFormat, base: Element) -> Element:
    line = (
        element("color", rgb=argb(cell_format.border_colour))
        if cell_format.border_colour
        else element("color", auto="1")
    )
    drawn = ("left", "right", "top", "bottom") if cell_format.border == "thin" else ()
    sides = {child.name: child for child in base.children}
    for side in drawn or (str(cell_format.border),):
        sides[side] = element(side, line, style="thin")
    order = ("left", "right", "top", "bottom", "diagonal")
    return replace(base, children=tuple(sides.get(side) or element(side) for side in order))


@dataclass(frozen=True)
class _Span:
    """Byte positions of an element: its start tag, what it holds, its end."""

    start: int
    inner_start: int
    inner_end: int
    end: int


def _sections(content: bytes) -> tuple[_Span, str, dict[str, _Span]]:
    """The root's span, its prefix with the colon, and the spans of the root's children."""
    parser = expat.ParserCreate()
    open_at: list[tuple[str, int]] = []
    spans: dict[str, _Span] = {}
    root: list[tuple[str, _Span]] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        open_at.append((name, parser.CurrentByteIndex))

    def end(_name: str) -> None:
        name, start_at = open_at.pop()
        if len(open_at) > 1:
            return
        inner_start = _tag_end(content, start_at)
        if content[inner_start - 2 : inner_start] == b"/>":
            span = _Span(start_at, inner_start, inner_start, inner_start)
        else:
            at = parser.CurrentByteIndex
            span = _Span(start_at, inner_start, at, _tag_end(content, at))
        if open_at:
            spans.setdefault(name.rpartition(":")[2], span)
        else:
            root.append((name, span))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise WorkbookError(
            f"The style sheet of the workbook is damaged ({error}); expected well-formed XML. Open "
            "the workbook in Excel, let it repair the file, and save it."
        ) from None
    name, span = root[0]
    prefix = name.rpartition(":")[0]
    return span, prefix + ":" if prefix else "", spans


def _tag_end(content: bytes, start: int) -> int:
    """The position after the ">" that closes the tag at `start`; quoted ">" do not count."""
    match = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""").match(content, start)
    return match.end() if match else len(content)


def _as_utf8(content: bytes) -> bytes:
    """The part in UTF-8, which alone is spliced; UTF-8 comes back as it is."""
    declared = re.match(
        rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["']([A-Za-z0-9_.-]+)""", content
    )
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        encoding = declared[1].decode()
    else:
        return content
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise WorkbookError(
            f"The style sheet of the workbook is damaged: it is not stored as {encoding}, as it "
            "says. Open the file in Excel, let Excel repair it and save it."
        ) from error
    return re.sub(r"""(encoding=)(["'])[^"']*\2""", r"\1\2UTF-8\2", text, count=1).encode()


def _empty(strict: bool) -> bytes:
    namespace = MAIN_STRICT if strict else MAIN
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<styleSheet xmlns="{namespace}"></styleSheet>'
    ).encode()


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _element(node: etree._Element) -> Element:
    """The value of a node; extensions are left out, since only Excel may write them."""
    attributes = {str(key): str(value) for key, value in node.attrib.items() if key[0] != "{"}
    name = etree.QName(node).localname
    children = tuple(_element(child) for child in _elements(node))
    return Element(
        name, _sorted(attributes), tuple(child for child in children if child.name != "extLst")
    )
