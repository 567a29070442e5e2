"""How the workbooks look: one accent colour, quiet lines, and who signs them when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

ACCENT = "1F5C70"
BAND = "CFE1E6"
PALE = "EAF2F4"
LINE = "D9E0E3"
GREY = "5F6B73"

RAG_COLOURS: Mapping[str, tuple[str, str]] = {
    "Red": ("F4C7C3", "8C1D18"),
    "Amber": ("FCE8B2", "7A4F00"),
    "Green": ("CFE8D5", "1E5B2F"),
}
"""Fill and ink; the word always stands in the cell too."""

WRITTEN_AT = datetime(2026, 5, 5, 9, 0, tzinfo=UTC).replace(tzinfo=None)
"""A fixed time, so that the same data give the same bytes."""


def sign(file: Workbook, title: str, company: str) -> None:
    """Set the document's properties; the times are fixed."""
    file.set_properties(
        {"title": title, "author": company, "company": company, "created": WRITTEN_AT}
    )
    file.set_size(24000, 14000)


class Appearance:
    """The formats of one workbook, each made once."""

    def __init__(self, file: Workbook) -> None:
        self._file = file
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(
        self,
        *,
        bold: bool = False,
        italic: bool = False,
        underline: bool = False,
        size: float = 10,
        colour: str = "",
        fill: str = "",
        align: str = "",
        wrap: bool = False,
        number_format: str = "",
        top: str = "",
        bottom: str = "",
        edges: str = "",
        indent: int = 0,
    ) -> Format:
        """A format; `top`, `bottom` and `edges` are the colours of thin lines, "RRGGBB"."""
        look: dict[str, Any] = {"font_size": size, "valign": "vcenter"}
        flags = {"bold": bold, "italic": italic, "underline": underline, "text_wrap": wrap}
        look |= {name: True for name, on in flags.items() if on}
        if colour:
            look["font_color"] = f"#{colour}"
        if fill:
            look["bg_color"] = f"#{fill}"
        if align or indent:
            look["align"] = align or "left"
        if indent:
            look["indent"] = indent
        if number_format:
            look["num_format"] = number_format
        if top:
            look |= {"top": 1, "top_color": f"#{top}"}
        if bottom:
            look |= {"bottom": 1, "bottom_color": f"#{bottom}"}
        if edges:
            look |= {"border": 1, "border_color": f"#{edges}"}
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._file.add_format(look)
        return self._made[key]

    def header(
        self,
        *,
        fill: str = ACCENT,
        colour: str = "FFFFFF",
        align: str = "left",
        number_format: str = "",
    ) -> Format:
        """The format of a header cell."""
        return self.format(
            bold=True,
            fill=fill,
            colour=colour,
            align=align,
            wrap=True,
            edges="FFFFFF",
            indent=1 if align == "left" else 0,
            number_format=number_format,
        )
