"""One bad value is one rejected row: thousands of hostile rows beside the sample, each with the verdict that the contract asks for."""

import json
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from conftest import MARTS, RAW_TABLES, ROOT, Warehouse
from hostile_rows import ACCEPTED, BLANK, CONFLICT, GOOD, LEVELS, RATES, SUPERSEDED, Row, hostile_rows

ROWS = hostile_rows()
# Staging leaves the tags of most sessions as they were delivered: int_session_tags says what they mean.
SESSIONS = (
    "select session_id, anonymous_id, user_id, started_at, tags.utm_source, tags.utm_medium, tags.utm_campaign, sessions.campaign_id, landing_page,"
    " loaded_at from stg_marketing__sessions as sessions left join int_session_tags as tags"
    " on coalesce(sessions.utm_source, '') = delivered_source and coalesce(sessions.utm_medium, '') = delivered_medium"
    " and coalesce(sessions.utm_campaign, '') = delivered_campaign and coalesce(sessions.campaign_id, '') = delivered_campaign_id"
    " and coalesce(sessions.click_parameters, '') = tags.click_parameters"
)


def differences(found: Counter, stated: Counter) -> str:
    """What is there and should not be, and what should be and is not, a line each; long texts are cut."""

    def shown(prefix: str, rows: Counter) -> list[str]:
        return [prefix + ", ".join(repr(value)[:60] for value in row) for row in rows]

    return "\n".join(shown("found:  ", found - stated) + shown("stated: ", stated - found))


def accepted(warehouse: Warehouse, table: str) -> Counter:
    """The accepted rows of a raw table, as typed; landing_page without outer blanks, which staging may leave there."""
    if table != "sessions":
        return Counter(warehouse.query(f"select * from stg_marketing__{table}"))
    return Counter((*row[:8], (row[8] or "").strip(BLANK) or None, row[9]) for row in warehouse.query(SESSIONS))


def rejected(warehouse: Warehouse) -> Counter:
    """Table, reasons and the row as it was delivered, of each rejected row."""
    records = warehouse.query("select source_table, rejection_reasons, raw_record from int_rejected_records")
    return Counter((table, reasons, *json.loads(record).values()) for table, reasons, record in records)


def amount(row: Row) -> Decimal | None:
    """What an accepted row adds in the reporting currency; null where it has no amount or no rate."""
    typed = dict(zip(GOOD[row.table], row.typed))
    value, kind = typed.get("revenue", typed.get("spend")), typed.get("conversion_type", "spend")
    if value is None or kind not in ("purchase", "refund", "spend") or typed["currency"] not in RATES:
        return None
    value = -abs(value) if kind == "refund" else value
    return (value * Decimal(RATES[typed["currency"]])).quantize(Decimal("1e-6"), ROUND_HALF_UP)


def test_there_are_enough_of_each_kind():
    """Each table has more than a thousand different rows, every verdict, and a value of ten million characters."""
    for table in RAW_TABLES:
        rows = [row for row in ROWS if row.table == table]
        assert len({row.raw for row in rows}) > 1000
        assert {row.verdict for row in rows} > {ACCEPTED, SUPERSEDED, CONFLICT} | ({LEVELS} if table == "campaign_metrics" else set())
        assert max(len(value) for row in rows for value in row.raw) > 10_000_000


def test_every_rejection_reason_occurs():
    """The reasons are read from the base models, so that a new one asks for a hostile row."""
    for table in RAW_TABLES:
        models = [ROOT / "models/staging/marketing/base" / f"base_marketing__{name}.sql" for name in (table, f"reviewed_{table}")]
        suffixes = "_missing|_invalid|_damaged|_purchase|_in_one_load|_of_one_campaign"
        stated = {reason for model in models for reason in re.findall(rf"'([a-z_]+(?:{suffixes}))'", model.read_text())}
        reasons = {reason for row in ROWS if row.table == table for reason in row.verdict.split(";")}
        assert stated == reasons - {ACCEPTED, SUPERSEDED}


def test_accepted_rows_are_read_as_stated(sample, hostile):
    """Each typed value of each row: moments in UTC, decimals, counts, trimmed texts, nulls. And nothing else is there."""
    for table in RAW_TABLES:
        stated = accepted(sample, table) + Counter(r.typed for r in ROWS if r.table == table and r.verdict == ACCEPTED)
        assert differences(accepted(hostile, table), stated) == ""


def test_rejected_rows_have_exactly_the_stated_reasons(sample, hostile):
    """Each row is kept as it was delivered, so that somebody can find and mend it."""
    stated = rejected(sample) + Counter(
        (row.table, row.verdict, *(value or None for value in row.raw)) for row in ROWS if row.verdict not in (ACCEPTED, SUPERSEDED)
    )
    assert differences(rejected(hostile), stated) == ""


def test_good_rows_marts_are_unchanged(sample, hostile):
    """Every row of the sample's customers and campaigns is the same to the last digit. Only the time that the data span is longer."""
    before, after = sample.published(), hostile.published()
    for published in (before, after):
        periods = published["campaign_funnel_periods"]
        periods[:] = sorted(((*row[:1], None, None, *row[3:]) if row[0] == "all_time" else row for row in periods), key=repr)
    for mart, width in MARTS.items():
        keys = {row[:width] for row in before[mart]}
        assert [row for row in after[mart] if row[:width] in keys] == before[mart]
        assert len(after[mart]) > len(before[mart])


def test_reconciliation_is_exact(sample, hostile):
    """Every hostile row is in the bucket that its verdict says; what is accepted adds its amount, and the buckets add up to raw."""
    query = "select source_table, bucket, row_count, amount from int_reconciliation"
    before, after = ({(table, bucket): figures for table, bucket, *figures in w.query(query)} for w in (sample, hostile))
    for table in RAW_TABLES:
        rows = [row for row in ROWS if row.table == table]
        verdicts = Counter(row.verdict if row.verdict in (ACCEPTED, SUPERSEDED) else "rejected" for row in rows)
        for bucket, added in (verdicts | {"raw": len(rows)}).items():
            assert after[table, bucket][0] == before[table, bucket][0] + added, (table, bucket)
        for place in (0, 1):
            parts = [after[table, bucket][place] or 0 for bucket in (ACCEPTED, SUPERSEDED, "rejected")]
            assert sum(parts) == (after[table, "raw"][place] or 0)
        added = sum(amount(row) or 0 for row in rows if row.verdict == ACCEPTED and table != "sessions")
        assert (after[table, ACCEPTED][1] or 0) == (before[table, ACCEPTED][1] or 0) + added
