"""Ways to break the parts of a sound workbook: XML that is legal, or nearly, and means harm."""

from __future__ import annotations

import posixpath
import random
import re
from collections.abc import Callable

from lxml import etree

from tests.hosts.broken_files import a_book, package_of_pairs, parts_of

ODD_VALUES = (
    "", " ", "0", "1", "-1", "2", "7", "99", "1.5", "true", "x", "1048576", "1048577", "16385",
    "2147483648", "99999999999999999999", "9" * 5000, "1e308", "1e999", "NaN", "-INF", "A1", "A0",
    "XFD1048576", "XFE1", "$B$2", "A1:A1", "A1:XFD1048576", "B2:A1", "A:A", "1:1", "A1 B2", "#REF!",
    "Projects!A1", "rId1", "rId2", "rId999", "../../../etc/passwd", "file:///etc/passwd",
    "http://127.0.0.1:9/x", "/xl/workbook.xml", "worksheets/sheet1.xml", "two\nlines", "\t\r\n",
    "_x0000_", "_xD800_", "\u202eabc", "\u00e9\U0001f600", "\u2028", "s", "str", "inlineStr", "b",
    "e", "d", "n", "array", "shared", "dataTable", "External", "x" * 40_000, "=1+1", "(" * 3000,
    '"' * 3001, "[" * 2000, "Projects", "projects", "PF Results", "{" * 100, "IF(" * 500, "1904",
    "veryHidden", "2026-04-01T00:00:00", "[$-409]" * 300, "yyyy" * 3000, "\\" * 999, "0;" * 2000,
)  # fmt: skip
PART_NAMES = (
    "../evil.xml", "xl/../../evil.xml", "/xl/workbook.xml", "//xl/a.xml", "xl\\a.xml", "C:/a.xml",
    "xl/%2e%2e/a.xml", "xl/a.xml.", "xl/./a.xml", "xl/a\0.xml", "xl/\n.xml", "con.xml", "xl/",
    "XL/WORKBOOK.XML", "xl/workbook%2Exml", "\u00e9.xml", "x" * 3000, "xl//a.xml", "_rels/.rels",
    "_xmlsignatures/sig1.xml", "xl/vbaProject.bin", "[Content_Types].xml", "xl/calcChain.xml",
)  # fmt: skip
_LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi",
                                                                     strict=True)
)  # fmt: skip
DOCTYPES = (
    "<!DOCTYPE x>",
    f"<!DOCTYPE x [{_LAUGHS}]>",
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
)
_DECLARATION = re.compile(rb"^(\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*")
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = ("worksheet", "chartsheet", "styles", "sharedStrings", "table", "drawing", "pivotTable",
          "calcChain", "externalLink", "officeDocument", "vmlDrawing", "comments")  # fmt: skip

Parts = list[tuple[str, bytes]]


def broken_parts(rng: random.Random) -> tuple[str, bytes]:
    """A workbook of which parts were changed, and how."""
    _, data = a_book(rng)
    parts = list(parts_of(data).items())
    ways = [rng.choice(_WAYS) for _ in range(rng.choice((1, 1, 1, 2, 4)))]
    for way in ways:
        parts = way(parts, rng)
    return "+".join(dict.fromkeys(way.__name__.strip("_") for way in ways)), package_of_pairs(parts)


# -- whole parts ---------------------------------------------------------------------------------


def _part_dropped(parts: Parts, rng: random.Random) -> Parts:
    at = rng.randrange(len(parts))
    return parts[:at] + parts[at + 1 :] if len(parts) > 1 else parts


def _part_twice(parts: Parts, rng: random.Random) -> Parts:
    name, content = rng.choice(parts)
    other = rng.choice((name, name.upper(), "/" + name, name.replace(".", "%2E")))
    return [*parts, (other, content)]


