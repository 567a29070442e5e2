"""The sentences on limits that cannot hold together, each read and tried out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.oracles.plain_choice import PlainChoice
from xlportfolio.money import money_text
from xlportfolio.records import Link

_NAME = re.compile(r"[A-Z][a-z]+ \(P\d+(?:, option [AB])?\)")
_LINKS = {
    "requires": "Requires",
    "belongs together with": "Together",
    "belong together": "Together",
    "exclude each other": "Excludes",
}


def faults_of_conflicts(choice: PlainChoice, conflicts: Sequence[str]) -> list[str]:
    """Sentences that name limits which can hold together, or figures that are others."""
    found = []
    for text in conflicts:
        wrong = _of_money(choice, text) if "too little" in text else _of_rules(choice, text)
        if wrong:
            found.append(f"{text} -- {wrong}")
    return found


def _of_money(choice: PlainChoice, text: str) -> str:
    """A budget that what is decided breaks by itself."""
    currency = choice.portfolio.settings.currency
    told = re.search(r"needs? (\S+(?: \S+)?) of the (.+?), which is (.+?): (.+?) too little", text)
    if told is None:
        return "nobody understands this"
    limit = next((one for one in choice.limits if one.name == told[2]), None)
    if limit is None:
        return f"there is no {told[2]}"
    need = 0
    for i, row in enumerate(choice.rows):
        inside, out = limit.of(row), row.exit * limit.takes_exit
        need += min(inside, out) if i not in choice.fixed else inside if choice.fixed[i] else out
    shown = [money_text(cents, currency) for cents in (need, limit.amount, need - limit.amount)]
    if need <= limit.amount:
        return f"{need} of {limit.amount} is enough"
    return "" if [told[1], told[3], told[4]] == shown else f"it is {shown}"


def _of_rules(choice: PlainChoice, text: str) -> str:
    """A smallest set of limits: nothing keeps even those that are named."""
    if re.search(r"\d+ more", text):
        return ""
    named = set(_NAME.findall(text))
    held = {i: is_in for i, is_in in choice.fixed.items() if choice.rows[i].project.title in named}
    limits = [one for one in choice.limits if f"the {one.name} is " in text]
    ids = set(re.findall(r"\bP\d+\b", text))
    links = [
        link
        for link in choice.portfolio.links
        if {link.from_, link.to} <= ids
        and any(words in text and link.type == kind for words, kind in _LINKS.items())
    ]
    shares = [one for one in choice.portfolio.categories if f"money goes to {one.category}" in text]
    options = "option" in text
    free = [i for i in range(len(choice.rows)) if i not in held]
    base = sum(1 << i for i, is_in in held.items() if is_in)
    for number in range(1 << len(free)):
        chosen = base | sum(1 << i for k, i in enumerate(free) if number >> k & 1)
        if (
            all(limit.used(choice.rows, chosen) <= limit.amount for limit in limits)
            and _keeps_links(choice, links, chosen)
            and (not shares or choice.keeps_shares(chosen))
            and (
                not options
                or all(sum(chosen >> i & 1 for i in of) <= 1 for of in choice.of_project.values())
            )
        ):
            return f"{chosen:b} keeps all of them"
    return ""


def _keeps_links(choice: PlainChoice, links: Sequence[Link], chosen: int) -> bool:
    there = {
        choice.rows[i].project.project_id for i in range(len(choice.rows)) if chosen >> i & 1
    } | choice.done
    for link in links:
        one, other = link.from_ in there, link.to in there
        if (
            (link.type == "Requires" and one and not other)
            or (link.type == "Together" and one != other)
            or (link.type == "Excludes" and one and other)
        ):
            return False
    return True
