{#- Whether a build can tell by loaded_at which rows are new. Text would have to be parsed in all rows. -#}
{% macro has_load_times(found) %}{{ return(type_kind(found.get('loaded_at', 'text')) in ['moment', 'zoned', 'date']) }}{% endmacro %}

{#-
    From which loaded_at on an incremental build reads a raw table, as text; none where it reads all of it: at first, with
    --full-refresh, from another table than last time, and without a loaded_at that has a type, as in CSV files.
-#}
{% macro read_since(table_name, found) %}
    {%- if this and is_incremental() and has_load_times(found) -%}
        {%- set history = run_query(
            'select read_from, cast(' ~ overlap_start() ~ ' as ' ~ dbt.type_string() ~ ') as since from ' ~ this ~ ' group by read_from'
        ).rows -%}
        {%- if history | length == 1 and history[0]['read_from'] == read_from(table_name, found) -%}
            {{ return(history[0]['since']) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Where the next build begins to read. A loaded_at in the future would hide all that comes until then. -#}
{% macro overlap_start() %}
    {%- if var('loaded_at_overlap') is not number or var('loaded_at_overlap') < 0 -%}
        {%- do exceptions.raise_compiler_error('Var loaded_at_overlap is a number of hours, 0 or more, and not ' ~ var('loaded_at_overlap') ~ '.') -%}
    {%- endif -%}
    {{- dbt.dateadd('hour', -var('loaded_at_overlap'), 'max(case when loaded_at <= ' ~ build_started_at() ~ ' then loaded_at end)') -}}
{% endmacro %}

{#- Which raw table was read, so that rows of another one are not mixed with its own, and how. -#}
{% macro read_from(table_name, found) %}
    {{- return(raw_table_name(table_name) ~ ('' if has_load_times(found) else ', in full')) -}}
{% endmacro %}

{#- Which raw table it is. -#}
{% macro raw_table_name(table_name) %}{{ return(adapter.dispatch('raw_table_name', 'customer_insights')(table_name)) }}{% endmacro %}

{% macro default__raw_table_name(table_name) %}{{ return(source('marketing', table_name) | string) }}{% endmacro %}

{% macro duckdb__raw_table_name(table_name) %}
    {{ return(source('marketing', table_name) ~ (' in ' ~ var('raw_data').rstrip('/') if var('raw_data') else '')) }}
{% endmacro %}

{#- The condition for raw rows to be read, on the column as it is, so that files and indexes can skip the others. -#}
{% macro loaded_since(since, found) %}
    {%- if since -%}
        {%- set zoned = type_kind(found['loaded_at']) == 'zoned' -%}
        {%- set type = 'timestamp with time zone' if zoned else 'timestamp' -%}
        {%- set offset = '+00' if zoned -%}
        raw_rows.loaded_at >= {{ type }} '{{ since }}{{ offset }}'
        or raw_rows.loaded_at is null
        {%- if found['loaded_at'] != 'timestamp_ns' %}
        {#- Before the first moment that is valid: no loaded_at either. Nanoseconds begin later. #}
        or raw_rows.loaded_at < {{ type }} '0001-01-01 00:00:00{{ offset }}'
        {%- endif %}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}

{#- What tells the rows of a history apart before they are ranked: their key, empty where they have none. -#}
{% macro history_key(table_name) %}
    {{- return({
        'sessions': "coalesce(session_id, '')", 'conversions': "coalesce(conversion_id, '')", 'campaign_metrics': metrics_key()
    }[table_name]) -}}
{% endmacro %}

{#- Rows that were read before and have the key of a row in the CTE judged: they are ranked again beside it. -#}
{% macro read_before(table_name, since, columns) %}
    {%- set key = history_key(table_name) -%}
    {%- if since %}
        union all

        select {{ columns | join(', ') }}
        from {{ this }}
        where loaded_at < timestamp '{{ since }}' and {{ key }} in (select {{ key }} from judged)
    {%- endif -%}
{% endmacro %}

{#- Runs before an incremental build, in its transaction: where everything is read again, nothing stays, and that is said where it is new. -#}
{% macro forget_history(table_name) %}
    {%- set found = found_columns(table_name) if is_incremental() else {} -%}
    {%- if is_incremental() and not read_since(table_name, found) -%}
        {%- set history = run_query('select read_from, count(*) as row_count from ' ~ this ~ ' group by read_from').rows -%}
        {%- for part in history if part['read_from'] != read_from(table_name, found) -%}
            {%- do print(
                ('\nRaw table ' ~ table_name ~ ' is now ' ~ read_from(table_name, found) ~ '. The history of ' ~ part['read_from'] ~ ', '
                ~ readable_number(part['row_count']) ~ ' rows, is forgotten.') | wordwrap(80)
            ) -%}
        {%- endfor -%}
        delete from {{ this }}
    {%- endif -%}
{% endmacro %}

{#- The keys that come again in a raw table. -#}
{% macro repeated_keys(table_name, key, found) %}
    select {{ cleaned_text(key, found) }} as {{ key }}
    from {{ source('marketing', table_name) }}
    where {{ cleaned_text(key, found) }} is not null
    group by {{ cleaned_text(key, found) }}
    having count(*) > 1
{%- endmacro %}

{#-
    Whether a raw row has no key or one that comes again, by the CTE repeated_keys. Nearly all rows are alone with their key, and to
    find the others first is cheaper by far than to rank all. Where only new rows are read, all are ranked.
-#}
{% macro is_repeated(key, found, since) %}
    {%- if since -%}
        true
    {%- else -%}
        {{ cleaned_text(key, found) }} is null or {{ cleaned_text(key, found) }} in (select repeated_keys.{{ key }} from repeated_keys)
    {%- endif -%}
{% endmacro %}

{#- The rows of the CTE all_rows with their recency_rank within key and verdict. -#}
{% macro ranked_by_recency(key, values, text_values, since) %}
    select
        all_rows.*,
        row_number() over (
            partition by {{ key }}, rejection_reasons
            order by {{ greatest_first(values, text_values) }}
        ) as recency_rank
    from all_rows
    where is_repeated
    {%- if not since %}

    union all

    select
        all_rows.*,
        1 as recency_rank
    from all_rows
    where not is_repeated
    {%- endif %}
{%- endmacro %}
