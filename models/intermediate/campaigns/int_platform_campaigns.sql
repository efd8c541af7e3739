select
    campaign_id,
    campaign_name,
    platform,
    channel,
    first_metric_date,
    last_metric_date
from {{ ref('int_platform_campaign_periods') }}
-- All time, because a tag of today may name a campaign of last year.
where period = 'all_time'
