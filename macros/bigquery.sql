{#- Macros of dbt that do something else on BigQuery than on other engines. See spark.sql. -#}

{#- dbt's own makes a datetime of each moment, and no moment can be compared with one. Here days are added to dates only. -#}
{% macro bigquery__dateadd(datepart, interval, from_date_or_timestamp) %}
    {{- ('date_add(' if datepart == 'day' else 'timestamp_add(') ~ from_date_or_timestamp ~ ', interval ' ~ interval ~ ' ' ~ datepart ~ ')' -}}
{% endmacro %}

{#- In a text a backslash begins an escape, and a line must not end. -#}
{% macro bigquery__escape_single_quotes(expression) %}
    {{- expression | replace('\\', '\\\\') | replace("'", "\\'") | replace('\n', '\\n') | replace('\r', '\\r') -}}
{% endmacro %}
