"""Measure the build against a hand-written script that makes the same marts: `make bench SESSIONS=5000000`.

It makes raw data in a temporary folder, builds all models with dbt, runs script.sql over the same files, compares
the marts of the two row by row, runs the data tests, and counts how often the build scans each raw table.
Each step is a process of its own, so that its CPU seconds and its peak memory are its own.
With --source csv or postgres it measures only the build: of CSV files, or of text columns on PostgreSQL.
With --engine spark it measures the build of the same Parquet files on DuckDB, and on a cluster of one and of two workers.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb
import yaml

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
sys.path.append(str(PROJECT / "tests" / "python"))
from postgres_server import Server  # noqa: E402

TABLES = ("sessions", "conversions", "campaign_metrics")
MARTS = {
    "customer_ltv": ["customer_id"],
    "campaign_funnel": ["campaign_id"],
    "campaign_funnel_periods": ["period", "campaign_id"],
    "campaign_funnel_daily": ["campaign_id", "activity_date"],
    "orders": ["conversion_id"],
    "channel_daily": ["channel", "activity_date"],
    "channel_cohorts": ["acquisition_channel", "first_purchase_month"],
}
# Rejected rows, warnings and the reconciliation.
ONLY_IN_BUILD = re.compile("int_(warnings|data_warnings|reconciliation|rejected|unconverted|currency_amounts|missing)|latest_build")
FIRST_DAY = date(2024, 10, 1)
DAYS = 730
RATES = """currency,reporting_currency,valid_from,rate
EUR,USD,2025-01-01,1.08
EUR,USD,2025-07-01,1.1
EUR,USD,2026-01-01,1.085
GBP,USD,2025-01-01,1.27
GBP,USD,2025-07-01,1.31
CHF,USD,2026-01-01,1.26
"""
DBT = [sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main", "--quiet"]
THREADS = 2
# As DuckDB limits itself on a machine of 12 GB.
MEMORY = "9.6GB"
LOAD_BEFORE = os.getloadavg()[0]


def generate(folder: Path, sessions: int, kind: str) -> None:
    """Write two years of raw data to folder/raw, a file per table and month of loading, and the exchange rates."""
    connection = duckdb.connect(config={"threads": THREADS, "temp_directory": str(folder / "spill")})
    connection.execute(f"set variable sessions_per_day = {max(sessions // DAYS, 1)}")
    connection.execute((HERE / "generate.sql").read_text())
    months = {}
    for day in range(1, DAYS + 1):
        months.setdefault(f"raw/{{}}/{FIRST_DAY + timedelta(day):%Y-%m}.{kind}", []).append(day)
    for name, days in months.items():
        for table in TABLES:
            file = folder / name.format(table)
            file.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy (from loaded_{table}({days[0]}, {days[-1] + 1})) to '{file}'")
    (folder / "raw" / "exchange_rates.csv").write_text(RATES)


def run_measured(command: list[str], **environment: str) -> dict:
    """Run a command; its wall and CPU seconds and its peak memory in bytes. Its output is shown where it fails."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{output.read()}\nFailed: {' '.join(command)}")
    # Linux counts in kilobytes, macOS in bytes.
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "memory": memory}


def load_postgres(folder: Path, server: Server) -> None:
    """Set up the roles on the server, and load the CSV files in folder/raw into text columns."""
    server.create_database()
    roles = [*DBT, "compile", "--select", "roles", "--no-populate-cache", "--no-introspect"]
    roles += ["--target", "postgres", "--target-path", str(folder / "target")]
    environment = os.environ | server.environment("transformer")
    server.set_up_roles(subprocess.run(roles, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True).stdout)
    with server.connect("loader", server.database) as connection, connection.cursor() as cursor:
        for file in sorted((folder / "raw").rglob("*.csv")):
            table = file.stem if file.stem == "exchange_rates" else file.parent.name
            with file.open() as rows:
                columns = ", ".join(f"{column} text" for column in rows.readline().split(","))
                cursor.execute(f"create table if not exists insights_raw.{table} ({columns})")
                cursor.copy_expert(f"copy insights_raw.{table} from stdin (format csv)", rows)


