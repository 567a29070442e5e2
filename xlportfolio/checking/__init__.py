"""Every problem in the tables of a portfolio, by what is checked.

`columns`, `number_columns` and `calendar_columns` read the values of one column; the other modules
each hold the rules about one subject and report to `findings.Findings`. `xlportfolio.tables` calls
them in turn.
"""
