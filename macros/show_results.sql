{#- Prints the answer of the marts in 80 columns: `dbt run-operation show_results`. -#}
{% macro show_results() %}
    {%- set shown = 20 -%}
    {%- set channels = run_query(render(graph.nodes['analysis.customer_insights.channel_value'].raw_code)).rows -%}
    {%- set campaigns = run_query(
        'select * from ' ~ ref('campaign_funnel')
        ~ ' order by efficiency_rank nulls last, impressions desc nulls last, ' ~ by_code_point('campaign_id')
    ).rows -%}

    {%- set line = '{:<18.18} {:>9} {:>7} {:>6} {:>7} {:>6} {:>11} {:>9}' -%}
    {%- do print('\nCUSTOMERS by the channel that brought them in, in ' ~ (var('reporting_currency') | upper) ~ ', net of refunds') -%}
    {%- do print(line.format('channel', 'customers', 'repeat', 'high', 'medium', 'low', 'average LTV', 'LTV/cost')) -%}
    {%- for row in channels -%}
        {%- do print(line.format(
            row['channel'], row['customers'], '{:.0%}'.format(row['repeat_share']), row['high_tier_customers'],
            row['medium_tier_customers'], row['low_tier_customers'], '{:,.2f}'.format(row['average_ltv']),
            '-' if row['ltv_to_cost'] is none else '{:.2f}'.format(row['ltv_to_cost'])
        )) -%}
    {%- else -%}
        {%- do print('No customers: there is no purchase with a known customer in the data.') -%}
    {%- endfor -%}

    {%- set line = '{:>4} {:<21.21} {:>5} {:<23} {:<22}' -%}
    {%- do print('\nCAMPAIGNS by efficiency: conversions per impression, 50 is the average') -%}
    {%- do print(line.format('rank', 'campaign', 'score', 'weakest stage', 'status').rstrip()) -%}
    {%- for row in campaigns[:shown] -%}
        {%- do print(line.format(
            row['efficiency_rank'] or '-', row['campaign_name'],
            '-' if row['efficiency_score'] is none else '{:.1f}'.format(row['efficiency_score']),
            (row['weakest_stage'] or '-') ~ (' *' if row['is_clicked_but_not_converting'] else ''), row['tracking_status']
        ).rstrip()) -%}
    {%- else -%}
        {%- do print('No campaigns: neither the platforms nor the sessions name one.') -%}
    {%- endfor -%}
    {%- if campaigns[:shown] | rejectattr('efficiency_rank') | list -%}
        {%- do print('   - no score: no impressions known, or never seen on the site') -%}
    {%- endif -%}
    {%- if campaigns | selectattr('is_clicked_but_not_converting') | list -%}
        {%- do print('   * clicked clearly more than its benchmark, bought from clearly less') -%}
    {%- endif -%}
    {%- if campaigns | length > shown -%}
        {%- do print('     and ' ~ (campaigns | length - shown) ~ ' more in campaign_funnel') -%}
    {%- endif -%}

    {%- do print('\nWHERE TO LOOK NEXT') -%}
    {%- for model, content in {
        'customer_ltv': 'one row per customer', 'campaign_funnel': 'one row per campaign',
        'campaign_funnel_daily': 'the same by day', 'int_reconciliation': 'where every raw row went',
    }.items() -%}
        {%- do print('  {:<26} {}'.format(content, published_schema() ~ '.' ~ model)) -%}
    {%- endfor -%}
    {%- do print('  {:<26} {}'.format('what was rejected, and why', ref('int_rejected_records').schema ~ '.int_rejected_records')) -%}
    {%- do print('  in ' ~ (target.path or target.database)) -%}
    {%- do print('  How to read a score and a leak, and when not to: README.md') -%}
{% endmacro %}

{#- The DATA that make was given, for advice that can be typed as it stands. -#}
{% macro given_data() %}{{ return(' DATA=' ~ var('raw_data') if 'raw_data' in (invocation_args_dict.get('vars') or {}) else '') }}{% endmacro %}

{#-
    Runs at the end of every build: names what somebody should look at, which a count of failed tests would not, and prints the
    answer where all of it was built and nothing failed.
-#}
{% macro report(results, relations) %}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- if 'int_data_warnings' in built -%}
        {%- do show_data_warnings(relations['data_warnings']) -%}
    {%- endif -%}
    {%- if results | selectattr('node.name', 'equalto', 'assert_rejected_share_is_small') | selectattr('status', 'equalto', 'fail') | list -%}
        {%- do print(
            '\nMore than ' ~ '{:.0%}'.format(var('rejected_share_maximum'))
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
    {%- if 'customer_ltv' in built and 'campaign_funnel' in built and not failed -%}
        {%- do show_results() -%}
    {%- endif -%}
{% endmacro %}

{#- Prints what int_data_warnings holds, the first subjects of each kind. -#}
{% macro show_data_warnings(data_warnings) %}
    {%- set shown = 5 -%}
    {%- set found = run_query('select * from ' ~ data_warnings ~ ' order by warning, row_count desc, subject').rows -%}
    {%- for warning, rows in found | groupby('warning') -%}
        {%- do print('\nDATA WARNING ' ~ warning ~ '\n  ' ~ (rows[0]['advice'] | wordwrap(78, wrapstring='\n  '))) -%}
        {%- for row in rows[:shown] -%}
            {%- do print('  {:>6} x {:.69}'.format(row['row_count'], row['subject'])) -%}
        {%- endfor -%}
        {%- if rows | length > shown -%}
            {%- do print('  and ' ~ (rows | length - shown) ~ ' more in ' ~ data_warnings.schema ~ '.int_data_warnings') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- Prints the keys whose newest load contradicts itself, those with the most money first. -#}
{% macro show_conflicts(conflicts) %}
    {%- set shown = 5 -%}
    {%- do print('\nROWS OF ONE LOAD CONTRADICT EACH OTHER, so nothing was published') -%}
    {%- for row in run_query('select * from ' ~ conflicts ~ ' order by amount desc nulls last, row_count desc, record_key limit ' ~ shown).rows -%}
        {%- do print('  {:>6} x {:.60}  {:,.2f}  {}'.format(row['row_count'], row['source_table'] ~ ' ' ~ row['record_key'], row['amount'] or 0, row['rejection_reasons'])) -%}
    {%- endfor -%}
    {%- do print(
        ('More than ' ~ '{:.1%}'.format(var('conflicting_share_maximum')) ~ ' of a table is affected. The likely cause: the key is not what the contract'
        ~ ' means by it, such as line items instead of orders, or a finer table without ad_id. All keys: select * from ' ~ conflicts) | wordwrap(80)
    ) -%}
{% endmacro %}
