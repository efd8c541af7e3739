"""What somebody sees who opens the dashboards: every chart, with the figures of the marts, from this machine only."""

import collections
import datetime
import math
import os
import shutil
import socket
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import CHARTS, DASHBOARDS, ROOT, charts_of

# Each chart's figures, from the marts. A series that a chart lays out in columns is here (x, series, value).
CLICKED = "is_clicked_but_not_converting"
CAMPAIGN_RATES = {
    "click_through_rate": "sum(clicks) filter (where known_impressions and known_clicks) * 1.0e0"
    " / nullif(sum(impressions) filter (where known_impressions and known_clicks), 0)",
    "click_to_session_rate": "sum(sessions) filter (where known_clicks) * 1.0e0 / nullif(sum(clicks), 0)",
    "session_to_conversion_rate": "sum(conversions) * 1.0e0 / nullif(sum(sessions), 0)",
}
AVERAGE = "avg(cast(total_revenue as double precision))"
KIND = "case when purchase_count > 1 then 'Repeat buyers' else 'One-time buyers' end"
MONTH = "replace(cast(date_trunc('month', first_purchase_at) as varchar), '-01 00:00:00', '')"
STAGE = (
    "case weakest_stage when 'click_through' then 'Click-through' when 'click_to_session' then 'Click to session'"
    " when 'session_to_conversion' then 'Session to conversion' else case when efficiency_rank is null then '' else 'None is weak' end end"
)
STATUS = (
    "case tracking_status when 'tracked' then 'Tracked' when 'no_metrics' then 'Unknown to the ad platforms'"
    " when 'sessions_exceed_clicks' then 'More sessions than clicks' else 'No sessions: are its links tagged?' end"
)
COSTS = """
    select channel, sum(customers) as customers, sum(repeats) * 1.0e0 / nullif(sum(customers), 0) as repeat_share,
        cast(sum(revenue) as double precision) / nullif(sum(customers), 0) as average_ltv,
        cast(sum(spend) as double precision) / nullif(sum(customers) filter (where spend > 0), 0) as acquisition_cost,
        cast(sum(revenue) filter (where spend > 0) as double precision) / nullif(sum(spend), 0) as ltv_to_cost
    from (
        select channel, month, sum(customers) as customers, sum(repeats) as repeats, sum(revenue) as revenue, sum(spend) as spend
        from (
            select acquisition_channel as channel, date_trunc('month', first_purchase_at) as month, 1 as customers,
                case when is_repeat_customer then 1 else 0 end as repeats, total_revenue as revenue, null as spend
            from customer_ltv
            union all
            select channel, date_trunc('month', cast(activity_date as timestamp)), 0, 0, 0, days.spend
            from campaign_funnel_daily as days inner join campaign_funnel as campaigns on days.campaign_id = campaigns.campaign_id
            where days.spend <> 0
        ) as rows_of_both
        group by channel, month
    ) as months
    group by channel
"""
EXPECTED = {
    "customers": "select count(*) as customers from {customers}",
    "average_lifetime_value": f"select {AVERAGE} as average_lifetime_value from {{customers}}",
    "repeat_rate": "select avg(case when purchase_count > 1 then 1.0e0 else 0 end) as repeat_rate from {customers}",
    "net_revenue": "select sum(gross_revenue) - sum(refunded_revenue) as net_revenue from {customers}",
    "lifetime_value_by_channel": f"select acquisition_channel, {AVERAGE} as average_lifetime_value from {{customers}} group by 1",
    "tiers_by_channel": "select acquisition_channel as x, ltv_tier as series, count(*) as value from {customers} group by 1, 2",
    "buyers": f"select {KIND} as buyer_kind, count(*) as customers, {AVERAGE} as average_lifetime_value, sum(total_revenue) as net_revenue,"
    " avg(cast(purchase_count as double precision)) as purchases_per_customer from {customers} group by 1",
    "buyers_by_channel": f"select acquisition_channel as x, {KIND} as series, count(*) as value from {{customers}} group by 1, 2",
    "value_by_kind_of_buyer": f"select acquisition_channel as x, {KIND} as series, {AVERAGE} as value from {{customers}} group by 1, 2",
    "lifetime_value_by_month": f"select {MONTH} as first_purchase_month, acquisition_channel, {AVERAGE} as average_lifetime_value"
    " from {customers} group by 1, 2",
    "first_days_by_month": f"select {MONTH} as first_purchase_month,"
    + ",".join(
        f" avg(cast(revenue_first_{days}_days as double precision)) / case when bool_and(revenue_first_{days}_days is not null) then 1 end"
        f" as average_revenue_first_{days}_days"
        for days in (30, 90)
    )
    + " from {customers} group by 1",
    "value_against_cost": "select channel, average_ltv as average_lifetime_value, acquisition_cost as acquisition_cost_per_customer"
    " from {costs} where acquisition_cost is not null",
    "channel_value": "select * from {costs}",
    "top_customers": "select customer_id, acquisition_channel, ltv_tier, first_purchase_at, last_purchase_at, purchase_count, refunded_revenue,"
    " total_revenue from {customers} order by total_revenue desc, customer_id limit 1000",
    **{f"stage_{name}": f"select sum({name}) as {name} from {{days}}" for name in ("impressions", "clicks", "sessions", "conversions")},
    **{f"stage_{name}": f"select {rate} as {name} from {{days}}" for name, rate in CAMPAIGN_RATES.items()},
    "stages_by_campaign": "select campaign, channel, sum(impressions) as impressions, sum(clicks) as clicks, sum(sessions) as sessions,"
    f" sum(conversions) as conversions, {', '.join(f'{rate} as {name}' for name, rate in CAMPAIGN_RATES.items())} from {{days}} group by 1, 2",
    "daily_sessions": "select activity_date, sum(sessions) as sessions from {days} group by 1",
    "daily_conversions": "select activity_date, sum(conversions) as conversions from {days} group by 1",
    "ranking": f"select efficiency_rank, campaign, channel, efficiency_score, {STAGE} as weakest_stage_name, {STATUS} as status,"
    f" case when {CLICKED} then 'Clicked but not converting' else '' end as clicked_but_not_converting from {{campaigns}}"
    " order by efficiency_rank nulls last, campaign",
    "clicked_against_converting": f"select campaign, case when {CLICKED} then 'Clicked but not converting' else 'Other campaigns' end as kind,"
    " click_through_rate, session_to_conversion_rate, sessions from {campaigns}"
    " where click_through_rate is not null and session_to_conversion_rate is not null",
    "clicked_but_not_converting": "select campaign, click_through_index, session_to_conversion_index, lost_revenue from {campaigns}"
    f" where {CLICKED}",
    "lost_revenue": f"select campaign as x, {STAGE} as series, lost_revenue as value from {{campaigns}} where lost_revenue is not null",
    "spend_and_revenue": "select campaign, spend, revenue from {campaigns} where spend is not null",
    "return": "select campaign, channel, spend, revenue, return_on_ad_spend, conversions, cost_per_conversion from {campaigns} where spend is not null",
}
ORDERED = ("top_customers", "ranking")
CAMPAIGNS = """
    select *, case when (select count(*) from campaign_funnel as others where others.campaign_name = campaigns.campaign_name) > 1
        then campaign_name || ' (' || campaign_id || ')' else campaign_name end as campaign
    from campaign_funnel as campaigns
"""
SOURCES = {
    "customers": "select * from customer_ltv",
    "costs": COSTS,
    "campaigns": CAMPAIGNS,
    "days": "select days.*, campaigns.campaign, campaigns.channel, campaigns.impressions is not null as known_impressions,"
    f" campaigns.clicks is not null as known_clicks from campaign_funnel_daily as days inner join ({CAMPAIGNS}) as campaigns"
    " on days.campaign_id = campaigns.campaign_id",
}
COST_CHARTS = {"value_against_cost", "channel_value"}
DAY_CHARTS = {name for name in CHARTS if name.startswith(("stage_", "stages_", "daily_"))}


