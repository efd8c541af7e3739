{#-
    One build at a time: the second is refused, as two would mix their rows. DuckDB locks its file. On a server a row names the build
    that may write: begin_build takes it, continue_build checks it in each transaction that writes, end_build gives it back. No lock
    could do that alone: dbt closes the connection of on-run-start, and opens one for each model.
-#}
{% macro begin_build() %}{{ return(adapter.dispatch('begin_build', 'customer_insights')()) }}{% endmacro %}

{% macro default__begin_build() %}{% endmacro %}

{#-
    The row of a killed build is taken over when none of its sessions has been seen for two seconds; the query comment tells whose
    they are. Were that wrong, its next model would find that the row is no longer its own.
-#}
{% macro postgres__begin_build() %}
    {%- if build_writes() -%}
        {%- set row = running_build() -%}
        {#- A project that has this one as a package brings its own comment. The server shows the beginning of a query, and the id is given in halves. -#}
        {%- if not run_query(
            "select 1 from pg_stat_activity where pid = pg_backend_pid() and position('" ~ invocation_id[:18] ~ "' || '" ~ invocation_id[18:]
            ~ "' in query) between 1 and 500"
        ).rows -%}
            {%- do exceptions.raise_compiler_error(
                'A build knows by the query comment whose sessions it sees. Add to dbt_project.yml: query-comment: dbt {{ invocation_id }} {{ connection_name }}'
            ) -%}
        {%- endif -%}
        {%- if not adapter.check_schema_exists(row.database, row.schema) -%}
            {%- do adapter.create_schema(row.without_identifier()) -%}
        {%- endif -%}
        {%- call statement() -%}
            do $$
            declare
                other record;
                sessions text;
                seen text;
                quiet integer := 0;
            begin
                if to_regclass({{ text_literal(row | string) }}) is null then
                    -- Of two first builds one makes the table.
                    perform pg_advisory_xact_lock({{ build_lock() }});
                    create table if not exists {{ row }} (invocation_id text not null, started_at timestamptz not null);
                end if;
                -- For 5 seconds at most: the server ends a killed build's last statement within one.
                for look in 1..50 loop
                    select * into other from {{ row }};
                    exit when not found;
                    perform pg_stat_clear_snapshot();
                    select string_agg(format('%s of %s from %s', pid, usename, coalesce(host(client_addr), 'the server itself')), ', ' order by pid)
                    into seen
                    from pg_stat_activity
                    where datname = current_database() and state <> 'idle' and position(other.invocation_id in query) > 0;
                    sessions := coalesce(seen, sessions);
                    quiet := case when seen is null then quiet + 1 else 0 end;
                    exit when quiet = 20;
                    perform pg_sleep(0.1);
                end loop;
                if
                    (other.invocation_id is not null and quiet < 20)
                    or not pg_try_advisory_xact_lock({{ build_lock() }})
                    -- Somebody else was faster.
                    or exists (select from {{ row }} where invocation_id is distinct from other.invocation_id)
                then
                    select * into other from {{ row }};
                    raise exception using
                        message = format(
                            'Another build of these schemas is running since %s UTC (process %s). This one has changed nothing.',
                            to_char(coalesce(other.started_at, now()) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                            coalesce(sessions, 'not seen')
                        ),
                        hint = 'Begin again when it has ended. Where its dbt is gone and a process is not: select pg_terminate_backend(process);';
                end if;
                delete from {{ row }};
                insert into {{ row }} values ('{{ invocation_id }}', clock_timestamp());
            end
            $$
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {#- What dbt knows of the schemas it read before, and a build that has ended since may have made tables. -#}
        {%- for schema in built_nodes() | map(attribute='schema') | unique -%}
            {%- set relation = api.Relation.create(database=row.database, schema=schema) -%}
            {%- for found in list_relations_without_caching(relation).rows if found['type'] != 'function' -%}
                {%- do adapter.cache_added(relation.incorporate(path={'identifier': found['name']}, type=found['type'])) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- Runs before each model and seed, in the transaction that writes it. -#}
{% macro continue_build() %}{{ return(adapter.dispatch('continue_build', 'customer_insights')()) }}{% endmacro %}

{% macro default__continue_build() %}{% endmacro %}

{% macro postgres__continue_build() %}
    {%- if execute and model.unique_id in built_nodes() | map(attribute='unique_id') -%}{{ hold_build() }}{%- endif -%}
{% endmacro %}

{#- Statements that fail if the build is no longer ours. Until the transaction ends their lock keeps other builds from beginning. -#}
{% macro hold_build() -%}
    do $$
    begin
        perform pg_advisory_xact_lock_shared({{ build_lock() }});
        if not exists (select from {{ running_build() }} where invocation_id = '{{ invocation_id }}') then
            raise exception 'Another build has begun, as nothing was seen of this one for 2 seconds. This one writes nothing more.';
        end if;
    end
    $$;
    -- A killed build's statement ends soon, and not when it is done; PostgreSQL can see that on some systems only.
    select set_config('client_connection_check_interval', '1s', true) where version() like '%linux%'
{%- endmacro %}

{#- Runs at the end of every build, also of one that failed. -#}
{% macro end_build() %}{{ return(adapter.dispatch('end_build', 'customer_insights')()) }}{% endmacro %}

{% macro default__end_build() %}{% endmacro %}

{% macro postgres__end_build() %}
    {%- if build_writes() -%}
        {%- call statement() -%}delete from {{ running_build() }} where invocation_id = '{{ invocation_id }}'{%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}

{#- The table of the one row. No model: it must be there before any. -#}
{% macro running_build() %}
    {%- set node = graph.nodes['model.customer_insights.int_data_warnings'] -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier='running_build')) }}
{% endmacro %}

{#- The key of the lock: the schema in which the row is. -#}
{% macro build_lock() -%}
    'pg_namespace'::regclass::oid::integer,
    {{ text_literal(running_build().include(database=false, identifier=false) | string) }}::regnamespace::oid::integer
{%- endmacro %}

{#- Whether this run writes to the project's own schemas. One that only tests or loads the sample reads them at most. -#}
{% macro build_writes() %}
    {{ return(execute and built_nodes() | selectattr('unique_id', 'in', selected_resources) | list | length > 0) }}
{% endmacro %}

{#- The nodes that write to the project's own schemas; those of the sample are raw tables, and written by another role. -#}
{% macro built_nodes() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() if node.package_name == 'customer_insights' and 'sample' not in node.fqn -%}
        {%- if node.resource_type in ['model', 'seed'] or node.config.get('store_failures') -%}{%- do nodes.append(node) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}
