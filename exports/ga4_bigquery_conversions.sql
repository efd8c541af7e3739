-- Google Analytics 4 → conversions.
-- Written for: BigQuery, and GA4's own daily export to it.
-- Reads:       the daily tables analytics_<property>.events_<day>.
-- Makes:       the view marketing_raw.conversions.
-- Change:      analytics_123456789, marketing_raw, and the first day.
--
-- One purchase per transaction_id, the first: a reloaded thank-you page sends it again. An event
-- whose transaction_id says nothing, such as `undefined`, is a purchase of its own.
-- A refund carries the order's id in GA4. Here it has an id of its own, belongs to whoever bought,
-- and is a full one if it says no amount.
-- Amounts are in the event's own currency, not those that end in _in_usd.
-- Take an order from here or from the shop, never from both.
create or replace view marketing_raw.conversions as
with events as (
    select
        event_name,
        event_timestamp,
        user_id,
        user_pseudo_id || '.' || (
            select cast(p.value.int_value as string)
            from unnest(event_params) as p
            where p.key = 'ga_session_id'
        ) as session_id,
        if(
            lower(trim(ecommerce.transaction_id))
            in ('', '(not set)', 'undefined', 'null', 'none', 'nan', '0', '[object object]'),
            null, trim(ecommerce.transaction_id)
        ) as transaction_id,
        coalesce(user_pseudo_id, 'nobody') || '.' || cast(event_timestamp as string) as event_id,
        coalesce(
            if(event_name = 'purchase', ecommerce.purchase_revenue, ecommerce.refund_value),
            (
                select coalesce(p.value.double_value, p.value.float_value, p.value.int_value)
                from unnest(event_params) as p
                where p.key = 'value'
            )
        ) as revenue,
        (
            select p.value.string_value
            from unnest(event_params) as p
            where p.key = 'currency'
        ) as currency
    from `analytics_123456789.events_*`
    where event_name in ('purchase', 'refund') and _table_suffix between '20260101' and '29991231'
),

orders as (
    select *, coalesce(transaction_id, event_id) as order_id
    from events
),

purchases as (
    select *
    from orders
    where event_name = 'purchase'
    qualify row_number() over (partition by order_id order by event_timestamp) = 1
)

select distinct  -- GA4 can deliver one event twice
    orders.order_id
    || if(orders.event_name = 'refund', '.refund.' || cast(orders.event_timestamp as string), '')
        as conversion_id,
    if(purchases.order_id is null, orders.user_id, purchases.user_id) as user_id,
    -- Without consent there is no session. A session that never arrives counts the purchase and
    -- makes it nobody's.
    coalesce(
        if(purchases.order_id is null, orders.session_id, purchases.session_id), orders.order_id
    ) as session_id,
    timestamp_micros(orders.event_timestamp) as converted_at,
    orders.event_name as conversion_type,
    coalesce(orders.revenue, purchases.revenue) as revenue,
    coalesce(orders.currency, purchases.currency) as currency
from orders
left join purchases on orders.order_id = purchases.order_id
where orders.event_name = 'refund' or orders.event_timestamp = purchases.event_timestamp;
