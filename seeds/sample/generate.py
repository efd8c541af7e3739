"""Make the sample data: one year in the marketing warehouse of a small online coffee shop.

    python generate.py           writes sessions.csv, conversions.csv, campaign_metrics.csv here
    python generate.py --check   exits 1 if the files here are not exactly what it would write

The files are raw loads as they arrive, with duplicates, corrections and junk. Three parts:
story() lets people visit and buy; edge_cases() adds a few readable rows for each rule of the
contract, under ids that say what they are for; junk() adds rows that must be rejected.
Whole-number draws from a seeded generator, no clock, no hash order: always the same bytes.
"""

import csv
import io
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
SEED = 2035
FIRST_DAY, LAST_DAY = date(2025, 7, 1), date(2026, 6, 30)  # the last load is the night after
COLUMNS = {
    "sessions": "session_id anonymous_id user_id started_at utm_source utm_medium utm_campaign"
    " campaign_id landing_page loaded_at",
    "conversions": "conversion_id user_id session_id converted_at conversion_type revenue"
    " currency loaded_at",
    "campaign_metrics": "metric_date platform campaign_id ad_id campaign_name impressions clicks"
    " spend currency loaded_at",
}

# What the ad platforms report: totals (spend in cents), dealt out over the days first to last.
# 2003 is the contest that everybody clicks and nobody buys from. LinkedIn has expensive clicks
# and few but big orders, is billed in euro, and reports 3002 by ad. Nobody tagged the links of
# 4001, so it has no sessions. People open 6001 in the app, so it has more sessions than clicks.
CAMPAIGNS = """
id   | platform      | name                      | first      | last       | impressions | clicks | spend  | currency
1001 | google_ads    | Brand Search US           | 2025-07-01 | 2026-06-30 |       22000 |    430 |  19350 |
1002 | google_ads    | Generic Search - Grinders | 2025-07-01 | 2026-06-30 |       76000 |    330 |  62700 |
1003 | google_ads    | Shopping - All Products   | 2025-07-01 | 2026-06-30 |       62000 |    380 |  34200 |
1004 | google_ads    | Competitor Search         | 2025-09-01 | 2026-03-31 |       34000 |    210 |  65100 |
1005 | google_ads    | Summer Sale               | 2025-07-01 | 2025-09-15 |       48000 |    330 |  39600 |
2001 | meta_ads      | Prospecting Broad         | 2025-07-01 | 2026-06-30 |      290000 |    460 |  64400 | USD
2002 | meta_ads      | Retargeting 30d           | 2025-08-01 | 2026-06-30 |       60000 |    300 |  33000 | USD
2003 | meta_ads      | Win a Grinder 🎁          | 2025-11-01 | 2025-12-20 |       68000 |    480 |  26400 | USD
2004 | meta_ads      | Summer Sale               | 2025-07-01 | 2025-09-15 |       80000 |    250 |  30000 | USD
3001 | linkedin_ads  | Office Coffee - Lead Gen  | 2025-09-01 | 2026-06-30 |       45000 |    170 | 149600 | EUR
3002 | linkedin_ads  | Office Coffee - Webinar   | 2026-02-02 | 2026-03-27 |       26000 |    120 |  90000 | EUR
4001 | microsoft_ads | Search (import)           | 2026-01-12 | 2026-04-30 |       36000 |    220 |  22000 | GBP
6001 | tiktok_ads    | Latte Art Clips           | 2026-03-01 | 2026-04-19 |       70000 |     70 |  14000 | USD
"""  # noqa: E501

