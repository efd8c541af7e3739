with

currency_amounts as (

    select * from {{ ref('int_currency_amounts') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

missing_rates as (

    select
        'amounts_without_rate' as warning,
        source_table || ': '
        || cast(cast(round(amount, 2) as {{ type_decimal(38, 2) }}) as {{ dbt.type_string() }})
        || ' ' || currency as subject,
        row_count,
        'rows' as counted,
        -- Without a rate nobody knows what it is worth in the reporting currency.
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        case
            when not {{ matches('currency', "'[A-Z]{3}'") }}
                then
                    'These rows are in no mart, because this is not the code of a currency. Deliver'
                    || ' the code of three letters, such as EUR.'
            else
                'These rows are in no mart until exchange_rates has a rate that is valid on their'
                || ' day. The row to write: ' || currency
                || ',{{ var("reporting_currency") | upper }},'
                || cast(first_date as {{ dbt.type_string() }})
                || ',<{{ var("reporting_currency") | upper }} for 1 ' || currency || '>'
        end as advice
    from currency_amounts
    where rate is null

),

stale_rates as (

    select
        'stale_rates' as warning,
        source_table || ': ' || currency || ' from '
        || cast(valid_from as {{ dbt.type_string() }}) as subject,
        stale_row_count as row_count,
        'rows' as counted,
        cast(stale_amount as {{ type_decimal(28, 6) }}) as amount,
        'The rate is more than 45 days older than these amounts. Add newer ones to exchange_rates.'
            as advice
    from currency_amounts
    where stale_row_count > 0

),

refunded_customers as (

    select
        customer_id,
        min(case when conversion_type = 'purchase' then conversion_date end)
            as first_purchase_date
    from conversions
    where
        customer_id in (
            select refunds.customer_id from conversions as refunds
            where refunds.conversion_type = 'refund'
        )
    group by customer_id

),

-- What a customer bought so far less what was refunded so far. A refund before the day of the first
-- purchase does not count: it belongs to a purchase before the data begin. Some shops write only
-- the day of a refund, so all purchases of a day come first.
balances as (

    select
        conversions.customer_id,
        conversions.conversion_id,
        conversions.conversion_type,
        conversions.converted_at,
        conversions.refunded_revenue,
        sum(conversions.gross_revenue - conversions.refunded_revenue) over (
            partition by conversions.customer_id
            order by
                conversions.conversion_date,
                conversions.conversion_type,
                {{ by_code_point('conversions.conversion_id') }}
            rows between unbounded preceding and current row
        ) as balance
    from conversions
    inner join refunded_customers on conversions.customer_id = refunded_customers.customer_id
    where conversions.conversion_date >= refunded_customers.first_purchase_date

),

overdrawn_customers as (

    select
        customer_id,
        {{ value_of_latest(
            'conversion_id',
            [by_amount('refunded_revenue'), 'converted_at', by_code_point('conversion_id')]
        ) }} as greatest_refund,
        min(balance) as least_balance,
        sum(case when conversion_type = 'refund' then 1 else 0 end) as refund_count
    from balances
    group by customer_id

),

refunds_above_purchases as (

    select
        'more_refunded_than_bought' as warning,
        'the customer of refund ' || greatest_refund as subject,
        cast(refund_count as bigint) as row_count,
        'rows' as counted,
        cast(-least_balance as {{ type_decimal(28, 6) }}) as amount,
        'At some moment more was refunded to a customer than was bought until then. The amount is'
        || ' the difference. If a part of an order was refunded first and the whole order later,'
        || ' that part counts twice.' as advice
    from overdrawn_customers
    where least_balance < 0

),

following_purchases as (

    select
        conversion_id,
        gross_revenue,
        converted_at,
        lag(conversion_id) over (
            partition by customer_id, gross_revenue
            order by converted_at, {{ by_code_point('conversion_id') }}
        ) as previous_conversion_id,
        lag(converted_at) over (
            partition by customer_id, gross_revenue
            order by converted_at, {{ by_code_point('conversion_id') }}
        ) as previous_converted_at
    from conversions
    where conversion_type = 'purchase' and gross_revenue > 0 and customer_id is not null

),

repeated_purchases as (

    select
        'repeated_purchases' as warning,
        previous_conversion_id || ' and ' || conversion_id as subject,
        cast(2 as bigint) as row_count,
        'rows' as counted,
        cast(gross_revenue as {{ type_decimal(28, 6) }}) as amount,
        'One customer bought for the same amount twice within 60 seconds, under two ids. Is one'
        || ' purchase sent twice, by the page and by the server?' as advice
    from following_purchases
    where converted_at <= {{ dbt.dateadd('second', 60, 'previous_converted_at') }}

)

select * from missing_rates
union all
select * from stale_rates
union all
select * from refunds_above_purchases
union all
select * from repeated_purchases
