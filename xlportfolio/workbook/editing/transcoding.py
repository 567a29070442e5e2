"""Parts that are stored as UTF-16, brought to UTF-8 and back.

XML processors read both (XML 1.0, 4.3.3). Only UTF-8 has the bytes of its tags in common with
ASCII, so that is what sheets are edited in.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Callable, Iterable, Iterator

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UNMARKED = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def in_utf8(
    chunks: Iterable[bytes], damage: Callable[[str], Exception]
) -> tuple[str, bytes, Iterator[bytes]]:
    """Tell the encoding of a document by its first bytes.

    Parameters
    ----------
    chunks : the document
    damage : makes the error for what is wrong with it

    Returns
    -------
    "utf-8" or the name of an UTF-16; the byte order mark of the latter; the document in UTF-8
    """
    pieces = iter(chunks)
    start = b""
    while len(start) < 2 and (piece := next(pieces, b"")):
        start += piece
    mark = start[:2] if start[:2] in _MARKS else b""
    encoding = _MARKS.get(mark) or _UNMARKED.get(start[:2], "utf-8")
    whole = itertools.chain((start[len(mark) :],), pieces)
    return encoding, mark, whole if encoding == "utf-8" else _decoded(whole, encoding, damage)


def encoded(chunks: Iterable[bytes], encoding: str, mark: bytes) -> Iterator[bytes]:
    """Bring a document from UTF-8 back to the encoding that it had.

    Parameters
    ----------
    chunks : the document in UTF-8
    encoding, mark : as `in_utf8` gave them
    """
    if encoding == "utf-8":
        yield from chunks
        return
    yield mark
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chunks:
        yield decoder.decode(chunk).encode(encoding)


def _decoded(
    chunks: Iterable[bytes], encoding: str, damage: Callable[[str], Exception]
) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise damage(f"its XML is damaged (a character of {encoding.upper()[:6]})") from error
