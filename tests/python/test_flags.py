"""Flags are honest: over simulated portfolios whose truth is known, the models that compare campaigns flag few average ones and find
what is really broken.

Guards against: a rule that calls chance a leak, as an index below 0.9 alone does; a rule so careful that it finds nothing.
"""

import math
import random
import re
from collections import Counter
from typing import NamedTuple

import duckdb
import pytest
from conftest import Warehouse

pytestmark = pytest.mark.engines("duckdb")
PORTFOLIOS = 200
DAYS = 42
RATES = (0.02, 0.8, 0.04)  # clicks per impression, sessions per click, purchases per session
SPREADS = (0.25, 0.10, 0.30)  # of the daily rates, as standard deviations of their logarithm
MEMORY = 0.5  # correlation of a day's rate with that of the day before
STAGES = ("click_through", "click_to_session", "session_to_conversion")
MODELS = ("int_campaign_benchmarks", "int_campaign_comparisons")


class Campaign(NamedTuple):
    """A simulated campaign: purchases expected of it, and what its true rates are multiplied with."""

    expected: float
    factors: tuple[float, float, float] = (1, 1, 1)


def poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number; above a mean of 50 as good as a normal one."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    product, number = chance.random(), 0
    while product > math.exp(-mean):
        product, number = product * chance.random(), number + 1
    return number


def daily_factors(chance: random.Random, spread: float) -> list[float]:
    """What a rate is multiplied with on each day, 1 on average: real rates wander and remember the day before."""
    wander, factors = chance.gauss(0, spread), []
    for _ in range(DAYS):
        factors.append(math.exp(wander - spread**2 / 2))
        wander = MEMORY * wander + chance.gauss(0, spread * math.sqrt(1 - MEMORY**2))
    return factors


def totals(chance: random.Random, campaign: Campaign) -> tuple[int, int, int, int]:
    """Impressions, clicks, sessions and purchases of all days."""
    impressions = round(campaign.expected / math.prod(RATES) / DAYS)
    sums = [0, 0, 0, 0]
    wanders = [daily_factors(chance, spread) for spread in SPREADS]
    for day in range(DAYS):
        number = impressions
        sums[0] += number
        for stage, (rate, factor, wander) in enumerate(zip(RATES, campaign.factors, wanders)):
            number = poisson(chance, number * rate * factor * wander[day])
            sums[stage + 1] += number
    return tuple(sums)


def compared(sample: Warehouse, portfolios: list[list[Campaign]]) -> duckdb.DuckDBPyConnection:
    """A database in which the models from int_campaigns on, as dbt compiled them, have compared each portfolio: a period each,
    campaigns named by their place in it. Costs are equal for each impression."""
    chance = random.Random(16)
    database = duckdb.connect()
    database.execute(
        "create table int_campaigns (period text, campaign_id text, channel text, campaign_group text, tracking_status text,"
        " impressions decimal(38, 0), clicks decimal(38, 0), sessions bigint, conversions bigint, spend decimal(28, 6),"
        " gross_revenue decimal(28, 6))"
    )
    rows = [
        (str(number), f"{place:02}", "Google Ads", "other", "tracked", *sums, sums[0] / 100, sums[3] * 50)
        for number, portfolio in enumerate(portfolios)
        for place, sums in enumerate(totals(chance, campaign) for campaign in portfolio)
    ]
    database.execute("insert into int_campaigns values " + ", ".join(map(str, rows)))
    for model in MODELS:
        compiled = sample.folder / f"target/compiled/customer_insights/models/intermediate/campaigns/{model}.sql"
        database.execute(f"create table {model} as " + re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", compiled.read_text()))
    return database


@pytest.fixture(scope="module")
def average(sample) -> duckdb.DuckDBPyConnection:
    """Portfolios in which all campaigns are equally good, with 5 to 500 expected purchases each and two others at least."""
    chance = random.Random(1)
    sizes = [chance.randint(3, 9) for _ in range(PORTFOLIOS)]
    return compared(sample, [[Campaign(5 * 100 ** chance.random()) for _ in range(size)] for size in sizes])


def found(sample: Warehouse, factors: tuple[float, float, float]) -> Counter:
    """How often which weakest stage is found for one campaign with 100 expected purchases and rates changed by factors, beside five
    average ones with as many."""
    portfolio = [Campaign(100, factors)] + [Campaign(100)] * 5
    database = compared(sample, [portfolio] * PORTFOLIOS)
    return Counter(stage for (stage,) in database.execute("select weakest_stage from int_campaign_comparisons where campaign_id = '00'").fetchall())


def share(database: duckdb.DuckDBPyConnection, condition: str) -> float:
    """The share of campaigns that meet a condition."""
    return database.execute(f"select avg(case when {condition} then 1 else 0 end) from int_campaign_comparisons").fetchone()[0]


def test_average_campaigns_are_seldom_flagged(average):
    assert share(average, "benchmark = 'channel'") == 1
    assert share(average, "weakest_stage is not null") <= 0.05
    assert share(average, "evidence = 'strong'") <= 0.005
    assert share(average, "cost_comparison in ('dearer', 'cheaper')") <= 0.05
    assert share(average, "is_clicked_but_not_converting") <= 0.005


def test_an_index_below_0_9_alone_would_flag_average_campaigns(average):
    """The rule of version 0.1.0. It shows that these portfolios have enough chance in them for the test above to fail."""
    lowest = "least(click_through_index, click_to_session_index, session_to_conversion_index)"
    assert share(average, f"{lowest} < 0.9") > 0.25


def test_a_halved_conversion_rate_is_found(sample):
    assert found(sample, (1, 1, 0.5))["session_to_conversion"] >= 0.6 * PORTFOLIOS


def test_a_click_through_rate_of_six_tenths_is_found(sample):
    assert found(sample, (0.6, 1, 1))["click_through"] >= 0.9 * PORTFOLIOS


def test_z_and_index_are_those_of_the_formulas(average):
    """Written once more in Python: a unit test can only state a z that needs no logarithm."""
    rows = average.execute(
        "select step, entered, continued, benchmark_entered, benchmark_continued, step_index, z from int_campaign_benchmarks"
    ).fetchall()
    assert len(rows) > 1000
    for step, entered, continued, benchmark_entered, benchmark_continued, step_index, z in rows:
        expected = entered * benchmark_continued / benchmark_entered
        assert math.isclose(step_index, (continued + 5) / (expected + 5), rel_tol=1e-9)
        if step == "impression_to_conversion":
            assert z is None
        else:
            variance = 0.02 if step == "spend_to_conversion" else 0.1**2
            spread = math.sqrt(1 / (continued + 0.5) + 1 / (benchmark_continued + 0.5) + 2 * variance)
            assert math.isclose(z, math.log((continued + 0.5) / (expected + 0.5)) / spread, rel_tol=1e-9, abs_tol=1e-9)
