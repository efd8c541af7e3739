-- Invariant: each accepted conversion is in exactly one bucket by customer and in exactly one by
-- campaign. Rows and amounts add up exactly.
-- Guards against: lost revenue of conversions that have no customer or no campaign.
with

reconciliation as (

    select *
    from {{ ref('int_reconciliation') }}
    where source_table = 'conversions'

),

bucket_sums as (

    select
        sum(case when bucket = 'accepted' then row_count else 0 end) as accepted_rows,
        sum(case when bucket = 'accepted' then coalesce(amount, 0) else 0 end) as accepted_amount,
        sum(case
            when
                bucket in (
                    'other_types',
                    'unconverted',
                    'in_customer_ltv',
                    'without_customer',
                    'refunds_of_non_buyers'
                )
                then row_count
            else 0
        end) as rows_by_customer,
        sum(case
            when bucket in ('in_customer_ltv', 'without_customer', 'refunds_of_non_buyers')
                then coalesce(amount, 0)
            else 0
        end) as amount_by_customer,
        sum(case
            when bucket in ('other_types', 'unconverted', 'in_campaign_funnel', 'unattributed')
                then row_count
            else 0
        end) as rows_by_campaign,
        sum(case
            when bucket in ('in_campaign_funnel', 'unattributed') then coalesce(amount, 0)
            else 0
        end) as amount_by_campaign
    from reconciliation

)

select * from bucket_sums
where
    {{ differs('accepted_rows', 'rows_by_customer') }}
    or {{ differs('accepted_amount', 'amount_by_customer') }}
    or {{ differs('accepted_rows', 'rows_by_campaign') }}
    or {{ differs('accepted_amount', 'amount_by_campaign') }}
