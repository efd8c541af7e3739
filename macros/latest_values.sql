{#-
    An aggregate: of the rows of a group, the value of the row that comes last or first in the order of some
    expressions. No expression and no value may be null. A window over all rows would take several times as long.
-#}
{% macro value_of_latest(value, order_by) %}{{ return(adapter.dispatch('value_at', 'customer_insights')('max', value, order_by)) }}{% endmacro %}

{% macro value_of_earliest(value, order_by) %}{{ return(adapter.dispatch('value_at', 'customer_insights')('min', value, order_by)) }}{% endmacro %}

{% macro default__value_at(end, value, order_by) -%}
    {%- set direction = ' desc' if end == 'max' else '' -%}
    (array_agg({{ value }} order by {{ order_by | join(direction ~ ', ') ~ direction }}))[1]
{%- endmacro %}

{% macro spark__value_at(end, value, order_by) %}{{ end }}_by({{ value }}, struct({{ order_by | join(', ') }})){% endmacro %}

{% macro duckdb__value_at(end, value, order_by) %}arg_{{ end }}({{ value }}, ({{ order_by | join(', ') }})){% endmacro %}
