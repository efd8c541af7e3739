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

described_campaigns as (

    select
        period,
        campaign_id,
        -- A row without loaded_at is the oldest; no value of the order may be null.
        {{ value_of_latest('platform', [
            'metric_date',
            "coalesce(loaded_at, timestamp '0001-01-01 00:00:00')",
            by_code_point('platform')
        ]) }} as platform,
        min(metric_date) as first_metric_date,
        max(metric_date) as last_metric_date
    from period_metrics
    group by period, campaign_id

),

-- Not in the CTE above, because rows without a name are skipped for the name only.
latest_names as (

    select
        period,
        campaign_id,
        {{ value_of_latest('campaign_name', [
            'metric_date',
            "coalesce(loaded_at, timestamp '0001-01-01 00:00:00')",
            by_code_point('campaign_name')
        ]) }} as campaign_name
    from period_metrics
    where campaign_name is not null
    group by period, campaign_id

)

select
    described_campaigns.period,
    described_campaigns.campaign_id,
    latest_names.campaign_name,
    described_campaigns.platform,
    coalesce(platform_channels.channel, 'Other') as channel,
    described_campaigns.first_metric_date,
    described_campaigns.last_metric_date
from described_campaigns
left join latest_names
    on
        described_campaigns.period = latest_names.period
        and described_campaigns.campaign_id = latest_names.campaign_id
left join platform_channels
    on
        {{ ignoring_case('described_campaigns.platform') }}
        = {{ ignoring_case(cleaned_text('platform_channels.platform')) }}
