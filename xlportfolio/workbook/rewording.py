"""Formulas and names of a closed file said differently that mean the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.external_links import take_out_unused
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.name_texts import say_names
from xlportfolio.workbook.opened import OpenedFile


class Rewording:
    """What is to be said differently; checked at once, and put when the file is written.

    Parameters
    ----------
    file
        The file.
    formulas
        Sheet to (row, column) to the new text of the formula there, without "=".
    name_text
        What the text of each defined name becomes.
    unlinked
        Numbers of links to other files that go if nothing names them any more.

    Raises
    ------
    InputError
        If there is no such sheet.
    WorkbookError
        If a sheet is protected.
    """

    def __init__(
        self,
        file: OpenedFile,
        formulas: Mapping[str, Mapping[tuple[int, int], str]],
        name_text: Callable[[str], str],
        unlinked: Collection[int],
    ) -> None:
        self._formulas: dict[str, FormulaTextSplicer] = {}
        self._name_text, self._unlinked = name_text, unlinked
        for name, texts in formulas.items():
            sheet = file.places.worksheet(name).name
            if not texts:
                continue
            if file.reading(sheet).protected:
                raise WorkbookError(
                    f'The sheet "{sheet}" is protected, so its formulas stay as they are. Lift the '
                    "protection in Excel (Review > Unprotect Sheet), and run this again."
                )
            self._formulas[sheet] = FormulaTextSplicer(sheet, texts)

    def put(self, file: OpenedFile, files: ExitStack) -> None:
        """Put the texts into the package.

        Parameters
        ----------
        file
            The file.
        files
            Closes the temporary files that the package reads until then.
        """
        for sheet, splicer in self._formulas.items():
            file.replace_sheet(sheet, splicer.run, files)
        say_names(file.package, file.index.part, self._name_text)
        take_out_unused(file.index, self._unlinked)
        file.read_index_anew()
        file.index.set_full_calc_on_load()
