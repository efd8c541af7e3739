"""The four warehouses that nobody here has an account for. Nothing in this folder ever ran on a real one: see docs/warehouses.md."""

import re

import pytest
import sqlglot
from conftest import PUBLISHED, ROOT, WAREHOUSES
from limits import broken
from test_conformance import COMPARED, compare

per_warehouse = pytest.mark.parametrize("engine", WAREHOUSES)
# One statement for each kind of limit, and a part of what is said of it.
MISTAKES = {
    "bigquery": {
        "select cast(a as numeric(28, 6)) from t": "type numeric(28, 6)",
        "select cast(a as text) from t": "type text",
        "select concat_ws(',', a, b) from t": "concat_ws()",
        "select a from t union select a from u": "all or distinct",
        "select a like '%!_%' escape '!' from t": "escape",
        "select 'it''s'": "a quote",
        "select trim(a, '\n') from t": "another line",
        "select regexp_contains(a, 'b(?=c)') from t": "look-around",
        "select a from t left join u on u.b is not null": "without an equality",
        "select a as hash from t": "hash is reserved",
        "begin": "a transaction",
    },
    "snowflake": {
        "select a ~ 'b' from t": "no operator ~",
        "select regexp_like(a, '(?:b)') from t": "groups",
        "select try_cast(a as numeric(28, 9)) from t": "a text only",
        "select trim(both 'x' from a) from t": "as an argument",
        "select bool_or(a) from t": "bool_or()",
        "select a as start from t": "start is reserved",
    },
    "redshift": {
        "select a is distinct from b from t": "is distinct from",
        "select array_agg(a) from t": "array_agg()",
        "select a from t cross join lateral generate_series(1, 2) as b": "compute nodes",
        "select a from t where a ~ b": "a literal",
        "select a ~ '(?:b)' from t": "POSIX",
        "select cast(a as text) from t": "type text",
        "select a as tag from t": "tag is reserved",
        f"select a as {'n' * 128} from t": "too long",
    },
    "databricks": {
        "select cast(a as text) from t": "type text",
        "select string_agg(a, ',') from t": "string_agg()",
        "select a rlike ('[[:alpha:]]') from t": "POSIX",
        "select a as semi from t": "semi is reserved",
    },
}


@per_warehouse
@pytest.mark.parametrize("table", COMPARED)
def test_every_value_is_that_of_duckdb(built, engine, table):
    """The statements of a whole build, in their order, in sqlglot's translation."""
    if (engine, table) == ("bigquery", "int_data_warnings"):
        pytest.skip("BigQuery's numerics have no scale, so the texts of amounts have other zeros.")
    assert compare(table, built(engine), built("duckdb")) > 10


@per_warehouse
def test_readers_see_the_build(built, engine):
    """The build was published with all its rows, and its views show the columns of the marts."""
    warehouse = built(engine)
    published = [table for table in PUBLISHED if table != "int_rejected_records"]
    assert warehouse.rows(published, "insights_published.") == warehouse.rows(published)


@per_warehouse
def test_no_statement_breaks_a_limit(built, engine):
    statements = built(engine).emulator.statements
    assert len(statements) > 500
    assert {reason: sql for sql in statements for reason in broken(engine, sql)} == {}


@per_warehouse
def test_limits_are_noticed(engine):
    assert [sql for sql, reason in MISTAKES[engine].items() if not any(reason in found for found in broken(engine, sql))] == []


def test_snowflake_gives_names_in_upper_case(built):
    """The emulator does this too, and the build still reads its report and its rates correctly."""
    assert built("snowflake").emulator.run("select 1 as one")[0] == ["ONE"]


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "exports").glob("*.sql")))
def test_exports_are_bigquerys(file):
    """tests/python/test_exports.py runs them on made-up rows."""
    sql = (ROOT / "exports" / file).read_text(encoding="utf-8")
    assert all(sqlglot.parse(sql, read="bigquery"))
    assert [reason for reason in broken("bigquery", sql) if "documented functions" not in reason] == []


def test_contributing_names_the_variants():
    """The table in CONTRIBUTING.md says for each macro which engines have one of their own."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "macros").glob("*.sql")))
    engines = ("duckdb", "postgres", "spark", *WAREHOUSES)
    variants = {}
    for engine, macro in re.findall(rf"{{% macro ({'|'.join(engines)})__(\w+)\(", sources):
        variants.setdefault(macro, set()).add(engine)
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", table, flags=re.M)
    stated = {macro: {engine for engine, cell in zip(engines, cells.split("|")) if cell.strip()} for macro, cells in rows}
    assert stated == variants
