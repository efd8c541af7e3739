"""Pull requests: what the workflows may and may not do, and what `make diff` says of a change."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.engines("duckdb")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs(workflow: Path) -> dict[str, dict]:
    return yaml.safe_load(workflow.read_text())["jobs"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_runs_make_targets_and_pinned_actions_only(workflow):
    """So that who has no server runs the same; and nobody can move a tag to other code, or write code in a branch's name."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    for job in jobs(workflow).values():
        for step in job["steps"]:
            if "run" in step:
                ran = re.fullmatch(r'\.ci/run|make ([a-z-]+)( [A-Z]+=[\w^]+)*( >> "\$GITHUB_STEP_SUMMARY")?', step["run"])
                assert ran and (ran.group(1) is None or ran.group(1) in targets), step["run"]
            else:
                assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    for line in workflow.read_text().splitlines():
        assert "uses:" not in line or re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_has_least_permissions(workflow):
    """A fork's pull request runs with a token that reads, no secret, and no cache or page that it could write."""
    text = workflow.read_text()
    settings = yaml.safe_load(text)
    assert settings["permissions"] == {"contents": "read"}
    assert "secrets" not in text and "pull_request_target" not in text and "workflow_run" not in text
    for name, job in settings["jobs"].items():
        assert job["timeout-minutes"] <= 240
        if "permissions" in job:
            assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"} and name == "docs"
        writes = any(re.match("actions/(cache/save|upload|deploy)", step.get("uses", "")) for step in job["steps"])
        assert not writes or job["if"].startswith("github.event_name == 'push'")


def test_nothing_runs_twice():
    commands = [step["run"] for workflow in WORKFLOWS for job in jobs(workflow).values() for step in job["steps"] if "run" in step]
    assert len(commands) == len(set(commands)) and {".ci/run", "make test-long"} <= set(commands)


