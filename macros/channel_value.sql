{#-
    Which channels bring customers who keep buying, and what does one cost? As a macro, because the printed answer reads it too, and
    dbt 2.x lets no macro read an analysis. Cost looks only at customers who first bought in a month in which their channel has spend:
    others cost nothing that is known.
-#}
{% macro channel_value() %}
with

customers as (

    select
        acquisition_channel as channel,
        {{ dbt.date_trunc('month', business_date('first_purchase_at')) }} as first_purchase_month,
        is_repeat_customer,
        ltv_tier,
        total_revenue
    from {{ ref('customer_ltv') }}

),

monthly_spend as (

    select
        campaign_funnel.channel,
        {{ dbt.date_trunc('month', 'campaign_funnel_daily.activity_date') }} as spend_month,
        sum(campaign_funnel_daily.spend) as spend
    from {{ ref('campaign_funnel_daily') }} as campaign_funnel_daily
    inner join {{ ref('campaign_funnel') }} as campaign_funnel
        on campaign_funnel_daily.campaign_id = campaign_funnel.campaign_id
    group by campaign_funnel.channel, {{ dbt.date_trunc('month', 'campaign_funnel_daily.activity_date') }}
    having sum(campaign_funnel_daily.spend) > 0

),

channel_spend as (

    select
        channel,
        sum(spend) as spend
    from monthly_spend
    group by channel

),

valued as (

    select
        customers.channel,
        count(*) as customers,
        sum(case when customers.is_repeat_customer then 1 else 0 end) as repeat_customers,
        sum(case when customers.ltv_tier = 'high' then 1 else 0 end) as high_tier_customers,
        sum(case when customers.ltv_tier = 'medium' then 1 else 0 end) as medium_tier_customers,
        sum(case when customers.ltv_tier = 'low' then 1 else 0 end) as low_tier_customers,
        sum(customers.total_revenue) as total_revenue,
        count(monthly_spend.spend) as paid_customers,
        sum(case when monthly_spend.spend is not null then customers.total_revenue end) as paid_revenue
    from customers
    left join monthly_spend
        on customers.channel = monthly_spend.channel and customers.first_purchase_month = monthly_spend.spend_month
    group by customers.channel

)

select
    valued.channel,
    valued.customers,
    {{ ratio('valued.repeat_customers', 'valued.customers') }} as repeat_share,
    valued.high_tier_customers,
    valued.medium_tier_customers,
    valued.low_tier_customers,
    {{ ratio('valued.total_revenue', 'valued.customers') }} as average_ltv,
    {{ ratio('channel_spend.spend', 'valued.paid_customers') }} as acquisition_cost,
    {{ ratio('valued.paid_revenue', 'channel_spend.spend') }} as ltv_to_cost
from valued
left join channel_spend on valued.channel = channel_spend.channel
order by average_ltv desc, valued.channel asc
{%- endmacro %}
