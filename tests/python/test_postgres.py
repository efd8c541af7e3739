"""What only a server of many users has to promise: who may do what, and how it says no."""

import os
import subprocess
from contextlib import closing

import psycopg2
import pytest
from conftest import MARTS, OPTIONAL_TABLES, RAW_TABLES, ROOT, SAMPLE, read_rows
from psycopg2.errors import InsufficientPrivilege

pytestmark = pytest.mark.engines("postgres")
WRITES = [
    "insert into {} select * from {}",
    "delete from {}",
    "truncate {}",
    "drop table {}",
    "alter table {} rename to taken",
    "create index on {} ((1))",
]
WRITES_OF_VIEWS = [*WRITES[:2], "drop view {}", "alter view {} rename to taken", "create or replace view {} as select 1"]
EVERYBODY = [  # what no role may do
    "create schema mine",
    "create table public.mine (a int)",
    "create database mine",
    "create role mine",
    "create extension dblink",
    "grant reporter to transformer",
    "alter role reporter superuser",
    "alter role owner password 'stolen'",
    "set role owner",
    "set session authorization {admin}",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to '/tmp/taken'",
    "copy (select 1) to program 'true'",
    "select * from pg_authid",
    "alter system set log_statement = 'none'",
]
NOT_READ = {
    "loader": ["insights_published.customer_ltv", "insights_marts.customer_ltv", "insights_staging.stg_marketing__sessions", "insights_seeds.channel_rules"],
    "reporter": [
        *(f"insights_marts.{mart}" for mart in MARTS),
        *("insights_raw.sessions", "insights_raw.conversions", "insights_raw.campaign_metrics", "insights_seeds.exchange_rates"),
        *("insights_staging.base_marketing__sessions", "insights_staging.stg_marketing__conversions"),
        *("insights_intermediate.int_conversions", "insights_intermediate.int_rejected_records", "insights_intermediate.int_reconciliation"),
        *("insights_builds.customer_ltv", "insights_builds.build_log"),
    ],
}
NOT_WRITTEN = {
    "loader": ["insights_published.customer_ltv", "insights_seeds.exchange_rates"],
    "transformer": ["insights_raw.sessions", "insights_raw.campaign_metrics"],
    "reporter": [f"insights_published.{mart}" for mart in MARTS]
    + ["insights_builds.customer_ltv", "insights_builds.build_log", "insights_raw.sessions"],
}
NOT_CREATED = {
    "loader": ["create table insights_published.mine (a int)", "create temporary table mine (a int)"],
    "transformer": ["create table insights_raw.mine (a int)"],
    "reporter": [
        *("create table insights_published.mine (a int)", "create view insights_published.mine as select 1", "create temporary table mine (a int)"),
        *("create function insights_published.mine() returns int language sql as 'select 1'", "create sequence insights_published.mine"),
        "comment on view insights_published.customer_ltv is 'taken'",
    ],
}
FORBIDDEN = [
    *((role, statement) for role in ("loader", "transformer", "reporter") for statement in EVERYBODY),
    *((role, f"select * from {table}") for role, tables in NOT_READ.items() for table in tables),
    *((role, write.format(table, table)) for role, tables in NOT_WRITTEN.items() for table in tables for write in (WRITES_OF_VIEWS if "_published." in table else WRITES)),
    *((role, statement) for role, statements in NOT_CREATED.items() for statement in statements),
]


@pytest.mark.parametrize("role, statement", FORBIDDEN)
def test_forbidden(sample, server, role, statement):
    """Each role is refused what it does not need, by its rights and not by chance."""
    with server.connect(role, sample.database, autocommit=True) as connection, connection.cursor() as cursor:
        with pytest.raises(InsufficientPrivilege):
            cursor.execute(statement.replace("{admin}", server.admin))


