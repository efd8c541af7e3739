select
    channel,
    activity_date,
    impressions,
    clicks,
    spend,
    sessions,
    conversions,
    revenue,
    new_customers
from {{ ref('int_channel_days') }}
