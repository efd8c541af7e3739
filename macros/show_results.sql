{#- Prints the answers of the marts, 100 characters wide: `dbt run-operation show_results`. -#}
{% macro show_results() %}
    {%- set shown = 20 -%}
    {%- set periods = run_query('select * from ' ~ ref('int_periods')).rows -%}
    {%- set paid_customers = 'sum(case when spend > 0 then customers end)' -%}
    {%- set paid_revenue = 'sum(case when spend > 0 then total_revenue end)' -%}
    {%- set channels = run_query(
        'select acquisition_channel, sum(customers) as customers, ' ~ ratio('sum(repeat_customers)', 'sum(customers)') ~ ' as repeat_rate,'
        ~ ' sum(high_tier_customers) as high, sum(medium_tier_customers) as medium, sum(low_tier_customers) as low, '
        ~ ratio('sum(total_revenue)', 'sum(customers)') ~ ' as average_ltv, sum(spend) as spend, '
        ~ ratio('sum(spend)', paid_customers) ~ ' as acquisition_cost, ' ~ ratio(paid_revenue, 'sum(spend)') ~ ' as ltv_to_cost from '
        ~ ref('channel_cohorts') ~ ' group by acquisition_channel order by average_ltv desc nulls last, ' ~ by_code_point('acquisition_channel')
    ).rows -%}
    {%- set campaigns = run_query(
        'select *, count(*) over (partition by campaign_name) as name_count from ' ~ ref('campaign_funnel')
        ~ ' order by efficiency_rank nulls last, impressions desc nulls last, ' ~ by_code_point('campaign_id')
    ).rows -%}

    {%- for row in periods if row['period'] == 'all_time' -%}
        {%- do print('\nDATA from ' ~ row['period_start'] ~ ' to ' ~ row['period_end'] ~ ', amounts in ' ~ (var('reporting_currency') | upper)) -%}
    {%- endfor -%}
    {%- for row in periods if row['period'] == 'last_30_days' -%}
        {%- do print('Ad metrics until ' ~ row['period_end'] ~ '. The last 30 days and the 30 before: campaign_funnel_periods') -%}
    {%- endfor -%}

    {%- set widths = [18, -9, -7, -5, -7, -5, -11, -9, -9, -9] -%}
    {%- do print('\nCUSTOMERS by the channel that brought them in') -%}
    {%- do print(table_line(
        ['channel', 'customers', 'repeat', 'high', 'medium', 'low', 'average LTV', 'spend', 'cost each', 'LTV/cost'], widths
    )) -%}
    {%- for row in channels -%}
        {%- do print(table_line([
            row['acquisition_channel'], row['customers'],
            '-' if row['repeat_rate'] is none else readable_number(row['repeat_rate'] * 100) ~ '%',
            row['high'], row['medium'], row['low'], number_or_dash(row['average_ltv'], 2), number_or_dash(row['spend']),
            number_or_dash(row['acquisition_cost'], 2), number_or_dash(row['ltv_to_cost'], 2)
        ], widths)) -%}
    {%- else -%}
        {%- do print('No customers: there is no purchase with a known customer in the data.') -%}
    {%- endfor -%}
    {%- do print('  repeat       customers who bought more than once') -%}
    {%- do print(
        '  high         customers with an LTV from ' ~ readable_number(var('high_tier_minimum')) ~ ' on; medium from '
        ~ readable_number(var('medium_tier_minimum')) ~ ' on'
    ) -%}
    {%- do print('  average LTV  what a customer brought so far: purchases less refunds') -%}
    {%- do print('  cost each    spend per customer who first bought in a month in which the channel has spend') -%}
    {%- do print('  LTV/cost     what those customers brought so far for each unit spent') -%}

    {%- set widths = [-4, 29, -8, -8, -6, -5, 34] -%}
    {%- do print('\nCAMPAIGNS by efficiency: from impressions to purchases') -%}
    {%- do print(table_line(['rank', 'campaign', 'spend', 'revenue', 'return', 'score', 'weakest stage, evidence'], widths)) -%}
    {%- for row in campaigns[:shown] -%}
        {%- set id = ' (' ~ row['campaign_id'] ~ ')' -%}
        {%- set is_untracked = row['tracking_status'] in ['no_sessions', 'no_metrics'] -%}
        {%- do print(table_line([
            row['efficiency_rank'] or '-',
            row['campaign_name'][:[29 - id | length, 5] | max] ~ id if row['name_count'] > 1 else row['campaign_name'],
            number_or_dash(row['spend']), number_or_dash(row['revenue']), number_or_dash(row['return_on_ad_spend'], 2),
            number_or_dash(row['efficiency_score'], 1),
            (row['weakest_stage'] ~ ', ' if row['weakest_stage'])
            ~ (row['tracking_status'] if is_untracked else row['evidence'] or '-')
            ~ (' *' if row['is_clicked_but_not_converting']) ~ (' !' if row['tracking_status'] == 'sessions_exceed_clicks')
        ], widths)) -%}
    {%- else -%}
        {%- do print('No campaigns: neither the platforms nor the sessions name one.') -%}
    {%- endfor -%}
    {%- if campaigns | length > shown -%}
        {%- do print('       and ' ~ (campaigns | length - shown) ~ ' more in campaign_funnel') -%}
    {%- endif -%}
    {%- do print('  revenue        purchases less refunds credited to it; return: what came back for each unit spent') -%}
    {%- do print('  score          50 converts as well as all campaigns together, 75 three times as well') -%}
    {%- do print('  weakest stage  where the campaign loses more people than others of its channel') -%}
    {%- do print('  evidence       strong or likely: how sure that is; none: average; too little data: wait') -%}
    {%- do print('  -              nobody in its channel and group to compare it with') -%}
    {%- set notes = {
        'no_sessions': 'the platforms report it, the site never saw it: are its links tagged?',
        'no_metrics': 'the site saw it, the platforms do not know it',
        'sessions_exceed_clicks': 'more sessions than clicks: reused links, or missing metrics',
    } -%}
    {%- for status, note in notes.items() if campaigns[:shown] | selectattr('tracking_status', 'equalto', status) | list -%}
        {%- do print('  ' ~ ('!' if status == 'sessions_exceed_clicks' else status).ljust(14) ~ ' ' ~ note) -%}
    {%- endfor -%}
    {%- if campaigns[:shown] | selectattr('is_clicked_but_not_converting') | list -%}
        {%- do print('  *              clicked clearly more than others of its channel, bought from clearly less') -%}
    {%- endif -%}

    {%- do print('\nWHERE TO LOOK NEXT') -%}
    {%- do print('  ask the marts in ' ~ published_schema() ~ ', five examples are in README.md:  make sql') -%}
    {%- do print('  which raw rows were rejected, and why:  ' ~ ref('int_rejected_records').schema ~ '.int_rejected_records') -%}
    {%- do print('  how to act on it: README.md; what each figure is, and when not to trust it: docs/figures.md') -%}
    {%- do print('  all of it is in ' ~ (target.path or target.database)) -%}
{% endmacro %}

{#-
    One line of a printed table. Each column has a width. Text is aligned left and cut. With a negative width it is
    aligned right.
-#}
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

{#- The same, with a dash where there is no number. -#}
{% macro number_or_dash(number, decimals=0) %}{{ return('-' if number is none else readable_number(number, decimals)) }}{% endmacro %}

{#- The DATA that make was called with, so that a command in a message can be typed as it is. -#}
{% macro given_data() %}{{ return(' DATA=' ~ var('raw_data') if 'raw_data' in (invocation_args_dict.get('vars') or {}) else '') }}{% endmacro %}

{#-
    Runs at the end of every build. It names what somebody should look at, because a count of failed tests would not. It
    says why a build stopped, and prints the answers if everything was built and nothing failed.
-#}
{% macro report(results, relations) %}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
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
                    ~ (', ' ~ readable_number(row['rejected_impressions']) ~ ' of ' ~ readable_number(row['raw_impressions']) ~ ' impressions'
                    if row['rejected_impressions'] is not none and row['raw_impressions'] is not none else '')
                    ~ (', ' ~ readable_number(row['rejected_amount'], 2) ~ ' of ' ~ readable_number(row['raw_amount'], 2) ~ ' '
                    ~ (var('reporting_currency') | upper) if row['rejected_amount'] is not none and row['raw_amount'] is not none else '')
                ) -%}
                {%- for reason in run_query(
                    'select rejection_reasons, count(*) as row_count from ' ~ relations['reviewed_' ~ row['source_table']]
                    ~ ' where rejection_reasons is not null group by rejection_reasons order by row_count desc, rejection_reasons limit 3'
                ).rows -%}
                    {%- do print('    ' ~ reason['rejection_reasons'] ~ ': ' ~ readable_number(reason['row_count']) ~ ' rows') -%}
                {%- endfor -%}
            {%- endfor -%}
            {%- for row in run_query(
                'select coalesce(given_anonymous_id, given_user_id) as placeholder, count(*) as row_count from ' ~ relations['reviewed_sessions']
                ~ " where rejection_reasons like '%identity_missing%' and coalesce(given_anonymous_id, given_user_id) is not null"
                ~ ' group by coalesce(given_anonymous_id, given_user_id) order by row_count desc, placeholder limit 5'
            ).rows -%}
                {%- do print('  sessions: the id "' ~ row['placeholder'] ~ '" is a placeholder and no person, ' ~ readable_number(row['row_count']) ~ ' rows') -%}
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
        {#- On DuckDB the raw rows are read when the reviewed rows are built. -#}
        {%- if result.node.name.startswith('base_marketing__') and 'aw table' not in result.message -%}
            {%- set table_name = result.node.name.removeprefix('base_marketing__').removeprefix('reviewed_') -%}
            {%- do print(
                ('\nSTOPPED: raw table ' ~ table_name ~ ' was not read: ' ~ source('marketing', table_name) ~ '. Where the error below names no file, try them one by one.')
                | wordwrap(80)
            ) -%}
        {%- elif result.node.resource_type == 'seed' -%}
            {%- set text = modules.re.search('(?:Could not convert string|invalid input syntax for type [a-z]+:) "(.*?)"', result.message) -%}
            {%- do print(
                '\nSTOPPED: ' ~ result.node.original_file_path ~ ' was not loaded'
                ~ (': "' ~ text[1] ~ '" stands where a number is expected.' if text else '. The error below says why.') ~ '\nCorrect the file, and build again.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
    {%- if 'channel_cohorts' in built and 'campaign_funnel' in built and not failed -%}
        {%- do show_results() -%}
    {%- endif -%}
    {%- if 'int_data_warnings' in built -%}
        {%- do count_data_warnings(relations['data_warnings']) -%}
    {%- endif -%}
{% endmacro %}

{#- Prints a line for each kind of data warning, the one with the most money first, with its first two subjects. -#}
{% macro count_data_warnings(data_warnings) %}
    {%- set found = run_query(
        'select warning, subject, counted, row_count, amount, count(*) over (partition by warning) as subject_count'
        ~ ', sum(row_count) over (partition by warning) as row_sum, sum(abs(amount)) over (partition by warning) as amount_sum from '
        ~ data_warnings ~ ' order by amount_sum desc nulls last, row_sum desc, warning, abs(amount) desc nulls last, row_count desc, subject'
    ).rows -%}
    {%- for name in found | map(attribute='warning') | unique -%}
        {%- do print('\nDATA WARNINGS, to see each with its advice: make warnings') if loop.first -%}
        {%- set rows = found | selectattr('warning', 'equalto', name) | list -%}
        {%- set row = rows[0] -%}
        {%- do print(
            '  ' ~ name.ljust(36) ~ (readable_number(row['row_sum']) ~ ' ' ~ row['counted']).rjust(16) ~ ' in ' ~ row['subject_count']
            ~ (' place' if row['subject_count'] == 1 else ' places')
            ~ (', ' ~ readable_number(row['amount_sum'], 2) ~ ' ' ~ (var('reporting_currency') | upper) if row['amount_sum'] is not none)
        ) -%}
        {%- for row in rows[:2] -%}
            {%- do print('      ' ~ row['subject'][:92]) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints what int_data_warnings holds, the kind with the most money first: `dbt run-operation show_data_warnings`. -#}
{% macro show_data_warnings() %}
    {%- set shown = 50 -%}
    {%- set data_warnings = ref('int_data_warnings') -%}
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
                {%- do print('  ' ~ (row['advice'] | wordwrap(78, wrapstring='\n  ', break_on_hyphens=false))) -%}
            {%- endif -%}
            {%- do print(
                '    ' ~ (row['subject'] | wordwrap(74, wrapstring='\n      ')) ~ '\n      ' ~ readable_number(row['row_count']) ~ ' ' ~ row['counted'] ~ money
            ) -%}
        {%- endfor -%}
        {%- if rows | length > shown -%}
            {%- do print('    and ' ~ (rows | length - shown) ~ ' more in ' ~ data_warnings.schema ~ '.int_data_warnings') -%}
        {%- endif -%}
    {%- else -%}
        {%- do print('No data warnings.') -%}
    {%- endfor -%}
{% endmacro %}

{#-
    Prints the amounts by currency with the rates that were used. Where a rate is missing, it prints the row to write.
-#}
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
                ~ '\n  Or set var reporting_currency, if all your amounts are in ' ~ row['currency'] ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set waiting = run_query(
        'select source_table from ' ~ currency_amounts ~ ' group by source_table having max(rate) is null order by source_table'
    ).columns['source_table'].values() -%}
    {%- if waiting -%}
        {%- do print('\nNO MONEY in ' ~ (waiting | join(' and ')) ~ ': every amount waits for a rate, so these figures below are 0 or missing.') -%}
    {%- endif -%}
{% endmacro %}

{#- Prints the rates and aliases that stand in both places or have two values. -#}
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
