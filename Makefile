# Everything runs in .venv, which the targets make for themselves. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build check-data load-sample roles test test-postgres test-long diff bench requirements clean

VENV_PYTHON := .venv/bin/python
# Not .venv/bin/dbt, which stops working when the folder is moved; run as a module, dbt warns of how it imports itself.
DBT := $(VENV_PYTHON) -W ignore::RuntimeWarning:runpy -m dbt.cli.main
# Whatever else this machine's dbt is set up for, the project uses its own profile.
export DBT_PROFILES_DIR := $(CURDIR)
unexport DBT_TARGET DBT_PROFILE DBT_PROJECT_DIR DBT_WARN_ERROR_OPTIONS PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Your own data: make build DATA=/path/to/folder, also one with an apostrophe in it.
VARS := $(if $(DATA),--vars 'raw_data: "$(subst ','\'',$(DATA))"')
# Another engine: make build TARGET=postgres.
TARGET := duckdb
ifneq ($(TARGET),duckdb)
ifdef DATA
$(error DATA is for DuckDB. On $(TARGET) the raw tables are those that the vars raw_* name, see README.md)
endif
endif
# dbt ends with 2 where it could not begin. That is mostly a matter of the connection, and it names no variable.
EXPLAINED := || { code=$$?; if [ $(TARGET) = postgres ] && [ $$code = 2 ]; then \
	echo "If it is about the connection: that is taken from PGHOST=$${PGHOST-127.0.0.1 (not set)}, PGPORT=$${PGPORT-5432 (not set)}, PGUSER=$${PGUSER-transformer (not set)},"; \
	echo "PGDATABASE=$${PGDATABASE-customer_insights (not set)} and PGPASSWORD ($$([ "$${PGPASSWORD-}" ] && echo set || echo not set)). See README.md, On PostgreSQL."; \
	fi >&2; exit $$code; }

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

build: .venv/.built dbt_packages/.installed ## Build and test everything on DuckDB with the sample data, and print the answer.
	@echo "Building and testing the marts (about 10 seconds) ..."
	@$(DBT) --quiet --warn-error build --target $(TARGET) --exclude-resource-type unit_test $(if $(FULL_REFRESH),--full-refresh) $(VARS) $(EXPLAINED)
	@if [ $(TARGET) = duckdb ]; then $(VENV_PYTHON) bi/publish.py "$${DUCKDB_PATH:-customer_insights.duckdb}"; fi

check-data: .venv/.built dbt_packages/.installed ## Say what is in the raw tables, and what would be rejected and why.
	@$(DBT) --quiet run-operation check_data --target $(TARGET) $(VARS) $(EXPLAINED)

load-sample: .venv/.built dbt_packages/.installed ## Load the sample into the raw tables of another engine: TARGET=postgres.
	@if [ $(TARGET) = duckdb ]; then echo "DuckDB reads the sample where it lies. For another engine: make load-sample TARGET=postgres" >&2; exit 1; fi
	@$(DBT) --quiet --warn-error seed --select path:seeds/sample --target $(TARGET) $(EXPLAINED)

# It only prints: there is no connection, and no password to ask for.
roles: .venv/.built dbt_packages/.installed ## Print the SQL that sets up who may do what on PostgreSQL, to be read before it is run.
	@PGPASSWORD= $(DBT) --quiet compile --inline '{{ roles() }}' --no-populate-cache --no-introspect --target postgres

test: .venv/.tested dbt_packages/.installed ## Check everything: lint, data tests, unit tests, pytest (about 5 minutes).
	@echo "Linting SQL ..."
	@$(VENV_PYTHON) -m sqlfluff lint --disable-progress-bar models tests analyses
	@echo "Building and testing the sample data, and running the tests that need several builds ..."
	@$(VENV_PYTHON) -m pytest -n 2 --dist loadfile tests/python

test-postgres: .venv/.tested dbt_packages/.installed ## Check everything on a PostgreSQL server of its own, or on the one that PGHOST names (about 8 minutes).
	@$(VENV_PYTHON) -m pytest --engine postgres tests/python

test-long: .venv/.tested dbt_packages/.installed ## Build 300 random histories load by load, and kill 50 builds (about 90 minutes).
	@HISTORIES=300 KILLS=50 $(VENV_PYTHON) -m pytest -n 2 --dist loadfile tests/python/test_histories.py tests/python/test_interruptions.py

diff: .venv/.tested dbt_packages/.installed ## Say what your change does to rows, values and columns, in Markdown: BASE=origin/main (about a minute).
	@$(VENV_PYTHON) .ci/diff.py $(if $(BASE),'$(BASE)')

bench: .venv/.built dbt_packages/.installed ## Measure the build on made-up data: SESSIONS=5000000 (up to 100 million), KEEP=1 keeps it.
	@$(VENV_PYTHON) benchmarks/bench.py --sessions $(or $(SESSIONS),5000000) $(if $(KEEP),--keep)

requirements: ## Pin the newest allowed versions again; needs uv.
	uv pip compile $(PIN) requirements-test.in -o requirements-test.txt
	uv pip compile $(PIN) requirements.in -c requirements-test.txt -o requirements.txt
PIN := --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links

clean: ## Remove everything that the other targets made.
	rm -rf .venv dbt_packages target logs customer_insights.duckdb customer_insights.duckdb.wal published.duckdb .pytest_cache

.venv/.built: requirements.txt
	@set -- $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3); tried="$$*"; \
	python=$$(for name in "$$@"; do \
	if "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null; then echo "$$name"; break; fi; \
	done); \
	if [ -z "$$python" ]; then \
	echo "Python 3.11, 3.12 or 3.13 is needed; none of these is it: $$tried."; \
	echo "Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13; others: https://www.python.org."; \
	echo "Or name yours: make build PYTHON=/path/to/python3"; exit 1; fi >&2; \
	if ! "$$python" -c 'import ensurepip, venv' 2> /dev/null; then \
	echo "$$python has no venv. Debian, Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	echo "Making .venv with $$python, and installing dbt and DuckDB into it (about 30 seconds) ..." >&2; \
	"$$python" -m venv --clear .venv
	@$(VENV_PYTHON) -m pip install -qq --require-hashes -r requirements.txt
	@touch $@

.venv/.tested: .venv/.built requirements-test.txt
	@echo "Installing the test tools (about 30 seconds) ..." >&2
	@$(VENV_PYTHON) -m pip install -qq --require-hashes -r requirements-test.txt
	@touch $@

INCOMPLETE = $(if $(wildcard dbt_packages/dbt_utils/macros),$(if $(wildcard dbt_packages/dbt_expectations/macros),,again),again)
.PHONY: again
again:

# Where the hub cannot be reached, dbt deps fails with 300 lines that help nobody; the log keeps them.
dbt_packages/.installed: packages.yml package-lock.yml $(shell find offline_packages -type f) $(INCOMPLETE) | .venv/.built
	@echo "Installing the dbt packages (about 10 seconds) ..." >&2
	@mkdir -p logs
	@$(DBT) deps > logs/deps.log 2>&1 || { \
	echo "The dbt package hub cannot be reached (see logs/deps.log): using our stand-ins in offline_packages/." >&2; \
	rm -rf dbt_packages; mkdir dbt_packages; cp -R offline_packages/dbt_* dbt_packages/; }
	@touch $@