def run_dbt(folder: Path, *arguments: str, target: str = "duckdb", **environment: str) -> dict:
    """Run dbt with the project's own profile, limited, on the database in the folder; its seconds by node beside what is measured."""
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    profiles["customer_insights"]["outputs"]["duckdb"]["settings"] |= {"threads": THREADS, "memory_limit": MEMORY}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    command = [*DBT, *arguments, "--vars", json.dumps({"raw_data": str(folder / "raw")})]
    command += ["--target", target, "--target-path", str(folder / "target"), "--profiles-dir", str(folder)]
    measured = run_measured(command, DUCKDB_PATH=str(folder / "dbt.duckdb"), DBT_LOG_PATH=str(folder / "logs"), **environment)
    results = json.loads((folder / "target" / "run_results.json").read_text())
    nodes = {result["unique_id"].split(".")[2]: result["execution_time"] for result in results["results"]}
    return measured | {"model_seconds": results["elapsed_time"], "nodes": nodes}


def run_script(folder: Path) -> dict:
    """Run script.sql in a process of its own; its seconds by statement beside what is measured."""
    (folder / "script.duckdb").unlink(missing_ok=True)
    measured = run_measured([sys.executable, str(Path(__file__).resolve()), "--script", str(folder)])
    nodes = json.loads((folder / "script.json").read_text())
    return measured | {"model_seconds": sum(nodes.values()), "nodes": nodes}


def execute_script(folder: Path) -> None:
    """Execute script.sql on the raw data in the folder, and write the seconds of its statements beside them."""
    connection = duckdb.connect(str(folder / "script.duckdb"), config={"threads": THREADS, "memory_limit": MEMORY})
    connection.execute("set variable raw_data = ?", [str(folder / "raw")])
    connection.execute("set variable seeds = ?", [str(PROJECT / "seeds")])
    seconds = {}
    for number, statement in enumerate(connection.extract_statements((HERE / "script.sql").read_text())):
        started = time.perf_counter()
        connection.execute(statement)
        code = " ".join(line for line in statement.query.strip().splitlines() if not line.startswith("--"))
        seconds[f"{number} {code[:60]}"] = time.perf_counter() - started
    (folder / "script.json").write_text(json.dumps(seconds))


def compare(folder: Path) -> dict[str, int]:
    """Compare the marts of both row by row, doubles within 1e-9 of their size and all else exactly; the rows of each mart."""
    connection = duckdb.connect(config={"threads": THREADS, "temp_directory": str(folder / "spill")})
    for name in ("dbt", "script"):
        connection.execute(f"attach '{folder}/{name}.duckdb' as {name} (read_only)")
    rows = {}
    for mart, key in MARTS.items():
        built, written = f"dbt.insights_marts.{mart}", f"script.main.{mart}"
        types, written_types = (
            dict(connection.sql(f"select column_name, column_type from (describe {name})").fetchall()) for name in (built, written)
        )
        if types != written_types:
            sys.exit(f"{mart}: columns differ: {set(types.items()) ^ set(written_types.items())}")
        differs = {}
        for name, kind in types.items():
            differs[name] = f"b.{name} is distinct from w.{name}"
            if kind == "DOUBLE":
                differs[name] += f" and coalesce(abs(b.{name} - w.{name}) > 1e-9 * greatest(1, abs(b.{name})), true)"
        shown = [
            f"case when {condition} then concat('{name}: ', coalesce(b.{name}::text, 'null'), ' / ', coalesce(w.{name}::text, 'null')) end"
            for name, condition in differs.items()
        ]
        keys = [f"coalesce(b.{name}, w.{name})" for name in key]
        connection.execute(
            f"create temp table differences as select concat_ws('; ', {', '.join(keys + shown)})"
            f" from {built} as b full join {written} as w using ({', '.join(key)}) where {' or '.join(differs.values())}"
        )
        count = connection.execute("select count(*) from differences").fetchall()[0][0]
        if count:
            examples = [row[0] for row in connection.execute("from differences limit 10").fetchall()]
            sys.exit("\n".join([f"{mart}: {count} rows differ, dbt / script.sql:", *examples]))
        connection.execute("drop table differences")
        rows[mart] = connection.execute(f"select count(*) from {built}").fetchall()[0][0]
    return rows


