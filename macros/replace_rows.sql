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
