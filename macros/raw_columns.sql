{#- The columns that the contract gives a raw table, by name. They stand in the source's YAML. -#}
{% macro contract_columns(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name].columns) }}
{% endmacro %}

{#- Whether the contract lets a raw table be missing. -#}
{% macro is_optional_table(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name].meta.optional or false) }}
{% endmacro %}

{#-
    The types of the columns that a raw table has, by name in lower case; none where an optional table is not there.
    Before there is a connection or a table, all columns of the contract as text.
-#}
{% macro raw_column_types(table_name) %}
    {%- set relation = source('marketing', table_name) -%}
    {%- if not execute -%}{{ return({}) }}{%- endif -%}
    {%- set types = {} -%}
    {%- if flags.INTROSPECT -%}
        {%- do types.update(adapter.dispatch('columns_of', 'customer_insights')(relation)) -%}
    {%- endif -%}
    {%- if not types and flags.INTROSPECT and is_optional_table(table_name) -%}
        {{ return({}) }}
    {%- elif not types and flags.WHICH in ['build', 'run', 'run-operation'] -%}
        {%- do exceptions.raise_compiler_error(
            'There is no raw table ' ~ relation ~ '. Load it, or point the source at another one: see the vars raw_* in README.md.'
        ) -%}
    {%- elif not types -%}
        {{ return(dict.fromkeys(contract_columns(table_name), 'text')) }}
    {%- endif -%}
    {%- for name in types if name not in contract_columns(table_name) and name | lower in contract_columns(table_name) -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ relation ~ ' has a column ' ~ name ~ ', and this engine tells capitals apart. Rename it: alter table '
            ~ relation ~ ' rename column ' ~ adapter.quote(name) ~ ' to ' ~ name | lower ~ ';'
        ) -%}
    {%- endfor -%}
    {%- for column in contract_columns(table_name).values() if column.meta.required and column.name not in types -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ relation ~ " has no column '" ~ column.name ~ "', which is required. Found: "
            ~ (types | join(', ')) ~ '. '
            ~ ('Is the file separated by commas?' if types | length == 1 else 'Rename the column, or point the source at another table.')
        ) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

{% macro default__columns_of(relation) %}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name | lower: column.dtype | lower}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

{#- dbt does not see the columns of materialized views. Names stay as they are, because capitals make another name. -#}
{% macro postgres__columns_of(relation) %}
    {%- set types = {} -%}
    {%- for column in run_query(
        'select attname, format_type(atttypid, null) as type from pg_attribute'
        ~ ' where attrelid = to_regclass(' ~ text_literal(relation | string) ~ ') and attnum > 0 and not attisdropped order by attnum'
    ).rows -%}
        {%- do types.update({column['attname']: column['type']}) -%}
    {%- endfor -%}
    {{ return(types) }}
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

{#-
    A raw column as text, exactly as delivered; null where the table does not have it. Columns of doubles hold ids where
    some rows have none: below 2^53 these are whole numbers again.
-#}
{% macro raw_text(column_name, types) %}
    {%- set text = 'cast(' ~ column_name ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- if column_name not in types -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif modules.re.match('float|double|real', types[column_name]) -%}
        case
            when abs({{ column_name }}) < 9007199254740992 and {{ column_name }} = floor({{ column_name }})
                then cast(cast({{ column_name }} as bigint) as {{ dbt.type_string() }})
            else {{ text }}
        end
    {%- else -%}
        {{ text }}
    {%- endif -%}
{% endmacro %}

{#- A raw column that is to be parsed: as it is where it has a type already, else as text without outer blanks. -#}
{% macro raw_value(column_name, types) %}
    {%- if type_kind(types.get(column_name, 'text')) == 'text' -%}
        {{ cleaned_text(raw_text(column_name, types)) }}
    {%- else -%}
        {{ column_name }}
    {%- endif -%}
{% endmacro %}

{#-
    A raw row with every column as delivered, and as JSON text. `alias` is the name of the raw table in the query. DuckDB
    carries the row as it is and makes JSON of rejected rows only; other engines store the text in the base tables.
-#}
{% macro raw_row(alias) %}{{ return(adapter.dispatch('raw_row', 'customer_insights')(alias)) }}{% endmacro %}

{% macro default__raw_row(alias) %}cast(to_json({{ alias }}) as {{ dbt.type_string() }}){% endmacro %}

{% macro duckdb__raw_row(alias) %}{{ alias }}{% endmacro %}

{% macro raw_row_as_json(raw_row) %}{{ return(adapter.dispatch('raw_row_as_json', 'customer_insights')(raw_row)) }}{% endmacro %}

{% macro default__raw_row_as_json(raw_row) %}{{ raw_row }}{% endmacro %}

{% macro duckdb__raw_row_as_json(raw_row) %}cast(to_json({{ raw_row }}) as varchar){% endmacro %}
