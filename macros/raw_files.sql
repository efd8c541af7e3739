{#- Runs before every build: makes the source's tables where they are not tables of the target's database already. -#}
{% macro point_source() %}{{ return(adapter.dispatch('point_source', 'customer_insights')()) }}{% endmacro %}

{% macro default__point_source() %}{% endmacro %}

{#- Views of the files in the folder var raw_data, or of the tables in the DuckDB database of that name. -#}
{% macro duckdb__point_source() %}
    {%- if execute and var('raw_data') -%}
        {%- set is_database = modules.re.search('[.](duckdb|db)$', var('raw_data')) -%}
        {%- if is_database %}
            attach if not exists {{ dbt.string_literal(dbt.escape_single_quotes(var('raw_data'))) }} as raw_data (read_only);
        {%- endif -%}
        {%- for table_name in ['sessions', 'conversions', 'campaign_metrics'] -%}
            {%- set relation = source('marketing', table_name) %}
            create schema if not exists {{ relation.without_identifier() }};
            create or replace view {{ relation }} as
            {% if is_database -%}
                select * from raw_data.{{ adapter.quote(var('raw_schema') or 'main') }}.{{ adapter.quote(var('raw_' ~ table_name ~ '_table')) }};
            {%- else -%}
                {{ raw_files(table_name) }};
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- A query over the files of a raw table. It says what was found where they are missing, of two kinds, or broken. -#}
{% macro raw_files(table_name) %}
    {%- set name = var('raw_' ~ table_name ~ '_table') -%}
    {%- set patterns = [name] if modules.re.search('[.*]', name)
        else [name ~ '.parquet', name ~ '/*.parquet', name ~ '.csv', name ~ '.csv.gz', name ~ '/*.csv'] -%}
    {%- set found = [] -%}
    {%- for pattern in patterns -%}
        {%- set files = run_query(
            "select file from glob(" ~ dbt.string_literal(dbt.escape_single_quotes(var('raw_data') ~ '/' ~ pattern)) ~ ") order by file"
        ).columns[0].values() | list -%}
        {%- if files -%}{%- do found.append(files) -%}{%- endif -%}
    {%- endfor -%}
    {%- if found | length != 1 -%}
        {%- set others = run_query(
            "select file from glob(" ~ dbt.string_literal(dbt.escape_single_quotes(var('raw_data') ~ '/*')) ~ ") order by file limit 20"
        ).columns[0].values() | list -%}
        {%- do exceptions.raise_compiler_error(
            'Raw table ' ~ table_name ~ ' needs exactly one of ' ~ (patterns | join(', ')) ~ ' in ' ~ var('raw_data') ~ ' (var raw_data). Found: '
            ~ ((found | sum(start=[]) if found else others) | join(', ') or 'nothing') ~ '.'
        ) -%}
    {%- endif -%}
    {%- if '.parquet' in found[0][0] -%}
        select * from read_parquet({{ as_sql_list(found[0]) }}, union_by_name = true)
    {%- else -%}
        {{ csv_query(table_name, found[0]) }}
    {%- endif -%}
{% endmacro %}

{#- A list of texts as SQL. -#}
{% macro as_sql_list(texts) -%}
    [{% for text in texts %}'{{ dbt.escape_single_quotes(text) }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{#-
    A query over CSV files as text. Nothing is guessed from their content: the header names the columns, short rows are padded and
    judged, and what cannot be read as rows is an error with file and line. Padding alone would swallow an unterminated quote.
-#}
{% macro csv_query(table_name, files) %}
    {%- set queries = [] -%}
    {%- for file in files -%}
        {%- set format = "delim = ',', quote = '\"', escape = '\"', comment = '', header = true, auto_detect = false, max_line_size = 67108864, columns = "
            ~ csv_columns(table_name, file) -%}
        {%- set path = dbt.string_literal(dbt.escape_single_quotes(file)) -%}
        {%- do run_query(
            "select count(columns(*)) from read_csv(" ~ path ~ ", " ~ format
            ~ ", store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')"
        ) -%}
        {%- set errors = run_query(
            "select line, error_type, count(*) over () as error_count from csv_errors where error_type <> 'MISSING COLUMNS' order by line limit 1"
        ).rows -%}
        {%- do run_query('drop table csv_errors; drop table csv_scans') -%}
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
        {%- do queries.append('select * from read_csv(' ~ path ~ ', ' ~ format ~ ', null_padding = true, parallel = false)') -%}
    {%- endfor -%}
    {{ queries | join(' union all by name ') }}
{% endmacro %}

{#- The columns of a CSV file as DuckDB wants them, read from its first line; those of the contract where the file is empty. -#}
{% macro csv_columns(table_name, file) %}
    {%- set lines = "read_csv(" ~ dbt.string_literal(dbt.escape_single_quotes(file))
        ~ ", delim = '\\x1f', quote = '', escape = '', comment = '', header = false, auto_detect = false, strict_mode = false,"
        ~ " max_line_size = 67108864, columns = {'line': 'varchar'}, store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')" -%}
    {#- Without a limit, because a reader that stops early reports no errors. -#}
    {%- do run_query('select count(line) from ' ~ lines) -%}
    {%- set is_unreadable = run_query('select line from csv_errors where line = 1').rows -%}
    {%- set lines = run_query('select line from ' ~ lines ~ ' limit 1').rows -%}
    {%- do run_query('drop table csv_errors; drop table csv_scans') -%}
    {%- if is_unreadable -%}
        {%- do exceptions.raise_compiler_error('File ' ~ file ~ ', line 1: bytes that are not UTF-8. Save it as UTF-8.') -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- if not lines -%}{%- do names.extend(contract_columns(table_name).keys()) -%}{%- endif -%}
    {%- for line in lines -%}
        {%- for quoted, plain in modules.re.findall('(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))', line['line'] or '') -%}
            {%- do names.append((quoted.replace('""', '"') or plain) | trim or 'unnamed_' ~ loop.index) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in names if (names | map('lower') | list).count(name | lower) > 1 -%}
        {%- do exceptions.raise_compiler_error('File ' ~ file ~ ' has more than one column ' ~ name ~ ': ' ~ (names | join(', ')) ~ '.') -%}
    {%- endfor -%}
    { {%- for name in names -%}'{{ dbt.escape_single_quotes(name) }}': 'varchar'{{ ', ' if not loop.last }}{%- endfor -%} }
{%- endmacro %}
