"""Which values of formulas are out of date, and why: what a formula reads, what depends on what."""
