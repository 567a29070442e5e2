"""Parts of the package that no sheet leads to: macros, ribbon, properties, labels, themes."""

from __future__ import annotations

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.on_sheets import png
from tests.hosts.feature_books.parts import HEAD, OFFICE, Parts
from xlportfolio.addin.vba_project import Module, vba_project

MICROSOFT = "http://schemas.microsoft.com/office"
METADATA = "http://schemas.openxmlformats.org/package/2006/relationships/metadata"


def custom_xml(draft: Draft) -> None:
    def amend(parts: Parts) -> None:
        item = parts.add(
            "customXml/item1.xml",
            "<register xmlns='urn:pmo'><owner>PMO &amp; co</owner></register>",
        )
        properties = parts.add(
            "customXml/itemProps1.xml",
            f'{HEAD}<ds:datastoreItem ds:itemID="{{0F1B2C3D-1111-4222-8333-444455556666}}" '
            'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml">'
            '<ds:schemaRefs><ds:schemaRef ds:uri="urn:pmo"/></ds:schemaRefs></ds:datastoreItem>',
            "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
        )
        parts.relate(item, "customXmlProps", properties)
        parts.relate("xl/workbook.xml", "customXml", item)

    draft.amend(amend)


def custom_ribbon(draft: Draft) -> None:
    """A ribbon of the workbook's own, for Excel 2007 and for 2010."""

    def amend(parts: Parts) -> None:
        for name, year, kind in (
            ("customUI.xml", "2006/01", "2006/relationships/ui/extensibility"),
            ("customUI14.xml", "2009/07", "2007/relationships/ui/extensibility"),
        ):
            part = parts.add(
                f"customUI/{name}",
                f'<customUI xmlns="{MICROSOFT}/{year}/customui"><ribbon><tabs><tab id="pmo" '
                'label="PMO"><group id="g" label="Plan"><button id="b" label="Go" '
                'onAction="Go"/></group></tab></tabs></ribbon></customUI>',
            )
            parts.relate("", f"{MICROSOFT}/{kind}", part)

    draft.amend(amend)


def properties(draft: Draft) -> None:
    """Custom properties, a sensitivity label and a thumbnail."""
    draft.book.set_custom_property("Board", "Capital")
    draft.book.set_custom_property("Approved", True)

    def amend(parts: Parts) -> None:
        label = parts.add(
            "docMetadata/LabelInfo.xml",
            f'{HEAD}<clbl:labelList xmlns:clbl="{MICROSOFT}/2020/mipLabelMetadata"><clbl:label '
            'id="{11111111-2222-4333-8444-555555555555}" enabled="1" method="Standard" '
            'siteId="{21111111-2222-4333-8444-555555555555}" removed="0"/></clbl:labelList>',
            "application/vnd.ms-office.classificationlabels+xml",
        )
        parts.relate("", f"{MICROSOFT}/2020/02/relationships/classificationlabels", label)
        parts.default("png", "image/png")
        picture = parts.add("docProps/thumbnail.png", png(16, 16))
        parts.relate("", f"{METADATA}/thumbnail", picture)

    draft.amend(amend)


def web_extensions(draft: Draft) -> None:
    """A task pane of a web add-in."""

    def amend(parts: Parts) -> None:
        space = f"{MICROSOFT}/webextensions"
        extension = parts.add(
            "xl/webextensions/webextension1.xml",
            f'{HEAD}<we:webextension xmlns:we="{space}/webextension/2010/11" '
            'id="{33333333-2222-4333-8444-555555555555}"><we:reference id="wa104379190" '
            'version="1.0.0.0" store="en-US" storeType="OMEX"/><we:alternateReferences/>'
            f'<we:properties/><we:bindings/><we:snapshot xmlns:r="{OFFICE}"/></we:webextension>',
            "application/vnd.ms-office.webextension+xml",
        )
        panes = parts.add(
            "xl/webextensions/taskpanes.xml",
            "",
            "application/vnd.ms-office.webextensiontaskpanes+xml",
        )
        kinds = f"{MICROSOFT}/2011/relationships"
        link = parts.relate(panes, f"{kinds}/webextension", extension)
        parts.contents[panes] = (
            f'{HEAD}<wetp:taskpanes xmlns:wetp="{space}/taskpanes/2010/11"><wetp:taskpane '
            'dockstate="right" visibility="0" width="350" row="1"><wetp:webextensionref '
            f'xmlns:r="{OFFICE}" r:id="{link}"/></wetp:taskpane></wetp:taskpanes>'
        ).encode()
        parts.relate("", f"{kinds}/webextensiontaskpanes", panes)

    draft.amend(amend)


def themes(draft: Draft) -> None:
    """Colours of a house theme, and cells that use them with a tint."""
    form = draft.book.add_format({"font_color": "#336699", "bg_color": "#EEEEEE"})
    draft.sheet("Themed").write_string("K2", "in our colours", form)

    def amend(parts: Parts) -> None:
        parts.replace("xl/theme/theme1.xml", 'name="Office Theme"', 'name="House"')
        parts.replace("xl/theme/theme1.xml", "1F497D", "0B3D2E")

    draft.amend(amend)


def macros(draft: Draft) -> None:
    """A macro project, written from the specifications."""

    def amend(parts: Parts) -> None:
        parts.replace("xl/workbook.xml", "<workbookPr", '<workbookPr codeName="ThisWorkbook"')
        name = parts.add(
            "xl/vbaProject.bin",
            vba_project(
                "Plan",
                [
                    Module("ThisWorkbook", "", "workbook"),
                    Module("Steps", "Sub Go()\r\n    MsgBox 1\r\nEnd Sub\r\n"),
                ],
            ),
            "application/vnd.ms-office.vbaProject",
        )
        parts.relate("xl/workbook.xml", f"{MICROSOFT}/2006/relationships/vbaProject", name)
        parts.retype("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml")

    draft.amend(amend)


def signed(draft: Draft) -> None:
    """A digital signature, as far as a package shows that it carries one."""

    def amend(parts: Parts) -> None:
        kinds = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
        parts.default("sigs", "application/vnd.openxmlformats-package.digital-signature-origin")
        origin = parts.add("_xmlsignatures/origin.sigs", b"")
        signature = parts.add(
            "_xmlsignatures/sig1.xml",
            f'{HEAD}<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
            "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
        )
        parts.relate("", f"{kinds}/origin", origin)
        parts.relate(origin, f"{kinds}/signature", signature)

    draft.amend(amend)


PACKAGE_PARTS = {
    "custom_xml": custom_xml,
    "custom_ribbon": custom_ribbon,
    "properties": properties,
    "web_extensions": web_extensions,
    "themes": themes,
    "macros": macros,
    "signed": signed,
}
