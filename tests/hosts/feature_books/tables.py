"""Excel tables of every kind, pivot tables, slicers, and what feeds them."""

from __future__ import annotations

from functools import partial

from tests.hosts.feature_books.drafts import ROWS, TOTAL, Draft
from tests.hosts.feature_books.parts import DECLARED, HEAD, MAIN, NAMESPACES, OFFICE, Parts

MICROSOFT = "http://schemas.microsoft.com/office"
SPREADSHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
COLUMNS = ("ID", "Project", "Start", "Cost", "Twice", "Approved", "Note", "Reviewed")


def plain_table(draft: Draft) -> None:
    """A table with rules over it, and a formula, names and a chart that refer to it."""
    sheet = draft.sheet("Table")
    sheet.add_table(
        "A1:H7", {"name": "Projects", "columns": [{"header": name} for name in COLUMNS]}
    )
    sheet.write_column("E2", [row[3] * 2 for row in ROWS])
    sheet.data_validation("D2:D7", {"validate": "decimal", "criteria": ">=", "value": 0})
    sheet.conditional_format("D2:D7", {"type": "2_color_scale"})
    sheet.conditional_format("E2:E7", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("B3:B5", {"type": "duplicate"})
    sheet.write_formula("K2", "=SUM(Projects[Cost])", None, TOTAL)
    draft.book.define_name("Costs_of_projects", "=Table!$D$2:$D$7")
    draft.book.define_name("First_costs", "=Table!$D$2:$D$4")
    chart = draft.book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Table!$D$2:$D$7", "categories": "=Table!$B$2:$B$7"})
    sheet.insert_chart("K5", chart)


def calculated_column(draft: Draft) -> None:
    sheet = draft.sheet("Computed")
    columns = [{"header": name} for name in COLUMNS]
    columns[4] = {"header": "Twice", "formula": "=[@Cost]*2"}
    sheet.add_table("A1:H7", {"name": "Computed_table", "columns": columns})
    for row, one in enumerate(ROWS, 2):
        formula = "=Computed_table[[#This Row],[Cost]]*2"
        sheet.write_formula(f"E{row}", formula, None, one[3] * 2)


def totals_row(draft: Draft) -> None:
    sheet = draft.sheet("Totals")
    columns: list[dict[str, str]] = [{"header": name} for name in COLUMNS]
    columns[0]["total_string"] = "Total"
    columns[3]["total_function"] = "sum"
    sheet.add_table("A1:H8", {"name": "Summed", "total_row": True, "columns": columns})
    sheet.write_formula("D8", "=SUBTOTAL(109,Summed[Cost])", None, TOTAL)


def filtered_table(draft: Draft) -> None:
    sheet = draft.sheet("Filtered")
    sheet.add_table(
        "A1:H7",
        {
            "name": "Filtered_table",
            "columns": [{"header": name} for name in COLUMNS],
            "style": "Table Style Medium 9",
        },
    )
    for row in (2, 4, 6):
        sheet.set_row(row, None, None, {"hidden": True})

    def amend(parts: Parts) -> None:
        for part in parts.names_of("xl/tables/"):
            if b'displayName="Filtered_table"' in parts.contents[part]:
                parts.replace(
                    part,
                    '<autoFilter ref="A1:H7"/>',
                    '<autoFilter ref="A1:H7"><filterColumn colId="5"><filters>'
                    '<filter val="TRUE"/></filters></filterColumn></autoFilter>',
                )

    draft.amend(amend)


def _connection(parts: Parts, xml: str) -> None:
    name = "xl/connections.xml"
    if name not in parts.contents:
        parts.add(
            name,
            f"{HEAD}<connections {DECLARED}></connections>",
            f"{SPREADSHEETML}.connections+xml",
        )
        parts.relate("xl/workbook.xml", "connections", name)
    parts.replace(name, "</connections>", f"{xml}</connections>")


def query_table(draft: Draft) -> None:
    """A connection to a text file, and a table that is a query's."""
    sheet = draft.sheet("Query")
    sheet.add_table(
        "A1:H7",
        {"name": "Loaded", "columns": [{"header": name} for name in COLUMNS], "autofilter": True},
    )

    def amend(parts: Parts) -> None:
        _connection(
            parts,
            '<connection id="1" name="register" type="6" refreshedVersion="6" background="1" '
            'saveData="1"><textPr sourceFile="C:\\register.csv" comma="1"><textFields count="1">'
            "<textField/></textFields></textPr></connection>",
        )
        for part in parts.names_of("xl/tables/"):
            if b'displayName="Loaded"' not in parts.contents[part]:
                continue
            root = parts.tree(part)
            root.set("tableType", "queryTable")
            for number, column in enumerate(root.iter(f"{{{MAIN}}}tableColumn"), 1):
                column.set("uniqueName", str(number))
                column.set("queryTableFieldId", str(number))
            parts.store(part, root)
            fields = "".join(
                f'<queryTableField id="{number}" name="{name}" tableColumnId="{number}"/>'
                for number, name in enumerate(COLUMNS, 1)
            )
            name = parts.free("xl/queryTables/queryTable{}.xml")
            parts.add(
                name,
                f'{HEAD}<queryTable xmlns="{MAIN}" name="register" connectionId="1" '
                'autoFormatId="16"><queryTableRefresh nextId="9">'
                f'<queryTableFields count="8">{fields}</queryTableFields></queryTableRefresh>'
                "</queryTable>",
                f"{SPREADSHEETML}.queryTable+xml",
            )
            parts.relate(part, "queryTable", name)
            break

    draft.amend(amend)


def data_model(draft: Draft) -> None:
    """A stand-in for the database of a data model, with its connection."""
    draft.sheet("Model")

    def amend(parts: Parts) -> None:
        _connection(
            parts,
            '<connection id="2" keepAlive="1" name="ThisWorkbookDataModel" '
            'description="Data Model" type="5" refreshedVersion="6" minRefreshableVersion="5" '
            'background="1"><dbPr connection="Data Model Connection" command="Model" '
            'commandType="1"/><olapPr sendLocale="1" rowDrillCount="1000"/></connection>',
        )
        parts.default("data", "application/vnd.openxmlformats-officedocument.model+data")
        name = parts.add("xl/model/item.data", bytes((k * 37) % 251 for k in range(5000)))
        parts.relate("xl/workbook.xml", f"{OFFICE}/powerPivotData", name)
        parts.put_in_workbook(
            '<extLst><ext uri="{FCE2AD5D-F65C-4FA6-A056-5C36A1767C68}"><x15:dataModel/></ext>'
            "</extLst>"
        )

    draft.amend(amend)


# -- pivot tables and slicers


def _shared_items(position: int) -> str:
    values = [row[position] for row in ROWS]
    items = "".join(f'<s v="{value}"/>' for value in values)
    return f'<sharedItems count="{len(values)}">{items}</sharedItems>'


def _add_pivot(parts: Parts, sheet: str, number: int) -> None:
    """A pivot table of Plan!A1:D7 at A12 of a sheet, with its cache and records."""
    numbers = '<sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1"'
    dates = (
        '<sharedItems containsSemiMixedTypes="0" containsNonDate="0" containsDate="1" '
        'containsString="0" minDate="2025-11-03T00:00:00" maxDate="2028-03-01T00:00:00"/>'
    )
    costs = [row[3] for row in ROWS]
    fields = (
        f'<cacheField name="ID" numFmtId="0">{_shared_items(0)}</cacheField>'
        f'<cacheField name="Project" numFmtId="0">{_shared_items(1)}</cacheField>'
        f'<cacheField name="Start" numFmtId="14">{dates}</cacheField>'
        f'<cacheField name="Cost" numFmtId="4">{numbers} minValue="{min(costs):g}" '
        f'maxValue="{max(costs):g}"/></cacheField>'
    )
    records = "".join(
        f'<r><x v="{k}"/><x v="{k}"/><d v="{row[2].isoformat()}T00:00:00"/><n v="{row[3]:g}"/></r>'
        for k, row in enumerate(ROWS)
    )
    kind = SPREADSHEETML
    kept = parts.free("xl/pivotCache/pivotCacheRecords{}.xml")
    cache = parts.free("xl/pivotCache/pivotCacheDefinition{}.xml")
    parts.add(
        kept,
        f'{HEAD}<pivotCacheRecords xmlns="{MAIN}" count="6">{records}</pivotCacheRecords>',
        f"{kind}.pivotCacheRecords+xml",
    )
    parts.add(cache, "", f"{kind}.pivotCacheDefinition+xml")
    link = parts.relate(cache, "pivotCacheRecords", kept)
    parts.contents[cache] = (
        f'{HEAD}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}" r:id="{link}" '
        'refreshedBy="PMO" refreshedDate="46113" createdVersion="6" refreshedVersion="6" '
        'minRefreshableVersion="3" recordCount="6"><cacheSource type="worksheet">'
        '<worksheetSource ref="A1:D7" sheet="Plan"/></cacheSource>'
        f'<cacheFields count="4">{fields}</cacheFields></pivotCacheDefinition>'
    ).encode()
    link = parts.relate("xl/workbook.xml", "pivotCacheDefinition", cache)
    parts.put_in_workbook(
        f'<pivotCaches><pivotCache cacheId="{number}" r:id="{link}"/></pivotCaches>'
    )
    items = "".join(f'<item x="{k}"/>' for k in range(6))
    rows = "".join(f'<i><x v="{k}"/></i>' if k else "<i><x/></i>" for k in range(6))
    pivot = parts.free("xl/pivotTables/pivotTable{}.xml")
    parts.add(
        pivot,
        f'{HEAD}<pivotTableDefinition xmlns="{MAIN}" name="Pivot{number}" cacheId="{number}" '
        'applyNumberFormats="0" applyBorderFormats="0" applyFontFormats="0" '
        'applyPatternFormats="0" applyAlignmentFormats="0" applyWidthHeightFormats="1" '
        'dataCaption="Values" updatedVersion="6" minRefreshableVersion="3" useAutoFormatting="1" '
        'itemPrintTitles="1" createdVersion="6" indent="0" outline="1" outlineData="1" '
        'multipleFieldFilters="0"><location ref="A12:B19" firstHeaderRow="1" firstDataRow="1" '
        'firstDataCol="1"/><pivotFields count="4"><pivotField showAll="0"/>'
        f'<pivotField axis="axisRow" showAll="0"><items count="7">{items}<item t="default"/>'
        '</items></pivotField><pivotField numFmtId="14" showAll="0"/>'
        '<pivotField dataField="1" numFmtId="4" showAll="0"/></pivotFields>'
        f'<rowFields count="1"><field x="1"/></rowFields><rowItems count="7">{rows}'
        '<i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems>'
        '<dataFields count="1"><dataField name="Sum of Cost" fld="3" baseField="0" '
        'baseItem="0"/></dataFields><pivotTableStyleInfo name="PivotStyleLight16" '
        'showRowHeaders="1" showColHeaders="1"/></pivotTableDefinition>',
        f"{kind}.pivotTable+xml",
    )
    parts.relate(pivot, "pivotCacheDefinition", cache)
    parts.relate(parts.sheet(sheet), "pivotTable", pivot)


def _pivot_cells(draft: Draft, name: str) -> None:
    sheet = draft.sheet(name)
    sheet.write_row("A12", ("Row Labels", "Sum of Cost"))
    for row, one in enumerate(ROWS, 12):
        sheet.write_row(row, 0, (one[1], one[3]))
    sheet.write_row("A19", ("Grand Total", TOTAL))


def pivot_tables(draft: Draft) -> None:
    _pivot_cells(draft, "Pivot")
    draft.amend(partial(_add_pivot, sheet="Pivot", number=7))


def _slicer_drawing(parts: Parts, sheet: str, name: str) -> None:
    drawing = parts.free("xl/drawings/drawing{}.xml")
    parts.add(
        drawing,
        f"{HEAD}<xdr:wsDr {DECLARED.replace(f'xmlns={chr(34)}{MAIN}{chr(34)} ', '')}>"
        "<xdr:twoCellAnchor><xdr:from><xdr:col>14</xdr:col><xdr:colOff>0</xdr:colOff>"
        "<xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>17</xdr:col>"
        "<xdr:colOff>0</xdr:colOff><xdr:row>12</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
        '<mc:AlternateContent><mc:Choice Requires="a14"><xdr:graphicFrame macro="">'
        f'<xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="{name}"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/>'
        '</xdr:xfrm><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/drawing/'
        f'2010/slicer"><sle:slicer name="{name}"/></a:graphicData></a:graphic></xdr:graphicFrame>'
        '</mc:Choice><mc:Fallback><xdr:sp macro="" textlink=""><xdr:nvSpPr>'
        '<xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="1828800" cy="2524125"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:sp></mc:Fallback>'
        "</mc:AlternateContent><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>",
        "application/vnd.openxmlformats-officedocument.drawing+xml",
    )
    link = parts.relate(parts.sheet(sheet), "drawing", drawing)
    parts.put_in_sheet(parts.sheet(sheet), f'<drawing r:id="{link}"/>')


def _slicer(parts: Parts, sheet: str, name: str, cache_body: str, *, of_table: bool) -> None:
    cache = parts.free("xl/slicerCaches/slicerCache{}.xml")
    namespaces = DECLARED.replace(f'xmlns="{MAIN}"', f'xmlns="{NAMESPACES["x14"]}"')
    parts.add(
        cache,
        f'{HEAD}<slicerCacheDefinition {namespaces} xmlns:main="{MAIN}" mc:Ignorable="x" '
        f'xmlns:x="{MAIN}" name="Slicer_{name}" sourceName="Project">{cache_body}'
        "</slicerCacheDefinition>",
        "application/vnd.ms-excel.slicerCache+xml",
    )
    link = parts.relate("xl/workbook.xml", f"{MICROSOFT}/2007/relationships/slicerCache", cache)
    if of_table:
        parts.put_in_workbook(
            '<extLst><ext uri="{46BE6895-7355-4a93-B00E-2C351335B9C9}"><x15:slicerCaches>'
            f'<x14:slicerCache r:id="{link}"/></x15:slicerCaches></ext></extLst>'
        )
    else:
        parts.put_in_workbook(
            '<extLst><ext uri="{BBE1A952-AA13-448e-AADC-164F8A28A991}"><x14:slicerCaches>'
            f'<x14:slicerCache r:id="{link}"/></x14:slicerCaches></ext></extLst>'
        )
    slicer = parts.free("xl/slicers/slicer{}.xml")
    parts.add(
        slicer,
        f'{HEAD}<slicers {namespaces}><slicer name="{name}" cache="Slicer_{name}" '
        f'caption="Project" rowHeight="241300"/></slicers>',
        "application/vnd.ms-excel.slicer+xml",
    )
    link = parts.relate(parts.sheet(sheet), f"{MICROSOFT}/2007/relationships/slicer", slicer)
    uri = (
        "{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}"
        if of_table
        else ("{A8765BA9-456A-4dab-B4F3-ACF838C121DE}")
    )
    parts.put_in_sheet(
        parts.sheet(sheet),
        f'<extLst><ext uri="{uri}"><x14:slicerList><x14:slicer r:id="{link}"/>'
        "</x14:slicerList></ext></extLst>",
    )
    _slicer_drawing(parts, sheet, name)
    parts.put_in_workbook(
        f'<definedNames><definedName name="Slicer_{name}">#N/A</definedName></definedNames>'
    )


def table_slicer(draft: Draft) -> None:
    sheet = draft.sheet("TSlicer")
    sheet.add_table("A1:H7", {"name": "Sliced", "columns": [{"header": name} for name in COLUMNS]})

    def amend(parts: Parts) -> None:
        table = next(
            part
            for part in parts.names_of("xl/tables/")
            if b'displayName="Sliced"' in parts.contents[part]
        )
        number = parts.tree(table).get("id")
        body = (
            '<extLst><x:ext uri="{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}">'
            f'<x15:tableSlicerCache tableId="{number}" column="2"/></x:ext></extLst>'
        )
        _slicer(parts, "TSlicer", "Project_t", body, of_table=True)

    draft.amend(amend)


def pivot_slicer(draft: Draft) -> None:
    _pivot_cells(draft, "PSlicer")

    def amend(parts: Parts) -> None:
        _add_pivot(parts, "PSlicer", 9)
        root = parts.tree("xl/workbook.xml")
        names = [one.get("name") for one in root.iter(f"{{{MAIN}}}sheet")]
        number = root.findall(f".//{{{MAIN}}}sheet")[names.index("PSlicer")].get("sheetId")
        items = "".join(f'<i x="{k}" s="1"/>' for k in range(6))
        body = (
            f'<pivotTables><pivotTable tabId="{number}" name="Pivot9"/></pivotTables>'
            f'<data><tabular pivotCacheId="9"><items count="6">{items}</items></tabular></data>'
        )
        _slicer(parts, "PSlicer", "Project_p", body, of_table=False)

    draft.amend(amend)


def external_links(draft: Draft) -> None:
    """Formulas and a name that read another workbook, with what it held last."""
    draft.sheet("Linked")

    def amend(parts: Parts) -> None:
        name = parts.free("xl/externalLinks/externalLink{}.xml")
        parts.add(name, "", f"{SPREADSHEETML}.externalLink+xml")
        link = parts.relate(name, "externalLinkPath", "prices%202026.xlsx", mode="External")
        parts.contents[name] = (
            f'{HEAD}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="{link}">'
            '<sheetNames><sheetName val="Prices"/></sheetNames><sheetDataSet>'
            '<sheetData sheetId="0"><row r="1"><cell r="A1"><v>7</v></cell>'
            '<cell r="B1" t="str"><v>each</v></cell></row></sheetData></sheetDataSet>'
            "</externalBook></externalLink>"
        ).encode()
        link = parts.relate("xl/workbook.xml", "externalLink", name)
        parts.put_in_workbook(
            f'<externalReferences><externalReference r:id="{link}"/></externalReferences>'
            '<definedNames><definedName name="Price">[1]Prices!$A$1</definedName></definedNames>'
        )
        parts.put_cells(
            parts.sheet("Linked"),
            '<c r="K2"><f>[1]Prices!A1*D2</f><v>8403.5</v></c>'
            '<c r="K3" t="str"><f>[1]Prices!B1</f><v>each</v></c>',
        )

    draft.amend(amend)


TABLES = {
    "plain_table": plain_table,
    "calculated_column": calculated_column,
    "totals_row": totals_row,
    "filtered_table": filtered_table,
    "query_table": query_table,
    "data_model": data_model,
    "pivot_tables": pivot_tables,
    "table_slicer": table_slicer,
    "pivot_slicer": pivot_slicer,
    "external_links": external_links,
}
