with

sessions as (

    select
        *,
        {{ business_date('started_at') }} as session_date
    from {{ ref('stg_marketing__sessions') }}

),

-- Tags stay as delivered. Cleaning is slow, so int_session_tags cleans each combination once.
-- Nulls are replaced after counting: doing that for every session takes a quarter longer.
tag_days as (

    select
        utm_source,
        utm_medium,
        utm_campaign,
        campaign_id,
        click_parameters,
        session_date,
        count(*) as sessions,
        max(started_at) as last_started_at
    from sessions
    group by utm_source, utm_medium, utm_campaign, campaign_id, click_parameters, session_date

)

-- A missing tag and an empty one count as the same.
select
    coalesce(utm_source, '') as utm_source,
    coalesce(utm_medium, '') as utm_medium,
    coalesce(utm_campaign, '') as utm_campaign,
    coalesce(campaign_id, '') as tagged_campaign_id,
    coalesce(click_parameters, '') as click_parameters,
    session_date,
    cast(sum(sessions) as bigint) as sessions,
    max(last_started_at) as last_started_at
from tag_days
group by
    coalesce(utm_source, ''),
    coalesce(utm_medium, ''),
    coalesce(utm_campaign, ''),
    coalesce(campaign_id, ''),
    coalesce(click_parameters, ''),
    session_date
