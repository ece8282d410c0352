# Everything here needs Python 3.11 or later, make and git, and nothing else.

# Which Python makes the environment: `make setup PYTHON=/path/to/python3`. Without it, the first that is new enough.
PYTHON         ?=
# Test processes side by side, each with a Neo4j of its own (about 700 MB); 0 runs them in this process.
PYTEST_WORKERS ?= 2
# More for pytest: `make test PYTEST_ARGS="-k receipts"`.
PYTEST_ARGS    ?=
# How many records `make bench` makes; several sizes one after another.
SIZES          ?= 10000
# Only `make lock` needs uv.
UV             ?= uv

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo run test trials cover check lint types layers docs-fresh format docs answers asks bench lock clean

help: ## Say what there is
	@echo "Golden Thread"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make the environment in .venv (skipped while the lock is unchanged)
	@echo "Ready: $(BIN)/golden-thread"

$(READY): requirements.txt pyproject.toml
	@chosen=""; \
	for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then chosen="$$python"; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "Golden Thread needs Python 3.11 or later; found: $$($(or $(PYTHON),python3) --version 2>&1 || true)." >&2; \
	  echo "Install one, or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$chosen" -m venv --clear $(VENV); then \
	  rm -rf $(VENV); \
	  echo "$$chosen cannot make a virtual environment. On Debian and Ubuntu install python3-venv, then run make again." >&2; exit 1; \
	fi
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Start a Neo4j, load the seed, serve it and print the headline answers
	@$(BIN)/golden-thread demo

run: $(READY) ## Serve the API from the data directory
	@$(BIN)/golden-thread serve

test: $(READY) ## Run every test but the trials against a real Neo4j
	$(BIN)/python -m pytest -m "not trial" -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

trials: $(READY) ## Run the long trials: kills, full disks, every register in one graph
	$(BIN)/python -m pytest -m trial $(PYTEST_ARGS)

cover: $(READY) ## The tests, with the lines and branches they leave out
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(PYTEST_ARGS)

check: lint types layers docs-fresh ## Style, types, layers, and whether generated pages are fresh

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy --strict app graph_schema migrations

layers: $(READY)
	$(BIN)/lint-imports

docs-fresh: $(READY)
	$(BIN)/golden-thread docs --check

format: $(READY) ## Put the code in the agreed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Write the generated pages again
	$(BIN)/golden-thread docs

answers: $(READY) ## Write the answers of the sample into the pages that tell one (starts a Neo4j)
	$(BIN)/python -m tests.documents

asks: $(READY) ## Answer every ask of docs/asks/ on a fresh sample, a line each (starts a Neo4j)
	@$(BIN)/python -m tests.documents.asks

bench: $(READY) ## Measure against baselines of the same run (SIZES="10000 100000") into bench/results.json
	$(BIN)/python -m bench --sizes $(SIZES)

lock: ## Resolve the requirements again (needs uv; only after a change of dependencies)
	$(UV) pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.txt

clean: ## Remove the environment, caches and builds (never your data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
