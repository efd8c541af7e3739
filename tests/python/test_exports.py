"""The views in exports/: on made-up rows in each export's documented shape, and all of them through one build."""

import json
import re
from datetime import datetime, timezone
from decimal import Decimal

import duckdb
import pytest
import sqlglot
from conftest import ROOT
from sqlglot import exp

pytestmark = pytest.mark.engines("duckdb")
EXPORTS = ROOT / "exports"
CUSTOMER = "7001"
GOOGLE, PERFORMANCE_MAX, META, LINKEDIN = "17000000001", "17000000002", "23850000000000001", "300100001"

# What the views read of GA4's schema; the suffix is a pseudo column of BigQuery's wildcard tables.
GA4_EVENTS = """
    _table_suffix varchar, event_timestamp bigint, event_name varchar, user_id varchar, user_pseudo_id varchar,
    event_params struct(key varchar, value struct(string_value varchar, int_value bigint, float_value double, double_value double))[],
    ecommerce struct(
        transaction_id varchar, purchase_revenue_in_usd double, purchase_revenue double, refund_value_in_usd double, refund_value double
    ),
    collected_traffic_source struct(
        manual_campaign_id varchar, manual_campaign_name varchar, manual_source varchar, manual_medium varchar, gclid varchar
    ),
    session_traffic_source_last_click struct(google_ads_campaign struct(campaign_id varchar, campaign_name varchar))
"""


def event(name, at, visitor, session, *, user=None, tags=None, google=None, suffix=None, shop=None, **params):
    """A row of GA4's export; each parameter's value lies where GA4 puts values of its type."""
    moment = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    params |= {"ga_session_id": session} if session else {}
    return {
        "_table_suffix": suffix or f"{moment:%Y%m%d}",
        "event_timestamp": round(moment.timestamp() * 1_000_000),
        "event_name": name,
        "user_id": user,
        "user_pseudo_id": visitor,
        "event_params": [{"key": key, "value": {kinds[type(value)]: value}} for key, value in params.items()],
        "ecommerce": shop,
        "collected_traffic_source": tags,
        "session_traffic_source_last_click": google and {"google_ads_campaign": google},
    }


