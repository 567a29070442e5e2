"""Sheets of ours: rendered into a package that is not ours, replaced, and taken out again."""
