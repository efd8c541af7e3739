{#-
    Prints what the raw tables hold: `make check-data`, which first builds what the data warnings need. For each table
    it prints the rows, the dates, the columns of the contract that are there or missing, the share that would be
    rejected and why, with five rows of each reason, and what came twice. Then it prints platforms and channels with
    their tags.
-#}
{% macro check_data() %}
    {%- set unread = [] -%}
    {%- for table_name, moment in {'sessions': 'started_at', 'conversions': 'converted_at', 'campaign_metrics': 'metric_date'}.items() -%}
        {%- set typed = load_relation(ref('base_marketing__' ~ table_name)) -%}
        {%- set reviewed = load_relation(ref('base_marketing__reviewed_' ~ table_name)) -%}
        {%- set found = adapter.dispatch('columns_of', 'customer_insights')(source('marketing', table_name)).keys() | list -%}
        {%- if typed and reviewed and not lacking_columns(table_name, found) -%}
            {%- do show_raw_table(table_name, moment, found, typed, reviewed) -%}
            {%- do show_duplicates(table_name, reviewed) -%}
        {%- else -%}
            {%- do unread.append(table_name) -%}
            {%- do print('\n' ~ table_name | upper ~ ': not read. See above, or run `make check-data`.') -%}
        {%- endif -%}
    {%- endfor -%}
    {#- Otherwise it would show platforms and channels of an earlier build. -#}
    {%- if not unread -%}{%- do show_platforms_and_channels() -%}{%- endif -%}
{% endmacro %}

{#- Prints what a raw table holds, and which of its rows would be rejected. -#}
{% macro show_raw_table(table_name, moment, found, typed, reviewed) %}
    {%- set contract = contract_columns(table_name).keys() | list -%}
    {%- set total = run_query(
        'select count(*) as row_count, min(' ~ moment ~ ') as earliest, max(' ~ moment ~ ') as latest, max(loaded_at) as loaded'
        ~ ', (select count(rejection_reasons) from ' ~ reviewed ~ ') as rejected from ' ~ typed
    ).rows[0] -%}
    {%- do print('\n' ~ table_name | upper ~ ': ' ~ readable_number(total['row_count']) ~ ' rows') -%}
    {%- do print('  ' ~ moment ~ ' not known: no row has one') if total['earliest'] is none else print('  ' ~ moment ~ ' from ' ~ total['earliest'] ~ ' to ' ~ total['latest'] ~ '; last loaded ' ~ (total['loaded'] or 'unknown')) -%}
    {%- do print('  columns found:   ' ~ (contract | select('in', found) | join(', ') | wordwrap(60, wrapstring='\n                   '))) -%}
    {%- do print('  columns missing: ' ~ (contract | reject('in', found) | join(', ') or 'none')) -%}
    {%- for column in missing_columns(table_name) -%}
        {%- do print('    ' ~ column.name ~ ': ' ~ column.consequence ~ ('. May it be ' ~ column.possible ~ '?' if column.possible)) -%}
    {%- endfor -%}
    {%- do print('  not used:        ' ~ (found | reject('in', contract) | join(', ') or 'none')) -%}
    {%- set share = total['rejected'] / ([total['row_count'], 1] | max) -%}
    {%- do print('  would be rejected: ' ~ readable_number(total['rejected']) ~ ' rows, ' ~ readable_number(share * 100, 2) ~ '%'
        ~ (', more than the ' ~ readable_number(var('rejected_share_maximum') * 100) ~ '% that var rejected_share_maximum allows' if share > var('rejected_share_maximum'))) -%}
    {%- for reason in run_query(
        'select rejection_reasons, count(*) as row_count from ' ~ reviewed
        ~ ' where rejection_reasons is not null group by rejection_reasons order by row_count desc, rejection_reasons'
    ).rows -%}
        {%- do print('    ' ~ reason['rejection_reasons'] ~ ': ' ~ readable_number(reason['row_count'])) -%}
        {%- for row in run_query(
            "select raw_record from " ~ reviewed ~ " where rejection_reasons = '" ~ reason['rejection_reasons'] ~ "' order by raw_record limit 5"
        ).rows -%}
            {%- do print('      ' ~ row['raw_record'] | truncate(300)) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{#-
    Prints how many rows of a raw table have the same key as a newer or equal row, and the keys whose rows contradict
    each other.
-#}
{% macro show_duplicates(table_name, reviewed) %}
    {%- set key = {'sessions': 'session_id', 'conversions': 'conversion_id', 'campaign_metrics': metrics_key()}[table_name] -%}
    {%- set values = contract_columns(table_name).keys() | reject('equalto', 'loaded_at') | join(', ') -%}
    {%- set repeated = run_query(
        "select count(case when record_status = 'superseded' then 1 end) as row_count, count(*) - (select count(*) from (select distinct " ~ values ~ ' from '
        ~ reviewed ~ ' where rejection_reasons is null) as versions) as copies from ' ~ reviewed ~ ' where rejection_reasons is null'
    ).rows[0] -%}
    {%- do print(
        '  delivered again: ' ~ (readable_number(repeated['row_count']) ~ ' rows, ' ~ readable_number(repeated['copies'])
        ~ ' of them with nothing new but loaded_at. The newest row of a key counts.' if repeated['row_count'] else 'none')
    ) -%}
    {%- set conflicts = run_query(
        'select ' ~ key ~ ' as record_key, count(*) as row_count, count(*) over () as key_count from ' ~ reviewed
        ~ " where rejection_reasons in ('conflicting_rows_in_one_load', 'two_levels_of_one_campaign') group by " ~ key ~ ' order by row_count desc, record_key limit 3'
    ).rows -%}
    {%- do print('  contradictions:  ' ~ (readable_number(conflicts[0]['key_count']) ~ ' keys, such as ' ~ (conflicts | map(attribute='record_key') | join(', ')) if conflicts else 'none')) -%}
{% endmacro %}

{#-
    Prints which platforms and tags are in which channel, by spend and sessions. It leaves out what has not been built.
-#}
{% macro show_platforms_and_channels() %}
    {%- set shown = 15 -%}
    {%- set metrics, campaigns = load_relation(ref('stg_marketing__campaign_metrics')), load_relation(ref('int_platform_campaigns')) -%}
    {%- set tags, days = load_relation(ref('int_session_tags')), load_relation(ref('int_session_days')) -%}
    {%- if metrics and campaigns -%}
        {%- do print('\nPLATFORMS and the channel of their campaigns') -%}
        {%- for row in run_query(
            'select campaigns.platform, campaigns.channel, count(distinct campaigns.campaign_id) as campaign_count, count(*) as row_count from '
            ~ campaigns ~ ' as campaigns inner join ' ~ metrics ~ ' as metrics on campaigns.campaign_id = metrics.campaign_id'
            ~ ' group by campaigns.platform, campaigns.channel order by row_count desc, campaigns.platform limit ' ~ shown
        ).rows -%}
            {%- do print('  ' ~ table_line(
                [row['platform'], row['channel'], readable_number(row['campaign_count']) ~ ' campaigns, ' ~ readable_number(row['row_count']) ~ ' rows'],
                [24, 20, 34]
            )) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if tags and days -%}
        {%- set counted = 'select session_tags.channel, session_tags.utm_source, session_tags.utm_medium, sum(session_days.sessions) as session_count from '
            ~ days ~ ' as session_days inner join ' ~ tags ~ ' as session_tags on ' ~ has_tags('session_days', 'tagged_campaign_id')
            ~ ' group by session_tags.channel, session_tags.utm_source, session_tags.utm_medium' -%}
        {%- do print('\nCHANNELS by sessions') -%}
        {%- for row in run_query(
            'select channel, sum(session_count) as session_count from (' ~ counted ~ ') as counted_tags group by channel order by session_count desc, channel'
        ).rows -%}
            {%- do print('  ' ~ table_line([row['channel'], readable_number(row['session_count'])], [24, -12])) -%}
        {%- endfor -%}
        {%- set others = run_query(
            'select * from (' ~ counted ~ ") as counted_tags where channel = 'Other' order by session_count desc, utm_source, utm_medium limit " ~ shown
        ).rows -%}
        {%- if others -%}{%- do print('\nTAGS in channel Other, by sessions') -%}{%- endif -%}
        {%- for row in others -%}
            {%- do print('  ' ~ table_line(
                [(row['utm_source'] or '(none)') ~ ' / ' ~ (row['utm_medium'] or '(none)'), readable_number(row['session_count'])], [46, -12]
            )) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if load_relation(ref('int_data_warnings')) -%}{%- do show_data_warnings() -%}{%- endif -%}
{% endmacro %}
