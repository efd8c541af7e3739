{#-
    Publishing on Spark, which has no transactions. A statement changes one table, and several builds that insert into
    one table at once can lose rows. So a build notes on each table itself that it made it: a new table has no notes of
    earlier builds. The switch is the view `publication`, which says what build the published views show. A view is
    replaced by one call to the metastore, and a query looks it up once.
-#}
{% macro publication() %}{{ return(builds_table('publication').incorporate(type='view')) }}{% endmacro %}

{% macro spark__make_build_log(log) %}
    create view if not exists {{ publication() }} as select cast(null as string) as build_id, cast(null as string) as previous_build_id
{% endmacro %}

{% macro spark__note_step(step) -%}
    {%- if step == 'publication' -%}
        {%- set previous = run_query('select build_id from ' ~ publication()).rows[0]['build_id'] -%}
        create or replace view {{ publication() }} as select '{{ invocation_id }}' as build_id, '{{ previous or '' }}' as previous_build_id
    {%- else -%}
        alter table {{ this }} set tblproperties ('built_by.{{ invocation_id }}' = 'true')
    {%- endif -%}
{%- endmacro %}

{% macro spark__overtaken_steps(steps) %}
    {%- set overtaken = [] -%}
    {%- for step in steps -%}
        {%- set node = graph.nodes[step] -%}
        {%- set properties = run_query('show tblproperties ' ~ api.Relation.create(schema=node.schema, identifier=node.alias)) -%}
        {%- set builds = [] -%}
        {%- for property in properties.columns[0].values() if property.startswith('built_by.') -%}{%- do builds.append(property) -%}{%- endfor -%}
        {%- if builds != ['built_by.' ~ invocation_id] -%}{%- do overtaken.append(step) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(overtaken) }}
{% endmacro %}

{#- Each build is a partition of the copy. -#}
{% macro spark__copy_mart(node) %}
    {%- set mart = api.Relation.create(schema=node.schema, identifier=node.alias) -%}
    {%- set copy = builds_table(node.alias) -%}
    {%- set view = api.Relation.create(schema=published_schema(), identifier=node.alias, type='view') -%}
    {%- set columns = adapter.get_columns_in_relation(mart) -%}
    {%- set rows = "select *, '" ~ invocation_id ~ "' as build_id from " ~ mart -%}
    {%- set known = [] -%}
    {%- if load_relation(view) and load_relation(copy) -%}
        {%- for column in adapter.get_columns_in_relation(copy) -%}{%- do known.append((column.name, column.dtype)) -%}{%- endfor -%}
    {%- endif -%}
    {%- set wanted = [] -%}
    {%- for column in columns -%}{%- do wanted.append((column.name, column.dtype)) -%}{%- endfor -%}
    {%- if known[:wanted | length] != wanted -%}
        {%- do run_query('drop table if exists ' ~ copy) -%}
        {%- do run_query('create table ' ~ copy ~ ' using ' ~ node.config.file_format ~ ' partitioned by (build_id) as ' ~ rows ~ ' where false') -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ copy ~ ' ' ~ rows) -%}
    {%- set described = [] -%}
    {%- for column in columns -%}
        {#- The metastore of Hive holds 256 characters. It tries a longer comment for 20 seconds, and then drops it. -#}
        {%- set description = (node.columns[column.name] or {}).description or '' -%}
        {%- do described.append(column.quoted ~ ' comment ' ~ text_literal(description | truncate(256))) -%}
    {%- endfor -%}
    {%- do run_query(
        'create or replace view ' ~ view ~ ' (' ~ (described | join(', ')) ~ ') comment ' ~ text_literal(node.description) ~ ' as select '
        ~ (columns | map(attribute='quoted') | join(', ')) ~ ' from ' ~ copy ~ ' where build_id = (select build_id from ' ~ publication() ~ ')'
    ) -%}
{% endmacro %}

{#- The build before stays: a query that began before the switch still reads its files. -#}
{% macro spark__forget_earlier_builds() %}
    {%- set kept = run_query('select build_id, previous_build_id from ' ~ publication()).rows[0].values() | list -%}
    {%- for node in published_nodes() -%}
        {%- set copy = builds_table(node.alias) -%}
        {%- if node.config.file_format in ['delta', 'iceberg', 'hudi'] -%}
            {%- do run_query('delete from ' ~ copy ~ " where build_id not in ('" ~ kept | join("', '") ~ "')") -%}
        {%- else -%}
            {%- for partition in run_query('show partitions ' ~ copy).columns[0].values() if partition.split('=')[1] not in kept -%}
                {%- do run_query('alter table ' ~ copy ~ " drop if exists partition (build_id = '" ~ partition.split('=')[1] ~ "')") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
