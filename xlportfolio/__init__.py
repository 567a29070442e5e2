"""The portfolio brain inside a PMO's own Excel workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlportfolio.errors import InputError, PortfolioError, StaleValueWarning, WorkbookError
    from xlportfolio.operations.options import RunOptions
    from xlportfolio.operations.running import run_workbook
    from xlportfolio.values import CellError
    from xlportfolio.workbook.closed import open_workbook
    from xlportfolio.workbook.protocol import Formula

__version__ = "0.1.0"

__all__ = [
    "CellError",
    "Formula",
    "InputError",
    "PortfolioError",
    "RunOptions",
    "StaleValueWarning",
    "WorkbookError",
    "__version__",
    "open_workbook",
    "run_workbook",
]

_HOME = {
    "CellError": "xlportfolio.values",
    "Formula": "xlportfolio.workbook.protocol",
    "InputError": "xlportfolio.errors",
    "PortfolioError": "xlportfolio.errors",
    "RunOptions": "xlportfolio.operations.options",
    "StaleValueWarning": "xlportfolio.errors",
    "WorkbookError": "xlportfolio.errors",
    "open_workbook": "xlportfolio.workbook.closed",
    "run_workbook": "xlportfolio.operations.running",
}


def __getattr__(name: str) -> Any:
    """Import each public name from its home at first use, so that `--help` answers at once."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
