select max(converted_at) as observed_until
from {{ ref('stg_marketing__conversions') }}
where converted_at <= {{ build_started_at() }}
-- Without conversions there is no row, rather than one with null.
having count(*) > 0
