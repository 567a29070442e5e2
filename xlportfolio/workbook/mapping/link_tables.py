"""Which tables are of links between projects, and which end of a link is which.

A link's `from` is the project that depends, or that comes first in time; `to` is the project it
depends on, or that follows (`records.Link`). The same two columns therefore swap their places
with the type of the link:

=====================  ====================  =======================
headers                Requires              Finish-to-start
=====================  ====================  =======================
Project | Depends on   from = Project        from = Depends on
Predecessor|Successor  from = Successor      from = Predecessor
=====================  ====================  =======================

Excludes and Together have no direction. Where the headers do not say which project depends, the
left column is `from`, and that is asked. Where both directed types stand in one table, each row
is read as its own type asks for: the column of `from` then holds for one type only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlportfolio.parsing import parse_link_type
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.look import LIKELY, TELLING, Judged, Look
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField, MappedTable

_REQUIRED = re.compile(
    r"^then$|\b(?:depend(?:s|ing|ent)? (?:up)?on|dependency|predecessor|prerequisite|"
    r"pre requisite|upstream|blocking|blocked by|blocker|required|requires|needs|supporting|"
    r"enabling|enabler|enabled by|relies on|waits for|follows|supplier|giver|must follow)\b"
)
"""Headers of the project that comes first: on which another depends."""

_DEPENDENT = re.compile(
    r"^if\b|\b(?:dependent|dependant|depending|successor|downstream|blocked|blocks|enables|"
    r"supports|required by|needed by|receiver|precedes|supplied|impacted)\b"
)
"""Headers of the project that depends on another, or that follows it."""

_SAYS_REQUIRES = re.compile(
    r"\b(?:depend\w*|pre ?requisite|require[sd]?|needs?|relies|enabl\w*|support\w*)\b"
)
_SAYS_ORDER = re.compile(r"\b(?:predecessor|successor|follows|precedes|waits)\b")
_KEYED = 0.8  # share of a column's values that are known projects
_MOST_COLUMNS = 8


def links(look: Look) -> float:
    """How sure a table is one of links; 0.0 if it is none."""
    if _two_ends(look) is not None:
        return 0.95
    fields = look.fields("links")
    if not look.has(fields, "from", "to"):
        return 0.0
    if look.evidence[fields["from"].column].number >= 0.5 and not look.has(fields, "type"):
        return 0.0
    typed = any(e.link_type >= 0.5 for e in look.evidence)
    if look.has(fields, "type") or typed:
        return 0.95
    by_name = re.search(r"\b(depend|link|interdepend)", look.context)
    return 0.75 if len(look.named) <= 6 and by_name else 0.0


def _two_ends(look: Look) -> tuple[int, int] | None:
    """Two columns that both hold keys of the known projects, whatever their headers say."""
    ends = ends_of(look.evidence, look.projects)
    if ends is None or len(look.named) > _MOST_COLUMNS:
        return None
    telling = [
        c
        for c in look.project.values()
        if c.column not in ends and c.score >= LIKELY and c.field in TELLING
    ]
    if len(telling) >= 2 or any(p.n_periods >= 2 for p in look.profiles):
        return None
    pairs = [(look.found.value(i, ends[0]), look.found.value(i, ends[1])) for i in _rows(look)]
    same = sum(one == other for one, other in pairs)
    return ends if same <= 0.5 * len(pairs) else None


def _rows(look: Look) -> range:
    return range(len(look.found.records))


def ends_of(evidence: tuple[Evidence, ...], projects: frozenset[str]) -> tuple[int, int] | None:
    """The only two columns of IDs, or the only two of names, of known projects."""
    keyed = [
        k
        for k, e in enumerate(evidence)
        if e.distinct
        and e.typed_number < 0.5
        and e.period < 0.8
        and len(e.distinct & projects) >= _KEYED * len(e.distinct)
    ]
    for alike in ([k for k in keyed if evidence[k].code >= 0.8], keyed):
        codes = {evidence[k].code >= 0.8 for k in alike}
        if len(alike) == 2 and len(codes) == 1:
            return alike[0], alike[1]
    return None


def settle_ends(
    judged: Judged, fields: Mapping[str, MappedField]
) -> tuple[dict[str, MappedField], tuple[tuple[str, str], ...]]:
    """Give `from` and `to` the columns that the headers and the types of the rows ask for.

    Returns
    -------
    tuple
        The fields; and the type of every row, where no column holds it and the headers say it.
    """
    ends = ends_of(judged.evidence, judged.projects)
    known = ends is not None
    if ends is None:
        if "from" not in fields or "to" not in fields:
            return dict(fields), ()
        first, second = sorted((fields["from"].column, fields["to"].column))
        ends = (first, second)
    settled = {
        name: field
        for name, field in fields.items()
        if name not in ("from", "to") and field.column not in ends
    }
    types = _types(judged, settled)
    dependent, plain = _dependent(judged.found, ends)
    required = ends[1] if dependent == ends[0] else ends[0]
    directed = types & {"Requires", "Finish-to-start"}
    constants: tuple[tuple[str, str], ...] = ()
    if "type" not in settled and plain:
        said = " ".join(judged.found.columns[k].heading.words for k in ends)
        meant = (
            "Finish-to-start"
            if _SAYS_ORDER.search(said)
            else "Requires"
            if _SAYS_REQUIRES.search(said)
            else ""
        )
        if meant:
            constants, directed = (("type", meant),), {meant}
    ordered = any(_SAYS_ORDER.search(judged.found.columns[k].heading.words) for k in ends)
    by_time = plain and (
        directed == {"Finish-to-start"} or (ordered and "Finish-to-start" in directed)
    )
    start, end = (required, dependent) if by_time else (dependent, required)
    why = ""
    if not plain and directed and not _says_from_to(fields):
        why = "neither header says which of the two projects depends on the other"
    for name, column in (("from", start), ("to", end)):
        read = fields.get(name)
        sure = not why and (known or plain or (read is not None and read.certain))
        settled[name] = MappedField(
            name,
            judged.found.columns[column].header,
            column,
            (MappedColumn(column),),
            0.95 if sure else 0.6,
            sure,
            why=why if why or sure else read.why if read is not None else "",
        )
    return settled, constants


def turned_rows(table: MappedTable) -> frozenset[int]:
    """Records whose type asks for the two ends in the other order than the table's columns.

    Only where both directed types stand in the table and its headers say which project depends.
    """
    if not {"from", "to", "type"} <= set(table.fields):
        return frozenset()
    start, end, kind = (table.fields[name].column for name in ("from", "to", "type"))
    kinds = [parse_link_type(value) for value in table.found.values(kind)]
    dependent, plain = _dependent(table.found, (start, end))
    if not plain or not {"Requires", "Finish-to-start"} <= set(kinds):
        return frozenset()
    other = "Finish-to-start" if dependent == start else "Requires"
    return frozenset(i for i, one in enumerate(kinds) if one == other)


def dependent_first(table: MappedTable) -> tuple[str, str]:
    """The headers of the two ends: of the project that depends, and of what it depends on."""
    names = [table.fields[name] for name in ("from", "to")]
    dependent, _ = _dependent(table.found, (names[0].column, names[1].column))
    first, second = sorted(names, key=lambda field: field.column != dependent)
    return first.header, second.header


def _types(judged: Judged, fields: Mapping[str, MappedField]) -> set[str]:
    field = fields.get("type")
    values = judged.found.values(field.column) if field is not None else []
    return {kind for value in values if (kind := parse_link_type(value)) is not None}


def _dependent(found: FoundTable, ends: tuple[int, int]) -> tuple[int, bool]:
    """The column of the project that depends, and whether the headers say so."""
    said = [_side(found.columns[k].heading.words) for k in ends]
    if said[0] == said[1]:
        return ends[0], False
    if "dependent" in said:
        return ends[said.index("dependent")], True
    return ends[1 - said.index("required")], True


def _side(words: str) -> str:
    if _REQUIRED.search(words) and not re.search(r"\b(?:required|needed) by\b", words):
        return "required"
    return "dependent" if _DEPENDENT.search(words) else ""


def _says_from_to(fields: Mapping[str, MappedField]) -> bool:
    """Whether the headers are From and To, which need no further word."""
    return all(
        name in fields and name in fields[name].header.casefold().split() for name in ("from", "to")
    )
