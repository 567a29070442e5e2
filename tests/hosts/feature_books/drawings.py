"""What lies over the cells: shapes, controls, pictures, charts, notes and comments, objects."""

from __future__ import annotations

import io

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.on_sheets import png
from tests.hosts.feature_books.parts import HEAD, NAMESPACES, OFFICE, Parts, elements

DRAWN = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
THREADED = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
FROM_TO = (
    "<xdr:from><xdr:col>10</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row>"
    "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>15</xdr:col><xdr:colOff>0</xdr:colOff>"
    "<xdr:row>12</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
)
OUTLINE = (
    '<xdr:spPr><a:xfrm><a:off x="{x}" y="0"/><a:ext cx="900000" cy="600000"/></a:xfrm>'
    '<a:prstGeom prst="{form}"><a:avLst/></a:prstGeom></xdr:spPr>'
)


def _draw(parts: Parts, sheet: str, anchored: str) -> str:
    """A drawing of one sheet; its part."""
    drawing = parts.free("xl/drawings/drawing{}.xml")
    parts.add(drawing, f"{HEAD}<xdr:wsDr {DRAWN}>{anchored}</xdr:wsDr>", DRAWING_TYPE)
    link = parts.relate(parts.sheet(sheet), "drawing", drawing)
    parts.put_in_sheet(parts.sheet(sheet), f'<drawing r:id="{link}"/>')
    return drawing


def text_boxes(draft: Draft) -> None:
    sheet = draft.sheet("Boxes")
    sheet.insert_textbox("K2", "Steering group\ndraft", {"width": 200, "height": 80})
    sheet.insert_textbox("K9", "", {"textlink": "=$D$9"})


def grouped_shapes(draft: Draft) -> None:
    draft.sheet("Shapes")

    def shape(number: int, x: int, form: str, text: str) -> str:
        return (
            f'<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="{number}" '
            f'name="Shape {number}"/><xdr:cNvSpPr/></xdr:nvSpPr>{OUTLINE.format(x=x, form=form)}'
            f"<xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
        )

    anchored = (
        f'<xdr:twoCellAnchor editAs="oneCell">{FROM_TO}<xdr:grpSp><xdr:nvGrpSpPr>'
        '<xdr:cNvPr id="2" name="Group 1"/><xdr:cNvGrpSpPr/></xdr:nvGrpSpPr><xdr:grpSpPr>'
        '<a:xfrm><a:off x="0" y="0"/><a:ext cx="2000000" cy="600000"/><a:chOff x="0" y="0"/>'
        '<a:chExt cx="2000000" cy="600000"/></a:xfrm></xdr:grpSpPr>'
        f"{shape(3, 0, 'rect', 'Gate 1')}{shape(4, 1000000, 'ellipse', 'Gate 2')}"
        "</xdr:grpSp><xdr:clientData/></xdr:twoCellAnchor>"
    )

    def amend(parts: Parts) -> None:
        _draw(parts, "Shapes", anchored)

    draft.amend(amend)


def pictures(draft: Draft) -> None:
    sheet = draft.sheet("Pictures")
    sheet.insert_image("K2", "logo.png", {"image_data": io.BytesIO(png()), "description": "Logo"})
    sheet.insert_image("K9", "two.png", {"image_data": io.BytesIO(png(9, 9)), "url": "internal:A1"})
    sheet.embed_image("K15", "in.png", {"image_data": io.BytesIO(png(7, 7))})


def form_controls(draft: Draft) -> None:
    """A tick box and a spinner: VML, control properties and their drawing."""
    draft.sheet("Controls")

    def amend(parts: Parts) -> None:
        part = parts.sheet("Controls")
        controls = ""
        shapes = ""
        for number, (kind, name) in enumerate((("Checkbox", "Tick"), ("Spin", "Spinner")), 1):
            properties = parts.free("xl/ctrlProps/ctrlProp{}.xml")
            object_type = {"Checkbox": "CheckBox", "Spin": "Spin"}[kind]
            parts.add(
                properties,
                f'{HEAD}<formControlPr xmlns="{NAMESPACES["x14"]}" objectType="{object_type}" '
                f'fmlaLink="$K${number + 1}"/>',
                "application/vnd.ms-excel.controlproperties+xml",
            )
            link = parts.relate(part, "ctrlProp", properties)
            shape = first_shape(parts) + number
            controls += (
                '<mc:AlternateContent><mc:Choice Requires="x14">'
                f'<control shapeId="{shape}" r:id="{link}" name="{name}"><controlPr '
                'defaultSize="0" autoFill="0" autoLine="0" autoPict="0"><anchor moveWithCells="1">'
                f"{FROM_TO.replace('xdr:from', 'from').replace('xdr:to', 'to')}</anchor>"
                "</controlPr></control></mc:Choice></mc:AlternateContent>"
            )
            shapes += (
                f'<v:shape id="_x0000_s{shape}" type="#_x0000_t201" style="position:absolute;'
                'margin-left:500pt;margin-top:20pt;width:80pt;height:20pt;z-index:1" '
                'stroked="f" filled="f" o:insetmode="auto"><v:textbox/><x:ClientData '
                f'ObjectType="{kind}"><x:SizeWithCells/><x:Anchor>10, 0, 1, 0, 12, 0, 3, 0'
                f"</x:Anchor><x:AutoFill>False</x:AutoFill><x:FmlaLink>$K${number + 1}"
                "</x:FmlaLink></x:ClientData></v:shape>"
            )
        vml = put_vml(parts, shapes, 201)
        link = parts.relate(part, "vmlDrawing", vml)
        parts.put_in_sheet(part, f'<legacyDrawing r:id="{link}"/>')
        _put_controls(parts, part, controls)

    draft.amend(amend)


