-- Invariant: the sums of a period equal those of its days in campaign_funnel_daily. Left out are
-- only purchases and refunds of campaigns that have no metrics and no sessions in the period.
-- all_time leaves out nothing.
-- Guards against: days in two periods or in none, a join that doubles a campaign, and campaigns
-- that are left out without this reason.
with

funnels as (

    select * from {{ ref('campaign_funnel_periods') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

campaign_days as (

    select * from {{ ref('campaign_funnel_daily') }}

),

period_campaigns as (

    select
        periods.period,
        campaign_days.campaign_id,
        coalesce(sum(campaign_days.impressions), 0) as impressions,
        coalesce(sum(campaign_days.clicks), 0) as clicks,
        coalesce(sum(campaign_days.spend), 0) as spend,
        sum(campaign_days.sessions) as sessions,
        sum(campaign_days.conversions) as conversions,
        sum(campaign_days.revenue) as revenue,
        count(campaign_days.impressions)
        + count(campaign_days.clicks)
        + count(campaign_days.spend) as metrics
    from campaign_days
    inner join periods
        on campaign_days.activity_date between periods.period_start and periods.period_end
    group by periods.period, campaign_days.campaign_id

)

select
    period_campaigns.*,
    funnels.revenue as period_revenue
from period_campaigns
left join funnels
    on
        period_campaigns.period = funnels.period
        and period_campaigns.campaign_id = funnels.campaign_id
where
    (
        funnels.campaign_id is null
        and (
            period_campaigns.period = 'all_time'
            or period_campaigns.metrics + period_campaigns.sessions > 0
        )
    )
    or period_campaigns.impressions <> coalesce(funnels.impressions, 0)
    or period_campaigns.clicks <> coalesce(funnels.clicks, 0)
    or period_campaigns.spend <> coalesce(funnels.spend, 0)
    or period_campaigns.sessions <> coalesce(funnels.sessions, 0)
    or (
        funnels.campaign_id is not null
        and (
            period_campaigns.conversions <> funnels.conversions
            or period_campaigns.revenue <> funnels.revenue
        )
    )
