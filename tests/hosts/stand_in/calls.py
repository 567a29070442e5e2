"""What crosses the border between a program and Excel: counted, timed, and made to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from time import perf_counter
from typing import Any

_NOT_ASKED_OF_EXCEL = {"api", "engine", "type", "max_cells_per_read", "max_cells_per_write"}
_COUNTED_DUNDERS = {"__call__", "__len__", "__contains__", "__getitem__"}

EXCEPTION_OCCURRED = -2147352567
APPLICATION_ERROR = -2146827284
REJECTED_BY_CALLEE = -2147418111


class ComError(Exception):
    """What pywin32 raises (`pywintypes.com_error`) where Excel refuses a call."""

    def __init__(self, message: str, hresult: int = EXCEPTION_OCCURRED) -> None:
        self.hresult, self.strerror, self.argerror = hresult, "Exception occurred.", None
        self.excepinfo = (0, "Microsoft Excel", message, "xlmain11.chm", 0, APPLICATION_ERROR)
        super().__init__(hresult, self.strerror, self.excepinfo, self.argerror)


class Calls:
    """The host calls so far: how many, which, how long they took, and which one is to fail.

    Attributes
    ----------
    names
        "Range.raw_value", "Range.raw_value=" (a set) and "Sheets.add", in the order of the calls.
    seconds
        Time spent inside the stand-in.
    is_busy
        Whether Excel refuses every call, as while a cell is being edited.
    watch
        Told the name of each call before it is made.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seconds = 0.0
        self.has_failed = False
        self.is_busy = False
        self.watch: Callable[[str], None] | None = None
        self._left: int | None = None
        self._fails_after = False
        self._inside = False

    @property
    def count(self) -> int:
        return len(self.names)

    def by_name(self) -> Counter[str]:
        """How often each call was made."""
        return Counter(self.names)

    def clear(self) -> None:
        """Count from here."""
        self.names.clear()
        self.seconds = 0.0

    def fail_at(self, k: int | None, *, carried_out: bool = False) -> None:
        """Let the k-th call from now raise once; None takes it back.

        Parameters
        ----------
        k
            1 is the next call.
        carried_out
            Whether Excel does what it was asked before the error arrives.
        """
        self._left, self._fails_after, self.has_failed = k, carried_out, False

    def make(self, name: str, call: Callable[[], Any]) -> Any:
        """Carry a call out; one that another makes inside the stand-in is not counted."""
        if self._inside:
            return call()
        if self.watch is not None:
            self.watch(name)
        fails = self._counted(name)
        if self.is_busy:
            raise ComError("Call was rejected by callee.", REJECTED_BY_CALLEE)
        if fails and not self._fails_after:
            raise self._failure(name)
        self._inside = True
        started = perf_counter()
        try:
            answer = call()
        finally:
            self._inside = False
            self.seconds += perf_counter() - started
        if fails:
            raise self._failure(name)
        return answer

    def in_one(self, name: str, n_asked: int) -> None:
        """Count what one call asks of Excel several times, such as a format of each range."""
        self.names += [name] * (n_asked - 1)

    def each(self, name: str, items: Iterable[Any]) -> Iterator[Any]:
        """Go through a collection of Excel's: every step is a call."""
        for item in items:
            yield self.each_one(name, item)

    def each_one(self, name: str, item: Any) -> Any:
        """One step of going through a collection."""
        return self.make(name, lambda: item)

    def _counted(self, name: str) -> bool:
        self.names.append(name)
        if self._left is None:
            return False
        self._left -= 1
        if self._left:
            return False
        self._left, self.has_failed = None, True
        return True

    def _failure(self, name: str) -> ComError:
        return ComError(f"Made to fail at {name}.", REJECTED_BY_CALLEE)


def asked_of_excel(kind: type) -> type:
    """Count what is asked of a class's objects, which know their `Calls` as `_calls`."""
    for name, member in list(vars(kind).items()):
        public = not name.startswith("_") or name in _COUNTED_DUNDERS
        if not public or name in _NOT_ASKED_OF_EXCEL:
            continue
        label = f"{getattr(kind, '_said_as', kind.__name__)}.{name.strip('_')}"
        if isinstance(member, property):
            getter = member.fget and _counted(label, member.fget)
            setter = member.fset and _counted(label + "=", member.fset)
            setattr(kind, name, property(getter, setter))
        elif callable(member) and not isinstance(member, type):
            setattr(kind, name, _counted(label, member))
    return kind


def _counted(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return self._calls.make(label, lambda: function(self, *args, **options))

    return call