def test_no_role_is_more_than_it_seems(sample, server):
    """None is a superuser, may make roles or databases, or is a member of another; nobody logs in as the owner."""
    roles = server.as_admin(
        "select rolname, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls from pg_roles"
        " where rolname in ('owner', 'loader', 'transformer', 'reporter') order by rolname"
    )
    assert roles == [("loader", True, False), ("owner", False, False), ("reporter", True, False), ("transformer", True, False)]
    memberships = "select * from pg_auth_members join pg_roles on pg_roles.oid in (roleid, member) where rolname in ('loader', 'transformer', 'reporter')"
    assert server.as_admin(memberships) == []


def test_no_other_database(sample, server):
    """The roles cannot enter databases that are open to all by default. Others keep exactly their rights, and can be dropped."""
    statements = sample.role_statements()
    server.as_admin("create role neighbour login password 'known'")
    server.as_admin("create role hermit login noinherit password 'known'")
    server.as_admin("create database elsewhere")
    server.as_admin("revoke temporary on database elsewhere from public")
    try:
        server.as_admin(statements, sample.database)
        for role in ("loader", "transformer", "reporter"):
            for database in ("elsewhere", "postgres", "template1"):
                with pytest.raises(psycopg2.OperationalError, match=f'permission denied for database "{database}"'), server.connect(role, database):
                    pass
        for neighbour in ("neighbour", "hermit"):
            with closing(psycopg2.connect(host=server.host, port=server.port, dbname="elsewhere", user=neighbour, password="known")) as connection:
                with pytest.raises(InsufficientPrivilege):
                    connection.cursor().execute("create temporary table mine (a int)")
        server.as_admin("drop role neighbour")
    finally:
        server.as_admin("drop database elsewhere")
        for (database,) in server.as_admin("select datname from pg_database where datallowconn"):
            server.as_admin("drop owned by hermit", database)
        server.as_admin("drop role hermit")


def test_administrator_need_not_be_superuser(sample, server):
    """A managed server gives no superuser. A warning names what this administrator cannot close."""
    server.as_admin("create role administrator login createrole password 'known'")
    server.as_admin("create database administered owner administrator")
    server.as_admin("create database elsewhere")
    try:
        access = {"host": server.host, "port": server.port, "user": "administrator", "password": "known"}
        with closing(psycopg2.connect(dbname="administered", **access)) as connection:
            connection.cursor().execute(sample.role_statements().replace(sample.database, "administered"))
            warnings = "".join(connection.notices)
        assert "The roles can still enter elsewhere: only a superuser or the owner can close a database." in warnings
        assert "The roles can still make large objects" in warnings
        with server.connect("transformer", "administered") as connection:
            connection.cursor().execute("create table insights_published.own (a int)")
        with server.connect("reporter", "administered") as connection:
            connection.cursor().execute("select * from insights_published.own")
    finally:
        server.as_admin("drop database administered")
        server.as_admin("drop database elsewhere")
        server.as_admin("drop owned by administrator")
        server.as_admin("drop role administrator")


@pytest.mark.parametrize("change, back", [("createrole", "nocreaterole"), ("superuser", "nosuperuser")])
def test_greater_roles_are_not_taken_over(sample, server, change, back):
    """A reporter that is a superuser would read everything, whatever is granted."""
    statements = sample.role_statements()
    server.as_admin(f"alter role reporter {change}")
    try:
        with pytest.raises(psycopg2.errors.RaiseException, match="There is a role reporter already"):
            server.as_admin(statements, sample.database)
    finally:
        server.as_admin(f"alter role reporter {back}")


def test_somebody_elses_role_is_not_taken_over(sample, server):
    """Other applications have a role reporter, too: it would lose its database, and read these marts."""
    statements = sample.role_statements()
    server.as_admin("comment on role reporter is null")
    try:
        with pytest.raises(psycopg2.errors.RaiseException, match="There is a role reporter already"):
            server.as_admin(statements, sample.database)
    finally:
        server.as_admin("comment on role reporter is 'customer_insights'")


