"""The reasons of decisions, each read as a board would and worked out again from the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.oracles.plain_choice import PlainChoice, PlainLimit
from xlportfolio.money import money_text
from xlportfolio.selection.answer import Selection

_MONEY = r"(?:[A-Z]{3} )?-?[\d.,]+(?:k|m|bn)?"
_NAME = r"[A-Z][a-z]+ \(P\d+(?:, option [AB])?\)"
_LONG = 170
"""A sentence that is longer has no room for what stopping gives up. [characters]"""
_FULL = re.compile(_NAME)


def faults_of_reasons(choice: PlainChoice, selection: Selection) -> list[str]:
    """Every sentence that is not true, or that nothing here understands."""
    return _Reasons(choice, selection).all()


class _Reasons:
    def __init__(self, choice: PlainChoice, selection: Selection) -> None:
        self.choice, self.selection = choice, selection
        self.rows = choice.rows
        self.chosen = sum(1 << i for i, d in enumerate(selection.decisions) if d.is_chosen)
        self.by_title = {row.project.title: i for i, row in enumerate(self.rows)}
        self.currency = choice.portfolio.settings.currency

    def all(self) -> list[str]:
        found = []
        for i, decision in enumerate(self.selection.decisions):
            said = f"{self.rows[i].project.title} [{decision.decision}]: {decision.reason}"
            wrong = self._wrong(i, decision.reason, decision.decision)
            found += [f"{said} -- {one}" for one in wrong]
        return found

    def money(self, cents: int) -> str:
        return money_text(cents, self.currency)

    def take(self, limit: PlainLimit, i: int) -> int:
        row = self.rows[i]
        return limit.of(row) - row.exit * limit.takes_exit

    def left(self, limit: PlainLimit, chosen: int | None = None) -> int:
        return limit.amount - limit.used(self.rows, self.chosen if chosen is None else chosen)

    def holds(self, chosen: int) -> bool:
        return (
            self.choice.keeps_rules(chosen)
            and all(self.left(limit, chosen) >= 0 for limit in self.choice.limits)
            and all(bool(chosen >> i & 1) == is_in for i, is_in in self.choice.fixed.items())
        )

    def limit(self, name: str) -> PlainLimit | None:
        return next((one for one in self.choice.limits if one.name == name), None)

    def worth(self, rows: Sequence[int]) -> float:
        return sum(self.rows[i].worth or 0.0 for i in rows)

    def _wrong(self, i: int, text: str, decision: str) -> Iterator[str]:
        row, project = self.rows[i], self.rows[i].project
        if text.startswith("Mandatory: "):
            if project.force != "In":
                yield "it is not marked In"
        elif text.startswith("Ruled out: "):
            if ", which excludes it, is done" in text:
                yield from self._over(project.project_id, text)
            elif project.force != "Out":
                yield "it is not marked Out"
        elif text.startswith("In flight"):
            if not row.is_in_flight or project.force == "In":
                yield "it is not in flight"
            told = re.search(rf"; ({_MONEY}) to go", text)
            if told and told[1] != self.money(row.counted):
                yield f"{self.money(row.counted)} is to go"
            if not told and row.is_known:
                yield "it says nothing of what is to go"
        elif text == "Its cost is not known, so that no budget can be set against it.":
            if row.is_known:
                yield "it is known"
        elif "is not known, so that nothing says what it is worth" in text:
            if row.worth is not None:
                yield "it is known"
        elif decision in ("Start", "Continue"):
            yield from self._chosen(i, text)
        else:
            yield from self._left_out(i, text)

    # What is chosen

    def _chosen(self, i: int, text: str) -> Iterator[str]:
        row = self.rows[i]
        worth = [one.worth for one in self.rows if one.worth is not None]
        rank = 1 + sum(one > (row.worth or 0) + 1e-12 for one in worth)
        if told := re.match(
            rf"Worth ([\d.,km-]+), rank (\d+) of (\d+)(?:, for ({_MONEY})|, at no cost)", text
        ):
            if (int(told[2]), int(told[3])) != (rank, len(worth)):
                yield f"rank {rank} of {len(worth)}"
            if told[4] and told[4] != self.money(row.counted):
                yield f"costs {self.money(row.counted)}"
            if not told[4] and row.counted > 0:
                yield "it has a cost"
        elif told := re.match(
            rf"Worth ([\d.,km-]+) for ({_MONEY})(?: to go)?, rank (\d+) of (\d+) by value for", text
        ):
            priced = [
                one.worth / one.counted
                for one in self.rows
                if one.worth is not None and one.counted > 0
            ]
            own = (row.worth or 0) / row.counted
            rank = 1 + sum(one > own * (1 + 1e-12) for one in priced)
            if (int(told[3]), int(told[4]), told[2]) != (
                rank,
                len(priced),
                self.money(row.counted),
            ):
                yield f"rank {rank} of {len(priced)} for {self.money(row.counted)}"
        elif text.startswith("Keeps the share"):
            if self.choice.keeps_shares(self.chosen & ~(1 << i)):
                yield "the shares are kept without it"
        elif told := re.match(r"Stopping costs more than the (.+) has left", text):
            limit = self.limit(told[1])
            if limit is None or self.left(limit, self.chosen & ~(1 << i)) >= 0:
                yield "it would be enough"
        elif told := re.match(rf"Stopping would cost ({_MONEY}) more than going on", text):
            if told[1] != self.money(row.exit - row.counted):
                yield f"it is {self.money(row.exit - row.counted)}"
        elif text.startswith("Takes nothing from others"):
            if row.counted > 0 and row.counted > row.exit:
                yield f"it takes {self.money(row.counted)}"
        elif not re.match(r"Needed by|Goes together with", text):
            yield "nobody understands this"
        for told in re.finditer(
            rf"(needed by|goes together with) ((?:{_NAME}(?:, | and )?)+)", text, re.I
        ):
            for name in _FULL.findall(told[2]):
                other = self.by_title[name]
                if not self.chosen >> other & 1:
                    yield f"{name} is not chosen"
                elif self._can_stay(other, i):
                    yield f"{name} could stay without it"

    def _can_stay(self, other: int, without: int) -> bool:
        """Whether a row can stay, whatever else goes, when one goes. By rules alone."""
        rest = [
            i for i in range(len(self.rows)) if self.chosen >> i & 1 and i not in (other, without)
        ]
        for number in range(1 << len(rest)):
            chosen = 1 << other
            chosen |= sum(1 << i for k, i in enumerate(rest) if number >> k & 1)
            if self.choice.keeps_rules(chosen, but_shares=True):
                return True
        return False

    # What is not

    def _left_out(self, i: int, text: str) -> Iterator[str]:
        row = self.rows[i]
        told = re.match(
            rf"Worth ([\d.,km-]+); (?:stopping it frees ({_MONEY})(?: \(({_MONEY}) to go less "
            rf"({_MONEY}) to leave\))?|({_MONEY}) to go, ({_MONEY}) to stop it); (.*)",
            text,
        )
        if told:
            if told[2] and told[2] != self.money(row.counted - row.exit):
                yield f"it frees {self.money(row.counted - row.exit)}"
            for shown, cents in ((told[3] or told[5], row.counted), (told[4] or told[6], row.exit)):
                if shown and shown != self.money(cents):
                    yield f"{shown} is {self.money(cents)}"
            text = told[7][:1].upper() + told[7][1:]
        elif row.is_in_flight and "worth" not in text.lower() and len(text) < _LONG:
            yield "it does not say what stopping gives up"
        if "the search ended" in text:
            yield "it would fit"
        yield from self._why_not(i, text)
        yield from self._instead(i, text)

    def _why_not(self, i: int, text: str) -> Iterator[str]:
        row = self.rows[i]
        project_id = row.project.project_id
        simple = "which it needs" not in text and "in place of" not in text.split(";")[0]
        if told := re.search(
            rf"Does not fit(.*?): ({_MONEY})( more)? of the (.+?) is needed"
            rf"(?: and ({_MONEY}|nothing) is left|, ({_MONEY}) more than is left)",
            text,
        ):
            limit = self.limit(told[4])
            if limit is None:
                yield f"there is no {told[4]}"
                return
            left = self.left(limit)
            if "beside mandates and work in flight" in told[1]:
                least = self.chosen
                for k in self.choice.free:
                    if least >> k & 1 and self.take(limit, k) > 0:
                        least &= ~(1 << k)
                left = self.left(limit, least)
            if told[5] and told[5] != ("nothing" if left <= 0 else self.money(left)):
                yield f"{self.money(left)} is left"
            if simple:
                need = self.take(limit, i)
                if told[2] != self.money(need):
                    yield f"{self.money(need)} is needed"
                if need <= left:
                    yield "there is enough"
        elif told := re.match(
            rf"(?:(?:Needs|With .*, which it needs, it takes) ({_MONEY}) of the (.+?), "
            rf"(?:which is ({_MONEY}) in all|({_MONEY}) more than all of it))",
            text,
        ):
            limit = self.limit(told[2])
            if limit is None:
                yield f"there is no {told[2]}"
                return
            if told[3] and told[3] != self.money(limit.amount):
                yield f"it is {self.money(limit.amount)}"
            rows = [
                i,
                *(self.by_title[name] for name in _FULL.findall(text.split(", it takes")[0])),
            ]
            need = sum(limit.of(self.rows[k]) for k in rows)
            if "other" not in text.split(", it takes")[0]:
                if told[1] != self.money(need):
                    yield f"{self.money(need)} is needed"
                if need <= limit.amount:
                    yield "it would be enough"
        elif told := re.match(
            rf"Needs (?:({_NAME}), which needs )?({_NAME}), which cannot be funded(.*?)\.?$", text
        ):
            other = self.by_title[told[2]]
            via = i if told[1] is None else self.by_title[told[1]]
            if not self._is_linked(via, other, ("Requires", "Together")):
                yield "it does not need it"
            if told[3].startswith(":") and self.choice.fixed.get(other) is not False:
                yield f"{told[2]} is not shut out"
        elif told := re.match(
            r"Option (\w) of the project is (in flight and kept|mandatory)", text
        ):
            other = next(
                k
                for k in self.choice.of_project[project_id]
                if self.rows[k].project.option == told[1]
            )
            if self.choice.fixed.get(other) is not True:
                yield "it is not decided"
        elif told := re.match(r"Option (\w) of the project is chosen", text):
            other = next(
                k
                for k in self.choice.of_project[project_id]
                if self.rows[k].project.option == told[1]
            )
            if not self.chosen >> other & 1:
                yield "it is not"
            self_for = self.chosen & ~(1 << other) | 1 << i
            if "which it needs" not in text and not self.holds(self_for):
                yield "in its place it would not fit"
            yield from self._against(text, [other], [i])
        elif told := re.match(rf"(Excluded by|Cannot be done beside) ({_NAME}), which (.+)", text):
            other = self.by_title[told[2]]
            if told[1] == "Excluded by" and not self._is_linked(i, other, ("Excludes",)):
                yield "they do not exclude each other"
            if told[3].startswith("is ") and self.choice.fixed.get(other) is not True:
                yield f"{told[2]} is not decided"
        elif told := re.match(
            r"Category (\w+) (may have at most|must have at least) ([\d.]+) %", text
        ):
            if simple and self.choice.keeps_shares(self.chosen | 1 << i):
                yield "the shares would be kept"
        elif re.match(r"(Would lower the total|Adds nothing)", text):
            if simple and (row.worth or 0.0) > 1e-4:
                yield "it is worth something"
        elif told := re.match(
            r"(?:With (.+), which it needs, it c|C)annot be done beside (.+)", text
        ):
            if "other" in told[2] or " other" in (told[1] or ""):
                return
            gone = [self.by_title[name] for name in _FULL.findall(told[2])]
            added = [i, *(self.by_title[name] for name in _FULL.findall(told[1] or ""))]
            together = self.chosen
            for k in added:
                together |= 1 << k
            for k in gone:
                together &= ~(1 << k)
            if not self.holds(together):
                yield "without them it would not fit"
            yield from self._against(text, gone, added)
        elif told := re.match(r"Needs (.+), (and the two|which) exclude each other", text):
            ends = [self.by_title[name] for name in _FULL.findall(told[1])]
            ends += [i] * (told[2] == "and the two")
            if len(ends) != 2 or not self._is_linked(*ends, ("Excludes",)):
                yield "they do not exclude each other"
            if not all(k == i or self._cannot_do_without(i, k) for k in ends):
                yield "it does not need them"
        elif "which was cancelled" in text or ", is done" in text:
            yield from self._over(project_id, text)
        else:
            yield "nobody understands this"

    def _over(self, project_id: str, text: str) -> Iterator[str]:
        ids = set(re.findall(r"\((P\d+)", text)) | {project_id}
        if not any({link.from_, link.to} <= ids for link in self.choice.portfolio.links):
            yield "there is no such link"

    def _is_linked(self, i: int, other: int, types: Sequence[str]) -> bool:
        ids = {self.rows[k].project.project_id for k in (i, other)}
        return any(
            {link.from_, link.to} == ids
            and link.type in types
            and (link.type != "Requires" or link.from_ == self.rows[i].project.project_id)
            for link in self.choice.portfolio.links
        )

    def _cannot_do_without(self, i: int, other: int) -> bool:
        """Whether links lead from one project to what it needs in the end."""
        reached = {self.rows[i].project.project_id}
        for _ in range(len(self.rows)):
            for link in self.choice.portfolio.links:
                if link.type in ("Requires", "Together") and link.from_ in reached:
                    reached.add(link.to)
                if link.type == "Together" and link.to in reached:
                    reached.add(link.from_)
        return self.rows[other].project.project_id in reached

    def _instead(self, i: int, text: str) -> Iterator[str]:
        told = re.search(r"; (the money goes to|in its place (?:is|are)) (.+?), worth (.+)$", text)
        before = text.split(";")[0]
        can_join = self.choice.keeps_rules(self.chosen | 1 << i, but_shares=True)
        if "other limit" in before and can_join and "which it needs" not in before:
            n = sum(self.take(one, i) > self.left(one) for one in self.choice.limits)
            count = re.search(r"\((\d+) other limits? (?:is|are) exceeded", before)
            n_shares = len(self.choice.portfolio.categories)
            if count and not n - 1 <= int(count[1]) <= n - 1 + n_shares:
                yield f"{n} limits are exceeded"
        if told is None:
            return
        if re.search(r"\bothers?\b", told[2]) or "in place of" in before:
            return
        names = _FULL.findall(told[2])
        gone = [self.by_title[name] for name in names]
        added = [i]
        if "which it needs" in before:
            needed = before.split("with ")[-1]
            if re.search(r"\bothers?\b", needed.split(", which")[0]):
                return
            added += [self.by_title[name] for name in _FULL.findall(needed)]
        together = self.chosen
        for k in gone:
            if not self.chosen >> k & 1:
                yield f"{self.rows[k].project.title} is not chosen"
            together &= ~(1 << k)
        for k in added:
            together |= 1 << k
        if not self.holds(together):
            yield "without them it would not fit"
        if " with " not in told[3]:
            yield from self._against(text, gone, added)
        if self.worth(gone) < self.worth(added) - 1e-4:
            yield "they are worth less"

    def _against(self, text: str, gone: Sequence[int], added: Sequence[int]) -> Iterator[str]:
        told = re.search(
            r"worth ([\d.,km-]+)(?: together)?(?: with .*)? against ([\d.,km-]+?)\.?$", text
        )
        if told and " with " not in told[0] and "others" not in text:
            for shown, worth in ((told[1], self.worth(gone)), (told[2], self.worth(added))):
                digits = len(shown.rpartition(".")[2]) if "." in shown else 0
                if abs(float(shown.replace(",", "")) - worth) > 0.51 * 10**-digits + 1e-9:
                    yield f"{shown} is {worth}"
        is_told = "as much" in text and " with " not in text
        if is_told and abs(self.worth(gone) - self.worth(added)) > 1e-3:
            yield f"{self.worth(gone)} is not {self.worth(added)}"
