"""Faults that real exports have, all in one delivery: each gives the right figure, or a warning that names it.

A second delivery shows what is said of columns that are missing. The ids say which fault a row is for.
"""

import csv
import json
from decimal import Decimal

import pytest
import yaml
from conftest import ROOT

SESSIONS = "session_id,anonymous_id,user_id,started_at,utm_source,utm_medium,utm_campaign,campaign_id,landing_page,loaded_at"
CONVERSIONS = "conversion_id,user_id,session_id,converted_at,conversion_type,revenue,currency,loaded_at"
METRICS = "metric_date,platform,campaign_id,ad_id,campaign_name,impressions,clicks,spend,currency,loaded_at"

FAULTS = {
    "sessions": f"""{SESSIONS}
s-guest-1,Undefined,,2026-03-01 10:00:00,google,cpc,,,,
s-guest-2,undefined,known,2026-03-01 11:00:00,,,,,,
s-quoted,a-quoted,quoted,2026-03-01 10:00:00,google,cpc,,120210123456780123,,
s-float,a-float,float,2026-03-01 10:00:00,google,cpc,,12345678901.0,,
s-excel,a-excel,excel,2026-03-01 10:00:00,google,cpc,,1.2021E+17,,
s-placed,a-placed,placed,2026-03-01 10:00:00,an,paid,,5001,,
s-named,a-named,named,2026-03-01 10:00:00,newsletter,email,Lamps,,,
s-gclid,a-gclid,gclid,2026-03-01 10:00:00,,,,,https://shop.example/?gclid=x,
s-fbclid,a-fbclid,fbclid,2026-03-01 10:00:00,,,,,https://shop.example/?fbclid=x,
s-tagged,a-tagged,tagged,2026-03-01 10:00:00,,,,,https://shop.example/?utm_source=google&utm_medium=cpc,
s-1970,a-clock,clock,1970-01-01 00:00:00,newsletter,email,,,,
s-clock,a-clock,clock,2026-03-01 10:00:00,google,cpc,,,,
s-shared,a-one,,2026-03-01 10:00:00,google,cpc,,,,
s-shared,a-two,,2026-03-01 10:00:00,newsletter,email,,,,
s-dashes,a-dashes,dashes,2026-03-01 10:00:00,google,cpc,floor lamps,,,
s-host,a-host,host,2026-03-01 10:00:00,mail.google.com,referral,,,,
""",
    "conversions": f"""{CONVERSIONS}
c-guest-1,undefined,s-guest-1,2026-03-01 10:30:00,purchase,600,,
c-guest-2,,s-guest-2,2026-03-01 11:30:00,purchase,5,,
c-quoted,quoted,s-quoted,2026-03-01 10:30:00,purchase,50,,
c-float,float,s-float,2026-03-01 10:30:00,purchase,51,,
c-placed,placed,s-placed,2026-03-01 10:30:00,purchase,52,,
c-named,named,s-named,2026-03-01 10:30:00,purchase,53,,
c-gclid,gclid,s-gclid,2026-03-01 10:30:00,purchase,54,,
c-fbclid,fbclid,s-fbclid,2026-03-01 10:30:00,purchase,55,,
c-tagged,tagged,s-tagged,2026-03-01 10:30:00,purchase,56,,
c-clock,clock,s-clock,2026-03-01 10:30:00,purchase,57,,
c-host,host,s-host,2026-03-01 10:30:00,purchase,58,,
c-line,line,,2026-03-01 10:30:00,purchase,100,,2026-03-02
c-line,line,,2026-03-01 10:30:00,purchase,45,,2026-03-02
c-order,order,,2026-03-01 10:30:00,purchase,100,,
c-order,order,,2026-03-05 10:30:00,refund,20,,
c-back,back,,2026-03-01 10:30:00,purchase,33.83,,
r-back-part,back,,2026-03-02 10:30:00,refund,16.13,,
r-back-whole,back,,2026-03-03 10:30:00,refund,33.83,,
c-page,twice,,2026-03-01 10:30:00,purchase,70,,
c-server,twice,,2026-03-01 10:30:20,purchase,70,,
c-trial,trial,,2026-03-01 10:30:00,purchase,0.00,CAD,
c-canada,canada,,2026-03-04 10:30:00,purchase,80,CAD,
c-euro,euro,,2026-03-04 10:30:00,purchase,10,EUR,
c-items,items,,2026-03-04 10:30:00,purchase,30,,2026-03-05 10:00:00
c-items,items,,2026-03-04 10:30:00,purchase,40,,2026-03-05 10:00:03
c-later,later,,2026-03-04 10:30:00,purchase,25,,2026-03-05 10:00:00
c-later,later,,2026-03-08 10:30:00,refund,25,,2026-03-09 10:00:00
undefined,nobody-1,,2026-03-04 10:30:00,purchase,11,,2026-03-05 10:00:00
undefined,nobody-2,,2026-03-04 10:40:00,purchase,12,,2026-03-06 10:00:00
""",
    "campaign_metrics": f'''{METRICS}
2026-03-01,google_ads,"=""120210123456780123""",,Quoted,100,10,5,,
2026-03-01,google_ads,12345678901,,Float,100,10,5,,
2026-03-01,meta_ads,5001,,Lamps,1000,10,5,,
2026-03-01,google_ads,6001,,Point,1.000,10,6,,
2026-03-02,google_ads,6001,,Point,900,9,4,,
2026-03-01,google_ads,7001,,Levels,100,10,5,,
2026-03-01,google_ads,7001,ad-1,Levels,60,6,3,,
2026-03-01,google_ads,7001,ad-2,Levels,40,4,2,,
2026-03-02,google_ads,7001,,Levels,70,7,3,,
2026-03-01,google_ads,8001,,Twice,10,1,1,,
2026-03-01,google_ads,8001,,Twice,20,2,2,,
2026-03-02,google_ads,8001,,Twice,30,3,3,,
2026-03-01,google_ads,9001,,Renamed,100,10,5,,
2026-03-01,Google Ads,9001,,Renamed,100,10,5,,
2026-03-01,google_ads,floor-lamps,,,500,50,9,,
2026-03-01,google_ads,free,,Free,100,10,0.00,CAD,
2026-03-01,tiktok_ads,101,,One,100,10,1.50,,
2026-03-01,tiktok_ads,102,,Two,200,20,2.50,,
2026-03-01,tiktok_ads,total,,Total,300,30,4,,
2026-03-01,microsoft_ads,201,,Micros,100,2,1230000,,
''',
    "exchange_rates": """currency,reporting_currency,valid_from,rate
EUR,USD,2026-01-01,1.1
EUR,GBP,2026-03-01,0.9
CAD,USD,2026-03-01,-1
""",
    "campaign_aliases": """alias,campaign_id
unused,1
""",
}


