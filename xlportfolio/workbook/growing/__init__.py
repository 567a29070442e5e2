"""Excel tables of a closed file that grow, and all that follows them as it does in Excel."""
