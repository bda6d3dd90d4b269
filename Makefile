# svartid: `make demo` shows it, `make test` proves it. Needs Python 3.11, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9

.PHONY: help setup demo test check bench lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(VENV)/.ready ## a .venv with exactly the locked packages

$(VENV)/.ready: requirements.txt pyproject.toml
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv==$(UV_VERSION); }
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## local Kafka and Valkey, a simulated day, a worker and the live board
	$(BIN)/svartid demo

test: setup ## every test, on real parts
	$(BIN)/pytest

check: setup ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## the hot path against stock Faust and a plain loop
	$(BIN)/python -m tests.bench

lock: ## requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra local --group dev --output-file requirements.txt pyproject.toml

clean: ## everything that setup made
	rm -rf $(VENV)
