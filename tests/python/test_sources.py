"""Users' own data: files of several shapes give the same marts, broken ones are named and publish nothing."""

import os
import subprocess
import sys

import duckdb
import pytest
from conftest import MARTS, OPTIONAL_TABLES, RAW_TABLES, ROOT, SAMPLE, read_rows

pytestmark = pytest.mark.engines("duckdb")


@pytest.fixture
def clean(sample, warehouse):
    """A warehouse whose raw tables are the sample's accepted rows; typed copies of them in the schema `typed`."""
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create schema typed")
        for table in RAW_TABLES:
            connection.execute(f"create table typed.{table} as select * from insights_staging.stg_marketing__{table}")
    return warehouse


def export(warehouse, file, query):
    """Write the rows of a query as a file, of the kind that its name says; the CSV file of its table goes."""
    (warehouse.raw / f"{file.split('/')[0].split('.')[0]}.csv").unlink(missing_ok=True)
    (warehouse.raw / file).parent.mkdir(exist_ok=True)
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        connection.execute(f"copy ({query}) to '{warehouse.raw / file}'")


def test_typed_parquet_globs_and_compressed_files_give_the_marts_of_text(sample, clean):
    """Parquet with types, a folder of files and gzip: the same marts, to the last digit and microsecond."""
    export(clean, "sessions.parquet", "select * replace (started_at at time zone 'UTC' as started_at) from typed.sessions")
    export(clean, "conversions.csv.gz", "from typed.conversions")
    export(clean, "campaign_metrics/2025.parquet", "from typed.campaign_metrics where metric_date < '2026-01-01'")
    export(clean, "campaign_metrics/2026.parquet", "select spend, * exclude (spend) from typed.campaign_metrics where metric_date >= '2026-01-01'")
    clean.run()
    assert {mart: clean.published()[mart] for mart in MARTS} == {mart: sample.published()[mart] for mart in MARTS}
    assert clean.published()["int_rejected_records"] == []


def test_typed_values_arrive_unchanged(clean):
    """19 digits, microseconds and exact decimals survive; what a type allows and the contract does not is rejected. Numbers are no
    moments: whether seconds, milliseconds or days since when is anybody's guess."""
    with duckdb.connect(str(clean.database)) as connection:
        connection.execute(
            """
            create or replace table typed.conversions as select * from (values
                (9007199254740993001::bigint, 1::double, timestamp_ns '2025-01-01 00:00:00.123456789', 'purchase', 0.1::double, date '2025-01-02'),
                (2, 2, timestamp_ns '1990-01-01 00:00:00.000000999', 'purchase', 5.25, null),
                (3, 3, timestamp_ns '2025-01-01 00:00:00', 'refund', 'nan'::double, null),
                (4, 4, timestamp_ns '2025-01-01 00:00:00', 'refund', '-inf'::double, null),
                (5, 9007199254740992, timestamp_ns '1989-12-31 23:59:59.999999999', 'refund', 1, date '1989-12-31')
            ) as rows (conversion_id, user_id, converted_at, conversion_type, revenue, loaded_at)
            """
        )
        connection.execute(
            """
            create or replace table typed.campaign_metrics as select * from (values
                (date '2025-01-01', 'p', '1', 9223372036854775807::ubigint, 1.0::double, 0.000000001::decimal(38, 9), timestamptz '2025-01-01 00:00:00+02'),
                (date '2025-01-01', 'p', '2', 9223372036854775808, 1.5, 0, timestamptz 'infinity'),
                (date '2025-01-01', 'p', '3', 9223372036854775809, 'nan', 1000000000000, null)
            ) as rows (metric_date, platform, campaign_id, impressions, clicks, spend, loaded_at)
            """
        )
    export(clean, "sessions.parquet", "select * replace (epoch_ms(started_at) as started_at, 1.5 as loaded_at) from typed.sessions limit 3")
    export(clean, "conversions.parquet", "from typed.conversions")
    export(clean, "campaign_metrics.parquet", "from typed.campaign_metrics")
    clean.run("--select", "+int_rejected_records", "+stg_marketing__conversions", "+stg_marketing__campaign_metrics")
    columns = "conversion_id, user_id, converted_at::varchar, revenue::varchar, loaded_at::varchar"
    assert clean.query(f"select {columns} from stg_marketing__conversions order by 1") == [
        ("2", "2", "1990-01-01 00:00:00", "5.250000000", None),
        ("9007199254740993001", "1", "2025-01-01 00:00:00.123456", "0.100000000", "2025-01-02 00:00:00"),
    ]
    assert clean.query("select impressions, clicks, spend::varchar, loaded_at::varchar from stg_marketing__campaign_metrics") == [
        (9223372036854775807, 1, "0.000000001", "2024-12-31 22:00:00")
    ]
    reasons = dict(clean.query("select record_key, rejection_reasons from int_rejected_records where source_table <> 'sessions'"))
    assert reasons == {
        "3": "revenue_invalid",
        "4": "revenue_invalid",
        "5": "user_id_damaged;converted_at_invalid;loaded_at_invalid",
        "2025-01-01|p|2|": "impressions_invalid;clicks_invalid;loaded_at_invalid",
        "2025-01-01|p|3|": "impressions_invalid;clicks_invalid;spend_invalid",
    }
    assert clean.query("select rejection_reasons from int_rejected_records where source_table = 'sessions'") == [
        ("started_at_invalid;loaded_at_invalid",)
    ] * 3


