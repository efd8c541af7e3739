with

sessions as (

    select * from {{ ref('base_marketing__sessions') }}

),

reviewed_sessions as (

    select * from {{ ref('base_marketing__reviewed_sessions') }}

),

accepted_sessions as (

    -- Nearly all rows are clean, valid and the only ones of their id. A row that was reviewed finds
    -- its raw id in the review and is left out here.
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
    left join reviewed_sessions on sessions.session_id = reviewed_sessions.raw_session_id
    -- A row without an id is always reviewed. PostgreSQL plans well if the key itself is tested.
    where sessions.session_id is not null and reviewed_sessions.raw_session_id is null

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

tagged_sessions as (

    select
        session_id,
        anonymous_id,
        user_id,
        started_at,
        -- Some trackers deliver the tags only in the address of the landing page. The outer case
        -- keeps the slow expressions away from addresses without tags.
        {% for tag in ['utm_source', 'utm_medium', 'utm_campaign'] -%}
            case
                when landing_page like '%utm!_%' escape '!'
                    then
                        case
                            when
                                {{ utm_value('utm_source') }} is null
                                and {{ utm_value('utm_medium') }} is null
                                and {{ utm_campaign_value('utm_campaign') }} is null
                                then {{ url_parameter('landing_page', tag) }}
                            else {{ tag }}
                        end
                else {{ tag }}
            end as {{ tag }},
        {% endfor -%}
        campaign_id,
        landing_page,
        loaded_at
    from accepted_sessions

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
    -- A click id is only used if a session has neither source nor medium.
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
