{#- The columns that the contract gives a raw table, by name; they stand in the source's YAML. -#}
{% macro contract_columns(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name].columns) }}
{% endmacro %}

{#-
    The types of the columns that a raw table has, by name in lower case. Where there is nothing to look at, because there is no
    connection or no table yet, all columns of the contract as text.
-#}
{% macro found_columns(table_name) %}
    {%- set relation = source('marketing', table_name) -%}
    {%- if not execute -%}{{ return({}) }}{%- endif -%}
    {%- set found = {} -%}
    {%- if flags.INTROSPECT -%}
        {%- do found.update(adapter.dispatch('columns_of', 'customer_insights')(relation)) -%}
    {%- endif -%}
    {%- if not found and flags.WHICH in ['build', 'run', 'run-operation'] -%}
        {%- do exceptions.raise_compiler_error(
            'There is no raw table ' ~ relation ~ '. Load it, or point the source at another one: see the vars raw_* in README.md.'
        ) -%}
    {%- elif not found -%}
        {{ return(dict.fromkeys(contract_columns(table_name), 'text')) }}
    {%- endif -%}
    {%- for name in found if name not in contract_columns(table_name) and name | lower in contract_columns(table_name) -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ relation ~ ' has a column ' ~ name ~ ', and this engine tells capitals apart. Rename it: alter table '
            ~ relation ~ ' rename column ' ~ adapter.quote(name) ~ ' to ' ~ name | lower ~ ';'
        ) -%}
    {%- endfor -%}
    {%- for column in contract_columns(table_name).values() if column.meta.required and column.name not in found -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ relation ~ " has no column '" ~ column.name ~ "', which is required. Found: "
            ~ (found | join(', ')) ~ '. '
            ~ ('Is the file separated by commas?' if found | length == 1 else 'Rename the column, or point the source at another table.')
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{% macro default__columns_of(relation) %}
    {%- set found = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do found.update({column.name | lower: column.dtype | lower}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- dbt does not see the columns of materialized views. Names stay as they are, because capitals make another name. -#}
{% macro postgres__columns_of(relation) %}
    {%- set found = {} -%}
    {%- for column in run_query(
        'select attname, format_type(atttypid, null) as type from pg_attribute'
        ~ ' where attrelid = to_regclass(' ~ text_literal(relation | string) ~ ') and attnum > 0 and not attisdropped order by attnum'
    ).rows -%}
        {%- do found.update({column['attname']: column['type']}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#-
    A raw column as text: outer blanks trimmed, empty as null, null where the table does not have it. A whole number is written as
    one also where its column has room for fractions, as tools make of ids that are missing in some rows.
-#}
{% macro cleaned_text(column_name, found) %}
    {%- if column_name not in found -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif type_kind(found[column_name]) == 'text' -%}
        nullif({{ trimmed('cast(' ~ column_name ~ ' as ' ~ dbt.type_string() ~ ')') }}, '')
    {%- elif type_kind(found[column_name]) == 'number' and 'int' not in found[column_name] -%}
        regexp_replace(cast({{ column_name }} as {{ dbt.type_string() }}), '[.]0+$', '')
    {%- else -%}
        cast({{ column_name }} as {{ dbt.type_string() }})
    {%- endif -%}
{% endmacro %}

{#- A raw column that is to be parsed: as it is where it has a type already, else as cleaned text. -#}
{% macro delivered_value(column_name, found) %}
    {%- if type_kind(found.get(column_name, 'text')) == 'text' -%}
        {{ cleaned_text(column_name, found) }}
    {%- else -%}
        {{ column_name }}
    {%- endif -%}
{% endmacro %}

{#- What kind of value a column type holds: number, zoned (a moment with its offset), moment, date, or text for all others. -#}
{% macro type_kind(type) %}
    {%- if modules.re.match('timestamp.*(with time zone|tz)|timestamptz', type) -%}
        {{ return('zoned') }}
    {%- elif modules.re.match('timestamp|datetime', type) -%}
        {{ return('moment') }}
    {%- elif type == 'date' -%}
        {{ return('date') }}
    {%- elif modules.re.match('u?(tiny|small|big|huge)?int(?!erval)|decimal|numeric|number|float|double|real', type) -%}
        {{ return('number') }}
    {%- endif -%}
    {{ return('text') }}
{% endmacro %}

{#- Outer blanks: spaces, tabs and line ends. -#}
{% macro trimmed(text) %}{{ return(adapter.dispatch('trimmed', 'customer_insights')(text)) }}{% endmacro %}

{% macro default__trimmed(text) %}trim({{ text }}, e' \t\r\n'){% endmacro %}

{#- trim() is slow and hardly ever needed: two comparisons find the texts that may begin or end with a blank. -#}
{% macro duckdb__trimmed(text) %}
    {{- "case when " ~ text ~ " < '!' or (" ~ text ~ ")[-1] <= ' ' then " ~ default__trimmed(text) ~ " else " ~ text ~ " end" -}}
{% endmacro %}

{#- A utm value, null where an analytics tool wrote a placeholder instead of nothing; more placeholders with also_null. -#}
{% macro utm_value(text, also_null=[]) %}
    {%- set placeholders = ['(not set)', '(none)', '(direct)', '(data not available)', '(data deleted)', '<other>'] -%}
    case
        when lower({{ text }}) not in ('{{ (placeholders + also_null) | join("', '") }}') then {{ text }}
    end
{%- endmacro %}

{#- A rejected raw row as JSON text, as it was delivered; null for others, whose values all stand beside it. -#}
{% macro rejected_row_as_json() %}{{ return(adapter.dispatch('rejected_row_as_json', 'customer_insights')()) }}{% endmacro %}

{% macro default__rejected_row_as_json() %}
    case when rejection_reasons is not null then cast(to_json(raw_row) as {{ dbt.type_string() }}) end
{%- endmacro %}

{#- Behind a CTE's `as`: whether its columns are computed once, or wherever they are mentioned. -#}
{% macro computed_once(is_small=false) %}{{ return(adapter.dispatch('computed_once', 'customer_insights')(is_small)) }}{% endmacro %}

{% macro default__computed_once(is_small) %}{% endmacro %}

{#- A copy of all raw rows would have to fit into the memory. -#}
{% macro duckdb__computed_once(is_small) %}{{ 'materialized' if is_small else 'not materialized' }}{% endmacro %}

{#- PostgreSQL would write out each expression in place, in each other, thousands of times. -#}
{% macro postgres__computed_once(is_small) %}materialized{% endmacro %}