def _put_controls(parts: Parts, part: str, controls: str) -> None:
    """Controls stand in alternate content, as Excel writes them; before tables and extensions."""
    # The prefix that "Requires" names has to be declared, and nothing else of the sheet uses it.
    parts.replace(part, "<worksheet ", f'<worksheet xmlns:x14="{NAMESPACES["x14"]}" ')
    root = parts.tree(part)
    wrapped = elements(
        f'<mc:AlternateContent><mc:Choice Requires="x14"><controls>{controls}</controls>'
        "</mc:Choice></mc:AlternateContent>"
    )
    later = ("tableParts", "extLst")
    place = next(
        (k for k, one in enumerate(root) if str(one.tag).rpartition("}")[2] in later), len(root)
    )
    root.insert(place, wrapped[0])
    parts.store(part, root)


def first_shape(parts: Parts) -> int:
    """The number of the next VML shape: each sheet takes its numbers from another thousand."""
    return 1024 * (10 + sum(name.endswith(".vml") for name in parts.contents)) + 1


def put_vml(parts: Parts, shapes: str, kind: int) -> str:
    """A VML drawing with shapes of one kind; its part."""
    parts.default("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    return parts.add(
        parts.free("xl/drawings/vmlDrawing{}.vml"),
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:'
        'office" xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
        f'<o:idmap v:ext="edit" data="{first_shape(parts) // 1024}"/></o:shapelayout>'
        f'<v:shapetype id="_x0000_t{kind}" coordsize="21600,21600" o:spt="{kind}" '
        'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path '
        'shadowok="f" o:extrusionok="f" strokeok="f" fillok="f" o:connecttype="rect"/>'
        f'<o:lock v:ext="edit" shapetype="t"/></v:shapetype>{shapes}</xml>',
    )


def active_x(draft: Draft) -> None:
    """An ActiveX button: its persistence in XML and binary, a picture, and VML."""
    draft.sheet("ActiveX")

    def amend(parts: Parts) -> None:
        part = parts.sheet("ActiveX")
        control = parts.add(
            "xl/activeX/activeX1.xml",
            f'{HEAD}<ax:ocx xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" '
            f'xmlns:r="{OFFICE}" ax:classid="{{D7053240-CE69-11CD-A777-00DD01143C57}}" '
            'ax:persistence="persistStreamInit" r:id="rId1"/>',
            "application/vnd.ms-office.activeX+xml",
        )
        binary = parts.add(
            "xl/activeX/activeX1.bin", bytes(range(64)), "application/vnd.ms-office.activeX"
        )
        parts.relate(
            control,
            "http://schemas.microsoft.com/office/2006/relationships/activeXControlBinary",
            binary,
        )
        link = parts.relate(part, "control", control)
        number = first_shape(parts)
        shape = (
            f'<v:shape id="_x0000_s{number}" type="#_x0000_t75" style="position:absolute;'
            'margin-left:500pt;margin-top:20pt;width:80pt;height:20pt;z-index:1" filled="t">'
            '<x:ClientData ObjectType="Pict"><x:SizeWithCells/><x:Anchor>10, 0, 1, 0, 12, 0, 3, 0'
            "</x:Anchor><x:CF>Pict</x:CF><x:AutoPict/></x:ClientData></v:shape>"
        )
        vml = put_vml(parts, shape, 75)
        drawn = parts.relate(part, "vmlDrawing", vml)
        parts.put_in_sheet(part, f'<legacyDrawing r:id="{drawn}"/>')
        parts.put_in_sheet(
            part,
            f'<controls><control shapeId="{number}" r:id="{link}" name="CommandButton1"/>'
            "</controls>",
        )

    draft.amend(amend)


