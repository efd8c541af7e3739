with

periods as (

    select * from {{ ref('int_periods') }}

),

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

platform_channels as (

    select * from {{ ref('platform_channels') }}

),

period_metrics as (

    select
        periods.period,
        campaign_metrics.campaign_id,
        campaign_metrics.campaign_name,
        campaign_metrics.platform,
        campaign_metrics.metric_date,
        campaign_metrics.loaded_at
    from campaign_metrics
    inner join periods
        on campaign_metrics.metric_date between periods.period_start and periods.period_end

),

metric_dates as (

    select
        period,
        campaign_id,
        min(metric_date) as first_metric_date,
        max(metric_date) as last_metric_date
    from period_metrics
    group by period, campaign_id

),

ranked_platforms as (

    select
        period,
        campaign_id,
        platform,
        row_number() over (
            partition by period, campaign_id
            order by {{ greatest_first(['metric_date', 'loaded_at', 'platform'], ['platform']) }}
        ) as recency_rank
    from period_metrics

),

ranked_names as (

    select
        period,
        campaign_id,
        campaign_name,
        row_number() over (
            partition by period, campaign_id
            order by {{ greatest_first(
                ['metric_date', 'loaded_at', 'campaign_name'], ['campaign_name']
            ) }}
        ) as recency_rank
    from period_metrics
    where campaign_name is not null

)

select
    metric_dates.period,
    metric_dates.campaign_id,
    ranked_names.campaign_name,
    ranked_platforms.platform,
    coalesce(platform_channels.channel, 'Other') as channel,
    platform_channels.channel is not null as is_platform_listed,
    metric_dates.first_metric_date,
    metric_dates.last_metric_date
from metric_dates
inner join ranked_platforms
    on
        metric_dates.period = ranked_platforms.period
        and metric_dates.campaign_id = ranked_platforms.campaign_id
        and ranked_platforms.recency_rank = 1
left join ranked_names
    on
        metric_dates.period = ranked_names.period
        and metric_dates.campaign_id = ranked_names.campaign_id
        and ranked_names.recency_rank = 1
left join platform_channels
    on
        {{ ignoring_case('ranked_platforms.platform') }}
        = {{ ignoring_case(trimmed('platform_channels.platform')) }}
