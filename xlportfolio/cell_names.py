"""What a cell function and its arguments may be called, so that every host can call them."""

from __future__ import annotations

import re

from xlportfolio.errors import InputError

PREFIX = "PF_"
"""What every name begins with; it keeps a name from reading as a cell, too."""

_LONGEST_NAME = 31
_LAST_COLUMN, _LAST_ROW = "XFD", 1_048_576

# Words that a VBA wrapper could not call an argument: MS-VBAL, section 3.3.5.2.
_RESERVED = {
    "abs", "addressof", "and", "any", "array", "as", "attribute", "boolean", "byref", "byte",
    "byval", "call", "case", "cbool", "cbyte", "ccur", "cdate", "cdbl", "cdec", "cdecl", "cint",
    "circle", "clng", "clnglng", "clngptr", "close", "const", "csng", "cstr", "currency",
    "cvar", "cverr", "date", "debug", "decimal", "declare", "defbool", "defbyte", "defcur",
    "defdate", "defdbl", "defdec", "defint", "deflng", "deflnglng", "deflngptr", "defobj",
    "defsng", "defstr", "defvar", "dim", "do", "doevents", "double", "each", "else", "elseif",
    "empty", "end", "endif", "enum", "eqv", "erase", "event", "exit", "false", "fix", "for",
    "friend", "function", "get", "global", "gosub", "goto", "if", "imp", "implements", "in",
    "input", "inputb", "int", "integer", "is", "lbound", "len", "lenb", "let", "like",
    "lineinput", "lock", "long", "longlong", "longptr", "loop", "lset", "me", "mod", "new",
    "next", "not", "nothing", "null", "on", "open", "option", "optional", "or", "paramarray",
    "preserve", "print", "private", "pset", "public", "put", "raiseevent", "redim", "rem",
    "resume", "return", "rset", "scale", "seek", "select", "set", "sgn", "shared", "single",
    "spc", "static", "stop", "string", "sub", "tab", "then", "to", "true", "type", "typeof",
    "ubound", "unlock", "until", "variant", "wend", "while", "with", "withevents", "write",
    "xor",
}  # fmt: skip


def check_argument_name(function: str, name: str) -> None:
    """Refuse an argument that a VBA wrapper could not have.

    Parameters
    ----------
    function
        Whose argument it is, such as "PF_SCORE".
    name
        Of the argument.

    Raises
    ------
    InputError
        If it reads as a cell or is a word of VBA.
    """
    problem = _why_not_a_name(name)
    if problem:
        raise InputError(f'{function}: an argument cannot be called "{name}": {problem}.')


def check_name(name: str) -> None:
    """Refuse a name that cannot be typed in a cell.

    Parameters
    ----------
    name
        Of a function, such as "PF_SCORE".

    Raises
    ------
    InputError
        If it reads as a cell (ROC4, NPV2), is a word of VBA, or lacks the prefix.
    """
    problem = _why_not_a_name(name)
    if not problem and not re.fullmatch(PREFIX + "[A-Z][A-Z0-9_]*", name):
        problem = f"it must begin with {PREFIX} and hold only letters, digits and underscores"
    if not problem and len(name) > _LONGEST_NAME:
        problem = f"it is longer than {_LONGEST_NAME} characters"
    if problem:
        raise InputError(f'A function cannot be called "{name}": {problem}.')


def _why_not_a_name(name: str) -> str:
    upper = name.upper()
    cell = re.fullmatch(r"([A-Z]{1,3})([0-9]+)", upper)
    if cell and 0 < int(cell.group(2)) <= _LAST_ROW:
        column = cell.group(1)
        if (len(column), column) <= (len(_LAST_COLUMN), _LAST_COLUMN):
            return f"it reads as the cell {upper}"
    if re.fullmatch(r"R[0-9]*(C[0-9]*)?|C[0-9]*", upper):
        return f"it reads as the cell {upper} in row and column numbers"
    if name.lower() in _RESERVED:
        return "the word is reserved in VBA"
    return ""
