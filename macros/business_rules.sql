{#-
    Text as it is compared where case is ignored. Engines disagree on two letters: some write the lower case of İ with a dot
    of its own, and sigma in another way at the end of a word.
-#}
{% macro ignoring_case(text) %}replace(replace(lower({{ text }}), 'i̇', 'i'), 'ς', 'σ'){% endmacro %}

{#- Text in the order of its code points, on engines whose collation would order it as a language does. -#}
{% macro by_code_point(text) %}{{ return(adapter.dispatch('by_code_point', 'customer_insights')(text)) }}{% endmacro %}

{% macro default__by_code_point(text) %}{{ text }}{% endmacro %}

{% macro postgres__by_code_point(text) %}{{ text }} collate "C"{% endmacro %}

{#- An order by list: the columns one by one, greatest first and null last, or the exact reverse. -#}
{% macro greatest_first(columns, text_columns=[], reverse=false) %}
    {%- for column in columns -%}
        {{ by_code_point(column) if column in text_columns else column }} {{ 'asc nulls first' if reverse else 'desc nulls last' }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{% endmacro %}

{#- The key of a metrics row as one text. -#}
{% macro metrics_key(table_name=none) %}
    {%- set prefix = table_name ~ '.' if table_name else '' -%}
    coalesce(cast({{ prefix }}metric_date as {{ dbt.type_string() }}), '') || '|' || coalesce({{ prefix }}platform, '')
    || '|' || coalesce({{ prefix }}campaign_id, '') || '|' || coalesce({{ prefix }}ad_id, '')
{%- endmacro %}

{#- Whose a session is, of the CTEs sessions and anonymous_owners; null where there is no session. -#}
{% macro session_customer() %}coalesce(sessions.user_id, anonymous_owners.user_id, 'anon:' || sessions.anonymous_id){% endmacro %}

{#- The join condition that finds a session's tags. Staging holds no empty text, so an empty text can stand for null here. -#}
{% macro is_tagged(rows, campaign_id='campaign_id', tags='session_tags') %}
    {%- for column in ['utm_source', 'utm_medium', 'utm_campaign'] -%}
        coalesce({{ rows }}.{{ column }}, '') = coalesce({{ tags }}.{{ column }}, '') and {# #}
    {%- endfor -%}
    coalesce({{ rows }}.{{ campaign_id }}, '') = coalesce({{ tags }}.tagged_campaign_id, '')
{%- endmacro %}

{#- The day of a UTC moment in the business's time zone. -#}
{% macro business_date(moment) %}
    {{- return(adapter.dispatch('business_date', 'customer_insights')(moment)) -}}
{% endmacro %}

{% macro default__business_date(moment) %}
    {%- if var('business_timezone') == 'UTC' -%}
        cast({{ moment }} as date)
    {%- else -%}
        cast(({{ moment }} at time zone 'UTC') at time zone '{{ var("business_timezone") }}' as date)
    {%- endif -%}
{% endmacro %}

{#- The join condition that finds the rate of a currency (null: the reporting currency) on a day, in a CTE named exchange_rates. -#}
{% macro rate_applies(currency, day) %}
    coalesce({{ currency }}, upper('{{ var("reporting_currency") }}')) = exchange_rates.currency
    and (exchange_rates.valid_from is null or {{ day }} >= exchange_rates.valid_from)
    and (exchange_rates.valid_until is null or {{ day }} < exchange_rates.valid_until)
{%- endmacro %}

{#- An amount in the reporting currency, rounded once, half away from zero, to six places. -#}
{% macro converted_amount(amount) %}
    {{- return(adapter.dispatch('converted_amount', 'customer_insights')(amount)) -}}
{% endmacro %}

{% macro default__converted_amount(amount) %}cast(round({{ amount }} * exchange_rates.rate, 6) as numeric(28, 6)){% endmacro %}

{#- What a conversion brings: purchases as they are, refunds of either sign as a loss, nothing for other types. -#}
{% macro signed_revenue() %}case conversion_type when 'purchase' then revenue when 'refund' then -abs(revenue) end{% endmacro %}

{#- The moment when this build started, in UTC, as a literal. -#}
{% macro build_started_at() %}timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'{% endmacro %}

{#- A ratio as a double; null where the denominator is null or 0. -#}
{% macro ratio(numerator, denominator) %}cast({{ numerator }} as double precision) / nullif(cast({{ denominator }} as double precision), 0){% endmacro %}

{#- A double as it is compared: the last digits depend on the order in which an engine adds. -#}
{% macro at_nine_decimals(double) %}{{ return(adapter.dispatch('at_nine_decimals', 'customer_insights')(double)) }}{% endmacro %}

{% macro default__at_nine_decimals(double) %}round({{ double }}, 9){% endmacro %}

{#- By its text, because a plain cast to numeric keeps 15 digits only. -#}
{% macro postgres__at_nine_decimals(double) %}round(cast(cast({{ double }} as text) as numeric), 9){% endmacro %}

{#-
    One row per bucket, also for an empty one: what is not there is not forgotten. Each is counted on its own, and never as a
    difference of others.
-#}
{% macro count_buckets(buckets) %}
    {%- for source_table, bucket, counted, condition in buckets -%}
        {{ 'union all\n' if not loop.first }}select
    '{{ source_table }}' as source_table,
    '{{ bucket }}' as bucket,
    count(*) as row_count,
    cast(sum(amount) as numeric(28, 6)) as amount
from {{ counted }}
where {{ condition }}
{% endfor -%}
{% endmacro %}
