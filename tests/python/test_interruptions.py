"""Whatever stops a build, the next one ends where an undisturbed one would; and what stopped it is said.

Guards against: a half-built table that the next build takes for a whole one, and a lock that outlives its holder.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from conftest import MARTS, RAW_TABLES, SAMPLE, read_rows

REFUSAL = {"duckdb": "Conflicting lock is held", "postgres": "Another build of these schemas is running since"}


def start(warehouse, limit_file_size: int | None = None) -> subprocess.Popen:
    """A build of all models in a process of its own, as it can be killed; perhaps with a limit to the size of its files in bytes."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dbt.cli.main"]
        + warehouse.command("--log-level-file", "none", "build", "--exclude-resource-type", "unit_test"),
        env={**os.environ, **warehouse.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limit_file_size and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_file_size, limit_file_size))),
    )


def kill_after(seconds: float, process: subprocess.Popen) -> None:
    """Let a process go on for so long and no longer; SIGKILL leaves it no time to clean up."""
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def begun(sample, tmp_path_factory):
    """The sample, of which the last month's loads have not been delivered."""
    warehouse = sample.copy(tmp_path_factory.mktemp("begun"))
    earlier = {table: read_rows(SAMPLE / f"{table}.csv") for table in RAW_TABLES}
    warehouse.deliver({table: [row for row in rows if row[-1] < "2026-06" or row == rows[0]] for table, rows in earlier.items()}, typed=True)
    warehouse.run("--full-refresh")
    warehouse.keep()
    return warehouse


@pytest.fixture
def changed(begun, tmp_path):
    """A copy of it to which they have."""
    warehouse = begun.copy(tmp_path)
    warehouse.deliver({}, typed=True)
    return warehouse


@pytest.fixture(scope="module")
def undisturbed(begun, tmp_path_factory):
    """What a build of them gives that nobody disturbs."""
    warehouse = begun.copy(tmp_path_factory.mktemp("undisturbed"))
    warehouse.deliver({}, typed=True)
    warehouse.run("--full-refresh")
    return warehouse.published()


def test_killed_build_is_made_good_by_the_next(changed, undisturbed):
    """SIGKILL leaves no time to clean up. Parsing takes 3 seconds, and building some more."""
    for moment in [random.uniform(3, 9) for _ in range(int(os.environ.get("KILLS", 2)))]:
        kill_after(moment, start(changed))
    changed.run()
    assert changed.published() == undisturbed, moment


def test_second_build_at_once_is_refused_and_says_why(changed, undisturbed):
    """With the number of the process that holds the database."""
    first, second = start(changed), start(changed)
    said = [build.communicate()[0] for build in (first, second)]
    codes = [first.returncode, second.returncode]
    assert 0 in codes, said
    for code, text in zip(codes, said):
        assert code == 0 or REFUSAL[changed.target] in text, text
    assert changed.published() == undisturbed


@pytest.mark.engines("duckdb")
def test_full_disk_is_said_and_made_good_by_the_next(changed):
    """A limit to the size of files fails as a full disk does, in the middle of a write. dbt's own files stay below it."""
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    many = [[f"{random.getrandbits(128):x}", *row[1:-1], "2026-07-05 04:00:00"] for row in rows for _ in range(100)]
    changed.deliver({"conversions": [header, *rows, *many]}, typed=True)
    build = start(changed, limit_file_size=changed.database.stat().st_size)
    said = build.communicate()[0]
    assert build.returncode != 0 and f'"{changed.database}' in said and "File too large" in said, said
    changed.run()
    after = changed.published()
    changed.run("--full-refresh")
    assert after == changed.published()


