"""Formulas as the private LibreOffice is given them: rewritten, or refused with the reason.

Excel's files name functions of add-ins in many ways, and write down things (`@`, `A1#`) that
LibreOffice does not know; some formulas must never run where nobody looks on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from xlportfolio.libreoffice.calc_names import ADD_IN, ShortWay, programmatic_name
from xlportfolio.libreoffice.formula_calls import (
    ONE_CELL,
    Token,
    UnreadableError,
    bare_name,
    closing_bracket,
    end_of_argument,
    is_call,
    opening_bracket,
    qualified,
    qualifier_length,
    rectangle_of,
    sheet_name,
    single_cell,
    stripped,
)
from xlportfolio.libreoffice.refused_functions import (
    ASKED,
    NEVER,
    OUTSIDE,
    RefusedError,
    character_of,
    require_allowed,
)
from xlportfolio.workbook.editing.formulas import LONGEST_FORMULA, formula_tokens
from xlportfolio.workbook.references import CellRange, cell_address, column_letter

LONGEST_TEXT = 32_767
"""Characters: Excel takes 8,192, which prefixes make longer in a file."""

DEEPEST_NESTING = 64
"""Of calls (Excel specifications and limits)."""

_REWRITTEN = {"INDIRECT", "SINGLE", "ANCHORARRAY", "CHAR", "CODE"}

# No text literal, no sheet in apostrophes, workbook or table, prefix, dot or function of a sheet.
_PLAIN = re.compile(
    r"""(?:[^"'\[\]|#@_.\\!?~] | [0-9]\.[0-9] | [A-Za-z0-9]!(?=\$?[A-Za-z]{1,3}\$?[0-9]))*""",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d]\w*")
_LONGEST_REPEATED = 1_000
_GIVES_REFERENCE = {"OFFSET", "INDIRECT"}

_ADD_IN_PREFIX = re.compile(r"(?:_xludf\.|_xldudf_|_xll\.)", re.IGNORECASE)
_OTHER_BOOK = re.compile(r"[\[\\/]")
_OUR_ADD_IN = f"{ADD_IN}.".upper()
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Refused:
    """A formula that LibreOffice is not given.

    Attributes
    ----------
    reason
        The end of a sentence about it: "WEBSERVICE reaches outside the workbook, ...".
    """

    reason: str


@dataclass(frozen=True)
class Surroundings:
    """What the text of a formula leans on.

    Attributes
    ----------
    sheet
        Where it stands.
    functions
        Our functions by plain name, in capitals, with the short way to those that have one.
    spills
        What the dynamic arrays fill, by sheet in lower case, row and column of the first cell.
    refused_names
        Defined names, in lower case, that may not be computed, with the reason.
    """

    sheet: str = ""
    functions: Mapping[str, ShortWay | None] = field(default_factory=dict)
    spills: Mapping[tuple[str, int, int], CellRange] = field(default_factory=dict)
    refused_names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def words_to_look_at(self) -> frozenset[str]:
        """Words, in capitals, that something may have to be done about."""
        names = {name.upper() for name in self.refused_names}
        return frozenset({*self.functions, *names, *NEVER, *ASKED, *_REWRITTEN})


def rewritten(text: str, row: int, column: int, around: Surroundings) -> str | Refused:
    """Write a formula as the private LibreOffice understands it.

    Parameters
    ----------
    text
        As stored, without "=".
    row, column
        Of its cell, from 1; what `@` means depends on it. 0 for a defined name, which has none.
    around
        The rest of the workbook, as far as it matters.

    Examples
    --------
    >>> names = Surroundings(functions={"PF_WSJF": ShortWay("ORG.XLPORTFOLIO.ADDIN.WSJF", 2)})
    >>> rewritten("SUM([1]!pf_wsjf(A1:A9,B1:B9))+_xlfn.SINGLE(A1:A9)", 3, 4, names)
    'SUM(PF_WSJF(A1:A9,B1:B9))+A3'
    >>> rewritten("[1]!pf_wsjf(A1,8)", 3, 4, names)
    'ORG.XLPORTFOLIO.ADDIN.WSJF(A1:A1,8)'
    >>> rewritten('WEBSERVICE("http://a.b")', 1, 1, names).reason
    'WEBSERVICE reaches outside the workbook, which is never done while recalculating'
    """
    if _is_plain(text, around):
        return text
    if len(text) > LONGEST_TEXT:
        return Refused(f"it has {len(text):,} characters; Excel takes at most {LONGEST_FORMULA:,}")
    tokens = list(formula_tokens(text))
    try:
        _require_shallow(tokens)
        return _Rewriting(row, column, around).write(tokens, is_whole=True)
    except (RefusedError, UnreadableError) as refused:
        return Refused(str(refused))


def _is_plain(text: str, around: Surroundings) -> bool:
    """Whether nothing in a formula can matter, at a glance: most of a workbook's are like that."""
    return (
        len(text) < _LONGEST_REPEATED
        and _PLAIN.fullmatch(text) is not None
        and text.count("(") <= DEEPEST_NESTING
        and around.words_to_look_at.isdisjoint(_WORD.findall(text.upper()))
    )


class _Rewriting:
    """One formula on its way."""

    def __init__(self, row: int, column: int, around: Surroundings) -> None:
        self._row, self._column, self._around = row, column, around

    def write(self, tokens: Sequence[Token], *, is_whole: bool = False) -> str:
        """Write a part of the formula; `is_whole` where it is all of it."""
        written: list[str] = []
        i = 0
        while i < len(tokens):
            kind, token = tokens[i]
            qualifier = qualifier_length(tokens, i)
            called = i + qualifier
            if is_call(tokens, called):
                bare = bare_name(tokens[called][1])
                if bare in ("SINGLE", "ANCHORARRAY"):
                    opening = opening_bracket(tokens, called)
                    closing = closing_bracket(tokens, opening)
                    inner = stripped(tokens[opening + 1 : closing])
                    if bare == "SINGLE":
                        alone = is_whole and i == 0 and closing == len(tokens) - 1
                        written.append(self._single(inner, alone))
                    else:
                        written.append(self._spill(inner))
                    i = closing + 1
                    continue
                ours = self._ours(bare, tokens[called][1])
                if ours:
                    i, text = self._call_of_ours(ours, tokens, called)
                    written.append(text)
                    continue
                if bare == "CHAR" and not qualifier:
                    closing = closing_bracket(tokens, opening_bracket(tokens, called))
                    character = character_of(tokens[opening_bracket(tokens, called) + 1 : closing])
                    if character:
                        written.append(f"_xlfn.UNICHAR({ord(character)})")
                        i = closing + 1
                        continue
                written.append(self._function(tokens, i, called))
                i = called + 1
                if bare == "INDIRECT":
                    opening = opening_bracket(tokens, called)
                    end = end_of_argument(tokens, opening + 1)
                    written.append("(" + self._address(tokens[opening + 1 : end]))
                    i = end
                continue
            if qualifier:
                written.append(self._qualifier("".join(t for _, t in tokens[i:called])))
                i = called
                continue
            if kind == "spill":
                written.append(self._spill(list(formula_tokens(token[:-1]))))
            else:
                self._require_harmless(kind, token)
                written.append(token)
            i += 1
        return "".join(written)

    def _function(self, tokens: Sequence[Token], start: int, called: int) -> str:
        token = tokens[called][1]
        bare = bare_name(token)
        if called > start:
            book = "".join(text for _, text in tokens[start:called])
            if _OTHER_BOOK.search(book) or book.lower().endswith((".xlam!", ".xla!", ".xll!")):
                raise RefusedError(f"{bare} is a function of another workbook or add-in")
        if _ADD_IN_PREFIX.search(token[: len(token) - len(bare)]):
            raise RefusedError(f"{bare} is a function of another add-in")
        require_allowed(bare, tokens, opening_bracket(tokens, called) + 1)
        if bare == "CODE":  # gives the first byte in UTF-8
            token = "_xlfn.UNICODE"
        return "".join(text for _, text in tokens[start:called]) + token

    def _ours(self, bare: str, token: str) -> str:
        """The plain name of a function of ours, or ""."""
        functions = self._around.functions
        if bare in functions:
            return bare
        if bare.startswith(_OUR_ADD_IN):  # as LibreOffice itself saves it
            return next((name for name in functions if programmatic_name(name) == bare), "")
        if token.lower().startswith("_xldudf_"):  # with the name space of an Office add-in
            rest = bare.partition("_")[2]
            return rest if rest in functions else ""
        return ""

    def _call_of_ours(self, name: str, tokens: Sequence[Token], called: int) -> tuple[int, str]:
        """Where the text that is written for a call of ours ends, and the text."""
        short = self._around.functions[name]
        opening = opening_bracket(tokens, called)
        closing = closing_bracket(tokens, opening)
        inner = tokens[opening + 1 : closing]
        given = _single_values(inner)
        if short and given and len(given) == short.n_required:
            return closing, f"{short.name}({','.join(given)}"
        first_optional = short.n_required if short else 1
        arguments = list(_arguments(inner))
        as_arrays = {
            k: text
            for k, one in enumerate(arguments)
            if k >= first_optional and (text := _as_array(one))
        }
        if not as_arrays:
            return called + 1, name
        texts = [as_arrays.get(k) or self.write(one) for k, one in enumerate(arguments)]
        return closing, f"{name}({','.join(texts)}"

    def _qualifier(self, text: str) -> str:
        """The sheet before a reference; no other workbook's."""
        if _OTHER_BOOK.search(text):
            raise RefusedError("it refers to another workbook, and links are never followed")
        if ":" in text and text.startswith("'"):
            raise RefusedError(
                f"LibreOffice does not read {text[:-1]}, sheets from one to another in apostrophes"
            )
        return text

    def _require_harmless(self, kind: str, token: str) -> None:
        if kind == "other" and token == "|":
            raise RefusedError(f"a DDE link {OUTSIDE}")
        if kind == "sheet":
            self._qualifier(token)
        if kind == "word" and token.lower() in self._around.refused_names:
            reason = self._around.refused_names[token.lower()]
            raise RefusedError(f"the name {token} is left out: {reason}")

    def _address(self, argument: Sequence[Token]) -> str:
        """The text that INDIRECT takes for an address, but never one in another workbook.

        LibreOffice would read any file of this machine for it.
        """
        text = self.write(argument)
        if len(argument) == 1 and argument[0][0] == "text":
            if re.search(r"[#\[]", text):
                raise RefusedError(f"INDIRECT({text}) refers to another workbook or to a spill")
            return text
        _require_short(text, "INDIRECT takes its address from")
        return f'IF(ISERROR(FIND("#",{text}))*ISERROR(FIND("[",{text})),{text},"")'

    def _spill(self, inner: Sequence[Token]) -> str:
        """What `A1#` covers: the array that stood there, whose range our answer must fit."""
        sheet, cell = qualified(inner)
        place = single_cell(cell)
        if place is None:
            raise RefusedError("only Excel knows what # means after something else than a cell")
        name = sheet_name(sheet) if sheet else self._around.sheet
        cells = self._around.spills.get((name.lower(), *place))
        if cells is None:
            return "#REF!"
        first = f"${column_letter(cells.first_column)}${cells.first_row}"
        last = f"${column_letter(cells.last_column)}${cells.last_row}"
        return f"{sheet}{first}:{last}"

    def _single(self, inner: Sequence[Token], alone: bool) -> str:
        """What `@` leaves of a range or an array: the cell of this row or column, or the first."""
        if not inner:
            raise RefusedError("@ stands before nothing")
        sheet, cells = qualified(inner)
        rectangle = rectangle_of(cells)
        if rectangle is not None and self._row:
            return self._crossing(self._qualifier(sheet), rectangle)
        text = self.write(inner)
        is_one_call = (
            is_call(inner, 0)
            and closing_bracket(inner, opening_bracket(inner, 0)) == len(inner) - 1
        )
        bare = bare_name(inner[0][1]) if is_one_call else ""
        is_name = all(kind in ("word", "sheet", "bracket") for kind, _ in inner)
        if rectangle or is_name or bare in _GIVES_REFERENCE or bare == "ANCHORARRAY":
            return _crossing_of_any(text)
        # A cell shows the first of an array by itself; INDEX takes no single value as it is.
        return text if alone else f"INDEX(IF({{1}},{text}),1,1)"

    def _crossing(self, sheet: str, cells: CellRange) -> str:
        """The one cell of a range in this row or column: Excel's implicit intersection."""
        if cells.n_rows == 1 and cells.n_columns == 1:
            row, column = cells.first_row, cells.first_column
        elif cells.n_columns == 1 and cells.first_row <= self._row <= cells.last_row:
            row, column = self._row, cells.first_column
        elif cells.n_rows == 1 and cells.first_column <= self._column <= cells.last_column:
            row, column = cells.first_row, self._column
        else:
            return "#VALUE!"
        return sheet + cell_address(row, column)


def _crossing_of_any(text: str) -> str:
    """The same where only LibreOffice knows which cells a name or a table's column stands for."""
    _require_short(text, "@ stands before")
    row = f"IF(ROWS({text})=1,1,ROW()-MIN(ROW({text}))+1)"
    column = f"IF(COLUMNS({text})=1,1,COLUMN()-MIN(COLUMN({text}))+1)"
    return f"IF(AND(ROWS({text})>1,COLUMNS({text})>1),#VALUE!,INDEX({text},{row},{column}))"


def _require_short(text: str, what: str) -> None:
    """Refuse what is written several times, and again so in what holds it."""
    if len(text) > _LONGEST_REPEATED:
        raise RefusedError(f"{what} too long an expression")


def _require_shallow(tokens: Sequence[Token]) -> None:
    """Calls within calls are written by calls within calls."""
    depth = 0
    for _, token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth > 2 * DEEPEST_NESTING:
            raise RefusedError(f"it is nested deeper than the {DEEPEST_NESTING} levels of Excel")


def _single_values(tokens: Sequence[Token]) -> list[str] | None:
    """The arguments of a call where each is one cell or one number; None where any is not.

    A cell is written as a range of one, for Calc hands a blank cell to an add-in as 0.
    """
    given: list[str] = []
    sheet, wants_value = "", True
    for kind, token in tokens:
        if token.isspace():
            continue
        if wants_value and not sheet and kind in ("sheet", "word") and token.endswith("!"):
            if _OTHER_BOOK.search(token):
                return None
            sheet = token
        elif wants_value and kind == "word" and ONE_CELL.fullmatch(token):
            given.append(f"{sheet}{token}:{token}")
            sheet, wants_value = "", False
        elif wants_value and not sheet and kind == "word" and _NUMBER.fullmatch(token):
            given.append(token)
            wants_value = False
        elif not wants_value and token == ",":
            wants_value = True
        else:
            return None
    return None if wants_value else given


def _arguments(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between the commas outside of all brackets."""
    start = depth = 0
    for i, (_, token) in enumerate(tokens):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if depth == 0 and token == ",":
            yield tokens[start:i]
            start = i + 1
    yield tokens[start:]


def _as_array(argument: Sequence[Token]) -> str:
    """A cell, or 0, as an array of one; "" for anything else.

    A single 0 is what Calc hands over where an argument is left out.
    """
    if "".join(token for _, token in argument).strip() == "0":
        return "{0}"
    given = _single_values(argument) or [""]
    return given[0] if ":" in given[0] else ""
