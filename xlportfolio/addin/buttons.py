"""A button of the ribbon, as a value: the ribbon, its callbacks and the help are made of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Needs = Literal["nothing", "workbook", "results"]
"""What has to be there for a button to make sense: any workbook open, or sheets of ours in it."""


@dataclass(frozen=True)
class Button:
    """One button of the tab Portfolio.

    Attributes
    ----------
    name
        Of the macro that it runs, "rebalance"; also its ID.
    label
        As it stands on the button.
    group
        The group that it stands in; groups follow in the order of their first buttons.
    image
        The imageMso of Office that it shows.
    tip
        What it does, in a sentence or two: its supertip, and its line in the help.
    key
        Its key tip: one to three letters, of its own within the tab.
    needs
        What has to be there.
    large
        Whether it has the height of the ribbon.
    """

    name: str
    label: str
    group: str
    image: str
    tip: str
    key: str
    needs: Needs = "workbook"
    large: bool = False
