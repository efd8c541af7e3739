with

conversions as (

    select * from {{ ref('int_conversions') }}

),

buyer_sessions as (

    select * from {{ ref('int_buyer_sessions') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

-- A purchase is credited to its own session, unless that is Direct or never arrived.
purchases as (

    select
        *,
        {{ is_credited_to_own_session() }} as is_credited_to_own_session
    from conversions
    where conversion_type = 'purchase'

),

-- The others are credited to the customer's last session before them. A Direct session does not say
-- who brought the customer, so it never gets the credit. Ties go to the highest session_id. Both
-- ends of the lookback are included, and a day is 24 hours.
last_earlier_sessions as (

    select
        purchases.conversion_id,
        {{ value_of_latest(
            'buyer_sessions.tags_id',
            ['buyer_sessions.started_at', by_code_point('buyer_sessions.session_id')],
            'bigint'
        ) }} as tags_id
    from purchases
    inner join buyer_sessions
        on
            purchases.customer_id = buyer_sessions.customer_id
            and purchases.converted_at >= buyer_sessions.started_at
            and {{ dbt.dateadd(
                'hour',
                -24 * var('conversion_lookback_days'),
                'purchases.converted_at'
            ) }} <= buyer_sessions.started_at
    inner join session_tags on buyer_sessions.tags_id = session_tags.tags_id
    where not purchases.is_credited_to_own_session and session_tags.channel <> 'Direct'
    group by purchases.conversion_id

),

purchase_credits as (

    select
        purchases.conversion_id,
        purchases.customer_id,
        purchases.converted_at,
        session_tags.campaign_id,
        -- Without a credited session, session_channel is Direct, or null if no session arrived.
        coalesce(session_tags.channel, purchases.session_channel, 'Unknown') as channel
    from purchases
    left join last_earlier_sessions on purchases.conversion_id = last_earlier_sessions.conversion_id
    left join session_tags
        on
            case
                when purchases.is_credited_to_own_session then purchases.session_tags_id
                else last_earlier_sessions.tags_id
            end = session_tags.tags_id

),

-- A refund names no purchase, so it takes its campaign from the customer's latest purchase at or
-- before it. Without a customer or a purchase it finds none and stays unattributed.
latest_purchases_of_refunds as (

    select
        refunds.conversion_id,
        {{ value_of_latest(
            'purchase_credits.conversion_id',
            ['purchase_credits.converted_at', by_code_point('purchase_credits.conversion_id')]
        ) }} as purchase_id
    from conversions as refunds
    inner join purchase_credits
        on
            refunds.customer_id = purchase_credits.customer_id
            and refunds.converted_at >= purchase_credits.converted_at
    where refunds.conversion_type = 'refund'
    group by refunds.conversion_id

)

select
    conversions.conversion_id,
    conversions.conversion_type,
    purchase_credits.campaign_id,
    coalesce(purchase_credits.channel, 'Unknown') as channel,
    conversions.conversion_date,
    conversions.gross_revenue,
    conversions.net_revenue
from conversions
left join latest_purchases_of_refunds
    on conversions.conversion_id = latest_purchases_of_refunds.conversion_id
-- A purchase finds its own credit. A refund finds that of its purchase in
-- latest_purchases_of_refunds. A refund without a purchase finds none, because no purchase has its
-- conversion_id.
left join purchase_credits
    on
        coalesce(latest_purchases_of_refunds.purchase_id, conversions.conversion_id)
        = purchase_credits.conversion_id
