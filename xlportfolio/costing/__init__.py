"""Costing: what every project costs from now on, by month and kind, in whole cents."""

from xlportfolio.costing.answer import NO_KIND, CostTable
from xlportfolio.costing.costs import cost_table

__all__ = ["NO_KIND", "CostTable", "cost_table"]
