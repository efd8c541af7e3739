-- Invariant: contradictions in the newest loads concern at most var conflicting_share_maximum of a
-- table's rows and of its money.
-- Guards against: a key that is not unique in the way the contract says, such as an order number of
-- two shops, or metrics per ad without ad_id. The test reads the reviewed rows, so that it stops
-- the build before the marts. It stores the keys, so that they can be looked at.
{{ config(store_failures=true) }}

with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

raw_totals as (

    select
        'conversions' as source_table,
        count(*) as row_count,
        sum(abs({{ converted_amount(signed_revenue()) }})) as amount
    from {{ ref('base_marketing__conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

    union all

    select
        'campaign_metrics' as source_table,
        count(*) as row_count,
        sum(abs({{ converted_amount('campaign_metrics.spend') }})) as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

reviewed_rows as (

    select
        'conversions' as source_table,
        conversions.conversion_id as record_key,
        conversions.loaded_at,
        conversions.rejection_reasons,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

    union all

    select
        'campaign_metrics' as source_table,
        {{ metrics_key() }} as record_key,
        campaign_metrics.loaded_at,
        campaign_metrics.rejection_reasons,
        {{ converted_amount('campaign_metrics.spend') }} as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

-- A row that is broken by itself does not count as a load of its key.
ranked_rows as (

    select
        *,
        rank() over (
            partition by source_table, record_key order by loaded_at desc nulls last
        ) as load_rank
    from reviewed_rows
    where
        rejection_reasons is null
        or rejection_reasons like '%conflicting_rows_in_one_load%'
        or rejection_reasons like '%two_levels_of_one_campaign%'

),

conflicting_keys as (

    select
        source_table,
        record_key,
        rejection_reasons,
        count(*) as row_count,
        sum(abs(amount)) as amount
    from ranked_rows
    where load_rank = 1 and rejection_reasons is not null
    group by source_table, record_key, rejection_reasons

),

conflicting_totals as (

    select
        source_table,
        sum(row_count) as row_count,
        sum(amount) as amount
    from conflicting_keys
    group by source_table

)

select conflicting_keys.*
from conflicting_keys
inner join conflicting_totals on conflicting_keys.source_table = conflicting_totals.source_table
inner join raw_totals on conflicting_keys.source_table = raw_totals.source_table
where
    conflicting_totals.row_count > raw_totals.row_count * {{ var('conflicting_share_maximum') }}
    or conflicting_totals.amount > raw_totals.amount * {{ var('conflicting_share_maximum') }}
