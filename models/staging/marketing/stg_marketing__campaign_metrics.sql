select
    metric_date,
    platform,
    campaign_id,
    ad_id,
    campaign_name,
    impressions,
    clicks,
    spend,
    currency,
    loaded_at
from {{ ref('base_marketing__reviewed_campaign_metrics') }}
where record_status = 'accepted'
