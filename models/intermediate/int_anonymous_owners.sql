with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

conversions as (

    select * from {{ ref('stg_marketing__conversions') }}

),

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
        sessions.anonymous_id,
        conversions.user_id,
        sessions.session_id,
        conversions.converted_at as seen_at
    from conversions
    inner join sessions on conversions.session_id = sessions.session_id
    where sessions.anonymous_id is not null and conversions.user_id is not null

),

ranked as (

    select
        anonymous_id,
        user_id,
        seen_at,
        row_number() over (
            partition by anonymous_id
            order by {{ greatest_first(['seen_at', 'session_id', 'user_id'], ['session_id', 'user_id']) }}
        ) as recency_rank
    from sightings

),

counted as (

    select
        anonymous_id,
        count(distinct user_id) as user_count
    from sightings
    group by anonymous_id

)

select
    ranked.anonymous_id,
    ranked.user_id,
    ranked.seen_at as last_seen_at,
    counted.user_count
from ranked
inner join counted on ranked.anonymous_id = counted.anonymous_id
where ranked.recency_rank = 1
