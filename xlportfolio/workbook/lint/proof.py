"""Large parts in pieces of bytes, proven to be sound XML without a look at their elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

_PIECE = 1 << 18


class UnusualError(Exception):
    """Something in a part has to be looked at element by element."""


def proven(stream: IO[bytes]) -> Iterator[bytes]:
    """Read a part in pieces, each of which a parser without handlers has gone over.

    Raises
    ------
    UnusualError
        If it has a document type, or another encoding than UTF-8.
    expat.ExpatError
        If it is not sound XML.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse
    parser.XmlDeclHandler = _require_utf8
    while piece := stream.read(_PIECE):
        parser.Parse(piece, False)
        yield piece
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise UnusualError


def _require_utf8(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "utf8"):
        raise UnusualError
