{{ config(unique_key=history_key('conversions'), pre_hook="{{ forget_history('conversions') }}") }}
{%- set found = found_columns('conversions') -%}
{%- set since = read_since('conversions', found) -%}
{%- set text_values = ['user_id', 'session_id', 'conversion_type', 'currency'] -%}
{%- set values = ['loaded_at', 'converted_at', 'user_id', 'session_id', 'conversion_type', 'revenue', 'currency'] -%}

with

repeated_keys as (

    {{ repeated_keys('conversions', 'conversion_id', found) }}

),

conversions as {{ computed_once() }} (

    select
        {{ cleaned_text('conversion_id', found) }} as conversion_id,
        {{ cleaned_text('user_id', found) }} as user_id,
        {{ cleaned_text('session_id', found) }} as session_id,
        {{ delivered_value('converted_at', found) }} as delivered_converted_at,
        {{ ignoring_case(cleaned_text('conversion_type', found)) }} as conversion_type,
        {{ delivered_value('revenue', found) }} as delivered_revenue,
        upper({{ cleaned_text('currency', found) }}) as currency,
        {{ delivered_value('loaded_at', found) }} as delivered_loaded_at,
        raw_rows as raw_row,
        {{ is_repeated('conversion_id', found, since) }} as is_repeated
    from {{ source('marketing', 'conversions') }} as raw_rows  -- noqa: AL05, it is read as a whole
    where {{ loaded_since(since, found) }}

),

typed as {{ computed_once() }} (

    select
        *,
        {{ parse_timestamp('delivered_converted_at', found.get('converted_at', 'text')) }} as converted_at,
        {{ parse_amount('delivered_revenue', found.get('revenue', 'text')) }} as revenue,
        {{ parse_timestamp('delivered_loaded_at', found.get('loaded_at', 'text')) }} as loaded_at
    from conversions

),

judged as {{ computed_once() }} (

    select
        *,
        {{ rejection_reasons({
            'conversion_id_missing': 'conversion_id is null',
            'converted_at_missing': 'delivered_converted_at is null',
            'converted_at_invalid': 'delivered_converted_at is not null and converted_at is null',
            'conversion_type_missing': 'conversion_type is null',
            'revenue_missing': "delivered_revenue is null and conversion_type in ('purchase', 'refund')",
            'revenue_invalid': 'delivered_revenue is not null and revenue is null',
            'loaded_at_invalid': 'delivered_loaded_at is not null and loaded_at is null',
            'identity_missing': 'user_id is null and session_id is null',
            'negative_purchase': "conversion_type = 'purchase' and revenue < 0",
        }) }} as rejection_reasons
    from typed

),

all_rows as {{ computed_once(is_small=since) }} (

    select conversion_id, {{ values | join(', ') }}, rejection_reasons, {{ rejected_row_as_json() }} as raw_record, is_repeated
    from judged
    {{ read_before('conversions', since, ['conversion_id'] + values + ['rejection_reasons', 'raw_record', 'true']) }}

),

ranked as (

    {{ ranked_by_recency('conversion_id', values, text_values, since) }}

)

select
    conversion_id,
    user_id,
    session_id,
    converted_at,
    conversion_type,
    revenue,
    currency,
    loaded_at,
    {{ record_status() }} as record_status,
    rejection_reasons,
    recency_rank,
    raw_record,
    {{ text_literal(read_from('conversions', found)) }} as read_from
from ranked
