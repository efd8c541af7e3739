"""Readers see the marts of one build that passed whole, whatever happens to the builds after it.

Guards against: a dashboard that adds up two builds, shows rows that failed their tests, or fails because somebody builds.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

import duckdb
import psycopg2
import pytest
from conftest import MARTS, ROOT, SAMPLE, Postgres, read_rows
from test_interruptions import kill_after, start

PUBLISHED = (*MARTS, "int_reconciliation")
# latest_build differs in every build.
PUBLISHED_NAMES = {*PUBLISHED, "latest_build"}
# One statement for each table, as a dashboard asks; what they say together only one build can say.
QUESTIONS = [
    "select count(*), sum(total_revenue) from insights_published.customer_ltv",
    "select count(*), sum(conversions), sum(revenue) from insights_published.campaign_funnel",
    "select count(*), sum(conversions), sum(revenue) from insights_published.campaign_funnel_daily",
    "select count(*), sum(sessions), sum(revenue) from insights_published.channel_daily",
    "select count(*), sum(customers), sum(total_revenue) from insights_published.channel_cohorts",
    "select count(*), sum(net_revenue) from insights_published.orders",
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
    """Start the process that copies what a DuckDB database has published to the file for readers."""
    command = [sys.executable, str(ROOT / "bi/publish.py"), str(warehouse.database)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build_and_publish(warehouse) -> None:
    """As `make build` does; asserts that it worked."""
    warehouse.build_and_test()
    publish_file(warehouse)


def publish_file(warehouse) -> None:
    """As `make build` does after the build; asserts that it worked. Only DuckDB's readers have a file of their own."""
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
    """Nothing else is published: no raw rows, no identities, and no rejected rows."""
    marts = sample.published()
    assert published(sample) == {table: marts[table] for table in PUBLISHED}
    tables = sample.query("select table_name from information_schema.tables where table_schema = 'insights_published'")
    assert {name for (name,) in tables} == PUBLISHED_NAMES


def test_descriptions_are_published(sample):
    manifest = json.loads((sample.folder / "target/manifest.json").read_text())
    for table in PUBLISHED_NAMES:
        columns = manifest["nodes"][f"model.customer_insights.{table}"]["columns"]
        assert sample.comments("insights_published", table) == {name: column["description"] for name, column in columns.items()}


def test_only_whole_builds_that_passed_are_published(warehouse):
    """The marts themselves have changed, and some of their tests have passed."""
    before, marts = published(warehouse), warehouse.published()
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *rows[::2]]})
    for partly in (["--select", "customer_ltv"], ["--exclude-resource-type", "test", "unit_test"]):
        said = " ".join(warehouse.dbt("build", *partly).stdout.split())
        assert published(warehouse) == before, partly
        assert "NOT PUBLISHED: this was only a part of a build. Readers of insights_published keep the last build that passed whole." in said
    assert warehouse.published() != marts
    metrics = read_rows(SAMPLE / "campaign_metrics.csv")
    warehouse.deliver({"campaign_metrics": [metrics[0], *([*row[:1], "", *row[2:]] for row in metrics[1:])]})
    said = " ".join(warehouse.dbt("build", "--exclude-resource-type", "unit_test").stdout.split())
    assert published(warehouse) == before and "NOT PUBLISHED: " in said


def publish_older_columns(warehouse) -> None:
    """As a version of the project did whose customer_ltv had other columns: one less, one more, and one of another type."""
    for statement in (
        "drop view insights_published.customer_ltv",
        "alter table insights_builds.customer_ltv rename to newer",
        "create table insights_builds.customer_ltv as"
        " select 1 as gone, customer_id, cast(purchase_count as varchar) as purchase_count, total_revenue, build_id from insights_builds.newer",
        "drop table insights_builds.newer",
        "create view insights_published.customer_ltv as"
        " select gone, customer_id, purchase_count, total_revenue from insights_builds.customer_ltv where build_id ="
        " (select build_id from insights_builds.build_log where step = 'publication')",
    ):
        warehouse.execute(statement)