# What the website sees. visits: per 100 clicks of a campaign, else in the year. new: how many of
# 100 visits are somebody's first. buys: purchases per 1,000 visits. loyal: how many of 100 buyers
# it brought come back. Every campaign is tagged in another way: by name, by id, by auto-tagging
# (1003), by alias (2003), by a name that two campaigns have (1005, 2004), by the old name (2002).
# Two thirds of the clicks on 1005 never arrive: its landing page is broken.
SOURCES = """
key        | visits | utm_source       | utm_medium  | utm_campaign             | campaign_id | page        | new | buys | loyal | basket
1001       |     93 | google           | cpc         | Brand Search US          |             | /           |  55 |   90 |    25 | shop
1002       |     86 | google           | cpc         | 1002                     |             | /grinders   |  90 |   50 |    15 | shop
1003       |     90 |                  |             |                          | 1003        | /?gclid=x   |  85 |   62 |    15 | shop
1004       |     82 | google           | cpc         |                          | 1004        | /compare    |  95 |   28 |    10 | shop
1005       |     35 | google           | cpc         | Summer Sale              |             | /sale-2025  |  90 |   65 |    10 | shop
2001       |     80 | facebook         | paid_social | Prospecting Broad        | 2001        | /           |  97 |   42 |     8 | shop
2002       |     88 | facebook         | paid_social | Retargeting 30d          |             | /cart       |   5 |  120 |    15 | shop
2003       |     84 | instagram        | paid_social | win-a-grinder            |             | /win        |  98 |    9 |     0 | treat
2004       |     78 | facebook         | paid        | Summer Sale              |             | /sale       |  90 |   60 |     8 | shop
3001       |     92 | linkedin         | cpc         | Office Coffee - Lead Gen |             | /office     |  90 |   65 |    40 | office
3002       |     85 | linkedin         | paid        |                          | 3002        | /webinar    |  90 |   60 |    30 | office
6001       |    150 | tiktok           | cpc         | 6001                     |             | /latte-art  |  97 |   40 |     0 | treat
podcast    |     34 | roastcast        | podcast     | podcast-s2               |             | /roastcast  |  95 |   90 |    40 | shop
creator    |     95 | instagram        | social      | Creator-Lena             |             | /lena       |  92 |   60 |    15 | shop
newsletter |    360 | newsletter       | email       | Newsletter               |             | /news       |  20 |  280 |    90 | shop
welcome    |     90 | klaviyo          | email       | welcome_series           |             | /welcome    |  45 |  150 |    90 | shop
organic    |    480 | google           | organic     |                          |             | /beans      |  75 |  135 |    85 | shop
social     |     90 | pinterest.com    |             |                          |             | /recipes    |  85 |   35 |    10 | shop
referral   |     90 | brewblog.example | referral    |                          |             | /           |  85 |   80 |    45 | shop
affiliates |     90 | cashbackclub     | affiliate   |                          |             | /deals      |  85 |  100 |     5 | shop
direct     |    300 |                  |             |                          |             | /           |  35 |  140 |    50 | shop
"""  # noqa: E501

BASKETS = {  # prices in cents, fewest and most items
    "treat": ((890, 1490, 1690, 2450), 1, 1),
    "shop": ((890, 1490, 1490, 1690, 1690, 2450, 2450, 3290, 3990, 5450, 7900, 12900, 24900), 1, 4),
    "office": ((14900, 18950, 24900, 32500), 1, 4),
}
CURRENCIES = [""] * 6 + ["USD"] * 6 + ["EUR"] * 2 + ["GBP"]  # empty: the reporting currency
HOURS = [7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 21]
ADS = {"ad-speaker": 5, "ad-demo": 3, "ad-quote": 2}

BRAND = ("google", "cpc", "Brand Search US")
GRINDERS = ("google", "cpc", "1002")
PROSPECTING = ("facebook", "paid_social", "", "2001")
ORGANIC, DEALS = ("google", "organic"), ("cashbackclub", "affiliate")


def read_table(text):
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


