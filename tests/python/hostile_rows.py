"""Raw rows that try to break the build, each with the verdict that the contract asks for.

Each kind of column has a list of values. The list says how each value is read, or that it must be refused. Each value is put into
each column of its kind, one bad value to a row. Then come rows with several faults, and rows that share a key. Other rows do
not have the ids, users and campaigns of these rows. None of these campaigns has both impressions and sessions, so that none is
compared with others. The verdicts come from the contract, and nothing is read from the models.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import combinations, count, product
from typing import NamedTuple

ACCEPTED, SUPERSEDED = "accepted", "superseded"  # any other verdict is the reasons of a rejected row
CONFLICT, LEVELS = "conflicting_rows_in_one_load", "two_levels_of_one_campaign"
IDS = {"session_id", "anonymous_id", "user_id", "conversion_id", "campaign_id", "ad_id"}
# What is trimmed, also what nobody sees: no-break, zero-width, byte order mark.
BLANK = " \t\r\n\u00a0\u202f\u200b\u200c\u200d\u2060\ufeff"


class Row(NamedTuple):
    table: str
    raw: tuple[str, ...]  # as delivered, in contract order
    verdict: str
    typed: tuple  # as it must stand in staging, if it is accepted


def cases(read: Callable, *lines: str) -> list[tuple]:
    """Values between bars, each with the value that is read: the text after an =, or otherwise the value as written."""
    pairs = [case.partition("=") for case in "|".join(lines).split("|")]
    return [(raw, read(stated or raw)) for raw, _, stated in pairs]


def fault(column: str, text: str) -> tuple[str, dict]:
    """The reason to reject a row for what is in this column, and what is there."""
    return f"{column}_{'missing' if not text.strip() else 'damaged' if column in IDS else 'invalid'}", {column: text}


def loaded(raw: str, read: str) -> dict:
    """When a row was loaded, as delivered and as it is read; empty is null."""
    return {"loaded_at": (raw, datetime.fromisoformat(read) if read else None)}


# The values of a row where a case gives none: a text, or the delivered text and the value that is read. KEY becomes an id of its own.
LOADED = ("2025-03-02 04:30", datetime(2025, 3, 2, 4, 30))
GOOD = {
    "sessions": {
        "session_id": "KEY", "anonymous_id": "KEY-a", "user_id": "KEY-u", "started_at": ("2025-03-01 10:00", datetime(2025, 3, 1, 10)),
        "utm_source": "", "utm_medium": "", "utm_campaign": "", "campaign_id": "", "landing_page": "/KEY", "loaded_at": LOADED,
    },
    "conversions": {
        "conversion_id": "KEY", "user_id": "KEY-u", "session_id": "KEY-s", "converted_at": ("2025-03-01 11:00", datetime(2025, 3, 1, 11)),
        "conversion_type": "purchase", "revenue": ("5.00", Decimal(5)), "currency": "", "loaded_at": LOADED,
    },
    "campaign_metrics": {
        "metric_date": ("2025-03-01", date(2025, 3, 1)), "platform": "KEY-p", "campaign_id": "KEY", "ad_id": "", "campaign_name": "KEY n",
        "impressions": ("0", 0), "clicks": ("0", 0), "spend": ("1.00", Decimal(1)), "currency": "", "loaded_at": LOADED,
    },
}  # fmt: skip
REQUIRED = {"sessions": ("session_id", "started_at"), "campaign_metrics": ("metric_date", "platform", "campaign_id")}
REQUIRED["conversions"] = ("conversion_id", "converted_at", "conversion_type", "revenue")
BLANKS = ("", " ", "   ", "\t", "\n", "\r\n", " \t\r\n ", BLANK)

# Moments from 1990 until a day after the build's start: UTC, or with an offset and converted; what is finer than microseconds is cut off.
NOW = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
SOON, LATE = (str(NOW + timedelta(hours=hours)) for hours in (23, 72))  # a build may begin hours after this; of LATE the date is too late, too
TOMORROW = str(NOW + timedelta(days=1))[:10]
CLOCKS = cases(
    str,
    ".1=10:20:30.100000|.12=10:20:30.120000|.123=10:20:30.123000|.1234=10:20:30.123400|.12345=10:20:30.123450|.123456=10:20:30.123456",
    ".1234567=10:20:30.123456|.12345678=10:20:30.123456|.123456789=10:20:30.123456|.123456789Z=10:20:30.123456|.5+05:30=04:50:30.500000",
    "Z=10:20:30| Z=10:20:30|z=10:20:30|UTC=10:20:30| UTC=10:20:30|+02=08:20:30|+0200=08:20:30|+02:00=08:20:30| +02:00=08:20:30",
    "-03=13:20:30|-0330=13:50:30| -03:30=13:50:30|-00:00=10:20:30| \t\r\n=10:20:30",
)
TIMES = cases(
    datetime.fromisoformat,
    "2025-03-01|2025-03-01 10:20|2025-03-01T10:20|2025-03-01 10:20:30|2025-03-01T10:20:30|2025-03-01 00:00:00|2025-03-01 23:59:59",
    "  2025-03-01=2025-03-01|2025-03-01 10:20\t=2025-03-01 10:20|2025-03-01T10:20+02:00=2025-03-01 08:20|2024-02-29|2000-02-29 23:59:59",
    "2025-03-01 10:20:30+15:59=2025-02-28 18:21:30|2025-03-01 10:20:30-15:59=2025-03-02 02:19:30|1990-01-01|1990-01-01 00:00:00",
    "2025-03-01 00:30:00+01:00=2025-02-28 23:30|2024-12-31 23:30:00-01:00=2025-01-01 00:30|2024-03-01 00:00+00:01=2024-02-29 23:59",
    "2025-03-01 23:59:59.999999999=2025-03-01 23:59:59.999999|1990-01-01 00:30+00:30=1990-01-01|1990-01-01 00:00:00.0000009=1990-01-01",
    "\u00a02025-03-01=2025-03-01|\u200b2025-03-01=2025-03-01|2025-03-01\u00a0=2025-03-01|2025-03-01T10:20\ufeff=2025-03-01 10:20",
)
TIMES += [(f"2025-03-01 10:20:30{rest}", datetime.fromisoformat(f"2025-03-01 {clock}")) for rest, clock in CLOCKS]
NO_TIMES = [
    *"2025-02-29|2025-02-30|1900-02-29|2100-02-29|2025-04-31|2025-01-32|2025-01-00|2025-00-10|2025-13-01|2025-99-99".split("|"),
    *"0000-01-01|0000-12-31 23:00:00|10000-01-01|12025-03-01|02025-03-01|-0001-01-01|-2025-03-01|+2025-03-01|0001-01-01 BC".split("|"),
    *"1740787200|1740787200000|1740787200.5|1e9|20250301|2025|2025-03|2025-060|2025-W09-6|45717|25-03-01|2025-3-01".split("|"),
    *"2025-1-2|01/02/2025|2025/03/01|01.03.2025|1 Mar 2025|March 1, 2025|Sat Mar 01 2025|10:20:30|now|today|0|=today()".split("|"),
    *"infinity|-infinity|epoch|allballs|NaT|NaN|null|None|true|😀|x2025-03-01|'2025-03-01'".split("|"),
    *"1989-12-31|1989-12-31 23:59:59.999999|1970-01-01 00:00:00|1969-12-31 23:59:59.999999|1900-01-01|1582-10-10 12:00:00".split("|"),
    *"0099-12-31 12:00:00|0001-01-01|0001-01-01 00:00:00|2099-12-31|2262-04-12|9999-12-31|9999-12-31 23:59:59.999999".split("|"),
    *"0001-01-01 00:00:00-15:59|9999-12-31 23:59:59+15:59".split("|"),
    LATE,
    *"2025\u201303\u201301|\u0662\u0660\u0662\u0665-03-01|\uff12\uff10\uff12\uff15-03-01|2025-03-01\n2025-03-02".split("|"),
    *(f"2025-03-01{rest}" for rest in "x| x|;|'; drop table sessions; --|T|\u00a010:20|\n10:20:30| 24:00| 24:00:00".split("|")),
    *(f"2025-03-01{rest}" for rest in " 10| 25:00:00| 10:2| 10:60| 10:20.5| 10:20:3| 10:20:60| 23:59:60| 1:02:03| -1:00:00".split("|")),
    *(f"2025-03-01 10:20:30{rest}" for rest in ".|.x|+|+2|+2:00|+020|+02:0|+02:00:00|+16:00|-16:00|+1600|+16|+15:60|+24:00".split("|")),
    *(f"2025-03-01 10:20:30{rest}" for rest in "+99:99| + 02:00| PM| CET| Europe/Berlin|ZZ|Z+01:00| behind".split("|")),
]
# The platform's day is never shifted. These values are valid days, but with their offset they are moments outside the allowed time.
# No accepted metric_date is later than the sample's, because periods are counted back from the last one.
BEYOND = ["1990-01-01 00:00:00+00:01", "1990-01-01T15:58:59.999999+15:59"]
DATES = [(raw, date.fromisoformat(raw.strip(BLANK)[:10])) for raw in [*(raw for raw, _ in TIMES), *BEYOND]]
TIMES.append((SOON, datetime.fromisoformat(SOON)))
BEYOND.append(f"{TOMORROW} 12:00:00-15:59")

# Amounts: below 10^12, to nine decimals, half away from zero; a point before the decimals, and nothing between digits.
AMOUNTS = cases(
    Decimal,
    "0|-0|+0|0.00|5|5.|.5|+5|+.5|5.00|000123.450|0000000000000000000000005| 5\t=5|\r\n5 =5|1e3|1E3|1e+3|1E-2|1.5e2|.5e1|5.e0|1e03|1e-9",
    "1e-99=0|0e99=0|1000000000000e-1|1e11|9.99e11|0.123456789|0.0000000005=0.000000001|0.00000000049=0|1.0000000005=1.000000001",
    "2.0000000015=2.000000002|2.0000000025=2.000000003|0.0000005|0.1|19.990000000000000000000000000000000000000|999999999999.999999999",
    "1.000|5\u00a0=5|\u200b5=5|\ufeff5\u2060=5",
)
CREDITS = cases(Decimal, "-5|-.5|-5.|-1e2|-0.01|-0.0000000005=-0.000000001|-1.0000000005=-1.000000001|-999999999999.999999999| -7 =-7")
NO_NUMBERS = [  # neither amounts nor counts
    *"1,234|1,234.56|1.234,56|1,5|12,50|1 000|1\u00a0000|1\u202f000|1_000|1'000|1.000.000|$5|5$|€5|5 €|5 USD|USD5|5%|5k|5M|(5)".split("|"),
    *"NaN|nan|-NaN|NaN(1)|inf|+inf|-inf|Infinity|-Infinity|infinity|∞|0x10|0b11|0o17|5f|5d|5L|\u0663|\uff11\uff12|½|²|Ⅷ|五".split("|"),
    *"1e400|1e100|1e-100|1e|e5|E|1e+|1e1.5|1e 1|1e3x|--5|++5|+-5|-+5|- 5|+ 5|5-|\u22125|.|+|-|..|1.2.3|5..|5 .0|5\n6".split("|"),
    *"1\u066b5|5;|5; drop table x|5'|'5'|=5|1/2|true|false|null|None|N/A|#N/A|n/a|?|five|😀|{}|[5]|2025-03-01".split("|"),
    *("1000000000000000000000e9", "99999999999999999999999999999999999999999"),
]
NO_AMOUNTS = [*NO_NUMBERS, "1e12", "1e99", "1000000000000", "1000000000000.0", "10e11", "-1000000000000", "123456789012345678901"]

# Counts: whole, from 0 to 2^63 - 1; '12.0' is what tools write that keep whole numbers in columns with nulls, and '1.000' may be a thousand.
COUNTS = cases(
    int,
    "0|-0|+0|00|7|+7|007|0000000000000000000000007|12.0=12|12.00=12| 7\t=7|7\u00a0=7|\n7=7|4294967296|9007199254740993|9223372036854775806",
    "9223372036854775807|+9223372036854775807|9223372036854775807.0=9223372036854775807",
)
NO_COUNTS = [
    *NO_NUMBERS,
    *"1.000|0.000|12.000|-0.000|+1.000|1234.000| 1.000 ".split("|"),
    *"-1|-7|-0.5|-1.0|1.5|.5|0.1|12.01|7.0000000000000000000000001|1e3|1E3|1e0|12.0e1|9223372036854775808".split("|"),
    *"9223372036854775807.5|9223372036854775808.0|18446744073709551616|-9223372036854775808".split("|"),
]

# Texts: outer blanks are trimmed and nothing else; what only looks like null is a text.
WORDS = (
    "null NULL None nil NaN nan N/A #N/A undefined - -- . 0 00 0042 000KEY 1234567890123456789 0001234567890123456789 9223372036854775808 "
    "12.0 1e5 0x10 TRUE true hostile-case Hostile-Case HOSTILE-CASE ß ﬃ İ ı 日本語 العربية עברית é e\u0301 😀 👩‍👩‍👧‍👦 🇩🇪 ☕\ufe0f \U0010fffd "
    "\ufeffbom \u200bzero\u200bwidth \u202eoverride \u00a0nbsp\u00a0 \u3000wide\u3000 Ã© \ufffd \x01 \x1b[31mred \x7f \\ \\N \\n \\\\ "
    "\\' % %s %00 _ * ? ~ ^ $1 ${x} {{x}} {{ref('x')}} {%raw%} {#x#} {0} [x] <b>x</b> <!-- &amp; @x #x =1+1 +x ; : | || , ,, ' '' \" \"\" "
    "''' `x` a,b a;b a|b a'b a\"b \"a\" 'a' a\nb a\r\nb a\tb line\n\n\nline //x /*x*/ ../../etc/passwd file:///x anon: anon:KEY "
    "guest Guest GUEST [object __NAME__ __name__ {campaign.id} {{campaign.name}}"
).split(" ")
PHRASES = [
    *("'; drop table x; --", "x' or '1'='1", '"; drop schema insights_marts cascade; --', "Robert'); DELETE FROM customer_ltv;--", "-- x"),
    *("a b", "a  b", "a \n b", "{{ env_var('HOME') }}", "{% do run_query('drop table x') %}", 'a, "b", \'c\''),
]
PADS = [(" ", ""), ("", " "), ("\t", "\t"), ("\n", "\n"), ("\r\n", "\r\n"), (" \t\r\n ", "   "), (BLANK, BLANK), ("\u200b", "\u00a0")]
TEXTS = [(text, text.strip(BLANK)) for text in WORDS + PHRASES] + [(f"{before}KEY pad{after}", "KEY pad") for before, after in PADS]
# Placeholders in any case: null in tags, some only in utm_campaign, and everywhere else texts like any other.
NOT_TAGGED = ("(not set)", "(none)", "(direct)", "(data not available)", "(data deleted)", "<Other>")
NO_CAMPAIGN = ("(organic)", "(referral)", "(not provided)", "(ai-assistant)")
UNFILLED = ("{{x}}", "{{ref('x')}}", "{%raw%}", "{#x#}", "{0}", "${x}", "__NAME__", "{campaign.id}", "{{campaign.name}}")  # templates, in tags
UNFILLED += ("{{ env_var('HOME') }}", "{% do run_query('drop table x') %}")
NOT_TAGGED, NO_CAMPAIGN = ([w for p in kind for w in sorted({p, p.upper(), p.title(), p.lower()})] for kind in (NOT_TAGGED, NO_CAMPAIGN))
PLAIN = TEXTS + [(way, way) for way in NOT_TAGGED + NO_CAMPAIGN]
FILLED = [(raw, None if read in UNFILLED else read) for raw, read in TEXTS]
TAGS = FILLED + [(pad + way, None) for way in NOT_TAGGED for pad in ("", "\n")] + [(way, way) for way in NO_CAMPAIGN]
CAMPAIGN_TAGS = FILLED + [(pad + way, None) for way in NOT_TAGGED + NO_CAMPAIGN for pad in ("", "\t ")]
# Identifiers: what a tool added without loss is taken off, and what it destroyed is refused.
MENDED = {"12.0": "12", "'": None, "''": "'", "'''": "''", "'a'": "a'", "'; drop table x; --": "; drop table x; --"}
IDENTIFIERS = [(raw, MENDED.get(read, read)) for raw, read in PLAIN]
IDENTIFIERS += [('="KEY-1"', "KEY-1"), ("'KEY-2", "KEY-2"), (' ="0017"\t', "0017"), ('=" KEY-3 "', "KEY-3"), ('="\'KEY-4"', "KEY-4"), ('=""', None)]
IDENTIFIERS += [("'0018", "0018"), ("0019.0", "0019"), (" 20.00 ", "20"), ("'21.0", "21"), ('="22.0"', "22"), ("123456789012345.0", "123456789012345")]
IDENTIFIERS += [("9007199254740991.0", "9007199254740991"), ('=KEY-5"', '=KEY-5"'), ("23.5", "23.5"), ("24.", "24."), ("1.0.0", "1.0.0"), ("25.0x", "25.0x")]
IDENTIFIERS += [(text, text) for text in ("-26.0", "1e6", "1.5e7", "1E-8", "9E", "E+9", "+10", "9007199254740993")]
DAMAGED = "1.2021E+17|1.2021e+17|1,2021E+17|1E+5|12E+05| 1.5E+6\t|'1E+7|=\"1E+8\"|9007199254740992.0|9007199254740993.0|9999999999999999.00".split("|")
DAMAGED += ["1.2021E17", "12345678901234567.0", "120210000000000001.0", "1234567890123456789012345.0"]
# In anonymous_id and user_id these mean null, in any case: they would make one person of thousands.
PLACEHOLDERS = ("undefined", "null", "none", "nan", "0", "-1", "(not set)", "guest", "anonymous", "unknown", "[object object]")
PLACEHOLDERS += ("00000000-0000-0000-0000-000000000000",)
PERSONS = [(raw, None if read and read.lower() in PLACEHOLDERS else read) for raw, read in IDENTIFIERS]
PERSONS += [(raw, None) for way in PLACEHOLDERS for raw in (way, way.title(), f" {way.upper()}\u00a0", f'="{way}"')] + [("0.0", None)]
# Codes: upper case for currencies, lower case for types. A currency without a rate is accepted.
CURRENCIES = cases(str, "usd=USD| Usd =USD|eur=EUR|EUR|\tgbp\n=GBP|chf=CHF|xxx=XXX|US$|€|840|0|null=NULL|NaN=NAN|(not set)=(NOT SET)")
CURRENCIES += cases(str, "us dollar=US DOLLAR|'; drop table x; --='; DROP TABLE X; --|e\nur=E\nUR|\u00a0EUR=EUR|😀")
RATES = {None: "1", "USD": "1", "EUR": "1.08", "GBP": "1.27"}  # in the reporting currency on 2025-03-01; others have none
TYPES = cases(str, "PURCHASE=purchase|Purchase=purchase| pUrChAsE\t=purchase|REFUND=refund|Refund\n=refund|refund")
TYPES += [("purchase\u00a0", "purchase"), ("\ufeffpurchase", "purchase")]
OTHER_TYPES = cases(str, "signup|SIGNUP=signup|purchases|purchase!|re fund|null|NaN=nan|0|(not set)|😀|pur\u00a0chase")
OTHER_TYPES += cases(str, "pur\nchase|\uff50urchase|'; drop table x; --")
LONG_TEXT, LONG_NUMBER = "KEY" + 10_000_000 * "x", 10_000_000 * "9"

REFUND, LEAD = {"conversion_type": ("Refund", "refund")}, {"conversion_type": "lead"}
CROSSED = [  # table, columns, values and how they are read, values that must be refused, what else is in the row
    ("sessions", "session_id campaign_id", IDENTIFIERS, DAMAGED, {}),
    ("sessions", "anonymous_id user_id", PERSONS, DAMAGED, {}),
    ("sessions", "landing_page", PLAIN, [], {}),
    ("sessions", "utm_source utm_medium", TAGS, [], {}),
    ("sessions", "utm_campaign", CAMPAIGN_TAGS, [], {}),
    ("sessions", "started_at loaded_at", TIMES, NO_TIMES + BEYOND, {}),
    ("sessions", "landing_page", [(LONG_TEXT, LONG_TEXT)], [], {}),
    ("conversions", "conversion_id session_id", IDENTIFIERS, DAMAGED, {}),
    ("conversions", "user_id", PERSONS, DAMAGED, {}),
    ("conversions", "converted_at loaded_at", TIMES, NO_TIMES + BEYOND, {}),
    ("conversions", "conversion_type", TYPES + OTHER_TYPES, [], {}),
    ("conversions", "conversion_type", OTHER_TYPES, [], {"revenue": ""}),
    ("conversions", "revenue", AMOUNTS, [*NO_AMOUNTS, LONG_NUMBER], {}),
    ("conversions", "revenue", AMOUNTS + CREDITS, NO_AMOUNTS, REFUND),
    ("conversions", "revenue", AMOUNTS + CREDITS, NO_AMOUNTS, LEAD),
    ("conversions", "currency", CURRENCIES, [], {}),
    ("conversions", "user_id", [(LONG_TEXT, LONG_TEXT)], [], {}),
    ("campaign_metrics", "platform campaign_name", PLAIN, [], {}),
    ("campaign_metrics", "campaign_id ad_id", IDENTIFIERS, DAMAGED, {}),
    ("campaign_metrics", "metric_date", DATES, NO_TIMES, {}),
    ("campaign_metrics", "loaded_at", TIMES, [*NO_TIMES, *BEYOND, LONG_NUMBER], {}),
    ("campaign_metrics", "clicks", COUNTS, NO_COUNTS, {"impressions": ""}),
    ("campaign_metrics", "impressions", COUNTS, [*NO_COUNTS, LONG_NUMBER], {}),
    ("campaign_metrics", "spend", AMOUNTS + CREDITS, NO_AMOUNTS, {}),
    ("campaign_metrics", "currency", CURRENCIES, [], {}),
    ("campaign_metrics", "campaign_name", [(LONG_TEXT, LONG_TEXT)], [], {}),
]

# Faults in the order in which their reasons are given; every combination is delivered. Then what depends on several columns.
FAULTS = {
    "sessions": [fault("session_id", ""), fault("started_at", "2025-02-30"), fault("campaign_id", "1.2E+17"), fault("loaded_at", "now")],
    "conversions": [
        *(fault("conversion_id", " "), fault("converted_at", "\n"), fault("conversion_type", ""), fault("revenue", "1.234,56")),
        fault("loaded_at", "infinity"),
    ],
    "campaign_metrics": [
        *(fault("metric_date", "01/02/2025"), fault("platform", "\r\n"), fault("campaign_id", ""), fault("ad_id", "7E+20"), fault("impressions", "-1")),
        *(fault("clicks", "1.5"), fault("spend", "$5"), fault("loaded_at", "0000-01-01")),
    ],
}
FAULTS["sessions"].append(("identity_missing", {"anonymous_id": "", "user_id": " "}))
FAULTS["conversions"].append(("identity_missing", {"user_id": "\t", "session_id": ""}))
SINGLE = [  # table, verdict, what is in the row
    ("conversions", "negative_purchase", {"revenue": "-5"}),
    ("conversions", "negative_purchase", {"revenue": "-1e-9", "conversion_type": " PURCHASE "}),
    ("conversions", "identity_missing;negative_purchase", {"revenue": "-.5", "user_id": "", "session_id": ""}),
    ("conversions", "converted_at_invalid;negative_purchase", {"revenue": "-5", "converted_at": "epoch"}),
    ("conversions", "revenue_missing", {"revenue": "\t", "conversion_type": "REFUND"}),
    ("conversions", "conversion_type_missing", {"revenue": "", "conversion_type": ""}),
    ("conversions", "conversion_type_missing", {"revenue": "-5", "conversion_type": " "}),
    *(("conversions", ACCEPTED, {**LEAD, "revenue": (blank, None)}) for blank in BLANKS),
    ("conversions", "identity_missing", {"user_id": "Guest", "session_id": ""}),
    ("conversions", "conversion_id_damaged;user_id_damaged;session_id_damaged", dict.fromkeys(("conversion_id", "user_id", "session_id"), "1E+9")),
    ("sessions", "identity_missing", {"anonymous_id": "[object Object]", "user_id": "0"}),
    ("sessions", "identity_missing", {"anonymous_id": "0.0", "user_id": "'"}),
    (
        *("sessions", "session_id_damaged;anonymous_id_damaged;user_id_damaged;started_at_missing;campaign_id_damaged"),
        {**dict.fromkeys(("session_id", "anonymous_id", "user_id", "campaign_id"), "2E+9"), "started_at": ""},
    ),
    ("campaign_metrics", "campaign_id_damaged;ad_id_damaged", dict.fromkeys(("campaign_id", "ad_id"), "3E+9")),
    ("campaign_metrics", ACCEPTED, {"impressions": ("1", 1), "clicks": ("2", 2)}),
]

# Of rows that share a key, the row of the newest clean load is accepted; null is the oldest load. In one load it is the row with the
# greatest event time, then with the greatest value, column by column, null lowest. Rows of one load that contradict each other are
# all rejected.
UNLOADED, FIRST_YEAR, LAST_LOAD = loaded("", ""), loaded("1990-01-01", "1990-01-01"), loaded(SOON, SOON)
NIGHT_1, NIGHT_2 = loaded("2025-03-02", "2025-03-02"), loaded("2025-03-03", "2025-03-03")
CUT = [loaded(f"2025-03-02 04:30:00.123456{rest}", "2025-03-02 04:30:00.123456") for rest in ("9+00:00", "1")]
KEYS = {"sessions": "session_id", "conversions": "conversion_id", "campaign_metrics": "campaign_id"}
BROKEN = {"sessions": fault("started_at", ""), "conversions": fault("revenue", "1,234"), "campaign_metrics": fault("clicks", "-3")}
TEXTS_UP = ["", "10", "9", "Z", "a", "z", "é", "\uff5e", "😀"]
TIMES_UP = ["1990-01-01", "2025-03-01 12:00+05:00", "2025-03-01 08:00", ("2025-03-01 07:00-03:00", datetime(2025, 3, 1, 10))]
ASCENDING = [  # table, column, its values from the lowest to the greatest, and a column whose values go the other way
    *(("sessions", name, TEXTS_UP, "landing_page") for name in ("user_id", "utm_source", "utm_medium", "utm_campaign", "campaign_id")),
    ("sessions", "anonymous_id", ["", "a"], "landing_page"),
    ("sessions", "landing_page", TEXTS_UP, None),
    ("sessions", "started_at", TIMES_UP, "user_id"),
    ("conversions", "user_id", ["", "a"], "session_id"),
    ("conversions", "session_id", TEXTS_UP, None),
    ("conversions", "converted_at", TIMES_UP, "session_id"),
    ("conversions", "currency", ["", "USD"], None),
]
CONFLICTS = {  # what rows of one load contradict each other in
    "sessions": [
        *([{"anonymous_id": x} for x in "ab"], [{"anonymous_id": x} for x in ("a", "", "A")], [{"anonymous_id": x, **UNLOADED} for x in "ab"]),
        [{"anonymous_id": "a", "session_id": " KEY"}, {"anonymous_id": "b", "session_id": '="KEY"'}],
    ],
    "conversions": [
        *([{"user_id": x} for x in "ab"], [{"user_id": x} for x in ("a", "", "A")], [{"revenue": x} for x in ("1", "2", "1.000000001")]),
        *([{"conversion_type": x} for x in ("purchase", "Refund")], [{"conversion_type": x} for x in ("lead", "signup")]),
        *([{"currency": x} for x in ("", "eur")], [{"revenue": x, **LEAD} for x in ("", "0")], [{"revenue": x, **UNLOADED} for x in "12"]),
        [{"revenue": "1", "conversion_id": "'KEY"}, {"revenue": "2", "converted_at": "2025-02-01", "session_id": "other"}],
    ],
    "campaign_metrics": [
        *([{"campaign_name": x} for x in "Aa"], [{"impressions": x} for x in "01"], [{"clicks": x} for x in "112"]),
        *([{"spend": x} for x in ("1", "1.000000001")], [{"currency": x} for x in ("EUR", "")], [{"clicks": ""}, {"clicks": "0"}]),
        [{"clicks": "1", **UNLOADED}, {"clicks": "2", **UNLOADED}],
        [{"clicks": "1", "loaded_at": "2025-03-02 04:30Z"}, {"clicks": "2", "loaded_at": "2025-03-02 05:30+01:00"}],
        [{"clicks": "1", "metric_date": "2025-03-01 23:59:59-15:00"}, {"clicks": "2", "campaign_id": " KEY\t"}],
    ],
}
LEVELS_OF_ONE = [  # rows with and without ad_id, of one load or of two
    *(["", "a"], ["", "a", "b"], ["", "", "a"]),
    [{}, {"ad_id": "a", **NIGHT_1}],
    [{"metric_date": "2025-03-01T23:00-05"}, {"ad_id": "a", "campaign_id": " KEY\n"}],
]
SAME = [  # one row in several spellings: copies, not contradictions
    *({"spend": spend} for spend in (("2", Decimal(2)), "2.0000000004", " 2e0", "+02.")),
    *({"spend": "2", column: value} for column, value in (("campaign_name", " KEY n\n"), ("clicks", "-0"), ("impressions", "0.0"))),
    *({"spend": "2", column: value} for column, value in (("loaded_at", "2025-03-02 05:30+01"), ("metric_date", "2025-03-01T23:00-05"))),
]


def families() -> list[tuple[str, list[tuple[str, dict]]]]:
    """Rows that share a key: the table, and verdict and content of each."""
    found = []
    for table, key in KEYS.items():
        reason, content = BROKEN[table]
        broken_1, broken_2 = ((reason, {**content, **night}) for night in (NIGHT_1, NIGHT_2))
        found += [
            (table, [(SUPERSEDED, UNLOADED), (SUPERSEDED, FIRST_YEAR), (ACCEPTED, NIGHT_1)]),
            (table, [(ACCEPTED, LAST_LOAD), (SUPERSEDED, NIGHT_1), (SUPERSEDED, loaded("2025-03-02 02:00+02", "2025-03-02"))]),
            (table, [(ACCEPTED, NIGHT_2), (SUPERSEDED, {"loaded_at": "2025-03-03 04:00+05:00"})]),
            (table, [(ACCEPTED, CUT[0]), (SUPERSEDED, CUT[1])]),
            (table, [(ACCEPTED, {}), (SUPERSEDED, {}), (SUPERSEDED, {})]),
            (table, [(ACCEPTED, NIGHT_1), broken_2]),
            (table, [broken_1, (ACCEPTED, NIGHT_2)]),
            (table, [broken_1, broken_2]),
            (table, [(ACCEPTED, NIGHT_1), broken_1]),
            (table, [(ACCEPTED, UNLOADED), ("loaded_at_invalid", {"loaded_at": "tomorrow"})]),
            (table, [(SUPERSEDED, {key: " KEY ", **NIGHT_1}), (ACCEPTED, {key: ("KEY\n", "KEY"), **NIGHT_2})]),
            (table, [(SUPERSEDED, {key: '="KEY"', **NIGHT_1}), (SUPERSEDED, UNLOADED), (ACCEPTED, {key: ("'KEY", "KEY"), **NIGHT_2})]),
            (table, [(ACCEPTED, {key: text}) for text in ("KEY-x", "KEY-X", "0KEY")]),
        ]
    for table, column, values, other in ASCENDING:
        rows = [{column: value} | ({other: str(9 - place)} if other else {}) for place, value in enumerate(values)]
        found.append((table, [*((SUPERSEDED, row) for row in rows[:-1]), (ACCEPTED, rows[-1])]))
    for table, conflicts in CONFLICTS.items():
        reason, content = BROKEN[table]
        for contents in conflicts:
            conflict = [(CONFLICT, {**NIGHT_1, **content}) for content in contents]
            broken = (reason, {**content, **NIGHT_1})
            found.append((table, [(SUPERSEDED, FIRST_YEAR), *conflict, broken, (ACCEPTED, NIGHT_2)]))
            # If the newest load contradicts itself, the load before it is accepted.
            found.append((table, [(CONFLICT, {**NIGHT_2, **content}) for content in contents] + [(ACCEPTED, FIRST_YEAR)]))
    for contents in LEVELS_OF_ONE:
        found.append(("campaign_metrics", [(LEVELS, {"ad_id": row} if isinstance(row, str) else row) for row in contents]))
    both = [(f"{CONFLICT};{LEVELS}", {"clicks": clicks}) for clicks in "12"]
    found.append(("campaign_metrics", [*both, (LEVELS, {"ad_id": "a"}), ("clicks_invalid", {"ad_id": "b", "clicks": "-3"})]))
    found.append(("campaign_metrics", [(ACCEPTED, {"ad_id": "a"}), ("clicks_invalid", {"clicks": "-3"})]))
    found.append(("campaign_metrics", [(ACCEPTED, SAME[0]), *((SUPERSEDED, content) for content in SAME[1:])]))
    found.append(("campaign_metrics", [(ACCEPTED, {"ad_id": unit}) for unit in ("a", "A", "0", "00")]))
    greatest = {"impressions": (str(2**63 - 1), 2**63 - 1), "clicks": (str(2**63 - 1), 2**63 - 1)}  # and their sum is no bigint
    found.append(("campaign_metrics", [(ACCEPTED, {"ad_id": unit, **greatest}) for unit in ("a", "b")]))
    return [*found, ("campaign_metrics", [(ACCEPTED, {"platform": f"KEY-{name}"}) for name in "pP"])]


def hostile_rows() -> list[Row]:
    """All hostile rows. They are the same each time, except moments near NOW."""
    rows, numbers = [], count(1)

    def add(table: str, *members: tuple[str, dict]) -> None:
        key = f"hostile-{next(numbers)}"
        for verdict, content in members:
            values = [value if isinstance(value, tuple) else (value, value or None) for value in {**GOOD[table], **content}.values()]
            raw = tuple(text.replace("KEY", key) for text, _ in values)
            typed = tuple(read.replace("KEY", key) if isinstance(read, str) else read for _, read in values)
            rows.append(Row(table, raw, verdict, typed))

    for table, columns, accepted, refused, more in CROSSED:
        for column in columns.split():
            for value in accepted:
                verdict = f"{column}_missing" if value[1] is None and column in REQUIRED[table] else ACCEPTED
                add(table, (verdict, {**more, column: value}))
            for text in refused:
                add(table, (f"{column}_{'damaged' if column in IDS else 'invalid'}", {**more, column: text}))
    for table, good in GOOD.items():
        for column, blank in product(good, BLANKS):
            add(table, (f"{column}_missing" if column in REQUIRED[table] else ACCEPTED, {column: (blank, None)}))
        for size in range(1, len(FAULTS[table]) + 1):
            for faults in combinations(FAULTS[table], size):
                add(table, (";".join(reason for reason, _ in faults), {k: v for _, content in faults for k, v in content.items()}))
    for table, verdict, content in SINGLE:
        add(table, (verdict, content))
    for table, members in families():
        add(table, *members)
    return rows
