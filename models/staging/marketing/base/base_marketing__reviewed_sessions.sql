{{ config(materialized='table') }}

with

placeholder_ids as (

    -- Some loaders of seeds read the text null as no value, so a missing value is that text.
    select coalesce(placeholder_id, 'null') as placeholder_id
    from {{ ref('placeholder_ids') }}

),

-- Hashes are grouped faster than texts. Two ids that share a hash by chance are reviewed without
-- need, which does no harm.
shared_hashes as (

    select session_hash
    from {{ ref('base_marketing__sessions') }}
    group by session_hash
    having count(*) > 1

),

sessions_to_review as (

    select sessions.*
    from {{ ref('base_marketing__sessions') }} as sessions
    left join shared_hashes on sessions.session_hash = shared_hashes.session_hash
    where
        sessions.needs_review
        or shared_hashes.session_hash is not null
        or lower(sessions.anonymous_id) in (
            select placeholder_ids.placeholder_id from placeholder_ids
        )
        or lower(sessions.user_id) in (select placeholder_ids.placeholder_id from placeholder_ids)

),

cleaned_sessions as (

    select
        session_id as raw_session_id,
        {{ cleaned_id('session_id') }} as session_id,
        {{ cleaned_id('anonymous_id') }} as given_anonymous_id,
        {{ cleaned_id('user_id') }} as given_user_id,
        has_started_at,
        started_at,
        {{ utm_value('utm_source') }} as utm_source,
        {{ utm_value('utm_medium') }} as utm_medium,
        {{ utm_campaign_value('utm_campaign') }} as utm_campaign,
        {{ cleaned_id('campaign_id') }} as campaign_id,
        {{ cleaned_text('landing_page') }} as landing_page,
        has_loaded_at,
        loaded_at,
        raw_row
    from sessions_to_review
    {{ computed_once() }}

),

identified_sessions as (

    select
        cleaned_sessions.*,
        -- A placeholder would merge thousands of strangers into one person.
        case when anonymous_placeholders.placeholder_id is null then given_anonymous_id end
            as anonymous_id,
        case when user_placeholders.placeholder_id is null then given_user_id end as user_id
    from cleaned_sessions
    left join placeholder_ids as anonymous_placeholders
        on lower(cleaned_sessions.given_anonymous_id) = anonymous_placeholders.placeholder_id
    left join placeholder_ids as user_placeholders
        on lower(cleaned_sessions.given_user_id) = user_placeholders.placeholder_id

),

validated_sessions as (

    select
        *,
        {{ rejection_reasons({
            'session_id_missing': 'session_id is null',
            'session_id_damaged': is_damaged_id('session_id'),
            'anonymous_id_damaged': is_damaged_id('anonymous_id'),
            'user_id_damaged': is_damaged_id('user_id'),
            'started_at_missing': 'not has_started_at',
            'started_at_invalid': 'has_started_at and started_at is null',
            'campaign_id_damaged': is_damaged_id('campaign_id'),
            'loaded_at_invalid': 'has_loaded_at and loaded_at is null',
            'identity_missing': 'anonymous_id is null and user_id is null',
        }) }} as own_rejection_reasons
    from identified_sessions

),

-- Two visitors under one session_id in one load mean that the id is unique per visitor only.
-- own_rejection_reasons is part of each group, so that a broken row never causes the rejection of a
-- valid one. An unknown visitor contradicts nobody: min() and max() skip nulls.
checked_sessions as (

    select
        *,
        coalesce(
            own_rejection_reasons,
            case
                when
                    min(anonymous_id) over (
                        partition by session_id, loaded_at, own_rejection_reasons
                    ) <> max(anonymous_id) over (
                        partition by session_id, loaded_at, own_rejection_reasons
                    )
                    then 'conflicting_rows_in_one_load'
            end
        ) as rejection_reasons
    from validated_sessions

),

ranked_sessions as (

    select
        *,
        row_number() over (
            partition by session_id, rejection_reasons
            order by
                loaded_at desc nulls last,
                started_at desc nulls last,
                {{ by_code_point('anonymous_id') }} desc nulls last,
                {{ by_code_point('user_id') }} desc nulls last,
                {{ by_code_point('utm_source') }} desc nulls last,
                {{ by_code_point('utm_medium') }} desc nulls last,
                {{ by_code_point('utm_campaign') }} desc nulls last,
                {{ by_code_point('campaign_id') }} desc nulls last,
                {{ by_code_point('landing_page') }} desc nulls last
        ) as recency_rank
    from checked_sessions

)

select
    raw_session_id,
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
    given_anonymous_id,
    given_user_id,
    {{ record_status() }} as record_status,
    rejection_reasons,
    recency_rank,
    case when rejection_reasons is not null then {{ raw_row_as_json('raw_row') }} end as raw_record
from ranked_sessions
