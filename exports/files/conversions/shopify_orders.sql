-- Shopify's orders_export.csv → conversions.
-- Download: Orders > Export > All orders, "CSV for Excel, Numbers, or other spreadsheet programs"
--           or plain CSV. The columns are those of 2026.
-- Does:     one purchase per paid order, in the shop's currency. The file has one row per line
--           item. Only the first row of an order has the values of the whole order. For a partly
--           paid order, the paid amount counts. A sold gift card is no purchase, but an order that
--           is paid with it is one. The file does not mark gift cards: their names tell them, see
--           below.
-- A refund is one row per order, at the time of the order or of its cancellation: the file does not
-- say when.
-- user_id is the e-mail address in lower case, else the phone number. sessions.user_id must be the
-- same, else all customers are Unknown. Where your tracker sends a hash, write sha256(lower(...)).
with lines as (
    select
        file,
        loaded_at,
        cells['Name'] as name,
        cells,
        coalesce(
            regexp_matches(
                cells['Lineitem name'], '(?i)gift ?card|geschenkkarte|geschenkgutschein'
            ),
            false
        ) as is_gift_card,
        cast(cells['Lineitem price'] as decimal(18, 3))
        * cast(cells['Lineitem quantity'] as integer)
        - coalesce(cast(cells['Lineitem discount'] as decimal(18, 3)), 0) as line_amount
    from download
),

gift_cards as (
    select
        file,
        name,
        coalesce(sum(line_amount) filter (where is_gift_card), 0) as amount,
        bool_and(is_gift_card) as is_whole_order
    from lines
    group by file, name
),

orders as (
    select
        lines.file,
        lines.loaded_at,
        coalesce(cells['Id'], lines.name) as order_id,
        coalesce(lower(cells['Email']), cells['Phone']) as user_id,
        utc(cells['Created at']) as created_at,
        utc(coalesce(cells['Cancelled at'], cells['Canceled at'], cells['Created at']))
            as refunded_at,
        cast(cells['Total'] as decimal(18, 3)) - case
            when cells['Financial Status'] = 'partially_paid'
                then coalesce(cast(cells['Outstanding Balance'] as decimal(18, 3)), 0)
            else gift_cards.amount
        end as paid,
        coalesce(cast(cells['Refunded Amount'] as decimal(18, 3)), 0) as refunded,
        cells['Currency'] as currency
    from lines
    inner join gift_cards on lines.file = gift_cards.file and lines.name = gift_cards.name
    where
        cells['Financial Status'] in ('paid', 'partially_paid', 'partially_refunded', 'refunded')
        and not gift_cards.is_whole_order
),

conversions as (
    select
        order_id as conversion_id,
        'purchase' as conversion_type,
        created_at as converted_at,
        paid as revenue,
        *
    from orders
    union all
    select 'refund.' || order_id, 'refund', refunded_at, refunded, *
    from orders
    where refunded != 0
)

select
    conversion_id,
    user_id,
    -- A guest's order is counted and nobody's: its session never arrives.
    if(user_id is null, order_id, null) as session_id,
    converted_at,
    conversion_type,
    revenue,
    currency,
    loaded_at
from conversions
