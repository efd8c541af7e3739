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
        {{ value_of_latest('utm_campaign', ['last_started_at', by_code_point('utm_campaign')]) }}
            as utm_campaign
    from period_tagged_days
    where utm_campaign is not null
    group by period, campaign_id

),

period_campaigns as (

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

-- A row here without metrics and sessions is only a late purchase or refund. The last select drops
-- it: it belongs to the funnel of earlier days. all_time never loses one, because each credit comes
-- from a session.
period_sums as (

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

described_campaigns as (

    select
        period_campaigns.period,
        period_campaigns.campaign_id,
        coalesce(
            platform_campaigns.campaign_name, latest_tags.utm_campaign, period_campaigns.campaign_id
        ) as campaign_name,
        platform_campaigns.platform,
        coalesce(platform_campaigns.channel, ranked_channels.channel) as channel,
        -- Engines disagree on whether least() and greatest() skip nulls, so each date is also tried
        -- alone.
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
    from period_campaigns
    -- Each joined CTE has one row per period and campaign, so no campaign is doubled.
    left join platform_campaigns
        on
            period_campaigns.period = platform_campaigns.period
            and period_campaigns.campaign_id = platform_campaigns.campaign_id
    left join session_dates
        on
            period_campaigns.period = session_dates.period
            and period_campaigns.campaign_id = session_dates.campaign_id
    left join latest_tags
        on
            period_campaigns.period = latest_tags.period
            and period_campaigns.campaign_id = latest_tags.campaign_id
    left join ranked_channels
        on
            period_campaigns.period = ranked_channels.period
            and period_campaigns.campaign_id = ranked_channels.campaign_id
            and ranked_channels.channel_rank = 1

),

-- Several periods and campaigns share a name, so each name is matched only once.
names as (

    select distinct campaign_name
    from described_campaigns

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
            {{ matches_pattern(
                ignoring_case('names.campaign_name'),
                'campaign_groups.campaign_name_pattern',
                'campaign_groups'
            ) }}

)

select
    described_campaigns.period,
    periods.period_start,
    periods.period_end,
    described_campaigns.campaign_id,
    described_campaigns.campaign_name,
    described_campaigns.platform,
    described_campaigns.channel,
    coalesce(ranked_groups.campaign_group, 'other') as campaign_group,
    described_campaigns.first_active_date,
    described_campaigns.last_active_date,
    cast(period_sums.impressions as {{ type_decimal(38, 0) }}) as impressions,
    cast(period_sums.clicks as {{ type_decimal(38, 0) }}) as clicks,
    cast(coalesce(period_sums.sessions, 0) as bigint) as sessions,
    cast(coalesce(period_sums.conversions, 0) as bigint) as conversions,
    cast(period_sums.spend as {{ type_decimal(28, 6) }}) as spend,
    cast(coalesce(period_sums.revenue, 0) as {{ type_decimal(28, 6) }}) as revenue,
    cast(coalesce(period_sums.gross_revenue, 0) as {{ type_decimal(28, 6) }}) as gross_revenue,
    case
        when
            described_campaigns.is_known_to_platforms and coalesce(period_sums.sessions, 0) = 0
            then 'no_sessions'
        when not described_campaigns.is_known_to_platforms then 'no_metrics'
        when period_sums.sessions > period_sums.clicks then 'sessions_exceed_clicks'
        else 'tracked'
    end as tracking_status
from described_campaigns
inner join periods on described_campaigns.period = periods.period
left join period_sums
    on
        described_campaigns.period = period_sums.period
        and described_campaigns.campaign_id = period_sums.campaign_id
left join ranked_groups
    on
        described_campaigns.campaign_name = ranked_groups.campaign_name
        and ranked_groups.rule_rank = 1
