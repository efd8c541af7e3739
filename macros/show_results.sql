{#- Prints the answer of the marts in 80 columns: `dbt run-operation show_results`. -#}
{% macro show_results() %}
    {%- set shown = 20 -%}
    {%- set channels = run_query(channel_value()).rows -%}
    {%- set campaigns = run_query(
        'select * from ' ~ ref('campaign_funnel')
        ~ ' order by efficiency_rank nulls last, impressions desc nulls last, ' ~ by_code_point('campaign_id')
    ).rows -%}

    {%- set widths = [18, -9, -7, -6, -7, -6, -11, -9] -%}
    {%- do print('\nCUSTOMERS by the channel that brought them in, in ' ~ (var('reporting_currency') | upper) ~ ', net of refunds') -%}
    {%- do print(table_line(['channel', 'customers', 'repeat', 'high', 'medium', 'low', 'average LTV', 'LTV/cost'], widths)) -%}
    {%- for row in channels -%}
        {%- do print(table_line([
            row['channel'], row['customers'], readable_number(row['repeat_share'] * 100) ~ '%', row['high_tier_customers'],
            row['medium_tier_customers'], row['low_tier_customers'], readable_number(row['average_ltv'], 2),
            '-' if row['ltv_to_cost'] is none else readable_number(row['ltv_to_cost'], 2)
        ], widths)) -%}
    {%- else -%}
        {%- do print('No customers: there is no purchase with a known customer in the data.') -%}
    {%- endfor -%}

    {%- set widths = [-4, 21, -5, 23, 22] -%}
    {%- do print('\nCAMPAIGNS by efficiency: from impressions to purchases, 50 is the portfolio') -%}
    {%- do print(table_line(['rank', 'campaign', 'score', 'weakest stage', 'status'], widths)) -%}
    {%- for row in campaigns[:shown] -%}
        {%- do print(table_line([
            row['efficiency_rank'] or '-', row['campaign_name'],
            '-' if row['efficiency_score'] is none else readable_number(row['efficiency_score'], 1),
            (row['weakest_stage'] or '-') ~ (' *' if row['is_clicked_but_not_converting'] else ''), row['tracking_status']
        ], widths)) -%}
    {%- else -%}
        {%- do print('No campaigns: neither the platforms nor the sessions name one.') -%}
    {%- endfor -%}
    {%- if campaigns[:shown] | rejectattr('efficiency_rank') | list -%}
        {%- do print('   - no score: no impressions known, or never seen on the site') -%}
    {%- endif -%}
    {%- if campaigns | selectattr('is_clicked_but_not_converting') | list -%}
        {%- do print('   * clicked clearly more than others in its channel, bought from clearly less') -%}
    {%- endif -%}
    {%- if campaigns | length > shown -%}
        {%- do print('     and ' ~ (campaigns | length - shown) ~ ' more in campaign_funnel') -%}
    {%- endif -%}

    {%- do print('\nWHERE TO LOOK NEXT') -%}
    {%- for model, content in {
        'customer_ltv': 'one row per customer', 'campaign_funnel': 'one row per campaign',
        'campaign_funnel_daily': 'the same by day', 'int_reconciliation': 'where every raw row went',
    }.items() -%}
        {%- do print('  ' ~ content.ljust(27) ~ published_schema() ~ '.' ~ model) -%}
    {%- endfor -%}
    {%- do print('  ' ~ 'what was rejected, and why'.ljust(27) ~ ref('int_rejected_records').schema ~ '.int_rejected_records') -%}
    {%- do print('  in ' ~ (target.path or target.database)) -%}
    {%- do print('  How to read a score and a leak, and when not to: README.md') -%}
{% endmacro %}

{#- One line of a printed table. Each column has a width: text stands left and is cut, and with a negative width it stands right. -#}
{% macro table_line(cells, widths) %}
    {%- set padded = [] -%}
    {%- for width in widths -%}
        {%- set text = cells[loop.index0] | string -%}
        {%- do padded.append(text.rjust(-width) if width < 0 else text[:width].ljust(width)) -%}
    {%- endfor -%}
    {{ return((padded | join(' ')).rstrip()) }}
{% endmacro %}

{#- A number with commas between the thousands. dbt 2.x lacks Python's own way to write it. -#}
{% macro readable_number(number, decimals=0) %}
    {%- set digits = (('%.' ~ decimals ~ 'f') | format(number | abs)).split('.') -%}
    {%- set whole = digits[0] | list | reverse | batch(3) | map('join') | join(',') | reverse -%}
    {{ return(('-' if number < 0 else '') ~ ([whole] + digits[1:]) | join('.')) }}
{% endmacro %}

{#- The DATA that make was given, for advice that can be typed as it stands. -#}
{% macro given_data() %}{{ return(' DATA=' ~ var('raw_data') if 'raw_data' in (invocation_args_dict.get('vars') or {}) else '') }}{% endmacro %}

{#-
    Runs at the end of every build: names what somebody should look at, which a count of failed tests would not, says why a build
    stopped, and prints the answer where all of it was built and nothing failed.
-#}
{% macro report(results, relations) %}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- if 'int_data_warnings' in built -%}
        {%- do show_data_warnings(relations['data_warnings']) -%}
    {%- endif -%}
    {%- if 'int_currency_amounts' in built -%}
        {%- do show_currencies(relations['currency_amounts']) -%}
    {%- endif -%}
    {%- for result in results if result.status == 'fail' -%}
        {%- if result.node.name == 'assert_rejected_share_is_small' -%}
            {%- do print(
                '\nSTOPPED: more than ' ~ readable_number(var('rejected_share_maximum') * 100) ~ '%'
                ~ ' of a raw table would be rejected, so nothing was published.\n`make check-data' ~ given_data() ~ '` says which rows, and why.'
            ) -%}
            {%- for row in run_query(result.node.compiled_code).rows -%}
                {%- do print(
                    '  ' ~ row['source_table'] ~ ': ' ~ readable_number(row['rejected_rows']) ~ ' of ' ~ readable_number(row['raw_rows']) ~ ' rows'
                    ~ (', ' ~ readable_number(row['rejected_amount'], 2) ~ ' of ' ~ readable_number(row['raw_amount'], 2) ~ ' '
                    ~ (var('reporting_currency') | upper) if row['rejected_amount'] is not none and row['raw_amount'] is not none else '')
                ) -%}
            {%- endfor -%}
        {%- elif result.node.name == 'assert_conflicting_share_is_small' -%}
            {%- do show_conflicts(result.node.relation_name) -%}
        {%- elif result.node.name == 'assert_rates_and_aliases_are_unique' -%}
            {%- do show_repeated_settings(result.node.relation_name) -%}
        {%- elif (result.node.attached_node or '').startswith('seed.') -%}
            {%- do show_seed_failure(result.node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for result in results if result.status == 'error' -%}
        {#- DuckDB reads the raw rows when the reviewed ones are built. -#}
        {%- if result.node.name.startswith('base_marketing__') and 'aw table' not in result.message -%}
            {%- set table_name = result.node.name.removeprefix('base_marketing__').removeprefix('reviewed_') -%}
            {%- do print(
                ('\nSTOPPED: raw table ' ~ table_name ~ ' was not read: ' ~ source('marketing', table_name) ~ '. Where the error below names no file, try them one by one.')
                | wordwrap(80)
            ) -%}
        {%- elif result.node.resource_type == 'seed' -%}
            {%- do print(
                '\nSTOPPED: ' ~ result.node.original_file_path ~ ' was not loaded. The error below says which value and column.\nIs it a number where '
                ~ result.node.config.column_types ~ ' wants one?'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
    {%- if 'customer_ltv' in built and 'campaign_funnel' in built and not failed -%}
        {%- do show_results() -%}
    {%- endif -%}
{% endmacro %}

{#- Prints what int_data_warnings holds: of each kind the weightiest subjects, the kind with the most money first. -#}
{% macro show_data_warnings(data_warnings) %}
    {%- set shown = 5 -%}
    {%- set found = run_query(
        'select *, max(abs(amount)) over (partition by warning) as greatest_amount, max(row_count) over (partition by warning) as greatest_count'
        ~ ' from ' ~ data_warnings ~ ' order by greatest_amount desc nulls last, greatest_count desc, warning, abs(amount) desc nulls last'
        ~ ', row_count desc, subject'
    ).rows -%}
    {%- for warning in found | map(attribute='warning') | unique -%}
        {%- set rows = found | selectattr('warning', 'equalto', warning) | list -%}
        {%- do print('\nDATA WARNING ' ~ warning) -%}
        {%- for row in rows[:shown] -%}
            {%- set money = ', ' ~ readable_number(row['amount'], 2) ~ ' ' ~ (var('reporting_currency') | upper) if row['amount'] is not none else '' -%}
            {%- if loop.first or row['advice'] != rows[loop.index0 - 1]['advice'] -%}
                {%- do print('  ' ~ (row['advice'] | wordwrap(78, wrapstring='\n  '))) -%}
            {%- endif -%}
            {%- do print(
                '    ' ~ (row['subject'] | wordwrap(74, wrapstring='\n      ')) ~ '\n      ' ~ readable_number(row['row_count']) ~ ' ' ~ row['counted'] ~ money
            ) -%}
        {%- endfor -%}
        {%- if rows | length > shown -%}
            {%- do print('    and ' ~ (rows | length - shown) ~ ' more in ' ~ data_warnings.schema ~ '.int_data_warnings') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints the amounts by currency with the rates that were used, and the row to write where there is none. -#}
{% macro show_currencies(currency_amounts) %}
    {%- set widths = [8, 16, -9, -18, 24] -%}
    {%- do print('\nAMOUNTS by currency, and what 1 unit is worth in ' ~ (var('reporting_currency') | upper)) -%}
    {%- do print(table_line(['currency', 'table', 'rows', 'amount', ' rate'], widths)) -%}
    {%- for row in run_query('select * from ' ~ currency_amounts ~ ' order by currency, source_table, valid_from').rows -%}
        {%- set rate = 'NO RATE' if row['rate'] is none else ('%.9f' | format(row['rate'])).rstrip('0').rstrip('.') ~ (' from ' ~ row['valid_from'] if row['valid_from']) -%}
        {%- do print(table_line(
            [row['currency'], row['source_table'], readable_number(row['row_count']), readable_number(row['amount'], 2), ' ' ~ rate], widths
        )) -%}
        {%- if row['rate'] is none -%}
            {%- do print(
                '  These rows wait for a rate, and are in no mart. Write into exchange_rates:\n  ' ~ row['currency'] ~ ',' ~ (var('reporting_currency') | upper)
                ~ ',' ~ row['first_date'] ~ ',<' ~ (var('reporting_currency') | upper) ~ ' for 1 ' ~ row['currency'] ~ '>'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints the rates and aliases that stand in two places, or have two values. -#}
{% macro show_repeated_settings(repeated) %}
    {%- for row in run_query('select * from ' ~ repeated ~ ' order by table_name, record_key limit 5').rows -%}
        {%- set places = row['first_origin'] if row['first_origin'] == row['last_origin'] else row['first_origin'] ~ ' and ' ~ row['last_origin'] -%}
        {%- do print(
            '\nSTOPPED: ' ~ row['table_name'] ~ ' has ' ~ row['record_key'] ~ ' twice: ' ~ row['lowest_value'] ~ ' and ' ~ row['highest_value'] ~ '.\n'
            ~ 'Keep one of the two rows. They stand in the ' ~ places ~ '.'
        ) -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints which values of a seed a test refused. -#}
{% macro show_seed_failure(test) %}
    {%- set seed = graph.nodes[test.attached_node] -%}
    {%- set kind = test.test_metadata.name if test.test_metadata else test.name -%}
    {%- set meanings = {
        'relationships': 'is not in seeds/' ~ (modules.re.findall("'([a-z_]+)'", test.test_metadata.kwargs.to or '') | join) ~ '.csv, column ' ~ test.test_metadata.kwargs.field,
        'not_null': 'is empty', 'unique': 'stands there twice', 'unique_combination_of_columns': 'stands there twice',
    } -%}
    {%- set rows = run_query('select * from (' ~ test.compiled_code ~ ') as refused limit 3').rows -%}
    {%- set values = [] -%}
    {%- for row in rows -%}{%- do values.append(row.values() | map('string') | join(', ')) -%}{%- endfor -%}
    {%- do print(
        '\nSTOPPED: ' ~ seed.original_file_path ~ (', column ' ~ test.column_name if test.column_name) ~ ': ' ~ (values | join('; ')) ~ ' '
        ~ meanings.get(kind, 'breaks the rule ' ~ kind) ~ '.\nCorrect the file, and build again.'
    ) -%}
{% endmacro %}

{#- Prints the keys whose newest load contradicts itself, those with the most money first. -#}
{% macro show_conflicts(conflicts) %}
    {%- set shown = 5 -%}
    {%- do print('\nSTOPPED: rows of one load contradict each other, so nothing was published.') -%}
    {%- for row in run_query('select * from ' ~ conflicts ~ ' order by amount desc nulls last, row_count desc, record_key limit ' ~ shown).rows -%}
        {%- do print(
            '  ' ~ row['source_table'] ~ ' ' ~ row['record_key'] ~ ': ' ~ readable_number(row['row_count']) ~ ' rows, '
            ~ readable_number(row['amount'] or 0, 2) ~ ', ' ~ row['rejection_reasons']
        ) -%}
    {%- endfor -%}
    {%- do print(
        ('More than ' ~ readable_number(var('conflicting_share_maximum') * 100, 1) ~ '%' ~ ' of a table is affected. The likely cause: the key is not what the contract'
        ~ ' means by it, such as line items instead of orders, or a finer table without ad_id. All keys: select * from ' ~ conflicts) | wordwrap(80)
    ) -%}
{% endmacro %}