class Clone:
    """A repository with the files of this one, and what `make diff` says of a change in it."""

    def __init__(self, folder: Path):
        self.folder = folder / "clone"
        self.home = folder / "home"
        self.home.mkdir()
        for name in self.git("ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines():
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("-c", "user.name=nobody", "-c", "user.email=nobody@none.invalid", "commit", "--quiet", "--message", "as it is")
        shutil.copytree(ROOT / "dbt_packages", self.folder / "dbt_packages")
        for name in ("customer_insights.duckdb", "published.duckdb"):
            (self.folder / name).write_text("somebody's")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        return subprocess.run(["git", *arguments], cwd=cwd or self.folder, check=True, capture_output=True, text=True).stdout

    def files(self) -> dict[str, str]:
        """What somebody has there, and in the home folder."""
        kept = [path for path in self.folder.iterdir() if path.name not in (".git", "target", "dbt_packages")]
        files = [file for path in [*kept, self.home] for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
        return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def diff(self, changes: dict[str, tuple[str, str]]) -> tuple[int, str]:
        """How `make diff` ends, and what it prints, when in each file one text is put in place of another."""
        before = {name: (self.folder / name).read_bytes() for name in changes}
        for name, (old, new) in changes.items():
            assert before[name].count(old.encode()) == 1, name
            (self.folder / name).write_bytes(before[name].replace(old.encode(), new.encode()))
        files = self.files()
        made = [option for name in (".venv/.built", ".venv/.tested", "dbt_packages/.installed") for option in ("-o", name)]
        left_out = ("PG", "MAKE", "MFLAGS", "DUCKDB_PATH")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | {
            "HOME": str(self.home),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = ["make", *made, f"VENV_PYTHON={sys.executable}", "diff"]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert self.files() == files, done.stderr
        for name, content in before.items():
            (self.folder / name).write_bytes(content)
        assert done.stdout.startswith("### What changes against main, "), done.stderr
        return done.returncode, done.stdout

    def built(self) -> set[str]:
        """The models and seeds that were built beside those of the base."""
        with duckdb.connect(str(self.folder / "target/diff/changed.duckdb"), read_only=True) as connection:
            query = "select table_name from information_schema.tables where table_schema not in ('insights_raw', 'insights_builds')"
            return {name for (name,) in connection.execute(query).fetchall()}

    def count(self, sql: str) -> int:
        """Of a query over the marts of main and those of the change, by these names."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.folder}/target/base/customer_insights.duckdb' as main_file (read_only)")
            connection.execute(f"attach '{self.folder}/target/diff/changed.duckdb' as change (read_only)")
            return connection.execute(sql).fetchone()[0]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    return Clone(tmp_path_factory.mktemp("diff"))


def rows_with_other(mart: str, key: str, column: str) -> str:
    marts = f"main_file.insights_marts.{mart} as before join change.insights_marts.{mart} as after using ({key})"
    return f"select count(*) from {marts} where before.{column} is distinct from after.{column}"


def counted(clone: Clone, said: str, mart: str, key: str, column: str) -> int:
    """The rows in which the column differs; asserts that this is what is said, and that no row came or left."""
    number = clone.count(rows_with_other(mart, key, column))
    assert f"| 0 | 0 | `{column}` {number} (" in said
    return number


def test_diff_says_that_nothing_changed(clone):
    """Neither does a document change a figure."""
    code, said = clone.diff({"CHANGELOG.md": ("# Changelog", "# What changed")})
    assert code == 0
    assert said.splitlines()[2:] == ["Nothing: no model, seed, test or setting was changed."]


def test_diff_counts_rows_with_other_values(clone):
    """A changed rate changes money and no customer; a changed description is built, and changes nothing."""
    code, said = clone.diff(
        {
            "seeds/exchange_rates.csv": ("valid_from,rate\n", "valid_from,rate\nGBP,USD,2026-02-01,2.6\n"),
            "models/marts/campaign_funnel_daily.yml": ("doc('activity_date') }}", "doc('activity_date') }} Of the ad account."),
        }
    )
    assert code == 0
    assert "\n- model: `campaign_funnel_daily`\n- seed: `exchange_rates`\n" in said
    assert {name for name in clone.built() if name.startswith(("base_", "stg_"))} == {"base_marketing__exchange_rates"}
    number = clone.count(rows_with_other("customer_ltv", "customer_id", "total_revenue"))
    row = re.search(r"^\| \*\*customer_ltv\*\* \| \d+ \| 0 \| 0 \| (.*) \|$", said, flags=re.M).group(1)
    assert number > 0 and f"`total_revenue` {number} (" in row and "acquired_at" not in row


def test_diff_names_the_rows_also_when_a_test_fails(clone):
    """A tier that no contract knows, and more rows than recce lists: the build fails, and what it would do is shown."""
    code, said = clone.diff(
        {
            "models/marts/customer_ltv.sql": ("    ltv_tier\n", "    replace(ltv_tier, 'high', 'top') as ltv_tier\n"),
            "models/marts/campaign_funnel_daily.sql": ("    clicks,", "    impressions as clicks,"),
        }
    )
    assert code == 2  # as make ends when a command failed
    assert clone.built() == {"customer_ltv", "campaign_funnel_daily"}
    assert re.search(r"Built 2 of \d\d models and seeds", said)
    assert re.search(r"^\*\*\d failed", said, flags=re.M) and "`accepted_values_customer_ltv_ltv_tier" in said
    assert "~~~\nGot 1 result, configured to fail if != 0\n~~~" in said
    tiers = counted(clone, said, "customer_ltv", "customer_id", "ltv_tier")
    assert tiers > 5
    assert said.count("`ltv_tier`: high → top") == 5 and f"the first 5 of {tiers} rows" in said
    assert counted(clone, said, "campaign_funnel_daily", "campaign_id, activity_date", "clicks") > 500


def test_diff_sees_what_is_no_part_of_a_model(clone):
    """To dbt neither a var nor a raw row is a change of what depends on them."""
    code, said = clone.diff(
        {
            "dbt_project.yml": ("high_tier_minimum: 500", "high_tier_minimum: 400"),
            "seeds/sample/sessions.csv": ("\ns2499,a1870,", "\ns2499,b1870,"),
        }
    )
    assert code == 0
    assert "- `dbt_project.yml`, `seeds/sample`: so everything was built" in said and re.search(r"Built (\d\d) of \1 models and seeds", said)
    tiers = counted(clone, said, "customer_ltv", "customer_id", "ltv_tier")
    assert tiers > 5
    assert "| base_marketing__sessions | 4650 | 0 | 0 | `anonymous_id` 1 (0.0%) |" in said
