with

sessions as (

    select
        -- Tags stay as delivered. Cleaning is slow, so int_session_tags cleans each combination
        -- once.
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        coalesce(utm_campaign, '') as utm_campaign,
        coalesce(campaign_id, '') as tagged_campaign_id,
        coalesce(click_parameters, '') as click_parameters,
        {{ business_date('started_at') }} as session_date,
        started_at
    from {{ ref('stg_marketing__sessions') }}

)

select
    utm_source,
    utm_medium,
    utm_campaign,
    tagged_campaign_id,
    click_parameters,
    session_date,
    count(*) as sessions,
    max(started_at) as last_started_at
from sessions
group by utm_source, utm_medium, utm_campaign, tagged_campaign_id, click_parameters, session_date
