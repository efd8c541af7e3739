"""A build is a function of the raw rows: properties that only several builds can show, on the sample data and on what breaks it."""

import json
import random
import re
from collections import Counter
from datetime import datetime, timezone

import duckdb
import pytest
from conftest import MARTS, RAW_TABLES, SAMPLE, read_rows, write_rows

REQUIRED = {
    "sessions": ["session_id", "anonymous_id", "started_at"],
    "conversions": ["conversion_id", "user_id", "converted_at", "conversion_type", "revenue"],
    "campaign_metrics": ["metric_date", "platform", "campaign_id"],
}


def test_sample_builds_and_says_what_it_found(sample):
    """All tests pass without a warning, the answer comes before the warnings and fits 100 columns, and each kind of warning is counted."""
    assert "WARN=0 ERROR=0 SKIP=0" in sample.printed
    start, warnings = sample.printed.index("\nDATA from 20"), sample.printed.index("\nDATA WARNINGS, to see each with its advice: make warnings\n")
    report = [line for line in sample.printed[start:warnings].splitlines() if not line.startswith("  that table, and all")]
    counted = [line for line in sample.printed[warnings:].splitlines() if re.search(r" in \d+ places?\b", line)]
    assert max(map(len, report + counted)) <= 100
    subjects = dict(sample.query("select warning, count(*) from int_data_warnings group by warning"))
    found = {line.split()[0]: int(re.search(r" in (\d+) place", line)[1]) for line in counted}
    assert found == subjects
    # The last one goes when somebody follows its advice.
    assert {*found, "tags_in_channel_other"} == {
        "aliases_of_unknown_campaigns",
        "amounts_without_rate",
        "anonymous_ids_of_several_users",
        "campaigns_on_several_platforms",
        "conflicting_loads",
        "more_refunded_than_bought",
        "platforms_without_channel",
        "rejected_records",
        "sessions_with_several_starts",
        "stale_rates",
        "tags_in_channel_other",
    }
    (channel,) = (line.split()[2:] for line in report if line.startswith("Google Ads "))
    customers, spend = sample.query("select sum(customers), sum(spend) from channel_cohorts where acquisition_channel = 'Google Ads'")[0]
    assert channel[0] == str(customers) and channel[6] == f"{spend:,.0f}"
    assert any(line.startswith("Microsoft Ads ") and line.endswith(" 0.00") for line in report), "spend without a customer"
    assert any(line.startswith("   1 Brand Search US") for line in report)
    assert any("Win a Grinder" in line and line.endswith("session_to_conversion, strong *") for line in report)
    assert sum("Summer Sale (" in line for line in report) == 3, "names that several campaigns share stand with their ids"


def test_warnings_are_shown_whole(warehouse):
    shown = warehouse.dbt("--quiet", "run-operation", "show_data_warnings").stdout
    for warning, subject, advice in warehouse.query("select warning, subject, advice from int_data_warnings"):
        assert f"DATA WARNING {warning}" in shown and subject[:60] in " ".join(shown.split())
        assert advice in " ".join(shown.split())


def test_unit_tests_pass(warehouse):
    """Unit tests check each rule at its boundary. The build above leaves them out, so that the other tests need not wait for them."""
    done = warehouse.dbt("--warn-error", "test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout[-5000:]
    assert int(re.search(r"PASS=(\d+)", done.stdout).group(1)) > 100


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.engines("duckdb"))])
def test_order_and_copies_of_rows_change_no_mart(sample, warehouse, seed):
    """The same rows shuffled, cut into any number of files and delivered twice: ties are decided by values alone, never by where a
    row lies. Each copy is counted as superseded, or as rejected once more."""
    choice = random.Random(seed)
    delivered = {}
    for table in RAW_TABLES:
        header, *rows = read_rows(SAMPLE / f"{table}.csv")
        twice = rows * 2
        choice.shuffle(twice)
        delivered[table] = [header, *twice]
    warehouse.deliver(delivered)
    if warehouse.target == "duckdb":
        for table, (header, *rows) in delivered.items():
            file = warehouse.raw / f"{table}.csv"
            file.unlink()
            file.with_suffix("").mkdir()
            cuts = sorted(choice.sample(range(len(rows)), choice.randint(1, 9)))
            for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)])):
                part = file.with_suffix("") / f"{number}.csv"
                part.write_bytes(write_rows([header, *rows[start:end]]).encode())
    warehouse.run()
    before, after = sample.published(), warehouse.published()
    for mart in MARTS:
        assert after[mart] == before[mart]
    assert Counter(row[:4] for row in after["int_rejected_records"]) == Counter(row[:4] for row in before["int_rejected_records"] * 2)
    buckets, copies = ({row[:2]: row[2] for row in found["int_reconciliation"]} for found in (before, after))
    for table in RAW_TABLES:
        accepted = buckets[table, "accepted"]
        assert copies[table, "accepted"] == accepted
        assert copies[table, "superseded"] == 2 * buckets[table, "superseded"] + accepted


