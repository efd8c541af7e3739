{#-
    The columns that the contract names for a raw table, by name. The contract is the source's YAML.
-#}
{% macro contract_columns(table_name) %}
    {{ return(source_table(table_name).columns) }}
{% endmacro %}

{#- What dbt knows of a raw table from the source's YAML. -#}
{% macro source_table(table_name) %}
    {{ return(graph.sources['source.customer_insights.marketing.' ~ table_name]) }}
{% endmacro %}

{#- Whether the contract allows a raw table to be missing. -#}
{% macro is_optional_table(table_name) %}
    {{ return(source_table(table_name).meta.optional or false) }}
{% endmacro %}

{#-
    The types of a raw table's columns, by name in lower case. None where an optional table is
    missing. If there is no connection or no table, a command that builds nothing gets all columns
    of the contract, as text.
-#}
{% macro raw_column_types(table_name) %}
    {%- set relation = source('marketing', table_name) -%}
    {%- if not execute -%}{{ return({}) }}{%- endif -%}
    {%- set types = {} -%}
    {%- if flags.INTROSPECT -%}
        {%- do types.update(columns_of(relation)) -%}
    {%- endif -%}
    {%- if not types and flags.INTROSPECT and is_optional_table(table_name) -%}
        {{ return({}) }}
    {%- elif not types and flags.WHICH in ['build', 'run', 'run-operation'] -%}
        {%- do exceptions.raise_compiler_error(
            'There is no raw table ' ~ relation ~ '. Load it, or point the source at another one:'
            ~ ' see the vars raw_* in docs/settings.md.'
        ) -%}
    {%- elif not types -%}
        {{ return(dict.fromkeys(contract_columns(table_name), 'text')) }}
    {%- endif -%}
    {%- set contract = contract_columns(table_name) -%}
    {%- for name in types if name not in contract and name | lower in contract -%}
        {%- set renaming = adapter.quote(name) ~ ' to ' ~ name | lower -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ relation ~ ' has a column ' ~ name
            ~ ', and this engine tells capitals apart. Rename it: alter table '
            ~ relation ~ ' rename column ' ~ renaming ~ ';'
        ) -%}
    {%- endfor -%}
    {%- set lacking = lacking_columns(table_name, types) -%}
    {%- if lacking -%}{%- do exceptions.raise_compiler_error(lacking) -%}{%- endif -%}
    {{ return(types) }}
{% endmacro %}

{#- A message that names all required columns that a raw table lacks. None if it lacks none. -#}
{% macro lacking_columns(table_name, types) %}
    {%- set lacking = [] -%}
    {%- for column in contract_columns(table_name).values() if column.meta.required -%}
        {%- do lacking.append(column.name) if column.name not in types -%}
    {%- endfor -%}
    {%- set advice = 'Rename the columns, or point the source at another table.' -%}
    {%- set advice = 'Is the file separated by commas?' if types | length == 1 else advice -%}
    {{ return(
        'Raw table ' ~ source('marketing', table_name) ~ ' has no column ' ~ lacking | join(', ')
        ~ ', which the contract requires. Found: ' ~ types | join(', ') ~ '. ' ~ advice
        if lacking
    ) }}
{% endmacro %}

{#-
    The optional columns that a raw table or some of its files lack, each with its consequence and
    the unused columns that it may be. The consequences are in the source's YAML. A column without a
    consequence is only named if another column may be it.
-#}
{% macro missing_columns(table_name) %}
    {%- set missing = [] -%}
    {%- if execute and flags.INTROSPECT -%}
        {%- set contract, table = contract_columns(table_name), source_table(table_name) -%}
        {%- set relation = api.Relation.create(table.database, table.schema, table.identifier) -%}
        {%- set found = columns_of(relation).keys() | list -%}
        {%- set optional = contract.values() | rejectattr('meta.required') if found else [] -%}
        {%- set files_without = files_without_column(table_name) -%}
        {%- for column in optional if column.name not in found or column.name in files_without -%}
            {%- set files, possible = files_without.get(column.name, []), [] -%}
            {%- for name in found if name not in contract -%}
                {%- set plain_name = name | lower | replace(' ', '_') | replace('-', '_') -%}
                {%- set is_other_name = plain_name in (column.meta.other_names or []) -%}
                {%- do possible.append(name) if is_other_name or column.name in plain_name -%}
            {%- endfor -%}
            {%- set consequence = consequence_without(table_name, column.name) -%}
            {%- if files -%}
                {%- set others = ' and ' ~ (files | length - 1) ~ ' more' if files | length > 1 -%}
                {%- set consequence = consequence ~ ' (missing in ' ~ files[0] ~ others ~ ')' -%}
            {%- endif -%}
            {%- if column.meta.if_missing or possible -%}
                {%- do missing.append({
                    'name': column.name, 'possible': possible | join(', '),
                    'consequence': consequence,
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(missing) }}
{% endmacro %}

{#- What the marts do without a column, as the source's YAML says. Empty while dbt parses. -#}
{% macro consequence_without(table_name, column_name) %}
    {%- if execute -%}
        {%- set consequence = contract_columns(table_name)[column_name].meta.if_missing -%}
        {%- set currency = var('reporting_currency') | upper -%}
        {{ return((consequence or 'there is none') | replace('the reporting currency', currency)) }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}

{#- The types of the columns of a table, by name. Empty if there is no such table. -#}
{% macro columns_of(relation) %}
    {{- return(adapter.dispatch('columns_of', 'customer_insights')(relation)) -}}
{% endmacro %}

{% macro default__columns_of(relation) %}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name | lower: column.dtype | lower}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

{#-
    dbt does not see the columns of materialized views. Names keep their capitals, because
    PostgreSQL tells them apart.
-#}
{% macro postgres__columns_of(relation) %}
    {%- set types = {} -%}
    {%- set query -%}
        select attname as name, format_type(atttypid, null) as type
        from pg_attribute
        where
            attrelid = to_regclass({{ text_literal(relation | string) }})
            and attnum > 0
            and not attisdropped
        order by attnum
    {%- endset -%}
    {%- for column in run_query(query).rows -%}
        {%- do types.update({column['name']: column['type']}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

{#- External tables and late binding views are not in pg_attribute. -#}
{% macro redshift__columns_of(relation) %}{{ return(default__columns_of(relation)) }}{% endmacro %}

{#-
    What kind of value a column type holds: number, zoned (a moment with its offset), moment, date,
    or text for all others and for a missing column.
-#}
{% macro type_kind(type) %}
    {%- set type = type or 'text' -%}
    {%- set whole_numbers = 'u?(tiny|small|big|huge)?int(?!erval)' -%}
    {%- set numbers = whole_numbers ~ '|decimal|(big)?numeric|number|float|double|real' -%}
    {%- if modules.re.match('timestamp.*(with time zone|(?<!n)tz)', type) -%}
        {{ return('zoned') }}
    {%- elif modules.re.match('timestamp|datetime', type) -%}
        {{ return('moment') }}
    {%- elif type == 'date' -%}
        {{ return('date') }}
    {%- elif modules.re.match(numbers, type) -%}
        {{ return('number') }}
    {%- endif -%}
    {{ return('text') }}
{% endmacro %}

{#-
    A raw column as text, exactly as delivered. Null where the table lacks the column. Loaders make
    a column of ids a column of doubles if some rows have none. Below 2^53 these become whole
    numbers again.
-#}
{% macro raw_text(column_name, types) %}
    {%- set text = 'cast(' ~ column_name ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- if column_name not in types -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif modules.re.match('float|double|real', types[column_name]) -%}
        case
            when
                abs({{ column_name }}) < 9007199254740992
                and {{ column_name }} = floor({{ column_name }})
                then cast(cast({{ column_name }} as bigint) as {{ dbt.type_string() }})
            else {{ double_as_text(column_name) }}
        end
    {%- else -%}
        {{ text }}
    {%- endif -%}
{% endmacro %}

{#- A double with a fraction, or too great to be exact, as text. -#}
{% macro double_as_text(double) %}
    {{- return(adapter.dispatch('double_as_text', 'customer_insights')(double)) -}}
{% endmacro %}

{% macro default__double_as_text(double) -%}
    cast({{ double }} as {{ dbt.type_string() }})
{%- endmacro %}

{#-
    Spark writes 12345678.5 as 1.23456785E7, which is no id that anybody delivered, and 1e+17 as
    1.0E17.
-#}
{% macro spark__double_as_text(double) %}
    {%- set text = 'cast(' ~ double ~ ' as string)' -%}
    {%- set plain_text = 'cast(cast(' ~ text ~ ' as numeric(38, 18)) as string)' -%}
    {%- set exponent_text = replace_matches('lower(' ~ text ~ ')', '[.]0e', 'e') -%}
    case
        when abs({{ double }}) < 9007199254740992
            then {{ replace_matches(plain_text, '0+$', '') }}
        else {{ replace_matches(exponent_text, 'e([0-9])', 'e+$1') }}
    end
{% endmacro %}

{#-
    A raw column that will be parsed: unchanged if it has a type already, else as text without outer
    blanks.
-#}
{% macro raw_value(column_name, types) %}
    {%- if type_kind(types[column_name]) == 'text' -%}
        {{ cleaned_text(raw_text(column_name, types)) }}
    {%- else -%}
        {{ column_name }}
    {%- endif -%}
{% endmacro %}

{#-
    A raw row with every column as delivered, and the same as JSON text. `alias` is the name of the
    raw table in the query. DuckDB keeps the row as it is and makes JSON of rejected rows only.
    Other engines store the text in the base tables.
-#}
{% macro raw_row(alias, types) %}
    {{- return(adapter.dispatch('raw_row', 'customer_insights')(alias, types)) -}}
{% endmacro %}

{% macro default__raw_row(alias, types) -%}
    cast(to_json({{ alias }}) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro spark__raw_row(alias, types) -%}
    to_json(struct({{ alias }}.*), map('ignoreNullFields', 'false'))
{%- endmacro %}

{% macro duckdb__raw_row(alias, types) %}{{ alias }}{% endmacro %}

{% macro bigquery__raw_row(alias, types) %}to_json_string({{ alias }}){% endmacro %}

{#- With the names of the columns in lower case. -#}
{% macro snowflake__raw_row(alias, types) -%}
    to_json(object_construct_keep_null({{ names_and_values(types) }}))
{%- endmacro %}

{% macro redshift__raw_row(alias, types) -%}
    json_serialize(object({{ names_and_values(types) }}))
{%- endmacro %}

{#- The name of each column as a text, and after it the column. -#}
{% macro names_and_values(types) %}
    {%- for name in types %}'{{ name }}', {{ name }}{{ ', ' if not loop.last }}{% endfor -%}
{% endmacro %}

{% macro raw_row_as_json(raw_row) %}
    {{- return(adapter.dispatch('raw_row_as_json', 'customer_insights')(raw_row)) -}}
{% endmacro %}

{% macro default__raw_row_as_json(raw_row) %}{{ raw_row }}{% endmacro %}

{% macro duckdb__raw_row_as_json(raw_row) %}cast(to_json({{ raw_row }}) as varchar){% endmacro %}
