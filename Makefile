# Needs Python 3.11 or newer with venv, and nothing else. Everything is installed into $(VENV);
# pip's own configuration (index, proxy, certificates) is respected. `make` lists the targets.

VENV ?= .venv
PYTHON ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input install
# One more than there are processors, for some tests wait.
WORKERS := $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --durations=20
FUZZ_SECONDS ?= 600
# In `make wheel-test PYTHON=...` and `make test-lowest PYTHON=...` the tests run on this Python.
WHEEL_PYTHON = $(or $(PYTHON),$(BIN)/python)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- environments -------------------------------------------------------------------------------

$(VENV)/.created:
	@python=$$(PYTHON='$(PYTHON)' sh tools/find-python) \
	  && echo "making $(VENV) with $$python" \
	  && "$$python" -m venv --clear $(VENV)
	@$(PIP) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.demo: $(VENV)/.created pyproject.toml
	@echo "installing residency[cli,sql] into $(VENV)"
	@$(PIP) --editable '.[cli,sql]'
	@touch $@

$(VENV)/.test: $(VENV)/.created pyproject.toml
	@echo "installing residency[all] and the test tools into $(VENV)"
	@$(PIP) --editable '.[all]' --group test
	@touch $@

# Azurite stands in for Azure. Where it cannot be had, its tests say so: they are skipped, and fail in CI.
$(VENV)/.azurite: $(VENV)/.created
	@if ! command -v npm >/dev/null; then echo "no npm: Azure is not tested"; \
	else \
	  echo "installing Azurite into $(VENV)"; \
	  npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(VENV)/azurite azurite@3 \
	    && touch $@ || echo "npm failed: Azure is not tested"; \
	fi

$(VENV)/.dev: $(VENV)/.created pyproject.toml
	@echo "installing residency[all] and the development tools into $(VENV)"
	@$(PIP) --editable '.[all]' --group dev
	@touch $@ $(VENV)/.test

$(VENV)/.bench: $(VENV)/.test pyproject.toml
	@echo "installing the benchmarks' tools and peers into $(VENV)"
	@$(PIP) --group bench
	@touch $@

$(VENV)/.mutants: $(VENV)/.test pyproject.toml
	@echo "installing mutmut into $(VENV)"
	@$(PIP) --group mutants
	@touch $@

$(VENV)/.fuzz: $(VENV)/.test pyproject.toml
	@echo "installing atheris into $(VENV)"
	@$(PIP) --group fuzz
	@touch $@

.PHONY: develop
develop: $(VENV)/.dev ## install the package, editable, with every development tool

# --- the two commands of the README -------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.demo ## install, place the shipped sign-ups, write into zones (output: demo-output)
	@$(BIN)/python examples/demo.py

.PHONY: test
test: $(VENV)/.test $(VENV)/.azurite ## install with the test tools, run the whole suite, with branch coverage
	@$(BIN)/coverage erase
	@failed=0; \
	HYPOTHESIS_PROFILE=brief $(PYTEST) --cov --cov-report=term -m "not untraced" || failed=1; \
	echo "now what takes long, and the properties with all their examples; no line is counted" >&2; \
	$(PYTEST) --numprocesses $$(($(WORKERS) + 1)) -m "untraced or hypothesis" || failed=1; \
	exit $$failed

# --- long runs: what CI does briefly, or not at all -----------------------------------------------

.PHONY: crash
crash: $(VENV)/.test ## kill -9 2,000 times a database, restart PostgreSQL 40 times, five minutes of eight processes
	RESIDENCY_KILLS=2000 RESIDENCY_RESTARTS=40 RESIDENCY_SECONDS=300 $(PYTEST) tests/crash

.PHONY: verify
verify: $(VENV)/.test ## compare the engine with the reference over everything there is to ask, for both policies
	$(BIN)/residency verify
	$(BIN)/residency verify examples/four-zones.toml

.PHONY: bench-ledger
bench-ledger: $(VENV)/.bench ## measure the ledger alone: a million records, 10,000 withdrawals a database
	$(BIN)/python benchmarks/run.py ledger

.PHONY: mutants
mutants: $(VENV)/.mutants ## mutate the heart of the library, and see each mutant killed (half an hour)
	$(BIN)/python tools/mutants.py

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## let a coverage-guided fuzzer try each target for FUZZ_SECONDS (600; Linux)
	@set -e; for target in territory policy csv json import; do \
	  echo "fuzzing $$target for $(FUZZ_SECONDS) s"; \
	  $(BIN)/python -m fuzz $$target --seconds $(FUZZ_SECONDS); \
	done

# --- checks -------------------------------------------------------------------------------------

.PHONY: lint
lint: $(VENV)/.dev ## ruff (rules and format) and the import layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV)/.dev ## let ruff format and repair what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: types
types: $(VENV)/.dev ## mypy and pyright, both strict
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

# --- speed --------------------------------------------------------------------------------------

.PHONY: bench
bench: $(VENV)/.bench ## run every benchmark, the ledger's too (many minutes; wants a quiet machine)
	$(BIN)/python benchmarks/run.py

.PHONY: bench-check
bench-check: $(VENV)/.bench ## fail where a ratio is past its target by more than a quarter (2 minutes)
	$(BIN)/python benchmarks/run.py --check

# --- the distribution ---------------------------------------------------------------------------

.PHONY: dist
dist: $(VENV)/.dev ## build the sdist, and the wheel from it, into dist
	@rm -rf dist
	$(BIN)/python -m build --outdir dist

.PHONY: wheel-test
wheel-test: dist ## run the sdist's tests against the installed wheel (PYTHON=python3.13: on that Python)
	$(WHEEL_PYTHON) tools/wheel_test.py dist

.PHONY: test-lowest
test-lowest: dist ## the same with the lowest versions of the dependencies that we declare
	$(WHEEL_PYTHON) tools/wheel_test.py dist --lowest

.PHONY: clean
clean: ## remove everything that make made
	rm -rf $(VENV) build dist demo-output .coverage .coverage.* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find . -not -path "./.git/*" -name __pycache__ -type d -prune -exec rm -rf {} +
