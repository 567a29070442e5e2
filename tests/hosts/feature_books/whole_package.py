"""Forms of a whole package, laid over a workbook when all its features are in it."""

from __future__ import annotations

import posixpath
import re

from lxml import etree

from tests.hosts.feature_books.parts import MAIN, OFFICE, Parts

STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
STRICT = (
    (MAIN, STRICT_MAIN),
    (OFFICE, STRICT_OFFICE),
    (
        "http://schemas.openxmlformats.org/drawingml/2006/main",
        "http://purl.oclc.org/ooxml/drawingml/main",
    ),
    (
        "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
        "http://purl.oclc.org/ooxml/officeDocument/extendedProperties",
    ),
    (
        "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
        "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
    ),
)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def strict(parts: Parts) -> None:
    """The strict namespaces of ISO/IEC 29500."""
    for name, content in parts.contents.items():
        if _is_xml(name):
            for loose, tight in STRICT:
                content = content.replace(loose.encode(), tight.encode())
            parts.contents[name] = content
    root = parts.tree("xl/workbook.xml")
    root.set("conformance", "strict")
    parts.store("xl/workbook.xml", root)


def utf16(parts: Parts) -> None:
    """Sheets, texts and the workbook in UTF-16 with its mark."""
    for name in parts.contents:
        if name.startswith(("xl/worksheets/sheet", "xl/sharedStrings", "xl/workbook.xml")):
            parts.contents[name] = etree.tostring(
                parts.tree(name), xml_declaration=True, encoding="UTF-16"
            )


def prefixed(parts: Parts) -> None:
    """Every element of sheets under the prefix x, as some programs write them."""
    for name in parts.contents:
        if name.startswith("xl/worksheets/sheet"):
            text = parts.contents[name].decode()
            text = text.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"', 1)
            text = re.sub(r"<(/?)(?=[A-Za-z]+[\s/>])", r"<\1x:", text)
            parts.contents[name] = text.encode()


def as_excel_writes(parts: Parts) -> None:
    """Ignorable namespaces, identities and row descents, as Excel itself has them in each sheet."""
    spaces = {
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "x14ac": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac",
        "xr": "http://schemas.microsoft.com/office/spreadsheetml/2014/revision",
    }
    for number, name in enumerate(_sheets(parts)):
        text = parts.contents[name].decode()
        tag = re.search(r"<worksheet [^>]*>", text)
        assert tag is not None
        new = "".join(
            f' xmlns:{prefix}="{space}"'
            for prefix, space in spaces.items()
            if f"xmlns:{prefix}=" not in tag[0]
        )
        ignored = re.search(r' mc:Ignorable="([^"]*)"', tag[0])
        said = "x14ac xr" if ignored is None else f"{ignored[1]} xr"
        opening = tag[0] if ignored is None else tag[0].replace(ignored[0], "")
        new += f' mc:Ignorable="{said}" xr:uid="{{00000000-0001-0000-{number:04}-000000000000}}"'
        text = text.replace(tag[0], f"{opening[:-1]}{new}>", 1)
        if "x14ac:dyDescent" not in text:
            text = re.sub(r"<row ([^>/]*)(/?)>", r'<row \1 x14ac:dyDescent="0.25"\2>', text)
        text = text.replace("?>\n", "?>\r\n", 1)
        parts.contents[name] = text.encode()


def indented(parts: Parts) -> None:
    """Line breaks and spaces between the elements, comments among them, and a mark at the start."""
    for name in _sheets(parts):
        text = parts.contents[name].decode()
        text = re.sub(r"(<row [^>]*[^/]>)", r"\n    \1<!-- <c r='A1'> -->\n      ", text)
        text = text.replace("</row>", "\n    </row>").replace("</c><c ", "</c>\n      <c ")
        text = text.replace("</sheetData>", "\n<?x <row> ?></sheetData>\n")
        parts.contents[name] = b"\xef\xbb\xbf" + text.encode()


def single_quotes(parts: Parts) -> None:
    """Attributes between single quotes, and blank elements with an end tag of their own."""
    for name in _sheets(parts):
        text = parts.contents[name].decode()
        text = re.sub(
            r"<(row|c) ([^<>'&]*?)(/?)>",
            lambda match: f"<{match[1]} {match[2]}{match[3]}>".replace('"', "'"),
            text,
        )
        text = re.sub(r"<c ([^<>]*)/>", r"<c \1></c >", text)
        parts.contents[name] = text.encode()


