{#-
    The names of schemas are those that this project and its vars would use. Nothing is asked of the
    database, so that no connection is needed.
-#}
{%- set sources = graph.sources.values() | selectattr('package_name', 'equalto', 'customer_insights') if execute else [] -%}
{%- set nodes = built_nodes() if execute else [] -%}
{%- set quoted_names = [] -%}
{%- for schemas in [
    sources | map(attribute='schema') | list,
    nodes | map(attribute='schema') | list + [published_schema(), builds_table('build_log').schema] if execute else [],
    [published_schema()] if execute else [],
] -%}
    {%- do quoted_names.append(schemas | unique | sort | map('tojson') | join(', ')) -%}
{%- endfor -%}
{%- set raw, own, published = quoted_names -%}
{%- set database = adapter.quote(target.database) -%}
-- Who may do what in database {{ database }}. Read it, then run it there as a superuser. It can be run again.
--     owner        owns the schemas, and nobody logs in as it
--     loader       writes {{ raw }}
--     transformer  reads {{ raw }}, and writes {{ own }}
--     reporter     reads {{ published }}
-- No role has a password here, so none can log in until you set one: \password loader in psql sends none in clear.
begin;

do $$
declare
    name text;
begin
    foreach name in array array['owner', 'loader', 'transformer', 'reporter'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I %s', name, case name when 'owner' then 'nologin' else 'login' end);
            execute format('comment on role %I is %L', name, 'customer_insights');
        elsif exists (
            select from pg_roles
            where rolname = name and (
                shobj_description(oid, 'pg_authid') is distinct from 'customer_insights'
                or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
            )
        ) then
            raise exception 'There is a role % already that was not made here, or that may do more than it should.', name
            using hint = 'If it is for this project: comment on role ' || name || ' is ''customer_insights''. Else rename it here.';
        end if;
    end loop;
end
$$;
-- A user who is not a superuser must be a member of these roles to act for them.
grant owner, loader, transformer to current_user;

{% for schema in (raw ~ ', ' ~ own).split(', ') -%}
create schema if not exists {{ schema }} authorization owner;
{% endfor %}
grant usage, create on schema {{ raw }} to loader;
grant usage on schema {{ raw }} to transformer;
grant select on all tables in schema {{ raw }} to transformer;
alter default privileges for role loader in schema {{ raw }} grant select on tables to transformer;

grant usage, create on schema {{ own }} to transformer;
-- The project's unit tests make temporary tables.
grant temporary on database {{ database }} to transformer;
-- The transformer cannot replace tables of another owner. So it becomes the owner of what exists.
do $$
declare
    built regclass;
begin
    for built in
        select oid from pg_class
        where relkind in ('r', 'v') and relowner <> 'transformer'::regrole
            and relnamespace in (select oid from pg_namespace where nspname in ({{ own | replace('"', "'") }}))
    loop
        execute format('alter table %s owner to transformer', built);
    end loop;
end
$$;

-- The default grants also what is first published later.
grant usage on schema {{ published }} to reporter;
grant select on all tables in schema {{ published }} to reporter;
alter default privileges for role transformer in schema {{ published }} grant select on tables to reporter;

revoke owner, loader, transformer from current_user;

-- PostgreSQL lets everybody into every database, to make temporary tables and large objects there.
-- From here on the three roles can enter one database only. All other roles of today keep their
-- databases, as members of neighbours. If you add a role later, grant neighbours to it. If you add
-- a database later, run this file again. If you share the server and do not want this, delete this
-- part, and write into pg_hba.conf that the three roles may enter {{ database }} only.
do $$
declare
    open_database record;
    named_role text;
begin
    if not exists (select from pg_roles where rolname = 'neighbours') then
        create role neighbours nologin;
    end if;
    for named_role in
        select rolname from pg_roles
        where rolcanlogin and not rolsuper and rolname not in ('loader', 'transformer', 'reporter')
    loop
        execute format('grant neighbours to %I', named_role);
    end loop;
    for open_database in
        select
            datname as name,
            concat_ws(
                ', ',
                'connect',
                case when has_database_privilege('public', oid, 'temporary') then 'temporary' end,
                case when has_database_privilege('public', oid, 'create') then 'create' end
            ) as privileges
        from pg_database
        where datallowconn and has_database_privilege('public', oid, 'connect')
    loop
        for named_role in
            select 'neighbours'
            union all
            -- These do not have what they are members of.
            select rolname from pg_roles
            where rolcanlogin and not rolinherit and not rolsuper and rolname not in ('loader', 'transformer', 'reporter')
        loop
            execute format('grant %s on database %I to %I', open_database.privileges, open_database.name, named_role);
        end loop;
        execute format('revoke all on database %I from public', open_database.name);
    end loop;
end
$$;
grant connect on database {{ database }} to loader, transformer, reporter;
revoke create on schema public from public;
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;
do $$
declare
    still_open text;
begin
    select string_agg(quote_ident(datname), ', ' order by datname) into still_open
    from pg_database
    where datallowconn and datname <> current_database() and has_database_privilege('public', oid, 'connect');
    if still_open is not null then
        raise warning 'The roles can still enter %: only a superuser or the owner can close a database.', still_open;
    end if;
    if has_function_privilege('public', 'lo_create(oid)', 'execute') then
        raise warning 'The roles can still make large objects: only a superuser can take that away.';
    end if;
end
$$;

commit;
