{#-
    Makes the source's tables from the files in the folder var raw_data, or from the tables in the DuckDB database of
    that name. It runs them itself instead of returning SQL to the hook: after an error in that SQL dbt would go on with
    the tables of the last build.
-#}
{% macro duckdb__prepare_target() %}
    {%- if execute and var('raw_data') -%}
        {%- set is_database = modules.re.search('[.](duckdb|db)$', var('raw_data')) -%}
        {%- if is_database -%}
            {%- do run_query('attach if not exists ' ~ text_literal(var('raw_data')) ~ ' as raw_data (read_only)') -%}
        {%- endif -%}
        {%- for table_name in ['sessions', 'conversions', 'campaign_metrics', 'exchange_rates', 'campaign_aliases'] -%}
            {%- set relation = source('marketing', table_name) -%}
            {%- set query = raw_database_table(table_name) if is_database else raw_files(table_name) -%}
            {%- do run_query('create schema if not exists ' ~ relation.without_identifier()) -%}
            {%- do make_raw_relation(relation, query) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#-
    The relation that the source reads. It is a view, or a table if the query reads CSV files: models read raw rows
    several times, and parsing CSV is slow. `dbt test` keeps an existing table.
-#}
{% macro make_raw_relation(relation, query) %}
    {%- set kind = 'table' if 'read_csv(' in query else 'view' -%}
    {%- set existing = run_query(
        "select table_type from information_schema.tables where table_catalog = " ~ text_literal(relation.database)
        ~ ' and table_schema = ' ~ text_literal(relation.schema) ~ ' and table_name = ' ~ text_literal(relation.identifier)
    ).rows -%}
    {%- set existing_kind = ('view' if existing[0]['table_type'] == 'VIEW' else 'table') if existing -%}
    {%- if existing_kind and existing_kind != kind -%}
        {%- do run_query('drop ' ~ existing_kind ~ ' ' ~ relation) -%}
    {%- endif -%}
    {%- if kind == 'view' or existing_kind != kind or flags.WHICH != 'test' -%}
        {%- do run_query('create or replace ' ~ kind ~ ' ' ~ relation ~ ' as ' ~ query) -%}
    {%- endif -%}
{% endmacro %}

{#- A query over a raw table in the attached database. -#}
{% macro raw_database_table(table_name) %}
    {%- set schema, name = var('raw_schema') or 'main', var('raw_' ~ table_name ~ '_table') -%}
    {%- set found = run_query(
        "select distinct schema_name || '.' || table_name from duckdb_columns() where database_name = 'raw_data' and not internal order by all"
    ).columns[0].values() | list -%}
    {%- if schema ~ '.' ~ name not in found and is_optional_table(table_name) -%}
        {{ return(no_rows(table_name)) }}
    {%- elif schema ~ '.' ~ name not in found -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ var('raw_data') ~ ' has no table ' ~ schema ~ '.' ~ name ~ '. It has: ' ~ (found[:20] | join(', ') or 'none')
            ~ '.\nName the schema and the table in the vars raw_schema and raw_' ~ table_name ~ '_table.'
        ) -%}
    {%- endif -%}
    {{ return('select * from raw_data.' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(name)) }}
{% endmacro %}

{#- A query in place of an optional raw table that is missing. -#}
{% macro no_rows(table_name) -%}
    select
    {%- for column in contract_columns(table_name) %} cast(null as varchar) as {{ column }}{{ ',' if not loop.last }}{% endfor %}
    where false
{%- endmacro %}

{#-
    A query over the files of a raw table. If they are missing, of two kinds or broken, the error says what was found.
-#}
{% macro raw_files(table_name) %}
    {%- set name = var('raw_' ~ table_name ~ '_table') -%}
    {%- set patterns = [name] if modules.re.search('[.*]', name)
        else [name ~ '.parquet', name ~ '/*.parquet', name ~ '.csv', name ~ '.csv.gz', name ~ '/*.csv'] -%}
    {%- set found = [] -%}
    {%- for pattern in patterns -%}
        {%- set files = files_like(pattern) -%}
        {%- if files -%}{%- do found.append(files) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not found and is_optional_table(table_name) -%}
        {{ return(no_rows(table_name)) }}
    {%- endif -%}
    {%- if found | length != 1 -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ table_name ~ ' needs exactly one of ' ~ (patterns | join(', ')) ~ ' in ' ~ var('raw_data') ~ ' (var raw_data). Found: '
            ~ ((found | sum(start=[]) if found else files_like('*')[:20]) | join(', ') or 'nothing') ~ '.'
        ) -%}
    {%- endif -%}
    {%- if '.parquet' in found[0][0] -%}
        select * from read_parquet(
            [{% for file in found[0] %}{{ text_literal(file) }}{{ ', ' if not loop.last }}{% endfor %}], union_by_name = true
        )
    {%- else -%}
        {{ csv_query(table_name, found[0]) }}
    {%- endif -%}
{% endmacro %}

{#- A text as an SQL literal, with its quotes doubled. -#}
{% macro text_literal(text) %}{{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}{% endmacro %}

{#- The files in the folder var raw_data that match a pattern, in order. -#}
{% macro files_like(pattern) %}
    {%- set query = 'select file from glob(' ~ text_literal(var('raw_data') ~ '/' ~ pattern) ~ ') order by file' -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

{#-
    A query over CSV files, with all values as text. Nothing is guessed from the content. The header names the columns.
    Short rows are padded, and may be rejected later. A line that cannot be read as a row is an error that names file
    and line: padding alone would swallow everything after an unterminated quote.
-#}
{% macro csv_query(table_name, files) %}
    {%- set queries = [] -%}
    {%- for file in files -%}
        {%- set reader = csv_reader(file, csv_columns(table_name, file), "',', quote = '\"', escape = '\"', header = true") -%}
        {%- set errors = csv_errors(reader) -%}
        {%- if errors -%}
            {%- set meanings = {
                'TOO MANY COLUMNS': 'more fields than the header has', 'UNQUOTED VALUE': 'a quote that does not end, or not where the field does',
                'INVALID ENCODING': 'bytes that are not UTF-8', 'LINE SIZE OVER MAXIMUM': 'longer than 64 MB',
            } -%}
            {%- do exceptions.raise_compiler_error(
                'File ' ~ file ~ ', line ' ~ errors[0]['line'] ~ ': ' ~ meanings.get(errors[0]['error_type'], errors[0]['error_type'] | lower)
                ~ '. ' ~ errors[0]['error_count']
                ~ ' such errors. Files are UTF-8, separated by commas, with quotes doubled inside quotes and as many fields as the header.'
            ) -%}
        {%- endif -%}
        {%- do queries.append('select * from ' ~ reader ~ ', null_padding = true, parallel = false)') -%}
    {%- endfor -%}
    {{ queries | join(' union all by name ') }}
{% endmacro %}

{#- A call that reads a CSV file without guessing types. It is left open, so that further options can follow. -#}
{% macro csv_reader(file, columns, format) %}
    {{- return(
        'read_csv(' ~ text_literal(file) ~ ', auto_detect = false, columns = ' ~ columns ~ ', delim = ' ~ format
        ~ ", comment = '', max_line_size = 67108864"
    ) -}}
{% endmacro %}

{#-
    The first line that cannot be read as a row, what is wrong with it, and the number of such lines. It scans the whole
    file, because a scan that stops early reports none.
-#}
{% macro csv_errors(reader) %}
    {%- do run_query(
        'select count(columns(*)) from ' ~ reader ~ ", store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')"
    ) -%}
    {%- set errors = run_query(
        "select line, error_type, count(*) over () as error_count from csv_errors where error_type <> 'MISSING COLUMNS' order by line limit 1"
    ).rows -%}
    {%- do run_query('drop table csv_errors; drop table csv_scans') -%}
    {{ return(errors) }}
{% endmacro %}

{#- The first four bytes of a file as hexadecimal digits. Nothing for a file that is too large to be read whole. -#}
{% macro first_bytes(file) %}
    {%- set size = run_query('select size from read_blob(' ~ text_literal(file) ~ ')').rows[0]['size'] -%}
    {{ return(run_query('select hex(content[1:4]) as bytes from read_blob(' ~ text_literal(file) ~ ')').rows[0]['bytes'] if size < 100000000 else '') }}
{% endmacro %}

{#-
    The columns of a CSV file in DuckDB's form, read from its first line. For an empty file, the columns of the
    contract.
-#}
{% macro csv_columns(table_name, file) %}
    {%- set reader = csv_reader(file, "{'line': 'varchar'}", "'\\x1f', quote = '', escape = '', header = false, strict_mode = false") -%}
    {%- set errors = csv_errors(reader) -%}
    {%- set lines = run_query('select line from ' ~ reader ~ ', ignore_errors = true) limit 1').rows -%}
    {%- set first_line = lines[0]['line'] or '' if lines else '' -%}
    {%- set has_bad_header = errors and errors[0]['line'] == 1 -%}
    {%- if first_line.startswith('PK\x03\x04') or (has_bad_header and first_bytes(file) == '504B0304') -%}
        {%- do exceptions.raise_compiler_error(
            'File ' ~ file ~ ' is an Excel workbook or a zip file under another name.\nOpen it in Excel and save it as CSV UTF-8.'
        ) -%}
    {%- elif '\x00' in first_line or (has_bad_header and first_bytes(file)[:4] in ['FFFE', 'FEFF']) -%}
        {%- do exceptions.raise_compiler_error(
            'File ' ~ file ~ ', line 1: bytes that are not UTF-8, but UTF-16.\nSave it as UTF-8; Excel calls it CSV UTF-8.'
        ) -%}
    {%- elif has_bad_header -%}
        {%- do exceptions.raise_compiler_error(
            'File ' ~ file ~ ', line 1: bytes that are not UTF-8.\nSave it as UTF-8; Excel calls it CSV UTF-8.'
        ) -%}
    {%- elif (first_line | lower).lstrip('"\ufeff ').startswith('sep=') -%}
        {%- do exceptions.raise_compiler_error(
            'File ' ~ file ~ ', line 1 is "' ~ first_line ~ '", which only Excel understands.\nDelete that line, so that the column names stand first.'
        ) -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- if not lines -%}{%- do names.extend(contract_columns(table_name).keys()) -%}{%- endif -%}
    {%- for line in lines -%}
        {%- for cell in modules.re.findall('(?:^|,)("(?:[^"]|"")*"|[^,]*)', line['line'] or '') -%}
            {%- set name = cell[1:-1].replace('""', '"') if modules.re.match('"(?:[^"]|"")*"$', cell) else cell -%}
            {%- do names.append(name | trim or 'unnamed_' ~ loop.index) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in names if (names | map('lower') | list).count(name | lower) > 1 -%}
        {%- do exceptions.raise_compiler_error('File ' ~ file ~ ' has more than one column ' ~ name ~ ': ' ~ (names | join(', ')) ~ '.') -%}
    {%- endfor -%}
    { {%- for name in names -%}{{ text_literal(name) }}: 'varchar'{{ ', ' if not loop.last }}{%- endfor -%} }
{%- endmacro %}
