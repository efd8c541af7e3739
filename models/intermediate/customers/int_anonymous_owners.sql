with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

conversions as (

    select * from {{ ref('stg_marketing__conversions') }}

),

conversion_sessions as (

    select * from {{ ref('int_conversion_sessions') }}

),

-- Every time that a device and a user were seen together. The second half is needed for users who
-- log in only to pay: their session has no user_id.
sightings as (

    select
        anonymous_id,
        user_id,
        session_id,
        started_at as seen_at
    from sessions
    where anonymous_id is not null and user_id is not null

    union all

    select
        conversion_sessions.anonymous_id,
        conversions.user_id,
        conversion_sessions.session_id,
        conversions.converted_at as seen_at
    from conversions
    inner join conversion_sessions on conversions.session_id = conversion_sessions.session_id
    where conversion_sessions.anonymous_id is not null and conversions.user_id is not null

)

select
    anonymous_id,
    {{ value_of_latest(
        'user_id',
        ['seen_at', by_code_point('session_id'), by_code_point('user_id')]
    ) }} as user_id,
    -- Comparing hashes is faster than comparing texts.
    min({{ key_hash('user_id') }}) <> max({{ key_hash('user_id') }}) as is_shared
from sightings
group by anonymous_id
