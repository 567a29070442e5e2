"""A stand-in for Excel behind the public API of xlwings.

It behaves as Excel does where that matters to us: what it makes of what is entered, what it
refuses, what follows when sheets are renamed or deleted. It computes no formula.
"""

from tests.hosts.stand_in.calls import Calls, ComError
from tests.hosts.stand_in.excel import Alerts, Asked, StandIn
from tests.hosts.stand_in.state import differences

__all__ = ["Alerts", "Asked", "Calls", "ComError", "StandIn", "differences"]
