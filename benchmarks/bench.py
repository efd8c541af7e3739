"""Measure the build against a hand-written script that makes the same marts: `make bench SESSIONS=5000000`.

It makes raw data in a temporary folder, builds all models with dbt, runs script.sql over the same files, compares
the marts of the two row by row, adds the files of one more day, builds again, compares again, and runs the tests.
Each step is a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb
import yaml

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
TABLES = ("sessions", "conversions", "campaign_metrics")
MARTS = {
    "customer_ltv": ["customer_id"],
    "campaign_funnel": ["campaign_id"],
    "campaign_funnel_daily": ["campaign_id", "activity_date"],
}
FIRST_DAY = date(2024, 10, 1)
DAYS = 730
THREADS = 2
# As DuckDB limits itself on a machine of 12 GB.
MEMORY = "9.6GB"
LOAD_BEFORE = os.getloadavg()[0]


def generate(folder: Path, sessions: int) -> None:
    """Write two years of raw data to folder/raw, a file per table and month of loading, and the next day's to folder/next."""
    connection = duckdb.connect(config={"threads": THREADS, "temp_directory": str(folder / "spill")})
    connection.execute(f"set variable sessions_per_day = {max(sessions // DAYS, 1)}")
    connection.execute((HERE / "generate.sql").read_text())
    months = {}
    for day in range(1, DAYS + 1):
        months.setdefault(f"raw/{{}}/{FIRST_DAY + timedelta(day):%Y-%m}.parquet", []).append(day)
    months[f"next/{{}}/{FIRST_DAY + timedelta(DAYS + 1)}.parquet"] = [DAYS + 1]
    for name, days in months.items():
        for table in TABLES:
            file = folder / name.format(table)
            file.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy (from loaded_{table}({days[0]}, {days[-1] + 1})) to '{file}'")


def run_measured(command: list[str], **environment: str) -> dict:
    """Run a command; its seconds in all and the peak memory of its process. Its output is shown where it fails."""
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
    return {"seconds": seconds, "memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)}


def run_dbt(folder: Path, *arguments: str) -> dict:
    """Run dbt with the project's own profile, limited, on the database in the folder; its seconds by node beside what is measured."""
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    profiles["customer_insights"]["outputs"]["duckdb"]["settings"] |= {"threads": THREADS, "memory_limit": MEMORY}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    command = [sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main", "--quiet", *arguments]
    command += ["--vars", json.dumps({"raw_data": str(folder / "raw")}), "--target-path", str(folder / "target"), "--profiles-dir", str(folder)]
    measured = run_measured(command, DUCKDB_PATH=str(folder / "dbt.duckdb"), DBT_LOG_PATH=str(folder / "logs"))
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


def count_raw(folder: Path) -> int:
    """The rows of the three raw tables."""
    return sum(duckdb.sql(f"select count(*) from '{folder}/raw/{table}/*.parquet'").fetchall()[0][0] for table in TABLES)


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


def report(steps: dict[str, tuple[dict, int]]) -> None:
    """Print the table, the ratios, the models that take longest and the machine."""
    print("| step | seconds of models | seconds in all | peak memory, GB | raw rows |\n|---|---:|---:|---:|---:|")
    for name, (step, rows) in steps.items():
        print(f"| {name} | {step['model_seconds']:.1f} | {step['seconds']:.1f} | {step['memory'] / 1e9:.2f} | {rows:,} |")
    full, day, script = (steps[name][0]["model_seconds"] for name in ("full build", "one more day", "script.sql"))
    print(f"\nFull build / script.sql: {full / script:.1f}. One more day / full build: {day / full:.2f}.\n")
    print("| seconds of the model | full build | one more day |\n|---|---:|---:|")
    before, after = steps["full build"][0]["nodes"], steps["one more day"][0]["nodes"]
    slowest = sorted(before, key=before.get, reverse=True)[:8]
    for name in slowest:
        print(f"| {name} | {before[name]:.1f} | {after[name]:.1f} |")
    others = [sum(seconds[name] for name in seconds.keys() - set(slowest)) for seconds in (before, after)]
    print(f"| the {len(before) - len(slowest)} others | {others[0]:.1f} | {others[1]:.1f} |")
    print(f"\n{describe_machine()}")


def bench(folder: Path, sessions: int) -> None:
    """All steps, in the folder."""

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    say(f"Making {sessions:,} sessions in {folder} ...")
    generate(folder, sessions)
    steps, rows = {}, count_raw(folder)
    run_dbt(folder, "seed")
    say("Building all models ...")
    steps["full build"] = (run_dbt(folder, "run"), rows)
    say("Running script.sql, and comparing the marts ...")
    steps["script.sql"] = (run_script(folder), rows)
    marts = compare(folder)
    for file in (folder / "next").glob("*/*.parquet"):
        file.rename(folder / "raw" / file.relative_to(folder / "next"))
    rows = count_raw(folder)
    say("Building with one more day ...")
    steps["one more day"] = (run_dbt(folder, "run"), rows)
    run_script(folder)
    compare(folder)
    say("Running the tests ...")
    steps["tests"] = (run_dbt(folder, "test", "--exclude-resource-type", "unit_test"), rows)
    (folder / "steps.json").write_text(json.dumps(steps, indent=1))
    report(steps)
    print("Marts equal, rows: " + ", ".join(f"{mart} {count:,}" for mart, count in marts.items()))


def main() -> None:
    """Read the options, and clear away what was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=5_000_000, help="at most 100 million")
    parser.add_argument("--keep", action="store_true", help="keep the data, both databases and steps.json (seconds of each node)")
    parser.add_argument("--script", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        return execute_script(options.script)
    if not 0 < options.sessions <= 100_000_000:
        parser.error("--sessions is a number from 1 to 100000000")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        bench(folder, options.sessions)
    finally:
        if options.keep:
            print(f"Kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
