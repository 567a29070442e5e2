"""Formulas as a workbook stores them: new functions' prefixes, and shared formulas moved on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    column_letter,
    column_number,
)

LONGEST_FORMULA = 8_192
"""Characters of a formula (Excel specifications and limits)."""

# Functions that came after the file format: Excel stores them behind a prefix, and shows #NAME?
# until the cell is edited when it is missing. [MS-XLSX] 2.2.2, future-function-list.
_FUTURE_NAMES = """
    ACOT ACOTH AGGREGATE ANCHORARRAY ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST
    BINOM.DIST.RANGE BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH
    CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS
    COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS
    DECIMAL DETECTLANGUAGE DROP ENCODEURL ERF.PRECISE ERFC.PRECISE EXPAND EXPON.DIST F.DIST
    F.DIST.RT F.INV F.INV.RT F.TEST FIELDVALUE FILTERXML FLOOR.MATH FLOOR.PRECISE FORECAST.ETS
    FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT FORECAST.LINEAR FORMULATEXT
    GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS GROUPBY HSTACK HYPGEOM.DIST IFNA IFS IMAGE
    IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH IMSINH IMTAN ISFORMULA ISOMITTED ISOWEEKNUM LAMBDA LET
    LOGNORM.DIST LOGNORM.INV MAKEARRAY MAP MAXIFS MINIFS MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST
    NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC
    PERCENTOF PERCENTRANK.EXC PERCENTRANK.INC PERMUTATIONA PHI PIVOTBY POISSON.DIST QUARTILE.EXC
    QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ REDUCE REGEXEXTRACT REGEXREPLACE REGEXTEST RRI SCAN SEC
    SECH SEQUENCE SHEET SHEETS SINGLE SKEW.P SORTBY STDEV.P STDEV.S STOCKHISTORY SWITCH T.DIST
    T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL
    TOROW TRANSLATE TRIMRANGE UNICHAR UNICODE UNIQUE VALUETOTEXT VAR.P VAR.S VSTACK WEBSERVICE
    WEIBULL.DIST WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST
"""
_FUTURE_FUNCTIONS = frozenset(_FUTURE_NAMES.split())
_WORKSHEET_FUNCTIONS = frozenset({"FILTER", "SORT"})  # these two have a further prefix

CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})")
"""A reference to a cell: "$" or nothing, its column, the same, its row."""

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<spill>(?:(?:'(?:[^']|'')*'|[\w.]+)!)?\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}\#(?![A-Za-z]))
    | (?P<sheet>'(?:[^']|'')*'!?)
    | (?P<error>\#[A-Za-z0-9/_]+[!?]?)
    | (?P<function>[^\W\d][\w.]*(?=\())
    | (?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w.$\\?!(]))
    | (?P<rows>\$?[1-9][0-9]{0,6}:\$?[1-9][0-9]{0,6}(?![\w.$\\?!(]))
    | (?P<word>[\w.$\\?]+!?)
    | (?P<bracket>\[)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": ")", "{": "}"}
_THIS_ROW = re.compile(r"\[@(?:(\[(?:[^\]']|'.)*\](?::\[(?:[^\]']|'.)*\])?)|([^\[\]]*))\]")


def stored_formula(text: str, where: str) -> str:
    """Write a formula, as typed in a cell, in the form that a workbook stores.

    Parameters
    ----------
    text : in English with commas, with or without its leading "="
    where : the cell, for the message

    Returns
    -------
    without "=", with `_xlfn.` before each function newer than Excel 2007, `A1#` as
    `_xlfn.ANCHORARRAY(A1)` and `Table[@Cost]` as `Table[[#This Row],[Cost]]`

    Raises
    ------
    WorkbookError
        If it is empty, too long, an array formula, or needs what a plain cell cannot store.

    Examples
    --------
    >>> stored_formula('=IFNA(XLOOKUP(A1,B:B,C:C),"IFNA(")', "Plan!D1")
    '_xlfn.IFNA(_xlfn.XLOOKUP(A1,B:B,C:C),"IFNA(")'
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        raise WorkbookError(
            f"{where} cannot take {_shown(text)}: array formulas cannot be written. "
            "Write a plain formula, or enter this one in Excel."
        )
    body = stripped.removeprefix("=").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not body or body.startswith("="):
        raise WorkbookError(
            f'{where} cannot take the formula "{text}"; expected one such as =SUM(A1:A9).'
        )
    if amiss := _unpaired(body):
        raise WorkbookError(f"{where} cannot take {_shown(text)}: {amiss}. Mend the formula.")
    stored, previous = "", ""
    for kind, token in formula_tokens(body):
        if kind == "bracket" and token.startswith("[@") and previous != "word":
            raise WorkbookError(
                f"{where} cannot take {_shown(text)}: {token} names no table. "
                f"Write the table's name before it, as in Table1{token}."
            )
        stored += _stored_token(kind, token, where, text)
        previous = kind
    if len(stored) > LONGEST_FORMULA:
        raise WorkbookError(
            f"{where} cannot take a formula of {len(stored):,} characters; at most "
            f"{LONGEST_FORMULA:,} fit. Split it over several cells."
        )
    return stored


