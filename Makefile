.DEFAULT_GOAL := help
.PHONY: help reports site test bench browser pictures notebooks lab lock

PYTHON ?= python3
BIN := .venv/bin
# FORCE=1 makes every report again; REALDATA=DIR also reads the providers' own files there
FORCE ?=
REALDATA ?=
# BROWSER=none leaves out the tests that need a browser
BROWSER ?=

marks := $(if $(REALDATA),,not realdata)
ifeq ($(BROWSER),none)
marks := $(if $(marks),$(marks) and )not browser
endif

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed and '$(PYTHON)' is not one; name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv || \
	  { echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@# the lock is whole; with dependencies asked for, uv would add the one left out of it
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --requirement requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

reports: .venv/ready  ## every report that is not up to date, into reports/ (FORCE=1: all)
	@$(BIN)/rareearth report --all $(if $(FORCE),--force)
	@$(BIN)/rareearth site

site: .venv/ready  ## the readers' site of the committed pages, into reports/site/
	@$(BIN)/rareearth site

test: .venv/ready  ## everything that is checked (REALDATA=DIR: providers' files too; BROWSER=none: no browser)
	@$(if $(filter none,$(BROWSER)),echo "Without the tests in a browser: BROWSER=none",$(BIN)/python -m rareearth.browser >/dev/null)
	@$(BIN)/ruff check && $(BIN)/ruff format --check --quiet && $(BIN)/mypy
	@REALDATA=$(REALDATA) $(BIN)/pytest -n auto --maxprocesses 8 --dist loadfile -m "$(marks)"

bench: .venv/ready  ## costs against peers, and each fault a hundred times; some hours
	@$(BIN)/python benchmarks/large.py --out benchmarks/large.md
	@$(BIN)/python benchmarks/sweep.py
	@$(BIN)/python benchmarks/faults.py
	@$(BIN)/python benchmarks/kernels.py speed 2>/dev/null
	@$(BIN)/python benchmarks/kernels.py memory 2>/dev/null
	@$(BIN)/python benchmarks/kernel_kills.py 2>/dev/null

browser: .venv/ready  ## where a browser for the tests is; gets one where there is none
	@$(BIN)/python -m rareearth.browser

pictures: .venv/ready  ## the pictures of the README, again
	@$(BIN)/python tests/browser/pictures.py

notebooks: .venv/ready  ## run notebooks/ in place, so that their stored outputs are current
	@$(BIN)/rareearth notebooks

lab: .venv/ready  ## JupyterLab on the notebooks
	@JUPYTER_CONFIG_PATH=$(CURDIR)/notebooks/.jupyter $(BIN)/jupyter lab \
	  --LabApp.default_url=/lab/tree/notebooks/README.md $(if $(filter 0,$(shell id -u)),--allow-root)

lock: .venv/ready  ## pin the dependencies of pyproject.toml in requirements.lock
	@# rfc3987-syntax only serves a format check that nothing here asks for, and costs every import of jsonschema a second
	@$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
	  --no-annotate --no-header --no-emit-package rfc3987-syntax --upgrade --output-file requirements.lock
