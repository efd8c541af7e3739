{#- The data warnings, the kind with the most money first, so that both lists have one order. -#}
{% macro ranked_warnings(data_warnings) %}
    {% set query %}
        select
            *,
            sum(row_count) over (partition by warning) as row_sum,
            sum(abs(amount)) over (partition by warning) as amount_sum
        from {{ data_warnings }}
        order by
            amount_sum desc nulls last, row_sum desc, warning,
            abs(amount) desc nulls last, row_count desc, subject
    {% endset %}
    {{ return(rows_of(query)) }}
{% endmacro %}

{#- Ends a build with a line for each kind of data warning and its first two subjects. -#}
{% macro count_data_warnings(data_warnings) %}
    {% set found = ranked_warnings(data_warnings) %}
    {% do print('\nDATA WARNINGS, to see each with its advice: make warnings') if found %}
    {% for warning in found | map(attribute='warning') | unique %}
        {% set rows = found | selectattr('warning', 'equalto', warning) | list %}
        {% set first = rows[0] %}
        {% set counted = (readable(first.row_sum) ~ ' ' ~ first.counted).rjust(16) %}
        {% set places = rows | length ~ (' place' if rows | length == 1 else ' places') %}
        {% set amount = ', ' ~ readable_amount(first.amount_sum) if first.amount_sum is not none %}
        {% do print('  ' ~ warning.ljust(36) ~ counted ~ ' in ' ~ places ~ amount) %}
        {% for row in rows[:2] %}{% do print('      ' ~ row.subject[:92]) %}{% endfor %}
    {% endfor %}
{% endmacro %}

{#- Prints each data warning with its advice: `make warnings`. -#}
{% macro show_data_warnings() %}
    {% set data_warnings, shown = ref('int_data_warnings'), 50 %}
    {% do print('A build that stops early leaves the warnings of the build before it.') %}
    {% set found = ranked_warnings(data_warnings) %}
    {% for warning in found | map(attribute='warning') | unique %}
        {% set rows = found | selectattr('warning', 'equalto', warning) | list %}
        {% do print('\nDATA WARNING ' ~ warning) %}
        {% for row in rows[:shown] %}
            {% set advice = row.advice | wordwrap(78, break_on_hyphens=false) | indent(2, true) %}
            {% do print(advice) if loop.changed(advice) %}
            {% do print('    ' ~ (row.subject | wordwrap(74) | indent(6))) %}
            {% set amount = ', ' ~ readable_amount(row.amount) if row.amount is not none %}
            {% do print('      ' ~ readable(row.row_count) ~ ' ' ~ row.counted ~ amount) %}
        {% endfor %}
        {% set more = rows | length - shown %}
        {% set table = data_warnings.schema ~ '.int_data_warnings' %}
        {% do print('    and ' ~ more ~ ' more in ' ~ table) if more > 0 %}
    {% else %}
        {% do print('No data warnings.') %}
    {% endfor %}
{% endmacro %}
