"""What Excel disabled after a crash, as it keeps it in the registry.

The form of the values is not documented by Microsoft. Each is binary: a kind, the lengths of two
texts in bytes, and the texts in UTF-16, of which the first is a path, in lower case
(https://superuser.com/questions/17557).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from xlportfolio.addin.installation import excel_key
from xlportfolio.addin.machine import Machine

_LENGTHS = struct.Struct("<III")


@dataclass(frozen=True)
class DisabledItem:
    """Something that Excel does not load any more.

    Attributes
    ----------
    key, name
        The value of the registry that says so.
    path
        What it is.
    """

    key: str
    name: str
    path: str


def disabled_items(machine: Machine, version: str) -> Iterator[DisabledItem]:
    """Read what Excel disabled; a value of another form is passed over.

    Parameters
    ----------
    machine
        Whose registry is read.
    version
        Of Office, "16.0".
    """
    key = excel_key(version, r"Resiliency\DisabledItems")
    for name, value in machine.values("HKCU", key).items():
        if isinstance(value, bytes) and len(value) > _LENGTHS.size:
            _, length, _ = _LENGTHS.unpack_from(value)
            text = value[_LENGTHS.size : _LENGTHS.size + length]
            path = text.decode("utf-16-le", errors="replace").partition("\0")[0]
            yield DisabledItem(key, name, path)