@pytest.mark.engines("duckdb")
@pytest.mark.parametrize("length, garbage", [(0.5, 0), (1, 0.5)], ids=["cut_off", "garbled"])
def test_unreadable_file_is_named_and_made_good_by_the_next(changed, undisturbed, length, garbage):
    """As when half of it was copied while the build began. The marts stand meanwhile."""
    file = changed.raw / "conversions.parquet"
    whole = file.read_bytes()
    broken = b"PAR1" + b"!" * int(garbage * len(whole))
    file.write_bytes((broken + whole[len(broken) :])[: int(length * len(whole))])
    before = changed.published()
    build = start(changed)
    said = build.communicate()[0]
    assert build.returncode != 0 and str(changed.raw) in said and "conversions" in said, said
    assert changed.published() == before
    file.write_bytes(whole)
    changed.run()
    assert changed.published() == undisturbed


def until(happened) -> None:
    """Wait until it has, and not for ever."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def stuck_build(warehouse, server, table: str):
    """A build that waits to replace a table, and the number of the server's process that does; with what lets go of the table."""
    with server.connect("admin", warehouse.database) as holder:
        holder.cursor().execute(f"lock table {table} in share mode")
        build = start(warehouse)
        try:
            waiting = "select pid from pg_locks where not granted"
            until(lambda: warehouse.query(waiting) or build.poll() is not None)
            [(process,)] = warehouse.query(waiting)
            yield build, process, holder.rollback
        finally:
            build.kill()
            build.wait()


@pytest.mark.engines("postgres")
def test_second_build_is_refused_until_the_first_has_ended_or_is_killed(changed, undisturbed, server):
    """The refusal names the server's process. The lock of a killed build goes with it, also in the middle of a statement that waits for ever."""
    running = "select invocation_id from running_build"
    with stuck_build(changed, server, "insights_marts.customer_ltv") as (first, process, let_go):
        [(holder,)] = changed.query(running)
        second = changed.dbt("build", "--exclude-resource-type", "unit_test")
        said = " ".join(second.stdout.split())
        assert second.returncode == 1 and REFUSAL["postgres"] in said and f"process {process} of transformer from " in said, said
        assert changed.query(running) == [(holder,)]
        # Who only reads is not kept out.
        assert changed.dbt("test", "--select", "assert_rejected_share_is_small").returncode == 0
        first.kill()
        third = start(changed)
        until(lambda: changed.query(running) != [(holder,)])
        let_go()
        said = third.communicate()[0]
        assert third.returncode == 0, said
    assert changed.published() == undisturbed
    assert changed.query(running) == []


@pytest.mark.engines("postgres")
def test_build_that_was_taken_for_dead_writes_nothing_more(changed, undisturbed, server):
    """As after a long pause of its machine: the row is another build's, and two must not write."""
    before = changed.published()
    with stuck_build(changed, server, "insights_staging.base_marketing__sessions") as (build, _, let_go):
        server.as_admin("update insights_intermediate.running_build set invocation_id = 'another'", changed.database)
        let_go()
        said = build.communicate()[0]
        assert build.returncode == 1 and "Another build has begun" in said, said
    after = changed.published()
    assert {mart: after[mart] for mart in MARTS} == {mart: before[mart] for mart in MARTS}
    assert changed.query("select invocation_id from running_build") == [("another",)]
    changed.run()
    assert changed.published() == undisturbed


@pytest.mark.engines("postgres")
def test_build_knows_what_another_made_since_it_looked(changed, undisturbed, server):
    """dbt reads which tables there are before it can be told to wait or to stop."""
    with server.connect("admin", changed.database, autocommit=True) as other:
        other.cursor().execute("alter table insights_marts.customer_ltv rename to not_yet_made")
        other.cursor().execute("insert into insights_intermediate.running_build values ('another', now())")
        build = start(changed)
        # It looks for sessions of the other one.
        until(lambda: changed.query("select from pg_stat_activity where wait_event = 'PgSleep'") or build.poll() is not None)
        other.cursor().execute("alter table insights_marts.not_yet_made rename to customer_ltv")
        other.cursor().execute("delete from insights_intermediate.running_build")
        said = build.communicate()[0]
    assert build.returncode == 0, said
    assert changed.published() == undisturbed
