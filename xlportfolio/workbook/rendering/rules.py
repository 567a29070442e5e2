"""Conditional formats and validations of a sheet description, as elements of its worksheet."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from xlportfolio.errors import InputError
from xlportfolio.wording import counted
from xlportfolio.workbook.description import ConditionalFormat, SheetDescription, Validation
from xlportfolio.workbook.rendering.styles import Stylesheet, argb

MAX_CHOICES_TEXT = 255
MAX_PROMPT_TITLE = 32
MAX_PROMPT = 255

LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_BAR_IN_RULE = "{B025F937-C7B1-47D3-B67F-A62EFF666E3E}"
_BARS_IN_SHEET = "{78C0D931-6437-407d-A8EE-F0AAD7539E65}"
_NEGATIVE_BAR = "FFD55E00"
_BAR_IDS = uuid.UUID("5b0c0b5e-2f0c-4d55-9d2e-6d2a7a4f9d11")


def _formula(text: str) -> str:
    return escape(text.removeprefix("="))


def conditional_formats_xml(description: SheetDescription, stylesheet: Stylesheet) -> Iterator[str]:
    for priority, rule in enumerate(description.conditional_formats, start=1):
        yield f'<conditionalFormatting sqref="{rule.range.address}">'
        yield _rule(description, rule, priority, stylesheet)
        yield "</conditionalFormatting>"


def _rule(
    description: SheetDescription, rule: ConditionalFormat, priority: int, stylesheet: Stylesheet
) -> str:
    if rule.kind in ("scale", "bar"):
        expected = (2, 3) if rule.kind == "scale" else (1,)
        if len(rule.colours) not in expected:
            raise InputError(
                f'The {rule.kind} over {rule.range.address} of sheet "{description.name}" has '
                f"{len(rule.colours)} colours; expected {' or '.join(map(str, expected))}."
            )
        colours = "".join(f'<color rgb="{argb(colour)}"/>' for colour in rule.colours)
        if rule.kind == "scale":
            middle = '<cfvo type="percentile" val="50"/>' if len(rule.colours) == 3 else ""
            return (
                f'<cfRule type="colorScale" priority="{priority}"><colorScale><cfvo type="min"/>'
                f'{middle}<cfvo type="max"/>{colours}</colorScale></cfRule>'
            )
        return (
            f'<cfRule type="dataBar" priority="{priority}"><dataBar><cfvo type="min"/>'
            f'<cfvo type="max"/>{colours}</dataBar><extLst><ext xmlns:x14="{_X14}" '
            f'uri="{_BAR_IN_RULE}"><x14:id>{_bar_id(description, priority)}</x14:id></ext>'
            "</extLst></cfRule>"
        )
    needed = 2 if rule.operator in ("between", "notBetween") else 1
    if len(rule.values) != needed or (rule.kind == "cell") != (rule.operator is not None):
        raise InputError(
            f'The conditional format over {rule.range.address} of sheet "{description.name}" has '
            f"{len(rule.values)} values and operator {rule.operator}; expected {needed} and an "
            'operator for kind "cell" alone.'
        )
    style = ""
    if rule.format is not None:
        style = f' dxfId="{stylesheet.dxf_for(rule.format)}"'
    kind = "expression" if rule.kind == "formula" else "cellIs"
    operator = f' operator="{rule.operator}"' if rule.operator else ""
    formulas = "".join(f"<formula>{_formula(value)}</formula>" for value in rule.values)
    return f'<cfRule type="{kind}"{style} priority="{priority}"{operator}>{formulas}</cfRule>'


def _bar_id(description: SheetDescription, priority: int) -> str:
    """An ID that ties a data bar to its extension: the same for the same sheet and rule."""
    return "{" + str(uuid.uuid5(_BAR_IDS, f"{description.name} {priority}")).upper() + "}"


def data_bar_extension(description: SheetDescription) -> str:
    """Data bars as Excel 2010 draws them: plain, from zero, negative values to the other side."""
    bars = []
    for priority, rule in enumerate(description.conditional_formats, start=1):
        if rule.kind == "bar":
            bars.append(
                '<x14:conditionalFormatting xmlns:xm="http://schemas.microsoft.com/office/excel/'
                f'2006/main"><x14:cfRule type="dataBar" id="{_bar_id(description, priority)}">'
                '<x14:dataBar minLength="0" maxLength="100" gradient="0">'
                '<x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/>'
                f'<x14:negativeFillColor rgb="{_NEGATIVE_BAR}"/><x14:axisColor rgb="FF7F7F7F"/>'
                f"</x14:dataBar></x14:cfRule><xm:sqref>{rule.range.address}</xm:sqref>"
                "</x14:conditionalFormatting>"
            )
    if not bars:
        return ""
    return (
        f'<extLst><ext xmlns:x14="{_X14}" uri="{_BARS_IN_SHEET}"><x14:conditionalFormattings>'
        f"{''.join(bars)}</x14:conditionalFormattings></ext></extLst>"
    )


def validations_xml(description: SheetDescription) -> str:
    rules = [_validation(description.name, rule) for rule in description.validations]
    if not rules:
        return ""
    return f'<dataValidations count="{len(rules)}">{"".join(rules)}</dataValidations>'


def _validation(sheet: str, rule: Validation) -> str:
    where = f"[{sheet}!{rule.range.address}]"
    values = [_formula(value) for value in rule.values]
    if rule.kind == "list" and rule.choices:
        values = [escape(_choices(rule.choices, where))]
    needed = 1
    if rule.kind not in ("list", "custom") and rule.operator in ("between", "notBetween"):
        needed = 2
    if len(values) != needed:
        raise InputError(
            f'The validation "{rule.kind}" has {counted(len(values), "value")}; '
            f"expected {needed} {where}."
        )
    if len(rule.title) > MAX_PROMPT_TITLE or len(rule.message) > MAX_PROMPT:
        raise InputError(
            f'The message of the validation "{rule.title}" is too long; expected a title of at '
            f"most {MAX_PROMPT_TITLE} and a text of at most {MAX_PROMPT} characters {where}."
        )
    attributes = f'type="{rule.kind}"'
    if not rule.strict:
        attributes += ' errorStyle="warning"'
    if rule.kind not in ("list", "custom") and rule.operator != "between":
        attributes += f' operator="{rule.operator}"'
    attributes += ' allowBlank="1" showInputMessage="1" showErrorMessage="1"'
    for name, text in (
        ("errorTitle", rule.title),
        ("error", rule.message),
        ("promptTitle", rule.title if rule.message else ""),
        ("prompt", rule.message),
    ):
        attributes += f" {name}={attribute_text(text)}" if text else ""
    formulas = "".join(f"<formula{i}>{v}</formula{i}>" for i, v in enumerate(values, start=1))
    return f'<dataValidation {attributes} sqref="{rule.range.address}">{formulas}</dataValidation>'


def attribute_text(text: str) -> str:
    """Text of a message in an attribute, a line break as Excel writes it."""
    return quoteattr(LOOKS_ESCAPED.sub("_x005F_", text).replace("\n", "_x000a_"))


def _choices(choices: Sequence[str], where: str) -> str:
    for choice in choices:
        if "," in choice:
            raise InputError(
                f'The choice "{choice}" holds a comma, which separates the choices of a list; '
                f"put the choices into cells and name their range instead {where}."
            )
    text = ",".join(choices)
    if len(text) > MAX_CHOICES_TEXT:
        raise InputError(
            f"The {len(choices)} choices have {len(text)} characters together; expected at most "
            f"{MAX_CHOICES_TEXT}. Put them into cells and name their range instead {where}."
        )
    return '"' + text.replace('"', '""') + '"'