ANN, BEN, CLEO, DORA, CLERK = "11.1", "22.2", "33.3", "44.4", "99.9"
BRAND = {"campaign_id": GOOGLE, "campaign_name": "Brand"}
ORGANIC = {"manual_source": "google", "manual_medium": "organic", "manual_campaign_name": "(organic)"}
ORDER = {"transaction_id": "T-1", "purchase_revenue": 49.9, "purchase_revenue_in_usd": 54.1415}
REFUND = {"transaction_id": "T-1", "refund_value": 9.9, "refund_value_in_usd": 10.7415}
EVENTS = [
    # Ann clicks an ad, which GA4 collects as organic search; she logs in, first with an old account, and buys after midnight.
    event("page_view", "2026-03-01 23:50:00", ANN, 501, google=BRAND, tags=ORGANIC | {"gclid": "x"}, page_location="https://shop/"),
    event("login", "2026-03-01 23:59:59.25", ANN, 501, user="7000", google=BRAND, page_location="https://shop/login"),
    event("purchase", "2026-03-02 00:10:00", ANN, 501, user=CUSTOMER, google=BRAND, shop=ORDER, currency="EUR"),
    # She reloads the thank-you page: a direct visit, for which GA4 repeats the ad, and the same order.
    event("page_view", "2026-03-03 08:00:00", ANN, 502, google=BRAND, tags={"manual_campaign_id": "(not set)"},
          page_location="https://shop/thanks"),
    event("purchase", "2026-03-03 08:00:00", ANN, 502, google=BRAND, shop=ORDER, currency="EUR"),
    # What she buys next is in the table of a day that is not over.
    event("purchase", "2026-03-07 08:00:00", ANN, 503, shop=ORDER | {"transaction_id": "T-3"}, suffix="intraday_20260307"),
    # The shop's server refunds two parts; the first is delivered twice.
    event("refund", "2026-03-04 09:00:00", "server", None, shop=REFUND, currency="EUR"),
    event("refund", "2026-03-04 09:00:00", "server", None, shop=REFUND, currency="EUR"),
    event("refund", "2026-03-05 09:00:00", "server", None, shop=REFUND | {"refund_value": 5.0}, currency="EUR"),
    # Ben comes by a tagged link, pays elsewhere and comes back; his shop sends no order id and a whole number.
    event("session_start", "2026-03-02 10:00:00", BEN, 601, page_location="https://shop/mugs"),
    event("page_view", "2026-03-02 10:00:00", BEN, 601, page_location="https://shop/mugs",
          tags={"manual_source": "facebook", "manual_medium": "paid_social", "manual_campaign_id": META}),
    event("page_view", "2026-03-02 10:20:00", BEN, 601, page_location="https://shop/paid",
          tags={"manual_source": "pay.example", "manual_medium": "referral", "manual_campaign_name": "(referral)"}),
    event("purchase", "2026-03-02 10:20:00", BEN, 601, shop={"transaction_id": "(not set)"}, value=30, currency="USD"),
    # Cleo comes before GA4 collected traffic sources; Dora from an iPhone, and again while the accounts are not linked.
    event("page_view", "2026-03-02 11:00:00", CLEO, 701, page_location="https://shop/office",
          source="linkedin", medium="paid_social", campaign="offices", campaign_id=LINKEDIN),
    event("page_view", "2026-03-02 12:00:00", DORA, 801, page_location="https://shop/?a=b&gbraid=y",
          google={"campaign_id": PERFORMANCE_MAX, "campaign_name": "Everything"}),
    event("page_view", "2026-03-02 18:00:00", DORA, 802, page_location="https://shop/?gclid=z",
          google={"campaign_id": "(not set)", "campaign_name": "(not set)"}),
    # Somebody refuses consent, buys, and returns everything, which a clerk enters.
    event("page_view", "2026-03-02 13:00:00", None, None, page_location="https://shop/"),
    event("purchase", "2026-03-02 13:30:00", None, None, shop={"transaction_id": "T-2", "purchase_revenue": 20.5}, currency="USD"),
    # Two orders whose id the shop's template did not fill.
    event("purchase", "2026-03-02 14:00:00", CLEO, 702, shop={"transaction_id": "undefined", "purchase_revenue": 7.0}, currency="USD"),
    event("purchase", "2026-03-02 15:00:00", CLEO, 702, shop={"transaction_id": "undefined", "purchase_revenue": 8.0}, currency="USD"),
    event("refund", "2026-03-06 09:00:00", CLERK, 901, user="clerk", shop={"transaction_id": "T-2"}, page_location="https://shop/admin"),
]  # fmt: skip

