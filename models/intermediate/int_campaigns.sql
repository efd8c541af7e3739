with

platform_campaigns as (

    select * from {{ ref('int_platform_campaigns') }}

),

session_days as (

    select * from {{ ref('int_session_days') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

campaign_days as (

    select * from {{ ref('int_campaign_days') }}

),

tagged_days as (

    select
        session_tags.campaign_id,
        session_tags.channel,
        session_tags.utm_campaign,
        session_days.session_date,
        session_days.sessions,
        session_days.last_started_at
    from session_days
    inner join session_tags on {{ has_tags('session_days', 'tagged_campaign_id') }}
    where session_tags.campaign_id is not null

),

sessions_seen as (

    select
        campaign_id,
        min(session_date) as first_session_date,
        max(session_date) as last_session_date
    from tagged_days
    group by campaign_id

),

ranked_channels as (

    select
        campaign_id,
        channel,
        row_number() over (
            partition by campaign_id order by sum(sessions) desc, {{ by_code_point('channel') }}
        ) as channel_rank
    from tagged_days
    group by campaign_id, channel

),

latest_tags as (

    select
        campaign_id,
        {{ value_of_latest('utm_campaign', ['last_started_at', by_code_point('utm_campaign')]) }} as utm_campaign
    from tagged_days
    where utm_campaign is not null
    group by campaign_id

),

universe as (

    select campaign_id from platform_campaigns
    union distinct
    select campaign_id from sessions_seen

),

totals as (

    select
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(sessions) as sessions,
        sum(conversions) as conversions,
        sum(spend) as spend,
        sum(revenue) as revenue,
        sum(gross_revenue) as gross_revenue
    from campaign_days
    group by campaign_id

),

described as (

    select
        universe.campaign_id,
        coalesce(platform_campaigns.campaign_name, latest_tags.utm_campaign, universe.campaign_id) as campaign_name,
        platform_campaigns.platform,
        coalesce(platform_campaigns.channel, ranked_channels.channel) as channel,
        coalesce(
            least(platform_campaigns.first_metric_date, sessions_seen.first_session_date),
            platform_campaigns.first_metric_date,
            sessions_seen.first_session_date
        ) as first_active_date,
        coalesce(
            greatest(platform_campaigns.last_metric_date, sessions_seen.last_session_date),
            platform_campaigns.last_metric_date,
            sessions_seen.last_session_date
        ) as last_active_date,
        platform_campaigns.campaign_id is not null as is_known_to_platforms
    from universe
    left join platform_campaigns on universe.campaign_id = platform_campaigns.campaign_id
    left join sessions_seen on universe.campaign_id = sessions_seen.campaign_id
    left join latest_tags on universe.campaign_id = latest_tags.campaign_id
    left join ranked_channels on universe.campaign_id = ranked_channels.campaign_id and ranked_channels.channel_rank = 1

)

select
    described.campaign_id,
    described.campaign_name,
    described.platform,
    described.channel,
    described.first_active_date,
    described.last_active_date,
    cast(totals.impressions as numeric(38, 0)) as impressions,
    cast(totals.clicks as numeric(38, 0)) as clicks,
    cast(coalesce(totals.sessions, 0) as bigint) as sessions,
    cast(coalesce(totals.conversions, 0) as bigint) as conversions,
    cast(totals.spend as numeric(28, 6)) as spend,
    cast(coalesce(totals.revenue, 0) as numeric(28, 6)) as revenue,
    cast(coalesce(totals.gross_revenue, 0) as numeric(28, 6)) as gross_revenue,
    case
        when described.is_known_to_platforms and coalesce(totals.sessions, 0) = 0 then 'no_sessions'
        when not described.is_known_to_platforms then 'no_metrics'
        when totals.sessions > totals.clicks then 'sessions_exceed_clicks'
        else 'tracked'
    end as tracking_status
from described
left join totals on described.campaign_id = totals.campaign_id
