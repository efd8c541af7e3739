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

)

select
    missing_columns.source_table,
    missing_columns.column_name,
    missing_columns.consequence,
    missing_columns.possible_columns,
    raw_tables.row_count
from missing_columns
inner join raw_tables on missing_columns.source_table = raw_tables.source_table
