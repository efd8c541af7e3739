-- A GA4 exploration with one row per session → sessions.
-- Before:   GA4 has no dimension for a session. Make two custom dimensions of event scope: `Session
--           ID` of the parameter ga_session_id, and `Client ID` of a parameter that your tag fills
--           with GA4's client id. They hold from then on.
-- Download: Explore > Free form, rows Client ID, Session ID, Date + hour and minute, Session
--           source, Session medium, Session campaign, Session Google Ads campaign ID or Session
--           manual campaign ID, Landing page + query string; as many rows as the table can show;
--           export as CSV, in English, of 2026. `User ID`, a custom dimension too, may be there.
-- Check:    that the table shows all rows, is not sampled and has no threshold. Take few days at a
--           time.
-- Does:     leaves out the comments above the header, the grand total, and visits without consent,
--           which have no session id.
with settings as (
    select 'UTC' as time_zone  -- your property's, as 'Europe/Berlin'
),

event_minutes as (
    select
        loaded_at,
        if(
            cells['Session ID'] = '(other)',
            error('GA4 put sessions together as (other). Download fewer days.'),
            cells['Session ID']
        ) as ga_session_id,
        cells['Client ID'] as client_id,
        cells['User ID'] as user_id,
        cells[name_like(cells, '(?i)^date.*minute')] as minute,
        cells['Session source'] as source,
        cells['Session medium'] as medium,
        cells['Session campaign'] as campaign,
        coalesce(
            nullif(cells['Session Google Ads campaign ID'], '(not set)'),
            nullif(cells['Session manual campaign ID'], '(not set)'),
            nullif(cells['Session campaign ID'], '(not set)')
        ) as campaign_id,
        coalesce(cells['Landing page + query string'], cells['Landing page']) as landing_page
    from download
    where cells['Session ID'] != '(not set)' and cells['Client ID'] != '(not set)'
)

select
    client_id || '.' || ga_session_id as session_id,
    client_id as anonymous_id,
    max(nullif(user_id, '(not set)')) as user_id,
    cast(
        (strptime(min(minute), '%Y%m%d%H%M') at time zone any_value(time_zone)) at time zone 'UTC'
        as varchar
    ) as started_at,
    max(source) as utm_source,  -- one per session
    max(medium) as utm_medium,
    max(campaign) as utm_campaign,
    max(campaign_id) as campaign_id,
    max(landing_page) as landing_page,
    loaded_at
from event_minutes
cross join settings
group by client_id, ga_session_id, loaded_at