def rows(text: str) -> list[list[str]]:
    """CSV text as rows; only the fields of one id have quotes."""
    return list(csv.reader(text.splitlines()))


@pytest.fixture(scope="module")
def faulty(sample, tmp_path_factory):
    """All faults in one build, which may reject what it likes; what dbt printed is in `printed`, in one line."""
    warehouse = sample.copy(tmp_path_factory.mktemp("faulty"))
    warehouse.variables = {"rejected_share_maximum": 1, "conflicting_share_maximum": 1}
    warehouse.deliver({table: rows(text) for table, text in FAULTS.items()})
    warehouse.printed = " ".join(warehouse.build_and_test().split())
    warehouse.keep()
    return warehouse


def warned(warehouse, warning: str) -> list[tuple]:
    """What a kind of warning says: subject, number and money."""
    return warehouse.query(f"select subject, row_count, amount from int_data_warnings where warning = '{warning}' order by subject")


def test_every_customer_is_who_bought_and_came_from_where_they_came(faulty):
    """A guest is nobody, ids of campaigns win over tags, and clocks of 1970 are no first touch."""
    found = faulty.query("select customer_id, acquisition_channel, total_revenue from customer_ltv order by customer_id")
    channels = {customer: (channel, revenue) for customer, channel, revenue in found}
    assert channels == {
        "known": ("Direct", 5),
        "quoted": ("Google Ads", 50),
        "float": ("Google Ads", 51),
        "placed": ("Meta Ads", 52),
        "named": ("Email", 53),
        "gclid": ("Google Ads", 54),
        "fbclid": ("Direct", 55),
        "tagged": ("Google Ads", 56),
        "clock": ("Google Ads", 57),
        "host": (channels["host"][0], 58),
        "back": ("Unknown", Decimal("-16.13")),
        "twice": ("Unknown", 140),
        "trial": ("Unknown", 0),
        "euro": ("Unknown", 11),
        "items": ("Unknown", 40),
        "nobody-2": ("Unknown", 12),
    }
    assert channels["host"][0] in ("Email", "Referral")