def other_part_names(parts: Parts) -> None:
    """Sheets that are called and placed as no known program does it."""
    links, types = parts.tree("xl/_rels/workbook.xml.rels"), parts.tree("[Content_Types].xml")
    new_names = {}
    for number, name in enumerate(_sheets(parts), 1):
        new_names[name] = f"xl/Data/1/Blatt-{number}.XML"
    for element in links:
        name = f"xl/{element.get('Target')}"
        if name in new_names:
            element.set("Target", new_names[name].removeprefix("xl/"))
    for element in types:
        name = element.get("PartName", "").lstrip("/")
        if name in new_names:
            element.set("PartName", f"/{new_names[name]}")
    parts.store("xl/_rels/workbook.xml.rels", links)
    parts.store("[Content_Types].xml", types)
    moved: dict[str, bytes] = {}
    for name, content in parts.contents.items():
        folder, _, rest = name.partition("/_rels/")
        owner = f"{folder}/{rest.removesuffix('.rels')}"
        if owner in new_names:
            place, _, file = new_names[owner].rpartition("/")
            moved[f"{place}/_rels/{file}.rels"] = _from_the_root(content, owner)
        else:
            moved[new_names.get(name, name)] = content
    parts.contents = moved


def _from_the_root(content: bytes, owner: str) -> bytes:
    """Relationships that name their parts from the root, so that their owner may move."""
    root = etree.fromstring(content)
    for link in root:
        if link.get("TargetMode") != "External":
            folder = posixpath.dirname(owner)
            link.set("Target", "/" + posixpath.normpath(f"{folder}/{link.get('Target')}"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _sheets(parts: Parts) -> list[str]:
    return [name for name in parts.contents if name.startswith("xl/worksheets/sheet")]


def without_styles(parts: Parts) -> None:
    _without(parts, "styles", "xl/styles.xml")
    for name in parts.contents:
        if name.startswith("xl/worksheets/sheet"):
            root = parts.tree(name)
            for element in root.iter(f"{{{MAIN}}}c", f"{{{MAIN}}}row", f"{{{MAIN}}}col"):
                for attribute in ("s", "style", "customFormat"):
                    element.attrib.pop(attribute, "")
            parts.store(name, root)


def without_shared_strings(parts: Parts) -> None:
    root = parts.tree("xl/sharedStrings.xml")
    texts = ["".join(one.itertext()) for one in root]
    for name in parts.contents:
        if name.startswith("xl/worksheets/sheet"):
            sheet = parts.tree(name)
            for cell in sheet.iter(f"{{{MAIN}}}c"):
                if cell.get("t") == "s":
                    text = texts[int(cell[0].text or "")]
                    cell.set("t", "inlineStr")
                    del cell[:]
                    inline = etree.SubElement(cell, f"{{{MAIN}}}is")
                    written = etree.SubElement(inline, f"{{{MAIN}}}t")
                    written.text = text
                    written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            parts.store(name, sheet)
    _without(parts, "sharedStrings", "xl/sharedStrings.xml")


def without_dimension(parts: Parts) -> None:
    """No dimension, no spans, no numbers of rows and cells: what the schema lets a writer omit."""
    for name in parts.contents:
        if name.startswith("xl/worksheets/sheet"):
            root = parts.tree(name)
            for element in root.findall(f"{{{MAIN}}}dimension"):
                root.remove(element)
            expected = 1
            for row in root.iter(f"{{{MAIN}}}row"):
                row.attrib.pop("spans", "")
                if int(row.get("r", "0")) == expected and expected % 2:
                    del row.attrib["r"]
                expected += 1
            parts.store(name, root)


def _without(parts: Parts, kind: str, part: str) -> None:
    del parts.contents[part]
    for name, tag, key in (
        ("xl/_rels/workbook.xml.rels", "Target", part.removeprefix("xl/")),
        ("[Content_Types].xml", "PartName", f"/{part}"),
    ):
        root = parts.tree(name)
        for element in list(root):
            if element.get(tag) == key:
                root.remove(element)
        parts.store(name, root)


def template(parts: Parts) -> None:
    parts.retype(
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    )


def macro_template(parts: Parts) -> None:
    parts.retype("xl/workbook.xml", "application/vnd.ms-excel.template.macroEnabled.main+xml")


def zip64_entries(parts: Parts) -> None:
    parts.zip_form = "zip64"


def data_descriptors(parts: Parts) -> None:
    parts.zip_form = "descriptors"


def stored_entries(parts: Parts) -> None:
    parts.zip_form = "stored"


def absolute_targets(parts: Parts) -> None:
    """Relationships that name their part from the root, and parts in another order."""
    name = "xl/_rels/workbook.xml.rels"
    root = parts.tree(name)
    for element in root:
        if element.get("TargetMode") != "External":
            element.set("Target", f"/xl/{element.get('Target')}")
    parts.store(name, root)
    first = "[Content_Types].xml"
    rest = [key for key in reversed(parts.contents) if key != first]
    parts.contents = {key: parts.contents[key] for key in (*rest[:3], first, *rest[3:])}


WHOLE_PACKAGE = {
    "strict": strict,
    "utf16": utf16,
    "prefixed": prefixed,
    "as_excel_writes": as_excel_writes,
    "indented": indented,
    "single_quotes": single_quotes,
    "other_part_names": other_part_names,
    "without_styles": without_styles,
    "without_shared_strings": without_shared_strings,
    "without_dimension": without_dimension,
    "template": template,
    "macro_template": macro_template,
    "zip64_entries": zip64_entries,
    "data_descriptors": data_descriptors,
    "stored_entries": stored_entries,
    "absolute_targets": absolute_targets,
}
