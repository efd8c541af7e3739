"""A throw-away warehouse for the tests that need several builds."""

import contextlib
import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
RAW_TABLES = ("sessions", "conversions", "campaign_metrics")
PUBLISHED = ("customer_ltv", "campaign_funnel", "campaign_funnel_daily", "int_reconciliation", "int_rejected_records")


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, its header first."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


class Done(NamedTuple):
    """How a run of dbt ended: its exit code (1: a node or the run failed) and what it printed."""

    returncode: int
    stdout: str


class Warehouse:
    """A DuckDB file and a folder of raw CSV files, built by dbt."""

    def __init__(self, folder: Path, raw: Path):
        self.folder = folder
        self.raw = raw
        self.database = folder / "warehouse.duckdb"
        self.variables = {}
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir()
        self.deliver({})

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Lay out the raw tables: rows with a header each, the sample's where none are given."""
        for table in RAW_TABLES:
            rows = tables.get(table) or read_rows(SAMPLE / f"{table}.csv")
            with (self.raw / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)

    def dbt(self, *arguments: str) -> Done:
        """Run dbt on the raw tables, in this process because importing it takes 3 seconds; never raises for a failed build."""
        printed = io.StringIO()
        os.environ["DUCKDB_PATH"] = str(self.database)
        with contextlib.redirect_stdout(printed):
            result = dbtRunner().invoke(
                ["--no-use-colors", *arguments]
                + ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
                + ["--vars", json.dumps({"raw_data": str(self.raw), **self.variables})]
                + ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
            )
        # The adapter keeps the file open for the life of a process, and readers out.
        DuckDBConnectionManager.close_all_connections()
        DuckDBConnectionManager._ENV = None
        return Done(0 if result.success else 1, printed.getvalue())

    def run(self) -> None:
        """Build all models without their tests; asserts that it worked."""
        done = self.dbt("--warn-error", "--quiet", "build", "--exclude-resource-type", "test", "unit_test")
        assert done.returncode == 0, done.stdout

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
    folder = tmp_path_factory.mktemp("sample")
    warehouse = Warehouse(folder, folder.parent / "raw")
    done = warehouse.dbt("--warn-error", "build")
    assert done.returncode == 0, done.stdout
    warehouse.printed = done.stdout
    return warehouse


@pytest.fixture
def warehouse(sample, tmp_path) -> Warehouse:
    """A copy of the built sample to deliver other rows to; all share one raw folder, as another one would be parsed anew."""
    shutil.copytree(sample.folder, tmp_path, dirs_exist_ok=True)
    return Warehouse(tmp_path, sample.raw)
