"""What commands share of arguments and options: one name and one help text for each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# Whether a file can be read is for the operations to say, in a sentence and for each book.
Books = Annotated[
    list[Path],
    typer.Argument(metavar="BOOK...", help="Workbooks, .xlsx or .xlsm.", readable=False),
]
Book = Annotated[
    Path, typer.Argument(metavar="BOOK", help="A workbook, .xlsx or .xlsm.", readable=False)
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, for scripts.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Write here and leave BOOK as it is; a folder where several books are given.",
        readable=False,
    ),
]
CopyOut = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="The copy to make, instead of one beside BOOK; a folder where several books are "
        "given.",
        readable=False,
    ),
]
RepairedOut = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Write the repaired BOOK here and leave BOOK as it is.",
        readable=False,
    ),
]
IgnoreLock = Annotated[
    bool,
    typer.Option(
        "--ignore-lock",
        help="Replace BOOK although a lock file says that it is open, as after a crash.",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE.toml",
        help="A mapping file to follow, instead of PF Setup.",
        readable=False,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="MONEY",
        help="Other money than the budgets table says: 90% of each budget, or a total such as 25m.",
    ),
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free",
        metavar="ID",
        help="A project in flight that may be stopped; repeat it for more, or say all.",
    ),
]
MaxDelay = Annotated[
    int,
    typer.Option(
        "--max-delay",
        metavar="MONTHS",
        help="How much later a project without a latest start may start.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Starts the random search; the workbook's setting, or else 1."),
]
Effort = Annotated[
    float,
    typer.Option("--effort", help="How long to search, against the default of 1; 10 is long."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        help="Cut the search short; the answer then says so, and may differ between machines.",
    ),
]
