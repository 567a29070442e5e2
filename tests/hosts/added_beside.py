"""What people add beside a sheet of ours, spliced into the file by hand, and read again by hand.

Nothing of this uses the code that keeps it: parts are taken apart and put together with lxml and
zipfile alone.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from openpyxl.utils import coordinate_to_tuple, get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ORDER = re.findall(
    r"\w+",
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetProtection mergeCells "
    "conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup "
    "headerFooter drawing legacyDrawing tableParts extLst",
)

At = tuple[int, int]


class Held(NamedTuple):
    """What a cell holds: its value as text, its style, its formula, its type."""

    value: str
    style: str
    formula: str
    kind: str


def tag(name: str) -> str:
    return f"{{{MAIN}}}{name}"


def address(at: At) -> str:
    return f"{get_column_letter(at[1])}{at[0]}"


class Taken:
    """A workbook taken apart; `put_together` writes it again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}

    def put_together(self) -> None:
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in self.parts.items():
                package.writestr(name, content)

    def tree(self, part: str) -> etree._Element:
        return etree.fromstring(self.parts[part])

    def store(self, part: str, root: etree._Element) -> None:
        self.parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def sheet_part(self, name: str) -> str:
        book = self.tree("xl/workbook.xml")
        entry = next(one for one in book.iter(tag("sheet")) if one.get("name") == name)
        return self.targets("xl/workbook.xml")[entry.get(f"{{{OFFICE}}}id", "")]

    def targets(self, part: str) -> dict[str, str]:
        """The relationships of a part: what each ID leads to."""
        folder, name = posixpath.split(part)
        rels = f"{folder}/_rels/{name}.rels"
        if rels not in self.parts:
            return {}
        return {
            one.get("Id", ""): one.get("Target", "")
            if one.get("TargetMode") == "External"
            else posixpath.normpath(posixpath.join(folder, one.get("Target", ""))).lstrip("/")
            if not one.get("Target", "").startswith("/")
            else one.get("Target", "").lstrip("/")
            for one in self.tree(rels)
        }

    def relate(self, part: str, kind: str, target: str, *, external: bool = False) -> str:
        folder, name = posixpath.split(part)
        rels = f"{folder}/_rels/{name}.rels"
        empty = f'<Relationships xmlns="{PACKAGE}/relationships"/>'.encode()
        root = etree.fromstring(self.parts.get(rels, empty))
        identifier = f"rId{900 + len(root)}"
        one = etree.SubElement(root, f"{{{PACKAGE}/relationships}}Relationship")
        one.set("Id", identifier)
        one.set("Type", f"{OFFICE}/{kind}")
        one.set("Target", target if external else "/" + target)
        if external:
            one.set("TargetMode", "External")
        self.store(rels, root)
        return identifier

    def declare(self, part: str, content_type: str) -> None:
        root = self.tree("[Content_Types].xml")
        one = etree.SubElement(root, f"{{{PACKAGE}/content-types}}Override")
        one.set("PartName", "/" + part)
        one.set("ContentType", content_type)
        self.store("[Content_Types].xml", root)


@dataclass
class OpenSheet:
    """A sheet of a workbook that is taken apart."""

    taken: Taken
    part: str
    root: etree._Element

    def child(self, name: str) -> etree._Element:
        found = self.root.find(tag(name))
        if found is not None:
            return found
        new = etree.Element(tag(name))
        later = ORDER[ORDER.index(name) + 1 :]
        for i, child in enumerate(self.root):
            if etree.QName(child).localname in later:
                self.root.insert(i, new)
                return new
        self.root.append(new)
        return new

    def behind(self, name: str, content: str) -> etree._Element:
        """Add an element where its kind stands, behind those that are there."""
        new = etree.fromstring(f'<x xmlns="{MAIN}" xmlns:r="{OFFICE}">{content}</x>')[0]
        later = ORDER[ORDER.index(name) + 1 :]
        for i, child in enumerate(self.root):
            if etree.QName(child).localname in later:
                self.root.insert(i, new)
                return new
        self.root.append(new)
        return new

    def cell(self, at: At, content: str = "", **attributes: str) -> None:
        """Put a cell, in the order that the format asks for."""
        data = self.child("sheetData")
        row = next((one for one in data if int(one.get("r", "0")) == at[0]), None)
        if row is None:
            row = etree.Element(tag("row"), r=str(at[0]))
            data.insert(sum(int(one.get("r", "0")) < at[0] for one in data), row)
        for one in [one for one in row if one.get("r") == address(at)]:
            row.remove(one)
        cell = etree.fromstring(f'<c xmlns="{MAIN}">{content}</c>')
        cell.set("r", address(at))
        for name, value in attributes.items():
            cell.set(name, value)
        column_of = [coordinate_to_tuple(one.get("r", ""))[1] for one in row]
        row.insert(sum(column < at[1] for column in column_of), cell)

    def text(self, at: At, text: str, style: int = 0) -> None:
        self.cell(at, f"<is><t>{text}</t></is>", t="inlineStr", s=str(style))

    def formula(self, at: At, text: str, value: str, style: int = 0) -> None:
        self.cell(at, f"<f>{text}</f><v>{value}</v>", t="str", s=str(style))

    def note(self, at: At, text: str, author: str = "PMO") -> None:
        """A note, in a part of its own where there is none."""
        targets = self.taken.targets(self.part)
        part = next((one for one in targets.values() if "comments" in one), None)
        if part is None:
            part = f"xl/comments_by_hand_{len(self.taken.parts)}.xml"
            self.taken.parts[part] = (
                f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()
            )
            self.taken.declare(
                part,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
            )
            self.taken.relate(self.part, "comments", part)
        root = self.taken.tree(part)
        names = [one.text for one in root[0]]
        if author not in names:
            etree.SubElement(root[0], tag("author")).text = author
            names.append(author)
        comment = etree.SubElement(root[1], tag("comment"), ref=address(at))
        comment.set("authorId", str(names.index(author)))
        content = etree.SubElement(comment, tag("text"))
        etree.SubElement(etree.SubElement(content, tag("r")), tag("t")).text = text
        self.taken.store(part, root)

    def link(self, at: At, target: str) -> None:
        identifier = self.taken.relate(self.part, "hyperlink", target, external=True)
        link = etree.SubElement(self.child("hyperlinks"), tag("hyperlink"), ref=address(at))
        link.set(f"{{{OFFICE}}}id", identifier)


