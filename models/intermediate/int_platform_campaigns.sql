with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

platform_channels as (

    select * from {{ ref('platform_channels') }}

),

summed_up as (

    select
        campaign_id,
        min(metric_date) as first_metric_date,
        max(metric_date) as last_metric_date
    from campaign_metrics
    group by campaign_id

),

ranked_platforms as (

    select
        campaign_id,
        platform,
        row_number() over (
            partition by campaign_id
            order by {{ greatest_first(['metric_date', 'loaded_at', 'platform'], ['platform']) }}
        ) as recency_rank
    from campaign_metrics

),

ranked_names as (

    select
        campaign_id,
        campaign_name,
        row_number() over (
            partition by campaign_id
            order by {{ greatest_first(['metric_date', 'loaded_at', 'campaign_name'], ['campaign_name']) }}
        ) as recency_rank
    from campaign_metrics
    where campaign_name is not null

)

select
    summed_up.campaign_id,
    ranked_names.campaign_name,
    ranked_platforms.platform,
    coalesce(platform_channels.channel, 'Other') as channel,
    platform_channels.channel is not null as is_platform_listed,
    summed_up.first_metric_date,
    summed_up.last_metric_date
from summed_up
inner join ranked_platforms
    on summed_up.campaign_id = ranked_platforms.campaign_id and ranked_platforms.recency_rank = 1
left join ranked_names
    on summed_up.campaign_id = ranked_names.campaign_id and ranked_names.recency_rank = 1
left join platform_channels
    on {{ ignoring_case('ranked_platforms.platform') }} = {{ ignoring_case(trimmed('platform_channels.platform')) }}
