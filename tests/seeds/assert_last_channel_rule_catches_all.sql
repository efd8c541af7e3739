-- Invariant: the rule with the highest rule_order matches every source and every medium.
-- Guards against: a rule that is added after the catch-all rule. int_session_tags never uses the
-- last rule.
with

last_rule as (

    select max(rule_order) as rule_order from {{ ref('channel_rules') }}

)

select last_rule.rule_order
from last_rule
left join {{ ref('channel_rules') }} as channel_rules
    on
        last_rule.rule_order = channel_rules.rule_order
        and channel_rules.utm_source_pattern = '.*'
        and channel_rules.utm_medium_pattern = '.*'
where channel_rules.rule_order is null
