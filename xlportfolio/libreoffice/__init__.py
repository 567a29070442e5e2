"""The cell functions in LibreOffice Calc, and workbooks recalculated there without losing a byte."""
