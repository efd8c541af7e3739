"""The project as a dbt package in a project of somebody else, whose raw tables have other names.

Guards against: parts that only work where this project is the root, and settings that change the other project's own models.
"""

import json

import pytest
from conftest import OPTIONAL_TABLES, RAW_TABLES, ROOT, DuckDB, Postgres, padded, sample_rows

PROJECT = """
name: shop
profile: shop
vars:
  customer_insights:
    raw_data: null
    raw_schema: tracking
    raw_sessions_table: visits
    raw_conversions_table: orders
    raw_campaign_metrics_table: ads
"""
ONE_SCHEMA = "{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema }}{% endmacro %}"


def literal(value: str) -> str:
    return "null" if value == "" else "'" + value.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def shop(sample, request, tmp_path_factory):
    """The other project, built and tested once, with a model that reads a mart."""
    folder = tmp_path_factory.mktemp("shop")
    if sample.target == "duckdb":
        shop = DuckDB(folder / "built", folder / "current")
        shop.source = {}
    else:
        server = request.getfixturevalue("server")
        server.create_database()
        server.as_admin(f"grant create on database {server.database} to transformer")
        shop = Postgres(folder, server)
    shop.project, shop.schema = folder / "project", "analytics"
    packages = shop.project / "dbt_packages"
    packages.mkdir(parents=True)
    # What `dbt deps` makes of a local package, which would go on to ask the hub for the other ones.
    installed = [ROOT, *(path for path in (ROOT / "dbt_packages").iterdir() if path.is_dir())]
    for package in installed:
        (packages / ("customer_insights" if package == ROOT else package.name)).symlink_to(package)
    (shop.project / "packages.yml").write_text(json.dumps({"packages": [{"local": str(package)} for package in installed]}))
    (shop.project / "dbt_project.yml").write_text(PROJECT)
    profile = (ROOT / "profiles.yml").read_text().replace("customer_insights:", "shop:", 1)
    (shop.project / "profiles.yml").write_text(profile.replace("schema: insights", "schema: analytics"))
    (shop.project / "models").mkdir()
    (shop.project / "models" / "best_customers.sql").write_text(
        "select customer_id from {{ ref('customer_insights', 'customer_ltv') }} where ltv_tier = 'high'"
    )
    shop.execute("create schema tracking")
    names = ("visits", "orders", "ads", *OPTIONAL_TABLES)
    for table, name in zip((*RAW_TABLES, *OPTIONAL_TABLES), names, strict=True):
        header, *rows = padded(sample_rows(table))
        shop.execute(f"create table tracking.{name} ({', '.join(f'{column} text' for column in header)})")
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
        shop.execute(f"insert into tracking.{name} values {values}")
    shop.printed = shop.build_and_test()
    return shop


def manifest(shop) -> dict:
    return json.loads((shop.folder / "target/manifest.json").read_text())


def test_marts_are_those_of_the_project_itself(shop, sample):
    assert shop.published() == sample.published()
    copy = shop.query("select * from analytics_published.customer_ltv")
    assert sorted(copy, key=repr) == sample.published()["customer_ltv"]
    assert "CAMPAIGNS by efficiency" in shop.printed and "ask the marts in analytics_published" in shop.printed


def test_nothing_gets_into_the_other_projects_models(shop):
    nodes = manifest(shop)["nodes"]
    own = nodes["model.shop.best_customers"]
    assert own["schema"] == "analytics" and own["access"] == "protected" and not own["contract"]["enforced"]
    assert own["config"]["pre-hook"] == own["config"]["post-hook"] == [] and own["config"]["persist_docs"] == {}
    assert not [name for name in nodes if name.startswith("seed.customer_insights.") and nodes[name]["fqn"][1] == "sample"]
    assert {node["schema"].removeprefix("analytics") for node in nodes.values() if node["resource_type"] in ("model", "seed")} == {
        *("", "_seeds", "_staging", "_intermediate", "_marts")
    }


def test_a_build_of_the_other_projects_models_only_is_left_alone(shop):
    printed = shop.build_and_test("--select", "best_customers")
    assert "PUBLISHED" not in printed and "DATA WARNING" not in printed


@pytest.mark.engines("duckdb")
def test_commands_of_the_project_work_in_the_other_one(shop):
    done = shop.dbt("--quiet", "run-operation", "check_data")
    assert done.returncode == 0 and "SESSIONS: " in done.stdout and "identity_missing" in done.stdout
    done = shop.dbt("--quiet", "run-operation", "customer_insights.show_results")
    assert done.returncode == 0 and "CUSTOMERS by the channel" in done.stdout
    # With the unit tests of the marts.
    assert shop.dbt("--warn-error", "test", "--select", "customer_insights.marts").returncode == 0


@pytest.mark.engines("duckdb")
def test_marts_stay_where_all_schemas_are_one(shop):
    """The views would take the place of the marts that they show."""
    (shop.project / "macros").mkdir()
    (shop.project / "macros" / "schemas.sql").write_text(ONE_SCHEMA)
    done = shop.dbt("--warn-error", "build", "--exclude-resource-type", "test", "unit_test")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "NOT PUBLISHED: the views would stand where the marts are" in " ".join(done.stdout.split())
    assert shop.query("select count(*) from analytics.customer_ltv") == shop.query("select count(*) from analytics_marts.customer_ltv")
