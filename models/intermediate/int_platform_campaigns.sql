with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

platform_channels as (

    select * from {{ ref('platform_channels') }}

),

described_campaigns as (

    select
        campaign_id,
        {{ value_of_latest('platform', [
            'metric_date', "coalesce(loaded_at, timestamp '0001-01-01 00:00:00')", by_code_point('platform')
        ]) }} as platform,
        min(metric_date) as first_metric_date,
        max(metric_date) as last_metric_date
    from campaign_metrics
    group by campaign_id

),

latest_names as (

    select
        campaign_id,
        {{ value_of_latest('campaign_name', [
            'metric_date', "coalesce(loaded_at, timestamp '0001-01-01 00:00:00')", by_code_point('campaign_name')
        ]) }} as campaign_name
    from campaign_metrics
    where campaign_name is not null
    group by campaign_id

)

select
    described_campaigns.campaign_id,
    latest_names.campaign_name,
    described_campaigns.platform,
    coalesce(platform_channels.channel, 'Other') as channel,
    platform_channels.channel is not null as is_platform_listed,
    described_campaigns.first_metric_date,
    described_campaigns.last_metric_date
from described_campaigns
left join latest_names on described_campaigns.campaign_id = latest_names.campaign_id
left join platform_channels
    on
        {{ ignoring_case('described_campaigns.platform') }}
        = {{ ignoring_case(cleaned_text('platform_channels.platform')) }}
