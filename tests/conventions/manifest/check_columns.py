"""What dbt-bouncer has no check for: test coverage by column."""

import re

from dbt_bouncer.check_framework.decorator import check, fail


@check
def check_model_columns_are_tested(model, ctx, *, tested_elsewhere: list[str] = []):
    """A column is tested where a data test or what a unit test expects names it."""
    demand_tests(model, ctx, tested_elsewhere)


@check
def check_seed_columns_are_tested(seed, ctx):
    """The same of what people edit."""
    demand_tests(seed, ctx, [])


def demand_tests(node, ctx, named):
    named = set(named)
    for test in ctx.tests_by_attached_node.get(node.unique_id, []):
        arguments = {name: value for name, value in test.test_metadata.kwargs.items() if name != "model"}
        named |= set(re.findall(r"\w+", str(arguments)))
    for test in ctx.unit_tests_by_depends_on_node.get(node.unique_id, []):
        named |= set().union(*test.expect.rows)
    untested = [column for column in node.columns if column not in named]
    if untested:
        fail(f"{node.name}: no test names {', '.join(untested)}")