def test_publication_is_whole_or_not_at_all(warehouse):
    """In each of three builds all models and tests pass. During the first, another build replaces a table: the first publishes nothing,
    and ends with an error. In the second, the last of the copies cannot be made. The third is published, although the published
    customer_ltv has other columns."""
    publish_older_columns(warehouse)
    before, copied = published(warehouse), warehouse.query("select count(*) from insights_builds.customer_ltv")
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *rows[::2]]})
    note = (
        "insert into insights_builds.build_log"
        " select 'seed.customer_insights.channel_rules', 'another', max(sequence_number) + 1 from insights_builds.build_log"
    )

    def other_build(event) -> None:
        """The other build finishes its first seed after the last test of this build, and before this build publishes."""
        if event.info.name == "LogHookStartLine" and "on-run-end.0" in event.info.msg:
            warehouse.execute_meanwhile(note)

    done = warehouse.dbt("build", "--exclude-resource-type", "unit_test", callbacks=[other_build])
    assert done.returncode == 1 and "ERROR=1 " in done.stdout
    said = "NOT PUBLISHED: another build ran meanwhile, and replaced channel_rules.\nReaders of insights_published keep the build before."
    assert said in done.stdout, done.stdout[-3000:]
    assert published(warehouse) == before
    assert warehouse.query("select count(*) from insights_builds.customer_ltv") == copied
    assert warehouse.query("select distinct build_id from insights_builds.build_log where step = 'publication'") != [("another",)]
    warehouse.execute("drop view insights_published.int_reconciliation")
    warehouse.execute("drop table insights_builds.int_reconciliation")
    warehouse.execute("create view insights_builds.int_reconciliation as select 1 as a")
    done = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 1 and "int_reconciliation" in done.stdout[-1000:], done.stdout[-3000:]
    assert warehouse.rows(tuple(MARTS), "insights_published.") == {mart: before[mart] for mart in MARTS}
    warehouse.execute("drop view insights_builds.int_reconciliation")
    warehouse.build_and_test()
    marts = warehouse.published()
    assert published(warehouse) == {table: marts[table] for table in PUBLISHED} != before
    columns = "select column_name, data_type from information_schema.columns where table_name = 'customer_ltv' and table_schema = '{}' order by ordinal_position"
    assert warehouse.query(columns.format("insights_published")) == warehouse.query(columns.format("insights_marts"))


