"""Conventions: that the checks of `make lint` can fail, and what CONTRIBUTING.md demands of a release and of the Makefile.

Guards against: a check that matches nothing any more and so passes for ever.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.engines("duckdb")
LTV, FUNNEL, DAILY, CAMPAIGNS, STAGING, BASE, METRICS = (
    f"model.customer_insights.{name}"
    for name in ("customer_ltv", "campaign_funnel", "campaign_funnel_daily", "int_campaigns", "stg_marketing__sessions")
    + ("base_marketing__sessions", "base_marketing__campaign_metrics")
)
RULES = "seed.customer_insights.channel_rules"
SOURCE = "source.customer_insights.marketing"
EXPOSURE = "exposure.customer_insights.dashboard"


def break_everything(manifest: dict) -> None:
    """Do what no model, test or exposure should do, so that each check has something to find."""
    nodes = manifest["nodes"]
    for reader, upstream in [
        *((CAMPAIGNS, f"{SOURCE}.sessions"), (LTV, RULES), (LTV, STAGING)),
        *((BASE, CAMPAIGNS), (BASE, f"{SOURCE}.conversions")),
    ]:
        nodes[reader]["depends_on"]["nodes"].append(upstream)
    for reader in (FUNNEL, METRICS):
        nodes[reader]["depends_on"]["nodes"] = []
    nodes[LTV] |= {"raw_code": "select customer_id from insights_staging.customers", "patch_path": "customer_insights://models/ltv.yml"}
    nodes[LTV]["columns"]["untested"] = {"name": "untested", "description": "Of nothing.", "data_type": "text"}
    nodes[FUNNEL]["contract"]["enforced"] = False
    nodes[DAILY] |= {"name": "daily_funnel", "access": "protected"}
    manifest["sources"][f"{SOURCE}.sessions"]["freshness"] = None
    manifest["nodes"] = {name: node for name, node in nodes.items() if node.get("attached_node") not in (FUNNEL, RULES)}
    manifest["unit_tests"] = {name: test for name, test in manifest["unit_tests"].items() if DAILY not in test["depends_on"]["nodes"]}
    exposure = {"name": "dashboard", "package_name": "customer_insights", "unique_id": EXPOSURE, "resource_type": "exposure", "type": "dashboard"}
    exposure |= {"path": "x.yml", "original_file_path": "models/x.yml", "fqn": ["customer_insights", "dashboard"], "owner": {"name": "Nobody"}}
    manifest["exposures"][EXPOSURE] = exposure | {"depends_on": {"macros": [], "nodes": [STAGING]}}


# What must be found of it, and where.
FOUND = {
    ("check_lineage_source_cannot_be_used", CAMPAIGNS),
    ("check_lineage_seed_cannot_be_used", LTV),
    ("check_lineage_permitted_upstream_models", LTV),
    ("check_lineage_permitted_upstream_models", BASE),
    ("check_model_does_not_directly_join_to_source", BASE),
    ("check_model_depends_on_multiple_sources", BASE),
    ("check_source_used_by_only_one_model", f"{SOURCE}.sessions"),
    ("check_source_not_orphaned", f"{SOURCE}.campaign_metrics"),
    ("check_source_freshness_populated", f"{SOURCE}.sessions"),
    ("check_model_has_no_upstream_dependencies", FUNNEL),
    ("check_model_hard_coded_references", LTV),
    ("check_model_names", DAILY),
    ("check_model_property_file_location", LTV),
    ("check_model_documented_in_same_directory", LTV),
    ("check_model_access", DAILY),
    ("check_model_contract_enforced_for_public_model", FUNNEL),
    ("check_model_has_unique_test", FUNNEL),
    ("check_model_has_unit_tests", DAILY),
    ("check_model_columns_are_tested", LTV),
    ("check_seed_columns_are_tested", RULES),
    ("check_exposure_based_on_non_public_models", EXPOSURE),
    ("check_exposure_based_on_view", EXPOSURE),
    ("check_exposure_description_populated", EXPOSURE),
    ("check_exposure_has_owner", EXPOSURE),
}


def failed_checks(manifest: dict, folder: Path) -> set[tuple[str, str]]:
    """The checks that fail on a manifest, each with the id of what fails."""
    (folder / "manifest.json").write_text(json.dumps(manifest))
    config = yaml.safe_load((ROOT / "dbt-bouncer.yml").read_text())
    config |= {"dbt_artifacts_dir": str(folder), "custom_checks_dir": str(ROOT / config["custom_checks_dir"])}
    (folder / "dbt-bouncer.yml").write_text(yaml.safe_dump(config))
    bouncer = ROOT / ".venv-lint" / "bin"
    done = subprocess.run(
        [bouncer / "python", bouncer / "dbt-bouncer", "run", "--config-file", folder / "dbt-bouncer.yml", "--output-file", folder / "found.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads((folder / "found.json").read_text())
    failed = {(check["check_run_id"].split(":")[0], check["unique_id"]) for check in found if check["outcome"] == "failed"}
    assert done.returncode == (1 if failed else 0), done.stdout + done.stderr
    return failed


@pytest.mark.skipif(not (ROOT / ".venv-lint" / ".built").exists(), reason="dbt-bouncer is not installed: make lint")
def test_every_check_can_fail(sample, tmp_path):
    manifest = json.loads((sample.folder / "target/manifest.json").read_text())
    assert failed_checks(manifest, tmp_path) == set()
    break_everything(manifest)
    assert FOUND - failed_checks(manifest, tmp_path) == set()


def test_newest_version_is_in_the_changelog():
    """The first entry has the version of dbt_project.yml, and says whether it breaks something."""
    newest = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]
    version = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["version"]
    assert newest.split(" ")[0] == version
    assert re.search(r"Breaking: (yes|no)\b", newest)


def test_every_target_is_listed_by_make_help():
    targets = re.search(r"^\.PHONY: (help .*)$", (ROOT / "Makefile").read_text(), flags=re.M).group(1).split()
    lines = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == targets
    assert [line for line in lines if len(line) > 160] == []
