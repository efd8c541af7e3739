"""What is not described is not finished: every node, column, macro, argument and var says what it is."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT


@pytest.fixture
def manifest(sample) -> dict:
    return json.loads((sample.folder / "target/manifest.json").read_text())


def own(nodes: dict) -> list[dict]:
    return [node for node in nodes.values() if node["package_name"] == "customer_insights"]


@pytest.mark.engines("duckdb")
def test_everything_is_described(manifest):
    nodes = own(manifest["nodes"]) + own(manifest["sources"]) + own(manifest["unit_tests"])
    described = [node for node in nodes if node["resource_type"] != "operation" and "test_metadata" not in node]
    bare = [node["unique_id"] for node in described if not node["description"]]
    bare += [source["unique_id"] for source in own(manifest["sources"]) if not source["source_description"]]
    for node in described:
        bare += [f"{node['unique_id']}.{name}" for name, column in node.get("columns", {}).items() if not column["description"]]
    for macro in own(manifest["macros"]):
        if "__" not in macro["name"]:
            signature = re.search(r"\{%-? macro \w+\((.*?)\) -?%\}", macro["macro_sql"]).group(1)
            parameters = [parameter.split("=")[0].strip() for parameter in signature.split(", ") if parameter]
            assert [argument["name"] for argument in macro["arguments"]] == parameters, macro["unique_id"]
            bare += [macro["unique_id"]] if not macro["description"] else []
            bare += [f"{macro['unique_id']}({a['name']})" for a in macro["arguments"] if not a["description"]]
    assert bare == []


@pytest.mark.engines("duckdb")
def test_every_metric_is_described_and_has_a_label(manifest):
    """The measures, dimensions and entities of a metric have both, too."""
    metrics, models = own(manifest["metrics"]), own(manifest["semantic_models"])
    parts = [part for model in models for kind in ("entities", "dimensions", "measures") for part in model[kind]]
    assert metrics and models and parts
    assert [thing["name"] for thing in metrics + models + parts if not (thing["description"] and thing["label"])] == []
    # dbt's words where a measure has none.
    assert [metric["name"] for metric in metrics if "created from measure" in metric["description"]] == []


def test_every_column_of_every_relation_is_described(manifest, sample):
    """No column is described that is not there. The warehouse has the descriptions as comments, too."""
    relations = [node for node in own(manifest["nodes"]) if node["resource_type"] in ("model", "seed") and "sample" not in node["fqn"]]
    for node in relations:
        comments = sample.comments(node["schema"], node["name"])
        assert comments == {name: column["description"] for name, column in node["columns"].items()}, node["unique_id"]
    files = [*(ROOT / "models").rglob("*.sql"), *(ROOT / "seeds").glob("*.csv")]
    assert sorted(node["name"] for node in relations) == sorted(file.stem for file in files)


@pytest.mark.engines("duckdb")
def test_every_var_is_in_the_settings():
    """Only the names are compared. Users may change the defaults."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["customer_insights"]
    table = (ROOT / "docs" / "settings.md").read_text().split("\n## Vars\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.M)) == set(settings)


@pytest.mark.engines("duckdb")
def test_every_mart_column_is_in_the_figures(manifest):
    """The section of its mart names the column, or that of campaign_funnel does, if its mart's section refers there."""
    marts = (ROOT / "docs" / "figures.md").read_text().split("\n## The marts\n")[1].split("\n**Two channels.**")[0]
    _, *parts = re.split(r"^\*\*`(\w+)`\*\*: ", marts, flags=re.M)
    sections = {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    contracted = {node["name"]: node for node in own(manifest["nodes"]) if node["config"].get("contract", {}).get("enforced")}
    assert sections.keys() == contracted.keys()
    for name, node in contracted.items():
        refers = "columns of `campaign_funnel`" in sections[name] or "the six sums" in sections[name]
        text = sections[name] + (sections["campaign_funnel"] if refers else "")
        assert node["access"] == "public"
        assert [column for column in node["columns"] if f"`{column}`" not in text] == [], name


@pytest.mark.engines("duckdb")
def test_readme_is_short():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300 and [line for line in lines if len(line) > 120] == []


@pytest.mark.engines("duckdb")
def test_links_between_pages_lead_somewhere():
    """To a file that exists, and to a heading in it."""
    pages = [page for page in ROOT.glob("*.md")] + [page for folder in ("docs", "bi", "exports", "benchmarks") for page in (ROOT / folder).glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8"))]
    assert len(links) > 20
    for page, link in links:
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), (page, link)
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.M)
            assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings], (page, link)


@pytest.mark.engines("duckdb")
def test_models_know_no_engine():
    """What differs between engines stands in dispatched macros, dbt_project.yml and profiles.yml, so that the next engine edits no model."""
    files = [path for folder in ("models", "macros", "tests", "seeds") for path in (ROOT / folder).rglob("*")]
    sources = [path for path in files if path.suffix in (".sql", ".yml")]
    assert len(sources) > 60
    assert [path.name for path in sources if re.search(r"target[.](type|name)|adapter[.]type", path.read_text())] == []


@pytest.mark.engines("duckdb")
def test_nothing_is_used_that_dbt_2_refuses():
    """As far as it costs nothing. dbt 2.x prints '{:,}' as it stands, and the others are not in it."""
    refused = r"[.]format\(|config[.]meta|(max|min)\(attribute="
    files = [path for folder in ("models", "macros", "tests") for path in (ROOT / folder).rglob("*.sql")]
    assert len(files) > 40
    assert {path.name: re.findall(refused, path.read_text()) for path in files if re.search(refused, path.read_text())} == {}


@pytest.mark.engines("duckdb")
def test_strict_parse_finds_no_deprecation(tmp_path):
    """dbt looks for deprecations with some adapters only, and not with the one for DuckDB."""
    profile = {"type": "redshift", "host": "none.invalid", "user": "nobody", "password": "none", "dbname": "none", "schema": "none", "port": 5439}
    (tmp_path / "profiles.yml").write_text(
        yaml.safe_dump({"customer_insights": {"target": "redshift", "outputs": {"redshift": profile}}})
    )
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--warn-error", "parse", "--show-all-deprecations"]
        + ["--profiles-dir", str(tmp_path), "--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
