"""The lint's rules for Excel tables: what Excel compares when it opens one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.lint.package_rules import LintedPackage
from xlportfolio.workbook.lint.sheet_facts import SheetFacts, unescaped
from xlportfolio.workbook.lint.sheet_rules import overlapping
from xlportfolio.workbook.references import CellRange, cell_address


@dataclass(frozen=True)
class LintedTable:
    """One Excel table as its part describes it."""

    part: str
    root: etree._Element
    cells: CellRange
    columns: tuple[str, ...]
    has_header: bool

    @property
    def name(self) -> str:
        return self.root.get("displayName") or self.root.get("name") or self.part


def tables_of(package: LintedPackage, sheet_part: str) -> list[LintedTable]:
    """Read the tables that a sheet's relationships lead to."""
    tables = []
    for link in package.links(sheet_part).values():
        root = package.root(link.target) if link.kind == "table" else None
        if root is None:
            continue
        try:
            cells = CellRange.parse(root.get("ref", ""))
        except InputError:
            package.report("table-range", link.target, f'"{root.get("ref")}" is not a range')
            continue
        columns = tuple(
            column.get("name", "") for column in root.iterfind("{*}tableColumns/{*}tableColumn")
        )
        has_header = root.get("headerRowCount", "1") != "0"
        tables.append(LintedTable(link.target, root, cells, columns, has_header))
    return tables


def lint_tables(
    package: LintedPackage, tables: Mapping[str, list[LintedTable]], names: set[str]
) -> None:
    """Check the tables of the workbook, by the part of their sheet, against each other.

    Parameters
    ----------
    package : findings are added to it
    tables : from the part of a sheet to its tables
    names : the workbook's defined names, in lower case; tables share their space
    """
    seen_names: dict[str, str] = {}
    seen_identifiers: dict[str, str] = {}
    for on_sheet in tables.values():
        for table in on_sheet:
            _lint_table(package, table)
            key = table.name.lower()
            if key in seen_names:
                package.report(
                    "table-name", table.part, f'"{table.name}" is also in {seen_names[key]}'
                )
            elif key in names:
                package.report("table-name", table.part, f'"{table.name}" is also a defined name')
            seen_names.setdefault(key, table.part)
            identifier = table.root.get("id", "")
            if identifier in seen_identifiers:
                package.report(
                    "table-id",
                    table.part,
                    f"its id {identifier} is also that of {seen_identifiers[identifier]}",
                )
            seen_identifiers.setdefault(identifier, table.part)
        by_range = {table.cells: table for table in on_sheet}
        for one, other in overlapping(sorted(table.cells for table in on_sheet)):
            package.report(
                "table-overlap",
                by_range[one].part,
                f'its cells {one.address} overlap table "{by_range[other].name}"',
            )


def lint_headers(
    package: LintedPackage,
    sheet_part: str,
    table: LintedTable,
    facts: SheetFacts,
    shared_texts: Mapping[int, str],
) -> None:
    """Check that each column of a table is named as the cell above it reads."""
    if not table.has_header:
        return
    row = table.cells.first_row
    for offset, name in enumerate(table.columns):
        cell = (row, table.cells.first_column + offset)
        text = facts.texts.get(cell)
        if text is None and cell in facts.shared_texts:
            text = unescaped(shared_texts.get(facts.shared_texts[cell], ""))
        if text is None or _compared(text) != _compared(unescaped(name)):
            shown = "no text" if text is None else f'"{text}"'
            package.report(
                "table-header",
                sheet_part,
                f'column "{name}" of table "{table.name}" has {shown} in its header cell',
                cell_address(*cell),
            )


def _lint_table(package: LintedPackage, table: LintedTable) -> None:
    cells, columns = table.cells, table.columns
    if len(columns) != cells.n_columns:
        package.report(
            "table-width",
            table.part,
            f"it lists {len(columns)} columns for the {cells.n_columns} of {cells.address}",
        )
    seen: set[str] = set()
    for name in columns:
        if name.lower() in seen:
            package.report("table-column-name", table.part, f'two columns are called "{name}"')
        seen.add(name.lower())
    identifiers = [
        column.get("id", "") for column in table.root.iterfind("{*}tableColumns/{*}tableColumn")
    ]
    if len(set(identifiers)) != len(identifiers):
        package.report("table-column-id", table.part, "two of its columns have the same id")
    n_totals = table.root.get("totalsRowCount", "0")
    least = table.has_header + (int(n_totals) if n_totals.isdigit() else 0) + 1
    if cells.n_rows < least:
        package.report("table-height", table.part, f"{cells.address} has no row for data")
    table_filter = table.root.find("{*}autoFilter")
    if table_filter is not None and table_filter.get("ref"):
        try:
            filtered = CellRange.parse(table_filter.get("ref", ""))
        except InputError:
            filtered = None
        is_sound = filtered is not None and (
            filtered.first_row,
            filtered.first_column,
            filtered.last_column,
        ) == (cells.first_row, cells.first_column, cells.last_column)
        if not is_sound or filtered is None or filtered.last_row > cells.last_row:
            package.report(
                "table-filter",
                table.part,
                f"its filter covers {table_filter.get('ref')}, the table {cells.address}",
            )


def _compared(text: str) -> str:
    """Excel ignores line breaks when it compares a header with its column's name."""
    return text.replace("\r", "").replace("\n", "")
