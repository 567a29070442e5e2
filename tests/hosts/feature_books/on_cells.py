"""Features inside cells: formulas that fill ranges, texts of every kind, merges."""

from __future__ import annotations

from functools import partial

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.parts import HEAD, MAIN, Parts


def _cells(sheet: str, xml: str, parts: Parts) -> None:
    parts.put_cells(parts.sheet(sheet), xml)


def shared_formulas(draft: Draft) -> None:
    """One formula for K2:K6, and one for L2:M4; a third has one follower only."""
    draft.sheet("Shared")
    cells = ['<c r="K2"><f t="shared" ref="K2:K6" si="0">D2+$D$9</f><v>6050.25</v></c>']
    for row, value in zip(range(3, 7), (5649.75, 5300.0, 4948.75, 7149.75), strict=True):
        cells.append(f'<c r="K{row}"><f t="shared" si="0"/><v>{value}</v></c>')
    cells.append('<c r="L2"><f t="shared" ref="L2:M4" si="1">LEN($B2)+COLUMN()</f><v>22</v></c>')
    cells.append('<c r="M2"><f t="shared" si="1"></f><v>23</v></c>')
    for row, length in ((3, 5), (4, 11)):
        for number, column in ((12, "L"), (13, "M")):
            value = length + number
            cells.append(f'<c r="{column}{row}"><f t="shared" si="1"/><v>{value}</v></c>')
    first = '<f t="shared" ref="O2:O3" si="2">A2&amp;"!"</f>'
    cells.append(f'<c r="O2" t="str">{first}<v>P-1!</v></c>')
    cells.append('<c r="O3" t="str"><f t="shared" si="2"/><v>P-2!</v></c>')
    draft.amend(partial(_cells, "Shared", "".join(cells)))


def legacy_arrays(draft: Draft) -> None:
    sheet = draft.sheet("Arrays")
    sheet.write_array_formula("K2:K7", "{=D2:D7*2}", None, 2401)
    for row, value in enumerate((1600, 900.5, 198, 4600, 0), 2):
        sheet.write_number(row, 10, value)
    sheet.write_array_formula("M2", "{=SUM(D2:D7*D2:D7)}", None, 7583756.3125)


def dynamic_arrays(draft: Draft) -> None:
    """A spill of 6 x 1, one that fills a row, and one cell; metadata with cm."""
    sheet = draft.sheet("Spills")
    sheet.write_dynamic_array_formula("K2:K7", "=SORT(D2:D7)", None, 0)
    for row, value in enumerate((99, 450.25, 800, 1200.5, 2300), 2):
        sheet.write_number(row, 10, value)
    sheet.write_dynamic_array_formula("M2:O2", "=SEQUENCE(1,3)", None, 1)
    sheet.write_row("N2", (2, 3))
    sheet.write_dynamic_array_formula("M5", "=SUM(UNIQUE(D2:D7))", None, 4849.75)


def data_tables(draft: Draft) -> None:
    """A what-if table over K2:L4 with its input in D2."""
    sheet = draft.sheet("WhatIf")
    sheet.write_row("K1", (1, 2))
    sheet.write_column("J2", (10, 20, 30))
    sheet.write_formula("J1", "=D2*D3", None, 960400)
    cells = '<c r="K2"><f t="dataTable" ref="K2:L4" dt2D="1" dtr="1" r1="D2" r2="D3"/><v>10</v></c>'
    for row in (2, 3, 4):
        for number, column in ((1, "K"), (2, "L")):
            if (row, column) != (2, "K"):
                cells += f'<c r="{column}{row}"><v>{number * (row - 1) * 10}</v></c>'
    draft.amend(partial(_cells, "WhatIf", cells))


def merged_cells(draft: Draft) -> None:
    sheet = draft.sheet("Merges")
    form = draft.book.add_format({"align": "center", "border": 1})
    sheet.merge_range("K2:M3", "three by two", form)
    sheet.merge_range("K6:K9", 12.5, form)
    sheet.merge_range("A12:H12", "", form)


