"""How a cell looks, as one value that is shared by all cells that look so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection
from openpyxl.styles.numbers import is_date_format
from openpyxl.xml.functions import tostring

GENERAL = "General"

# Excel says these built-in formats in the words of the country; here as in the United States.
_SAID_AS = {
    "mm-dd-yy": "m/d/yyyy",
    "m/d/yy h:mm": "m/d/yyyy h:mm",
    "#,##0 ;(#,##0)": "#,##0_);(#,##0)",
    "#,##0 ;[Red](#,##0)": "#,##0_);[Red](#,##0)",
    "#,##0.00;(#,##0.00)": "#,##0.00_);(#,##0.00)",
    "#,##0.00;[Red](#,##0.00)": "#,##0.00_);[Red](#,##0.00)",
}
_STORED_AS = {said: stored for stored, said in _SAID_AS.items()}


def said(number_format: str) -> str:
    """A number format as Range.NumberFormat says it."""
    return _SAID_AS.get(number_format, number_format)


def stored(number_format: str) -> str:
    """A number format as the file keeps it."""
    return _STORED_AS.get(number_format, number_format)


@dataclass(frozen=True, eq=False)
class Style:
    """Make one with `style_of`: equal styles are one object."""

    number_format: str
    font: Any
    fill: Any
    border: Any
    alignment: Any
    protection: Any
    quote_prefix: bool

    @cached_property
    def is_date(self) -> bool:
        return self.number_format != GENERAL and bool(is_date_format(self.number_format))

    @cached_property
    def is_currency(self) -> bool:
        return not self.is_date and any(sign in self.number_format for sign in ("$", "£", "€"))

    @cached_property
    def text(self) -> dict[str, str]:
        """What the style says, by its parts, for people to compare."""
        parts = {
            "font": self.font,
            "fill": self.fill,
            "border": self.border,
            "alignment": self.alignment,
            "protection": self.protection,
        }
        texts = {name: _xml(part, name) for name, part in parts.items()}
        return {"number_format": self.number_format, **texts, "prefix": str(self.quote_prefix)}

    def having(self, **changes: Any) -> Style:
        """The same style but for what is named."""
        fields = {name: getattr(self, name) for name in Style.__dataclass_fields__}
        return style_of(**{**fields, **changes})


_STYLES: dict[tuple[Any, ...], Style] = {}


def style_of(
    number_format: str = GENERAL,
    font: Any = None,
    fill: Any = None,
    border: Any = None,
    alignment: Any = None,
    protection: Any = None,
    quote_prefix: bool = False,
) -> Style:
    """The one object that stands for a style."""
    parts = (
        number_format,
        font or Font(name="Calibri", sz=11, family=2, scheme="minor"),
        fill or PatternFill(),
        border or Border(),
        alignment or Alignment(),
        protection or Protection(),
        quote_prefix,
    )
    key = (number_format, *(_xml(part, "x") for part in parts[1:6]), quote_prefix)
    if key not in _STYLES:
        _STYLES[key] = Style(*parts)
    return _STYLES[key]


def _xml(part: Any, name: str) -> str:
    return tostring(part.to_tree(name)).decode()


PLAIN = style_of()
