"""Compression of VBA source and of the directory of a VBA project: [MS-OVBA] section 2.4.1."""

from __future__ import annotations

import struct

from xlportfolio.errors import InputError

CHUNK = 4096
"""Bytes of text that are compressed together."""

_SIGNATURE = b"\x01"
_COMPRESSED = 0xB000
_RAW = 0x3000
_SHORTEST_COPY = 3
# How many earlier places with the same three bytes are tried: more would gain next to nothing.
_PLACES_TRIED = 64


def compress(data: bytes) -> bytes:
    """Compress text as Office stores it.

    Parameters
    ----------
    data
        Of any length.

    Returns
    -------
    The compressed container; the same bytes for the same text.

    Raises
    ------
    InputError
        If the last, shorter chunk cannot be stored: see `lacking_bytes`.

    Notes
    -----
    [MS-OVBA] 2.4.1.3: each chunk of 4,096 bytes stands for itself, as tokens (a literal byte, or
    a copy of earlier bytes of the chunk) or, where tokens would take more room, as it is.

    Examples
    --------
    >>> compress(b"aaaaaa").hex()
    '0103b002610200'
    """
    out = bytearray(_SIGNATURE)
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        tokens = _tokens(chunk)
        if len(tokens) <= CHUNK:
            out += struct.pack("<H", _COMPRESSED | (len(tokens) - 1)) + tokens
        elif len(chunk) == CHUNK:
            out += struct.pack("<H", _RAW | (CHUNK - 1)) + chunk
        else:
            raise InputError(
                f"The last {len(chunk)} bytes of the text cannot be compressed, and a shorter "
                f"chunk than {CHUNK} bytes cannot be stored otherwise; add blank lines to it."
            )
    return bytes(out)


def lacking_bytes(data: bytes) -> int:
    """Count the bytes that must follow a text so that it can be stored.

    Parameters
    ----------
    data
        Before compression.

    Returns
    -------
    0 for nearly all text; up to 455 where the last chunk is neither full nor compressible, as an
    uncompressed chunk is always read back as 4,096 bytes.
    """
    last = data[len(data) // CHUNK * CHUNK :]
    return CHUNK - len(last) if len(_tokens(last)) > CHUNK else 0


def _tokens(chunk: bytes) -> bytes:
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    position = 0
    while position < len(chunk):
        flags_at = len(out)
        out.append(0)
        for bit in range(8):
            if position >= len(chunk):
                break
            length, offset = _longest_copy(chunk, position, places)
            if length:
                offset_bits = _offset_bits(position)
                token = (offset - 1) << (16 - offset_bits) | (length - _SHORTEST_COPY)
                out += struct.pack("<H", token)
                out[flags_at] |= 1 << bit
            else:
                out.append(chunk[position])
            for place in range(position, position + max(length, 1)):
                places.setdefault(chunk[place : place + _SHORTEST_COPY], []).append(place)
            position += max(length, 1)
    return bytes(out)


def _offset_bits(position: int) -> int:
    """The bits of a copy token that hold its offset, at least 4: [MS-OVBA] 2.4.1.3.19.1."""
    return max(4, (position - 1).bit_length())


def _longest_copy(chunk: bytes, position: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Length and offset of the longest earlier text that goes on here; 0, 0 where there is none."""
    best = (0, 0)
    longest = min((0xFFFF >> _offset_bits(position)) + _SHORTEST_COPY, len(chunk) - position)
    if longest < _SHORTEST_COPY:
        return best
    earlier = places.get(chunk[position : position + _SHORTEST_COPY], [])
    for place in reversed(earlier[-_PLACES_TRIED:]):
        length = _SHORTEST_COPY
        while length < longest and chunk[place + length] == chunk[position + length]:
            length += 1
        if length > best[0]:
            best = (length, position - place)
    return best
