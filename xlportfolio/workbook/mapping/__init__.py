"""Which found table is which of a portfolio's tables, and which header means which field."""
