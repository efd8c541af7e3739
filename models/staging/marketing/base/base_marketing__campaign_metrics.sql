{%- set found = found_columns('campaign_metrics') -%}
{%- set typed_values = ['campaign_name', 'impressions', 'clicks', 'spend', 'currency'] -%}
{%- set text_values = ['campaign_name', 'currency'] -%}

with

campaign_metrics as (

    select
        {{ cleaned_text('metric_date', found) }} as metric_date_text,
        {{ cleaned_text('platform', found) }} as platform,
        {{ cleaned_text('campaign_id', found) }} as campaign_id,
        {{ cleaned_text('ad_id', found) }} as ad_id,
        {{ cleaned_text('campaign_name', found) }} as campaign_name,
        {{ cleaned_text('impressions', found) }} as impressions_text,
        {{ cleaned_text('clicks', found) }} as clicks_text,
        {{ cleaned_text('spend', found) }} as spend_text,
        upper({{ cleaned_text('currency', found) }}) as currency,
        {{ cleaned_text('loaded_at', found) }} as loaded_at_text,
        {{ row_as_json('raw_rows') }} as raw_record
    from {{ source('marketing', 'campaign_metrics') }} as raw_rows

),

typed as (

    select
        *,
        {{ parse_date('metric_date_text') }} as metric_date,
        {{ parse_count('impressions_text') }} as impressions,
        {{ parse_count('clicks_text') }} as clicks,
        {{ parse_amount('spend_text') }} as spend,
        {{ parse_timestamp('loaded_at_text') }} as loaded_at
    from campaign_metrics

),

judged as (

    select
        *,
        {{ rejection_reasons({
            'metric_date_missing': 'metric_date_text is null',
            'metric_date_invalid': 'metric_date_text is not null and metric_date is null',
            'platform_missing': 'platform is null',
            'campaign_id_missing': 'campaign_id is null',
            'impressions_invalid': 'impressions_text is not null and impressions is null',
            'clicks_invalid': 'clicks_text is not null and clicks is null',
            'spend_invalid': 'spend_text is not null and spend is null',
            'loaded_at_invalid': 'loaded_at_text is not null and loaded_at is null',
        }) }} as own_rejection_reasons
    from typed

),

-- Rows of one load that are alike rank first in both directions. Broken rows are compared apart: they take no good row with them.
compared as (

    select
        *,
        rank() over (
            partition by metric_date, platform, campaign_id, ad_id, loaded_at, own_rejection_reasons
            order by {{ greatest_first(typed_values, text_values) }}
        ) as rank_from_greatest,
        rank() over (
            partition by metric_date, platform, campaign_id, ad_id, loaded_at, own_rejection_reasons
            order by {{ greatest_first(typed_values, text_values, reverse=true) }}
        ) as rank_from_least
    from judged

),

rejudged as (

    select
        *,
        coalesce(
            own_rejection_reasons,
            case when rank_from_greatest + rank_from_least > 2 then 'conflicting_rows_in_one_load' end
        ) as rejection_reasons
    from compared

),

ranked as (

    select
        *,
        row_number() over (
            partition by metric_date, platform, campaign_id, ad_id, rejection_reasons
            order by {{ greatest_first(['loaded_at'] + typed_values, text_values) }}
        ) as recency_rank
    from rejudged

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
    raw_record
from ranked
