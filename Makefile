# The commands of this project. `make run` and `make test` need nothing before them but Python 3.11 or newer and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-binary dkimpy --require-hashes

.PHONY: help run test demo lint format types imports migrations check lock bench e2e

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the environment: made once, and again when a lock file changes ---------------------------------------------------
# The first Python that fits and can make an environment; PYTHON=... chooses another.
$(VENV)/.made:
	@rm -rf $(VENV)
	@fits=; found=; \
	for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; fits=$$candidate; \
	  "$$candidate" -c 'import ensurepip, venv' 2>/dev/null || continue; found=$$candidate; break; \
	done; \
	if [ -z "$$fits" ]; then echo "Migrator needs Python 3.11 or newer; none was found. On Debian 12: apt install python3 python3-venv" >&2; exit 1; fi; \
	if [ -z "$$found" ]; then echo "$$fits cannot make an environment: its venv module is missing. apt install python3-venv" >&2; exit 1; fi; \
	echo "Making the environment with $$("$$found" --version) ..."; \
	"$$found" -m venv $(VENV)
	@touch $@

$(VENV)/.run-ok: requirements.lock | $(VENV)/.made
	@echo "Installing what the product needs (once, about 20 seconds) ..."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.test-ok: requirements-dev.lock $(VENV)/.run-ok
	@echo "Installing what tests and checks need ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@

# --- use ----------------------------------------------------------------------------------------------------------------
run: $(VENV)/.run-ok ## start everything; stop with Ctrl-C (PORT=8001 make run for another port)
	@exec $(PY) manage.py serve

demo: $(VENV)/.run-ok ## load the demo and print how to sign in
	@$(PY) manage.py prepare && exec $(PY) manage.py demo

# --- check ----------------------------------------------------------------------------------------------------------------
test: $(VENV)/.test-ok ## every test, on SQLite and, where their programs are found, on PostgreSQL and Redis
	@exec $(PY) -m tests.run

e2e: $(VENV)/.test-ok ## the browser tests alone
	@exec $(PY) -m tests.run --only browser

lint: $(VENV)/.test-ok ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(VENV)/.test-ok ## write the format, and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

types: $(VENV)/.test-ok ## mypy, strict in engine/
	@$(PY) -m mypy

imports: $(VENV)/.test-ok ## the floors: imports run downhill
	@$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

migrations: $(VENV)/.test-ok # no model without its migration
	@folder=$$(mktemp -d) && DATA_DIR=$$folder $(PY) manage.py makemigrations --check --dry-run; status=$$?; rm -rf "$$folder"; exit $$status

check: lint types imports migrations test ## all of it

bench: $(VENV)/.test-ok ## the measurements in benchmarks/
	@for file in benchmarks/*.py; do [ -e "$$file" ] && echo "== $$file" && $(PY) "$$file" || exit 1; done

# --- for maintainers ------------------------------------------------------------------------------------------------------
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: $(VENV)/.made ## make both lock files again from the two .in files
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PY) -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$folder/bin/$(firstword $(COMPILE))" $(wordlist 2,99,$(COMPILE)) requirements.in -o requirements.lock && \
	"$$folder/bin/$(firstword $(COMPILE))" $(wordlist 2,99,$(COMPILE)) requirements-dev.in -c requirements.lock -o requirements-dev.lock
