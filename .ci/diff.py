"""Says in Markdown what the working tree changes in the sample's figures: python .ci/diff.py [COMMIT].

It is compared with where it left COMMIT, by default origin/main or else main. What that commit builds is made once, in target/base,
or found there. Only what changed and its children are built beside it, in target/diff; the rest is read from target/base. Recce
compares the two. Ends with 1 where a model or test fails, with 2 where there is nothing to compare with.
"""

import contextlib
import gc
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "target" / "base"
DIFF = ROOT / "target" / "diff"
# What figures depend on and `state:modified` does not see: vars, raw rows and the views of them, packages, tools.
UNSEEN = ["dbt_project.yml", "profiles.yml", "packages.yml", "package-lock.yml", "offline_packages", "requirements.txt"]
UNSEEN += ["macros/raw_files.sql", "seeds/sample"]
EXAMPLES = 5
RECCE_LIMIT = 1000  # rows of a value_diff_detail


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def say(text: str) -> None:
    """To whoever waits; the Markdown alone goes to stdout."""
    print(text, file=sys.stderr, flush=True)


def find_base(names: list[str]) -> tuple[str, str]:
    """The first of the names that there is, and the commit where the working tree left it."""
    if not shutil.which("git"):
        say("There is no git on this machine. Debian, Ubuntu: apt install git; macOS: xcode-select --install")
        raise SystemExit(2)
    for name in names:
        with contextlib.suppress(subprocess.CalledProcessError):
            return name, git("merge-base", name, "HEAD")
    say(f"There is no {' and no '.join(names)} that HEAD comes from. Name what to compare with: make diff BASE=<branch or commit>")
    raise SystemExit(2)


def make_base(commit: str) -> None:
    """Build the commit in target/base, unless that was done before or came from a cache."""
    mark, database = BASE / "commit", BASE / "customer_insights.duckdb"
    if mark.is_file() and mark.read_text() == commit and database.is_file():
        return
    say(f"Building {commit[:7]} in target/base, to compare with (about 20 seconds) ...")
    shutil.rmtree(BASE, ignore_errors=True)
    BASE.mkdir(parents=True)
    files = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-f", "-", "-C", str(BASE)], input=files, check=True)

    def is_same(*names: str) -> bool:
        return not subprocess.run(["git", "diff", "--quiet", commit, "--", *names], cwd=ROOT).returncode

    left_out = ("DBT_", "MAKE", "MFLAGS", "DUCKDB_PATH", "DATA", "TARGET")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    python = sys.executable
    if not is_same("requirements.txt"):
        subprocess.run(["make", "-s", "-C", str(BASE), ".venv/.built"], env=environment, check=True, stdout=sys.stderr)
        python = str(BASE / ".venv/bin/python")
    if is_same("packages.yml", "package-lock.yml", "offline_packages"):
        shutil.copytree(ROOT / "dbt_packages", BASE / "dbt_packages")
    else:
        subprocess.run(["make", "-s", "-C", str(BASE), "dbt_packages/.installed"], env=environment, check=True, stdout=sys.stderr)
    build = [python, "-W", "ignore", "-m", "dbt.cli.main", "--quiet", "build", "--exclude-resource-type", "test", "unit_test"]
    done = subprocess.run([*build, "--profiles-dir", str(BASE)], cwd=BASE, env=environment, capture_output=True, text=True)
    if done.returncode:
        say(f"{done.stdout}{done.stderr}\n{commit[:7]} does not build, so that there is nothing to compare with.")
        raise SystemExit(2)
    mark.write_text(commit)


def dbt(*arguments: str):
    """Run dbt on the target `diff`, with the base as its state, in this process because importing it takes 3 seconds.

    Parsed anew: what is taken back would else be compared as it was before."""
    places = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "diff"]
    places += ["--target-path", str(DIFF / "target"), "--log-path", str(DIFF / "logs"), "--state", str(BASE / "target")]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        done = dbtRunner().invoke(["--quiet", "--no-use-colors", "--no-partial-parse", *arguments, *places])
    # The adapter keeps the file open for the life of a process, and recce out.
    DuckDBConnectionManager.close_all_connections()
    DuckDBConnectionManager._ENV = None
    gc.collect()
    if not done.success:
        say(printed.getvalue())
    if done.result is None:
        print(f"**dbt could not begin.**\n\n```\n{done.exception}\n```")
        raise SystemExit(1)
    return done.result


def recce(checks: list[dict]) -> list[dict]:
    """What recce finds. It has a home of its own, where its tracking is off, and a proxy that is not there: it would ask PyPI for a
    newer version, and report its errors and times."""
    home = DIFF / "home"
    (home / ".recce").mkdir(parents=True, exist_ok=True)
    (home / ".recce" / "profile.yml").write_text("user_id: none\nanonymous_tracking: false\n")
    (DIFF / "recce.yml").write_text(json.dumps({"checks": checks}))
    state = DIFF / "recce.json"
    state.unlink(missing_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "recce.cli", "run", "--target", "diff", "--config", str(DIFF / "recce.yml")]
    command += ["--target-path", str(DIFF / "target"), "--target-base-path", str(BASE / "target"), "--output", str(state)]
    nowhere = dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"], "http://127.0.0.1:9")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "DBT_PROFILES_DIR": str(ROOT), "LC_ALL": "C.UTF-8", **nowhere}
    command += ["--error-log", str(DIFF / "recce_errors.md")]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode or not state.is_file():
        say(done.stdout)
        raise SystemExit("recce failed, see above.")
    return json.loads(state.read_text())["runs"]


