"""Shared strings as programs write them, counted in bytes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import IO

from lxml import etree

from xlportfolio.workbook.lint.package_rules import SPREADSHEET
from xlportfolio.workbook.lint.proof import UnusualError, proven

_ROOT = re.compile(rb'<sst(?: [^<>]*)? xmlns="([^"]*)"[^<>]*>')
_END = b"</si>"
_LONGEST = 4 << 20
_NAMESPACES = tuple(namespace.encode() for namespace in SPREADSHEET)


def count_strings(stream: IO[bytes], wanted: Collection[int]) -> tuple[int, dict[int, bytes]]:
    """Count the shared strings of a part, and give the XML of some.

    Parameters
    ----------
    stream : the part
    wanted : the strings, counted from 0, whose XML is asked for

    Raises
    ------
    UnusualError
        If something is not as programs write it.
    """
    count, found = 0, dict[int, bytes]()
    for block in _blocks(stream):
        n_strings = block.count(b"<si>")
        if n_strings != block.count(b"<si") or n_strings != block.count(_END):
            raise UnusualError
        if any(sign in block for sign in (b"<!", b"<?", b"xmlns")):
            raise UnusualError
        here = [index for index in wanted if count <= index < count + n_strings]
        if here:
            texts = block.split(b"<si>")
            found.update((index, b"<si>" + texts[index - count + 1].strip()) for index in here)
        count += n_strings
    return count, found


def string_element(xml: bytes) -> etree._Element:
    """Parse the XML of one string."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(xml, parser)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Whole strings, and at last what stands behind them."""
    held = b""
    is_inside = False
    for piece in proven(stream):
        held += piece
        if not is_inside:
            root = _ROOT.search(held)
            if root is not None:
                if root[1] not in _NAMESPACES or b"<!" in held[: root.start()]:
                    raise UnusualError
                held, is_inside = held[root.end() :], True
        end = held.rfind(_END) + len(_END)
        if is_inside and end >= len(_END):
            yield held[:end]
            held = held[end:]
        elif len(held) > _LONGEST:
            raise UnusualError
    if not is_inside:
        raise UnusualError
    yield held
