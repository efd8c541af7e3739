"""A throw-away warehouse on each engine for the tests that need several builds; `--engine` names the engine."""

import contextlib
import csv
import fcntl
import gc
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from hostile_rows import hostile_rows
from postgres_server import Server

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
RAW_TABLES = ("sessions", "conversions", "campaign_metrics")
OPTIONAL_TABLES = ("exchange_rates", "campaign_aliases")
MARTS = {  # and how many columns, the first ones, are its key
    **{"customer_ltv": 1, "orders": 1, "campaign_funnel": 1, "campaign_funnel_periods": 4, "campaign_funnel_daily": 2},
    **{"channel_daily": 2, "channel_cohorts": 2},
}
PUBLISHED = (*MARTS, "int_reconciliation", "int_rejected_records")
ENGINES = ("duckdb", "postgres", "spark")


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, its header first."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def sample_rows(table: str) -> list[list[str]]:
    """The sample's rows of a raw table, their header first."""
    return read_rows(SAMPLE / table / f"sample_{table}.csv" if table in OPTIONAL_TABLES else SAMPLE / f"{table}.csv")


def write_rows(rows: list[list[str]]) -> str:
    """The rows as CSV text, the header first."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def padded(rows: list[list[str]]) -> list[list[str]]:
    """The rows, header first. Short rows get empty fields at the end, as a reader of a file adds them."""
    return [[*row, *[""] * (len(rows[0]) - len(row))] for row in rows]


class Done(NamedTuple):
    """How a run of dbt ended: its exit code (1: a node or the run failed) and what it printed."""

    returncode: int
    stdout: str


class Warehouse:
    """Raw tables and what dbt builds of them. A subclass knows an engine: where dbt finds it, how rows are
    delivered and queried, what its comments are, how it is copied and how it is emptied."""

    target: str
    source: dict = {}  # the vars that lead to the raw tables; other ones than the sample's are parsed anew, which takes as long as a build
    project = ROOT
    schema = "insights"  # as the profile says

    @property
    def search_path(self) -> str:
        """The schemas in which a table without a schema is looked for."""
        return f"{self.schema}_marts,{self.schema}_intermediate,{self.schema}_staging"

    def __init__(self, folder: Path):
        self.folder = folder
        self.variables = {}

    def command(self, *arguments: str) -> list[str]:
        """The arguments that make dbt build here and nowhere else. Only --debug writes a log, which is long and would be copied."""
        return [
            *("--no-use-colors", *(() if "--debug" in arguments else ("--log-level-file", "none")), *arguments),
            *("--project-dir", str(self.project), "--profiles-dir", str(self.project), "--target", self.target),
            *("--vars", json.dumps({**self.source, **self.variables})),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
        ]

    def dbt(self, *arguments: str, callbacks: Iterable[Callable] = ()) -> Done:
        """Run dbt on the raw tables, in this process because importing it takes 3 seconds; never raises for a failed build.
        Callbacks are called with each event of dbt's log."""
        printed = io.StringIO()
        os.environ.update(self.environment)
        with contextlib.redirect_stdout(printed):
            succeeded = dbtRunner(callbacks=list(callbacks)).invoke(self.command(*arguments)).success
        # The adapter keeps the file open for the life of a process, and readers out.
        DuckDBConnectionManager.close_all_connections()
        DuckDBConnectionManager._ENV = None
        gc.collect()  # the traceback of an error holds on to it
        return Done(0 if succeeded else 1, printed.getvalue())

    def run(self, *arguments: str) -> None:
        """Build models without their tests, all unless arguments select some; asserts that it worked."""
        done = self.dbt("--warn-error", "--quiet", "--no-write-json", "build", "--exclude-resource-type", "test", "unit_test", *arguments)
        assert done.returncode == 0, done.stdout

    def build_and_test(self, *arguments: str) -> str:
        """Build all models with their data tests, and give what was printed; asserts that it worked."""
        done = self.dbt("--warn-error", "build", "--exclude-resource-type", "unit_test", *arguments)
        assert done.returncode == 0, done.stdout[-5000:]
        return done.stdout

    def refused(self) -> str:
        """Run a build that must fail, and give what it printed in one line. Asserts that the published rows are unchanged."""
        read = ((*MARTS, "int_reconciliation"), f"{self.schema}_published.")
        before = self.rows(*read)
        done = self.dbt("build", "--exclude-resource-type", "unit_test")
        assert done.returncode == 1, done.stdout
        assert self.rows(*read) == before
        return " ".join(done.stdout.split())

    def keep(self) -> None:
        """Called when nothing more is built here. Copies can still be built."""

    def published(self) -> dict[str, list[tuple]]:
        """All rows, sorted, of the marts, the reconciliation and the rejected rows."""
        return self.rows(PUBLISHED)

    def columns(self, table: str) -> list[str]:
        """The names of a mart's or model's columns, in order."""
        found = self.query(
            f"select column_name from information_schema.columns where table_name = '{table}'"
            f" and table_schema in ('{self.schema}_marts', '{self.schema}_intermediate') order by ordinal_position"
        )
        return [name for (name,) in found]

    def rows(self, tables: tuple[str, ...], schema: str = "") -> dict[str, list[tuple]]:
        """All rows of the tables, sorted. A given schema ends with a point. Without a schema, they are marts and models."""
        return {table: sorted(self.query(f"select * from {schema}{table}"), key=repr) for table in tables}


