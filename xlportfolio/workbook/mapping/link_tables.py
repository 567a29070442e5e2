"""Which tables are of links between projects, and which end of a link is which."""

from __future__ import annotations

import re

from xlportfolio.workbook.mapping.look import Look


def links(look: Look) -> float:
    links = look.fields("links")
    if not look.has(links, "from", "to"):
        return 0.0
    if look.evidence[links["from"].column].number >= 0.5 and not look.has(links, "type"):
        return 0.0
    typed = any(e.link_type >= 0.5 for e in look.evidence)
    if look.has(links, "type") or typed:
        return 0.95
    return (
        0.75
        if len(look.named) <= 6 and re.search(r"\b(depend|link|interdepend)", look.context)
        else 0.0
    )
