"""Make the pictures of sheets from the solved worked example: LibreOffice, pdftotext, pdftoppm.

    python docs/pictures/draw_sheets.py            needs soffice and poppler-utils on PATH

The pictures are cropped to what stands on the page and keep its 255 commonest colours.
They depend on the fonts of the machine, so no test compares them.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xlportfolio.operations.demo import EXAMPLE, run_demo

HERE = Path(__file__).resolve().parent
DOTS_PER_INCH = 100
MARGIN = 12
SHEETS = {
    "Start": "start.png",
    "PF Summary": "pf_summary.png",
    "PF Problems": "pf_problems.png",
    "PF Dashboard": "pf_dashboard.png",
    "PF Setup": "pf_setup.png",
}
"""Whose first page is drawn, and the file that it goes into."""

Pixels = npt.NDArray[np.uint8]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run_demo(folder)
        _run(
            "soffice",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--convert-to", "pdf", "--outdir", str(folder)),
            str(folder / EXAMPLE),
        )
        pdf = folder / Path(EXAMPLE).with_suffix(".pdf")
        pages = _run("pdftotext", "-layout", str(pdf), "-").split("\f")
        for sheet, name in SHEETS.items():
            page = next(
                number
                for number, text in enumerate(pages, start=1)
                if sheet in text.rstrip().rpartition("\n")[2]  # the footer names the sheet
            )
            picture = HERE / name
            picture.write_bytes(png(cropped(_pixels(pdf, page, folder))))
            sys.stderr.write(f"{picture}: {picture.stat().st_size:,} bytes\n")


def cropped(pixels: Pixels) -> Pixels:
    """Leave out the white around, and the footer with what is around it."""
    filled = (pixels < 250).any(axis=2)
    rows = np.flatnonzero(filled.any(axis=1))
    gaps = np.flatnonzero(np.diff(rows) > MARGIN)
    last = rows[gaps[-1]] if gaps.size else rows[-1]
    columns = np.flatnonzero(filled[:last].any(axis=0))
    top, left = max(rows[0] - MARGIN, 0), max(columns[0] - MARGIN, 0)
    return pixels[top : last + MARGIN, left : columns[-1] + MARGIN]


def png(pixels: Pixels) -> bytes:
    """Write a picture with a palette of its commonest colours."""
    height, width, _ = pixels.shape
    coarse = (pixels >> 3).astype(np.uint32)
    codes = (coarse[..., 0] << 10 | coarse[..., 1] << 5 | coarse[..., 2]).ravel()
    found, counts = np.unique(codes, return_counts=True)
    kept = found[np.argsort(-counts, kind="stable")[:255]]
    colours = np.array([(kept >> 10) & 31, (kept >> 5) & 31, kept & 31]).T.astype(int)
    wanted = np.array([(found >> 10) & 31, (found >> 5) & 31, found & 31]).T.astype(int)
    nearest = np.abs(wanted[:, None, :] - colours[None, :, :]).sum(axis=2).argmin(axis=1)
    indexed = nearest[np.searchsorted(found, codes)].astype(np.uint8).reshape(height, width)
    lines = np.hstack([np.zeros((height, 1), np.uint8), indexed]).tobytes()
    palette = np.minimum(colours * 255 // 31, 255).astype(np.uint8).tobytes()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )


def _pixels(pdf: Path, page: int, folder: Path) -> Pixels:
    """One page as rows of red, green and blue."""
    root = folder / "page"
    number = str(page)
    _run("pdftoppm", "-r", str(DOTS_PER_INCH), "-f", number, "-l", number, str(pdf), str(root))
    (file,) = folder.glob("page-*.ppm")
    _, size, _, data = file.read_bytes().split(b"\n", 3)
    file.unlink()
    width, height = map(int, size.split())
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _run(*words: str) -> str:
    program = shutil.which(words[0])
    if program is None:
        raise SystemExit(f"{words[0]} is not on PATH; install LibreOffice and poppler-utils.")
    done = subprocess.run([program, *words[1:]], capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    main()