def test_what_an_administrator_built_first_is_handed_over(warehouse, server):
    """If a user built as postgres before there were roles, transformer could otherwise never build."""
    server.as_admin("drop table insights_seeds.channel_rules", warehouse.database)
    server.as_admin("create table insights_seeds.channel_rules as select 1 as a", warehouse.database)
    server.as_admin("create view insights_staging.left_over as select * from insights_seeds.channel_rules", warehouse.database)
    server.as_admin(warehouse.role_statements(), warehouse.database)
    owners = "select distinct relowner::regrole::text from pg_class where relnamespace in ('insights_seeds'::regnamespace, 'insights_staging'::regnamespace)"
    assert server.as_admin(owners, warehouse.database) == [("transformer",)]


def test_sample_replaces_nobodys_rows(warehouse, server):
    """`dbt seed` empties a table before it fills it, and raw rows are what cannot be built again."""
    arguments = ("--quiet", "seed", "--select", "path:seeds/sample")
    warehouse.environment = server.environment("loader")
    refused = warehouse.dbt(*arguments)
    assert refused.returncode == 1 and refused.stdout.count("holds rows already, and the sample would replace them") == len((*RAW_TABLES, *OPTIONAL_TABLES))
    assert warehouse.query("select count(*) > 0 from insights_raw.sessions") == [(True,)]
    warehouse.variables = {"raw_schema": "elsewhere"}
    refused = warehouse.dbt(*arguments)
    assert refused.returncode == 1 and "see var raw_schema" in refused.stdout
    warehouse.variables = {}
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(f'insights_raw.{table}' for table in (*RAW_TABLES, *OPTIONAL_TABLES))}")
    done = warehouse.dbt(*arguments)
    assert done.returncode == 0, done.stdout
    warehouse.environment = server.environment("transformer")
    warehouse.run("--select", "+int_rejected_records")


def test_raw_tables_of_other_kinds(sample, warehouse, server):
    """A materialized view is read like a table; a name with capitals, which would be missed in silence, and a missing table are named."""
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute("alter table insights_raw.sessions rename to loaded")
        cursor.execute("alter table insights_raw.loaded drop column landing_page cascade")
        cursor.execute("create materialized view insights_raw.sessions as select * from insights_raw.loaded")
    warehouse.run()
    assert [warehouse.published()[mart] for mart in MARTS] == [sample.published()[mart] for mart in MARTS]
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute('alter table insights_raw.conversions rename currency to "Currency"')
        cursor.execute("drop table insights_raw.campaign_metrics cascade")
    said = " ".join(warehouse.dbt("build").stdout.split())
    assert 'rename column "Currency" to currency;' in said
    assert 'There is no raw table "' in said and '"campaign_metrics". Load it' in said


def test_typed_tables_give_the_marts_of_text(sample, warehouse, server):
    """What a loader keeps in types, and an empty text where another has null, is the same to the last digit and microsecond."""
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        for table, types in {
            "sessions": {"started_at": "timestamptz", "loaded_at": "timestamp"},
            "conversions": {"converted_at": "timestamp", "revenue": "numeric", "loaded_at": "timestamptz"},
            "campaign_metrics": {"metric_date": "date", "impressions": "bigint", "clicks": "numeric", "spend": "double precision", "loaded_at": "timestamptz"},
        }.items():
            header, *_ = read_rows(SAMPLE / f"{table}.csv")
            with server.connect("transformer", warehouse.database) as reading, reading.cursor() as accepted:
                accepted.execute("set timezone = 'UTC'")
                accepted.execute(f"select {', '.join(header)} from insights_staging.stg_marketing__{table}")
                rows = accepted.fetchall()
            cursor.execute("set timezone = 'UTC'")
            cursor.execute(f"drop table insights_raw.{table} cascade")
            columns = ", ".join(f"{column} {types.get(column, 'varchar')}" for column in header)
            cursor.execute(f"create table insights_raw.{table} ({columns})")
            cursor.executemany(
                f"insert into insights_raw.{table} values ({', '.join(['%s'] * len(header))})",
                [["" if value is None and column not in types else value for column, value in zip(header, row)] for row in rows],
            )
    warehouse.run()
    before, after = sample.published(), warehouse.published()
    assert {mart: after[mart] for mart in MARTS} == {mart: before[mart] for mart in MARTS}
    assert after["int_rejected_records"] == []


