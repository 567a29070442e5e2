"""What of an XML part can be read without a parser: proven, or left to one.

XML 1.0 (fifth edition): 2.2 characters, 2.4 character data, 2.11 line ends, 4.6 the five entities.
"""

from __future__ import annotations

import re
from typing import Any

BLANK = "[ \\t\\r\\n]*"
"""White space as XML has it; a pattern."""

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_ENTITY = re.compile("&(?:amp|lt|gt|quot|apos);")
_ATTRIBUTE = re.compile(r' ([A-Za-z]\w*(?::\w+)?)="([^"<>&\t\r\n]*)"', re.ASCII)


def decoded(data: bytes) -> str | None:
    """Text in UTF-8 whose characters an XML part may hold; None for any other bytes."""
    if len(data.translate(None, _CONTROLS)) != len(data):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if not data.isascii() and ("\ufffe" in text or "\uffff" in text) else text


def has_plain_references(text: str) -> bool:
    """Whether every "&" is one of XML's five entities, and "]]>" stands nowhere.

    >>> has_plain_references("A1&amp;B1"), has_plain_references("&#65;")
    (True, False)
    """
    if "&" in text and text.count("&") != len(_ENTITY.findall(text)):
        return False
    return not ("]" in text and "]]>" in text)


def characters(text: str) -> str:
    r"""What character data stands for, where `has_plain_references`.

    >>> characters("&lt;a&gt;\r\n&amp;lt;")
    '<a>\n&lt;'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        for entity, character in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("apos", "'")):
            text = text.replace(f"&{entity};", character)
        text = text.replace("&amp;", "&")
    return text


def attributes_of(text: str) -> dict[str, str] | None:
    """The attributes of a start tag as most programs write them; None for any other text.

    Whether a prefix in a name is declared remains to be proven, and so does every `xmlns`.

    >>> attributes_of(' s="1" t="s"'), attributes_of(' s="1" s="2"'), attributes_of(" s='1'")
    ({'s': '1', 't': 's'}, None, None)
    """
    found = _ATTRIBUTE.findall(text)
    if "".join(f' {name}="{value}"' for name, value in found) != text:
        return None
    attributes = dict(found)
    return attributes if len(attributes) == len(found) else None


def n_line_breaks(text: str) -> int:
    """How many lines end in a text, as XML parsers count them.

    >>> n_line_breaks("a\\r\\nb\\rc\\n")
    3
    """
    if "\r" not in text:
        return text.count("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def make_room(remembered: dict[Any, Any] | set[Any], most: int = 20_000) -> None:
    """Forget everything where a part was made to have too much remembered of it."""
    if len(remembered) >= most:
        remembered.clear()