# Fivetran's tables, with what the views read of them. What has a history has two versions, so that a careless join doubles.
VERSIONS = "unnest([timestamp '2026-01-01', timestamp '2026-02-01'])"
CONNECTORS = f"""
    create schema google_ads;
    create table google_ads.campaign_stats as select * from (values
        (date '2026-03-01', 100, {GOOGLE}, 'MOBILE', 300, 7, 100000),
        (date '2026-03-01', 100, {GOOGLE}, 'DESKTOP', 250, 3, 200000),
        (date '2026-03-01', 100, {PERFORMANCE_MAX}, 'MOBILE', 900, 9, 1234567),
        (date '2026-03-01', 101, 17000000003, 'MOBILE', 0, 0, 0)
    ) as t (date, customer_id, id, device, impressions, clicks, cost_micros);
    create table google_ads.campaign_history as
        select {GOOGLE} as id, unnest(['Draft', 'Brand']) as name, {VERSIONS} as updated_at
        union all select {PERFORMANCE_MAX}, 'Everything', {VERSIONS};
    create table google_ads.account_history as select 100 as id, 'EUR' as currency_code, {VERSIONS} as updated_at;

    -- Ad 239 was deleted: it has metrics and no history.
    create schema facebook_ads;
    create table facebook_ads.basic_ad as select * from (values
        (date '2026-03-02', 200, '238', 1000, 20, 12.34::double),
        (date '2026-03-02', 200, '239', 5000, 100, 80::double)
    ) as t (date, account_id, ad_id, impressions, inline_link_clicks, spend);
    create table facebook_ads.ad_history as select 238 as id, {META} as campaign_id, {VERSIONS} as updated_time;
    create table facebook_ads.campaign_history as
        select {META} as id, unnest(['Draft', 'Mugs']) as name, {VERSIONS} as updated_time;
    create table facebook_ads.account_history as select 200 as id, 'USD' as currency, {VERSIONS} as _fivetran_synced;

    create schema linkedin_ads;
    create table linkedin_ads.ad_analytics_by_creative as select * from (values
        (timestamp '2026-03-02', 31, 400, 6, 4, 20.5, 22.2425),
        (timestamp '2026-03-03', 32, 1, 0, 0, 0, 0)
    ) as t (day, creative_id, impressions, clicks, landing_page_clicks, cost_in_local_currency, cost_in_usd);
    create table linkedin_ads.creative_history as select 31 as id, {LINKEDIN} as campaign_id, {VERSIONS} as last_modified_at;
    create table linkedin_ads.campaign_history as
        select {LINKEDIN} as id, 300 as account_id, unnest(['Draft', 'Offices']) as name, {VERSIONS} as last_modified_time;
    create table linkedin_ads.account_history as select 300 as id, 'EUR' as currency, {VERSIONS} as last_modified_time;

    create schema shopify;
    create table shopify."order" as
    select *, timestamp '2026-03-10 08:00' as processed_at, 'USD' as currency
    from (values
        (9001, {CUSTOMER}, 100.1::double, 'partially_refunded', null, null),
        (9002, null, 15, 'paid', false, false),  -- a guest's
        (9003, {CUSTOMER}, 1, 'paid', true, false),  -- a test
        (9004, {CUSTOMER}, 1, 'voided', false, false),
        (9005, {CUSTOMER}, 1, 'paid', false, true),  -- deleted
        (9006, 7002, 50, 'paid', false, false),  -- a gift card, bought and given back
        (9007, 7003, 50, 'paid', false, false),  -- paid with a gift card
        (9008, 7003, 45, 'paid', false, false),  -- a mug, and a gift card of 30 - 5
        (9009, 7004, 80, 'partially_paid', false, false),  -- a deposit, in the buyer's currency
        (9010, 7005, 70, 'paid', false, false),  -- a line of 20 was taken out before it was paid
        (9011, 7006, 60, 'refunded', false, false)  -- bought in EUR, given back with shipping, 2 kept
    ) as t (id, customer_id, total_price, financial_status, test, _fivetran_deleted);
    create table shopify.order_line as select * from (values
        (1, 9001, false, 100.1::double, 1, 0), (2, 9002, null, 15, 1, null), (6, 9006, true, 50, 1, 0),
        (7, 9007, false, 25, 2, 0), (8, 9008, true, 15, 2, 5), (9, 9008, false, 20, 1, 0), (10, 9009, false, 80, 1, 0),
        (11, 9010, false, 50, 1, 0), (12, 9010, false, 20, 1, 0), (13, 9011, false, 50, 1, 0)
    ) as t (id, order_id, gift_card, price, quantity, total_discount);
    create table shopify.transaction as select *, timestamp '2026-03-12 08:00' as processed_at
    from (values
        (1, 9001, 'sale', 'success', 100.1, 'USD', 'shopify_payments'), (2, 9001, 'refund', 'success', 40.0, 'USD', 'shopify_payments'),
        (3, 9001, 'refund', 'failure', 40.0, 'USD', 'shopify_payments'), (4, 9003, 'refund', 'success', 1.0, 'USD', 'bogus'),
        (5, 9007, 'sale', 'success', 50, 'USD', 'gift_card'), (6, 9009, 'authorization', 'success', 25, 'EUR', 'shopify_payments'),
        (7, 9009, 'capture', 'success', 20, 'EUR', 'shopify_payments'), (8, 9009, 'sale', 'success', 5, 'EUR', 'gift_card'),
        (9, 9009, 'refund', 'success', 4, 'EUR', 'shopify_payments'), (10, 9010, 'sale', 'success', 50, 'USD', 'shopify_payments'),
        (11, 9011, 'sale', 'success', 55, 'EUR', 'shopify_payments'), (12, 9011, 'refund', 'success', 53, 'EUR', 'shopify_payments')
    ) as t (id, order_id, kind, status, amount, currency, gateway);
    create table shopify.refund as select *, timestamp '2026-03-12 08:00' as processed_at
    from (values (21, 9001), (22, 9006), (23, 9009), (24, 9010), (25, 9011), (26, 9011), (27, 9008)) as t (id, order_id);
    create table shopify.order_line_refund as select * from (values
        (21, 1, 30::double, 10.0), (22, 6, 50, 0), (23, 10, 10, 0), (24, 12, 20, null), (25, 13, 50, 0), (27, 8, 25, 0), (27, 9, 5, 0)
    ) as t (refund_id, order_line_id, subtotal, total_tax);
    create table shopify.order_adjustment as select * from (values
        (25, 'shipping_refund', -8::double, -2.0), (25, 'refund_discrepancy', 2, 0)
    ) as t (refund_id, kind, amount, tax_amount);
"""


