with

days as (

    select activity_date as date_day
    from {{ ref('int_campaign_days') }}
    union all
    select {{ business_date('first_purchase_at') }} as date_day
    from {{ ref('int_customer_acquisitions') }}

),

bounds as (

    select
        cast(min(date_day) as timestamp) as first_day,
        cast(max(date_day) as timestamp) as last_day
    from days

)

select cast(all_days.date_day as date) as date_day
from bounds
cross join lateral generate_series(bounds.first_day, bounds.last_day, interval '1 day') as all_days (date_day)
