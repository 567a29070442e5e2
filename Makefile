# Needs python3 (3.11 or later) with venv and pip; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench
.DELETE_ON_ERROR:

# Made anew when the dependencies may have changed.
.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	    { echo "Install the venv module, for example: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

demo: .venv/installed
	$(BIN)/xlportfolio demo

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	@.ci/install-programs
	$(BIN)/python -m pytest

bench: .venv/installed
	@set -e; for file in $$(grep -l __main__ benchmarks/*.py); do \
	    name=$$(basename $$file .py); \
	    echo "== benchmarks.$$name"; \
	    $(BIN)/python -m benchmarks.$$name; \
	done
