{%- set types = raw_column_types('conversions') -%}

-- Times and amounts are typed here, texts stay as delivered. Rows whose ids are not clean are only
-- marked here: base_marketing__reviewed_conversions cleans them and decides about them.
with

typed_conversions as {{ computed_once() }} (

    select
        {{ raw_text('conversion_id', types) }} as conversion_id,
        {{ raw_text('user_id', types) }} as user_id,
        {{ raw_text('session_id', types) }} as session_id,
        {{ raw_value('converted_at', types) }} is not null as has_converted_at,
        {{ parse_timestamp(raw_value('converted_at', types), types.get('converted_at', 'text')) }}
            as converted_at,
        {{ ignoring_case(cleaned_text(raw_text('conversion_type', types))) }} as conversion_type,
        {{ raw_value('revenue', types) }} is not null as has_revenue,
        {{ parse_amount(raw_value('revenue', types), types.get('revenue', 'text')) }} as revenue,
        upper({{ cleaned_text(raw_text('currency', types)) }}) as currency,
        {{ raw_value('loaded_at', types) }} is not null as has_loaded_at,
        {{ parse_timestamp(raw_value('loaded_at', types), types.get('loaded_at', 'text')) }}
            as loaded_at,
        {{ raw_row('raw_conversions') }} as raw_row
    from {{ source('marketing', 'conversions') }} as raw_conversions  -- noqa: AL05, read as a row

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
    ) as is_marked
from typed_conversions
