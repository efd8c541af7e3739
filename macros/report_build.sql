{#-
    Ends every build. It says why a build stopped and what somebody should look at, because a count
    of failed tests would not. It prints the answers if everything was built and nothing failed.
-#}
{% macro report(results, relations) %}
    {% set succeeded = results | selectattr('status', 'equalto', 'success') %}
    {% set built = succeeded | map(attribute='node.name') | list %}
    {% set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list %}
    {% do show_currencies(relations.currency_amounts) if 'int_currency_amounts' in built %}
    {% for result in failed if result.status == 'fail' %}
        {% if result.node.name == 'assert_rejected_share_is_small' %}
            {% do show_rejections(result.node.compiled_code, relations) %}
        {% elif result.node.name == 'assert_conflicting_share_is_small' %}
            {% do show_conflicts(result.node.relation_name) %}
        {% elif result.node.name == 'assert_rates_and_aliases_are_unique' %}
            {% do show_repeated_settings(result.node.relation_name) %}
        {% elif (result.node.attached_node or '').startswith('seed.') %}
            {% do show_seed_failure(result.node) %}
        {% endif %}
    {% endfor %}
    {% for result in failed if result.status == 'error' %}
        {% do show_unread_file(result.node, result.message) %}
    {% endfor %}
    {% if 'channel_cohorts' in built and 'campaign_funnel' in built and not failed %}
        {% do show_results() %}
    {% endif %}
    {% do count_data_warnings(relations.data_warnings) if 'int_data_warnings' in built %}
{% endmacro %}

{#-
    Prints the amounts by currency with their rates, because one wrong rate is wrong everywhere.
    Where a rate is missing, it prints the row to write.
-#}
{% macro show_currencies(currency_amounts) %}
    {% set reporting = var('reporting_currency') | upper %}
    {% set query %}
        select *, max(rate) over (partition by source_table) as greatest_rate
        from {{ currency_amounts }}
        order by currency, source_table, valid_from
    {% endset %}
    {% set found, widths = rows_of(query), [8, 16, -9, -18, 24] %}
    {% do print('\nAMOUNTS by currency, and what 1 unit is worth in ' ~ reporting) %}
    {% do print(table_line(['currency', 'table', 'rows', 'amount', ' rate'], widths)) %}
    {% for row in found %}
        {% set decimals = ('%.9f' | format(row.rate or 0)).rstrip('0').rstrip('.') %}
        {% set since = ' from ' ~ row.valid_from if row.valid_from %}
        {% do print(table_line([
            row.currency, row.source_table, readable(row.row_count), readable(row.amount, 2),
            ' NO RATE' if row.rate is none else ' ' ~ decimals ~ since,
        ], widths)) %}
        {% set advice -%}
{% if not modules.re.match('[A-Z]{3}$', row.currency) -%}
These rows are in no mart, because {{ row.currency }} is not the code of a currency.
Deliver the code of three letters, such as EUR.
{%- else -%}
These rows wait for a rate, and are in no mart. Write into exchange_rates:
{{ row.currency }},{{ reporting }},{{ row.first_date }},<{{ reporting }} for 1 {{ row.currency }}>
Or set var reporting_currency, if all your amounts are in {{ row.currency }}.
{%- endif %}
        {%- endset %}
        {% do print(advice | indent(2, true)) if row.rate is none %}
    {% endfor %}
    {% set waiting = found | selectattr('greatest_rate', 'none') | map(attribute='source_table') %}
    {% set tables = waiting | unique | sort | join(' and ') %}
    {% set effect = ': every amount waits for a rate, so these figures below are 0 or missing.' %}
    {% do print('\nNO MONEY in ' ~ tables ~ effect) if tables %}
{% endmacro %}
