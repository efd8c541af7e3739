{#-
    An aggregate: of the rows of a group, the value of the row that comes last or first in the order
    of some expressions. No expression and no value may be null. A window over all rows would take
    several times as long. An expression that is a number stands in by_amount, and a text in
    by_code_point.
-#}
{% macro value_of_latest(value, order_by, type='text') %}
    {%- set value_at = adapter.dispatch('value_at', 'customer_insights') -%}
    {{- return(value_at('max', value, order_by, type_on_engine(type))) -}}
{% endmacro %}

{% macro value_of_earliest(value, order_by, type='text') %}
    {%- set value_at = adapter.dispatch('value_at', 'customer_insights') -%}
    {{- return(value_at('min', value, order_by, type_on_engine(type))) -}}
{% endmacro %}

{#- The expressions, all in one direction. -#}
{% macro ordered(end, order_by) %}
    {%- set direction = ' desc' if end == 'max' else '' -%}
    order by {{ order_by | join(direction ~ ', ') ~ direction }}
{%- endmacro %}

{% macro default__value_at(end, value, order_by, type) -%}
    (array_agg({{ value }} {{ ordered(end, order_by) }}))[1]
{%- endmacro %}

{% macro duckdb__value_at(end, value, order_by, type) -%}
    arg_{{ end }}({{ value }}, ({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro spark__value_at(end, value, order_by, type) -%}
    {{ end }}_by({{ value }}, struct({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro bigquery__value_at(end, value, order_by, type) -%}
    array_agg({{ value }} {{ ordered(end, order_by) }} limit 1)[offset(0)]
{%- endmacro %}

{% macro snowflake__value_at(end, value, order_by, type) -%}
    cast(array_agg({{ value }}) within group ({{ ordered(end, order_by) }})[0] as {{ type }})
{%- endmacro %}

{#-
    Redshift has no such aggregate, and no arrays. So each row becomes one text: the expressions,
    then the value. The separator is chr(1) twice, because chr(1) sorts before other characters. If
    a text has a chr(1), chr(2) is put behind it. Moments and days have the same order as texts.
-#}
{% macro redshift__value_at(end, value, order_by, type) -%}
    {%- set texts = [] -%}
    {%- for expression in order_by + [value] -%}
        {%- set text = 'cast(' ~ expression ~ ' as varchar(65535))' -%}
        {%- do texts.append('replace(' ~ text ~ ', chr(1), chr(1) || chr(2))') -%}
    {%- endfor -%}
    {%- set separator = 'chr(1) || chr(1)' -%}
    {%- set text_of_row = end ~ '(' ~ texts | join(' || ' ~ separator ~ ' || ') ~ ')' -%}
    cast(
        replace(
            split_part({{ text_of_row }}, {{ separator }}, {{ texts | length }}),
            chr(1) || chr(2),
            chr(1)
        ) as {{ type }}
    )
{%- endmacro %}

{#- A number from 0 on as one of the expressions of value_of_latest or value_of_earliest. -#}
{% macro by_amount(number) %}
    {{- return(adapter.dispatch('by_amount', 'customer_insights')(number)) -}}
{% endmacro %}

{% macro default__by_amount(number) %}{{ number }}{% endmacro %}

{% macro redshift__by_amount(number) -%}
    lpad(cast({{ number }} as varchar(40)), 40, '0')
{%- endmacro %}
