with

customers as (

    select
        *,
        cast(
            {{ dbt.date_trunc('month', business_date('first_purchase_at')) }} as date
        ) as first_purchase_month
    from {{ ref('customer_ltv') }}

),

channel_days as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'activity_date') }} as date) as activity_month
    from {{ ref('int_channel_days') }}

),

cohorts as (

    select
        acquisition_channel,
        first_purchase_month,
        count(*) as customers,
        sum(case when is_repeat_customer then 1 else 0 end) as repeat_customers,
        sum(case when ltv_tier = 'high' then 1 else 0 end) as high_tier_customers,
        sum(case when ltv_tier = 'medium' then 1 else 0 end) as medium_tier_customers,
        sum(case when ltv_tier = 'low' then 1 else 0 end) as low_tier_customers,
        sum(total_revenue) as total_revenue,
        -- A revenue is null until its time has passed, so count() and sum() leave out those
        -- customers.
        count(revenue_first_30_days) as customers_past_30_days,
        sum(revenue_first_30_days) as revenue_first_30_days,
        count(revenue_first_90_days) as customers_past_90_days,
        sum(revenue_first_90_days) as revenue_first_90_days,
        count(revenue_first_365_days) as customers_past_365_days,
        sum(revenue_first_365_days) as revenue_first_365_days
    from customers
    group by acquisition_channel, first_purchase_month

),

spend_months as (

    select
        channel,
        activity_month,
        sum(spend) as spend
    from channel_days
    group by channel, activity_month

),

-- Spend that brought no customer must stay visible, so months come from both sides.
months as (

    select
        acquisition_channel,
        first_purchase_month
    from cohorts
    union distinct
    select
        channel as acquisition_channel,
        activity_month as first_purchase_month
    from spend_months
    where spend <> 0

)

select
    months.acquisition_channel,
    months.first_purchase_month,
    cast(coalesce(cohorts.customers, 0) as bigint) as customers,
    cast(coalesce(cohorts.repeat_customers, 0) as bigint) as repeat_customers,
    cast(coalesce(cohorts.high_tier_customers, 0) as bigint) as high_tier_customers,
    cast(coalesce(cohorts.medium_tier_customers, 0) as bigint) as medium_tier_customers,
    cast(coalesce(cohorts.low_tier_customers, 0) as bigint) as low_tier_customers,
    cast(coalesce(cohorts.total_revenue, 0) as {{ type_decimal(28, 6) }}) as total_revenue,
    cast(coalesce(cohorts.customers_past_30_days, 0) as bigint) as customers_past_30_days,
    cast(cohorts.revenue_first_30_days as {{ type_decimal(28, 6) }}) as revenue_first_30_days,
    cast(coalesce(cohorts.customers_past_90_days, 0) as bigint) as customers_past_90_days,
    cast(cohorts.revenue_first_90_days as {{ type_decimal(28, 6) }}) as revenue_first_90_days,
    cast(coalesce(cohorts.customers_past_365_days, 0) as bigint) as customers_past_365_days,
    cast(cohorts.revenue_first_365_days as {{ type_decimal(28, 6) }}) as revenue_first_365_days,
    cast(spend_months.spend as {{ type_decimal(28, 6) }}) as spend
from months
left join cohorts
    on
        months.acquisition_channel = cohorts.acquisition_channel
        and months.first_purchase_month = cohorts.first_purchase_month
left join spend_months
    on
        months.acquisition_channel = spend_months.channel
        and months.first_purchase_month = spend_months.activity_month
