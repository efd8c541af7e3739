"""What a build reads of raw tables that have been read before: what was loaded since, and all of it where that cannot be known.

Guards against: rows that are missed in silence because they came at the wrong time or from somewhere else.
"""

import shutil

import duckdb
import pytest
from conftest import SAMPLE, read_rows

HEADER, *ROWS = read_rows(SAMPLE / "conversions.csv")


def purchase(conversion_id: str, revenue: str, loaded_at: str) -> list[str]:
    """A raw purchase of a customer of its own, as large as no other."""
    values = {"user_id": f"buyer of {conversion_id}", "converted_at": "2026-06-01", "conversion_type": "purchase"}
    values |= {"conversion_id": conversion_id, "revenue": revenue, "loaded_at": loaded_at}
    return [values.get(column, "") for column in HEADER]


def deliver(warehouse, *conversions: list[str]) -> None:
    """The sample and some conversions, with a typed loaded_at; all loads of the sample lie before July 2026."""
    warehouse.deliver({"conversions": [HEADER, *ROWS, *conversions]}, typed=True)


def revenues(warehouse) -> dict[str, int]:
    """What the marts say of the purchases above."""
    return {customer[9:]: int(revenue) for customer, revenue in warehouse.query(
        "select customer_id, total_revenue from customer_ltv where customer_id like 'buyer of %'"
    )}


@pytest.fixture(scope="module")
def history(sample, tmp_path_factory):
    """A warehouse that has read two purchases of two loads, ten days apart."""
    warehouse = sample.copy(tmp_path_factory.mktemp("history"))
    deliver(warehouse, purchase("old", "1000", "2026-07-01 04:00:00"), purchase("new", "2000", "2026-07-11 04:00:00"))
    warehouse.run("--full-refresh")
    warehouse.keep()
    return warehouse


@pytest.fixture
def continued(history, tmp_path):
    """A copy of it that can go on."""
    return history.copy(tmp_path)


def test_a_build_reads_what_was_loaded_since(continued):
    """A row from a day before the newest on is read, an older one that was changed or taken away stays until a full refresh."""
    deliver(
        continued,
        purchase("old", "9000", "2026-07-01 04:00:00"),
        purchase("just in time", "3000", "2026-07-10 04:00:00"),
        purchase("next", "4000", "2026-07-12 04:00:00"),
    )
    continued.run()
    assert revenues(continued) == {"old": 1000, "new": 2000, "just in time": 3000, "next": 4000}
    continued.run("--full-refresh")
    assert revenues(continued) == {"old": 9000, "just in time": 3000, "next": 4000}


def test_rows_that_came_too_late_stop_the_build_and_are_named(continued):
    """With table, hour and number, also where as many rows of that hour have left; with the overlap that is named they are read."""
    late = [purchase("late", "3000", "2026-07-10 03:59:59"), purchase("later", "4000", "2026-07-10 03:00:00")]
    late += [purchase("in place of old", "5000", "2026-07-01 04:00:00")]
    deliver(continued, purchase("new", "2000", "2026-07-11 04:00:00"), *late)
    said = continued.refused()
    assert "conversions loaded in the hour of 2026-07-01 04:00: 1 rows" in said
    assert "conversions loaded in the hour of 2026-07-10 03:00: 2 rows" in said
    assert "--full-refresh" in said and "--vars 'loaded_at_overlap: 240'" in said
    assert revenues(continued) == {"old": 1000, "new": 2000}
    continued.variables = {"loaded_at_overlap": 240}
    continued.build_and_test("--exclude-resource-type", "unit_test")
    assert revenues(continued) == {"old": 1000, "new": 2000, "late": 3000, "later": 4000, "in place of old": 5000}


