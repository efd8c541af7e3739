"""What is of Spark alone: one switch for all published views, and messages that name the setting.

Guards against: readers who see half a build on an engine without transactions, and figures in the time zone of a session.
"""

import os
import re
import subprocess

import pytest
from conftest import MARTS, ROOT, SAMPLE, read_rows

pytestmark = pytest.mark.engines("spark")
takes_minutes = pytest.mark.skipif("LONG" not in os.environ, reason="several builds take many minutes here: make test-spark-long")
LATEST = "select latest_build.build_started_at, count(*) from {0}_published.latest_build cross join {0}_published.orders group by 1"
BUILDS = "select count(distinct build_id) from {}_builds.orders"


def test_published_views_show_the_build(sample):
    """The whole build with its tests passed, so readers see it, with the same rows as in the marts."""
    for mart in MARTS:
        assert sample.rows((mart,), f"{sample.schema}_published.") == sample.rows((mart,))


@takes_minutes
def test_readers_keep_the_build_that_passed(warehouse):
    """A build with too many rejected rows switches nothing; the next good one switches everything, and keeps the one before."""
    warehouse.build_and_test()
    [first] = warehouse.query(LATEST.format(warehouse.schema))
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *([row[0], *[""] * (len(row) - 1)] for row in rows)]})
    assert "STOPPED: more than 5% of a raw table would be rejected" in warehouse.refused()
    warehouse.deliver({"conversions": [header, *rows[:-10]]})
    warehouse.build_and_test()
    [second] = warehouse.query(LATEST.format(warehouse.schema))
    assert second[0] > first[0] and second[1] < first[1]
    assert warehouse.query(BUILDS.format(warehouse.schema)) == [(2,)]
    warehouse.build_and_test()
    assert warehouse.query(BUILDS.format(warehouse.schema)) == [(2,)]


@takes_minutes
def test_what_another_build_touched_is_not_published(warehouse):
    """Such a table may hold the other build's rows."""
    warehouse.build_and_test()
    before = warehouse.query(LATEST.format(warehouse.schema))

    def touch(event) -> None:
        if event.info.name == "LogModelResult" and "int_reconciliation" in event.info.msg:
            warehouse.execute(f"alter table {warehouse.schema}_intermediate.int_reconciliation set tblproperties ('built_by.another' = 'true')")

    done = warehouse.dbt("build", "--exclude-resource-type", "unit_test", callbacks=[touch])
    assert done.returncode == 1 and "NOT PUBLISHED: another build ran meanwhile, and replaced int_reconciliation" in done.stdout
    assert warehouse.query(LATEST.format(warehouse.schema)) == before


def test_published_views_describe_their_columns(sample):
    described = {name: comment for name, _, comment in sample.ask(f"describe {sample.schema}_published.customer_ltv")}
    assert len(described) > 10 and all(described.values())


@takes_minutes
def test_unit_tests_pass(sample):
    done = sample.dbt("test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout[-5000:]
    assert int(re.search(r"PASS=(\d+)", done.stdout).group(1)) > 100


def test_failed_connection_says_which_variable_to_set():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")} | {"SPARK_PORT": "1"}
    done = subprocess.run(["make", "build", "TARGET=spark"], cwd=ROOT, env=environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "SPARK_HOST=127.0.0.1 (not set), SPARK_PORT=1," in said


def test_missing_raw_tables_are_named(sample):
    sample.variables = {"raw_schema": "elsewhere"}
    said = " ".join(sample.dbt("run", "--select", "base_marketing__sessions").stdout.split())
    sample.variables = {}
    assert "There is no raw table elsewhere.sessions" in said and "see the vars raw_*" in said
