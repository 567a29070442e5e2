"""Edits spliced into a sheet, byte for byte elsewhere, and what must not be edited."""
