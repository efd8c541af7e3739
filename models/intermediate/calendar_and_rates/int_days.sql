with

bounds as (

    select
        cast(min(activity_date) as timestamp) as first_day,
        cast(max(activity_date) as timestamp) as last_day
    from {{ ref('int_channel_days') }}

)

select cast(all_days.date_day as date) as date_day
from bounds
cross join lateral
    generate_series(bounds.first_day, bounds.last_day, interval '1 day') as all_days (date_day)
