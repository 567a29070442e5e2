"""Workbooks written by hand, part by part: formulas of every kind, with whatever cached values."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from xlportfolio.values import CellError
from xlportfolio.workbook.references import CellRange, cell_address

Held = None | float | str | bool | CellError

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_METADATA = (
    f'{_HEAD}<metadata xmlns="{_MAIN}" '
    'xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" '
    'pasteAll="1" pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" '
    'clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>'
    '<futureMetadata name="XLDAPR" count="1"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">'
    '<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk>'
    '</futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
)
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/>'
    '<top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" '
    'fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" '
    'fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle '
    'name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class CellText:
    """One cell: what it holds and, before that, its formula's element."""

    held: Held = None
    formula: str = ""
    is_dynamic: bool = False
    is_answer: bool = False


@dataclass
class BookText:
    """A workbook to be: cells by sheet, one Excel table at most, names, a link to an add-in."""

    sheets: dict[str, dict[tuple[int, int], CellText]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    table: tuple[str, str, CellRange, Sequence[str], Mapping[str, str]] | None = None
    add_in: str = ""
    calculation: str = '<calcPr calcId="191029"/>'
    _strings: list[str] = field(default_factory=list)

    def hold(self, sheet: str, row: int, column: int, value: Held) -> None:
        """Put a constant."""
        self.sheets.setdefault(sheet, {})[row, column] = CellText(value)

    def calculate(
        self, sheet: str, row: int, column: int, text: str, cached: Held, attributes: str = ""
    ) -> None:
        """Put a formula; `attributes` of its element, such as `t="shared" si="0"`."""
        is_dynamic = 'cm="1"' in attributes
        plain = attributes.replace('cm="1"', "").strip()
        element = f"<f {plain}" if plain else "<f"
        element += f">{escape(text)}</f>" if text else "/>"
        cells = self.sheets.setdefault(sheet, {})
        cells[row, column] = CellText(cached, element, is_dynamic)

    def calculate_nothing(self, sheet: str, row: int, column: int, cached: Held) -> None:
        """Put what a cell of an array shows; the formula stands in another cell."""
        self.sheets.setdefault(sheet, {})[row, column] = CellText(cached, is_answer=True)

    def save(self, path: Path) -> Path:
        """Write the file."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, text in self._parts().items():
                package.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 0, 0, 0)), text)
        return path

    def _parts(self) -> dict[str, str]:
        parts = {}
        sheets = list(self.sheets)
        related = []
        types = []
        for number, sheet in enumerate(sheets, 1):
            name = f"worksheets/sheet{number}.xml"
            parts[f"xl/{name}"] = self._sheet(sheet)
            related.append((f"rId{number}", f"{_OFFICE}/worksheet", name))
            types.append((f"/xl/{name}", f"{_SPREADSHEET}.worksheet+xml"))
            if self.table is not None and self.table[1] == sheet:
                parts["xl/tables/table1.xml"] = self._table()
                parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _relationships(
                    [("rId1", f"{_OFFICE}/table", "../tables/table1.xml")]
                )
                types.append(("/xl/tables/table1.xml", f"{_SPREADSHEET}.table+xml"))
        others = [
            ("styles", "styles.xml", _STYLES, "styles"),
            ("sharedStrings", "sharedStrings.xml", self._shared_strings(), "sharedStrings"),
            ("sheetMetadata", "metadata.xml", _METADATA, "sheetMetadata"),
        ]
        for number, (kind, name, text, content) in enumerate(others, len(sheets) + 1):
            parts[f"xl/{name}"] = text
            related.append((f"rId{number}", f"{_OFFICE}/{kind}", name))
            types.append((f"/xl/{name}", f"{_SPREADSHEET}.{content}+xml"))
        external = ""
        if self.add_in:
            link = "externalLinks/externalLink1.xml"
            parts[f"xl/{link}"] = (
                f'{_HEAD}<externalLink xmlns="{_MAIN}"><externalBook xmlns:r="{_OFFICE}" '
                'r:id="rId1"><definedNames><definedName name="PF_SCORE"/></definedNames>'
                "</externalBook></externalLink>"
            )
            parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = _relationships(
                [("rId1", f"{_OFFICE}/externalLinkPath", self.add_in)], mode="External"
            )
            related.append(("rId90", f"{_OFFICE}/externalLink", link))
            types.append((f"/xl/{link}", f"{_SPREADSHEET}.externalLink+xml"))
            external = '<externalReferences><externalReference r:id="rId90"/></externalReferences>'
        listed = "".join(
            f'<sheet name={quoteattr(sheet)} sheetId="{number}" r:id="rId{number}"/>'
            for number, sheet in enumerate(sheets, 1)
        )
        names = "".join(
            f"<definedName name={quoteattr(name)}>{escape(text)}</definedName>"
            for name, text in sorted(self.names.items())
        )
        parts["xl/workbook.xml"] = (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets>'
            f"{external}{f'<definedNames>{names}</definedNames>' if names else ''}"
            f"{self.calculation}</workbook>"
        )
        parts["xl/_rels/workbook.xml.rels"] = _relationships(related)
        types.append(("/xl/workbook.xml", f"{_SPREADSHEET}.sheet.main+xml"))
        overrides = "".join(
            f'<Override PartName="{name}" ContentType="{content}"/>' for name, content in types
        )
        first = {
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
            f'+xml"/><Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
            "_rels/.rels": _relationships(
                [("rId1", f"{_OFFICE}/officeDocument", "xl/workbook.xml")]
            ),
        }
        return {**first, **parts}

    def _sheet(self, sheet: str) -> str:
        rows: dict[int, list[str]] = {}
        for (row, column), cell in sorted(self.sheets[sheet].items()):
            rows.setdefault(row, []).append(self._cell(cell_address(row, column), cell))
        data = "".join(f'<row r="{row}">{"".join(cells)}</row>' for row, cells in rows.items())
        tables = ""
        if self.table is not None and self.table[1] == sheet:
            tables = '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
        return (
            f'{_HEAD}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheetData>{data}</sheetData>'
            f"{tables}</worksheet>"
        )

    def _cell(self, address: str, cell: CellText) -> str:
        kind, text = "", ""
        match cell.held:
            case None:
                pass
            case bool():
                kind, text = "b", str(int(cell.held))
            case CellError():
                kind, text = "e", cell.held.code
            case str() if cell.formula or cell.is_answer:
                kind, text = "str", escape(cell.held)
            case str():
                if cell.held not in self._strings:
                    self._strings.append(cell.held)
                kind, text = "s", str(self._strings.index(cell.held))
            case number:
                text = repr(number)
        attributes = f' t="{kind}"' if kind else ""
        attributes += ' cm="1"' if cell.is_dynamic else ""
        value = f"<v>{text}</v>" if cell.held is not None else ""
        return f'<c r="{address}"{attributes}>{cell.formula}{value}</c>'

    def _table(self) -> str:
        assert self.table is not None
        name, _, cells, headers, formulas = self.table
        columns = "".join(
            f'<tableColumn id="{number}" name={quoteattr(header)}>'
            f"<calculatedColumnFormula>{escape(formulas[header])}</calculatedColumnFormula>"
            "</tableColumn>"
            if header in formulas
            else f'<tableColumn id="{number}" name={quoteattr(header)}/>'
            for number, header in enumerate(headers, 1)
        )
        return (
            f'{_HEAD}<table xmlns="{_MAIN}" id="1" name="{name}" displayName="{name}" '
            f'ref="{cells.address}" totalsRowShown="0"><autoFilter ref="{cells.address}"/>'
            f'<tableColumns count="{len(headers)}">{columns}</tableColumns></table>'
        )

    def _shared_strings(self) -> str:
        items = "".join(
            f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self._strings
        )
        n = len(self._strings)
        return f'{_HEAD}<sst xmlns="{_MAIN}" count="{n}" uniqueCount="{n}">{items}</sst>'


def _relationships(related: Sequence[tuple[str, str, str]], *, mode: str = "") -> str:
    said = f' TargetMode="{mode}"' if mode else ""
    listed = "".join(
        f'<Relationship Id="{one}" Type="{kind}" Target={quoteattr(target)}{said}/>'
        for one, kind, target in related
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
