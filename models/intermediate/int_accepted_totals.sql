{#- Source table, bucket, the rows that are counted, and their condition. -#}
{%- set buckets = [
    ('sessions', 'accepted', 'sessions', 'true'),
    ('conversions', 'accepted', 'conversions', 'true'),
    ('conversions', 'other_types', 'conversions', "conversion_type not in ('purchase', 'refund')"),
    ('conversions', 'unconverted', 'conversions', "conversion_type in ('purchase', 'refund') and not has_rate"),
    ('campaign_metrics', 'accepted', 'campaign_metrics', 'true'),
    ('campaign_metrics', 'unconverted', 'campaign_metrics', 'spend is not null and not has_rate'),
] -%}

with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

sessions as (

    select cast(null as numeric(28, 6)) as amount from {{ ref('stg_marketing__sessions') }}

),

conversions as (

    select
        accepted.conversion_type,
        exchange_rates.rate is not null as has_rate,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('stg_marketing__conversions') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', business_date('accepted.converted_at')) }}

),

campaign_metrics as (

    select
        accepted.spend,
        exchange_rates.rate is not null as has_rate,
        {{ converted_amount('accepted.spend') }} as amount
    from {{ ref('stg_marketing__campaign_metrics') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', 'accepted.metric_date') }}

)

{{ count_buckets(buckets) }}
