"""Scoring: ratings on criteria become one score for each project."""
