"""A throw-away warehouse for the tests that need several builds."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
RAW_TABLES = ("sessions", "conversions", "campaign_metrics")
PUBLISHED = ("customer_ltv", "campaign_funnel", "campaign_funnel_daily", "int_reconciliation", "int_rejected_records")


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, its header first."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


class Warehouse:
    """A DuckDB file and a folder of raw CSV files, built by dbt in a process of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.raw = folder / "raw"
        self.database = folder / "warehouse.duckdb"
        self.raw.mkdir(exist_ok=True)
        self.deliver({})

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Lay out the raw tables: rows with a header each, the sample's where none are given."""
        for table in RAW_TABLES:
            rows = tables.get(table) or read_rows(SAMPLE / f"{table}.csv")
            with (self.raw / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run dbt on the raw tables; returns what it printed and its exit code, never raises."""
        return subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *arguments]
            + ["--vars", json.dumps({"raw_data_path": str(self.raw)})]
            + ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")],
            cwd=ROOT,
            env=os.environ | {"DUCKDB_PATH": str(self.database), "DBT_PROFILES_DIR": str(ROOT)},
            capture_output=True,
            text=True,
        )

    def run(self) -> None:
        """Build all models without their tests; asserts that it worked."""
        done = self.dbt("--warn-error", "--quiet", "build", "--exclude-resource-type", "test", "unit_test")
        assert done.returncode == 0, done.stdout + done.stderr

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set search_path = 'insights_marts,insights_intermediate,insights_staging'")
            return connection.execute(sql).fetchall()

    def published(self) -> dict[str, list[tuple]]:
        """All rows, sorted, of the marts, the reconciliation and the rejected rows."""
        return {table: self.query(f"select * from {table} order by all") for table in PUBLISHED}


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Warehouse:
    """The sample, built and tested once; for reading only. What dbt printed is in `printed`."""
    warehouse = Warehouse(tmp_path_factory.mktemp("sample"))
    done = warehouse.dbt("--warn-error", "build")
    assert done.returncode == 0, done.stdout
    warehouse.printed = done.stdout
    return warehouse


@pytest.fixture
def warehouse(sample, tmp_path) -> Warehouse:
    """A copy of the built sample to deliver other rows to."""
    shutil.copytree(sample.folder, tmp_path, dirs_exist_ok=True)
    return Warehouse(tmp_path)
