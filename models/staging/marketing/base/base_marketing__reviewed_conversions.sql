{{ config(materialized='table') }}

with

placeholder_ids as (

    -- Some loaders of seeds read the text null as no value, so a missing value is that text.
    select coalesce(placeholder_id, 'null') as placeholder_id
    from {{ ref('placeholder_ids') }}

),

-- Hashes are grouped faster than texts. Two ids that share a hash by chance are reviewed without
-- need, which does no harm.
shared_hashes as (

    select conversion_hash
    from {{ ref('base_marketing__conversions') }}
    group by conversion_hash
    having count(*) > 1

),

conversions_to_review as (

    select conversions.*
    from {{ ref('base_marketing__conversions') }} as conversions
    left join shared_hashes on conversions.conversion_hash = shared_hashes.conversion_hash
    where
        conversions.needs_review
        or shared_hashes.conversion_hash is not null
        or lower(conversions.user_id) in (
            select placeholder_ids.placeholder_id from placeholder_ids
        )

),

cleaned_conversions as (

    select
        conversion_id as raw_conversion_id,
        {{ cleaned_id('conversion_id') }} as conversion_id,
        {{ cleaned_id('user_id') }} as given_user_id,
        {{ cleaned_id('session_id') }} as session_id,
        has_converted_at,
        converted_at,
        conversion_type,
        has_revenue,
        revenue,
        currency,
        has_loaded_at,
        loaded_at,
        raw_row
    from conversions_to_review
    {{ computed_once() }}

),

identified_conversions as (

    select
        cleaned_conversions.*,
        -- A placeholder would merge thousands of strangers into one person.
        case when placeholder_ids.placeholder_id is null then cleaned_conversions.given_user_id end
            as user_id
    from cleaned_conversions
    left join placeholder_ids
        on lower(cleaned_conversions.given_user_id) = placeholder_ids.placeholder_id

),

validated_conversions as (

    select
        *,
        {{ rejection_reasons({
            'conversion_id_missing': 'conversion_id is null',
            'conversion_id_damaged': is_damaged_id('conversion_id'),
            'user_id_damaged': is_damaged_id('user_id'),
            'session_id_damaged': is_damaged_id('session_id'),
            'converted_at_missing': 'not has_converted_at',
            'converted_at_invalid': 'has_converted_at and converted_at is null',
            'conversion_type_missing': 'conversion_type is null',
            'revenue_missing': "not has_revenue and conversion_type in ('purchase', 'refund')",
            'revenue_invalid': 'has_revenue and revenue is null',
            'loaded_at_invalid': 'has_loaded_at and loaded_at is null',
            'identity_missing': 'user_id is null and session_id is null',
            'negative_purchase': "conversion_type = 'purchase' and revenue < 0",
        }) }} as own_rejection_reasons
    from identified_conversions

),

-- Within one load, all rows of a conversion must have the same money and the same user.
-- own_rejection_reasons is part of each group, so that a broken row never causes the rejection of a
-- valid one.
compared_conversions as (

    select
        *,
        dense_rank() over (
            partition by conversion_id, loaded_at, own_rejection_reasons
            order by
                conversion_type,
                revenue,
                coalesce(currency, upper('{{ var("reporting_currency") }}'))
        ) as version_number,
        -- An unknown user contradicts nobody: min() and max() skip nulls.
        min(user_id) over (
            partition by conversion_id, loaded_at, own_rejection_reasons
        ) as lowest_user_id,
        max(user_id) over (
            partition by conversion_id, loaded_at, own_rejection_reasons
        ) as highest_user_id
    from validated_conversions

),

checked_conversions as (

    select
        *,
        coalesce(
            own_rejection_reasons,
            case
                when
                    max(version_number) over (
                        partition by conversion_id, loaded_at, own_rejection_reasons
                    ) > 1
                    or lowest_user_id <> highest_user_id
                    then 'conflicting_rows_in_one_load'
            end
        ) as rejection_reasons
    from compared_conversions

),

ranked_conversions as (

    select
        *,
        row_number() over (
            partition by conversion_id, rejection_reasons
            order by
                loaded_at desc nulls last,
                converted_at desc nulls last,
                {{ by_code_point('user_id') }} desc nulls last,
                {{ by_code_point('session_id') }} desc nulls last,
                {{ by_code_point('conversion_type') }} desc nulls last,
                revenue desc nulls last,
                {{ by_code_point('currency') }} desc nulls last
        ) as recency_rank
    from checked_conversions

)

select
    raw_conversion_id,
    conversion_id,
    user_id,
    session_id,
    converted_at,
    conversion_type,
    revenue,
    currency,
    loaded_at,
    given_user_id,
    {{ record_status() }} as record_status,
    rejection_reasons,
    recency_rank,
    case when rejection_reasons is not null then {{ raw_row_as_json('raw_row') }} end as raw_record
from ranked_conversions
