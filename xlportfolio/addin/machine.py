"""What installing and the doctor ask of a Windows machine, so that tests can stand in for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Hive = Literal["HKCU", "HKLM"]
"""Which part of the registry: the user's own, or the machine's, which is only read."""

Registered = str | int | bytes | Sequence[str]
"""What a value of the registry holds."""


@dataclass(frozen=True)
class Library:
    """A file of xlwings that Excel loads, or that the add-in is made of.

    Attributes
    ----------
    name
        Such as "xlwings64-0.37.8.dll".
    file
        Where it was installed.
    hash
        Its SHA-256 as pip recorded it, in hexadecimal; "" where nothing is recorded.
    """

    name: str
    file: Path
    hash: str = ""


@dataclass(frozen=True)
class Environment:
    """The Python that runs.

    Attributes
    ----------
    version
        Of Python, "3.12.4".
    bits
        32 or 64.
    interpreter
        Its full path.
    lacking
        Packages that Excel needs and that cannot be imported.
    libraries
        What of xlwings Excel loads (.dll) and the add-in is made of (.bas).
    """

    version: str
    bits: int
    interpreter: str
    lacking: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()


class Machine(Protocol):
    """A Windows machine, as its current user sees it."""

    def roaming_folder(self) -> Path | None:
        """Where Windows keeps the user's %APPDATA%, wherever it was redirected to."""
        ...

    def values(self, hive: Hive, key: str) -> Mapping[str, Registered]:
        """The values of a key; none where there is no such key. "" is its default value."""
        ...

    def subkeys(self, hive: Hive, key: str) -> Sequence[str]:
        """The names of the keys in a key; none where there is no such key."""
        ...

    def set_value(self, key: str, name: str, text: str) -> None:
        """Set a text in a key of the user's own that is there."""
        ...

    def delete_value(self, key: str, name: str) -> None:
        """Take a value out of a key of the user's own, if it is there."""
        ...

    def is_in_use(self, file: Path) -> bool:
        """Whether another program holds a file open, so that it cannot be replaced."""
        ...

    def is_program(self, path: str) -> bool:
        """Whether there is a program at a full path of Windows."""
        ...

    def is_marked(self, file: Path) -> bool:
        """Whether a file carries the mark of the web: Office and Windows block what has it."""
        ...

    def unmark(self, file: Path) -> None:
        """Take the mark of the web off a file."""
        ...
