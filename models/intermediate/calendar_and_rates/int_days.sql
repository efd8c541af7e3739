with

span as (

    select
        cast(min(activity_date) as timestamp) as first_day,
        cast(max(activity_date) as timestamp) as last_day
    from {{ ref('int_channel_days') }}

)

select cast(days.start as date) as date_day
from span
cross join lateral {{ each_day('span.first_day', 'span.last_day') }} as days (start)
