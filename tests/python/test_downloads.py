"""Reports as they are downloaded, through `make convert`: in the files' real shapes, with their title rows, totals and languages."""

import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, read_rows

pytestmark = pytest.mark.engines("duckdb")

# English, with two title rows, a row of totals per day and at the end, a rate in percent, and a campaign in two networks.
GOOGLE_ENGLISH = """Campaign report
"March 1, 2026 - March 2, 2026"
Day,Campaign status,Campaign,Campaign ID,Network (with search partners),Currency code,Cost,Impr.,Clicks,CTR,Conversions
2026-03-01,Enabled,Brand,17000000001,Google search,USD,"1,234.56","12,345",678,5.49%,10.00
2026-03-01,Enabled,Brand,17000000001,Search partners,USD,0.44,5,2,40.00%,0.00
2026-03-01,Paused,"Mugs, big",17000000002,Google search,USD, --,0,0, --,0.00
2026-03-02,Enabled,Brand,17000000001,Google search,USD,7.5,900,30,3.33%,1.00
Total: Campaigns, --, --, --, --,USD,"1,242.50","13,250",710,5.36%,11.00
2026-03-01, --,Total: Account, --, --,USD,"1,235.00","12,350",680,5.51%,10.00
"""
# German, as "Excel .csv": UTF-16 with tabs. The 2 March was restated since.
GOOGLE_GERMAN = """Kampagnenbericht
1. März 2026 - 31. März 2026
Tag\tKampagne\tKampagnen-ID\tWährungscode\tKosten\tImpressionen\tKlicks\tCTR
02.03.2026\tBrand\t17000000001\tUSD\t8,50\t1.000\t31\t3,10 %
03.03.2026\tTassen & Kännchen\t17000000002\tUSD\t1.234,50\t10.000\t1.001\t10,01 %
Gesamt: Konto\t--\t --\tUSD\t1.243,00\t11.000\t1.032\t9,38 %
"""
META_ENGLISH = """\ufeffReporting starts,Reporting ends,Campaign name,Campaign ID,Day,Amount spent (USD),Impressions,Link clicks,Results
2026-03-01,2026-03-31,,,,12.34,1100,21,3
2026-03-01,2026-03-31,Mugs,120210000000000001,,12.34,1100,21,3
2026-03-01,2026-03-01,Mugs,120210000000000001,2026-03-01,12.34,1000,21,3
2026-03-02,2026-03-02,Mugs,120210000000000001,2026-03-02,0,100,,
"""
META_GERMAN = """\ufeffKampagnenname;Kampagnen-ID;Tag;Ausgegebener Betrag (EUR);Impressionen;Link-Klicks
;;;1.300,05;22000;300
Tassen;120210000000000002;2026-03-03;1.300,05;22.000;300
"""
# One row per line; what is the order's own stands in the first.
SHOPIFY_COLUMNS = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem discount,Cancelled at,Payment Method,Refunded Amount,Outstanding Balance,Id,Phone"""
SHOPIFY = f"""{SHOPIFY_COLUMNS}
#1001,Ann@Example.com,partially_refunded,2026-03-01 13:31:00 +0100,USD,95.00,5.00,0.00,100.00,2026-03-01 13:30:00 +0100,2,Mug - Big,40.00,0.00,,Shopify Payments,40.00,0.00,5001,
#1001,,,,,,,,,,1,"Spoon, small",15.00,0.00,,,,,,
#1002,bob@example.com,paid,2026-03-02 08:00:00 +0100,USD,50.00,0.00,0.00,50.00,2026-03-02 08:00:00 +0100,1,Gift Card - $50,50.00,0.00,,Shopify Payments,0.00,0.00,5002,
#1003,ann@example.com,paid,2026-03-03 08:00:00 +0100,USD,50.00,0.00,0.00,50.00,2026-03-03 08:00:00 +0100,1,Mug - Big,50.00,0.00,,Gift Card,0.00,0.00,5003,
#1004,carl@example.com,paid,2026-03-03 09:00:00 +0100,USD,60.00,0.00,0.00,60.00,2026-03-03 09:00:00 +0100,1,Mug - Big,40.00,0.00,,Shopify Payments,0.00,0.00,5004,
#1004,,,,,,,,,,1,Gift card,25.00,5.00,,,,,,
#1005,dora@example.com,partially_paid,,USD,80.00,0.00,0.00,80.00,2026-03-03 10:00:00 +0100,1,Pot,80.00,0.00,,manual,0.00,55.00,5005,
#1006,,paid,2026-03-03 11:00:00 +0100,USD,9.00,0.00,0.00,9.00,2026-03-03 11:00:00 +0100,1,Spoon,9.00,0.00,,Shopify Payments,0.00,0.00,5006,
#1007,eve@example.com,voided,,USD,70.00,0.00,0.00,70.00,2026-03-03 12:00:00 +0100,1,Pot,70.00,0.00,2026-03-04 12:00:00 +0100,,0.00,0.00,5007,
#1008,,refunded,2026-03-04 11:00:00 +0100,USD,20.00,0.00,0.00,20.00,2026-03-04 11:00:00 +0100,1,Cup,20.00,0.00,2026-03-05 00:30:00 +0100,Shopify Payments,20.00,0.00,5008,+491701
"""
MATOMO = """idSite,idVisit,visitorId,userId,firstActionTimestamp,referrerType,referrerName,referrerUrl,campaignSource,campaignMedium,\
campaignName,campaignId,url (actionDetails 0)
1,11,a1b2,ann@example.com,1772359200,campaign,brand,,google,cpc,Brand,17000000001,https://shop.example/?x=1
1,12,c3d4,,1772362800,search,Google,https://www.google.com/,,,,,https://shop.example/
1,13,c3d4,dora@example.com,1772366400,social,Facebook,https://l.facebook.com/l.php,,,,,https://shop.example/pots
1,14,e5f6,,1772370000,website,blog.example,https://blog.example:443/mugs,,,,,"https://shop.example/a,b"
1,15,e5f6,,1772373600,direct,,,,,,,https://shop.example/
1,16,e5f6,,1772377200,campaign,spring,,,,,,https://shop.example/
"""
GA4_SESSIONS = """# ----------------------------------------
# Shop - Sessions
# 20260301-20260331
# ----------------------------------------

