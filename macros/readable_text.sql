{#-
    One line of a printed table. Text is aligned left and cut to its width. With a negative width it
    is aligned right.
-#}
{% macro table_line(cells, widths) %}
    {% set padded = [] %}
    {% for width in widths %}
        {% set text = cells[loop.index0] | string %}
        {% do padded.append(text.rjust(-width) if width < 0 else text[:width].ljust(width)) %}
    {% endfor %}
    {{ return((padded | join(' ')).rstrip()) }}
{% endmacro %}

{#- A number with commas between the thousands. dbt 2.x lacks Python's own way to write it. -#}
{% macro readable(number, decimals=0) %}
    {% if number is none %}{{ return('-') }}{% endif %}
    {% set digits = (('%.' ~ decimals ~ 'f') | format(number | abs)).split('.') %}
    {% set whole = digits[0] | list | reverse | batch(3) | map('join') | join(',') | reverse %}
    {{ return(('-' if number < 0 else '') ~ ([whole] + digits[1:]) | join('.')) }}
{% endmacro %}

{#- An amount with its currency, because users have others than the reporting currency too. -#}
{% macro readable_amount(amount) %}
    {{ return(readable(amount, 2) ~ ' ' ~ (var('reporting_currency') | upper)) }}
{% endmacro %}

{#- The DATA that make was called with, so that a command in a message can be typed as it is. -#}
{% macro given_data() %}
    {{ return(' DATA=' ~ var('raw_data') if (invocation_args_dict.vars or {}).raw_data else '') }}
{% endmacro %}

{#-
    Where the tables are: the file of DuckDB, or the database. Spark has no databases above schemas.
-#}
{% macro database_in_words() %}
    {{- return(target.path or target.database or 'the same database') -}}
{% endmacro %}
