"""The sheets that a director reads: what a run found, described once for every kind of workbook."""
