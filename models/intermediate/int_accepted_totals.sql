{#- Source table, bucket, the rows that are counted, and their condition. -#}
{%- set buckets = [
    ('sessions', 'accepted', 'sessions', 'true'),
    ('conversions', 'accepted', 'conversions', 'true'),
    ('conversions', 'other_types', 'conversions', "conversion_type not in ('purchase', 'refund')"),
    ('conversions', 'unconverted', 'unconverted_records', "source_table = 'conversions'"),
    ('campaign_metrics', 'accepted', 'campaign_metrics', 'true'),
    ('campaign_metrics', 'unconverted', 'unconverted_records', "source_table = 'campaign_metrics'"),
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
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('stg_marketing__conversions') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', business_date('accepted.converted_at')) }}

),

campaign_metrics as (

    select {{ converted_amount('accepted.spend') }} as amount
    from {{ ref('stg_marketing__campaign_metrics') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', 'accepted.metric_date') }}

),

unconverted_records as (

    select
        source_table,
        -- What has no rate has no amount in the reporting currency.
        cast(null as numeric(28, 6)) as amount
    from {{ ref('int_unconverted_records') }}

)

{{ count_buckets(buckets) }}
