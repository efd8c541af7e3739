with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

customers as (

    select
        customer_id,
        max(converted_at) as last_purchase_at
    from {{ ref('int_conversions') }}
    where conversion_type = 'purchase' and customer_id is not null
    group by customer_id

),

found as (

    select
        sessions.*,
        customers.customer_id
    from sessions
    left join anonymous_owners on sessions.user_id is null and sessions.anonymous_id = anonymous_owners.anonymous_id
    inner join customers
        on
            {{ session_customer() }} = customers.customer_id
            and sessions.started_at <= customers.last_purchase_at

)

select
    found.session_id,
    found.customer_id,
    found.started_at,
    found.utm_source,
    found.utm_medium,
    session_tags.channel,
    session_tags.campaign_id
from found
inner join session_tags on {{ is_tagged('found') }}
