"""What IDs and names are compared by: capitals and spaces do not tell two of them apart."""

from __future__ import annotations


def join_key(text: str) -> str:
    """What IDs are compared by: tables join on it.

    >>> join_key(" p 012"), join_key("P012")
    ('p012', 'p012')
    """
    return "".join(text.split()).casefold()


def name_key(text: str) -> str:
    """What names of criteria, roles, categories and kinds of money are compared by.

    >>> name_key(" Strategic  Fit")
    'strategic fit'
    """
    return " ".join(text.split()).casefold()


def row_key(project_id: str, option: str | None) -> tuple[str, str]:
    """What rows of projects are compared by: the ID, and the option where there are several.

    >>> row_key("P 012", "Option  A"), row_key("P012", None)
    (('p012', 'option a'), ('p012', ''))
    """
    return join_key(project_id), name_key(option or "")
