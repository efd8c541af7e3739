-- Invariant: every pattern can be read, and has no backslash, no anchor, no `(?` and no blank at
-- its ends.
-- Guards against: a pattern that means something else, or nothing at all, on another engine.
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
    -- In a class, as in [^a-z], it means something else: not.
    or {{ dbt.position("'^'", "replace(pattern, '[^', '[')") }} > 0
    or pattern <> trim(pattern)
    -- Null never happens. A pattern that cannot be read is an error, which names it.
    or {{ matches("''", 'pattern') }} is null
