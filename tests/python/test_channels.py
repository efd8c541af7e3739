"""The seeds that name channels, held to a table of tags that we wrote: channel_pairs.csv. Its column ga4_channel is what GA4's
published default channel group says, where that is another channel; it is empty where both agree.

Guards against: a rule that no tag can reach, a rule that differs from GA4 for no reason, and spend in another channel than its sessions.
"""

import csv
from typing import NamedTuple

import pytest
from conftest import ROOT


class Rule(NamedTuple):
    """A row of seed channel_rules."""

    rule_order: int
    channel: str
    utm_medium_pattern: str
    rationale: str


def read(path: str) -> list[dict[str, str]]:
    """The rows of a CSV file in the project, by column."""
    with (ROOT / path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


PAIRS = read("tests/python/channel_pairs.csv")
PLATFORMS = read("seeds/platform_channels.csv")


@pytest.fixture(scope="module")
def built(sample, tmp_path_factory):
    """A copy of the built sample on which dbt can run; nothing here changes it."""
    return sample.copy(tmp_path_factory.mktemp("channels"))


@pytest.fixture(scope="module")
def first_rules(built):
    """A function that gives for tags, as pairs of source and medium, the rule that catches each of them on this engine."""
    done = built.dbt("--quiet", "compile", "--inline", "{{ channel_rule_fits('tags.utm_source', 'tags.utm_medium') }}")
    assert done.returncode == 0, done.stdout

    def look_up(tags: list[tuple[str, str]]) -> dict[tuple[str, str], Rule]:
        values = ", ".join("('{}', '{}')".format(*(text.replace("'", "''") for text in tag)) for tag in tags)
        columns = "utm_source, utm_medium, rule_order, channel, utm_medium_pattern, rationale"
        rows = built.query(
            f"select {columns} from (select tags.*, channel_rules.rule_order, channel, utm_medium_pattern, rationale, row_number()"
            " over (partition by utm_source, utm_medium order by channel_rules.rule_order) as place"
            f" from (values {values}) as tags (utm_source, utm_medium)"
            f" inner join {built.schema}_seeds.channel_rules as channel_rules on {done.stdout}) as fitting where place = 1"
        )
        return {(source, medium): Rule(*rule) for source, medium, *rule in rows}

    return look_up


@pytest.fixture(scope="module")
def rule_of(first_rules):
    """The rule that catches each tag of the table."""
    return first_rules([(pair["utm_source"], pair["utm_medium"]) for pair in PAIRS])


def test_each_tag_has_its_channel(rule_of):
    wrong = {
        f"{pair['utm_source']} / {pair['utm_medium']}": (pair["channel"], rule_of[pair["utm_source"], pair["utm_medium"]][:2])
        for pair in PAIRS
        if rule_of[pair["utm_source"], pair["utm_medium"]].channel != pair["channel"]
    }
    assert wrong == {}


def test_each_rule_catches_a_tag(built, rule_of):
    """If no tag of the table reaches a rule, an earlier rule may catch all of its tags."""
    rules = {rule_order for (rule_order,) in built.query(f"select rule_order from {built.schema}_seeds.channel_rules")}
    assert rules == {rule.rule_order for rule in rule_of.values()}


def test_each_difference_from_ga4_has_a_reason(rule_of):
    different = {rule_of[pair["utm_source"], pair["utm_medium"]] for pair in PAIRS if pair["ga4_channel"]}
    assert different
    assert [rule.rule_order for rule in different if "GA4" not in rule.rationale] == []


def test_paid_media_are_the_same_in_every_rule(rule_of):
    """A medium that is paid on one platform is paid on all: the pattern stands in many rules, because a seed has no variables."""
    patterns = [rule.utm_medium_pattern.removesuffix("|audio") for rule in set(rule_of.values()) if "ppc" in rule.utm_medium_pattern]
    assert len(patterns) > 10
    assert len(set(patterns)) == 1


def test_spend_and_sessions_of_a_platform_meet(first_rules):
    """A platform's name as the source of a paid session means the channel of the platform. A name that says it sells ads needs no medium."""
    tags = {(row["platform"], "cpc"): row["channel"] for row in PLATFORMS}
    tags |= {(row["platform"], ""): row["channel"] for row in PLATFORMS if row["platform"].endswith("ads")}
    assert {tag: rule.channel for tag, rule in first_rules(list(tags)).items()} == tags


def test_check_data_shows_the_rule_of_a_tag(built):
    done = built.dbt("--quiet", "run-operation", "show_rule_of_tag", "--args", "tag: Google / c p c")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith('Source "Google", medium "c p c"\nRule 110: Google Ads\n')
    assert "would fit, too: 500, 770, 999. A rule of your own for this tag needs a rule_order below 110." in " ".join(done.stdout.split())


def test_check_data_shows_the_tags_of_a_rule(built):
    """`make check-data` lists the tags that the rule catches, with their sessions, and those that an earlier rule catches."""
    done = built.dbt("--quiet", "run-operation", "show_tags_of_rule", "--args", "rule: 770")
    assert done.returncode == 0, done.stdout
    caught, missed = done.stdout.split("It fits these too, but an earlier rule catches them:\n")
    tags = "select count(*) from stg_marketing__sessions where utm_source = 'google' and utm_medium = '{}'"
    ((organic,),), ((paid,),) = built.query(tags.format("organic")), built.query(tags.format("cpc"))
    assert caught.startswith("Rule 770: Organic Search\n") and f"{organic:>9,} x google / organic\n" in caught
    assert f"{paid:>9,} x google / cpc (rule 110)\n" in missed


def test_check_data_says_that_a_rule_is_not_there(built):
    done = built.dbt("--quiet", "run-operation", "show_tags_of_rule", "--args", "rule: 1")
    assert (done.returncode, done.stdout) == (0, "seeds/channel_rules.csv has no rule with rule_order 1.\n")
