"""The words of PF Setup, which its writer and its reader share: headers, answers, lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlportfolio.workbook.mapping.choices import StoredHeader, plain

TABLE_HEADERS = (
    "Table", "Sheet", "Range", "Lies", "Use", "Rows", "Your choice", "Note", "Excel table",
)  # fmt: skip
FIELD_HEADERS = (
    "Table", "Field", "What it is", "Header", "Cell", "Sure?", "Your choice", "Note", "All columns",
)  # fmt: skip
SETTING_HEADERS = ("Setting", "Value", "What it is")
CRITERION_HEADERS = ("Criterion", "Column", "Direction", "Worst rating", "Best rating", "Weight")

CERTAIN = "certain"
ASKED = "please confirm"
LIKELY = "likely"
SAID = "chosen"
MISSING = "not found"

YES = frozenset(("yes", "y", "true", "ok", "✓"))
NO = frozenset(("-", "–", "—", "none"))
"""Not "no", which is what many columns of numbers are headed by."""

_LISTED = re.compile(r'"((?:[^"]|"")*)"(?: \[([A-Za-z0-9]+)\])?')
_CHOICE_IN_LIST = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|([^;]*))(?:;|$)')


def words_of(name: str) -> str:
    """A field's name as people write it: "Project ID", "Cost to go"."""
    words = name.replace("_", " ")
    words = re.sub(r"\b(id|npv|bcr|irr|rag|fte)\b", lambda match: match[1].upper(), words)
    return words[0].upper() + words[1:]


def quoted(text: str, many: bool) -> str:
    """A header as a choice: in quotes where it would be read as something else."""
    special = text != text.strip() or text.startswith('"') or plain(text) in YES | NO | {""}
    if special or (many and ";" in text):
        return '"' + text.replace('"', '""') + '"'
    return text


def listed(headers: Sequence[StoredHeader]) -> str:
    """Headers and their cells in one text, for the reader."""
    return "; ".join(
        '"' + header.text.replace('"', '""') + '"' + (f" [{header.cell}]" if header.cell else "")
        for header in headers
    )


def unlisted(text: str) -> tuple[StoredHeader, ...]:
    """The headers that `listed` wrote."""
    return tuple(
        StoredHeader(match[1].replace('""', '"'), match[2] or "")
        for match in _LISTED.finditer(text)
    )


def choices_in(text: str, many: bool) -> list[str]:
    """The headers that a person chose: one, or several with ; between, in quotes where needed."""
    stripped = text.strip()
    if not many:
        whole = re.fullmatch(r'"((?:[^"]|"")*)"', stripped)
        return [whole[1].replace('""', '"')] if whole else [stripped]
    texts = []
    for match in _CHOICE_IN_LIST.finditer(stripped):
        if match[1] is not None:
            texts.append(match[1].replace('""', '"'))
        elif match[2].strip():
            texts.append(match[2].strip())
    return texts
