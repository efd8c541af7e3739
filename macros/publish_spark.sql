{#-
    Publishing on Spark, which has no transactions. A statement changes one table, and several
    builds that insert into one table at once can lose rows. So a build notes on each table itself
    that it made it: a new table has no notes of earlier builds. The switch is the view
    `publication`, which says what build the published views show. A view is replaced by one call to
    the metastore, and a query looks it up once.
-#}
{% macro publication() %}
    {{ return(builds_table('publication').incorporate(type='view')) }}
{% endmacro %}

{% macro spark__make_build_log(log) %}
    create view if not exists {{ publication() }} as
    select cast(null as string) as build_id, cast(null as string) as previous_build_id
{% endmacro %}

{% macro spark__note_step(step) -%}
    {%- if step == 'publication' -%}
        {%- set query = 'select build_id from ' ~ publication() -%}
        {%- set previous = run_query(query).rows[0]['build_id'] -%}
        create or replace view {{ publication() }} as
        select '{{ invocation_id }}' as build_id, '{{ previous or '' }}' as previous_build_id
    {%- else -%}
        alter table {{ this }} set tblproperties ('built_by.{{ invocation_id }}' = 'true')
    {%- endif -%}
{%- endmacro %}

{% macro spark__overtaken_steps(steps) %}
    {% set overtaken = [] %}
    {% for step in steps %}
        {% set node = graph.nodes[step] %}
        {% set table = api.Relation.create(schema=node.schema, identifier=node.alias) %}
        {% set properties = run_query('show tblproperties ' ~ table).columns[0].values() %}
        {% set notes = [] %}
        {% for property in properties if property.startswith('built_by.') %}
            {% do notes.append(property) %}
        {% endfor %}
        {% do overtaken.append(step) if notes != ['built_by.' ~ invocation_id] %}
    {% endfor %}
    {{ return(overtaken) }}
{% endmacro %}

{#- The name and type of each column, to compare two tables. -#}
{% macro named_types(columns) %}
    {% set types = [] %}
    {% for column in columns %}{% do types.append((column.name, column.dtype)) %}{% endfor %}
    {{ return(types) }}
{% endmacro %}

{#- Each build is a partition of the copy. -#}
{% macro spark__copy_mart(node) %}
    {% set mart = api.Relation.create(schema=node.schema, identifier=node.alias) %}
    {% set copy = builds_table(node.alias) %}
    {% set view = api.Relation.create(
        schema=published_schema(), identifier=node.alias, type='view'
    ) %}
    {% set columns = adapter.get_columns_in_relation(mart) %}
    {% set rows = "select *, '" ~ invocation_id ~ "' as build_id from " ~ mart %}
    {% set known = adapter.get_columns_in_relation(copy)
        if load_relation(view) and load_relation(copy) else [] %}
    {% if named_types(known[:columns | length]) != named_types(columns) %}
        {% do run_query('drop table if exists ' ~ copy) %}
        {% set definition %}
            create table {{ copy }} using {{ node.config.file_format }} partitioned by (build_id)
            as {{ rows }} where false
        {% endset %}
        {% do run_query(definition) %}
    {% endif %}
    {% do run_query('insert into ' ~ copy ~ ' ' ~ rows) %}
    {% set definition %}
        create or replace view {{ view }} (
            {%- for column in columns %}
            {#- Hive's metastore holds 256 characters. It tries a longer comment for 20 seconds. -#}
            {%- set description = (node.columns[column.name] or {}).description or '' %}
            {{ column.quoted }} comment {{ text_literal(description | truncate(256)) }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) comment {{ text_literal(node.description) }} as
        select {{ columns | map(attribute='quoted') | join(', ') }} from {{ copy }}
        where build_id = (select build_id from {{ publication() }})
    {% endset %}
    {% do run_query(definition) %}
{% endmacro %}

{#- The build before stays: a query that began before the switch still reads its files. -#}
{% macro spark__forget_earlier_builds() %}
    {% set query = 'select build_id, previous_build_id from ' ~ publication() %}
    {% set kept = run_query(query).rows[0].values() | list %}
    {% for node in published_nodes() %}
        {% set copy = builds_table(node.alias) %}
        {% if node.config.file_format in ['delta', 'iceberg', 'hudi'] %}
            {% set others = "build_id not in ('" ~ kept | join("', '") ~ "')" %}
            {% do run_query('delete from ' ~ copy ~ ' where ' ~ others) %}
        {% else %}
            {% for partition in run_query('show partitions ' ~ copy).columns[0].values() %}
                {% set id = partition.split('=')[1] %}
                {% set dropped = "drop if exists partition (build_id = '" ~ id ~ "')" %}
                {% do run_query('alter table ' ~ copy ~ ' ' ~ dropped) if id not in kept %}
            {% endfor %}
        {% endif %}
    {% endfor %}
{% endmacro %}