def _part_renamed(parts: Parts, rng: random.Random) -> Parts:
    at = rng.randrange(len(parts))
    changed = list(parts)
    changed[at] = (rng.choice(PART_NAMES), parts[at][1])
    return changed


def _part_added(parts: Parts, rng: random.Random) -> Parts:
    return [*parts, (rng.choice(PART_NAMES), rng.choice(parts)[1])]


def _part_exchanged(parts: Parts, rng: random.Random) -> Parts:
    """A part with the content of another one, of another workbook, or of none."""
    at, changed = rng.randrange(len(parts)), list(parts)
    strange = rng.choice(list(parts_of(a_book(rng)[1]).values()))
    content = rng.choice((rng.choice(parts)[1], strange, b"", rng.randbytes(500), b"<a/>"))
    changed[at] = (parts[at][0], content)
    return changed


# -- the text of one part ------------------------------------------------------------------------


def _on_text(
    change: Callable[[bytes, random.Random], bytes],
) -> Callable[[Parts, random.Random], Parts]:
    def changed(parts: Parts, rng: random.Random) -> Parts:
        at = _some_xml(parts, rng)
        return [*parts[:at], (parts[at][0], change(parts[at][1], rng)), *parts[at + 1 :]]

    changed.__name__ = change.__name__
    return changed


def _some_xml(parts: Parts, rng: random.Random) -> int:
    """The place of an XML part, more often of one that everything else hangs on."""
    weighed = [
        (at, 4 if "sheet" in name or name.endswith((".rels", "workbook.xml")) else 1)
        for at, (name, _) in enumerate(parts)
        if name.endswith((".xml", ".rels", ".vml"))
    ]
    if not weighed:
        return rng.randrange(len(parts))
    places, weights = zip(*weighed, strict=True)
    return int(rng.choices(places, weights)[0])


def _doctype(text: bytes, rng: random.Random) -> bytes:
    declaration = _DECLARATION.match(text)
    start = declaration[0] if declaration else b""
    before = rng.choice((b"", b"<!-- first -->", b"<?pi x?>\n", b"<!--" + b"-x" * 9000 + b"-->"))
    doctype = rng.choice(DOCTYPES).encode()
    used = text[len(start) :]
    if rng.random() < 0.5:
        used = used.replace(b">", b">&i;", 2)
    changed = start + before + doctype + used
    return _encoded(changed, rng) if rng.random() < 0.3 else changed


def _encoded(text: bytes, rng: random.Random) -> bytes:
    """The part in another encoding, truly or by its own account."""
    body = _DECLARATION.sub(b"", text).decode("utf-8", "replace")
    actual, declared = rng.choice(
        (("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", None), ("utf-8-sig", "UTF-8"),
         ("utf-8", "UTF-16"), ("latin-1", "ISO-8859-1"), ("latin-1", None), ("utf-32", "UTF-32"),
         ("cp037", "IBM037"), ("utf-7", "UTF-7"), ("utf-8", "no-such"), ("shift_jis", "Shift_JIS"),
         ("utf-8", "x" * 999), ("utf-16", "UTF-8"))
    )  # fmt: skip
    head = "" if declared is None else f'<?xml version="1.0" encoding="{declared}"?>'
    return (head + body).encode(actual, "replace")


def _nested(text: bytes, rng: random.Random) -> bytes:
    """An element around the content, again and again."""
    depth = rng.choice((100, 257, 3000, 200_000))
    name = rng.choice((b"a", b"row", b"c", b"is", b"extLst"))
    end = text.rfind(b"</")
    start = text.find(b">", text.find(b"<", text.find(b"?>") + 1)) + 1
    if end < start or start <= 0:
        return text
    opened, closed = b"<" + name + b">", b"</" + name + b">"
    return text[:start] + opened * depth + text[start:end] + closed * depth + text[end:]


