{# Checks that both tables have the same number of rows (per group), or that ours has factor times theirs. #}
{% test expect_table_row_count_to_equal_other_table(
    model, compare_model, group_by=none, compare_group_by=none, factor=1, row_condition=none, compare_row_condition=none
) %}
    {{ dbt_expectations.compare_aggregates(
        model, 'count(*)', row_condition, group_by,
        compare_model, 'count(*) * ' ~ factor, compare_row_condition, compare_group_by,
    ) }}
{% endtest %}


{# Checks that an aggregate has the same value in both tables (per group), within a tolerance if one is given. #}
{% test expect_table_aggregation_to_equal_other_table(
    model, expression, compare_model, compare_expression=none, group_by=none, compare_group_by=none,
    row_condition=none, compare_row_condition=none, tolerance=0.0, tolerance_percent=none
) %}
    {{ dbt_expectations.compare_aggregates(
        model, expression, row_condition, group_by,
        compare_model, compare_expression or expression, compare_row_condition, compare_group_by,
        tolerance, tolerance_percent,
    ) }}
{% endtest %}


{# Checks two aggregates against one another: its rows are the groups (or the one whole) that differ. #}
{% macro compare_aggregates(
    model, expression, row_condition, group_by, other_model, other_expression, other_row_condition, other_group_by,
    tolerance=0.0, tolerance_percent=none
) %}
    {%- set groups = group_by or [] -%}
    {%- set other_groups = other_group_by or groups -%}
    {%- if groups is string or other_groups is string or groups | length != other_groups | length -%}
        {{ exceptions.raise_compiler_error("group_by and compare_group_by must be lists of the same length") }}
    {%- endif -%}
    {%- if tolerance and tolerance_percent is not none -%}
        {{ exceptions.raise_compiler_error("give either tolerance or tolerance_percent, not both") }}
    {%- endif %}

with ours as (
    {{ dbt_expectations.aggregate_by(model, expression, row_condition, groups) }}
),

theirs as (
    {{ dbt_expectations.aggregate_by(
        other_model, other_expression, other_row_condition or row_condition, other_groups
    ) }}
),

-- a null aggregate, and that of a group which one table does not have, counts as 0
compared as (
    select
        {%- for group in groups %}
        coalesce(ours.group_{{ loop.index }}, theirs.group_{{ loop.index }}) as group_{{ loop.index }},
        {%- endfor %}
        coalesce(ours.agg, 0) as our_value,
        coalesce(theirs.agg, 0) as their_value
    from ours
    full join theirs
        on
            ours.one = theirs.one
            {%- for group in groups %}
            and ours.group_{{ loop.index }} = theirs.group_{{ loop.index }}
            {%- endfor %}
)

select *
from compared
where
    {%- if tolerance_percent is not none %}
    abs(our_value - their_value) / cast(nullif(our_value, 0) as double precision) > {{ tolerance_percent }}
    {%- else %}
    abs(our_value - their_value) > {{ tolerance }}
    {%- endif %}
{% endmacro %}


{# Checks nothing by itself: one side of compare_aggregates, the aggregate of one table for each group. #}
{% macro aggregate_by(model, expression, row_condition, groups) %}
    select
        {%- for group in groups %}
        {{ group }} as group_{{ loop.index }},
        {%- endfor %}
        1 as one,
        {{ expression }} as agg
    from {{ model }}
    {%- if row_condition %}
    where {{ row_condition }}
    {%- endif %}
    {%- if groups %}
    group by {{ groups | join(', ') }}
    {%- endif %}
{% endmacro %}
