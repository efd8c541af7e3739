-- What are the customers worth who first bought in the same month through the same channel?
-- Compare months by revenue_first_*_days: total LTV favours those who have been here longer. Averages leave out the customers
-- for whom the time has not passed yet.
select
    {{ dbt.date_trunc('month', business_date('first_purchase_at')) }} as first_purchase_month,
    acquisition_channel as channel,
    count(*) as customers,
    avg(cast(total_revenue as double precision)) as average_ltv,
    avg(cast(revenue_first_30_days as double precision)) as average_revenue_first_30_days,
    avg(cast(revenue_first_90_days as double precision)) as average_revenue_first_90_days,
    avg(cast(revenue_first_365_days as double precision)) as average_revenue_first_365_days
from {{ ref('customer_ltv') }}
group by {{ dbt.date_trunc('month', business_date('first_purchase_at')) }}, acquisition_channel
order by first_purchase_month, channel
