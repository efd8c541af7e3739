"""What somebody sees who opens the dashboards: every chart, with the figures of the marts, from this machine only."""

import collections
import datetime
import json
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

# Superset is the same on both engines. What it asks them, and what they say of their columns, is not.
pytestmark = pytest.mark.engines("duckdb")
both_engines = pytest.mark.engines("duckdb", "postgres")

# The rows of each chart from the marts, its columns in their order; of a chart with lines or bars (x, series, value).
MONTHS = """
    with days as (select *, cast(date_trunc('month', activity_date) as date) as month, {} as key from channel_daily where {{where}}),
    months as (
        select month, key, count(distinct activity_date) as days, sum(spend) as spend, sum(sessions) as sessions,
            sum(conversions) as conversions, sum(revenue) as revenue, sum(new_customers) as new_customers
        from days group by month, key
    )
    select months.month, {} months.days, months.spend, months.sessions, months.sessions * 1.0e0 / case when before.sessions >= 20 then before.sessions end - 1, months.conversions,
        months.conversions * 1.0e0 / case when before.conversions >= 20 then before.conversions end - 1, months.revenue,
        case when before.conversions >= 20 then cast(months.revenue as double precision) / nullif(before.revenue, 0) - 1 end, months.new_customers
    from months left join months as before on months.month = before.month + interval '1 month' and months.key = before.key
    order by months.month desc, months.key
"""
COHORTS = """
    select {0}, sum(customers), sum(repeat_customers) * 1.0e0 / nullif(sum(customers), 0),
        cast(sum(total_revenue) as double precision) / nullif(sum(customers), 0) as average_ltv,
        cast(sum(revenue_first_90_days) as double precision) / nullif(sum(customers_past_90_days), 0), sum(spend),
        cast(sum(spend) as double precision) / nullif(sum(customers) filter (where spend > 0), 0),
        cast(sum(total_revenue) filter (where spend > 0) as double precision) / nullif(sum(spend), 0)
    from channel_cohorts where {{where}} group by {0} order by {1}
"""
BOUGHT_AGAIN = """
    select {0}, acquisition_channel, avg(case when second_purchase_at < first_purchase_at + interval '{0} days' * 30 then 1.0e0 else 0 end)
    from customer_ltv where first_purchase_at + interval '{0} days' * 30 <= (select max(converted_at) from orders) and {{where}}
    group by acquisition_channel having count(*) >= 20
"""
EXPECTED = {
    "build": "select built_at, reporting_currency, first_day, last_day, last_day_with_metrics from latest_build",
    "comparison": "select campaign_name, campaign_id, channel, spend, conversions, cost_per_conversion, cost_comparison, efficiency_score_in_channel,"
    " weakest_stage, evidence, lost_revenue, is_clicked_but_not_converting, tracking_status from campaign_funnel_periods where {where}"
    " order by lost_revenue desc nulls last, efficiency_rank nulls last, campaign_id",
    "stages": "select campaign_name, campaign_id, channel, impressions, click_through_rate, clicks, click_to_session_rate, sessions,"
    " session_to_conversion_rate, conversions, revenue, return_on_ad_spend from campaign_funnel_periods where {where} order by sessions desc, campaign_id",
    "months": MONTHS.format("1", ""),
    "months_by_channel": MONTHS.format("channel", "months.key,"),
    "sessions_by_day": "select activity_date, channel, sessions from channel_daily where {where}",
    "revenue_by_day": "select activity_date, channel, revenue from channel_daily where {where}",
    "channels": COHORTS.format("acquisition_channel", "average_ltv desc nulls last, acquisition_channel"),
    "cohorts": COHORTS.format("first_purchase_month, acquisition_channel", "first_purchase_month desc, acquisition_channel"),
    "second_purchases": " union all ".join(BOUGHT_AGAIN.format(months) for months in range(1, 13)),
}
# The rows that each dashboard opens with. What is then chosen in its filters, and the rows that it leaves.
OPENED = {"campaigns": "period = 'all_time'", "channels": "true", "customers": "true"}
CHOSEN = {
    "campaigns": ({"period": ["Last 30 days"], "channel": ["Meta Ads"]}, "period = 'last_30_days' and channel = 'Meta Ads'"),
    "channels": (
        {"channel": ["Google Ads", "Email"], "days": "2025-11-01 : 2026-01-01"},
        "channel in ('Google Ads', 'Email') and activity_date >= '2025-11-01' and activity_date < '2026-01-01'",
    ),
    "customers": ({"channel": ["Google Ads", "Email"]}, "acquisition_channel in ('Google Ads', 'Email')"),
}


