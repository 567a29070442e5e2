"""Nothing of the user's is lost: each edit on a workbook of each feature, judged by others too.

The workbooks are built by code (`feature_books`), the edits chosen by what lxml sees in them
(`feature_edits`), the checks are those of `kept_checks`. Longer runs: `fuzz_edits`.
"""

from __future__ import annotations

import shutil
import sys
import warnings
import zipfile
from pathlib import Path
from random import Random

import openpyxl
import pytest

from tests.hosts.edit_judges import Judged, ManyBooks, judge
from tests.hosts.edited_book import EditedBook
from tests.hosts.feature_books import ADDITIONS, FEATURES, compose, extension_of
from tests.hosts.feature_books.parts import Parts
from tests.hosts.feature_edits import EDITS, Attempt, our_sheet, write_cells
from tests.hosts.feature_survey import Survey
from tests.hosts.fuzz_edits import fuzz
from tests.hosts.kept_checks import check_edit, check_no_trace
from tests.machine import Calc, Validator
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.saving.store import UndoStore

MARKS = {
    "shared_formulas": 't="shared" ref="K2:K6"',
    "legacy_arrays": 't="array" ref="K2:K7"',
    "dynamic_arrays": 'cm="1"',
    "data_tables": 't="dataTable"',
    "merged_cells": '<mergeCell ref="K2:M3"/>',
    "texts": "<rPh ",
    "truths_and_errors": "#NULL!",
    "future_functions": "_xlfn.LAMBDA",
    "calc_chain": "<calcChain",
    "conditional_formats": "colorScale",
    "x14_conditional_formats": "<x14:iconSet",
    "validations": "<dataValidation ",
    "x14_validations": "<x14:dataValidation ",
    "sparklines": "<x14:sparkline>",
    "hyperlinks": "<hyperlink ",
    "grouping": 'outlineLevel="1"',
    "hidden_sheets": 'state="veryHidden"',
    "filtered_rows": "<filterColumn",
    "views": "<customSheetView ",
    "protected_sheet": "<sheetProtection ",
    "protected_structure": 'lockStructure="1"',
    "watched_cells": "<cellWatch ",
    "printing": "xl/printerSettings/printerSettings1.bin",
    "defined_names": "ZZ_hidden",
    "text_boxes": "<xdr:txBody>",
    "grouped_shapes": "<xdr:grpSp>",
    "pictures": "<rv ",
    "form_controls": "xl/ctrlProps/ctrlProp1.xml",
    "active_x": "xl/activeX/activeX1.bin",
    "ole_objects": "xl/embeddings/oleObject1.bin",
    "notes": "<comment ",
    "threaded_comments": "<threadedComment ",
    "charts": "<c:trendline>",
    "charts_with_labels_from_cells": "c15:datalabelsRange",
    "chartex": "<cx:chartSpace",
    "chart_sheets": "<chartsheet",
    "plain_table": "<table ",
    "calculated_column": "<calculatedColumnFormula>",
    "totals_row": 'totalsRowCount="1"',
    "filtered_table": '<filter val="TRUE"/>',
    "query_table": 'tableType="queryTable"',
    "data_model": "xl/model/item.data",
    "pivot_tables": "<pivotCacheRecords",
    "table_slicer": "tableSlicerCache",
    "pivot_slicer": "<x14:slicerCaches",
    "external_links": "<externalBook",
    "custom_xml": "customXml/itemProps1.xml",
    "custom_ribbon": "customUI/customUI14.xml",
    "properties": "docMetadata/LabelInfo.xml",
    "web_extensions": "<we:webextension ",
    "themes": 'name="House"',
    "macros": "xl/vbaProject.bin",
    "signed": "_xmlsignatures/sig1.xml",
    "check_boxes": "xl/featurePropertyBag/featurePropertyBag.xml",
    "headerless_table": 'headerRowCount="0"',
    "empty_sheet": "<sheetData/>",
    "xml_maps": "<MapInfo",
    "embedded_workbook": "xl/embeddings/Microsoft_Excel_Worksheet1.xlsx",
    "strict": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "utf16": "encoding='UTF-16'",
    "prefixed": "<x:worksheet",
    "as_excel_writes": "x14ac:dyDescent",
    "indented": "<?x <row> ?>",
    "single_quotes": "<row r='3'",
    "other_part_names": "xl/Data/1/Blatt-1.XML",
    "template": "template.main+xml",
    "macro_template": "template.macroEnabled",
    "date1904": "date1904",
}
"""What shows that a feature is in its workbook: a part's name, or what stands in a part."""

# A round that reads the values of formulas after cells were written is told so; it only writes.
pytestmark = pytest.mark.filterwarnings("ignore::xlportfolio.StaleValueWarning")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "desk").mkdir()
    return tmp_path / "desk"


def built(feature: str, folder: Path) -> Path:
    path = folder / f"book{extension_of(feature)}"
    FEATURES[feature](path)
    return path


