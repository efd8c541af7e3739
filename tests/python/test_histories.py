"""Loads in any order give the marts of one full refresh, value by value.

A history is a set of raw rows, and for each the load that delivered it. The rows become visible load by load, with a build after
each; what stands at the end must be what a build of all rows from nothing gives. The rows share few ids and few moments, so that
corrections, moved sessions, new owners, late sessions, restated metrics, refunds of old purchases, rows that break and rows that
are mended are the rule. Guards against: state that one load left behind and a later one did not take back.
"""

import os
from datetime import datetime, timedelta

import pytest
from conftest import RAW_TABLES, SAMPLE, read_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEADERS = {table: read_rows(SAMPLE / f"{table}.csv")[0] for table in RAW_TABLES}
LOADS = 3


def moments(*days: float) -> list[str]:
    """Days from a first one on, as a loader writes them."""
    return [str(datetime(2026, 1, 10) + timedelta(days=day)) for day in days]


def rows(table: str, **values: list[str]) -> st.SearchStrategy[tuple]:
    """A raw row, and the number of the load that delivers it: its loaded_at, or none of its own."""
    columns = [st.sampled_from(values.get(column, [""])) for column in HEADERS[table][:-1]]
    return st.tuples(st.just(table), st.integers(0, LOADS - 1), st.booleans() | st.just(True), *columns)


NOBODY = ""
USERS, VISITORS, SESSIONS = [NOBODY, "u1", "u2", "U1"], [NOBODY, "a1", "a2", "u1"], [f"s{number}" for number in range(6)]
CAMPAIGNS = ["101", "102", "103", "Untracked"]
BROKEN = ["soon"]
HISTORY = st.lists(
    rows(
        "sessions",
        session_id=[*SESSIONS, *SESSIONS, ""],
        anonymous_id=VISITORS,
        user_id=USERS,
        started_at=moments(-40, -30, 0, 0.5, 1, 29, 31) + BROKEN,
        utm_source=["", "google", "facebook", "newsletter", "direct", "(not set)"],
        utm_medium=["", "cpc", "email", "organic"],
        utm_campaign=["", "Summer", "summer", "102", "Untracked"],
        campaign_id=["", *CAMPAIGNS],
    )
    | rows(
        "conversions",
        conversion_id=["c1", "c2", "c3", "c4", "c5", "c1", "c2", ""],
        user_id=USERS,
        session_id=["", *SESSIONS],
        converted_at=moments(-35, 0, 0.5, 2, 30, 60) + BROKEN,
        conversion_type=["purchase", "purchase", "refund", "lead"],
        revenue=["10", "99.995", "500", "-20", "1,5"],
        currency=["", "EUR", "XXX"],
    )
    | rows(
        "campaign_metrics",
        metric_date=["2026-01-10", "2026-01-11", "2026-02-20"] + BROKEN,
        platform=["google_ads", "google_ads", "meta_ads", "unlisted", ""],
        campaign_id=CAMPAIGNS[:3],
        ad_id=["", "1"],
        campaign_name=["", "Summer", "Winter"],
        impressions=["", "1000", "-1"],
        clicks=["", "50"],
        spend=["", "12.5"],
        currency=["", "EUR", "XXX"],
    ),
    min_size=15,
    max_size=60,
)


@pytest.fixture(scope="module")
def world(sample, tmp_path_factory):
    """A warehouse whose raw tables are replaced by those of one history after the other."""
    warehouse = sample.copy(tmp_path_factory.mktemp("histories"))
    # Less than the time between two loads, so that a build reads the last one alone.
    warehouse.variables = {"rejected_share_maximum": 1, "loaded_at_overlap": 12}
    return warehouse


def deliver(warehouse, history: list[tuple], loads: int) -> None:
    """Lay out what the first so many loads have delivered, in the order in which they came."""
    tables = {table: [header] for table, header in HEADERS.items()}
    for table, load, is_stamped, *values in sorted(history, key=lambda row: row[1]):
        if load < loads:
            tables[table].append([*values, f"2026-03-{load + 1:02} 04:00:00" if is_stamped else ""])
    warehouse.deliver(tables, typed=True)


@settings(
    max_examples=int(os.environ.get("HISTORIES", 5)),
    deadline=None,
    derandomize="HISTORIES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(history=HISTORY)
def test_loads_give_the_marts_of_one_full_refresh(world, history):
    deliver(world, history, loads=1)
    world.run("--full-refresh")
    for loads in range(2, LOADS + 1):
        deliver(world, history, loads)
        world.run()
    step_by_step = world.published()
    world.run("--full-refresh")
    assert step_by_step == world.published()
