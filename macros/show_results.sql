{#- Prints the answer of the marts in 100 columns: `dbt run-operation show_results`. -#}
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
    {%- do print('  how to read it, and when not to trust it: README.md') -%}
    {%- do print('  all of it is in ' ~ (target.path or target.database)) -%}
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

{#- The same, and a dash where there is no number. -#}
{% macro number_or_dash(number, decimals=0) %}{{ return('-' if number is none else readable_number(number, decimals)) }}{% endmacro %}

{#- The DATA that make was given, for advice that can be typed as it stands. -#}
{% macro given_data() %}{{ return(' DATA=' ~ var('raw_data') if 'raw_data' in (invocation_args_dict.get('vars') or {}) else '') }}{% endmacro %}

{#-
    Runs at the end of every build: names what somebody should look at, which a count of failed tests would not, and prints the
    answer where all of it was built and nothing failed.
-#}
{% macro report(results, relations) %}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- if results | selectattr('node.name', 'equalto', 'assert_rejected_share_is_small') | selectattr('status', 'equalto', 'fail') | list -%}
        {%- do print(
            '\nMore than ' ~ readable_number(var('rejected_share_maximum') * 100) ~ '%'
            ~ ' of a raw table would be rejected, so nothing was published.\n`make check-data' ~ given_data() ~ '` says which rows, and why.'
        ) -%}
    {%- endif -%}
    {%- for result in results if result.node.name == 'assert_conflicting_share_is_small' and result.status == 'fail' -%}
        {%- do show_conflicts(result.node.relation_name) -%}
    {%- endfor -%}
    {#- DuckDB reads the raw rows when the reviewed ones are built. -#}
    {%- for result in results if result.node.name.startswith('base_marketing__') and result.status == 'error' -%}
        {%- set table_name = result.node.name.removeprefix('base_marketing__').removeprefix('reviewed_') -%}
        {%- do print(
            ('\nRaw table ' ~ table_name ~ ' was not read: ' ~ source('marketing', table_name) ~ '. Where the error below names no file, try them one by one.')
            | wordwrap(80)
        ) -%}
    {%- endfor -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
    {%- if 'channel_cohorts' in built and 'campaign_funnel' in built and not failed -%}
        {%- do show_results() -%}
    {%- endif -%}
    {%- if 'int_data_warnings' in built -%}
        {%- do count_data_warnings(relations['data_warnings']) -%}
    {%- endif -%}
{% endmacro %}

{#- Prints a line for each kind of data warning. -#}
{% macro count_data_warnings(data_warnings) %}
    {%- set found = run_query(
        'select warning, count(*) as subject_count, sum(row_count) as row_count from ' ~ data_warnings
        ~ ' group by warning order by row_count desc, warning'
    ).rows -%}
    {%- for row in found -%}
        {%- do print('\nDATA WARNINGS, to see each with its advice: make warnings') if loop.first -%}
        {%- do print(
            '  ' ~ row['warning'].ljust(32) ~ readable_number(row['row_count']).rjust(9) ~ ' in '
            ~ row['subject_count'] ~ (' place' if row['subject_count'] == 1 else ' places')
        ) -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints what int_data_warnings holds: `dbt run-operation show_data_warnings`. -#}
{% macro show_data_warnings() %}
    {%- set shown = 50 -%}
    {%- set found = run_query('select * from ' ~ ref('int_data_warnings') ~ ' order by warning, row_count desc, subject').rows -%}
    {%- for warning, rows in found | groupby('warning') -%}
        {%- do print('\nDATA WARNING ' ~ warning ~ '\n  ' ~ (rows[0]['advice'] | wordwrap(98, wrapstring='\n  '))) -%}
        {%- for row in rows[:shown] -%}
            {%- do print('  ' ~ readable_number(row['row_count']).rjust(8) ~ ' x ' ~ row['subject'][:87]) -%}
        {%- endfor -%}
        {%- if rows | length > shown -%}
            {%- do print('  and ' ~ (rows | length - shown) ~ ' more in ' ~ ref('int_data_warnings')) -%}
        {%- endif -%}
    {%- else -%}
        {%- do print('No data warnings.') -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints the keys whose newest load contradicts itself, those with the most money first. -#}
{% macro show_conflicts(conflicts) %}
    {%- set shown = 5 -%}
    {%- do print('\nROWS OF ONE LOAD CONTRADICT EACH OTHER, so nothing was published') -%}
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
