"""Copies what the last passed build published in a DuckDB database into a file of its own: python bi/publish.py DATABASE.

While dbt has its file open, no other process can read it. While somebody reads it, dbt cannot build. So readers have a file of
their own beside it, published.duckdb. A rename replaces it. A reader who has the old file open goes on reading the old file.
"""

import os
import sys
from pathlib import Path

import duckdb

SCHEMA = "insights_published"


def literal(text: str | Path) -> str:
    """The text as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def publish(database: Path) -> Path:
    """Copy the published views with their comments, as tables, to the file that readers have, and give its path.

    Raises SystemExit where there is no database or nothing was published, duckdb.IOException while another process has the database
    open, and OSError or duckdb.IOException where the file cannot be written."""
    published = database.with_name("published.duckdb")
    copy = database.with_name("published.new.duckdb")
    if database == published:
        raise SystemExit("The database has the name of the file for readers, which would replace it. Rename it.")
    if not database.exists():
        raise SystemExit(f"There is no database {database}.")
    # This locks the database for writing, so that only one process publishes at a time.
    with duckdb.connect(str(database)) as connection:
        comments = connection.execute(
            "select view_name, null as column_name, comment from duckdb_views() where schema_name = $1"
            " union all select table_name, column_name, comment from duckdb_columns() where schema_name = $1",
            [SCHEMA],
        ).fetchall()
        if not comments:
            raise SystemExit(f"Nothing to publish: no build of {database} has passed whole yet.")
        copy.unlink(missing_ok=True)
        copy.with_name(copy.name + ".wal").unlink(missing_ok=True)
        # The default format of DuckDB 2.0 is refused by every older client.
        connection.execute(f"attach {literal(copy)} as copy (storage_version 'v1.4.0')")
        connection.execute(f"create schema copy.{SCHEMA}")
        for table, column, comment in comments:
            if column is None:
                connection.execute(f"create table copy.{SCHEMA}.{table} as from {SCHEMA}.{table}")
            kind, name = ("table", table) if column is None else ("column", f"{table}.{column}")
            connection.execute(f"comment on {kind} copy.{SCHEMA}.{name} is {literal(comment)}")
        connection.execute("detach copy")
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        # A reader who forgets to open it for reading only would keep the others out.
        copy.chmod(0o444)
        copy.replace(published)
    return published


if __name__ == "__main__":
    try:
        print(f"Published for readers: {publish(Path(sys.argv[1]))}")
    except (OSError, duckdb.Error) as error:
        sys.exit(f"Not published for readers, who keep the file of before: {error}")
