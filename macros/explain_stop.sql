{#- Prints the commonest reasons of rejected rows, because most of them have one cause. -#}
{% macro show_rejections(rejected_shares, relations) %}
    {% set maximum = readable(var('rejected_share_maximum') * 100) ~ '%' %}
    {% set text %}
STOPPED: more than {{ maximum }} of a raw table would be rejected, so nothing was published.
`make check-data{{ given_data() }}` says which rows, and why.
    {%- endset %}
    {% do print(text) %}
    {% for row in rows_of(rejected_shares) %}
        {% set shares = [] %}
        {% for unit in ['rows', 'impressions', 'amount'] if row['raw_' ~ unit] %}
            {% set rejected, raw = row['rejected_' ~ unit], row['raw_' ~ unit] %}
            {% do shares.append(
                readable(rejected, 2) ~ ' of ' ~ readable_amount(raw) if unit == 'amount'
                else readable(rejected) ~ ' of ' ~ readable(raw) ~ ' ' ~ unit
            ) %}
        {% endfor %}
        {% do print('  ' ~ row.source_table ~ ': ' ~ (shares | join(', '))) %}
        {% for reason in counted_reasons(relations['reviewed_' ~ row.source_table])[:3] %}
            {% set row_count = readable(reason.row_count) %}
            {% do print('    ' ~ reason.rejection_reasons ~ ': ' ~ row_count ~ ' rows') %}
        {% endfor %}
    {% endfor %}
    {% set query %}
        select coalesce(given_anonymous_id, given_user_id) as placeholder, count(*) as row_count
        from {{ relations.reviewed_sessions }}
        where rejection_reasons like '%identity_missing%'
        group by coalesce(given_anonymous_id, given_user_id)
        having coalesce(given_anonymous_id, given_user_id) is not null
        order by row_count desc, placeholder limit 5
    {% endset %}
    {% for row in rows_of(query) %}
        {% set meaning = '" is a placeholder and no person, ' ~ readable(row.row_count) ~ ' rows' %}
        {% do print('  sessions: the id "' ~ row.placeholder ~ meaning) %}
    {% endfor %}
{% endmacro %}

{#- The reasons for which rows were rejected, the commonest first. -#}
{% macro counted_reasons(reviewed) %}
    {% set query %}
        select rejection_reasons, count(*) as row_count from {{ reviewed }}
        where rejection_reasons is not null
        group by rejection_reasons
        order by row_count desc, rejection_reasons
    {% endset %}
    {{ return(rows_of(query)) }}
{% endmacro %}

{#- Prints the keys whose newest load contradicts itself, those with the most money first. -#}
{% macro show_conflicts(conflicts) %}
    {% set order_by = ' order by amount desc nulls last, row_count desc, record_key limit 5' %}
    {% do print('\nSTOPPED: rows of one load contradict each other, so nothing was published.') %}
    {% for row in rows_of('select * from ' ~ conflicts ~ order_by) %}
        {% set counted = readable(row.row_count) ~ ' rows, ' ~ readable(row.amount or 0, 2) %}
        {% set key = row.source_table ~ ' ' ~ row.record_key %}
        {% do print('  ' ~ key ~ ': ' ~ counted ~ ', ' ~ row.rejection_reasons) %}
    {% endfor %}
    {% set advice = (
        'More than ' ~ readable(var('conflicting_share_maximum') * 100, 1)
        ~ '% of a table is affected. The likely cause: the key is not what the contract means'
        ~ ' by it. For example: line items instead of orders, ads without ad_id, or rows of whole'
        ~ ' campaigns beside those of their ads.'
    ) %}
    {% do print(advice | wordwrap(80)) %}
    {% do print('All keys, in ' ~ database_in_words() ~ ':') %}
    {% do print('  select * from ' ~ (conflicts | string).split('.')[-2:] | join('.')) %}
{% endmacro %}

{#- Prints the rates and aliases that stand in both places or have two values. -#}
{% macro show_repeated_settings(repeated) %}
    {% set query = 'select * from ' ~ repeated ~ ' order by table_name, record_key limit 5' %}
    {% for row in rows_of(query) %}
        {% set values = row.lowest_value ~ ' and ' ~ row.highest_value %}
        {% set places = [row.first_origin, row.last_origin] | unique | join(' and ') %}
        {% set found = row.table_name ~ ' has ' ~ row.record_key ~ ' twice: ' ~ values %}
        {% do print('\nSTOPPED: ' ~ found ~ '.') %}
        {% do print('Keep one of the two rows. They stand in the ' ~ places ~ '.') %}
    {% endfor %}
{% endmacro %}

{#- Prints which values of a seed a test refused, in words for people who do not know the test. -#}
{% macro show_seed_failure(test) %}
    {% set metadata = test.test_metadata or {'name': test.name} %}
    {% set meaning = {
        'not_null': 'is empty',
        'unique': 'stands there twice',
        'unique_combination_of_columns': 'stands there twice',
    }.get(metadata.name, 'breaks the rule ' ~ metadata.name) %}
    {% if metadata.name == 'relationships' %}
        {% set seed = modules.re.search("'([a-z_]+)'", metadata.kwargs.to)[1] %}
        {% set meaning = 'is not in seeds/' ~ seed ~ '.csv, column ' ~ metadata.kwargs.field %}
    {% endif %}
    {% set values = [] %}
    {% for row in rows_of('select * from (' ~ test.compiled_code ~ ') as refused limit 3') %}
        {% do values.append(row.values() | map('string') | join(', ')) %}
    {% endfor %}
    {% set file = graph.nodes[test.attached_node].original_file_path %}
    {% set place = file ~ (', column ' ~ test.column_name if test.column_name) %}
    {% do print('\nSTOPPED: ' ~ place ~ ': ' ~ (values | join('; ')) ~ ' ' ~ meaning ~ '.') %}
    {% do print('Correct the file, and build again.') %}
{% endmacro %}

{#- Prints which raw table or seed was not read, because the engine's error may name neither. -#}
{% macro show_unread_file(node, error) %}
    {#- On DuckDB the raw rows are read when the reviewed rows are built. An error about a
        raw table, such as a missing column, says enough itself. -#}
    {% if node.name.startswith('base_marketing__') and 'aw table' not in error %}
        {% set name = node.name.removeprefix('base_marketing__').removeprefix('reviewed_') %}
        {% set place = 'raw table ' ~ name ~ ' was not read: ' ~ source('marketing', name) %}
        {% set advice = '. Where the error below names no file, try them one by one.' %}
        {% do print(('\nSTOPPED: ' ~ place ~ advice) | wordwrap(80)) %}
    {% elif node.resource_type == 'seed' %}
        {% set refusal = 'Could not convert string|invalid input syntax for type [a-z]+:' %}
        {% set text = modules.re.search('(?:' ~ refusal ~ ') "(.*?)"', error) %}
        {% set expected = '" stands where a number is expected.' %}
        {% set reason = ': "' ~ text[1] ~ expected if text else '. The error below says why.' %}
        {% do print('\nSTOPPED: ' ~ node.original_file_path ~ ' was not loaded' ~ reason) %}
        {% do print('Correct the file, and build again.') %}
    {% endif %}
{% endmacro %}
