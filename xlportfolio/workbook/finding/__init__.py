"""Finding the tables that stand on the sheets of a workbook."""
