with

rejected_sessions as (

    select
        'sessions' as source_table,
        session_id as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from {{ ref('base_marketing__reviewed_sessions') }}
    where record_status = 'rejected'

),

rejected_conversions as (

    select
        'conversions' as source_table,
        conversion_id as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from {{ ref('base_marketing__reviewed_conversions') }}
    where record_status = 'rejected'

),

rejected_campaign_metrics as (

    select
        'campaign_metrics' as source_table,
        {{ metrics_key() }} as record_key,
        rejection_reasons,
        loaded_at,
        raw_record
    from {{ ref('base_marketing__reviewed_campaign_metrics') }}
    where record_status = 'rejected'

),

rejected_records as (

    select * from rejected_sessions
    union all
    select * from rejected_conversions
    union all
    select * from rejected_campaign_metrics

)

select
    source_table,
    record_key,
    rejection_reasons,
    loaded_at,
    raw_record,
    -- Equal raw rows get different numbers, so that each row has a key.
    row_number() over (
        partition by source_table, raw_record, rejection_reasons order by loaded_at
    ) as copy_number
from rejected_records
