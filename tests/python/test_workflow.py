"""What the workflows of pull requests may do and may not do."""

import re

import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.engines("duckdb")
WORKFLOWS = {path.stem: path.read_text() for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
# The one that users are shown. It runs on no pull request, so it may have a secret.
EXAMPLE = (ROOT / "README.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
SHOWN = pytest.mark.parametrize("workflow", [*WORKFLOWS.values(), EXAMPLE], ids=[*WORKFLOWS, "README"])


def jobs(workflow: str) -> dict[str, dict]:
    return yaml.safe_load(workflow)["jobs"]


@SHOWN
def test_workflow_runs_make_targets_and_pinned_actions_only(workflow):
    """People without a server can run the same. Nobody can move a tag to other code, or run code from a branch's name."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    for job in jobs(workflow).values():
        for step in job["steps"]:
            if "run" in step:
                if workflow == EXAMPLE and step["run"] == ".venv/bin/dbt source freshness --target postgres":
                    continue
                ran = re.fullmatch(r"\.ci/run|make ([a-z-]+)( [A-Z]+=[\w^]+)*", step["run"])
                assert ran and (ran.group(1) is None or ran.group(1) in targets), step["run"]
            else:
                assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    for line in workflow.splitlines():
        assert " uses:" not in line or re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@SHOWN
def test_workflow_has_least_permissions(workflow):
    """A fork's pull request runs with a token that reads, no secret, and no cache or page that it could write."""
    settings = yaml.safe_load(workflow)
    assert settings["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow and "workflow_run" not in workflow
    if workflow == EXAMPLE:
        # YAML takes the key `on` for true.
        assert settings[True].keys() == {"schedule", "workflow_dispatch"}
    else:
        assert "secrets" not in workflow
    for name, job in settings["jobs"].items():
        assert job["timeout-minutes"] <= 240
        if "permissions" in job:
            assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"} and name == "docs"
        writes = any(re.match("actions/(cache/save|upload|deploy)", step.get("uses", "")) for step in job["steps"])
        assert not writes or job["if"].startswith("github.event_name == 'push'")


def test_nothing_runs_twice():
    commands = [step["run"] for workflow in WORKFLOWS.values() for job in jobs(workflow).values() for step in job["steps"] if "run" in step]
    assert len(commands) == len(set(commands)) and {".ci/run", "make test-long"} <= set(commands)

