# Two commands from nothing: `make demo` and `make test`. Python 3.11 or newer is all they need.
# uv is used when it is there; otherwise venv and pip.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
  CREATE = uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
  INSTALL = uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
  CREATE = $(PYTHON) -m venv $(VENV)
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types contracts docs clean

help:
	@echo 'make demo    set up and run the main job on the bundled synthetic sample (no key, no network service)'
	@echo 'make test    set up and run every test'
	@echo 'make check   lint, types and import contracts'
	@echo 'make docs    build the documentation in build/site, readable without a server'
	@echo 'make clean   remove the environment and what the demo wrote'

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo 'understudy needs Python 3.11 or newer; none was found on PATH.' >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)$(if $(UV), and uv) ..." >&2
	@$(CREATE)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml constraints.txt
	@echo 'Installing understudy ...' >&2
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo 'Installing understudy and its development tools ...' >&2
	@$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.core

demo: $(VENV)/.core
	@$(BIN)/understudy demo
	@echo 'To use the understudy command in this shell: . $(BIN)/activate' >&2

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

check: lint types contracts

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

$(VENV)/.docs: $(VENV)/.made pyproject.toml constraints.txt
	@echo 'Installing understudy and what builds its documentation ...' >&2
	@$(INSTALL) --editable '.[docs]'
	@touch $@ $(VENV)/.core

docs: $(VENV)/.docs
	$(BIN)/python -m mkdocs build --strict
	@echo 'Open build/site/index.html'

clean:
	rm -rf $(VENV) demo build dist *.egg-info
