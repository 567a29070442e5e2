"""xlwings as it is on Windows, in a process of its own: pywin32 is stubbed, xlwings is not.

What runs is xlwings' own: `com_server.XLPython.CallUDF`, `udfs.call_udf` and the converters. What
does not: COM, the DLL and VBA. Never import this in the process of the tests: it leaves stubs
among the modules.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import ctypes
import multiprocessing
import sys
import types
from datetime import datetime
from typing import Any
from unittest.mock import MagicMock

import numpy
import pandas

# Must be imported before the platform is taken for Windows: they choose their parts by it.
LOADED_BEFORE = (asyncio, concurrent.futures, multiprocessing, numpy, pandas)

MISSING = -2147352572
"""What COM hands over for an argument that is left out (DISP_E_PARAMNOTFOUND)."""


class ComError(Exception):
    """pywintypes.com_error."""


class ComTime(datetime):
    """pywintypes.TimeType: a date as COM hands it over."""


class Interface(str):
    """pywintypes.IID."""


class _Dispatch:
    """A class of win32com.client that nothing here is an instance of."""


def _module(name: str, **members: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


def _not_wrapped(value: Any) -> Any:
    """win32com.server.util.unwrap: what VBA hands over is no object of Python's."""
    raise ValueError("not an object of this server")


def _stub_pywin32() -> None:
    _module("pywintypes", com_error=ComError, TimeType=ComTime, IID=Interface, error=OSError)
    for name in ("win32api", "win32con", "win32gui", "win32process", "win32event"):
        _module(name)
    _module("win32timezone")
    _module(
        "pythoncom",
        __file__="pythoncom.dll",
        CoInitialize=lambda: None,
        IID_IDispatch="IDispatch",
        IID_IEnumVARIANT="IEnumVARIANT",
        TypeIIDs={"IDispatch": _Dispatch},
        ole_error=ComError,
    )
    _module("win32com")
    _module(
        "win32com.client",
        CDispatch=_Dispatch,
        CoClassBaseClass=_Dispatch,
        DispatchBaseClass=_Dispatch,
        Dispatch=MagicMock(side_effect=AssertionError("no workbook is looked at")),
        DispatchEx=MagicMock(side_effect=AssertionError("no Excel is started")),
        gencache=MagicMock(),
    )
    _module("win32com.server")
    _module("win32com.server.dispatcher")
    _module("win32com.server.policy", DefaultPolicy=object)
    _module("win32com.server.util", unwrap=_not_wrapped, wrap=lambda value, *_, **__: value)


def server() -> Any:
    """The object that VBA calls `XLPy`, in a process where pywin32 is stubbed.

    Returns
    -------
    xlwings.com_server.XLPython: its `CallUDF` takes a module, a function and its arguments.
    """
    _stub_pywin32()
    real = sys.platform, ctypes.PyDLL, ctypes.byref
    libraries: Any = ctypes
    libraries.windll, libraries.oledll, libraries.PyDLL = MagicMock(), MagicMock(), MagicMock()
    libraries.byref = lambda value, *_: value
    sys.platform = "win32"
    try:
        import xlwings._xlwindows
        import xlwings.com_server
    finally:
        sys.platform, libraries.PyDLL, libraries.byref = real
    atexit.unregister(xlwings._xlwindows.cleanup)  # it would look for Excel among the processes
    return xlwings.com_server.XLPython()
