{#- Whether each var is text or a number, in the order of dbt_project.yml. -#}
{% macro known_vars() %}
    {{ return({
        'raw_data': 'text', 'raw_database': 'text', 'raw_schema': 'text',
        'raw_sessions_table': 'text', 'raw_conversions_table': 'text',
        'raw_campaign_metrics_table': 'text', 'raw_exchange_rates_table': 'text',
        'raw_campaign_aliases_table': 'text', 'earliest_date': 'text',
        'rejected_share_maximum': 'number', 'conflicting_share_maximum': 'number',
        'reporting_currency': 'text', 'business_timezone': 'text',
        'high_tier_minimum': 'number', 'medium_tier_minimum': 'number',
        'conversion_lookback_days': 'number', 'efficiency_prior_conversions': 'number',
        'natural_variation': 'number', 'weak_stage_index': 'number',
        'clicked_index_minimum': 'number', 'not_converting_index_maximum': 'number',
    }) }}
{% endmacro %}

{#- Runs before every build. Without it, a misspelt var would be ignored in silence. -#}
{% macro check_vars() %}
    {% set known, given = known_vars(), invocation_args_dict.vars or {} %}
    {% set unknown = given | reject('in', known) | list if project_name == 'customer_insights' %}
    {% set texts = [] %}
    {% for name, kind in known.items() if kind == 'number' and var(name) is not number %}
        {% do texts.append(name) %}
    {% endfor %}
    {% set error -%}
        {%- if unknown -%}
There is no var {{ unknown[0] }}, given with --vars. Is it one of these?
{{ known | join(', ') }}.
        {%- elif var('business_timezone') not in modules.pytz.all_timezones -%}
Var business_timezone is "{{ var('business_timezone') }}", which is no name of a time zone.
Write one such as Europe/Berlin, or UTC.
        {%- elif texts -%}
Var {{ texts[0] }} is "{{ var(texts[0]) }}", and must be a number.
Write it without quotes and with a point, such as --vars '{{ texts[0] }}: 0.5'.
        {%- endif -%}
    {%- endset %}
    {% do exceptions.raise_compiler_error(error) if execute and error %}
{% endmacro %}

{#- Runs before every build. Each engine needs something else to be ready for it. -#}
{% macro prepare_target() %}
    {{ return(adapter.dispatch('prepare_target', 'customer_insights')()) }}
{% endmacro %}

{% macro default__prepare_target() %}{% endmacro %}

{#-
    A database that was made without a language does not know that É and é are one letter.
    It would find other campaigns than other databases.
-#}
{% macro postgres__prepare_target() %}
    {% if execute and (
        run_query("select current_setting('server_encoding')").rows[0][0] != 'UTF8'
        or run_query("select lower('É')").rows[0][0] != 'é'
    ) %}
        {% do exceptions.raise_compiler_error(
            'Database ' ~ target.database ~ ' has an encoding or locale that does not know letters'
            ~ ' beyond English. Make it anew: createdb --template=template0 --encoding=UTF8'
            ~ ' --locale=C.UTF-8 ' ~ target.database
        ) %}
    {% endif %}
{% endmacro %}

{#-
    Figures would differ in silence if a session took another time zone, or cut the decimal places
    of products.
-#}
{% macro spark__prepare_target() %}
    {%- if execute -%}
        {%- set needed = {
            'spark.sql.session.timeZone': 'UTC',
            'spark.sql.decimalOperations.allowPrecisionLoss': 'false',
        } -%}
        {%- for name, value in needed.items() -%}
            {%- set found = run_query('set ' ~ name).rows[0]['value'] -%}
            {%- if found | lower != value | lower -%}
                {%- do exceptions.raise_compiler_error(
                    'Sessions on Spark have ' ~ name ~ ' ' ~ found
                    ~ ', and figures need ' ~ value ~ '.\n'
                    ~ 'Set it under server_side_parameters in profiles.yml, or on the cluster.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#-
    A timestamp must be a moment without a time zone. Raw tables with others are read right
    nevertheless.
-#}
{% macro snowflake__prepare_target() %}
    {%- set query = "show parameters like 'TIMESTAMP_TYPE_MAPPING' in session" -%}
    {%- if execute and rows_of(query)[0].value != 'TIMESTAMP_NTZ' -%}
        {%- do exceptions.raise_compiler_error(
            'Sessions on Snowflake have another TIMESTAMP_TYPE_MAPPING than TIMESTAMP_NTZ,'
            ~ " and the project's timestamps need that.\n"
            ~ 'alter user ' ~ target.user ~ " set timestamp_type_mapping = 'TIMESTAMP_NTZ';"
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro redshift__prepare_target() %}{% endmacro %}

{#- SQL warehouses have the time zone of the workspace. -#}
{% macro databricks__prepare_target() %}
    {%- set query = 'select current_timezone() as zone' -%}
    {%- if execute and rows_of(query)[0].zone not in ['UTC', 'Etc/UTC'] -%}
        {%- do exceptions.raise_compiler_error(
            'Sessions on Databricks have another time zone than UTC.\n'
            ~ 'Set TIMEZONE to UTC, see docs/warehouses.md.'
        ) -%}
    {%- endif -%}
{% endmacro %}

{#-
    Runs before a table of the sample is loaded, because loading empties the table first.
    It must not replace anybody's raw rows, nor fill a table that the source does not read.
-#}
{% macro spare_raw_rows() %}
    {% set source_id = 'source.customer_insights.marketing.' ~ model.alias %}
    {% set read = graph.sources[source_id].relation_name if execute %}
    {% set existing = load_relation(this) if execute %}
    {% if execute and read != this | string %}
        {% do exceptions.raise_compiler_error(
            'The sample would be loaded into ' ~ this ~ ', but the source reads ' ~ read
            ~ ': see var raw_schema.'
        ) %}
    {% elif existing and run_query('select 1 from ' ~ existing ~ ' limit 1').rows %}
        {% do exceptions.raise_compiler_error(
            existing ~ ' holds rows already, and the sample would replace them.'
            ~ ' To have it anyway: drop table ' ~ existing ~ ';'
        ) %}
    {% endif %}
{% endmacro %}
