"""Formulas of a sheet said differently, for a copy that another program computes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.rowpass import RowPass
from xlportfolio.workbook.editing.sharedformulas import SharedText
from xlportfolio.workbook.references import cell_address, quote_sheet


class FormulaTextSplicer:
    """Puts other texts into the formulas of one sheet's XML, streamed in chunks.

    Where the first cell of a shared formula is among them, the cells that share it get texts of
    their own. An array formula stays one.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    texts : (row, column), 1-based, to the new text, without "="; None takes the formula out and
        leaves its value
    """

    def __init__(self, sheet: str, texts: Mapping[tuple[int, int], str | None]) -> None:
        self.sheet = sheet
        self.texts = texts

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML with the new texts.

        Raises
        ------
        WorkbookError
            If a cell holds no formula, or the sheet's XML cannot be understood; some output may
            have been yielded by then.
        """
        return _TextPass(self).run(chunks)

    def no_formula(self, row: int, column: int) -> WorkbookError:
        return WorkbookError(
            f"{quote_sheet(self.sheet)}!{cell_address(row, column)} holds no formula that could "
            "be said differently. Read the formulas of the sheet anew."
        )


class _TextPass(RowPass):
    """One run over the XML."""

    def __init__(self, splicer: FormulaTextSplicer) -> None:
        self._splicer = splicer
        wanted: dict[int, list[int]] = {}
        for row, column in sorted(splicer.texts):
            wanted.setdefault(row, []).append(column)
        self._wanted_column: int | None = None
        self._had_formula = False
        self._shared_seen: set[str] = set()
        self._replaced: dict[str, SharedText] = {}
        self._collecting: SharedText | None = None
        self._formula_start: int | None = None
        self._new_formula = b""
        super().__init__(
            splicer.sheet,
            wanted,
            None,
            {"f": self._start_formula},
            {"f": self._end_formula},
        )

    @property
    def needs_columns(self) -> bool:
        return bool(self._replaced)

    def release(self) -> None:
        self._bytes.release(self._stream.position, is_replacing=self._formula_start is not None)

    def is_filled(self, row: int, column: int) -> bool:
        return False

    def new_cell(self, column: int, style: int, prefix: str) -> str:
        raise self._splicer.no_formula(self._row_number, column)

    def wanted_cell(self, attributes: dict[str, str], prefix: str) -> None:
        self._wanted_column = self._column
        self._had_formula = False
        if self._splicer.texts[self._row_number, self._column] is None:
            # A constant is no dynamic array.
            self._bytes.remove_attribute(self._stream.position, "cm")

    def cell_ended(self) -> None:
        if self._wanted_column is not None and not self._had_formula:
            raise self._splicer.no_formula(self._row_number, self._wanted_column)
        self._wanted_column = None

    def _start_formula(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_cell or (self._had_formula and self._wanted_column is not None):
            return
        here = self._row_number, self._column
        is_wanted = self._wanted_column is not None
        self._had_formula = is_wanted
        index = attributes["si"] if attributes.get("t") == "shared" and "si" in attributes else ""
        is_first = bool(index) and self._is_first_of_shared(index, attributes)
        text: str | None
        if is_wanted:
            text = self._splicer.texts[here]
        elif index in self._replaced:
            text = self._replaced[index].for_cell(*here)
        else:
            return
        start = self._stream.position
        end = self._bytes.end_of_tag(start)
        tag = f"<{prefix}f>".encode() if index else self._bytes.between(start, end)
        new = b"" if text is None else _with_text(tag, prefix, text)
        if self._bytes.is_empty_tag(end):
            self._bytes.replace(start, end, new)
            return
        self._bytes.copy_to(start)
        self._formula_start, self._new_formula = start, new
        if is_first:
            self._replaced[index] = self._collecting = SharedText("", *here)
            self._stream.collect_text(self._collect)

    def _is_first_of_shared(self, index: str, attributes: dict[str, str]) -> bool:
        """Whether this is the cell that holds a shared formula's text."""
        if "ref" not in attributes and index in self._shared_seen:
            return False
        self._shared_seen.add(index)
        self._replaced.pop(index, None)
        return True

    def _collect(self, text: str) -> None:
        if self._collecting is not None:
            self._collecting.text += text

    def _end_formula(self) -> None:
        if self._formula_start is not None:
            self._collecting = None
            self._stream.collect_text(None)
            end = self._bytes.end_of_tag(self._stream.position)
            self._bytes.end_replacing(end, self._new_formula)
            self._formula_start = None


def _with_text(tag: bytes, prefix: str, text: str) -> bytes:
    """The formula element from its start tag, with another text."""
    opening = tag.removesuffix(b">").removesuffix(b"/").rstrip()
    return opening + f">{escape(text)}</{prefix}f>".encode()
