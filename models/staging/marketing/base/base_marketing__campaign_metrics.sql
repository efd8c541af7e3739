{%- set types = raw_column_types('campaign_metrics') -%}

with

typed_campaign_metrics as {{ computed_once() }} (

    select
        {{ raw_value('metric_date', types) }} is not null as has_metric_date,
        {{ parse_date(raw_value('metric_date', types), types.get('metric_date', 'text')) }}
            as metric_date,
        {{ cleaned_text(raw_text('platform', types)) }} as platform,
        {{ cleaned_id(raw_text('campaign_id', types)) }} as campaign_id,
        {{ cleaned_id(raw_text('ad_id', types)) }} as ad_id,
        {{ cleaned_text(raw_text('campaign_name', types)) }} as campaign_name,
        {{ raw_value('impressions', types) }} is not null as has_impressions,
        {{ parse_count(raw_value('impressions', types), types.get('impressions', 'text')) }}
            as impressions,
        {{ raw_value('clicks', types) }} is not null as has_clicks,
        {{ parse_count(raw_value('clicks', types), types.get('clicks', 'text')) }} as clicks,
        {{ raw_value('spend', types) }} is not null as has_spend,
        {{ parse_amount(raw_value('spend', types), types.get('spend', 'text')) }} as spend,
        upper({{ cleaned_text(raw_text('currency', types)) }}) as currency,
        {{ raw_value('loaded_at', types) }} is not null as has_loaded_at,
        {{ parse_timestamp(raw_value('loaded_at', types), types.get('loaded_at', 'text')) }}
            as loaded_at,
        {{ raw_row('raw_metrics') }} as raw_row
    from {{ source('marketing', 'campaign_metrics') }} as raw_metrics  -- noqa: AL05, read as a row

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
from typed_campaign_metrics
