{{ config(materialized='table') }}

with

campaign_metrics as (

    select * from {{ ref('base_marketing__campaign_metrics') }}

),

-- Within one load, all rows of a key must be equal. own_rejection_reasons is part of each group, so
-- that a broken row never causes the rejection of a valid one.
numbered_versions as (

    select
        *,
        dense_rank() over (
            partition by metric_date, platform, campaign_id, ad_id, loaded_at, own_rejection_reasons
            order by campaign_name, impressions, clicks, spend, currency
        ) as version_number,
        count(*) over (
            partition by metric_date, platform, campaign_id, own_rejection_reasons
        ) as rows_of_day,
        count(ad_id) over (
            partition by metric_date, platform, campaign_id, own_rejection_reasons
        ) as rows_with_ad
    from campaign_metrics

),

checked_campaign_metrics as (

    select
        *,
        coalesce(
            own_rejection_reasons,
            {{ rejection_reasons({
                'conflicting_rows_in_one_load':
                    'max(version_number) over ('
                    ~ 'partition by metric_date, platform, campaign_id, ad_id, loaded_at,'
                    ~ ' own_rejection_reasons) > 1',
                'two_levels_of_one_campaign': 'rows_with_ad between 1 and rows_of_day - 1',
            }) }}
        ) as rejection_reasons
    from numbered_versions

),

ranked_campaign_metrics as (

    select
        *,
        row_number() over (
            partition by metric_date, platform, campaign_id, ad_id, rejection_reasons
            order by
                loaded_at desc nulls last,
                {{ by_code_point('campaign_name') }} desc nulls last,
                impressions desc nulls last,
                clicks desc nulls last,
                spend desc nulls last,
                {{ by_code_point('currency') }} desc nulls last
        ) as recency_rank
    from checked_campaign_metrics

)

select
    metric_date,
    platform,
    campaign_id,
    ad_id,
    campaign_name,
    impressions,
    clicks,
    spend,
    currency,
    loaded_at,
    {{ record_status() }} as record_status,
    rejection_reasons,
    recency_rank,
    case when rejection_reasons is not null then {{ raw_row_as_json('raw_row') }} end as raw_record
from ranked_campaign_metrics
