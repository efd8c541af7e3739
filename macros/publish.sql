{#-
    Analysts read views of copies of the marts and of the reconciliation. All copies come from one
    build that passed completely. The marts themselves change one after the other, and before they
    are tested. Several builds may run at once. Each build notes in the table `build_log` which
    models and seeds it has finished. It publishes its copies only if no other build has touched a
    model or seed since: then everything that it read, tested and copied was its own. Publishing is
    one more note, `publication`: from then on all views show the copies of that build. No view is
    replaced, because that would have to wait for readers.
-#}
{% macro built_nodes() %}
    {% set kinds = ['model', 'seed', 'test'] %}
    {% set nodes = graph.nodes.values() | selectattr('resource_type', 'in', kinds) %}
    {% set nodes = nodes | selectattr('package_name', 'equalto', 'customer_insights') %}
    {{ return(nodes | rejectattr('fqn.1', 'equalto', 'sample') | list) }}
{% endmacro %}

{#- Each node is looked up by its id: a loop over all nodes makes dbt convert each of them. -#}
{% macro published_nodes() %}
    {% set nodes = [] %}
    {% for name in [
        'customer_ltv', 'campaign_funnel', 'campaign_funnel_periods', 'campaign_funnel_daily',
        'channel_daily', 'channel_cohorts', 'orders', 'latest_build', 'int_reconciliation',
    ] %}
        {% do nodes.append(graph.nodes['model.customer_insights.' ~ name]) %}
    {% endfor %}
    {{ return(nodes) }}
{% endmacro %}

{#- The schema of the whole project that a mart with this custom schema name would get. -#}
{% macro project_schema(custom_schema_name) %}
    {% set mart = graph.nodes['model.customer_insights.customer_ltv'] %}
    {{ return(generate_schema_name(custom_schema_name, mart) | trim) }}
{% endmacro %}

{% macro published_schema() %}{{ return(project_schema('published')) }}{% endmacro %}

{% macro builds_table(name) %}
    {% set database = graph.nodes['model.customer_insights.customer_ltv'].database %}
    {% set schema = project_schema('builds') %}
    {{ return(api.Relation.create(
        database=database, schema=schema, identifier=name, type='table'
    )) }}
{% endmacro %}

{% macro prepare_build_log() %}
    {% set noted = [] %}
    {% for id in selected_resources if execute %}
        {% set kind, package = id.split('.')[:2] %}
        {% if kind in ['model', 'seed'] and package == 'customer_insights' %}
            {% do noted.append(id) if 'sample' not in graph.nodes[id].fqn %}
        {% endif %}
    {% endfor %}
    {% if noted and flags.WHICH != 'test' %}
        {% set log = builds_table('build_log') %}
        {% for schema in [log.schema, published_schema()] %}
            {% set relation = api.Relation.create(database=log.database, schema=schema) %}
            {% if not adapter.check_schema_exists(log.database, schema) %}
                {% do adapter.create_schema(relation) %}
            {% endif %}
        {% endfor %}
        {{ make_build_log(log) }}
    {% endif %}
{% endmacro %}

{% macro make_build_log(log) %}
    {{ return(adapter.dispatch('make_build_log', 'customer_insights')(log)) }}
{% endmacro %}

{% macro default__make_build_log(log) %}
    create table if not exists {{ log }} (
        step {{ dbt.type_string() }},
        build_id {{ dbt.type_string() }},
        sequence_number {{ dbt.type_bigint() }}
    )
{% endmacro %}

{% macro note_step(step) %}
    {{- return(adapter.dispatch('note_step', 'customer_insights')(step)) -}}
{% endmacro %}

{#-
    The number is greater than those of all earlier notes of this step, because the step's table is
    locked until this note is committed.
-#}
{% macro default__note_step(step) -%}
    insert into {{ builds_table('build_log') }}
    select '{{ step }}', '{{ invocation_id }}', coalesce(max(sequence_number), 0) + 1
    from {{ builds_table('build_log') }}
{%- endmacro %}

{#-
    If two builds read and write one table at once, Redshift ends one of them with an error. So this
    statement does not read build_log.
-#}
{% macro redshift__note_step(step) -%}
    insert into {{ builds_table('build_log') }}
    select
        '{{ step }}', '{{ invocation_id }}',
        datediff(microsecond, timestamp '2020-01-01 00:00:00', sysdate)
{%- endmacro %}

{#- Of the steps of this build, those that another build has noted since. -#}
{% macro overtaken_steps(steps) %}
    {{ return(adapter.dispatch('overtaken_steps', 'customer_insights')(steps)) }}
{% endmacro %}

{% macro default__overtaken_steps(steps) %}
    {% set query %}
        select step from {{ builds_table('build_log') }} group by step
        having
            min(case when build_id = '{{ invocation_id }}' then sequence_number end)
            > max(case when build_id = '{{ invocation_id }}' then 0 else sequence_number end)
    {% endset %}
    {% set own = rows_of(query) | map(attribute='step') | list if steps %}
    {{ return(steps | reject('in', own) | list) }}
{% endmacro %}

{#- Runs after every command. It publishes what was built, or says why it does not. -#}
{% macro publish(results) %}
    {% set own = results | selectattr('node.package_name', 'equalto', 'customer_insights') | list %}
    {% if execute and flags.WHICH == 'build' and own %}
        {% set succeeded = results | selectattr('status', 'in', ['success', 'pass']) %}
        {% set passed = succeeded | map(attribute='node.unique_id') | list %}
        {% set nodes = built_nodes() %}
        {% set missing = nodes | rejectattr('unique_id', 'in', passed) | list %}
        {% set steps = nodes | rejectattr('resource_type', 'equalto', 'test') %}
        {% set steps = steps | map(attribute='unique_id') | select('in', passed) | list %}
        {% set schema = published_schema() %}
        {% if schema in published_nodes() | map(attribute='schema') %}
            {#- A project may put all schemas into one. Then a view would have its mart's name. -#}
            {% set reason = 'the views would stand where the marts are, in ' %}
            {% do print('\nNOT PUBLISHED: ' ~ reason ~ schema ~ '.') %}
        {% elif missing %}
            {% set reason = reason_not_published(results, overtaken_steps(steps)) %}
            {% do print('\n' ~ reason | wordwrap(80)) %}
        {% else %}
            {{ publish_copies(steps) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro reason_not_published(results, overtaken) -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail']) -%}
    {%- set names = failed | map(attribute='node.name') | list -%}
    NOT PUBLISHED:
    {%- if names %} {{ names[:3] | join(', ') }}
        {%- if names | length > 3 %} and {{ names | length - 3 }} more{% endif %} failed
    {%- else %} this was only a part of a build
    {%- endif -%}
    {{ ', and another build ran meanwhile' if overtaken }}.
    {{- ' ' }}Readers of {{ published_schema() }} keep the last build that passed whole.
{%- endmacro %}

{#- Copies all marts in one transaction. It ends with an error if another build interfered. -#}
{% macro publish_copies(steps) %}
    {% do begin_publication() %}
    {% for node in published_nodes() %}{% do copy_mart(node) %}{% endfor %}
    {% set overtaken = overtaken_steps(steps) %}
    {% if overtaken %}
        {% set name = overtaken[0].split('.')[-1] %}
        {% do print('\nNOT PUBLISHED: another build ran meanwhile, and replaced ' ~ name ~ '.') %}
        {% set advice = ' keep the build before. Build again when the other one has ended.' %}
        {% do print('Readers of ' ~ published_schema() ~ advice) %}
        {#- This query fails on purpose. That ends the transaction, and dbt ends with an error. -#}
        {{ return('select * from ' ~ adapter.quote('NOT PUBLISHED: another build ran meanwhile')) }}
    {% endif %}
    {% do run_query(note_step('publication')) %}
    {% do forget_earlier_builds() %}
    {% do adapter.commit() %}
{% endmacro %}

{% macro begin_publication() %}
    {{ return(adapter.dispatch('begin_publication', 'customer_insights')()) }}
{% endmacro %}

{#- run_query would not begin a transaction. -#}
{% macro default__begin_publication() %}{% call statement() %}select 1{% endcall %}{% endmacro %}

{#-
    psycopg2 does not notice that dbt has ended its transaction, and would begin no new one. If
    columns change, a view is dropped. The drop waits for current readers, and new readers wait for
    the drop, so the drop must not wait long.
-#}
{% macro postgres__begin_publication() %}
    {% do default__begin_publication() %}
    {% do run_query('begin') %}
    {% do run_query("set local lock_timeout = '10s'") %}
{% endmacro %}

{% macro redshift__begin_publication() %}{% endmacro %}

{#- Adds the rows of a mart to its copy. It makes the copy and its view, if columns are new. -#}
{% macro copy_mart(node) %}
    {{ return(adapter.dispatch('copy_mart', 'customer_insights')(node)) }}
{% endmacro %}

{% macro default__copy_mart(node) %}
    {% set mart = api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias, type='table'
    ) %}
    {% set copy = builds_table(node.alias) %}
    {% set view = mart.incorporate(path={'schema': published_schema()}, type='view') %}
    {% set existing = adapter.get_relation(view.database, view.schema, view.identifier) %}
    {% set columns = adapter.get_columns_in_relation(mart) %}
    {% set rows %}
        select *, cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as build_id from {{ mart }}
    {% endset %}
    {% set is_view = existing and existing.is_view %}
    {% if not is_view or adapter.get_columns_in_relation(copy)[:-1] != columns %}
        {% set grants = grants_on(existing) if existing else [] %}
        {% do run_query('drop ' ~ existing.type ~ ' ' ~ existing) if existing %}
        {% do run_query('drop table if exists ' ~ copy) %}
        {% do run_query('create table ' ~ copy ~ ' as ' ~ rows ~ ' where false') %}
        {% set definition %}
            create view {{ view }} as
            select {{ columns | map(attribute='quoted') | join(', ') }} from {{ copy }}
            where build_id = (
                select build_id from {{ builds_table('build_log') }}
                where step = 'publication' order by sequence_number desc limit 1
            )
        {% endset %}
        {% do run_query(definition) %}
        {% for grant in grants %}{% do run_query(grant) %}{% endfor %}
    {% endif %}
    {% do run_query('insert into ' ~ copy ~ ' ' ~ rows) %}
    {#- On BigQuery these macros write the comments themselves, and return no statement. -#}
    {% set comment = alter_relation_comment(view, node.description) %}
    {% do run_query(comment) if comment | trim %}
    {% set comment = alter_column_comment(view, node.columns) %}
    {% do run_query(comment) if comment | trim %}
{% endmacro %}

{#- The statements that grant anew what others may do with a view that will be dropped. -#}
{% macro grants_on(relation) %}
    {{ return(adapter.dispatch('grants_on', 'customer_insights')(relation)) }}
{% endmacro %}

{% macro default__grants_on(relation) %}{{ return([]) }}{% endmacro %}

{% macro postgres__grants_on(relation) %}
    {% set query %}
        select format(
            'grant %s on {{ relation }} to %s',
            privilege_type,
            case grantee when 'PUBLIC' then 'public' else quote_ident(grantee) end
        ) as statement
        from information_schema.role_table_grants
        where
            grantee <> current_user
            and table_schema = '{{ relation.schema }}' and table_name = '{{ relation.identifier }}'
    {% endset %}
    {{ return(run_query(query).columns['statement'].values()) }}
{% endmacro %}

{% macro redshift__grants_on(relation) %}{{ return([]) }}{% endmacro %}

{% macro forget_earlier_builds() %}
    {{ return(adapter.dispatch('forget_earlier_builds', 'customer_insights')()) }}
{% endmacro %}

{#-
    Runs in the transaction of the publication. A reader whose transaction is still open sees the
    earlier build.
-#}
{% macro default__forget_earlier_builds() %}
    {% set log = builds_table('build_log') %}
    {% set is_other = " build_id <> '" ~ invocation_id ~ "'" %}
    {% for node in published_nodes() %}
        {% do run_query('delete from ' ~ builds_table(node.alias) ~ ' where' ~ is_other) %}
    {% endfor %}
    {% set query %}
        delete from {{ log }} where sequence_number < (
            select min(sequence_number) from {{ log }} where build_id = '{{ invocation_id }}'
        )
    {% endset %}
    {% do run_query(query) %}
{% endmacro %}