def test_a_load_in_the_future_hides_nothing(continued):
    """A clock that is wrong once must not keep out all that comes until then."""
    two = purchase("old", "1000", "2026-07-01 04:00:00"), purchase("new", "2000", "2026-07-11 04:00:00")
    deliver(continued, *two, purchase("future", "3000", "2999-01-01 00:00:00"))
    continued.run()
    deliver(continued, *two, purchase("future", "5000", "2999-01-01 00:00:00"), purchase("next", "4000", "2026-07-12 04:00:00"))
    continued.run()
    assert revenues(continued) == {"old": 1000, "new": 2000, "future": 5000, "next": 4000}


@pytest.mark.parametrize("is_there", [True, False], ids=["loaded_at_as_text", "no_loaded_at"])
def test_a_table_without_a_typed_loaded_at_is_read_in_full(continued, is_there):
    """What was changed, came late or left is seen, as in a file that somebody edits."""
    rows = [HEADER, *ROWS, purchase("old", "9000", "2026-07-01 04:00:00"), purchase("late", "3000", "2026-06-01 04:00:00")]
    continued.deliver({"conversions": rows if is_there else [row[: HEADER.index("loaded_at")] for row in rows]})
    continued.build_and_test("--exclude-resource-type", "unit_test")
    assert revenues(continued) == {"old": 9000, "late": 3000}


@pytest.mark.engines("duckdb")
@pytest.mark.parametrize("kind", ["timestamp_ns", "timestamptz", "date"])
def test_new_rows_are_found_by_any_type_of_moment(continued, kind):
    """Also by nanoseconds, whose years begin in 1677, and with ids that became fractions because one of them is missing."""
    one, two = purchase("1", "1000", "2026-07-01"), purchase("2", "2000", "2026-07-11")
    for conversions, number, how in (([one], "bigint", ["--full-refresh"]), ([one, two], "double", [])):
        deliver(continued, *conversions)
        file = continued.raw / "conversions.parquet"
        types = f"loaded_at::{kind} as loaded_at, conversion_id::{number} as conversion_id"
        duckdb.execute(f"create or replace table typed as select * replace ({types}) from '{file}' where user_id like 'buyer of %'")
        duckdb.execute(f"copy typed to '{file}'")
        continued.run(*how)
    assert revenues(continued) == {"1": 1000, "2": 2000}
    found = continued.query("select conversion_id, record_status from base_marketing__conversions order by 1")
    assert found == [("1", "accepted"), ("2", "accepted")]


@pytest.mark.engines("duckdb")
def test_another_raw_table_is_not_mixed_with_the_first(continued, tmp_path):
    """After the sample comes somebody's own data, into the same database."""
    deliver(continued, purchase("their old", "3000", "2026-06-30 04:00:00"), purchase("their new", "4000", "2026-07-11 04:00:00"))
    shutil.copytree(continued.raw, tmp_path / "own")
    continued.source = {"raw_data": str(tmp_path / "own")}
    said = " ".join(continued.build_and_test("--exclude-resource-type", "unit_test").split())
    assert revenues(continued) == {"their old": 3000, "their new": 4000}
    assert "Raw table conversions is now" in said and "rows, is forgotten" in said
    continued.source = {"raw_data": f"{tmp_path / 'own'}/"}
    assert "is forgotten" not in continued.build_and_test("--exclude-resource-type", "unit_test")


@pytest.mark.parametrize(
    "change",
    [
        "update insights_seeds.exchange_rates set rate = rate * 2",
        "update insights_seeds.channel_rules set channel = 'Newsletters' where channel = 'Email'",
        "update insights_seeds.platform_channels set channel = 'Search' where channel = 'Google Ads'",
        "delete from insights_seeds.campaign_aliases",
    ],
    ids=["exchange_rates", "channel_rules", "platform_channels", "campaign_aliases"],
)
def test_a_changed_seed_reaches_all_history(continued, change):
    """Nothing that was looked up is stored: the next build is what a full refresh would be, and not what was there."""
    before = continued.published()
    continued.execute(change)
    after = []
    for arguments in ([], ["--full-refresh"]):
        done = continued.dbt("run", *arguments)
        assert done.returncode == 0, done.stdout
        after.append(continued.published())
    assert before != after[0] == after[1]
