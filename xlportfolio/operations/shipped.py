"""The workbooks that travel with the product: template, worked example, self-check."""

from __future__ import annotations

from pathlib import Path

_PACKED = Path(__file__).with_name("workbooks")
_CHECKOUT = Path(__file__).parents[2] / "workbooks"


def shipped_workbook(name: str) -> bytes:
    """The bytes of "template.xlsx", "worked_example.xlsx" or "self_check.xlsx".

    They lie in the installed package, and in a checkout where `workbooks/build.py` writes them.
    """
    for folder in (_PACKED, _CHECKOUT):
        path = folder / name
        if path.is_file():
            return path.read_bytes()
    raise FileNotFoundError(f"{name} is missing from this installation of xlportfolio")
