-- Invariant: every pattern is a valid regular expression without backslashes, anchors, `(?` and
-- outer blanks.
-- Guards against: a pattern that means something else, or nothing, on another engine.
with

patterns as (

    select
        rule_order,
        utm_source_pattern as pattern
    from {{ ref('channel_rules') }}

    union all

    select
        rule_order,
        utm_medium_pattern as pattern
    from {{ ref('channel_rules') }}

)

select
    rule_order,
    pattern
from patterns
where
    {{ dbt.position('chr(92)', 'pattern') }} > 0
    or {{ dbt.position("'(?'", 'pattern') }} > 0
    or {{ dbt.position("'$'", 'pattern') }} > 0
    -- In a class, such as [^a-z], the sign ^ is no anchor. It means not.
    or {{ dbt.position("'^'", "replace(pattern, '[^', '[')") }} > 0
    or pattern <> trim(pattern)
    -- This is never true. It makes the engine read each pattern: an invalid one is an error that
    -- names it.
    or {{ matches_pattern("''", 'pattern', 'channel_rules') }} is null