def plain(value):
    """As JSON has it: numbers as doubles, moments as milliseconds."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.datetime):
        return float(value.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000 // 1)
    return float(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else value


def assert_figures(sample, chart: str, figures: dict, where: str) -> None:
    """That a chart was given the rows of the marts where a condition holds; a table's also in their order."""
    wanted = [tuple(map(plain, row)) for row in sample.query(EXPECTED[chart].format(where=where))]
    rows = [tuple(plain(row[name]) for name in figures["colnames"]) for row in figures["data"]]
    if CHARTS[chart]["viz_type"] != "table":
        names = figures["colnames"]
        rows = [(row[0], name, value) for row in rows for name, value in zip(names[1:], row[1:]) if value is not None]
        rows, wanted = sorted(rows), sorted(wanted)
    assert len(rows) == len(wanted) > 0, chart
    for row, right in zip(rows, wanted):
        for value, expected in zip(row, right, strict=True):
            close = isinstance(value, float) and isinstance(expected, float) and math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)
            assert close or value == expected, (chart, row, right)


@pytest.fixture(scope="module", params=DASHBOARDS)
def look(request, browser):
    look = browser.look(request.param)
    look.dashboard = request.param
    look.page.wait_for_timeout(1500)  # bars grow
    yield look
    look.page.close()


def test_every_chart_of_the_bundle_is_shown():
    """The first chart of each dashboard says what its figures are about."""
    shown = [list(charts_of(dashboard).values()) for dashboard in DASHBOARDS]
    assert [charts[0] for charts in shown] == ["build"] * len(DASHBOARDS)
    assert {name for charts in shown for name in charts} == CHARTS.keys() == EXPECTED.keys()


@both_engines
def test_figures_equal_the_marts(look, browser, sample):
    figures = browser.named(look)
    assert figures.keys() == set(charts_of(look.dashboard).values())
    for name, shown in figures.items():
        assert_figures(sample, name, shown, OPENED[look.dashboard])


@both_engines
def test_datasets_are_the_marts_as_dbt_describes_them(browser, served, sample):
    """One dataset is no mart: it counts months as no mart does."""
    described = json.loads((sample.folder / "target" / "manifest.json").read_text())["nodes"]
    api = f"{served.address}/api/v1/dataset/"
    for number in (found["id"] for found in browser.context.request.get(f"{api}?q=(page_size:100)").json()["result"]):
        dataset = browser.context.request.get(f"{api}{number}").json()["result"]
        if dataset["table_name"] == "second_purchases":
            continue
        mart = described[f"model.customer_insights.{dataset['table_name']}"]
        assert (dataset["sql"], dataset["description"]) == (None, mart["description"])
        columns = {column["column_name"]: column["description"] for column in dataset["columns"] if not column["expression"]}
        assert columns == {name: column["description"] for name, column in mart["columns"].items()}


def test_every_chart_drew(look, browser):
    numbers = {name: number for number, name in browser.names.items()}
    for name in charts_of(look.dashboard).values():
        chart = look.page.locator(f".dashboard-chart-id-{numbers[name]}")
        assert chart.get_by_role("alert").count() == 0, name
        text = chart.inner_text()
        assert CHARTS[name]["slice_name"] in text, (name, text)
        if CHARTS[name]["viz_type"] == "table":
            assert chart.locator("tbody tr").count() > 0, name
        else:
            drawn = "canvas => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
            assert chart.locator("canvas").first.evaluate(drawn) > 10, name
    notes = DASHBOARDS[look.dashboard]["position"]["NOTES"]["meta"]["code"].replace("- ", "").replace("*", "").splitlines()
    assert look.page.locator(".dashboard-markdown li").all_inner_texts() == notes
    assert look.page.locator(".ant-alert-error, .ant-notification-notice-error, [data-test=error-alert]").count() == 0


def test_small_numbers_are_grey(look, browser):
    """Fewer than 20 customers, sessions or purchases, and flags that wait for more data; nothing else is."""
    numbers = {name: number for number, name in browser.names.items()}
    for name in set(charts_of(look.dashboard).values()) - {"build"}:
        if CHARTS[name]["viz_type"] != "table":
            continue
        cells = look.page.locator(f".dashboard-chart-id-{numbers[name]} tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => [cell.innerText, getComputedStyle(cell).backgroundColor]))"
        )
        columns = browser.named(look)[name]["colnames"]
        grey = {color for row in cells for (text, color), column in zip(row, columns) if is_small(name, column, text)}
        assert len(grey) == 1, (name, grey)
        for row in cells:
            for (text, color), column in zip(row, columns):
                assert (color in grey) == is_small(name, column, text), (name, column, text, color)