class DuckDB(Warehouse):
    """A folder with a DuckDB file and raw CSV files. dbt sees every such folder under one name, the link `current`, because for
    another name dbt parses the project again. The link leads to the folder that was made or used last."""

    target = "duckdb"

    def __init__(self, folder: Path, link: Path):
        super().__init__(folder)
        self.link = link
        self.raw = link / "raw"
        self.database = folder / "warehouse.duckdb"
        self.environment = {"DUCKDB_PATH": str(link / "warehouse.duckdb")}
        self.source = {"raw_data": str(self.raw)}
        self.deliver({})

    def command(self, *arguments: str) -> list[str]:
        self.take_name()
        return super().command(*arguments)

    def take_name(self) -> None:
        """Let the name that dbt sees lead here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(self.folder)

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Write each raw table as a CSV file, header first, and no other file. A table that is not given has the sample's rows."""
        self.take_name()
        shutil.rmtree(self.raw, ignore_errors=True)
        self.raw.mkdir()
        for table in (*RAW_TABLES, *OPTIONAL_TABLES):
            rows = tables.get(table) or sample_rows(table)
            (self.raw / f"{table}.csv").write_bytes(write_rows(rows).encode())

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute(f"set search_path = '{self.search_path}'")
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)

    def execute_meanwhile(self, sql: str) -> None:
        """Run a statement while dbt runs in this process and holds the file."""
        DuckDBConnectionManager._ENV.conn.cursor().execute(sql)

    def comments(self, schema: str, table: str) -> dict[str, str | None]:
        """What the database itself says of each column."""
        return dict(self.query(f"select column_name, comment from duckdb_columns() where schema_name = '{schema}' and table_name = '{table}'"))

    def forget(self) -> None:
        """Remove everything that was built."""
        self.database.unlink()

    def copy(self, folder: Path) -> "DuckDB":
        """A copy with all that is built here. Other rows can be delivered to it."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return DuckDB(folder, self.link)


class Postgres(Warehouse):
    """A database. dbt always sees one name, because for another name it parses the project again. A copy takes the name over."""

    target = "postgres"

    def __init__(self, folder: Path, server: Server):
        super().__init__(folder)
        self.server = server
        self.database = server.database
        self.environment = server.environment("transformer")

    @classmethod
    def new(cls, folder: Path, server: Server) -> "Postgres":
        """An empty database with its roles, and with the sample's raw tables."""
        server.create_database()
        warehouse = cls(folder, server)
        server.set_up_roles(warehouse.role_statements())
        warehouse.deliver({})
        return warehouse

    def role_statements(self) -> str:
        """What `make roles` prints, for this database."""
        done = self.dbt("--quiet", "compile", "--no-populate-cache", "--no-introspect", "--select", "roles")
        assert done.returncode == 0, done.stdout
        return done.stdout.replace(self.server.database, self.database)

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Load the raw tables as text as the role loader: rows with a header each, the sample's where none are given."""
        with self.server.connect("loader", self.database) as connection, connection.cursor() as cursor:
            for table in (*RAW_TABLES, *OPTIONAL_TABLES):
                rows = tables.get(table) or sample_rows(table)
                cursor.execute(f"drop table if exists insights_raw.{table} cascade")
                cursor.execute(f"create table insights_raw.{table} ({', '.join(f'{column} text' for column in rows[0])})")
                cursor.copy_expert(f"copy insights_raw.{table} from stdin (format csv, header)", io.StringIO(write_rows(padded(rows))))

    def query(self, sql: str) -> list[tuple]:
        with self.server.connect("transformer", self.database) as connection, connection.cursor() as cursor:
            cursor.execute(f"set search_path = {self.search_path}")
            cursor.execute(sql)
            return cursor.fetchall()

    def execute(self, sql: str) -> None:
        with self.server.connect("transformer", self.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)

    execute_meanwhile = execute

    def comments(self, schema: str, table: str) -> dict[str, str | None]:
        """What the database itself says of each column."""
        return dict(
            self.query(
                "select attname, col_description(attrelid, attnum) from pg_attribute"
                f" where attrelid = '{schema}.{table}'::regclass and attnum > 0 and not attisdropped"
            )
        )

    def forget(self) -> None:
        """Remove everything that was built."""
        with self.server.connect("transformer", self.database) as connection, connection.cursor() as cursor:
            cursor.execute("drop owned by transformer")  # this removes its grants too
        self.server.set_up_roles(self.role_statements())

    def copy(self, folder: Path) -> "Postgres":
        """A copy with all that is built here. Other rows can be delivered to it."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        self.server.create_database(template=self.database)
        return Postgres(folder, self.server)

    def keep(self) -> None:
        """Gives up the name that dbt sees, so that copies can have it."""
        self.database = self.server.rename_database(self.folder.name)


class Spark(Warehouse):
    """Schemas of its own on a cluster. A copy has others, and is built anew."""

    target = "spark"

    def __init__(self, folder: Path, cluster, schema: str = "insights_test"):
        super().__init__(folder)
        self.cluster, self.schema = cluster, schema
        self.environment = cluster.environment | {"SPARK_SCHEMA": schema}
        self.deliver({})

    def deliver(self, tables: dict[str, list[list[str]]]) -> None:
        """Load the raw tables as text: rows with a header each, the sample's where none are given."""
        self.execute(f"create schema if not exists {self.schema}_raw")
        for table in (*RAW_TABLES, *OPTIONAL_TABLES):
            header, *rows = padded(tables.get(table) or sample_rows(table))
            self.execute(f"drop table if exists {self.schema}_raw.{table}")
            self.execute(f"create table {self.schema}_raw.{table} ({', '.join(f'{column} string' for column in header)}) using parquet")
            for first in range(0, len(rows), 2000):
                lines = (f"({', '.join(map(self.literal, row))})" for row in rows[first : first + 2000])
                self.execute(f"insert into {self.schema}_raw.{table} values {', '.join(lines)}")

    @staticmethod
    def literal(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" if text else "null"

    def ask(self, sql: str) -> list[tuple]:
        """Run SQL in a session like dbt's. Days arrive as text."""
        with contextlib.closing(self.cluster.connect()) as connection, contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            if cursor.description is None:
                return []
            kinds = [kind for _, kind, *_ in cursor.description]
            return [
                tuple(date.fromisoformat(value) if kind == "DATE_TYPE" and value else value for value, kind in zip(row, kinds)) for row in cursor.fetchall()
            ]

    def query(self, sql: str) -> list[tuple]:
        """A table without a schema is one of ours, and its name says where it is."""

        def qualified(name: re.Match) -> str:
            layer = {"stg_": "staging", "base": "staging", "int_": "intermediate"}.get(name[2][:4], "marts")
            return f"{name[1]} {self.schema}_{layer}.{name[2]}"

        return self.ask(re.sub(r"\b(from|join) (\w+)\b(?![.(])", qualified, sql))

    def execute(self, sql: str) -> None:
        self.ask(sql)

    execute_meanwhile = execute

    def columns(self, table: str) -> list[str]:
        layer = "intermediate" if table.startswith("int_") else "marts"
        return [name for name, *_ in self.ask(f"describe {self.schema}_{layer}.{table}")]

    def copy(self, folder: Path) -> "Spark":
        return Spark(folder, self.cluster, f"insights_test_{re.sub('[^a-z0-9]', '', folder.name)}")


def sample_and_hostile_rows() -> dict[str, list[list[str]]]:
    """The raw tables of the sample, with the hostile rows behind them."""
    delivered = {table: read_rows(SAMPLE / f"{table}.csv") for table in RAW_TABLES}
    for row in hostile_rows():
        # A row whose last field is empty is delivered without that field, as some loaders write it.
        delivered[row.table].append(list(row.raw if row.raw[-1] else row.raw[:-1]))
    return delivered


def deliver_hostile_rows(warehouse: Warehouse) -> None:
    """Put the hostile rows behind the sample's."""
    warehouse.deliver(sample_and_hostile_rows())


def pytest_addoption(parser):
    parser.addoption("--engine", default=ENGINES[0], choices=ENGINES, help="where the tests build")


def pytest_configure(config):
    config.addinivalue_line("markers", "engines(*names): about these engines only")


def pytest_collection_modifyitems(config, items):
    def is_meant(item) -> bool:
        marker = item.get_closest_marker("engines")
        return marker is None or config.getoption("--engine") in marker.args

    config.hook.pytest_deselected(items=[item for item in items if not is_meant(item)])
    items[:] = filter(is_meant, items)


@pytest.fixture(scope="session")
def server():
    """The PostgreSQL server that PGHOST names, else one of our own."""
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def cluster():
    """The Spark cluster that SPARK_HOST names, else one of our own. Only its tests need what it imports."""
    from spark_cluster import Cluster

    with Cluster() as cluster:
        yield cluster


@contextlib.contextmanager
def built_once(folder: Path):
    """Gives True to one of the processes that share a folder, and it fills the folder. The others wait for it."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not (folder / "built").exists()
        (folder / "built").touch()


@pytest.fixture(scope="session")
def sample(request, tmp_path_factory, worker_id) -> Warehouse:
    """The sample, built and tested once for all processes of pytest; for reading only. What dbt printed is in `printed`."""
    own = tmp_path_factory.getbasetemp()
    if request.config.getoption("--engine") == "spark":
        warehouse = Spark(tmp_path_factory.mktemp("sample"), request.getfixturevalue("cluster"))
        warehouse.printed = warehouse.build_and_test()
    elif request.config.getoption("--engine") == "postgres":
        warehouse = Postgres.new(tmp_path_factory.mktemp("sample"), request.getfixturevalue("server"))
        warehouse.printed = warehouse.build_and_test()
    else:
        shared = (own if worker_id == "master" else own.parent) / "shared"
        with built_once(shared) as is_first:
            if is_first:
                warehouse = DuckDB(shared / "sample", own / "current")
                (shared / "printed").write_text(warehouse.build_and_test(), encoding="utf-8")
            else:
                shutil.copytree(shared / "sample", own / "sample")
                warehouse = DuckDB(own / "sample", own / "current")
                # It is parsed under this process's folder name, so that its copies need not be.
                assert warehouse.dbt("parse").returncode == 0
        warehouse.printed = (shared / "printed").read_text(encoding="utf-8")
    warehouse.keep()
    return warehouse


@pytest.fixture(scope="session")
def hostile(sample, tmp_path_factory) -> Warehouse:
    """The sample with the hostile rows behind it, built once, and tested where that takes seconds; for reading only."""
    warehouse = sample.copy(tmp_path_factory.mktemp("hostile"))
    deliver_hostile_rows(warehouse)
    if warehouse.target == "spark":
        warehouse.run()
    else:
        # An exclusion takes the place of the default selector, which leaves out the sample where there are seeds of it.
        sample_seeds = () if warehouse.target == "duckdb" else ("path:seeds/sample",)
        # What is tested of shares fails, because most of the rows are rejected.
        left_out = ("assert_rejected_share_is_small", "assert_conflicting_share_is_small", *sample_seeds)
        warehouse.build_and_test("--exclude", *left_out)
    warehouse.keep()
    return warehouse


@pytest.fixture
def warehouse(sample, tmp_path) -> Warehouse:
    """A copy of the built sample to deliver other rows to."""
    return sample.copy(tmp_path)
