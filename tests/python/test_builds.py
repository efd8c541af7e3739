"""Properties that only several builds can show, on the sample data and on what breaks it."""

import json
import random
from datetime import datetime, timezone

from conftest import MARTS, RAW_TABLES, SAMPLE, read_rows

REQUIRED = {
    "sessions": ["session_id", "anonymous_id", "started_at"],
    "conversions": ["conversion_id", "user_id", "converted_at", "conversion_type", "revenue"],
    "campaign_metrics": ["metric_date", "platform", "campaign_id"],
}


def test_sample_builds_and_says_what_it_found(sample):
    """All tests pass without a warning, the answer comes before the warnings and fits 100 columns, and each kind of warning is counted."""
    assert "WARN=0 ERROR=0 SKIP=0" in sample.printed
    start, warnings = sample.printed.index("\nDATA from 20"), sample.printed.index("\nDATA WARNINGS, to see each with its advice: make warnings\n")
    report = [line for line in sample.printed[start:warnings].splitlines() if not line.startswith("  all of it is in ")]
    counted = [line for line in sample.printed[warnings:].splitlines() if line.endswith((" place", " places"))]
    assert max(map(len, report + counted)) <= 100
    subjects = dict(sample.query("select warning, count(*) from int_data_warnings group by warning"))
    found = {line.split()[0]: int(line.split()[-2]) for line in counted}
    assert found == subjects
    # The last one goes when somebody follows its advice.
    assert {*found, "tags_in_channel_other"} == {
        "amounts_without_rate",
        "anonymous_ids_of_several_users",
        "campaigns_on_several_platforms",
        "conflicting_loads",
        "platforms_without_channel",
        "rejected_records",
        "tags_in_channel_other",
    }
    (channel,) = (line.split()[2:] for line in report if line.startswith("Google Ads "))
    customers, spend = sample.query("select sum(customers), sum(spend) from channel_cohorts where acquisition_channel = 'Google Ads'")[0]
    assert channel[0] == str(customers) and channel[6] == f"{spend:,.0f}"
    assert any(line.startswith("Microsoft Ads ") and line.endswith(" 0.00") for line in report), "spend without a customer"
    assert any(line.startswith("   1 Brand Search US") for line in report)
    assert any("Win a Grinder" in line and line.endswith("session_to_conversion, strong *") for line in report)
    assert sum("Summer Sale (" in line for line in report) == 3, "names that several campaigns share stand with their ids"


def test_warnings_are_shown_whole(sample):
    shown = sample.dbt("--quiet", "run-operation", "show_data_warnings").stdout
    for warning, subject, advice in sample.query("select warning, subject, advice from int_data_warnings"):
        assert f"DATA WARNING {warning}" in shown and f" x {subject[:87]}\n" in shown
        assert advice in " ".join(shown.split())


def test_building_twice_changes_nothing(sample, warehouse):
    before = sample.published()
    warehouse.run()
    assert warehouse.published() == before


def test_order_of_rows_changes_nothing(sample, warehouse):
    """Ties are decided by values alone, never by where a row lies in its file."""
    before = sample.published()
    shuffled = {}
    for table in RAW_TABLES:
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        random.Random(table).shuffle(rows)
        shuffled[table] = [header, *rows]
    warehouse.deliver(shuffled)
    warehouse.run()
    assert warehouse.published() == before


def test_rejected_rows_change_no_mart(sample, warehouse):
    """Bad input takes no good row with it: the same marts come of the rows without it."""
    before = sample.published()
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
    for mart in MARTS:
        assert after[mart] == before[mart]


def test_optional_columns_may_be_missing(sample, warehouse):
    """A table with nothing but what is required builds, and only what depended on the rest is gone."""
    before = sample.published()
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