def test_readers_see_one_passed_build_each_time(warehouse, request):
    """While builds pass, fail and are killed, readers get no error, need not wait, and never see figures of two builds."""
    server = request.getfixturevalue("server") if warehouse.target == "postgres" else None
    publish_file(warehouse)
    states = [answers(warehouse)]
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    kills = int(os.environ.get("KILLS", 2))
    with Readers(warehouse, server) as readers:
        for share in (2, 3) if kills > 2 else (2,):
            warehouse.deliver({"conversions": [header, *rows[::share]]})
            for moment in [random.uniform(3, 12) for _ in range(kills // 2)]:
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
    assert len(set(states)) == len(states) and set(readers.seen) == set(states)
    assert readers.seen[-1] == states[-1]


@pytest.mark.engines("postgres")
def test_builds_at_once_publish_one_of_them_whole(warehouse, server, tmp_path):
    """Two builds of different rows write the same tables, at random offsets, and some are killed: what readers see is of one build."""
    choice = random.Random(int(os.environ.get("SEED", 14)))
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute("create table insights_raw.half as select * from insights_raw.conversions where right(conversion_id, 1) < '5'")
    # Another folder, so that neither is parsed anew for the other's vars.
    shutil.copytree(warehouse.folder, tmp_path / "other")
    other = Postgres(tmp_path / "other", server)
    other.variables = {"raw_conversions_table": "half"}
    states, ended_well = {answers(warehouse)}, []
    with Readers(warehouse, server) as readers:
        for _ in range(int(os.environ.get("KILLS", 2))):
            pair = choice.sample([warehouse, other], 2)
            builds = [start(pair[0])]
            time.sleep(choice.uniform(0, 6))
            builds.append(start(pair[1]))
            if choice.random() < 0.5:
                kill_after(choice.uniform(4, 12), choice.choice(builds))
            for build in builds:
                said = build.communicate()[0] if build.poll() is None or build.returncode >= 0 else ""
                ended_well.append(build.returncode == 0)
                # A build that is not published says why, unless it was killed.
                assert build.returncode <= 0 or "NOT PUBLISHED: " in " ".join(said.split()), said[-3000:]
        other.build_and_test()
        states.add(answers(warehouse))
    assert len(states) == 2 and set(readers.seen) <= states, set(readers.seen) - states
    assert readers.errors == [] and len(readers.seen) > 20
    assert any(ended_well)
    assert published(warehouse) == {table: warehouse.published()[table] for table in PUBLISHED}


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
    publish_file(warehouse)
    with duckdb.connect(str(file), read_only=True) as connection:
        [(tags,)] = connection.execute("select tags from duckdb_databases() where database_name = 'published'").fetchall()
        assert tags["storage_version"].startswith("v1.4")
        comments = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'insights_published' order by all"
        assert connection.execute(comments).fetchall() == warehouse.query(comments)
        assert {table: sorted(connection.execute(f"from insights_published.{table}").fetchall(), key=repr) for table in PUBLISHED} == published(warehouse)
        names = connection.execute("select table_name from duckdb_tables()").fetchall()
        assert {name for (name,) in names} == PUBLISHED_NAMES
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
def test_grants_survive_other_columns_and_what_stands_on_a_view_is_named(warehouse, server):
    """If a user's view reads a view that must be replaced, neither is dropped: the build publishes nothing and names the user's view."""
    server.as_admin('create role "Guest 1"', warehouse.database)
    try:
        publish_older_columns(warehouse)
        server.as_admin('grant select on insights_published.customer_ltv to "Guest 1", public', warehouse.database)
        server.as_admin("create view public.worth as select customer_id, total_revenue from insights_published.customer_ltv", warehouse.database)
        before = published(warehouse)
        done = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
        assert done.returncode == 1 and "view worth depends on view insights_published.customer_ltv" in done.stdout, done.stdout[-3000:]
        assert published(warehouse) == before
        server.as_admin("drop view public.worth", warehouse.database)
        warehouse.build_and_test()
        grantees = "select distinct grantee from information_schema.role_table_grants where table_name = 'customer_ltv' and table_schema = 'insights_published'"
        assert {name for (name,) in server.as_admin(grantees, warehouse.database)} == {"transformer", "reporter", "Guest 1", "PUBLIC"}
        with server.connect("reporter", warehouse.database) as connection, connection.cursor() as cursor:
            cursor.execute(QUESTIONS[0])
            assert [cursor.fetchone()] == warehouse.query("select count(*), sum(total_revenue) from insights_marts.customer_ltv")
    finally:
        server.as_admin('drop owned by "Guest 1"', warehouse.database)
        server.as_admin('drop role "Guest 1"')


@pytest.mark.engines("postgres")
def test_open_transaction_keeps_no_build_waiting(warehouse, server):
    """Such as that of a notebook left open. It goes on seeing one build, also in tables that it had not read before."""
    before = answers(warehouse)
    with server.connect("reporter", warehouse.database) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ")
        cursor.execute(QUESTIONS[0])
        seen = [str(cursor.fetchone())]
        header, *rows = read_rows(SAMPLE / "conversions.csv")
        warehouse.deliver({"conversions": [header, *rows[::2]]})
        warehouse.build_and_test()
        for question in QUESTIONS[1:]:
            cursor.execute(question)
            seen.append(str(cursor.fetchone()))
    assert tuple(seen) == before
    assert not set(answers(warehouse)) & set(before)
