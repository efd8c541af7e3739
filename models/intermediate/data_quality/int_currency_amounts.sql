with

conversions as (

    select * from {{ ref('stg_marketing__conversions') }}

),

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

amounts as (

    select
        'conversions' as source_table,
        coalesce(currency, upper('{{ var("reporting_currency") }}')) as currency,
        {{ business_date('converted_at') }} as amount_date,
        {{ signed_revenue() }} as amount
    from conversions
    where conversion_type in ('purchase', 'refund') and revenue <> 0

    union all

    select
        'campaign_metrics' as source_table,
        coalesce(currency, upper('{{ var("reporting_currency") }}')) as currency,
        metric_date as amount_date,
        spend as amount
    from campaign_metrics
    where spend <> 0

),

converted_amounts as (

    select
        amounts.*,
        exchange_rates.valid_from,
        exchange_rates.rate,
        {{ converted_amount('amounts.amount') }} as converted_amount,
        -- Monthly rates are common. An older rate was probably forgotten.
        {{ dbt.dateadd('day', 45, 'exchange_rates.valid_from') }}
        < amounts.amount_date as has_stale_rate
    from amounts
    left join exchange_rates on {{ rate_applies('amounts.currency', 'amounts.amount_date') }}

)

select
    source_table,
    currency,
    valid_from,
    rate,
    count(*) as row_count,
    cast(sum(amount) as {{ type_decimal(38, 9) }}) as amount,
    cast(sum(converted_amount) as {{ type_decimal(38, 6) }}) as converted_amount,
    min(amount_date) as first_date,
    cast(sum(case when has_stale_rate then 1 else 0 end) as bigint) as stale_row_count,
    cast(sum(case when has_stale_rate then converted_amount end) as {{ type_decimal(38, 6) }})
        as stale_amount
from converted_amounts
group by source_table, currency, valid_from, rate