def test_tables_of_another_database(sample, clean):
    """A DuckDB file is read as it is, and never written."""
    other = clean.raw / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute(f"attach '{clean.database}' as built (read_only)")
        connection.execute("create schema ads")
        for table in RAW_TABLES:
            connection.execute(f"create table ads.raw_{table} as select * from built.typed.{table}")
        for table in OPTIONAL_TABLES:
            connection.execute(f"create table ads.{table} as from read_csv('{clean.raw}/{table}.csv', all_varchar = true)")
    written = other.stat().st_mtime_ns
    clean.variables = {"raw_data": str(other), "raw_schema": "ads"} | {f"raw_{table}_table": f"raw_{table}" for table in RAW_TABLES}
    clean.run()
    assert {mart: clean.published()[mart] for mart in MARTS} == {mart: sample.published()[mart] for mart in MARTS}
    assert other.stat().st_mtime_ns == written


@pytest.fixture(scope="module")
def broken(sample, tmp_path_factory):
    """A copy of the built sample whose files are made unreadable in one way after the other."""
    return sample.copy(tmp_path_factory.mktemp("broken"))


def test_missing_and_ambiguous_files_are_named(broken):
    warehouse = broken
    warehouse.deliver({})
    (warehouse.raw / "conversions.csv").rename(warehouse.raw / "orders.csv")
    said = warehouse.refused()
    assert "Raw table conversions needs exactly one of conversions.parquet" in said
    assert "Found: " + ", ".join(map(str, sorted(warehouse.raw.iterdir()))) + "." in said
    warehouse.deliver({})
    export_dir = warehouse.raw / "sessions"
    export_dir.mkdir()
    (export_dir / "part.csv").write_text((SAMPLE / "sessions.csv").read_text(encoding="utf-8"), encoding="utf-8")
    assert f"Found: {warehouse.raw}/sessions.csv, {warehouse.raw}/sessions/part.csv." in warehouse.refused()


BROKEN = {
    "a row with too many fields": ("{header}\n{row}\n{row},one more\n", "line 3: more fields than the header has"),
    "an unterminated quote": ('{header}\n{row}\n"{row}\n{row}\n', "line 3: a quote that does not end"),
    "bytes that are not UTF-8": ("{header}\n{row}\n\udce9{row}\n", "line 3: bytes that are not UTF-8"),
    "a header that is not UTF-8": ("\udcff\udcfe{header}\n{row}\n", "line 1: bytes that are not UTF-8"),
    "a line for Excel above the header": ("sep=,\n{header}\n{row}\n", "line 1 is \"sep=,\", which only Excel understands. Delete that line"),
    "a workbook under another name": ("PK\x03\x04\x14\x00\udcff{header}\n{row}\n", "is an Excel workbook or a zip file under another name. Open it in Excel and save it as CSV UTF-8"),
    "UTF-16 without a mark": ("s\x00e\x00s\x00s\x00i\x00o\x00n\x00\n\x00", "line 1: bytes that are not UTF-8, but UTF-16. Save it as UTF-8"),
    "a column twice": ("{header},SESSION_ID\n{row},x\n", "has more than one column"),
    "another separator": ("session_id;anonymous_id\na;b\n", "has no column session_id, started_at, which the contract requires. Found: session_id;anonymous_id. Is the file separated by commas?"),
}


