with

purchases as (

    select *
    from {{ ref('int_conversions') }}
    where conversion_type = 'purchase' and customer_id is not null

),

sessions as (

    select * from {{ ref('int_customer_sessions') }}

),

ranked_purchases as (

    select
        *,
        row_number() over (
            partition by customer_id order by converted_at, {{ by_code_point('conversion_id') }}
        ) as purchase_rank
    from purchases

),

first_purchases as (

    select *
    from ranked_purchases
    where purchase_rank = 1

),

-- The second half can repeat sessions of the first: only the earliest one is kept below.
candidates as (

    select
        first_purchases.customer_id,
        sessions.session_id,
        sessions.started_at,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.channel,
        sessions.campaign_id
    from first_purchases
    inner join sessions
        on first_purchases.customer_id = sessions.customer_id and first_purchases.converted_at >= sessions.started_at

    union all

    select
        customer_id,
        session_id,
        session_started_at as started_at,
        session_source as utm_source,
        session_medium as utm_medium,
        session_channel as channel,
        session_campaign_id as campaign_id
    from first_purchases
    where session_started_at is not null

),

ranked_sessions as (

    select
        *,
        row_number() over (partition by customer_id order by started_at, {{ by_code_point('session_id') }}) as touch_rank
    from candidates

)

select
    first_purchases.customer_id,
    first_purchases.converted_at as first_purchase_at,
    coalesce(ranked_sessions.channel, 'Unknown') as acquisition_channel,
    ranked_sessions.utm_source as acquisition_source,
    ranked_sessions.utm_medium as acquisition_medium,
    ranked_sessions.campaign_id as acquisition_campaign_id,
    ranked_sessions.started_at as acquired_at
from first_purchases
left join ranked_sessions
    on first_purchases.customer_id = ranked_sessions.customer_id and ranked_sessions.touch_rank = 1
