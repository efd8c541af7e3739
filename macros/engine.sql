{#-
    Stands at the end of a CTE whose columns are costly and used several times. Without it, PostgreSQL would write the
    expression of such a column in place of each use, and compute it each time.
-#}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'customer_insights')()) }}{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro postgres__computed_once() %}offset 0{% endmacro %}

{#- Runs after each table is built. PostgreSQL plans the joins of a table badly until it knows its contents. -#}
{% macro update_statistics() %}{{ return(adapter.dispatch('update_statistics', 'customer_insights')()) }}{% endmacro %}

{% macro default__update_statistics() %}{% endmacro %}

{% macro postgres__update_statistics() %}analyze {{ this }}{% endmacro %}
