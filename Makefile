# Everything runs from .venv, which is built from requirements.lock with python3 and pip alone.
#   make test PY=python3.12            another interpreter
#   make test ARGS="-n auto -k porsi"  more arguments for the command behind a target

PY    ?= python3
UV    ?= uv
ARGS  ?=
DEMO  ?= var/demo
CLOCK ?= 2004-05-03T10:00:00+07:00
BIN   := .venv/bin
PIP   := $(PY) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet --no-warn-script-location

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help campaign screens translations opening-day test check lint types contracts fmt bench proof growth server terminal lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The stamp of a finished installation. pip 22.3 or newer is enough; neither python3-venv nor root is needed.
.venv/ok: requirements.lock pyproject.toml
	@$(PY) -c 'import sys; sys.exit("siskohat needs Python 3.11 or newer; try: make PY=python3.11") if sys.version_info < (3, 11) else None'
	@echo "building .venv from requirements.lock (once, about a minute)"
	@rm -f $@
	$(PY) -m venv --without-pip .venv
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

opening-day: .venv/ok  ## the full opening day: a real host, 3,566 terminals, its evening; settled, closed, verified
	$(BIN)/siskohat-bench opening-day --evening $(ARGS)

test: .venv/ok  ## the tests
	$(BIN)/python -m pytest $(ARGS)

check: lint types contracts test  ## format, lint, types, contracts, tests: before every commit

lint: .venv/ok  ## ruff: format and rules
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: .venv/ok  ## mypy --strict on all packages
	$(BIN)/mypy --strict

contracts: .venv/ok  ## import-linter: which module may import which
	$(BIN)/lint-imports --no-logo

fmt: .venv/ok  ## put the code into the house's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: .venv/ok  ## micro-benchmarks of single steps (bench/micro)
	$(BIN)/python -m pytest bench/micro --override-ini addopts=--import-mode=importlib \
	    --override-ini python_files='*.py' --benchmark-only $(ARGS)

# A package that `make proof` alone wants: into var/, where it can be had for this Python.
define extra
@test -d var/$(1) || $(PIP) --no-deps --only-binary :all: --require-hashes -r tests/proof/$(1).txt \
    --target var/$(1) 2> /dev/null || { rm -rf var/$(1); echo "no $(1) for this Python: that part is not run"; }
endef

proof: .venv/ok  ## the programme of proofs: power cuts, kills, faults, rot; writes docs/proof-report.md
	$(call extra,atheris)
	$(call extra,schemathesis)
	$(BIN)/python -m tests.proof.report $(ARGS)

campaign: .venv/ok  ## go on with T01, T03, T07 or T09 towards its whole figure: make campaign ARGS="T03 --minutes 20"
	$(BIN)/python -m tests.proof.campaign $(ARGS)

growth: .venv/ok  ## how speed, memory and disk move as the ledger grows
	$(BIN)/siskohat-bench growth $(ARGS)

$(DEMO): | .venv/ok
	$(BIN)/siskohat-bench demo-country --data $(DEMO) || { rm -rf $(DEMO); exit 1; }

server: .venv/ok $(DEMO)  ## a host on 127.0.0.1 with a demonstration country; prints a sign-on
	@sed -n '/^TELLERS/,/^$$/p' $(DEMO)/README.txt
	@echo "the whole page: $(DEMO)/README.txt; a lost password: $(BIN)/siskohat-server sandi USER --data $(DEMO)"
	$(BIN)/siskohat-server --data $(DEMO) --clock $(CLOCK) $(ARGS)

terminal: .venv/ok  ## a teller's terminal for the host of `make server`
	$(BIN)/siskohat-terminal $(ARGS)

screens: .venv/ok  ## pictures of the panels into docs/screens
	$(BIN)/python -m tests.panels.screens

translations: .venv/ok  ## the template for translators: var/siskohat.pot
	$(BIN)/python -m terminal.pot var/siskohat.pot

lock:  ## pin pyproject.toml and its extras anew (needs uv; ARGS=--upgrade for newer versions)
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --all-extras $(ARGS) \
	    --python-version 3.11 pyproject.toml --output-file requirements.lock

clean:  ## remove .venv, caches and var/ (demonstration data, run results)
	rm -rf .venv var dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
