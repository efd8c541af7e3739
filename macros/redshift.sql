{#- Macros of dbt that do something else on Redshift than on other engines. See spark.sql. -#}

{#- dbt's own type, text, has room for 256 bytes. -#}
{% macro redshift__type_string() %}{{ return(type_on_engine('text')) }}{% endmacro %}
