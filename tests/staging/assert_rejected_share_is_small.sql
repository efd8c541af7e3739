-- Invariant: at most var rejected_share_maximum of a raw table's rows is rejected, and at most as
-- much of its impressions, spend or revenue.
-- Guards against: a loader that changes its format overnight, such as thousands separators that
-- only the biggest days have, and marts that silently lose those rows. Numbers with separators are
-- invalid, but here they count with what they probably mean. The test reads the reviewed rows, so
-- that it stops the build before the marts. `make check-data` shows the rows.
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
        cast(null as {{ type_decimal(38, 6) }}) as amount,
        0 as separated_impressions,
        0 as separated_amount
    from {{ ref('base_marketing__reviewed_sessions') }}
    where record_status = 'rejected'

    union all

    select
        'conversions' as source_table,
        count(*) as row_count,
        cast(null as {{ type_decimal(38, 0) }}) as impressions,
        sum(abs({{ converted_amount(signed_revenue()) }})) as amount,
        0 as separated_impressions,
        coalesce(
            sum(
                case
                    when conversions.conversion_type in ('purchase', 'refund')
                        then {{ converted_amount(number_with_separators(
                            'conversions.raw_record', 'revenue', 'conversions.revenue'
                        )) }}
                end
            ),
            0
        ) as separated_amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}
    where conversions.record_status = 'rejected'

    union all

    select
        'campaign_metrics' as source_table,
        count(*) as row_count,
        sum(campaign_metrics.impressions) as impressions,
        sum(abs({{ converted_amount('campaign_metrics.spend') }})) as amount,
        coalesce(
            sum({{ number_with_separators(
                'campaign_metrics.raw_record', 'impressions', 'campaign_metrics.impressions'
            ) }}),
            0
        ) as separated_impressions,
        coalesce(
            sum({{ converted_amount(number_with_separators(
                'campaign_metrics.raw_record', 'spend', 'campaign_metrics.spend'
            )) }}),
            0
        ) as separated_amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    where campaign_metrics.record_status = 'rejected'

),

shares as (

    select
        raw_totals.source_table,
        raw_totals.row_count as raw_rows,
        rejected_totals.row_count as rejected_rows,
        coalesce(raw_totals.impressions, 0) + rejected_totals.separated_impressions
            as raw_impressions,
        coalesce(rejected_totals.impressions, 0) + rejected_totals.separated_impressions
            as rejected_impressions,
        coalesce(raw_totals.amount, 0) + rejected_totals.separated_amount as raw_amount,
        coalesce(rejected_totals.amount, 0) + rejected_totals.separated_amount as rejected_amount
    from raw_totals
    inner join rejected_totals on raw_totals.source_table = rejected_totals.source_table

)

select *
from shares
where
    rejected_rows > raw_rows * {{ var('rejected_share_maximum') }}
    or rejected_impressions > raw_impressions * {{ var('rejected_share_maximum') }}
    or rejected_amount > raw_amount * {{ var('rejected_share_maximum') }}
