"""Texts such as "101": where a lookup meets the number 101, the two programs differ.

For MATCH and VLOOKUP they are different in Excel and the same in LibreOffice; for COUNTIF and SUMIF
it is the other way round where the criterion is the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from xlportfolio.libreoffice.cells_by_column import is_one_within
from xlportfolio.libreoffice.formula_calls import LOOKING_UP, Token, calls_with_arguments
from xlportfolio.libreoffice.formula_origins import Named, references

_FIRST_CRITERION = {
    **dict.fromkeys(("COUNTIF", "COUNTIFS", "SUMIF", "AVERAGEIF"), 0),
    **dict.fromkeys(("SUMIFS", "AVERAGEIFS", "MINIFS", "MAXIFS"), 1),
}
"""The place of the range to which the first criterion belongs."""

_MAY_DIFFER = re.compile("LOOKUP|MATCH|IFS? *\\(", re.IGNORECASE)
_DIGITS = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?(?:E[+-]?[0-9]{1,3})?\s*", re.IGNORECASE)
_MOST_SOUGHT = 10_000

REASON = (
    'it looks for a number among texts such as "101", or for such a text among numbers, which '
    "LibreOffice does in another way than Excel"
)

Cell = tuple[int, int, object]
"""Row, column and value."""

_Places = dict[float, dict[int, list[int]]]
"""The rows of each number, by column."""


class DigitTexts:
    """What stands on the sheets that formulas look something up on.

    Parameters
    ----------
    cells_of
        Every filled cell of a sheet, by its name in lower case; asked for once, and only where a
        formula looks something up there.
    """

    def __init__(self, cells_of: Callable[[str], Iterable[Cell]]) -> None:
        self._cells_of = cells_of
        self._read: dict[str, tuple[dict[tuple[int, int], object], _Places, _Places]] = {}

    def matter_to(self, text: str, sheet: str, named: Named) -> bool:
        """Whether a formula finds, or misses, something that it does not in Excel.

        Parameters
        ----------
        text
            As stored, without "=".
        sheet
            Where it stands.
        named
            What names and tables stand for.
        """
        if _MAY_DIFFER.search(text) is None:
            return False
        for name, given in calls_with_arguments(text):
            if name in LOOKING_UP and len(given) > 1:
                sought = self._sought(given[0], sheet, named)
                texts = [one for one in sought if isinstance(one, str) and _DIGITS.fullmatch(one)]
                numbers = [float(one) for one in texts]
                if numbers and self._stands_in(given[1], sheet, named, numbers, is_text=False):
                    return True
            first = _FIRST_CRITERION.get(name, len(given))
            pairs = zip(given[first::2], given[first + 1 :: 2], strict=False)
            for cells, criterion in islice(pairs, 1 if name in ("SUMIF", "AVERAGEIF") else None):
                sought = self._sought(criterion, sheet, named)
                numbers = [
                    float(one)
                    for one in sought
                    if isinstance(one, int | float) and not isinstance(one, bool)
                ]
                if numbers and self._stands_in(cells, sheet, named, numbers, is_text=True):
                    return True
        return False

    def _sought(self, argument: Sequence[Token], sheet: str, named: Named) -> Iterator[object]:
        """The values of an argument that is a number, a text or a reference."""
        text = "".join(token for _, token in argument)
        if len(argument) == 1 and argument[0][0] == "text":
            yield text[1:-1].replace('""', '"')
        elif _DIGITS.fullmatch(text):
            yield float(text)
        elif all(kind != "other" or token == ":" for kind, token in argument):
            for name, cells in references(text, sheet, named):
                values = self._sheet(name)[0]
                rows = range(cells.first_row, cells.last_row + 1)
                columns = range(cells.first_column, cells.last_column + 1)
                places = ((row, column) for row in rows for column in columns)
                yield from (values.get(place) for place in islice(places, _MOST_SOUGHT))

    def _stands_in(
        self,
        argument: Sequence[Token],
        sheet: str,
        named: Named,
        numbers: Iterable[float],
        *,
        is_text: bool,
    ) -> bool:
        """Whether a range that is looked through holds one of them, as a text or as a number."""
        text = "".join(token for _, token in argument)
        sought = tuple(numbers)
        for name, cells in references(text, sheet, named):
            _, of_numbers, of_texts = self._sheet(name)
            places = of_texts if is_text else of_numbers
            if any(is_one_within(places.get(number, {}), cells) for number in sought):
                return True
        return False

    def _sheet(self, name: str) -> tuple[dict[tuple[int, int], object], _Places, _Places]:
        """Values by row and column; the rows of each number, and of each text that reads as one."""
        if name not in self._read:
            values: dict[tuple[int, int], object] = {}
            numbers: _Places = {}
            texts: _Places = {}
            for row, column, value in sorted(self._cells_of(name), key=lambda one: one[:2]):
                values[row, column] = value
                if isinstance(value, bool):
                    continue
                if isinstance(value, int | float):
                    numbers.setdefault(float(value), {}).setdefault(column, []).append(row)
                elif isinstance(value, str) and _DIGITS.fullmatch(value):
                    texts.setdefault(float(value), {}).setdefault(column, []).append(row)
            self._read[name] = values, numbers, texts
        return self._read[name]