def keys(manifest: dict) -> dict[str, list[str]]:
    """The columns that together are unique in each model, by its tests."""
    found = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {"name": None}
        if test["name"] in ("unique", "unique_combination_of_columns"):
            columns = test["kwargs"].get("combination_of_columns") or [test["kwargs"]["column_name"]]
            found.setdefault(node["attached_node"], columns)
    return found


def cell(value) -> str:
    """A value for a cell of a Markdown table."""
    text = "∅" if value is None else " ".join(str(value).split())
    text = text if len(text) <= 60 else text[:59] + "…"
    return re.sub(r"([\\`*_\[\]|<>&~])", r"\\\1", text)


def table(*rows: tuple) -> str:
    header, *rows = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([header, "|" + "---|" * (header.count(" | ") + 1), *rows]) + "\n"


def names(found) -> str:
    return ", ".join(f"`{name}`" for name in sorted(found)) or "nothing"


class Values:
    """How the rows of a model differ, by the two versions of each row that recce lists."""

    def __init__(self, key: list[str], result: dict):
        columns = [column["key"] for column in result["columns"]]
        pairs: dict[tuple, list] = {}
        for row in (dict(zip(columns, values)) for values in result["data"]):
            pairs.setdefault(tuple(row[column] for column in key), [None, None])[row["in_b"]] = row
        self.is_cut = len(result["data"]) >= RECCE_LIMIT
        if self.is_cut:  # perhaps between the two versions of a row
            pairs.popitem()
        self.added = sum(before is None for before, _ in pairs.values())
        self.removed = sum(after is None for _, after in pairs.values())
        self.rows = []
        self.columns = Counter()
        for values, (before, after) in pairs.items():
            if before and after:
                changes = [column for column in columns if column not in ("in_a", "in_b") and before[column] != after[column]]
                self.columns.update(changes)
                text = "; ".join(f"`{column}`: {cell(before[column])} → {cell(after[column])}" for column in changes)
            else:
                text = "added" if after else "removed"
            self.rows.append((*map(cell, values), text))


def compare(built: list, manifest: dict, base: dict) -> str:
    """The tables that say how what was built differs from the base."""
    gone = [node["name"] for key, node in base["nodes"].items() if key.startswith("model.") and key not in manifest["nodes"]]
    unique = keys(manifest)
    both = {node.name: (unique.get(node.unique_id), "marts" in node.fqn) for node in built if node.unique_id in base["nodes"]}
    text = f"Removed: {names(gone)}.\n\n" if gone else ""
    if not built:
        return text
    listed = ", ".join(f"'{name}'" for name in [*(node.name for node in built), *gone])
    columns = f"select table_name, column_name, data_type from duckdb_columns() where table_name in ({listed}) and database_name = "
    checks = [
        {"name": "rows", "type": "row_count_diff", "params": {"node_names": [node.name for node in built]}},
        {
            "name": "schema",
            "type": "query_diff",
            "params": {
                "primary_keys": ["table_name", "column_name"],
                "sql_template": f"{columns}'changed'",
                "base_sql_template": f"{columns}'customer_insights'",
            },
        },
    ]

    def values(kind: str, models: list[str]) -> list[dict]:
        found = []
        for name in models:
            parameters = {"model": name, "primary_key": both[name][0]}
            columns, before = (set(nodes[f"model.customer_insights.{name}"]["columns"]) for nodes in (manifest["nodes"], base["nodes"]))
            if "read_from" in columns:  # It names the database, which is another one here.
                parameters["columns"] = sorted(columns & before - {"read_from"})
            found.append({"name": f"{kind} of {name}", "type": kind, "params": parameters})
        return found

    runs = recce(checks + values("value_diff_detail", [name for name, (key, _) in both.items() if key]))
    # Of a mart all rows are counted, also where not all are listed. To do so always would take long: it is a query per column.
    listed_in_part = [run["params"]["model"] for run in runs if len((run.get("result") or {}).get("data") or []) >= RECCE_LIMIT]
    if cut := [name for name in listed_in_part if both[name][1]]:
        runs += recce(values("value_diff", cut))
    results = {(run["type"], run["params"].get("model")): run.get("result") or {} for run in runs}
    errors = {run["params"].get("model", run["type"]): run["error"] for run in runs if run.get("error")}
    counts = results["row_count_diff", None]
    schema: dict[tuple, list] = {}
    for name, column, data_type, _, in_changed in results["query_diff", None].get("diff", {}).get("data", []):
        schema.setdefault((name, column), [None, None])[in_changed] = data_type

    rows, same, examples = [], [], ""
    for node in sorted(built, key=lambda node: ("marts" not in node.fqn, node.name)):
        name, count = node.name, counts[node.name]
        key, is_mart = both.get(name, (None, False))
        title = f"**{name}**" if is_mart else name
        if name not in both:
            rows.append((title, str(count["curr"]), "new", "", ""))
            continue
        shown = str(count["base"]) + (f" → {count['curr']}" if count["curr"] != count["base"] else "")
        if not key or name in errors:
            rows.append((title, shown, "?", "?", cell(errors.get(name, "no unique test gives a key to match by"))))
            continue
        found = Values(key, results["value_diff_detail", name])
        added, removed, changed, more = found.added, found.removed, found.columns, "≥ " if found.is_cut else ""
        if exact := results.get(("value_diff", name)):
            more = ""
            added, removed = exact["summary"]["added"], exact["summary"]["removed"]
            common = exact["summary"]["total"] - added - removed
            changed = {column: common - int(matched) for column, matched, _ in exact["data"]["data"]}
        common = count["base"] - removed
        parts = [f"`{column}` {more}{number} ({number / common:.1%})" for column, number in changed.items() if number]
        if found.rows:
            rows.append((title, shown, f"{more}{added}", f"{more}{removed}", ", ".join(parts)))
        elif not any(column[0] == name for column in schema):
            same.append(name)
        if is_mart and found.rows:
            first = found.rows[:EXAMPLES]
            of = f"the first {len(first)} of {'≥ ' if found.is_cut else ''}{len(found.rows)}" if len(found.rows) > len(first) else "the"
            examples += f"\n#### {name}: {of} rows that differ\n\n" + table((*key, "before → after"), *first)
    if rows:
        text += table(("model", "rows", "added", "removed", "columns with other values, and in how many rows"), *rows)
    if same:
        text += f"\nThe same rows, values and columns as before: {names(same)}.\n"
    if schema:
        listed = [(name, column, *(cell(data_type) for data_type in types)) for (name, column), types in sorted(schema.items())]
        text += "\n#### Schema\n\n" + table(("model", "column", "before", "after"), *listed)
    return text + examples


