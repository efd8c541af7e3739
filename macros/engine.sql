{#-
    Stands at the end of a CTE whose columns are costly and used several times. Without it,
    PostgreSQL would write the expression of such a column in place of each use, and compute it each
    time.
-#}
{% macro computed_once() %}
    {{- return(adapter.dispatch('computed_once', 'customer_insights')()) -}}
{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro postgres__computed_once() %}offset 0{% endmacro %}

{% macro redshift__computed_once() %}{% endmacro %}

{#- The type of a double, as models cast to it. -#}
{% macro type_double() %}{{ return(type_on_engine('double precision')) }}{% endmacro %}

{#- The type of an exact number, as models cast to it. -#}
{% macro type_decimal(precision, scale) %}
    {{- return(type_on_engine('numeric(' ~ precision ~ ', ' ~ scale ~ ')')) -}}
{% endmacro %}

{#-
    Contracts, seeds and models name the types of PostgreSQL, which DuckDB knows too. Here are the
    names of other engines.
-#}
{% macro type_on_engine(type) %}
    {{- return(adapter.dispatch('type_on_engine', 'customer_insights')(type)) -}}
{% endmacro %}

{% macro default__type_on_engine(type) %}{{ return(type) }}{% endmacro %}

{% macro spark__type_on_engine(type) %}
    {{- return({'text': 'string', 'double precision': 'double'}.get(type, type)) -}}
{% endmacro %}

{#- A cast takes no parameters there. A numeric has 29 digits before the point and 9 behind it. -#}
{% macro bigquery__type_on_engine(type) %}
    {%- set names = {
        'text': 'string', 'double precision': 'float64', 'bigint': 'int64', 'boolean': 'bool',
    } -%}
    {{- return(names.get(type, type.split('(')[0])) -}}
{% endmacro %}

{#- A text without a length is cut after 256 bytes. -#}
{% macro redshift__type_on_engine(type) %}
    {{- return('varchar(65535)' if type == 'text' else type) -}}
{% endmacro %}

{#-
    Runs before each model and seed is built. From here on, dbt reads the types of its contract or
    its columns as the engine names them.
-#}
{% macro use_types_of_engine() %}
    {%- for column in model.columns.values() if column.data_type -%}
        {%- do column.update({'data_type': type_on_engine(column.data_type)}) -%}
    {%- endfor -%}
    {%- for name, type in (model.config.column_types or {}).items() -%}
        {%- do model.config.column_types.update({name: type_on_engine(type)}) -%}
    {%- endfor -%}
{% endmacro %}

{#-
    The rows of a query, with the names of the columns in lower case. Snowflake gives them in upper
    case.
-#}
{% macro rows_of(query) %}
    {%- set result = run_query(query) -%}
    {{ return(result.rename(result.column_names | map('lower') | list).rows) }}
{% endmacro %}

{#-
    Runs after each table is built. PostgreSQL plans the joins of a table badly until it knows its
    contents.
-#}
{% macro update_statistics() %}
    {{- return(adapter.dispatch('update_statistics', 'customer_insights')()) -}}
{% endmacro %}

{% macro default__update_statistics() %}{% endmacro %}

{% macro postgres__update_statistics() %}analyze {{ this }}{% endmacro %}

{#- It does so itself. -#}
{% macro redshift__update_statistics() %}{% endmacro %}