@pytest.mark.engines("duckdb")
def test_what_is_gone_from_the_raw_tables_is_gone_from_the_marts(sample, warehouse):
    """If a person is erased upstream, the next build erases that person here, and nobody else. An erased campaign-day is gone too."""
    [(customer_id,)] = sample.query("select max(customer_id) from customer_ltv where customer_id not like 'anon:%' and is_repeat_customer")
    [(last_day,)] = sample.query("select max(cast(activity_date as text)) from campaign_funnel_daily where spend > 0")
    delivered = {
        table: [row for row in read_rows(SAMPLE / f"{table}.csv") if customer_id not in row and not row[0].startswith(last_day)] for table in RAW_TABLES
    }
    warehouse.deliver(delivered)
    warehouse.run()
    before, after = sample.published(), warehouse.published()
    customers, left = ({row[0] for row in found["customer_ltv"]} for found in (before, after))
    assert customers - left == {customer_id}
    # Only anonymous visitors are new: they were that person.
    assert all(name.startswith("anon:") for name in left - customers)
    assert warehouse.query(f"select count(*) from campaign_funnel_daily where cast(activity_date as text) = '{last_day}' and spend is not null") == [(0,)]
    for table in ("stg_marketing__sessions", "stg_marketing__conversions", "int_rejected_records", "base_marketing__reviewed_conversions"):
        assert [row for row in warehouse.query(f"select * from {table}") if customer_id in map(str, row)] == [], table


@pytest.mark.engines("duckdb")
def test_a_missing_bucket_fails(warehouse):
    """A comparison with null is neither true nor false: a test with <> would pass where one side is missing."""
    folder = warehouse.folder / "target/compiled/customer_insights/tests"
    names = ("marts/assert_marts_hold_what_was_accepted", "intermediate/assert_accepted_conversions_are_conserved", "intermediate/assert_raw_rows_are_conserved")
    queries = [(folder / f"{name}.sql").read_text() for name in names]
    reconciliation = "insights_intermediate.int_reconciliation"

    def failures_without(condition: str) -> list[bool]:
        """Which of the tests fail where some buckets are missing."""
        warehouse.execute(f"delete from {reconciliation} where {condition}")
        found = [warehouse.query(query) != [] for query in queries]
        warehouse.execute(f"delete from {reconciliation}")
        warehouse.execute(f"insert into {reconciliation} select * from insights_intermediate.buckets")
        return found

    warehouse.execute(f"create table insights_intermediate.buckets as select * from {reconciliation}")
    assert failures_without("false") == [False] * 3
    missed = {
        (table, bucket): failures_without(f"source_table = '{table}' and bucket = '{bucket}'")
        for table, bucket in warehouse.query("select source_table, bucket from int_reconciliation")
    }
    assert [key for key, found in missed.items() if not any(found)] == []
    by_mart = {("conversions", "in_customer_ltv"), ("conversions", "in_campaign_funnel"), ("campaign_metrics", "accepted")}
    assert {key for key, found in missed.items() if found[0]} == by_mart
    for table in RAW_TABLES:
        assert failures_without(f"source_table = '{table}'")[2], table


