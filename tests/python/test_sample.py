"""The sample is what its generator makes, and it holds what it promises."""

import importlib.util

import pytest
from conftest import RAW_TABLES, SAMPLE

pytestmark = pytest.mark.engines("duckdb")  # on others test_conformance.py compares every value


def test_committed_files_are_what_the_generator_makes():
    """A sample edited by hand could not be made again, and would grow stories that nobody wrote down."""
    specification = importlib.util.spec_from_file_location("generate", SAMPLE / "generate.py")
    generator = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generator)
    committed = {f"{table}.csv": (SAMPLE / f"{table}.csv").read_bytes().decode() for table in RAW_TABLES}
    assert generator.tables() == committed
    assert sum(len(text.encode()) for text in committed.values()) < 1_000_000


def test_every_status_and_bucket_occurs(sample):
    empty = sample.query("select source_table, bucket from int_reconciliation where row_count = 0")
    assert empty == []
    for column, table, values in (
        ("tracking_status", "campaign_funnel", {"no_sessions", "no_metrics", "sessions_exceed_clicks", "tracked"}),
        ("weakest_stage", "campaign_funnel", {"click_through", "click_to_session", "session_to_conversion", None}),
        ("benchmark", "campaign_funnel", {"channel", "portfolio", None}),
        ("campaign_group", "campaign_funnel", {"brand", "other"}),
        ("evidence", "campaign_funnel", {"strong", "likely", "too little data", None}),
        ("cost_comparison", "campaign_funnel", {"dearer", "cheaper", "too little data", "similar", None}),
        ("is_clicked_but_not_converting", "campaign_funnel", {True, False}),
        ("period", "campaign_funnel_periods", {"all_time", "last_30_days", "previous_30_days"}),
        ("ltv_tier", "customer_ltv", {"high", "medium", "low"}),
    ):
        assert {value for (value,) in sample.query(f"select distinct {column} from {table}")} == values
