"""The cell functions, one thin module per family."""
