"""Levelling: start dates moved inside their windows so that the plan fits the people there are."""
