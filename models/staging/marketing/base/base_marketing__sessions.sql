{%- set types = raw_column_types('sessions') -%}

-- Times are typed here. Texts stay as delivered, because cleaning millions of them is slow and
-- nearly all are clean. base_marketing__reviewed_sessions cleans the few rows that needs_review
-- marks, and accepts or rejects them. It finds rows that share a session_id by session_hash. Two
-- ids may have the same hash.
with

delivered_sessions as (

    select
        {{ raw_text('session_id', types) }} as session_id,
        {{ raw_text('anonymous_id', types) }} as anonymous_id,
        {{ raw_text('user_id', types) }} as user_id,
        {{ raw_value('started_at', types) }} as delivered_started_at,
        {{ raw_text('utm_source', types) }} as utm_source,
        {{ raw_text('utm_medium', types) }} as utm_medium,
        {{ raw_text('utm_campaign', types) }} as utm_campaign,
        {{ raw_text('campaign_id', types) }} as campaign_id,
        {{ raw_text('landing_page', types) }} as landing_page,
        {{ raw_value('loaded_at', types) }} as delivered_loaded_at,
        {{ raw_row('raw_sessions', types) }} as raw_row
    from {{ source('marketing', 'sessions') }} as raw_sessions  -- noqa: AL05, it is read as a row
    {{ computed_once() }}

),

typed_sessions as (

    select
        *,
        {{ parse_timestamp('delivered_started_at', types.started_at) }} as parsed_started_at,
        {{ parse_timestamp('delivered_loaded_at', types.loaded_at) }} as parsed_loaded_at
    from delivered_sessions
    {{ computed_once() }}

),

timed_sessions as (

    select
        session_id,
        anonymous_id,
        user_id,
        delivered_started_at is not null as has_started_at,
        {{ if_plausible('parsed_started_at') }} as started_at,
        utm_source,
        utm_medium,
        utm_campaign,
        campaign_id,
        landing_page,
        delivered_loaded_at is not null as has_loaded_at,
        {{ if_plausible('parsed_loaded_at') }} as loaded_at,
        raw_row
    from typed_sessions

)

select
    *,
    {{ key_hash(cleaned_id('session_id')) }} as session_hash,
    -- A null id makes some of these conditions null. needs_review is true or false. Only loaded_at
    -- may be missing.
    coalesce(
        session_id is null
        or started_at is null
        or (loaded_at is null and has_loaded_at)
        or (anonymous_id is null and user_id is null)
        or {{ needs_cleaning('session_id') }}
        or {{ needs_cleaning('anonymous_id') }}
        or {{ needs_cleaning('user_id') }}
        or {{ needs_cleaning('campaign_id') }},
        false
    ) as needs_review
from timed_sessions
