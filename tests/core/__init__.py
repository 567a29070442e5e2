"""Tests of the core: no file, no sheet."""
