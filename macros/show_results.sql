{#- Ends a build with its answers, so that nobody has to write SQL to see them. -#}
{% macro show_results() %}
    {% for row in rows_of('select * from ' ~ ref('int_periods') ~ ' order by period') %}
        {% if row.period == 'all_time' %}
            {% set currency = var('reporting_currency') | upper %}
            {% set days = row.period_start ~ ' to ' ~ row.period_end %}
            {% do print('\nDATA from ' ~ days ~ ', amounts in ' ~ currency) %}
        {% elif row.period == 'last_30_days' %}
            {% set comparison = 'The last 30 days and the 30 before: campaign_funnel_periods' %}
            {% do print('Ad metrics until ' ~ row.period_end ~ '. ' ~ comparison) %}
        {% endif %}
    {% endfor %}
    {% do show_customers() %}
    {% do show_campaigns() %}
    {% set rejected_records = ref('int_rejected_records').schema ~ '.int_rejected_records' %}
    {% set next_steps %}
WHERE TO LOOK NEXT
  ask the marts in {{ published_schema() }}, five examples are in README.md:  make sql
  which raw rows were rejected, and why:  {{ rejected_records }}
  that table, and all that is not published, is in {{ database_in_words() }}
  how to act on it: README.md; what each figure is, and when not to trust it: docs/figures.md
    {%- endset %}
    {% do print(next_steps) %}
{% endmacro %}

{#- Prints what the customers of each channel brought and cost, 100 characters wide. -#}
{% macro show_customers() %}
    {% set paid_customers = 'sum(case when spend > 0 then customers end)' %}
    {% set paid_revenue = 'sum(case when spend > 0 then total_revenue end)' %}
    {% set query %}
        select
            acquisition_channel, sum(customers) as customers,
            {{ ratio('sum(repeat_customers)', 'sum(customers)') }} * 100 as repeat_percent,
            sum(high_tier_customers) as high, sum(medium_tier_customers) as medium,
            sum(low_tier_customers) as low, sum(spend) as spend,
            {{ ratio('sum(total_revenue)', 'sum(customers)') }} as average_ltv,
            {{ ratio('sum(spend)', paid_customers) }} as cost_each,
            {{ ratio(paid_revenue, 'sum(spend)') }} as ltv_to_cost
        from {{ ref('channel_cohorts') }}
        group by acquisition_channel
        order by average_ltv desc nulls last, {{ by_code_point('acquisition_channel') }}
    {% endset %}
    {% do print('\nCUSTOMERS by the channel that brought them in') %}
    {% set titles = ['channel', 'customers', 'repeat', 'high', 'medium', 'low', 'average LTV'] %}
    {% set widths = [18, -9, -7, -5, -7, -5, -11, -9, -9, -9] %}
    {% do print(table_line(titles + ['spend', 'cost each', 'LTV/cost'], widths)) %}
    {% for row in rows_of(query) %}
        {% do print(table_line([
            row.acquisition_channel, row.customers,
            readable(row.repeat_percent) ~ ('%' if row.repeat_percent is not none),
            row.high, row.medium, row.low, readable(row.average_ltv, 2),
            readable(row.spend), readable(row.cost_each, 2), readable(row.ltv_to_cost, 2),
        ], widths)) %}
    {% else %}
        {% do print('No customers: no purchase has both a known customer and an exchange rate.') %}
    {% endfor %}
    {% set high = readable(var('high_tier_minimum')) %}
    {% set medium = readable(var('medium_tier_minimum')) %}
    {% set legend -%}
repeat       customers who bought more than once
high         customers with an LTV from {{ high }} on; medium from {{ medium }} on
average LTV  what a customer brought so far: purchases less refunds
cost each    spend per customer who first bought in a month in which the channel has spend
LTV/cost     what those customers brought so far for each unit spent
    {%- endset %}
    {% do print(legend | indent(2, true)) %}
{% endmacro %}

{#- Prints the campaigns by efficiency, and where each loses people. -#}
{% macro show_campaigns() %}
    {% set query %}
        select *, count(*) over (partition by campaign_name) as name_count
        from {{ ref('campaign_funnel') }}
        order by
            efficiency_rank nulls last, impressions desc nulls last,
            {{ by_code_point('campaign_id') }}
    {% endset %}
    {% set campaigns = rows_of(query) %}
    {% set shown = campaigns[:20] %}
    {% do print('\nCAMPAIGNS by efficiency: from impressions to purchases') %}
    {% set titles = ['rank', 'campaign', 'spend', 'revenue', 'return', 'score'] %}
    {% set widths = [-4, 29, -8, -8, -6, -5, 34] %}
    {% do print(table_line(titles + ['weakest stage, evidence'], widths)) %}
    {% for row in shown %}
        {% set id = ' (' ~ row.campaign_id ~ ')' %}
        {% set short_name = row.campaign_name[:[29 - id | length, 5] | max] %}
        {% set is_untracked = row.tracking_status in ['no_sessions', 'no_metrics'] %}
        {% set evidence = row.tracking_status if is_untracked else row.evidence or '-' %}
        {% do print(table_line([
            row.efficiency_rank or '-',
            short_name ~ id if row.name_count > 1 else row.campaign_name,
            readable(row.spend), readable(row.revenue),
            readable(row.return_on_ad_spend, 2), readable(row.efficiency_score, 1),
            (row.weakest_stage ~ ', ' if row.weakest_stage) ~ evidence
            ~ (' *' if row.is_clicked_but_not_converting)
            ~ (' !' if row.tracking_status == 'sessions_exceed_clicks'),
        ], widths)) %}
    {% else %}
        {% do print('No campaigns: neither the platforms nor the sessions name one.') %}
    {% endfor %}
    {% set more = campaigns | length - shown | length %}
    {% do print('       and ' ~ more ~ ' more in campaign_funnel') if more %}
    {% set statuses = shown | map(attribute='tracking_status') | list %}
    {% set legend -%}
revenue        purchases less refunds credited to it; return: what came back for each unit spent
score          50: as good as all campaigns together, 75: three times; costs do not count
weakest stage  where the campaign loses more people than others of its channel
evidence       strong or likely: how sure that is; none: average; too little data: wait
-              nobody in its channel and group to compare it with
    {%- if 'no_sessions' in statuses %}
no_sessions    the platforms report it, the site never saw it: are its links tagged?
    {%- endif %}
    {%- if 'no_metrics' in statuses %}
no_metrics     the site saw it, the platforms do not know it
    {%- endif %}
    {%- if 'sessions_exceed_clicks' in statuses %}
!              more sessions than clicks: reused links, or missing metrics
    {%- endif %}
    {%- if shown | selectattr('is_clicked_but_not_converting') | list %}
*              clicked clearly more than others of its channel, bought from clearly less
    {%- endif %}
    {%- endset %}
    {% do print(legend | indent(2, true)) %}
{% endmacro %}
