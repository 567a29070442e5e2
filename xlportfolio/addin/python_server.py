"""The VBA that starts Python: a few lines of the installed xlwings, and our own around them.

xlwings' own settings come from the workbook that is open or its folder, so none of the code that
reads them is taken: the interpreter stands in the add-in, where it was written when the add-in was
built. A file of settings would have to be found, read and trusted each time; what stands in the
project is covered by a signature of the project, too. The add-in belongs to one installed xlwings
anyway, as it names its library with the version.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from xlportfolio.addin.interpreter import assignments, is_of_mac
from xlportfolio.addin.mac_start import is_known, mac_source, script_name
from xlportfolio.addin.vba_project import CODE_PAGE, Module
from xlportfolio.errors import PortfolioError

SERVER = "XLPy"
"""The VBA function that gives the server of xlwings."""

XLWINGS_MODULE = "xlwings"
SERVER_MODULE = "PortfolioServer"

_PROCEDURES = (SERVER, "KillPy")
_LIBRARY_CALL = "XLPyDLLActivateAuto"
_OF_OURS = ("XLPyCommand", "XLPyLoadDLL")
_SOURCE = "xlwings.bas"
_KNOWN_WORDS = frozenset(
    word.lower()
    for word in (
        *_PROCEDURES,
        *_OF_OURS,
        _LIBRARY_CALL,
        *("Public", "Function", "Sub", "End", "Dim", "If", "Then", "As", "Variant", "unused"),
        *("Err", "Raise", "Description"),
    )
)

_COMMAND = "import os, sys; os.chdir(sys.prefix); import xlwings; xlwings.serve('$(CLSID)')"

_SERVER_SOURCE = """\
' Which Python is started: written here when the add-in was built, and read from nowhere.
Option Explicit
Option Private Module

#If Win64 Then
    Private Const SERVER_LIBRARY As String = "{library64}"
#Else
    Private Const SERVER_LIBRARY As String = "{library32}"
#End If
Private Declare PtrSafe Function LoadLibraryW Lib "kernel32" (ByVal path As LongPtr) As LongPtr

{on_mac}' The full path of the interpreter; "" where the build named none.
Private Function Interpreter() As String
{interpreter}
End Function

' The command that starts the server; xlwings' library puts a name in the place of $(CLSID).
' Python reads no variables of the environment (-E), and the folder that Excel is in, which may
' hold a workbook of anybody, is not among the places of modules (-P) and is left at once.
' No shell runs it: Windows would look for that in the folder that Excel is in, too.
Public Function XLPyCommand() As String
    XLPyCommand = Chr(34) & Interpreter() & Chr(34) & " -E -P -B -c " & Chr(34)
    XLPyCommand = XLPyCommand & "{command}"
    XLPyCommand = XLPyCommand & Chr(34)
End Function

' Loads the library of xlwings from the folder of the interpreter or the one above, by full path.
Public Sub XLPyLoadDLL()
    Dim folder As String, above As String, places As String
    #If Mac Then
        Err.Raise 1001, , "Cell functions are computed in Excel for Windows. " & _
            "In Excel for Mac there are the buttons alone."
    #End If
    If Interpreter() = "" Then
        Err.Raise 1001, , "This add-in was built without an interpreter. " & _
            "Install it again on Windows with: xlportfolio addin install"
    End If
    If Left(Interpreter(), 1) = "/" Then
        Err.Raise 1001, , "This add-in was built for Excel for Mac. " & _
            "Install it again on Windows with: xlportfolio addin install"
    End If
    folder = Left(Interpreter(), InStrRev(Interpreter(), "\\"))
    above = Left(folder, InStrRev(folder, "\\", Len(folder) - 1))
    If LoadLibraryW(StrPtr(folder & SERVER_LIBRARY)) <> 0 Then Exit Sub
    places = " is not in " & folder
    ' By its name alone Windows would look for it in the folder that Excel is in.
    If above <> "" Then
        If LoadLibraryW(StrPtr(above & SERVER_LIBRARY)) <> 0 Then Exit Sub
        places = " is neither in " & folder & " nor in " & above
    End If
    Err.Raise 1001, , SERVER_LIBRARY & places & _
        ". Install the add-in again with: xlportfolio addin install"
