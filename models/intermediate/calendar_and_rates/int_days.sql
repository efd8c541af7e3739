with

span as (

    select
        min(activity_date) as first_day,
        max(activity_date) as last_day
    from {{ ref('int_channel_days') }}

),

digits as (

    {% for digit in range(10) -%}
        select {{ digit }} as digit
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- 100,000 days are 273 years. Not every engine can make a row for each day itself.
following_days as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as days_later
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

days as (

    select
        cast({{ dbt.dateadd('day', 'following_days.days_later', 'span.first_day') }} as date)
            as date_day,
        span.last_day
    from span
    cross join following_days

)

select date_day
from days
where date_day <= last_day
