"""Where TRUE and FALSE in cells make another figure in LibreOffice than in Excel."""

from __future__ import annotations

from xlportfolio.libreoffice.formula_calls import gives_truth
from xlportfolio.libreoffice.formula_origins import Named
from xlportfolio.libreoffice.truth_values import Truths
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

COSTS = ExcelTable("Costs", "Plan", CellRange(1, 1, 9, 2), ("Cost", "It's [live]"))


def test_text_of_a_formula_says_whether_it_gives_a_truth() -> None:
    assert gives_truth("A1<>B1")
    assert gives_truth("_xlfn.XOR(A1,B1)")
    assert not gives_truth('"="&A1')
    assert not gives_truth("AND(A1)+1")


def test_truths_that_a_formula_makes_itself_are_told_from_numbers() -> None:
    for text, matters in [
        ("SUM(A1:A9>5)", True),
        ("SUM(A1>5)", False),
        ("SUMPRODUCT(--(A1:A9>5))", False),
        ("SUMPRODUCT((A1:A9>5)*B1:B9)", False),
        ("ISNUMBER(A1>5)", True),
        ("MATCH(1,A1:A9>5,0)", True),
        ("MATCH(TRUE,A1:A9>5,0)", False),
        ("MATCH(1,(A1:A9>5)*(B1:B9>5),0)", False),
        ("AVERAGE(IF(A1:A9>5,A1:A9))", False),
        ("PF_CUT_LINE(A1:A9,B1:B9,TRUE)", True),
        ("PF_RANK({1;TRUE})", True),
        ('PF_RANK({1;"TRUE"})', False),
        ("PF_RANK(A1:A9>5)", True),
        ("PF_RANK(IF(A1:A9>5,A1:A9))", True),
        ("PF_RANK(IF(A1:A9>5,A1:A9,0))", False),
        ("PF_RANK(IF(A1:A9>5,A1:A9,FALSE))", True),
        ("PF_RANK(IF(A1:A9>5,A1:A9)*1)", False),
    ]:
        assert Truths([]).matter_to(text, "Plan", Named({}, {})) is matters, text


def test_column_of_a_table_is_told_from_the_others() -> None:
    named = Named({}, {"costs": COSTS})
    for text, matters in [
        ("SUM(Costs[Cost])", False),
        ("SUM(Costs[[#Data],[It''s '[live']]])", True),
        ("SUM(Costs)", True),
        ("MAX(Costs[[Cost]:[It''s '[live']]])", True),
        ("SUM(Data!B1)", False),
        ("SUM(A:A)", False),
        ("B2&1", True),
        ("B2*2&1", False),
        ("1&('Plan'!B2)", False),
        ("COUNTIF(B:B,1)", True),
        ("COUNTIF(B:B,TRUE)", False),
        ('SUMIFS(C:C,A:A,1,B:B,"x")', False),
        ("SUMIFS(C:C,A:A,1,B:B,0)", True),
        ("MATCH(1,B:B,0)", True),
        ("MATCH(1,A:A,0)", False),
        ('VLOOKUP("P1",A:B,2,0)', False),
        ("IF(B2=1,2,3)", True),
        ("IF(1<>B2,2,3)", True),
        ("IF(B2+1=1,2,3)", False),
        ("IF(A2>=1,B2,3)", False),
        ('IF(B2="",2,3)', False),
        ("UPPER(B2)", True),
        ("PF_RANK(B1:B5)", True),
        ("PF_RANK(A1:A5)", False),
        ("PF_RANK(A1:A5,VLOOKUP(1,A:A,1,FALSE))", False),
    ]:
        assert Truths([("Plan", 2, 2)]).matter_to(text, "Plan", named) is matters, text
