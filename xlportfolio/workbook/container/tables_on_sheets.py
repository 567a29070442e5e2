"""Tables and pivot tables of a sheet, as their parts say: ECMA-376 part 1, 18.5 and 18.10."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.container.directory import part_key
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    Relationships,
    integer_or,
    parse_xml,
    unescape_text,
)
from xlportfolio.workbook.references import LAST_COLUMN, CellRange


@dataclass(frozen=True)
class TableEntry:
    """An Excel table as its part describes it."""

    part: str
    sheet: str
    name: str
    range: CellRange
    headers: tuple[str, ...]
    header_rows: int
    totals_rows: int
    query: bool


def tables_of(
    package: Package, sheet: str, related: Relationships, namespace: str
) -> list[TableEntry]:
    """The Excel tables of a sheet.

    Parameters
    ----------
    package
        The workbook.
    sheet
        The sheet's name.
    related
        The sheet's relationships.
    namespace
        That of SpreadsheetML in this workbook.

    Raises
    ------
    WorkbookError
        If a table is damaged.
    """
    return [
        _table(package, sheet, relationship.target, namespace)
        for relationship in related.by_type("table")
    ]


def pivot_tables_of(
    package: Package, related: Relationships, namespace: str
) -> list[tuple[str, CellRange]]:
    """The pivot tables of a sheet: their names and the cells that they fill.

    Parameters
    ----------
    package
        The workbook.
    related
        The sheet's relationships.
    namespace
        That of SpreadsheetML in this workbook.

    Raises
    ------
    WorkbookError
        If one is damaged.
    """
    found = []
    for relationship in related.by_type("pivotTable"):
        part = relationship.target
        root = parse_xml(package.read(part), package.label(part))
        location = root.find(f"{{{namespace}}}location")
        if location is not None:
            found.append((root.get("name", ""), _range(package, location.get("ref", ""), part)))
    return found


def require_own_parts(package: Package, sheets: Iterable[Relationships]) -> None:
    """Refuse a table or pivot table of two sheets, or of a part that is none.

    One large table on thousands of sheets would be taken apart thousands of times.

    Parameters
    ----------
    package
        The workbook.
    sheets
        The relationships of each sheet.

    Raises
    ------
    WorkbookError
        If there is one.
    """
    types = ContentTypes.load(package)
    seen: set[str] = set()
    for related in sheets:
        for relationship in related.by_type("table") + related.by_type("pivotTable"):
            part = relationship.target
            package.require(part)
            types.require(part, relationship.kind)
            if part_key(part) in seen:
                raise WorkbookError(
                    f"{package.label(part)} stands on two sheets, or twice on one; the "
                    "file is damaged. Open it in Excel, let Excel repair it and save it."
                )
            seen.add(part_key(part))


def _range(package: Package, text: str, part: str) -> CellRange:
    try:
        return CellRange.parse(text)
    except InputError:
        raise WorkbookError(
            f'{package.label(part)} is damaged: it says that it covers "{text:.100}"; '
            "expected a range of cells. Open the file in Excel, let Excel repair it and save it."
        ) from None


def _table(package: Package, sheet: str, part: str, namespace: str) -> TableEntry:
    root = parse_xml(package.read(part), package.label(part))
    own = f"{{{namespace}}}"
    columns = root.findall(f"{own}tableColumns/{own}tableColumn")
    if len(columns) > LAST_COLUMN:
        raise WorkbookError(
            f"{package.label(part)} lists {len(columns):,} columns of a table; expected "
            f"at most {LAST_COLUMN:,}. It was not read."
        )
    return TableEntry(
        part,
        sheet,
        root.get("displayName", "") or root.get("name", ""),
        _range(package, root.get("ref", ""), part),
        tuple(unescape_text(column.get("name", "")) for column in columns),
        integer_or(root.get("headerRowCount"), 1),
        integer_or(root.get("totalsRowCount")),
        root.get("tableType") == "queryTable",
    )