def splice(path: Path, sheet: str, change: Callable[[OpenSheet], object]) -> None:
    """Change a sheet of a workbook by hand."""
    taken = Taken(path)
    part = taken.sheet_part(sheet)
    opened = OpenSheet(taken, part, taken.tree(part))
    change(opened)
    taken.store(part, opened.root)
    taken.put_together()


def cells_of(path: Path, sheet: str) -> dict[At, Held]:
    """What stands on a sheet."""
    taken = Taken(path)
    strings: list[str] = []
    if "xl/sharedStrings.xml" in taken.parts:
        items = taken.tree("xl/sharedStrings.xml").iter(tag("si"))
        strings = ["".join(one.text or "" for one in item.iter(tag("t"))) for item in items]
    found = {}
    for cell in taken.tree(taken.sheet_part(sheet)).iter(tag("c")):
        kind = cell.get("t", "n")
        value = cell.findtext(tag("v")) or ""
        if kind == "s":
            value, kind = strings[int(value)], "inlineStr"
        elif kind == "inlineStr":
            value = "".join(one.text or "" for one in cell.iter(tag("t")))
        formula = cell.findtext(tag("f")) or ""
        at = coordinate_to_tuple(cell.get("r", ""))
        found[at] = Held(value, cell.get("s", "0"), formula, kind)
    return found


def codes_of(path: Path) -> dict[str, str]:
    """The number format of each style that has one of the workbook's own."""
    root = Taken(path).tree("xl/styles.xml")
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in root.iter(tag("numFmt"))}
    styles = root.find(tag("cellXfs"))
    return {
        str(number): codes[one.get("numFmtId")]
        for number, one in enumerate(() if styles is None else styles)
        if one.get("numFmtId") in codes
    }


def root_of(path: Path, sheet: str) -> etree._Element:
    taken = Taken(path)
    return taken.tree(taken.sheet_part(sheet))


def notes_of(path: Path, sheet: str) -> dict[At, str]:
    """The notes on a sheet."""
    taken = Taken(path)
    found = {}
    for part in taken.targets(taken.sheet_part(sheet)).values():
        if "comments" in part:
            for comment in taken.tree(part).iter(tag("comment")):
                text = "".join(one.text or "" for one in comment.iter(tag("t")))
                found[coordinate_to_tuple(comment.get("ref", ""))] = text
    return found


def links_of(path: Path, sheet: str) -> dict[At, str]:
    """Where the links of a sheet lead that leave the workbook."""
    taken = Taken(path)
    part = taken.sheet_part(sheet)
    targets = taken.targets(part)
    return {
        coordinate_to_tuple(link.get("ref", "")): targets[link.get(f"{{{OFFICE}}}id", "")]
        for link in taken.tree(part).iter(tag("hyperlink"))
        if link.get(f"{{{OFFICE}}}id")
    }


def frames_of(path: Path, sheet: str) -> list[str]:
    """The names of what is drawn on a sheet."""
    taken = Taken(path)
    return [
        frame.get("name", "")
        for part in taken.targets(taken.sheet_part(sheet)).values()
        if re.fullmatch(r"xl/drawings/drawing[^/]*\.xml", part)
        for frame in taken.tree(part).iter("{*}cNvPr")
    ]
