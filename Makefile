# Everything sets itself up: git, make and Python 3.11 to 3.13 are all that a machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup system demo test style check soak search bench train lock clean
help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: system $(READY) ## install everything into .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed; name it by make PYTHON=python3.11")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

system: ## Debian packages, where apt and root are there
	@sh tools/system.sh

demo: setup ## the whole way on an invented site, in about a minute
	$(BIN)/huanying demo

test: setup ## all tests; what fails amid all the others is tried once more by itself, and both are told
	$(BIN)/pytest -n auto || { echo "--- once more, by itself, what failed:"; $(BIN)/pytest -n 0 --last-failed --last-failed-no-failures none; }

style: setup ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

check: style test ## style and tests

soak: setup ## long fault runs
	$(BIN)/pytest -m soak -n 0

search: setup ## laws, tried on new examples
	$(BIN)/pytest -n auto -m hypothesis --hypothesis-profile=search

.peers: benchmarks/peers.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $@ -r $<
	@touch $@

bench: setup .peers ## measure beside peers, and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.run

train: setup ## make DATA=folder: train the sentiment model anew; STUDY=folder: one for that study alone
	$(BIN)/python -m analysis.learning.training $(DATA) $(if $(STUDY),--study $(STUDY))

lock: $(READY) ## resolve the dependencies anew: names, versions and hashes only
	$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade --output-file requirements.lock

clean: ## remove what was made here
	rm -rf $(VENV) .peers dist huanying-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
