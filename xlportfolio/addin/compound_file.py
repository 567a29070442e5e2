"""Writes a compound file, the container of a VBA project: [MS-CFB], version 3."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

from xlportfolio.errors import InputError

_SECTOR = 512
_MINI_SECTOR = 64
_MINI_CUTOFF = 4096
_ENTRY_LENGTH = 128
_FAT_SECTORS_IN_HEADER = 109

_FREE = 0xFFFFFFFF
_END_OF_CHAIN = 0xFFFFFFFE
_FAT_SECTOR = 0xFFFFFFFD
_NO_ENTRY = 0xFFFFFFFF

_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1


@dataclass(frozen=True)
class Stream:
    """A stream: a name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Storage:
    """A storage: a name and what lies in it."""

    name: str
    children: tuple[Stream | Storage, ...]


@dataclass
class _Entry:
    node: Stream | Storage
    type: int
    start: int = 0
    size: int = 0
    left: int = _NO_ENTRY
    right: int = _NO_ENTRY
    child: int = _NO_ENTRY
    colour: int = _BLACK


@dataclass
class _Sectors:
    """Bytes in sectors of one size, with the chain that each sector belongs to."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    chains: list[int] = field(default_factory=list)

    def add(self, data: bytes, filler: bytes = b"\0") -> int:
        """Put bytes at the end; the first sector is the answer."""
        if not data:
            return _END_OF_CHAIN
        first = len(self.chains)
        count = -(-len(data) // self.size)
        self.data += data.ljust(count * self.size, filler)
        self.chains += [*range(first + 1, first + count), _END_OF_CHAIN]
        return first


def compound_file(children: tuple[Stream | Storage, ...]) -> bytes:
    """Write a compound file.

    Parameters
    ----------
    children
        What lies in its root.

    Returns
    -------
    Its bytes: the same for the same content, without times.

    Raises
    ------
    InputError
        If it would hold more than 7 MB, or a name is longer than 31 characters or is there twice
        in one storage.
    """
    root = Storage("Root Entry", children)
    entries: list[_Entry] = [_Entry(root, _ROOT)]
    _list_entries(entries, 0)
    sectors, mini = _Sectors(_SECTOR), _Sectors(_MINI_SECTOR)
    for entry in entries:
        if isinstance(entry.node, Stream):
            entry.size = len(entry.node.data)
            home = mini if entry.size < _MINI_CUTOFF else sectors
            entry.start = home.add(entry.node.data)
    entries[0].start = sectors.add(bytes(mini.data))
    entries[0].size = len(mini.data)
    mini_fat = struct.pack(f"<{len(mini.chains)}I", *mini.chains)
    mini_fat_start = sectors.add(mini_fat, b"\xff")
    n_mini_fat = -(-len(mini_fat) // _SECTOR)
    directory = b"".join(_directory_entry(entry) for entry in entries)
    directory += _UNUSED_ENTRY * (-len(entries) % (_SECTOR // _ENTRY_LENGTH))
    directory_start = sectors.add(directory)
    fat, fat_sectors = _fat(sectors.chains)
    header = _header(fat_sectors, directory_start, mini_fat_start, n_mini_fat)
    return header + bytes(sectors.data) + fat


def _list_entries(entries: list[_Entry], parent: int) -> None:
    """Append the entries below a storage, and link them into its tree."""
    storage = entries[parent].node
    assert isinstance(storage, Storage)
    numbers = []
    for node in sorted(storage.children, key=_order):
        if len(node.name) > 31:
            raise InputError(f'"{node.name}" is longer than 31 characters.')
        numbers.append(len(entries))
        entries.append(_Entry(node, _STREAM if isinstance(node, Stream) else _STORAGE))
    names = [_order(entries[number].node) for number in numbers]
    for one, following in pairwise(names):
        if one == following:
            raise InputError(f'"{one[1]}" stands twice in "{storage.name}".')
    entries[parent].child = _tree(entries, numbers, depth=1, deepest=len(numbers).bit_length())
    for number in numbers:
        if entries[number].type == _STORAGE:
            _list_entries(entries, number)


def _order(node: Stream | Storage) -> tuple[int, str]:
    """Shorter names come first, then upper case decides: [MS-CFB] 2.6.4."""
    return len(node.name.encode("utf-16-le")), node.name.upper()


def _tree(entries: list[_Entry], numbers: list[int], depth: int, deepest: int) -> int:
    """Link sorted entries as a balanced tree: red only in the deepest row, so paths are equal."""
    if not numbers:
        return _NO_ENTRY
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left = _tree(entries, numbers[:middle], depth + 1, deepest)
    entry.right = _tree(entries, numbers[middle + 1 :], depth + 1, deepest)
    entry.colour = _RED if depth == deepest > 1 else _BLACK
    return numbers[middle]


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.node.name.encode("utf-16-le") + b"\0\0"
    links = (entry.left, entry.right, entry.child)
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBB3I", len(name), entry.type, entry.colour, *links)
        + bytes(16 + 4 + 8 + 8)  # class, state, times: none
        + struct.pack("<IQ", entry.start, entry.size)
    )


_UNUSED_ENTRY = bytes(68) + struct.pack("<3I", *[_NO_ENTRY] * 3) + bytes(48)


def _fat(chains: list[int]) -> tuple[bytes, range]:
    """The table of chains, which counts its own sectors, and the sectors that it takes."""
    per_sector = _SECTOR // 4
    n_sectors = 1
    while len(chains) + n_sectors > n_sectors * per_sector:
        n_sectors += 1
    if n_sectors > _FAT_SECTORS_IN_HEADER:
        raise InputError("A VBA project cannot hold more than 7 MB.")
    table = [*chains, *[_FAT_SECTOR] * n_sectors]
    table += [_FREE] * (n_sectors * per_sector - len(table))
    return struct.pack(f"<{len(table)}I", *table), range(len(chains), len(chains) + n_sectors)


def _header(fat_sectors: range, directory: int, mini_fat: int, n_mini_fat: int) -> bytes:
    in_header = [*fat_sectors, *[_FREE] * (_FAT_SECTORS_IN_HEADER - len(fat_sectors))]
    return (
        bytes.fromhex("D0CF11E0A1B11AE1")
        + bytes(16)
        + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)  # version 3, sectors of 2^9 and 2^6 bytes
        + struct.pack("<4I", 0, len(fat_sectors), directory, 0)
        + struct.pack("<5I", _MINI_CUTOFF, mini_fat, n_mini_fat, _END_OF_CHAIN, 0)
        + struct.pack(f"<{_FAT_SECTORS_IN_HEADER}I", *in_header)
    )
