with

conversions as (

    select * from {{ ref('int_conversions') }}

),

sessions as (

    select * from {{ ref('int_customer_sessions') }}

),

purchases as (

    select
        *,
        -- A Direct session tells nothing about who brought the customer.
        coalesce(session_channel <> 'Direct', false) as has_telling_session
    from conversions
    where conversion_type = 'purchase'

),

ranked_earlier_sessions as (

    select
        purchases.conversion_id,
        sessions.campaign_id,
        row_number() over (
            partition by purchases.conversion_id
            order by {{ greatest_first(['sessions.started_at', 'sessions.session_id'], ['sessions.session_id']) }}
        ) as recency_rank
    from purchases
    inner join sessions
        on
            purchases.customer_id = sessions.customer_id
            and purchases.converted_at >= sessions.started_at
            and {{ dbt.dateadd('hour', -24 * var('conversion_lookback_days'), 'purchases.converted_at') }} <= sessions.started_at
    where not purchases.has_telling_session and sessions.channel <> 'Direct'

),

credited_purchases as (

    select
        purchases.conversion_id,
        purchases.customer_id,
        purchases.converted_at,
        case
            when purchases.has_telling_session then purchases.session_campaign_id else ranked_earlier_sessions.campaign_id
        end as campaign_id
    from purchases
    left join ranked_earlier_sessions
        on purchases.conversion_id = ranked_earlier_sessions.conversion_id and ranked_earlier_sessions.recency_rank = 1

),

ranked_refunds as (

    select
        refunds.conversion_id,
        credited_purchases.campaign_id,
        row_number() over (
            partition by refunds.conversion_id
            order by {{ greatest_first(
                ['credited_purchases.converted_at', 'credited_purchases.conversion_id'], ['credited_purchases.conversion_id']
            ) }}
        ) as recency_rank
    from conversions as refunds
    left join credited_purchases
        on refunds.customer_id = credited_purchases.customer_id and refunds.converted_at >= credited_purchases.converted_at
    where refunds.conversion_type = 'refund'

),

credited as (

    select
        conversion_id,
        campaign_id
    from credited_purchases

    union all

    select
        conversion_id,
        campaign_id
    from ranked_refunds
    where recency_rank = 1

)

select
    credited.conversion_id,
    conversions.conversion_type,
    credited.campaign_id,
    conversions.conversion_date,
    conversions.gross_revenue,
    conversions.net_revenue
from credited
inner join conversions on credited.conversion_id = conversions.conversion_id
