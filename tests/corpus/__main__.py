"""Write the workbooks and index.json: `python -m tests.corpus -o FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.corpus import write_corpus


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", help="workbooks whose name contains this")
    arguments = parser.parse_args()
    expected = write_corpus(arguments.output, only=arguments.only)
    books = len({e["workbook"] for e in expected})
    print(f"{books} workbooks, {len(expected)} expectations in {arguments.output}")  # noqa: T201


if __name__ == "__main__":
    main()
