# Everything starts from `make`: it lists what there is. Needs Python 3.11 to 3.13 and a network the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-peers

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Wireroom needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}: make PYTHON=python3.13")'
	@echo "installing into $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

.PHONY: install
install: $(STAMP) ## set up .venv

.PHONY: demo
demo: $(STAMP) ## start a broker and a worker, publish seeds/, show the enriched articles
	@$(BIN)/wireroom demo

.PHONY: test
test: $(STAMP) ## run the tests on a real broker, a container where an engine runs, else embedded
	@$(BIN)/python -m pytest -q -m "not fault" tests

FAULTS ?= tests

.PHONY: faults
faults: $(STAMP) ## kill, pause and cut things while articles pass (FAULTS=path: those alone)
	@$(BIN)/python -m pytest -q -m fault $(FAULTS)

MINUTES ?= 30

.PHONY: soak
soak: $(STAMP) ## draw faults for MINUTES=30 and print what became of the articles
	@$(BIN)/python -m tests.faults.soak --minutes $(MINUTES)

.PHONY: check
check: $(STAMP) ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

.PHONY: format
format: $(STAMP) ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(PEERS)/.installed: pyproject.toml
	@echo "installing the peers into $(PEERS) ..." >&2
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -e '.[bench]'
	@touch $@

BENCH ?=

.PHONY: bench
bench: $(PEERS)/.installed ## measure beside peers, some minutes (BENCH="--help": what else can be measured)
	@$(PEERS)/bin/python -m tests.benchmarks.wire $(BENCH)

.PHONY: clean
clean: ## remove the virtual environments and caches
	@rm -rf $(VENV) $(PEERS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
