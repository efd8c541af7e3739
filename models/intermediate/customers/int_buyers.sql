with

purchases as (

    select
        *,
        {{ is_credited_to_own_session() }} as is_credited_to_own_session
    from {{ ref('int_conversions') }}
    where conversion_type = 'purchase' and customer_id is not null

)

select
    customer_id,
    min(converted_at) as first_purchase_at,
    {{ value_of_earliest('conversion_id', ['converted_at', by_code_point('conversion_id')]) }}
        as first_conversion_id,
    -- Between these two moments an earlier session may be credited with a purchase.
    {{ dbt.dateadd(
        'hour',
        -24 * var('conversion_lookback_days'),
        'min(case when not is_credited_to_own_session then converted_at end)'
    ) }} as credit_from,
    max(case when not is_credited_to_own_session then converted_at end) as credit_until
from purchases
group by customer_id
