"""What xlportfolio raises: sentences for the person at the workbook.

Everything a host may catch derives from `PortfolioError`; anything else is a defect and keeps
its traceback. A message says what, where, what was expected and how to mend it, on one line.
"""

_LONGEST_LINE = 1_500
_KEPT_OF_ITS_END = 400


class PortfolioError(Exception):
    """An answer for the user rather than a defect: its text is one complete sentence or more."""


class InputError(PortfolioError, ValueError):
    """A value, option or table that cannot be used as it stands."""


class WorkbookError(PortfolioError):
    """A workbook that cannot be read, written or replaced safely; the file is as it was.

    Its text is one line, however long or odd what it quotes of the workbook is.

    Parameters
    ----------
    sentence
        What, where, what was expected and how to mend it.
    """

    def __init__(self, sentence: str) -> None:
        line = " ".join(sentence.splitlines())
        if len(line) > _LONGEST_LINE:
            line = f"{line[: _LONGEST_LINE - _KEPT_OF_ITS_END]} ... {line[-_KEPT_OF_ITS_END:]}"
        super().__init__(line)


class EditedError(WorkbookError):
    """What a step wrote was edited since: it is taken back only where a person says so.

    Attributes
    ----------
    n_undone
        How many later steps were taken back before this one was met.
    """

    n_undone = 0


class StaleValueWarning(UserWarning):
    """Values that were read may be out of date: formulas gave them before something was written."""
