# `make demo` and `make test` need only Python 3.11 or newer and make.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SCHEMA := docs/openapi.yaml
LOCKING := .local/uv

.PHONY: help setup demo test check lint schema lock bench kills mass-refund-proof clean

help:
	@echo "make demo   serve the product with demo data (PORT=8000, ORDERS=3000)"
	@echo "make test   run every test"
	@echo "make check  run what CI runs"
	@echo "make setup  create the environment alone"
	@echo "make schema rewrite $(SCHEMA);  make lock  resolve the requirements anew"
	@echo "make bench  measure;  make clean  remove the environment and all local data"
	@echo "make kills  kill processes before each of their statements, where the tests try some"
	@echo "make mass-refund-proof  kill a mass refund of 50000 ten times, and hold the books against each other"

setup: $(INSTALLED)

$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name one with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This Python cannot make environments; install the package python3-venv of your system."; exit 1; }
	@echo "Installing the requirements into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/python manage.py demo --port $(PORT) $(if $(ORDERS),--orders $(ORDERS))

# Hundreds of processes start in a run; each would compile everything anew where the environment forbids to keep it.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(INSTALLED)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q

check: lint
	@$(MAKE) --no-print-directory test

lint: $(INSTALLED)
	$(BIN)/python -m ruff format --check --quiet .
	$(BIN)/python -m ruff check --quiet .
	$(BIN)/python -m mypy
	$(BIN)/python $(BIN)/lint-imports --no-cache
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@mkdir -p .local
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file .local/openapi.yaml
	@diff -u $(SCHEMA) .local/openapi.yaml || { echo "$(SCHEMA) is behind the code; run make schema."; exit 1; }

schema: $(INSTALLED)
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(SCHEMA)

lock: $(INSTALLED)
	@$(PYTHON) -m venv --clear $(LOCKING) && $(LOCKING)/bin/python -m pip install --quiet uv
	$(LOCKING)/bin/uv pip compile --quiet $(COMPILE) pyproject.toml --output-file requirements.txt
	$(LOCKING)/bin/uv pip compile --quiet $(COMPILE) pyproject.toml --group dev --output-file requirements-dev.txt

COMPILE := --universal --generate-hashes --no-annotate --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

bench: $(INSTALLED)
	@$(BIN)/python -m tests.bench

kills: $(INSTALLED)
	@PREO_KILL_EVERY=1 $(BIN)/python -m pytest -q -n 2 -k "kill"

mass-refund-proof: $(INSTALLED)
	@$(BIN)/python -m tests.bench.mass_refund

clean:
	@-test ! -x $(BIN)/python || $(BIN)/python manage.py stop_database
	rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
