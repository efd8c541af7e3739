"""Readers see the marts of one build that passed whole, whatever happens to the builds after it.

Guards against: a dashboard that adds up two builds, shows rows that failed their tests, or fails because somebody builds.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time

import duckdb
import psycopg2
import pytest
from conftest import MARTS, ROOT, SAMPLE, read_rows
from test_interruptions import kill_after, start

PUBLISHED = (*MARTS, "int_reconciliation")
# One statement for each table, as a dashboard asks; what they say together only one build can say.
QUESTIONS = [
    "select count(*), sum(total_revenue) from insights_published.customer_ltv",
    "select count(*), sum(conversions), sum(revenue) from insights_published.campaign_funnel",
    "select count(*), sum(conversions), sum(revenue) from insights_published.campaign_funnel_daily",
    "select sum(row_count), sum(amount) from insights_published.int_reconciliation",
]
# Another process, as a BI tool is: it opens the file for each dashboard, and says what it saw.
READER = """
import duckdb, json, sys, time
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(json.dumps([str(connection.execute(question).fetchone()) for question in sys.argv[2:]]), flush=True)
    time.sleep(0.02)
"""


def publisher(warehouse) -> subprocess.Popen:
    """What makes a file for readers of what a DuckDB database has published."""
    command = [sys.executable, str(ROOT / "bi/publish.py"), str(warehouse.database)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build_and_publish(warehouse) -> None:
    """As `make build` does; asserts that it worked."""
    warehouse.build_and_test("--exclude-resource-type", "unit_test")
    if warehouse.target == "duckdb":
        with publisher(warehouse) as publishing:
            assert "published.duckdb" in publishing.communicate()[0]
        assert publishing.returncode == 0


def published(warehouse) -> dict[str, list[tuple]]:
    """All rows, sorted, of the published tables where dbt leaves them."""
    return warehouse.rows(PUBLISHED, "insights_published.")


def answers(warehouse) -> tuple:
    """What a reader sees now."""
    return tuple(str(row) for question in QUESTIONS for row in warehouse.query(question))


class Readers:
    """They read in a loop, in as many ways as the engine has, until they are told to stop."""

    def __init__(self, warehouse, server):
        self.seen, self.errors, self.stopped = [], [], threading.Event()
        if warehouse.target == "duckdb":
            file = warehouse.database.with_name("published.duckdb")
            self.processes = [
                subprocess.Popen([sys.executable, "-c", READER, str(file), *QUESTIONS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for _ in range(2)
            ]
            self.threads = [threading.Thread(target=self.listen, args=(process,)) for process in self.processes]
        else:
            self.processes = []
            levels = ("REPEATABLE READ", "SERIALIZABLE")
            self.threads = [threading.Thread(target=self.ask, args=(warehouse, server, level)) for level in levels]

    def listen(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            self.seen.append(tuple(json.loads(line)))
        self.errors += [process.stderr.read()] if not self.stopped.is_set() else []

    def ask(self, warehouse, server, level: str) -> None:
        try:
            while not self.stopped.is_set():
                with server.connect("reporter", warehouse.database) as connection, connection.cursor() as cursor:
                    connection.set_session(isolation_level=level)
                    found = []
                    for question in QUESTIONS:
                        cursor.execute(question)
                        found.append(str(cursor.fetchone()))
                    self.seen.append(tuple(found))
                time.sleep(0.02)
        except psycopg2.Error as error:
            self.errors.append(error)

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopped.set()
        for process in self.processes:
            process.kill()
        for thread in self.threads:
            thread.join()


def test_what_is_published_is_what_was_built(sample):
    """And nothing else is: neither raw rows, nor identities, nor what was rejected."""
    marts = sample.published()
    assert published(sample) == {table: marts[table] for table in PUBLISHED}
    tables = sample.query("select table_name from information_schema.tables where table_schema = 'insights_published'")
    assert {name for (name,) in tables} == set(PUBLISHED)


def test_descriptions_are_published(sample):
    manifest = json.loads((sample.folder / "target/manifest.json").read_text())
    for table in PUBLISHED:
        columns = manifest["nodes"][f"model.customer_insights.{table}"]["columns"]
        assert sample.comments("insights_published", table) == {name: column["description"] for name, column in columns.items()}


def test_only_whole_builds_that_passed_are_published(warehouse):
    """The marts themselves have changed, and some of their tests have passed."""
    before, marts = published(warehouse), warehouse.published()
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *rows[::2]]})
    for partly in (["--select", "+customer_ltv"], ["--exclude-resource-type", "test", "unit_test"]):
        said = " ".join(warehouse.dbt("build", *partly).stdout.split())
        assert published(warehouse) == before, partly
        assert "NOT PUBLISHED: " in said and "Readers of insights_published keep the last build that passed whole." in said
    assert warehouse.published() != marts
    metrics = read_rows(SAMPLE / "campaign_metrics.csv")
    warehouse.deliver({"campaign_metrics": [metrics[0], *([*row[:1], "", *row[2:]] for row in metrics[1:])]})
    said = " ".join(warehouse.dbt("build", "--exclude-resource-type", "unit_test").stdout.split())
    assert published(warehouse) == before and "NOT PUBLISHED: " in said
    warehouse.deliver({})
    warehouse.build_and_test("--exclude-resource-type", "unit_test")
    assert published(warehouse) == before


def test_publication_is_whole_or_not_at_all(warehouse):
    """The last of the tables cannot be written."""
    before = published(warehouse)
    warehouse.execute("drop table insights_published.int_reconciliation")
    warehouse.execute("create view insights_published.int_reconciliation as select 1 as a")
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *rows[::2]]})
    done = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 1 and "int_reconciliation" in done.stdout[-1000:], done.stdout[-3000:]
    after = published(warehouse)
    assert {mart: after[mart] for mart in MARTS} == {mart: before[mart] for mart in MARTS}


def test_readers_see_one_passed_build_each_time(warehouse, request):
    """Through builds that pass, fail and are killed: no error, no wait for the end, and never figures of two builds."""
    server = request.getfixturevalue("server") if warehouse.target == "postgres" else None
    build_and_publish(warehouse)
    states = [answers(warehouse)]
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    with Readers(warehouse, server) as readers:
        for share in (2, 3):
            warehouse.deliver({"conversions": [header, *rows[::share]]})
            for moment in [random.uniform(3, 12) for _ in range(int(os.environ.get("KILLS", 2)) // 2)]:
                kill_after(moment, start(warehouse))
            build_and_publish(warehouse)
            states.append(answers(warehouse))
            for moment in (0.1, 0.3, 0.5) if warehouse.target == "duckdb" else ():
                kill_after(moment, publisher(warehouse))
            warehouse.deliver({"conversions": [header, *([*row[:3], "never", *row[4:]] for row in rows)]})
            assert warehouse.dbt("build", "--exclude-resource-type", "unit_test").returncode == 1
        before_the_end = len(readers.seen)
        deadline = time.monotonic() + 60
        while len(readers.seen) < before_the_end + 10 and not readers.errors and time.monotonic() < deadline:
            time.sleep(0.1)
    assert readers.errors == [] and len(readers.seen) > 50
    assert len(set(states)) == 3 and set(readers.seen) == set(states)
    assert readers.seen[-1] == states[-1]


@pytest.mark.engines("duckdb")
def test_file_for_readers(warehouse):
    """It says why there is none, is readable by DuckDB 1.4, cannot be written, and is left as it was while somebody builds."""
    file = warehouse.database.with_name("published.duckdb")
    with duckdb.connect(str(warehouse.database.with_name("empty.duckdb"))):
        pass
    done = subprocess.run(
        [sys.executable, str(ROOT / "bi/publish.py"), str(warehouse.database.with_name("empty.duckdb"))], capture_output=True, text=True
    )
    assert done.returncode == 1 and "Nothing to publish" in done.stderr and not file.exists()
    build_and_publish(warehouse)
    with duckdb.connect(str(file), read_only=True) as connection:
        [(tags,)] = connection.execute("select tags from duckdb_databases() where database_name = 'published'").fetchall()
        assert tags["storage_version"].startswith("v1.4")
        comments = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'insights_published' order by all"
        assert connection.execute(comments).fetchall() == warehouse.query(comments)
        assert {table: sorted(connection.execute(f"from insights_published.{table}").fetchall(), key=repr) for table in PUBLISHED} == published(warehouse)
        assert connection.execute("select count(*) from duckdb_tables()").fetchall() == [(4,)]
    assert file.stat().st_mode & 0o222 == 0
    before = file.stat()
    holder = subprocess.Popen([sys.executable, "-c", f"import duckdb, time; c = duckdb.connect({str(warehouse.database)!r}); print(1, flush=True); time.sleep(60)"], stdout=subprocess.PIPE)
    holder.stdout.readline()
    with publisher(warehouse) as refused:
        said = refused.communicate()[0]
    holder.kill()
    holder.wait()
    assert refused.returncode == 1 and said.startswith("Not published for readers, who keep the file of before: ") and "lock" in said, said
    assert file.stat() == before


@pytest.mark.engines("postgres")
def test_grants_and_views_survive(warehouse, server):
    """Also a build that makes all tables anew, and a new version with other columns."""
    server.as_admin("create role guest", warehouse.database)
    try:
        server.as_admin("grant select on insights_published.customer_ltv to guest", warehouse.database)
        server.as_admin("create view public.worth as select customer_id, total_revenue from insights_published.customer_ltv", warehouse.database)
        server.as_admin("alter table insights_published.customer_ltv drop column ltv_tier, add column gone integer not null default 1", warehouse.database)
        server.as_admin("alter table insights_published.customer_ltv alter column purchase_count type text", warehouse.database)
        warehouse.build_and_test("--full-refresh", "--exclude-resource-type", "unit_test")
        columns = "select column_name, data_type from information_schema.columns where table_name = 'customer_ltv' and table_schema = '{}' order by 1"
        assert warehouse.query(columns.format("insights_published")) == warehouse.query(columns.format("insights_marts"))
        ordered = "select customer_id, ltv_tier, purchase_count from {}.customer_ltv order by 1"
        assert warehouse.query(ordered.format("insights_published")) == warehouse.query(ordered.format("insights_marts"))
        grantees = "select distinct grantee from information_schema.role_table_grants where table_name = 'customer_ltv' and table_schema = 'insights_published'"
        assert {name for (name,) in server.as_admin(grantees, warehouse.database)} == {"transformer", "reporter", "guest"}
        assert server.as_admin("select count(*) from public.worth", warehouse.database) == warehouse.query("select count(*) from customer_ltv")
    finally:
        server.as_admin("drop owned by guest", warehouse.database)
        server.as_admin("drop role guest")


@pytest.mark.engines("postgres")
def test_open_transaction_keeps_no_build_waiting(warehouse, server):
    """As of a notebook that somebody left open; it goes on seeing what it saw."""
    with server.connect("reporter", warehouse.database) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ")
        cursor.execute(QUESTIONS[0])
        before = cursor.fetchone()
        header, *rows = read_rows(SAMPLE / "conversions.csv")
        warehouse.deliver({"conversions": [header, *rows[::2]]})
        warehouse.build_and_test("--exclude-resource-type", "unit_test")
        cursor.execute(QUESTIONS[0])
        assert cursor.fetchone() == before != warehouse.query(QUESTIONS[0])[0]