def expected(warehouse, chart: str, condition: str = "true") -> list[dict]:
    """The rows that a chart should have been given where a condition holds."""
    sources = {name: f"(select * from ({sql}) as unfiltered where {condition}) as {name}" for name, sql in SOURCES.items()}
    used = next(name for name in SOURCES if f"{{{name}}}" in EXPECTED[chart])
    sql = EXPECTED[chart].replace(f"{{{used}}}", sources[used])
    names = columns(warehouse, sql)
    return [dict(zip(names, map(plain, row))) for row in warehouse.query(sql)]


def columns(warehouse, sql: str) -> list[str]:
    """The names of a query's columns."""
    if warehouse.target == "duckdb":
        return [row[0] for row in warehouse.query(f"describe {sql}")]
    with warehouse.server.connect("transformer", warehouse.database) as connection, connection.cursor() as cursor:
        cursor.execute("set search_path = insights_marts, insights_intermediate")
        cursor.execute(f"select * from ({sql}) as chart limit 0")
        return [column.name for column in cursor.description]


def plain(value):
    """As JSON has it: numbers as doubles, moments as milliseconds."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000
    return float(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else value


def seen(chart: str, figures: dict) -> list[dict]:
    """The rows that a chart was given; what it lays out in columns is laid out in rows again."""
    rows = [{name: plain(value) for name, value in row.items()} for row in figures["data"]]
    if CHARTS[chart]["viz_type"] == "heatmap_v2":
        rows = [{name: value for name, value in row.items() if name != "rank"} for row in rows]  # its share of the colours
    parameters = CHARTS[chart]["params"]
    if parameters.get("x_axis") and parameters.get("groupby") and CHARTS[chart]["viz_type"].startswith("echarts"):
        x = parameters["x_axis"]
        series = [(row[x], name, value) for row in rows for name, value in row.items() if name != x and value is not None]
        return [dict(zip(("x", "series", "value"), row)) for row in series]
    return rows


def assert_equal(chart: str, figures: dict, wanted: list[dict]) -> None:
    rows = seen(chart, figures)
    if chart not in ORDERED:
        order = lambda row: sorted((name, str(value)) for name, value in row.items() if not isinstance(value, float))  # noqa: E731
        key = lambda row: (order(row), sorted(value for value in row.values() if isinstance(value, float)))  # noqa: E731
        rows, wanted = sorted(rows, key=key), sorted(wanted, key=key)
    assert len(rows) == len(wanted), (chart, rows, wanted)
    for row, right in zip(rows, wanted):
        assert row.keys() == right.keys(), chart
        for name, value in row.items():
            close = isinstance(value, float) and isinstance(right[name], float) and math.isclose(value, right[name], rel_tol=1e-9)
            assert close or value == right[name], (chart, name, row, right)


@pytest.fixture(scope="module", params=DASHBOARDS)
def look(request, browser):
    look = browser.look(request.param)
    look.dashboard = request.param
    yield look
    look.page.close()


def test_every_chart_of_the_bundle_stands_on_one_dashboard():
    placed = [name for dashboard in DASHBOARDS for name in charts_of(dashboard).values()]
    assert sorted(placed) == sorted(CHARTS) == sorted(EXPECTED)


def test_every_chart_drew(look, browser):
    numbers = {name: number for number, name in browser.names.items()}
    for name in charts_of(look.dashboard).values():
        chart = look.page.locator(f".dashboard-chart-id-{numbers[name]}")
        assert chart.get_by_role("alert").count() == 0, name
        text = chart.inner_text()
        assert CHARTS[name]["slice_name"] in text, (name, text)
        assert "No results" not in text and "No data" not in text and "rror" not in text, (name, text)
        kind = CHARTS[name]["viz_type"]
        if kind == "table":
            assert chart.locator("tbody tr").count() > 0, name
        elif kind == "big_number_total":
            assert any(character.isdigit() for character in chart.locator(".header-line").inner_text()), name
        else:
            drawn = "canvas => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
            assert chart.locator("canvas").first.evaluate(drawn) > 10, name
    assert look.page.locator(".ant-alert-error, .ant-notification-notice-error, [data-test=error-alert]").count() == 0


def test_figures_equal_the_marts(look, browser, sample):
    figures = browser.named(look)
    assert figures.keys() == set(charts_of(look.dashboard).values())
    for name, shown in figures.items():
        assert shown["data"], name
        assert_equal(name, shown, expected(sample, name))


def test_nothing_leaves_loopback_and_nothing_is_complained_of(look, served):
    hosts = collections.Counter(url.split("/")[2] if "//" in url else url.split(":")[0] for url in look.requests)
    assert set(hosts) <= {f"127.0.0.1:{served.port}", "data", "blob"}, hosts
    assert look.complaints == []


# What is chosen, what Superset then sends, which rows that leaves, and the charts that it acts on.
FILTERS = {
    ("customers", "channel"): (["Google Ads", "Email"], "acquisition_channel", "{0} in ('Google Ads', 'Email')", set(charts_of("customers").values())),
    ("customers", "tier"): (["high"], "ltv_tier", "ltv_tier = 'high'", set(charts_of("customers").values()) - COST_CHARTS),
    ("customers", "first-purchase"): (
        "2025-11-01 : 2026-01-01",
        None,
        "first_purchase_at >= '2025-11-01' and first_purchase_at < '2026-01-01'",
        set(charts_of("customers").values()) - COST_CHARTS,
    ),
    ("campaign_funnel", "channel"): (["Meta Ads"], "channel", "channel = 'Meta Ads'", set(charts_of("campaign_funnel").values())),
    ("campaign_funnel", "campaign"): (
        ["Win a Grinder 🎁", "Summer Sale (1005)"],
        "campaign",
        "campaign in ('Win a Grinder 🎁', 'Summer Sale (1005)')",
        set(charts_of("campaign_funnel").values()),
    ),
    ("campaign_funnel", "days"): (
        "2025-11-01 : 2025-12-01",
        None,
        "activity_date >= '2025-11-01' and activity_date < '2025-12-01'",
        DAY_CHARTS,
    ),
}


@pytest.mark.parametrize(("dashboard", "name"), FILTERS)
def test_a_filter_acts_on_the_charts_that_it_names_and_on_no_others(browser, sample, dashboard, name):
    chosen, column, condition, in_scope = FILTERS[dashboard, name]
    identity = f"NATIVE_FILTER-{name}"
    if column:
        values = ",".join(f"'{value}'" for value in chosen)
        sent, shown = f"(filters:!((col:{column},op:IN,val:!({values}))))", f"!({values})"
    else:
        sent, shown = f"(time_range:'{chosen}')", f"'{chosen}'"
    look = browser.look(dashboard, f"?native_filters=({identity}:(id:{identity},extraFormData:{sent},filterState:(value:{shown})))")
    figures = browser.named(look)
    assert figures.keys() == set(charts_of(dashboard).values())
    for chart, given in figures.items():
        if chart not in in_scope:
            assert_equal(chart, given, expected(sample, chart))
            continue
        own = condition.format("channel" if chart in COST_CHARTS else column)
        assert_equal(chart, given, expected(sample, chart, own))
    look.page.close()


def test_the_scope_of_a_filter_is_what_the_bundle_says():
    for dashboard, content in DASHBOARDS.items():
        numbers = charts_of(dashboard)
        for given in content["metadata"]["native_filter_configuration"]:
            left_out = {numbers[number] for number in given["scope"]["excluded"]}
            assert set(numbers.values()) - left_out == FILTERS[dashboard, given["id"].removeprefix("NATIVE_FILTER-")][3]


def test_somebody_can_choose_a_channel(browser, sample):
    look = browser.look("customers")
    look.answers.clear()
    look.page.locator(".ant-select").first.click()
    look.page.get_by_role("option", name="LinkedIn Ads").or_(look.page.locator(".ant-select-item-option", has_text="LinkedIn Ads")).last.click()
    look.page.keyboard.press("Escape")
    look.page.get_by_role("button", name="Apply filters").click()
    browser.settle(look, len(charts_of("customers")))
    assert_equal("customers", browser.named(look)["customers"], expected(sample, "customers", "acquisition_channel = 'LinkedIn Ads'"))
    look.page.close()


def test_a_visitor_gets_nothing(browser, served):
    stranger = browser.chromium.new_context()
    page = stranger.new_page()
    page.goto(f"{served.address}/superset/dashboard/customers/")
    assert "/login" in page.url
    for path in ("chart/", "dataset/", "database/", "dashboard/customers"):
        answer = stranger.request.get(f"{served.address}/api/v1/{path}", max_redirects=0)
        assert answer.status in (302, 401, 404) or answer.json()["count"] == 0, path
    query = {"datasource": {"id": 1, "type": "table"}, "queries": [{"metrics": ["customers"]}]}
    assert stranger.request.post(f"{served.address}/api/v1/chart/data", data=query, max_redirects=0).status in (302, 400, 401, 403)
    stranger.close()


def test_a_post_needs_the_token(browser, served):
    query = {"datasource": {"id": 1, "type": "table"}, "queries": [{"metrics": ["customers"]}]}
    refused = browser.context.request.post(f"{served.address}/api/v1/chart/data", data=query)
    assert refused.status == 400 and "CSRF" in refused.text(), refused.text()


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(browser):
    (cookie,) = (cookie for cookie in browser.context.cookies() if cookie["name"] == "session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"


def test_pages_may_load_nothing_from_elsewhere(browser, served):
    policy = browser.context.request.get(f"{served.address}/superset/dashboard/customers/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy


def test_it_listens_on_loopback_only(served):
    socket.create_connection(("127.0.0.1", served.port)).close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", served.port))


def test_passwords_are_written_nowhere(served, sample):
    passwords = [served.password, *([sample.server.passwords["reporter"]] if sample.target == "postgres" else [])]
    files = [path for folder in (served.home, ROOT / "bi") for path in folder.rglob("*") if path.is_file()]
    assert served.home / "superset.db" in files
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True).stdout
    for password in passwords:
        assert not [path for path in files if password.encode() in path.read_bytes()]
        assert password.encode() not in processes
    assert served.home.stat().st_mode & 0o777 == 0o700


def test_a_second_start_says_that_the_port_is_taken(served):
    process = served.command()
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and printed.startswith(f"Port {served.port} is in use"), printed


@pytest.mark.engines("duckdb")
def test_a_start_before_the_first_build_says_what_to_do(served, tmp_path):
    process = served.command(DUCKDB_PATH=str(tmp_path / "warehouse.duckdb"))
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and printed == "Nothing has been published yet. Run make build first.\n"


@pytest.mark.engines("duckdb")
def test_what_is_published_next_is_shown_by_the_next_query(browser, sample):
    file = sample.folder / "published.duckdb"
    kept, other = file.with_suffix(".kept"), file.with_suffix(".other")
    shutil.copy(file, kept)
    shutil.copy(file, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute("delete from insights_published.customer_ltv where acquisition_channel <> 'Email'")
    os.replace(other, file)
    try:
        look = browser.look("customers")
        assert_equal("customers", browser.named(look)["customers"], expected(sample, "customers", "acquisition_channel = 'Email'"))
        look.page.close()
    finally:
        os.replace(kept, file)


def test_nobody_writes_to_the_database_or_asks_it_freely(browser, served):
    databases = browser.context.request.get(f"{served.address}/api/v1/database/").json()["result"]
    assert [(found["expose_in_sqllab"], found["allow_dml"], found["allow_file_upload"]) for found in databases] == [(False, False, False)]


@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="SCREENSHOTS names a folder")
def test_screenshots(browser):
    """The pictures of the README: SCREENSHOTS=bi/screenshots."""
    for dashboard in DASHBOARDS:
        look = browser.look(dashboard)
        height = look.page.evaluate("Math.max(...[...document.querySelectorAll('*')].map(element => element.scrollHeight))")
        look.page.set_viewport_size({"width": 1400, "height": height + 20})
        look.page.wait_for_timeout(3000)
        picture = Path(os.environ["SCREENSHOTS"]).resolve() / f"{dashboard}.png"
        look.page.screenshot(path=picture)
        smaller = "import sys; from PIL import Image; Image.open(sys.argv[1]).convert('RGB').quantize(64).save(sys.argv[1], optimize=True)"
        subprocess.run([ROOT / ".venv-bi" / "bin" / "python", "-c", smaller, picture], check=True)
        look.page.close()


def test_passwords_cannot_be_tried_out(browser, served):
    """The last test: it locks logins for a minute."""
    stranger = browser.chromium.new_context()
    page = browser.log_in(stranger, "wrong")
    assert "/login" in page.url
    assert stranger.request.get(f"{served.address}/api/v1/me/").status == 401
    token = page.locator("#csrf_token").first.get_attribute("value")
    for path in ("login/", "api/v1/security/login"):
        form = {"username": "admin", "password": "wrong", "csrf_token": token}
        answers = [stranger.request.post(f"{served.address}/{path}", form=form, max_redirects=0).status for _ in range(11)]
        assert answers[-1] == 429, (path, answers)
    stranger.close()
