-- Invariant: at most var rejected_share_maximum of a raw table's rows is rejected, and at most as
-- much of its impressions, spend or revenue.
-- Guards against: a loader that changes its format overnight, such as thousands separators that
-- only the biggest days have, and marts that silently lose those rows. The test reads the reviewed
-- rows, so that it stops the build before the marts. `make check-data` shows the rows.
with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

raw_totals as (

    select
        'sessions' as source_table,
        count(*) as row_count,
        cast(null as {{ type_decimal(38, 0) }}) as impressions,
        cast(null as {{ type_decimal(38, 6) }}) as amount
    from {{ ref('base_marketing__sessions') }}

    union all

    select
        'conversions' as source_table,
        count(*) as row_count,
        cast(null as {{ type_decimal(38, 0) }}) as impressions,
        sum(abs({{ converted_amount(signed_revenue()) }})) as amount
    from {{ ref('base_marketing__conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

    union all

    select
        'campaign_metrics' as source_table,
        count(*) as row_count,
        sum(campaign_metrics.impressions) as impressions,
        sum(abs({{ converted_amount('campaign_metrics.spend') }})) as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

rejected_totals as (

    select
        'sessions' as source_table,
        count(*) as row_count,
        cast(null as {{ type_decimal(38, 0) }}) as impressions,
        cast(null as {{ type_decimal(38, 6) }}) as amount
    from {{ ref('base_marketing__reviewed_sessions') }}
    where record_status = 'rejected'

    union all

    select
        'conversions' as source_table,
        count(*) as row_count,
        cast(null as {{ type_decimal(38, 0) }}) as impressions,
        sum(abs({{ converted_amount(signed_revenue()) }})) as amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}
    where conversions.record_status = 'rejected'

    union all

    select
        'campaign_metrics' as source_table,
        count(*) as row_count,
        sum(campaign_metrics.impressions) as impressions,
        sum(abs({{ converted_amount('campaign_metrics.spend') }})) as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    where campaign_metrics.record_status = 'rejected'

)

select
    raw_totals.source_table,
    raw_totals.row_count as raw_rows,
    rejected_totals.row_count as rejected_rows,
    raw_totals.impressions as raw_impressions,
    rejected_totals.impressions as rejected_impressions,
    raw_totals.amount as raw_amount,
    rejected_totals.amount as rejected_amount
from raw_totals
inner join rejected_totals on raw_totals.source_table = rejected_totals.source_table
where
    rejected_totals.row_count > raw_totals.row_count * {{ var('rejected_share_maximum') }}
    or rejected_totals.impressions > raw_totals.impressions * {{ var('rejected_share_maximum') }}
    or rejected_totals.amount > raw_totals.amount * {{ var('rejected_share_maximum') }}
