"""A package in memory, to which a feature adds parts, relationships and elements by hand."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
NAMESPACES = {
    "r": OFFICE,
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "x14": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
    "x15": "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main",
    "xm": "http://schemas.microsoft.com/office/excel/2006/main",
    "xdr": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "a14": "http://schemas.microsoft.com/office/drawing/2010/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "sle": "http://schemas.microsoft.com/office/drawing/2010/slicer",
    "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
    "cx1": "http://schemas.microsoft.com/office/drawing/2015/9/8/chartex",
}
DECLARED = f'xmlns="{MAIN}" ' + " ".join(
    f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items()
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DAY = (2026, 4, 1, 9, 0, 0)

_SHEET = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
    "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
    "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins "
    "pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors "
    "smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls webPublishItems "
    "tableParts extLst"
)
_WORKBOOK = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
    "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr "
    "smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst"
)

ZipForm = Literal["deflated", "stored", "zip64", "descriptors"]


def elements(xml: str) -> list[etree._Element]:
    """Elements from text, with every prefix that the features use."""
    return list(etree.fromstring(f"<all {DECLARED}>{xml}</all>"))


class Parts:
    """The parts of a package by name, in the order of the file.

    Attributes
    ----------
    zip_form
        How the entries are packed when it is saved.
    """

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.zip_form: ZipForm = "deflated"

    @classmethod
    def of(cls, path: Path) -> Parts:
        with zipfile.ZipFile(path) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    def save(self, path: Path) -> None:
        method = zipfile.ZIP_STORED if self.zip_form == "stored" else zipfile.ZIP_DEFLATED
        target = _Forwards(path) if self.zip_form == "descriptors" else path
        with zipfile.ZipFile(target, "w", method) as archive:  # type: ignore[call-overload]
            for name, content in self.contents.items():
                entry = zipfile.ZipInfo(name, DAY)
                entry.compress_type = method
                with archive.open(entry, "w", force_zip64=self.zip_form == "zip64") as stream:
                    stream.write(content)
        if isinstance(target, _Forwards):
            target.close()

    # -- parts and what leads to them

    def free(self, pattern: str) -> str:
        """The first name with a number that no part has."""
        number = 1
        while pattern.format(number) in self.contents:
            number += 1
        return pattern.format(number)

    def add(self, name: str, content: str | bytes, content_type: str | None = None) -> str:
        """Add a part; its type is an override, or the default of its extension where None."""
        data = content if isinstance(content, bytes) else content.encode()
        assert name not in self.contents, name
        self.contents[name] = data
        if content_type is not None:
            self._declare("Override", "PartName", f"/{name}", content_type)
        return name

    def default(self, extension: str, content_type: str) -> None:
        """Declare what parts with an extension are."""
        root = self.tree("[Content_Types].xml")
        if not root.xpath(f"*[@Extension='{extension}']"):
            self._declare("Default", "Extension", extension, content_type)

    def retype(self, name: str, content_type: str) -> None:
        """Declare a part to be something else."""
        root = self.tree("[Content_Types].xml")
        for element in root:
            if element.get("PartName") == f"/{name}":
                element.set("ContentType", content_type)
        self.store("[Content_Types].xml", root)

    def _declare(self, tag: str, key: str, value: str, content_type: str) -> None:
        root = self.tree("[Content_Types].xml")
        element = etree.Element(f"{{{TYPES}}}{tag}", {key: value, "ContentType": content_type})
        root.insert(0, element) if tag == "Default" else root.append(element)
        self.store("[Content_Types].xml", root)

    def relate(self, source: str, kind: str, target: str, *, mode: str | None = None) -> str:
        """Lead from one part ("" is the package) to another; the relationship's id."""
        name = relationships_of(source)
        if name not in self.contents:
            self.contents[name] = f'{HEAD}<Relationships xmlns="{PACKAGE}"/>'.encode()
        root = self.tree(name)
        identifier = f"rId{len(root) + 1}"
        while root.xpath(f"*[@Id='{identifier}']"):
            identifier = f"rId{int(identifier[3:]) + 1}"
        element = etree.SubElement(root, f"{{{PACKAGE}}}Relationship")
        element.set("Id", identifier)
        element.set("Type", kind if ":" in kind else f"{OFFICE}/{kind}")
        if mode is None:
            element.set("Target", posixpath.relpath(target, posixpath.dirname(source) or "."))
        else:
            element.set("Target", target)
            element.set("TargetMode", mode)
        self.store(name, root)
        return identifier

    def related(self, source: str, kind: str) -> list[str]:
        """The parts that a part leads to by a kind of relationship."""
        name = relationships_of(source)
        if name not in self.contents:
            return []
        return [
            posixpath.normpath(posixpath.join(posixpath.dirname(source), link.get("Target", "")))
            for link in self.tree(name)
            if link.get("Type", "").endswith(f"/{kind}")
        ]

    # -- what stands in parts

    def tree(self, name: str) -> etree._Element:
        return etree.fromstring(self.contents[name])

    def store(self, name: str, root: etree._Element) -> None:
        self.contents[name] = etree.tostring(
            root, xml_declaration=True, encoding="UTF-8", standalone=True
        )

    def replace(self, name: str, old: str, new: str) -> None:
        """Say something differently in a part, which has to be there."""
        text = self.contents[name].decode()
        assert old in text, (name, old)
        self.contents[name] = text.replace(old, new, 1).encode()

    def sheet(self, name: str) -> str:
        """The part of a worksheet."""
        root = self.tree("xl/workbook.xml")
        found = root.xpath(f"//*[local-name()='sheet'][@name='{name}']")[0]
        links = self.tree("xl/_rels/workbook.xml.rels")
        target = links.xpath(f"*[@Id='{found.get(f'{{{OFFICE}}}id')}']")[0].get("Target")
        return str(posixpath.normpath(posixpath.join("xl", target)))

    def put_in_sheet(self, part: str, xml: str) -> None:
        """Put elements among the children of a worksheet, where the schema wants them."""
        self._put(part, xml, _SHEET)

    def put_in_workbook(self, xml: str) -> None:
        """Put elements among the children of the workbook, where the schema wants them."""
        self._put("xl/workbook.xml", xml, _WORKBOOK)

    def _put(self, part: str, xml: str, order: str) -> None:
        root = self.tree(part)
        for element in elements(xml):
            tag = etree.QName(element).localname
            present = root.find(f"{{{MAIN}}}{tag}")
            if present is not None and tag != "conditionalFormatting":
                present.extend(list(element))
                if "count" in present.attrib:
                    present.set("count", str(len(present)))
                continue
            later = set(order.partition(f" {tag} ")[2].split())
            place = next(
                (k for k, one in enumerate(root) if etree.QName(one).localname in later), len(root)
            )
            root.insert(place, element)
        self.store(part, root)

    def put_cells(self, part: str, xml: str) -> None:
        """Put cells into the rows of a worksheet, instead of what is there."""
        from openpyxl.utils import coordinate_to_tuple

        root = self.tree(part)
        data = root.find(f"{{{MAIN}}}sheetData")
        assert data is not None
        for cell in elements(xml):
            number, column = coordinate_to_tuple(cell.get("r", ""))
            row = next((one for one in data if int(one.get("r", "0")) == number), None)
            if row is None:
                row = etree.Element(f"{{{MAIN}}}row", {"r": str(number)})
                later = [k for k, one in enumerate(data) if int(one.get("r", "0")) > number]
                data.insert(later[0] if later else len(data), row)
            row.attrib.pop("spans", "")
            columns = [coordinate_to_tuple(one.get("r", ""))[1] for one in row]
            if column in columns:
                row.remove(row[columns.index(column)])
                columns.remove(column)
            row.insert(sum(one < column for one in columns), cell)
        for element in root.findall(f"{{{MAIN}}}dimension"):
            element.set("ref", "A1:T40")
        self.store(part, root)

    def names_of(self, prefix: str) -> Iterator[str]:
        return (name for name in self.contents if name.startswith(prefix))


def relationships_of(part: str) -> str:
    """Where the relationships of a part stand."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


class _Forwards(io.RawIOBase):
    """A file that cannot be wound back, so that zipfile writes descriptors after the data."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object) -> int:
        return self._file.write(data)  # type: ignore[arg-type]

    def close(self) -> None:
        self._file.close()
        super().close()
