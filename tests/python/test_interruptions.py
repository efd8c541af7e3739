"""Whatever stops a build, the next one ends where an undisturbed one would; and what stopped it is said.

Guards against: a half-built table that the next build takes for a whole one. What readers see meanwhile: test_publish.py.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from conftest import RAW_TABLES, SAMPLE, read_rows


def start(warehouse, *arguments: str, limit_file_size: int | None = None) -> subprocess.Popen:
    """A build of all models in a process of its own, as it can be killed; perhaps with a limit to the size of its files in bytes."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dbt.cli.main"]
        + warehouse.command("--log-level-file", "none", "build", "--exclude-resource-type", "unit_test", *arguments),
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


@pytest.mark.engines("duckdb")
def test_second_build_at_once_is_refused_and_says_why(changed, undisturbed):
    """With the number of the process that holds the file."""
    first, second = start(changed), start(changed)
    said = [build.communicate()[0] for build in (first, second)]
    codes = [first.returncode, second.returncode]
    assert 0 in codes, said
    for code, text in zip(codes, said):
        assert code == 0 or "Conflicting lock is held" in text, text
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
