"""Defaults that a cell function, a button, a command and an operation share: written once."""

MAX_DELAY = 6
"""How much later a project without a latest start may start. [months]"""

EFFORT = 1.0
"""How long to search; 2 searches twice as long."""

STEPS = ("score", "rebalance", "level")
"""The steps of a run, in their order; scoring ranks as well."""
