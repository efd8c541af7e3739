{#-
    Makes the source's tables from the files in the folder var raw_data, or from the tables in the
    DuckDB database of that name. It runs the SQL itself instead of returning it to the hook. After
    an error in the hook, dbt would go on with the tables of the last build.
-#}
{% macro duckdb__prepare_target() %}
    {% if execute and var('raw_data') %}
        {% set path = text_literal(var('raw_data')) %}
        {% set tables = ['sessions', 'conversions', 'campaign_metrics'] %}
        {% set is_database = is_database_file(var('raw_data')) %}
        {% if is_database %}
            {% do run_query('attach if not exists ' ~ path ~ ' as raw_data (read_only)') %}
        {% endif %}
        {% for name in tables + ['exchange_rates', 'campaign_aliases'] %}
            {% set relation = source('marketing', name) %}
            {% set query = raw_database_table(name) if is_database else raw_files(name) %}
            {% do run_query('create schema if not exists ' ~ relation.without_identifier()) %}
            {% do make_raw_relation(relation, query) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{#- Whether a path names a DuckDB database, and no folder. -#}
{% macro is_database_file(path) %}
    {{- return(modules.re.search('[.](duckdb|db)$', path)) -}}
{% endmacro %}

{#-
    Makes the relation that the source reads. It is a view, or a table if the query reads CSV files:
    models read raw rows several times, and parsing CSV is slow. `dbt test` keeps an existing table.
-#}
{% macro make_raw_relation(relation, query) %}
    {% set kind = 'table' if 'read_csv(' in query else 'view' %}
    {% set query_of_kind %}
        select case when table_type = 'VIEW' then 'view' else 'table' end as kind
        from information_schema.tables
        where table_catalog = {{ text_literal(relation.database) }}
            and table_schema = {{ text_literal(relation.schema) }}
            and table_name = {{ text_literal(relation.identifier) }}
    {% endset %}
    {% set existing = run_query(query_of_kind).rows | map(attribute='kind') | first %}
    {% do run_query('drop ' ~ existing ~ ' ' ~ relation) if existing and existing != kind %}
    {% if kind == 'view' or existing != kind or flags.WHICH != 'test' %}
        {% do run_query('create or replace ' ~ kind ~ ' ' ~ relation ~ ' as ' ~ query) %}
    {% endif %}
{% endmacro %}

{#- A query over a raw table in the attached database. The error says which tables it has. -#}
{% macro raw_database_table(table_name) %}
    {% set schema, name = var('raw_schema') or 'main', var('raw_' ~ table_name ~ '_table') %}
    {% set query %}
        select distinct schema_name || '.' || table_name from duckdb_columns()
        where database_name = 'raw_data' and not internal
        order by all
    {% endset %}
    {% set found = run_query(query).columns[0].values() | list %}
    {% if schema ~ '.' ~ name in found %}
        {{ return('select * from raw_data.' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(name)) }}
    {% elif is_optional_table(table_name) %}
        {{ return(no_rows(table_name)) }}
    {% endif %}
    {% do exceptions.raise_compiler_error(
        'Database ' ~ var('raw_data') ~ ' has no table ' ~ schema ~ '.' ~ name
        ~ '. It has: ' ~ (found[:20] | join(', ') or 'none')
        ~ '.\nName the schema and the table in the vars raw_schema and raw_'
        ~ table_name ~ '_table.'
    ) %}
{% endmacro %}

{#- A query in place of an optional raw table that is missing, so that models need no exception. -#}
{% macro no_rows(table_name) %}
    {% set columns = contract_columns(table_name) | join(', cast(null as varchar) as ') %}
    {{ return('select cast(null as varchar) as ' ~ columns ~ ' where false') }}
{% endmacro %}

{#- A query over the files of a raw table. -#}
{% macro raw_files(table_name) %}
    {% set files = files_of(table_name) %}
    {% if not files %}
        {{ return(no_rows(table_name)) }}
    {% elif '.parquet' in files[0] %}
        {% set paths = [] %}
        {% for file in files %}{% do paths.append(text_literal(file)) %}{% endfor %}
        {% set list = '[' ~ (paths | join(', ')) ~ ']' %}
        {{ return('select * from read_parquet(' ~ list ~ ', union_by_name = true)') }}
    {% endif %}
    {{ return(csv_query(table_name, files)) }}
{% endmacro %}

{#-
    The files of a raw table, or an error that says which files were found. None if the table is
    optional and has no files.
-#}
{% macro files_of(table_name) %}
    {% set name = var('raw_' ~ table_name ~ '_table') %}
    {% set endings = ['.parquet', '/*.parquet', '.csv', '.csv.gz', '/*.csv'] %}
    {% set endings = [''] if modules.re.search('[.*]', name) else endings %}
    {% set patterns, found = [], [] %}
    {% for ending in endings %}
        {% do patterns.append(name ~ ending) %}
        {% set files = files_like(name ~ ending) %}
        {% do found.append(files) if files %}
    {% endfor %}
    {% if not found and is_optional_table(table_name) %}
        {{ return([]) }}
    {% elif found | length != 1 %}
        {% set files = found | sum(start=[]) or files_like('*')[:20] %}
        {% do exceptions.raise_compiler_error(
            'Raw table ' ~ table_name ~ ' needs exactly one of ' ~ (patterns | join(', ')) ~ ' in '
            ~ var('raw_data') ~ ' (var raw_data). Found: ' ~ (files | join(', ') or 'nothing') ~ '.'
        ) %}
    {% endif %}
    {{ return(found[0]) }}
{% endmacro %}

{#-
    The names of files that lack a column which other files of the table have, for each such column.
    A table made of files has null there, and nobody would see that the column vanished.
-#}
{% macro files_without_column(table_name) %}
    {{- return(adapter.dispatch('files_without_column', 'customer_insights')(table_name)) -}}
{% endmacro %}

{% macro default__files_without_column(table_name) %}{{ return({}) }}{% endmacro %}

{% macro duckdb__files_without_column(table_name) %}
    {%- set is_folder = var('raw_data') and not is_database_file(var('raw_data')) -%}
    {%- set files = files_of(table_name) if is_folder else [] -%}
    {%- set without = {} -%}
    {%- set contract = contract_columns(table_name) -%}
    {%- set columns_by_file = {} -%}
    {%- for file in files if files | length > 1 -%}
        {%- if '.parquet' in file -%}
            {%- set schema = 'select name from parquet_schema(' ~ text_literal(file) ~ ')' -%}
            {%- set names = run_query(schema).columns[0].values() -%}
        {%- else -%}
            {%- set names = header_names(first_line(file)) -%}
        {%- endif -%}
        {%- set known = names | map('lower') | select('in', contract) | list -%}
        {#- An empty file lacks nothing. -#}
        {%- do columns_by_file.update({file: known}) if known -%}
    {%- endfor -%}
    {%- for column in columns_by_file.values() | sum(start=[]) | unique -%}
        {%- for file, known in columns_by_file.items() if column not in known -%}
            {%- do without.setdefault(column, []).append(file) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(without) }}
{% endmacro %}

{#- A text as an SQL literal, with its quotes doubled, because a path may have an apostrophe. -#}
{% macro text_literal(text) %}
    {{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}
{% endmacro %}

{#- The files in the folder var raw_data that match a pattern, in order. -#}
{% macro files_like(pattern) %}
    {% set path = text_literal(var('raw_data') ~ '/' ~ pattern) %}
    {% set files = run_query('select file from glob(' ~ path ~ ') order by file').columns[0] %}
    {{ return(files.values() | list) }}
{% endmacro %}
