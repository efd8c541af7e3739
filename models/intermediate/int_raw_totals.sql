{#- Source table, bucket, the rows that are counted, and their condition. -#}
{%- set buckets = [
    ('sessions', 'raw', 'raw_sessions', 'true'),
    ('sessions', 'superseded', 'raw_sessions', "record_status = 'superseded'"),
    ('sessions', 'rejected', 'raw_sessions', "record_status = 'rejected'"),
    ('conversions', 'raw', 'raw_conversions', 'true'),
    ('conversions', 'superseded', 'raw_conversions', "record_status = 'superseded'"),
    ('conversions', 'rejected', 'raw_conversions', "record_status = 'rejected'"),
    ('campaign_metrics', 'raw', 'raw_campaign_metrics', 'true'),
    ('campaign_metrics', 'superseded', 'raw_campaign_metrics', "record_status = 'superseded'"),
    ('campaign_metrics', 'rejected', 'raw_campaign_metrics', "record_status = 'rejected'"),
] -%}

with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

raw_sessions as (

    select
        record_status,
        cast(null as numeric(28, 6)) as amount
    from {{ ref('base_marketing__sessions') }}

),

raw_conversions as (

    select
        raw_rows.record_status,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('base_marketing__conversions') }} as raw_rows
    left join exchange_rates on {{ rate_applies('raw_rows.currency', business_date('raw_rows.converted_at')) }}

),

raw_campaign_metrics as (

    select
        raw_rows.record_status,
        {{ converted_amount('raw_rows.spend') }} as amount
    from {{ ref('base_marketing__campaign_metrics') }} as raw_rows
    left join exchange_rates on {{ rate_applies('raw_rows.currency', 'raw_rows.metric_date') }}

)

{{ count_buckets(buckets) }}
