"""Rules and sparklines beside what we wrote that only Excel 2010 and later know.

They stand in extensions at the end of a sheet: lists to choose from on another sheet, icon sets,
data bars as they are drawn now. [MS-XLSX] 2.3.4: `xm:sqref` tells their cells, `xm:f` formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lxml import etree

from xlportfolio.workbook.container.relationships import integer_or

_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM = "http://schemas.microsoft.com/office/excel/2006/main"
_SQREF, _FORMULA = f"{{{_XM}}}sqref", f"{{{_XM}}}f"
_RULE, _SPARKLINE = f"{{{_X14}}}cfRule", f"{{{_X14}}}sparkline"
_HOLDERS = {
    f"{{{_X14}}}{name}" for name in ("conditionalFormattings", "dataValidations", "sparklineGroups")
}
_LOST = "#REF!"


def extended_areas(lists: Iterable[etree._Element]) -> Iterator[str]:
    """The lists of ranges that extensions are for.

    Parameters
    ----------
    lists
        The `extLst` of a worksheet.
    """
    for one in lists:
        for element in one.iter(_SQREF):
            yield element.text or ""


def keep_extensions(
    target: etree._Element,
    extensions: Iterable[etree._Element],
    moved: Callable[[str], str | None],
    formula: Callable[[str], str],
    first_priority: int,
) -> None:
    """Add to the extensions of a sheet what people had in those that it had before.

    Parameters
    ----------
    target
        The `extLst` of the sheet as it is written anew.
    extensions
        Each `ext` that it had before, ours included.
    moved
        Where a list of ranges goes; None where it holds cells of ours, or goes nowhere.
    formula
        What a formula becomes.
    first_priority
        The first priority for rules that have one: they come after the others.
    """
    rules: list[etree._Element] = []
    for extension in extensions:
        for holder in extension:
            if holder.tag not in _HOLDERS:
                continue
            kept = [
                one for element in holder if (one := _kept(element, moved, formula)) is not None
            ]
            if kept:
                _holder_in(target, extension, holder).extend(kept)
            rules += [rule for one in kept for rule in one.iter(_RULE) if "priority" in rule.attrib]
    rules.sort(key=lambda rule: integer_or(rule.get("priority")))
    for number, rule in enumerate(rules, first_priority):
        rule.set("priority", str(number))
    for holder in target.iter(*_HOLDERS):
        if "count" in holder.attrib:
            holder.set("count", str(len(holder)))


def _kept(
    element: etree._Element, moved: Callable[[str], str | None], formula: Callable[[str], str]
) -> etree._Element | None:
    """A rule, or a group of sparklines, at its new place; None if nothing of it is the user's."""
    if not isinstance(element.tag, str):
        return None
    copied = _copied(element)
    for text in copied.iter(_FORMULA):
        text.text = formula(text.text or "")
    sparklines = list(copied.iter(_SPARKLINE))
    if not sparklines:
        return copied if _is_moved(copied, moved) else None
    for sparkline in sparklines:
        parent = sparkline.getparent()
        is_lost = _LOST in (sparkline.findtext(_FORMULA) or "")
        if parent is not None and (is_lost or not _is_moved(sparkline, moved)):
            parent.remove(sparkline)
    return copied if len(list(copied.iter(_SPARKLINE))) else None


def _is_moved(element: etree._Element, moved: Callable[[str], str | None]) -> bool:
    """Move what an element is for, if it goes anywhere."""
    areas = element.find(_SQREF)
    there = None if areas is None else moved(areas.text or "")
    if areas is None or there is None:
        return False
    areas.text = there
    return True


def _holder_in(
    target: etree._Element, extension: etree._Element, holder: etree._Element
) -> etree._Element:
    """What holds elements of that kind in the extensions of a sheet."""
    found = next(iter(target.iter(str(holder.tag))), None)
    if found is not None:
        return found
    new = etree.SubElement(
        target, f"{{{etree.QName(target).namespace}}}ext", nsmap={"x14": _X14, "xm": _XM}
    )
    new.set("uri", extension.get("uri", ""))
    made = etree.SubElement(new, str(holder.tag))
    for name, value in holder.attrib.items():
        if not str(name).startswith("{"):
            made.set(str(name), str(value))
    return made


def _copied(element: etree._Element) -> etree._Element:
    """A copy without attributes of namespaces that the part would have to declare."""
    new = etree.Element(str(element.tag), nsmap={"x14": _X14, "xm": _XM})
    new.text = element.text
    for name, value in element.attrib.items():
        if not str(name).startswith("{") or str(name).startswith("{http://www.w3.org/XML/"):
            new.set(str(name), str(value))
    new.extend(_copied(child) for child in element if isinstance(child.tag, str))
    return new
