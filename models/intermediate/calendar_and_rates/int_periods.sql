with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

session_days as (

    select * from {{ ref('int_session_days') }}

),

conversions as (

    select * from {{ ref('stg_marketing__conversions') }}

),

metric_dates as (

    select
        min(metric_date) as first_date,
        max(metric_date) as last_date
    from campaign_metrics

),

dates_by_table as (

    select
        first_date,
        last_date
    from metric_dates
    union all
    select
        min(session_date) as first_date,
        max(session_date) as last_date
    from session_days
    union all
    select
        {{ business_date('min(converted_at)') }} as first_date,
        {{ business_date('max(converted_at)') }} as last_date
    from conversions

),

all_dates as (

    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from dates_by_table

)

select
    'all_time' as period,
    first_date as period_start,
    last_date as period_end
from all_dates
where last_date is not null

union all

-- Counted back from the last day with metrics, not from today: the platforms deliver a day late,
-- so the newest sessions would have no clicks.
select
    'last_30_days' as period,
    cast({{ dbt.dateadd('day', -29, 'last_date') }} as date) as period_start,
    last_date as period_end
from metric_dates
where last_date is not null

union all

select
    'previous_30_days' as period,
    cast({{ dbt.dateadd('day', -59, 'last_date') }} as date) as period_start,
    cast({{ dbt.dateadd('day', -30, 'last_date') }} as date) as period_end
from metric_dates
where last_date is not null
