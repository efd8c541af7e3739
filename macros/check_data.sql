{#-
    Answers a newcomer's first question: what does the project see in my raw tables? It reads what
    `make check-data` builds first.
-#}
{% macro check_data() %}
    {% set unread = [] %}
    {% for table_name in ['sessions', 'conversions', 'campaign_metrics'] %}
        {% set typed = load_relation(ref('base_marketing__' ~ table_name)) %}
        {% set reviewed = load_relation(ref('base_marketing__reviewed_' ~ table_name)) %}
        {% set found = columns_of(source('marketing', table_name)).keys() | list %}
        {% if typed and reviewed and not lacking_columns(table_name, found) %}
            {% do show_raw_table(table_name, found, typed, reviewed) %}
            {% do show_duplicates(table_name, reviewed) %}
        {% else %}
            {% do unread.append(table_name) %}
            {% set advice = ': not read. See above, or run `make check-data`.' %}
            {% do print('\n' ~ table_name | upper ~ advice) %}
        {% endif %}
    {% endfor %}
    {#- Otherwise it would show platforms and channels of an earlier build. -#}
    {% if not unread and load_relation(ref('int_data_warnings')) %}
        {% do show_platforms() %}
        {% do show_channels() %}
        {% do show_data_warnings() %}
    {% endif %}
{% endmacro %}

{#- Prints what a raw table holds, and examples of the rows that would be rejected. -#}
{% macro show_raw_table(table_name, found, typed, reviewed) %}
    {% set moments = {'sessions': 'started_at', 'conversions': 'converted_at'} %}
    {% set moment = moments.get(table_name, 'metric_date') %}
    {% set query %}
        select
            count(*) as row_count, max(loaded_at) as loaded,
            min({{ moment }}) as earliest, max({{ moment }}) as latest,
            (select count(rejection_reasons) from {{ reviewed }}) as rejected
        from {{ typed }}
    {% endset %}
    {% set total = rows_of(query)[0] %}
    {% set contract = contract_columns(table_name) | list %}
    {% set known = contract | select('in', found) | join(', ') | wordwrap(60) | indent(19) %}
    {% set share = total.rejected / (total.row_count or 1) %}
    {% set maximum = var('rejected_share_maximum') %}
    {% set loaded = total.loaded or 'unknown' %}
    {% set text %}
{{ table_name | upper }}: {{ readable(total.row_count) }} rows
    {%- if total.earliest is none %}
  {{ moment }} not known: no row has one
    {%- else %}
  {{ moment }} from {{ total.earliest }} to {{ total.latest }}; last loaded {{ loaded }}
    {%- endif %}
  columns found:   {{ known }}
  columns missing: {{ contract | reject('in', found) | join(', ') or 'none' }}
    {%- for column in missing_columns(table_name) %}
    {{ column.name }}: {{ column.consequence }}
        {{- '. May it be ' ~ column.possible ~ '?' if column.possible }}
    {%- endfor %}
  not used:        {{ found | reject('in', contract) | join(', ') or 'none' }}
  would be rejected: {{ readable(total.rejected) }} rows, {{ readable(share * 100, 2) }}%
    {%- if share > maximum -%}
        , more than the {{ readable(maximum * 100) }}% that var rejected_share_maximum allows
    {%- endif %}
    {%- endset %}
    {% do print(text) %}
    {% for reason in counted_reasons(reviewed) %}
        {% do print('    ' ~ reason.rejection_reasons ~ ': ' ~ readable(reason.row_count)) %}
        {% set examples %}
            select raw_record from {{ reviewed }}
            where rejection_reasons = {{ text_literal(reason.rejection_reasons) }}
            order by raw_record limit 5
        {% endset %}
        {% for row in rows_of(examples) %}
            {% do print('      ' ~ row.raw_record | truncate(300)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{#- Prints how often rows were delivered again, and the keys whose rows contradict each other. -#}
{% macro show_duplicates(table_name, reviewed) %}
    {% set keys = {'sessions': 'session_id', 'conversions': 'conversion_id'} %}
    {% set key = keys.get(table_name, metrics_key()) %}
    {% set values = contract_columns(table_name) | reject('equalto', 'loaded_at') | join(', ') %}
    {% set query %}
        with valid as (select * from {{ reviewed }} where rejection_reasons is null),

        versions as (select distinct {{ values }} from valid)

        select
            count(case when record_status = 'superseded' then 1 end) as row_count,
            count(*) - (select count(*) from versions) as copies
        from valid
    {% endset %}
    {% set again = rows_of(query)[0] %}
    {% set counted = readable(again.row_count) ~ ' rows, ' ~ readable(again.copies) %}
    {% set advice = ' of them with nothing new but loaded_at. The newest row of a key counts.' %}
    {% do print('  delivered again: ' ~ (counted ~ advice if again.row_count else 'none')) %}
    {% set query %}
        select {{ key }} as record_key, count(*) as row_count, count(*) over () as key_count
        from {{ reviewed }}
        where rejection_reasons in ('conflicting_rows_in_one_load', 'two_levels_of_one_campaign')
        group by {{ key }}
        order by row_count desc, record_key limit 3
    {% endset %}
    {% set conflicts = rows_of(query) %}
    {% set such = conflicts | map(attribute='record_key') | join(', ') %}
    {% set counted = readable(conflicts[0].key_count) ~ ' keys, such as ' ~ such if conflicts %}
    {% do print('  contradictions:  ' ~ (counted or 'none')) %}
{% endmacro %}

{#- Prints the channel of each platform's campaigns, because spend and customers must share one. -#}
{% macro show_platforms() %}
    {% set query %}
        select
            campaigns.platform, campaigns.channel,
            count(distinct campaigns.campaign_id) as campaign_count, count(*) as row_count
        from {{ ref('int_platform_campaigns') }} as campaigns
        inner join {{ ref('stg_marketing__campaign_metrics') }} as metrics
            on campaigns.campaign_id = metrics.campaign_id
        group by campaigns.platform, campaigns.channel
        order by row_count desc, campaigns.platform limit 15
    {% endset %}
    {% do print('\nPLATFORMS and the channel of their campaigns') %}
    {% for row in rows_of(query) %}
        {% set campaign_count = readable(row.campaign_count) ~ ' campaigns, ' %}
        {% set counted = campaign_count ~ readable(row.row_count) ~ ' rows' %}
        {% do print('  ' ~ table_line([row.platform, row.channel, counted], [24, 20, 34])) %}
    {% endfor %}
{% endmacro %}

{#- Prints the sessions of each channel, and the tags for which no rule has been written yet. -#}
{% macro show_channels() %}
    {% set counted_tags %}
        with counted_tags as (
            select
                session_tags.channel, session_tags.utm_source, session_tags.utm_medium,
                sum(session_days.sessions) as session_count
            from {{ ref('int_session_days') }} as session_days
            inner join {{ ref('int_session_tags') }} as session_tags
                on {{ has_tags('session_days', 'tagged_campaign_id') }}
            group by session_tags.channel, session_tags.utm_source, session_tags.utm_medium
        )
    {% endset %}
    {% set channels %}
        {{ counted_tags }}
        select channel, sum(session_count) as session_count from counted_tags
        group by channel
        order by session_count desc, channel
    {% endset %}
    {% set other_tags %}
        {{ counted_tags }}
        select * from counted_tags
        where channel = 'Other'
        order by session_count desc, utm_source, utm_medium limit 15
    {% endset %}
    {% do print('\nCHANNELS by sessions') %}
    {% for row in rows_of(channels) %}
        {% do print('  ' ~ table_line([row.channel, readable(row.session_count)], [24, -12])) %}
    {% endfor %}
    {% for row in rows_of(other_tags) %}
        {% do print('\nTAGS in channel Other, by sessions') if loop.first %}
        {% set tag = (row.utm_source or '(none)') ~ ' / ' ~ (row.utm_medium or '(none)') %}
        {% do print('  ' ~ table_line([tag, readable(row.session_count)], [46, -12])) %}
    {% endfor %}
{% endmacro %}
