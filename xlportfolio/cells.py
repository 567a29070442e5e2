"""The registry of cell functions: what every host, builder and reference is made from.

A function module marks its functions with `@cell_function`; the installed packages of functions
are found through the entry-point group `xlportfolio.functions`. Hosts and builders are handed a
`Registry` and never import the functions' package.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar, cast

from xlportfolio.cell_arguments import word_of
from xlportfolio.cell_docs import Documentation, documentation_of
from xlportfolio.cell_names import check_argument_name, check_name
from xlportfolio.errors import InputError

GROUP = "xlportfolio.functions"
"""The entry points by which packages of functions are found."""

OUTPUT, WHY = "output", "why"
"""The option of what to answer, and its word for the answer, or the problem, as a sentence."""

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "cell_function"
_SHORTEST_LIKE = 4
_LIKE = 0.8


@dataclass(frozen=True)
class Argument:
    """One argument of a cell function.

    Attributes
    ----------
    help
        One line for the function wizard.
    unit
        "" where it has none.
    example
        A range or value as it is typed: "C2:F9".
    shape
        What range it is: "projects x criteria".
    default
        What a blank means; None, too, where `is_optional`.
    choices
        The words that it takes; () where it takes values.
    """

    name: str
    help: str
    unit: str
    example: str
    shape: str = ""
    is_optional: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """A call and what comes of it.

    Attributes
    ----------
    arguments
        By name: scalars, or rows of cells.
    expected
        The answer: a scalar, or rows; None in a cell that stays blank.
    error
        The sentence, where the call is an error; "" otherwise.
    title
        What it shows.
    """

    arguments: Mapping[str, Any]
    expected: Any = None
    error: str = ""
    title: str = ""


@dataclass(frozen=True)
class CellFunction:
    """A function as every host offers it.

    Attributes
    ----------
    name
        As typed in a cell: "PF_SCORE".
    family
        The group it stands under: "Scoring".
    function
        The plain Python function.
    summary
        One line.
    result
        The shape of what spills, and what it holds.
    errors
        When it is an error.
    notes
        The formula and its source.
    """

    name: str
    family: str
    function: Callable[..., Any]
    summary: str
    arguments: tuple[Argument, ...]
    result: str
    errors: str
    notes: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def syntax(self) -> str:
        """The call as the reference shows it: "PF_SCORE(ratings, [weights], [output])"."""
        names = [f"[{one.name}]" if one.is_optional else one.name for one in self.arguments]
        return f"{self.name}({', '.join(names)})"


def cell_function(
    family: str,
    *,
    choices: Mapping[str, Sequence[str]] | None = None,
    examples: Sequence[Example] = (),
) -> Callable[[_Function], _Function]:
    """Mark a plain Python function as a cell function.

    Parameters
    ----------
    family
        The group it stands under.
    choices
        The words that an option takes, the default first.
    examples
        Calls with what comes of them; they are tested on every host.

    Returns
    -------
    A decorator that gives the function back, for Python to call. An option reaches it as one of
    its words, and where `output` is "why" the sentence of a problem is the answer.

    Raises
    ------
    InputError
        If its name or an argument's cannot be used in a cell or in VBA, its signature is one that
        no host can call, or its docstring does not document every argument.

    Notes
    -----
    Arguments and defaults are read from the signature, their help, shape, unit and example from
    the docstring, so that neither is written twice.
    """

    def mark(function: _Function) -> _Function:
        # xlwings takes hints for converters; what a cell hands over is converted by us
        function.__annotations__ = {}
        described = _described(function, family, choices or {}, tuple(examples))
        setattr(described.function, _MARK, described)
        return cast(_Function, described.function)

    return mark


def _with_options_read(
    function: Callable[..., Any], arguments: Sequence[Argument]
) -> Callable[..., Any]:
    """The function as it is called: it gets its words, and tells a problem where "why" is asked."""
    options = [(k, one.name, one.choices) for k, one in enumerate(arguments) if one.choices]
    if not options:
        return function
    # first of all how to answer: what is wrong with the others may have to be told
    options.sort(key=lambda option: option[1] != OUTPUT)

    @functools.wraps(function)
    def answered(*given: Any, **named: Any) -> Any:
        handed = list(given)
        tells_why = False
        try:
            for k, name, words in options:
                if k < len(handed):
                    word = handed[k] = word_of(name, handed[k], words)
                elif name in named:
                    word = named[name] = word_of(name, named[name], words)
                else:
                    continue
                tells_why = tells_why or (name == OUTPUT and word == WHY)
            return function(*handed, **named)
        except InputError as problem:
            if tells_why:
                return str(problem)
            raise

    return answered


def _described(
    function: Callable[..., Any],
    family: str,
    choices: Mapping[str, Sequence[str]],
    examples: tuple[Example, ...],
) -> CellFunction:
    name = getattr(function, "__name__", "").upper()
    check_name(name)
    text = documentation_of(function.__doc__ or "")
    arguments = _arguments(name, function, text, choices)
    return CellFunction(
        name=name,
        family=family,
        function=_with_options_read(function, arguments),
        summary=text.summary,
        arguments=arguments,
        result=text.returns,
        errors=text.raises,
        notes=text.notes,
        examples=examples,
    )


def _arguments(
    name: str,
    function: Callable[..., Any],
    text: Documentation,
    choices: Mapping[str, Sequence[str]],
) -> tuple[Argument, ...]:
    parameters = inspect.signature(function).parameters
    documented = {parameter.name: parameter for parameter in text.parameters}
    if list(documented) != list(parameters):
        raise InputError(
            f"{name} documents the arguments {', '.join(documented) or 'none'} and takes "
            f"{', '.join(parameters) or 'none'}; expected the same, in the same order."
        )
    arguments = []
    for parameter in parameters.values():
        _check_parameter(name, parameter)
        doc = documented[parameter.name]
        is_optional = parameter.default is not parameter.empty
        words = tuple(choices.get(parameter.name, ()))
        if words and parameter.default != words[0]:
            raise InputError(
                f"{name}: the default of {parameter.name} is {parameter.default!r}; expected the "
                f'first of its words, "{words[0]}".'
            )
        arguments.append(
            Argument(
                name=parameter.name,
                help=doc.help,
                unit=doc.unit,
                example=doc.example,
                shape=doc.shape,
                is_optional=is_optional,
                default=parameter.default if is_optional else None,
                choices=words,
            )
        )
    unknown = [one for one in choices if one not in parameters]
    if unknown:
        raise InputError(f"{name} has words for {unknown[0]}, which is not an argument of it.")
    return tuple(arguments)


def _check_parameter(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
        raise InputError(
            f"{name}: {parameter} is not a plain argument; expected one that can be given by "
            "position, as cells do."
        )
    check_argument_name(name, parameter.name)


class Registry:
    """Cell functions by name, in alphabetical order.

    Parameters
    ----------
    functions
        To begin with.
    """

    def __init__(self, functions: Iterable[CellFunction] = ()) -> None:
        self._functions: dict[str, CellFunction] = {}
        for function in functions:
            self.add(function)

    @classmethod
    def load(cls) -> Registry:
        """Find the functions of every installed package that offers some.

        Raises
        ------
        InputError
            If two of them offer a function of the same name.
        """
        from importlib.metadata import entry_points

        registry = cls()
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
            registry.add_module(entry.load())
        return registry

    def add(self, function: CellFunction) -> None:
        """Add one function.

        Parameters
        ----------
        function
            As `cell_function` described it.

        Raises
        ------
        InputError
            If its name cannot be typed in a cell, or there is another function of that name.
        """
        check_name(function.name)
        known = self._functions.get(function.name)
        if known is not None and known.function is not function.function:
            raise InputError(
                f"There are two functions {function.name}: in {known.function.__module__} and in "
                f"{function.function.__module__}. Rename one of them."
            )
        self._functions[function.name] = function

    def add_module(self, module: ModuleType) -> None:
        """Add every function of a module or package that is marked.

        Parameters
        ----------
        module
            Whose names are looked at.
        """
        for value in list(vars(module).values()):
            described = getattr(value, _MARK, None)
            if isinstance(described, CellFunction):
                self.add(described)

    def __iter__(self) -> Iterator[CellFunction]:
        return iter(sorted(self._functions.values(), key=lambda function: function.name))

    def __len__(self) -> int:
        return len(self._functions)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.strip().upper() in self._functions

    def __getitem__(self, name: str) -> CellFunction:
        """One function, in whatever case its name is written.

        Raises
        ------
        InputError
            If there is none of that name, with the nearest that there are.
        """
        found = self._functions.get(name.strip().upper())
        if found is not None:
            return found
        names = sorted(self._functions)
        near = difflib.get_close_matches(name.strip().upper(), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}."
        raise InputError(f'There is no function "{name}"; {hint}')

    @property
    def families(self) -> tuple[str, ...]:
        """The groups of functions, in alphabetical order."""
        return tuple(sorted({function.family for function in self}))

    def search(self, text: str) -> tuple[CellFunction, ...]:
        """Functions that have every word in their name, family or help.

        Parameters
        ----------
        text
            Words in any case; blank finds all.

        Returns
        -------
        Those with a word in the name first, else in alphabetical order. Where no function has
        every word, those that have most of them, or words like them: "weigths", "ranking".
        """
        words = text.casefold().split()
        found = [one for one in self if all(word in _searched(one) for word in words)]
        if not found:
            have = {one.name: sum(_has_one_like(word, one) for word in words) for one in self}
            most = max(have.values(), default=0)
            found = [one for one in self if most and have[one.name] == most]
        return tuple(
            sorted(found, key=lambda one: not any(word in one.name.casefold() for word in words))
        )


def _has_one_like(word: str, function: CellFunction) -> bool:
    """Whether the help has the word, also misspelt or in another form; not for short ones."""
    if len(word) < _SHORTEST_LIKE:
        return False
    searched = _searched(function)
    words = {one for one in re.split(r"[\W\d_]+", searched) if len(one) >= _SHORTEST_LIKE}
    return (
        word in searched
        or any(word.startswith(one) and 2 * len(one) > len(word) for one in words)
        or bool(difflib.get_close_matches(word, words, n=1, cutoff=_LIKE))
    )


def _searched(function: CellFunction) -> str:
    parts = [function.name, function.family, function.summary, function.result, function.notes]
    parts.append(function.errors)
    for argument in function.arguments:
        parts += [argument.name, argument.help, argument.unit, *argument.choices]
    return " ".join(parts).casefold()
