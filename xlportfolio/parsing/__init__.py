"""Values as people type them, read without guessing: numbers, dates and words.

Each function is pure and returns None for what it cannot read; what is done about it is for
`xlportfolio.tables` (a problem) and for the mapping (evidence) to say.
"""

from xlportfolio.parsing.dates import (
    DateOrder,
    ParsedDate,
    date_order,
    from_serial,
    parse_date,
)
from xlportfolio.parsing.numbers import (
    DecimalMark,
    ParsedNumber,
    decimal_mark,
    is_placeholder,
    parse_fraction,
    parse_number,
    percent,
)
from xlportfolio.parsing.words import (
    parse_direction,
    parse_force,
    parse_lifecycle,
    parse_link_type,
    parse_rag,
)

__all__ = [
    "DateOrder",
    "DecimalMark",
    "ParsedDate",
    "ParsedNumber",
    "date_order",
    "decimal_mark",
    "from_serial",
    "is_placeholder",
    "parse_date",
    "parse_direction",
    "parse_force",
    "parse_fraction",
    "parse_lifecycle",
    "parse_link_type",
    "parse_number",
    "parse_rag",
    "percent",
]
