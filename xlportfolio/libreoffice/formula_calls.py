"""What the text of a formula calls, compares and refers to, read token by token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xlportfolio.errors import InputError
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import CellRange

Token = tuple[str, str]
"""Kind and text, as `formula_tokens` gives them."""

LOOKING_UP = frozenset(("MATCH", "VLOOKUP", "HLOOKUP", "LOOKUP", "XMATCH", "XLOOKUP"))
"""Functions that look their first argument up in their second."""

_VOLATILE = {"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"}
_LOOKS_VOLATILE = re.compile("NOW|TODAY|RAND", re.IGNORECASE)
_TRUTHS = {
    *("AND", "OR", "NOT", "XOR", "EXACT", "TRUE", "FALSE", "ISBLANK", "ISERR", "ISERROR", "ISEVEN"),
    *("ISFORMULA", "ISLOGICAL", "ISNA", "ISNONTEXT", "ISNUMBER", "ISODD", "ISREF", "ISTEXT"),
}
_PREFIX = re.compile(r"(?:_xlfn\.|_xlws\.|_xludf\.|_xldudf_|_xll\.)+", re.IGNORECASE)
ONE_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


class UnreadableError(Exception):
    """The text is no formula; why, as the end of a sentence about it."""


def is_volatile(text: str) -> bool:
    """Whether a formula gives another answer each time it is computed.

    >>> is_volatile("TODAY()-A1"), is_volatile('"NOW()"')
    (True, False)
    """
    return _LOOKS_VOLATILE.search(text) is not None and not _VOLATILE.isdisjoint(called(text))


def called(text: str) -> list[str]:
    """The functions that a formula calls, in capitals and without prefixes of files.

    >>> called('_xlfn.XLOOKUP(A1,B:B,sum(1))&"NOW()"')
    ['XLOOKUP', 'SUM']
    """
    tokens = list(formula_tokens(text))
    return [bare_name(token) for i, (_, token) in enumerate(tokens) if is_call(tokens, i)]


def calls_with_arguments(text: str) -> Iterator[tuple[str, list[list[Token]]]]:
    """Each call in a formula with the tokens of its arguments, inner ones first; "" for brackets.

    >>> [(name, len(given)) for name, given in calls_with_arguments("SUM(A1,(B1+1),MAX(1,2))")]
    [('', 1), ('MAX', 2), ('SUM', 3)]
    """
    tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
    open_calls: list[tuple[str, list[int]]] = []
    for i, (_, token) in enumerate(tokens):
        if token in ("(", "{"):
            name = (
                bare_name(tokens[i - 1][1]) if token == "(" and i and is_call(tokens, i - 1) else ""
            )
            open_calls.append((name, [i + 1]))
        elif token == "," and open_calls:
            open_calls[-1][1].append(i + 1)
        elif token in (")", "}") and open_calls:
            name, starts = open_calls.pop()
            ends = [*(start - 1 for start in starts[1:]), i]
            yield name, [list(tokens[a:b]) for a, b in zip(starts, ends, strict=True)]


def gives_truth(text: str) -> bool:
    """Whether the text of a formula says that it gives TRUE or FALSE.

    Comparing binds loosest in Excel, so that what compares outside all brackets is a truth.

    >>> [gives_truth(text) for text in ("A1:A9>5", "1+(A1>5)", "ISNUMBER(A1)", "IF(A1,B1)")]
    [True, False, True, False]
    """
    tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
    depth = 0
    outside = set()
    for kind, token in tokens:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if depth == 0 and kind == "other":
            outside.add(token)
    if outside & set("=<>"):
        return True
    is_alone = outside == {")"} and is_call(tokens, 0)
    return is_alone and bare_name(tokens[0][1]) in _TRUTHS


def bare_name(token: str) -> str:
    """A function's name without the prefixes of files, in capitals."""
    return _PREFIX.sub("", token, count=1).upper()


def is_call(tokens: Sequence[Token], i: int) -> bool:
    """Whether a token names a function that is called, with or without blanks before "("."""
    if i >= len(tokens) or tokens[i][0] not in ("function", "word") or tokens[i][1].endswith("!"):
        return False
    if tokens[i][0] == "function":
        return True
    after = after_blanks(tokens, i + 1)
    is_name = not tokens[i][1][0].isdigit() and not ONE_CELL.fullmatch(tokens[i][1])
    return is_name and after < len(tokens) and tokens[after][1] == "("


def after_blanks(tokens: Sequence[Token], i: int) -> int:
    """The next token that is not blank; their number where there is none."""
    while i < len(tokens) and tokens[i][1].isspace():
        i += 1
    return i


def qualifier_length(tokens: Sequence[Token], i: int) -> int:
    """How many tokens the sheet or workbook before a name or a cell takes; 0 for none."""
    kind, token = tokens[i]
    follows_word = i > 0 and tokens[i - 1][0] == "word"
    if kind == "bracket" and not follows_word and i + 1 < len(tokens):
        text = tokens[i + 1][1]
        return 2 if text == "!" or (len(text) > 1 and text.endswith("!")) else 0
    return 1 if kind in ("sheet", "word") and token.endswith("!") and len(token) > 1 else 0


def opening_bracket(tokens: Sequence[Token], called: int) -> int:
    """Where the arguments of a call begin, from the token that names what is called."""
    return after_blanks(tokens, called + 1)


def closing_bracket(tokens: Sequence[Token], opening: int) -> int:
    """Where the bracket ends that opens there; an `UnreadableError` where it does not."""
    depth = 0
    for i in range(opening, len(tokens)):
        if tokens[i][1] == "(":
            depth += 1
        elif tokens[i][1] == ")":
            depth -= 1
            if depth == 0:
                return i
    raise UnreadableError("a bracket in it is not closed")


def end_of_argument(tokens: Sequence[Token], first: int) -> int:
    """Where the comma or bracket after an argument stands; an `UnreadableError` without one."""
    depth = 0
    for i in range(first, len(tokens)):
        token = tokens[i][1]
        if depth == 0 and token in (",", ")"):
            return i
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
    raise UnreadableError("a bracket in it is not closed")


def stripped(tokens: Sequence[Token]) -> list[Token]:
    """Without the blanks around them."""
    kept = list(tokens)
    while kept and kept[0][1].isspace():
        kept.pop(0)
    while kept and kept[-1][1].isspace():
        kept.pop()
    return kept


def qualified(tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """A sheet with its "!", or "", and what comes after it."""
    taken = qualifier_length(tokens, 0) if tokens else 0
    return "".join(text for _, text in tokens[:taken]), tokens[taken:]


def sheet_name(qualifier: str) -> str:
    """The name of a sheet as it is, from how it stands before a reference."""
    name = qualifier.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def single_cell(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Row and column of the one cell that a reference names; None where it is anything else."""
    cells = rectangle_of(tokens)
    if cells is None or cells.n_rows > 1 or cells.n_columns > 1:
        return None
    return cells.first_row, cells.first_column


def rectangle_of(tokens: Sequence[Token]) -> CellRange | None:
    """The range that a reference names; None where it is anything else."""
    if not all(kind in ("word", "columns", "rows") or text == ":" for kind, text in tokens):
        return None
    try:
        return CellRange.parse("".join(text for _, text in tokens))
    except InputError:
        return None
