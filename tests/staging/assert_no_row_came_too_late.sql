-- Invariant: every raw row that was loaded before the overlap with the next build is in the history, counted by the hour of its load.
-- Guards against: rows that a loader stamped and made visible only after a later load had been read, and that no build would find.
-- It tests the base models so that nothing is built on them. Rows that left the raw table are not missed here.
{{ config(store_failures=true) }}

with

{% for table_name in ['sessions', 'conversions', 'campaign_metrics'] -%}
    {%- set found = found_columns(table_name) -%}
    delivered_{{ table_name }} as (

        select {{ parse_timestamp(delivered_value('loaded_at', found), found.get('loaded_at', 'text')) }} as loaded_at
        from {{ source('marketing', table_name) }}
        where {{ has_load_times(found) | lower }}

    ),

    read_{{ table_name }} as (

        select loaded_at from {{ ref('base_marketing__' ~ table_name) }}

    ),

{% endfor -%}

delivered as (

    {% for table_name in ['sessions', 'conversions', 'campaign_metrics'] -%}
        select
            '{{ table_name }}' as source_table,
            {{ dbt.date_trunc('hour', 'loaded_at') }} as loaded_hour,
            count(*) as row_count
        from delivered_{{ table_name }}
        where loaded_at < (select {{ overlap_start() }} from read_{{ table_name }})
        group by {{ dbt.date_trunc('hour', 'loaded_at') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

known as (

    {% for table_name in ['sessions', 'conversions', 'campaign_metrics'] -%}
        select
            '{{ table_name }}' as source_table,
            {{ dbt.date_trunc('hour', 'loaded_at') }} as loaded_hour,
            count(*) as row_count
        from read_{{ table_name }}
        where loaded_at < (select {{ overlap_start() }} from read_{{ table_name }})
        group by {{ dbt.date_trunc('hour', 'loaded_at') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    delivered.source_table,
    delivered.loaded_hour,
    delivered.row_count as delivered_rows,
    coalesce(known.row_count, 0) as read_rows
from delivered
left join known on delivered.source_table = known.source_table and delivered.loaded_hour = known.loaded_hour
where delivered.row_count > coalesce(known.row_count, 0)