def describe_machine() -> str:
    """Cores, memory, processor, load, versions and date in one line."""
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), processor)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "dbt-duckdb"))
    machine = f"{os.cpu_count()} cores ({processor}), {memory:.0f} GB, load before {LOAD_BEFORE:.1f}"
    return f"{machine}; Python {platform.python_version()}, {packages}; {date.today()}"


def count_scans(folder: Path) -> dict[str, Counter]:
    """How often the build reads each column of each raw table, by the plans of the models. Warehouses bill what is scanned."""
    scans = {table: Counter() for table in TABLES}
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"].values()
    with duckdb.connect(str(folder / "dbt.duckdb")) as connection:
        # A plan names tables and no files, so the views of the files become tables, until the rollback.
        connection.execute("begin")
        for table in TABLES:
            connection.execute(f"create temp table {table} as from insights_raw.{table} limit 100")
            connection.execute(f"drop view insights_raw.{table}")
            connection.execute(f"create table insights_raw.{table} as from temp.{table}")
        for node in nodes:
            if node["resource_type"] == "model" and node["config"]["materialized"] == "table":
                query = (folder / "target" / "compiled" / "customer_insights" / node["original_file_path"]).read_text()
                plan = connection.execute(f"explain (format json) {query}").fetchall()[0][1]
                for operator in walk(json.loads(plan)):
                    table = operator["extra_info"].get("Table", "").removeprefix("dbt.insights_raw.")
                    if table in scans:
                        columns = operator["extra_info"].get("Projections", [])
                        # A scan that only counts rows reads no column.
                        scans[table].update(filter(None, [columns] if isinstance(columns, str) else columns))
        connection.execute("rollback")
    return scans


def walk(plan: list | dict) -> Iterator[dict]:
    """All operators of a plan as DuckDB's explain gives it."""
    for operator in plan if isinstance(plan, list) else [plan]:
        yield operator
        yield from walk(operator.get("children", []))


def report_steps(steps: dict[str, dict]) -> None:
    """Print what each step took, and the models that take longest."""
    start = steps["dbt alone"]["cpu"]
    print("| step | CPU seconds | without dbt's start | wall seconds | peak memory, GB |\n|---|---:|---:|---:|---:|")
    for name, step in steps.items():
        own = step["cpu"] - (start if name in ("full build", "tests") else 0)
        print(f"| {name} | {step['cpu']:.1f} | {own:.1f} | {step['seconds']:.1f} | {step['memory'] / 1e9:.2f} |")
    print("\n| wall seconds of the model | full build |\n|---|---:|")
    nodes = steps["full build"]["nodes"]
    slowest = sorted(nodes, key=nodes.get, reverse=True)[:12]
    for name in slowest:
        print(f"| {name} | {nodes[name]:.1f} |")
    print(f"| the {len(nodes) - len(slowest)} others | {sum(nodes[name] for name in nodes.keys() - set(slowest)):.1f} |")
    print(f"| of all, models that script.sql has no part for | {sum(nodes[name] for name in nodes if ONLY_IN_BUILD.match(name)):.1f} |")


