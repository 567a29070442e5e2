"""The file as a zip package: its parts, its indexes, and what its sheets hold."""
