with

conversions as (

    select * from {{ ref('stg_marketing__conversions') }}

),

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

conversions_without_rate as (

    select
        'conversions' as source_table,
        conversions.conversion_id as record_key,
        conversions.currency,
        {{ business_date('conversions.converted_at') }} as rate_date,
        conversions.revenue as amount
    from conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}
    where
        conversions.conversion_type in ('purchase', 'refund')
        and conversions.revenue <> 0
        and exchange_rates.rate is null

),

metrics_without_rate as (

    select
        'campaign_metrics' as source_table,
        {{ metrics_key() }} as record_key,
        campaign_metrics.currency,
        campaign_metrics.metric_date as rate_date,
        campaign_metrics.spend as amount
    from campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    where campaign_metrics.spend <> 0 and exchange_rates.rate is null

)

select * from conversions_without_rate
union all
select * from metrics_without_rate
