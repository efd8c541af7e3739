"""Whatever stops a build, the next one ends where an undisturbed one would; and what stopped it is said.

Guards against: a half-built table, or one of the build before, that stays. What readers see meanwhile: test_publish.py.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from conftest import RAW_TABLES, SAMPLE, read_rows


def start(warehouse, *arguments: str, limit_file_size: int | None = None) -> subprocess.Popen:
    """A build of all models in a process of its own, as it can be killed; perhaps with a limit to the size of its files in bytes."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dbt.cli.main"]
        + warehouse.command("build", "--exclude-resource-type", "unit_test", *arguments),
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
    """A build of half of the sample's rows."""
    warehouse = sample.copy(tmp_path_factory.mktemp("begun"))
    tables = {table: read_rows(SAMPLE / f"{table}.csv") for table in RAW_TABLES}
    warehouse.deliver({table: [rows[0], *rows[1::2]] for table, rows in tables.items()})
    warehouse.run()
    warehouse.keep()
    return warehouse


@pytest.fixture
def changed(begun, tmp_path):
    """A copy of it to which all rows have been delivered, so that the next build gives the sample."""
    warehouse = begun.copy(tmp_path)
    warehouse.deliver({})
    return warehouse


def test_killed_build_is_made_good_by_the_next(sample, changed):
    """SIGKILL leaves no time to clean up. dbt starts in about 4 seconds, and goes on for some more."""
    for moment in [random.uniform(3, 12) for _ in range(int(os.environ.get("KILLS", 2)))]:
        kill_after(moment, start(changed))
    changed.run()
    assert changed.published() == sample.published(), moment


@pytest.mark.engines("duckdb")
def test_second_build_at_once_is_refused_and_says_why(begun):
    """The message has the number of the process that holds the file."""
    held = f"import duckdb, time; connection = duckdb.connect({str(begun.database)!r}); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        done = begun.dbt("build")
        holder.kill()
    assert done.returncode == 1 and "Conflicting lock is held" in done.stdout and str(holder.pid) in done.stdout, done.stdout


@pytest.mark.engines("duckdb")
def test_full_disk_is_said_and_made_good_by_the_next(sample, changed):
    """A limit to the size of files fails as a full disk does, in the middle of a write. dbt's own files stay below it."""
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    many = [[f"{random.getrandbits(128):x}", *row[1:]] for row in rows for _ in range(100)]
    changed.deliver({"conversions": [header, *rows, *many]})
    build = start(changed, limit_file_size=changed.database.stat().st_size)
    said = build.communicate()[0]
    assert build.returncode != 0 and "warehouse.duckdb" in said and "File too large" in said, said
    changed.deliver({})
    changed.run()
    assert changed.published() == sample.published()


@pytest.mark.engines("duckdb")
def test_unreadable_file_is_named_and_made_good_by_the_next(sample, changed):
    """A build may begin while a file is half copied: the file is cut off, or its first half is garbled. The last good marts stay."""
    table, file = changed.raw / "conversions.csv", changed.raw / "conversions.parquet"
    duckdb.execute(f"copy (from read_csv('{table}', all_varchar = true, header = true)) to '{file}'")
    table.unlink()
    whole = file.read_bytes()
    garbled = b"PAR1" + b"!" * (len(whole) // 2)
    for broken in (whole[: len(whole) // 2], garbled + whole[len(garbled) :]):
        file.write_bytes(broken)
        said = changed.refused()
        assert "conversions.parquet" in said or "raw table conversions was not read" in said, said
    file.write_bytes(whole)
    changed.run()
    assert changed.published() == sample.published()