def test_every_campaign_has_what_was_delivered_once(faulty):
    """Impressions, clicks, spend, sessions and purchases; days that contradict themselves are missing, not doubled."""
    found = faulty.query("select campaign_id, impressions, clicks, spend, sessions, conversions from campaign_funnel where impressions > 0")
    assert {row[0]: row[1:] for row in found} == {
        "120210123456780123": (100, 10, 5, 1, 1),
        "12345678901": (100, 10, 5, 1, 1),
        "5001": (1000, 10, 5, 1, 1),
        "6001": (900, 9, 4, 0, 0),
        "7001": (70, 7, 3, 0, 0),
        "8001": (30, 3, 3, 0, 0),
        "9001": (200, 20, 10, 0, 0),
        "floor-lamps": (500, 50, 9, 0, 0),
        "free": (100, 10, 0, 0, 0),
        "101": (100, 10, Decimal("1.5"), 0, 0),
        "102": (200, 20, Decimal("2.5"), 0, 0),
        "total": (300, 30, 4, 0, 0),
        "201": (100, 2, 1230000, 0, 0),
    }


def test_every_rejected_row_has_its_reason(faulty):
    found = faulty.query("select record_key, rejection_reasons, count(*) from int_rejected_records group by 1, 2 order by 1, 2")
    assert found == [
        ("2026-03-01|google_ads|6001|", "impressions_invalid", 1),
        ("2026-03-01|google_ads|7001|", "two_levels_of_one_campaign", 1),
        ("2026-03-01|google_ads|7001|ad-1", "two_levels_of_one_campaign", 1),
        ("2026-03-01|google_ads|7001|ad-2", "two_levels_of_one_campaign", 1),
        ("2026-03-01|google_ads|8001|", "conflicting_rows_in_one_load", 2),
        ("c-line", "conflicting_rows_in_one_load", 2),
        ("c-order", "conflicting_rows_in_one_load", 2),
        ("s-1970", "started_at_invalid", 1),
        ("s-excel", "campaign_id_damaged", 1),
        ("s-guest-1", "identity_missing", 1),
        ("s-shared", "conflicting_rows_in_one_load", 2),
    ]


def test_every_warning_counts_rows_and_money(faulty):
    assert warned(faulty, "conflicting_loads") == [
        ("campaign_metrics: 2026-03-01|google_ads|8001|", 2, 3),
        ("conversions: c-line", 2, 145),
        ("conversions: c-order", 2, 120),
        ("sessions: s-shared", 2, None),
    ]
    assert warned(faulty, "placeholder_ids") == [
        ("conversions.user_id: undefined", 1, 600),
        ("sessions.anonymous_id: undefined", 2, None),
    ]
    assert warned(faulty, "more_refunded_than_bought") == [("the customer of refund r-back-whole", 2, Decimal("16.13"))]
    assert warned(faulty, "repeated_purchases") == [("c-page and c-server", 2, 70)]
    assert warned(faulty, "platform_under_two_names") == [("9001: Google Ads, google_ads", 2, 5)]
    assert warned(faulty, "campaigns_on_several_platforms") == []
    assert warned(faulty, "campaigns_in_tags_of_another_channel") == [("5001 in newsletter / email", 1, 53)]
    assert warned(faulty, "ids_that_nearly_match") == [("floor-lamps (metrics) and floor lamps (sessions)", 1, 9)]
    assert warned(faulty, "stale_rates") == [("conversions: EUR from 2026-01-01", 1, 11)]
    assert warned(faulty, "amounts_without_rate") == [("conversions: 80.00 CAD", 1, None)]
    assert warned(faulty, "unusable_rates_and_aliases") == [("exchange_rates, raw table: CAD,USD,2026-03-01,-1: rate_invalid", 1, None)]
    assert warned(faulty, "missing_columns") == []
    assert warned(faulty, "placeholder_keys") == [("conversions.conversion_id: undefined", 2, 23)]
    assert warned(faulty, "purchases_and_refunds_under_one_id") == [("conversions.conversion_id: c-later", 1, 25)]
    assert warned(faulty, "amounts_replaced_within_minutes") == [("conversions: c-items", 1, 30)]
    assert warned(faulty, "totals_as_campaigns") == [("tiktok_ads: total, Total", 1, 4)]
    assert warned(faulty, "spend_in_millionths") == [("microsoft_ads", 1, 1230000)]


def test_the_build_prints_rates_and_the_row_to_write(faulty):
    """Warnings with the most money come first."""
    assert "CAD conversions 1 80.00 NO RATE" in faulty.printed
    assert "Write into exchange_rates: CAD,USD,2026-03-04,<USD for 1 CAD>" in faulty.printed
    assert "EUR conversions 1 10.00 1.1 from 2026-01-01" in faulty.printed
    weights = faulty.query("select warning from int_data_warnings group by warning order by sum(abs(amount)) desc nulls last, sum(row_count) desc, warning")
    places = [faulty.printed.index(f" {warning} ", faulty.printed.index("DATA WARNINGS, to see each")) for (warning,) in weights]
    assert places == sorted(places)


