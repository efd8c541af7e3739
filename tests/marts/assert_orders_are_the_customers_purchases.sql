-- Invariant: for each customer, orders and customer_ltv have the same number of purchases, the same
-- first, second and last purchase, and the same money. The purchase numbers have no gap.
-- Guards against: two different rules for the first purchase, and customers who differ between
-- marts.
with

customers as (

    select * from {{ ref('customer_ltv') }}

),

order_sums as (

    select
        customer_id,
        count(purchase_number) as purchase_count,
        max(purchase_number) as highest_purchase_number,
        min(case when purchase_number = 1 then converted_at end) as first_purchase_at,
        min(case when purchase_number = 2 then converted_at end) as second_purchase_at,
        max(case when purchase_number is not null then converted_at end) as last_purchase_at,
        min(case when purchase_number = 1 then acquisition_channel end) as acquisition_channel,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as total_revenue
    from {{ ref('orders') }}
    where customer_id is not null
    group by customer_id
    having count(purchase_number) > 0

)

select
    coalesce(customers.customer_id, order_sums.customer_id) as customer_id,
    customers.purchase_count,
    order_sums.purchase_count as orders_purchase_count
-- A customer who is in one mart only has nulls on the other side, which `<>` would let pass.
from customers
full outer join order_sums on customers.customer_id = order_sums.customer_id
where
    {{ differs('customers.purchase_count', 'order_sums.purchase_count') }}
    or {{ differs('customers.purchase_count', 'order_sums.highest_purchase_number') }}
    or {{ differs('customers.first_purchase_at', 'order_sums.first_purchase_at') }}
    or {{ differs('customers.second_purchase_at', 'order_sums.second_purchase_at') }}
    or {{ differs('customers.last_purchase_at', 'order_sums.last_purchase_at') }}
    or {{ differs('customers.acquisition_channel', 'order_sums.acquisition_channel') }}
    or {{ differs('customers.gross_revenue', 'order_sums.gross_revenue') }}
    or {{ differs('customers.total_revenue', 'order_sums.total_revenue') }}
