"""The formulas that Excel tables keep for a whole column: what a new row gets."""

from __future__ import annotations

from collections.abc import Callable

from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import parse_xml, serialise

_OF_A_COLUMN = ("calculatedColumnFormula", "totalsRowFormula")


def take_column_formulas_out(
    package: Package, index: WorkbookIndex, is_wanted: Callable[[str], bool]
) -> None:
    """Take formulas out of the columns of Excel tables, whose cells hold constants from now on.

    Parameters
    ----------
    package, index
        The workbook.
    is_wanted
        Whether a formula, as stored and without "=", is taken out.
    """
    for sheet in index.sheets:
        for table in index.relationships(sheet.part).by_type("table"):
            root = parse_xml(package.read(table.target), package.label(table.target))
            changed = False
            for name in _OF_A_COLUMN:
                for formula in list(root.iterfind(f".//{{*}}{name}")):
                    column = formula.getparent()
                    if column is None or not is_wanted(formula.text or ""):
                        continue
                    column.remove(formula)
                    if "totalsRowFunction" in column.attrib and name == "totalsRowFormula":
                        del column.attrib["totalsRowFunction"]
                    changed = True
            if changed:
                package.write(table.target, serialise(root))