@pytest.mark.engines("duckdb")
def test_money_that_all_waits_for_a_rate_is_no_small_matter(faulty):
    """Marts full of zeros would look like a build that worked."""
    waiting = "(select * from insights_intermediate.int_currency_amounts where currency = 'CAD') as waiting_amounts"
    said = faulty.dbt("--quiet", "run-operation", "show_currencies", "--args", json.dumps({"currency_amounts": waiting})).stdout
    assert "NO MONEY in conversions: every amount waits for a rate" in said
    assert "NO MONEY" not in faulty.printed


@pytest.mark.engines("duckdb")
def test_missing_columns_say_what_follows_and_what_may_be_it(warehouse):
    """Every build says so. Missing tables of rates and aliases are no error: then only the seeds are used."""
    missing = {
        "sessions": [line.replace("utm_medium", "medium") for line in (SESSIONS, "s1,a1,u1,2026-03-01 10:00:00,google,cpc,,,,")],
        "conversions": ["conversion_id,user_id,session_id,converted_at,conversion_type,revenue", "c1,u1,s1,2026-03-01 11:00:00,purchase,5"],
        "campaign_metrics": ["metric_date,platform,campaign_id,impressions,clicks,cost,currency", "2026-03-01,google_ads,1,10,1,1,"],
    }
    warehouse.deliver({table: rows("\n".join(lines)) for table, lines in missing.items()})
    for table in ("exchange_rates", "campaign_aliases", "conversions"):
        (warehouse.raw / f"{table}.csv").unlink()
    # One of two files lacks the column.
    (warehouse.raw / "conversions").mkdir()
    header, line = missing["conversions"]
    lacking = warehouse.raw / "conversions" / "1.csv"
    lacking.write_text(f"{header}\n{line}\n")
    lacking.with_name("2.csv").write_text(f"currency,{header}\nUSD,{line.replace('c1', 'c2')}\n")
    done = warehouse.dbt("build", "--select", "+int_data_warnings", "--exclude-resource-type", "test", "unit_test")
    assert done.returncode == 0, done.stdout
    assert " missing_columns " in done.stdout[done.stdout.index("DATA WARNINGS, to see each") :]
    said = " ".join(warehouse.dbt("--quiet", "run-operation", "show_data_warnings").stdout.split())
    assert "campaign_metrics.spend: no campaign has costs. May it be cost? 1 rows" in said
    assert f"conversions.currency: every amount is taken as USD (missing in {lacking}) 2 rows" in said
    assert "sessions.utm_medium: paid visits cannot be told from unpaid ones of the same source. May it be medium?" in said
    assert "campaign_metrics.ad_id" not in said


@pytest.mark.engines("duckdb")
@pytest.mark.parametrize(
    "variables, message",
    [
        ({"reporting_curency": "EUR"}, "There is no var reporting_curency, given with --vars."),
        ({"high_tier_minimum": "much"}, 'Var high_tier_minimum is "much", and must be a number.'),
        ({"business_timezone": "CEST+1"}, 'Var business_timezone is "CEST+1", which is no name of a time zone.'),
    ],
    ids=["misspelt", "text", "time zone"],
)
def test_wrong_vars_are_named(warehouse, variables, message):
    warehouse.variables = variables
    done = warehouse.dbt("--quiet", "run-operation", "check_vars")
    assert done.returncode == 1 and message in done.stdout


@pytest.mark.engines("duckdb")
def test_the_known_vars_are_those_of_the_project(sample):
    """A var that is new must be known, or every build that sets it would be refused."""
    known = sample.dbt("--quiet", "compile", "--inline", "{{ known_vars() | list | join(' ') }}", "--no-populate-cache").stdout.split()
    assert known == list(yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["customer_insights"])


@pytest.mark.engines("duckdb")
def test_a_rate_in_two_places_stops_the_build_and_is_named(warehouse):
    """A rate that came with two values stops it, too."""
    warehouse.deliver({"exchange_rates": rows("currency,reporting_currency,valid_from,rate\nEUR,USD,2026-01-01,1.1\neur,usd,2026-01-01,1.2\n")})
    said = warehouse.refused()
    assert "STOPPED: exchange_rates has EUR in USD from 2026-01-01 twice: 1.100000000 and 1.200000000." in said
