"""The workbook that is open in Excel, behind the workbook protocol."""
