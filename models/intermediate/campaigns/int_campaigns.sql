with

periods as (

    select * from {{ ref('int_periods') }}

),

platform_campaigns as (

    select * from {{ ref('int_platform_campaign_periods') }}

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

campaign_groups as (

    select * from {{ ref('campaign_groups') }}

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

period_tagged_days as (

    select
        periods.period,
        tagged_days.*
    from tagged_days
    inner join periods
        on tagged_days.session_date between periods.period_start and periods.period_end

),

session_dates as (

    select
        period,
        campaign_id,
        min(session_date) as first_session_date,
        max(session_date) as last_session_date
    from period_tagged_days
    group by period, campaign_id

),

ranked_channels as (

    select
        period,
        campaign_id,
        channel,
        row_number() over (
            partition by period, campaign_id
            order by sum(sessions) desc, {{ by_code_point('channel') }}
        ) as channel_rank
    from period_tagged_days
    group by period, campaign_id, channel

),

latest_tags as (

    select
        period,
        campaign_id,
        {{ value_of_latest('utm_campaign', ['last_started_at', by_code_point('utm_campaign')]) }} as utm_campaign
    from period_tagged_days
    where utm_campaign is not null
    group by period, campaign_id

),

universe as (

    select
        period,
        campaign_id
    from platform_campaigns
    union distinct
    select
        period,
        campaign_id
    from session_dates

),

-- A purchase or refund in a period without metrics and sessions of its campaign is left out: it
-- belongs to the funnel of earlier days. all_time has it, because every credit has a session.
totals as (

    select
        periods.period,
        campaign_days.campaign_id,
        sum(campaign_days.impressions) as impressions,
        sum(campaign_days.clicks) as clicks,
        sum(campaign_days.sessions) as sessions,
        sum(campaign_days.conversions) as conversions,
        sum(campaign_days.spend) as spend,
        sum(campaign_days.revenue) as revenue,
        sum(campaign_days.gross_revenue) as gross_revenue
    from campaign_days
    inner join periods
        on campaign_days.activity_date between periods.period_start and periods.period_end
    group by periods.period, campaign_days.campaign_id

),

described as (

    select
        universe.period,
        universe.campaign_id,
        coalesce(
            platform_campaigns.campaign_name, latest_tags.utm_campaign, universe.campaign_id
        ) as campaign_name,
        platform_campaigns.platform,
        coalesce(platform_campaigns.channel, ranked_channels.channel) as channel,
        coalesce(
            least(platform_campaigns.first_metric_date, session_dates.first_session_date),
            platform_campaigns.first_metric_date,
            session_dates.first_session_date
        ) as first_active_date,
        coalesce(
            greatest(platform_campaigns.last_metric_date, session_dates.last_session_date),
            platform_campaigns.last_metric_date,
            session_dates.last_session_date
        ) as last_active_date,
        platform_campaigns.campaign_id is not null as is_known_to_platforms
    from universe
    left join platform_campaigns
        on
            universe.period = platform_campaigns.period
            and universe.campaign_id = platform_campaigns.campaign_id
    left join session_dates
        on
            universe.period = session_dates.period
            and universe.campaign_id = session_dates.campaign_id
    left join latest_tags
        on
            universe.period = latest_tags.period
            and universe.campaign_id = latest_tags.campaign_id
    left join ranked_channels
        on
            universe.period = ranked_channels.period
            and universe.campaign_id = ranked_channels.campaign_id
            and ranked_channels.channel_rank = 1

),

names as (

    select distinct campaign_name
    from described

),

ranked_groups as (

    select
        names.campaign_name,
        campaign_groups.campaign_group,
        row_number() over (
            partition by names.campaign_name order by campaign_groups.rule_order
        ) as rule_rank
    from names
    inner join campaign_groups
        on
            {{ matches(
                ignoring_case('names.campaign_name'),
                ignoring_case('campaign_groups.campaign_name_pattern')
            ) }}

)

select
    described.period,
    periods.period_start,
    periods.period_end,
    described.campaign_id,
    described.campaign_name,
    described.platform,
    described.channel,
    coalesce(ranked_groups.campaign_group, 'other') as campaign_group,
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
inner join periods on described.period = periods.period
left join totals on described.period = totals.period and described.campaign_id = totals.campaign_id
left join ranked_groups
    on described.campaign_name = ranked_groups.campaign_name and ranked_groups.rule_rank = 1
