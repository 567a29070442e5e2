"""Presses of buttons as the add-in hands them over, through xlwings' own server; COM is stubbed.

    python -m tests.hosts.pressed_buttons        one line of JSON: what reached the macro, and VBA

Run in a process of its own, as `stubbed_pywin32` says. The macro is a double; what wraps Excel and
the workbook for it, and what carries an exception back, is not.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

from tests.hosts import stubbed_pywin32

CALL_REJECTED = -2147418111
"""RPC_E_CALL_REJECTED: Excel is busy, such as while a cell is edited."""


class Dispatched:
    """What win32com makes of an object of Excel: here it gives what it is told, and counts."""

    def __init__(self, *, n_busy: int = 0, **members: Any) -> None:
        self.__dict__.update(members, asked=[], n_busy=n_busy)

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if not name.startswith("_") and name not in ("asked", "n_busy"):
            own["asked"].append(name)
            if own["n_busy"]:
                own["n_busy"] -= 1
                busy = stubbed_pywin32.ComError("Call was rejected by callee.")
                busy.hresult = CALL_REJECTED  # type: ignore[attr-defined]
                raise busy
        return object.__getattribute__(self, name)


def handed_over(shown: Dispatched) -> Any:
    """An object of Excel as COM hands it over, before win32com wraps it."""
    pointer: Any = stubbed_pywin32._Dispatch()
    documentation = SimpleNamespace(GetDocumentation=lambda _: ("Object", "", 0, ""))
    pointer.GetTypeInfo = lambda: documentation
    pointer.shown = shown
    return pointer


def unwrapped(value: Any) -> Any:
    """win32com.server.util.unwrap, for objects of the server that VBA hands back to it."""
    from xlwings.com_server import XLPythonObject

    if isinstance(value, XLPythonObject):
        return value
    raise ValueError("not an object of this server")


def main() -> dict[str, Any]:
    """What each press brought."""
    python = stubbed_pywin32.server()
    modules: dict[str, Any] = dict(sys.modules)
    modules["win32com.server.util"].unwrap = unwrapped
    modules["win32com.client"].Dispatch = lambda pointer, **_: pointer.shown
    modules["win32process"].GetWindowThreadProcessId = lambda hwnd: (1, hwnd + 1)

    from xlportfolio import macros

    received: list[Any] = []

    def macro(name: str, book: Any, *, app: Any) -> None:
        seen = None if book is None else [type(book).__name__, book.name]
        received.append([name, seen, type(app).__name__, app.pid])
        sys.stdout.write("a remark of a solver\n")
        if name == "broken":
            raise ZeroDivisionError("division by zero")

    macros.press = macro  # type: ignore[assignment]

    def press(name: str, application: Any, workbook: Any) -> Any:
        """The one call of the add-in's VBA."""
        handed = python.Tuple(name, application, workbook)
        told = python.Call(python.Module("xlportfolio.excel"), "press", handed)
        return type(told).__name__  # an object, which VBA takes with Set

    excel = Dispatched(Hwnd=7)
    book = Dispatched(Name="Plan é.xlsx", n_busy=2)
    answers = [
        press("score", handed_over(excel), handed_over(book)),
        press("new", handed_over(Dispatched(Hwnd=7)), None),
    ]
    try:
        press("broken", handed_over(Dispatched(Hwnd=7)), None)
    except ZeroDivisionError as error:
        answers.append(str(error))  # pywin32 makes the description of a COM error of it
    return {
        "received": received,
        "answers": answers,
        "asked of Excel": excel.asked,
        "asked of the workbook": book.asked,
    }


if __name__ == "__main__":
    brought = json.dumps(main())  # a press leaves another standard output behind
    sys.stdout.write(brought + "\n")
