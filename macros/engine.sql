{#- Behind a CTE's `as`: its columns are computed once, where an engine would write each expression out in each other. -#}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'customer_insights')()) }}{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro duckdb__computed_once() %}not materialized{% endmacro %}

{% macro postgres__computed_once() %}materialized{% endmacro %}