def report(steps: dict[str, dict], scans: dict[str, Counter]) -> None:
    """Print the steps, the scans, the machine, and one line that a script can read."""
    report_steps(steps)
    print("\n| raw table | how often a build reads its columns |\n|---|---|")
    for table, columns in scans.items():
        print(f"| {table} | {', '.join(f'{column} {count}' for column, count in columns.most_common())} |")
    print(f"\n{describe_machine()}")
    start, script = steps["dbt alone"]["cpu"], steps["script.sql"]["cpu"]
    print(
        f"full build / script: {(steps['full build']['cpu'] - start) / script:.2f}x, "
        f"tests / script: {(steps['tests']['cpu'] - start) / script:.2f}x, "
        f"peak memory: {steps['full build']['memory'] / 1e9:.1f} GB"
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def build(folder: Path, **options: str) -> dict[str, dict]:
    """Build all models. What that took, and what dbt's start, parsing and connection take, which every command pays."""
    run_dbt(folder, "seed", **options)
    alone = run_dbt(folder, "run", "--select", "+int_exchange_rates", **options)
    say("Building all models ...")
    return {"dbt alone": alone, "full build": run_dbt(folder, "run", **options)}


def bench_source(folder: Path, source: str) -> None:
    """Measure only the build, of CSV files or on PostgreSQL."""
    if source == "csv":
        return report_steps(build(folder))
    with Server() as server:
        say("Loading them into PostgreSQL ...")
        load_postgres(folder, server)
        report_steps(build(folder, target="postgres", **server.environment("transformer")))


def bench_spark(folder: Path) -> None:
    """The build of the same files on DuckDB, and on clusters of one and of two workers with one core each."""
    # Only Spark's environment has what it imports.
    from spark_cluster import Cluster

    report_steps(build(folder))
    for workers in (1, 2):
        say(f"Starting a cluster with {workers} worker{'s' * (workers - 1)} ...")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with Cluster(workers, memory="4g", for_few_rows=False) as cluster:
            cluster.execute("create database insights_raw")
            for table in TABLES:
                cluster.execute(f"create table insights_raw.{table} using parquet location '{folder}/raw/{table}'")
            rates = f"using csv options (header 'true') location '{folder}/raw/exchange_rates.csv'"
            cluster.execute(f"create table insights_raw.exchange_rates (currency string, reporting_currency string, valid_from string, rate string) {rates}")
            print(f"\nSpark, {workers} worker{'s' * (workers - 1)}. CPU seconds of dbt alone, and below those of the cluster:\n")
            report_steps(build(folder, target="spark", **cluster.environment))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"\nCPU seconds of the cluster and dbt from start to end: {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.0f}")


def bench(folder: Path) -> None:
    """All steps, in the folder."""
    steps = build(folder)
    scans = count_scans(folder)
    say("Running script.sql, and comparing the marts ...")
    steps["script.sql"] = run_script(folder)
    marts = compare(folder)
    say("Running the data tests ...")
    steps["tests"] = run_dbt(folder, "test", "--exclude-resource-type", "unit_test")
    (folder / "steps.json").write_text(json.dumps(steps, indent=1))
    print("Marts equal, rows: " + ", ".join(f"{mart} {count:,}" for mart, count in marts.items()))
    report(steps, scans)


def main() -> None:
    """Read the options, and clear away what was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=5_000_000, help="at most 100 million")
    parser.add_argument("--keep", action="store_true", help="keep the data, both databases and steps.json (seconds of each node)")
    parser.add_argument("--source", choices=("parquet", "csv", "postgres"), default="parquet", help="where the raw rows are")
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help="where else than on DuckDB the build is measured")
    parser.add_argument("--script", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        return execute_script(options.script)
    if not 0 < options.sessions <= 100_000_000:
        parser.error("--sessions is a number from 1 to 100000000")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        say(f"Making {options.sessions:,} sessions in {folder} ...")
        generate(folder, options.sessions, "parquet" if options.source == "parquet" else "csv")
        if options.engine == "spark":
            bench_spark(folder)
            print(f"\n{options.sessions:,} sessions; {describe_machine()}")
        elif options.source == "parquet":
            bench(folder)
        else:
            bench_source(folder, options.source)
            print(f"\n{options.sessions:,} sessions, {options.source}; {describe_machine()}")
    finally:
        if options.keep:
            print(f"Kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
