"""Where a reference leads in a workbook: its sheet and range, by address, table or name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from xlportfolio.errors import InputError
from xlportfolio.workbook.protocol import DefinedName, ExcelTable
from xlportfolio.workbook.references import CellRange, quote_sheet, split_reference

if TYPE_CHECKING:
    from xlportfolio.workbook.container.opc import NameEntry

_BUILTIN_NAME = "_xlnm."
_OUR_NAME = "_xlportfolio"
"""Hidden, too, until a program shows all names: LibreOffice does."""
_ABSOLUTE = re.compile(
    r"\$[A-Z]{1,3}\$[0-9]+(:\$[A-Z]{1,3}\$[0-9]+)?|\$[A-Z]{1,3}:\$[A-Z]{1,3}|\$[0-9]+:\$[0-9]+"
)


class ListedSheet(Protocol):
    """A sheet of any kind, as a workbook lists it."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...


SheetT = TypeVar("SheetT", bound=ListedSheet)
_ListedT = TypeVar("_ListedT", bound=ListedSheet, covariant=True)


class Index(Protocol[_ListedT]):
    """What a workbook lists: its sheets and its defined names."""

    @property
    def sheets(self) -> Sequence[_ListedT]: ...

    @property
    def defined_names(self) -> Sequence[NameEntry]: ...

    def sheet(self, name: str) -> _ListedT | None: ...


class Places(Generic[SheetT]):
    """The sheets, tables and names of a workbook, as people refer to them.

    Parameters
    ----------
    index
        What the workbook lists.
    tables
        Its Excel tables; asked for when a reference may name one.
    file_name
        The name of the file, for messages.
    """

    def __init__(
        self, index: Index[SheetT], tables: Callable[[], list[ExcelTable]], file_name: str
    ) -> None:
        self._index = index
        self._tables = tables
        self.file_name = file_name

    @property
    def sheet_names(self) -> list[str]:
        """All worksheets in order; chart sheets hold no cells and are left out."""
        return [entry.name for entry in self._index.sheets if entry.kind == "worksheet"]

    def worksheet(self, name: str) -> SheetT:
        """The worksheet of that name.

        Raises
        ------
        InputError
            If there is none, with the nearest name, or if it is a sheet without cells.
        """
        entry = self._index.sheet(name)
        if entry is None:
            raise InputError(
                f'There is no sheet "{name}" in "{self.file_name}"'
                f"{_nearest(name, self.sheet_names)}"
            )
        if entry.kind != "worksheet":
            raise InputError(
                f'"{entry.name}" in "{self.file_name}" is not a worksheet, so it has no cells; '
                f"expected one of {_listed(self.sheet_names)}."
            )
        return entry

    def names(self) -> list[DefinedName]:
        """The names that stand for one rectangle of cells; hidden ones and Excel's own left out."""
        found = []
        for entry in self._shown_names():
            place = self.rectangle(entry.text)
            if place is not None:
                found.append(DefinedName(entry.name, place[0], place[1]))
        return found

    def _shown_names(self) -> list[NameEntry]:
        return [
            entry
            for entry in self._index.defined_names
            if not (entry.hidden or entry.name.startswith((_BUILTIN_NAME, _OUR_NAME)))
        ]

    def resolve(self, reference: str) -> tuple[str, CellRange]:
        """The sheet and the range that a reference, a table's name or a defined name stands for.

        Raises
        ------
        InputError
            If it stands for none, or for several.
        """
        if not isinstance(reference, str):
            raise InputError(
                f"{reference!r:.60} is no reference; expected a text such as Projects!A1:F40, or "
                "the name of a table or range."
            )
        text = reference.strip().removeprefix("=")
        named = self._named(text)
        if named is not None:
            return named
        if "!" in text:
            sheet, cells = split_reference(text)
            return self.worksheet(sheet).name, cells
        try:
            cells = CellRange.parse(text)
        except InputError:
            known = [table.name for table in self._tables()]
            known += [name.name for name in self._shown_names()]
            raise InputError(
                f'"{reference}" is neither a range such as Projects!A1:F40 nor the name of a table '
                f'or range in "{self.file_name}"{_nearest(text, known)}'
            ) from None
        names = self.sheet_names
        if len(names) != 1:
            raise InputError(
                f'"{reference}" does not say on which sheet; expected one such as '
                f"{quote_sheet(names[0]) if names else 'Sheet1'}!{text}, with one of the sheets "
                f"{_listed(names)}."
            )
        return names[0], cells

    def _named(self, text: str) -> tuple[str, CellRange] | None:
        """The place of an Excel table or of a defined name, "Sheet!name" for a local one."""
        wanted = text.casefold()
        for table in self._tables():
            if table.name.casefold() == wanted:
                return table.sheet, table.range
        qualifier, _, bare = wanted.rpartition("!")
        if len(qualifier) >= 2 and qualifier[0] == qualifier[-1] == "'":
            qualifier = qualifier[1:-1].replace("''", "'")
        local: list[tuple[str, CellRange]] = []
        for entry in self._index.defined_names:
            if entry.name.casefold() != bare:
                continue
            place = self.rectangle(entry.text)
            if place is None:
                continue
            if entry.sheet is None and not qualifier:
                return place
            if entry.sheet is not None and qualifier in ("", entry.sheet.casefold()):
                local.append(place)
        if len(local) > 1:
            raise InputError(
                f'"{text}" is defined on several sheets of "{self.file_name}"; say which, such as '
                f"{quote_sheet(local[0][0])}!{text}."
            )
        return local[0] if local else None

    def rectangle(self, formula: str) -> tuple[str, CellRange] | None:
        """The sheet and range of a name's formula, if it is one fixed rectangle."""
        try:
            sheet, cells = split_reference(formula.removeprefix("="))
        except InputError:
            return None
        if not _ABSOLUTE.fullmatch(formula.rpartition("!")[2].strip()):
            return None
        entry = self._index.sheet(sheet)
        if entry is None or entry.kind != "worksheet":
            return None
        return entry.name, cells


def _nearest(name: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown name: the nearest one, and which there are."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if not known:
        return "."
    meant = f'; did you mean "{folded[near[0]]}"?' if near else "."
    return f"{meant} There are {_listed(known)}."


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
