"""What must hold of a folder and an undo store after a save that was stopped or refused.

Nothing here asks xlportfolio what it did: names and bytes are compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

TEMPORARY = re.compile(r"\.xlportfolio-[0-9a-f]{16}\.\w+")
TWO_HOURS = 7200.0

Files = Mapping[str, bytes]
"""Name to bytes."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder; none where it is not there."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def backup_of(name: str, workbook: str) -> bool:
    """Whether a file is called like a backup of a workbook."""
    stem, _, suffix = workbook.rpartition(".")
    pattern = rf"{re.escape(stem)}\.\d{{8}}-\d{{6}}(-\d+)?\.bak\.{re.escape(suffix)}"
    return re.fullmatch(pattern, name) is not None


def folder_problems(
    folder: Path, before: Files, changed: Sequence[str], whole: Collection[str]
) -> Iterator[str]:
    """What is in a folder besides the files that were to change, and should not be.

    Parameters
    ----------
    folder
        The folder.
    before
        Its files as they were.
    changed
        The names of the files that were to change, the workbook first.
    whole
        SHA-256 of what the workbook was at any time: a backup holds one of these.
    """
    after = files_of(folder)
    for name, content in after.items():
        if name in changed:
            continue
        if name in before:
            if content != before[name]:
                yield f"{name} was changed"
        elif backup_of(name, changed[0]):
            if sha256(content) not in whole:
                yield f"{name} is called like a backup and holds {len(content)} other bytes"
        elif not TEMPORARY.fullmatch(name):
            yield f"{name} was left"
    for name in before:
        if name not in {*after, *changed} and not backup_of(name, changed[0]):
            yield f"{name} went"


def store_problems(store: Path) -> Iterator[str]:
    """What is wrong with the entries of an undo store, read as its docstring tells.

    Parameters
    ----------
    store
        The folder `undo` of a home.
    """
    for metadata in sorted(store.glob("*/*.json")):
        kept = metadata.with_suffix(".previous")
        try:
            said = json.loads(metadata.read_bytes())
        except ValueError:
            yield f"{metadata.name} is half written"
            continue
        if not kept.exists():
            yield f"{kept.name} is missing"
        elif sha256(kept.read_bytes()) != said["hash_before"]:
            yield f"{kept.name} is not what {metadata.name} says"


def unfinished(store: Path) -> list[Path]:
    """The files of a store that make no entry."""
    return [
        path
        for path in sorted(store.glob("*/*"))
        if path.suffix != ".json" and not path.with_suffix(".json").exists()
    ]


def make_old(*folders: Path) -> None:
    """Date temporary files and unfinished entries two hours back."""
    for folder in folders:
        for path in [*folder.glob(".xlportfolio-*"), *unfinished(folder)]:
            then = path.stat().st_mtime - TWO_HOURS
            os.utime(path, (then, then))


def rests(folder: Path, store: Path) -> list[str]:
    """The names of temporary files and unfinished entries."""
    temporaries = [name for name in files_of(folder) if TEMPORARY.fullmatch(name)]
    return [*temporaries, *(path.name for path in unfinished(store))]
