"""One answer on every engine: what the sample and the hostile rows give on DuckDB, the tested engine gives too, value by value.

Guards against: rows that one engine reads and another rejects, ties that follow a collation, sums that round, texts that lose a
letter. Another engine needs a Warehouse in conftest.py, and its name in ENGINES.
"""

import json
from math import isclose

import pytest
from conftest import ENGINES, MARTS, PUBLISHED, DuckDB, Warehouse, deliver_hostile_rows

pytestmark = pytest.mark.engines(*ENGINES[1:])
KEYS = {**MARTS, "int_reconciliation": 2}  # columns of the key, which come first


@pytest.fixture(scope="module")
def references(tmp_path_factory) -> dict[str, Warehouse]:
    """The sample and the hostile rows, built on DuckDB."""
    folder = tmp_path_factory.mktemp("reference")
    sample = DuckDB(folder / "sample", folder / "current")
    sample.run()
    hostile = sample.copy(folder / "hostile")
    deliver_hostile_rows(hostile)
    return {"sample": sample, "hostile": hostile}


def keyed(table: str, rows: list[tuple]) -> dict[tuple, tuple]:
    """The rows by their key; rejected rows by all they are, their JSON parsed."""
    if table in KEYS:
        return {row[: KEYS[table]]: row for row in rows}
    return {(source, key, reasons, loaded, copy, *json.loads(raw).items()): () for source, key, reasons, loaded, raw, copy in rows}


def equal(one, other) -> bool:
    """Doubles within 1e-9; all else exactly: also true is not 1, and an empty text not null."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@pytest.mark.parametrize("data", ["sample", "hostile"])
@pytest.mark.parametrize("table", PUBLISHED)
def test_every_value_is_that_of_duckdb(references, request, table, data):
    tested, reference = request.getfixturevalue(data), references[data]
    columns = (
        "select column_name from information_schema.columns where table_name = '{}'"
        " and table_schema in ('insights_marts', 'insights_intermediate') order by ordinal_position"
    )
    assert tested.query(columns.format(table)) == reference.query(columns.format(table))
    found, stated = (keyed(table, warehouse.query(f"select * from {table}")) for warehouse in (tested, reference))
    assert len(stated) > 10 and found.keys() == stated.keys()
    different = {key: (found[key], row) for key, row in stated.items() if not all(map(equal, found[key], row))}
    assert different == {}
