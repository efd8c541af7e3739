-- A GA4 exploration with one row per purchase → conversions.
-- Before:   the two custom dimensions of sessions/ga4_sessions.sql.
-- Download: Explore > Free form, rows Transaction ID, Client ID, Session ID, Date + hour and
--           minute, value Purchase revenue; as many rows as the table can show; export as CSV, in
--           English, of 2026.
-- Does:     one purchase per transaction id, the first. Revenue without a transaction id is a
--           purchase of its own. Refunds have no session in GA4's explorations: take them from the
--           shop.
-- Take purchases from here or from the shop's orders, never from both.
with settings as (
    select
        'UTC' as time_zone,  -- your property's, as 'Europe/Berlin'
        'USD' as currency  -- your property's: GA4 converts what was paid in another
),

event_minutes as (
    select
        loaded_at,
        if(
            cells['Transaction ID'] in ('(not set)', 'undefined', 'null'),
            null, cells['Transaction ID']
        ) as transaction_id,
        nullif(cells['Client ID'], '(not set)') || '.' || nullif(cells['Session ID'], '(not set)')
            as session_id,
        cells[name_like(cells, '(?i)^date.*minute')] as minute,
        cells['Purchase revenue'] as revenue
    from download
    where cells['Transaction ID'] is not null  -- the grand total has none
),

purchases as (
    select
        *,
        coalesce(transaction_id, coalesce(session_id, 'nobody') || '.' || minute) as order_id
    from event_minutes
    where transaction_id is not null or try_cast(revenue as double) > 0
)

select
    order_id as conversion_id,
    cast(null as varchar) as user_id,
    coalesce(session_id, order_id) as session_id,  -- without consent: counted, and nobody's
    cast(
        (strptime(minute, '%Y%m%d%H%M') at time zone time_zone) at time zone 'UTC' as varchar
    ) as converted_at,
    'purchase' as conversion_type,
    revenue,
    currency,
    loaded_at
from purchases
cross join settings
qualify row_number() over (partition by order_id, loaded_at order by minute, session_id) = 1
