with

-- A rate that came twice counts once. If it came with two values, a test has stopped the build
-- before this model.
exchange_rates as (

    select distinct
        currency,
        valid_from,
        rate
    from {{ ref('base_marketing__exchange_rates') }}
    where
        rejection_reasons is null
        and reporting_currency = upper('{{ var("reporting_currency") }}')
        -- The reporting currency has its own row below; a second one would double its amounts.
        and currency <> reporting_currency

),

rate_periods as (

    select
        currency,
        valid_from,
        lead(valid_from) over (partition by currency order by valid_from) as valid_until,
        rate
    from exchange_rates

),

reporting_currency as (

    select
        upper('{{ var("reporting_currency") }}') as currency,
        cast(null as date) as valid_from,
        cast(null as date) as valid_until,
        cast(1 as {{ type_decimal(18, 9) }}) as rate

)

select * from rate_periods
union all
select * from reporting_currency
