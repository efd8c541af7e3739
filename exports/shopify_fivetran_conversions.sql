-- Shopify → conversions.
-- Written for: BigQuery, and Fivetran's connector.
-- Reads:       shopify.order, order_line, transaction, refund, order_line_refund, order_adjustment.
-- Makes:       the view marketing_raw.conversions.
-- Change:      shopify, marketing_raw.
--
-- Counts as Shopify's own sales reports do, in the shop's currency:
-- * A sold gift card is no purchase. The order that is paid with it is one.
-- * A refund is what was taken off the order: lines, tax, shipping, discrepancies. So an item that
--   was removed before it was paid counts too, though no money went back.
-- * Of a partly paid order only what was paid counts, in the currency in which the buyer paid, and
--   only refunds that paid money back.
-- Orders that are not paid, are tests or were deleted stay out.
-- user_id is the customer's id. sessions.user_id must be the same, else all customers are Unknown.
-- A guest has no id, so the order counts without a customer. To know guests, send the order's id as
-- GA4's transaction_id, join GA4's conversions on it and take their session_id.
-- Take an order from here or from GA4, never from both.
create or replace view marketing_raw.conversions as
with orders as (
    select
        id,
        cast(customer_id as string) as user_id,
        if(customer_id is null, cast(id as string), null) as session_id,
        processed_at,
        cast(total_price as numeric) as total_price,
        currency,
        financial_status = 'partially_paid' as is_partly_paid
    from shopify.`order`
    where
        not coalesce(test, false)
        and not coalesce(_fivetran_deleted, false)
        and financial_status in ('paid', 'partially_paid', 'partially_refunded', 'refunded')
),

order_lines as (
    select
        id,
        order_id,
        coalesce(gift_card, false) as is_gift_card,
        cast(price as numeric) * quantity - coalesce(cast(total_discount as numeric), 0) as amount
    from shopify.order_line
),

gift_cards as (
    select
        order_id,
        sum(if(is_gift_card, amount, 0)) as amount,
        logical_and(is_gift_card) as is_whole_order
    from order_lines
    group by order_id
),

payments as (
    select
        id,
        order_id,
        processed_at,
        kind = 'refund' as is_refund,
        cast(amount as numeric) as amount,
        currency
    from shopify.transaction
    where status = 'success' and kind in ('sale', 'capture', 'refund')
),

paid_amounts as (
    select order_id, sum(amount) as amount, max(currency) as currency
    from payments
    where not is_refund
    group by order_id
),

refunded_lines as (
    select
        line_refunds.refund_id,
        sum(
            cast(line_refunds.subtotal as numeric)
            + coalesce(cast(line_refunds.total_tax as numeric), 0)
        ) as amount
    from shopify.order_line_refund as line_refunds
    left join order_lines on line_refunds.order_line_id = order_lines.id
    where not coalesce(order_lines.is_gift_card, false)
    group by line_refunds.refund_id
),

-- What was refunded above the lines is negative, as shipping is.
adjustments as (
    select
        refund_id,
        sum(cast(amount as numeric) + coalesce(cast(tax_amount as numeric), 0)) as amount
    from shopify.order_adjustment
    group by refund_id
),

refunds as (
    select
        refunds.id,
        refunds.order_id,
        refunds.processed_at,
        coalesce(refunded_lines.amount, 0) - coalesce(adjustments.amount, 0) as amount
    from shopify.refund as refunds
    left join refunded_lines on refunds.id = refunded_lines.refund_id
    left join adjustments on refunds.id = adjustments.refund_id
),

sales as (
    select
        orders.*,
        coalesce(gift_cards.amount, 0) as gift_card_amount
    from orders
    left join gift_cards on orders.id = gift_cards.order_id
    where not coalesce(gift_cards.is_whole_order, false)
)

select
    cast(sales.id as string) as conversion_id,
    sales.user_id,
    sales.session_id,
    sales.processed_at as converted_at,
    'purchase' as conversion_type,
    if(
        sales.is_partly_paid,
        coalesce(paid_amounts.amount, 0), sales.total_price - sales.gift_card_amount
    ) as revenue,
    if(sales.is_partly_paid, coalesce(paid_amounts.currency, sales.currency), sales.currency)
        as currency
from sales
left join paid_amounts on sales.id = paid_amounts.order_id
union all
select
    'refund.' || cast(refunds.id as string) as conversion_id,
    sales.user_id,
    sales.session_id,
    refunds.processed_at as converted_at,
    'refund' as conversion_type,
    refunds.amount as revenue,
    sales.currency
from refunds
inner join sales on refunds.order_id = sales.id
where not sales.is_partly_paid and refunds.amount != 0
union all
select
    'refund.payment.' || cast(payments.id as string) as conversion_id,
    sales.user_id,
    sales.session_id,
    payments.processed_at as converted_at,
    'refund' as conversion_type,
    payments.amount as revenue,
    payments.currency
from payments
inner join sales on payments.order_id = sales.id
where sales.is_partly_paid and payments.is_refund;
