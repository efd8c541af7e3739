{#- The columns that the contract names for a raw table, by name. The contract is the source's YAML. -#}
{% macro contract_columns(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name].columns) }}
{% endmacro %}

{#- Whether the contract allows a raw table to be missing. -#}
{% macro is_optional_table(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name].meta.optional or false) }}
{% endmacro %}

{#-
    The types of a raw table's columns, by name in lower case. None where an optional table is missing. While there is
    no connection or no table yet, all columns of the contract, as text.
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
            'There is no raw table ' ~ relation ~ '. Load it, or point the source at another one: see the vars raw_* in docs/settings.md.'
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
    {%- set lacking = lacking_columns(table_name, types) -%}
    {%- if lacking -%}{%- do exceptions.raise_compiler_error(lacking) -%}{%- endif -%}
    {{ return(types) }}
{% endmacro %}

{#- A message that names all required columns that a raw table lacks. None if it lacks none. -#}
{% macro lacking_columns(table_name, types) %}
    {%- set lacking = [] -%}
    {%- for column in contract_columns(table_name).values() if column.meta.required and column.name not in types -%}
        {%- do lacking.append(column.name) -%}
    {%- endfor -%}
    {{ return(
        'Raw table ' ~ source('marketing', table_name) ~ ' has no column ' ~ lacking | join(', ') ~ ', which the contract requires. Found: '
        ~ (types | join(', ')) ~ '. '
        ~ ('Is the file separated by commas?' if types | length == 1 else 'Rename the columns, or point the source at another table.')
        if lacking
    ) }}
{% endmacro %}

{#-
    The optional columns that a raw table lacks, each with its consequence and the unused columns that it may be. The
    consequences stand in the source's YAML. A column without a consequence is only named if another column may be it.
-#}
{% macro missing_columns(table_name) %}
    {%- set missing = [] -%}
    {%- if execute and flags.INTROSPECT -%}
        {%- set source_table = graph.sources['source.customer_insights.marketing.' ~ table_name] -%}
        {%- set relation = api.Relation.create(source_table.database, source_table.schema, source_table.identifier) -%}
        {%- set found = adapter.dispatch('columns_of', 'customer_insights')(relation).keys() | list -%}
        {%- for column in source_table.columns.values() if found and column.name not in found and not column.meta.required -%}
            {%- set possible = [] -%}
            {%- for name in found if name not in source_table.columns -%}
                {%- set plain_name = name | lower | replace(' ', '_') | replace('-', '_') -%}
                {%- if plain_name in column.meta.other_names or column.name in plain_name -%}{%- do possible.append(name) -%}{%- endif -%}
            {%- endfor -%}
            {%- if column.meta.if_missing or possible -%}
                {%- do missing.append({
                    'name': column.name, 'possible': possible | join(', '),
                    'consequence': (column.meta.if_missing or 'there is none') | replace('the reporting currency', var('reporting_currency') | upper)
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(missing) }}
{% endmacro %}

{% macro default__columns_of(relation) %}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name | lower: column.dtype | lower}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

{#-
    dbt does not see the columns of materialized views. Names keep their capitals, because PostgreSQL tells them apart.
-#}
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

{#- External tables and late binding views are not in pg_attribute. -#}
{% macro redshift__columns_of(relation) %}{{ return(default__columns_of(relation)) }}{% endmacro %}

{#-
    What kind of value a column type holds: number, zoned (a moment with its offset), moment, date, or text for all
    others and for a missing column.
-#}
{% macro type_kind(type) %}
    {%- set type = type or 'text' -%}
    {%- if modules.re.match('timestamp.*(with time zone|(?<!n)tz)', type) -%}
        {{ return('zoned') }}
    {%- elif modules.re.match('timestamp|datetime', type) -%}
        {{ return('moment') }}
    {%- elif type == 'date' -%}
        {{ return('date') }}
    {%- elif modules.re.match('u?(tiny|small|big|huge)?int(?!erval)|decimal|(big)?numeric|number|float|double|real', type) -%}
        {{ return('number') }}
    {%- endif -%}
    {{ return('text') }}
{% endmacro %}

{#-
    A raw column as text, exactly as delivered. Null where the table lacks the column. Loaders make a column of ids a
    column of doubles if some rows have none. Below 2^53 these become whole numbers again.
-#}
{% macro raw_text(column_name, types) %}
    {%- set text = 'cast(' ~ column_name ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- if column_name not in types -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif modules.re.match('float|double|real', types[column_name]) -%}
        case
            when abs({{ column_name }}) < 9007199254740992 and {{ column_name }} = floor({{ column_name }})
                then cast(cast({{ column_name }} as bigint) as {{ dbt.type_string() }})
            else {{ double_as_text(column_name) }}
        end
    {%- else -%}
        {{ text }}
    {%- endif -%}
{% endmacro %}

{#- A double with a fraction, or too great to be exact, as text. -#}
{% macro double_as_text(double) %}{{ return(adapter.dispatch('double_as_text', 'customer_insights')(double)) }}{% endmacro %}

{% macro default__double_as_text(double) %}cast({{ double }} as {{ dbt.type_string() }}){% endmacro %}

{#- Spark writes 12345678.5 as 1.23456785E7, which is no id that anybody delivered, and 1e+17 as 1.0E17. -#}
{% macro spark__double_as_text(double) %}
    {%- set text = 'cast(' ~ double ~ ' as string)' -%}
    case
        when abs({{ double }}) < 9007199254740992
            then {{ replace_matches('cast(cast(' ~ text ~ ' as numeric(38, 18)) as string)', '0+$', '') }}
        else {{ replace_matches(replace_matches('lower(' ~ text ~ ')', '[.]0e', 'e'), 'e([0-9])', 'e+$1') }}
    end
{% endmacro %}

{#- A raw column that will be parsed: unchanged if it has a type already, else as text without outer blanks. -#}
{% macro raw_value(column_name, types) %}
    {%- if type_kind(types[column_name]) == 'text' -%}
        {{ cleaned_text(raw_text(column_name, types)) }}
    {%- else -%}
        {{ column_name }}
    {%- endif -%}
{% endmacro %}

{#-
    A raw row with every column as delivered, and the same as JSON text. `alias` is the name of the raw table in the
    query. DuckDB keeps the row as it is and makes JSON of rejected rows only. Other engines store the text in the base
    tables.
-#}
{% macro raw_row(alias, types) %}{{ return(adapter.dispatch('raw_row', 'customer_insights')(alias, types)) }}{% endmacro %}

{% macro default__raw_row(alias, types) %}cast(to_json({{ alias }}) as {{ dbt.type_string() }}){% endmacro %}

{% macro spark__raw_row(alias, types) %}to_json(struct({{ alias }}.*), map('ignoreNullFields', 'false')){% endmacro %}

{% macro duckdb__raw_row(alias, types) %}{{ alias }}{% endmacro %}

{% macro bigquery__raw_row(alias, types) %}to_json_string({{ alias }}){% endmacro %}

{#- With the names of the columns in lower case. -#}
{% macro snowflake__raw_row(alias, types) %}to_json(object_construct_keep_null({{ names_and_values(types) }})){% endmacro %}

{% macro redshift__raw_row(alias, types) %}json_serialize(object({{ names_and_values(types) }})){% endmacro %}

{#- The name of each column as a text, and after it the column. -#}
{% macro names_and_values(types) %}
    {%- for name in types %}'{{ name }}', {{ name }}{{ ', ' if not loop.last }}{% endfor -%}
{% endmacro %}

{% macro raw_row_as_json(raw_row) %}{{ return(adapter.dispatch('raw_row_as_json', 'customer_insights')(raw_row)) }}{% endmacro %}

{% macro default__raw_row_as_json(raw_row) %}{{ raw_row }}{% endmacro %}

{% macro duckdb__raw_row_as_json(raw_row) %}cast(to_json({{ raw_row }}) as varchar){% endmacro %}
