"""Properties that only several builds can show, on the sample data and on what breaks it."""

import json
import random
from datetime import datetime, timezone

import pytest
from conftest import RAW_TABLES, SAMPLE, read_rows

REQUIRED = {
    "sessions": ["session_id", "anonymous_id", "started_at"],
    "conversions": ["conversion_id", "user_id", "converted_at", "conversion_type", "revenue"],
    "campaign_metrics": ["metric_date", "platform", "campaign_id"],
}


@pytest.fixture(scope="module")
def built(warehouse):
    """The warehouse with the sample built and tested, and what is in it."""
    done = warehouse.dbt("--warn-error", "build")
    assert done.returncode == 0, done.stdout
    assert "WARN=0 ERROR=0 SKIP=0" in done.stdout
    return warehouse, warehouse.published()


@pytest.fixture(autouse=True)
def sample_again(warehouse):
    """Each test starts from the sample's raw rows."""
    warehouse.deliver({})


def test_every_finding_of_the_sample_is_named(built):
    warehouse, _ = built
    findings = dict(warehouse.query("select warning, count(*) from int_data_warnings group by all"))
    assert set(findings) == {
        "amounts_without_rate",
        "anonymous_ids_of_several_users",
        "campaigns_on_several_platforms",
        "conflicting_loads",
        "platforms_without_channel",
        "rejected_records",
    }
    printed = warehouse.dbt("--quiet", "build", "--select", "int_data_warnings").stdout
    assert all(f"DATA WARNING {warning}" in printed for warning in findings)
    assert "1004: google_ads, microsoft_ads" in printed


def test_building_twice_changes_nothing(built):
    warehouse, before = built
    warehouse.run()
    assert warehouse.published() == before


def test_order_of_rows_changes_nothing(built):
    """Ties are decided by values alone, never by where a row lies in its file."""
    warehouse, before = built
    shuffled = {}
    for table in RAW_TABLES:
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        random.Random(table).shuffle(rows)
        shuffled[table] = [header, *rows]
    warehouse.deliver(shuffled)
    warehouse.run()
    assert warehouse.published() == before


def test_rejected_rows_change_no_mart(built):
    """Bad input takes no good row with it: the same marts come of the rows without it."""
    warehouse, before = built
    clean = {}
    for table in RAW_TABLES:
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        rejected = {
            tuple(json.loads(record)[column] or "" for column in header)
            for source_table, *_, record, _ in before["int_rejected_records"]
            if source_table == table
        }
        clean[table] = [header, *(row for row in rows if tuple(row) not in rejected)]
        assert 0 < len(rejected) < len(rows) - len(clean[table]) + 2
    warehouse.deliver(clean)
    warehouse.run()
    after = warehouse.published()
    assert after["int_rejected_records"] == []
    for mart in ("customer_ltv", "campaign_funnel", "campaign_funnel_daily"):
        assert after[mart] == before[mart]


def test_optional_columns_may_be_missing(built):
    """A table with nothing but what is required builds, and only what depended on the rest is gone."""
    warehouse, before = built
    bare = {}
    for table, kept in REQUIRED.items():
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        places = [header.index(column) for column in kept]
        bare[table] = [[row[place] for place in places] for row in [header, *rows]]
    warehouse.deliver(bare)
    warehouse.run()
    assert warehouse.query("select count(*) from customer_ltv where acquisition_channel not in ('Direct', 'Unknown')") == [(0,)]
    assert warehouse.query("select count(*), count(impressions) from campaign_funnel where platform is not null") != [(0, 0)]
    assert len(warehouse.published()["customer_ltv"]) > len(before["customer_ltv"]) / 2


@pytest.mark.parametrize("table, column", [("sessions", "started_at"), ("conversions", "conversion_type"), ("campaign_metrics", "platform")])
def test_missing_required_column_is_named(built, table, column):
    """The error says which table lacks what and what it has, and the last good marts stand."""
    warehouse, _ = built
    before = warehouse.published()
    rows = read_rows(SAMPLE / f"{table}.csv")
    place = rows[0].index(column)
    warehouse.deliver({table: [row[:place] + row[place + 1 :] for row in rows]})
    done = warehouse.dbt("build", "--select", f"+base_marketing__{table}+")
    assert done.returncode == 1
    assert f"has no column '{column}'" in done.stdout and f"{table}.csv" in done.stdout
    assert f"Found: {rows[0][0] if place else rows[0][1]}" in done.stdout
    assert {mart: warehouse.published()[mart] for mart in ("customer_ltv", "campaign_funnel")} == {
        mart: before[mart] for mart in ("customer_ltv", "campaign_funnel")
    }


def test_tables_without_rows_give_empty_marts(built):
    """A new warehouse is empty, not broken; the reconciliation still has all its buckets."""
    warehouse, before = built
    warehouse.deliver({table: read_rows(SAMPLE / f"{table}.csv")[:1] for table in RAW_TABLES})
    done = warehouse.dbt("--warn-error", "build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout
    after = warehouse.published()
    assert not any(after[table] for table in after if table != "int_reconciliation")
    assert [row[:2] for row in after["int_reconciliation"]] == [row[:2] for row in before["int_reconciliation"]]
    assert {row[2] for row in after["int_reconciliation"]} == {0}
    shown = warehouse.dbt("--quiet", "run-operation", "show_results")
    assert shown.returncode == 0 and "No customers" in shown.stdout and "No campaigns" in shown.stdout


def test_newest_load_in_conflict_stops_the_marts(built):
    """Rows of a finer table without ad_id must not be published, nor silently replaced by an older load."""
    warehouse, _ = built
    warehouse.run()
    before = warehouse.published()
    header, *rows = read_rows(SAMPLE / "campaign_metrics.csv")
    newest = dict(zip(header, rows[0])) | {"loaded_at": "2026-07-02 04:00:00"}
    finer = [list((newest | {"impressions": count}).values()) for count in ("100", "200")]
    warehouse.deliver({"campaign_metrics": [header, *rows, *finer]})
    done = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 1
    assert "Failure in test assert_newest_load_has_no_conflict" in done.stdout
    assert "Got 2 results" in done.stdout
    assert warehouse.published() == before


def test_freshness_reads_loaded_at_past_junk(built):
    """A value that is no time must not hide how old the newest row is."""
    warehouse, _ = built
    assert "ERROR STALE" in warehouse.dbt("source", "freshness").stdout
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    fresh = {}
    for table in RAW_TABLES:
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        rows[0][header.index("loaded_at")] = now
        fresh[table] = [header, *rows]
    warehouse.deliver(fresh)
    done = warehouse.dbt("source", "freshness")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASS freshness") == 3


def test_results_fit_80_columns(built):
    warehouse, _ = built
    warehouse.run()
    lines = warehouse.dbt("--quiet", "run-operation", "show_results").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    ranked = [line for line in lines if line.lstrip().startswith("1 ")]
    assert len(ranked) == 1 and "Brand Search US" in ranked[0]
    assert any("Win a Grinder" in line and "session_to_conversion *" in line for line in lines)
