{#-
    Stands after a CTE's `as`. Its columns are then computed once. Without it, some engines repeat each expression at
    every use.
-#}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'customer_insights')()) }}{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro duckdb__computed_once() %}not materialized{% endmacro %}

{% macro postgres__computed_once() %}materialized{% endmacro %}
