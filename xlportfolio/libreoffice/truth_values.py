"""TRUE and FALSE in cells, which Excel leaves out of a sum and LibreOffice counts as 1 and 0."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from xlportfolio.libreoffice.formula_calls import Token, called, gives_truth
from xlportfolio.libreoffice.formula_origins import Named, references
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import CellRange

_DIFFERENT = {
    *("SUM", "AVERAGE", "COUNT", "MIN", "MAX", "PRODUCT", "MEDIAN", "LARGE", "SMALL", "SUMSQ"),
    *("SUMPRODUCT", "SUBTOTAL", "STDEV", "STDEVP", "STDEV.S", "STDEV.P", "VAR", "VARP", "VAR.S"),
    *("VAR.P", "RANK", "RANK.EQ", "RANK.AVG", "PERCENTILE", "PERCENTILE.INC", "QUARTILE"),
    *("ISNUMBER", "TYPE", "LEN", "CONCATENATE", "CONCAT", "TEXTJOIN"),
}
_MAY_DIFFER = re.compile("&|" + "|".join(re.escape(name) for name in _DIFFERENT), re.IGNORECASE)
_REFERENCE_KINDS = {"word", "sheet", "columns", "rows", "bracket", "spill"}
_BOUND = {"(", ")", ",", "&", "=", "<", ">", "{", "}"}

REASON = (
    "it takes a cell with TRUE or FALSE for a number or a text, which LibreOffice does in another "
    "way than Excel"
)


class Truths:
    """Cells that hold TRUE or FALSE.

    Parameters
    ----------
    cells
        Sheet, row and column of each.
    """

    def __init__(self, cells: Iterable[tuple[str, int, int]]) -> None:
        self._columns: dict[str, dict[int, list[int]]] = {}
        for sheet, row, column in sorted(cells):
            self._columns.setdefault(sheet.lower(), {}).setdefault(column, []).append(row)

    def are_in(self, sheet: str, cells: CellRange) -> bool:
        """Whether a range holds one of them."""
        for column, rows in self._columns.get(sheet.lower(), {}).items():
            if cells.first_column <= column <= cells.last_column:
                k = bisect_left(rows, cells.first_row)
                if k < len(rows) and rows[k] <= cells.last_row:
                    return True
        return False

    def matter_to(self, text: str, sheet: str, named: Named) -> bool:
        """Whether a formula does with one of them what differs between the programs.

        Parameters
        ----------
        text
            As stored, without "=".
        sheet
            Where it stands.
        named
            What names and tables stand for.
        """
        if _MAY_DIFFER.search(text) is None or not (self._columns or "&" in text):
            return False
        return any(
            operand is None or any(self.are_in(*one) for one in references(operand, sheet, named))
            for operand in _operands(text)
        )


def _operands(text: str) -> Iterator[str | None]:
    """References that stand alone in such a place; None for a truth that stands there itself."""
    tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
    open_calls: list[tuple[str, int]] = []
    for i, (kind, token) in enumerate(tokens):
        if token == "(":
            names = called("".join(part for _, part in tokens[i - 1 : i + 1])) if i else []
            open_calls.append((names[0] if names else "", i + 1))
        elif token in (",", ")") and open_calls:
            name, start = open_calls.pop()
            if name in _DIFFERENT and _is_reference(tokens[start:i]):
                yield _joined(tokens[start:i])
            if token == ",":
                open_calls.append((name, i + 1))
        elif token == "&" and kind == "other":
            yield from _joined_operands(tokens, i)


def _joined_operands(tokens: Sequence[Token], i: int) -> Iterator[str | None]:
    """What stands on both sides of `&`, where it is a reference or a truth in brackets."""
    for step in (-1, 1):
        k = end = i + step
        if 0 <= k < len(tokens) and tokens[k][1] == ("(" if step > 0 else ")"):
            depth = 0
            while 0 <= k < len(tokens):
                depth += {"(": 1, ")": -1}.get(tokens[k][1], 0)
                if depth == 0:
                    break
                k += step
            inner = tokens[min(k, end) + 1 : max(k, end)]
            before = tokens[min(k, end) - 1][0] if min(k, end) > 0 else "other"
            if before == "other" and gives_truth(_joined(inner)):
                yield None
            continue
        while 0 <= k < len(tokens) and _is_reference(tokens[k : k + 1]):
            k += step
        is_alone = not 0 <= k < len(tokens) or tokens[k][1] in _BOUND
        operand = tokens[min(k - step, end) : max(k - step, end) + 1]
        if is_alone and k != end:
            yield _joined(operand)


def _is_reference(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and all(kind in _REFERENCE_KINDS or token == ":" for kind, token in tokens)


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(token for _, token in tokens)
