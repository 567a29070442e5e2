"""What a file is at one moment, to know later whether somebody has saved it in between."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileState:
    """What a file is at one moment: equal states mean that nobody has saved it in between.

    Attributes
    ----------
    size
        [bytes]
    modified
        When it was last written. [ns since 1970]
    hash
        SHA-256 of its bytes, in hexadecimal.
    """

    size: int
    modified: int
    hash: str

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Read the state of a file.

        Raises
        ------
        OSError
            If there is no such file, or it cannot be read.
        """
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            return cls(
                status.st_size,
                status.st_mtime_ns,
                hashlib.file_digest(stream, "sha256").hexdigest(),
            )

    def looks_the_same(self, path: Path) -> bool:
        """Whether size and date of a file are still these: a last look that takes no time."""
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.modified)
