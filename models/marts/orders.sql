with

conversions as (

    select * from {{ ref('int_conversions') }}

),

conversion_credits as (

    select * from {{ ref('int_conversion_credits') }}

),

acquisitions as (

    select * from {{ ref('int_customer_acquisitions') }}

),

numbered_purchases as (

    select
        conversion_id,
        cast(
            row_number() over (
                partition by customer_id order by converted_at, {{ by_code_point('conversion_id') }}
            ) as bigint
        ) as purchase_number
    from conversions
    -- Without this filter all purchases of unknown customers would be numbered as one customer's.
    where conversion_type = 'purchase' and customer_id is not null

)

select
    conversions.conversion_id,
    conversions.conversion_type,
    conversions.customer_id,
    conversions.converted_at,
    conversions.conversion_date,
    -- Null for refunds and for purchases of unknown customers.
    numbered_purchases.purchase_number,
    -- The channel that brought the customer. channel and campaign_id are credited with this order.
    acquisitions.acquisition_channel,
    conversion_credits.channel,
    conversion_credits.campaign_id,
    conversions.gross_revenue,
    conversions.refunded_revenue,
    conversions.net_revenue
-- Each joined model has one row per join key, so no conversion is doubled. Every conversion has a
-- row in conversion_credits, so none is lost.
from conversions
inner join conversion_credits on conversions.conversion_id = conversion_credits.conversion_id
left join numbered_purchases on conversions.conversion_id = numbered_purchases.conversion_id
left join acquisitions on conversions.customer_id = acquisitions.customer_id
