"""How values, headers, rows and lists of names are written in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from xlportfolio.values import CellError

_LONGEST_SHOWN = 60
_LARGEST_IN_FULL = 1e18

_ROW_NOUNS = {
    "projects": "project",
    "ratings": "project",
    "demand": "demand of",
    "criteria": "criterion",
    "categories": "category",
    "budgets": "budget",
    "links": "link",
    "capacity": "role",
    "settings": "settings",
}


def shortened(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """The text on one line without what cannot be seen, cut to what a sentence can carry.

    >>> shortened("Budget\\n(whole life)", 60), shortened("x" * 9, 5)
    ('Budget (whole life)', 'xxxx…')
    """
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def visible_line(text: str) -> str:
    """A text as one line that a terminal can show, whatever a name in it holds.

    >>> visible_line("New\\ndepot \\u202eevil")
    'New depot evil'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " * letter.isspace() for letter in text)


def quoted(text: str) -> str:
    """A header or value between quotation marks."""
    return f'"{shortened(text)}"'


def number(value: float) -> str:
    """A number as people write it.

    >>> number(1200000.0), number(-0.2), number(0.1 + 0.2), number(1234.567), number(1e300)
    ('1,200,000', '-0.2', '0.3', '1,234.567', '1e+300')
    """
    if value == 0:
        return "0"
    if abs(value) >= _LARGEST_IN_FULL:
        return f"{value:g}"
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return text if text not in ("0", "-0") else f"{value:g}"


def day(value: date) -> str:
    """A date that reads the same everywhere.

    >>> day(date(2026, 4, 3))
    '3 Apr 2026'
    """
    return f"{value.day} {value:%b %Y}"


def shown(value: object) -> str:
    """A cell's value in a sentence: texts in quotation marks.

    >>> shown("tbc"), shown(1.5), shown(True), shown(None), shown(CellError("#N/A"))
    ('"tbc"', '1.5', 'TRUE', 'blank', '#N/A')
    """
    if value is None:
        return "blank"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, datetime | date):
        return day(value)
    if isinstance(value, CellError):
        return value.code
    return f'"{shortened(str(value))}"'


def named(label: str) -> str:
    """A row's label: a code as it is, anything else in quotation marks.

    >>> named("P012"), named("Strategic fit")
    ('P012', '"Strategic fit"')
    """
    is_code = len(label) <= 24 and len(label.split()) == 1 and any(c.isdigit() for c in label)
    return label.strip() if is_code else f'"{shortened(label)}"'


def row_named(table: str, label: str) -> str:
    """A row as people know it; row numbers of the sheet are for the edge that knows them.

    >>> row_named("projects", "P012"), row_named("criteria", "")
    ('project P012', 'a row of the criteria')
    """
    if not label:
        return f"a row of the {table}"
    if table in ("links", "demand", "budgets"):
        return f"{_ROW_NOUNS[table]} {shortened(label)}"
    return f"{_ROW_NOUNS.get(table, table)} {named(label)}"


def so_too(n: int, of: str = "") -> str:
    """The end of a claim about the first of several cells.

    >>> so_too(0), so_too(1), so_too(3, " of the column")
    ('', ', and so is 1 more', ', and so are 3 more of the column')
    """
    return f", and so {'is' if n == 1 else 'are'} {n} more{of}" if n else ""


def counted(n: int, noun: str) -> str:
    """A number of things, of a noun whose plural ends in s.

    >>> counted(1, "project"), counted(0, "project"), counted(2755, "project")
    ('1 project', '0 projects', '2,755 projects')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(words: Sequence[str], longest: int = 5, *, noun: str = "") -> str:
    """Words as an enumeration, cut after the first few; the rest are "more" or `noun` counted.

    >>> listed(["A"]), listed(["A", "B", "C"]), listed(list("ABCDEFG"))
    ('A', 'A, B and C', 'A, B, C, D, E and 2 more')
    >>> listed(["A", "B", "C"], 1, noun="other"), listed(["A", "B"], 1, noun="other")
    ('A and 2 others', 'A and 1 other')
    """
    if len(words) > longest:
        n = len(words) - longest
        return f"{', '.join(words[:longest])} and {counted(n, noun) if noun else f'{n} more'}"
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
