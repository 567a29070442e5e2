"""Reconciliation: counts and totals of every input against the results, and what was left out."""

from xlportfolio.reconciliation.answer import ReconciledLine, Reconciliation
from xlportfolio.reconciliation.reconcile import reconcile

__all__ = ["ReconciledLine", "Reconciliation", "reconcile"]
