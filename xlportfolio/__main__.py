"""`python -m xlportfolio`: the command line."""

from xlportfolio.cli import main

if __name__ == "__main__":
    main()
