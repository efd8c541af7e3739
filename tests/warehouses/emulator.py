"""The adapters of four warehouses without an account: what they would send is written down, and runs on DuckDB in sqlglot's translation.

An adapter is real in all that makes SQL. Replaced are its connection, and what it asks of the warehouse about tables and columns.
"""

import importlib
import logging
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import duckdb
import sqlglot
from dbt.adapters.contracts.connection import AdapterResponse, ConnectionState
from dbt_common.clients.agate_helper import empty_table, table_from_data_flat
from sqlglot import exp

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of comments that DuckDB has in another place
# The types of DuckDB as each warehouse names them, where it is another name.
TYPES = {
    "bigquery": {"VARCHAR": "STRING", "BIGINT": "INT64", "INTEGER": "INT64", "DOUBLE": "FLOAT64", "BOOLEAN": "BOOL", "DECIMAL": "NUMERIC"},
    "snowflake": {"BIGINT": "NUMBER", "INTEGER": "NUMBER", "DOUBLE": "FLOAT", "DECIMAL": "NUMBER", "TIMESTAMP": "TIMESTAMP_NTZ"},
    "redshift": {"VARCHAR": "character varying", "DOUBLE": "double precision", "DECIMAL": "numeric", "TIMESTAMP": "timestamp without time zone"},
    "databricks": {"VARCHAR": "string"},
}
FUNCTIONS = {"JSON_SERIALIZE": "to_json", "OBJECT": "json_object"}
# What says something to the warehouse but changes no row.
SILENT = re.compile(
    r"(comment on|use |set |begin|commit|optimize|analyze|grant|revoke|alter session)|alter\s+(table|view) .*?(alter|change|set|comment)\b",
    re.IGNORECASE | re.DOTALL,
)


