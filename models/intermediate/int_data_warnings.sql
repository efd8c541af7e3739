with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

platform_campaigns as (

    select * from {{ ref('int_platform_campaigns') }}

),

anonymous_owners as (

    select * from {{ ref('int_anonymous_owners') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

unconverted_records as (

    select * from {{ ref('int_unconverted_records') }}

),

rejected_records as (

    select * from {{ ref('int_rejected_records') }}

),

rejections as (

    select
        'rejected_records' as warning,
        source_table || ': ' || rejection_reasons as subject,
        count(*) as row_count,
        'Mend the rows at their origin and load them again; int_rejected_records holds them as delivered.' as advice
    from rejected_records
    where rejection_reasons <> 'conflicting_rows_in_one_load'
    group by source_table, rejection_reasons

),

conflicts as (

    select
        'conflicting_loads' as warning,
        record_key as subject,
        count(*) as row_count,
        'Rows of one load contradict each other, a newer load stands: aggregate them, or name the finer unit in ad_id.' as advice
    from rejected_records
    where rejection_reasons = 'conflicting_rows_in_one_load'
    group by record_key

),

missing_rates as (

    select
        'amounts_without_rate' as warning,
        source_table || ': ' || currency as subject,
        count(*) as row_count,
        'These rows are in no mart until the seed exchange_rates has a rate that is valid on their day.' as advice
    from unconverted_records
    group by source_table, currency

),

unlisted_platforms as (

    select
        'platforms_without_channel' as warning,
        platform as subject,
        count(*) as row_count,
        'Campaigns of this platform are in channel Other: add it to the seed platform_channels.' as advice
    from platform_campaigns
    where not is_platform_listed
    group by platform

),

unruled_tags as (

    select
        'tags_in_channel_other' as warning,
        coalesce(utm_source, '(none)') || ' / ' || coalesce(utm_medium, '(none)') as subject,
        count(*) as row_count,
        'Only the last rule fits this source / medium: add one to the seed channel_rules.' as advice
    from session_tags
    where has_unknown_source_and_medium
    group by utm_source, utm_medium

),

campaign_platforms as (

    select
        campaign_id,
        platform,
        count(*) as row_count
    from campaign_metrics
    group by campaign_id, platform

),

shared_campaign_ids as (

    select
        'campaigns_on_several_platforms' as warning,
        campaign_id || ': '
        || {{ dbt.listagg('platform', "', '", 'order by ' ~ by_code_point('platform')) }} as subject,
        cast(sum(row_count) as bigint) as row_count,
        'One id stands for campaigns of several platforms and their sums merge: prefix the id with the platform.' as advice
    from campaign_platforms
    group by campaign_id
    having count(*) > 1

),

shared_anonymous_ids as (

    select
        'anonymous_ids_of_several_users' as warning,
        'anonymous_id' as subject,
        count(*) as row_count,
        'Shared devices: each belongs to the user it was last seen with; int_anonymous_owners shows them (is_shared).' as advice
    from anonymous_owners
    where is_shared
    having count(*) > 0

)

select * from rejections
union all
select * from conflicts
union all
select * from missing_rates
union all
select * from unlisted_platforms
union all
select * from unruled_tags
union all
select * from shared_campaign_ids
union all
select * from shared_anonymous_ids