def test_missing_required_columns_are_named(warehouse):
    """The error says which table lacks what and what it has, and the last good marts stand."""
    lacking = {"sessions": "started_at", "conversions": "conversion_type", "campaign_metrics": "platform"}
    delivered = {}
    for table, column in lacking.items():
        rows = read_rows(SAMPLE / f"{table}.csv")
        place = rows[0].index(column)
        delivered[table] = [row[:place] + row[place + 1 :] for row in rows]
    warehouse.deliver(delivered)
    said = warehouse.refused()
    for table, column in lacking.items():
        found = ", ".join(delivered[table][0])
        assert f"{table}\" has no column '{column}', which is required. Found: {found}." in said


def test_tables_without_rows_give_empty_marts(sample, warehouse):
    """A new warehouse is empty, not broken; the reconciliation still has all its buckets."""
    before = sample.published()
    warehouse.deliver({table: read_rows(SAMPLE / f"{table}.csv")[:1] for table in RAW_TABLES})
    done = warehouse.dbt("--warn-error", "build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout
    after = warehouse.published()
    assert not any(after[table] for table in after if table != "int_reconciliation")
    assert [row[:2] for row in after["int_reconciliation"]] == [row[:2] for row in before["int_reconciliation"]]
    assert {row[2] for row in after["int_reconciliation"]} == {0}
    shown = warehouse.dbt("--quiet", "run-operation", "show_results")
    assert shown.returncode == 0 and "No customers" in shown.stdout and "No campaigns" in shown.stdout


def test_newest_load_in_conflict_stops_the_marts(warehouse):
    """Rows of a finer table without ad_id must not be published, nor silently replaced by an older load."""
    header, *rows = read_rows(SAMPLE / "campaign_metrics.csv")
    newest = dict(zip(header, rows[0])) | {"loaded_at": "2026-07-02 04:00:00"}
    finer = [list((newest | {"impressions": count}).values()) for count in ("100", "200")]
    warehouse.deliver({"campaign_metrics": [header, *rows, *finer]})
    said = warehouse.refused()
    assert "Failure in test assert_newest_load_has_no_conflict" in said
    assert "Got 2 results" in said


def test_freshness_reads_loaded_at_past_junk(sample, warehouse):
    """A value that is no time must not hide how old the newest row is."""
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


def test_too_many_rejected_rows_publish_nothing(warehouse):
    """A loader that changed its format overnight must be noticed; 5 % is still accepted."""
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    place = header.index("converted_at")
    good = [row for row in rows if row[header.index("loaded_at")] and row[0].startswith("c")][:95]

    def broken(number):
        return [[f"broken-{i}"] + good[i][1:place] + ["01/02/2026"] + good[i][place + 1 :] for i in range(number)]

    warehouse.deliver({"conversions": [header, *good, *broken(6)]})
    said = warehouse.refused()
    assert "Failure in test assert_rejected_share_is_small" in said
    assert "More than 5% of a raw table would be rejected, so nothing was published." in said
    warehouse.deliver({"conversions": [header, *good, *broken(5)]})
    done = warehouse.dbt("build", "--select", "+assert_rejected_share_is_small")
    assert done.returncode == 0, done.stdout


def test_check_data_answers_before_any_build(warehouse):
    """Rows, columns, dates, and five rows of each reason, on a warehouse in which nothing was built."""
    warehouse.forget()
    sessions = read_rows(SAMPLE / "sessions.csv")
    header = [column for column in sessions[0] if column != "utm_medium"] + ["device"]
    place = sessions[0].index("utm_medium")
    rows = [row[:place] + row[place + 1 :] + ["phone"] for row in sessions[1:]]
    rows += [[f"bad-{i}", "a", "", "yesterday", "", "", "", "", "", ""] for i in range(7)]
    warehouse.deliver({"sessions": [header, *rows]})
    done = warehouse.dbt("--quiet", "run-operation", "check_data")
    assert done.returncode == 0, done.stdout
    said = done.stdout
    assert f"SESSIONS: {len(rows):,} rows" in said
    assert "columns missing: utm_medium" in said and "not used:        device" in said
    assert "started_at from 2025-06-30 23:29:59 to 2026-06-30 23:30:00" in said
    assert "would be rejected: 14 rows, 0.30%" in said
    assert "started_at_invalid: 8" in said
    assert said.count('"started_at":"yesterday"') == 5
