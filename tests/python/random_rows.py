"""Raw rows made up at random: the same number gives the same rows. Ids, names and moments come from small pools, so that rows meet."""

import random
from datetime import datetime, timedelta

PLATFORMS = ("google_ads", "meta_ads", "Google Ads", "tiktok_ads", "a platform")
SOURCES = ("", "google", "GOOGLE", "facebook", "newsletter", "direct", "(direct)", "t.co", "İstanbul", "bing.com", "mail.google.com", "{{source}}")
MEDIA = ("", "cpc", "CPC", "email", "(none)", "organic", "paid_social", "referral", "ΣΑΣ", "(not set)")
NAMES = ("", "Summer Sale", "summer sale ", "Brand É", "BRAND é", "Crème ☕ 🎁", "o'Neil \\ 100%", "1002", "alias one", '="1003"', "a|b;c")
CURRENCIES = ("", "", "USD", "usd", "EUR", "CHF", "XXX")
AMOUNTS = ("10", "19.99", "0", "0.000000001", "1234.5678905", "1e2", "99999999999.999999999", "-5", ".5", "3.3333333335")
PAGES = ("", "/", "/?gclid=x", "/?utm_campaign=Summer+Sale&utm_source=google", "https://a.b/c?fbclid=1#utm_x", "/?ttclid=")


def random_rows(number: int) -> dict[str, list[list[str]]]:
    """For each raw table its rows, the header first."""
    choice = random.Random(number)
    pick = choice.choice
    ids = [str(1000 + index) for index in range(8)] + ["1001.0", "1.2021E+17", " 1002 ", "É7", "é7"]
    people = [f"u{index}" for index in range(25)] + ["", "", "null", "007", "7"]
    devices = [f"a{index}" for index in range(40)] + ["", "", "u1"]
    sessions = [f"s{index}" for index in range(150)]

    def moment(days: int = 200) -> str:
        when = datetime(2025, 1, 1) + timedelta(seconds=choice.randrange(days * 86400), microseconds=pick((0, 0, 1, 999999)))
        zone = pick(("", "", "Z", "+02:00", "-0530", " UTC", " +01"))
        return pick((when.isoformat(pick(" T")) + zone, when.isoformat(" ", "minutes") + zone, when.date().isoformat(), "2025-02-30 10:00"))

    def loaded() -> str:
        return pick(("", "2025-09-01", "2025-09-02 04:30", "2025-09-02 04:30", "2025-09-03T04:30:00.123456789Z"))

    def again(rows: list[list[str]]) -> list[list[str]]:
        """Add some of the rows a second time, unchanged or with another value."""
        for row in choice.sample(rows, len(rows) // 8):
            copy = list(row)
            if choice.random() < 0.5:
                column = choice.randrange(1, len(copy))
                copy[column] = pick(rows)[column]
            rows.append(copy)
        choice.shuffle(rows)
        return rows

    return {
        "sessions": [
            "session_id,anonymous_id,user_id,started_at,utm_source,utm_medium,utm_campaign,campaign_id,landing_page,loaded_at".split(","),
            *again([
                [session, pick(devices), pick(people), moment(), pick(SOURCES), pick(MEDIA), pick(NAMES), pick(["", "", *ids]), pick(PAGES), loaded()]
                for session in sessions
            ]),
        ],
        "conversions": [
            "conversion_id,user_id,session_id,converted_at,conversion_type,revenue,currency,loaded_at".split(","),
            *again([
                [f"c{index}", pick(people), pick(["", *sessions, "s999"]), moment(), pick(("purchase", "Purchase", "purchase", "refund", "signup", "")),
                 pick(AMOUNTS), pick(CURRENCIES), loaded()]
                for index in range(120)
            ]),
        ],
        "campaign_metrics": [
            "metric_date,platform,campaign_id,ad_id,campaign_name,impressions,clicks,spend,currency,loaded_at".split(","),
            *again([
                [moment(), pick(PLATFORMS), pick(ids), pick(("", "", "x1")), pick(NAMES), pick(("0", "100", "20000", "12.0", "1.000", "")),
                 pick(("0", "7", "150", "")), pick([*AMOUNTS, ""]), pick(CURRENCIES), loaded()]
                for _ in range(200)
            ]),
        ],
        "exchange_rates": [
            "currency,reporting_currency,valid_from,rate".split(","),
            ["EUR", "USD", "2025-01-01", "1.123456789"], ["eur", "usd", "2025-03-01", "1.05"], ["CHF", "USD", "2025-02-01", "0.999999999"],
            ["USD", "EUR", "2025-01-01", "0.9"],
        ],
        "campaign_aliases": ["alias,campaign_id".split(","), ["Alias One", "1003"], ["brand é", "1005"]],
    }  # fmt: skip
