"""The cell functions in LibreOffice Calc, and workbooks recalculated there, losing no byte."""
