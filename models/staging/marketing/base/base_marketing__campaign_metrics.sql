{{ config(unique_key=history_key('campaign_metrics'), pre_hook="{{ forget_history('campaign_metrics') }}") }}
{%- set found = found_columns('campaign_metrics') -%}
{%- set since = read_since('campaign_metrics', found) -%}
{%- set key = ['metric_date', 'platform', 'campaign_id', 'ad_id'] -%}
{%- set typed_values = ['campaign_name', 'impressions', 'clicks', 'spend', 'currency'] -%}
{%- set text_values = ['campaign_name', 'currency'] -%}

with

campaign_metrics as {{ computed_once() }} (

    select
        {{ delivered_value('metric_date', found) }} as delivered_metric_date,
        {{ cleaned_text('platform', found) }} as platform,
        {{ cleaned_text('campaign_id', found) }} as campaign_id,
        {{ cleaned_text('ad_id', found) }} as ad_id,
        {{ cleaned_text('campaign_name', found) }} as campaign_name,
        {{ delivered_value('impressions', found) }} as delivered_impressions,
        {{ delivered_value('clicks', found) }} as delivered_clicks,
        {{ delivered_value('spend', found) }} as delivered_spend,
        upper({{ cleaned_text('currency', found) }}) as currency,
        {{ delivered_value('loaded_at', found) }} as delivered_loaded_at,
        raw_rows as raw_row
    from {{ source('marketing', 'campaign_metrics') }} as raw_rows  -- noqa: AL05, it is read as a whole
    where {{ loaded_since(since, found) }}

),

typed as {{ computed_once() }} (

    select
        *,
        {{ parse_date('delivered_metric_date', found.get('metric_date', 'text')) }} as metric_date,
        {{ parse_count('delivered_impressions', found.get('impressions', 'text')) }} as impressions,
        {{ parse_count('delivered_clicks', found.get('clicks', 'text')) }} as clicks,
        {{ parse_amount('delivered_spend', found.get('spend', 'text')) }} as spend,
        {{ parse_timestamp('delivered_loaded_at', found.get('loaded_at', 'text')) }} as loaded_at
    from campaign_metrics

),

broken_apart as (

    select
        *,
        {{ rejection_reasons({
            'metric_date_missing': 'delivered_metric_date is null',
            'metric_date_invalid': 'delivered_metric_date is not null and metric_date is null',
            'platform_missing': 'platform is null',
            'campaign_id_missing': 'campaign_id is null',
            'impressions_invalid': 'delivered_impressions is not null and impressions is null',
            'clicks_invalid': 'delivered_clicks is not null and clicks is null',
            'spend_invalid': 'delivered_spend is not null and spend is null',
            'loaded_at_invalid': 'delivered_loaded_at is not null and loaded_at is null',
        }) }} as own_rejection_reasons
    from typed

),

-- A load is always read as a whole. Rows of it that are alike rank first in both directions. Broken rows are compared apart: they
-- take no good row with them.
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
    from broken_apart

),

judged as {{ computed_once() }} (

    select
        *,
        coalesce(
            own_rejection_reasons,
            case when rank_from_greatest + rank_from_least > 2 then 'conflicting_rows_in_one_load' end
        ) as rejection_reasons
    from compared

),

all_rows as (

    select {{ (key + typed_values) | join(', ') }}, loaded_at, rejection_reasons, {{ rejected_row_as_json() }} as raw_record
    from judged
    {{ read_before('campaign_metrics', since, key + typed_values + ['loaded_at', 'rejection_reasons', 'raw_record']) }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by metric_date, platform, campaign_id, ad_id, rejection_reasons
            order by {{ greatest_first(['loaded_at'] + typed_values, text_values) }}
        ) as recency_rank
    from all_rows

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
    raw_record,
    {{ text_literal(read_from('campaign_metrics', found)) }} as read_from
from ranked
