{#-
    What analysts read: copies of the marts and the reconciliation in a schema of their own, all of one build that passed whole. The
    marts themselves change one after the other, and before they are tested. Nothing else is published.
-#}
{% macro published_nodes() %}
    {%- set nodes = [] -%}
    {%- for name in ['customer_ltv', 'campaign_funnel', 'campaign_funnel_periods', 'campaign_funnel_daily', 'int_reconciliation'] -%}
        {%- do nodes.append(graph.nodes['model.customer_insights.' ~ name]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}

{#- Where they stand. -#}
{% macro published_schema() %}{{ return(generate_schema_name('published', published_nodes()[0]) | trim) }}{% endmacro %}

{#- Runs at the end of a build: publishes what it made if all models, seeds and data tests were built and passed, else says why not. -#}
{% macro publish(results) %}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set passed = results | selectattr('status', 'in', ['success', 'pass']) | map(attribute='node.unique_id') | list -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values() if node.package_name == 'customer_insights' and 'sample' not in node.fqn -%}
            {%- if node.resource_type in ['model', 'seed', 'test'] and node.unique_id not in passed -%}{%- do missing.append(node.name) -%}{%- endif -%}
        {%- endfor -%}
        {%- if not results | selectattr('node.package_name', 'equalto', 'customer_insights') | list -%}
            {#- A build of other models of a project that has this one as a package. -#}
        {%- elif published_schema() in published_nodes() | map(attribute='schema') -%}
            {#- A project may put all schemas into one, where a mart would be replaced by itself. -#}
            {%- do print('\nNOT PUBLISHED: the copies would stand where the marts are, in ' ~ published_schema() ~ '.') -%}
        {%- elif missing -%}
            {%- do print(
                ('\nNOT PUBLISHED: ' ~ (missing | length) ~ ' models, seeds or tests failed or were left out. Readers of '
                ~ published_schema() ~ ' keep the last build that passed whole.') | wordwrap(80)
            ) -%}
        {%- else -%}
            {%- set copies = [] -%}
            {%- for node in published_nodes() -%}
                {%- set mart = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table') -%}
                {%- do copies.append((mart.incorporate(path={'schema': published_schema()}), mart, node)) -%}
            {%- endfor -%}
            {%- if not adapter.check_schema_exists(copies[0][0].database, published_schema()) -%}
                {%- do adapter.create_schema(copies[0][0].without_identifier()) -%}
            {%- endif -%}
            {#- It begins a transaction, as run_query does not: without one each statement would stand for itself. -#}
            {%- call statement() -%}select 1{%- endcall -%}
            {%- do publish_copies(copies) -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro publish_copies(copies) %}{{ return(adapter.dispatch('publish_copies', 'customer_insights')(copies)) }}{% endmacro %}

{#- Other tables take the place of the published ones, in one transaction. -#}
{% macro default__publish_copies(copies) %}
    {%- for copy, mart, node in copies -%}
        {%- do run_query('create or replace table ' ~ copy ~ ' as select * from ' ~ mart) -%}
        {%- do describe_copy(copy, node) -%}
    {%- endfor -%}
{% endmacro %}

{#-
    The rows change and the tables stay: other tables would have to wait for all who read, would keep new readers waiting behind them,
    would look empty to whoever began before, and would lose what was granted on them, and the views of them.
-#}
{% macro postgres__publish_copies(copies) %}
    {#- psycopg2 takes itself to be in a transaction that dbt has ended, and would begin none. -#}
    {%- do run_query('begin') -%}
    {%- do run_query(hold_build()) -%}
    {%- for copy, mart, node in copies -%}
        {%- do run_query('create table if not exists ' ~ copy ~ ' (like ' ~ mart ~ ')') -%}
        {%- do run_query('delete from ' ~ copy) -%}
        {%- set changes = check_for_schema_changes(mart, copy) -%}
        {%- if changes['schema_changed'] -%}
            {%- set retyped = changes['new_target_types'] | map(attribute='column_name') | list -%}
            {%- set retyped = changes['source_columns'] | selectattr('name', 'in', retyped) | list -%}
            {%- do alter_relation_add_remove_columns(copy, none, changes['target_not_in_source'] + retyped) -%}
            {%- do alter_relation_add_remove_columns(copy, changes['source_not_in_target'] + retyped, none) -%}
        {%- endif -%}
        {%- set columns = changes['source_columns'] | map(attribute='quoted') | join(', ') -%}
        {%- do run_query('insert into ' ~ copy ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ mart) -%}
        {%- do describe_copy(copy, node) -%}
    {%- endfor -%}
{% endmacro %}

{#- Carries the descriptions to a published table. -#}
{% macro describe_copy(copy, node) %}
    {%- do run_query(alter_relation_comment(copy, node.description)) -%}
    {%- do run_query(alter_column_comment(copy, node.columns)) -%}
{% endmacro %}
