"""Conventions: that the checks of `make lint` can fail, and what CONTRIBUTING.md demands of a release and of the Makefile.

Guards against: a check that matches nothing any more and so passes for ever.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

BASE, STAGING, MODEL, MART = (
    f"model.customer_insights.{name}" for name in ("base_marketing__sessions", "stg_marketing__sessions", "int_campaigns", "customer_ltv")
)
SOURCE = "source.customer_insights.marketing.sessions"


def read(model: str, upstream: str):
    return lambda manifest: manifest["nodes"][model]["depends_on"]["nodes"].append(upstream)


def change(collection: str, name: str, **values):
    return lambda manifest: manifest[collection][name].update(values)


def drop_tests(model: str, kind: str):
    def drop(manifest):
        key = "attached_node" if kind == "nodes" else "depends_on"
        for name, node in list(manifest[kind].items()):
            if node.get(key) == model or (kind == "unit_tests" and model in node["depends_on"]["nodes"]):
                del manifest[kind][name]

    return drop


def forget_column(manifest):
    manifest["nodes"][MART]["columns"]["untested"] = {"name": "untested", "description": "New.", "data_type": "text"}


def add_exposure(manifest):
    exposure = {"name": "dashboard", "package_name": "customer_insights", "unique_id": "exposure.customer_insights.dashboard", "type": "dashboard"}
    exposure |= {"resource_type": "exposure", "description": "Figures.", "path": "x.yml", "original_file_path": "models/x.yml"}
    exposure |= {"fqn": ["customer_insights", "dashboard"], "owner": {"name": "Marketing", "email": "marketing@example.com"}}
    manifest["exposures"][exposure["unique_id"]] = exposure | {"depends_on": {"macros": [], "nodes": [STAGING]}}


BROKEN = {
    "check_lineage_source_cannot_be_used": read(MODEL, SOURCE),
    "check_lineage_seed_cannot_be_used": read(MART, "seed.customer_insights.channel_rules"),
    "check_lineage_permitted_upstream_models": read(MART, STAGING),
    "check_model_does_not_directly_join_to_source": read(BASE, MODEL),
    "check_model_depends_on_multiple_sources": read(BASE, "source.customer_insights.marketing.conversions"),
    "check_source_used_by_only_one_model": read(MODEL, SOURCE),
    "check_model_has_no_upstream_dependencies": change("nodes", MART, depends_on={"macros": [], "nodes": []}),
    "check_source_not_orphaned": change("nodes", BASE, depends_on={"macros": [], "nodes": []}),
    "check_model_hard_coded_references": change("nodes", MART, raw_code="select customer_id from insights_staging.stg_marketing__sessions"),
    "check_model_names": change("nodes", MART, name="ltv"),
    "check_model_property_file_location": change("nodes", MART, patch_path="customer_insights://models/marts/_marts.yml"),
    "check_model_documented_in_same_directory": change("nodes", MART, patch_path="customer_insights://models/customer_ltv.yml"),
    "check_model_access": change("nodes", MART, access="protected"),
    "check_model_contract_enforced_for_public_model": change("nodes", MART, contract={"enforced": False}),
    "check_source_freshness_populated": change("sources", SOURCE, freshness=None),
    "check_model_has_unique_test": drop_tests(MART, "nodes"),
    "check_model_has_unit_tests": drop_tests(MART, "unit_tests"),
    "check_model_columns_are_tested": forget_column,
    "check_seed_columns_are_tested": drop_tests("seed.customer_insights.channel_rules", "nodes"),
    "check_exposure_based_on_non_public_models": add_exposure,
    "check_exposure_based_on_view": add_exposure,
}


def failed_checks(manifest: dict, folder: Path) -> set[str]:
    """The checks of which dbt-bouncer says that they fail on a manifest."""
    (folder / "manifest.json").write_text(json.dumps(manifest))
    config = yaml.safe_load((ROOT / "dbt-bouncer.yml").read_text())
    config |= {"dbt_artifacts_dir": str(folder), "custom_checks_dir": str(ROOT / config["custom_checks_dir"])}
    (folder / "dbt-bouncer.yml").write_text(yaml.safe_dump(config))
    bouncer = ROOT / ".venv-lint" / "bin"
    done = subprocess.run(
        [bouncer / "python", bouncer / "dbt-bouncer", "run", "--config-file", folder / "dbt-bouncer.yml", "--output-file", folder / "found.json"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    found = json.loads((folder / "found.json").read_text())
    failed = {check["check_run_id"].split(":")[0] for check in found if check["outcome"] == "failed"}
    assert done.returncode == (1 if failed else 0), done.stdout + done.stderr
    return failed


@pytest.fixture
def manifest(sample) -> dict:
    if not (ROOT / ".venv-lint" / ".built").exists():
        pytest.skip("dbt-bouncer is not installed: make lint")
    return json.loads((sample.folder / "target/manifest.json").read_text())


@pytest.mark.engines("duckdb")
def test_project_keeps_its_conventions(manifest, tmp_path):
    assert failed_checks(manifest, tmp_path) == set()


@pytest.mark.engines("duckdb")
@pytest.mark.parametrize("check", BROKEN)
def test_check_can_fail(check, manifest, tmp_path):
    BROKEN[check](manifest)
    assert check in failed_checks(manifest, tmp_path)


def test_newest_version_is_in_the_changelog():
    """Under the version of dbt_project.yml, and it says what it asks of who has an older one."""
    newest = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]
    version = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["version"]
    assert newest.split(" ")[0] == version
    assert re.search(r"Breaking: (yes|no)\b", newest) and re.search(r"Full refresh: (yes|no)\b", newest)


def test_every_target_is_listed_by_make_help():
    targets = re.search(r"^\.PHONY: (help .*)$", (ROOT / "Makefile").read_text(), flags=re.M).group(1).split()
    lines = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == targets
    assert [line for line in lines if len(line) > 160] == []
