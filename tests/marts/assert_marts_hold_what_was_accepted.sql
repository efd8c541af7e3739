-- Invariant: the totals of the marts equal those of their buckets in int_reconciliation.
-- Guards against: a join that doubles revenue or drops it.
with

reconciliation as (

    select
        source_table,
        bucket,
        coalesce(amount, 0) as amount
    from {{ ref('int_reconciliation') }}

),

totals as (

    select
        'customer_ltv.total_revenue' as total,
        (select coalesce(sum(total_revenue), 0) from {{ ref('customer_ltv') }}) as actual,
        (
            select amount from reconciliation
            where bucket = 'in_customer_ltv'
        ) as expected

    union all

    select
        'campaign_funnel.revenue' as total,
        (select coalesce(sum(revenue), 0) from {{ ref('campaign_funnel') }}) as actual,
        (
            select amount from reconciliation
            where bucket = 'in_campaign_funnel'
        ) as expected

    union all

    select
        'campaign_funnel.spend' as total,
        (select coalesce(sum(spend), 0) from {{ ref('campaign_funnel') }}) as actual,
        (
            select amount from reconciliation
            where source_table = 'campaign_metrics' and bucket = 'accepted'
        ) as expected

    union all

    select
        'campaign_funnel.sessions' as total,
        (select coalesce(sum(sessions), 0) from {{ ref('campaign_funnel') }}) as actual,
        (
            select coalesce(sum(session_days.sessions), 0)
            from {{ ref('int_session_days') }} as session_days
            inner join {{ ref('int_session_tags') }} as session_tags
                on {{ has_tags('session_days', 'tagged_campaign_id') }}
            where session_tags.campaign_id is not null
        ) as expected

)

-- A bucket that is missing makes expected null, and `<>` would let that pass.
select * from totals
where {{ differs('actual', 'expected') }}