End Sub
"""


def server_modules(interpreter: str) -> tuple[Module, Module]:
    """Make the modules that start Python when a cell is computed or a button is pressed.

    Parameters
    ----------
    interpreter
        As `checked_interpreter` gives it; "" for an add-in that says that it has none.

    Returns
    -------
    What is taken of xlwings, under its licence, and ours, which it calls.

    Raises
    ------
    PortfolioError
        If xlwings is not installed whole, or is a version that works in another way.
    """
    shipped = _installed(_SOURCE, CODE_PAGE)
    source, libraries = taken_of_xlwings(shipped)
    version = _version_of(shipped)
    if is_of_mac(interpreter) and not is_known(_installed(script_name(version), "utf-8")):
        raise _unknown(f"{script_name(version)} works in another way")
    ours = _SERVER_SOURCE.format(
        on_mac=mac_source(interpreter, version),
        library64=libraries["64"],
        library32=libraries["32"],
        interpreter="\n".join("    " + line for line in assignments("Interpreter", interpreter)),
        command=_COMMAND,
    )
    return Module(XLWINGS_MODULE, source), Module(SERVER_MODULE, ours)


def _installed(name: str, encoding: str) -> str:
    """A source that xlwings ships, found without importing xlwings."""
    spec = find_spec("xlwings")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        try:
            return (Path(folder) / name).read_text(encoding=encoding)
        except (OSError, UnicodeDecodeError):
            continue
    raise PortfolioError(
        f"xlwings is not installed whole: its {name} cannot be read; install it again with: "
        "pip install --force-reinstall xlwings"
    )


def _version_of(shipped: str) -> str:
    """The version that xlwings' VBA says it is of; "" where it says none."""
    found = re.search(r'^Public Const XLWINGS_VERSION As String = "([\w.]+)"$', shipped, re.M)
    return found.group(1) if found else ""


def taken_of_xlwings(shipped: str) -> tuple[str, dict[str, str]]:
    """Cut out of xlwings' VBA what calls its library, with its licence.

    Parameters
    ----------
    shipped
        The text of xlwings.bas.

    Returns
    -------
    The source of the module, and the names of the library for "64" and "32" bits.

    Raises
    ------
    PortfolioError
        If the text is not as the versions known here are.
    """
    lines = shipped.splitlines()
    version = _version_of(shipped)
    libraries = {
        bits: name
        for name, bits in re.findall(
            rf'{_LIBRARY_CALL} Lib "(xlwings(32|64)-[\w.]+\.dll)"', shipped
        )
    }
    notice = _between(lines, "'xlwings is distributed under", "'SOFTWARE, EVEN IF ADVISED")
    declarations = _declarations(lines)
    procedures = [_procedure(lines, name) for name in _PROCEDURES]
    if not (version and libraries.keys() == {"32", "64"} and notice and declarations):
        raise _unknown(f"in its {_SOURCE}, its licence, version or library is not found")
    if not all(procedures):
        raise _unknown(f"in its {_SOURCE}, {' or '.join(_PROCEDURES)} is not found")
    for procedure in procedures:
        code = re.sub(r'"[^"]*"', "", "\n".join(procedure))
        words = re.findall(r"[A-Za-z_]\w*", code)
        strange = next((word for word in words if word.lower() not in _KNOWN_WORDS), "")
        if strange:
            raise _unknown(f"in its {_SOURCE}, what starts its server also uses {strange}")
    parts = [
        [
            f"' Cut out of {_SOURCE} of xlwings {version}:",
            "' what reads settings is left out, and what calls its library is private.",
        ],
        notice,
        ["Option Private Module"],
        declarations,
        *procedures,
    ]
    return "\n\n".join("\n".join(part) for part in parts), libraries


def _unknown(reason: str) -> PortfolioError:
    return PortfolioError(
        f"The installed xlwings cannot be put into the add-in: {reason}. "
        "Install a version that is known to work: pip install xlwings==0.37.8"
    )


def _between(lines: list[str], first: str, last: str) -> list[str]:
    """The lines from one that begins so to the next that begins so, both among them."""
    starts = [number for number, line in enumerate(lines) if line.startswith(first)]
    if not starts:
        return []
    ends = [n for n in range(starts[0], len(lines)) if lines[n].startswith(last)]
    return lines[starts[0] : ends[0] + 1] if ends else []


def _declarations(lines: list[str]) -> list[str]:
    """The block of declarations, with those of the one call that starts the server.

    They are made private: a formula of any workbook can call a declared function that is public,
    and this one runs the command that it is given.
    """
    block: list[str] = []
    depth = 0
    for line in _from(lines, "#If VBA7 Then"):
        bare = line.strip()
        depth += bare.startswith("#If") - bare.startswith("#End If")
        if bare.startswith("#End If") and block[-1].strip().startswith("#If"):
            block.pop()  # nothing of it was taken
        elif bare.startswith("#") or f" {_LIBRARY_CALL} " in bare:
            block.append(re.sub(r"^( *)(?:Private )?Declare ", r"\1Private Declare ", line))
        if depth == 0:
            return block
    return []


def _procedure(lines: list[str], name: str) -> list[str]:
    for number, line in enumerate(lines):
        found = re.match(rf"(?:Public )?(Function|Sub) {name}\(", line)
        if found:
            return _between(lines[number:], found.group(), f"End {found.group(1)}")
    return []


def _from(lines: list[str], first: str) -> list[str]:
    return lines[lines.index(first) :] if first in lines else []