Client ID,Session ID,Date + hour and minute (YYYYMMDDHHMM),Session source,Session medium,Session campaign,Session Google Ads campaign ID,Landing page + query string,Event count
,,,,,,,,6,Grand total
1.1,1772400000,202603012355,facebook,paid_social,Mugs,(not set),/mugs?a=b,3
1.1,1772400000,202603012359,facebook,paid_social,Mugs,(not set),/mugs?a=b,1
2.2,1772400000,202603020000,google,cpc,Brand,17000000001,(not set),1
(not set),(not set),202603020001,(direct),(none),(direct),(not set),/,1
"""
GA4_PURCHASES = """# ----------------------------------------
# Shop - Purchases
# ----------------------------------------

Transaction ID,Client ID,Session ID,Date + hour and minute (YYYYMMDDHHMM),Purchase revenue
,,,,104.5,Grand total
T-1,1.1,1772400000,202603020010,49.5
T-1,1.1,1772499999,202603030010,0
T-2,(not set),(not set),202603020020,20
(not set),2.2,1772400000,202603020030,35
(not set),2.2,1772400000,202603020031,0
"""
DOWNLOADS = {
    "google_ads/Campaign report.csv": GOOGLE_ENGLISH.encode(),
    "google_ads/Kampagnenbericht.csv": GOOGLE_GERMAN.encode("utf-16"),
    "meta_ads/Account-Campaigns.csv": META_ENGLISH.encode(),
    "meta_ads/Kampagnen.csv": META_GERMAN.encode(),
    "shopify_orders/orders_export_1.csv": SHOPIFY.encode(),
    "matomo_visits/visits.csv": MATOMO.encode("utf-16"),
    "ga4_sessions/Free form.csv": GA4_SESSIONS.encode(),
    "ga4_purchases/Free form.csv": GA4_PURCHASES.encode(),
}


def convert(folder: Path, downloads: dict[str, bytes]) -> subprocess.CompletedProcess:
    """Put files into a folder's downloads, each an hour newer than the one before, and run `make convert`."""
    for number, (name, content) in enumerate(downloads.items()):
        file = folder / "downloads" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (1774000000 + 3600 * number,) * 2)
    return subprocess.run(
        ["make", "--no-print-directory", "convert", f"DATA={folder}"], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A folder with all downloads, converted."""
    folder = tmp_path_factory.mktemp("made up") / "Ann's shop"
    done = convert(folder, DOWNLOADS)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "printed.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def rows(file: Path) -> list[list[str]]:
    """The rows of a raw table without loaded_at, its last column."""
    header, *found = read_rows(file)
    assert header[-1] == "loaded_at" and all(row[-1].startswith("2026-03-20 ") for row in found)
    return [row[:-1] for row in [header, *found]]


def test_google_ads(data):
    """Networks are added up, totals are left out, both languages' numbers are read, and the newer file's 2 March counts."""
    assert rows(data / "campaign_metrics/google_ads.csv") == [
        ["metric_date", "platform", "campaign_id", "campaign_name", "impressions", "clicks", "spend", "currency"],
        ["2026-03-01", "google_ads", "17000000001", "Brand", "12350", "680", "1235.000000", "USD"],
        ["2026-03-01", "google_ads", "17000000002", "Mugs, big", "0", "0", "", "USD"],
        ["2026-03-02", "google_ads", "17000000001", "Brand", "1000", "31", "8.500000", "USD"],
        ["2026-03-03", "google_ads", "17000000002", "Tassen & Kännchen", "10000", "1001", "1234.500000", "USD"],
    ]


def test_meta_ads(data):
    """The summary and the campaign's total are left out, the currency is the column's, and what is empty is 0."""
    assert rows(data / "campaign_metrics/meta_ads.csv") == [
        ["metric_date", "platform", "campaign_id", "campaign_name", "impressions", "clicks", "spend", "currency"],
        ["2026-03-01", "meta_ads", "120210000000000001", "Mugs", "1000", "21", "12.34", "USD"],
        ["2026-03-02", "meta_ads", "120210000000000001", "Mugs", "100", "0", "0", "USD"],
        ["2026-03-03", "meta_ads", "120210000000000002", "Tassen", "22000", "300", "1300.05", "EUR"],
    ]


def test_shopify_orders(data):
    """Each paid order is a purchase, in UTC. Gift cards (#1002, a part of #1004) are none. #1003 was paid with one. #1005 paid a deposit."""
    assert rows(data / "conversions/shopify_orders.csv") == [
        ["conversion_id", "user_id", "session_id", "converted_at", "conversion_type", "revenue", "currency"],
        ["5001", "ann@example.com", "", "2026-03-01 12:30:00", "purchase", "100.000", "USD"],
        ["5003", "ann@example.com", "", "2026-03-03 07:00:00", "purchase", "50.000", "USD"],
        ["5004", "carl@example.com", "", "2026-03-03 08:00:00", "purchase", "40.000", "USD"],
        ["5005", "dora@example.com", "", "2026-03-03 09:00:00", "purchase", "25.000", "USD"],
        ["5006", "", "5006", "2026-03-03 10:00:00", "purchase", "9.000", "USD"],
        ["5008", "+491701", "", "2026-03-04 10:00:00", "purchase", "20.000", "USD"],
        ["refund.5001", "ann@example.com", "", "2026-03-01 12:30:00", "refund", "40.000", "USD"],
        ["refund.5008", "+491701", "", "2026-03-04 23:30:00", "refund", "20.000", "USD"],
    ]


def test_matomo_visits(data):
    """One session per visit, with the campaign's tags, or what its referrer says."""
    landed = "https://shop.example/"
    assert rows(data / "sessions/matomo_visits.csv") == [
        ["session_id", "anonymous_id", "user_id", "started_at", "utm_source", "utm_medium", "utm_campaign", "campaign_id", "landing_page"],
        ["1.11", "a1b2", "ann@example.com", "2026-03-01 10:00:00", "google", "cpc", "Brand", "17000000001", landed + "?x=1"],
        ["1.12", "c3d4", "", "2026-03-01 11:00:00", "google", "organic", "", "", landed],
        ["1.13", "c3d4", "dora@example.com", "2026-03-01 12:00:00", "facebook", "social", "", "", landed + "pots"],
        ["1.14", "e5f6", "", "2026-03-01 13:00:00", "blog.example", "referral", "", "", landed + "a,b"],
        ["1.15", "e5f6", "", "2026-03-01 14:00:00", "", "", "", "", landed],
        ["1.16", "e5f6", "", "2026-03-01 15:00:00", "", "", "spring", "", landed],
    ]


def test_ga4_explorations(data):
    """One session per visitor and session id, over midnight; one purchase per order; what has no consent is no session."""
    assert rows(data / "sessions/ga4_sessions.csv")[1:] == [
        ["1.1.1772400000", "1.1", "", "2026-03-01 23:55:00", "facebook", "paid_social", "Mugs", "", "/mugs?a=b"],
        ["2.2.1772400000", "2.2", "", "2026-03-02 00:00:00", "google", "cpc", "Brand", "17000000001", "(not set)"],
    ]
    assert rows(data / "conversions/ga4_purchases.csv")[1:] == [
        ["2.2.1772400000.202603020030", "", "2.2.1772400000", "2026-03-02 00:30:00", "purchase", "35", "USD"],
        ["T-1", "", "1.1.1772400000", "2026-03-02 00:10:00", "purchase", "49.5", "USD"],
        ["T-2", "", "T-2", "2026-03-02 00:20:00", "purchase", "20", "USD"],
    ]


def test_totals_are_printed(data):
    """Users compare them with the platform's own."""
    printed = (data / "printed.txt").read_text(encoding="utf-8").replace(f"{data}/", "")
    assert printed.splitlines() == [
        "campaign_metrics/google_ads.csv: 2026-03-01 to 2026-03-03: 23350 impressions, 1712 clicks, 2478.00 USD",
        "campaign_metrics/meta_ads.csv: 2026-03-01 to 2026-03-02: 1100 impressions, 21 clicks, 12.34 USD",
        "campaign_metrics/meta_ads.csv: 2026-03-03 to 2026-03-03: 22000 impressions, 300 clicks, 1300.05 EUR",
        "conversions/ga4_purchases.csv: 3 purchases, 104.50 USD",
        "conversions/shopify_orders.csv: 2 refunds, 60.00 USD",
        "conversions/shopify_orders.csv: 6 purchases, 244.00 USD",
        "sessions/ga4_sessions.csv: 2 sessions from 2026-03-01 23:55:00 to 2026-03-02 00:00:00",
        "sessions/matomo_visits.csv: 6 sessions from 2026-03-01 10:00:00 to 2026-03-01 15:00:00",
    ]


HEADER = "Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks\n"
REFUSED = {
    "no day": ("Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks\nA,1,USD,1.50,1,1\n", "no row has a value for metric_date. The columns found are"),
    "no currency": ("Day,Campaign,Campaign ID,Cost,Impr.,Clicks\n2026-03-01,A,1,1.50,1,1\n", "no row has a value for currency."),
    "an amount that can be two": (HEADER + '2026-03-01,A,1,USD,"1,234",999,1\n', "The amount 1,234 can be read in two ways"),
    "two decimal marks": (HEADER + '2026-03-01,A,1,USD,1.50,1,1\n2026-03-02,A,1,USD,"1,50",1,1\n', "Some numbers of the file have a decimal point"),
    "a workbook": ("PK\x03\x04", "is a workbook of Excel"),
    "no report": ("<html>\n", "has no row with at least four columns"),
}


@pytest.mark.parametrize("content, error", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_named(tmp_path, content, error):
    done = convert(tmp_path, {"google_ads/report.csv": content.encode()})
    assert done.returncode != 0
    assert error in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "campaign_metrics").exists()


def test_a_number_that_proves_nothing_alone(tmp_path):
    """1,234 is a thousand where a count of the file has a comma, and so is 1.234 where one has a point."""
    for number, line in enumerate(['2026-03-01,A,1,JPY,"1,234","2,345",1', "2026-03-01,A,1,JPY,1.234,2.345,1"]):
        folder = tmp_path / str(number)
        done = convert(folder, {"google_ads/report.csv": (HEADER + line + "\n").encode()})
        assert "2345 impressions, 1 clicks, 1234.00 JPY" in done.stdout, done.stderr


def test_localized_numbers():
    """What one number proves of its decimal mark, and how it is read then; in English, German, French, Swiss and Indian."""
    amounts = {
        "1,234.56": (".", "1234.56"), "12,34,567.8": (".", "1234567.8"), "0.123456": (".", "0.123456"), "1.50": (".", "1.50"),
        "1.234,56": (",", "1234.56"), "1.234.567": (",", "1234567"), "12,5": (",", "12.5"), "0,125": (",", "0.125"), "-3,00": (",", "-3.00"),
        "1\u202f234,56 €": (",", "1234.56"), "CHF 1’234.50": (".", "1234.50"), "−1.5": (".", "-1.5"), "1,234": (None, "1234"), "7": (None, "7"),
    }  # fmt: skip
    counts = {"1,234": "1234", "1.234.567": "1234567", "1\xa0234": "1234", "12’345": "12345", "999": "999", "1234": "1234", "1.5": "1.5", "12.00": "12.00"}
    with duckdb.connect() as connection:
        connection.execute((ROOT / "exports/files/macros.sql").read_text(encoding="utf-8"))
        for text, (mark, value) in amounts.items():
            sql = "select mark_of_amount($text), amount_of($text, coalesce(mark_of_amount($text), '.'), coalesce(mark_of_amount($text), '.'))"
            assert connection.execute(sql, {"text": text}).fetchall() == [(mark, value)], text
        for text, value in counts.items():
            assert connection.execute("select count_of($text)", {"text": text}).fetchall() == [(value,)], text


def test_downloads_meet_in_the_marts(data, warehouse):
    """Nothing is rejected, sessions meet spend and orders, and the sums are the platforms' and the shop's."""
    for table in ("sessions", "conversions", "campaign_metrics"):
        (warehouse.raw / f"{table}.csv").unlink()
        shutil.copytree(data / table, warehouse.raw / table)
    (warehouse.raw / "exchange_rates.csv").write_text("currency,reporting_currency,valid_from,rate\nEUR,USD,2025-01-01,1.085\n", encoding="utf-8")
    done = warehouse.dbt("--warn-error", "--quiet", "build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout
    assert warehouse.query("select * from int_rejected_records") == []
    assert warehouse.query(
        "select campaign_id, channel, impressions, clicks, sessions, conversions, spend, revenue from campaign_funnel"
        " where impressions > 0 order by campaign_id"
    ) == [
        ("120210000000000001", "Meta Ads", 1100, 21, 1, 1, Decimal("12.34"), Decimal("49.5")),
        ("120210000000000002", "Meta Ads", 22000, 300, 0, 0, Decimal("1410.55425"), 0),
        ("17000000001", "Google Ads", 13350, 711, 2, 3, Decimal("1243.5"), Decimal("145")),
        ("17000000002", "Google Ads", 10000, 1001, 0, 0, Decimal("1234.5"), 0),
    ]
    assert warehouse.query(
        "select customer_id, acquisition_channel, purchase_count, total_revenue from customer_ltv order by customer_id"
    ) == [
        ("+491701", "Unknown", 1, 0),
        ("ann@example.com", "Google Ads", 2, 110),
        ("anon:1.1", "Meta Ads", 1, Decimal("49.5")),
        ("anon:2.2", "Google Ads", 1, 35),
        ("carl@example.com", "Unknown", 1, 40),
        ("dora@example.com", "Organic Search", 1, 25),
    ]
