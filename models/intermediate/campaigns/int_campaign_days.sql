with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

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

metric_days as (

    select
        campaign_metrics.campaign_id,
        campaign_metrics.metric_date as activity_date,
        sum(cast(campaign_metrics.impressions as {{ type_decimal(38, 0) }})) as impressions,
        sum(cast(campaign_metrics.clicks as {{ type_decimal(38, 0) }})) as clicks,
        sum({{ converted_amount('campaign_metrics.spend') }}) as spend
    from campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    -- A row that has spend but no rate adds nothing. int_reconciliation counts it as unconverted.
    where coalesce(campaign_metrics.spend, 0) = 0 or exchange_rates.rate is not null
    group by campaign_metrics.campaign_id, campaign_metrics.metric_date

),

visit_days as (

    select
        session_tags.campaign_id,
        session_days.session_date as activity_date,
        sum(session_days.sessions) as sessions
    from session_days
    inner join session_tags on {{ has_tags('session_days', 'tagged_campaign_id') }}
    where session_tags.campaign_id is not null
    group by session_tags.campaign_id, session_days.session_date

),

conversion_days as (

    select
        campaign_id,
        conversion_date as activity_date,
        sum(case when conversion_type = 'purchase' then 1 else 0 end) as conversions,
        sum(net_revenue) as revenue,
        sum(gross_revenue) as gross_revenue
    from conversions
    where campaign_id is not null
    group by campaign_id, conversion_date

),

days as (

    select
        campaign_id,
        activity_date
    from metric_days
    union distinct
    select
        campaign_id,
        activity_date
    from visit_days
    union distinct
    select
        campaign_id,
        activity_date
    from conversion_days

)

select
    days.campaign_id,
    days.activity_date,
    cast(metric_days.impressions as {{ type_decimal(38, 0) }}) as impressions,
    cast(metric_days.clicks as {{ type_decimal(38, 0) }}) as clicks,
    cast(coalesce(visit_days.sessions, 0) as bigint) as sessions,
    cast(coalesce(conversion_days.conversions, 0) as bigint) as conversions,
    cast(metric_days.spend as {{ type_decimal(28, 6) }}) as spend,
    cast(coalesce(conversion_days.revenue, 0) as {{ type_decimal(28, 6) }}) as revenue,
    cast(coalesce(conversion_days.gross_revenue, 0) as {{ type_decimal(28, 6) }}) as gross_revenue
-- Each joined CTE has one row per campaign and day, so no figure is doubled.
from days
left join metric_days
    on days.campaign_id = metric_days.campaign_id and days.activity_date = metric_days.activity_date
left join visit_days
    on days.campaign_id = visit_days.campaign_id and days.activity_date = visit_days.activity_date
left join conversion_days
    on
        days.campaign_id = conversion_days.campaign_id
        and days.activity_date = conversion_days.activity_date
