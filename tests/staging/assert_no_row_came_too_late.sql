-- Invariant: every raw row that was loaded before the overlap with the next build is in the history, by its key and loaded_at.
-- Guards against: rows that a loader stamped and made visible only after a later load had been read, and that no build would find.
-- It tests the base models so that nothing is built on them. Rows that have left the raw table are not missed here.
{{ config(store_failures=true) }}

{%- set texts = {'sessions': ['session_id'], 'conversions': ['conversion_id'], 'campaign_metrics': ['platform', 'campaign_id', 'ad_id']} -%}

with

{% for table_name in texts -%}
    {%- set key = history_key(table_name) -%}
    {%- set found = found_columns(table_name) -%}
    delivered_{{ table_name }} as (

        select
            {% for column in texts[table_name] -%}
                {{ cleaned_text(column, found) }} as {{ column }},
            {% endfor -%}
            {% if table_name == 'campaign_metrics' -%}
                {{ parse_date(delivered_value('metric_date', found), found.get('metric_date', 'text')) }} as metric_date,
            {% endif -%}
            {{ parse_timestamp(delivered_value('loaded_at', found), found.get('loaded_at', 'text')) }} as loaded_at
        from {{ source('marketing', table_name) }}
        -- What is read in full is never late.
        where {{ has_load_times(found) | lower }}

    ),

    history_of_{{ table_name }} as (

        select
            {{ key }} as record_key,
            loaded_at
        from {{ ref('base_marketing__' ~ table_name) }}

    ),

    late_{{ table_name }} as (

        select
            {{ key }} as record_key,
            loaded_at
        from delivered_{{ table_name }}
        where loaded_at < (select {{ overlap_start() }} from history_of_{{ table_name }})

        except

        select * from history_of_{{ table_name }}

    ),

{% endfor -%}

late as (

    {% for table_name in texts -%}
        select
            '{{ table_name }}' as source_table,
            loaded_at,
            (select {{ overlap_start() }} from history_of_{{ table_name }}) as read_since
        from late_{{ table_name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    source_table,
    {{ dbt.date_trunc('hour', 'loaded_at') }} as loaded_hour,
    read_since,
    count(*) as row_count
from late
group by source_table, {{ dbt.date_trunc('hour', 'loaded_at') }}, read_since
