{#-
    Source table, bucket, the CTE whose rows are counted, and their condition. Each bucket is
    counted on its own: a difference of other buckets would hide lost rows.
-#}
{%- set buckets = [
    ('sessions', 'raw', 'raw_sessions', 'true'),
    ('sessions', 'accepted', 'accepted_sessions', 'true'),
    ('sessions', 'superseded', 'reviewed_sessions', "record_status = 'superseded'"),
    ('sessions', 'rejected', 'reviewed_sessions', "record_status = 'rejected'"),
    ('conversions', 'raw', 'raw_conversions', 'true'),
    ('conversions', 'accepted', 'accepted_conversions', 'true'),
    ('conversions', 'superseded', 'reviewed_conversions', "record_status = 'superseded'"),
    ('conversions', 'rejected', 'reviewed_conversions', "record_status = 'rejected'"),
    (
        'conversions', 'other_types', 'accepted_conversions',
        "conversion_type not in ('purchase', 'refund')"
    ),
    ('conversions', 'unconverted', 'unconverted_records', "source_table = 'conversions'"),
    (
        'conversions', 'in_customer_ltv', 'customer_conversions',
        'customer_id is not null and is_of_buyer'
    ),
    ('conversions', 'without_customer', 'customer_conversions', 'customer_id is null'),
    (
        'conversions', 'refunds_of_non_buyers', 'customer_conversions',
        'customer_id is not null and not is_of_buyer'
    ),
    ('conversions', 'in_campaign_funnel', 'credited_conversions', 'campaign_id is not null'),
    ('conversions', 'unattributed', 'credited_conversions', 'campaign_id is null'),
    ('campaign_metrics', 'raw', 'raw_campaign_metrics', 'true'),
    ('campaign_metrics', 'accepted', 'accepted_campaign_metrics', 'true'),
    ('campaign_metrics', 'superseded', 'raw_campaign_metrics', "record_status = 'superseded'"),
    ('campaign_metrics', 'rejected', 'raw_campaign_metrics', "record_status = 'rejected'"),
    ('campaign_metrics', 'unconverted', 'unconverted_records', "source_table = 'campaign_metrics'"),
] -%}

with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

raw_sessions as (

    select
        1 as row_count,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('base_marketing__sessions') }}

),

reviewed_sessions as (

    select
        record_status,
        1 as row_count,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('base_marketing__reviewed_sessions') }}

),

-- int_session_days counts every accepted session once. Its sum saves another scan of all sessions.
accepted_sessions as (

    select
        sessions as row_count,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('int_session_days') }}

),

raw_conversions as (

    select
        1 as row_count,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('base_marketing__conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

),

reviewed_conversions as (

    select
        conversions.record_status,
        1 as row_count,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

),

accepted_conversions as (

    select
        conversions.conversion_type,
        1 as row_count,
        {{ converted_amount(signed_revenue()) }} as amount
    from {{ ref('stg_marketing__conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

),

customer_conversions as (

    select
        conversions.customer_id,
        buyers.customer_id is not null as is_of_buyer,
        1 as row_count,
        conversions.net_revenue as amount
    from {{ ref('int_conversions') }} as conversions
    left join {{ ref('int_buyers') }} as buyers on conversions.customer_id = buyers.customer_id

),

credited_conversions as (

    select
        campaign_id,
        1 as row_count,
        net_revenue as amount
    from {{ ref('int_conversion_credits') }}

),

raw_campaign_metrics as (

    select
        campaign_metrics.record_status,
        1 as row_count,
        {{ converted_amount('campaign_metrics.spend') }} as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

accepted_campaign_metrics as (

    select
        1 as row_count,
        {{ converted_amount('campaign_metrics.spend') }} as amount
    from {{ ref('stg_marketing__campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

unconverted_records as (

    select
        source_table,
        1 as row_count,
        -- Without a rate there is no amount in the reporting currency.
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('int_unconverted_records') }}

)

{% for source_table, bucket, counted_rows, condition in buckets -%}
    select
        '{{ source_table }}' as source_table,
        '{{ bucket }}' as bucket,
        cast(coalesce(sum(row_count), 0) as bigint) as row_count,
        cast(sum(amount) as {{ type_decimal(28, 6) }}) as amount
    from {{ counted_rows }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
{% endfor %}
