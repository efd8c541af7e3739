with

buyers as (

    select * from {{ ref('int_buyers') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

-- All ids under which a buyer may have come. Buyers are few, so it is faster to look them up among
-- the sessions than to find the customer of every session. An id is in the list once: a user_id
-- and an anonymous_id that are equal differ in is_device.
buyer_ids as (

    select
        customer_id,
        customer_id as visitor_id,
        false as is_device
    from buyers

    union all

    select
        user_id as customer_id,
        anonymous_id as visitor_id,
        true as is_device
    from anonymous_owners

    union all

    -- A device on which nobody ever logged in is a customer of its own: `anon:` and its id.
    select
        buyers.customer_id,
        substr(buyers.customer_id, 6) as visitor_id,
        true as is_device
    from buyers
    left join anonymous_owners on substr(buyers.customer_id, 6) = anonymous_owners.anonymous_id
    where buyers.customer_id like 'anon:%' and anonymous_owners.anonymous_id is null

),

sessions_of_buyers as (

    select
        sessions.*,
        buyers.customer_id,
        buyers.first_purchase_at
    from sessions
    inner join buyer_ids
        on
            -- One id per session, its user before its device, so no session is doubled.
            coalesce(sessions.user_id, sessions.anonymous_id) = buyer_ids.visitor_id
            and (sessions.user_id is null) = buyer_ids.is_device
    inner join buyers on buyer_ids.customer_id = buyers.customer_id
    where
        sessions.started_at <= buyers.first_purchase_at
        or sessions.started_at between buyers.credit_from and buyers.credit_until

)

select
    sessions_of_buyers.customer_id,
    sessions_of_buyers.session_id,
    sessions_of_buyers.started_at,
    session_tags.tags_id,
    session_tags.channel,
    session_tags.campaign_id
from sessions_of_buyers
inner join session_tags on {{ has_tags('sessions_of_buyers') }}
-- A Direct session may have acquired a customer, but it never gets the credit for a later purchase.
where
    sessions_of_buyers.started_at <= sessions_of_buyers.first_purchase_at
    or session_tags.channel <> 'Direct'
