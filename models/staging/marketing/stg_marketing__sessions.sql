select
    session_id,
    anonymous_id,
    user_id,
    started_at,
    utm_source,
    utm_medium,
    utm_campaign,
    campaign_id,
    landing_page,
    loaded_at
from {{ ref('base_marketing__sessions') }}
where record_status = 'accepted'
