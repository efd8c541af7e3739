-- Google Analytics 4 → sessions.
-- Written for: BigQuery, and GA4's own daily export to it.
-- Reads:       the daily tables analytics_<property>.events_<day>. The tables events_intraday_ and
--              events_fresh_ hold the same events once more, and stay out.
-- Makes:       the view marketing_raw.sessions.
-- Change:      analytics_123456789, marketing_raw, and the first day.
--
-- The session_id is made of user_pseudo_id and ga_session_id. GA4's ga_session_id alone is only the
-- second of the start, which two visitors can share. Visits without consent have no ga_session_id
-- and are no sessions. If many visitors refuse, click_to_session_rate is low everywhere.
-- Tags are the visit's own. GA4's session_traffic_source_last_click repeats the last campaign on
-- later direct visits, so it only names the campaign of a visit that a Google ad began.
-- Check that GA4 is linked to Google Ads, that its user_id is the shop's customer id, and that your
-- payment provider is among its unwanted referrals.
create or replace view marketing_raw.sessions as
with events as (
    select
        user_pseudo_id,
        user_id,
        event_timestamp,
        collected_traffic_source as tags,
        session_traffic_source_last_click.google_ads_campaign as google_ads,
        (
            select p.value.int_value from unnest(event_params) as p where p.key = 'ga_session_id'
        ) as ga_session_id,
        (
            select p.value.string_value from unnest(event_params) as p where p.key = 'page_location'
        ) as page,
        (
            select p.value.string_value from unnest(event_params) as p where p.key = 'source'
        ) as source,
        (
            select p.value.string_value from unnest(event_params) as p where p.key = 'medium'
        ) as medium,
        (
            select p.value.string_value from unnest(event_params) as p where p.key = 'campaign'
        ) as campaign,
        (
            select p.value.string_value from unnest(event_params) as p where p.key = 'campaign_id'
        ) as campaign_id
    from `analytics_123456789.events_*`
    where _table_suffix between '20260101' and '29991231'  -- 'intraday_' and 'fresh_' sort behind
),

session_events as (
    select
        *,
        struct(
            coalesce(tags.manual_source, source) as source,
            coalesce(tags.manual_medium, medium) as medium,
            coalesce(tags.manual_campaign_name, campaign) as campaign,
            nullif(coalesce(tags.manual_campaign_id, campaign_id), '(not set)') as campaign_id,
            tags.gclid is not null
            or coalesce(regexp_contains(page, r'[?&](gclid|gbraid|wbraid)='), false) as is_google_ad
        ) as click
    from events
    where user_pseudo_id is not null and ga_session_id is not null
),

sessions as (
    select
        user_pseudo_id,
        ga_session_id,
        max_by(user_id, if(user_id is not null, event_timestamp, null)) as user_id,
        min(event_timestamp) as started_at,
        min_by(page, if(page is not null, event_timestamp, null)) as landing_page,
        min_by(click, if(
            click.is_google_ad
            or coalesce(click.source, click.campaign, click.campaign_id) is not null,
            event_timestamp, null
        )) as click,
        max(nullif(google_ads.campaign_id, '(not set)')) as google_campaign_id,
        max(nullif(google_ads.campaign_name, '(not set)')) as google_campaign_name
    from session_events
    group by user_pseudo_id, ga_session_id  -- and not by day: a session can last over midnight
)

select
    user_pseudo_id || '.' || cast(ga_session_id as string) as session_id,
    user_pseudo_id as anonymous_id,
    user_id,
    timestamp_micros(started_at) as started_at,
    if(click.is_google_ad, 'google', click.source) as utm_source,
    if(click.is_google_ad, 'cpc', click.medium) as utm_medium,
    coalesce(if(click.is_google_ad, google_campaign_name, null), click.campaign) as utm_campaign,
    coalesce(if(click.is_google_ad, google_campaign_id, null), click.campaign_id) as campaign_id,
    landing_page
from sessions;
