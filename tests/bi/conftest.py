"""The dashboards, served from the built sample, and a Chromium that looks at them; `--engine` names where the marts are."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "bi" / "dashboards"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

# The other tests' warehouses; both folders have a conftest, so that it needs another name here.
sys.path.insert(0, str(ROOT / "tests" / "python"))
spec = importlib.util.spec_from_file_location("warehouses", ROOT / "tests" / "python" / "conftest.py")
warehouses = sys.modules["warehouses"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(warehouses)
from postgres_server import free_port  # noqa: E402
from warehouses import pytest_addoption, pytest_collection_modifyitems, pytest_configure, sample, server  # noqa: E402, F401


def load(pattern: str) -> dict[str, dict]:
    """Files of the bundle by their name without ending."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(BUNDLE.glob(pattern))}


CHARTS = load("charts/*.yaml")
DASHBOARDS = load("dashboards/*.yaml")


def charts_of(dashboard: str) -> dict[int, str]:
    """The charts on a dashboard of the bundle, by their id there."""
    names = {chart["uuid"]: name for name, chart in CHARTS.items()}
    children = [child for child in DASHBOARDS[dashboard]["position"].values() if isinstance(child, dict) and child["type"] == "CHART"]
    return {child["meta"]["chartId"]: names[child["meta"]["uuid"]] for child in children}


class Dashboards:
    """Superset as `make bi` starts it, with a home of its own."""

    def __init__(self, warehouse, folder: Path):
        self.warehouse, self.home, self.port = warehouse, folder / "superset", free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | warehouse.environment | {"SUPERSET_HOME": str(self.home)}
        if warehouse.target == "postgres":
            self.environment |= warehouse.server.environment("reporter") | {"PGDATABASE": warehouse.database}

    def command(self, **environment: str) -> subprocess.Popen:
        """Start it without waiting."""
        program = (str(ROOT / ".venv-bi" / "bin" / "python"), str(ROOT / "bi" / "start.py"))
        options = ("--target", self.warehouse.target, "--port", str(self.port))
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen((*program, *options), env=self.environment | environment, cwd=self.warehouse.folder, **pipes)

    def __enter__(self) -> "Dashboards":
        self.process = self.command()
        self.printed = ""
        while "Ctrl-C" not in self.printed:
            line = self.process.stdout.readline()
            assert line, self.printed
            self.printed += line
        self.password = re.search(r"password (\S+)", self.printed)[1]
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(2)
        assert self.process.wait(30) == 0


class Look:
    """One look at a page: what it asked for, what came back and what it complained of."""

    def __init__(self, page):
        self.page, self.requests, self.complaints, self.answers = page, [], [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", lambda response: self.answers.append(response) if self.is_of_a_chart(response) else None)

    @staticmethod
    def is_of_a_chart(response) -> bool:
        """Whether a chart asked. Filters ask too, for their values."""
        return "/api/v1/chart/data" in response.url and "slice_id" in response.request.post_data_json["form_data"]

    def figures(self) -> dict[int, dict]:
        """The last result of each chart by its id, with the query that was sent; asserts that each query returned."""
        found = {}
        for answer in self.answers:
            assert answer.status == 200, answer.text()
            sent = answer.request.post_data_json
            result = answer.json()["result"][0]
            assert result["status"] == "success" and not result["is_cached"], result
            found[sent["form_data"]["slice_id"]] = {"query": sent["queries"][0], **result}
        return found


class Browser:
    """A Chromium in which somebody has logged in."""

    def __init__(self, chromium, served: Dashboards):
        self.chromium, self.served = chromium, served
        self.context = chromium.new_context(viewport={"width": 1400, "height": 1000})
        self.log_in(self.context, served.password).close()
        charts = self.context.request.get(f"{served.address}/api/v1/chart/?q=(page_size:100,columns:!(id,slice_name))").json()["result"]
        titles = {chart["slice_name"]: name for name, chart in CHARTS.items()}
        self.names = {chart["id"]: titles[chart["slice_name"]] for chart in charts}

    def log_in(self, context, password: str):
        """Fill in the form, and give the next page."""
        page = context.new_page()
        page.goto(self.served.address)
        page.fill("#username", "admin")
        page.fill("#password", password)
        with page.expect_response(lambda response: response.request.method == "POST" and "/login" in response.url):
            page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        return page

    def look(self, dashboard: str, query: str = "") -> Look:
        """Open a dashboard and wait until all its charts have their figures."""
        look = Look(self.context.new_page())
        look.page.goto(f"{self.served.address}/superset/dashboard/{DASHBOARDS[dashboard]['slug']}/{query}")
        self.settle(look, len(charts_of(dashboard)))
        return look

    def settle(self, look: Look, count: int) -> None:
        """Wait for the answers of that many charts, and until nothing is on its way."""
        for _ in range(240):
            if len(look.answers) >= count:
                break
            look.page.wait_for_timeout(250)
        look.page.wait_for_load_state("networkidle")

    def named(self, look: Look) -> dict[str, dict]:
        return {self.names[number]: figures for number, figures in look.figures().items()}


@pytest.fixture(scope="session")
def served(sample, tmp_path_factory):  # noqa: F811
    if sample.target == "duckdb":
        subprocess.run([sys.executable, ROOT / "bi" / "publish.py", sample.database], check=True)
    with Dashboards(sample, tmp_path_factory.mktemp("bi")) as served:
        yield served


@pytest.fixture(scope="session")
def chromium():
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.exit("There is no chromium on this machine. Debian: apt install chromium. Or name one by CHROMIUM.", returncode=2)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def browser(chromium, served):
    return Browser(chromium, served)