class Raw:
    """Rows of the three tables. Unless it is given, loaded_at is the night after the event."""

    def __init__(self):
        self.rows = {name: [] for name in COLUMNS}

    def session(self, id_, at, anon="", user="", utm=(), page="/", loaded=None):
        utm = (*utm, "", "", "", "")[:4]
        loaded = night_after(at) if loaded is None else loaded
        self.rows["sessions"].append((id_, anon, user, at, *utm, page, loaded))

    def conversion(self, id_, at, user, session, type_, revenue="", currency="", loaded=None):
        loaded = night_after(at) if loaded is None else loaded
        row = (id_, user, session, at, type_, revenue, currency, loaded)
        self.rows["conversions"].append(row)

    def metrics(self, day, platform, campaign, name, *numbers, ad="", currency="", loaded=None):
        numbers = (*numbers, "", "", "")[:3]  # impressions, clicks, spend
        loaded = night_after(day) if loaded is None else loaded
        row = (day, platform, campaign, ad, name, *numbers, currency, loaded)
        self.rows["campaign_metrics"].append(row)

    def purchase(self, name, at, user, session, revenue, currency=""):
        self.conversion(f"c-{name}", at, user, session, "purchase", revenue, currency)

    def order(self, name, at, revenue, currency="", user=None, anon="", utm=DEALS):
        """A purchase in a session of its own, by a user of that name unless one is given."""
        user = name if user is None else user
        self.session(f"s-{name}", at, anon, user, utm)
        self.purchase(name, at, user, f"s-{name}", revenue, currency)


def night_after(moment, nights=1):
    day = date.fromisoformat(str(moment)[:10]) + timedelta(days=nights)
    return f"{min(day, LAST_DAY + timedelta(days=1))} 04:30"


