"""A table as it was found: raw values under canonical fields, before they are validated.

The edge that found the table fills these in; `tables.py` reads them. They know headers and
labels, but no sheet and no address.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlportfolio.periods import Period
from xlportfolio.values import Value


@dataclass(frozen=True)
class SourceColumn:
    """One column that was mapped to a canonical field.

    Attributes
    ----------
    field
        Canonical field; several columns share one where the field is a profile, FTE or ratings.
    header
        The header as it stands on the sheet, stacked levels joined by " / ".
    unit
        The unit in the header or the number format, as written, such as "£m", "days" or "%".
    scale
        What to multiply by for money in single currency units: 1e6 for "£m"; None if not said.
    currency
        ISO code, if said.
    period, kind
        Of a column of a profile or of FTE, where it is for one period or one kind.
    criterion
        Of a column of ratings.
    """

    field: str
    header: str
    unit: str | None = None
    scale: float | None = None
    currency: str | None = None
    period: Period | None = None
    kind: str | None = None
    criterion: str | None = None


@dataclass(frozen=True)
class SourceTable:
    """One found table: `rows[i][k]` is the value of row i under `columns[k]`.

    `table` is the canonical table; `label` what its readers call it. Several source tables may
    share one canonical table: the first is the main one, further ones add columns by ID.
    """

    table: str
    label: str
    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[Value, ...], ...]

    def positions(self, field: str) -> tuple[int, ...]:
        """Which columns hold the field."""
        return tuple(k for k, column in enumerate(self.columns) if column.field == field)
