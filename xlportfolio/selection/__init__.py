"""Selection: the portfolio of most value within every limit, and why each project is in or out."""