def texts(draft: Draft) -> None:
    """Rich text, phonetics, whitespace, escapes, control characters, the longest text."""
    sheet = draft.sheet("Texts")
    bold, red = draft.book.add_format({"bold": True}), draft.book.add_format({"color": "red"})
    sheet.write_rich_string("K2", "plain ", bold, "bold ", red, "red", " end")
    sheet.write_string("K3", "  leading and trailing  ")
    sheet.write_string("K4", "two\nlines\tand a tab")
    sheet.write_string("K5", "_x0041_ is not A")
    sheet.write_string("K6", "x" * 32_767)
    sheet.write_string("K7", "=not a formula")
    sheet.write_string("K8", "bell\x07")
    cells = (
        '<c r="L2" t="inlineStr"><is><t xml:space="preserve"> inline </t></is></c>'
        '<c r="L3" t="inlineStr"><is><r><rPr><b/></rPr><t>in</t></r><r><t>line</t></r></is></c>'
        '<c r="L4" t="inlineStr"><is><t>\u8ab2\u9577</t><rPh sb="0" eb="2">'
        "<t>\u30ab\u30c1\u30e7\u30a6</t></rPh>"
        '<phoneticPr fontId="0" type="fullwidthKatakana"/></is></c>'
        '<c r="L5" t="str"><f>"a"&amp;"_x0041_"</f><v>a_x005F_x0041_</v></c>'
        '<c r="L6" t="inlineStr" ph="1"><is><t/></is></c>'
    )

    def amend(parts: Parts) -> None:
        part = parts.sheet("Texts")
        parts.put_cells(part, cells)
        parts.put_in_sheet(part, '<phoneticPr fontId="0" type="noConversion"/>')

    draft.amend(amend)


def truths_and_errors(draft: Draft) -> None:
    draft.sheet("Errors")
    codes = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
    cells = "".join(f'<c r="K{n}" t="e"><v>{code}</v></c>' for n, code in enumerate(codes, 2))
    cells += '<c r="L2" t="b"><v>1</v></c><c r="L3" t="b"><v>0</v></c>'
    cells += '<c r="L4" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    cells += '<c r="L5" t="b"><f>D2&gt;D3</f><v>1</v></c>'
    cells += '<c r="L6" t="e"><f>NA()</f><v>#N/A</v></c>'
    draft.amend(partial(_cells, "Errors", cells))


def future_functions(draft: Draft) -> None:
    """Functions newer than 2007, and a name that is a LAMBDA."""
    sheet = draft.sheet("Future")
    sheet.write_formula("K2", '=_xlfn.XLOOKUP("P-2",A2:A7,D2:D7)', None, 800)
    sheet.write_formula("K3", "=_xlfn.LET(_xlpm.a,D2,_xlpm.a*2)", None, 2401)
    sheet.write_formula("K4", "=_xlfn.LAMBDA(_xlpm.a,_xlpm.a+1)(D3)", None, 801)
    sheet.write_formula("K5", '=_xlfn.TEXTJOIN(",",TRUE,A2:A3)', None, "P-1,P-2")
    sheet.write_formula("K6", '=_xlfn.IFS(D2>D3,"more",TRUE,"less")', None, "more")
    draft.book.define_name("Doubled", "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x*2)")


def calc_chain(draft: Draft) -> None:
    """A calculation chain of every formula, as Excel keeps it."""
    draft.sheet("Chained")

    def amend(parts: Parts) -> None:
        entries = []
        sheets = parts.tree("xl/workbook.xml").findall(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
        for sheet in sheets:
            part = parts.sheet(sheet.get("name", ""))
            if "worksheets/" not in part:
                continue
            for cell in parts.tree(part).iter(f"{{{MAIN}}}c"):
                formula = cell.find(f"{{{MAIN}}}f")
                if formula is not None and formula.get("t") != "dataTable":
                    array = ' a="1"' if formula.get("t") == "array" else ""
                    entries.append(f'<c r="{cell.get("r")}" i="{sheet.get("sheetId")}"{array}/>')
        parts.add(
            "xl/calcChain.xml",
            f'{HEAD}<calcChain xmlns="{MAIN}">{"".join(entries)}</calcChain>',
            "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml",
        )
        parts.relate("xl/workbook.xml", "calcChain", "xl/calcChain.xml")

    draft.amend(amend)


ON_CELLS = {
    "shared_formulas": shared_formulas,
    "legacy_arrays": legacy_arrays,
    "dynamic_arrays": dynamic_arrays,
    "data_tables": data_tables,
    "merged_cells": merged_cells,
    "texts": texts,
    "truths_and_errors": truths_and_errors,
    "future_functions": future_functions,
    "calc_chain": calc_chain,
}