# What breaks each of the singular tests that the tests above and below do not break.
BREAKS = {
    "marts/assert_channels_hold_everything": (
        "delete from insights_marts.channel_daily where channel = 'Email'",
        "update insights_marts.orders set campaign_id = null where net_revenue > 0",
        "delete from insights_marts.channel_cohorts where spend > 0",
    ),
    "marts/assert_orders_are_the_customers_purchases": (
        "delete from insights_marts.orders where purchase_number = 1 and acquisition_channel = 'Email'",
        "delete from insights_marts.customer_ltv where acquisition_channel = 'Email'",
        "update insights_marts.customer_ltv set second_purchase_at = null where is_repeat_customer",
    ),
    "marts/assert_periods_hold_their_days": (
        "delete from insights_marts.campaign_funnel_periods where period = 'last_30_days' and sessions > 0",
        "update insights_marts.campaign_funnel_daily set spend = spend + 1",
        "update insights_marts.campaign_funnel_periods set revenue = revenue + 1",
    ),
    "marts/assert_ranks_are_dense": (
        "update insights_marts.campaign_funnel_periods set efficiency_rank = efficiency_rank + 1",
        "update insights_marts.campaign_funnel_periods set efficiency_score_in_channel = null",
        "update insights_marts.campaign_funnel_periods set efficiency_score = 100 - efficiency_score",
    ),
    "seeds/assert_channel_patterns_are_portable": (
        "update insights_seeds.channel_rules set utm_source_pattern = '^' || utm_source_pattern where rule_order = 110",
        "update insights_seeds.channel_rules set utm_medium_pattern = ' ' || utm_medium_pattern where rule_order = 110",
    ),
    # A few rows, but most of the impressions or money.
    "staging/assert_rejected_share_is_small": (
        "update insights_staging.base_marketing__reviewed_campaign_metrics set impressions = 1000000000 where record_status = 'rejected'",
        "update insights_staging.base_marketing__reviewed_campaign_metrics set spend = 1000000, currency = 'USD' where record_status = 'rejected'",
        "update insights_staging.base_marketing__reviewed_conversions set revenue = 1000000, currency = 'USD' where record_status = 'rejected'",
        # Numbers that cannot be read, because thousands are separated.
        "update insights_staging.base_marketing__reviewed_campaign_metrics set impressions = null, raw_record = '{\"impressions\":\"900,000,000\"}'"
        " where record_status = 'rejected'",
        "update insights_staging.base_marketing__reviewed_campaign_metrics set spend = null, raw_record = '{\"Spend\":\"1.240.000,00\"}',"
        " metric_date = '2026-01-01' where record_status = 'rejected'",
        "update insights_staging.base_marketing__reviewed_conversions set revenue = null, raw_record = '{\"revenue\": \"-1,240,000.00\"}',"
        " conversion_type = 'purchase', currency = 'USD', converted_at = '2026-01-01' where record_status = 'rejected'",
    ),
    "staging/assert_conflicting_share_is_small": (
        "update insights_staging.base_marketing__reviewed_campaign_metrics set spend = 1000000, currency = 'USD', loaded_at = '2030-01-01'"
        " where rejection_reasons like '%conflicting%'",
        "update insights_staging.base_marketing__reviewed_conversions set revenue = 1000000, currency = 'USD', conversion_type = 'purchase',"
        " loaded_at = '2030-01-01', rejection_reasons = 'conflicting_rows_in_one_load' where record_status = 'rejected'",
    ),
    "seeds/assert_last_channel_rule_catches_all": ("delete from insights_seeds.channel_rules where rule_order = 999",),
}


@pytest.mark.engines("duckdb")
def test_singular_tests_fail_where_their_invariant_is_broken(warehouse):
    """A singular test passes also if its query can find nothing."""
    folder = warehouse.folder / "target/compiled/customer_insights/tests"
    with duckdb.connect(str(warehouse.database)) as connection:
        for name, breaks in BREAKS.items():
            query = (folder / f"{name}.sql").read_text()
            assert connection.execute(query).fetchall() == [], name
            for change in breaks:
                connection.execute("begin")
                connection.execute(change)
                assert connection.execute(query).fetchall() != [], change
                connection.execute("rollback")


@pytest.mark.engines("duckdb")
def test_rejected_rows_change_no_mart(sample, warehouse):
    """Rejected rows change no good row: the marts are the same without the rejected rows."""
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
    ((campaigns, with_impressions),) = warehouse.query("select count(*), count(impressions) from campaign_funnel where platform is not null")
    assert campaigns > 0 and with_impressions == 0
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
        assert f"{table}\" has no column {column}, which the contract requires. Found: {found}." in said


def test_tables_without_rows_give_empty_marts(sample, warehouse):
    """A new warehouse is empty, not broken; the reconciliation still has all its buckets."""
    before = sample.published()
    warehouse.deliver({table: read_rows(SAMPLE / f"{table}.csv")[:1] for table in RAW_TABLES})
    warehouse.build_and_test()
    after = warehouse.published()
    assert not any(after[table] for table in after if table != "int_reconciliation")
    assert [row[:2] for row in after["int_reconciliation"]] == [row[:2] for row in before["int_reconciliation"]]
    assert {row[2] for row in after["int_reconciliation"]} == {0}
    shown = warehouse.dbt("--quiet", "run-operation", "show_results")
    assert shown.returncode == 0 and "No customers" in shown.stdout and "No campaigns" in shown.stdout