def read_views() -> dict[str, exp.Create]:
    """The view of each export, by the name of its file, in that order."""
    return {file.stem: sqlglot.parse_one(file.read_text(encoding="utf-8"), read="bigquery") for file in sorted(EXPORTS.glob("*.sql"))}


def as_text(value) -> str:
    """A value as it stands in a CSV file."""
    return "" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory) -> dict[str, list[list[str]]]:
    """What each view returns, its header first."""
    file = tmp_path_factory.mktemp("exports") / "events.json"
    file.write_text("\n".join(map(json.dumps, EVENTS)), encoding="utf-8")
    tables = {}
    with duckdb.connect() as connection:
        connection.execute("create schema marketing_raw; create schema analytics_123456789;" + CONNECTORS)
        connection.execute(f'create table analytics_123456789."events_*" ({GA4_EVENTS})')
        connection.execute(f"copy analytics_123456789.\"events_*\" from '{file}' (format json)")
        for name, view in read_views().items():
            for numeric in view.find_all(exp.DataType):
                if numeric.is_type("decimal"):
                    numeric.set("expressions", exp.DataType.build("decimal(38, 9)").expressions)  # as BigQuery's is
            connection.execute(view.sql("duckdb"))
            found = connection.execute(f"select * from {view.this.sql('duckdb')} order by all")
            header = [column[0] for column in found.description]
            tables[name] = [header, *([as_text(value) for value in row] for row in found.fetchall())]
    return tables


def test_readme_names_every_file():
    """The tables of exports/README.md name every file, and no other file. The second column has the file."""
    named = re.findall(r"^\|[^|]+\| `([a-z0-9_/]+\.sql)` \|", (EXPORTS / "README.md").read_text(encoding="utf-8"), flags=re.M)
    views = [file.name for file in EXPORTS.glob("*.sql")]
    recipes = [str(file.relative_to(EXPORTS / "files")) for file in EXPORTS.glob("files/*/*.sql")]
    assert sorted(named) == sorted(views + recipes)


def test_ga4_sessions(delivered):
    """The visit's own tags, the ad of an auto-tagged click, one session over midnight, nobody without consent."""
    assert delivered["ga4_bigquery_sessions"] == [
        ["session_id", "anonymous_id", "user_id", "started_at", "utm_source", "utm_medium", "utm_campaign", "campaign_id", "landing_page"],
        ["11.1.501", ANN, CUSTOMER, "2026-03-01 23:50:00", "google", "cpc", "Brand", GOOGLE, "https://shop/"],
        ["11.1.502", ANN, "", "2026-03-03 08:00:00", "", "", "", "", "https://shop/thanks"],
        ["22.2.601", BEN, "", "2026-03-02 10:00:00", "facebook", "paid_social", "", META, "https://shop/mugs"],
        ["33.3.701", CLEO, "", "2026-03-02 11:00:00", "linkedin", "paid_social", "offices", LINKEDIN, "https://shop/office"],
        ["33.3.702", CLEO, "", "2026-03-02 14:00:00", "", "", "", "", ""],
        ["44.4.801", DORA, "", "2026-03-02 12:00:00", "google", "cpc", "Everything", PERFORMANCE_MAX, "https://shop/?a=b&gbraid=y"],
        ["44.4.802", DORA, "", "2026-03-02 18:00:00", "google", "cpc", "", "", "https://shop/?gclid=z"],
        ["99.9.901", CLERK, "clerk", "2026-03-06 09:00:00", "", "", "", "", "https://shop/admin"],
    ]


