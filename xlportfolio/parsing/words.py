"""Words with a fixed meaning: RAG, force, direction, link type, lifecycle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Rag = Literal[
    "Green",
    "Amber/Green",
    "Amber",
    "Amber/Red",
    "Red",
    "Complete",
    "Not started",
    "Reset",
    "Exempt",
]
Force = Literal["In", "Out", "Freed", "Free"]
Direction = Literal["max", "min"]
LinkType = Literal["Requires", "Excludes", "Together", "Finish-to-start"]
Lifecycle = Literal["proposed", "approved", "active", "on hold", "closed", "cancelled"]


def _plain(value: object) -> str | None:
    """Lower case, single spaces, dashes and underscores as spaces; None if not a short text."""
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = re.sub(r"[-‐‑–—_\s]+", " ", value.replace("\ufe0f", "").lower())
    return text.strip(" .:;!()[]*")


def _table(rows: Mapping[str, str]) -> dict[str, str]:
    """Word to meaning, from meaning to words."""
    return {word: meaning for meaning, words in rows.items() for word in words.split("|")}


_RAG = _table(
    {
        "Green": "green|g|🟢|on track",
        "Amber/Green": "amber/green|amber green|green/amber|green amber|a/g|ag|g/a|ga|"
        "light green|yellow/green|green/yellow",
        "Amber": "amber|a|yellow|y|orange|🟡|🟠|at risk",
        "Amber/Red": "amber/red|amber red|red/amber|red amber|a/r|ar|r/a|ra|red/yellow|yellow/red",
        "Red": "red|r|🔴|off track",
        "Complete": "blue|b|🔵|complete|completed|done|closed",
        "Not started": "grey|gray|white|⚪|not started|not yet started",
        "Reset": "reset",
        "Exempt": "exempt|exempted|exempt from publication",
    }
)


def parse_rag(value: object) -> Rag | None:
    """Read a delivery status: three or five points, letters, circles, or the words around them.

    >>> parse_rag("Amber/red"), parse_rag("G"), parse_rag("🔴"), parse_rag("Blue")
    ('Amber/Red', 'Green', 'Red', 'Complete')
    >>> parse_rag("tbc") is None
    True
    """
    text = _plain(value)
    if text is None:
        return None
    text = re.sub(r"\s*/\s*", "/", text)
    text = re.sub(r"^(?:rag|status|rating)\s*:?\s*|\s*(?:rag|status|rating)$", "", text)
    text = re.sub(r"^([🟢🟡🟠🔴🔵⚪])\s*[a-z/ ]+$", r"\1", text)
    return _RAG.get(text)  # type: ignore[return-value]


_FORCE = _table(
    {
        "In": "in|must|must do|must have|mandatory|mandated|statutory|compulsory|obligatory|"
        "regulatory|legal|legal obligation|statutory obligation|forced in|force in|keep|locked in|"
        "y|yes|true|1|✓|✔|☑",
        "Out": "out|exclude|excluded|forced out|force out|locked out|do not do|must not|never",
        "Freed": "freed|may stop|may be stopped|can be stopped|free to stop|release|released",
        "Free": "n|no|false|0|free|optional|discretionary|non mandatory|not mandatory|"
        "non statutory|not mandated|-|✗|✘|☐",
    }
)


def parse_force(value: object) -> Force | None:
    """Read whether a project is mandated; "Free" for a blank or a clear no, None for anything else.

    "No" under "Mandatory" leaves a project free; only words that shut it out are "Out". "Freed"
    says that work which has begun may be stopped, which "Free" does not.

    >>> parse_force("Mandatory"), parse_force("Out"), parse_force("N"), parse_force(None)
    ('In', 'Out', 'Free', 'Free')
    >>> parse_force("probably") is None
    True
    """
    if value is None or value == "":
        return "Free"
    if isinstance(value, bool | int | float):
        return "In" if value == 1 else "Free" if value == 0 else None
    text = _plain(value)
    if text is None:
        return None
    return "Free" if text == "" else _FORCE.get(text)  # type: ignore[return-value]


_DIRECTION = _table(
    {
        "max": "max|maximise|maximize|maximum|1|+1|+|benefit|higher|higher is better|high|"
        "higher better|more|more is better|increase|up|↑|high is good|positive",
        "min": "min|minimise|minimize|minimum|1 min|cost|lower|lower is better|low|lower better|"
        "less|less is better|decrease|down|↓|low is good|negative",
    }
)


def parse_direction(value: object) -> Direction | None:
    """Read whether more or less of a criterion is better; blank is max.

    >>> parse_direction("Benefit"), parse_direction(-1), parse_direction("-1"), parse_direction("")
    ('max', 'min', 'min', 'max')
    >>> parse_direction("sideways") is None
    True
    """
    if value is None:
        return "max"
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return "max" if value == 1 else "min" if value == -1 else None
    if not isinstance(value, str):
        return None
    bare = value.strip()
    if not bare:
        return "max"
    if bare.replace("−", "-").replace("–", "-") in ("-1", "-1.0", "-"):
        return "min"
    return _DIRECTION.get(_plain(bare) or "")  # type: ignore[return-value]


_LINK_TYPE = _table(
    {
        "Requires": "requires|require|required|depends on|depends upon|depend on|dependent on|"
        "dependency|dependent|needs|prerequisite|pre requisite|relies on|contingent on|enabled by|"
        "enabler",
        "Excludes": "excludes|exclude|exclusive|mutually exclusive|mutual exclusion|conflicts|"
        "conflicts with|incompatible|incompatible with|either or|either/or|xor|not with|"
        "alternative|alternative to",
        "Together": "together|together with|both or neither|all or none|all or nothing|bundle|"
        "bundled|bundled with|tied|tied to|linked together|co dependent|mutually dependent|"
        "mutually inclusive|with",
        "Finish-to-start": "finish to start|finish start|fs|f s|f/s|finish to start fs|precedes|"
        "predecessor|successor|before|followed by|sequence|must finish before",
    }
)


def parse_link_type(value: object) -> LinkType | None:
    """Read what a dependency means; None for a blank and for anything else.

    >>> parse_link_type("depends on"), parse_link_type("FS"), parse_link_type("Mutually exclusive")
    ('Requires', 'Finish-to-start', 'Excludes')
    >>> parse_link_type("related") is None
    True
    """
    text = _plain(value)
    return _LINK_TYPE.get(text) if text else None  # type: ignore[return-value]


_LIFECYCLE = _table(
    {
        "proposed": "proposed|proposal|idea|candidate|concept|new|requested|request|submitted|"
        "draft|pipeline|planned|identified|in scoping|scoping|pre approval|unapproved|backlog|"
        "not approved|awaiting approval|pending approval|under review|business case|future",
        "approved": "approved|authorised|authorized|sanctioned|funded|endorsed|committed|"
        "approved not started|not started|not yet started|ready|ready to start|initiated",
        "active": "active|in flight|inflight|in progress|in delivery|delivery|ongoing|on going|"
        "open|started|running|live|underway|under way|execution|executing|in execution|"
        "implementation|implementing|in implementation|construction|under construction|"
        "in construction|development|in development|build|mobilised|mobilising|work in progress|"
        "wip|current|closing|closing out",
        "on hold": "on hold|hold|held|paused|pause|suspended|deferred|stalled|parked|postponed|"
        "delayed|frozen",
        "closed": "closed|complete|completed|done|finished|delivered|closed out|close out|ended|"
        "in use|in service|handed over|archived|benefits realisation",
        "cancelled": "cancelled|canceled|cancel|stopped|terminated|withdrawn|rejected|abandoned|"
        "aborted|discontinued|declined|killed",
    }
)


def parse_lifecycle(value: object) -> Lifecycle | None:
    """Read where a project is in its life; None for a word that says something else.

    >>> parse_lifecycle("In flight"), parse_lifecycle("On-hold"), parse_lifecycle("Canceled")
    ('active', 'on hold', 'cancelled')
    >>> parse_lifecycle("Gate 3") is None
    True
    """
    text = _plain(value)
    return _LIFECYCLE.get(text) if text else None  # type: ignore[return-value]
