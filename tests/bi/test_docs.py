"""The documentation opens from disk, its graphs draw, and its search finds a column."""

import os
import subprocess

import pytest
from conftest import ROOT

pytestmark = pytest.mark.engines("duckdb")


@pytest.fixture(scope="module")
def pages(sample):
    """The folder that `make docs` fills, of the built sample."""
    environment = os.environ | sample.environment | {"DBT_TARGET_PATH": str(sample.folder / "documented")}
    done = subprocess.run(["make", "docs"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = sample.folder / "documented" / "docs"
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "lineage.html"]
    return folder


@pytest.fixture
def page(chromium):
    """A page of a browser that reaches nothing but files; fails where it wanted more, or complained."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


# dbt's page draws with Cytoscape, which leaves itself at the element that it draws in.
GRAPH = """() => {
    const drawn = [...document.querySelectorAll('*')].find(element => element._cyreg && element._cyreg.cy);
    return drawn ? {
        nodes: drawn._cyreg.cy.nodes(':visible').map(node => node.id()),
        edges: drawn._cyreg.cy.edges(':visible').map(edge => [edge.source().id(), edge.target().id()]),
        colours: Object.fromEntries(drawn._cyreg.cy.nodes().map(node => [node.id(), node.style('background-color')])),
    } : null;
}"""


def test_graph_leads_from_the_source_to_the_dashboards(pages, page):
    """The one that the overview links to, which leaves the tests out."""
    page.goto(f"file://{pages}/index.html")
    page.get_by_text("from the raw tables to the dashboards").click()
    is_drawn = "graph && graph.nodes.length > 25 && graph.nodes.every(node => !node.includes('test.'))"
    page.wait_for_function(f"() => {{ const graph = ({GRAPH})(); return {is_drawn} }}")
    graph = page.evaluate(GRAPH)
    reached = {"source.customer_insights.marketing.sessions"}
    while True:
        further = {target for source, target in graph["edges"] if source in reached} - reached
        if not further:
            break
        reached |= further
    dashboards = {f"exposure.customer_insights.{name}_dashboard" for name in ("campaigns", "channels", "customers")}
    marts = {f"model.customer_insights.{name}" for name in ("customer_ltv", "campaign_funnel_periods", "channel_daily", "channel_cohorts")}
    assert dashboards | marts <= reached
    layers = ("base_marketing__sessions", "stg_marketing__sessions", "int_conversions", "customer_ltv")
    assert len({graph["colours"][f"model.customer_insights.{name}"] for name in layers}) == len(layers)


def test_overview_explains_itself_and_leads_to_the_marts(pages, page):
    page.goto(f"file://{pages}/index.html")
    page.get_by_text("This site describes every table and column").wait_for()
    page.locator("a:visible", has_text="customer_ltv").first.click()
    page.get_by_text("What each customer is worth, in which tier").first.wait_for()


def test_search_finds_a_column_with_its_description(pages, page):
    page.goto(f"file://{pages}/index.html")
    page.get_by_text("This site describes every table and column").wait_for()
    page.locator("input#search").fill("is_clicked_but_not_converting")
    page.locator(".search-result", has_text="campaign_funnel").first.click()
    page.get_by_text("True where people click").first.wait_for()


def test_lineage_of_columns_draws(pages, page):
    """And follows a column over the models."""
    page.goto(f"file://{pages}/lineage.html")
    page.get_by_text("customer_insights").first.wait_for()
    page.get_by_placeholder("Filter models...").first.fill("customer_ltv")
    page.get_by_text("customer_ltv", exact=True).first.click()
    page.get_by_text("acquisition_channel").first.wait_for()
    page.locator(".lucide-plus").first.click()
    page.get_by_text("int_customer_acquisitions").first.wait_for()
