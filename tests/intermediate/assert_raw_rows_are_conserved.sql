-- Invariant: raw = accepted + superseded + rejected, in rows and in amounts. Each rejected row is
-- in int_rejected_records, and each row without a rate is in int_unconverted_records.
-- Guards against: rows that a filter or a join silently drops, and a missing bucket.
with

-- Listed here, so that a table without any bucket fails, too.
source_tables as (

    select 'sessions' as source_table
    union all
    select 'conversions' as source_table
    union all
    select 'campaign_metrics' as source_table

),

bucket_sums as (

    select
        source_table,
        sum(case when bucket = 'raw' then row_count else 0 end) as raw_rows,
        sum(case when bucket in ('accepted', 'superseded', 'rejected') then row_count else 0 end)
            as explained_rows,
        sum(case when bucket = 'rejected' then row_count else 0 end) as rejected_rows,
        sum(case when bucket = 'unconverted' then row_count else 0 end) as unconverted_rows,
        sum(case when bucket = 'raw' then coalesce(amount, 0) else 0 end) as raw_amount,
        sum(
            case
                when bucket in ('accepted', 'superseded', 'rejected') then coalesce(amount, 0)
                else 0
            end
        ) as explained_amount
    from {{ ref('int_reconciliation') }}
    group by source_table

),

rejected_records as (

    select
        source_table,
        count(*) as row_count
    from {{ ref('int_rejected_records') }}
    group by source_table

),

unconverted_records as (

    select
        source_table,
        count(*) as row_count
    from {{ ref('int_unconverted_records') }}
    group by source_table

)

select
    source_tables.source_table,
    bucket_sums.raw_rows,
    bucket_sums.explained_rows,
    bucket_sums.rejected_rows,
    bucket_sums.unconverted_rows,
    bucket_sums.raw_amount,
    bucket_sums.explained_amount
from source_tables
left join bucket_sums on source_tables.source_table = bucket_sums.source_table
left join rejected_records on source_tables.source_table = rejected_records.source_table
left join unconverted_records on source_tables.source_table = unconverted_records.source_table
where
    bucket_sums.source_table is null
    or bucket_sums.raw_rows <> bucket_sums.explained_rows
    or bucket_sums.raw_amount <> bucket_sums.explained_amount
    or bucket_sums.rejected_rows <> coalesce(rejected_records.row_count, 0)
    or bucket_sums.unconverted_rows <> coalesce(unconverted_records.row_count, 0)
