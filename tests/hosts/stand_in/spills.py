"""What a package says besides, so that Excel knows formulas that spill (ECMA-376, 18.9)."""

METADATA_PART = "xl/metadata.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPILLS = "http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray"
METADATA = (
    f'<metadata xmlns="{_MAIN}" xmlns:xda="{_SPILLS}"><metadataTypes count="1"><metadataType '
    'name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" pasteValues="1" merge="1" '
    'splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" coerce="1" '
    'cellMeta="1"/></metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst><ext '
    'uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" '
    'fCollapsed="0"/></ext></extLst></bk></futureMetadata><cellMetadata count="1"><bk>'
    '<rc t="1" v="0"/></bk></cellMetadata></metadata>'
)
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ADDED = {
    "[Content_Types].xml": (
        "</Types>",
        f'<Override PartName="/{METADATA_PART}" ContentType="{_OFFICE}.sheetMetadata+xml"/>',
    ),
    "xl/_rels/workbook.xml.rels": (
        "</Relationships>",
        f'<Relationship Id="rIdSpills" Type="{_RELATIONSHIPS}/sheetMetadata" '
        'Target="metadata.xml"/>',
    ),
}


def with_spills(part: str, content: bytes) -> bytes:
    """A part of the package with the line that leads to the metadata, where it belongs there."""
    if part not in _ADDED:
        return content
    end, line = _ADDED[part]
    return content.replace(end.encode(), (line + end).encode())
