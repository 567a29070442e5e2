"""The functions as LibreOffice loads them: two UNO services in front of one worker.

LibreOffice's own Python runs this file, so it uses nothing but the standard library and `uno`. What
it starts stands in settings.json beside it, which the installation wrote.
"""

import contextlib
import json
import os
import time

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.sheet import XFunctionAccess
from xlportfolio_inside_calc import worker_link
from xlportfolio_inside_calc.frames import nan_of
from xlportfolio_inside_calc.worker_link import WorkerError, WorkerLink

DISPATCH = "org.xlportfolio.Dispatch"
ADD_IN = "org.xlportfolio.AddIn"
LONGEST_LOG = 200_000

_HERE = os.path.dirname(os.path.abspath(__file__))


class _Calls:
    """Calls of either service: one worker for both, and a log of what went wrong."""

    def __init__(self):
        with open(os.path.join(_HERE, "settings.json"), encoding="utf-8") as stream:
            self.settings = json.load(stream)
        self._link = WorkerLink(
            self.settings["command"], self.settings["seconds"], self.settings["environment"]
        )
        self._last = None
        if self.settings["starts_at_once"]:
            self._link.start()

    def call(self, name, given):
        """Call a function; an error is a NaN with Calc's code, or its sentence where asked why."""
        try:
            value, sentence = self._link.call(name, given)
        except WorkerError as problem:
            value, sentence = nan_of("#VALUE!"), str(problem)
            if any(isinstance(one, str) and one.strip().lower() == "why" for one in given):
                value = sentence
        if sentence:
            self._log(name, sentence)
        return value

    def _log(self, name, sentence):
        """Keep a sentence for `xlportfolio libreoffice doctor`; not the same one over and over."""
        if (name, sentence) == self._last:
            return
        self._last = (name, sentence)
        path = self.settings["log"]
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {name}: {sentence}\n"
        try:
            if os.path.exists(path) and os.path.getsize(path) > LONGEST_LOG:
                os.replace(path, path + ".old")
            # Sentences quote cells: they are for the user alone.
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(descriptor, "a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError:  # a log that cannot be written must not cost the user the cell
            pass


_calls = _Calls()


class Dispatch(unohelper.Base, XFunctionAccess, XServiceInfo):
    """Calls a function by its name, for the functions in Basic."""

    def __init__(self, context, *given):
        pass

    def callFunction(self, name, given):
        return _calls.call(name, given)

    def getImplementationName(self):
        return DISPATCH + ".Python"

    def supportsService(self, name):
        return name == DISPATCH

    def getSupportedServiceNames(self):
        return (DISPATCH,)


def _method(function):
    def method(self, *given):
        value = _calls.call(function, given)
        if type(value) is tuple:
            worker_link.record.gave_arrays.add(function)
            return nan_of("#VALUE!")
        return value

    return method


def _add_in():
    """The class of the add-in: one method for each function of the settings."""
    from org.xlportfolio import AddIn

    methods = {name: _method(function) for name, function in _calls.settings["methods"].items()}
    methods["__init__"] = lambda self, context, *given: None
    methods["getImplementationName"] = lambda self: ADD_IN + ".Python"
    methods["supportsService"] = lambda self, name: name == ADD_IN
    methods["getSupportedServiceNames"] = lambda self: (ADD_IN,)
    return type("AddInFunctions", (unohelper.Base, AddIn, XServiceInfo), methods)


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Dispatch, DISPATCH + ".Python", (DISPATCH,))
with contextlib.suppress(ImportError):  # without its type library there is no add-in
    g_ImplementationHelper.addImplementation(_add_in(), ADD_IN + ".Python", (ADD_IN,))
