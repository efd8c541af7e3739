{#- Macros of dbt that do something else on Snowflake than on other engines. See spark.sql. -#}

{#- In a text a backslash begins an escape. -#}
{% macro snowflake__escape_single_quotes(expression) -%}
    {{ expression | replace('\\', '\\\\') | replace("'", "''") }}
{%- endmacro %}
