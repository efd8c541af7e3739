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

import pytest
from conftest import SAMPLE, read_rows


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


def change(warehouse) -> None:
    """Deliver other rows than those that were built."""
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    warehouse.deliver({"conversions": [header, *rows[::2]]})


@pytest.fixture
def changed(warehouse):
    """The built sample with other raw rows."""
    change(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def undisturbed(sample, tmp_path_factory):
    """What a build of the changed rows gives that nobody disturbs."""
    warehouse = sample.copy(tmp_path_factory.mktemp("undisturbed"))
    change(warehouse)
    warehouse.run()
    return warehouse.published()


def test_killed_build_is_made_good_by_the_next(changed, undisturbed):
    """SIGKILL leaves no time to clean up. Parsing takes 3 seconds, and building some more."""
    for moment in [random.uniform(3, 9) for _ in range(int(os.environ.get("KILLS", 2)))]:
        build = start(changed)
        time.sleep(moment)
        build.send_signal(signal.SIGKILL)
        build.communicate()
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
def test_full_disk_is_said_and_made_good_by_the_next(changed, undisturbed):
    """A limit to the size of files fails as a full disk does, in the middle of a write."""
    build = start(changed, limit_file_size=changed.database.stat().st_size // 4)
    said = build.communicate()[0]
    assert build.returncode != 0 and "File too large" in said, said
    changed.run()
    assert changed.published() == undisturbed
