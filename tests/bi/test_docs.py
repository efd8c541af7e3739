"""The documentation opens from disk, its graph can be read, and its search finds a column."""

import itertools
import os
import re
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
    assert sorted(path.name for path in folder.iterdir()) == ["index.html"]
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


# The label of each visible node: its size on the screen, its colour and the one behind it, and where the node is.
LABELS = """() => {
    const cy = [...document.querySelectorAll('*')].find(element => element._cyreg && element._cyreg.cy)._cyreg.cy;
    return cy.nodes(':visible').map(node => ({
        id: node.id(), size: parseFloat(node.style('font-size')) * cy.zoom(), colours: [node.style('color'), node.style('background-color')],
        box: node.renderedBoundingBox({includeOverlays: false}), canvas: [cy.width(), cy.height()],
    }));
}"""


def contrast(colours: list[str]) -> float:
    """As WCAG 2 defines it."""
    lights = []
    for colour in colours:
        digits = "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 else colour[1:]
        texts = re.findall(r"\d+", colour) if colour.startswith("rgb") else bytes.fromhex(digits)
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (int(text) / 255 for text in texts)]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_first_click_shows_a_graph_that_can_be_read(pages, page):
    """After a click on a node, which colours what leads to it, the labels can be read, too."""
    page.goto(f"file://{pages}/index.html")
    page.get_by_text("This site describes every table and column").wait_for()
    page.locator("[title='View Lineage Graph']").click()
    page.wait_for_function(f"() => {{ const graph = ({GRAPH})(); return graph && graph.nodes.length > 50 }}")
    page.wait_for_timeout(1500)
    labels = page.evaluate(LABELS)
    assert {label["id"].split(".")[0] for label in labels} == {"source", "model", "metric", "exposure"}
    for label in labels:
        box, (width, height) = label["box"], label["canvas"]
        assert label["size"] >= 9, label
        assert box["x1"] >= 0 and box["y1"] >= 0 and box["x2"] <= width and box["y2"] <= height, label
        assert contrast(label["colours"]) >= 4.5, label
    for one, other in itertools.combinations((label["box"] for label in labels), 2):
        apart = one["x2"] <= other["x1"] or other["x2"] <= one["x1"] or one["y2"] <= other["y1"] or other["y2"] <= one["y1"]
        assert apart, (one, other)
    # Each metric hangs on something.
    targets = {target for _, target in page.evaluate(GRAPH)["edges"]}
    assert [label["id"] for label in labels if label["id"].startswith("metric.") and label["id"] not in targets] == []
    box = next(label["box"] for label in labels if label["id"].endswith(".customer_ltv"))
    canvas = page.locator("canvas").last.bounding_box()
    page.mouse.click(canvas["x"] + (box["x1"] + box["x2"]) / 2, canvas["y"] + (box["y1"] + box["y2"]) / 2)
    page.wait_for_timeout(500)
    chosen = page.evaluate(LABELS)
    assert {str(label["colours"]) for label in chosen} != {str(label["colours"]) for label in labels}
    assert [label for label in chosen if contrast(label["colours"]) < 4.5] == []
