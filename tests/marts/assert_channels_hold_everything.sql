-- Invariant: the sums of channel_daily and orders are the totals of the business. Every accepted
-- session, every purchase and refund, all spend and every customer is in them once. They agree with
-- int_reconciliation, customer_ltv and channel_cohorts.
-- Guards against: a join that doubles or drops rows, and a channel or month that is left out.
with

reconciliation as (

    select
        source_table,
        bucket,
        row_count,
        coalesce(amount, 0) as amount
    from {{ ref('int_reconciliation') }}

),

channel_days as (

    select
        coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(clicks), 0) as clicks,
        coalesce(sum(spend), 0) as spend,
        coalesce(sum(sessions), 0) as sessions,
        coalesce(sum(conversions), 0) as conversions,
        coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(new_customers), 0) as new_customers
    from {{ ref('channel_daily') }}

),

order_totals as (

    select
        count(*) as row_count,
        count(case when conversion_type = 'purchase' then 1 end) as purchases,
        coalesce(sum(net_revenue), 0) as net_revenue,
        count(case when customer_id is null then 1 end) as orders_without_customer,
        coalesce(sum(case when customer_id is null then net_revenue end), 0)
            as revenue_without_customer,
        count(campaign_id) as orders_with_campaign,
        coalesce(sum(case when campaign_id is not null then net_revenue end), 0)
            as revenue_with_campaign
    from {{ ref('orders') }}

),

customers as (

    select
        count(*) as customers,
        coalesce(sum(purchase_count), 0) as purchases,
        coalesce(sum(total_revenue), 0) as total_revenue
    from {{ ref('customer_ltv') }}

),

cohorts as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(total_revenue), 0) as total_revenue,
        coalesce(sum(spend), 0) as spend
    from {{ ref('channel_cohorts') }}

),

campaigns as (

    select
        coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(clicks), 0) as clicks
    from {{ ref('campaign_funnel') }}

),

totals as (

    select
        'channel_daily.sessions' as total,
        channel_days.sessions as actual,
        reconciliation.row_count as expected
    from channel_days
    cross join reconciliation
    where reconciliation.source_table = 'sessions' and reconciliation.bucket = 'accepted'

    union all

    select
        'channel_daily.spend' as total,
        channel_days.spend as actual,
        reconciliation.amount as expected
    from channel_days
    cross join reconciliation
    where reconciliation.source_table = 'campaign_metrics' and reconciliation.bucket = 'accepted'

    union all

    select
        'channel_daily.impressions' as total,
        channel_days.impressions as actual,
        campaigns.impressions as expected
    from channel_days
    cross join campaigns

    union all

    select
        'channel_daily.clicks' as total,
        channel_days.clicks as actual,
        campaigns.clicks as expected
    from channel_days
    cross join campaigns

    union all

    select
        'channel_daily.conversions' as total,
        channel_days.conversions as actual,
        order_totals.purchases as expected
    from channel_days
    cross join order_totals

    union all

    select
        'channel_daily.revenue' as total,
        channel_days.revenue as actual,
        order_totals.net_revenue as expected
    from channel_days
    cross join order_totals

    union all

    select
        'channel_daily.new_customers' as total,
        channel_days.new_customers as actual,
        customers.customers as expected
    from channel_days
    cross join customers

    union all

    select
        'orders by customer' as total,
        order_totals.row_count as actual,
        sum(reconciliation.row_count) as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket in ('in_customer_ltv', 'without_customer', 'refunds_of_non_buyers')
    group by order_totals.row_count

    union all

    select
        'orders.net_revenue by campaign' as total,
        order_totals.net_revenue as actual,
        sum(reconciliation.amount) as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket in ('in_campaign_funnel', 'unattributed')
    group by order_totals.net_revenue

    union all

    select
        'orders without customer' as total,
        order_totals.orders_without_customer as actual,
        reconciliation.row_count as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket = 'without_customer'

    union all

    select
        'orders.net_revenue without customer' as total,
        order_totals.revenue_without_customer as actual,
        reconciliation.amount as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket = 'without_customer'

    union all

    select
        'orders with a campaign' as total,
        order_totals.orders_with_campaign as actual,
        reconciliation.row_count as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket = 'in_campaign_funnel'

    union all

    select
        'orders.net_revenue with a campaign' as total,
        order_totals.revenue_with_campaign as actual,
        reconciliation.amount as expected
    from order_totals
    cross join reconciliation
    where reconciliation.bucket = 'in_campaign_funnel'

    union all

    select
        'channel_cohorts.customers' as total,
        cohorts.customers as actual,
        customers.customers as expected
    from cohorts
    cross join customers

    union all

    select
        'channel_cohorts.total_revenue' as total,
        cohorts.total_revenue as actual,
        customers.total_revenue as expected
    from cohorts
    cross join customers

    union all

    select
        'channel_cohorts.spend' as total,
        cohorts.spend as actual,
        channel_days.spend as expected
    from cohorts
    cross join channel_days

)

select * from totals
where {{ differs('actual', 'expected') }}
