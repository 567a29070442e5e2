"""What the cell functions are called inside LibreOffice's files.

The plain name, PF_SCORE, is bound by a function in Basic. The short way is a function of an add-in,
which formulas in an .xlsx file name by its programmatic name; it is for single values alone, as
Calc finds a text in an array of an add-in equal to nothing, not even to itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xlportfolio.cell_names import PREFIX
from xlportfolio.cells import CellFunction

ADD_IN = "org.xlportfolio.AddIn"
"""The service that offers the functions to Calc, and their type library's interface."""

DISPATCH = "org.xlportfolio.Dispatch"
"""The service that the functions in Basic call, by name."""


# Words of UNOIDL that nothing can be called.
_RESERVED = {
    *("any", "attribute", "boolean", "bound", "byte", "char", "const", "constants", "constrained"),
    *("constructor", "default", "double", "ellipsis", "enum", "exception", "false", "float", "get"),
    *("hyper", "in", "inout", "interface", "long", "maybeambiguous", "maybedefault", "maybevoid"),
    *(
        "module",
        "needs",
        "observes",
        "oneway",
        "optional",
        "out",
        "property",
        "published",
        "raises",
    ),
    *("readonly", "removable", "sequence", "service", "set", "short", "singleton", "string"),
    *("struct", "transient", "true", "type", "typedef", "union", "unsigned", "void"),
}


def identifier(name: str) -> str:
    """A name as the type library can have it: without underscores.

    >>> identifier("TIME_CRITICALITY"), identifier("type")
    ('timeCriticality', 'typeGiven')
    """
    first, *others = name.lower().split("_")
    made = first + "".join(word.capitalize() for word in others)
    return f"{made}Given" if made in _RESERVED else made


def method_name(function: str) -> str:
    """What a function is called in the type library.

    >>> method_name("PF_CUT_LINE")
    'cutLine'
    """
    return identifier(function.removeprefix(PREFIX))


def programmatic_name(function: str) -> str:
    """What a formula in a file calls a function.

    >>> programmatic_name("PF_SCORE")
    'ORG.XLPORTFOLIO.ADDIN.SCORE'
    """
    return f"{ADD_IN}.{method_name(function)}".upper()


@dataclass(frozen=True)
class ShortWay:
    """How a function is called that gives a single value.

    Attributes
    ----------
    name
        The programmatic name.
    n_required
        How many arguments have to be given: it is called with these and no others.
    """

    name: str
    n_required: int


def short_ways(functions: Iterable[CellFunction]) -> dict[str, ShortWay]:
    """By plain name, for rewriting formulas."""
    return {
        function.name: ShortWay(
            programmatic_name(function.name),
            sum(not argument.is_optional for argument in function.arguments),
        )
        for function in functions
    }
