"""Which tables are the short ones of a portfolio: criteria, categories, budgets, settings."""

from __future__ import annotations

from xlportfolio.workbook.mapping.look import LIKELY, Judged, Look
from xlportfolio.workbook.mapping.profiles import amount, kinds_of_money
from xlportfolio.workbook.words import any_word

_BUDGET_CONTEXT = any_word("context of budgets")
_SETTING_CONTEXT = any_word("context of settings")


def settings(look: Look) -> float:
    """How sure a table is one of settings; 0.0 if it is none."""
    if not look.found.grid.turned or len(look.found.records) > 3:
        return 0.0
    likely = [c for c in look.fields("settings").values() if c.score >= 0.6]
    share = len(likely) / len(look.named)
    ours = sum(c.score >= LIKELY for c in look.project.values())
    in_context = bool(_SETTING_CONTEXT.search(look.context))
    if len(likely) >= 2 and (share >= 0.4 or in_context):
        return 0.9 if len(likely) >= ours else 0.0
    return 0.7 if likely and share >= 0.3 and in_context and ours < 2 else 0.0


def criteria(look: Look) -> float:
    """How sure a table is one of criteria; 0.0 if it is none."""
    fields = look.fields("criteria")
    if not look.has(fields, "criterion") or fields["criterion"].score < 0.8:
        if criteria_by_weight(look) is not None:
            return 0.7
        if not look.has(fields, "criterion"):
            return 0.0
    weighed = look.has(fields, "weight") or look.has(fields, "direction")
    scaled = look.has(fields, "scale_min", "scale_max")
    strong = fields["criterion"].exact
    if not (weighed or scaled) or not (strong or (weighed and scaled) or "criteri" in look.context):
        return 0.0
    if look.has(look.project, "project_id", "name") and not strong:
        return 0.0
    return 0.95 if strong else 0.75


def criteria_by_weight(look: Look) -> int | None:
    """The one column of names beside weights that add up to a whole; None if there is none.

    "Objective | Weight" and the like are criteria, whatever they are called.
    """
    fields = look.fields("criteria")
    if not look.has(fields, "weight") or not fields["weight"].exact or look.refers:
        return None
    if len(look.named) > 4 or not 2 <= len(look.found.records) <= 30:
        return None
    if not _adds_to_one(look, fields["weight"].column):
        return None
    names = [k for k in look.named if look.evidence[k].text >= 0.9 and look.evidence[k].unique == 1]
    return names[0] if names else None


def says_budget(judged: Judged) -> bool:
    """Whether a header, the title or the sheet says that money is what there is to spend."""
    said = [level.words for column in judged.found.columns for level in column.levels]
    return any(_BUDGET_CONTEXT.search(words) for words in (judged.context, *said))


def categories(look: Look) -> float:
    """How sure a table is one of categories and their shares; 0.0 if it is none."""
    fields = look.fields("categories")
    if not look.has(fields, "category") or (
        look.has(look.project, "name") and look.project["name"].exact
    ):
        return 0.0
    shares = [
        name
        for name in ("min_share", "max_share", "target_share")
        if name in fields and fields[name].score >= LIKELY
    ]
    if not shares or len(look.found.records) > 60:
        return 0.0
    if not fields["category"].exact and len(shares) < 2:
        return 0.75 if _adds_to_one(look, fields[shares[0]].column) else 0.0
    return 0.9 if len(shares) >= 2 or "target" in look.context else 0.75


def _adds_to_one(look: Look, column: int) -> bool:
    """Whether the numbers of a column are shares of a whole."""
    total = sum(amount(value) or 0.0 for value in look.found.values(column))
    return abs(total - 1.0) <= 0.02 or abs(total - 100.0) <= 2.0


def budgets(look: Look) -> float:
    """How sure a table is one of what may be spent; 0.0 if it is none."""
    if look.has(look.project, "project_id") or (
        look.has(look.project, "name") and look.project["name"].exact
    ):
        return 0.0
    fields = look.fields("budgets")
    # Five years of months and two kinds are 120 rows; other long tables are no budgets.
    if len(look.found.records) > 80 and not look.has(fields, "period", "budget"):
        return 0.0
    context = bool(_BUDGET_CONTEXT.search(look.context))
    if not context and not any("budget" in look.found.columns[k].heading.words for k in look.named):
        fields = {name: c for name, c in fields.items() if not look.is_unreadable(c)}
    money = [p for p in look.profiles if p.n_periods >= 2]
    if money and (context or look.has(fields, "kind") or "budget" in money[0].words):
        return 0.85 if context else 0.7
    if look.has(fields, "period") and (
        look.has(fields, "budget") or (context and _numbers(look) >= 1)
    ):
        return 0.9
    kinds = [
        k
        for k in look.named
        if look.evidence[k].number >= 0.8 and kinds_of_money(look.found.columns[k].heading)
    ]
    if look.has(fields, "period") and len(kinds) >= 2 and not look.refers:
        return 0.7
    if look.has(fields, "kind", "budget") and context:
        return 0.75
    if (
        len(look.found.records) == 1
        and look.has(fields, "budget")
        and context
        and len(look.named) <= 4
    ):
        return 0.6
    return 0.0


def _numbers(look: Look) -> int:
    return sum(e.number >= 0.8 and e.period < 0.8 for e in look.evidence)
