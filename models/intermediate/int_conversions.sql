with

conversions as (

    select
        *,
        {{ business_date('converted_at') }} as conversion_date
    from {{ ref('stg_marketing__conversions') }}
    where conversion_type in ('purchase', 'refund')

),

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

converted as (

    select
        conversions.*,
        {{ converted_amount('abs(conversions.revenue)') }} as amount
    from conversions
    inner join exchange_rates on {{ rate_applies('conversions.currency', 'conversions.conversion_date') }}

)

select
    converted.conversion_id,
    converted.conversion_type,
    coalesce(converted.user_id, {{ session_customer() }}) as customer_id,
    converted.session_id,
    converted.converted_at,
    converted.conversion_date,
    cast(case when converted.conversion_type = 'purchase' then converted.amount else 0 end as numeric(28, 6)) as gross_revenue,
    cast(case when converted.conversion_type = 'refund' then converted.amount else 0 end as numeric(28, 6)) as refunded_revenue,
    cast(
        case when converted.conversion_type = 'purchase' then converted.amount else -converted.amount end as numeric(28, 6)
    ) as net_revenue,
    sessions.started_at as session_started_at,
    sessions.utm_source as session_source,
    sessions.utm_medium as session_medium,
    session_tags.channel as session_channel,
    session_tags.campaign_id as session_campaign_id
from converted
left join sessions on converted.session_id = sessions.session_id
left join anonymous_owners on sessions.anonymous_id = anonymous_owners.anonymous_id
left join session_tags on sessions.session_id is not null and {{ is_tagged('sessions') }}
