{#- The names of the columns that a raw table has, in lower case. What is required stands in the source's YAML. -#}
{% macro found_columns(table_name) %}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set relation = source('marketing', table_name) -%}
    {%- set found = relation_columns(relation) -%}
    {%- set contract = graph.sources['source.customer_insights.marketing.' ~ table_name] -%}
    {%- for column in contract.columns.values() if column.config.meta.required and column.name not in found -%}
        {%- do exceptions.raise_compiler_error(
            "Raw table " ~ relation ~ " has no column '" ~ column.name ~ "', which is required. Found: "
            ~ (found | join(', ')) ~ '. Rename the column, or point the source at another table.'
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- The names of a relation's columns, in lower case. -#}
{% macro relation_columns(relation) %}{{ return(adapter.dispatch('relation_columns', 'customer_insights')(relation)) }}{% endmacro %}

{% macro default__relation_columns(relation) %}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list) }}
{% endmacro %}

{#- A source that is a file has no relation to look up, so DuckDB is asked to describe it. -#}
{% macro duckdb__relation_columns(relation) %}
    {%- set rows = run_query('select column_name from (describe select * from ' ~ relation ~ ')') -%}
    {{ return(rows.columns[0].values() | map('lower') | list) }}
{% endmacro %}

{#- A raw column as text: outer blanks trimmed, empty as null, null where the table does not have it. -#}
{% macro cleaned_text(column_name, found) %}
    {%- if column_name in found -%}
        nullif({{ trimmed('cast(' ~ column_name ~ ' as ' ~ dbt.type_string() ~ ')') }}, '')
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{% endmacro %}

{#- Outer blanks: spaces, tabs and line ends. -#}
{% macro trimmed(text) %}{{ return(adapter.dispatch('trimmed', 'customer_insights')(text)) }}{% endmacro %}

{% macro default__trimmed(text) %}trim({{ text }}, e' \t\r\n'){% endmacro %}

{#- A utm value, null where an analytics tool wrote a placeholder instead of nothing; more placeholders with also_null. -#}
{% macro utm_value(text, also_null=[]) %}
    {%- set placeholders = ['(not set)', '(none)', '(direct)', '(data not available)', '(data deleted)', '<other>'] -%}
    case
        when lower({{ text }}) not in ('{{ (placeholders + also_null) | join("', '") }}') then {{ text }}
    end
{%- endmacro %}

{#- The raw row as JSON text, as it was delivered. -#}
{% macro row_as_json(table_alias) %}{{ return(adapter.dispatch('row_as_json', 'customer_insights')(table_alias)) }}{% endmacro %}

{% macro default__row_as_json(table_alias) %}cast(to_json({{ table_alias }}) as {{ dbt.type_string() }}){% endmacro %}
