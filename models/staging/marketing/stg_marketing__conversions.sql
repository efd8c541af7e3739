select
    conversion_id,
    user_id,
    session_id,
    converted_at,
    conversion_type,
    revenue,
    currency,
    loaded_at
from {{ ref('base_marketing__conversions') }}
where record_status = 'accepted'
