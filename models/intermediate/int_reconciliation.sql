{#- Bucket by bucket: which rows it counts. Each one is counted on its own, and never as a difference of others. -#}
{%- set buckets = [
    ('sessions', 'raw', 'raw_sessions', 'true'),
    ('sessions', 'accepted', 'sessions', 'true'),
    ('sessions', 'superseded', 'raw_sessions', "record_status = 'superseded'"),
    ('sessions', 'rejected', 'raw_sessions', "record_status = 'rejected'"),
    ('conversions', 'raw', 'raw_conversions', 'true'),
    ('conversions', 'accepted', 'conversions', 'true'),
    ('conversions', 'superseded', 'raw_conversions', "record_status = 'superseded'"),
    ('conversions', 'rejected', 'raw_conversions', "record_status = 'rejected'"),
    ('conversions', 'other_types', 'conversions', "conversion_type not in ('purchase', 'refund')"),
    ('conversions', 'unconverted', 'conversions', "conversion_type in ('purchase', 'refund') and not has_rate"),
    ('conversions', 'in_customer_ltv', 'customer_conversions', 'customer_id is not null and is_of_buyer'),
    ('conversions', 'without_customer', 'customer_conversions', 'customer_id is null'),
    ('conversions', 'refunds_of_non_buyers', 'customer_conversions', 'customer_id is not null and not is_of_buyer'),
    ('conversions', 'in_campaign_funnel', 'campaign_conversions', 'campaign_id is not null'),
    ('conversions', 'unattributed', 'campaign_conversions', 'campaign_id is null'),
    ('campaign_metrics', 'raw', 'raw_campaign_metrics', 'true'),
    ('campaign_metrics', 'accepted', 'campaign_metrics', 'true'),
    ('campaign_metrics', 'superseded', 'raw_campaign_metrics', "record_status = 'superseded'"),
    ('campaign_metrics', 'rejected', 'raw_campaign_metrics', "record_status = 'rejected'"),
    ('campaign_metrics', 'unconverted', 'campaign_metrics', 'spend is not null and not has_rate'),
] -%}
{%- set signed_revenue = "case conversion_type when 'purchase' then revenue when 'refund' then -abs(revenue) end" -%}

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

sessions as (

    select cast(null as numeric(28, 6)) as amount from {{ ref('stg_marketing__sessions') }}

),

raw_conversions as (

    select
        raw_rows.record_status,
        {{ converted_amount(signed_revenue) }} as amount
    from {{ ref('base_marketing__conversions') }} as raw_rows
    left join exchange_rates on {{ rate_applies('raw_rows.currency', business_date('raw_rows.converted_at')) }}

),

conversions as (

    select
        accepted.conversion_type,
        exchange_rates.rate is not null as has_rate,
        {{ converted_amount(signed_revenue) }} as amount
    from {{ ref('stg_marketing__conversions') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', business_date('accepted.converted_at')) }}

),

customer_conversions as (

    select
        valued.customer_id,
        buyers.customer_id is not null as is_of_buyer,
        valued.net_revenue as amount
    from {{ ref('int_conversions') }} as valued
    left join {{ ref('int_customer_acquisitions') }} as buyers on valued.customer_id = buyers.customer_id

),

campaign_conversions as (

    select
        campaign_id,
        net_revenue as amount
    from {{ ref('int_conversion_campaigns') }}

),

raw_campaign_metrics as (

    select
        raw_rows.record_status,
        {{ converted_amount('raw_rows.spend') }} as amount
    from {{ ref('base_marketing__campaign_metrics') }} as raw_rows
    left join exchange_rates on {{ rate_applies('raw_rows.currency', 'raw_rows.metric_date') }}

),

campaign_metrics as (

    select
        accepted.spend,
        exchange_rates.rate is not null as has_rate,
        {{ converted_amount('accepted.spend') }} as amount
    from {{ ref('stg_marketing__campaign_metrics') }} as accepted
    left join exchange_rates on {{ rate_applies('accepted.currency', 'accepted.metric_date') }}

)

{% for source_table, bucket, counted, condition in buckets -%}
    select
        '{{ source_table }}' as source_table,
        '{{ bucket }}' as bucket,
        count(*) as row_count,
        cast(sum(amount) as numeric(28, 6)) as amount
    from {{ counted }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
{% endfor %}
