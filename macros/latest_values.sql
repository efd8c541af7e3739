{#-
    An aggregate: of the rows of a group, the value of the row that comes last or first in the order of some
    expressions. No expression and no value may be null. A window over all rows would take several times as long. An
    expression that is a number stands in by_amount, and a text in by_code_point.
-#}
{% macro value_of_latest(value, order_by, type='text') %}
    {{- return(adapter.dispatch('value_at', 'customer_insights')('max', value, order_by, type_on_engine(type))) -}}
{% endmacro %}

{% macro value_of_earliest(value, order_by, type='text') %}
    {{- return(adapter.dispatch('value_at', 'customer_insights')('min', value, order_by, type_on_engine(type))) -}}
{% endmacro %}

{#- The expressions, all in one direction. -#}
{% macro ordered(end, order_by) %}
    {%- set direction = ' desc' if end == 'max' else '' -%}
    order by {{ order_by | join(direction ~ ', ') ~ direction }}
{%- endmacro %}

{% macro default__value_at(end, value, order_by, type) -%}
    (array_agg({{ value }} {{ ordered(end, order_by) }}))[1]
{%- endmacro %}

{% macro duckdb__value_at(end, value, order_by, type) %}arg_{{ end }}({{ value }}, ({{ order_by | join(', ') }})){% endmacro %}

{% macro spark__value_at(end, value, order_by, type) %}{{ end }}_by({{ value }}, struct({{ order_by | join(', ') }})){% endmacro %}

{% macro bigquery__value_at(end, value, order_by, type) -%}
    array_agg({{ value }} {{ ordered(end, order_by) }} limit 1)[offset(0)]
{%- endmacro %}

{% macro snowflake__value_at(end, value, order_by, type) -%}
    cast(array_agg({{ value }}) within group ({{ ordered(end, order_by) }})[0] as {{ type }})
{%- endmacro %}

{#-
    Redshift has no such aggregate, and no arrays. So all is one text: the expressions, then the value. The first character
    of ASCII is between them. Moments and days as text have the same order as themselves.
-#}
{% macro redshift__value_at(end, value, order_by, type) -%}
    {%- set texts = [] -%}
    {%- for expression in order_by + [value] -%}{%- do texts.append('cast(' ~ expression ~ ' as varchar(65535))') -%}{%- endfor -%}
    cast(split_part({{ end }}({{ texts | join(' || chr(1) || ') }}), chr(1), {{ texts | length }}) as {{ type }})
{%- endmacro %}

{#- A number from 0 on as one of the expressions of value_of_latest or value_of_earliest. -#}
{% macro by_amount(number) %}{{ return(adapter.dispatch('by_amount', 'customer_insights')(number)) }}{% endmacro %}

{% macro default__by_amount(number) %}{{ number }}{% endmacro %}

{% macro redshift__by_amount(number) %}to_char({{ number }}, 'FM0000000000000000000000.000000'){% endmacro %}