def is_small(chart: str, column: str, text: str) -> bool:
    """Whether a cell of a table is to be grey."""
    counts = [rule["column"] for rule in CHARTS[chart]["params"]["conditional_formatting"] if rule["targetValue"] == 20]
    return text == "too little data" or (column in counts and int(text.replace(",", "")) < 20)


def test_nothing_leaves_loopback_and_nothing_is_complained_of(look, served):
    hosts = collections.Counter(url.split("/")[2] if "//" in url else url.split(":")[0] for url in look.requests)
    assert set(hosts) <= {f"127.0.0.1:{served.port}", "data", "blob"}, hosts
    assert look.complaints == []


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_filters_act_on_every_chart_but_the_first(browser, sample, dashboard):
    chosen, where = CHOSEN[dashboard]
    filters = {found["id"]: found for found in DASHBOARDS[dashboard]["metadata"]["native_filter_configuration"]}
    assert filters.keys() == {f"NATIVE_FILTER-{name}" for name in chosen}
    parts = []
    for name, value in chosen.items():
        identity = f"NATIVE_FILTER-{name}"
        text = repr(value) if isinstance(value, str) else f"!({','.join(map(repr, value))})"
        column = filters[identity]["targets"][0].get("column", {}).get("name")
        sent = f"filters:!((col:{column},op:IN,val:{text}))" if column else f"time_range:{text}"
        parts.append(f"{identity}:(id:{identity},extraFormData:({sent}),filterState:(value:{text}))")
    look = browser.look(dashboard, f"?native_filters=({','.join(parts)})")
    for chart, shown in browser.named(look).items():
        assert_figures(sample, chart, shown, where)
    look.page.close()


def test_somebody_can_switch_the_period(browser, sample):
    look = browser.look("campaigns")
    look.answers.clear()
    # The filters appear one after the other, so the first one need not be that of the period.
    look.page.locator(".ant-select", has_text="All time").click()
    look.page.locator(".ant-select-item-option", has_text="Previous 30 days").last.click()
    look.page.get_by_role("button", name="Apply").click()
    browser.settle(look, len(charts_of("campaigns")) - 1)
    assert_figures(sample, "comparison", browser.named(look)["comparison"], "period = 'previous_30_days'")
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


@both_engines
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


def test_a_start_before_the_first_build_says_what_to_do(served, tmp_path):
    process = served.command(DUCKDB_PATH=str(tmp_path / "warehouse.duckdb"))
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and printed == "Nothing has been published yet. Run make build first.\n"


def test_what_is_published_next_is_shown_by_the_next_query(browser, sample):
    file = sample.folder / "published.duckdb"
    kept, other = file.with_suffix(".kept"), file.with_suffix(".other")
    shutil.copyfile(file, kept)
    shutil.copyfile(file, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute("update insights_published.latest_build set reporting_currency = 'XTS'")
    os.replace(other, file)
    try:
        look = browser.look("customers")
        assert browser.named(look)["build"]["data"][0]["reporting_currency"] == "XTS"
        look.page.close()
    finally:
        os.replace(kept, file)


def test_nobody_writes_to_the_database_or_asks_it_freely(browser, served):
    databases = browser.context.request.get(f"{served.address}/api/v1/database/").json()["result"]
    assert [(found["expose_in_sqllab"], found["allow_dml"], found["allow_file_upload"]) for found in databases] == [(False, False, False)]


@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="SCREENSHOTS names a folder")
def test_screenshots(browser):
    """The pictures of README.md and bi/README.md: SCREENSHOTS=bi/screenshots."""
    for dashboard in DASHBOARDS:
        look = browser.look(dashboard)
        bottom = look.page.evaluate("document.querySelector('.grid-content').getBoundingClientRect().bottom")
        look.page.set_viewport_size({"width": 1400, "height": int(bottom) + 40})
        look.page.wait_for_timeout(3000)
        picture = Path(os.environ["SCREENSHOTS"]).resolve() / f"{dashboard}.png"
        look.page.screenshot(path=picture)
        smaller = "import sys; from PIL import Image; Image.open(sys.argv[1]).convert('RGB').quantize(256).save(sys.argv[1], optimize=True)"
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
