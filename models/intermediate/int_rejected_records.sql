with

sessions as (

    select *
    from {{ ref('base_marketing__sessions') }}
    where record_status = 'rejected'

),

conversions as (

    select *
    from {{ ref('base_marketing__conversions') }}
    where record_status = 'rejected'

),

campaign_metrics as (

    select *
    from {{ ref('base_marketing__campaign_metrics') }}
    where record_status = 'rejected'

),

united as (

    select
        'sessions' as source_table,
        session_id as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from sessions

    union all

    select
        'conversions' as source_table,
        conversion_id as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from conversions

    union all

    select
        'campaign_metrics' as source_table,
        {{ metrics_key('campaign_metrics') }} as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from campaign_metrics

)

select
    source_table,
    record_key,
    rejection_reasons,
    loaded_at,
    raw_record,
    -- Equal raw rows are told apart by a number, so that each one counts.
    row_number() over (partition by source_table, raw_record, rejection_reasons order by loaded_at) as copy_number
from united
