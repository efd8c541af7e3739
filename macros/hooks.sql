{#- Runs before every build, and gets the target ready for it. -#}
{% macro prepare_target() %}{{ return(adapter.dispatch('prepare_target', 'customer_insights')()) }}{% endmacro %}

{% macro default__prepare_target() %}{% endmacro %}

{#- A database that was made without a language does not know that É is é, and would find other campaigns than one that does. -#}
{% macro postgres__prepare_target() %}
    {%- if execute and (
        run_query("select current_setting('server_encoding') as encoding").rows[0]['encoding'] != 'UTF8'
        or run_query("select lower('É') as letter").rows[0]['letter'] != 'é'
    ) -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ target.database ~ ' has an encoding or locale that does not know letters beyond English. Make it anew: '
            ~ 'createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 ' ~ target.database
        ) -%}
    {%- endif -%}
{% endmacro %}

{#-
    Runs before a table of the sample is loaded, which would empty it first: raw rows of somebody are not to be replaced, nor is a
    table to be filled that nobody reads.
-#}
{% macro spare_raw_rows() %}
    {%- set read = graph.sources['source.customer_insights.marketing.' ~ model.alias].relation_name if execute -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if execute and read != this | string -%}
        {%- do exceptions.raise_compiler_error('The sample would be loaded into ' ~ this ~ ', but the source reads ' ~ read ~ ': see var raw_schema.') -%}
    {%- elif execute and existing and run_query('select 1 from ' ~ existing ~ ' limit 1').rows | length -%}
        {%- do exceptions.raise_compiler_error(existing ~ ' holds rows already, and the sample would replace them. To have it anyway: drop table ' ~ existing ~ ';') -%}
    {%- endif -%}
{% endmacro %}
