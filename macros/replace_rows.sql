{#-
    Runs before a mart is filled again, in the same transaction: takes its old rows out. Another table in place of the old one
    would have to wait for all who read, would keep new readers waiting meanwhile, and would look empty to whoever began before.
    The lock keeps out other builds, and no reader.
-#}
{% macro replace_rows() %}
    {%- if is_incremental() -%}
        lock table {{ this }} in exclusive mode;
        delete from {{ this }};
    {%- endif -%}
{% endmacro %}

{#-
    Runs before a table of the sample is loaded, which would empty it first: raw rows of somebody are not to be replaced, nor is a
    table to be filled that nobody reads.
-#}
{% macro spare_raw_rows() %}
    {%- set read = graph.sources['source.customer_insights.marketing.' ~ model.name].relation_name if execute -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if execute and read != this | string -%}
        {%- do exceptions.raise_compiler_error('The sample would be loaded into ' ~ this ~ ', but the source reads ' ~ read ~ ': see var raw_schema.') -%}
    {%- elif execute and existing and run_query('select 1 from ' ~ existing ~ ' limit 1').rows | length -%}
        {%- do exceptions.raise_compiler_error(existing ~ ' holds rows already, and the sample would replace them. To have it anyway: drop table ' ~ existing ~ ';') -%}
    {%- endif -%}
{% endmacro %}
