with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

conversions as (

    select distinct session_id
    from {{ ref('stg_marketing__conversions') }}
    where session_id is not null

)

select
    sessions.session_id,
    sessions.anonymous_id,
    sessions.user_id,
    sessions.started_at,
    session_tags.tags_id
from sessions
inner join conversions on sessions.session_id = conversions.session_id
inner join session_tags on {{ has_tags('sessions') }}
