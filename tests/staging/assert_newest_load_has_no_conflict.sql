-- Invariant: rows of a metric's newest load do not contradict each other.
-- Guards against: a finer table without ad_id, of which an older load, or nothing, would silently stand in for today's figures.
-- It tests the base model so that nothing is built on it, and keeps the rows for you to see.
{{ config(store_failures=true) }}

with

ranked as (

    select
        metric_date,
        platform,
        campaign_id,
        ad_id,
        loaded_at,
        rejection_reasons,
        raw_record,
        rank() over (
            partition by metric_date, platform, campaign_id, ad_id order by loaded_at desc nulls last
        ) as load_rank
    from {{ ref('base_marketing__campaign_metrics') }}
    where rejection_reasons is null or rejection_reasons = 'conflicting_rows_in_one_load'

)

select * from ranked
where load_rank = 1 and rejection_reasons is not null
