"""Conditional formats and validations in words that can be compared."""

from __future__ import annotations

from typing import Any

from openpyxl.xml.functions import tostring


def rule_text(rule: Any) -> str:
    """A conditional format in words that can be compared, its place in the order left out."""
    tree = rule.to_tree("cfRule")
    for name in ("priority", "dxfId"):
        tree.attrib.pop(name, None)
    shape = tostring(rule.dxf.to_tree("dxf")).decode() if rule.dxf is not None else ""
    return tostring(tree).decode() + shape


def validation_text(rule: Any) -> str:
    """A validation in words that can be compared, without where it holds."""
    tree = rule.to_tree("dataValidation")
    tree.attrib.pop("sqref", None)
    return tostring(tree).decode()
