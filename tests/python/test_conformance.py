"""One answer on every engine: what the sample and the hostile rows give on DuckDB, the tested engine gives too, value by value.

Guards against: rows that one engine reads and another rejects, ties that follow a collation, sums that round, texts that lose a
letter. Another engine needs a Warehouse in conftest.py, and its name in ENGINES.
"""

import json
import os
from math import isclose

import pytest
from conftest import ENGINES, MARTS, PUBLISHED, DuckDB, Warehouse, deliver_hostile_rows
from random_rows import random_rows

pytestmark = pytest.mark.engines(*ENGINES[1:])
COMPARED = (*PUBLISHED, "int_data_warnings")
KEYS = {**MARTS, "int_reconciliation": 2, "int_data_warnings": 2}  # columns of the key, which come first


@pytest.fixture(scope="module")
def references(tmp_path_factory) -> dict[str, Warehouse]:
    """The sample and the hostile rows, built on DuckDB."""
    folder = tmp_path_factory.mktemp("reference")
    sample = DuckDB(folder / "sample", folder / "current")
    sample.run()
    hostile = sample.copy(folder / "hostile")
    deliver_hostile_rows(hostile)
    hostile.run()
    return {"sample": sample, "hostile": hostile}


def keyed(table: str, rows: list[tuple]) -> dict[tuple, tuple]:
    """The rows by their key; rejected rows by all they are, their JSON parsed."""
    if table in KEYS:
        return {row[: KEYS[table]]: row for row in rows}
    return {(source, key, reasons, loaded, copy, *json.loads(raw).items()): () for source, key, reasons, loaded, raw, copy in rows}


def equal(one, other) -> bool:
    """Doubles are equal within 1e-9, other values only exactly: true is not 1, and an empty text is not null."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def compare(table: str, tested: Warehouse, reference: Warehouse) -> int:
    """The number of rows of a table, which are the same in both."""
    assert tested.columns(table) == reference.columns(table)
    found, stated = (keyed(table, warehouse.query(f"select * from {table}")) for warehouse in (tested, reference))
    assert found.keys() == stated.keys()
    different = {key: (found[key], row) for key, row in stated.items() if not all(map(equal, found[key], row))}
    assert different == {}
    return len(stated)


@pytest.mark.parametrize("data", ["sample", "hostile"])
@pytest.mark.parametrize("table", COMPARED)
def test_every_value_is_that_of_duckdb(references, request, table, data):
    tested, reference = request.getfixturevalue(data), references[data]
    assert compare(table, tested, reference) > 10


@pytest.mark.parametrize("number", range(int(os.environ.get("DATA_SETS", "1"))))
def test_random_rows_give_the_same(references, sample, tmp_path_factory, number):
    """Rows that nobody has thought of, each set in another time zone of the business."""
    rows, variables = random_rows(number), {"business_timezone": ("Europe/Berlin", "UTC", "America/New_York")[number % 3]}
    built = []
    for warehouse in (references["sample"], sample):
        built.append(warehouse.copy(tmp_path_factory.mktemp(f"random{number}")))
        built[-1].variables = variables
        built[-1].deliver(rows)
        built[-1].run()
        built[-1].keep()
    assert sum(compare(table, *reversed(built)) for table in COMPARED) > 100
