"""Write the workbooks that travel with the product, the same bytes on every machine.

    python workbooks/build.py                 writes them beside this file
    python workbooks/build.py --check         1 if the committed ones differ from a fresh build
    python workbooks/build.py -o FOLDER       writes into FOLDER

The packages are stored, not compressed: compressed bytes depend on the zlib of the machine. The
wheel and the repository compress them anyway.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from pathlib import Path

import xlsxwriter
from self_check import self_check
from template import template
from worked_example import worked_example

from xlportfolio.cells import Registry

HERE = Path(__file__).resolve().parent
WRITTEN_WITH = "3.3.1"
"""The XlsxWriter of the committed workbooks; others write the same cells in other bytes."""
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def repacked(package: bytes) -> bytes:
    """The same parts in the same order, stored, without dates or traces of the machine."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as stored,
    ):
        for name in source.namelist():
            part = zipfile.ZipInfo(name, ZIP_DATE)
            part.create_system = 0
            part.external_attr = 0o600 << 16
            stored.writestr(part, source.read(name))
    return target.getvalue()


def build() -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """Each workbook by its file name, and the defects planted in the worked example."""
    example, defects = worked_example()
    books = {
        "template.xlsx": template(),
        "worked_example.xlsx": example,
        "self_check.xlsx": self_check(Registry.load()),
    }
    return {name: repacked(package) for name, package in books.items()}, defects


def changed_parts(committed: Path, fresh: bytes) -> list[str]:
    """What differs, in words: parts of the package, or the file as a whole."""
    if not committed.exists():
        return ["the file is missing"]
    old = committed.read_bytes()
    if old == fresh:
        return []
    if not zipfile.is_zipfile(committed):
        return ["the file is not a workbook"]
    with zipfile.ZipFile(committed) as before, zipfile.ZipFile(io.BytesIO(fresh)) as after:
        names = sorted({*before.namelist(), *after.namelist()})
        shared = {*before.namelist()} & {*after.namelist()}
        differ = [n for n in names if n not in shared or before.read(n) != after.read(n)]
    return differ or ["the order or the packing of the parts"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the workbooks of the product.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("-o", "--output", type=Path, default=HERE, metavar="FOLDER")
    parser.add_argument(
        "--defects", type=Path, metavar="FILE", help="also write where the defects are, as JSON"
    )
    options = parser.parse_args()
    books, defects = build()
    stale = False
    for name, fresh in books.items():
        path = options.output / name
        if options.check:
            parts = changed_parts(path, fresh)
            stale |= bool(parts)
            print(f"{path}: {'differs in ' + ', '.join(parts) if parts else 'up to date'}")
        else:
            options.output.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fresh)
            print(f"{path}: {len(fresh):,} bytes")
    if options.defects:
        text = json.dumps(defects, indent=2, ensure_ascii=False) + "\n"
        options.defects.write_text(text, encoding="utf-8", newline="\n")
    if stale:
        print("Run python workbooks/build.py and commit what it writes.", file=sys.stderr)
    if xlsxwriter.__version__ != WRITTEN_WITH:
        print(
            f"XlsxWriter {xlsxwriter.__version__} is installed, and its bytes may differ from "
            f"those of the committed workbooks: pip install XlsxWriter=={WRITTEN_WITH}.",
            file=sys.stderr,
        )
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
