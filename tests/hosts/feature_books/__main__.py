"""Write every workbook of a feature into a folder, and have each judged."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.hosts.feature_books import FEATURES, extension_of
from tests.machine import AbsentError, Calc, Validator
from xlportfolio.workbook.lint import lint


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the workbooks are written")
    parser.add_argument("--only", nargs="*", default=list(FEATURES), help="these features")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    flaws = 0
    with tempfile.TemporaryDirectory() as work:
        try:
            judges = Validator(), Calc(Path(work))
        except AbsentError as absent:
            sys.stdout.write(f"NOT CHECKED: {absent}\n")
            return 1
        for name in options.only:
            path = options.folder / f"{name}{extension_of(name)}"
            FEATURES[name](path)
            found = [str(one) for one in lint(path)]
            found += [f"{one.part}: {one.id}: {one.description}" for one in judges[0](path)]
            try:
                values = judges[1].values(path)["Plan"]
                if values.get("D9") != values["D2"] + 3649.25:  # type: ignore[operator]
                    found.append(f"LibreOffice computes {values.get('D9')}")
            except AssertionError as error:
                found.append(str(error))
            sys.stdout.write("".join(f"{name}: {one}\n" for one in found))
            flaws += len(found)
    sys.stdout.write(f"{len(options.only)} workbooks, {flaws} flaws\n")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
