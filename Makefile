# Everything runs in .venv, and Superset in .venv-bi; the targets make them for themselves. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build convert check-data warnings sql load-sample roles bi docs lint test test-postgres test-spark test-spark-long test-bi test-long check-warehouses bench requirements clean

# Only Spark needs an environment of its own, because pyspark is large.
VENV := $(if $(filter spark,$(TARGET)),.venv-spark,.venv)
VENV_PYTHON := $(VENV)/bin/python
# .venv/bin/dbt stops working when the folder is moved, so dbt runs as a module. Python then warns of an import: -W hides that.
DBT := $(VENV_PYTHON) -W ignore::RuntimeWarning:runpy -m dbt.cli.main
# Whatever else this machine's dbt is set up for, the project uses its own profile.
export DBT_PROFILES_DIR := $(CURDIR)
export DBT_TARGET_PATH ?= target
unexport DBT_TARGET DBT_PROFILE DBT_PROJECT_DIR DBT_WARN_ERROR_OPTIONS PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Your own data: make build DATA=/path/to/folder, also one with an apostrophe in it.
VARS := $(if $(DATA),--vars 'raw_data: "$(subst ','\'',$(DATA))"')
# A folder that is missing would look like one without tables.
DATA_EXISTS := $(if $(DATA),[ -e '$(subst ','\'',$(DATA))' ] || { echo "There is no folder or file $(DATA)." >&2; exit 1; })
# Another engine: make build TARGET=postgres.
TARGET := duckdb
ifneq ($(filter bigquery snowflake redshift databricks,$(TARGET)),)
$(error make builds on duckdb, postgres and spark. docs/warehouses.md says how dbt builds on $(TARGET))
endif
ifneq ($(TARGET),duckdb)
ifdef DATA
$(error DATA is for DuckDB. On $(TARGET) the raw tables are those that the vars raw_* name, see docs/settings.md)
endif
endif
# PLAIN removes what dbt adds to a message: time, colours, stacks of macros and of Python, and the path of the compiled test. The log keeps it.
PLAIN := 2>&1 | sed -u -E -e '/^Could not connect to any of /d; s/\x1b\[[0-9;]*m//g; s/^[0-9]{2}:[0-9]{2}:[0-9]{2} {1,2}//' \
	-e '/^ *> (in|called by) (macro|model|operation|test)/d; /^ *(compiled code at|See test failures:|-{20,}$$|select \* from .*_dbt_test__audit)/d' \
	-e '/^ *Column .* is being converted/,/^ *$$/d; /^ *file = /,/^ *$$/d' \
	-e '/^Traceback /,/^[^ ]/d; /^(During handling of the above|The above exception was)/d' \
	-e '/^ *(\[ERROR\]: Encountered an error:|(Runtime|Compilation|Database) Error( in (operation|model|seed|test) .*)?)$$/d' \
	-e '/^ *Got [0-9]+ results?, configured to fail/d; /^ *[0-9]+ of [0-9]+ (FAIL|ERROR|SKIP)/d' | cat -s
# dbt ends with code 2 if it could not begin. Mostly the connection is the cause, and dbt's message names no variable.
EXPLAINED := || { code=$$?; if [ $(TARGET) = postgres ] && [ $$code = 2 ]; then \
	echo "If it is about the connection: that is taken from PGHOST=$${PGHOST-127.0.0.1 (not set)}, PGPORT=$${PGPORT-5432 (not set)}, PGUSER=$${PGUSER-transformer (not set)},"; \
	echo "PGDATABASE=$${PGDATABASE-customer_insights (not set)} and PGPASSWORD ($$([ "$${PGPASSWORD-}" ] && echo set || echo not set)). See docs/postgresql.md."; \
	elif [ $(TARGET) = spark ] && [ $$code = 2 ]; then \
	echo "If it is about the connection: that is taken from SPARK_HOST=$${SPARK_HOST-127.0.0.1 (not set)}, SPARK_PORT=$${SPARK_PORT-10000 (not set)},"; \
	echo "SPARK_USER=$${SPARK_USER-transformer (not set)} and SPARK_SCHEMA=$${SPARK_SCHEMA-insights (not set)}. See docs/spark.md."; \
	elif tail -n 40 logs/dbt.log | grep -q 'Could not set lock'; then \
	echo "Another program has $$(tail -n 40 logs/dbt.log | sed -n 's/.*Could not set lock on file "\([^"]*\)".*/\1/p' | tail -n 1) open: a build, a loader or a reader."; \
	echo "Wait for it, and build again. Who only reads the marts opens published.duckdb, which no build locks."; \
	fi >&2; exit $$code; }

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

build: $(VENV)/.built dbt_packages/.installed ## Build and test everything, and print the answer: DATA=/your/folder, TARGET=postgres.
	@$(DATA_EXISTS)
	@echo "Building and testing the marts (about half a minute) ..."
	@$(DBT) --quiet --warn-error build --target $(TARGET) --exclude-resource-type unit_test $(VARS) $(PLAIN) $(EXPLAINED)
	@if [ $(TARGET) = duckdb ]; then $(VENV_PYTHON) bi/publish.py "$${DUCKDB_PATH:-customer_insights.duckdb}"; fi

convert: .venv/.built ## Make raw tables of the reports that lie in the folder downloads of DATA: DATA=/your/folder.
	@$(if $(DATA),,echo "Which folder? make convert DATA=/your/folder. See exports/README.md." >&2; exit 1;) \
	$(VENV_PYTHON) exports/convert.py '$(subst ','\'',$(DATA))'

check-data: $(VENV)/.built dbt_packages/.installed ## Say what is in the raw tables, what would be rejected or stop a build, or what a rule catches: DATA=/your/folder, TAG='google / cpc', RULE=110.
	@$(DATA_EXISTS)
	@$(if $(TAG)$(RULE),$(CHECK_CHANNEL),{ code=0; $(CHECK_DATA) || code=$$?; $(SHOW_DATA) || code=$$?; (exit $$code); }) $(PLAIN) | $(NO_PUBLICATION) $(EXPLAINED)
# It runs the tests too, so that it ends with an error where a build would stop. NO_PUBLICATION hides the message NOT PUBLISHED.
CHECK_DATA = $(DBT) --quiet build --select +int_data_warnings int_currency_amounts --indirect-selection cautious --exclude-resource-type unit_test --target $(TARGET) $(VARS)
NO_PUBLICATION = sed -u '/^NOT PUBLISHED: this was only/,/passed whole/d'
SHOW_DATA = $(DBT) --quiet run-operation check_data --target $(TARGET) $(VARS)
# The rules are loaded first, so that one can be tried before a build.
CHECK_CHANNEL = { $(DBT) --quiet seed --select channel_rules --target $(TARGET) $(VARS) && $(DBT) --quiet run-operation $(if $(RULE),show_tags_of_rule,show_rule_of_tag) \
	--target $(TARGET) $(VARS) --args '$(if $(RULE),rule: $(RULE),tag: "$(subst ",\",$(subst ','\'',$(TAG)))")'; }

warnings: $(VENV)/.built dbt_packages/.installed ## Show each data warning of the last build with its advice: TARGET=postgres.
	@$(DBT) --quiet run-operation show_data_warnings --target $(TARGET) $(EXPLAINED)

# Both shells are told to read only, and to begin in the schema that is published.
sql: .venv/.built ## Open an SQL shell on the published tables, or run one query: QUERY='select * from channel_cohorts', TARGET=postgres.
ifeq ($(TARGET),postgres)
	@command -v psql > /dev/null || { echo "psql is missing. Debian, Ubuntu: apt install postgresql-client; macOS: brew install libpq." >&2; exit 1; }
	@PGUSER=$${PGUSER-reporter} PGDATABASE=$${PGDATABASE-customer_insights} PGHOST=$${PGHOST-127.0.0.1} \
	PGOPTIONS="$${PGOPTIONS-} -c search_path=insights_published -c default_transaction_read_only=on" psql --no-psqlrc $(if $(QUERY),--command="$$QUERY")
else ifeq ($(TARGET),spark)
	@echo "make sql is for duckdb and postgres. On Spark use your own client." >&2; exit 1
else
	@file=$$(dirname "$${DUCKDB_PATH:-customer_insights.duckdb}")/published.duckdb; \
	[ -e "$$file" ] || { echo "Nothing has been published yet. Run make build first." >&2; exit 1; }; \
	$(VENV_PYTHON) -m duckdb_cli -no-init -readonly -cmd 'use insights_published' "$$file" $(if $(QUERY),-c "$$QUERY")
endif

load-sample: $(VENV)/.built dbt_packages/.installed ## Load the sample into the raw tables of another engine: TARGET=postgres.
	@if [ $(TARGET) = duckdb ]; then echo "DuckDB reads the sample where it lies. For another engine: make load-sample TARGET=postgres" >&2; exit 1; fi
	@$(DBT) --quiet --warn-error seed --select path:seeds/sample --target $(TARGET) $(EXPLAINED)

# It only prints: there is no connection, and no password to ask for.
roles: .venv/.built dbt_packages/.installed ## Print the SQL that sets up who may do what on PostgreSQL, to be read before it is run.
	@PGPASSWORD= $(DBT) --quiet compile --select roles --no-populate-cache --no-introspect --target postgres

bi: .venv-bi/.built ## Open the dashboards in Superset, on this machine only: TARGET=postgres, PORT=8089.
	@$(if $(filter postgres,$(TARGET)),PGUSER=$${PGUSER-reporter} PGDATABASE=$${PGDATABASE-customer_insights} PGHOST=$${PGHOST-127.0.0.1}) \
	.venv-bi/bin/python bi/start.py --target $(TARGET) --port $(or $(PORT),8088)

# The page contains its data, so that it opens from disk.
docs: .venv/.built dbt_packages/.installed ## Write the documentation and its graph to target/docs/, after make build.
	@$(DBT) --quiet docs generate --static --target $(TARGET)
	@$(VENV_PYTHON) docs/site.py $(DBT_TARGET_PATH)/static_index.html $(DBT_TARGET_PATH)/docs/index.html
	@echo "Tables, columns and their graph: $(DBT_TARGET_PATH)/docs/index.html"

# The environment's own script would stop working when the folder is moved. Its table needs room to say what is wrong.
lint: .venv/.tested .venv-lint/.built dbt_packages/.installed ## Check conventions: SQL, layers, names, contracts, and that every column is tested (about 2 minutes).
	@$(VENV_PYTHON) -m sqlfluff lint --processes 0 --disable-progress-bar models tests
	@$(DBT) --quiet --warn-error parse
	@COLUMNS=180 .venv-lint/bin/python .venv-lint/bin/dbt-bouncer run --show-all-failures

test: lint ## Check everything: lint, data tests, unit tests, pytest (about 10 minutes).
	@echo "Building and testing the sample data, and running the tests that need several builds ..."
	@$(VENV_PYTHON) -m pytest -n 2 --dist loadfile tests/python

test-postgres: .venv/.tested dbt_packages/.installed ## Check everything on a PostgreSQL server of its own, or on the one that PGHOST names (about 8 minutes).
	@$(VENV_PYTHON) -m pytest --engine postgres tests/python

# Its own environment has dbt for all three engines, and Spark itself.
test-spark: .venv-spark/.built dbt_packages/.installed ## Check the sample and the hostile rows on a Spark cluster of its own, or on the one that SPARK_HOST names (about 10 minutes).
	@DATA_SETS=$(or $(DATA_SETS),0) .venv-spark/bin/python -m pytest --engine spark tests/python/test_conformance.py tests/python/test_hostile_rows.py tests/python/test_spark.py

test-spark-long: ## The same with 20 sets of random rows, publication and the unit tests (about 2 hours).
	@LONG=1 DATA_SETS=20 $(MAKE) test-spark

test-bi: .venv/.tested .venv-bi/.built dbt_packages/.installed ## Look at the dashboards in a headless Chromium, on both engines (about 5 minutes).
	@$(VENV_PYTHON) -m pytest tests/bi
	@$(VENV_PYTHON) -m pytest --engine postgres tests/bi

test-long: .venv/.tested dbt_packages/.installed ## Kill 50 builds and let 50 run at once, while readers read, on both engines (about 40 minutes).
	@KILLS=50 $(VENV_PYTHON) -m pytest -n 2 --dist loadfile tests/python/test_interruptions.py tests/python/test_publish.py
	@KILLS=50 $(VENV_PYTHON) -m pytest --engine postgres tests/python/test_interruptions.py tests/python/test_publish.py

check-warehouses: .venv-warehouses/.built dbt_packages/.installed ## Build as on BigQuery, Snowflake, Redshift and Databricks, without an account (about 6 minutes).
	@.venv-warehouses/bin/python -m pytest -W ignore::DeprecationWarning tests/warehouses

bench: $(if $(filter spark,$(ENGINE)),.venv-spark/.built,.venv/.tested) dbt_packages/.installed ## Measure the build on made-up data: SESSIONS=5000000, SOURCE=csv or postgres, ENGINE=spark, KEEP=1 keeps it.
	@$(if $(filter spark,$(ENGINE)),.venv-spark/bin/python,$(VENV_PYTHON)) benchmarks/bench.py --sessions $(or $(SESSIONS),5000000) \
	--source $(or $(SOURCE),parquet) --engine $(or $(ENGINE),duckdb) $(if $(KEEP),--keep)

requirements: ## Pin the newest allowed versions again; needs uv.
	uv pip compile $(PIN) requirements-test.in -o requirements-test.txt
	uv pip compile $(PIN) requirements.in -c requirements-test.txt -o requirements.txt
	uv pip compile $(PIN) requirements-spark.in -c requirements-test.txt -o requirements-spark.txt
	uv pip compile $(PIN) requirements-warehouses.in -o requirements-warehouses.txt
	uv pip compile $(PIN) requirements-bi.in -o requirements-bi.txt
	uv pip compile $(PIN) requirements-lint.in -o requirements-lint.txt
	printf 'dbt-core>=1.11\ndbt-semantic-interfaces~=0.9.0\n' | uv pip compile $(PIN) --no-deps --resolution lowest-direct - -o tests/dbt_versions/oldest.txt
	printf 'dbt-core>=1.13.0b1,<1.14\n' | uv pip compile $(PIN) --no-deps --prerelease allow - -o tests/dbt_versions/newest.txt
# dbt-core 1.12 asks for a parser that it only uses with --use-v2-parser, and that downloads a program from GitHub when it is installed.
PIN := --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --excludes <(echo dbt-core-experimental-parser)
# The files name every package, so that pip need not look for others, and does not find that parser.
INSTALL := -m pip install -qq --no-deps --require-hashes -r

clean: ## Remove everything that the other targets made.
	rm -rf .venv .venv-bi .venv-lint .venv-spark .venv-warehouses .superset dbt_packages target logs customer_insights.duckdb customer_insights.duckdb.wal published*.duckdb .pytest_cache

# $(call make_venv,.venv,4,dbt,30 seconds): an environment for dbt with the newest Python from 3.11 to 3.14, or with PYTHON.
define make_venv
	@python=; found=; \
	for name in $(if $(PYTHON),"$(PYTHON)",python3.14 python3.13 python3.12 python3.11 python3); do \
	version=$$("$$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null) || continue; \
	if [[ $$version == 3.1[1-$(2)] ]]; then python=$$name; break; fi; \
	found+="$${found:+, }$$name is $$version"; \
	done; \
	if [ -z "$$python" ]; then \
	echo "Python 3.11 $(if $(filter 2,$(2)),or,to) 3.1$(2) is needed for $(3), and $${found:-there is none$(if $(PYTHON), at $(PYTHON))}."; \
	if [ "$$found" ]; then \
	echo "Install one beside it. Debian, Ubuntu, if they have it: apt install python3.1$(2)-venv; Fedora: dnf install python3.1$(2);"; \
	echo "macOS: brew install python@3.1$(2); all: uv python install 3.1$(2) (https://docs.astral.sh/uv)."; \
	else \
	echo "Debian 12, Ubuntu 24.04 or newer: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python@3.1$(2)."; \
	fi; \
	echo "If it is not in PATH: make $(or $(firstword $(MAKECMDGOALS)),build) PYTHON=/path/to/python3"; exit 1; fi >&2; \
	if ! "$$python" -c 'import ensurepip, venv' 2> /dev/null; then \
	echo "$$python has no venv. Debian, Ubuntu: apt install python$$version-venv" >&2; exit 1; fi; \
	echo "Making $(1) with $$python, and installing $(3) (about $(4)) ..." >&2; \
	"$$python" -m venv --clear $(1)
endef

.venv/.built: requirements.txt
	$(call make_venv,.venv,4,dbt and DuckDB,30 seconds)
	@.venv/bin/python $(INSTALL) requirements.txt
	@ln -sf ../../mf .venv/bin/mf
	@touch $@

# Superset asks for a msgpack, a pandas and a numpy that were not built for Python 3.13. Its pages report themselves by a picture from
# scarf.sh, which no setting turns off: it was compiled in. The pages may not load it, and so do not even try.
.venv-bi/.built: requirements-bi.txt
	$(call make_venv,.venv-bi,2,Superset,2 minutes and 900 MB)
	@.venv-bi/bin/python $(INSTALL) requirements-bi.txt
	@grep -rl 'gateway\.scarf\.sh' .venv-bi/lib/python3*/site-packages/superset/static/assets | while read -r file; do \
	sed 's|https://[a-z]*\.gateway\.scarf\.sh/pixel/|data:,|' "$$file" > "$$file.new"; mv "$$file.new" "$$file"; done
	@touch $@

.venv/.tested: .venv/.built requirements-test.txt
	@echo "Installing the test tools (about 30 seconds) ..." >&2
	@.venv/bin/python $(INSTALL) requirements-test.txt
	@touch $@

.venv-spark/.built: requirements-spark.txt
	$(call make_venv,.venv-spark,4,dbt and Spark,2 minutes and 800 MB)
	@.venv-spark/bin/python $(INSTALL) requirements-spark.txt
	@touch $@

# dbt-spark and dbt-databricks exclude each other.
.venv-warehouses/.built: requirements-warehouses.txt
	$(call make_venv,.venv-warehouses,4,dbt for four warehouses,2 minutes and 900 MB)
	@.venv-warehouses/bin/python $(INSTALL) requirements-warehouses.txt
	@touch $@

# An environment of its own: dbt-bouncer wants an older DuckDB.
.venv-lint/.built: .venv/.built requirements-lint.txt
	@echo "Making .venv-lint for dbt-bouncer (about 15 seconds) ..." >&2
	@.venv/bin/python -m venv --clear .venv-lint
	@.venv-lint/bin/python $(INSTALL) requirements-lint.txt
	@touch $@

INCOMPLETE = $(if $(wildcard dbt_packages/dbt_utils/macros),$(if $(wildcard dbt_packages/dbt_expectations/macros),,again),again)
.PHONY: again
again:

# Where the hub cannot be reached, dbt deps fails with 300 lines that help nobody; the log keeps them.
dbt_packages/.installed: packages.yml package-lock.yml $(shell find offline_packages -type f) $(INCOMPLETE) | $(VENV)/.built
	@echo "Installing the dbt packages (about 10 seconds) ..." >&2
	@mkdir -p logs
	@$(DBT) deps > logs/deps.log 2>&1 || { \
	echo "The dbt package hub cannot be reached (see logs/deps.log): using our stand-ins in offline_packages/." >&2; \
	rm -rf dbt_packages; mkdir dbt_packages; cp -R offline_packages/dbt_* dbt_packages/; }
	@touch $@
