"""Each metric in each grouping is what SQL gives that knows nothing of MetricFlow.

Guards against: averages of ratios, rows that a join doubles, days of another time zone, a metric that nobody compares with anything.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations
from math import isclose
from types import SimpleNamespace

import pytest
from conftest import ROOT, Warehouse
from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import AdapterBackedSqlClient
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


def ratio(numerator: str, denominator: str) -> str:
    return f"cast({numerator} as double precision) / case when {denominator} <> 0 then {denominator} end"


CUSTOMER_METRICS = {
    "customers": "count(distinct customer_id)",
    "repeat_customers": "count(distinct case when purchase_count > 1 then customer_id end)",
    "net_revenue": "sum(gross_revenue) - sum(refunded_revenue)",
    "average_lifetime_value": "cast(avg(total_revenue) as double precision)",
    "repeat_rate": ratio("count(case when purchase_count > 1 then 1 end)", "count(*)"),
}
FUNNEL_METRICS = {
    "impressions": "sum(impressions)",
    "clicks": "sum(clicks)",
    "sessions": "sum(sessions)",
    "conversions": "sum(conversions)",
    "spend": "sum(spend)",
    "campaign_revenue": "sum(revenue)",
    "click_through_rate": ratio("sum(clicks)", "sum(impressions)"),
    "click_to_session_rate": ratio("sum(sessions)", "sum(clicks)"),
    "session_to_conversion_rate": ratio("sum(conversions)", "sum(sessions)"),
    "impression_to_conversion_rate": ratio("sum(conversions)", "sum(impressions)"),
    "cost_per_click": ratio("sum(spend)", "sum(clicks)"),
    "cost_per_conversion": ratio("sum(spend)", "sum(conversions)"),
    "return_on_ad_spend": ratio("sum(revenue)", "sum(spend)"),
}
CHANNEL_METRICS = {
    "site_sessions": "sum(sessions)",
    "site_conversions": "sum(conversions)",
    "site_revenue": "sum(revenue)",
    "new_customers": "sum(new_customers)",
    "site_conversion_rate": ratio("sum(conversions)", "sum(sessions)"),
}
COHORT_METRICS = {
    "acquisition_spend": "sum(spend)",
    "paid_customers": "sum(customers) filter (where spend > 0)",
    "paid_customer_revenue": "sum(total_revenue) filter (where spend > 0)",
    "acquisition_cost": ratio("sum(spend)", "sum(customers) filter (where spend > 0)"),
    "lifetime_value_to_cost": ratio("sum(total_revenue) filter (where spend > 0)", "sum(spend)"),
}
ORDER_METRICS = {
    "orders": "count(*) filter (where conversion_type = 'purchase')",
    "repeat_orders": "count(*) filter (where purchase_number > 1)",
    "gross_order_revenue": "sum(gross_revenue)",
    "net_order_revenue": "sum(gross_revenue) - sum(refunded_revenue)",
    "average_order_value": ratio("sum(gross_revenue)", "count(*) filter (where conversion_type = 'purchase')"),
    "repeat_order_share": ratio("count(*) filter (where purchase_number > 1)", "count(*) filter (where conversion_type = 'purchase')"),
}
METRICS = CUSTOMER_METRICS | FUNNEL_METRICS | CHANNEL_METRICS | COHORT_METRICS | ORDER_METRICS

# The column of each grouping in the marts. For a moment it is its day.
CUSTOMER_GROUPINGS = {
    "customer": "customer_id",
    "customer__acquisition_channel": "acquisition_channel",
    "customer__ltv_tier": "ltv_tier",
    "customer__first_purchase_date": "cast(first_purchase_at as date)",
    "metric_time": "cast(first_purchase_at as date)",
}
FUNNEL_GROUPINGS = {
    "campaign": "campaign_id",
    "campaign__channel": "channel",
    "campaign__platform": "platform",
    "campaign__campaign_name": "campaign_name",
    "campaign__tracking_status": "tracking_status",
    "campaign_day__activity_date": "activity_date",
    "metric_time": "activity_date",
}
CHANNEL_GROUPINGS = {"channel_day__channel": "channel", "channel_day__activity_date": "activity_date", "metric_time": "activity_date"}
COHORT_GROUPINGS = {
    "cohort__acquisition_channel": "acquisition_channel",
    "cohort__first_purchase_month": "first_purchase_month",
    "metric_time": "first_purchase_month",
}
ORDER_GROUPINGS = {
    "conversion": "conversion_id",
    "conversion__channel": "channel",
    "conversion__acquisition_channel": "acquisition_channel",
    "conversion__conversion_date": "conversion_date",
    "metric_time": "conversion_date",
}
TIMES = {
    *("customer__first_purchase_date", "campaign_day__activity_date", "channel_day__activity_date"),
    *("cohort__first_purchase_month", "conversion__conversion_date", "metric_time"),
}


def funnel_mart(groupings: tuple[str, ...]) -> str:
    """Joined only where a day and a property of the campaign are asked for."""
    if TIMES.isdisjoint(groupings):
        return "campaign_funnel"
    if TIMES.issuperset(groupings):
        return "campaign_funnel_daily"
    joined = "select days.*, channel, platform, campaign_name, tracking_status from campaign_funnel_daily as days join campaign_funnel as campaigns"
    return f"({joined} on days.campaign_id = campaigns.campaign_id) as days"


# Of each mart the metrics, what they can be grouped by, and the table for some groupings.
MARTS = {
    "customers": (CUSTOMER_METRICS, CUSTOMER_GROUPINGS, lambda _: "customer_ltv"),
    "funnel": (FUNNEL_METRICS, FUNNEL_GROUPINGS, funnel_mart),
    "channels": (CHANNEL_METRICS, CHANNEL_GROUPINGS, lambda _: "channel_daily"),
    "cohorts": (COHORT_METRICS, COHORT_GROUPINGS, lambda _: "channel_cohorts"),
    "orders": (ORDER_METRICS, ORDER_GROUPINGS, lambda _: "orders"),
}


def by_mart(metric: str) -> tuple[dict, dict, Callable[[tuple[str, ...]], str]]:
    return next(mart for mart in MARTS.values() if metric in mart[0])


def engine(warehouse: Warehouse) -> MetricFlowEngine:
    """MetricFlow on what dbt parsed last. It only writes the SQL."""
    manifest = json.loads((warehouse.folder / "target/semantic_manifest.json").read_text())
    spines = manifest["project_configuration"]["time_spines"]
    for relation in (described["node_relation"] for described in manifest["semantic_models"] + spines):
        # Without the database, which a test on a server gives another name.
        relation["relation_name"] = f"{relation['schema_name']}.{relation['alias']}"
    lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(json.dumps(manifest)))
    return MetricFlowEngine(lookup, AdapterBackedSqlClient(SimpleNamespace(type=lambda: warehouse.target)))


@pytest.fixture
def metricflow(sample) -> MetricFlowEngine:
    return engine(sample)


def asked(metricflow: MetricFlowEngine, warehouse: Warehouse, metrics: list[str], groupings: tuple[str, ...] = ()) -> dict[tuple, dict]:
    """What MetricFlow gives: the metrics of each group."""
    request = MetricFlowQueryRequest.create(metric_names=metrics or None, group_by_names=groupings or None)
    sql = metricflow.explain(request).sql_statement.without_descriptions.sql
    rows = warehouse.query(f"select {', '.join([*groupings, *metrics])} from ({sql}) as answer")  # it has an order of its own
    grouped = {row[: len(groupings)]: dict(zip(metrics, row[len(groupings) :])) for row in rows}
    assert len(grouped) == len(rows)
    return grouped


def stated(warehouse: Warehouse, metrics: list[str], groupings: tuple[str, ...] = (), grain: str = "day") -> dict[tuple, dict]:
    """The same from the marts."""
    expressions, columns, table = by_mart(metrics[0])
    keys = [f"date_trunc('{grain}', cast({columns[name]} as timestamp))" if name in TIMES else columns[name] for name in groupings]
    selected = ", ".join([*keys, *(expressions[metric] for metric in metrics)])
    rows = warehouse.query(f"select {selected} from {table(groupings)}" + (f" group by {', '.join(keys)}" if keys else ""))
    return {row[: len(keys)]: dict(zip(metrics, row[len(keys) :])) for row in rows}


def same(found, expected) -> bool:
    """Doubles within 1e-9; decimals and whole numbers exactly, and as what they are; null is null."""
    if isinstance(expected, float) and isinstance(found, float):
        return isclose(found, expected, rel_tol=1e-9)
    return found == expected and type(found) is type(expected)


def different(found: dict[tuple, dict], expected: dict[tuple, dict]) -> dict:
    assert found.keys() == expected.keys()
    return {
        (*key, metric): (found[key][metric], value)
        for key, values in expected.items()
        for metric, value in values.items()
        if not same(found[key][metric], value)
    }


def test_every_metric_and_grouping_is_compared_below(metricflow):
    """A new metric or grouping fails without SQL."""
    assert {metric.name for metric in metricflow.list_metrics()} == set(METRICS)
    for metric in METRICS:
        dimensions = {dimension.granularity_free_dunder_name for dimension in metricflow.simple_dimensions_for_metrics([metric])}
        entities = {entity.name for entity in metricflow.entities_for_metrics([metric])}
        assert dimensions | entities == set(by_mart(metric)[1]), metric


@pytest.mark.parametrize("mart", MARTS)
def test_totals_are_those_of_the_marts(metricflow, sample, mart):
    for metric in MARTS[mart][0]:
        (found,), (expected,) = asked(metricflow, sample, [metric]).values(), stated(sample, [metric]).values()
        assert expected[metric] is not None and same(found[metric], expected[metric]), metric


@pytest.mark.parametrize("mart, grouping", [(mart, grouping) for mart, (_, groupings, _) in MARTS.items() for grouping in groupings])
def test_metrics_by_one(metricflow, sample, mart, grouping):
    # Cohorts are months.
    compare(metricflow, sample, list(MARTS[mart][0]), (grouping,), ("month", "year") if mart == "cohorts" else ("day", "month", "year"))


def compare(metricflow: MetricFlowEngine, sample: Warehouse, metrics: list[str], groupings: tuple[str, ...], grains: tuple[str, ...]) -> None:
    """Compare by each grain if a time is among the groupings, otherwise once."""
    for grain in grains if TIMES.intersection(groupings) else grains[:1]:
        names = tuple(f"{name}__{grain}" if name in TIMES else name for name in groupings)
        expected = stated(sample, metrics, groupings, grain)
        assert len(expected) > 1
        assert different(asked(metricflow, sample, metrics, names), expected) == {}, names


def test_metrics_by_two(metricflow, sample):
    for metrics, groupings, _ in MARTS.values():
        for pair in combinations(groupings, 2):
            if not TIMES.issuperset(pair):
                compare(metricflow, sample, list(metrics), pair, ("month",))


def test_sample_tells_a_ratio_of_sums_from_an_average_of_ratios(sample):
    """If the two were equal, the tests above would prove less than they seem to. Each rate is null for some campaign."""
    for metric in FUNNEL_METRICS:
        if "_rate" in metric or metric.startswith(("cost", "return")):
            averages = sample.query(f"select channel, avg({metric}) from campaign_funnel group by channel")
            channels = stated(sample, [metric], ("campaign__channel",))
            assert [channel for channel, average in averages if average and not isclose(average, channels[channel,][metric], rel_tol=1e-3)], metric
            assert None in {values[metric] for values in stated(sample, [metric], ("campaign",)).values()}, metric


def test_customers_and_funnel_meet_on_their_days(metricflow, sample):
    """A month in which only one of both has anything is there, with null for the other."""
    metrics = ["average_lifetime_value", "net_revenue", "return_on_ad_spend", "spend"]
    customers, funnel = (stated(sample, pair, ("metric_time",), "month") for pair in (metrics[:2], metrics[2:]))
    nothing = dict.fromkeys(metrics)
    expected = {month: nothing | customers.get(month, {}) | funnel.get(month, {}) for month in {*customers, *funnel}}
    assert different(asked(metricflow, sample, metrics, ("metric_time__month",)), expected) == {}


def test_time_spine_has_every_day_of_the_marts(metricflow, sample):
    days = [moment for (moment,) in asked(metricflow, sample, [], ("metric_time__day",))]
    occurring = {day for metric in ("customers", "spend", "site_sessions", "orders") for (day,) in stated(sample, [metric], ("metric_time",))}
    occurring = {moment.date() for moment in occurring}
    assert (min(days), max(days)) == (min(occurring), max(occurring))
    assert len(days) == (max(days) - min(days)).days + 1


@pytest.mark.engines("duckdb")
def test_first_purchase_is_on_the_business_day(warehouse):
    """The rule stands in SQL and, for MetricFlow, in YAML."""
    zone = "America/Los_Angeles"
    warehouse.variables = {"business_timezone": zone}
    assert warehouse.dbt("parse").returncode == 0
    found = asked(engine(warehouse), warehouse, ["customers"], ("metric_time__day",))
    local = f"date_trunc('day', timezone('{zone}', timezone('UTC', first_purchase_at)))"
    expected = {(day,): {"customers": count} for day, count in warehouse.query(f"select {local}, count(*) from customer_ltv group by 1")}
    assert different(found, expected) == {}
    assert expected != stated(warehouse, ["customers"], ("metric_time",))


@pytest.mark.engines("duckdb")
def test_mf_answers_and_asks_nobody_else(warehouse, tmp_path, monkeypatch):
    """The command as it is, on a project that has only been built."""
    for name in ("mf", "dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name, value in {**warehouse.environment, "DBT_TARGET": warehouse.target, "TMPDIR": str(tmp_path / "temporary")}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "temporary").mkdir()
    command = [tmp_path / "mf", "query", "--quiet", "--metrics", "net_revenue", "--group-by", "customer__ltv_tier", "--csv", "tiers.csv"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    header, *rows = (line.split(",") for line in (tmp_path / "tiers.csv").read_text().split())
    assert header == ["customer__ltv_tier", "net_revenue"]
    assert {(tier,): {"net_revenue": Decimal(revenue)} for tier, revenue in rows} == stated(warehouse, ["net_revenue"], ("customer__ltv_tier",))
    # What its look for a newer version would leave.
    assert list((tmp_path / "temporary").glob("update_checker*")) == []
