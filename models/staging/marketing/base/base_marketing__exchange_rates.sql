{%- set types = raw_column_types('exchange_rates') -%}

-- The raw table is optional. The seed has the same columns and holds rates that are kept in git.
with

delivered_rates as (

    select
        'raw table' as origin,
        {{ raw_text('currency', types) }} as currency,
        {{ raw_text('reporting_currency', types) }} as reporting_currency,
        {{ raw_value('valid_from', types) }} is not null as has_valid_from,
        {{ parse_date(raw_value('valid_from', types), types.valid_from) }} as valid_from,
        {{ raw_text('valid_from', types) }} as given_valid_from,
        {{ raw_value('rate', types) }} is not null as has_rate,
        {{ parse_amount(raw_value('rate', types), types.rate) }} as rate,
        {{ raw_text('rate', types) }} as given_rate
    {{ 'from ' ~ source('marketing', 'exchange_rates') if types else 'where false' }}

    union all

    select
        'seed' as origin,
        currency,
        reporting_currency,
        {{ cleaned_text('valid_from') }} is not null as has_valid_from,
        {{ parse_date(cleaned_text('valid_from')) }} as valid_from,
        valid_from as given_valid_from,
        {{ cleaned_text('rate') }} is not null as has_rate,
        {{ parse_amount(cleaned_text('rate')) }} as rate,
        rate as given_rate
    from {{ ref('exchange_rates') }}

),

cleaned_rates as (

    select
        origin,
        upper({{ cleaned_text('currency') }}) as currency,
        upper({{ cleaned_text('reporting_currency') }}) as reporting_currency,
        has_valid_from,
        valid_from,
        has_rate,
        rate,
        {{ joined_texts(
            ',', ['currency', 'reporting_currency', 'given_valid_from', 'given_rate']
        ) }} as given_row
    from delivered_rates

)

select
    origin,
    currency,
    reporting_currency,
    valid_from,
    -- numeric(18, 9) holds nothing greater, and a rate of 0 would make money vanish.
    cast(case when rate > 0 and rate < 1000000000 then rate end as {{ type_decimal(18, 9) }})
        as rate,
    given_row,
    {{ rejection_reasons({
        'currency_missing': 'currency is null',
        'reporting_currency_missing': 'reporting_currency is null',
        'valid_from_missing': 'not has_valid_from',
        'valid_from_invalid': 'has_valid_from and valid_from is null',
        'rate_missing': 'not has_rate',
        'rate_invalid':
            'has_rate and (rate is null or rate <= 0 or rate >= 1000000000'
            ~ ' or (rate <> 1 and currency = reporting_currency))',
    }) }} as rejection_reasons
from cleaned_rates