def ole_objects(draft: Draft) -> None:
    """An embedded object: a stand-in of some bytes, shown by VML."""
    draft.sheet("Objects")

    def amend(parts: Parts) -> None:
        part = parts.sheet("Objects")
        name = parts.add(
            "xl/embeddings/oleObject1.bin",
            b"\xd0\xcf\x11\xe0" + bytes(508),
            "application/vnd.openxmlformats-officedocument.oleObject",
        )
        link = parts.relate(part, "oleObject", name)
        number = first_shape(parts)
        shape = (
            f'<v:shape id="_x0000_s{number}" type="#_x0000_t75" style="position:absolute;'
            'margin-left:500pt;margin-top:20pt;width:80pt;height:60pt;z-index:1">'
            '<x:ClientData ObjectType="Pict"><x:SizeWithCells/><x:Anchor>10, 0, 1, 0, 12, 0, 4, 0'
            "</x:Anchor><x:CF>Pict</x:CF></x:ClientData></v:shape>"
        )
        vml = put_vml(parts, shape, 75)
        drawn = parts.relate(part, "vmlDrawing", vml)
        parts.put_in_sheet(part, f'<legacyDrawing r:id="{drawn}"/>')
        parts.put_in_sheet(
            part,
            f'<oleObjects><oleObject progId="Package" shapeId="{number}" r:id="{link}"/>'
            "</oleObjects>",
        )

    draft.amend(amend)


def notes(draft: Draft) -> None:
    sheet = draft.sheet("Notes")
    sheet.write_comment("D3", "Ask finance\nbefore March", {"author": "PMO"})
    sheet.write_comment("H2", "On a blank cell", {"visible": True, "x_scale": 2})
    sheet.write_comment("B40", "On a cell that is not there")


def threaded_comments(draft: Draft) -> None:
    """A thread of two with its person, over the note that older programs show."""
    sheet = draft.sheet("Threads")
    text = "[Threaded comment]\n\nComment:\n    Is it agreed?\nReply:\n    Yes"
    sheet.write_comment("D3", text, {"author": "tc={11111111-2222-4333-8444-555555555501}"})

    def amend(parts: Parts) -> None:
        person = "{AAAAAAAA-2222-4333-8444-555555555501}"
        first = "{11111111-2222-4333-8444-555555555501}"
        second = "{11111111-2222-4333-8444-555555555502}"
        name = parts.add(
            parts.free("xl/threadedComments/threadedComment{}.xml"),
            f'{HEAD}<ThreadedComments xmlns="{THREADED}"><threadedComment ref="D3" '
            f'dT="2026-04-01T09:00:00.00" personId="{person}" id="{first}"><text>Is it agreed?'
            f'</text></threadedComment><threadedComment ref="D3" dT="2026-04-01T09:05:00.00" '
            f'personId="{person}" id="{second}" parentId="{first}"><text>Yes</text>'
            "</threadedComment></ThreadedComments>",
            "application/vnd.ms-excel.threadedcomments+xml",
        )
        kinds = "http://schemas.microsoft.com/office/2017/10/relationships"
        parts.relate(parts.sheet("Threads"), f"{kinds}/threadedComment", name)
        people = parts.add(
            "xl/persons/person.xml",
            f'{HEAD}<personList xmlns="{THREADED}"><person displayName="A. Planner" '
            f'id="{person}" userId="planner@example.org" providerId="None"/></personList>',
            "application/vnd.ms-excel.person+xml",
        )
        parts.relate("xl/workbook.xml", f"{kinds}/person", people)

    draft.amend(amend)


def charts(draft: Draft) -> None:
    """A column chart with a trend line, a line chart with a second axis, one with labels."""
    sheet = draft.sheet("Charts")
    column = draft.book.add_chart({"type": "column"})
    column.add_series(
        {
            "name": "=Charts!$D$1",
            "categories": "=Charts!$B$2:$B$7",
            "values": "=Charts!$D$2:$D$7",
            "trendline": {"type": "linear"},
        }
    )
    sheet.insert_chart("K2", column)
    line = draft.book.add_chart({"type": "line"})
    line.add_series({"values": "=Charts!$D$2:$D$7"})
    line.add_series({"values": "=Charts!$E$2:$E$7", "y2_axis": True})
    sheet.insert_chart("K20", line)
    labels = [{"value": f"=Charts!$B${row}"} for row in range(2, 8)]
    scatter = draft.book.add_chart({"type": "scatter"})
    scatter.add_series(
        {
            "categories": "=Charts!$D$2:$D$7",
            "values": "=Charts!$E$2:$E$7",
            "data_labels": {"custom": labels, "value": True},
        }
    )
    sheet.insert_chart("K36", scatter)


