"""Build the add-in for Excel: cell functions, the ribbon, and what starts their Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.addin.addin_file import SHEET_NAME, WORKBOOK_NAME, addin_package, put_addin
from xlportfolio.addin.buttons import Button
from xlportfolio.addin.interpreter import checked_interpreter, is_of_mac
from xlportfolio.addin.python_server import SERVER, server_modules
from xlportfolio.addin.ribbon import ribbon_xml
from xlportfolio.addin.ribbon_callbacks import REFRESH, ribbon_module
from xlportfolio.addin.vba_project import Module, vba_project
from xlportfolio.addin.wrappers import wrapper_modules
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError

FILE_NAME = "xlportfolio.xlam"
PROJECT_NAME = "xlportfolio"

_OPENED = f"""\
' Gives the function wizard its help once a workbook shows: Excel refuses it before. And lets the
' buttons of the ribbon follow the workbook in front. No Python.
Option Explicit

Private WithEvents excelItself As Application
Private isDescribed As Boolean

Private Sub Workbook_Open()
    Set excelItself = Application
    DescribeOnce
End Sub

Private Sub excelItself_WorkbookActivate(ByVal Wb As Workbook)
    DescribeOnce
    {REFRESH}
End Sub

' No workbook may be left, where the last one is closed.
Private Sub excelItself_WorkbookDeactivate(ByVal Wb As Workbook)
    {REFRESH}
End Sub

Private Sub DescribeOnce()
    If isDescribed Then Exit Sub
    If Application.ActiveWindow Is Nothing Then Exit Sub
    isDescribed = True
    RegisterPortfolioFunctions
End Sub
"""


@dataclass(frozen=True)
class BuiltAddin:
    """An add-in that was written.

    Attributes
    ----------
    file
        Where it is.
    interpreter
        The Python that it starts; "" where it has none.
    n_functions
        How many cell functions it offers.
    n_buttons
        How many buttons its tab has; it has no tab without one.
    size
        Of the file. [bytes]
    """

    file: Path
    interpreter: str
    n_functions: int
    n_buttons: int
    size: int

    def __str__(self) -> str:
        made = f'Made "{self.file}" with {self.n_functions} cell functions'
        if self.n_buttons:
            made += f" and {self.n_buttons} buttons"
        if is_of_mac(self.interpreter):
            return (
                f"{made}. In Excel for Mac the buttons run {self.interpreter}, once you typed "
                "xlwings runpython install; cell functions are computed in Excel for Windows."
            )
        if self.interpreter:
            return f"{made}, computed by {self.interpreter}."
        return (
            f"{made}. It names no Python, so they do not work yet: build it on the machine with "
            r"Excel, or name that machine's Python: --interpreter C:\...\python.exe"
        )

    def as_json(self) -> dict[str, Any]:
        """Give what was made as JSON writes it."""
        return {
            "status": "done",
            "output": str(self.file),
            "interpreter": self.interpreter or None,
            "functions": self.n_functions,
            "buttons": self.n_buttons,
            "bytes": self.size,
        }


def addin_modules(
    registry: Registry, interpreter: str, buttons: Sequence[Button] = ()
) -> tuple[Module, ...]:
    """Make all modules of the add-in.

    Parameters
    ----------
    registry
        The functions that it offers.
    interpreter
        As `checked_interpreter` gives it; "" for none.
    buttons
        Of its tab.

    Returns
    -------
    In the order in which the editor lists them.

    Raises
    ------
    PortfolioError
        As `wrapper_modules` and `server_modules`.
    """
    return (
        Module(WORKBOOK_NAME, _OPENED, "workbook"),
        Module(SHEET_NAME, "", "worksheet"),
        *wrapper_modules(registry, SERVER),
        ribbon_module(buttons),
        *server_modules(interpreter),
    )


def build_addin(
    registry: Registry,
    output: Path,
    *,
    buttons: Sequence[Button] = (),
    interpreter: str = "",
) -> BuiltAddin:
    """Write the add-in; a file that is there already is replaced as a whole.

    Parameters
    ----------
    registry
        The functions that it offers.
    output
        Where it goes; a folder takes it under its usual name.
    buttons
        Of its tab; without one it has none.
    interpreter
        Full path of the Python on Windows or macOS; "" for an add-in that says that it has none.

    Returns
    -------
    What was made.

    Raises
    ------
    PortfolioError
        If it cannot be built or written; what was there is then as it was.
    """
    file = output / FILE_NAME if output.is_dir() else output
    if file.suffix.lower() != ".xlam":
        raise InputError(
            f'"{output}" is no file of an add-in; expected a name that ends in .xlam, such as '
            f"{FILE_NAME}."
        )
    path = checked_interpreter(interpreter) if interpreter else ""
    ribbon = ribbon_xml(buttons) if buttons else ""
    project = vba_project(PROJECT_NAME, addin_modules(registry, path, buttons))
    content = addin_package(project, ribbon)
    put_addin(content, file, otherwise="write to another file with -o")
    return BuiltAddin(file, path, len(registry), len(buttons), len(content))
