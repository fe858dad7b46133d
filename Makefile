# `make` lists the targets. The first one that you run sets up .venv: it needs Python 3.11 to 3.14 and a network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-peers

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 14) else f"Wireroom needs Python 3.11 to 3.14, and $(PYTHON) is {v[0]}.{v[1]}; name another one: make PYTHON=python3.13")'
	@echo "installing into $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

.PHONY: install
install: $(STAMP) ## set up .venv

.PHONY: demo
demo: $(STAMP) ## start a broker and a worker, publish seeds/, show the enriched articles
	@$(BIN)/wireroom demo

# One process per core: no test of this part shares anything with another.
UNIT := not broker and not engine and not fault and not external

.PHONY: unit
unit: $(STAMP) ## run the tests that need no broker, in under a minute on two cores
	@$(BIN)/python -m pytest -q -n logical -m "$(UNIT) and not slow" tests

# Each process has a broker of its own; one runs the tests of the compose file. Tests with a broker wait a lot, so there is one
# process more than cores.
.PHONY: test
test: $(STAMP) ## run all tests but the faults and what needs a browser or Prometheus; the broker is a container where a Docker engine runs, else embedded
	@$(BIN)/python -m pytest -q -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadgroup -m "not fault and not external" --hypothesis-profile thorough tests

.PHONY: external
external: $(STAMP) ## run the tests of the page in Chromium and of the alerts in Prometheus, both from Debian's packages
	@$(BIN)/python -m pytest -q -m "external and not fault" tests/web tests/deploy

FAULTS ?= tests

.PHONY: faults
faults: $(STAMP) ## kill, pause and cut things while articles pass (FAULTS=path runs only the tests there)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m fault $(FAULTS)

PYTHON_VERSION ?= 3.14

.PHONY: unit-container
unit-container: ## run the unit tests on another Python, in a container (PYTHON_VERSION=3.14)
	@docker build --quiet --build-arg PYTHON_VERSION=$(PYTHON_VERSION) --file tests/engine/unit.Dockerfile --tag wireroom-unit:$(PYTHON_VERSION) .
	@git ls-files -z --cached --others --exclude-standard | tar --null --files-from - --ignore-failed-read --create \
	  | docker run --rm --init --interactive wireroom-unit:$(PYTHON_VERSION) -q -n logical -m "$(UNIT) and not slow" tests

MINUTES ?= 30

.PHONY: soak
soak: $(STAMP) ## draw faults at random for MINUTES=30 and print the outcome of the articles
	@$(BIN)/python -m tests.faults.soak --minutes $(MINUTES)

.PHONY: check
check: $(STAMP) ## check format, style, types and the layers of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: format
format: $(STAMP) ## format the code and make the fixes that ruff knows
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(PEERS)/.installed: pyproject.toml
	@echo "installing the peers into $(PEERS) ..." >&2
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -e '.[bench]'
	@touch $@

BENCH ?=

.PHONY: bench
bench: $(PEERS)/.installed ## compare with other stream processors, for some minutes (BENCH="--help" lists the measurements)
	@$(PEERS)/bin/python -m tests.benchmarks.wire $(BENCH)

.PHONY: clean
clean: ## remove the virtual environments and caches
	@rm -rf $(VENV) $(PEERS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
