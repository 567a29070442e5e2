"""Formulas that name a path of the add-in are found and mended, and nothing else changes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.hosts.linked_books import ANNS, OTHERS, linked_book
from tests.hosts.test_command_line import run
from tests.machine import Validator
from xlportfolio.addin.build import FILE_NAME
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.addin_links import AddinLinks, addin_links
from xlportfolio.operations.undo import undo
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.container.relationships import OFFICE_RELATIONSHIPS
from xlportfolio.workbook.editing.external_links import without_file

STARTUP = FILE_NAME
LITERAL = r"'C:\Add-ins\xlportfolio.xlam'!PF_RANK(A1:A3)"


def links(path: Path, **options: object) -> AddinLinks:
    return addin_links(path, FILE_NAME, **options)  # type: ignore[arg-type]


def formulas(path: Path) -> dict[str, object]:
    """What openpyxl reads, which is not our reader."""
    sheet = load_workbook(path)["Plan"]
    return {
        cell.coordinate: getattr(cell.value, "text", cell.value)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def targets(path: Path) -> list[str]:
    return [link.file_link.Target for link in load_workbook(path)._external_links]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1]!PF_SCORE(A1:B3,A4:B4)", "PF_SCORE(A1:B3,A4:B4)"),
        ("IFERROR(SUM([1]!pf_score(A1)),0)", "IFERROR(SUM(pf_score(A1)),0)"),
        (r"'C:\it''s\xlportfolio.xlam'!PF_RANK(A1)", "PF_RANK(A1)"),
        ("xlportfolio.xlam!PF_RANK(A1)", "PF_RANK(A1)"),
        ("[2]!PF_SCORE(A1)", "[2]!PF_SCORE(A1)"),  # another file
        ("[1]!OTHER(A1)", "[1]!OTHER(A1)"),
        ("[1]Sheet1!A1+[1]Sheet1!PF_1", "[1]Sheet1!A1+[1]Sheet1!PF_1"),
        ("Plan!A1+'My plan'!A1", "Plan!A1+'My plan'!A1"),
        ('"[1]!PF_SCORE("&Table1[[1]!x]', '"[1]!PF_SCORE("&Table1[[1]!x]'),
        ("'[1]'!A1", "'[1]'!A1"),
        ("[1]!", "[1]!"),
        ("[1", "[1"),
    ],
)
def test_only_calls_of_ours_lose_the_path(text: str, expected: str) -> None:
    def is_ours(file: str) -> bool:
        return file == "[1]" or file.endswith("xlportfolio.xlam")

    found = without_file(text, is_ours, lambda name: name.upper().startswith("PF_"))
    assert found == expected


def test_formulas_names_and_arrays_are_mended_and_values_stay(
    tmp_path: Path, validator: Validator
) -> None:
    path = linked_book(
        tmp_path / "plan.xlsx",
        {"D1": "[2]!PF_RANK(A1:A3)", "D2": "SUM(A1:A3)", "D3": LITERAL, "D4": "[1]Sheet1!A1"},
        targets=(OTHERS, ANNS),
        names={"best": "MAX([2]!PF_SCORE(Plan!$A$1:$B$3))", "other": "[1]Sheet1!$A$1"},
        array=("E1", "E1:E3", "[2]!PF_SCORE(A1:B3)"),
    )
    before, flaws = parts(path), validator(path)
    found = links(path)
    assert found.cells == ("Plan!D1", "Plan!E1", "Plan!D3")
    assert found.names == ("best",)
    assert found.targets == (ANNS, r"C:\Add-ins\xlportfolio.xlam")
    assert not found.findings[0].is_fine
    assert found.findings[0].sentence == (
        f'3 formulas and 1 name of "{path}" name the path '
        r"C:\Users\ann\AppData\Roaming\Microsoft\AddIns\xlportfolio.xlam and "
        r"C:\Add-ins\xlportfolio.xlam of the add-in: Plan!D1, Plan!E1, Plan!D3 and best. Run: "
        "xlportfolio addin doctor --book BOOK --repair"
    )
    assert parts(path) == before  # looking changes nothing

    mended = links(path, repair=True)
    assert mended.output == path and mended.links_left == ()
    assert mended.repaired == (
        f'The path of the add-in went from 3 formulas and 1 name of "{path}".',
    )
    assert all(one.is_fine for one in mended.findings)
    assert formulas(path) == {
        "D1": "=PF_RANK(A1:A3)",
        "D2": "=SUM(A1:A3)",
        "D3": "=PF_RANK(A1:A3)",
        "D4": "=[1]Sheet1!A1",
        "E1": "=PF_SCORE(A1:B3)",
    }
    names = load_workbook(path).defined_names
    assert names["best"].value == "MAX(PF_SCORE(Plan!$A$1:$B$3))"
    assert names["other"].value == "[1]Sheet1!$A$1"
    assert targets(path) == [OTHERS]
    after = parts(path)
    gone = {name for name in before if name not in after}
    assert gone == {
        "xl/externalLinks/externalLink2.xml",
        "xl/externalLinks/_rels/externalLink2.xml.rels",
    }
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        *("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"),
        "xl/worksheets/sheet1.xml",
    }
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    assert validator(path) <= flaws
    assert links(path).cells == () and links(path, repair=True).output is None

    undo(path)
    assert parts(path) == before


def test_followers_of_a_shared_formula_are_mended_each(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_UTILISATION(A1,B1)"})
    content = parts(path)
    first, rest = "<f>[1]!PF_UTILISATION(A1,B1)</f><v></v>", '<f t="shared" si="0"/><v>0.5</v>'
    sheet = content["xl/worksheets/sheet1.xml"].decode()
    sheet = sheet.replace("<v/>", "<v></v>").replace("<v />", "<v></v>")
    assert first in sheet
    shared = first.replace("<f>", '<f t="shared" ref="D1:D3" si="0">').replace(
        "<v></v>", "<v>0.25</v>"
    )
    sheet = sheet.replace(first, shared)
    for row in (2, 3):
        before, after = sheet.split(f'<row r="{row}"', 1)
        after = after.replace("</row>", f'<c r="D{row}">{rest}</c></row>', 1)
        sheet = f'{before}<row r="{row}"{after}'
    content["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, part in content.items():
            package.writestr(name, part)
    mended = links(path, repair=True)
    assert mended.cells == ("Plan!D1", "Plan!D2", "Plan!D3")
    assert formulas(path) == {f"D{row}": f"=PF_UTILISATION(A{row},B{row})" for row in (1, 2, 3)}
    with open_workbook(path) as book:  # what they gave stays beside them
        assert book.read("Plan!D1:D3") == [[0.25], [0.5], [0.5]]


def test_link_stays_and_is_told_where_a_later_link_is_counted_after_it(tmp_path: Path) -> None:
    path = linked_book(
        tmp_path / "plan.xlsx",
        {"D1": "[1]!PF_RANK(A1:A3)", "D2": "[2]Sheet1!A1"},
        targets=(ANNS, OTHERS),
    )
    mended = links(path, repair=True)
    assert formulas(path) == {"D1": "=PF_RANK(A1:A3)", "D2": "=[2]Sheet1!A1"}
    assert targets(path) == [ANNS, OTHERS]
    assert mended.links_left == (ANNS,)
    assert "stays in the file" in mended.findings[1].sentence
    assert "Data > Edit Links" in mended.findings[1].sentence


def test_link_stays_where_something_else_names_it(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)", "D2": "[1]!OTHER(A1)"})
    mended = links(path, repair=True)
    assert formulas(path) == {"D1": "=PF_RANK(A1:A3)", "D2": "=[1]!OTHER(A1)"}
    assert targets(path) == [ANNS] and mended.links_left == (ANNS,)


REFERENCE = '<externalReference xmlns:r="{}" r:id="{}"/>'


@pytest.mark.parametrize(
    "references",
    [
        REFERENCE.format(OFFICE_RELATIONSHIPS, "rId1"),  # the sheet
        REFERENCE.format(OFFICE_RELATIONSHIPS, "rId2") * 2,  # one part twice
        REFERENCE.format(OFFICE_RELATIONSHIPS, "rId9"),  # nothing
    ],
)
def test_link_of_a_hostile_file_takes_no_other_part_out(tmp_path: Path, references: str) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": LITERAL, "D2": "[1]!PF_RANK(A1:A3)"})
    content = parts(path)
    before, rest = content["xl/workbook.xml"].decode().split("<externalReferences>")
    after = rest.partition("</externalReferences>")[2]
    content["xl/workbook.xml"] = (
        f"{before}<externalReferences>{references}</externalReferences>{after}".encode()
    )
    content["xl/worksheets/_rels/sheet1.xml.rels"] = content[
        "xl/externalLinks/_rels/externalLink1.xml.rels"
    ]
    with zipfile.ZipFile(path, "w") as package:
        for name, part in content.items():
            package.writestr(name, part)
    links(path, repair=True)
    assert set(parts(path)) == set(content)
    with open_workbook(path) as mended:
        assert mended.formulas("Plan")[0].text == "PF_RANK(A1:A3)"


def test_link_to_the_folder_that_excel_starts_with_is_no_trouble(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"}, targets=(STARTUP,))
    before = path.read_bytes()
    found = links(path, repair=True)
    assert found.cells == () and found.output is None and path.read_bytes() == before
    assert [one.is_fine for one in found.findings] == [True, True]
    assert "Excel's start-up folder, as Excel writes it" in found.findings[1].sentence


def test_protected_sheet_is_refused_and_stays(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"})
    book = load_workbook(path)
    book["Plan"].protection.enable()
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(WorkbookError, match=r"protected.*Review > Unprotect Sheet"):
        links(path, repair=True)
    assert path.read_bytes() == before


def test_signed_workbook_is_refused_and_stays(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"})
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    before = path.read_bytes()
    assert links(path).cells == ("Plan!D1",)
    with pytest.raises(WorkbookError, match="digitally signed"):
        links(path, repair=True)
    assert path.read_bytes() == before


def test_workbook_that_somebody_has_open_is_read_and_not_replaced(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"})
    (tmp_path / "~$plan.xlsx").write_bytes(b"\x03Ann".ljust(165, b" "))
    before = path.read_bytes()
    found = links(path)
    assert found.cells == ("Plan!D1",)
    assert [one.sentence for one in found.findings if one.is_note] == [
        '"plan.xlsx" is open (Ann in Excel): this is what was saved last.'
    ]
    with pytest.raises(WorkbookError, match="is open: Ann in Excel"):
        links(path, repair=True)
    assert path.read_bytes() == before
    assert links(path, repair=True, output=tmp_path / "mended.xlsx").output is not None


def test_formulas_are_not_said_differently_over_cells_that_wait_to_be_saved(
    tmp_path: Path,
) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"})
    with open_workbook(path) as book:
        book.write("Plan!A1", [[7]])
        with pytest.raises(WorkbookError, match="written and not saved"):
            book.say_formulas({"Plan": {(1, 4): "PF_RANK(A1:A3)"}}, str, ())
        book.save()
    with open_workbook(path) as book:
        book.say_formulas({"Plan": {(1, 1): "PF_RANK(A1:A3)"}}, str, ())
        with pytest.raises(WorkbookError, match="Plan!A1 holds no formula"):
            book.save()
        assert book.formulas("Plan")[0].text == "[1]!PF_RANK(A1:A3)"


def test_command_finds_then_mends_into_another_file(tmp_path: Path) -> None:
    path = linked_book(tmp_path / "plan.xlsx", {"D1": "[1]!PF_RANK(A1:A3)"})
    before, other = path.read_bytes(), tmp_path / "mended.xlsx"
    told = run("addin", "doctor", "--book", path)
    assert told.returncode == 1
    assert f'NOT  1 formula of "{path}" names the path' in told.stdout
    told = run("addin", "doctor", "--book", path, "--repair", "-o", other, "--json")
    assert told.returncode == 0, told.stdout
    answer = json.loads(told.stdout)
    assert answer["book"]["cells"] == ["Plan!D1"] and answer["book"]["output"] == str(other)
    assert answer["repaired"] == [f'The path of the add-in went from 1 formula of "{other}".']
    assert path.read_bytes() == before and formulas(other) == {"D1": "=PF_RANK(A1:A3)"}
    told = run("addin", "doctor", "--book", tmp_path / "none.xlsx")
    assert told.returncode == 2 and "none.xlsx" in told.stderr
    told = run("addin", "doctor", "-o", other)
    assert told.returncode == 2 and "give --book BOOK and --repair, too" in told.stderr
