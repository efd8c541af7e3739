{#-
    Macros of dbt that do something else on Spark than on other engines. dbt finds them here before its own. A project
    that has this one as a package says so in its dbt_project.yml: see docs/spark.md.
-#}

{#- Contracts and seeds name the types of PostgreSQL, which DuckDB knows too. These two have another name on Spark. -#}
{% macro spark_type(type) %}{{ return({'text': 'string', 'double precision': 'double'}.get(type, type)) }}{% endmacro %}

{% macro spark__get_empty_schema_sql(columns) %}
    {%- set translated = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do translated.update({name: dict(column, data_type=spark_type(column.data_type))}) -%}
    {%- endfor -%}
    {{ return(dbt.default__get_empty_schema_sql(translated)) }}
{% endmacro %}

{#- dbt makes the table first, and loads the rows with the same types. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- for name, type in model.config.column_types.items() -%}
        {%- do model.config.column_types.update({name: spark_type(type)}) -%}
    {%- endfor -%}
    {{ return(dbt.spark__create_csv_table(model, agate_table)) }}
{% endmacro %}

{#- dbt's own forgets fractions of seconds, and fails where the moment is null. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) %}
    {{- 'timestampadd(' ~ datepart ~ ', ' ~ interval ~ ', ' ~ from_date_or_timestamp ~ ')' -}}
{% endmacro %}

{#- dbt's own leaves the order of the texts to chance. It is an ascending one here. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
    {%- set entry = 'struct(' ~ (order_by_clause or measure) | replace('order by ', '') ~ ' as position, ' ~ measure ~ ' as text)' -%}
    {{- 'array_join(transform(array_sort(collect_list(' ~ entry ~ ')), entry -> entry.text), ' ~ delimiter_text ~ ')' -}}
{% endmacro %}

{#- In a text of Spark a backslash begins an escape. -#}
{% macro spark__escape_single_quotes(expression) %}{{ expression | replace('\\', '\\\\') | replace("'", "\\'") }}{% endmacro %}