def main(given: list[str]) -> int:
    os.chdir(ROOT)
    name, commit = find_base(given or ["origin/main", "main"])
    make_base(commit)
    DIFF.mkdir(parents=True, exist_ok=True)
    for file in DIFF.glob("changed.duckdb*"):
        file.unlink()  # what an earlier change built would be taken for this one's

    # Not with the tests of what changed: only those that changed themselves.
    listing = ["list", "--select", "state:modified", "--indirect-selection", "empty", "--output", "json", "--output-keys", "name", "resource_type"]
    changed = [json.loads(line) for line in dbt(*listing)]
    base, manifest = (json.loads((folder / "target" / "manifest.json").read_text()) for folder in (BASE, DIFF))
    files = set(git("diff", "--name-only", commit).splitlines()) | set(git("ls-files", "--others", "--exclude-standard").splitlines())
    unseen = [path for path in UNSEEN if any(file == path or file.startswith(f"{path}/") for file in files)]
    # Of a seed above 1 MiB dbt compares the path only.
    seeds = [f"path:{file}+" for file in sorted(files) if file.startswith("seeds/") and (ROOT / file).is_file() and file.endswith(".csv")]
    gone = {key for key in base["nodes"] if key.startswith(("model.", "seed."))} - set(manifest["nodes"])

    print(f"### What changes against {name}, {commit[:7]}, in the sample's figures\n")
    if not changed and not unseen and not seeds and not gone:
        print("Nothing: no model, seed, test or setting was changed.")
        return 0
    kinds: dict[str, list] = {}
    for node in changed:
        kinds.setdefault(node["resource_type"].replace("_", " "), []).append(node["name"])
    for kind, found in sorted(kinds.items()):
        print(f"- {kind}: {names(found)}")
    if unseen:
        print(f"- {names(unseen)}: so everything was built")
    say("Building what changed and its children (about 10 seconds) ...")
    selection = [] if unseen else ["--select", "state:modified+", *seeds]
    results = dbt("build", "--defer", "--exclude-resource-type", "unit_test", *selection).results
    nodes = [result for result in results if result.node.resource_type in ("model", "seed")]
    failed = [result for result in results if result.status in ("error", "fail")]
    skipped = [result.node.name for result in results if result.status == "skipped"]
    passed = sum(result.status == "pass" for result in results)
    built = [result.node for result in nodes if result.status == "success"]
    total = sum(node["resource_type"] in ("model", "seed") for node in manifest["nodes"].values())
    print(f"\nBuilt {len(built)} of {total} models and seeds; {passed} tests passed.\n")
    if failed:
        print(f"**{len(failed)} failed, {len(skipped)} were left out after that.**\n")
        for result in failed:
            print(f"`{result.node.name}`\n\n~~~\n{result.message}\n~~~\n")
    say("Comparing (about 10 seconds) ...")
    # Seeds are compared by git.
    print(compare([node for node in built if node.resource_type == "model"], manifest, base), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