def test_ga4_conversions(delivered):
    """One purchase per order, in its own currency; each refund once, and its buyer's."""
    assert delivered["ga4_bigquery_conversions"] == [
        ["conversion_id", "user_id", "session_id", "converted_at", "conversion_type", "revenue", "currency"],
        ["22.2.1772446800000000", "", "22.2.601", "2026-03-02 10:20:00", "purchase", "30.0", "USD"],
        ["33.3.1772460000000000", "", "33.3.702", "2026-03-02 14:00:00", "purchase", "7.0", "USD"],
        ["33.3.1772463600000000", "", "33.3.702", "2026-03-02 15:00:00", "purchase", "8.0", "USD"],
        ["T-1", CUSTOMER, "11.1.501", "2026-03-02 00:10:00", "purchase", "49.9", "EUR"],
        ["T-1.refund.1772614800000000", CUSTOMER, "11.1.501", "2026-03-04 09:00:00", "refund", "9.9", "EUR"],
        ["T-1.refund.1772701200000000", CUSTOMER, "11.1.501", "2026-03-05 09:00:00", "refund", "5.0", "EUR"],
        ["T-2", "", "T-2", "2026-03-02 13:30:00", "purchase", "20.5", "USD"],
        ["T-2.refund.1772787600000000", "", "T-2", "2026-03-06 09:00:00", "refund", "20.5", "USD"],
    ]


def orders(delivered, *numbers: str) -> list[list[str]]:
    """The rows of the Shopify view whose id contains one of the numbers: id, user, type, revenue and currency."""
    rows = delivered["shopify_fivetran_conversions"][1:]
    return [[row[0], row[1], *row[4:]] for row in rows if any(number in row[0] for number in numbers)]


def test_shopify_columns(delivered):
    """A guest's order is counted, under a session that never arrives."""
    header, *rows = delivered["shopify_fivetran_conversions"]
    assert header == delivered["ga4_bigquery_conversions"][0]
    assert ["9002", "", "9002", "2026-03-10 08:00:00", "purchase", "15", "USD"] in rows
    assert ["refund.21", CUSTOMER, "", "2026-03-12 08:00:00", "refund", "40", "USD"] in rows


def test_shopify_only_paid_orders(delivered):
    """No test, no voided and no deleted order, nor their refunds."""
    assert [row[0] for row in orders(delivered, "900")] == ["9001", "9002", "9007", "9008", "9009"]
    assert len(delivered["shopify_fivetran_conversions"]) == 1 + 7 + 5  # a header, purchases, refunds


def test_shopify_gift_cards(delivered):
    """A gift card that is sold or given back is no purchase and no refund; what is paid with it is a purchase."""
    assert orders(delivered, "9006", "refund.22") == []
    assert orders(delivered, "9007") == [["9007", "7003", "purchase", "50", "USD"]]
    assert orders(delivered, "9008", "refund.27") == [
        ["9008", "7003", "purchase", "20", "USD"],  # 45 less the gift card's 25
        ["refund.27", "7003", "refund", "5", "USD"],  # 30 less the gift card's 25
    ]


def test_shopify_partly_paid_order(delivered):
    """What was paid counts, 25 of 80, in the currency in which it was paid; a line that is taken out pays nothing back."""
    assert orders(delivered, "9009", "refund.23", "refund.payment") == [
        ["9009", "7004", "purchase", "25", "EUR"],
        ["refund.payment.9", "7004", "refund", "4", "EUR"],
    ]


def test_shopify_refund_without_a_transaction(delivered):
    """A line of 20 that was taken out of an order of 70 before it was paid: 50 came in."""
    assert orders(delivered, "9010", "refund.24") == [
        ["9010", "7005", "purchase", "70", "USD"],
        ["refund.24", "7005", "refund", "20", "USD"],
    ]


def test_shopify_amounts_are_in_the_shops_currency(delivered):
    """The buyer got 53 EUR back, which are 58 USD of the order's 60: 50 for the line, 10 for shipping, 2 kept. Empty refunds stay out."""
    assert orders(delivered, "9011", "refund.25", "refund.26") == [
        ["9011", "7006", "purchase", "60", "USD"],
        ["refund.25", "7006", "refund", "58", "USD"],
    ]


