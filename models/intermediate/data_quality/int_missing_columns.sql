{#- Nobody leaves these columns empty on purpose. -#}
{%- set expected_columns = {
    'sessions': ['utm_source', 'utm_medium'],
    'conversions': ['currency'],
    'campaign_metrics': ['impressions', 'clicks', 'spend', 'currency'],
} -%}

with

{% for table_name, columns in expected_columns.items() -%}
    -- One row: how many rows the table has, and how many have a value in each column.
    counted_{{ table_name }} as (

        select
            {% for column in columns -%}
                count(case when cast({{ column }} as {{ dbt.type_string() }}) <> '' then 1 end)
                    as {{ column }}_count,
            {% endfor -%}
            count(*) as row_count
        from {{ ref('base_marketing__' ~ table_name) }}

    ),

{% endfor -%}

-- The empty first part gives the columns their types, and a result where nothing is missing.
missing_or_empty_columns as (

    select
        cast(null as {{ dbt.type_string() }}) as source_table,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as consequence,
        cast(null as {{ dbt.type_string() }}) as possible_columns,
        cast(null as bigint) as row_count
    where false

    {% for table_name, columns in expected_columns.items() -%}
        {% set missing = missing_columns(table_name) -%}
        {% for column in missing -%}
            union all

            select
                '{{ table_name }}' as source_table,
                '{{ column.name }}' as column_name,
                {{ text_literal(column.consequence) }} as consequence,
                {{ text_literal(column.possible) if column.possible else 'null' }}
                    as possible_columns,
                row_count
            from counted_{{ table_name }}

        {% endfor -%}
        -- A loader of a warehouse keeps a column that the source no longer has, and fills it with
        -- nulls.
        {% for column in columns if column not in missing | map(attribute='name') -%}
            union all

            select
                '{{ table_name }}' as source_table,
                '{{ column }}' as column_name,
                {{ text_literal(consequence_without(table_name, column)) }}
                || ' (it is empty in every row)' as consequence,
                null as possible_columns,
                row_count
            from counted_{{ table_name }}
            where row_count > 0 and {{ column }}_count = 0

        {% endfor -%}
    {% endfor %}

)

select
    source_table,
    column_name,
    consequence,
    possible_columns,
    row_count
from missing_or_empty_columns
