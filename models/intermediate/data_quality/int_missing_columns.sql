{#- Nobody leaves these columns empty on purpose. -#}
{%- set expected_columns = {
    'sessions': ['utm_source', 'utm_medium'],
    'conversions': ['currency'],
    'campaign_metrics': ['impressions', 'clicks', 'spend', 'currency'],
} -%}

with

raw_tables as (

    select
        'sessions' as source_table,
        count(*) as row_count
    from {{ ref('base_marketing__sessions') }}

    union all

    select
        'conversions' as source_table,
        count(*) as row_count
    from {{ ref('base_marketing__conversions') }}

    union all

    select
        'campaign_metrics' as source_table,
        count(*) as row_count
    from {{ ref('base_marketing__campaign_metrics') }}

),

-- The empty first half gives the columns their types, and a result where no column is missing.
missing_columns as (

    select
        cast(null as {{ dbt.type_string() }}) as source_table,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as consequence,
        cast(null as {{ dbt.type_string() }}) as possible_columns
    where false

    {% for table_name in ['sessions', 'conversions', 'campaign_metrics'] -%}
        {% for column in missing_columns(table_name) -%}
            union all

            select
                '{{ table_name }}' as source_table,
                '{{ column.name }}' as column_name,
                {{ text_literal(column.consequence) }} as consequence,
                {{ text_literal(column.possible) if column.possible else 'null' }}
                    as possible_columns

        {% endfor -%}
    {% endfor %}

),

-- A loader of a warehouse keeps a column that the source no longer has, and fills it with nulls.
filled_columns as (

    {% for table_name, columns in expected_columns.items() -%}
        {% set table_loop = loop %}
        {% for column in columns -%}
            select
                '{{ table_name }}' as source_table,
                '{{ column }}' as column_name,
                {{ text_literal(consequence_without(table_name, column) or '') }} as consequence,
                count(case when cast({{ column }} as {{ dbt.type_string() }}) <> '' then 1 end)
                    as filled_row_count
            from {{ ref('base_marketing__' ~ table_name) }}
            {{ 'union all' if not (loop.last and table_loop.last) }}
        {% endfor -%}
    {% endfor %}

),

all_columns as (

    select * from missing_columns

    union all

    select
        filled_columns.source_table,
        filled_columns.column_name,
        filled_columns.consequence || ' (it is empty in every row)' as consequence,
        cast(null as {{ dbt.type_string() }}) as possible_columns
    from filled_columns
    left join missing_columns
        on
            filled_columns.source_table = missing_columns.source_table
            and filled_columns.column_name = missing_columns.column_name
    where filled_columns.filled_row_count = 0 and missing_columns.column_name is null

)

select
    all_columns.source_table,
    all_columns.column_name,
    all_columns.consequence,
    all_columns.possible_columns,
    raw_tables.row_count
from all_columns
inner join raw_tables on all_columns.source_table = raw_tables.source_table
-- An empty table has a warning only for the columns that it lacks.
where raw_tables.row_count > 0 or all_columns.consequence not like '%(it is empty in every row)'
