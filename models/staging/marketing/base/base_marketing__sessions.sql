{{ config(unique_key=history_key('sessions'), pre_hook="{{ forget_history('sessions') }}") }}
{%- set found = found_columns('sessions') -%}
{%- set since = read_since('sessions', found) -%}
{%- set text_values = ['anonymous_id', 'user_id', 'utm_source', 'utm_medium', 'utm_campaign', 'campaign_id', 'landing_page'] -%}
{%- set values = ['loaded_at', 'started_at'] + text_values -%}

with

repeated_keys as (

    {{ repeated_keys('sessions', 'session_id', found) }}

),

sessions as {{ computed_once() }} (

    select
        {{ cleaned_text('session_id', found) }} as session_id,
        {{ cleaned_text('anonymous_id', found) }} as anonymous_id,
        {{ cleaned_text('user_id', found) }} as user_id,
        {{ delivered_value('started_at', found) }} as delivered_started_at,
        {{ cleaned_text('utm_source', found) }} as utm_source_text,
        {{ cleaned_text('utm_medium', found) }} as utm_medium_text,
        {{ cleaned_text('utm_campaign', found) }} as utm_campaign_text,
        {{ cleaned_text('campaign_id', found) }} as campaign_id,
        {{ cleaned_text('landing_page', found) }} as landing_page,
        {{ delivered_value('loaded_at', found) }} as delivered_loaded_at,
        raw_rows as raw_row,
        {{ is_repeated('session_id', found, since) }} as is_repeated
    from {{ source('marketing', 'sessions') }} as raw_rows  -- noqa: AL05, it is read as a whole
    where {{ loaded_since(since, found) }}

),

typed as {{ computed_once() }} (

    select
        session_id,
        anonymous_id,
        user_id,
        delivered_started_at,
        {{ parse_timestamp('delivered_started_at', found.get('started_at', 'text')) }} as started_at,
        {{ utm_value('utm_source_text') }} as utm_source,
        {{ utm_value('utm_medium_text') }} as utm_medium,
        {{ utm_value('utm_campaign_text', ['(organic)', '(referral)', '(not provided)']) }} as utm_campaign,
        campaign_id,
        landing_page,
        delivered_loaded_at,
        {{ parse_timestamp('delivered_loaded_at', found.get('loaded_at', 'text')) }} as loaded_at,
        raw_row,
        is_repeated
    from sessions

),

judged as {{ computed_once() }} (

    select
        *,
        {{ rejection_reasons({
            'session_id_missing': 'session_id is null',
            'started_at_missing': 'delivered_started_at is null',
            'started_at_invalid': 'delivered_started_at is not null and started_at is null',
            'loaded_at_invalid': 'delivered_loaded_at is not null and loaded_at is null',
            'identity_missing': 'anonymous_id is null and user_id is null',
        }) }} as rejection_reasons
    from typed

),

all_rows as {{ computed_once(is_small=since) }} (

    select session_id, {{ values | join(', ') }}, rejection_reasons, {{ rejected_row_as_json() }} as raw_record, is_repeated
    from judged
    {{ read_before('sessions', since, ['session_id'] + values + ['rejection_reasons', 'raw_record', 'true']) }}

),

ranked as (

    {{ ranked_by_recency('session_id', values, text_values, since) }}

)

select
    session_id,
    anonymous_id,
    user_id,
    started_at,
    utm_source,
    utm_medium,
    utm_campaign,
    campaign_id,
    landing_page,
    loaded_at,
    {{ record_status() }} as record_status,
    rejection_reasons,
    recency_rank,
    raw_record,
    {{ text_literal(read_from('sessions', found)) }} as read_from
from ranked
