with

conversions as (

    select * from {{ ref('base_marketing__conversions') }}

),

reviewed_conversions as (

    select * from {{ ref('base_marketing__reviewed_conversions') }}

)

-- Rows that were not reviewed: clean, valid, and the only ones of their id.
select
    conversions.conversion_id,
    conversions.user_id,
    conversions.session_id,
    conversions.converted_at,
    conversions.conversion_type,
    conversions.revenue,
    conversions.currency,
    conversions.loaded_at
from conversions
left join reviewed_conversions
    on
        -- An id may be null, and null would not find its review.
        coalesce(conversions.conversion_id, '')
        = coalesce(reviewed_conversions.raw_conversion_id, '')
-- The key itself is not tested. DuckDB would expect few rows then, and keep all conversions in
-- memory in the joins after this one.
where reviewed_conversions.recency_rank is null

union all

select
    conversion_id,
    user_id,
    session_id,
    converted_at,
    conversion_type,
    revenue,
    currency,
    loaded_at
from reviewed_conversions
where record_status = 'accepted'