class Emulator:
    """A warehouse: a DuckDB file, and the statements that were sent to it."""

    def __init__(self, engine: str, database: Path):
        self.engine = engine
        self.connection = duckdb.connect(str(database))
        self.connection.execute("set timezone = 'UTC'")
        self.cursors = threading.local()
        self.statements: list[str] = []
        self.properties: dict[str, list[str]] = {}  # of tables, on Databricks

    def translated(self, sql: str) -> list[exp.Expression]:
        """The statements as DuckDB runs them."""
        if self.engine == "databricks":
            # What Java's regular expressions write in another way.
            sql = re.sub(r"to_json\(struct\((\w+)\.\*\), map\('ignoreNullFields', 'false'\)\)", r"to_json(\1)", sql)
            sql = sql.replace("(?!.)", "$").replace("+$1", r"+\\1").replace("xxhash64(", "hash(")
        return [part for statement in sqlglot.parse(sql, read=self.engine) if statement for part in adapted(statement, self.engine)]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self.cursors, "own"):
            self.cursors.own = self.connection.cursor()
        return self.cursors.own

    def run(self, sql: str, bindings=None) -> tuple[list[str], list[tuple]]:
        """Run statements, and give the names and rows of the last one."""
        self.statements.append(sql)
        plain = re.sub(r"^\s*(/\*.*?\*/\s*|--[^\n]*\n\s*)*", "", sql, flags=re.DOTALL)
        if self.engine == "databricks" and (answer := self.property_of_table(plain)) is not None:
            return answer
        if plain.startswith("show parameters"):
            return ["key", "value"], [("TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_NTZ")]
        if "current_timezone()" in plain:
            return ["zone"], [("UTC",)]
        assert plain.strip(), "an empty statement is an error"
        if SILENT.match(plain) or "information_schema" in plain.lower():
            return [], []
        cursor = self.cursor()
        for statement in self.translated(plain.replace("%s", "?") if bindings else plain):
            text = statement.sql("duckdb")
            try:
                cursor.execute(text, list(bindings) if "?" in text and bindings else None)
            except duckdb.Error as error:
                raise RuntimeError(f"{error}\n{text[:6000]}") from error
        if cursor.description is None:
            return [], []
        names = [column[0].upper() if self.engine == "snowflake" else column[0] for column in cursor.description]
        return names, cursor.fetchall()

    def property_of_table(self, sql: str):
        """Spark's notes on tables: what built each one."""
        if found := re.match(r"alter table (\S+) set tblproperties \('(\S+)' = 'true'\)", sql):
            self.properties.setdefault(name_of(found[1]), []).append(found[2])
            return [], []
        if found := re.match(r"show tblproperties (\S+)", sql):
            return ["key", "value"], [(key, "true") for key in self.properties.get(name_of(found[1]), [])]
        if found := re.match(r"create or replace table (\S+)", sql):
            self.properties.pop(name_of(found[1]), None)
        return None

    def columns(self, relation) -> list[tuple[str, str]]:
        """The columns of a table, with their types."""
        sql = "select column_name, data_type from duckdb_columns() where lower(schema_name) = lower(?) and lower(table_name) = lower(?) order by column_index"
        return self.named(self.cursor().execute(sql, [relation.schema, relation.identifier]).fetchall())

    def columns_of_query(self, sql: str) -> list[tuple[str, str]]:
        self.statements.append(sql)
        (query,) = self.translated(sql)
        return self.named([row[:2] for row in self.cursor().execute(f"describe {query.sql('duckdb')}").fetchall()])

    def named(self, columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
        names = TYPES[self.engine]
        plain = [(name, kind.split("(")[0]) for name, kind in columns]
        return [(name.upper() if self.engine == "snowflake" else name, names.get(kind, kind)) for name, kind in plain]

    def tables(self, schema: str) -> list[tuple[str, str]]:
        """The tables and views of a schema, with their kinds."""
        sql = "select table_name, case table_type when 'VIEW' then 'view' else 'table' end from information_schema.tables where lower(table_schema) = lower(?)"
        return self.cursor().execute(sql, [schema]).fetchall()

    def schemas(self) -> list[str]:
        return [name for (name,) in self.cursor().execute("select distinct schema_name from information_schema.schemata").fetchall()]


def name_of(relation: str) -> str:
    """Schema and name, without quotes and without the catalog."""
    return ".".join(relation.replace("`", "").lower().split(".")[-2:])


def adapted(statement: exp.Expression, engine: str) -> list[exp.Expression]:
    """The statement, changed where sqlglot leaves what DuckDB does not know. A table with types that is made of a query becomes two statements."""
    for table in statement.find_all(exp.Table):
        table.set("catalog", None)
    for aggregate in statement.find_all(exp.ArrayAgg):
        if isinstance(aggregate.this, exp.Limit):
            aggregate.set("this", aggregate.this.this)  # its first element is taken anyway
    for kind in statement.find_all(exp.DataType):
        if engine == "bigquery" and kind.is_type("decimal", "bigdecimal"):
            kind.replace(exp.DataType.build("decimal(38, 9)"))
        elif engine in ("bigquery", "databricks") and kind.is_type("timestamptz"):  # a moment, shown in UTC
            kind.replace(exp.DataType.build("timestamp"))
        elif kind.is_type("varchar") and kind.expressions:
            kind.set("expressions", [])
    for match in statement.find_all(exp.RegexpExtract):
        if match.args.get("parameters") == exp.Literal.string("e"):
            match.set("group", exp.Literal.number(1))
            match.set("parameters", None)
    for replacement in statement.find_all(exp.RegexpReplace):
        replacement.set("single_replace", None)  # sqlglot thinks that Redshift replaces the first match only, as PostgreSQL does
    for function in statement.find_all(exp.Anonymous):
        if function.name.upper() in FUNCTIONS:
            function.set("this", FUNCTIONS[function.name.upper()])
    if isinstance(statement, exp.Insert) and statement.args.get("overwrite"):
        statement.set("overwrite", False)
        return [exp.Delete(this=statement.find(exp.Table).copy()), statement]
    if not isinstance(statement, exp.Create):
        return [statement]
    statement.set("properties", None)
    statement.set("no_schema_binding", None)
    if isinstance(statement.this, exp.Schema) and (query := statement.expression):
        columns = statement.this.expressions
        for column in columns:
            column.set("constraints", [])
        if statement.kind == "TABLE":
            statement.set("expression", None)
            return [statement, exp.Insert(this=statement.this.this.copy(), expression=query)]
        statement.this.set("expressions", [exp.to_identifier(column.name) for column in columns])
    return [statement]


def install(engine: str, emulator: Emulator) -> None:
    """Let the adapter work on the emulator, in this process from here on."""
    implementation = importlib.import_module(f"dbt.adapters.{engine}.impl")
    connections = importlib.import_module(f"dbt.adapters.{engine}.connections")
    title = {"bigquery": "BigQuery", "snowflake": "Snowflake", "redshift": "Redshift", "databricks": "Databricks"}[engine]
    adapter, manager = getattr(implementation, f"{title}Adapter"), getattr(connections, f"{title}ConnectionManager")

    def opened(cls, connection):
        connection.state, connection.handle = ConnectionState.OPEN, SimpleNamespace(close=lambda: None, rollback=lambda: None, session_id="none")
        return connection

    def execute(self, sql, auto_begin=False, fetch=False, limit=None):
        names, rows = emulator.run(sql)
        response = AdapterResponse(_message="OK", rows_affected=len(rows))
        if engine == "bigquery":
            response = connections.BigQueryAdapterResponse(_message="OK")
        return response, table_from_data_flat([dict(zip(names, row)) for row in rows], names) if fetch else empty_table()

    def add_query(self, sql, auto_begin=True, bindings=None, abridge_sql_log=False, **_):
        emulator.run(sql, bindings)
        return None, SimpleNamespace(close=lambda: None)

    def columns(self, found):
        return [self.Column.create(name, kind) for name, kind in found]

    def relations(self, schema_relation):
        places = {"database": schema_relation.database, "schema": schema_relation.schema}
        quotes = dict.fromkeys(("database", "schema", "identifier"), engine != "snowflake")
        return [self.Relation.create(**places, identifier=name, type=kind, quote_policy=quotes) for name, kind in emulator.tables(schema_relation.schema)]

    def relation(self, database, schema, identifier, **_):
        found = relations(self, SimpleNamespace(database=database, schema=schema))
        return next((one for one in found if one.identifier.lower() == identifier.lower()), None)

    def drop(self, relation):
        emulator.run(f"drop {relation.type or 'table'} if exists {relation}")
        self.cache_dropped(relation)

    def load_dataframe(self, database, schema, name, agate_table, types, delimiter):
        known = {"STRING", "INT64", "NUMERIC", "FLOAT64", "BOOL", "DATE", "TIMESTAMP"}
        assert {kind.upper() for kind in types.values()} <= known, types
        emulator.run(f"create table `{schema}`.`{name}` ({', '.join(f'{column} {types[column]}' for column in agate_table.column_names)})")
        emulator.cursor().execute(f"copy {schema}.{name} from '{agate_table.original_abspath}' (header, nullstr '')")

    replaced = {
        "execute": execute,
        "add_query": add_query,
        "list_schemas": lambda self, database: emulator.schemas(),
        "check_schema_exists": lambda self, database, schema: schema.lower() in emulator.schemas(),
        "list_relations_without_caching": relations,
        "get_columns_in_relation": lambda self, relation: columns(self, emulator.columns(relation)),
        "get_column_schema_from_query": lambda self, sql, *_: columns(self, emulator.columns_of_query(sql)),
    }
    if engine == "bigquery":
        replaced |= {
            "drop_relation": drop,
            "load_dataframe": load_dataframe,
            "is_replaceable": lambda *_: True,
            "get_relation": implementation.BaseAdapter.get_relation,
            "update_columns": lambda *_: None,
            "update_table_description": lambda *_: None,
        }
    if engine == "redshift":
        replaced |= {"_link_cached_database_relations": lambda *_: None}
    if engine == "databricks":
        replaced |= {"get_relation": relation, "has_dbr_capability": lambda *_: True, "is_cluster": lambda self: False}
    for name, function in replaced.items():
        known = getattr(adapter, name)
        for mark in ("_is_available_", "_parse_replacement_"):
            if hasattr(known, mark):
                setattr(function, mark, getattr(known, mark))
        setattr(adapter, name, function)
    manager.open = classmethod(opened)
    for name in ("begin", "commit", "clear_transaction", "rollback_if_open", "cancel_open"):
        setattr(manager, name, lambda self: None)
    if engine == "databricks":
        manager._cache_dbr_capabilities = classmethod(lambda *_: None)
        connections.DatabricksCredentials.authenticate = lambda self: None
