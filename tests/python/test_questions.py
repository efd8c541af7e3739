"""The README's answers: what a build prints and its five questions are true, and `make sql` asks what is published and cannot write."""

import os
import re
import subprocess
import sys
from math import isclose

import pytest
from conftest import ROOT
from test_publish import publish_file

README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(
    r"^\*\*(?P<title>[^*]+\?)\*\*(?:.+\n)+\n```sql\n(?P<sql>[^`]+)```\n\n(?P<table>(?:\|.*\n)+)",
    re.split(r"\n##+ ", README.split("\n### Five questions\n")[1])[0],
    flags=re.MULTILINE,
)


def is_shown(cell: str, value) -> bool:
    """Whether a cell of the README shows a value. Engines may round the last of two decimals differently."""
    if value is None:
        return cell == ""
    if re.fullmatch(r"-?\d+(\.\d+)?", cell):
        return isclose(float(cell), float(value), abs_tol=0.0101 if "." in cell else 0)
    return cell == str(value)


def test_printed_answer_of_the_readme_is_true(sample):
    """Each of its lines is printed by a build of the sample, in that order."""
    shown = README.split("\n## The answer\n")[1].split("```\n")[1].splitlines()
    assert len(shown) > 10
    printed = iter(sample.printed.splitlines())
    assert [line for line in shown if line not in printed] == []


def test_there_are_five_questions():
    assert len(QUESTIONS) == 5


@pytest.mark.parametrize("title, sql, table", QUESTIONS, ids=[title for title, _, _ in QUESTIONS])
def test_answers_of_the_readme_are_true(sample, title, sql, table):
    header, _, *lines = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines())
    rows = sample.query(sql)
    assert rows and len(rows) == len(lines)
    assert re.search(rf"\b{header[-1]}\b", sql) and len(header) == len(rows[0])
    assert [(line, row) for line, row in zip(lines, rows) if not all(map(is_shown, line, row))] == []


def make_sql(warehouse, query: str) -> subprocess.CompletedProcess:
    """`make sql` on what a warehouse has published."""
    environment = os.environ | warehouse.environment
    if warehouse.target == "postgres":
        environment |= warehouse.server.environment("reporter") | {"PGDATABASE": warehouse.database}
    command = ["make", "--silent", "-o", ".venv/.built", f"VENV_PYTHON={sys.executable}", "sql", f"TARGET={warehouse.target}", f"QUERY={query}"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_make_sql_asks_what_is_published_and_cannot_write(warehouse):
    publish_file(warehouse)
    done = make_sql(warehouse, "select acquisition_channel, 'it''s' as quoted from channel_cohorts where customers > 0")
    assert done.returncode == 0 and "Google Ads" in done.stdout and "it's" in done.stdout, done.stderr
    for statement in ("delete from orders", "create table mine (a int)", "drop view orders"):
        assert make_sql(warehouse, statement).returncode != 0, statement
    ((count,),) = warehouse.query("select count(*) from orders")
    assert str(count) in make_sql(warehouse, "select count(*) from orders").stdout


@pytest.mark.engines("duckdb")
def test_make_sql_says_that_nothing_is_published(warehouse):
    warehouse.environment = {"DUCKDB_PATH": str(warehouse.folder / "none" / "none.duckdb")}
    done = make_sql(warehouse, "select 1")
    assert done.returncode != 0 and "Run make build first." in done.stderr
