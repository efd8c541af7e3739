with

buyers as (

    select * from {{ ref('int_buyers') }}

),

buyer_sessions as (

    select * from {{ ref('int_buyer_sessions') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

-- The first touch is the customer's earliest session before the first purchase, Direct or not. One
-- row per candidate.
first_touch_candidates as (

    select
        customer_id,
        session_id,
        started_at,
        tags_id
    from buyer_sessions
    where is_before_first_purchase

    union all

    -- The session of the first purchase always counts.
    -- It may start after the purchase, because clocks differ: acquired_at can then be later than
    -- first_purchase_at.
    -- It may belong to another customer_id, because people log in at the checkout.
    -- It may be in both halves of this union, which does not change the earliest session.
    select
        buyers.customer_id,
        conversions.session_id,
        conversions.session_started_at as started_at,
        conversions.session_tags_id as tags_id
    from buyers
    inner join conversions on buyers.first_conversion_id = conversions.conversion_id
    where conversions.session_started_at is not null

),

first_sessions as (

    select
        customer_id,
        min(started_at) as acquired_at,
        -- Of sessions that started at the same time, the one with the lowest session_id counts.
        {{ value_of_earliest(
            'tags_id',
            ['started_at', by_code_point('session_id')],
            'bigint'
        ) }} as tags_id
    from first_touch_candidates
    group by customer_id

)

select
    buyers.customer_id,
    buyers.first_purchase_at,
    buyers.first_conversion_id,
    -- Unknown: there is no candidate session.
    coalesce(session_tags.channel, 'Unknown') as acquisition_channel,
    session_tags.utm_source as acquisition_source,
    session_tags.utm_medium as acquisition_medium,
    session_tags.campaign_id as acquisition_campaign_id,
    first_sessions.acquired_at
from buyers
left join first_sessions on buyers.customer_id = first_sessions.customer_id
left join session_tags on first_sessions.tags_id = session_tags.tags_id