def deal(total, weights):
    """Split a whole number by weights into whole parts that add up to it."""
    parts, given, weight_so_far, all_weights = [], 0, 0, sum(weights)
    for weight in weights:
        weight_so_far += weight
        parts.append(total * weight_so_far // all_weights - given)
        given += parts[-1]
    return parts


def busyness(rng, days):
    """How much happens on each day: noise, more before Christmas, less at weekends."""
    season = [(3 if day.month > 10 else 2) * (3 if day.weekday() > 4 else 4) for day in days]
    return [weight * rng.randrange(20, 180) for weight in season]


def chance(rng, percent):
    return rng.randrange(100) < percent


def pick(rng, choices):
    return choices[rng.randrange(len(choices))]


def report(raw, rng, campaign):
    """What the platform says of one campaign, by day (and ad); returns [(day, clicks)]."""
    first, last = date.fromisoformat(campaign["first"]), date.fromisoformat(campaign["last"])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if campaign["platform"] == "linkedin_ads":
        days = [day for day in days if day.weekday() < 5]
    ads = ADS if campaign["id"] == "3002" else {"": 1}
    cells = [(day, ad) for day in days for ad in ads]
    weights = [busy * share for busy in busyness(rng, days) for share in ads.values()]
    clicks = deal(int(campaign["clicks"]), weights)
    impressions = deal(int(campaign["impressions"]), [w * rng.randrange(80, 120) for w in weights])
    spend = deal(int(campaign["spend"]), clicks)
    for (day, ad), *numbers in zip(cells, impressions, clicks, spend, strict=True):
        name, currency, nights = campaign["name"], campaign["currency"], 1
        if campaign["id"] == "2002" and day >= date(2026, 1, 15):
            name = "Retargeting - Warm Audiences"  # renamed; its links keep the old name
        if campaign["id"] == "2001" and date(2026, 6, 15) <= day <= date(2026, 6, 24):
            nights = 3  # restated: 60 % on the first night, 80 % on the second, then all
        for night in range(1, nights + 1):
            views, taps, cents = (n * (5 - nights + night) // 5 for n in numbers)
            key, paid = (day, campaign["platform"], campaign["id"]), f"{cents / 100:.2f}"
            loaded = night_after(day, night)
            raw.metrics(*key, name, views, taps, paid, ad=ad, currency=currency, loaded=loaded)
    return [(day, day_clicks) for (day, _), day_clicks in zip(cells, clicks, strict=True)]


@dataclass
class Visitor:
    anonymous_id: str
    basket: str
    currency: str
    user_id: str = ""
    is_guest: bool = False


def story(raw, rng):
    """A year of visits in order of time: people come, come back, sign up, buy, send back."""
    users = (f"u{n:04}" for n in count(1))
    devices = (f"a{n:04}" for n in count(1))
    orders = (f"c{n:04}" for n in count(1))
    seen, loyal = [], []  # people whom ads can bring back, and those who like to come back

    for n in range(12):  # orders from before the website was tracked: their channel is Unknown
        friend = Visitor(next(devices), "shop", "", next(users))
        at = f"2025-06-{2 * n + 5:02} 12:00:00"
        raw.purchase(f"old-shop-{n}", at, friend.user_id, "", basket(rng, "shop"))
        if n % 3 == 0:
            loyal.append(friend)

    year = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    clicks_of = {each["id"]: report(raw, rng, each) for each in read_table(CAMPAIGNS)}
    visits = []
    for source in read_table(SOURCES):
        many = int(source["visits"])
        if source["key"] in clicks_of:
            numbers = [
                (day, sum(many // 100 + chance(rng, many % 100) for _ in range(clicks)))
                for day, clicks in clicks_of[source["key"]]
            ]
        else:
            numbers = zip(year, deal(many, busyness(rng, year)), strict=True)
        for day, number in numbers:
            for _ in range(number):
                clock = f"{pick(rng, HOURS):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
                visits.append((f"{day} {clock}", source))
    visits.sort(key=lambda visit: (visit[0], visit[1]["key"]))

    for number, (at, source) in enumerate(visits, 1):
        session_id = f"s{number:04}"
        if chance(rng, int(source["new"])):
            visitor = Visitor(next(devices), source["basket"], pick(rng, CURRENCIES))
            seen.append(visitor)
        else:
            for_friends = source["utm_medium"] == "email" or source["key"] == "direct"
            # Only the last 40 friends and 300 visitors: habits and cookies end.
            is_friend = for_friends and chance(rng, 90)
            visitor = pick(rng, loyal[-40:] if is_friend else (seen or loyal)[-300:])

        user_id = visitor.user_id if chance(rng, 60) else ""  # not everybody logs in every time
        other_device = user_id and chance(rng, 10)
        anonymous_id = next(devices) if other_device else visitor.anonymous_id
        buys = rng.randrange(1000) < int(source["buys"])
        signs_up = not buys and chance(rng, 1)
        if (buys or signs_up) and not visitor.user_id and not visitor.is_guest:
            visitor.is_guest = buys and chance(rng, 12)
            visitor.user_id = "" if visitor.is_guest else next(users)
            if chance(rng, int(source["loyal"])):
                loyal.append(visitor)
        if (buys or signs_up) and chance(rng, 70):
            user_id = visitor.user_id
        utm = [source[name] for name in ("utm_source", "utm_medium", "utm_campaign", "campaign_id")]
        loaded = night_after(at, 1 if number % 100 else 3)  # one in a hundred arrives late
        raw.session(session_id, at, anonymous_id, user_id, utm, source["page"], loaded)

        day, clock = at.split(" ")
        later = f"{day} {int(clock[:2]) + 1:02}{clock[2:]}"
        buyer = visitor.user_id if chance(rng, 85) else ""  # else only the session tells who
        if buys:
            order_id, price = next(orders), (basket(rng, visitor.basket), visitor.currency)
            raw.conversion(order_id, later, buyer, session_id, "purchase", *price)
            back = date.fromisoformat(day) + timedelta(days=rng.randrange(4, 24))
            if chance(rng, 4) and back < LAST_DAY:
                id_, at = f"{order_id}-back", f"{back} 09:00:00"
                raw.conversion(id_, at, buyer, session_id, "refund", *price)
        elif signs_up:
            raw.conversion(next(orders), later, buyer, session_id, "newsletter_signup")
        elif chance(rng, 2):
            value = basket(rng, visitor.basket)
            raw.conversion(next(orders), later, user_id, session_id, "add_to_cart", value)

    for rows in raw.rows.values():  # the load after Black Friday ran twice
        rows += [row for row in rows if row[-1] == "2025-11-29 04:30"]


def basket(rng, kind):
    prices, fewest, most = BASKETS[kind]
    cents = sum(pick(rng, prices) for _ in range(rng.randrange(fewest, most + 1)))
    return f"{cents / 100:.2f}"


def edge_cases(raw):
    session, conversion, metrics = raw.session, raw.conversion, raw.metrics
    purchase, order = raw.purchase, raw.order

    # Tiers: both bounds, a cent below each, and customers whom a refund (of either sign) pushes
    # below one; a full refund, and one of more than was paid. A free sample is a purchase.
    for n, (customer, paid, *refunds) in enumerate(
        [
            ("tier-high-exact", "500.00"),
            ("tier-high-below", "499.99"),
            ("tier-medium-exact", "100.00"),
            ("tier-medium-below", "99.99"),
            ("tier-high-refunded", "520.00", "30.00"),
            ("tier-medium-refunded", "105.50", "-10.00"),
            ("refund-full", "80.00", "40.00", "-40.00"),
            ("refund-over", "45.00", "60.00"),
            ("zero-purchase", "0"),
        ]
    ):
        order(customer, f"2025-09-0{n + 1} 10:00:00", paid)
        for hour, refund in enumerate(refunds, 10):
            at = f"2025-09-1{n} {hour}:00:00"
            conversion(f"r-{customer}-{hour}", at, customer, "", "refund", refund)
    # Somebody who never bought: in no mart, but counted.
    conversion("r-non-buyer", "2025-09-21 10:00:00", "non-buyer", "", "REFUND", "20.00")

    # Sessions that never arrive: one customer cannot be named, one can (credited to the click).
    purchase("no-customer", "2025-10-01 10:00:00", "", "s-never-arrives-1", "33.00")
    session("s-lost-session-ad", "2025-10-01 09:00:00", user="lost-session", utm=BRAND)
    purchase("lost-session", "2025-10-02 10:00:00", "lost-session", "s-never-arrives-2", "41.50")
    # The purchase's own session acquires, though it starts later or carries another identity.
    session("s-late-session", "2025-10-03 10:05:00", user="late-session", utm=PROSPECTING)
    purchase("late-session", "2025-10-03 10:00:00", "late-session", "s-late-session", "27.80")
    session("s-household", "2025-10-04 10:00:00", user="household-bob", utm=GRINDERS)
    purchase("household", "2025-10-04 10:20:00", "household-anna", "s-household", "64.90")
    # Lookback: exactly 30 x 24 hours after the click still counts, a second more does not.
    for user, clock in ("lookback-inside", "12:00:00"), ("lookback-outside", "12:00:01"):
        session(f"s-{user}", "2026-02-01 12:00:00", user=user, utm=BRAND)
        purchase(user, f"2026-03-03 {clock}", user, "", "55.00")
    # Two clicks at one instant: '10' acquires (lowest id), '9' is credited (highest id).
    session("10", "2025-10-05 10:00:00", user="tie-session", utm=BRAND)
    session("9", "2025-10-05 10:00:00", user="tie-session", utm=GRINDERS)
    purchase("tie-session", "2025-10-05 11:00:00", "tie-session", "", "38.00")
    # Two purchases at one instant: the refund is of the campaign of 'c-tie-9', the highest id.
    order("tie-10", "2025-10-06 10:00:00", "30.00", user="tie-purchase", utm=BRAND)
    order("tie-9", "2025-10-06 10:00:00", "31.00", user="tie-purchase", utm=GRINDERS)
    conversion("r-tie", "2025-10-09 10:00:00", "tie-purchase", "", "refund", "30.00")
    # Bought in a Direct session, credited to the click before it.
    session("s-direct-credit-ad", "2025-10-07 10:00:00", user="direct-credit", utm=PROSPECTING)
    order("direct-credit", "2025-10-12 10:00:00", "48.40", utm=())

    # A tablet seen with two people is the later one's, what guests bought on it before included.
    order("tablet-first", "2025-11-03 10:00:00", "22.00", anon="a-tablet")
    order("tablet-guest", "2025-11-05 10:00:00", "24.50", user="", anon="a-tablet")
    session("s-tablet-second", "2025-11-08 10:00:00", "a-tablet", "tablet-second")
    # A sign-up in an anonymous session claims the device as well.
    order("claimed-guest", "2025-11-04 10:00:00", "32.90", user="", anon="a-claimed")
    session("s-claimed", "2025-11-06 10:00:00", "a-claimed")
    conversion("c-claimed", "2025-11-06 10:05:00", "claimed", "s-claimed", "Newsletter_Signup")
    # Anonymous, then known: the click before the account existed is the first touch.
    session("s-then-known-ad", "2025-11-05 09:00:00", "a-then-known", utm=PROSPECTING)
    order("then-known", "2025-11-09 09:00:00", "71.20", anon="a-then-known", utm=())
    # A user id that equals somebody's anonymous id merges nobody: two customers.
    order("same-text-guest", "2025-11-10 10:00:00", "19.00", user="", anon="same-text")
    order("same-text", "2025-11-11 10:00:00", "21.00")
    # Leading zeros, case and 19 digits make six customers; outer blanks make one.
    long_ids = "9007199254740993001", "9007199254740993002"
    for n, user in enumerate(("007", "7", "Case-Anna", "case-anna", *long_ids)):
        order(user, f"2025-11-12 1{n}:00:00", f"2{n}.50")
    order("blank-trim", "2025-11-13 10:00:00", "25.50")
    purchase("blank-trim-2", "2025-12-13 10:00:00", "  blank-trim ", " s-blank-trim ", " 26.50 ")

    # Texts that mean null, in any case: a Direct visit; some only in utm_campaign.
    nulls = ("(not set)", "(none)", "(direct)", "<Other>", "(NOT SET)")
    for n, token in enumerate((*nulls, "(data not available)", "(data deleted)")):
        session(f"s-null-{n}", "2025-12-01 10:00:00", f"a-null-{n}", utm=[token] * 3)
    for n, token in enumerate(("(organic)", "(referral)", "(not provided)")):
        session(f"s-null-campaign-{n}", "2025-12-01 11:00:00", f"a-null-{n}", utm=(*ORGANIC, token))
    # Tags to look up: session, utm_source, utm_medium, utm_campaign, campaign_id.
    for name, *utm in [
        ("source-direct", "Direct", "(none)", "Newsletter"),
        ("case-google", "Google", "CPC", "brand search us"),
        ("case-facebook", "FACEBOOK", "Paid_Social", " 2001 "),
        ("auto-tag", "", "", "", "1002"),
        ("name-only", "", "", "Shopping - All Products"),  # all names are looked up: Google Ads
        ("alias", "google", "cpc", "spring-sale"),
        ("alias-case", "google", "cpc", "SEARCH brand us"),
        ("id-case", "roastcast", "podcast", "PODCAST-S2"),
        ("old-name", "facebook", "paid_social", "retargeting 30D"),
        ("new-name", "facebook", "paid_social", "Retargeting - Warm Audiences"),
        ("ambiguous-google", "google", "cpc", "SUMMER SALE"),  # 1005, by the session's channel
        ("ambiguous-meta", "facebook", "paid", "SUMMER SALE"),  # 2004
        ("ambiguous-never", "newsletter", "email", "Summer Sale"),  # either: untracked
        ("untracked-case", "instagram", "social", "CREATOR-LENA"),
        ("untracked-tag-only", "", "", "creator-lena"),  # no source: channel Other
        ("untracked-id", "google", "cpc", "", "1099"),  # an id that no platform knows
    ]:
        session(f"s-{name}", "2025-12-02 10:00:00", f"a-{name}", utm=utm)

    # Deliveries of one key: a correction, one that comes late but is older, a null load time
    # (oldest), two in one load (the later event wins), two at one moment (the greater values).
    typo, right = ("gogle", "cpc", "1001"), BRAND
    for name, utm, at, loaded in [
        ("correction", typo, "10:00:00", "2026-01-06 04:30"),
        ("correction", right, "10:00:00", "2026-01-07T06:30:00+02:00"),
        ("correction-old", right, "11:00:00", "2026-01-08 04:30"),
        ("correction-old", typo, "11:00:00", "2026-01-06 04:30"),
        ("null-load", right, "12:00:00", "2026-01-06 04:30"),
        ("null-load", typo, "12:00:00", ""),
        ("one-load", right, "13:00:01", "2026-01-06 04:30"),
        ("one-load", typo, "13:00:00", "2026-01-06 04:30"),
        ("one-moment", typo, "14:00:00", "2026-01-06 04:30"),
        ("one-moment", right, "14:00:00", "2026-01-06 04:30"),
    ]:
        # Two prices in one load would be a contradiction.
        at, price = f"2026-01-05 {at}", "94.00" if utm == typo and not name.startswith("one-") else "49.00"
        session(f"s-{name}", at, user=name, utm=utm, loaded=loaded)
        conversion(f"c-{name}", at, name, f"s-{name}", "purchase", price, loaded=loaded)

    # Money: the day before a new rate (twice: an offset does not make it the next day) and the
    # day of it; no rate at all, and none yet; half a millionth rounds away from zero; exponents.
    order("rate-day-before", "2025-12-31T23:59:59.999999Z", "100.00", "EUR")  # 110.00
    order("rate-offset", "2026-01-01T01:30:00+02:00", "100.00", "EUR")  # 110.00
    order("rate-day-of", "2026-01-01 00:00:00", "100.00", "eur")  # 108.50
    order("rate-none", "2026-01-02 10:00:00", "900.00", "SEK")
    order("rate-not-yet", "2025-12-31 10:00:00", "90.00", "CHF")
    order("rate-by-now", "2026-01-01 10:00:00", "90.00", "CHF")
    order("round-half", "2026-01-03 10:00:00", "10.0000005")
    order("exponent", "2026-01-04 10:00:00", "1.25e2")
    # Times in every accepted form; the last one is still the 10th in UTC.
    for n, clock in enumerate(
        (" 12:00", "T12:00:00Z", " 12:00:00 UTC", "T14:00:00.25+02:00", " 06:30:00-0530", "")
    ):
        session(f"s-time-{n}", f"2026-01-10{clock}", f"a-time-{n}", utm=ORGANIC)
    session("s-time-day", "2026-01-11T00:30:00+01:00", "a-time-day", utm=ORGANIC)
    # The newest conversion, and first purchases a second before and after 30, 90, 365 days ago.
    order("newest", "2026-06-30 23:30:00", "18.00")
    for days in (30, 90, 365):
        day = LAST_DAY - timedelta(days=days)
        order(f"mature-{days}", f"{day} 23:29:59", "36.00")
        order(f"immature-{days}", f"{day} 23:30:01", "36.00")
    # A wrong clock: events after the build's start do not make customers mature.
    at, loaded = "2099-01-01 00:00:00", "2026-03-02 04:30"
    conversion("c-wrong-clock", at, "wrong-clock", "", "newsletter_signup", loaded=loaded)

    # Tiny and lucky: three orders of ten clicks must not top the ranking.
    for n, (views, clicks) in enumerate(((100, 3), (100, 2), (100, 3), ("100.0", "2.0")), 1):
        day, name = f"2026-05-0{n}", 'Pins: "Latte Art" ☕, test'
        metrics(day, "pinterest_ads", "5001", name, views, clicks, "2.00")
    for n in range(9):
        at, utm = f"2026-05-0{n // 3 + 1} 1{n}:00:00", ("pinterest", "cpc", "5001")
        if n % 3 == 2:
            order(f"lucky-{n}", at, "45.00", utm=utm)
        else:
            session(f"s-lucky-{n}", at, f"a-lucky-{n}", utm=utm)
    # A platform that no seed lists; impressions and clicks are null in every row.
    for month in range(1, 13):
        day = date(2026 if month < 7 else 2025, month, 1)
        metrics(day, "podcast_network", "Podcast-S2", "Roastcast", "", "", "6e1")
    # One id on two platforms, without a name; a credit; clicks counted a day after their
    # impression; a day in a currency without a rate yet; a null load time, which is the oldest.
    metrics("2025-10-01", "microsoft_ads", "1004", "", 90, 2, "6.20")
    metrics("2025-10-18", "linkedin_ads", "3001", "", 0, 0, "-18.40", ad="invalid-clicks")
    metrics("2026-03-28", "linkedin_ads", "3002", "", 1, 2, "0", ad="ad-demo", currency="EUR")
    metrics("2025-12-06", "linkedin_ads", "3001", "", 80, 1, "9.00", ad="zurich", currency="CHF")
    metrics("2026-03-05", "google_ads", "1003", "", 7, 7, "7.00", loaded="")
    # Older loads that conflict, one of them without a load time; the newest load is clean.
    for views in (300, 310):
        metrics("2026-03-06", "google_ads", "1001", "", views, 1, "0.50", loaded="2026-03-06 23:00")
        metrics("2026-03-07", "google_ads", "1001", "", views, 1, "0.50", loaded="")


def junk(raw):
    """Rows that must be rejected: each reason at least once in each table, some together."""
    session, conversion, metrics = raw.session, raw.conversion, raw.metrics
    at, loaded = "2026-02-10 10:00:00", "2026-02-11 04:30"
    session("", at, "junk")
    session("junk-no-start", "", "junk", loaded=loaded)
    session("junk-start", "2026-02-30 10:00:00", "junk", loaded=loaded)
    session("junk-nobody", at)
    session("junk-load", at, "junk", loaded="yesterday")
    session(" ", "10/02/2026", loaded="?")  # four reasons
    # A broken correction: the newest row is refused, the last good one stands.
    session("s-broken-correction", at, "a-broken-correction", utm=BRAND)
    session("s-broken-correction", at, loaded="2026-02-12 04:30")
    conversion("c-broken-correction", at, "broken", "s-broken-correction", "purchase", "1234.00")
    for id_, when, user, type_, revenue, load in [
        ("c-broken-correction", at, "broken", "purchase", "1,234", "2026-02-12 04:30"),
        ("", "", "junk", "purchase", "5.00", loaded),
        ("junk-nobody", at, "", "purchase", "5.00", loaded),
        ("junk-time", "2026-02-10 25:00:00", "junk", "", "", loaded),
        ("junk-no-revenue", at, "junk", "purchase", "", "tomorrow"),
        ("junk-nan", at, "junk", "refund", "NaN", loaded),
        ("junk-inf", at, "junk", "purchase", "inf", loaded),
        ("junk-huge", at, "junk", "purchase", "1000000000000", loaded),
        ("junk-negative", at, "junk", "purchase", "-5.00", loaded),
    ]:
        conversion(id_, when, user, "", type_, revenue, loaded=load)
    metrics("2026-02-10", "google_ads", "1003", "", 1, -3, "1", loaded="2026-02-12 04:30")
    for day, platform, campaign, *numbers, load in [
        ("", "google_ads", "1003", 1, 1, "1", loaded),
        ("2026-13-01", "google_ads", "1003", 1, 1, "1", loaded),
        ("2026-02-10", "", "", 1, 1, "1", loaded),
        ("2026-02-11", "meta_ads", "junk", "1,234", 1, "1", loaded),
        ("2026-02-12", "meta_ads", "junk", 12.5, 1, "NaN", loaded),
        ("2026-02-13", "meta_ads", "junk", 2**63, 1, "1", loaded),
        ("2026-02-14", "meta_ads", "junk", 1, 1, "-inf", loaded),
        ("2026-02-15", "meta_ads", "junk", 1, 1, "1e12", loaded),
        ("2026-02-16", "meta_ads", "junk", 1, 1, "1", "2026-02-17 at night"),
    ]:
        metrics(day, platform, campaign, "", *numbers, loaded=load)


def tables():
    """The three files, by name."""
    raw, files = Raw(), {}
    story(raw, Random(SEED))
    edge_cases(raw)
    junk(raw)
    for name, columns in COLUMNS.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns.split(), *raw.rows[name]])
        files[f"{name}.csv"] = text.getvalue()
    return files


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        stale = [n for n, text in tables().items() if (HERE / n).read_bytes() != text.encode()]
        sys.exit(f"not what generate.py makes: {', '.join(stale)}" if stale else 0)
    for file_name, text in tables().items():
        (HERE / file_name).write_bytes(text.encode())
