with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

)

select
    sessions.session_id,
    coalesce(sessions.user_id, anonymous_owners.user_id, 'anon:' || sessions.anonymous_id) as customer_id,
    sessions.started_at,
    {{ business_date('sessions.started_at') }} as session_date,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    session_tags.channel,
    session_tags.campaign_id
from sessions
left join anonymous_owners on sessions.anonymous_id = anonymous_owners.anonymous_id
-- Staging holds no empty text, so an empty text can stand for null here.
left join session_tags
    on
        coalesce(sessions.utm_source, '') = coalesce(session_tags.utm_source, '')
        and coalesce(sessions.utm_medium, '') = coalesce(session_tags.utm_medium, '')
        and coalesce(sessions.utm_campaign, '') = coalesce(session_tags.utm_campaign, '')
        and coalesce(sessions.campaign_id, '') = coalesce(session_tags.tagged_campaign_id, '')
