"""Features that few workbooks have: tick boxes in cells, maps of XML, embedded workbooks, ..."""

from __future__ import annotations

import io

import xlsxwriter

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.drawings import first_shape, put_vml
from tests.hosts.feature_books.parts import HEAD, MAIN, Parts


def check_boxes(draft: Draft) -> None:
    """Tick boxes in cells, whose looks stand in a bag of properties beside the styles."""
    sheet = draft.sheet("Ticks")
    sheet.insert_checkbox("K2", True)
    sheet.insert_checkbox("K3", False)


def headerless_table(draft: Draft) -> None:
    sheet = draft.sheet("NoHeader")
    sheet.add_table("A2:H7", {"name": "Headerless", "header_row": False})


def empty_sheet(draft: Draft) -> None:
    draft.book.add_worksheet("Empty")


def xml_maps(draft: Draft) -> None:
    """A map of XML that nothing on the sheets uses."""
    draft.sheet("Mapped")

    def amend(parts: Parts) -> None:
        name = parts.add(
            "xl/xmlMaps.xml",
            f'{HEAD}<MapInfo xmlns="{MAIN}" SelectionNamespaces=""><Schema ID="Schema1">'
            '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:element name="register" '
            'type="xsd:string"/></xsd:schema></Schema><Map ID="1" Name="register_Map" '
            'RootElement="register" SchemaID="Schema1" ShowImportExportValidationErrors="false" '
            'AutoFit="true" Append="false" PreserveSortAFLayout="true" PreserveFormat="true"/>'
            "</MapInfo>",
            "application/xml",
        )
        parts.relate("xl/workbook.xml", "xmlMaps", name)

    draft.amend(amend)


def embedded_workbook(draft: Draft) -> None:
    """A workbook inside the workbook, which is no zip of ours to look into."""
    draft.sheet("Inside")
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.add_worksheet("Held").write("A1", "inside")

    def amend(parts: Parts) -> None:
        part = parts.sheet("Inside")
        name = parts.add(
            "xl/embeddings/Microsoft_Excel_Worksheet1.xlsx",
            held.getvalue(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        link = parts.relate(part, "package", name)
        number = first_shape(parts)
        vml = put_vml(
            parts,
            f'<v:shape id="_x0000_s{number}" type="#_x0000_t75" style="position:absolute;'
            'margin-left:500pt;margin-top:20pt;width:80pt;height:60pt;z-index:1">'
            '<x:ClientData ObjectType="Pict"><x:SizeWithCells/><x:Anchor>10, 0, 1, 0, 12, 0, 4, 0'
            "</x:Anchor><x:CF>Pict</x:CF></x:ClientData></v:shape>",
            75,
        )
        drawn = parts.relate(part, "vmlDrawing", vml)
        parts.put_in_sheet(
            part,
            f'<legacyDrawing r:id="{drawn}"/><oleObjects><oleObject progId="Excel.Sheet.12" '
            f'shapeId="{number}" r:id="{link}"/></oleObjects>',
        )

    draft.amend(amend)


RARE = {
    "check_boxes": check_boxes,
    "headerless_table": headerless_table,
    "empty_sheet": empty_sheet,
    "xml_maps": xml_maps,
    "embedded_workbook": embedded_workbook,
}
