with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

)

select
    utm_source,
    utm_medium,
    utm_campaign,
    campaign_id as tagged_campaign_id,
    {{ business_date('started_at') }} as session_date,
    count(*) as sessions,
    max(started_at) as last_started_at
from sessions
group by utm_source, utm_medium, utm_campaign, campaign_id, {{ business_date('started_at') }}
