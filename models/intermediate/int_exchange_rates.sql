with

exchange_rates as (

    select
        upper({{ cleaned_text('currency') }}) as currency,
        cast(valid_from as date) as valid_from,
        cast(rate as numeric(18, 9)) as rate
    from {{ ref('exchange_rates') }}

),

bounded as (

    select
        currency,
        valid_from,
        lead(valid_from) over (partition by currency order by valid_from) as valid_until,
        rate
    from exchange_rates
    where currency <> upper('{{ var("reporting_currency") }}')

),

reporting_currency as (

    select
        upper('{{ var("reporting_currency") }}') as currency,
        cast(null as date) as valid_from,
        cast(null as date) as valid_until,
        cast(1 as numeric(18, 9)) as rate

)

select * from bounded
union all
select * from reporting_currency
