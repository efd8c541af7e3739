{%- set types = raw_column_types('conversions') -%}

-- Times and amounts are typed here. Ids stay as delivered, because nearly all are clean.
-- needs_review marks the few rows that base_marketing__reviewed_conversions cleans, and then
-- accepts or rejects.
with

delivered_conversions as (

    select
        {{ raw_text('conversion_id', types) }} as conversion_id,
        {{ raw_text('user_id', types) }} as user_id,
        {{ raw_text('session_id', types) }} as session_id,
        {{ raw_value('converted_at', types) }} as delivered_converted_at,
        {{ cleaned_text(raw_text('conversion_type', types)) }} as delivered_type,
        {{ raw_value('revenue', types) }} as delivered_revenue,
        {{ cleaned_text(raw_text('currency', types)) }} as delivered_currency,
        {{ raw_value('loaded_at', types) }} as delivered_loaded_at,
        {{ raw_row('raw_conversions', types) }} as raw_row
    from {{ source('marketing', 'conversions') }} as raw_conversions  -- noqa: AL05, read as a row
    {{ computed_once() }}

),

typed_conversions as (

    select
        *,
        {{ parse_timestamp('delivered_converted_at', types.converted_at) }} as parsed_converted_at,
        {{ parse_amount('delivered_revenue', types.revenue) }} as parsed_revenue,
        {{ parse_timestamp('delivered_loaded_at', types.loaded_at) }} as parsed_loaded_at
    from delivered_conversions
    {{ computed_once() }}

),

timed_conversions as (

    select
        conversion_id,
        user_id,
        session_id,
        delivered_converted_at is not null as has_converted_at,
        {{ if_plausible('parsed_converted_at') }} as converted_at,
        {{ ignoring_case('delivered_type') }} as conversion_type,
        delivered_revenue is not null as has_revenue,
        parsed_revenue as revenue,
        {{ decimal_places('delivered_revenue', 'parsed_revenue', types.revenue) }}
            as revenue_decimal_places,
        upper(delivered_currency) as currency,
        delivered_loaded_at is not null as has_loaded_at,
        {{ if_plausible('parsed_loaded_at') }} as loaded_at,
        raw_row
    from typed_conversions

)

select
    *,
    {{ key_hash(cleaned_id('conversion_id')) }} as conversion_hash,
    -- A null id makes some of these conditions null, and the mark must be true or false.
    coalesce(
        conversion_id is null
        or converted_at is null
        or conversion_type is null
        or (revenue is null and (has_revenue or conversion_type in ('purchase', 'refund')))
        or (revenue < 0 and conversion_type = 'purchase')
        or (loaded_at is null and has_loaded_at)
        or (user_id is null and session_id is null)
        or {{ needs_cleaning('conversion_id') }}
        or {{ needs_cleaning('user_id') }}
        or {{ needs_cleaning('session_id') }},
        false
    ) as needs_review
from timed_conversions
