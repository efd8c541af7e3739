"""A throw-away warehouse of each kind (see emulator.py), and the same rows on DuckDB."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest
from emulator import Emulator, install

ROOT = Path(__file__).parents[2]
WAREHOUSES = ("bigquery", "snowflake", "redshift", "databricks")

# The other tests' warehouses; both folders have a conftest, so that it needs another name here.
sys.path.insert(0, str(ROOT / "tests" / "python"))
spec = importlib.util.spec_from_file_location("engines", ROOT / "tests" / "python" / "conftest.py")
engines = sys.modules["engines"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(engines)
# The comparison of the engines imports these from here.
from engines import ENGINES, MARTS, PUBLISHED, DuckDB, Warehouse, deliver_hostile_rows, pytest_configure  # noqa: E402, F401


class Emulated(Warehouse):
    """Real dbt with the real adapter, without a connection. Nobody logs in, so that a login of any kind will do."""

    environment = {
        **{"REDSHIFT_PASSWORD": "none", "SNOWFLAKE_ACCOUNT": "none", "DATABRICKS_TOKEN": "none"},
        **{"DATABRICKS_HOST": "none.invalid", "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/none"},
    }

    def __init__(self, folder: Path, engine: str):
        super().__init__(folder)
        self.target = engine
        self.emulator = Emulator(engine, folder / "warehouse.duckdb")
        install(engine, self.emulator)

    def command(self, *arguments: str) -> list[str]:
        # One after the other, so that the statements are in the order in which somebody can read them.
        return [*super().command(*arguments), "--threads", "1"]

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Load the raw tables as text: rows with a header each, the sample's where none are given."""
        connection = self.emulator.connection
        connection.execute("create schema insights_raw")
        for table in (*engines.RAW_TABLES, *engines.OPTIONAL_TABLES):
            header, *rows = engines.padded(tables.get(table) or engines.sample_rows(table))
            connection.execute(f"create table insights_raw.{table} ({', '.join(f'{column} varchar' for column in header)})")
            marks = ", ".join("?" * len(header))
            connection.executemany(f"insert into insights_raw.{table} values ({marks})", [[value or None for value in row] for row in rows])

    def query(self, sql: str) -> list[tuple]:
        cursor = self.emulator.connection.cursor()
        cursor.execute(f"set search_path = '{self.search_path}'")
        return cursor.execute(sql).fetchall()


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The sample with the hostile rows behind it, built and tested once in each warehouse, and on DuckDB."""

    @cache
    def build(engine: str) -> Warehouse:
        folder = tmp_path_factory.mktemp(engine)
        warehouse = DuckDB(folder / "warehouse", folder / "current") if engine == "duckdb" else Emulated(folder, engine)
        # Most hostile rows are rejected, and the build is published in spite of it.
        warehouse.variables = {"rejected_share_maximum": 1, "conflicting_share_maximum": 1}
        warehouse.deliver(engines.sample_and_hostile_rows())
        warehouse.build_and_test()
        return warehouse

    return build
