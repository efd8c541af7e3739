-- Matomo's visits log → sessions.
-- Download: https://your.matomo/index.php?module=API&method=Live.getLastVisitsDetails&idSite=1
--           &period=range&date=2026-03-01,2026-03-31&format=CSV&filter_limit=-1 and your
--           token_auth; of Matomo 5. Large sites take a day at a time. UTF-16, which Matomo writes,
--           is read as well as UTF-8 (&convertToUnicode=0).
-- Does:     one session per visit, with the visit's own source. The plugin Marketing Campaigns
--           Reporting adds the tags campaignSource, campaignMedium, campaignName and campaignId.
--           Without it a campaign has a name only.
with visits as (
    select
        loaded_at,
        cells['idSite'] || '.' || cells['idVisit'] as session_id,
        cells['visitorId'] as anonymous_id,
        cells['userId'] as user_id,
        to_timestamp(cast(cells['firstActionTimestamp'] as bigint)) as started_at,
        cells['referrerType'] as referrer_type,
        cells['referrerName'] as referrer_name,
        cells['referrerUrl'] as referrer_url,
        cells['campaignSource'] as campaign_source,
        cells['campaignMedium'] as campaign_medium,
        coalesce(
            cells['campaignName'],
            if(cells['referrerType'] = 'campaign', cells['referrerName'], null)
        ) as campaign_name,
        cells['campaignId'] as campaign_id,
        coalesce(cells['url (actionDetails 0)'], cells['actionDetails_0_url']) as landing_page
    from download
    where cells['idVisit'] is not null
)

select
    session_id,
    anonymous_id,
    user_id,
    strftime(started_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S') as started_at,
    case
        when referrer_type = 'campaign' then campaign_source
        when referrer_type in ('search', 'social') then lower(referrer_name)
        when referrer_type != 'direct'
            then coalesce(
                nullif(regexp_extract(referrer_url, '^https?://([^/:?#]+)', 1), ''), referrer_name
            )
    end as utm_source,
    case
        when referrer_type = 'campaign' then campaign_medium
        when referrer_type = 'search' then 'organic'
        when referrer_type = 'social' then 'social'
        when referrer_type != 'direct' then 'referral'
    end as utm_medium,
    campaign_name as utm_campaign,
    campaign_id,
    landing_page,
    loaded_at
from visits
