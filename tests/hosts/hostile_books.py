"""A workbook that tries everything to run code, or to fetch from a server, when it is opened."""

from __future__ import annotations

import base64
import zipfile
from pathlib import Path

import xlsxwriter

from xlportfolio.addin.vba_project import Module, vba_project

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)

TRAPS = {
    "A1": '_xlfn.WEBSERVICE("{server}/webservice")',
    "A2": "[1]Sheet1!A1",
    "A3": "'{server}/[named.xlsx]Sheet1'!A1",
    "A4": "[2]!'A1'",
    "A5": 'DDE("soffice","{folder}/other.xlsx","A1")',
    "A6": 'HYPERLINK("{server}/hyperlink","open")',
    "A7": "[3]Sheet1!A1",
    "A8": "PF_TRAP(1)",
}
"""Formulas of the sheet "Traps": "{server}" listens, and "{folder}" holds other.xlsx."""


def hostile_book(folder: Path, server: str) -> Path:
    """Write the workbook; its macros would write the file `ran` into the folder.

    Parameters
    ----------
    folder
        Where it goes, with a workbook beside it whose cell Sheet1!A1 holds 666.
    server
        Such as "http://127.0.0.1:8000".
    """
    with xlsxwriter.Workbook(folder / "other.xlsx") as other:
        other.add_worksheet("Sheet1").write("A1", 666)
    picture = folder / "dot.png"
    picture.write_bytes(base64.b64decode(_DOT))
    plain = folder / "plain.xlsm"
    (folder / "vbaProject.bin").write_bytes(_macros(folder / "ran"))
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet("Traps")
        book.set_vba_name("ThisWorkbook")
        sheet.set_vba_name("Sheet1")
        for cell, formula in TRAPS.items():
            sheet.write_formula(cell, "=" + formula.format(server=server, folder=folder), None, 42)
        sheet.write_formula("B1", "=6*7", None, 0)
        sheet.insert_image("D1", str(picture))
        book.add_vba_project(str(folder / "vbaProject.bin"))
    hostile = folder / "hostile.xlsm"
    _with_links(plain, hostile, server)
    return hostile


def _macros(ran: Path) -> bytes:
    code = f'Open "{ran}" For Append As #1\r\nPrint #1, "{{}}"\r\nClose #1\r\n'
    subs = "".join(
        f"Sub {name}()\r\n{code.format(name)}End Sub\r\n" for name in ("Auto_Open", "AutoOpen")
    )
    trap = code.format("PF_TRAP") + "PF_TRAP = given + 1\r\n"
    subs += f"Function PF_TRAP(given)\r\n{trap}End Function\r\n"
    opened = f"Private Sub Workbook_Open()\r\n{code.format('Workbook_Open')}End Sub\r\n"
    return vba_project(
        "Trap",
        [
            Module("ThisWorkbook", opened, kind="workbook"),
            Module("Sheet1", "", kind="worksheet"),
            Module("Starts", subs),
        ],
    )


def _with_links(plain: Path, hostile: Path, server: str) -> None:
    """Add links to a server's workbook, to DDE and to a workbook beside, and a linked picture."""
    files = {
        "xl/externalLinks/externalLink1.xml": _link("<externalBook {r}>{sheets}</externalBook>"),
        "xl/externalLinks/externalLink2.xml": _link(
            f'<ddeLink ddeService="soffice" ddeTopic="{hostile.parent}/other.xlsx">'
            '<ddeItems><ddeItem name="A1" advise="1"/></ddeItems></ddeLink>'
        ),
        "xl/externalLinks/externalLink3.xml": _link("<externalBook {r}>{sheets}</externalBook>"),
        "xl/externalLinks/_rels/externalLink1.xml.rels": _target(f"{server}/book.xlsx"),
        "xl/externalLinks/_rels/externalLink3.xml.rels": _target(
            (hostile.parent / "other.xlsx").as_uri()
        ),
    }
    links = "".join(f'<externalReference r:id="link{number}"/>' for number in (1, 2, 3))
    relations = "".join(
        f'<Relationship Id="link{number}" Type="{_OFFICE}/externalLink" '
        f'Target="externalLinks/externalLink{number}.xml"/>'
        for number in (1, 2, 3)
    )
    types = "".join(
        f'<Override PartName="/xl/externalLinks/externalLink{number}.xml" '
        f'ContentType="{_SHEET_TYPE}.externalLink+xml"/>'
        for number in (1, 2, 3)
    )
    changes = {
        "xl/workbook.xml": (
            "</sheets>",
            f"</sheets><externalReferences>{links}</externalReferences>",
        ),
        "xl/_rels/workbook.xml.rels": ("</Relationships>", f"{relations}</Relationships>"),
        "[Content_Types].xml": ("</Types>", f"{types}</Types>"),
        "xl/drawings/drawing1.xml": ("r:embed=", "r:link="),
        "xl/drawings/_rels/drawing1.xml.rels": (
            'Target="../media/image1.png"',
            f'Target="{server}/picture.png" TargetMode="External"',
        ),
    }
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename in changes:
                old, new = (text.encode() for text in changes[entry.filename])
                assert old in content, entry.filename
                content = content.replace(old, new)
            target.writestr(entry, content)
        for name, text in files.items():
            target.writestr(name, text)


def _link(content: str) -> str:
    sheets = (
        '<sheetNames><sheetName val="Sheet1"/></sheetNames><sheetDataSet>'
        '<sheetData sheetId="0"><row r="1"><cell r="A1"><v>41</v></cell></row></sheetData>'
        "</sheetDataSet>"
    )
    filled = content.format(r='r:id="target"', sheets=sheets)
    return f'<externalLink xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{filled}</externalLink>'


def _target(where: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="target" '
        f'Type="{_OFFICE}/externalLinkPath" Target="{where}" TargetMode="External"/>'
        "</Relationships>"
    )