@pytest.mark.parametrize("content, error", BROKEN.values(), ids=BROKEN)
def test_broken_files_fail_with_file_and_line(broken, content, error):
    """A file that cannot be read as rows is no row: the build stops, says where, and the last good marts stand."""
    broken.deliver({})
    header, row = (",".join(row) for row in read_rows(SAMPLE / "sessions.csv")[:2])
    text = content.format(header=header, row=row)
    (broken.raw / "sessions.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    said = broken.refused()
    assert error in said
    assert "sessions.csv" in said or ";" in error


def make_build(warehouse, variables: str) -> str:
    """The output of a `make build` that fails, in one line."""
    environment = os.environ | {"DUCKDB_PATH": str(warehouse.database), "DBT_TARGET_PATH": str(warehouse.folder / "made")}
    made = ["-o", ".venv/.built", "-o", "dbt_packages/.installed", f"VENV_PYTHON={sys.executable}"]
    done = subprocess.run(["make", "--silent", *made, "build", f"VARS=--vars '{variables}'"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode != 0, done.stdout
    for stack in ("Traceback", "in macro", "called by", "\x1b", "on-run-start"):
        assert stack not in done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_make_names_who_holds_a_file_and_what_a_raw_database_has(broken):
    """The message names the file that a build or a loader has open, or the tables that a raw database has in another schema."""
    file = broken.folder / "loader.duckdb"
    variables = f"{{raw_data: {file}, raw_schema: trakking}}"
    with duckdb.connect(str(file)) as loader:
        loader.execute("create schema tracking; create table tracking.sessions (session_id text)")
        said = make_build(broken, variables)
        assert f"Another program has {file} open: a build, a loader or a reader. Wait for it, and build again." in said
    said = make_build(broken, variables)
    assert f"Database {file} has no table trakking.sessions. It has: tracking.sessions. Name the schema and the table in the vars raw_schema" in said
    with duckdb.connect(str(broken.database)):
        said = make_build(broken, variables)
    assert f"Another program has {broken.database} open: a build, a loader or a reader. Wait for it, and build again." in said


def test_a_seed_that_breaks_its_rule_is_named(broken):
    """For example a platform with an unknown channel. The message names file, column, value and rule, not a test."""
    broken.execute("update insights_seeds.platform_channels set channel = 'My Channel' where platform = 'tiktok'")
    said = " ".join(broken.dbt("--quiet", "test", "--select", "platform_channels").stdout.split())
    assert "STOPPED: seeds/platform_channels.csv, column channel: My Channel is not in seeds/channel_rules.csv, column channel. Correct the file" in said


def test_short_rows_are_padded_and_a_file_of_no_bytes_is_an_empty_table(warehouse):
    """One short row neither shifts its columns nor hides the others, whatever stands first in the file."""
    (warehouse.raw / "sessions.csv").write_text(
        "\ufeffsession_id,anonymous_id,started_at,utm_source\r\nshort\r\n#1,a,2025-01-01,\"line\r\nbreak\"\r\nlacks-time,a\r\n", encoding="utf-8"
    )
    (warehouse.raw / "conversions.csv").write_bytes(b"")
    warehouse.run("--select", "+int_rejected_records", "+stg_marketing__sessions", "+stg_marketing__conversions")
    assert warehouse.query("select session_id, utm_source from stg_marketing__sessions") == [("#1", "line\r\nbreak")]
    assert warehouse.query("select record_key, rejection_reasons from int_rejected_records where source_table = 'sessions' order by all") == [
        ("lacks-time", "started_at_missing"),
        ("short", "started_at_missing;identity_missing"),
    ]
    assert warehouse.query("select count(*) from stg_marketing__conversions") == [(0,)]


@pytest.mark.parametrize("target", ["build", "check-data"])
def test_a_missing_folder_is_named(target):
    """A missing folder would look like one without tables."""
    done = subprocess.run(["make", target, "DATA=/nowhere/it's"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0 and done.stderr.startswith("There is no folder or file /nowhere/it's.\n"), done.stderr
