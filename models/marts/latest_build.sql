select
    cast({{ build_started_at() }} as timestamp) as built_at,
    upper('{{ var("reporting_currency") }}') as reporting_currency,
    min(case when period = 'all_time' then period_start end) as first_day,
    max(case when period = 'all_time' then period_end end) as last_day,
    max(case when period = 'last_30_days' then period_end end) as last_day_with_metrics
-- An aggregate, so that there is a row even without periods.
from {{ ref('int_periods') }}
