with

missing_columns as (

    select * from {{ ref('int_missing_columns') }}

),

exchange_rates as (

    select * from {{ ref('base_marketing__exchange_rates') }}

),

campaign_aliases as (

    select * from {{ ref('base_marketing__campaign_aliases') }}

),

conversions as (

    select
        conversion_type,
        revenue,
        revenue_decimal_places,
        currency,
        loaded_at
    from {{ ref('base_marketing__conversions') }}

),

campaign_metrics as (

    select
        platform,
        spend,
        spend_decimal_places,
        currency,
        loaded_at
    from {{ ref('base_marketing__campaign_metrics') }}

),

late_loads as (

    select 'sessions' as source_table
    from {{ ref('base_marketing__sessions') }}
    where loaded_at > {{ build_started_at() }}

    union all

    select 'conversions' as source_table
    from conversions
    where loaded_at > {{ build_started_at() }}

    union all

    select 'campaign_metrics' as source_table
    from campaign_metrics
    where loaded_at > {{ build_started_at() }}

),

missing_column_warnings as (

    select
        'missing_columns' as warning,
        source_table || '.' || column_name || ': ' || consequence
        || coalesce('. May it be ' || possible_columns || '?', '') as subject,
        row_count,
        'rows' as counted,
        'A raw table lacks a column that the marts use, or it is empty. Fill it. If the table has'
        || ' it under another name, rename it.' as advice
    from missing_columns

),

unusable_rates as (

    select
        'unusable_rates_and_aliases' as warning,
        'exchange_rates, ' || origin || ': ' || given_row || ': ' || rejection_reasons as subject,
        count(*) as row_count,
        'rows' as counted,
        'These rows of exchange_rates or campaign_aliases are left out. A rate must be a number'
        || ' above 0, such as 1.17, and its day must be written as YYYY-MM-DD. The rate of the'
        || ' reporting currency itself must be 1.' as advice
    from exchange_rates
    where rejection_reasons is not null
    group by origin, given_row, rejection_reasons

),

unusable_aliases as (

    select
        'unusable_rates_and_aliases' as warning,
        'campaign_aliases, ' || origin || ': ' || given_row || ': ' || rejection_reasons as subject,
        count(*) as row_count,
        'rows' as counted,
        'These rows of exchange_rates or campaign_aliases are left out. An alias needs a text and a'
        || ' campaign_id.' as advice
    from campaign_aliases
    where rejection_reasons is not null
    group by origin, given_row, rejection_reasons

),

future_loads as (

    select
        'loaded_after_the_build_started' as warning,
        source_table as subject,
        count(*) as row_count,
        'rows' as counted,
        'loaded_at lies in the future. The loader probably writes local time: let it write UTC, or'
        || ' the offset. Until then these rows win over later corrections.' as advice
    from late_loads
    group by source_table

),

-- A shop that calls its purchases orders would have no revenue, and nobody would say so.
unread_types as (

    select
        'types_that_look_like_purchases' as warning,
        'conversions: ' || conversion_type || ', '
        || cast(
            cast(round(sum(revenue), 2) as {{ type_decimal(38, 2) }}) as {{ dbt.type_string() }}
        )
        || coalesce(' ' || currency, '') as subject,
        count(*) as row_count,
        'rows' as counted,
        'Only the types purchase and refund carry money, so the marts leave this amount out. If it'
        || ' is what people paid or got back, write purchase or refund.' as advice
    from conversions
    where
        revenue <> 0
        and conversion_type not in ('purchase', 'refund')
        -- Not add_payment_info, in which GA4 sends the value of the cart.
        and (
            conversion_type like 'payment%'
            or {{ matches(
                'conversion_type',
                "'.*(?:purchase|order|sale|refund|return|transaction|charge|dispute|invoice|booking"
                ~ "|subscription|renewal|checkout_complete|bestellung|storno|cancel).*'"
            ) }}
        )
    group by conversion_type, currency

),

delivered_amounts as (

    select
        'conversions' as subject,
        currency,
        revenue as amount,
        revenue_decimal_places as decimal_places
    from conversions
    where conversion_type in ('purchase', 'refund')

    union all

    select
        'campaign_metrics, ' || platform as subject,
        currency,
        spend as amount,
        spend_decimal_places as decimal_places
    from campaign_metrics
    where platform is not null

),

counted_decimals as (

    select
        subject,
        currency,
        -- Some tools write 999 as 999.0.
        sum(case when decimal_places = 3 or amount <> round(amount, 0) then 1 else 0 end)
            as fraction_count,
        count(*) as amount_count,
        sum(case when decimal_places = 3 then 1 else 0 end) as three_decimals_count,
        min(case when decimal_places = 3 then abs(amount) end) as least_with_three_decimals,
        max(case when decimal_places = 3 then abs(amount) end) as greatest_with_three_decimals
    from delivered_amounts
    where
        amount is not null
        and coalesce(currency, '') not in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
    group by subject, currency

),

-- Where a point separates thousands, 1.234 means 1234, but it is a valid 1.234. Smaller amounts
-- have no point there, so most amounts with a point have three digits behind it, and some have no
-- point. They lie between 1 and 1000: a single 0.123 or 1234.500 shows that the point separates
-- decimals.
amounts_with_three_decimals as (

    select
        'amounts_with_three_decimals' as warning,
        subject || coalesce(': ' || currency, '') as subject,
        three_decimals_count as row_count,
        'rows' as counted,
        'Most amounts with a point have three digits behind it. Does the point separate thousands?'
        || ' Then deliver them without it, 1234.00 and not 1.234.' as advice
    from counted_decimals
    where
        three_decimals_count between 2 and amount_count - 1
        and three_decimals_count >= 0.5 * fraction_count
        and least_with_three_decimals >= 1
        and greatest_with_three_decimals < 1000

),

all_warnings as (

    select * from missing_column_warnings
    union all
    select * from unusable_rates
    union all
    select * from unusable_aliases
    union all
    select * from future_loads
    union all
    select * from unread_types
    union all
    select * from amounts_with_three_decimals

)

select
    warning,
    subject,
    row_count,
    counted,
    cast(null as {{ type_decimal(28, 6) }}) as amount,
    advice
from all_warnings
