{#-
    Text in the form in which it is compared where case is ignored. Engines disagree on two letters:
    some write the lower case of İ with a dot of its own, and some write sigma differently at the
    end of a word.
-#}
{% macro ignoring_case(text) -%}
    replace(replace(lower({{ text }}), 'i̇', 'i'), 'ς', 'σ')
{%- endmacro %}

{#- Text that sorts by code point. Some engines would sort it by the rules of a language. -#}
{% macro by_code_point(text) %}
    {{- return(adapter.dispatch('by_code_point', 'customer_insights')(text)) -}}
{% endmacro %}

{% macro default__by_code_point(text) %}{{ text }}{% endmacro %}

{% macro postgres__by_code_point(text) %}{{ text }} collate "C"{% endmacro %}

{% macro redshift__by_code_point(text) %}{{ text }}{% endmacro %}

{#- The key of a metrics row as one text. -#}
{% macro metrics_key() -%}
    coalesce(cast(metric_date as {{ dbt.type_string() }}), '') || '|' || coalesce(platform, '')
    || '|' || coalesce(campaign_id, '') || '|' || coalesce(ad_id, '')
{%- endmacro %}

{#-
    The join condition between sessions and a CTE named session_tags, which holds int_session_tags.
    It compares all five delivered tags. int_session_tags has an empty text in place of null. In
    int_session_days the campaign's id has another name.
-#}
{% macro has_tags(sessions, campaign_id='campaign_id') %}
    {%- set columns = {
        'utm_source': 'delivered_source', 'utm_medium': 'delivered_medium',
        'utm_campaign': 'delivered_campaign', campaign_id: 'delivered_campaign_id',
        'click_parameters': 'click_parameters',
    } -%}
    {%- for column, delivered in columns.items() -%}
        {{ 'and ' if not loop.first }}coalesce({{ sessions }}.{{ column }}, '')
            = session_tags.{{ delivered }}
    {% endfor -%}
{% endmacro %}

{#- The day of a UTC moment in the time zone of the business. -#}
{% macro business_date(moment) %}
    {{- return(adapter.dispatch('business_date', 'customer_insights')(moment)) -}}
{% endmacro %}

{% macro default__business_date(moment) %}
    {%- if var('business_timezone') == 'UTC' -%}
        cast({{ moment }} as date)
    {%- else -%}
        cast(
            ({{ moment }} at time zone 'UTC') at time zone '{{ var("business_timezone") }}' as date
        )
    {%- endif -%}
{% endmacro %}

{% macro bigquery__business_date(moment) -%}
    date({{ moment }}, '{{ var("business_timezone") }}')
{%- endmacro %}

{% macro snowflake__business_date(moment) -%}
    cast(convert_timezone('UTC', '{{ var("business_timezone") }}', {{ moment }}) as date)
{%- endmacro %}

{% macro spark__business_date(moment) -%}
    cast(from_utc_timestamp({{ moment }}, '{{ var("business_timezone") }}') as date)
{%- endmacro %}

{#-
    The join condition that finds the one rate of a currency on a day, in a CTE named
    exchange_rates. A null currency means the reporting currency.
-#}
{% macro rate_applies(currency, day) %}
    coalesce({{ currency }}, upper('{{ var("reporting_currency") }}')) = exchange_rates.currency
    and (exchange_rates.valid_from is null or {{ day }} >= exchange_rates.valid_from)
    and (exchange_rates.valid_until is null or {{ day }} < exchange_rates.valid_until)
{%- endmacro %}

{#-
    An amount in the reporting currency, rounded once, half away from zero, to six decimal places.
    It needs a CTE named exchange_rates, joined by rate_applies. 0 stays 0 even without a rate.
-#}
{% macro converted_amount(amount) %}
    {{- return(adapter.dispatch('converted_amount', 'customer_insights')(amount)) -}}
{% endmacro %}

{% macro default__converted_amount(amount) -%}
    cast(
        case when {{ amount }} = 0 then 0 else round({{ amount }} * exchange_rates.rate, 6) end
        as numeric(28, 6)
    )
{%- endmacro %}

{#- A product of two numerics keeps 9 decimal places there, and would be rounded twice. -#}
{% macro bigquery__converted_amount(amount) -%}
    cast(
        case
            when {{ amount }} = 0 then 0
            else round(cast({{ amount }} as bignumeric) * exchange_rates.rate, 6)
        end as numeric
    )
{%- endmacro %}

{#-
    A product keeps 12 decimal places there. So the amount and the rate become whole numbers, and
    the product a fraction again.
-#}
{% macro snowflake__converted_amount(amount) -%}
    {%- set billion = 'cast(1000000000 as numeric(38, 0))' -%}
    cast(
        case
            when {{ amount }} = 0 then 0
            else round(
                cast({{ amount }} * {{ billion }} as numeric(21, 0))
                * cast(exchange_rates.rate * {{ billion }} as numeric(18, 0)),
                -12
            ) * 0.000000000001 * 0.000001
        end as numeric(28, 6)
    )
{%- endmacro %}

{#- A product keeps 9 decimal places there: no setting of a SQL warehouse changes that. -#}
{% macro databricks__converted_amount(amount) %}
    {{- return(snowflake__converted_amount(amount)) -}}
{% endmacro %}

{#-
    The revenue of a conversion, from its columns conversion_type and revenue. Refunds of either
    sign are negative. Null for other types.
-#}
{% macro signed_revenue() -%}
    case conversion_type when 'purchase' then revenue when 'refund' then -abs(revenue) end
{%- endmacro %}

{#-
    Whether a conversion of int_conversions is credited to its own session. A Direct session does
    not tell who brought the customer, and a session may never arrive. In both cases an earlier
    session is looked for.
-#}
{% macro is_credited_to_own_session() %}coalesce(session_channel <> 'Direct', false){% endmacro %}

{#- The moment when this build started, in UTC, as a literal. -#}
{% macro build_started_at() -%}
    timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'
{%- endmacro %}

{#- A ratio as a double. Null where the denominator is null or 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }})
    / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
{%- endmacro %}

{#-
    A double, rounded so that engines agree. Its last digits depend on the order in which an engine
    adds.
-#}
{% macro at_nine_decimals(double) %}
    {{- return(adapter.dispatch('at_nine_decimals', 'customer_insights')(double)) -}}
{% endmacro %}

{% macro default__at_nine_decimals(double) %}round({{ double }}, 9){% endmacro %}

{#- It is read through its text, because a plain cast to numeric keeps only 15 digits. -#}
{% macro postgres__at_nine_decimals(double) -%}
    round(cast(cast({{ double }} as text) as numeric), 9)
{%- endmacro %}

{% macro redshift__at_nine_decimals(double) %}round({{ double }}, 9){% endmacro %}

{#- Whether two values differ, where null is a value, too. -#}
{% macro differs(one, other) -%}
    ({{ one }} <> {{ other }} or ({{ one }} is null) <> ({{ other }} is null))
{%- endmacro %}
