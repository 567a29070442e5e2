"""Checks a saved workbook for what Excel would repair, refuse or misread.

It reads the file on its own (zipfile and lxml) and knows nothing of the code that wrote it. Each
rule stands for a file that Excel, or the schema of ECMA-376 part 1, does not accept.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.lint.package_rules import (
    UNREADABLE,
    LintedPackage,
    LintFinding,
    lint_parts,
)
from xlportfolio.workbook.lint.proof import UnusualError
from xlportfolio.workbook.lint.sheet_facts import SheetFacts
from xlportfolio.workbook.lint.sheet_rules import lint_element_order, lint_sheet
from xlportfolio.workbook.lint.table_rules import (
    LintedTable,
    lint_headers,
    lint_tables,
    tables_of,
)
from xlportfolio.workbook.lint.usual_strings import count_strings, string_element
from xlportfolio.workbook.references import parse_cell

__all__ = ["LintFinding", "lint", "new_findings"]

# CT_Workbook and CT_Stylesheet, ECMA-376 part 1, 18.2.27 and 18.8.39.
_WORKBOOK_ORDER = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
    "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr "
    "smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst"
)
_STYLES_ORDER = (
    "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"
)
_NOT_IN_SHEET_NAMES = re.compile(r"[\\/*?:\[\]]|^'|'$")


def lint(
    path: str | os.PathLike[str],
    *,
    parts: Collection[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> list[LintFinding]:
    """Find what Excel would repair, refuse or misread in a saved workbook.

    Parameters
    ----------
    path : the workbook
    parts : look inside these parts only (and the package's indexes); all of them by default
    progress : told each part that may take its time

    Returns
    -------
    the findings, empty for a sound workbook
    """
    try:
        with zipfile.ZipFile(path) as archive:
            package = LintedPackage(archive, parts)
            _lint(package, progress)
            return package.findings
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        return [LintFinding("zip", os.fspath(path), None, f"it is not a sound zip file ({error})")]


def new_findings(
    before: str | os.PathLike[str],
    after: str | os.PathLike[str],
    *,
    parts: Collection[str] | None = None,
) -> list[LintFinding]:
    """Find what is wrong in `after` that was not wrong in `before` already.

    Two findings are the same when rule, part and cell are: a message may count things, such as
    styles, of which there are more afterwards.
    """
    written = lint(after, parts=parts)
    known = Counter(map(_place, lint(before, parts=parts))) if written else Counter()
    new = []
    for finding in written:
        if known[_place(finding)] > 0:
            known[_place(finding)] -= 1
        else:
            new.append(finding)
    return new


def _place(finding: LintFinding) -> tuple[str, str, str | None]:
    return finding.rule, finding.part, finding.cell


@dataclass
class _Sheet:
    """A worksheet of the workbook: where it is and what was seen in it."""

    part: str
    identifier: str
    facts: SheetFacts | None = None
    tables: list[LintedTable] = field(default_factory=list)


def _lint(package: LintedPackage, progress: Callable[[str], None]) -> None:
    workbook_part = _target(package, "", "officeDocument")
    workbook = None if workbook_part is None else package.root(workbook_part)
    if workbook is None or workbook_part is None:
        package.report("workbook", "_rels/.rels", "the package leads to no workbook")
        lint_parts(package, ())
        return
    sheets = _sheets(package, workbook_part, workbook)
    strings_part = _target(package, workbook_part, "sharedStrings")
    streamed = [sheet.part for sheet in sheets] + ([strings_part] if strings_part else [])
    lint_parts(package, streamed)
    lint_element_order(package, workbook_part, workbook, _WORKBOOK_ORDER)
    names = _lint_names(package, workbook_part, workbook)
    chain_part = _target(package, workbook_part, "calcChain")

    for sheet in sheets:
        sheet.tables = tables_of(package, sheet.part)
        if package.is_looked_into(sheet.part):
            progress(f"checking {sheet.part}")
            header_rows = {table.cells.first_row for table in sheet.tables if table.has_header}
            sheet.facts = lint_sheet(
                package, sheet.part, frozenset(header_rows), keeps_formulas=chain_part is not None
            )
    lint_tables(package, {sheet.part: sheet.tables for sheet in sheets}, names)
    _lint_strings(package, strings_part, sheets)
    _lint_styles(package, workbook_part, sheets)
    if chain_part is not None:
        _lint_calculation_chain(package, chain_part, sheets)


def _target(package: LintedPackage, part: str, kind: str) -> str | None:
    for link in package.links(part).values():
        if link.kind == kind and package.has(link.target):
            return link.target
    return None


def _sheets(package: LintedPackage, part: str, workbook: etree._Element) -> list[_Sheet]:
    links = package.links(part)
    seen_names: set[str] = set()
    seen_identifiers: set[str] = set()
    seen_parts: set[str] = set()
    sheets = []
    for element in workbook.iterfind("{*}sheets/{*}sheet"):
        name, identifier = element.get("name", ""), element.get("sheetId", "")
        _lint_sheet_name(package, part, name)
        if name.lower() in seen_names:
            package.report("sheet-name", part, f'two sheets are called "{name}"')
        if identifier in seen_identifiers:
            package.report("sheet-id", part, f'two sheets have the id "{identifier}"')
        seen_names.add(name.lower())
        seen_identifiers.add(identifier)
        relationship = next(
            (str(value) for key, value in element.attrib.items() if str(key).endswith("}id")), None
        )
        link = links.get(relationship or "")
        if link is None:
            package.report("sheet-relationship", part, f'sheet "{name}" leads to no part')
        elif link.kind == "worksheet" and package.has(link.target):
            if link.target.lower() in seen_parts:
                package.report("sheet-part", part, f'sheet "{name}" has the part of another one')
                continue
            seen_parts.add(link.target.lower())
            sheets.append(_Sheet(link.target, identifier))
    if not seen_names:
        package.report("sheet-missing", part, "the workbook has no sheet")
    return sheets


def _lint_sheet_name(package: LintedPackage, part: str, name: str) -> None:
    if not name or len(name) > 31 or _NOT_IN_SHEET_NAMES.search(name):
        package.report(
            "sheet-name",
            part,
            f'"{name}" is no sheet name; expected 1 to 31 characters without \\ / * ? : [ ] and no '
            "apostrophe at either end",
        )


def _lint_names(package: LintedPackage, part: str, workbook: etree._Element) -> set[str]:
    n_sheets = len(workbook.findall("{*}sheets/{*}sheet"))
    seen: set[tuple[str, str | None]] = set()
    for element in workbook.iterfind("{*}definedNames/{*}definedName"):
        name, scope = element.get("name", ""), element.get("localSheetId")
        if scope is not None and not (scope.isdigit() and int(scope) < n_sheets):
            package.report(
                "local-sheet-id",
                part,
                f'name "{name}" belongs to sheet {scope} of {n_sheets}, counted from 0',
            )
        if (name.lower(), scope) in seen:
            package.report("defined-name", part, f'"{name}" is defined twice')
        seen.add((name.lower(), scope))
    for view in workbook.iterfind("{*}bookViews/{*}workbookView"):
        active = view.get("activeTab", "0")
        if not (active.isdigit() and int(active) < max(n_sheets, 1)):
            package.report("active-tab", part, f"sheet {active} of {n_sheets} is the active one")
    return {name for name, scope in seen if scope is None}


def _lint_strings(package: LintedPackage, part: str | None, sheets: list[_Sheet]) -> None:
    wanted = {
        index for sheet in sheets if sheet.facts for index in sheet.facts.shared_texts.values()
    }
    n_strings = 0
    texts: dict[int, str] = {}
    is_used = any(sheet.facts and sheet.facts.highest_string[0] >= 0 for sheet in sheets)
    if part is not None and (is_used or package.is_looked_into(part)):
        n_strings, texts = _strings(package, part, wanted)
    for sheet in sheets:
        if sheet.facts is None:
            continue
        index, cell = sheet.facts.highest_string
        if index >= n_strings:
            package.report(
                "shared-string",
                sheet.part,
                f"it names shared string {index} of {n_strings}, counted from 0",
                cell,
            )
        for table in sheet.tables:
            lint_headers(package, sheet.part, table, sheet.facts, texts)


def _strings(package: LintedPackage, part: str, wanted: set[int]) -> tuple[int, dict[int, str]]:
    """How many shared strings there are, and what the wanted ones say."""
    try:
        with package.open(part) as stream:
            n_strings, found = count_strings(stream, wanted)
        return n_strings, {index: _text_of(string_element(xml)) for index, xml in found.items()}
    except (UnusualError, ExpatError, *UNREADABLE):
        pass  # each is looked at, and what is wrong is reported
    n_strings, texts = 0, dict[int, str]()
    for element in package.elements(part, "si"):
        if etree.QName(element).localname != "si":
            continue
        if n_strings in wanted:
            texts[n_strings] = _text_of(element)
        n_strings += 1
    return n_strings, texts


def _text_of(element: etree._Element) -> str:
    runs = element.iterfind("{*}r/{*}t")
    plain = element.iterfind("{*}t")
    return "".join(text.text or "" for group in (plain, runs) for text in group)


def _lint_styles(package: LintedPackage, workbook_part: str, sheets: list[_Sheet]) -> None:
    part = _target(package, workbook_part, "styles")
    root = None if part is None else package.root(part)
    n_styles, n_differential = 1, 0
    if part is not None and root is not None:
        n_styles = len(root.findall("{*}cellXfs/{*}xf"))
        n_differential = len(root.findall("{*}dxfs/{*}dxf"))
        lint_element_order(package, part, root, _STYLES_ORDER)
        _lint_style_records(package, part, root)
    for sheet in sheets:
        for table in sheet.tables:
            numbers = [
                int(value)
                for element in table.root.iter()
                for name, value in element.attrib.items()
                if str(name).lower().endswith("dxfid") and str(value).isdigit()
            ]
            _lint_differential(package, table.part, numbers, n_differential)
        if sheet.facts is None:
            continue
        number, cell = sheet.facts.highest_style
        if number >= max(n_styles, 1):
            package.report(
                "style-index",
                sheet.part,
                f"it names style {number} of {n_styles}, counted from 0",
                cell,
            )
        _lint_differential(package, sheet.part, sheet.facts.differential_styles, n_differential)


def _lint_differential(
    package: LintedPackage, part: str, numbers: list[int], n_differential: int
) -> None:
    for number in sorted(set(numbers)):
        if not 0 <= number < n_differential:
            package.report(
                "differential-style",
                part,
                f"it names differential style {number} of {n_differential}, counted from 0",
            )


def _lint_style_records(package: LintedPackage, part: str, root: etree._Element) -> None:
    """Check that each cell style names a font, fill and border that there are."""
    for attribute, path in (
        ("fontId", "{*}fonts/{*}font"),
        ("fillId", "{*}fills/{*}fill"),
        ("borderId", "{*}borders/{*}border"),
        ("xfId", "{*}cellStyleXfs/{*}xf"),
    ):
        n_records = len(root.findall(path))
        for index, style in enumerate(root.iterfind("{*}cellXfs/{*}xf")):
            number = style.get(attribute)
            if number is not None and not (number.isdigit() and int(number) < max(n_records, 1)):
                package.report(
                    "style-record",
                    part,
                    f"style {index} names {attribute} {number} of {n_records}, counted from 0",
                )


def _lint_calculation_chain(package: LintedPackage, part: str, sheets: list[_Sheet]) -> None:
    by_identifier = {sheet.identifier: sheet for sheet in sheets}
    identifier = ""
    for entry in package.elements(part, "c"):
        if etree.QName(entry).localname != "c":
            break  # the root, after its last entry
        identifier = entry.get("i", identifier)
        sheet = by_identifier.get(identifier)
        if sheet is None:
            package.report(
                "calculation-chain", part, f'it names a sheet with the id "{identifier}"'
            )
            return
        address = entry.get("r", "")
        if sheet.facts is None or entry.get("a") in ("1", "true"):
            continue
        try:
            has_formula = parse_cell(address) in sheet.facts.formulas
        except InputError:
            has_formula = False
        if not has_formula:
            package.report(
                "calculation-chain", part, f"the cell of {sheet.part} has no formula", address
            )
