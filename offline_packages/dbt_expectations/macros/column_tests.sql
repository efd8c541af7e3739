{# Checks that the regex is found somewhere in every value; for nulls see regex_found of the adapter. #}
{% test expect_column_values_to_match_regex(model, column_name, regex, row_condition=none, is_raw=false, flags='') %}
select *
from {{ model }}
where
    not ({{ dbt_expectations.regex_found(column_name, regex, is_raw, flags) }})
    {%- if row_condition %}
    and ({{ row_condition }})
    {%- endif %}
{% endtest %}


{# Checks that column_A is greater than (with or_equal: or equal to) column_B; a null on either side passes. #}
{% test expect_column_pair_values_A_to_be_greater_than_B(
    model, column_A, column_B, or_equal=false, row_condition=none
) %}
select *
from {{ model }}
where
    not ({{ column_A }} {{ '>=' if or_equal else '>' }} {{ column_B }})
    {%- if row_condition %}
    and ({{ row_condition }})
    {%- endif %}
{% endtest %}


{# Checks, as a boolean SQL expression in the adapter's own dialect, that the regex is found in the value. #}
{% macro regex_found(value, regex, is_raw, flags) %}
    {{- return(adapter.dispatch('regex_found', 'dbt_expectations')(value, regex, is_raw, flags)) -}}
{% endmacro %}

{# Checks nothing: the regex dialect of any other adapter is unknown here. #}
{% macro default__regex_found(value, regex, is_raw, flags) %}
    {{ exceptions.raise_compiler_error("offline regex tests do not know the engine " ~ target.type) }}
{% endmacro %}

{# Checks on DuckDB, where plain string literals are already raw, so is_raw changes nothing; a null passes. #}
{% macro duckdb__regex_found(value, regex, is_raw, flags) %}
    {{- return("regexp_matches(" ~ value ~ ", '" ~ regex ~ "', '" ~ flags ~ "')") -}}
{% endmacro %}

{# Checks on PostgreSQL, where a null finds nothing and so fails (on DuckDB it passes), as in the real package. #}
{% macro postgres__regex_found(value, regex, is_raw, flags) %}
    {{- return("exists (select 1 from regexp_matches(" ~ value ~ ", '" ~ regex ~ "', '" ~ flags ~ "'))") -}}
{% endmacro %}


{# Checks on Spark, where a null passes, as in the real package. #}
{% macro spark__regex_found(value, regex, is_raw, flags) %}
    {{- return(value ~ " rlike " ~ ('r' if is_raw) ~ "'" ~ ('(?' ~ flags ~ ')' if flags) ~ regex ~ "'") -}}
{% endmacro %}


{# Checks on the warehouses, where a null passes. #}
{% macro bigquery__regex_found(value, regex, is_raw, flags) %}
    {{- return("regexp_contains(" ~ value ~ ", r'" ~ ('(?' ~ flags ~ ')' if flags) ~ regex ~ "')") -}}
{% endmacro %}

{% macro snowflake__regex_found(value, regex, is_raw, flags) %}
    {{- return("regexp_instr(" ~ value ~ ", '" ~ regex ~ "', 1, 1, 0, '" ~ flags ~ "') > 0") -}}
{% endmacro %}

{% macro redshift__regex_found(value, regex, is_raw, flags) %}
    {{- return("regexp_instr(" ~ value ~ ", '" ~ regex ~ "', 1, 1, 0, '" ~ flags ~ "') > 0") -}}
{% endmacro %}
