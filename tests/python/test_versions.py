"""The oldest and the newest dbt that `require-dbt-version` allows give the same marts as the pinned one.

Guards against: a bound in dbt_project.yml that nobody has tried, and what another dbt-core takes for an error or warns of.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, DuckDB

pytestmark = pytest.mark.engines("duckdb")
PINS = {name: ROOT / "tests" / "dbt_versions" / f"{name}.txt" for name in ("oldest", "newest")}


def pinned_version(pins: Path) -> str:
    return re.search(r"^dbt-core==(\S+)", pins.read_text(), flags=re.M).group(1)


def minor_version(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def test_pins_are_at_the_bounds():
    lowest, too_new = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["require-dbt-version"]
    major, minor = minor_version(pinned_version(PINS["newest"]))
    assert lowest.removeprefix(">=").split(".")[:2] == pinned_version(PINS["oldest"]).split(".")[:2]
    assert too_new == f"<{major}.{minor + 1}.0"


def test_pins_leave_out_one_package_only():
    """They are installed as they stand, so that a package which they lack would be missed when it is imported."""
    lines = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True).stdout.splitlines()
    assert [line for line in lines if "dbt-core-experimental-parser, which is not installed" not in line] == []


@pytest.mark.parametrize("pins", PINS.values(), ids=PINS)
def test_sample_builds_with_another_dbt(pins, sample, tmp_path):
    """The other dbt-core lies in a folder before the installed one; an environment of its own would take a minute."""
    folder = tmp_path / "dbt"
    install = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--require-hashes", "--target", folder, "-r", pins]
    subprocess.run(install, check=True)
    warehouse = DuckDB(tmp_path / "built", tmp_path / "current")
    # Everything is built, and all kinds of tests run: those in tests/ and of the marts.
    tested = ["--exclude-resource-type", "unit_test", "--exclude", "path:models/staging,resource_type:test", "path:models/intermediate,resource_type:test"]
    command = warehouse.command("--warn-error", "build", *tested)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main", *command],
        cwd=ROOT,
        env=os.environ | warehouse.environment | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    # dbt writes 1.13.0b1 as 1.13.0-b1.
    assert f"Running with dbt={pinned_version(pins)}" in done.stdout.replace("-b", "b") and "WARNING:" not in done.stdout
    assert warehouse.published() == sample.published()
