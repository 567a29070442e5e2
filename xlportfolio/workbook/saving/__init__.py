"""A workbook replaced whole or not at all: locks, backups and the undo store."""
