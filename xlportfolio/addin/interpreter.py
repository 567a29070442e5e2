"""The Python that the add-in starts: what its path may be, and how VBA writes it."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from xlportfolio.addin.vba_project import CODE_PAGE
from xlportfolio.errors import InputError

_LONGEST_PATH = 259  # MAX_PATH of Windows without its end
_NEVER_IN_A_PATH = '"<>|?*'
_FULL_PATH = re.compile(r"(?:[A-Za-z]:|\\\\(?!\.\\)[^\\]+\\[^\\]+)(?:\\[^\\]+)+", re.DOTALL)
# A shell reads it between apostrophes, and whether Excel for Mac hands other letters over as they
# are is not known: so only what means itself to every shell, and a space.
_NOT_OF_MAC = re.compile(r"[^A-Za-z0-9/ ._+@,=:%-]")
_LONGEST_PATH_OF_MAC = 1023  # PATH_MAX of macOS without its end
_PIECE = 40  # characters of a path on one line of VBA


def interpreter_of_this_environment() -> str:
    """Give the Python that runs, where it can be that of Excel.

    Returns
    -------
    Its full path on Windows and macOS, where Excel runs it; "" elsewhere.
    """
    return sys.executable if sys.platform in ("win32", "darwin") else ""


def is_of_mac(path: str) -> bool:
    """Whether a path is one of macOS; with two slashes it is a share of Windows.

    Parameters
    ----------
    path
        Of an interpreter, in full.
    """
    return path.startswith("/") and not path.startswith("//")


def checked_interpreter(path: str) -> str:
    r"""Refuse a path that would be taken for something else on its way to Python.

    Parameters
    ----------
    path
        Of the program, as Windows or macOS writes it.

    Returns
    -------
    The same; one of Windows with backslashes.

    Raises
    ------
    InputError
        If it is no full path of a program, cannot be handed to xlwings, or is not there, where
        that can be seen.

    Examples
    --------
    >>> checked_interpreter("C:/Program Files/Python/python.exe")
    'C:\\Program Files\\Python\\python.exe'
    >>> checked_interpreter("/opt/xlportfolio/bin/python")
    '/opt/xlportfolio/bin/python'
    """
    shown = "".join(letter if letter.isprintable() else "?" for letter in path)
    is_mac = is_of_mac(path)
    named = path if is_mac else path.replace("/", "\\")
    problem = _problem_on_mac(named) if is_mac else _problem(named)
    if problem:
        raise InputError(
            f'The interpreter "{shown}" cannot be used: {problem}. Expected the full path of a '
            r"Python, such as C:\Python\python.exe on Windows or /opt/xlportfolio/bin/python on "
            "macOS."
        )
    is_for_here = sys.platform == ("darwin" if is_mac else "win32")
    if is_for_here and not Path(named).is_file():
        raise InputError(
            f'The interpreter "{shown}" is not there; name that of the environment where '
            "xlportfolio is installed."
        )
    return named


def _problem_on_mac(path: str) -> str:
    if not path.isprintable():
        return "it holds a character that does not show"
    if strange := _NOT_OF_MAC.search(path):
        return (
            f'a shell starts it, and may take "{strange.group()}" for something else; make the '
            "environment under a path of plain letters, digits and spaces"
        )
    if path.endswith(("/", "/.", "/..")):
        return "it is a folder"
    if len(path) > _LONGEST_PATH_OF_MAC:
        return f"it has {len(path)} characters, and macOS takes {_LONGEST_PATH_OF_MAC}"
    return ""


def _problem(path: str) -> str:
    strange = next((letter for letter in path if letter in _NEVER_IN_A_PATH), "")
    if strange:
        return f"a path on Windows holds no {strange}"
    if not path.isprintable():
        return "it holds a character that does not show"
    if "$(" in path:
        return "xlwings takes $( for the name of a setting"
    # Another than a full path would be looked for in the folder that Excel is in.
    if not _FULL_PATH.fullmatch(path) or ":" in path[2:]:
        return "it is no full path"
    if not path.lower().endswith(".exe"):
        return "it is no program (.exe)"
    if len(path) > _LONGEST_PATH:
        return f"it has {len(path)} characters, and Windows takes {_LONGEST_PATH}"
    # xlwings starts it in the code page of the machine; elsewhere that of Western Europe is taken.
    code_page = "mbcs" if sys.platform == "win32" else CODE_PAGE
    try:
        path.encode(code_page)
    except UnicodeEncodeError as error:
        return f'xlwings cannot start a program whose path holds "{path[error.start]}"'
    return ""


def assignments(variable: str, text: str) -> list[str]:
    """Write a text as VBA that means the same whatever the code page of the editor.

    Parameters
    ----------
    variable
        What the text is assigned to.
    text
        Any text of the Basic Multilingual Plane.

    Returns
    -------
    Statements, each short enough for the editor.

    Examples
    --------
    >>> assignments("path", 'é"')
    ['path = ChrW(233) & \"\"\"\"']
    """
    lines = []
    for start in range(0, max(len(text), 1), _PIECE):
        before = f"{variable} & " if start else ""
        lines.append(f"{variable} = {before}{_expression(text[start : start + _PIECE])}")
    return lines


def _expression(text: str) -> str:
    parts: list[str] = []
    for is_plain, letters in groupby(text, key=lambda letter: " " <= letter <= "~"):
        if is_plain:
            parts.append('"' + "".join(letters).replace('"', '""') + '"')
        else:
            parts += [f"ChrW({ord(letter)})" for letter in letters]
    return " & ".join(parts) or '""'
