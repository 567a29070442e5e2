"""What stands before the first element of each part: a document type (DTD) nowhere.

A document type can name other files and grow a text a billionfold, and a part that is only copied
reaches the program that opens the copy. It can only stand before the first element, so the first
piece of a part tells; a part is taken for XML by how it begins, whatever it is called.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from xlportfolio.errors import WorkbookError

MAX_PROLOG = 64 << 10
_FIRST_PIECE = 1 << 10
_TELLING = 16

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Without a byte order mark, a "<" and what can follow it tell the encoding.
_UTF16_UNMARKED = (
    (re.compile(rb"<\0[!?:_A-Za-z]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[!?:_A-Za-z]"), "utf-16-be"),
)
_UNREADABLE = re.compile(
    rb"(\xff\xfe\0\0)?<\0\0\0[!?:_A-Za-z]\0\0\0"  # UTF-32, in four orders of bytes
    rb"|(\0\0\xfe\xff)?\0\0\0<\0\0\0[!?:_A-Za-z]"
    rb"|(\0\0\xff\xfe)?\0\0<\0\0\0[!?:_A-Za-z]\0"
    rb"|(\xfe\xff\0\0)?\0<\0\0\0[!?:_A-Za-z]\0\0"
    rb"|\x4c\x6f\xa7\x94|\x4c\x5a\xc4\xd6"  # EBCDIC: "<?xm", "<!DO"
)
_DECLARED = re.compile(rb"""\bencoding\s*=\s*["']([^"']*)["']""")
# In all of these the marks of XML are the bytes that they are in ASCII.
_ENCODINGS = re.compile(
    rb"utf-?8|utf-?16(le|be)?|(us-)?ascii|iso-?8859-\d\d?|latin-?1|(windows-|cp)125\d"
    rb"|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr)",
    re.IGNORECASE,
)
_DOCTYPE = b"<!DOCTYPE"
_SPACE = re.compile(rb"[ \t\r\n]*")


def refuse_document_type(begins: bytes, pieces: Iterator[bytes], label: str) -> None:
    """Refuse a part that declares a document type, or hides whether it does.

    Parameters
    ----------
    begins
        Its first bytes.
    pieces
        What follows them, asked for as far as the prolog goes.
    label
        How messages name the part.

    Raises
    ------
    WorkbookError
        If there is a document type, an encoding that no spreadsheet program writes, or so much
        before the first element that it was made to hide something.
    """
    while len(begins) < _TELLING and (piece := next(pieces, b"")):
        begins += piece
    encoding = _encoding(begins, label)
    while (says := _first_element(begins, encoding, label)) is None:
        piece = next(pieces, b"")
        if not piece:
            return
        begins += piece
        if len(begins) > MAX_PROLOG:
            raise WorkbookError(
                f"{label} has more than {MAX_PROLOG >> 10} KB before its first "
                "element, as no spreadsheet program writes it; it was not read."
            )
    if says == _DOCTYPE:
        raise document_type_error(label)


def document_type_error(label: str) -> WorkbookError:
    """The refusal of a part that declares a document type; `label` is how messages name it."""
    return WorkbookError(
        f"{label} declares a document type (DTD), which no spreadsheet program writes "
        "and which can read other files; it was not read."
    )


def inflated(packed: bytes) -> bytes:
    """The first piece of a deflated part, from its first packed bytes.

    Raises
    ------
    zlib.error
        If they are damaged.
    """
    return zlib.decompressobj(-15).decompress(packed, _FIRST_PIECE)


def _encoding(begins: bytes, label: str) -> str | None:
    """The encoding of what may be XML, None for one in which ASCII is ASCII."""
    if _UNREADABLE.match(begins):
        raise WorkbookError(
            f"{label} is XML in an encoding that no spreadsheet program writes; "
            "expected UTF-8 or UTF-16. It was not read."
        )
    for mark, encoding in _UTF16:
        if begins.startswith(mark):
            return encoding
    for pattern, encoding in _UTF16_UNMARKED:
        if pattern.match(begins):
            return encoding
    return None


def _first_element(begins: bytes, encoding: str | None, label: str) -> bytes | None:
    """What ends the prolog: `<!DOCTYPE`, or anything else; None if it goes on."""
    if encoding is not None:
        whole = begins[: len(begins) // 2 * 2]
        begins = whole.decode(encoding, "replace").lstrip("\ufeff").encode("ascii", "replace")
    position = len(_UTF8_MARK) if begins.startswith(_UTF8_MARK) else 0
    while True:
        position = _SPACE.match(begins, position).end()  # type: ignore[union-attr]
        if position == len(begins):
            return None
        if begins.startswith(b"<?", position):
            end = begins.find(b"?>", position)
            if end < 0:
                return None
            _check_declaration(begins[position:end], label)
            position = end + 2
        elif begins.startswith(b"<!--", position):
            end = begins.find(b"-->", position + 4)
            if end < 0:
                return None
            position = end + 3
        elif begins.startswith(b"<!", position):
            # Whatever else is declared there is no XML, and some reader may think otherwise.
            return None if b"<!--".startswith(begins[position:]) else _DOCTYPE
        else:
            return None if begins[position:] == b"<" else b"<"


def _check_declaration(instruction: bytes, label: str) -> None:
    if not instruction.startswith(b"<?xml"):
        return
    declared = _DECLARED.search(instruction)
    if declared is not None and not _ENCODINGS.fullmatch(declared[1]):
        shown = declared[1][:40].decode("ascii", "replace")
        raise WorkbookError(
            f"{label} is XML in the encoding {shown!r}, which no spreadsheet program "
            "writes; expected UTF-8 or UTF-16. It was not read."
        )
