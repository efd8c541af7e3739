{#-
    Stands at the end of a CTE whose columns are costly and used several times. Without it, PostgreSQL would write the
    expression of such a column in place of each use, and compute it each time.
-#}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'customer_insights')()) }}{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro postgres__computed_once() %}offset 0{% endmacro %}

{#- The type of a double, as models cast to it. Contracts and seeds name the types of PostgreSQL: see spark_type. -#}
{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'customer_insights')()) }}{% endmacro %}

{% macro default__type_double() %}double precision{% endmacro %}

{% macro spark__type_double() %}double{% endmacro %}

{#- A table function with one column: all days from the first one to the last one. -#}
{% macro each_day(first_day, last_day) %}{{ return(adapter.dispatch('each_day', 'customer_insights')(first_day, last_day)) }}{% endmacro %}

{% macro default__each_day(first_day, last_day) %}generate_series({{ first_day }}, {{ last_day }}, interval '1 day'){% endmacro %}

{% macro spark__each_day(first_day, last_day) %}explode(sequence({{ first_day }}, {{ last_day }}, interval '1 day')){% endmacro %}

{#- Runs after each table is built. PostgreSQL plans the joins of a table badly until it knows its contents. -#}
{% macro update_statistics() %}{{ return(adapter.dispatch('update_statistics', 'customer_insights')()) }}{% endmacro %}

{% macro default__update_statistics() %}{% endmacro %}

{% macro postgres__update_statistics() %}analyze {{ this }}{% endmacro %}
