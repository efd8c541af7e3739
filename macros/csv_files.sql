{#-
    A query over CSV files, with all values as text. Nothing is guessed from the content. Short rows
    are padded, and may be rejected later. A line that cannot be read as a row is an error that
    names file and line: padding alone would swallow everything after an unterminated quote.
-#}
{% macro csv_query(table_name, files) %}
    {% set dialect = "delim = ',', quote = '\"', escape = '\"', header = true" %}
    {% set queries = [] %}
    {% for file in files %}
        {% set columns = csv_columns(table_name, file) %}
        {% set error = first_csv_error(file, columns, dialect) %}
        {% if error %}
            {% set meaning = {
                'TOO MANY COLUMNS': 'more fields than the header has',
                'UNQUOTED VALUE': 'a quote that does not end, or not where the field does',
                'INVALID ENCODING': 'bytes that are not UTF-8',
                'LINE SIZE OVER MAXIMUM': 'longer than 64 MB',
            }.get(error.error_type, error.error_type | lower) %}
            {% do exceptions.raise_compiler_error(
                'File ' ~ file ~ ', line ' ~ error.line ~ ': ' ~ meaning ~ '. ' ~ error.error_count
                ~ ' such errors. Files are UTF-8, separated by commas, with quotes doubled inside'
                ~ ' quotes and as many fields as the header. The header is line 1, with no title'
                ~ ' above it.'
            ) %}
        {% endif %}
        {% set options = 'null_padding = true, parallel = false' %}
        {% do queries.append('select * from ' ~ read_csv(file, columns, dialect, options)) %}
    {% endfor %}
    {{ return(queries | join(' union all by name ')) }}
{% endmacro %}

{#- A call that reads a CSV file without guessing types. All queries over CSV files share it. -#}
{% macro read_csv(file, columns, dialect, options) %}
    read_csv(
        {{ text_literal(file) }}, columns = {{ columns }}, {{ dialect }}, {{ options }},
        auto_detect = false, comment = '', max_line_size = 67108864
    )
{% endmacro %}

{#-
    The first line that is no row, what is wrong with it, and the number of such lines. It scans the
    whole file, because a scan that stops early reports none.
-#}
{% macro first_csv_error(file, columns, dialect) %}
    {% set tables = "rejects_table = 'csv_errors', rejects_scan = 'csv_scans'" %}
    {% set reader = read_csv(file, columns, dialect, 'store_rejects = true, ' ~ tables) %}
    {% set query %}
        select line, error_type, count(*) over () as error_count from csv_errors
        where error_type <> 'MISSING COLUMNS'
        order by line limit 1
    {% endset %}
    {% do run_query('select count(columns(*)) from ' ~ reader) %}
    {% set errors = run_query(query).rows %}
    {% do run_query('drop table csv_errors; drop table csv_scans') %}
    {{ return(errors[0] if errors else none) }}
{% endmacro %}

{#- The columns of a CSV file in DuckDB's form. They are those of the contract if it is empty. -#}
{% macro csv_columns(table_name, file) %}
    {% set lines = first_line(file) %}
    {% set error = first_csv_error(file, "{'line': 'varchar'}", whole_lines()) %}
    {% do check_header(file, lines[0] or '' if lines else '', error and error.line == 1) %}
    {% set names = header_names(lines) or contract_columns(table_name) | list %}
    {% set columns = [] %}
    {% for name in names %}
        {% if (names | map('lower') | list).count(name | lower) > 1 %}
            {% set found = ' has more than one column ' ~ name ~ ': ' ~ (names | join(', ')) %}
            {% do exceptions.raise_compiler_error('File ' ~ file ~ found ~ '.') %}
        {% endif %}
        {% do columns.append(text_literal(name) ~ ": 'varchar'") %}
    {% endfor %}
    {{ return('{' ~ (columns | join(', ')) ~ '}') }}
{% endmacro %}

{#- Options that read each line as one column: no file has the delimiter \x1f. -#}
{% macro whole_lines() %}
    {%- set dialect = "delim = '\\x1f', quote = '', escape = '', header = false" -%}
    {{- return(dialect ~ ', strict_mode = false') -}}
{% endmacro %}

{#- The first line of a CSV file in a list. The list is empty if the file is. -#}
{% macro first_line(file) %}
    {% set reader = read_csv(file, "{'line': 'varchar'}", whole_lines(), 'ignore_errors = true') %}
    {% set lines = run_query('select line from ' ~ reader ~ ' limit 1').columns[0] %}
    {{ return(lines.values() | list) }}
{% endmacro %}

{#- The names of the columns in the first line of a CSV file, as first_line gives it. -#}
{% macro header_names(lines) %}
    {% set names = [] %}
    {#- A cell is quoted text, in which a quote is doubled, or everything up to a comma. -#}
    {% for cell in modules.re.findall('(?:^|,)("(?:[^"]|"")*"|[^,]*)', lines[0] or '') if lines %}
        {% set is_quoted = modules.re.match('"(?:[^"]|"")*"$', cell) %}
        {% set name = cell[1:-1].replace('""', '"') if is_quoted else cell %}
        {% do names.append(name | trim or 'unnamed_' ~ loop.index) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- An error if the first line shows that Excel or another tool saved a file that is no CSV. -#}
{% macro check_header(file, header, is_unreadable) %}
    {% set bytes = first_bytes(file) if is_unreadable else '' %}
    {% set fault -%}
        {%- if header.startswith('PK\x03\x04') or bytes == '504B0304' %}
            {{- ' is an Excel workbook or a zip file under another name.' }}
Open it in Excel and save it as CSV UTF-8.
        {%- elif '\x00' in header or bytes[:4] in ['FFFE', 'FEFF'] -%}
, line 1: bytes that are not UTF-8, but UTF-16.
Save it as UTF-8; Excel calls it CSV UTF-8.
        {%- elif is_unreadable -%}
, line 1: bytes that are not UTF-8.
Save it as UTF-8; Excel calls it CSV UTF-8.
        {%- elif (header | lower).lstrip('"\ufeff ').startswith('sep=') -%}
, line 1 is "{{ header }}", which only Excel understands.
Delete that line, so that the column names stand first.
        {%- endif -%}
    {%- endset %}
    {% do exceptions.raise_compiler_error('File ' ~ file ~ fault) if fault %}
{% endmacro %}

{#- The first four bytes of a file as hexadecimal digits. A large file is not read for it. -#}
{% macro first_bytes(file) %}
    {% set blob = ' from read_blob(' ~ text_literal(file) ~ ')' %}
    {% set is_large = run_query('select size' ~ blob).rows[0].size >= 100000000 %}
    {{ return('' if is_large else run_query('select hex(content[1:4])' ~ blob).rows[0][0]) }}
{% endmacro %}
