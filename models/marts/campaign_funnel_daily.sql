select
    campaign_id,
    activity_date,
    impressions,
    clicks,
    sessions,
    conversions,
    spend,
    revenue
from {{ ref('int_campaign_days') }}
