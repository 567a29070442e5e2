"""Every rule of the lint, by name: what it finds, and why Excel minds."""

from __future__ import annotations

_REPAIRS = "Excel offers to repair the file and takes things out."
_REFUSES = "Excel does not open the file."

RULES: dict[str, str] = {
    # the package
    "zip": f"The file is no sound zip archive. {_REFUSES}",
    "duplicate-entry": "A part is in the archive twice; programs read one or the other.",
    "damaged-entry": f"The bytes of a part cannot be unpacked. {_REFUSES}",
    "well-formed": f"A part is not well-formed XML. {_REPAIRS}",
    "part-size": "A part is too large to be looked into, and Excel needs minutes or fails.",
    "doctype": f"A part declares a document type, which OPC forbids. {_REFUSES}",
    "content-type": f"A part has no content type, or two. {_REFUSES}",
    "content-type-orphan": f"A content type is given for a part that is not there. {_REPAIRS}",
    "content-type-kind": f"A part's content type is not what its relationship calls it. {_REPAIRS}",
    "relationship-id": f"Two relationships of a part have one identifier. {_REFUSES}",
    "relationship-missing": f"An element names a relationship that is not there. {_REPAIRS}",
    "relationship-owner": "Relationships belong to a part that is not there; they are lost.",
    "relationship-target": f"A relationship leads to a part that is not there. {_REPAIRS}",
    # the workbook
    "workbook": f"The package leads to no workbook. {_REFUSES}",
    "sheet-missing": f"The workbook lists no sheet, and Excel needs one. {_REFUSES}",
    "sheet-name": f"A sheet has a name that Excel does not allow, or two have one. {_REPAIRS}",
    "sheet-id": f"Two sheets have one number. {_REPAIRS}",
    "sheet-part": f"Two sheets share one part. {_REPAIRS}",
    "sheet-relationship": f"A sheet leads to no part. {_REFUSES}",
    "local-sheet-id": f"A name belongs to a sheet that is not there. {_REPAIRS}",
    "defined-name": f"A name is defined twice for one sheet, or for the workbook. {_REPAIRS}",
    "active-tab": f"The sheet to show first is not there. {_REPAIRS}",
    "element-order": f"Elements stand in another order than the schema's, or twice. {_REPAIRS}",
    "calculation-chain": f"The calculation chain names a cell without a formula. {_REPAIRS}",
    # rows and cells
    "row-number": f"A row has a number that no sheet has. {_REPAIRS}",
    "row-order": f"Rows stand out of order, or twice. {_REPAIRS}",
    "cell-address": f"A cell's address is none. {_REPAIRS}",
    "cell-row": f"A cell stands in another row than its address says. {_REPAIRS}",
    "cell-order": f"Cells of a row stand out of order, or twice. {_REPAIRS}",
    "cell-type": f"A cell is of a type that there is not. {_REPAIRS}",
    "cell-range": f"A rule or a validation applies to a range that is none. {_REPAIRS}",
    "number": f"A cell of numbers holds something else. {_REPAIRS}",
    "truth-value": f"A cell of TRUE and FALSE holds something else. {_REPAIRS}",
    "error-value": f"A cell of error values holds something else. {_REPAIRS}",
    "shared-string": f"A cell names a shared text that is not there. {_REPAIRS}",
    "text-length": f"A text has more than 32,767 characters. {_REPAIRS}",
    "style-index": f"A cell, row or column names a style that is not there. {_REPAIRS}",
    "style-record": f"A style names a font, fill or border that is not there. {_REPAIRS}",
    "differential-style": f"A rule or a table names a format that is not there. {_REPAIRS}",
    "dimension": "Cells stand outside the range that the sheet says it fills; some programs read "
    "that range only.",
    "column-order": f"Column widths stand out of order, overlap, or lie outside. {_REPAIRS}",
    "merge-range": f"Merged cells are no range. {_REPAIRS}",
    "merge-overlap": f"Merged cells overlap. {_REPAIRS}",
    "link-count": f"A sheet has more than 65,530 links. {_REPAIRS}",
    "validation-length": f"A drop-down list has more than 255 characters. {_REPAIRS}",
    # formulas
    "formula-equals": f'A stored formula starts with "=". {_REPAIRS}',
    "formula-length": f"A formula has more than 8,192 characters. {_REPAIRS}",
    "formula-range": f"A shared formula is not in the range that it names. {_REPAIRS}",
    "shared-formula": f"A cell shares a formula that no cell holds. {_REPAIRS}",
    # tables
    "table-range": f"A table covers a range that is none. {_REPAIRS}",
    "table-name": f"Two tables, or a table and a name, are called alike. {_REPAIRS}",
    "table-id": f"Two tables have one number. {_REPAIRS}",
    "table-overlap": f"Two tables share cells. {_REPAIRS}",
    "table-width": f"A table lists more or fewer columns than it covers. {_REPAIRS}",
    "table-height": f"A table has no row for data. {_REPAIRS}",
    "table-header": f"A header cell reads otherwise than its column is named. {_REPAIRS}",
    "table-column-name": f"Two columns of a table are called alike. {_REPAIRS}",
    "table-column-id": f"Two columns of a table have one number. {_REPAIRS}",
    "table-filter": f"A table's filter does not cover its columns. {_REPAIRS}",
}
