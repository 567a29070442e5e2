"""TRUE and FALSE in cells, which Excel leaves out of a sum and LibreOffice counts as 1 and 0."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from xlportfolio.cell_names import PREFIX
from xlportfolio.libreoffice.cells_by_column import is_one_within
from xlportfolio.libreoffice.formula_calls import (
    LOOKING_UP,
    Token,
    calls_with_arguments,
    gives_truth,
)
from xlportfolio.libreoffice.formula_origins import Named, references
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import CellRange

_FIGURES = {
    *("SUM", "AVERAGE", "COUNT", "MIN", "MAX", "PRODUCT", "MEDIAN", "LARGE", "SMALL", "SUMSQ"),
    *("SUMPRODUCT", "SUBTOTAL", "STDEV", "STDEVP", "STDEV.S", "STDEV.P", "VAR", "VARP", "VAR.S"),
    *("VAR.P", "RANK", "RANK.EQ", "RANK.AVG", "PERCENTILE", "PERCENTILE.INC", "QUARTILE", "MODE"),
    "MODE.SNGL",
}
"""They leave out the truths of a range or an array, and count one that is given alone."""

_KINDS_AND_TEXTS = {
    *("ISNUMBER", "TYPE", "LEN", "CONCATENATE", "CONCAT", "TEXTJOIN", "LEFT", "RIGHT", "MID"),
    *("UPPER", "LOWER", "PROPER", "TRIM", "SUBSTITUTE", "REPLACE", "TEXT", "VALUE"),
}
_OF_CRITERIA = {"COUNTIF", "COUNTIFS", "SUMIF", "SUMIFS", "AVERAGEIF", "AVERAGEIFS"}
_NAMES = {*_FIGURES, *_KINDS_AND_TEXTS, *LOOKING_UP, *_OF_CRITERIA, PREFIX}
_MAY_DIFFER = re.compile(
    "[&=<>]|" + "|".join(re.escape(name) for name in sorted(_NAMES)), re.IGNORECASE
)
_MAY_BE_TRUTH = re.compile(r"[&=<>]|TRUE|FALSE|IS[A-Z]+\(|AND\(|OR\(|NOT\(|EXACT\(", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
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
        return is_one_within(self._columns.get(sheet.lower(), {}), cells)

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
        if _MAY_DIFFER.search(text) is None:
            return False
        if not self._columns and _MAY_BE_TRUTH.search(text) is None:
            return False
        return any(
            operand is None or any(self.are_in(*one) for one in references(operand, sheet, named))
            for operand in _operands(text)
        )


def _operands(text: str) -> Iterator[str | None]:
    """References that stand alone in such a place; None for a truth that stands there itself."""
    tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
    for name, given in calls_with_arguments(text):
        yield from _operands_of_call(name, given)
    for i, (kind, token) in enumerate(tokens):
        if token == "&" and kind == "other":
            yield from _joined_operands(tokens, i)
        elif token in ("=", "<", ">") and kind == "other":
            yield from _compared_with_number(tokens, i)


def _operands_of_call(name: str, given: Sequence[Sequence[Token]]) -> Iterator[str | None]:
    """The same of one call."""
    if name.startswith(PREFIX):
        for one in given:
            if _holds_truth(one):
                yield None
            elif _is_reference(one):
                yield _joined(one)
    elif name in _FIGURES or name in _KINDS_AND_TEXTS:
        for one in given:
            text = _joined(one)
            if _is_reference(one):
                yield text
            elif gives_truth(text) and (":" in text or name in _KINDS_AND_TEXTS):
                yield None
    elif name in LOOKING_UP and len(given) > 1 and _is_number(given[0]):
        if _is_reference(given[1]):
            yield _joined(given[1])
        elif gives_truth(_joined(given[1])):
            yield None
    elif name in _OF_CRITERIA:
        for cells, criterion in itertools.pairwise(given):
            if _is_number(criterion) and _is_reference(cells):
                yield _joined(cells)


def _holds_truth(tokens: Sequence[Token]) -> bool:
    """Whether an argument is a truth, an array with one, or an IF that may give one."""
    words = [token.upper() for kind, token in tokens if kind == "word"]
    if len(tokens) == 1 or _joined(tokens[:1]) == "{":
        return "TRUE" in words or "FALSE" in words
    if gives_truth(_joined(tokens)):
        return True
    if _joined(tokens[:2]).upper() != "IF(":
        return False
    depth, starts = 0, [2]
    for i, (_, token) in enumerate(tokens):
        if token == "," and depth == 1:
            starts.append(i + 1)
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if depth == 0 and i > 0:
            if i < len(tokens) - 1:
                return False  # something is done with what it gives
            break
    ends = [*(start - 1 for start in starts[1:]), len(tokens) - 1]
    parts = [tokens[start:end] for start, end in zip(starts, ends, strict=True)]
    return len(parts) == 2 or any(_holds_truth(part) for part in parts[1:] if part)


def _compared_with_number(tokens: Sequence[Token], i: int) -> Iterator[str]:
    """The reference that is compared with a number on the other side: TRUE is no 1 in Excel."""
    first = last = i
    while first > 0 and tokens[first - 1][1] in ("=", "<", ">"):
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1][1] in ("=", "<", ">"):
        last += 1
    if i != first:
        return
    before, after = _side(tokens, first - 1, -1), _side(tokens, last + 1, 1)
    if _is_number(after) and _is_reference(before) and not _is_number(before):
        yield _joined(before)
    elif _is_number(before) and _is_reference(after) and not _is_number(after):
        yield _joined(after)


def _side(tokens: Sequence[Token], k: int, step: int) -> Sequence[Token]:
    """What stands on one side of a comparison up to the next bound; () where it is no reference."""
    begin = k
    while 0 <= k < len(tokens) and _is_reference(tokens[k : k + 1]):
        k += step
    is_alone = not 0 <= k < len(tokens) or tokens[k][1] in _BOUND
    return tokens[min(k - step, begin) : max(k - step, begin) + 1] if is_alone else ()


def _is_number(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and _NUMBER.fullmatch(tokens[0][1]) is not None


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
