with

conversions as (

    select
        *,
        {{ business_date('converted_at') }} as conversion_date
    from {{ ref('stg_marketing__conversions') }}
    where conversion_type in ('purchase', 'refund')

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

conversion_sessions as (

    select * from {{ ref('int_conversion_sessions') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

converted_conversions as (

    select
        conversions.*,
        {{ converted_amount("abs(conversions.revenue)") }} as amount
    from conversions
    -- The periods of a currency's rates do not overlap, so no conversion is doubled.
    left join exchange_rates
        on {{ rate_applies('conversions.currency', 'conversions.conversion_date') }}

)

select
    converted_conversions.conversion_id,
    converted_conversions.conversion_type,
    coalesce(
        converted_conversions.user_id,
        conversion_sessions.user_id,
        anonymous_owners.user_id,
        'anon:' || conversion_sessions.anonymous_id
    ) as customer_id,
    converted_conversions.session_id,
    converted_conversions.converted_at,
    converted_conversions.conversion_date,
    cast(
        case
            when converted_conversions.conversion_type = 'purchase'
                then converted_conversions.amount
            else 0
        end as {{ type_decimal(28, 6) }}
    ) as gross_revenue,
    cast(
        case
            when converted_conversions.conversion_type = 'refund'
                then converted_conversions.amount
            else 0
        end as {{ type_decimal(28, 6) }}
    ) as refunded_revenue,
    cast(
        case
            when converted_conversions.conversion_type = 'purchase'
                then converted_conversions.amount
            else -converted_conversions.amount
        end as {{ type_decimal(28, 6) }}
    ) as net_revenue,
    conversion_sessions.started_at as session_started_at,
    conversion_sessions.tags_id as session_tags_id,
    session_tags.channel as session_channel
from converted_conversions
left join conversion_sessions on converted_conversions.session_id = conversion_sessions.session_id
left join anonymous_owners on conversion_sessions.anonymous_id = anonymous_owners.anonymous_id
left join session_tags on conversion_sessions.tags_id = session_tags.tags_id
-- An amount without a rate is in no mart. int_unconverted_records lists it.
where converted_conversions.amount is not null