def test_types_that_hold_what_the_contract_refuses(warehouse, server):
    """Infinity, NaN, years beyond 9999 and numbers that are no moments are rejected rows, not failed builds."""
    with server.connect("loader", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute("drop table insights_raw.conversions cascade")
        cursor.execute(
            """
            create table insights_raw.conversions as select * from (values
                (1::bigint, 9007199254740993001, timestamptz '2025-01-01 00:00:00.123456+02', 'purchase', 0.1::double precision, 1::bigint),
                (2, 2, 'infinity', 'purchase', 5.25, null),
                (3, 3, '-infinity', 'refund', 'nan', null),
                (4, 4, '2025-01-01', 'refund', '-infinity', null),
                (5, 5, '10000-01-01', 'refund', 1e300, null),
                (6, 6, '2025-01-01', 'refund', 1e-300, null),
                (7, 7, '0001-01-01 00:00:00 BC', 'refund', 1, null),
                (8, 8, '1989-12-31 23:59:59.999999Z', 'refund', 1, null),
                (9, 9, '2100-01-01', 'refund', 1, null)
            ) as rows (conversion_id, user_id, converted_at, conversion_type, revenue, loaded_at)
            """
        )
    warehouse.run("--select", "+int_rejected_records", "+stg_marketing__conversions")
    staged = "select conversion_id, user_id, cast(converted_at as text), cast(revenue as text) from stg_marketing__conversions order by 1"
    assert warehouse.query(staged) == [("6", "6", "2025-01-01 00:00:00", "0.000000000")]
    assert warehouse.query("select record_key, rejection_reasons from int_rejected_records where source_table = 'conversions' order by 1") == [
        ("1", "loaded_at_invalid"),
        ("2", "converted_at_invalid"),
        ("3", "converted_at_invalid;revenue_invalid"),
        ("4", "revenue_invalid"),
        ("5", "converted_at_invalid;revenue_invalid"),
        ("7", "converted_at_invalid"),
        ("8", "converted_at_invalid"),
        ("9", "converted_at_invalid"),
    ]


def test_database_without_letters_is_refused_with_advice(warehouse, server):
    """In the locale C no campaign with an É in its name is found in another case, and nobody would notice."""
    server.as_admin(f"drop database {server.database} with (force)")
    server.as_admin(f"create database {server.database} template template0 locale_provider libc locale 'C'")
    server.as_admin(warehouse.role_statements(), server.database)
    said = " ".join(warehouse.dbt("build").stdout.split())
    assert f"createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 {server.database}" in said


def make(*arguments: str, **variables: str) -> str:
    """What a make target says that fails; with these variables and no other of PostgreSQL's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | variables
    done = subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode != 0, done.stdout
    return " ".join((done.stdout + done.stderr).split())


def test_failed_connection_says_which_variable_to_set(server):
    """The message shows no password."""
    said = make("build", "TARGET=postgres")
    assert "Env var required but not provided: 'PGPASSWORD'" in said and "PGPASSWORD (not set)" in said
    said = make("build", "TARGET=postgres", PGHOST=server.host, PGPORT=server.port, PGPASSWORD="Open Sesame")
    assert 'password authentication failed for user "transformer"' in said
    assert f"PGHOST={server.host}, PGPORT={server.port}, PGUSER=transformer (not set), PGDATABASE=customer_insights (not set)" in said
    assert "PGPASSWORD (set)" in said and "Open Sesame" not in said


def test_what_is_for_one_engine_is_not_taken_for_the_other():
    """If make ignored DATA, users would take other figures for their own."""
    assert "DATA is for DuckDB" in make("build", "TARGET=postgres", "DATA=/somewhere")
    assert "DuckDB reads the sample where it lies" in make("load-sample")


def test_password_is_written_nowhere(warehouse, server):
    """Neither into dbt's logs nor into what it keeps for the next run."""
    warehouse.dbt("--debug", "build", "--select", "exchange_rates")
    files = [path for path in warehouse.folder.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in files) and any(path.name == "partial_parse.msgpack" for path in files)
    assert [path for path in files if server.passwords["transformer"].encode() in path.read_bytes()] == []