@pytest.mark.engines("duckdb")
def test_many_newest_loads_in_conflict_stop_the_marts(warehouse):
    """Rows of a finer table without ad_id must not be published, nor silently replaced by an older load. A few are a warning."""
    header, *rows = read_rows(SAMPLE / "campaign_metrics.csv")
    newest = [dict(zip(header, row)) | {"loaded_at": "2026-07-02 04:00:00"} for row in rows if row[1] == "google_ads"][:5]
    finer = [list((row | {"impressions": count}).values()) for row in newest for count in ("100", "200")]
    warehouse.deliver({"campaign_metrics": [header, *rows, *finer]})
    said = warehouse.refused()
    assert "STOPPED: rows of one load contradict each other, so nothing was published." in said
    assert f"campaign_metrics {newest[0]['metric_date']}|google_ads|{newest[0]['campaign_id']}|: 2 rows, " in said
    assert "The likely cause: the key is not what the contract means by it" in said


def test_freshness_reads_loaded_at_past_junk(sample, warehouse):
    """A value that is no time must not hide how old the newest row is."""
    assert warehouse.dbt("source", "freshness").stdout.count(" of 3 ERROR STALE ") == 3
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


@pytest.mark.engines("duckdb")
def test_too_many_rejected_rows_publish_nothing(warehouse):
    """A loader that changed its format overnight must be noticed; 5 % is still accepted."""
    header, *rows = read_rows(SAMPLE / "conversions.csv")
    place = header.index("converted_at")
    good = [row for row in rows if row[header.index("loaded_at")] and row[0].startswith("c")][:95]

    def broken(number):
        return [[f"broken-{i}"] + good[i][1:place] + ["01/02/2026"] + good[i][place + 1 :] for i in range(number)]

    warehouse.deliver({"conversions": [header, *good, *broken(6)]})
    said = warehouse.refused()
    assert "STOPPED: more than 5% of a raw table would be rejected, so nothing was published." in said
    assert "converted_at_invalid: 6 rows" in said
    assert "NOT PUBLISHED: assert_rejected_share_is_small failed." in said
    warehouse.deliver({"conversions": [header, *good, *broken(5)]})
    done = warehouse.dbt("build", "--select", "+assert_rejected_share_is_small")
    assert done.returncode == 0, done.stdout


def test_check_data_answers_before_any_build(warehouse):
    """`make check-data` shows columns, dates, five rows of each reason, channels and platforms, also without any mart."""
    warehouse.forget()
    sessions = read_rows(SAMPLE / "sessions.csv")
    header = [column for column in sessions[0] if column != "utm_medium"] + ["device"]
    place = sessions[0].index("utm_medium")
    rows = [row[:place] + row[place + 1 :] + ["phone"] for row in sessions[1:]]
    rows += [[f"bad-{i}", "a", "", "yesterday", "", "", "", "", "", ""] for i in range(7)]
    rows += [rows[0][:-2] + ["2026-07-01 04:00:00", "phone"]]
    rows += [["shared", visitor, "", "2026-06-01 10:00:00", "", "", "", "", "", ""] for visitor in "abc"]
    warehouse.deliver({"sessions": [header, *rows]})
    # As `make check-data` does it.
    built = warehouse.dbt("--quiet", "build", "--select", "+int_data_warnings", "int_currency_amounts", "--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
    assert built.returncode == 0, built.stdout
    done = warehouse.dbt("--quiet", "run-operation", "check_data")
    assert done.returncode == 0, done.stdout
    said = done.stdout
    assert "sessions.utm_medium: paid visits cannot be told from unpaid ones" in " ".join(said.split())
    assert f"SESSIONS: {len(rows):,} rows" in said
    assert "columns missing: utm_medium\n    utm_medium: paid visits cannot be told from unpaid ones" in said and "not used:        device" in said
    assert "started_at from 2025-06-30 23:29:59 to 2026-06-30 23:30:00" in said
    assert "started_at_invalid: 8" in said
    assert said.count('"started_at":"yesterday"') == 5
    assert re.search(r"SESSIONS: (.|\n)*delivered again: [1-9]\d* rows, [1-9]\d* of them with nothing new(.|\n)*CONVERSIONS: ", said)
    assert re.search(r"contradictions:  \d+ keys?, such as shared\b", said)
    assert "PLATFORMS" in said and "CHANNELS by sessions" in said and "TAGS in channel Other" in said