def test_campaign_metrics(delivered):
    """One row per campaign or ad and day, under the newest name, exact to the micro. What nobody knows is named and not lost:
    a deleted ad's campaign, and the currency of an account without history, which would be taken for the reporting currency."""
    deleted = ["(deleted Meta ads)", "239", "Deleted ads, campaign unknown"]
    assert delivered["united_campaign_metrics"] == [
        ["metric_date", "platform", "campaign_id", "ad_id", "campaign_name", "impressions", "clicks", "spend", "currency"],
        ["2026-03-01", "google_ads", GOOGLE, "", "Brand", "550", "10", "0.3", "EUR"],
        ["2026-03-01", "google_ads", PERFORMANCE_MAX, "", "Everything", "900", "9", "1.234567", "EUR"],
        ["2026-03-01", "google_ads", "17000000003", "", "", "0", "0", "0", "(unknown)"],
        ["2026-03-02", "linkedin_ads", LINKEDIN, "31", "Offices", "400", "4", "20.5", "EUR"],
        ["2026-03-02", "meta_ads", *deleted, "5000", "100", "80", "USD"],
        ["2026-03-02", "meta_ads", META, "238", "Mugs", "1000", "20", "12.34", "USD"],
        ["2026-03-03", "linkedin_ads", "(deleted LinkedIn ads)", "32", "Deleted ads, campaign unknown", "1", "0", "0", "(unknown)"],
    ]


def test_exports_meet_in_the_marts(delivered, warehouse):
    """Nothing is rejected, sessions and spend meet, and each purchase and refund counts once and where it belongs."""
    shop = [row for row in delivered["shopify_fivetran_conversions"] if row[1] in ("", CUSTOMER) or row[0] == "conversion_id"]
    sessions = delivered["ga4_bigquery_sessions"]
    metrics = [row for row in delivered["united_campaign_metrics"] if row[-1] != "(unknown)"]
    conversions = shop + delivered["ga4_bigquery_conversions"][1:]
    warehouse.deliver({"sessions": sessions, "conversions": conversions, "campaign_metrics": metrics})
    (warehouse.raw / "exchange_rates.csv").write_text("currency,reporting_currency,valid_from,rate\nEUR,USD,2025-01-01,1.085\n", encoding="utf-8")
    done = warehouse.dbt("--warn-error", "--quiet", "build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout
    assert warehouse.query("select * from int_rejected_records") == []
    # 1 EUR is 1.085 USD. Ann's order by phone is the ad's too: her visit in between was direct.
    columns = "campaign_id, campaign_name, platform, channel, impressions, clicks, sessions, conversions, spend, revenue, tracking_status"
    deleted = ("(deleted Meta ads)", "Deleted ads, campaign unknown", "meta_ads", "Meta Ads", 5000, 100, 0, 0, 80, 0, "no_sessions")
    assert warehouse.query(f"select {columns} from campaign_funnel order by campaign_id") == [
        deleted,
        (GOOGLE, "Brand", "google_ads", "Google Ads", 550, 10, 1, 2, Decimal("0.3255"), Decimal("98.075"), "tracked"),
        (PERFORMANCE_MAX, "Everything", "google_ads", "Google Ads", 900, 9, 1, 0, Decimal("1.339505"), 0, "tracked"),
        (META, "Mugs", "meta_ads", "Meta Ads", 1000, 20, 1, 1, Decimal("12.34"), 30, "tracked"),
        (LINKEDIN, "Offices", "linkedin_ads", "LinkedIn Ads", 400, 4, 1, 2, Decimal("22.2425"), 15, "tracked"),
    ]
    columns = "customer_id, acquisition_channel, acquisition_campaign_id, purchase_count, gross_revenue, refunded_revenue, total_revenue"
    assert warehouse.query(f"select {columns} from customer_ltv order by customer_id") == [
        (CUSTOMER, "Google Ads", GOOGLE, 2, Decimal("154.2415"), Decimal("56.1665"), Decimal("98.075")),
        ("anon:22.2", "Meta Ads", META, 1, 30, 0, 30),
        ("anon:33.3", "LinkedIn Ads", LINKEDIN, 2, 15, 0, 15),
    ]
    # The orders without consent and of the guest have no customer, but count: 20.5 - 20.5 + 15.
    nobody = "select row_count, amount from int_reconciliation where source_table = 'conversions' and bucket = 'without_customer'"
    assert warehouse.query(nobody) == [(3, 15)]