def charts_with_labels_from_cells(draft: Draft) -> None:
    """Labels from a range of cells, as Excel 2013 stores them in an extension."""
    sheet = draft.sheet("Labels")
    chart = draft.book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Labels!$D$2:$D$7", "data_labels": {"value": True}})
    sheet.insert_chart("K2", chart)

    def amend(parts: Parts) -> None:
        name = next(
            n for n in parts.names_of("xl/charts/chart") if b"Labels!$D$2" in parts.contents[n]
        )
        kind = "http://schemas.microsoft.com/office/drawing/2012/chart"
        points = "".join(f'<c:pt idx="{k}"><c:v>Label {k}</c:v></c:pt>' for k in range(6))
        parts.replace(
            name,
            "</c:ser>",
            '<c:extLst><c:ext uri="{02D57815-91ED-43cb-92C2-25804820EDAC}" '
            f'xmlns:c15="{kind}"><c15:datalabelsRange><c15:f>Labels!$B$2:$B$7</c15:f>'
            f'<c15:dlblRangeCache><c:ptCount val="6"/>{points}</c15:dlblRangeCache>'
            "</c15:datalabelsRange></c:ext></c:extLst></c:ser>",
        )

    draft.amend(amend)


def chartex(draft: Draft) -> None:
    """A waterfall of Excel 2016."""
    draft.sheet("Waterfall")

    def amend(parts: Parts) -> None:
        levels = "".join(f'<cx:pt idx="{k}">{k * 10}</cx:pt>' for k in range(6))
        name = parts.add(
            "xl/charts/chartEx1.xml",
            f'{HEAD}<cx:chartSpace xmlns:a="{NAMESPACES["a"]}" xmlns:r="{OFFICE}" '
            f'xmlns:cx="{NAMESPACES["cx"]}"><cx:chartData><cx:data id="0">'
            '<cx:numDim type="val"><cx:f>Waterfall!$D$2:$D$7</cx:f>'
            f'<cx:lvl ptCount="6" formatCode="General">{levels}</cx:lvl></cx:numDim></cx:data>'
            "</cx:chartData><cx:chart><cx:plotArea><cx:plotAreaRegion><cx:series "
            'layoutId="waterfall" uniqueId="{00000000-1111-4222-8333-444444444444}">'
            '<cx:dataId val="0"/><cx:layoutPr><cx:subtotals/></cx:layoutPr></cx:series>'
            '</cx:plotAreaRegion><cx:axis id="0"><cx:catScaling gapWidth="0.5"/>'
            '<cx:tickLabels/></cx:axis><cx:axis id="1"><cx:valScaling/><cx:majorGridlines/>'
            "<cx:tickLabels/></cx:axis></cx:plotArea></cx:chart></cx:chartSpace>",
            "application/vnd.ms-office.chartex+xml",
        )
        drawing = _draw(parts, "Waterfall", "")
        link = parts.relate(
            drawing, "http://schemas.microsoft.com/office/2014/relationships/chartEx", name
        )
        frame = (
            f'<xdr:twoCellAnchor>{FROM_TO}<mc:AlternateContent><mc:Choice Requires="cx1">'
            '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="Chart 1"/>'
            '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/>'
            '<a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData '
            f'uri="{NAMESPACES["cx"]}"><cx:chart r:id="{link}"/></a:graphicData></a:graphic>'
            "</xdr:graphicFrame></mc:Choice><mc:Fallback>"
            '<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/>'
            f"</xdr:nvSpPr>{OUTLINE.format(x=0, form='rect')}</xdr:sp></mc:Fallback>"
            "</mc:AlternateContent><xdr:clientData/></xdr:twoCellAnchor>"
        )
        parts.replace(drawing, "</xdr:wsDr>", f"{frame}</xdr:wsDr>")

    draft.amend(amend)


def chart_sheets(draft: Draft) -> None:
    """A chart sheet between worksheets, so that sheets and worksheets count differently."""
    chart = draft.book.add_chart({"type": "pie"})
    chart.add_series({"values": "=Plan!$D$2:$D$7", "categories": "=Plan!$B$2:$B$7"})
    draft.book.add_chartsheet("Pie").set_chart(chart)
    draft.sheet("After")
    draft.book.define_name("After!Behind", "=After!$A$1:$B$3")


DRAWINGS = {
    "text_boxes": text_boxes,
    "grouped_shapes": grouped_shapes,
    "pictures": pictures,
    "form_controls": form_controls,
    "active_x": active_x,
    "ole_objects": ole_objects,
    "notes": notes,
    "threaded_comments": threaded_comments,
    "charts": charts,
    "charts_with_labels_from_cells": charts_with_labels_from_cells,
    "chartex": chartex,
    "chart_sheets": chart_sheets,
}
