"""Which formulas of a workbook call functions of ours, whatever a file calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xlportfolio.cell_names import PREFIX
from xlportfolio.libreoffice.calc_names import ADD_IN
from xlportfolio.libreoffice.formula_calls import called
from xlportfolio.workbook.editing.formulas import formula_tokens

_OUR_ADD_IN = f"{ADD_IN}.".upper()


def calls_ours(text: str) -> bool:
    """Whether a formula calls a function of ours, in Excel's words or LibreOffice's.

    >>> [calls_ours(text) for text in ("1+[1]!pf_score(A1:B9)", "_xldudf_PF_RANK(A1)", "pf_score")]
    [True, True, False]
    >>> calls_ours('"PF_SCORE(A1)"'), calls_ours("ORG.XLPORTFOLIO.ADDIN.SCORE(A1)")
    (False, True)
    """
    plain = text.upper()
    if PREFIX not in plain and _OUR_ADD_IN not in plain:
        return False
    return any(name.startswith((PREFIX, _OUR_ADD_IN)) for name in called(text))


def names_calling_ours(names: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The defined names, in lower case, that call a function of ours, directly or through others.

    Parameters
    ----------
    names
        Each name with what it stands for.
    """
    texts = [(name.casefold(), text) for name, text in names]
    found = {name for name, text in texts if calls_ours(text)}
    while found:
        more = {name for name, text in texts if name not in found and _uses(text, found)}
        if not more:
            break
        found |= more
    return frozenset(found)


def needs_ours(names: Iterable[tuple[str, str]]) -> Callable[[str], bool]:
    """What tells whether a formula needs a function of ours, by itself or through a defined name.

    Parameters
    ----------
    names
        The defined names of the workbook, each with what it stands for.
    """
    ours = names_calling_ours(names)
    return lambda text: calls_ours(text) or (bool(ours) and _uses(text, ours))


def _uses(text: str, names: frozenset[str] | set[str]) -> bool:
    plain = text.casefold()
    return any(name in plain for name in names) and any(
        kind in ("word", "function") and token.rpartition("!")[2].casefold() in names
        for kind, token in formula_tokens(text)
    )
