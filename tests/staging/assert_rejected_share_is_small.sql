-- Invariant: of each raw table at most var rejected_share_maximum of the rows is rejected.
-- Guards against: a loader that changed its format overnight, and marts that quietly shrink to what is still readable.
-- It tests the base models so that nothing is published; `make check-data` shows the rows.
with

judged as (

    select
        'sessions' as source_table,
        record_status
    from {{ ref('base_marketing__reviewed_sessions') }}

    union all

    select
        'conversions' as source_table,
        record_status
    from {{ ref('base_marketing__reviewed_conversions') }}

    union all

    select
        'campaign_metrics' as source_table,
        record_status
    from {{ ref('base_marketing__reviewed_campaign_metrics') }}

),

counted as (

    select
        source_table,
        count(*) as raw_rows,
        sum(case when record_status = 'rejected' then 1 else 0 end) as rejected_rows
    from judged
    group by source_table

)

select * from counted
where rejected_rows > raw_rows * {{ var('rejected_share_maximum') }}
