{#-
    Macros of dbt that do something else on Spark than on other engines. dbt finds them here before
    its own. A project that has this one as a package says so in its dbt_project.yml: see
    docs/spark.md.
-#}

{#- dbt's own forgets fractions of seconds, and fails where the moment is null. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) %}
    {{- 'timestampadd(' ~ datepart ~ ', ' ~ interval ~ ', ' ~ from_date_or_timestamp ~ ')' -}}
{% endmacro %}

{#- dbt's own macro leaves the order of the texts to chance. This one sorts them. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- set position = (order_by_clause or measure) | replace('order by ', '') -%}
    {%- set entry = 'struct(' ~ position ~ ' as position, ' ~ measure ~ ' as text)' -%}
    array_join(
        transform(array_sort(collect_list({{ entry }})), entry -> entry.text), {{ delimiter_text }}
    )
{%- endmacro %}

{#- In a text of Spark a backslash begins an escape. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{ expression | replace('\\', '\\\\') | replace("'", "\\'") }}
{%- endmacro %}
