"""The words and phrases of headers, as the data file `vocabulary.json` holds them.

Its tables ("projects", "criteria", ...) say which phrases stand for a field; its "words" are what
reading a header needs besides: spellings, currencies, kinds of money, words that add nothing and
words that turn a meaning away. Everything is read once.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any


@cache
def vocabulary() -> dict[str, Any]:
    """The data file."""
    text = resources.files("xlportfolio.workbook").joinpath("vocabulary.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def word_set(name: str) -> frozenset[str]:
    """A list of words.

    >>> "scheme" in word_set("prefixes")
    True
    """
    return frozenset(vocabulary()["words"][name])


def word_map(name: str) -> dict[str, str]:
    """Words with what they stand for.

    >>> word_map("currencies")["£"], word_map("spelling")["organization"]
    ('GBP', 'organisation')
    """
    return dict(vocabulary()["words"][name])


def number_map(name: str) -> dict[str, float]:
    """Words with the number they stand for.

    >>> number_map("scales")["thousands"]
    1000.0
    """
    return {word: float(number) for word, number in vocabulary()["words"][name].items()}


def any_word(name: str) -> re.Pattern[str]:
    """A pattern that finds any word of a list in folded text; "resourc*" finds all its endings.

    >>> bool(any_word("context of demand").search("sheet 3 resourcing by month"))
    True
    """
    return re.compile(rf"\b(?:{alternatives(word_set(name))})\b")


def alternatives(words: frozenset[str]) -> str:
    """The words as the inside of a pattern, longest first; "*" stands for any ending."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\*", r"\w*") for word in ordered)
