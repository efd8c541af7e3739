"""The stand-ins in offline_packages/ must give the verdicts of the real dbt packages.

Invariant: an offline stand-in that passes where the real test fails would hide bad rows.

CASES is the table of expectations: every generic test and every argument the stand-ins support has at
least one case that passes and one that fails, with the number of failing rows. The cases are run with the
stand-ins, and with the real packages too wherever `dbt deps` has installed them.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from dbt.cli.main import dbtRunner

pytestmark = pytest.mark.engines("duckdb")
ROOT = Path(__file__).resolve().parents[2]
OFFLINE_PACKAGES = ROOT / "offline_packages"
INSTALLED_PACKAGES = ROOT / "dbt_packages"
OFFLINE_NAMES = ("dbt_utils", "dbt_expectations")
OFFLINE_VERSION = "0.0.0"
REAL_NAMES = (*OFFLINE_NAMES, "dbt_date")  # dbt_expectations needs dbt_date

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
    "day_1": ("day, amount", "(1, 10)"),
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
    failures: int | None  # 0: the test must pass; n: it must fail with n rows; None: the database must refuse it
    args: dict
    column: str | None = None
    where: str | None = None


UNIQUE = "dbt_utils.unique_combination_of_columns"
RANGE = "dbt_utils.accepted_range"
TRUE = "dbt_utils.expression_is_true"
REGEX = "dbt_expectations.expect_column_values_to_match_regex"
PAIR = "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B"
COUNT = "dbt_expectations.expect_table_row_count_to_equal_other_table"
AGG = "dbt_expectations.expect_table_aggregation_to_equal_other_table"


def unique(name, failures, columns, where=None, **more):
    return Case(f"unique_{name}", UNIQUE, "keys", failures, {"combination_of_columns": columns, **more}, None, where)


def in_range(name, failures, where=None, column="v", **args):
    return Case(f"range_{name}", RANGE, "numbers", failures, args, column, where)


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
    in_range("min_fail", 1, min_value=0),
    in_range("max_fail", 1, max_value=10),
    in_range("both_fail", 2, min_value=0, max_value=10),
    in_range("both_exclusive_fail", 4, min_value=0, max_value=10, inclusive=False),
    in_range("exclusive_ok", 0, min_value=-2, max_value=12, inclusive=False),
    in_range("min_exclusive_boundary", 1, min_value=-1, inclusive=False),
    in_range("max_exclusive_boundary", 1, max_value=11, inclusive=False),
    in_range("columns_with_nulls", 4, min_value="lo", max_value="hi"),
    in_range("expression", 3, min_value="hi - 5 + 1", where="id < 99"),
    in_range("where_pass", 0, min_value=0, max_value=10, where="id < 5"),
    in_range("nan", 1, max_value=10, where="id = 1", column="cast('nan' as double precision)"),
    in_range("only_nulls", 0, min_value=0, max_value=10, where="id = 4"),
    true("pass", 0, "id > 0"),
    true("fail", 2, "lo <= v and v <= hi", where="id < 7"),
    true("null_expression", 2, "v >= 0 and v < 11"),
    true("or_is_kept_together", 1, "v >= 0 or id = 99"),
    true("column_pass", 0, "> 0", column="id"),
    true("column_fail", 1, ">= 0", column="v"),
    true("column_or", 1, "= 1 or id > 2", column="id"),
    true("where_pass", 0, ">= 0", column="v", where="id < 5"),
    regex("found_anywhere_fail", 4, "[at]+"),
    regex("found_anywhere_pass", 0, "[at]+", row_condition="id in (1, 2, 7, 8)"),
    # on DuckDB (on PostgreSQL the real package fails a null)
    regex("null", 0, "z", row_condition="word is null"),
    regex("empty_string_fail", 1, ".", row_condition="id = 5"),
    regex("empty_string_pass", 0, "^$", row_condition="id = 5"),
    regex("row_condition_or", 1, "[at]+", row_condition="id = 1 or id = 4"),
    regex("row_condition_or_turned", 1, "[at]+", row_condition="id = 4 or id = 1"),
    regex("anchored", 6, "^[a-z]{3}$", row_condition="id > 0"),
    regex("case_matters", 1, "dog", row_condition="id = 3"),
    regex("flag_i_pass", 0, "dog", row_condition="id = 3", flags="i"),
    regex("flag_i_fail", 1, "dog", row_condition="id in (3, 4)", flags="i"),
    regex("dot_escaped_pass", 0, r"a\.b", row_condition="id = 7"),
    regex("dot_escaped_fail", 1, r"a\.b", row_condition="id in (7, 8)"),
    regex("digits_pass", 0, r"^\d{4}-\d{2}-\d{2}$", row_condition="id = 9"),
    regex("raw_pass", 0, r"a\.b", row_condition="id = 7", is_raw=True),
    regex("raw_fail", 1, r"a\.b", row_condition="id in (7, 8)", is_raw=True),
    regex("raw_with_flags", 0, r"A\.B", row_condition="id = 7", is_raw=True, flags="i"),
    regex("two_flags", 0, "^dog", row_condition="id = 3", flags="im"),
    regex("unknown_flag_is_refused", None, "dog", flags="y"),
    regex("quote_in_regex", 1, "it''s", row_condition="id = 1"),
    regex("column_expression", 2, "t$", column="lower(word)", row_condition="id < 5"),
    pair("fail", 2),
    pair("pass", 0, where="a > b"),
    pair("or_equal_fail", 1, or_equal=True),
    pair("or_equal_pass", 0, or_equal=True, where="a >= b"),
    pair("same_column", 4, b="a"),
    pair("same_column_or_equal", 0, b="a", or_equal=True),
    pair("nulls", 0, row_condition="a is null or b is null"),
    pair("row_condition_pass", 0, row_condition="id = 1"),
    pair("row_condition_or", 1, row_condition="id = 1 or id = 3"),
    pair("row_condition_or_turned", 1, row_condition="id = 3 or id = 1"),
    pair("expression", 1, a="a + 1"),
    count("pass", 0, "sales", "same"),
    count("fail", 1, "sales", "twice"),
    count("empty_model", 1, "nothing", "sales"),
    count("empty_other", 1, "sales", "nothing"),
    count("both_empty", 0, "nothing", "nothing"),
    count("by_day_pass", 0, "sales", "same", group_by=["day"]),
    count("by_day_fail", 3, "sales", "twice", group_by=["day"]),
    count("by_day_missing_on_both_sides", 2, "sales", "copied", group_by=["day"], compare_group_by=["on_day"]),
    count("by_day_empty_other", 3, "sales", "nothing", group_by=["day"]),
    count("by_day_empty_model", 3, "nothing", "sales", group_by=["day"]),
    count("by_day_other_pass", 0, "sales", "copied", group_by=["amount > 25"], compare_group_by=["net > 25"]),
    count("by_two_keys_pass", 0, "two_keys", "two_keys_moved", group_by=["day", "shop"]),
    count("null_group", 2, "null_day", "null_day_copy", group_by=["day"]),
    count("null_group_with_factor", 3, "null_day", "null_day_copy", group_by=["day"], factor=2),
    count("factor_pass", 0, "twice", "sales", factor=2),
    count("factor_half", 0, "sales", "twice", factor=0.5),
    count("factor_half_fail", 1, "sales", "same", factor=0.5),
    count("factor_by_day_pass", 0, "twice", "sales", factor=2, group_by=["day"]),
    count("factor_by_day_fail", 3, "sales", "same", factor=2, group_by=["day"]),
    count("factor_0_fail", 1, "sales", "same", factor=0),
    count("row_condition_is_for_both", 0, "sales", "same", row_condition="flag"),
    count("row_condition_fail", 1, "sales", "same", row_condition="flag", compare_row_condition="true"),
    count("compare_row_condition_fail", 1, "sales", "same", compare_row_condition="flag"),
    count("row_condition_or", 0, "sales", "same", row_condition="id = 1 or id = 2",
          compare_row_condition="id = 5 or id = 8"),
    count("where_fail", 1, "sales", "same", where="flag"),
    agg("pass", 0, "sales", "same"),
    agg("fail", 1, "sales", "hundred"),
    agg("by_day_pass", 0, "sales", "same", group_by=["day"]),
    agg("by_day_fail", 3, "sales", "copied", compare_expression="sum(net)", group_by=["day"],
        compare_group_by=["on_day"]),
    agg("total_hides_days", 0, "sales", "copied", compare_expression="sum(net)"),
    agg("compare_expression_fail", 1, "sales", "copied", compare_expression="sum(net) + 1"),
    agg("count_by_day", 2, "sales", "copied", "count(*)", group_by=["day"], compare_group_by=["on_day"]),
    agg("compare_group_by_pass", 0, "sales", "copied", "count(*)", group_by=["day > 2"], compare_group_by=["net > 35"]),
    agg("two_keys_pass", 0, "two_keys", "two_keys", group_by=["day", "shop"]),
    agg("two_keys_fail", 2, "two_keys", "two_keys_moved", group_by=["day", "shop"]),
    agg("null_group", 2, "null_day", "null_day_copy", group_by=["day"]),
    # a null aggregate and that of a missing group count as 0
    agg("null_and_zero", 0, "null_amount", "zero_amount", group_by=["day"]),
    agg("zero_and_null", 0, "zero_amount", "null_amount", group_by=["day"]),
    agg("zero_and_missing_group", 0, "zero_amount", "day_1", group_by=["day"]),
    agg("missing_group_and_null", 0, "day_1", "null_amount", group_by=["day"]),
    agg("missing_group_counted", 1, "zero_amount", "day_1", "count(*)", group_by=["day"]),
    agg("null_total_and_value", 1, "nothing", "sales"),
    agg("value_and_null_total", 1, "sales", "nothing"),
    agg("null_totals", 0, "nothing", "nothing"),
    agg("empty_by_day", 3, "sales", "nothing", group_by=["day"]),
    agg("empty_model_by_day", 3, "nothing", "sales", group_by=["day"]),
    agg("row_condition_is_for_both", 0, "sales", "same", row_condition="flag"),
    agg("row_condition_fail", 1, "sales", "same", row_condition="flag", compare_row_condition="true"),
    agg("compare_row_condition_fail", 1, "sales", "same", compare_row_condition="flag"),
    agg("row_condition_or", 0, "sales", "same", where="flag", row_condition="id = 1 or id = 3",
        compare_row_condition="id = 5 or id = 7"),
    agg("where_fail", 1, "sales", "same", where="flag"),
    agg("text_is_refused", None, "two_keys", "two_keys", "max(shop)"),
    agg("infinity_equals_nothing", 1, "day_1", "day_1", "max(cast('Infinity' as double precision))"),
    agg("tiny_difference", 1, "day_1", "day_1", "1.0 * max(day)", compare_expression="1.0001 * max(day)"),
    agg("tolerance_boundary", 0, "hundred", "hundred_ten", group_by=["day"], tolerance=10),
    agg("tolerance_outside", 2, "hundred", "hundred_ten", group_by=["day"], tolerance=9),
    agg("tolerance_zero_fail", 1, "two_keys", "sales", tolerance=0),
    agg("tolerance_nulls", 0, "null_amount", "zero_amount", group_by=["day"], tolerance=1),
    agg("tolerance_null_total", 1, "nothing", "sales", tolerance=99),
    agg("tolerance_missing_groups", 2, "sales", "copied", compare_expression="sum(net)", group_by=["day"],
        compare_group_by=["on_day"], tolerance=1),
    agg("percent_inside", 0, "hundred", "hundred_ten", group_by=["day"], tolerance_percent=0.15),
    # per cent of our value (10 of 100, not of 110 or of 90); where our value is negative or 0 the test never fails
    agg("percent_outside", 1, "hundred", "hundred_ten", group_by=["day"], tolerance_percent=0.095),
    agg("percent_inside_of_ours", 0, "hundred", "ninety", group_by=["day"], tolerance_percent=0.105),
    agg("percent_boundary", 0, "hundred", "ninety", "max(amount)", tolerance_percent=0.1),
    agg("percent_of_integers", 1, "day_1", "day_1", compare_expression="sum(amount) - 2", tolerance_percent=0.15),
    agg("percent_tiny", 1, "day_1", "day_1", "1000000", compare_expression="1000001", tolerance_percent=0.0000005),
    agg("percent_zero_and_value", 0, "day_1", "sales", "0 * max(amount)", compare_expression="max(amount)",
        tolerance_percent=0.05),
    agg("percent_value_and_zero", 1, "sales", "day_1", compare_expression="0 * max(amount)", tolerance_percent=0.05),
    agg("percent_empty_model", 0, "nothing", "sales", tolerance_percent=0.05),
    agg("percent_empty_other", 1, "sales", "nothing", tolerance_percent=0.05),
    agg("percent_missing_groups", 1, "sales", "copied", compare_expression="sum(net)", group_by=["day"],
        compare_group_by=["on_day"], tolerance_percent=0.05),
]

# Arguments which must stop dbt, with a part of its message.
REFUSED = [
    (in_range("no_bounds", None), "accepted_range: give min_value, max_value or both"),
    (unique("not_a_list", None, "ab"), "combination_of_columns must be a list"),
    (count("lengths_differ", None, "sales", "same", group_by=["day"], compare_group_by=["day", "id"]),
     "must be lists of the same length"),
    (agg("two_tolerances", None, "sales", "same", tolerance=1, tolerance_percent=0.1), "not both"),
]

ARGUMENTS = {
    UNIQUE: ("combination_of_columns", "quote_columns"),
    RANGE: ("min_value", "max_value", "inclusive"),
    TRUE: ("expression",),
    REGEX: ("regex", "row_condition", "is_raw", "flags"),
    PAIR: ("column_A", "column_B", "or_equal", "row_condition"),
    COUNT: ("compare_model", "group_by", "compare_group_by", "factor", "row_condition", "compare_row_condition"),
    AGG: ("expression", "compare_model", "compare_expression", "group_by", "compare_group_by", "row_condition",
          "compare_row_condition", "tolerance", "tolerance_percent"),
}


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
    # dbt counts whether what is installed is what is named.
    (folder / "packages.yml").write_text(json.dumps({"packages": [{"local": str(package)} for package in packages]}))
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


def dbt(folder, packages, cases, *command):
    """Run dbt on a project of these cases, and return what dbtRunner returns."""
    write_project(folder, packages, cases, {"type": "duckdb", "path": ":memory:", "threads": 1})
    places = [f"--project-dir={folder}", f"--profiles-dir={folder}", "--target=x"]
    places += [f"--target-path={folder / 'target'}", f"--log-path={folder / 'logs'}"]
    quick = ["--log-level=none", "--log-level-file=none", "--no-partial-parse", "--no-write-json"]
    return dbtRunner().invoke([*command, *places, *quick])


def verdicts(result):
    """{case: (status, failing rows)}, after making sure that dbt ran and built every table."""
    assert result.exception is None, result.exception
    broken = [r.node.name for r in result.result if r.node.resource_type == "model" and str(r.status) != "success"]
    assert not broken, f"tables not built: {broken}"
    return {r.node.name: (str(r.status), r.failures) for r in result.result if r.node.resource_type == "test"}


def expected():
    status = {None: "error", 0: "pass"}
    return {case.name: (status.get(case.failures, "fail"), case.failures) for case in CASES}


def differences(found):
    wanted = expected()
    return {name: {"expected": wanted.get(name), "found": found.get(name)}
            for name in sorted(wanted.keys() | found.keys()) if wanted.get(name) != found.get(name)}


def version(package):
    project = package / "dbt_project.yml"
    return str(yaml.safe_load(project.read_text(encoding="utf-8")).get("version")) if project.is_file() else None


def test_every_argument_has_a_passing_and_a_failing_case():
    assert len(expected()) == len(CASES), "two cases have the same name"
    for test, arguments in ARGUMENTS.items():
        for argument in arguments:
            failures = [case.failures for case in CASES if case.test == test and argument in case.args]
            assert 0 in failures and any(failures), f"{test}: {argument}"


def test_offline_packages_give_the_expected_verdicts(tmp_path):
    packages = [OFFLINE_PACKAGES / name for name in OFFLINE_NAMES]
    assert {version(package) for package in packages} == {OFFLINE_VERSION}
    # --warn-error: the stand-ins must not use anything deprecated
    result = dbt(tmp_path / "offline", packages, CASES, "--warn-error", "build", "--show-all-deprecations")
    assert differences(verdicts(result)) == {}


@pytest.mark.parametrize("case, message", REFUSED, ids=[case.name for case, _ in REFUSED])
def test_offline_packages_refuse(case, message, tmp_path):
    packages = [OFFLINE_PACKAGES / name for name in OFFLINE_NAMES]
    result = dbt(tmp_path / "refused", packages, [case], "parse")
    assert not result.success
    assert message in str(result.exception)


def test_real_packages_give_the_same_verdicts(tmp_path):
    packages = [INSTALLED_PACKAGES / name for name in REAL_NAMES]
    missing = [package.name for package in packages if version(package) in (None, OFFLINE_VERSION)]
    if missing:
        pytest.skip(f"the real packages are not installed ({', '.join(missing)}), so only the offline verdicts were "
                    "checked; run `dbt deps` where the dbt package hub can be reached to have them compared")
    result = dbt(tmp_path / "real", packages, CASES, "build")
    assert differences(verdicts(result)) == {}
