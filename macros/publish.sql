{#-
    What analysts read: views of copies of the marts and the reconciliation, all of one build that passed whole. The marts
    themselves change one after the other, and before they are tested.

    Builds may run at once. In the table `build_log` each of them notes what it has finished. Once its copies are made, a build
    publishes them only if no other has touched a model or seed since: then all that it read, tested and copied was its own.
    One note more, `publication`, switches all views at once, on every engine: they show the copies of the build that wrote it.
-#}
{% macro published_nodes() %}
    {%- set nodes = [] -%}
    {%- for name in ['customer_ltv', 'campaign_funnel', 'campaign_funnel_daily', 'int_reconciliation'] -%}
        {%- do nodes.append(graph.nodes['model.customer_insights.' ~ name]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}

{% macro published_schema() %}{{ return(generate_schema_name('published', published_nodes()[0]) | trim) }}{% endmacro %}

{% macro builds_table(name) %}
    {%- set node = published_nodes()[0] -%}
    {%- set schema = generate_schema_name('builds', node) | trim -%}
    {{ return(api.Relation.create(database=node.database, schema=schema, identifier=name, type='table')) }}
{% endmacro %}

{% macro built_nodes() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() if node.package_name == 'customer_insights' and 'sample' not in node.fqn -%}
        {%- if node.resource_type in ['model', 'seed'] or node.config.get('store_failures') -%}{%- do nodes.append(node) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}

{% macro prepare_build_log() %}
    {%- if execute and built_nodes() | selectattr('unique_id', 'in', selected_resources) | list -%}
        {%- set log = builds_table('build_log') -%}
        {%- for schema in [log.schema, published_schema()] if not adapter.check_schema_exists(log.database, schema) -%}
            {%- do adapter.create_schema(api.Relation.create(database=log.database, schema=schema)) -%}
        {%- endfor -%}
        create table if not exists {{ log }} (
            step {{ dbt.type_string() }}, build_id {{ dbt.type_string() }}, sequence_number {{ dbt.type_bigint() }}
        )
    {%- endif -%}
{% endmacro %}

{#- The number is greater than all of earlier notes: on engines with transactions the model's table is locked until this one is committed. -#}
{% macro note_step(step) -%}
    insert into {{ builds_table('build_log') }}
    select '{{ step }}', '{{ invocation_id }}', coalesce(max(sequence_number), 0) + 1 from {{ builds_table('build_log') }}
{%- endmacro %}

{% macro note_end() %}{% if execute and 'sample' not in model.fqn %}{{ note_step(model.unique_id) }}{% endif %}{% endmacro %}

{% macro note_start() %}{{ return(adapter.dispatch('note_start', 'customer_insights')()) }}{% endmacro %}

{% macro default__note_start() %}{{ note_end() }}{% endmacro %}

{#- The note of the end is in the transaction that replaces the table. -#}
{% macro postgres__note_start() %}{% endmacro %}

{% macro duckdb__note_start() %}{% endmacro %}

{% macro overtaken_steps(steps) %}
    {%- set own = run_query(
        "select step from " ~ builds_table('build_log') ~ " group by step"
        ~ " having min(case when build_id = '" ~ invocation_id ~ "' then sequence_number end)"
        ~ " > max(case when build_id = '" ~ invocation_id ~ "' then 0 else sequence_number end)"
    ).columns['step'].values() if steps -%}
    {{ return(steps | reject('in', own) | list) }}
{% endmacro %}

{% macro publish(results) %}
    {%- if execute and flags.WHICH == 'build' and results | selectattr('node.package_name', 'equalto', 'customer_insights') | list -%}
        {%- set passed = results | selectattr('status', 'in', ['success', 'pass']) | map(attribute='node.unique_id') | list -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values() if node.package_name == 'customer_insights' and 'sample' not in node.fqn -%}
            {%- if node.resource_type in ['model', 'seed', 'test'] and node.unique_id not in passed -%}{%- do missing.append(node.name) -%}{%- endif -%}
        {%- endfor -%}
        {%- set steps = built_nodes() | rejectattr('resource_type', 'equalto', 'test') | map(attribute='unique_id') | select('in', passed) | list -%}
        {%- if published_schema() in published_nodes() | map(attribute='schema') -%}
            {#- A project may put all schemas into one, where a view would take the place of its mart. -#}
            {%- do print('\nNOT PUBLISHED: the views would stand where the marts are, in ' ~ published_schema() ~ '.') -%}
        {%- elif missing -%}
            {%- do print(
                ('\nNOT PUBLISHED: ' ~ (missing | length) ~ ' models, seeds or tests failed or were left out'
                ~ (', and another build ran meanwhile' if overtaken_steps(steps)) ~ '. Readers of '
                ~ published_schema() ~ ' keep the last build that passed whole.') | wordwrap(80)
            ) -%}
        {%- else -%}
            {%- do begin_publication() -%}
            {%- for node in published_nodes() -%}{%- do publish_copy(node) -%}{%- endfor -%}
            {%- set overtaken = overtaken_steps(steps) -%}
            {%- if overtaken -%}
                {%- do exceptions.raise_compiler_error(
                    'NOT PUBLISHED: another build ran meanwhile, and changed ' ~ (overtaken | length) ~ ' tables, such as ' ~ overtaken[0].split('.')[-1]
                    ~ '.\nReaders of ' ~ published_schema() ~ ' keep the last build that passed whole. Wait until the other build has ended, and build again.'
                ) -%}
            {%- endif -%}
            {%- do run_query(note_step('publication')) -%}
            {%- do forget_earlier_builds() -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro begin_publication() %}{{ return(adapter.dispatch('begin_publication', 'customer_insights')()) }}{% endmacro %}

{#- run_query begins no transaction, and a statement does. -#}
{% macro default__begin_publication() %}{%- call statement() -%}select 1{%- endcall -%}{% endmacro %}

{#- Here dbt takes a transaction for open that the server has ended. A drop waits for readers, and new readers behind it: not for long. -#}
{% macro postgres__begin_publication() %}
    {%- do default__begin_publication() -%}
    {%- do run_query('begin') -%}
    {%- do run_query("set local lock_timeout = '10s'") -%}
{% endmacro %}

{#- The view shows the copy only when the publication is noted. It is made anew only where columns change: that would wait for readers. -#}
{% macro publish_copy(node) %}
    {%- set mart = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table') -%}
    {%- set copy = builds_table(node.alias) -%}
    {%- set view = mart.incorporate(path={'schema': published_schema()}, type='view') -%}
    {%- set existing = adapter.get_relation(view.database, view.schema, view.identifier) -%}
    {%- set columns = adapter.get_columns_in_relation(mart) -%}
    {%- set select_copy = "select *, cast('" ~ invocation_id ~ "' as " ~ dbt.type_string() ~ ") as build_id from " ~ mart -%}
    {%- if not (existing and existing.is_view) or adapter.get_columns_in_relation(copy)[:-1] != columns -%}
        {%- set grants = remove_published(existing) if existing else [] -%}
        {%- do run_query('drop table if exists ' ~ copy) -%}
        {%- do run_query('create table ' ~ copy ~ ' as ' ~ select_copy ~ ' where false') -%}
        {%- do run_query(
            'create view ' ~ view ~ ' as select ' ~ columns | map(attribute='quoted') | join(', ') ~ ' from ' ~ copy
            ~ ' where build_id = (select build_id from ' ~ builds_table('build_log')
            ~ " where step = 'publication' order by sequence_number desc limit 1)"
        ) -%}
        {%- for grant in grants -%}{%- do run_query(grant) -%}{%- endfor -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ copy ~ ' ' ~ select_copy) -%}
    {%- do run_query(alter_relation_comment(view, node.description)) -%}
    {%- do run_query(alter_column_comment(view, node.columns)) -%}
{% endmacro %}

{#- Drops a published view, and returns the statements that grant again what was granted on it. -#}
{% macro remove_published(view) %}{{ return(adapter.dispatch('remove_published', 'customer_insights')(view)) }}{% endmacro %}

{% macro default__remove_published(view) %}
    {%- do run_query('drop ' ~ view.type ~ ' ' ~ view) -%}
    {{ return([]) }}
{% endmacro %}

{% macro postgres__remove_published(view) %}
    {%- set grants = run_query(
        "select 'grant ' || privilege_type || ' on " ~ view ~ " to ' || case grantee when 'PUBLIC' then 'public' else quote_ident(grantee) end"
        ~ " as statement from information_schema.role_table_grants where grantee <> current_user"
        ~ " and table_schema = '" ~ view.schema ~ "' and table_name = '" ~ view.identifier ~ "'"
    ).columns['statement'].values() -%}
    {%- do default__remove_published(view) -%}
    {{ return(grants) }}
{% endmacro %}

{#- In the transaction of the publication: who reads an earlier build goes on seeing it. -#}
{% macro forget_earlier_builds() %}{{ return(adapter.dispatch('forget_earlier_builds', 'customer_insights')()) }}{% endmacro %}

{% macro default__forget_earlier_builds() %}
    {%- for node in published_nodes() -%}
        {%- do run_query("delete from " ~ builds_table(node.alias) ~ " where build_id <> '" ~ invocation_id ~ "'") -%}
    {%- endfor -%}
    {%- set log = builds_table('build_log') -%}
    {%- do run_query(
        "delete from " ~ log ~ " where sequence_number < (select min(sequence_number) from " ~ log ~ " where build_id = '" ~ invocation_id ~ "')"
    ) -%}
{% endmacro %}