def _repeated(text: bytes, rng: random.Random) -> bytes:
    """A piece between two tags, very often."""
    tags = [match.start() for match in re.finditer(rb"<(?![?!/])", text)][1:]
    if not tags:
        return text
    start = rng.choice(tags)
    ends = [match.end() for match in re.finditer(rb"/>|</[^>]*>", text[start:])][:8]
    if not ends:
        return text
    piece = text[start : start + rng.choice(ends)]
    times = rng.choice((2, 2, 50, 3000, min(300_000, 3_000_000 // len(piece))))
    return text[:start] + piece * times + text[start:]


def _long(text: bytes, rng: random.Random) -> bytes:
    """A text, a name or an attribute without end."""
    long = rng.choice((b"x", b"_x0041_", b"\xc3\xa9", b"&amp;", b"(", b"A1+", b'""')).replace(
        b'"', b"&quot;"
    ) * rng.choice((40_000, 400_000))
    places = [match.start() + 1 for match in re.finditer(rb">[^<]|=\"", text)]
    if not places:
        return text
    at = rng.choice(places)
    at += text[at - 1 : at + 1] == b'="'
    return text[:at] + long + text[at:]


def _sprinkled(text: bytes, rng: random.Random) -> bytes:
    """Comments, CDATA, instructions, references and noise where they may or may not stand."""
    changed = text
    for _ in range(rng.choice((1, 3, 20))):
        at = rng.choice((rng.randrange(len(changed) + 1), changed.find(b">") + 1))
        changed = changed[:at] + rng.choice(_SPRINKLES) + changed[at:]
    return changed


_SPRINKLES = (
    b"<!-- c -->", b"<![CDATA[x]]>", b"<![CDATA[]]>", b"<?pi x?>", b"&#10;", b"&#0;", b"&nope;",
    b"&lt;", b"\0", b"\xff", b"<", b">", b'"', b"<a>", b"</a>", b"<a xmlns='u'/>", b"]]>", b"--",
    b"<x:y/>", b"\xed\xa0\x80", b"<c r='A1'/>", b"<f>1+1</f>", b"<v>9</v>", b' r="A1"', b" ",
    b"<!DOCTYPE x>", b"<row/>",
)  # fmt: skip


def _cut_text(text: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.choice((1, 10, 100_000)) :]


def _renamespaced(text: bytes, rng: random.Random) -> bytes:
    """Another namespace, prefix, or none."""
    main = _MAIN.encode()
    return rng.choice(
        (
            text.replace(main, _STRICT.encode()),
            text.replace(main, b"urn:none"),
            text.replace(b'xmlns="' + main + b'"', b""),
            re.sub(rb"<(/?)(\w)", rb"<\1x:\2", text).replace(b"xmlns=", b"xmlns:x="),
            text.replace(b"xmlns:r=", b"xmlns:s="),
            text.replace(_OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/rels"),
            text.replace(b' xmlns="', b' xmlns="u" xmlns="'),
        )
    )


# -- the tree of one part ------------------------------------------------------------------------


def _on_tree(
    change: Callable[[etree._Element, random.Random], None],
) -> Callable[[Parts, random.Random], Parts]:
    def changed(parts: Parts, rng: random.Random) -> Parts:
        at = _some_xml(parts, rng)
        name, text = parts[at]
        try:
            root = etree.fromstring(text)
        except (etree.XMLSyntaxError, ValueError):
            return parts
        for _ in range(rng.choice((1, 1, 2, 5))):
            change(root, rng)
        written = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
        return [*parts[:at], (name, written), *parts[at + 1 :]]

    changed.__name__ = change.__name__
    return changed


def _elements(root: etree._Element) -> list[etree._Element]:
    return [element for element in root.iter() if isinstance(element.tag, str)]


def _element_dropped(root: etree._Element, rng: random.Random) -> None:
    element = rng.choice(_elements(root))
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _element_twice(root: etree._Element, rng: random.Random) -> None:
    element = rng.choice(_elements(root))
    parent = element.getparent()
    if parent is not None:
        copy = etree.fromstring(etree.tostring(element, with_tail=False))
        parent.insert(rng.choice((0, parent.index(element), len(parent))), copy)


def _element_moved(root: etree._Element, rng: random.Random) -> None:
    elements = _elements(root)
    element, target = rng.choice(elements), rng.choice(elements)
    if element is not root and target not in element.iter():
        target.insert(rng.randrange(len(target) + 1), element)


def _element_renamed(root: etree._Element, rng: random.Random) -> None:
    elements = _elements(root)
    rng.choice(elements).tag = rng.choice((rng.choice(elements).tag, "{u}other", "other"))


def _attribute_dropped(root: etree._Element, rng: random.Random) -> None:
    attributes = rng.choice(_elements(root)).attrib
    if attributes:
        del attributes[rng.choice(list(attributes))]


def _attribute_changed(root: etree._Element, rng: random.Random) -> None:
    having = [element for element in _elements(root) if element.attrib]
    if not having:
        return
    element = rng.choice(having)
    other = rng.choice(having)
    value = rng.choice((rng.choice(ODD_VALUES), rng.choice(list(other.attrib.values()))))
    element.set(rng.choice(list(element.attrib)), value)


def _attribute_added(root: etree._Element, rng: random.Random) -> None:
    elements = _elements(root)
    names = [name for element in elements for name in element.attrib]
    name = rng.choice((*names, "r", "s", "t", "ref", "si", "hidden", "count", "TargetMode"))
    rng.choice(elements).set(name, rng.choice(ODD_VALUES))


def _text_changed(root: etree._Element, rng: random.Random) -> None:
    elements = _elements(root)
    having = [element for element in elements if element.text and element.text.strip()]
    rng.choice(having or elements).text = rng.choice(ODD_VALUES)


def _link_changed(parts: Parts, rng: random.Random) -> Parts:
    """A relationship that leads elsewhere: in a circle, out of the package, to the wrong kind."""
    places = [at for at, (name, _) in enumerate(parts) if name.endswith(".rels")]
    if not places:
        return parts
    at = rng.choice(places)
    name, text = parts[at]
    try:
        root = etree.fromstring(text)
    except (etree.XMLSyntaxError, ValueError):
        return parts
    links = list(root)
    if not links:
        return parts
    link = rng.choice(links)
    owner = posixpath.join(
        posixpath.dirname(posixpath.dirname(name)), posixpath.basename(name)[:-5]
    )
    match rng.randrange(6):
        case 0:
            link.set("Target", "/" + rng.choice((owner, rng.choice(parts)[0])))
        case 1:
            link.set("Target", rng.choice(ODD_VALUES))
        case 2:
            link.set("Type", f"{_OFFICE}/{rng.choice(_TYPES)}")
        case 3:
            link.set("TargetMode", rng.choice(("External", "Internal", "x")))
        case 4:
            link.set("Id", rng.choice(links).get("Id", ""))
        case _:
            copy = etree.SubElement(root, link.tag)
            copy.attrib.update(link.attrib)
            copy.set("Id", "rId77")
            copy.set("Target", "/" + rng.choice(parts)[0])
    return [*parts[:at], (name, etree.tostring(root)), *parts[at + 1 :]]


_WAYS: tuple[Callable[[Parts, random.Random], Parts], ...] = (
    _part_dropped,
    _part_twice,
    _part_renamed,
    _part_added,
    _part_exchanged,
    *map(_on_text, (_doctype, _encoded, _nested, _repeated, _repeated, _long)),
    *map(_on_text, (_sprinkled, _sprinkled, _cut_text, _renamespaced)),
    *map(_on_tree, (_element_dropped, _element_twice, _element_moved, _element_renamed)),
    *map(_on_tree, (_attribute_dropped, _attribute_added, _text_changed, _text_changed)),
    *map(_on_tree, (_attribute_changed,) * 4),
    *(_link_changed,) * 3,
)
