{#- Macros of dbt that do something else on BigQuery than on other engines. See spark.sql. -#}

{#-
    dbt's own macro makes a datetime of a timestamp, and BigQuery cannot compare the two types. This
    macro adds days to dates only.
-#}
{% macro bigquery__dateadd(datepart, interval, from_date_or_timestamp) %}
    {%- set function = 'date_add' if datepart == 'day' else 'timestamp_add' -%}
    {{ function }}({{ from_date_or_timestamp }}, interval {{ interval }} {{ datepart }})
{%- endmacro %}

{#- In a text a backslash begins an escape. -#}
{% macro bigquery__escape_single_quotes(expression) -%}
    {{ expression | replace('\\', '\\\\') | replace("'", "\\'") }}
{%- endmacro %}

{#- dbt's own warns of a numeric without a precision. Here it has one: see type_on_engine. -#}
{% macro bigquery__get_empty_schema_sql(columns) %}
    select
        {%- for column in columns.values() %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}
