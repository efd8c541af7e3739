"""The stand-ins in offline_packages/ must give the verdicts of the real dbt packages.

Invariant: an offline stand-in that passes where the real test fails would hide bad rows.

CASES is the table of expectations: every generic test and every argument the stand-ins support has at
least one case that passes and one that fails, with the number of failing rows. The cases are run with the
stand-ins, and with the real packages too wherever `dbt deps` has installed them.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple, Optional

import pytest
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).resolve().parents[2]
OFFLINE_PACKAGES = ROOT / "offline_packages"
INSTALLED_PACKAGES = ROOT / "dbt_packages"
OFFLINE_NAMES = ("dbt_utils", "dbt_expectations")
REAL_NAMES = (*OFFLINE_NAMES, "dbt_date")  # dbt_expectations needs dbt_date

PROFILE = {"type": "duckdb", "path": "cases.duckdb", "threads": 1}

TABLES = {
    "numbers": (
        "id, v, lo, hi",
        """(1, 0, 0, 10), (2, 5, 0, 10), (3, 10, 0, 10), (4, null, 0, 10), (5, -1, 0, 10), (6, 11, 0, 10),
           (7, 5, null, 4), (8, 5, null, null), (9, 5, 6, null)""",
    ),
    "keys": (
        'a, b, "Mixed Case"',
        """(1, 'x', 1), (1, 'y', 2), (2, 'x', 3), (2, 'x', 4), (2, 'x', 4), (3, null, 5), (3, null, 6),
           (4, null, 7), (null, null, 8)""",
    ),
    "words": (
        "id, word",
        """(1, 'cat'), (2, 'hat'), (3, 'DOG'), (4, 'fish'), (5, ''), (6, null), (7, 'a.b'), (8, 'a b'),
           (9, '2024-01-31')""",
    ),
    "pairs": (
        "id, a, b",
        "(1, 2, 1), (2, 1, 1), (3, 0, 1), (4, null, 1), (5, 1, null), (6, null, null)",
    ),
    # groups of sales: day 1 equal, day 2 differs, day 3 in sales only, day 4 in copied only
    "sales": ("id, day, amount, flag", "(1, 1, 10, true), (2, 1, 20, false), (3, 2, 30, true), (4, 3, 40, true)"),
    "copied": ("id, on_day, net, flag", "(1, 1, 10, true), (2, 1, 20, true), (3, 2, 31, true), (4, 4, 39, true)"),
    "same": ("id, day, amount, flag", "(5, 1, 10, true), (6, 1, 20, false), (7, 2, 30, true), (8, 3, 40, true)"),
    "twice": ("id, day", "(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3), (8, 3)"),
    "null_day": ("id, day, amount", "(1, 1, 10), (2, null, 20), (3, null, null)"),
    "null_day_copy": ("id, day, amount", "(1, 1, 10), (2, null, 20), (3, null, null)"),
    "null_amount": ("id, day, amount", "(1, 1, 10), (2, 2, cast(null as integer))"),
    "zero_amount": ("id, day, amount", "(1, 1, 10), (2, 2, 0)"),
    "two_keys": ("day, shop, amount", "(1, 'x', 1), (1, 'y', 2), (2, 'x', 3)"),
    "two_keys_moved": ("day, shop, amount", "(1, 'x', 1), (1, 'y', 3), (2, 'x', 2)"),
    "hundred": ("day, amount", "(1, 100), (2, -100)"),
    "hundred_ten": ("day, amount", "(1, 110), (2, -110)"),
    "ninety": ("day, amount", "(1, 90), (2, -90)"),
}
EMPTY_TABLES = {"nothing": "select id, day, amount from {{ ref('sales') }} where id < 0"}


class Case(NamedTuple):
    name: str
    test: str
    table: str
    failures: int  # 0: the test must pass; n: it must fail with n rows
    args: dict
    column: Optional[str] = None
    where: Optional[str] = None


UNIQUE = "dbt_utils.unique_combination_of_columns"
RANGE = "dbt_utils.accepted_range"
TRUE = "dbt_utils.expression_is_true"
REGEX = "dbt_expectations.expect_column_values_to_match_regex"
PAIR = "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B"
COUNT = "dbt_expectations.expect_table_row_count_to_equal_other_table"
AGG = "dbt_expectations.expect_table_aggregation_to_equal_other_table"


def unique(name, failures, columns, where=None, **more):
    return Case(f"unique_{name}", UNIQUE, "keys", failures, {"combination_of_columns": columns, **more}, None, where)


def in_range(name, failures, where=None, **args):
    return Case(f"range_{name}", RANGE, "numbers", failures, args, "v", where)


def true(name, failures, expression, column=None, where=None):
    return Case(f"true_{name}", TRUE, "numbers", failures, {"expression": expression}, column, where)


def regex(name, failures, pattern, column="word", **more):
    return Case(f"regex_{name}", REGEX, "words", failures, {"regex": pattern, **more}, column)


def pair(name, failures, where=None, a="a", b="b", **more):
    return Case(f"pair_{name}", PAIR, "pairs", failures, {"column_A": a, "column_B": b, **more}, None, where)


def count(name, failures, table, other, where=None, **more):
    return Case(f"count_{name}", COUNT, table, failures, {"compare_model": f"ref('{other}')", **more}, None, where)


def agg(name, failures, table, other, expression="sum(amount)", where=None, **more):
    args = {"expression": expression, "compare_model": f"ref('{other}')", **more}
    return Case(f"agg_{name}", AGG, table, failures, args, None, where)


CASES = [
    unique("pass", 0, ["a", "b"], where="a = 1"),
    unique("fail_and_nulls_are_equal", 2, ["a", "b"]),
    unique("single_column", 3, ["a"]),
    unique("single_column_nulls", 2, ["b"]),
    unique("one_null_is_unique", 0, ["a", "b"], where="a is null or a = 4"),
    unique("quoted_fail", 1, ["Mixed Case"], quote_columns=True),
    unique("quoted_pass", 0, ["Mixed Case", "a"], quote_columns=True, where="b is null"),
    unique("no_rows", 0, ["a"], where="a > 99"),
    in_range("min_ok", 0, min_value=-1),
    in_range("min_fail", 1, min_value=0),
    in_range("max_ok", 0, max_value=11),
    in_range("max_fail", 1, max_value=10),
    in_range("both_fail", 2, min_value=0, max_value=10),
    in_range("both_exclusive_fail", 4, min_value=0, max_value=10, inclusive=False),
    in_range("exclusive_ok", 0, min_value=-2, max_value=12, inclusive=False),
    in_range("explicit_inclusive_ok", 0, min_value=-1, max_value=11, inclusive=True),
    in_range("min_exclusive_boundary", 1, min_value=-1, inclusive=False),
    in_range("max_exclusive_boundary", 1, max_value=11, inclusive=False),
    in_range("columns_with_nulls", 4, min_value="lo", max_value="hi"),
    in_range("expression", 6, min_value="hi - 5 + 1", where="id < 99"),
    in_range("where_pass", 0, min_value=0, max_value=10, where="id < 5"),
    in_range("only_nulls", 0, min_value=0, max_value=10, where="id = 4"),
    true("pass", 0, "id > 0"),
    true("fail", 2, "lo <= v and v <= hi", where="id < 7"),
    true("null_expression", 2, "v >= 0 and v < 11"),
    true("or_is_kept_together", 1, "v >= 0 or id = 99"),
    true("column_pass", 0, "> 0", column="id"),
    true("column_fail", 1, ">= 0", column="v"),
    true("column_not_null_fail", 1, "is not null", column="v"),
    true("column_or", 1, "= 1 or id > 2", column="id"),
    true("where_pass", 0, ">= 0", column="v", where="id < 5"),
    regex("found_anywhere_fail", 3, "[at]+"),
    regex("found_anywhere_pass", 0, "[at]+", row_condition="id in (1, 2, 7, 8)"),
    regex("null", 0, "z", row_condition="word is null"),
    regex("empty_string_fail", 1, ".", row_condition="id = 5"),
    regex("empty_string_pass", 0, "^$", row_condition="id = 5"),
    regex("row_condition_or", 2, "[at]+", row_condition="id = 3 or id = 4"),
    regex("anchored", 7, "^[a-z]{3}$", row_condition="id > 0"),
    regex("case_matters", 1, "dog", row_condition="id = 3"),
    regex("flag_i_pass", 0, "dog", row_condition="id = 3", flags="i"),
    regex("flag_i_fail", 1, "dog", row_condition="id in (3, 4)", flags="i"),
    regex("no_flags", 1, "dog", row_condition="id = 3", flags=""),
    regex("dot_escaped_pass", 0, r"a\.b", row_condition="id = 7"),
    regex("dot_escaped_fail", 1, r"a\.b", row_condition="id in (7, 8)"),
    regex("digits_pass", 0, r"^\d{4}-\d{2}-\d{2}$", row_condition="id = 9"),
    regex("alternatives", 1, "^(cat|hat|DOG)$", row_condition="id < 5"),
    regex("not_raw", 1, r"a\.b", row_condition="id in (7, 8)", is_raw=False),
    regex("quote_in_regex", 1, "it''s", row_condition="id = 1"),
    regex("column_expression", 2, "t$", column="lower(word)", row_condition="id < 5"),
    pair("fail", 2),
    pair("pass", 0, where="a > b"),
    pair("or_equal_fail", 1, or_equal=True),
    pair("or_equal_pass", 0, or_equal=True, where="a >= b"),
    pair("not_or_equal", 2, or_equal=False),
    pair("same_column", 4, b="a"),
    pair("same_column_or_equal", 0, b="a", or_equal=True),
    pair("nulls", 0, row_condition="a is null or b is null"),
    pair("row_condition_fail", 1, row_condition="id < 3"),
    pair("row_condition_pass", 0, row_condition="id = 1"),
    pair("row_condition_or", 1, row_condition="id = 1 or id = 3"),
    count("pass", 0, "sales", "same"),
    count("fail", 1, "sales", "twice"),
    count("empty_model", 1, "nothing", "sales"),
    count("empty_other", 1, "sales", "nothing"),
    count("both_empty", 0, "nothing", "nothing"),
    count("both_empty_by_day", 0, "nothing", "nothing", group_by=["day"]),
    count("by_day_pass", 0, "sales", "same", group_by=["day"]),
    count("by_day_fail", 3, "sales", "twice", group_by=["day"]),
    count("by_day_missing_on_both_sides", 2, "sales", "copied", group_by=["day"], compare_group_by=["on_day"]),
    count("by_day_empty_other", 3, "sales", "nothing", group_by=["day"]),
    count("by_day_empty_model", 3, "nothing", "sales", group_by=["day"]),
    count("by_day_other_pass", 0, "sales", "copied", group_by=["amount > 25"], compare_group_by=["net > 25"]),
    count("by_two_keys_pass", 0, "two_keys", "two_keys_moved", group_by=["day", "shop"]),
    count("null_group", 2, "null_day", "null_day_copy", group_by=["day"]),
    count("null_group_with_factor", 1, "null_day", "null_day_copy", group_by=["day"], factor=2),
    count("factor_1", 0, "sales", "same", factor=1),
    count("factor_fail", 1, "sales", "same", factor=2),
    count("factor_pass", 0, "twice", "sales", factor=2),
    count("factor_half", 0, "sales", "twice", factor=0.5),
    count("factor_half_fail", 1, "sales", "same", factor=0.5),
    count("factor_by_day", 1, "twice", "sales", factor=2, group_by=["day"]),
    count("factor_0_fail", 1, "sales", "same", factor=0),
    count("row_condition_fail", 1, "sales", "same", row_condition="flag"),
    count("compare_row_condition_fail", 1, "sales", "same", compare_row_condition="flag"),
    count("both_row_conditions_pass", 0, "sales", "same", row_condition="flag", compare_row_condition="flag"),
    count("row_condition_or", 1, "sales", "same", row_condition="id = 1 or id = 2"),
    count("where_fail", 1, "sales", "same", where="flag"),
    agg("pass", 0, "sales", "same"),
    agg("fail", 1, "sales", "hundred"),
    agg("by_day_pass", 0, "sales", "same", group_by=["day"]),
    agg("by_day_fail", 3, "sales", "copied", compare_expression="sum(net)", group_by=["day"],
        compare_group_by=["on_day"]),
    agg("total_hides_days", 0, "sales", "copied", compare_expression="sum(net)"),
    agg("compare_expression_fail", 1, "sales", "copied", compare_expression="sum(net) + 1"),
    agg("count_by_day", 2, "sales", "copied", "count(*)", group_by=["day"], compare_group_by=["on_day"]),
    agg("two_keys_pass", 0, "two_keys", "two_keys", group_by=["day", "shop"]),
    agg("two_keys_fail", 2, "two_keys", "two_keys_moved", group_by=["day", "shop"]),
    agg("null_group", 2, "null_day", "null_day_copy", group_by=["day"]),
    agg("null_and_value", 1, "null_amount", "zero_amount", group_by=["day"]),
    agg("value_and_null", 1, "zero_amount", "null_amount", group_by=["day"]),
    agg("null_and_null", 0, "null_amount", "null_amount", group_by=["day"]),
    agg("null_total_and_value", 1, "nothing", "sales"),
    agg("value_and_null_total", 1, "sales", "nothing"),
    agg("null_totals", 0, "nothing", "nothing"),
    agg("empty_by_day", 3, "sales", "nothing", group_by=["day"]),
    agg("empty_model_by_day", 3, "nothing", "sales", group_by=["day"]),
    agg("row_condition_fail", 1, "sales", "same", row_condition="flag"),
    agg("compare_row_condition_fail", 1, "sales", "same", compare_row_condition="flag"),
    agg("both_row_conditions_pass", 0, "sales", "same", row_condition="flag", compare_row_condition="flag"),
    agg("row_condition_or", 1, "sales", "same", row_condition="id = 1 or id = 2", group_by=["flag"]),
    agg("where_fail", 1, "sales", "same", where="flag"),
    agg("max_date", 0, "sales", "same", "cast(max(current_date) as date)"),
    agg("max_text", 1, "two_keys", "two_keys_moved", "max(shop || amount)"),
    agg("tolerance_inside", 0, "hundred", "hundred_ten", group_by=["day"], tolerance=11),
    agg("tolerance_boundary", 0, "hundred", "hundred_ten", group_by=["day"], tolerance=10),
    agg("tolerance_outside", 2, "hundred", "hundred_ten", group_by=["day"], tolerance=9),
    agg("tolerance_zero_pass", 0, "sales", "same", tolerance=0),
    agg("tolerance_zero_fail", 1, "two_keys", "sales", tolerance=0),
    agg("tolerance_null", 1, "null_amount", "zero_amount", group_by=["day"], tolerance=1),
    agg("tolerance_null_other", 1, "zero_amount", "null_amount", group_by=["day"], tolerance=1),
    agg("tolerance_nulls", 1, "null_amount", "null_amount", group_by=["day"], tolerance=1),
    agg("tolerance_missing_groups", 2, "sales", "copied", compare_expression="sum(net)", group_by=["day"],
        compare_group_by=["on_day"], tolerance=1),
    agg("percent_inside", 0, "hundred", "hundred_ten", group_by=["day"], tolerance_percent=0.15),
    agg("percent_of_theirs_110", 0, "hundred", "hundred_ten", group_by=["day"], tolerance_percent=0.095),
    agg("percent_of_theirs_90", 2, "hundred", "ninety", group_by=["day"], tolerance_percent=0.105),
    agg("percent_boundary", 0, "hundred", "ninety", "max(amount)", tolerance_percent=0.125,
        compare_expression="80 * max(amount) / 90"),
    agg("percent_outside", 2, "hundred", "hundred_ten", group_by=["day"], tolerance_percent=0.05),
    agg("percent_zero_and_zero", 0, "zero_amount", "zero_amount", group_by=["day"], tolerance_percent=0.05),
    agg("percent_null", 1, "null_amount", "zero_amount", group_by=["day"], tolerance_percent=0.05),
]


def write_project(folder, packages, cases, profile):
    """A dbt project of the tables and the cases, with copies of the packages (folders) installed."""
    models = folder / "models"
    models.mkdir(parents=True)
    for package in packages:
        leave_out = shutil.ignore_patterns("integration_tests", ".git", "docs")
        shutil.copytree(package, folder / "dbt_packages" / package.name, ignore=leave_out)
    project = {"name": "cases", "version": "1.0.0", "profile": "cases", "vars": {"dbt_date:time_zone": "UTC"},
               "flags": {"send_anonymous_usage_stats": False}}
    (folder / "dbt_project.yml").write_text(json.dumps(project))
    outputs = {"target": "x", "outputs": {"x": profile}}
    (folder / "profiles.yml").write_text(json.dumps({"cases": outputs}))
    for name, (columns, rows) in TABLES.items():
        (models / f"{name}.sql").write_text(f"select * from (values {rows}) as t ({columns})")
    for name, sql in EMPTY_TABLES.items():
        (models / f"{name}.sql").write_text(sql)
    entries = {}
    for case in cases:
        entry = entries.setdefault(case.table, {"name": case.table, "data_tests": [], "columns": {}})
        body = {"name": case.name, "arguments": case.args}
        if case.where:
            body["config"] = {"where": case.where}
        if case.column:
            column = entry["columns"].setdefault(case.column, {"name": case.column, "data_tests": []})
            column["data_tests"].append({case.test: body})
        else:
            entry["data_tests"].append({case.test: body})
    for entry in entries.values():
        entry["columns"] = list(entry["columns"].values())
    # YAML is a superset of JSON
    (models / "schema.yml").write_text(json.dumps({"models": list(entries.values())}))
