with

sessions as (

    select * from {{ ref('base_marketing__sessions') }}

),

reviewed_sessions as (

    select * from {{ ref('base_marketing__reviewed_sessions') }}

),

accepted_sessions as (

    -- Rows that were not reviewed: clean, valid, and the only ones of their id.
    select
        sessions.session_id,
        sessions.anonymous_id,
        sessions.user_id,
        sessions.started_at,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.campaign_id,
        sessions.landing_page,
        sessions.loaded_at
    from sessions
    left join reviewed_sessions
        -- A row without an id has a review too, and null is not equal to null.
        on coalesce(sessions.session_id, '') = coalesce(reviewed_sessions.raw_session_id, '')
    -- recency_rank is never null in reviewed_sessions, so null means that there is no review.
    -- Testing the key would do the same, but then DuckDB expects few rows, and keeps all sessions
    -- in memory in the joins after this one.
    where reviewed_sessions.recency_rank is null

    union all

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
        loaded_at
    from reviewed_sessions
    where record_status = 'accepted'

),

-- Some trackers deliver the tags only in the address of the landing page.
addressed_sessions as (

    select
        *,
        -- The case keeps the slow expressions away from addresses without tags.
        case
            when {{ dbt.position("'utm_'", 'landing_page') }} > 0
                then
                    {{ utm_value('utm_source') }} is null
                    and {{ utm_value('utm_medium') }} is null
                    and {{ utm_campaign_value('utm_campaign') }} is null
            else false
        end as has_tags_in_address_only
    from accepted_sessions

),

tagged_sessions as (

    select
        session_id,
        anonymous_id,
        user_id,
        started_at,
        {% for tag in ['utm_source', 'utm_medium', 'utm_campaign'] -%}
            case
                when has_tags_in_address_only then {{ url_parameter('landing_page', tag) }}
                else {{ tag }}
            end as {{ tag }},
        {% endfor -%}
        case
            when has_tags_in_address_only and campaign_id is null
                then {{ url_parameter('landing_page', 'utm_id') }}
            else campaign_id
        end as campaign_id,
        landing_page,
        loaded_at
    from addressed_sessions

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
    -- The names of all parameters of the address, for sessions without source and medium.
    -- int_session_tags looks for click ids among them. Two cases keep the slow expressions away
    -- from addresses without parameters.
    case
        when landing_page like '%?%'
            then
                case
                    when
                        {{ utm_value('utm_source') }} is null
                        and {{ utm_value('utm_medium') }} is null
                        then {{ url_parameter_names('landing_page') }}
                end
    end as click_parameters,
    loaded_at
from tagged_sessions
