-- Invariant: raw = accepted + superseded + rejected, to the row and to the cent, and each rejected row can be read.
-- Guards against: rows that a filter or a join drops without a word.
with

reconciliation as (

    select * from {{ ref('int_reconciliation') }}

),

rejected_records as (

    select
        source_table,
        count(*) as row_count
    from {{ ref('int_rejected_records') }}
    group by source_table

),

balanced as (

    select
        source_table,
        sum(case when bucket = 'raw' then row_count else 0 end) as raw_rows,
        sum(case when bucket in ('accepted', 'superseded', 'rejected') then row_count else 0 end) as explained_rows,
        sum(case when bucket = 'rejected' then row_count else 0 end) as rejected_rows,
        sum(case when bucket = 'raw' then coalesce(amount, 0) else 0 end) as raw_amount,
        sum(case when bucket in ('accepted', 'superseded', 'rejected') then coalesce(amount, 0) else 0 end) as explained_amount
    from reconciliation
    group by source_table

)

select balanced.*
from balanced
left join rejected_records on balanced.source_table = rejected_records.source_table
where
    balanced.raw_rows is distinct from balanced.explained_rows
    or balanced.raw_amount is distinct from balanced.explained_amount
    or balanced.rejected_rows is distinct from coalesce(rejected_records.row_count, 0)