def _unpaired(formula: str) -> str:
    """Which bracket or mark has no other one; Excel would take such a formula out of the file.

    >>> _unpaired("SUM(A1"), _unpaired('IF(A1="(",{1;2},Costs[Cost])')
    ('a "(" is not closed', '')
    """
    waiting: list[str] = []
    for kind, token in formula_tokens(formula):
        if kind == "bracket" and not token.endswith("]"):
            return 'a "[" is not closed'
        if kind != "other":
            continue
        if token in _CLOSING:
            waiting.append(token)
        elif token in "\"'":
            return "a text or a name in quotation marks is not closed"
        elif token in ")}]" and (not waiting or _CLOSING[waiting.pop()] != token):
            return f'a "{token}" closes nothing'
    return f'a "{waiting[-1]}" is not closed' if waiting else ""


def shift_formula(formula: str, rows: int, columns: int) -> str | None:
    """Move a stored formula to another cell, as copying it there would.

    Parameters
    ----------
    formula : as stored, without "="
    rows, columns : how far it moves, down and to the right

    Returns
    -------
    the formula with its relative references moved; None if one of them would leave the sheet

    Examples
    --------
    >>> shift_formula('A1+$B$1*SUM(Data!C1:C$9)&"A1"', 1, 2)
    'C2+$B$1*SUM(Data!E2:E$9)&"A1"'
    """
    pieces = []
    is_long = len(formula) > 2 * LONGEST_FORMULA  # nobody's: not worth the memory
    movable_tokens = _movable_tokens.__wrapped__ if is_long else _movable_tokens
    for kind, token in movable_tokens(formula):
        moved: str | None = token
        if kind == "word":
            moved = _shift_cell(token, rows, columns)
        elif kind in ("columns", "rows"):
            ends = [
                _shift_column(end, columns) if kind == "columns" else _shift_row(end, rows)
                for end in token.split(":")
            ]
            moved = None if None in ends else ":".join(end for end in ends if end)
        if moved is None:
            return None
        pieces.append(moved)
    return "".join(pieces)


@lru_cache(maxsize=64)
def _movable_tokens(formula: str) -> tuple[tuple[str, str], ...]:
    """The pieces of a formula, those that stay joined: thousands of cells can share it."""
    pieces: list[tuple[str, str]] = []
    for moves, tokens in groupby(formula_tokens(formula), _moves):
        together = list(tokens)
        pieces += together if moves else [("other", "".join(token for _, token in together))]
    return tuple(pieces)


def _moves(piece: tuple[str, str]) -> bool:
    kind, token = piece
    return kind in ("columns", "rows") or (kind == "word" and bool(CELL.fullmatch(token)))


def formula_tokens(formula: str) -> Iterator[tuple[str, str]]:
    """Cut a formula into (kind, text) pieces that join to the formula again.

    Kinds are "text" (a literal), "sheet" (in apostrophes, with its "!"), "error", "function" (a
    name before "("), "spill" (A1#), "columns", "rows", "bracket" (of a structured reference or
    another workbook), "word" (a cell, number or name, or a sheet with its "!") and "other".
    """
    position = 0
    while match := _TOKEN.match(formula, position):
        end = match.end()
        if match.lastgroup == "bracket":
            end = _closing_bracket(formula, position)
        yield match.lastgroup or "other", formula[position:end]
        position = end


def _closing_bracket(formula: str, opening: int) -> int:
    """Find the end of `[...]`; an apostrophe in a structured reference escapes what follows."""
    depth, position = 0, opening
    while position < len(formula):
        if formula[position] == "'":
            position += 1
        elif formula[position] == "[":
            depth += 1
        elif formula[position] == "]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(formula)


def _stored_token(kind: str, token: str, where: str, formula: str) -> str:
    if kind == "function":
        name = token.upper()
        if name in ("LET", "LAMBDA"):
            raise WorkbookError(
                f"{where} cannot take {_shown(formula)}: the names inside {name} have a stored "
                "form of their own. Enter this formula in Excel, or write it without them."
            )
        if name in _WORKSHEET_FUNCTIONS:
            return f"_xlfn._xlws.{name}"
        return f"_xlfn.{name}" if name in _FUTURE_FUNCTIONS else token
    if kind == "spill":
        return f"_xlfn.ANCHORARRAY({token[:-1]})"
    if kind == "bracket" and "@" in token:
        return _stored_this_row(token)
    if kind == "other" and token == "@":
        raise WorkbookError(
            f"{where} cannot take {_shown(formula)}: @ is not stored in formulas. "
            "Leave it out, or write SINGLE(...) in its place."
        )
    return token


def _stored_this_row(token: str) -> str:
    """Write `[@Cost]` as `[[#This Row],[Cost]]`: ECMA-376 part 1, 18.17.6.2."""
    match = _THIS_ROW.fullmatch(token)
    if not match:
        return token
    columns = match[1] or (f"[{match[2]}]" if match[2] else "")
    return f"[[#This Row],{columns}]" if columns else "[#This Row]"


def _shift_cell(word: str, rows: int, columns: int) -> str | None:
    match = CELL.fullmatch(word)
    if not match or column_number(match[2]) > LAST_COLUMN or int(match[4]) > LAST_ROW:
        return word  # a name, a number, a sheet, a truth value
    column = _shift_column(match[1] + match[2], columns)
    row = _shift_row(match[3] + match[4], rows)
    return None if column is None or row is None else column + row


def _shift_column(text: str, columns: int) -> str | None:
    if text.startswith("$"):
        return text
    moved = column_number(text) + columns
    return column_letter(moved) if 1 <= moved <= LAST_COLUMN else None


def _shift_row(text: str, rows: int) -> str | None:
    if text.startswith("$"):
        return text
    moved = int(text) + rows
    return str(moved) if 1 <= moved <= LAST_ROW else None


def _shown(formula: str) -> str:
    shortened = formula if len(formula) <= 60 else formula[:57] + "..."
    return f'"{shortened}"'
