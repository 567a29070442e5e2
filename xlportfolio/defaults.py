"""What a cell function, a button, a command and an operation share: each default written once."""

from __future__ import annotations

from typing import Literal

MAX_DELAY = 6
"""How much later a project without a latest start may start. [months]"""

EFFORT = 1.0
"""How long to search; 2 searches twice as long."""

STEPS = ("score", "rebalance", "level")
"""The steps of a run, in their order; scoring ranks as well."""

Order = Literal["descending", "ascending"]
ORDERS: tuple[Order, ...] = ("descending", "ascending")
"""Which scores are the best: the largest or the smallest. The first word is the default."""

Ties = Literal["competition", "dense", "ordinal", "average", "modified"]
TIES: tuple[Ties, ...] = ("competition", "dense", "ordinal", "average", "modified")
"""The ranks of equal scores; the first word is the default."""

Topsis = Literal["vector", "range"]
TOPSIS: tuple[Topsis, ...] = ("vector", "range")
"""How TOPSIS brings ratings onto one scale; the first word is the default."""

AhpMethod = Literal["eigenvector", "geometric"]
AHP_METHODS: tuple[AhpMethod, ...] = ("eigenvector", "geometric")
"""How judgements in pairs become weights; the first word is the default."""

RandomIndex = Literal["saaty", "alonso"]
RANDOM_INDICES: tuple[RandomIndex, ...] = ("saaty", "alonso")
"""What inconsistency of judgements is compared with; the first word is the default."""

SECONDS_WITHOUT_PROGRESS = 120.0
"""How long a private LibreOffice may take without getting any further. [s]"""
