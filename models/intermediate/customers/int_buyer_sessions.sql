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

-- All ids under which a buyer may have come. Most visitors never buy. So it is faster to look for
-- the buyers' ids among the sessions than to find the customer of every session. Each pair of
-- visitor_id and is_device is in the list once.
buyer_ids as (

    select
        customer_id,
        customer_id as visitor_id,
        false as is_device,
        first_purchase_at,
        credit_from,
        credit_until
    from buyers

    union all

    select
        buyers.customer_id,
        anonymous_owners.anonymous_id as visitor_id,
        true as is_device,
        buyers.first_purchase_at,
        buyers.credit_from,
        buyers.credit_until
    from buyers
    inner join anonymous_owners on buyers.customer_id = anonymous_owners.user_id

    union all

    -- A device on which nobody ever logged in is a customer of its own: `anon:` and its id, which
    -- begins at the 6th character. If the device has an owner, the customer_id is somebody's
    -- user_id that only looks like it.
    select
        buyers.customer_id,
        substr(buyers.customer_id, 6) as visitor_id,
        true as is_device,
        buyers.first_purchase_at,
        buyers.credit_from,
        buyers.credit_until
    from buyers
    left join anonymous_owners on substr(buyers.customer_id, 6) = anonymous_owners.anonymous_id
    where buyers.customer_id like 'anon:%' and anonymous_owners.anonymous_id is null

),

sessions_of_buyers as (

    select
        sessions.*,
        buyer_ids.customer_id,
        sessions.started_at <= buyer_ids.first_purchase_at as is_before_first_purchase
    from sessions
    inner join buyer_ids
        on
            -- A session is looked up by its user, or else by its device. So it finds one row at
            -- most.
            coalesce(sessions.user_id, sessions.anonymous_id) = buyer_ids.visitor_id
            and (sessions.user_id is null) = buyer_ids.is_device
    where
        sessions.started_at <= buyer_ids.first_purchase_at
        or sessions.started_at between buyer_ids.credit_from and buyer_ids.credit_until

)

select
    sessions_of_buyers.customer_id,
    sessions_of_buyers.session_id,
    sessions_of_buyers.started_at,
    session_tags.tags_id,
    sessions_of_buyers.is_before_first_purchase
from sessions_of_buyers
inner join session_tags on {{ has_tags('sessions_of_buyers') }}
-- Direct sessions stay only until the first purchase, because one of them may have acquired the
-- customer. None gets the credit for a purchase: int_conversion_credits leaves them out.
where
    sessions_of_buyers.is_before_first_purchase
    or session_tags.channel <> 'Direct'
