{%- set types = raw_column_types('campaign_metrics') -%}

with

delivered_campaign_metrics as (

    select
        {{ raw_value('metric_date', types) }} as delivered_date,
        {{ cleaned_text(raw_text('platform', types)) }} as platform,
        {{ cleaned_text(raw_text('campaign_id', types)) }} as delivered_campaign_id,
        {{ cleaned_text(raw_text('ad_id', types)) }} as delivered_ad_id,
        {{ cleaned_text(raw_text('campaign_name', types)) }} as campaign_name,
        {{ raw_value('impressions', types) }} as delivered_impressions,
        {{ raw_value('clicks', types) }} as delivered_clicks,
        {{ raw_value('spend', types) }} as delivered_spend,
        {{ cleaned_text(raw_text('currency', types)) }} as delivered_currency,
        {{ raw_value('loaded_at', types) }} as delivered_loaded_at,
        {{ raw_row('raw_metrics', types) }} as raw_row
    from {{ source('marketing', 'campaign_metrics') }} as raw_metrics  -- noqa: AL05, read as a row
    {{ computed_once() }}

),

typed_campaign_metrics as (

    select
        *,
        {{ parse_date('delivered_date', types.metric_date) }} as parsed_date,
        {{ cleaned_id('delivered_campaign_id') }} as campaign_id,
        {{ cleaned_id('delivered_ad_id') }} as ad_id,
        {{ parse_count('delivered_impressions', types.impressions) }} as impressions,
        {{ parse_count('delivered_clicks', types.clicks) }} as clicks,
        {{ parse_amount('delivered_spend', types.spend) }} as spend,
        {{ parse_timestamp('delivered_loaded_at', types.loaded_at) }} as parsed_loaded_at
    from delivered_campaign_metrics
    {{ computed_once() }}

),

timed_campaign_metrics as (

    select
        delivered_date is not null as has_metric_date,
        {{ if_plausible('parsed_date') }} as metric_date,
        platform,
        campaign_id,
        ad_id,
        campaign_name,
        delivered_impressions is not null as has_impressions,
        impressions,
        delivered_clicks is not null as has_clicks,
        clicks,
        delivered_spend is not null as has_spend,
        spend,
        {{ decimal_places('delivered_spend', 'spend', types.spend) }} as spend_decimal_places,
        upper(delivered_currency) as currency,
        delivered_loaded_at is not null as has_loaded_at,
        {{ if_plausible('parsed_loaded_at') }} as loaded_at,
        raw_row
    from typed_campaign_metrics

)

select
    *,
    {{ rejection_reasons({
        'metric_date_missing': 'not has_metric_date',
        'metric_date_invalid': 'has_metric_date and metric_date is null',
        'platform_missing': 'platform is null',
        'campaign_id_missing': 'campaign_id is null',
        'campaign_id_damaged': is_damaged_id('campaign_id'),
        'ad_id_damaged': is_damaged_id('ad_id'),
        'impressions_invalid': 'has_impressions and impressions is null',
        'clicks_invalid': 'has_clicks and clicks is null',
        'spend_invalid': 'has_spend and spend is null',
        'loaded_at_invalid': 'has_loaded_at and loaded_at is null',
    }) }} as own_rejection_reasons
from timed_campaign_metrics
