with

campaign_days as (

    select * from {{ ref('int_campaign_days') }}

),

platform_campaigns as (

    select * from {{ ref('int_platform_campaigns') }}

),

session_days as (

    select * from {{ ref('int_session_days') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

conversions as (

    select * from {{ ref('int_conversion_credits') }}

),

acquisitions as (

    select
        acquisition_channel,
        {{ business_date('first_purchase_at') }} as first_purchase_date
    from {{ ref('int_customer_acquisitions') }}

),

metric_days as (

    select
        platform_campaigns.channel,
        campaign_days.activity_date,
        sum(campaign_days.impressions) as impressions,
        sum(campaign_days.clicks) as clicks,
        sum(campaign_days.spend) as spend
    from campaign_days
    inner join platform_campaigns on campaign_days.campaign_id = platform_campaigns.campaign_id
    -- campaign_days also has days with sessions or purchases only.
    where
        campaign_days.impressions is not null
        or campaign_days.clicks is not null
        or campaign_days.spend is not null
    group by platform_campaigns.channel, campaign_days.activity_date

),

visit_days as (

    select
        session_tags.channel,
        session_days.session_date as activity_date,
        sum(session_days.sessions) as sessions
    from session_days
    inner join session_tags on {{ has_tags('session_days', 'tagged_campaign_id') }}
    group by session_tags.channel, session_days.session_date

),

conversion_days as (

    select
        channel,
        conversion_date as activity_date,
        sum(case when conversion_type = 'purchase' then 1 else 0 end) as conversions,
        sum(net_revenue) as revenue
    from conversions
    group by channel, conversion_date

),

acquisition_days as (

    select
        acquisition_channel as channel,
        first_purchase_date as activity_date,
        count(*) as new_customers
    from acquisitions
    group by acquisition_channel, first_purchase_date

),

days as (

    select
        channel,
        activity_date
    from metric_days
    union distinct
    select
        channel,
        activity_date
    from visit_days
    union distinct
    select
        channel,
        activity_date
    from conversion_days
    union distinct
    select
        channel,
        activity_date
    from acquisition_days

)

select
    days.channel,
    days.activity_date,
    cast(metric_days.impressions as {{ type_decimal(38, 0) }}) as impressions,
    cast(metric_days.clicks as {{ type_decimal(38, 0) }}) as clicks,
    cast(metric_days.spend as {{ type_decimal(28, 6) }}) as spend,
    cast(coalesce(visit_days.sessions, 0) as bigint) as sessions,
    cast(coalesce(conversion_days.conversions, 0) as bigint) as conversions,
    cast(coalesce(conversion_days.revenue, 0) as {{ type_decimal(28, 6) }}) as revenue,
    cast(coalesce(acquisition_days.new_customers, 0) as bigint) as new_customers
-- Each joined CTE has one row per channel and day, so no figure is doubled.
from days
left join metric_days
    on days.channel = metric_days.channel and days.activity_date = metric_days.activity_date
left join visit_days
    on days.channel = visit_days.channel and days.activity_date = visit_days.activity_date
left join conversion_days
    on days.channel = conversion_days.channel and days.activity_date = conversion_days.activity_date
left join acquisition_days
    on
        days.channel = acquisition_days.channel
        and days.activity_date = acquisition_days.activity_date
