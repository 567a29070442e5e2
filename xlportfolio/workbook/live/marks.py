"""The mark that makes a sheet ours, as Excel is told it and as Excel tells it.

The mark is a name local to the sheet, `_xlportfolio`, whose value is the description's name as
text: the same in a closed file and in Excel.
"""

from __future__ import annotations


def mark_formula(text: str) -> str:
    """What the mark refers to, as a formula.

    >>> mark_formula('The "PF" plan')
    '="The ""PF"" plan"'
    """
    return '="' + text.replace('"', '""') + '"'


def marked_text(refers_to: object) -> str | None:
    """The text that a mark's formula stands for; None where it is no text.

    >>> marked_text('="The ""PF"" plan"'), marked_text("=Sheet1!$A$1")
    ('The "PF" plan', None)
    """
    formula = str(refers_to).strip().removeprefix("=").strip()
    if len(formula) < 2 or not formula[0] == formula[-1] == '"':
        return None
    return formula[1:-1].replace('""', '"')


def split_name(name: str) -> tuple[str | None, str]:
    """The sheet to which a name is local, and the bare name; Excel gives both in one text.

    >>> split_name("'Bob''s plan'!_xlportfolio"), split_name("Budget")
    (("Bob's plan", '_xlportfolio'), (None, 'Budget'))
    """
    sheet, mark, bare = name.rpartition("!")
    if not mark:
        return None, name
    if len(sheet) >= 2 and sheet[0] == sheet[-1] == "'":
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, bare
