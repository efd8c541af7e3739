{#-
    The SQL that gives four roles what each needs and no more, to be read before an administrator runs it: `make roles` prints it.
    It needs no connection: the names of schemas are those that this project and its vars would use.
-#}
{% macro roles() %}
    {%- set raw = graph.sources.values() | map(attribute='schema') | unique | join(', ') -%}
    {%- set marts = [] -%}
    {%- set own = [] -%}
    {%- for node in graph.nodes.values() if node.package_name == project_name and 'sample' not in node.fqn -%}
        {%- if node.resource_type in ['model', 'seed'] or node.config.get('store_failures') -%}{%- do own.append(node.schema) -%}{%- endif -%}
        {%- if node.get('access') == 'public' -%}{%- do marts.append(node.schema) -%}{%- endif -%}
    {%- endfor -%}
    {{ adapter.dispatch('role_statements', 'customer_insights')(raw, own | unique | sort | join(', '), marts | unique | join(', ')) }}
{%- endmacro %}

{% macro default__role_statements(raw, own, marts) %}
    {%- do exceptions.raise_compiler_error('The roles are written for PostgreSQL only: make roles.') -%}
{% endmacro %}

{% macro postgres__role_statements(raw, own, marts) -%}
-- Who may do what in database {{ target.database }}. Read it, then run it there as somebody who may create roles and grant on
-- the database (a superuser can; the roles below cannot). It can be run again.
--     owner        owns the schemas, and nobody logs in as it
--     loader       writes {{ raw }}
--     transformer  reads {{ raw }}, and writes {{ own }}
--     reporter     reads {{ marts }}
-- No role has a password here, so none can log in until you set one: \password loader in psql sends none in clear.
begin;

do $$
declare
    name text;
begin
    if exists (
        select from pg_roles
        where rolname in ('owner', 'loader', 'transformer', 'reporter')
            and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
    ) then
        raise exception 'One of the roles owner, loader, transformer and reporter is there already and may do more than it should.';
    end if;
    foreach name in array array['owner', 'loader', 'transformer', 'reporter'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I %s', name, case name when 'owner' then 'nologin' else 'login' end);
        end if;
    end loop;
end
$$;
-- Who is no superuser can act for these roles only as their member.
grant owner, loader, transformer to current_user;

{% for schema in (raw ~ ', ' ~ own).split(', ') -%}
create schema if not exists {{ schema }} authorization owner;
{% endfor %}
revoke all on schema {{ raw }}, {{ own }} from public;

grant usage, create on schema {{ raw }} to loader;
grant usage on schema {{ raw }} to transformer;
grant select on all tables in schema {{ raw }} to transformer;
alter default privileges for role loader in schema {{ raw }} grant select on tables to transformer;

grant usage, create on schema {{ own }} to transformer;
-- The project's unit tests make temporary tables.
grant temporary on database {{ adapter.quote(target.database) }} to transformer;

-- A rebuilt mart is a new table: the default grants it again, in the transaction that makes it visible.
grant usage on schema {{ marts }} to reporter;
grant select on all tables in schema {{ marts }} to reporter;
alter default privileges for role transformer in schema {{ marts }} grant select on tables to reporter;

revoke owner, loader, transformer from current_user;

-- PostgreSQL lets everybody into every database, to make temporary tables and large objects there. Not these roles: others who
-- can log in today are named and keep it; grant connect to those who come later.
do $$
declare
    open_database text;
    named_role text;
begin
    for open_database in
        select datname from pg_database where datallowconn and has_database_privilege('public', oid, 'connect')
    loop
        for named_role in
            select rolname from pg_roles
            where rolcanlogin and not rolsuper and rolname not in ('owner', 'loader', 'transformer', 'reporter')
        loop
            execute format('grant connect, temporary on database %I to %I', open_database, named_role);
        end loop;
        execute format('revoke all on database %I from public', open_database);
    end loop;
end
$$;
grant connect on database {{ adapter.quote(target.database) }} to loader, transformer, reporter;
revoke create on schema public from public;
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;

commit;
{%- endmacro %}