def attempts_on(path: Path, seed: str) -> list[tuple[str, Attempt]]:
    """Each edit on the last sheet, which is that of the feature."""
    sheet = list(Survey(path).sheets.values())[-1]
    found = ((name, EDITS[name](sheet, Random(f"{seed}/{name}"))) for name in EDITS)
    return [(name, attempt) for name, attempt in found if attempt is not None]


# -- the corpus


@pytest.mark.parametrize("feature", MARKS)
def test_workbook_of_a_feature_has_it(feature: str, desk: Path) -> None:
    with zipfile.ZipFile(built(feature, desk)) as archive:
        names = archive.namelist()
        contents = [archive.read(name) for name in names]
    mark = MARKS[feature]
    marks = (mark.encode(), mark.encode("utf-16-le"))
    assert mark in names or any(one in content for content in contents for one in marks)


def test_forms_of_the_zip_are_what_they_say(desk: Path) -> None:
    stored, zip64, described = (
        zipfile.ZipFile(built(name, desk)).infolist()[3]
        for name in ("stored_entries", "zip64_entries", "data_descriptors")
    )
    assert stored.compress_type == zipfile.ZIP_STORED
    # zipfile writes 64-bit sizes that count from 3.11.4 on
    assert zip64.extract_version == (45 if sys.version_info >= (3, 11, 4) else 20)
    assert described.flag_bits & 0x8


def test_parts_that_a_workbook_need_not_have_are_not_there(desk: Path) -> None:
    assert "xl/styles.xml" not in Survey(built("without_styles", desk)).contents
    assert "xl/sharedStrings.xml" not in Survey(built("without_shared_strings", desk)).contents
    sheets = Survey(built("without_dimension", desk)).sheets.values()
    assert not any(b"<dimension" in sheet.xml for sheet in sheets)
    links = Survey(built("absolute_targets", desk)).contents["xl/_rels/workbook.xml.rels"]
    assert b'Target="/xl/worksheets/sheet1.xml"' in links


# -- every edit on every feature


@pytest.mark.parametrize("feature", FEATURES)
def test_all_else_is_kept_whatever_is_edited_beside(feature: str, desk: Path) -> None:
    """Cells of every kind in one save, then more of a table, values beside formulas; all undone."""
    path = built(feature, desk)
    book = EditedBook(path, UndoStore(desk.parent / "store"))
    complaints: list[str] = []
    attempts = attempts_on(path, feature)
    for name, attempt in attempts:
        if attempt.refused is not None:
            complaints += [f"{name}: {one}" for one in book.refuse(attempt)]
    assert complaints == []
    made = [attempt for _, attempt in attempts if attempt.refused is None]
    assert book.make([one for one in made if one.kind == "cells"]) == []
    assert bool(book.n_saves) is (feature != "signed")
    for kind in ("grow", "cached"):
        for _, attempt in attempts_on(path, f"{feature} {kind}"):
            if attempt.kind == kind and attempt.refused is None:
                assert book.make([attempt]) == []
                break
    assert book.undo_all() == []


@pytest.mark.parametrize("feature", FEATURES)
def test_sheet_of_ours_comes_and_goes_without_a_trace(feature: str, desk: Path) -> None:
    path = built(feature, desk)
    book = EditedBook(path, UndoStore(desk.parent / "store"))
    attempt = dict(attempts_on(path, feature))["put our sheet"]
    if attempt.refused is not None:
        assert feature in ("signed", "protected_structure")
        assert book.refuse(attempt) == []
        return
    assert book.make([attempt]) == []
    assert "PF Results" in Survey(path).sheets
    assert book.make([dict(attempts_on(path, feature))["hand back"]]) == []
    assert check_no_trace(book.original, path) == []
    assert book.undo_all() == []


def test_random_edits_of_random_workbooks_lose_nothing(tmp_path: Path) -> None:
    figures, _ = fuzz(range(12), 2026, tmp_path, share=0.0)
    assert figures.complaints == []
    assert figures.edits > 20


# -- judged by others


def groups() -> list[list[str]]:
    """All features in two workbooks, but for those that keep sheets of ours out."""
    names = sorted(ADDITIONS.keys() - {"signed", "protected_structure"})
    return [names[0::2], names[1::2]]


def test_other_programs_find_all_features_as_they_were(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    judged = []
    for number, names in enumerate(groups()):
        group = f"half {number}"
        folder = tmp_path / group
        folder.mkdir()
        path = compose(folder / f"book{extension_of(*names)}", names)
        book = EditedBook(path, UndoStore(tmp_path / "store"))
        attempts = []
        for sheet in Survey(path).sheets.values():
            for name in ("block", "text into filled", "date into in_new_row", "write shared_first"):
                attempt = EDITS[name](sheet, Random(f"{group}/{sheet.name}/{name}"))
                if attempt is not None and attempt.refused is None:
                    attempts.append(attempt)
        assert len(attempts) > 2
        assert book.make(attempts) == []
        with open_workbook(path) as opened:
            opened.put_sheet(our_sheet(Random(group), "Plan"))
            opened.save()
        judged.append(Judged(group, book.original, path, book.touched))
    office = ManyBooks(tmp_path)
    assert judge(judged, office, validator) == []


def test_real_workbooks_keep_all_under_random_edits(shared: Path, tmp_path: Path) -> None:
    books = sorted((shared / "data" / "real").glob("*.xlsx"), key=lambda one: one.stat().st_size)
    assert books
    for source in books[:2]:
        folder = tmp_path / source.stem
        folder.mkdir()
        path = Path(shutil.copyfile(source, folder / source.name))
        book = EditedBook(path, UndoStore(tmp_path / "store"))
        made = [one for _, one in attempts_on(path, source.name) if one.refused is None]
        assert book.make([one for one in made if one.kind == "cells"]) == []
        assert book.undo_all() == []


# -- the checks themselves can fail


@pytest.mark.parametrize(
    "feature",
    [
        "x14_conditional_formats", "x14_validations", "sparklines", "threaded_comments",
        "grouped_shapes", "form_controls", "table_slicer", "data_model", "custom_xml",
        "dynamic_arrays", "custom_ribbon", "active_x",
    ],
)  # fmt: skip
def test_checks_see_what_load_and_save_with_openpyxl_loses(feature: str, desk: Path) -> None:
    path = built(feature, desk)
    lossy = desk / f"lossy{path.suffix}"
    sheet = list(Survey(path).sheets.values())[-1]
    attempt = write_cells(sheet, {(30, 1): 5})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
        book[sheet.name].cell(30, 1).value = 5
        book.save(lossy)
    with zipfile.ZipFile(path) as archive:
        users = archive.namelist()
    complaints = check_edit(path, lossy, [attempt], users)
    assert any("is gone" in one or "changed" in one for one in complaints)


def tampered(path: Path, what: str) -> list[str]:
    """What the checks say when one thing more than the edit changed."""
    original = Path(shutil.copyfile(path, path.with_name("original.xlsx")))
    survey = Survey(original)
    with zipfile.ZipFile(original) as archive:
        users = archive.namelist()
    attempt = write_cells(survey.sheets["Plan"], {(3, 2): "written"})
    with open_workbook(path) as book:
        attempt.perform(book)
        book.save()
    assert check_edit(original, path, [attempt], users) == []
    parts = Parts.of(path)
    sheet = "xl/worksheets/sheet1.xml"
    match what:
        case "a cell":
            parts.replace(sheet, "<v>1200.5</v>", "<v>1200.6</v>")
        case "a style":
            parts.replace(sheet, '<c r="H4" s="', '<c r="H4" s="1')
        case "a row":
            parts.replace(sheet, '<row r="5"', '<row r="5" hidden="1"')
        case "the edited cell":
            parts.replace(sheet, ">written<", ">Written<")
        case "another part":
            parts.replace("docProps/core.xml", "PMO", "PMo")
        case "a name":
            parts.put_in_workbook(
                '<definedNames><definedName name="x">1</definedName></definedNames>'
            )
        case "a style sheet":
            parts.replace("xl/styles.xml", "<b/>", "")
        case "a new part":
            parts.add("xl/new.xml", "<new/>", "application/xml")
        case "the order":
            parts.contents = dict(reversed(parts.contents.items()))
        case "no computing":
            parts.replace("xl/workbook.xml", ' fullCalcOnLoad="1"', "")
    # Saved anew all entries are other bytes, so only what is said besides counts.
    parts.save(path)
    return [
        one
        for one in check_edit(original, path, [attempt], users)
        if not one.startswith(("the bytes of", "xl/", "docProps/", "[Content", "_rels"))
        or what in ("another part", "a style sheet")
    ]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("a cell", "Plan changed beside the edits"),
        ("a style", "Plan changed beside the edits"),
        ("a row", "Plan changed beside the edits"),
        ("the edited cell", "Plan!B3 is"),
        ("another part", "the bytes of docProps/core.xml changed"),
        ("a name", "the workbook's part changed"),
        ("a style sheet", "fonts of the styles were not only appended to"),
        ("a new part", "parts were added: ['xl/new.xml']"),
        ("the order", "the order of the parts changed"),
        ("no computing", "Excel is not asked to compute"),
    ],
)
def test_checks_see_one_thing_that_changed_besides(what: str, said: str, desk: Path) -> None:
    path = desk / "book.xlsx"
    compose(path, [])
    assert any(said in one for one in tampered(path, what))


def test_judges_see_a_value_that_changed_besides(
    tmp_path: Path, validator: Validator, soffice: Calc
) -> None:
    before = compose(tmp_path / "before.xlsx", ["merged_cells"])
    parts = Parts.of(before)
    part = parts.sheet("Merges")
    parts.replace(part, "<v>800</v>", "<v>801</v>")
    parts.replace(part, "<sheetData>", '<sheetData whatever="1">')
    after = tmp_path / "after.xlsx"
    parts.save(after)
    found = judge([Judged("it", before, after)], ManyBooks(tmp_path), validator)
    assert "it: LibreOffice shows 801 in Merges!D3, before 800" in found
    assert any("validator" in one and "whatever" in one for one in found)
